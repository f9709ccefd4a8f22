import { describe, expect, it } from 'vitest'
import { aClient, type TestClient } from '../harness/index.ts'
import { endOf, load, post, type Result } from './results.ts'
import { contradictions } from './world.ts'

// What integrations tell comes in any order, and ends in the same state: remittance before payment, payment before
// invoice, reversal before application.

/** One thing that is told of one receipt: a load that brings its items, or a result. */
type Told = { readonly load: Parameters<typeof load>[1] } | { readonly result: Result }
type Story = (name: string) => readonly Told[]

const permutations = <T>(all: readonly T[]): T[][] =>
  all.length <= 1 ? [[...all]] : all.flatMap((one, at) => permutations(all.toSpliced(at, 1)).map((rest) => [one, ...rest]))

const payment = (name: string, amount: string) => ({
  amount,
  valueOn: '2026-02-10',
  reference: `wire ${name}`,
  payerName: 'Tamsin Ridge Distribution Co.',
  customerNumber: `C${name}`,
})

/** Applied to the wrong amount first, taken back, applied anew with a deduction, the rest kept on account. */
const corrected: Story = (name) => [
  { load: [{ number: `I${name}`, customerNumber: `C${name}`, amount: '100.00' }] },
  { result: { key: `${name}-pay`, receiptKey: `R${name}`, payment: payment(name, '100.00') } },
  { result: { key: `${name}-remit`, receiptKey: `R${name}`, remittance: { lines: [{ reference: `I${name}`, paid: '95.00' }] } } },
  { result: { key: `${name}-first`, receiptKey: `R${name}`, applications: [{ itemNumber: `I${name}`, amount: '60.00' }] } },
  { result: { key: `${name}-undo`, receiptKey: `R${name}`, reversal: { result: `${name}-first`, reason: 'WRONG_ENTITY' } } },
  {
    result: {
      key: `${name}-second`,
      receiptKey: `R${name}`,
      applications: [
        {
          itemNumber: `I${name}`,
          amount: '94.00',
          writeOff: '0.40',
          deductions: [{ amount: '5.00', code: '01', codeList: 'X12_426' }],
        },
      ],
      onAccount: '6.00',
    },
  },
]

/** A cheque that bounces, however late anybody hears of it. */
const bounced: Story = (name) => [
  { load: [{ number: `I${name}`, customerNumber: `C${name}`, amount: '100.00' }] },
  { result: { key: `${name}-pay`, receiptKey: `R${name}`, payment: payment(name, '80.00') } },
  { result: { key: `${name}-remit`, receiptKey: `R${name}`, remittance: { lines: [{ reference: `I${name}` }] } } },
  {
    result: {
      key: `${name}-apply`,
      receiptKey: `R${name}`,
      applications: [{ itemNumber: `I${name}`, amount: '50.00', deductions: [{ amount: '7.00', code: 'X' }] }],
    },
  },
  { result: { key: `${name}-rest`, receiptKey: `R${name}`, onAccount: '20.00', charges: '10.00' } },
  { result: { key: `${name}-nsf`, receiptKey: `R${name}`, reversal: { reason: 'NSF' } } },
]

/** A credit memo of one company taken off the invoice of another, paid by the parent, who is named by nobody. */
const netted: Story = (name) => [
  { load: [{ number: `I${name}`, customerNumber: `C${name}`, amount: '100.00' }] },
  { load: [{ number: `K${name}`, customerNumber: `C${name}`, amount: '-30.00', kind: 'CREDIT_MEMO' }] },
  { result: { key: `${name}-pay`, receiptKey: `R${name}`, payment: { ...payment(name, '68.00'), customerNumber: null } } },
  {
    result: {
      key: `${name}-remit`,
      receiptKey: `R${name}`,
      remittance: { lines: [{ reference: `I${name}` }, { reference: `K${name}` }] },
    },
  },
  {
    result: {
      key: `${name}-apply`,
      receiptKey: `R${name}`,
      applications: [
        { itemNumber: `K${name}`, amount: '-30.00' },
        { itemNumber: `I${name}`, amount: '98.00', discountEarned: '2.00' },
      ],
    },
  },
  { result: { key: `${name}-again`, receiptKey: `R${name}`, payment: { ...payment(name, '68.00'), customerNumber: null } } },
]

/**
 * Tells every order of a story, each of receipts and items of its own, step by step and all of them at once: six calls of
 * each kind tell 720 times six things.
 */
const tellAll = async (client: TestClient, story: Story, orders: readonly (readonly number[])[], prefix: string) => {
  const names = orders.map((_order, at) => `${prefix}${String(at).padStart(4, '0')}`)
  const stories = names.map((name) => story(name))
  for (let step = 0; step < (orders[0]?.length ?? 0); step += 1) {
    const now = orders.map((order, at) => stories[at]?.[order[step] ?? 0]).filter((one) => one !== undefined)
    const rows = now.flatMap((told) => ('load' in told ? told.load : []))
    const results = now.flatMap((told) => ('result' in told ? [told.result] : []))
    if (rows.length > 0) await load(client, rows, `${prefix}-${step}`)
    const posted = results.length > 0 ? await post(client, results) : null
    expect(posted?.counts?.refused ?? 0).toBe(0)
  }
  return names
}

describe.each([
  ['an application is taken back and done anew, short', corrected],
  ['a cheque bounces', bounced],
  ['a credit memo is taken off', netted],
])('six things told in any order: %s', (_case, story) => {
  it('end in the same state, whichever of the 720 it is', async () => {
    const client = await aClient()
    const orders = permutations([0, 1, 2, 3, 4, 5])
    expect(orders).toHaveLength(720)
    const names = await tellAll(client, story, orders, 'N')
    const ends = new Map<string, string[]>()
    for (const [at, name] of names.entries()) {
      const end = (await endOf(client, name)).replaceAll(name, '#')
      ends.set(end, [...(ends.get(end) ?? []), (orders[at] ?? []).join('')])
    }
    expect([...ends].map(([end, some]) => ({ end, some: some.slice(0, 3) }))).toHaveLength(1)
    expect([...ends.keys()][0]).toMatch(/"waiting" ?: ?null/)
    expect(await contradictions(client)).toEqual([])
  }, 240_000)

  it('end there as well when each is a call of its own', async () => {
    const client = await aClient()
    const orders = permutations([0, 1, 2, 3, 4, 5]).filter((_order, at) => at % 90 === 17)
    const ends = new Set<string>()
    for (const [at, order] of orders.entries()) {
      const [name = ''] = await tellAll(client, story, [order], `S${at}x`)
      ends.add((await endOf(client, name)).replaceAll(name, '#'))
    }
    expect([...ends]).toHaveLength(1)
    expect(await contradictions(client)).toEqual([])
  }, 60_000)
})

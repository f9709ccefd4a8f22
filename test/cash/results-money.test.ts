import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PublishPolicyDocument } from '../generated/operations.ts'
import { aClient, asOwner, grant, rowsOf, startTestApp, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from '../worklist/api-alone.ts'
import { done } from './answers.ts'
import { type ItemRow, load, post, postOne, type Result } from './results.ts'
import { type App, aKey, contradictions } from './world.ts'

// What settles an item besides cash in its own currency: exchange, what is allowed, and what stays owed.

const c1 = (number: string, amount: string, facts: Partial<ItemRow> = {}): ItemRow => ({
  number,
  customerNumber: 'C1',
  amount,
  ...facts,
})
const owed = async (...items: readonly ItemRow[]): Promise<TestClient> => {
  const client = await aClient()
  await load(client, items, aKey())
  return client
}
const paying = (amount: string, itemNumber: string, facts: object, key = 'R1', currency = 'USD'): Result => ({
  key,
  receiptKey: key,
  currency,
  payment: { amount, valueOn: '2026-02-10', reference: 'wire', customerNumber: 'C1' },
  applications: [{ itemNumber, ...facts }],
})
const itemOf = async (client: TestClient, number: string) =>
  (await rowsOf(client, 'open_item')).find((row) => row.number === number)
/** What the ledger of applications says, by kind: in the item's currency, and out of the receipt. */
const ledger = async (client: TestClient) =>
  (await rowsOf(client, 'application')).map(({ kind, currency, amount_minor, receipt_minor }) => [
    kind,
    currency,
    amount_minor,
    receipt_minor,
  ])

describe('an item in another currency than the receipt', () => {
  it('is settled in its own by what came in the other, and exchange explains the rest', async () => {
    const client = await owed(c1('E1', '100.00', { currency: 'EUR' }))
    const facts = { amount: '99.00', itemCurrency: 'EUR', receiptAmount: '107.91', fxDifference: '0.75', bankFee: '0.25' }
    expect(await postOne(client, paying('110.00', 'E1', facts))).toMatchObject({
      outcome: 'DONE',
      receipt: { appliedAmount: { amount: '107.91' }, unappliedAmount: { amount: '2.09' } },
    })
    expect(await ledger(client)).toEqual([
      ['CASH', 'EUR', 9_900n, 10_791n],
      ['BANK_FEE', 'EUR', 25n, 0n],
      ['FX_DIFFERENCE', 'EUR', 75n, 0n],
    ])
    expect(await itemOf(client, 'E1')).toMatchObject({ open_minor: 0n, pending_minor: 10_000n, currency: 'EUR' })
    expect(await contradictions(client)).toEqual([])
  })

  it('has digits of its own: yen and dinars are exact', async () => {
    const client = await owed(c1('J1', '15000', { currency: 'JPY' }), c1('D1', '40.125', { currency: 'KWD' }))
    await post(client, [
      paying('100.00', 'J1', { amount: '15000', itemCurrency: 'JPY', receiptAmount: '98.04' }, 'R1'),
      paying('131.07', 'D1', { amount: '40.125', itemCurrency: 'KWD', receiptAmount: '131.07' }, 'R2'),
    ])
    expect(await ledger(client)).toEqual([
      ['CASH', 'JPY', 15_000n, 9_804n],
      ['CASH', 'KWD', 40_125n, 13_107n],
    ])
    expect(await contradictions(client)).toEqual([])
  })

  it('waits where the receipt has not as much, the item not as much open, or another currency than was said', async () => {
    const client = await owed(c1('E1', '100.00', { currency: 'EUR' }))
    const one = (facts: object, key: string) =>
      postOne(client, paying('110.00', 'E1', { amount: '100.00', itemCurrency: 'EUR', receiptAmount: '109.00', ...facts }, key))
    expect(await one({ receiptAmount: '110.01' }, 'R1')).toMatchObject({ waitsFor: ['ROOM'] })
    expect(await one({ amount: '100.01' }, 'R2')).toMatchObject({ waitsFor: ['ROOM'] })
    expect(await one({ itemCurrency: 'GBP' }, 'R3')).toMatchObject({ waitsFor: ['CURRENCY'] })
    expect(await one({ itemCurrency: null, receiptAmount: null }, 'R4')).toMatchObject({ waitsFor: ['CURRENCY'] })
    expect(await ledger(client)).toEqual([])
  })

  it('gives both currencies back when it is undone', async () => {
    const client = await owed(c1('E1', '100.00', { currency: 'EUR' }))
    const facts = { amount: '99.00', itemCurrency: 'EUR', receiptAmount: '107.91', fxDifference: '1.00' }
    await post(client, [
      paying('110.00', 'E1', facts),
      { key: 'back', receiptKey: 'R1', reversal: { result: 'R1', reason: 'WRONG_ENTITY' } },
    ])
    expect(await itemOf(client, 'E1')).toMatchObject({ open_minor: 10_000n, pending_minor: 0n })
    expect((await rowsOf(client, 'receipt'))[0]).toMatchObject({ applied_minor: 0n, unapplied_minor: 11_000n })
    expect(await contradictions(client)).toEqual([])
  })
})

describe('a write-off', () => {
  /** Most of one item, as a share of it, and in a month: 1.00, 0.5 %, 1000.00 while a client has no rules of its own. */
  it.each<[string, string, string, string | null]>([
    ['at the most of one item', '1000.00', '1.00', null],
    ['a cent above it', '1000.00', '1.01', 'TOLERANCE'],
    ['at the most share of a small item', '100.00', '0.50', null],
    ['a cent above that', '100.00', '0.51', 'TOLERANCE'],
    ['a share that is not whole, cut and not rounded', '101.00', '0.50', null],
    ['above the cut share', '101.00', '0.51', 'TOLERANCE'],
  ])('%s', async (_case, amount, writeOff, waitsFor) => {
    const client = await owed(c1('I1', amount))
    const cash = ((Number(amount) * 100 - Number(writeOff) * 100) / 100).toFixed(2)
    const outcome = await postOne(client, paying(cash, 'I1', { amount: cash, writeOff }))
    expect(outcome.waitsFor).toEqual(waitsFor === null ? [] : [waitsFor])
    expect((await itemOf(client, 'I1'))?.open_minor).toBe(waitsFor === null ? 0n : BigInt(amount.replace('.', '')))
    expect(await contradictions(client)).toEqual([])
  })

  it('has the limits of the item’s currency, by its digits', async () => {
    const client = await owed(c1('J1', '100000', { currency: 'JPY' }), c1('D1', '1000.000', { currency: 'KWD' }))
    const posted = await post(client, [
      paying('99900', 'J1', { amount: '99900', writeOff: '100' }, 'R1', 'JPY'),
      paying('999.000', 'D1', { amount: '999.000', writeOff: '1.000' }, 'R2', 'KWD'),
    ])
    expect(posted.results?.map(({ outcome }) => outcome)).toEqual(['DONE', 'DONE'])
    const beyond = await owed(c1('J1', '100000', { currency: 'JPY' }))
    expect(await postOne(beyond, paying('99899', 'J1', { amount: '99899', writeOff: '101' }, 'R1', 'JPY'))).toMatchObject({
      waitsFor: ['TOLERANCE'],
    })
  })

  it('holds its own application back, and no other', async () => {
    const client = await owed(c1('I1', '100.00'), c1('I2', '100.00'))
    const outcome = await postOne(client, {
      ...paying('199.00', 'I1', { amount: '99.00', writeOff: '1.00' }),
      applications: [
        { itemNumber: 'I1', amount: '99.00', writeOff: '1.00' },
        { itemNumber: 'I2', amount: '100.00' },
      ],
    })
    // Each application stands for itself, unless a credit memo ties them together.
    expect(outcome).toMatchObject({
      outcome: 'WAITING',
      waitsFor: ['TOLERANCE'],
      receipt: { appliedAmount: { amount: '100.00' } },
    })
  })

  const capped = async (minor: number, count: number): Promise<TestClient> => {
    const client = await owed(...Array.from({ length: count }, (_, nth) => c1(`I${nth}`, '1000.00')))
    await grant(client, client.lead, 'MANAGER')
    const rules = JSON.stringify({ monthMax: { byCurrency: { USD: minor } } })
    await done(client.lead, PublishPolicyDocument, {
      client: client.gid,
      kind: 'WRITE_OFF',
      rules,
      reason: 'agreed',
      expectedVersion: 0,
    })
    return client
  }
  const off = (nth: number): Result => paying('999.00', `I${nth}`, { amount: '999.00', writeOff: '1.00' }, `R${nth}`)
  const writtenOff = async (client: TestClient) =>
    (await ledger(client)).reduce((sum, [kind, , minor]) => (kind === 'WRITE_OFF' ? sum + (minor as bigint) : sum), 0n)

  it('is counted within a batch: what the month has left is spent once', async () => {
    const client = await capped(250, 5)
    const posted = await post(client, [0, 1, 2, 3, 4].map(off))
    expect(posted.counts).toMatchObject({ done: 2, waiting: 3 })
    expect(await writtenOff(client)).toBe(200n)
  })

  it('is counted over batches that come at once: both together stay within the month', async () => {
    const app: App = await startTestApp({ connections: 10 })
    try {
      const client = await capped(700, 20)
      const batches = Array.from({ length: 10 }, (_, nth) => [nth * 2, nth * 2 + 1].map(off))
      const all = await Promise.all(batches.map((batch) => post(client, batch, { app })))
      expect(all.reduce((sum, { counts }) => sum + (counts?.done ?? 0), 0)).toBe(7)
      expect(await writtenOff(client)).toBe(700n)
      expect(await contradictions(client)).toEqual([])
    } finally {
      await app.stop()
    }
  })

  describe('by the calendar', () => {
    let api: ApiAlone
    let now = new Date()
    beforeAll(async () => {
      api = await startApiAlone({ clock: () => now })
    })
    afterAll(() => api.stop())

    it('begins a new month with the client’s own first day', async () => {
      const client = await capped(100, 3)
      await asOwner(`update client set time_zone = 'Pacific/Kiritimati' where id = $1`, [client.id])
      const as = { who: api.as(client.integration), app: api }
      // Kiritimati is fourteen hours ahead: its month ends at ten in the morning of the last day of ours.
      now = new Date('2027-03-31T09:59:00Z')
      expect((await post(client, [off(0), off(1)], as)).counts).toMatchObject({ done: 1, waiting: 1 })
      now = new Date('2027-03-31T10:00:00Z')
      expect((await post(client, [off(2)], as)).counts).toMatchObject({ done: 1 })
    })
  })
})

describe('a short pay', () => {
  const codes = [
    ['01', 'X12_426', 'PRICE', 'CODED'],
    ['6', 'X12_426', 'SHORT', 'CODED'],
    ['82', 'X12_426', 'DAMAGE', 'CODED'],
    ['CS', 'X12_426', 'UNKNOWN', 'IDENTIFIED'],
    ['01', 'PAYER', 'UNKNOWN', 'IDENTIFIED'],
    [null, null, 'UNKNOWN', 'IDENTIFIED'],
  ] as const

  it('is a deduction the moment it is booked, coded as far as its code is known, and the item stays open by it', async () => {
    const client = await owed(c1('I1', '100.00'))
    const deductions = codes.map(([code, codeList], nth) => ({ amount: `${nth + 1}.00`, code, codeList, text: `claim ${nth}` }))
    await post(client, [paying('79.00', 'I1', { amount: '79.00', deductions })])
    const [receipt] = await rowsOf(client, 'receipt')
    const item = await itemOf(client, 'I1')
    const [application] = await rowsOf(client, 'application')
    expect(await rowsOf(client, 'deduction')).toMatchObject(
      codes.map(([code, codeList, reason, state], nth) => ({
        amount_minor: BigInt(nth + 1) * 100n,
        customer_code: code,
        code_list: codeList,
        reason_code: reason,
        state,
        text: `claim ${nth}`,
        receipt_id: receipt?.id,
        settlement_id: application?.settlement_id,
        open_item_id: item?.id,
        customer_id: item?.customer_id,
        currency: 'USD',
      })),
    )
    expect(item).toMatchObject({ open_minor: 2_100n })
    // In the same transaction: what is deducted is owed, and nobody is asked for it.
    const [together] = await asOwner<{ n: number }>(
      `select count(distinct t.xmin::text)::int as n from (select xmin from deduction where client_id = $1
       union all select xmin from application where client_id = $1) t`,
      [client.id],
    )
    expect(together?.n).toBe(1)
    expect((await rowsOf(client, 'work_item')).filter(({ is_queued }) => is_queued)).toEqual([])
  })

  it('waits with its cash where more is deducted than stays open', async () => {
    const client = await owed(c1('I1', '100.00'))
    const facts = { amount: '90.00', deductions: [{ amount: '6.00' }, { amount: '4.01' }] }
    expect(await postOne(client, paying('90.00', 'I1', facts))).toMatchObject({ outcome: 'WAITING', waitsFor: ['ROOM'] })
    expect([await rowsOf(client, 'deduction'), await ledger(client)]).toEqual([[], []])
  })

  it('is none any more when its settlement is undone, by whatever way, and one anew when it is done again', async () => {
    const client = await owed(c1('I1', '100.00'))
    const facts = { amount: '90.00', deductions: [{ amount: '10.00', code: '01', codeList: 'X12_426' }] }
    await post(client, [paying('90.00', 'I1', facts)])
    await post(client, [{ key: 'back', receiptKey: 'R1', reversal: { result: 'R1', reason: 'WRONG_ENTITY' } }])
    expect(await rowsOf(client, 'deduction')).toMatchObject([{ state: 'VOIDED' }])
    await post(client, [{ key: 'again', receiptKey: 'R1', applications: [{ itemNumber: 'I1', ...facts }] }])
    expect((await rowsOf(client, 'deduction')).map(({ state }) => state)).toEqual(['VOIDED', 'CODED'])
    await post(client, [{ key: 'nsf', receiptKey: 'R1', reversal: { reason: 'NSF' } }])
    expect((await rowsOf(client, 'deduction')).map(({ state }) => state)).toEqual(['VOIDED', 'VOIDED'])
    expect((await rowsOf(client, 'work_item')).filter(({ kind }) => kind === 'COLLECTION')).toMatchObject([
      { is_queued: true, amounts: [{ toBeCollected: '10000' }] },
    ])
    expect(await contradictions(client)).toEqual([])
  })
})

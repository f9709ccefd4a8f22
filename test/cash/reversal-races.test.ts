import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApplyReceiptDocument, ReverseApplicationDocument, ReverseReceiptDocument } from '../generated/operations.ts'
import { aCustomer, anItem, type Row, rowsOf, startTestApp } from '../harness/index.ts'
import { told } from './answers.ts'
import { bouncing, itemRow, owing, paid, undoing } from './debts.ts'
import { apply, keyed, money, record } from './receipts.ts'
import { post } from './results.ts'
import { type App, aDebtor, contradictions } from './world.ts'

describe('commands that meet', () => {
  let app: App
  beforeAll(async () => {
    app = await startTestApp({ connections: 10 })
  })
  afterAll(() => app.stop())
  const twenty = <T>(ask: (nth: number) => Promise<T>) => Promise.all(Array.from({ length: 20 }, (_, nth) => ask(nth)))
  const names = (outcomes: readonly { readonly __typename: string }[]) => outcomes.map(({ __typename }) => __typename).toSorted()

  it('twenty reversals of one application have one effect', async () => {
    const { client, application } = await paid()
    const outcomes = await twenty(() => told(client.analyst, ReverseApplicationDocument, undoing(application), app))
    expect(names(outcomes)).toEqual([...Array(19).fill('AlreadyReversed'), 'ReverseApplicationPayload'])
    expect(await rowsOf(client, 'application')).toHaveLength(2)
    expect(await contradictions(client)).toEqual([])
  })

  it('twenty reversals of one receipt have one effect', async () => {
    const { client, receipt } = await paid()
    const outcomes = await twenty(() => told(client.analyst, ReverseReceiptDocument, bouncing(receipt), app))
    expect(names(outcomes)).toEqual(['ReverseReceiptPayload', ...Array(19).fill('VersionConflict')])
    expect(await rowsOf(client, 'application')).toHaveLength(2)
    expect(await contradictions(client)).toEqual([])
  })

  it('an application against the reversal of its receipt: either goes first, and the money is there once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { client, item, receipt } = await owing()
      const input = { ...keyed(receipt), openItem: item.gid, amount: money('300.00') }
      const outcomes = await Promise.all([
        told(client.analyst, ApplyReceiptDocument, input, app),
        told(client.analyst, ReverseReceiptDocument, bouncing(receipt), app),
      ])
      expect(outcomes.filter(({ __typename }) => __typename === 'VersionConflict')).toHaveLength(1)
      expect(await contradictions(client)).toEqual([])
    }
  })

  it('an application against the undoing of another onto the same item: both are done where there is room', async () => {
    const { client, customer, second, application } = await paid()
    const other = await record(client, { customer, amount: '200.00' })
    const input = { ...keyed(other), openItem: second.gid, amount: money('200.00') }
    const outcomes = await Promise.all([
      told(client.analyst, ApplyReceiptDocument, input, app),
      told(client.analyst, ReverseApplicationDocument, undoing(application), app),
    ])
    expect(outcomes[1].__typename).toBe('ReverseApplicationPayload')
    expect(['ApplyReceiptPayload', 'OverApplied']).toContain(outcomes[0].__typename)
    const isPaid = outcomes[0].__typename === 'ApplyReceiptPayload'
    expect(await itemRow(client, second)).toMatchObject({ open_minor: isPaid ? 0n : 20_000n })
    expect(await contradictions(client)).toEqual([])
  })

  it('two customers’ receipts, undone crosswise while results wait for both items, all end', async () => {
    const { client, customer } = await aDebtor()
    const other = await aCustomer(client)
    const items = [
      await anItem(client, customer, { openMinor: 10_000n }),
      await anItem(client, other, { openMinor: 10_000n }),
    ] as const
    const numbers = (await rowsOf(client, 'open_item')).map(({ id, number }) => [String(id), String(number)] as const)
    const numberOf = ({ id }: Row) => numbers.find(([one]) => one === id)?.[1] ?? ''
    const payers = await Promise.all([customer, other].map((one) => record(client, { customer: one })))
    const done = await Promise.all(payers.map((receipt, at) => apply(client, receipt, items[at] as Row, '100.00')))
    for (const [at, item] of items.entries()) {
      const payment = { amount: '100.00', valueOn: '2026-02-10', reference: 'wire' }
      const applications = [{ itemNumber: numberOf(item), amount: '100.00' }]
      expect((await post(client, [{ key: `k${at}`, receiptKey: `R${at}`, payment, applications }])).counts).toMatchObject({
        waiting: 1,
      })
    }
    const outcomes = await twenty((nth) =>
      told(client.analyst, ReverseApplicationDocument, undoing(done[nth % 2]?.application), app),
    )
    expect(names(outcomes).filter((name) => name === 'ReverseApplicationPayload')).toHaveLength(2)
    // What waited for the items has them now.
    for (const item of items) expect(await itemRow(client, item)).toMatchObject({ open_minor: 0n })
    expect(await contradictions(client)).toEqual([])
  })
})

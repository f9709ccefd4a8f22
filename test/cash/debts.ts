import { anItem, type Row, rowsOf, type TestClient } from '../harness/index.ts'
import { apply, cardOf, keyed, type Receipt, record } from './receipts.ts'
import { load, post } from './results.ts'
import { aDebtor, aKey, gidOf } from './world.ts'

// Money that is owed, and was paid as it should or a little less: what tests of taking back begin with.

/** A customer who owes 500 and 200, and of whom 300 came in. */
export const owing = async () => {
  let items: Row[] = []
  const { client, customer } = await aDebtor(async (one, debtor) => {
    items = [
      await anItem(one, debtor, { openMinor: 50_000n, daysOverdue: 45 }),
      await anItem(one, debtor, { openMinor: 20_000n }),
    ]
  })
  const [item, second] = items as [Row, Row]
  return { client, customer, item, second, receipt: await record(client, { customer, amount: '300.00' }) }
}

/** The same, with 200 of it applied so that the second item is paid. */
export const paid = async () => {
  const world = await owing()
  const { receipt, application } = await apply(world.client, world.receipt, world.second, '200.00')
  return { ...world, receipt, application }
}

/** An item of 100 of which 93 were paid, 5 deducted, 1.50 taken as discount and 0.50 written off. */
export const short = async () => {
  const { client } = await aDebtor()
  await load(client, [{ number: 'I1', customerNumber: 'C1', amount: '100.00' }], aKey())
  const parts = { discountEarned: '1.50', writeOff: '0.50', deductions: [{ amount: '5.00', code: '01', codeList: 'X12_426' }] }
  const payment = { amount: '93.00', valueOn: '2026-02-10', reference: 'wire', customerNumber: 'C1' }
  await post(client, [{ key: 'k', receiptKey: 'R', payment, applications: [{ itemNumber: 'I1', amount: '93.00', ...parts }] }])
  const [row] = await rowsOf(client, 'receipt')
  return { client, card: await cardOf(client, { id: gidOf(client, 'Receipt', String(row?.id)) }) }
}

export const undoing = (application: { readonly id: string } | undefined, facts: object = {}) => ({
  application: application?.id ?? '',
  reason: 'it was for another invoice',
  idempotencyKey: aKey(),
  ...facts,
})
export const itemRow = async (client: TestClient, { id }: Row) => (await rowsOf(client, 'open_item')).find((row) => row.id === id)
export const bouncing = (receipt: Receipt, facts: object = {}) => ({ ...keyed(receipt), reason: 'NSF' as const, ...facts })

import { expect, it } from 'vitest'
import { aClient, aCustomer, anItem, aReceipt, ask, beginDay, listen } from '../harness/index.ts'

const Worklist = `query Page($clients: [ID!]) { worklist(clients: $clients, first: 10) {
  totalCount { value isCapped } totalAmount { toBeCollected { amount currency } } dataAsOf cursor
  edges { cursor node { id client { code } customer { id name number } overdueDays itemCount
    amounts { open { amount } overdue { amount } toBeCollected { amount currency } }
    priority { score strategyVersion factors { code label input points weight } }
    items(first: 2) { __typename id number openAmount { amount } daysOverdue agingBucket } } } } }`
const Changed = `subscription Changed($after: Cursor) { worklistChanged(after: $after) { kind cursor reason client { code } workItemId item { amounts { toBeCollected { amount } } } } }`
const Apply = `mutation Apply($input: ApplyReceiptInput!) { applyReceipt(input: $input) { __typename ... on Refusal { code message }
  ... on ApplyReceiptPayload { receipt { version unappliedAmount { amount } } openItem { openAmount { amount } } application { amount { amount } } } } }`

it('a payment leaves the queue, and the socket hears it', async () => {
  const client = await aClient()
  const customer = await aCustomer(client)
  const item = await anItem(client, customer, { openMinor: 50_000n, daysOverdue: 45 })
  await anItem(client, customer, { openMinor: 20_000n, daysOverdue: 5 })
  const receipt = await aReceipt(client, customer, 30_000n)
  await beginDay(client)

  const page = await ask(client.analyst, Worklist)
  expect(page).toMatchObject({
    data: { worklist: { totalCount: { value: 1 }, edges: [{ node: { itemCount: 2, overdueDays: 45 } }] } },
  })
  const heard = await listen<{ worklistChanged: { kind: string } }>(client.analyst, Changed)
  await heard.until((messages) => messages.length === 1)

  const input = {
    receipt: receipt.gid,
    openItem: item.gid,
    amount: { amount: '300.00', currency: 'USD' },
    expectedVersion: 1,
    idempotencyKey: 'k1',
  }
  const applied = await ask(client.integration, Apply, { input })
  expect(applied).toMatchObject({
    data: {
      applyReceipt: {
        __typename: 'ApplyReceiptPayload',
        receipt: { unappliedAmount: { amount: '0.00' } },
        openItem: { openAmount: { amount: '200.00' } },
      },
    },
  })
  await heard.until((messages) => messages.length === 2, 1_000)
  expect(heard.messages.map((m) => m.data?.worklistChanged)).toMatchObject([
    { kind: 'START' },
    {
      kind: 'MOVED',
      reason: 'cash',
      client: { code: client.code },
      item: { amounts: [{ toBeCollected: { amount: '400.00' } }] },
    },
  ])
  heard.stop()
})

import { type ReceiptTold, receiptEvents, receiptsArrived } from '../modules/cash/index.ts'
import { disputeChanged } from '../modules/dispute/index.ts'
import { planEvents } from '../modules/plan/index.ts'
import { promiseEvents } from '../modules/promise/index.ts'
import { customersOfReceipts, refreshStages } from '../modules/stage/index.ts'
import { react } from '../platform/events/reactions.ts'

type Told = {
  readonly customerIds?: readonly string[]
  readonly customerId?: string
  readonly receiptIds?: readonly string[]
  readonly moves?: readonly { readonly fromId: string; readonly toId: string }[]
}

// Nobody is asked for what was paid, promised or disputed a moment ago: the stage of an item follows in the transaction of
// whatever it follows from. Money counts before it is applied, so that receipts are heard as well.
react({
  name: 'refresh-stages',
  to: [
    'openItems.changed',
    ...promiseEvents,
    ...planEvents,
    ...receiptEvents,
    receiptsArrived,
    disputeChanged,
    'customer.changed',
    'customer.moved',
    'customers.identified',
  ],
  run: async (write, events) => {
    const told = events.map(({ payload }) => payload as Told & Partial<ReceiptTold>)
    const receiptIds = told.flatMap(({ receiptId, receiptIds: arrived = [] }) => [...arrived, ...(receiptId ? [receiptId] : [])])
    const payers = receiptIds.length === 0 ? [] : await customersOfReceipts(write, receiptIds)
    const named = told.flatMap(({ customerIds = [], customerId, moves = [] }) => [
      ...customerIds,
      ...(customerId ? [customerId] : []),
      ...moves.flatMap(({ fromId, toId }) => [fromId, toId]),
    ])
    await refreshStages(write, [...named, ...payers])
  },
})

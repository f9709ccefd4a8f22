import { isUndecided, type ReceiptTold, receiptEvents, receiptsArrived } from '../modules/cash/index.ts'
import { refreshCashWork } from '../modules/worklist/index.ts'
import { react } from '../platform/events/reactions.ts'

// Money is out of its queue, or in another one, the moment it is decided about, identified or explained. What was never
// in one, because it came with all that is to be known, costs nothing here.
react({
  name: 'refresh-cash-work',
  to: receiptEvents,
  run: async (write, events) => {
    const receiptIds = events
      .map(({ payload }) => payload as unknown as ReceiptTold)
      .filter(({ state, stateBefore }) => isUndecided(state) || isUndecided(stateBefore))
      .map(({ receiptId }) => receiptId)
    if (receiptIds.length > 0) await refreshCashWork(write, receiptIds, 'cash')
  },
})

react({
  name: 'queue-arrived-cash',
  to: [receiptsArrived],
  run: async (write, events) => {
    const receiptIds = events.flatMap(({ payload }) => (payload as { readonly receiptIds: readonly string[] }).receiptIds)
    await refreshCashWork(write, receiptIds, 'import', { isTogether: true })
  },
})

import { isUndecided, type ReceiptTold, receiptEvents } from '../modules/cash/index.ts'
import { supersedeMatches } from '../modules/matching/index.ts'
import { react } from '../platform/events/reactions.ts'

// A receipt that was decided about by other ways needs no proposal any more.
react({
  name: 'close-matches',
  to: receiptEvents,
  run: async (write, events) => {
    const decided = events
      .map(({ payload }) => payload as unknown as ReceiptTold)
      .filter(({ state, stateBefore }) => isUndecided(stateBefore) && !isUndecided(state))
    if (decided.length > 0)
      await supersedeMatches(
        write,
        decided.map(({ receiptId }) => receiptId),
      )
  },
})

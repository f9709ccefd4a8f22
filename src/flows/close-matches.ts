import { supersedeMatches } from '../modules/matching/index.ts'
import { react } from '../platform/events/reactions.ts'

const undecided = ['UNIDENTIFIED', 'ESCHEAT_REVIEW', 'IDENTIFIED', 'REMITTANCE_MISSING']

type Told = { readonly receiptId: string; readonly state: string }

// A receipt that was decided about by other ways needs no proposal any more.
react({
  name: 'close-matches',
  to: ['receipt.applied', 'receipt.moved', 'receipt.reversed'],
  run: async (write, events) => {
    const decided = events.map(({ payload }) => payload as unknown as Told).filter(({ state }) => !undecided.includes(state))
    if (decided.length > 0)
      await supersedeMatches(
        write,
        decided.map(({ receiptId }) => receiptId),
      )
  },
})

import { judgePlans } from '../modules/plan/index.ts'
import { react } from '../platform/events/reactions.ts'
import { paymentsOf, roundsOf } from './settled.ts'

// An installment is paid the moment money of a covered item is there.
react({
  name: 'judge-plans',
  to: ['openItems.changed'],
  run: async (write, events) => {
    for (const { by: _by, ...concerned } of roundsOf(events))
      await judgePlans(write, concerned, (itemIds) => paymentsOf(write, itemIds))
  },
})

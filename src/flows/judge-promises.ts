import { judgePromises } from '../modules/promise/index.ts'
import { react } from '../platform/events/reactions.ts'
import { paymentsOf, roundsOf } from './settled.ts'

// A promise is kept the moment its money is there, and not kept any more the moment it is gone: see decision 0025.
react({
  name: 'judge-promises',
  to: ['openItems.changed'],
  run: async (write, events) => {
    for (const { by, ...concerned } of roundsOf(events))
      await judgePromises(write, concerned, by, (itemIds) => paymentsOf(write, itemIds))
  },
})

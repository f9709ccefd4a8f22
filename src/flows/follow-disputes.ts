import { followLedger } from '../modules/dispute/index.ts'
import { react } from '../platform/events/reactions.ts'
import { roundsOf } from './settled.ts'

// What is disputed follows what is open, in the transaction of whoever changed that; a case that waits for it is resolved.
react({
  name: 'follow-disputes',
  to: ['openItems.changed'],
  run: async (write, events) => {
    for (const round of roundsOf(events)) await followLedger(write, round)
  },
})

import { judgeDeductions } from '../modules/deduction/index.ts'
import { react } from '../platform/events/reactions.ts'
import { roundsOf } from './settled.ts'

// A denied deduction is repaid, and an approved one posted, the moment its item shows it.
react({
  name: 'judge-deductions',
  to: ['openItems.changed'],
  run: async (write, events) => {
    for (const concerned of roundsOf(events)) await judgeDeductions(write, concerned)
  },
})

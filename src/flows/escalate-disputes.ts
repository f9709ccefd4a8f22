import { z } from 'zod'
import { addDays, beginOfDay, type Day } from '../kernel/day.ts'
import { clientFacts } from '../modules/client/index.ts'
import { disputeChanged, escalateDispute } from '../modules/dispute/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { job } from '../platform/jobs/job.ts'

/** The beginning of the client's day behind the deadline of a case. */
export const escalateDue = job({
  name: 'dispute.escalateDue',
  payload: z.object({ disputeId: z.uuid(), deadlineOn: z.iso.date() }),
  run: ({ tx, clientId }, { disputeId }) => perform(tx, escalateDispute, { clientId, disputeId }),
})

type Told = { readonly disputeId: string; readonly deadlineOn: Day | null }

// Each deadline has a job of its own; of one that was put off, or of a case that is over, it finds nothing to do.
react({
  name: 'escalate-disputes',
  to: [disputeChanged],
  run: async (write, events) => {
    for (const { payload } of events) {
      const { disputeId, deadlineOn } = payload as Told
      if (deadlineOn === null) continue
      const { timeZone } = await clientFacts(write)
      const runAt = beginOfDay(timeZone, addDays(deadlineOn, 1))
      write.enqueue(escalateDue, { disputeId, deadlineOn }, { runAt, key: `${disputeId} ${deadlineOn}` })
    }
  },
})

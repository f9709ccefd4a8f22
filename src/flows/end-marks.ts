import { z } from 'zod'
import { isRefusal } from '../kernel/refusal.ts'
import { endWorkMarks } from '../modules/worklist/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { job } from '../platform/jobs/job.ts'

/** The instant at which marks of a client end: snoozed work comes back, a callback is due, a pin and a claim are over. */
export const endMarks = job({
  name: 'worklist.endMarks',
  payload: z.object({ at: z.iso.datetime() }),
  run: async ({ tx, clientId }) => {
    for (;;) {
      const out = await perform(tx, endWorkMarks, { clientId })
      if (isRefusal(out) || !out.isMore) return out
    }
  },
})

react({
  name: 'end-marks',
  to: ['work.marked'],
  run: async (write, events) => {
    for (const { payload } of events) {
      const at = String(payload.endsAt)
      write.enqueue(endMarks, { at }, { runAt: new Date(at), key: at })
    }
  },
})

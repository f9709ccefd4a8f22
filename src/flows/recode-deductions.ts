import { z } from 'zod'
import { isRefusal } from '../kernel/refusal.ts'
import { recode, recodeBehind } from '../modules/deduction/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { type Enqueue, job } from '../platform/jobs/job.ts'

/** One portion of a client's deductions without a reason, by its rules of now; enqueues the next until none is left. */
export const recodeJob = job({
  name: 'deduction.recode',
  payload: z.object({ after: z.string().nullable() }),
  run: async ({ tx, clientId, enqueue }, { after }) => {
    const out = await perform(tx, recode, { clientId, after })
    if (!isRefusal(out) && out.after !== null) enqueueRecode(enqueue, out.after)
    return out
  },
})

/** One at a time for a client; later rules begin it anew. */
const enqueueRecode = (enqueue: Enqueue, after: string | null) => enqueue(recodeJob, { after }, { key: 'reasons' })

// As with ladders: a small client is done when the answer is there, of a large one this is the first portion.
react({
  name: 'recode-deductions',
  to: ['policy.published'],
  run: async (write, events) => {
    const published = events
      .map(({ payload }) => payload as { readonly kind: string; readonly effectiveFrom: string | Date })
      .filter(({ kind }) => kind === 'DEDUCTION')
    for (const { effectiveFrom } of published) {
      const runAt = new Date(effectiveFrom)
      if (runAt > write.now) {
        write.enqueue(recodeJob, { after: null }, { runAt, key: runAt.toISOString() })
        continue
      }
      const { after } = await recodeBehind(write, null)
      if (after !== null) enqueueRecode(write.enqueue, after)
    }
  },
})

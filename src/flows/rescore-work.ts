import { z } from 'zod'
import { isRefusal } from '../kernel/refusal.ts'
import { rescoreBehind, rescoreWork } from '../modules/worklist/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { type Enqueue, job } from '../platform/jobs/job.ts'

/** One portion of the rows that stand by an older strategy; enqueues the next until none is left. */
export const rescore = job({
  name: 'worklist.rescore',
  payload: z.object({}),
  run: async ({ tx, clientId, enqueue }) => {
    const out = await perform(tx, rescoreWork, { clientId })
    if (!isRefusal(out) && !out.isDone) enqueueRescore(enqueue)
    return out
  },
})

/** One at a time for a client: whoever works the queue meanwhile waits for one portion at most. */
export const enqueueRescore = (enqueue: Enqueue) => enqueue(rescore, {}, { key: 'queue' })

// A strategy takes hold with its publication: a small client's queue is by it when the answer is there. Of a large one this
// is the first portion, and jobs do the others; to score 20,000 customers would hold up whoever works them.
react({
  name: 'rescore-work',
  to: ['policy.published'],
  run: async (write, events) => {
    if (!events.some(({ payload }) => (payload as { readonly kind: string }).kind === 'STRATEGY')) return
    const { isDone } = await rescoreBehind(write)
    if (!isDone) enqueueRescore(write.enqueue)
  },
})

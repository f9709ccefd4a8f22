import { z } from 'zod'
import { isRefusal } from '../kernel/refusal.ts'
import { clientHoldChanged, restage, restageBehind } from '../modules/stage/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { type Enqueue, job } from '../platform/jobs/job.ts'
import type { Write } from '../platform/write.ts'

/** One portion of a client's customers under its ladder and holds; enqueues the next until none is left. */
export const restageJob = job({
  name: 'stage.restage',
  payload: z.object({ after: z.string().nullable() }),
  run: async ({ tx, clientId, enqueue }, { after }) => {
    const out = await perform(tx, restage, { clientId, after })
    if (!isRefusal(out) && out.after !== null) enqueueRestage(enqueue, out.after)
    return out
  },
})

/** One at a time for a client; a later change begins it anew. */
const enqueueRestage = (enqueue: Enqueue, after: string | null) => enqueue(restageJob, { after }, { key: 'ladder' })

// As with strategies: a small client is done when the answer is there, of a large one this is the first portion.
const begin = async (write: Write) => {
  const { after } = await restageBehind(write, null)
  if (after !== null) enqueueRestage(write.enqueue, after)
}

react({
  name: 'restage-by-policy',
  to: ['policy.published'],
  run: async (write, events) => {
    const ladders = events
      .map(({ payload }) => payload as { readonly kind: string; readonly effectiveFrom: string | Date })
      .filter(({ kind }) => kind === 'STAGING')
    for (const { effectiveFrom } of ladders) {
      const runAt = new Date(effectiveFrom)
      if (runAt > write.now) write.enqueue(restageJob, { after: null }, { runAt, key: runAt.toISOString() })
      else await begin(write)
    }
  },
})

react({ name: 'restage-by-hold', to: [clientHoldChanged], run: begin })

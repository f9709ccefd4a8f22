import { rescoreBehind } from '../modules/worklist/index.ts'
import { react } from '../platform/events/reactions.ts'

/** How long a client is looked after at each round once a strategy was published: until then nothing can be behind unseen. */
const watchedMs = 600_000

const published = new Map<string, number>()

/** A strategy of the client was published at this node lately: there may be rows that stand by an older one. */
export const isRescoring = (clientId: string, now: Date): boolean => {
  const at = published.get(clientId)
  if (at === undefined) return false
  if (now.getTime() - at < watchedMs) return true
  published.delete(clientId)
  return false
}

// A strategy takes hold with its publication: a small client's queue is by it when the answer is there. Of a large one this
// is the first portion, and housekeeping does the others; to score 20,000 customers would hold up whoever works them.
react({
  name: 'rescore-work',
  to: ['policy.published'],
  run: async (write, events) => {
    if (!events.some(({ payload }) => (payload as { readonly kind: string }).kind === 'STRATEGY')) return
    published.set(write.clientId, write.now.getTime())
    await rescoreBehind(write)
  },
})

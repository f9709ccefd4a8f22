import { z } from 'zod'
import { isRefusal } from '../kernel/refusal.ts'
import { allocate, customersPassed, reallocate, reallocateBehind, roundOf, type Told } from '../modules/allocation/index.ts'
import { passWork } from '../modules/worklist/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { type Enqueue, job, type When } from '../platform/jobs/job.ts'

/** One portion of the customers who are behind; enqueues the next until none is left. */
export const reallocateCustomers = job({
  name: 'allocation.reallocate',
  payload: z.object({}),
  run: async ({ tx, clientId, enqueue }) => {
    const out = await perform(tx, reallocate, { clientId })
    if (!isRefusal(out) && !out.isDone) enqueueReallocation(enqueue)
    return out
  },
})

/** One at a time for a client and an instant: whoever works meanwhile waits for one portion at most. */
export const enqueueReallocation = (enqueue: Enqueue, { runAt }: Pick<When, 'runAt'> = {}) =>
  enqueue(reallocateCustomers, {}, { key: runAt?.toISOString() ?? 'customers', ...(runAt === undefined ? {} : { runAt }) })

// Rules that hold at once take hold with their publication: the customers of a small client are with their owners when the
// answer is there. Of a large one this is the first portion, and jobs do the others.
react({
  name: 'reallocate-customers',
  to: ['policy.published'],
  run: async (write, events) => {
    for (const { payload } of events) {
      const { kind, effectiveFrom } = payload as { readonly kind: string; readonly effectiveFrom: Date }
      if (kind !== 'ALLOCATION') continue
      if (effectiveFrom > write.now) enqueueReallocation(write.enqueue, { runAt: effectiveFrom })
      else if (!(await reallocateBehind(write)).isDone) enqueueReallocation(write.enqueue)
    }
  },
})

// Whoever is new, or something else than before, has an owner with the transaction that makes it so. A job looks again
// behind it: rules that were published meanwhile could not see who was new.
react({
  name: 'allocate-customers',
  to: ['customers.added', 'customer.moved', 'customer.classified', 'customers.identified'],
  run: async (write, events) => {
    const customerIds = events.flatMap(({ payload }) => idsIn(payload as Changed))
    if (await allocate(write, customerIds, { isTogether: customerIds.length > 1 })) enqueueReallocation(write.enqueue)
  },
})

type Changed = { readonly customerIds?: readonly string[]; readonly moves?: readonly { readonly toId: string }[] }
const idsIn = ({ customerIds, moves }: Changed) => [...(customerIds ?? []), ...(moves ?? []).map(({ toId }) => toId)]

// Who can work for a client decides as well: their customers are looked at behind the change, not in its transaction.
react({
  name: 'reallocate-by-rights',
  to: ['grant.given', 'grant.revoked', 'team.assigned', 'team.withdrawn'],
  run: async (write) => {
    if ((await roundOf(write)) > 0) enqueueReallocation(write.enqueue)
  },
})

react({
  name: 'end-assignments',
  to: ['customers.lent'],
  run: async (write, events) => {
    for (const { payload } of events) enqueueReallocation(write.enqueue, { runAt: new Date(String(payload.endsAt)) })
  },
})

// Work goes with its customer.
react({
  name: 'pass-work',
  to: [customersPassed],
  run: async (write, events) => {
    for (const { payload } of events) {
      const { customerIds, isTogether } = payload as unknown as Told
      await passWork(write, customerIds, { isTogether })
    }
  },
})

import { z } from 'zod'
import { addDays, beginOfDay, type Day, dayIn } from '../kernel/day.ts'
import { isRefusal } from '../kernel/refusal.ts'
import { roundOf } from '../modules/allocation/index.ts'
import { clientFacts } from '../modules/client/index.ts'
import { tellDisputes } from '../modules/deduction/index.ts'
import { judgeDuePlans } from '../modules/plan/index.ts'
import { judgeDuePromises } from '../modules/promise/index.ts'
import { isAnythingWaiting } from '../modules/remittance/index.ts'
import { beginStageDay } from '../modules/stage/index.ts'
import { beginWorkDay, rescoreWork, scoredDay } from '../modules/worklist/index.ts'
import { command, perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { type Enqueue, job } from '../platform/jobs/job.ts'
import { isQueued } from '../platform/jobs/store.ts'
import { limits } from '../platform/limits.ts'
import type { ClientId } from '../platform/policy.ts'
import type { Write } from '../platform/write.ts'
import { failAbandonedImports } from './abandoned-imports.ts'
import { enqueueReallocation } from './allocate-customers.ts'
import { enqueueProposals } from './propose-stages.ts'
import { enqueueRescore } from './rescore-work.ts'
import { enqueueRetry } from './retry-results.ts'

/**
 * The beginning of a day at a client, which enqueues that of the next. It begins whatever day it is when it runs: a
 * service that was down for a week comes to today at once, and not by way of each day between.
 */
export const beginDay = job({
  name: 'worklist.beginDay',
  payload: z.object({ day: z.string() }),
  timeoutMs: limits.database.loadMs,
  run: async (attempt) => {
    const { tx, clientId, timeZone, now } = attempt
    // What was promised for yesterday is judged before stages and the queue ask whether it still covers something.
    const steps = [
      () => perform(tx, judgeDuePromises, { clientId }),
      () => perform(tx, judgeDuePlans, { clientId }),
      // Receipts before customers, as everywhere: docs/decisions/0007-lock-order.md
      () => perform(tx, beginWorkDay, { clientId }),
      () => perform(tx, beginStageDay, { clientId }),
    ]
    for (const step of steps) {
      const done = await step()
      if (isRefusal(done)) return done
    }
    for (;;) {
      const told = await perform(tx, tellDisputes, { clientId })
      if (isRefusal(told)) return told
      if (!told.isMore) break
    }
    enqueueDay(attempt.enqueue, timeZone, addDays(dayIn(timeZone, now), 1))
    if (await isAnythingWaiting(attempt)) enqueueRetry(attempt.enqueue)
    await enqueueProposals(attempt)
    // A strategy may hold from today on: what is queued has been scored by it, and what is left out may be more.
    const rescored = await perform(tx, rescoreWork, { clientId })
    if (isRefusal(rescored)) return rescored
    if (!rescored.isDone) enqueueRescore(attempt.enqueue)
    // Who can work may have changed with time alone, or in the directory, which tells no client.
    if ((await roundOf(attempt)) > 0) enqueueReallocation(attempt.enqueue)
    return failAbandonedImports(attempt)
  },
})

const enqueueDay = (enqueue: Enqueue, timeZone: string, day: Day) =>
  enqueue(beginDay, { day }, { runAt: beginOfDay(timeZone, day), key: day })

/**
 * A client has the beginning of its next day ahead of it, and of today's if that did not happen. A day that was given up
 * stays given up: whoever looks at it has it run again, and the next one comes all the same.
 */
const schedule = async (write: Write) => {
  const { timeZone } = await clientFacts(write)
  const today = dayIn(timeZone, write.now)
  const isAhead = await isQueued(write.tx, write.clientId, beginDay.name)
  if ((await scoredDay(write)) !== today) write.enqueue(beginDay, { day: today }, { key: today, ifThere: 'KEEP' })
  if (!isAhead) enqueueDay(write.enqueue, timeZone, addDays(today, 1))
  return { isScheduled: !isAhead }
}

export const scheduleDays = command({
  name: 'worklist.scheduleDays',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: ClientId }) => ({ clientId }),
  isAudited: () => false,
  run: schedule,
})

react({ name: 'schedule-days', to: ['client.created'], run: async (write) => void (await schedule(write)) })

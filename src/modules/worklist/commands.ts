import { dayIn } from '../../kernel/day.ts'
import { command } from '../../platform/command.ts'
import type { ClientId } from '../../platform/policy.ts'
import { clientFacts } from '../client/index.ts'
import { refreshWork } from './refresh.ts'
import { refreshCashWork } from './refresh-cash.ts'
import { customersToScore, receiptsToScore, saveScoredDay, scoredDay } from './store.ts'

const lowest = '00000000-0000-0000-0000-000000000000'
const portion = 500

/** Goes through ids in their order, some at a time; tells how many there were. */
const inPortions = async (
  next: (after: string) => Promise<readonly string[]>,
  refresh: (ids: readonly string[]) => Promise<unknown>,
): Promise<number> => {
  let count = 0
  for (let after = lowest; ; ) {
    const some = await next(after)
    if (some.length === 0) return count
    await refresh(some)
    count += some.length
    after = some.at(-1) ?? lowest
  }
}

/**
 * A new day at the client: what fell due joins the queue, broken promises return to it, days overdue count one more, and
 * so does the age of money that nobody has decided about. Idempotent: a day that was begun twice, or broken off, ends the
 * same.
 */
export const beginWorkDay = command({
  name: 'worklist.beginWorkDay',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { clientId: ClientId }) => ({ clientId }),
  isAudited: ({ customers, receipts }: { readonly customers: number; readonly receipts: number }) => customers + receipts > 0,
  async run(write) {
    const { timeZone } = await clientFacts(write)
    const today = dayIn(timeZone, write.now)
    if ((await scoredDay(write)) === today) return { day: today, customers: 0, receipts: 0 }
    // Receipts before customers, as everywhere: docs/decisions/0007-lock-order.md
    const receipts = await inPortions(
      (after) => receiptsToScore(write, today, after, portion),
      (some) => refreshCashWork(write, some, 'day'),
    )
    const customers = await inPortions(
      (after) => customersToScore(write, today, after, portion),
      (some) => refreshWork(write, some, 'day'),
    )
    await saveScoredDay(write, today)
    return { day: today, customers, receipts }
  },
})

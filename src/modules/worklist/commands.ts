import { dayIn } from '../../kernel/day.ts'
import { command } from '../../platform/command.ts'
import type { ClientId } from '../../platform/policy.ts'
import { clientFacts } from '../client/index.ts'
import { refreshWork } from './refresh.ts'
import { customersToScore, saveScoredDay, scoredDay } from './store.ts'

const lowest = '00000000-0000-0000-0000-000000000000'
const portion = 500

/**
 * A new day at the client: what fell due joins the queue, broken promises return to it, and days overdue count one more.
 * Idempotent: a day that was begun twice, or broken off, ends the same.
 */
export const beginWorkDay = command({
  name: 'worklist.beginWorkDay',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { clientId: ClientId }) => ({ clientId }),
  isAudited: ({ customers }: { readonly customers: number }) => customers > 0,
  async run(write) {
    const { timeZone } = await clientFacts(write)
    const today = dayIn(timeZone, write.now)
    if ((await scoredDay(write)) === today) return { day: today, customers: 0 }
    let customers = 0
    for (let after = lowest; ; ) {
      const some = await customersToScore(write, today, after, portion)
      if (some.length === 0) break
      await refreshWork(write, some, 'day')
      customers += some.length
      after = some.at(-1) ?? lowest
    }
    await saveScoredDay(write, today)
    return { day: today, customers }
  },
})

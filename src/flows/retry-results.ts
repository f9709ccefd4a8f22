import { z } from 'zod'
import { holdReceiptKeys } from '../modules/cash/index.ts'
import { settleResults, waitingForLoad, waitingForTolerance } from '../modules/remittance/index.ts'
import { command, perform } from '../platform/command.ts'
import { type Enqueue, job } from '../platform/jobs/job.ts'
import { limits } from '../platform/limits.ts'
import type { ClientId } from '../platform/policy.ts'

/**
 * Tries steps of results once more that may have become possible without anybody telling: a policy holds from today, a
 * month with a cap of its own began, or a load and a result that needed one another committed at the same moment.
 */
export const retryResults = command({
  name: 'remittance.retryResults',
  permission: 'cash:apply',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: ClientId }) => ({ clientId }),
  isAudited: ({ receipts }: { readonly receipts: number }) => receipts > 0,
  async run(write) {
    const found = [...(await waitingForLoad(write)), ...(await waitingForTolerance(write))]
    await holdReceiptKeys(write, found)
    for (const [source, some] of Map.groupBy(found, ({ source }) => source))
      await settleResults(write, { source, receiptKeys: [...new Set(some.map(({ receiptKey }) => receiptKey))] })
    return { receipts: found.length }
  },
})

/** Apart from the beginning of the day, which nothing here may hold up. */
export const retryWaiting = job({
  name: 'remittance.retryWaiting',
  payload: z.object({}),
  timeoutMs: limits.database.loadMs,
  run: ({ tx, clientId }) => perform(tx, retryResults, { clientId }),
})

export const enqueueRetry = (enqueue: Enqueue) => enqueue(retryWaiting, {}, { key: 'waiting' })

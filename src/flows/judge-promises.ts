import { standingOf } from '../modules/cash/index.ts'
import { clientFacts } from '../modules/client/index.ts'
import { judgePromises, type Payment } from '../modules/promise/index.ts'
import { fallsOf, openChangesOf } from '../modules/receivable/index.ts'
import { react } from '../platform/events/reactions.ts'
import type { Write } from '../platform/write.ts'

type Told = { readonly customerIds: readonly string[]; readonly openItemIds?: readonly string[] }

/** What settled some items and still does: money applied here, and what the client's own ledger took off. */
const paymentsOf = async (write: Write, itemIds: readonly string[]): Promise<ReadonlyMap<string, readonly Payment[]>> => {
  const { timeZone } = await clientFacts(write)
  const [applied, told] = await Promise.all([standingOf(write, itemIds), openChangesOf(write, itemIds, timeZone)])
  const byLedger = [...told].flatMap(([openItemId, changes]) =>
    fallsOf(changes).map(({ amountMinor, on, version }) => ({
      openItemId,
      ...{ amountMinor, valueOn: on, postedOn: on, itemVersion: version },
    })),
  )
  return Map.groupBy([...applied, ...byLedger], ({ openItemId }) => openItemId)
}

/** Customers of a load whose promises are judged by one round of statements. */
const portion = 500

// A promise is kept the moment its money is there, and not kept any more the moment it is gone: see decision 0025.
react({
  name: 'judge-promises',
  to: ['openItems.changed'],
  run: async (write, events) => {
    const told = events.map(({ payload }) => payload as unknown as Told)
    const openItemIds = [...new Set(told.flatMap((one) => one.openItemIds ?? []))]
    const customerIds = [...new Set(told.filter((one) => one.openItemIds === undefined).flatMap((one) => one.customerIds))].sort()
    const judge = (concerned: Parameters<typeof judgePromises>[1], cause: 'CASH' | 'LEDGER') =>
      judgePromises(write, concerned, cause, (itemIds) => paymentsOf(write, itemIds))
    if (openItemIds.length > 0) await judge({ openItemIds, customerIds: [] }, 'CASH')
    for (let start = 0; start < customerIds.length; start += portion)
      await judge({ openItemIds: [], customerIds: customerIds.slice(start, start + portion) }, 'LEDGER')
  },
})

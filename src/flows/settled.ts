import { standingOf } from '../modules/cash/index.ts'
import { clientFacts } from '../modules/client/index.ts'
import type { Payment } from '../modules/promise/index.ts'
import { fallsOf, openChangesOf } from '../modules/receivable/index.ts'
import type { DomainEvent } from '../platform/events/event.ts'
import type { Write } from '../platform/write.ts'

/** What settled some items and still does: money applied here, and what the client's own ledger took off. */
export const paymentsOf = async (write: Write, itemIds: readonly string[]): Promise<ReadonlyMap<string, readonly Payment[]>> => {
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

type Told = { readonly customerIds: readonly string[]; readonly openItemIds?: readonly string[] }

/** Whose items changed: cash names the items, a load of the ledger only the customers. */
export type Concerned = {
  readonly openItemIds: readonly string[]
  readonly customerIds: readonly string[]
  readonly by: 'CASH' | 'LEDGER'
}

/** Customers of a load that are gone through by one round of statements. */
const portion = 500

/** What changed by `openItems.changed`, in rounds of a bounded size. */
export const roundsOf = (events: readonly DomainEvent[]): Concerned[] => {
  const told = events.map(({ payload }) => payload as unknown as Told)
  const openItemIds = [...new Set(told.flatMap((one) => one.openItemIds ?? []))]
  const customerIds = [...new Set(told.filter((one) => one.openItemIds === undefined).flatMap((one) => one.customerIds))].sort()
  const rounds: Concerned[] = openItemIds.length > 0 ? [{ openItemIds, customerIds: [], by: 'CASH' }] : []
  for (let start = 0; start < customerIds.length; start += portion)
    rounds.push({ openItemIds: [], customerIds: customerIds.slice(start, start + portion), by: 'LEDGER' })
  return rounds
}

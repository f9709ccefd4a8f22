import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import type { ItemKind } from './rules.ts'

/** An open item held until the unit ends: whoever changes what is open must hold it. */
export type LockedItem = {
  readonly id: string
  readonly customerId: string
  readonly legalEntityId: string
  readonly kind: ItemKind
  readonly number: string
  readonly currency: string
  readonly originalMinor: bigint
  readonly openMinor: bigint
  readonly isDisputed: boolean
  /** How much of what is open nobody is to be asked for. */
  readonly disputedMinor: bigint
  readonly version: number
}

// Receipts before open items before customers, everywhere, and items in the order of their ids: see
// docs/decisions/0007-lock-order.md. Their keys never change, so that rows which only refer to an item need not wait.
export const lockOpenItems = async ({ tx, clientId }: Write, ids: readonly string[]): Promise<LockedItem[]> => {
  if (ids.length === 0) return []
  return tx.sql<LockedItem>`
    select id, customer_id as "customerId", legal_entity_id as "legalEntityId", kind, number, currency,
      original_minor as "originalMinor", open_minor as "openMinor", is_disputed as "isDisputed", disputed_minor as "disputedMinor", version
    from open_item where client_id = ${clientId} and id = any (${[...new Set(ids)].sort()}::uuid[]) order by id for no key update`
}

export const lockOpenItem = async (write: Write, id: string): Promise<LockedItem | null> =>
  (await lockOpenItems(write, [id]))[0] ?? null

/** How much of an item was settled; below zero where a settlement is undone, or for a credit. */
export type Settled = { readonly id: string; readonly amountMinor: bigint }

/** Takes amounts off what is open. They count as pending until the ledger shows them. */
export const settleItems = async ({ tx, clientId, now }: Write, settled: readonly Settled[], settledOn: Day) => {
  if (settled.length === 0) return
  await tx.sql`
    update open_item o
    set pending_minor = o.pending_minor + n.minor, open_minor = o.open_minor - n.minor, version = o.version + 1, updated_at = ${now},
      closed_on = case when o.open_minor = n.minor then ${settledOn}::date end
    from unnest(${settled.map(({ id }) => id)}::uuid[], ${settled.map(({ amountMinor }) => amountMinor.toString())}::bigint[])
      as n (id, minor)
    where o.client_id = ${clientId} and o.id = n.id`
}

/** What open cases hold of some items now that is not to be collected; nothing any more where it is zero. */
export const holdDisputed = async (
  { tx, clientId, now }: Write,
  held: readonly { readonly id: string; readonly disputedMinor: bigint }[],
) => {
  if (held.length === 0) return
  await tx.sql`
    update open_item o set case_disputed_minor = n.minor, version = o.version + 1, updated_at = ${now}
    from unnest(${held.map(({ id }) => id)}::uuid[], ${held.map(({ disputedMinor }) => disputedMinor.toString())}::bigint[])
      as n (id, minor)
    where o.client_id = ${clientId} and o.id = n.id and o.case_disputed_minor <> n.minor`
}

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
  readonly openMinor: bigint
  readonly isDisputed: boolean
  readonly version: number
}

// Receipts before open items before customers, everywhere: see docs/decisions/0007-lock-order.md.
export const lockOpenItem = async ({ tx, clientId }: Write, id: string): Promise<LockedItem | null> => {
  const rows = await tx.sql<LockedItem>`
    select id, customer_id as "customerId", legal_entity_id as "legalEntityId", kind, number, currency, open_minor as "openMinor",
      is_disputed as "isDisputed", version
    from open_item where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

/** Takes an amount off what is open. It counts as pending until the ledger shows it. */
export const settle = ({ tx, clientId, now }: Write, { id }: LockedItem, amountMinor: bigint, settledOn: Day) => tx.sql`
  update open_item
  set pending_minor = pending_minor + ${amountMinor}, open_minor = open_minor - ${amountMinor}, version = version + 1, updated_at = ${now},
    closed_on = case when open_minor = ${amountMinor} then ${settledOn}::date end
  where client_id = ${clientId} and id = ${id}`

import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'

// Owner of the tables receipt and application.

export type NewReceipt = {
  readonly customerId: string | null
  readonly currency: string
  readonly amountMinor: bigint
  readonly valueOn: Day
  readonly reference: string
  readonly payerName: string | null
}

/** All of it starts unapplied, or unidentified while nobody is known to have paid it. */
export const insertReceipt = async (write: Write, receipt: NewReceipt): Promise<string> => {
  const { tx, clientId, viewer, now } = write
  const id = write.newId()
  const unapplied = receipt.customerId === null ? 0n : receipt.amountMinor
  await tx.sql`
    insert into receipt (client_id, id, customer_id, currency, amount_minor, applied_minor, unapplied_minor, unidentified_minor,
      value_on, reference, payer_name, principal_id, created_at)
    values (${clientId}, ${id}, ${receipt.customerId}, ${receipt.currency}, ${receipt.amountMinor}, 0, ${unapplied},
      ${receipt.amountMinor - unapplied}, ${receipt.valueOn}::date, ${receipt.reference}, ${receipt.payerName}, ${viewer.id}, ${now})`
  return id
}

/** A receipt held until the unit ends: whoever moves its money must hold it. */
export type LockedReceipt = {
  readonly id: string
  readonly customerId: string | null
  readonly currency: string
  readonly unappliedMinor: bigint
  readonly valueOn: Day
  readonly version: number
}

export const lockReceipt = async ({ tx, clientId }: Write, id: string): Promise<LockedReceipt | null> => {
  const rows = await tx.sql<LockedReceipt>`
    select id, customer_id as "customerId", currency, unapplied_minor as "unappliedMinor", value_on as "valueOn", version
    from receipt where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

export const identify = ({ tx, clientId }: Write, { id }: LockedReceipt, customerId: string) => tx.sql`
  update receipt set customer_id = ${customerId}, unapplied_minor = unidentified_minor, unidentified_minor = 0, version = version + 1
  where client_id = ${clientId} and id = ${id}`

/** The row says what moved; the receipt's buckets follow in the same transaction. */
export const insertApplication = async (
  write: Write,
  {
    receipt,
    openItemId,
    amountMinor,
    appliedOn,
  }: { receipt: LockedReceipt; openItemId: string; amountMinor: bigint; appliedOn: Day },
): Promise<string> => {
  const { tx, clientId, viewer, now } = write
  const id = write.newId()
  await tx.sql`
    insert into application (client_id, id, receipt_id, open_item_id, currency, amount_minor, applied_on, principal_id, created_at)
    values (${clientId}, ${id}, ${receipt.id}, ${openItemId}, ${receipt.currency}, ${amountMinor}, ${appliedOn}::date, ${viewer.id}, ${now})`
  await tx.sql`
    update receipt set applied_minor = applied_minor + ${amountMinor}, unapplied_minor = unapplied_minor - ${amountMinor}, version = version + 1
    where client_id = ${clientId} and id = ${receipt.id}`
  return id
}

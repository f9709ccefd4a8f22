import type { Write } from '../../platform/command.ts'
import type { DeductionState } from './rules.ts'

// Owner of the table deduction.

export type NewDeduction = {
  readonly receiptId: string
  readonly settlementId: string
  readonly openItemId: string
  readonly customerId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly customerCode: string | null
  readonly codeList: string | null
  readonly reasonCode: string
  readonly text: string | null
  readonly state: DeductionState
}

export const insertDeductions = async (write: Write, deductions: readonly NewDeduction[]) => {
  if (deductions.length === 0) return
  const { tx, clientId, now, newId } = write
  const rows = deductions.map((deduction) => ({ ...deduction, id: newId(), amountMinor: deduction.amountMinor.toString() }))
  await tx.sql`
    insert into deduction (client_id, id, receipt_id, settlement_id, open_item_id, customer_id, currency, amount_minor, customer_code,
      code_list, reason_code, text, state, created_at)
    select ${clientId}, n.id, n."receiptId", n."settlementId", n."openItemId", n."customerId", n.currency, n."amountMinor", n."customerCode",
      n."codeList", n."reasonCode", n.text, n.state, ${now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (id uuid, "receiptId" uuid, "settlementId" uuid, "openItemId" uuid,
      "customerId" uuid, currency text, "amountMinor" bigint, "customerCode" text, "codeList" text, "reasonCode" text, text text, state text)`
}

/** Deductions go with the settlements that were short. */
export const voidDeductions = ({ tx, clientId }: Write, settlementIds: readonly string[]) => tx.sql`
  update deduction set state = 'VOIDED', version = version + 1
  where client_id = ${clientId} and settlement_id = any (${[...settlementIds]}::uuid[]) and state <> 'VOIDED'`

/** A deduction belongs to whom its item belongs to: it goes along when the item gets its customer. */
export const followDeducted = ({ tx, clientId }: Write, fromIds: readonly string[]) => tx.sql`
  update deduction d set customer_id = o.customer_id, version = d.version + 1
  from open_item o
  where d.client_id = ${clientId} and d.customer_id = any (${[...fromIds]}::uuid[])
    and o.client_id = d.client_id and o.id = d.open_item_id and o.customer_id <> d.customer_id`

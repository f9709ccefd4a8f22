import { loader } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import type { DeductionBody, InstructionState, Step, WaitsFor } from './instruction.ts'

export type StepRow = {
  readonly resultId: string
  readonly kind: Step['kind']
  readonly state: InstructionState
  readonly waitsFor: WaitsFor | null
  readonly itemNumber: string | null
}

/** Steps of results, in the order they were posted, for all results of a field in one statement. */
export const stepsByResult = loader<readonly StepRow[]>(async ({ sql }, keys) => {
  const rows = await sql<StepRow>`
    select i.result_id as "resultId", i.kind, i.state, i.waits_for as "waitsFor", i.item_number as "itemNumber"
    from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join cash_instruction i on i.client_id = k.client_id and i.result_id = k.id order by i.result_id, i.place`
  return groupInto(
    rows,
    ({ resultId }) => resultId,
    (row) => row,
  )
}, [])

export type LineRow = {
  readonly ownerId: string
  readonly currency: string
  readonly payerName: string | null
  readonly reference: string | null
  readonly paidMinor: bigint | null
  readonly discountMinor: bigint | null
  readonly deductions: readonly DeductionBody[]
}

/** What was told that receipts are for: the first thousand lines of each, for all receipts of a field in one statement. */
export const linesByReceipt = loader<readonly LineRow[]>(async ({ sql }, keys) => {
  const rows = await sql<LineRow>`
    select l.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    cross join lateral (
      select a.receipt_id as "ownerId", a.currency, a.payer_name as "payerName", l.reference, l.paid_minor as "paidMinor",
        l.discount_minor as "discountMinor", l.deductions
      from remittance_advice a join remittance_line l on l.client_id = a.client_id and l.advice_id = a.id
      where a.client_id = k.client_id and a.receipt_id = k.id order by a.id, l.place limit 1000) l`
  return groupInto(
    rows,
    ({ ownerId }) => ownerId,
    (row) => row,
  )
}, [])

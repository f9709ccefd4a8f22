import { pageSize, part } from '../../platform/database/sql.ts'
import { loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'

export type DeductionRow = { readonly clientId: string; readonly id: string; readonly ownerId: string }

export type DeductionPage = { readonly of: 'RECEIPT' | 'CUSTOMER'; readonly take: number; readonly after: string | null }

const firstId = '00000000-0000-0000-0000-000000000000'

/** A page of deductions for each of several receipts or customers: one index walk for each, all in one statement. */
export const deductionsBy = loaderWith<DeductionPage, readonly DeductionRow[]>(
  async ({ tx }, keys, { of, take, after }) => {
    const owner = of === 'RECEIPT' ? part`d.receipt_id` : part`d.customer_id`
    const rows = await tx.sql<DeductionRow>`
      select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select d.client_id as "clientId", d.id, ${owner} as "ownerId", d.receipt_id as "receiptId", d.settlement_id as "settlementId",
          d.open_item_id as "openItemId", d.customer_id as "customerId", d.currency, d.amount_minor as "amountMinor",
          d.customer_code as "customerCode", d.code_list as "codeList", d.reason_code as "reasonCode", d.text, d.state,
          d.created_at as "createdAt", d.version
        from deduction d where d.client_id = k.client_id and ${owner} = k.id and d.id > ${after ?? firstId}::uuid
        order by d.id limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ ownerId }) => ownerId,
      (row) => row,
    )
  },
  () => [],
)

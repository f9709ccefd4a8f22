import type { Deduction } from '../../generated/prisma/client.ts'
import type { Day } from '../../kernel/day.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { approvalsOfSubjects } from '../approval/index.ts'
import { documentsOf, evidencePolicy } from '../evidence/index.ts'
import { policyInForce } from '../policy/index.ts'
import { missingOf } from './rules.ts'

/** A deduction as a list of something else has it: its days as the database writes them. */
export type DeductionRow = Omit<Deduction, 'disputeBy' | 'toleratedOn'> & {
  readonly disputeBy: Day | Date | null
  readonly ownerId: string
}

export type DeductionPage = {
  readonly of: 'RECEIPT' | 'CUSTOMER' | 'PARENT'
  readonly take: number
  readonly after: string | null
}

const firstId = '00000000-0000-0000-0000-000000000000'

const columns = part`
  d.client_id as "clientId", d.id, d.receipt_id as "receiptId", d.settlement_id as "settlementId", d.open_item_id as "openItemId",
  d.customer_id as "customerId", d.parent_id as "parentId", d.currency, d.amount_minor as "amountMinor", d.customer_code as "customerCode",
  d.code_list as "codeList", d.reason_code as "reasonCode", d.kind, d.coded_by as "codedBy", d.coded_version as "codedVersion",
  d.coding_note as "codingNote", d.dispute_by as "disputeBy", d.verdict, d.text, d.state, d.state_since as "stateSince", d.quiet_since as "quietSince",
  d.backup_from as "backupFrom", d.backup_types as "backupTypes", d.backup_asks as "backupAsks", d.holds_back as "holdsBack",
  d.created_at as "createdAt", d.version`

/** A page of deductions for each of several receipts, customers or wholes: one index walk for each, all in one statement. */
export const deductionsBy = loaderWith<DeductionPage, readonly DeductionRow[]>(
  async ({ tx }, keys, { of, take, after }) => {
    const owner = { RECEIPT: part`d.receipt_id`, CUSTOMER: part`d.customer_id`, PARENT: part`d.parent_id` }[of]
    const rows = await tx.sql<DeductionRow>`
      select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select ${columns}, ${owner} as "ownerId"
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

/** Deductions by id, for all rows of a field in one statement. */
export const deductionsById = loader<Deduction | null>(async ({ prisma }, keys) => {
  const rows = await prisma.deduction.findMany({ where: { OR: keys.map(({ clientId, id }) => ({ clientId, id })) } })
  return new Map(rows.map((row) => [row.id, row]))
}, null)

/** Moves of deductions in the order they were made, at most a hundred of each: for all of them in one statement. */
export type ChangeRow = {
  readonly deductionId: string
  readonly clientId: string
  readonly version: number
  readonly move: string
  readonly state: string
  readonly verdict: string | null
  readonly reasonCode: string
  readonly note: string
  readonly documents: unknown
  readonly principalName: string
  readonly at: Date
}
export const changesByDeduction = loader<readonly ChangeRow[]>(async (tx, keys) => {
  const rows = await tx.sql<ChangeRow>`
    select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    cross join lateral (
      select c.client_id as "clientId", c.deduction_id as "deductionId", c.version, c.move, c.state, c.verdict, c.reason_code as "reasonCode",
        c.note, c.documents, c.principal_name as "principalName", c.at
      from deduction_change c where c.client_id = k.client_id and c.deduction_id = k.id order by c.version desc limit 100) r
    order by r."deductionId", r.version`
  return groupInto(
    rows,
    ({ deductionId }) => deductionId,
    (row) => row,
  )
}, [])

/** Types of documents that a deduction's reason asks for and that do not hang on it, or on what it was split from. */
export const missingByDeduction = loader<readonly string[]>(async (tx, keys) => {
  const rows = await tx.sql<{ clientId: string; id: string; parentId: string | null; reasonCode: string }>`
    select d.client_id as "clientId", d.id, d.parent_id as "parentId", d.reason_code as "reasonCode"
    from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join deduction d on d.client_id = k.client_id and d.id = k.id`
  const missing = new Map<string, string[]>()
  for (const [clientId, ofClient] of Map.groupBy(rows, (row) => row.clientId)) {
    const ids = ofClient.flatMap(({ id, parentId }) => (parentId === null ? [id] : [id, parentId]))
    const [{ rules }, documents] = await Promise.all([
      policyInForce({ tx, clientId, now: tx.now }, evidencePolicy),
      documentsOf({ tx, clientId }, 'DEDUCTION', ids),
    ])
    for (const { id, parentId, reasonCode } of ofClient) {
      const standing = [id, parentId].flatMap((one) => documents.get(one ?? '') ?? []).map(({ type }) => type)
      missing.set(id, missingOf(rules.required[reasonCode] ?? [], standing))
    }
  }
  return missing
}, [])

export const creditApprovals = approvalsOfSubjects('DEDUCTION_CREDIT')
export const writeOffApprovals = approvalsOfSubjects('DEDUCTION_WRITE_OFF')

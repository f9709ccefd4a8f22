import type { Evidence, EvidenceLink } from '../../generated/prisma/client.ts'
import type { Day } from '../../kernel/day.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import type { DocumentKey } from '../../platform/documents/document-store.ts'
import { loaderWith, type RowKey } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import type { Standing } from './rules.ts'
import { columns } from './store.ts'
import type { SubjectKind } from './subjects.ts'

const clientsOf = (keys: readonly RowKey[]) => keys.map(({ clientId }) => clientId)
const idsOf = (keys: readonly RowKey[]) => keys.map(({ id }) => id)

/** A document as a list of a subject has it: its day as the database writes it. */
export type EvidenceRow = Omit<Evidence, 'retainUntil'> & { readonly retainUntil: Day | Date }

const evidenceColumns = part`
  e.client_id as "clientId", e.id, e.content_id as "contentId", e.type, e.file_name as "fileName", e.media_type as "mediaType",
  e.size_bytes as "sizeBytes", e.sha256, e.source, e.scan, e.policy_version as "policyVersion", e.retain_until as "retainUntil",
  e.principal_id as "principalId", e.principal_name as "principalName", e.created_at as "createdAt", e.held_at as "heldAt", e.held_by as "heldBy",
  e.hold_reason as "holdReason", e.withdrawn_at as "withdrawnAt", e.withdrawn_by as "withdrawnBy", e.withdrawal_reason as "withdrawalReason",
  e.removed_at as "removedAt", e.version`

export type EvidencePage = {
  readonly of: SubjectKind
  readonly type: string | null
  readonly withWithdrawn: boolean
  readonly take: number
  readonly after: string | null
}

/** A page of what hangs on each of several subjects, the latest first: all in one statement. */
export const evidenceBy = loaderWith<EvidencePage, readonly EvidenceRow[]>(
  async ({ tx }, keys, { of, type, withWithdrawn, take, after }) => {
    const ofType = type === null ? part`` : part`and e.type = ${type}`
    const standing = withWithdrawn ? part`` : part`and e.withdrawn_at is null`
    const behind = after === null ? part`` : part`and l.evidence_id < ${after}::uuid`
    const rows = await tx.sql<EvidenceRow & { readonly ownerId: string }>`
      select r.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select ${evidenceColumns}, k.id as "ownerId" from evidence_link l join evidence e on e.client_id = l.client_id and e.id = l.evidence_id
        where l.client_id = k.client_id and l.${columns[of].column} = k.id and l.detached_at is null ${ofType} ${standing} ${behind}
        order by l.evidence_id desc limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ ownerId }) => ownerId,
      (row) => row,
    )
  },
  () => [],
)

export type LinkPage = { readonly take: number; readonly after: string | null }

/** A page of what each of several documents hangs on now, in the order it was attached. */
export const linksByEvidence = loaderWith<LinkPage, readonly EvidenceLink[]>(
  async ({ tx }, keys, { take, after }) => {
    const rows = await tx.sql<EvidenceLink>`
      select r.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select l.client_id as "clientId", l.id, l.evidence_id as "evidenceId", l.customer_id as "customerId", l.open_item_id as "openItemId",
          l.receipt_id as "receiptId", l.deduction_id as "deductionId", l.promise_id as "promiseId", l.plan_id as "planId", l.dispute_id as "disputeId",
          l.principal_id as "principalId", l.principal_name as "principalName", l.created_at as "createdAt", l.detached_at as "detachedAt",
          l.detached_by as "detachedBy", l.detach_reason as "detachReason"
        from evidence_link l
        where l.client_id = k.client_id and l.evidence_id = k.id and l.detached_at is null ${after === null ? part`` : part`and l.id > ${after}::uuid`}
        order by l.id limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ evidenceId }) => evidenceId,
      (row) => row,
    )
  },
  () => [],
)

/** What it takes to give somebody a document: where its bytes are, and under which name it is saved. */
export type Download = Standing &
  DocumentKey & { readonly fileName: string; readonly mediaType: string; readonly sizeBytes: number }

export const downloadOf = async ({ sql }: Tx, { clientId, id }: RowKey): Promise<Download | null> => {
  const rows = await sql<Download>`
    select e.client_id as "clientId", e.content_id as id, encode(e.sha256, 'hex') as sha256, e.file_name as "fileName", e.media_type as "mediaType",
      e.size_bytes as "sizeBytes", e.withdrawn_at as "withdrawnAt", e.removed_at as "removedAt", e.held_at as "heldAt"
    from evidence e where e.client_id = ${clientId} and e.id = ${id}`
  return rows[0] ?? null
}

/** A document as far as it stands for something. */
export type StandingDocument = { readonly id: string; readonly type: string; readonly sha256: string }

/** What stands for each of some subjects of one kind now: attached and not withdrawn. */
export const documentsOf = async (
  { tx, clientId }: { readonly tx: Pick<Tx, 'sql'>; readonly clientId: string },
  of: SubjectKind,
  subjectIds: readonly string[],
): Promise<ReadonlyMap<string, readonly StandingDocument[]>> => {
  const rows = await tx.sql<StandingDocument & { readonly ownerId: string }>`
    select l.${columns[of].column} as "ownerId", e.id, e.type, encode(e.sha256, 'hex') as sha256
    from evidence_link l join evidence e on e.client_id = l.client_id and e.id = l.evidence_id
    where l.client_id = ${clientId} and l.${columns[of].column} = any (${[...subjectIds]}::uuid[])
      and l.detached_at is null and e.withdrawn_at is null
    order by e.id`
  return groupInto(
    rows,
    ({ ownerId }) => ownerId,
    ({ id, type, sha256 }) => ({ id, type, sha256 }),
  )
}

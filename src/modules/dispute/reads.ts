import type { Dispute } from '../../generated/prisma/client.ts'
import { pageSize } from '../../platform/database/sql.ts'
import { loader, loaderWith, type RowKey } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { approvalsOfSubjects } from '../approval/index.ts'
import type { Amounts, MovementKind } from './amounts.ts'
import type { DisputeState } from './dispute-states.ts'
import { resolutionApproval } from './holding.ts'
import { disputePolicy } from './policy.ts'
import type { ChangeMove, MovementCause } from './store.ts'

const clientsOf = (keys: readonly RowKey[]) => keys.map(({ clientId }) => clientId)
const idsOf = (keys: readonly RowKey[]) => keys.map(({ id }) => id)

/** Cases by id, for all rows of a field in one statement. */
export const disputesById = loader<Dispute | null>(async ({ prisma }, keys) => {
  const rows = await prisma.dispute.findMany({ where: { OR: keys.map(({ clientId, id }) => ({ clientId, id })) } })
  return new Map(rows.map((row) => [row.id, row]))
}, null)

/** The case that each of some items is in now. */
export const caseOfItem = loader<string | null>(async (tx, keys) => {
  const rows = await tx.sql<{ itemId: string; id: string }>`
    select i.open_item_id as "itemId", i.dispute_id as id from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    join dispute_item i on i.client_id = k.client_id and i.open_item_id = k.id and i.is_live`
  return new Map(rows.map(({ itemId, id }) => [itemId, id]))
}, null)

export type DisputeItemRow = Amounts & {
  readonly clientId: string
  readonly disputeId: string
  readonly openItemId: string
  readonly isLive: boolean
  readonly currency: string
}

export const itemsByDispute = loader<readonly DisputeItemRow[]>(async (tx, keys) => {
  const rows = await tx.sql<DisputeItemRow>`
    select i.client_id as "clientId", i.dispute_id as "disputeId", i.open_item_id as "openItemId", i.is_live as "isLive", d.currency,
      i.original_minor as "originalMinor", i.disputed_minor as "disputedMinor", i.paid_minor as "paidMinor", i.credited_minor as "creditedMinor",
      i.cleared_manually_minor as "clearedManuallyMinor", i.cleared_automatically_minor as "clearedAutomaticallyMinor"
    from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    join dispute d on d.client_id = k.client_id and d.id = k.id
    join dispute_item i on i.client_id = d.client_id and i.dispute_id = d.id order by i.id`
  return groupInto(
    rows,
    ({ disputeId }) => disputeId,
    (row) => row,
  )
}, [])

/** The most movements, and changes, that a case shows; the latest matter. */
export const historyMax = 100

export type MovementRow = {
  readonly clientId: string
  readonly disputeId: string
  readonly openItemId: string
  readonly kind: MovementKind
  readonly amountMinor: bigint
  readonly currency: string
  readonly cause: MovementCause
  readonly principalName: string
  readonly at: Date
}

export const movementsOf = loader<readonly MovementRow[]>(async (tx, keys) => {
  const rows = await tx.sql<MovementRow>`
    select m.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    cross join lateral (
      select m.id, m.client_id as "clientId", m.dispute_id as "disputeId", m.open_item_id as "openItemId", m.kind, m.amount_minor as "amountMinor",
        d.currency, m.cause, m.principal_name as "principalName", m.at
      from dispute_movement m join dispute d on d.client_id = m.client_id and d.id = m.dispute_id
      where m.client_id = k.client_id and m.dispute_id = k.id order by m.id desc limit ${pageSize(historyMax)}) m
    order by m.id`
  return groupInto(
    rows,
    ({ disputeId }) => disputeId,
    (row) => row,
  )
}, [])

export type ChangeRow = {
  readonly disputeId: string
  readonly move: ChangeMove
  readonly stateBefore: DisputeState | null
  readonly state: DisputeState
  readonly note: string
  readonly principalName: string
  readonly at: Date
}

export const historyOf = loader<readonly ChangeRow[]>(async (tx, keys) => {
  const rows = await tx.sql<ChangeRow>`
    select h.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    cross join lateral (
      select c.id, c.dispute_id as "disputeId", c.move, c.state_before as "stateBefore", c.state, c.note, c.principal_name as "principalName", c.at,
        c.version
      from dispute_change c where c.client_id = k.client_id and c.dispute_id = k.id
      order by c.version desc, c.id desc limit ${pageSize(historyMax)}) h
    order by h.version, h.id`
  return groupInto(
    rows,
    ({ disputeId }) => disputeId,
    (row) => row,
  )
}, [])

export const approvalsByDispute = approvalsOfSubjects(resolutionApproval)

export type DisputePage = { readonly take: number; readonly after: string | null }

const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** A page of the cases of each of several customers, latest first: one index walk for each, all in one statement. */
export const disputesByCustomer = loaderWith<DisputePage, readonly Dispute[]>(
  async ({ tx: { sql, prisma } }, keys, { take, after }) => {
    const found = await sql<{ clientId: string; id: string; customerId: string }>`
      select d.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select d.client_id as "clientId", d.id, d.customer_id as "customerId" from dispute d
        where d.client_id = k.client_id and d.customer_id = k.id and d.id < ${after ?? lastId}::uuid
        order by d.id desc limit ${pageSize(take)}) d`
    const rows = await prisma.dispute.findMany({
      where: { OR: found.map(({ clientId, id }) => ({ clientId, id })) },
      orderBy: { id: 'desc' },
    })
    return groupInto(
      rows,
      ({ customerId }) => customerId,
      (row) => row,
    )
  },
  () => [],
)

/** Types of documents that a case needs by its reason and that do not hang on it. */
export const missingEvidenceOf = loader<readonly string[]>(async (tx, keys) => {
  const rows = await tx.sql<{ disputeId: string; type: string }>`
    select d.id as "disputeId", t.type
    from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    join dispute d on d.client_id = k.client_id and d.id = k.id
    cross join lateral (
      select r -> 'evidenceTypes' as types from jsonb_array_elements(coalesce(
        (select p.rules -> 'reasons' from policy_version p
         where p.client_id = d.client_id and p.kind = 'DISPUTE' and p.version = d.policy_version),
        ${JSON.stringify(disputePolicy.defaults.reasons)}::jsonb)) r
      where r ->> 'code' = d.reason_code) n
    cross join lateral jsonb_array_elements_text(n.types) as t (type)
    where not exists (
      select 1 from evidence_link l join evidence e on e.client_id = l.client_id and e.id = l.evidence_id
      where l.client_id = d.client_id and l.dispute_id = d.id and l.detached_at is null and e.withdrawn_at is null and e.type = t.type)
    order by d.id, t.type`
  return groupInto(
    rows,
    ({ disputeId }) => disputeId,
    ({ type }) => type,
  )
}, [])

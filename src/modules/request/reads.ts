import { type Fragment, nothing, pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import type { RequestKind, RequestState } from './request-states.ts'
import type { ChangeMove } from './store.ts'

// Reads of requests. They join work items and open items, which lower modules own and alone write.

export type RequestRow = { readonly clientId: string; readonly id: string; readonly parentId: string }

const columns = part`
  r.client_id as "clientId", r.id, r.kind, r.state, r.customer_id as "customerId", r.open_item_id as "openItemId",
  r.receipt_id as "receiptId", r.title, r.body, r.owner_kind as "ownerKind", r.owner_id as "ownerId", r.owner_name as "ownerName",
  r.team_id as "teamId", r.team_name as "teamName", r.department, r.side, r.path_code as "pathCode", r.level,
  r.policy_version as "policyVersion", r.started_at as "startedAt", r.acknowledge_by as "acknowledgeBy", r.answer_by as "answerBy",
  r.acknowledged_at as "acknowledgedAt", r.answered_at as "answeredAt", r.due_at as "dueAt", r.exhausted_at as "exhaustedAt", r.climbs,
  r.reopened, r.answer, r.raised_by_id as "raisedById", r.raised_by_name as "raisedByName", r.raised_at as "raisedAt",
  r.ended_at as "endedAt", r.version`

export type RequestFilter = {
  readonly kinds: readonly RequestKind[] | null
  readonly states: readonly RequestState[] | null
  readonly ownerIds: readonly string[] | null
  readonly subjectId: string | null
  readonly isOverdue: boolean
  readonly isOrphaned: boolean
}

/** A part for each filter that is set, so that the plan of the plain list stays plain. */
const narrowedBy = (tx: Tx, { kinds, states, ownerIds, subjectId, isOverdue, isOrphaned }: RequestFilter): Fragment => part`
  ${kinds === null ? nothing : part`and r.kind = any (${[...kinds]}::text[])`}
  ${states === null ? nothing : part`and r.state = any (${[...states]}::text[])`}
  ${ownerIds === null ? nothing : part`and r.owner_id = any (${[...ownerIds]}::uuid[])`}
  ${
    subjectId === null
      ? nothing
      : part`and (r.customer_id = ${subjectId}::uuid or r.receipt_id = ${subjectId}::uuid or r.id in (
    select i.request_id from work_request_item i where i.client_id = r.client_id and i.open_item_id = ${subjectId}::uuid))`
  }
  ${isOverdue ? part`and r.due_at <= ${tx.now}` : nothing}
  ${
    isOrphaned
      ? part`and r.ended_at is null and r.owner_id not in (
    select o.id from fence.owners(array[k.id], ${tx.now}) o)`
      : nothing
  }`

/** A page of requests of some clients, latest first: one index walk for each client. */
export const requestPage = (
  tx: Tx,
  clients: readonly string[],
  filter: RequestFilter,
  { take, after }: { readonly take: number; readonly after: string | null },
): Promise<RequestRow[]> => {
  const behind = after === null ? nothing : part`and r.id < ${after}::uuid`
  return tx.sql<RequestRow>`
    select p.* from unnest(${[...clients]}::uuid[]) as k (id)
    cross join lateral (
      select ${columns} from work_request r
      where r.client_id = k.id ${behind} ${narrowedBy(tx, filter)} order by r.id desc limit ${pageSize(take)}) p
    order by p.id desc limit ${pageSize(take)}`
}

export type RequestsOf = {
  readonly of: 'CUSTOMER' | 'OPEN_ITEM' | 'RECEIPT' | 'WORK_ITEM'
  readonly take: number
  readonly after: string | null
}

const about = {
  CUSTOMER: part`r.customer_id = k.id`,
  OPEN_ITEM: part`r.id in (select i.request_id from work_request_item i where i.client_id = k.client_id and i.open_item_id = k.id)`,
  RECEIPT: part`r.receipt_id = k.id`,
  WORK_ITEM: part`r.ended_at is null and (r.receipt_id = w.receipt_id or w.kind = 'COLLECTION' and r.customer_id = w.customer_id)`,
} as const satisfies Record<RequestsOf['of'], Fragment>

/**
 * A page of requests for each of several customers, items or receipts, latest first, and for each of several rows of a
 * queue of those about its subject that are not over: all in one statement.
 */
export const requestsBy = loaderWith<RequestsOf, readonly RequestRow[]>(
  async ({ tx }, keys, { of, take, after }) => {
    const behind = after === null ? nothing : part`and r.id < ${after}::uuid`
    const work = of === 'WORK_ITEM' ? part`join work_item w on w.client_id = k.client_id and w.id = k.id` : nothing
    const rows = await tx.sql<RequestRow>`
      select p.*, k.id as "parentId" from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      ${work} cross join lateral (
        select ${columns} from work_request r
        where r.client_id = k.client_id and ${about[of]} ${behind} order by r.id desc limit ${pageSize(take)}) p
      order by p.id desc`
    return groupInto(
      rows,
      ({ parentId }) => parentId,
      (row) => row,
    )
  },
  () => [],
)

/** Ids of the open items that requests name. */
export const itemsOf = loader<readonly string[]>(async (tx, keys) => {
  const rows = await tx.sql<{ requestId: string; id: string }>`
    select i.request_id as "requestId", i.open_item_id as id
    from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join work_request_item i on i.client_id = k.client_id and i.request_id = k.id order by i.id`
  return groupInto(
    rows,
    ({ requestId }) => requestId,
    ({ id }) => id,
  )
}, [])

export type ChangeRow = {
  readonly requestId: string
  readonly move: ChangeMove
  readonly stateBefore: RequestState | null
  readonly state: RequestState
  readonly ownerBefore: string | null
  readonly owner: string
  readonly level: number | null
  readonly note: string
  readonly principalName: string
  readonly at: Date
}

/** The most changes that a history shows; the latest matter. */
export const historyMax = 100

export const historyOf = loader<readonly ChangeRow[]>(async (tx, keys) => {
  const rows = await tx.sql<ChangeRow>`
    select h.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    cross join lateral (
      select c.request_id as "requestId", c.move, c.state_before as "stateBefore", c.state, c.owner_before as "ownerBefore", c.owner, c.level,
        c.note, c.principal_name as "principalName", c.at, c.version, c.id
      from work_request_change c where c.client_id = k.client_id and c.request_id = k.id
      order by c.version desc, c.at desc, c.id desc limit ${pageSize(historyMax)}) h
    order by h.version, h.at, h.id`
  return groupInto(
    rows,
    ({ requestId }) => requestId,
    (row) => row,
  )
}, [])

import type { Write } from '../../platform/command.ts'
import { holdReceipts } from '../worklist/index.ts'
import type { RequestKind, RequestMove, RequestState } from './request-states.ts'
import type { Deadlines, Owner } from './rules.ts'

// Owner of the tables work_request, work_request_item and work_request_change.

/** A request as it is written; what a move does not touch stays. */
export type KeptRequest = Deadlines & {
  readonly id: string
  readonly kind: RequestKind
  readonly state: RequestState
  readonly customerId: string | null
  readonly receiptId: string | null
  readonly ownerKind: Owner['kind']
  readonly ownerId: string
  readonly ownerName: string
  readonly teamId: string | null
  readonly teamName: string | null
  readonly pathCode: string | null
  readonly level: number | null
  readonly policyVersion: number
  readonly startedAt: Date
  readonly acknowledgedAt: Date | null
  readonly answeredAt: Date | null
  readonly dueAt: Date | null
  readonly exhaustedAt: Date | null
  readonly climbs: number
  readonly reopened: number
  readonly answer: string | null
  readonly raisedById: string
  readonly raisedByName: string
  readonly endedAt: Date | null
  readonly version: number
}

export type NewRequest = KeptRequest & {
  readonly openItemId: string | null
  readonly itemIds: readonly string[]
  readonly title: string
  readonly body: string
  readonly department: string | null
  readonly side: 'PROVIDER' | 'CLIENT' | null
}

export const insertRequest = async (write: Write, r: NewRequest) => {
  const { tx, clientId, now } = write
  await tx.sql`
    insert into work_request (client_id, id, kind, state, customer_id, open_item_id, receipt_id, title, body, owner_kind, owner_id, owner_name,
      team_id, team_name, department, side, path_code, level, policy_version, started_at, acknowledge_by, answer_by, due_at,
      raised_by_id, raised_by_name, raised_at)
    values (${clientId}, ${r.id}, ${r.kind}, ${r.state}, ${r.customerId}, ${r.openItemId}, ${r.receiptId}, ${r.title}, ${r.body}, ${r.ownerKind},
      ${r.ownerId}, ${r.ownerName}, ${r.teamId}, ${r.teamName}, ${r.department}, ${r.side}, ${r.pathCode}, ${r.level}, ${r.policyVersion},
      ${r.startedAt}, ${r.acknowledgeBy}, ${r.answerBy}, ${r.dueAt}, ${r.raisedById}, ${r.raisedByName}, ${now})`
  if (r.itemIds.length > 0)
    await tx.sql`
      insert into work_request_item (client_id, id, request_id, open_item_id)
      select ${clientId}, n.id, ${r.id}, n.item_id
      from unnest(${r.itemIds.map(() => write.newId())}::uuid[], ${[...r.itemIds]}::uuid[]) as n (id, item_id)`
}

/** Held until the unit ends; its receipt before it, as everywhere: docs/decisions/0007-lock-order.md */
export const lockRequest = async (write: Write, id: string): Promise<KeptRequest | null> => {
  const { tx, clientId } = write
  const about = await tx.sql<{ receiptId: string | null }>`
    select receipt_id as "receiptId" from work_request where client_id = ${clientId} and id = ${id}`
  const receiptIds = about.flatMap(({ receiptId }) => receiptId ?? [])
  if (receiptIds.length > 0) await holdReceipts(write, receiptIds)
  const rows = await tx.sql<KeptRequest>`
    select id, kind, state, customer_id as "customerId", receipt_id as "receiptId", owner_kind as "ownerKind", owner_id as "ownerId",
      owner_name as "ownerName", team_id as "teamId", team_name as "teamName", path_code as "pathCode", level,
      policy_version as "policyVersion", started_at as "startedAt", acknowledge_by as "acknowledgeBy", answer_by as "answerBy",
      acknowledged_at as "acknowledgedAt", answered_at as "answeredAt", due_at as "dueAt", exhausted_at as "exhaustedAt", climbs, reopened,
      answer, raised_by_id as "raisedById", raised_by_name as "raisedByName", ended_at as "endedAt", version
    from work_request where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

export const saveRequest = ({ tx, clientId }: Write, r: KeptRequest) => tx.sql`
  update work_request set state = ${r.state}, owner_kind = ${r.ownerKind}, owner_id = ${r.ownerId}, owner_name = ${r.ownerName},
    team_id = ${r.teamId}, team_name = ${r.teamName}, level = ${r.level}, policy_version = ${r.policyVersion}, started_at = ${r.startedAt},
    acknowledge_by = ${r.acknowledgeBy}, answer_by = ${r.answerBy}, acknowledged_at = ${r.acknowledgedAt}, answered_at = ${r.answeredAt},
    due_at = ${r.dueAt}, exhausted_at = ${r.exhaustedAt}, climbs = ${r.climbs}, reopened = ${r.reopened}, answer = ${r.answer},
    ended_at = ${r.endedAt}, version = ${r.version}
  where client_id = ${clientId} and id = ${r.id}`

/** What is kept of each change, besides the moves: what nobody moves by, and the top of a path that nobody acknowledged. */
export type ChangeMove = RequestMove | 'raise' | 'comment' | 'exhaust'

export type NewChange = {
  readonly move: ChangeMove
  readonly before: KeptRequest | null
  readonly after: KeptRequest
  readonly note: string
  readonly elapsedSeconds: number | null
}

export const insertChange = async (write: Write, { move, before, after, note, elapsedSeconds }: NewChange) => {
  const { tx, clientId, viewer, now } = write
  await tx.sql`
    insert into work_request_change (client_id, id, request_id, version, move, state_before, state, owner_before, owner, level, note,
      elapsed_seconds, principal_id, principal_name, at)
    values (${clientId}, ${write.newId()}, ${after.id}, ${after.version}, ${move}, ${before?.state ?? null}, ${after.state},
      ${before?.ownerName ?? null}, ${after.ownerName}, ${after.level}, ${note}, ${elapsedSeconds}, ${viewer.id}, ${viewer.name}, ${now})`
}

/** How many live requests everybody answers for who answers for any. */
export const liveByOwner = async ({ tx, clientId }: Write): Promise<ReadonlyMap<string, number>> => {
  const rows = await tx.sql<{ ownerId: string; count: number }>`
    select owner_id as "ownerId", count(*)::int as count from work_request
    where client_id = ${clientId} and ended_at is null group by owner_id`
  return new Map(rows.map(({ ownerId, count }) => [ownerId, count]))
}

/** Requests go along with a customer that was known by a name alone and got its number. */
export const followRequests = (
  { tx, clientId }: Write,
  moves: readonly { readonly fromId: string; readonly toId: string }[],
) => tx.sql`
  update work_request r set customer_id = n.to_id
  from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
  where r.client_id = ${clientId} and r.customer_id = n.from_id`

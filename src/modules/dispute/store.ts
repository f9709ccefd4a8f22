import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { Amounts, MovementKind, Outcome } from './amounts.ts'
import { type DisputeMove, type DisputeState, holdingStates } from './dispute-states.ts'
import type { Priority } from './policy.ts'

// Owner of the tables dispute, dispute_item, dispute_movement and dispute_change.

/** JSON for a recordset: amounts as text, because a JSON number is a float on its way. */
const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

/** A case as it is written; its amounts are sums and never written alone. */
export type KeptDispute = {
  readonly id: string
  readonly customerId: string
  readonly currency: string
  readonly state: DisputeState
  readonly title: string
  readonly reasonCode: string | null
  readonly category: string | null
  readonly department: string | null
  readonly rootCause: string | null
  readonly priority: Priority
  readonly isCollected: boolean
  readonly policyVersion: number
  readonly coordinatorKind: 'PERSON' | 'TEAM'
  readonly coordinatorId: string
  readonly coordinatorName: string
  readonly processorKind: 'PERSON' | 'TEAM' | null
  readonly processorId: string | null
  readonly processorName: string | null
  readonly deadlineOn: Day
  readonly escalatedAt: Date | null
  readonly escalationReason: string | null
  readonly contactId: string | null
  readonly externalReference: string | null
  readonly outcome: Outcome | null
  readonly resolutionMinor: bigint | null
  readonly resolutionNote: string | null
  readonly splitFromId: string | null
  readonly reopened: number
  readonly openedById: string
  readonly openedByName: string
  readonly openedAt: Date
  readonly endedAt: Date | null
  readonly endReason: string | null
  readonly version: number
}

const columns = part`
  id, customer_id as "customerId", currency, state, title, reason_code as "reasonCode", category, department, root_cause as "rootCause",
  priority, is_collected as "isCollected", policy_version as "policyVersion", coordinator_kind as "coordinatorKind",
  coordinator_id as "coordinatorId", coordinator_name as "coordinatorName", processor_kind as "processorKind", processor_id as "processorId",
  processor_name as "processorName", deadline_on as "deadlineOn", escalated_at as "escalatedAt", escalation_reason as "escalationReason",
  contact_id as "contactId", external_reference as "externalReference", outcome, resolution_minor as "resolutionMinor",
  resolution_note as "resolutionNote", split_from_id as "splitFromId", reopened, opened_by_id as "openedById",
  opened_by_name as "openedByName", opened_at as "openedAt", ended_at as "endedAt", end_reason as "endReason", version`

export const insertDispute = ({ tx, clientId }: Write, d: KeptDispute) => tx.sql`
  insert into dispute (client_id, id, customer_id, currency, state, title, reason_code, category, department, root_cause, priority, is_collected,
    policy_version, coordinator_kind, coordinator_id, coordinator_name, processor_kind, processor_id, processor_name, deadline_on, contact_id,
    external_reference, split_from_id, opened_by_id, opened_by_name, opened_at, version)
  values (${clientId}, ${d.id}, ${d.customerId}, ${d.currency}, ${d.state}, ${d.title}, ${d.reasonCode}, ${d.category}, ${d.department},
    ${d.rootCause}, ${d.priority}, ${d.isCollected}, ${d.policyVersion}, ${d.coordinatorKind}, ${d.coordinatorId}, ${d.coordinatorName},
    ${d.processorKind}, ${d.processorId}, ${d.processorName}, ${d.deadlineOn}, ${d.contactId}, ${d.externalReference}, ${d.splitFromId},
    ${d.openedById}, ${d.openedByName}, ${d.openedAt}, ${d.version})`

export const saveDispute = ({ tx, clientId }: Write, d: KeptDispute) => tx.sql`
  update dispute set state = ${d.state}, reason_code = ${d.reasonCode}, category = ${d.category}, department = ${d.department},
    root_cause = ${d.rootCause}, priority = ${d.priority}, is_collected = ${d.isCollected}, policy_version = ${d.policyVersion},
    coordinator_kind = ${d.coordinatorKind}, coordinator_id = ${d.coordinatorId}, coordinator_name = ${d.coordinatorName},
    processor_kind = ${d.processorKind}, processor_id = ${d.processorId}, processor_name = ${d.processorName}, deadline_on = ${d.deadlineOn},
    escalated_at = ${d.escalatedAt}, escalation_reason = ${d.escalationReason}, outcome = ${d.outcome},
    resolution_minor = ${d.resolutionMinor}, resolution_note = ${d.resolutionNote}, reopened = ${d.reopened}, ended_at = ${d.endedAt},
    end_reason = ${d.endReason}, version = ${d.version}
  where client_id = ${clientId} and id = ${d.id}`

/** Held until the unit ends. Its items, and approvals, are held before it: docs/decisions/0007-lock-order.md */
export const lockDispute = async ({ tx, clientId }: Write, id: string): Promise<KeptDispute | null> => {
  const rows = await tx.sql<KeptDispute>`select ${columns} from dispute where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

export type KeptItem = Amounts & {
  readonly id: string
  readonly disputeId: string
  readonly openItemId: string
  readonly isLive: boolean
  readonly seenOpenMinor: bigint
}

/** Items of some cases, in the order they came; those that were taken out are left out. */
export const itemsOf = ({ tx, clientId }: Write, disputeIds: readonly string[], isOver = false): Promise<KeptItem[]> => {
  const standing = isOver ? part`` : part`and is_live`
  return tx.sql<KeptItem>`
    select id, dispute_id as "disputeId", open_item_id as "openItemId", is_live as "isLive", seen_open_minor as "seenOpenMinor",
      original_minor as "originalMinor", disputed_minor as "disputedMinor", paid_minor as "paidMinor", credited_minor as "creditedMinor",
      cleared_manually_minor as "clearedManuallyMinor", cleared_automatically_minor as "clearedAutomaticallyMinor"
    from dispute_item where client_id = ${clientId} and dispute_id = any (${[...disputeIds]}::uuid[]) ${standing} order by id`
}

/** Which case holds each of some items now. */
export const caseOf = async ({ tx, clientId }: Write, itemIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const rows = await tx.sql<{ openItemId: string; disputeId: string }>`
    select open_item_id as "openItemId", dispute_id as "disputeId" from dispute_item
    where client_id = ${clientId} and open_item_id = any (${[...itemIds]}::uuid[]) and is_live`
  return new Map(rows.map(({ openItemId, disputeId }) => [openItemId, disputeId]))
}

/** Cases that follow what becomes of some items, or of all items of some customers. Behind their locks they are read anew. */
export const lockFollowing = async (
  { tx, clientId }: Write,
  { openItemIds, customerIds }: { readonly openItemIds: readonly string[]; readonly customerIds: readonly string[] },
): Promise<KeptDispute[]> => tx.sql<KeptDispute>`
  select ${columns} from dispute
  where client_id = ${clientId} and state = any (${[...holdingStates]}::text[]) and id in (
    select i.dispute_id from dispute_item i join open_item o on o.client_id = i.client_id and o.id = i.open_item_id
    where i.client_id = ${clientId} and i.is_live and o.open_minor <> i.seen_open_minor
      and (o.id = any (${[...openItemIds]}::uuid[]) or o.customer_id = any (${[...customerIds]}::uuid[])))
  order by id for update`

/** What is open of the items of a case now. */
export const openOf = async ({ tx, clientId }: Write, itemIds: readonly string[]): Promise<ReadonlyMap<string, bigint>> => {
  const rows = await tx.sql<{ id: string; openMinor: bigint }>`
    select id, open_minor as "openMinor" from open_item where client_id = ${clientId} and id = any (${[...itemIds]}::uuid[])`
  return new Map(rows.map(({ id, openMinor }) => [id, openMinor]))
}

/** Writes items of a case as they are now, new ones among them, and brings the sums of the case along. */
export const saveItems = async ({ tx, clientId }: Write, disputeId: string, items: readonly KeptItem[]) => {
  if (items.length === 0) return
  await tx.sql`
    insert into dispute_item (client_id, id, dispute_id, open_item_id, is_live, seen_open_minor, original_minor, disputed_minor, paid_minor,
      credited_minor, cleared_manually_minor, cleared_automatically_minor)
    select ${clientId}, n.id, ${disputeId}, n."openItemId", n."isLive", n."seenOpenMinor", n."originalMinor", n."disputedMinor", n."paidMinor",
      n."creditedMinor", n."clearedManuallyMinor", n."clearedAutomaticallyMinor"
    from jsonb_to_recordset(${json(items)}::jsonb) as n (id uuid, "openItemId" uuid, "isLive" boolean, "seenOpenMinor" bigint,
      "originalMinor" bigint, "disputedMinor" bigint, "paidMinor" bigint, "creditedMinor" bigint, "clearedManuallyMinor" bigint,
      "clearedAutomaticallyMinor" bigint)
    on conflict (client_id, dispute_id, open_item_id) do update set is_live = excluded.is_live, seen_open_minor = excluded.seen_open_minor,
      original_minor = excluded.original_minor, disputed_minor = excluded.disputed_minor, paid_minor = excluded.paid_minor,
      credited_minor = excluded.credited_minor, cleared_manually_minor = excluded.cleared_manually_minor,
      cleared_automatically_minor = excluded.cleared_automatically_minor`
  await tx.sql`
    update dispute d set original_minor = s.original, disputed_minor = s.disputed, paid_minor = s.paid, credited_minor = s.credited,
      cleared_manually_minor = s.manually, cleared_automatically_minor = s.automatically
    from (
      select sum(original_minor)::bigint as original, sum(disputed_minor)::bigint as disputed, sum(paid_minor)::bigint as paid,
        sum(credited_minor)::bigint as credited, sum(cleared_manually_minor)::bigint as manually,
        sum(cleared_automatically_minor)::bigint as automatically
      from dispute_item where client_id = ${clientId} and dispute_id = ${disputeId}) s
    where d.client_id = ${clientId} and d.id = ${disputeId}`
}

export type MovementCause = 'OPENED' | 'ADDED' | 'REMOVED' | 'SPLIT' | 'RELEASED' | 'VOIDED' | 'REOPENED' | 'CASH' | 'LEDGER'

export type NewMovement = {
  readonly openItemId: string
  readonly kind: MovementKind
  readonly amountMinor: bigint
  readonly cause: MovementCause
}

export const insertMovements = async (write: Write, disputeId: string, movements: readonly NewMovement[]) => {
  if (movements.length === 0) return
  const { tx, clientId, viewer, now } = write
  const rows = movements.map((movement) => ({ ...movement, id: write.newId() }))
  await tx.sql`
    insert into dispute_movement (client_id, id, dispute_id, open_item_id, kind, amount_minor, cause, principal_id, principal_name, at)
    select ${clientId}, n.id, ${disputeId}, n."openItemId", n.kind, n."amountMinor", n.cause, ${viewer.id}, ${viewer.name}, ${now}
    from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "openItemId" uuid, kind text, "amountMinor" bigint, cause text)`
}

/** How much of each item of a case was given in and not disputed anew. */
export const releasedOf = async ({ tx, clientId }: Write, disputeId: string): Promise<ReadonlyMap<string, bigint>> => {
  const rows = await tx.sql<{ openItemId: string; minor: bigint }>`
    select open_item_id as "openItemId", (-sum(amount_minor))::bigint as minor from dispute_movement
    where client_id = ${clientId} and dispute_id = ${disputeId} and cause in ('RELEASED', 'REOPENED') group by open_item_id`
  return new Map(rows.map(({ openItemId, minor }) => [openItemId, minor]))
}

/** What is kept of each change, besides the moves of the machine. */
export type ChangeMove = DisputeMove | 'open'

type NewChange = {
  readonly move: ChangeMove
  readonly before: KeptDispute | null
  readonly after: KeptDispute
  readonly note: string
}

export const insertChange = (write: Write, { move, before, after, note }: NewChange) => {
  const { tx, clientId, viewer, now } = write
  return tx.sql`
    insert into dispute_change (client_id, id, dispute_id, version, move, state_before, state, note, principal_id, principal_name, at)
    values (${clientId}, ${write.newId()}, ${after.id}, ${after.version}, ${move}, ${before?.state ?? null}, ${after.state}, ${note},
      ${viewer.id}, ${viewer.name}, ${now})`
}

/** A case belongs to whom its items belong to: it goes along when they get their customer. */
export const followDisputed = ({ tx, clientId }: Write, fromIds: readonly string[]) => tx.sql`
  update dispute d set customer_id = o.customer_id
  from dispute_item i join open_item o on o.client_id = i.client_id and o.id = i.open_item_id
  where d.client_id = ${clientId} and d.customer_id = any (${[...fromIds]}::uuid[])
    and i.client_id = d.client_id and i.dispute_id = d.id and o.customer_id <> d.customer_id`

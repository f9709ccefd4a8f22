import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { EntryState } from './fact-reads.ts'
import type { Channel, Step } from './ladder.ts'
import type { Hold, HoldReason } from './rules.ts'

// Owner of the tables stage_hold, stage_entry and item_stage.

/** A step as it is kept beside an item: what whoever takes it has to know. */
export type KeptStep = Pick<Step, 'code' | 'label' | 'channel' | 'needsApproval' | 'template'> & { readonly level: number }

/** Where an item stands. */
export type ItemStage = {
  readonly openItemId: string
  readonly customerId: string
  readonly ladderVersion: number
  readonly level: number
  readonly next: KeptStep | null
  readonly dueOn: Day | null
  readonly missedOn: Day | null
  readonly holds: readonly Hold[]
  readonly isHeld: boolean
  readonly changesOn: Day | null
}

export type KeptStage = ItemStage & { readonly version: number }

export const stageColumns = part`
  s.open_item_id as "openItemId", s.customer_id as "customerId", s.ladder_version as "ladderVersion", s.level, s.next, s.due_on as "dueOn",
  s.missed_on as "missedOn", s.holds, s.is_held as "isHeld", s.changes_on as "changesOn", s.version`

/**
 * Rows of the items of some customers. One of an open item that went to another customer comes with that one, and not with
 * whom it left.
 */
export const stagesOf = async (
  { tx, clientId }: Write,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, KeptStage>> => {
  const ids = [...customerIds]
  const rows = await tx.sql<KeptStage>`
    select ${stageColumns} from item_stage s join open_item o on o.client_id = s.client_id and o.id = s.open_item_id
    where s.client_id = ${clientId} and s.customer_id = any (${ids}::uuid[])
      and (o.closed_on is not null or o.customer_id = any (${ids}::uuid[]))
    union all
    select ${stageColumns} from open_item o join item_stage s on s.client_id = o.client_id and s.open_item_id = o.id
    where o.client_id = ${clientId} and o.customer_id = any (${ids}::uuid[]) and o.closed_on is null
      and s.customer_id <> all (${ids}::uuid[])`
  return new Map(rows.map((row) => [row.openItemId, row]))
}

export const hasStages = async ({ tx, clientId }: Write, customerIds: readonly string[]): Promise<boolean> => {
  const rows = await tx.sql`
    select 1 from item_stage where client_id = ${clientId} and customer_id = any (${[...customerIds]}::uuid[]) limit 1`
  return rows.length > 0
}

export const stageOfItem = async ({ tx, clientId }: Write, openItemId: string): Promise<KeptStage | null> => {
  const rows = await tx.sql<KeptStage>`
    select ${stageColumns} from item_stage s where s.client_id = ${clientId} and s.open_item_id = ${openItemId}`
  return rows[0] ?? null
}

export const saveStages = async ({ tx, clientId }: Write, stages: readonly ItemStage[]) => {
  if (stages.length === 0) return
  await tx.sql`
    insert into item_stage (client_id, open_item_id, customer_id, ladder_version, level, next, channel, due_on, missed_on, holds, is_held, changes_on)
    select ${clientId}, n."openItemId", n."customerId", n."ladderVersion", n.level, n.next, n.next ->> 'channel', n."dueOn", n."missedOn",
      n.holds, n."isHeld", n."changesOn"
    from jsonb_to_recordset(${JSON.stringify(stages)}::jsonb) as n ("openItemId" uuid, "customerId" uuid, "ladderVersion" int, level int,
      next jsonb, "dueOn" date, "missedOn" date, holds jsonb, "isHeld" boolean, "changesOn" date)
    on conflict (client_id, open_item_id) do update set customer_id = excluded.customer_id, ladder_version = excluded.ladder_version,
      level = excluded.level, next = excluded.next, channel = excluded.channel, due_on = excluded.due_on, missed_on = excluded.missed_on,
      holds = excluded.holds, is_held = excluded.is_held, changes_on = excluded.changes_on, version = item_stage.version + 1`
}

export const dropStages = async ({ tx, clientId }: Write, openItemIds: readonly string[]) => {
  if (openItemIds.length === 0) return
  await tx.sql`delete from item_stage where client_id = ${clientId} and open_item_id = any (${[...openItemIds]}::uuid[])`
}

/** Of some customers those whose items change on a day by the day alone, behind an id. */
export const customersToTurn = async ({ tx, clientId }: Write, day: Day, after: string, most: number): Promise<string[]> => {
  const rows = await tx.sql<{ customerId: string }>`
    select distinct customer_id as "customerId" from item_stage
    where client_id = ${clientId} and changes_on <= ${day}::date and customer_id > ${after}::uuid order by 1 limit ${most}`
  return rows.map(({ customerId }) => customerId)
}

/** Customers behind an id, with items that are staged or may be. */
export const customersBehind = async ({ tx, clientId }: Write, after: string, most: number): Promise<string[]> => {
  const rows = await tx.sql<{ customerId: string }>`
    select c.id as "customerId" from customer c
    where c.client_id = ${clientId} and c.id > ${after}::uuid and (
      exists (select 1 from open_item o where o.client_id = c.client_id and o.customer_id = c.id and o.closed_on is null)
      or exists (select 1 from item_stage s where s.client_id = c.client_id and s.customer_id = c.id))
    order by c.id limit ${most}`
  return rows.map(({ customerId }) => customerId)
}

/** Whose each of some receipts is, as far as somebody is known. */
export const customersOfReceipts = async ({ tx, clientId }: Write, receiptIds: readonly string[]): Promise<string[]> => {
  const rows = await tx.sql<{ customerId: string }>`
    select distinct customer_id as "customerId" from receipt
    where client_id = ${clientId} and id = any (${[...receiptIds]}::uuid[]) and customer_id is not null`
  return rows.map(({ customerId }) => customerId)
}

export type NewEntry = {
  readonly openItemId: string
  readonly state: EntryState
  readonly ladderVersion: number
  readonly happenedOn: Day
  readonly step?: { readonly code: string; readonly label: string; readonly level: number; readonly channel: Channel } | null
  readonly dueOn?: Day | null
  readonly isOnTime?: boolean | null
  readonly holdReasons?: readonly HoldReason[] | null
  readonly reason?: string | null
  readonly activityId?: string | null
  readonly noticeId?: string | null
}

/** Written as told; a step that has the same fate already is left alone. */
export const insertEntries = async (write: Write, entries: readonly NewEntry[]) => {
  if (entries.length === 0) return
  const { tx, clientId, viewer, now } = write
  const rows = entries.map(({ step, ...entry }) => ({ ...entry, ...step, id: write.newId() }))
  await tx.sql`
    insert into stage_entry (client_id, id, open_item_id, state, code, label, level, channel, ladder_version, happened_on, due_on, is_on_time,
      hold_reasons, reason, activity_id, notice_id, principal_id, principal_name, at)
    select ${clientId}, n.id, n."openItemId", n.state, n.code, n.label, n.level, n.channel, n."ladderVersion", n."happenedOn", n."dueOn",
      n."isOnTime", n."holdReasons", n.reason, n."activityId", n."noticeId", ${viewer.id}, ${viewer.name}, ${now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (id uuid, "openItemId" uuid, state text, code text, label text, level int,
      channel text, "ladderVersion" int, "happenedOn" date, "dueOn" date, "isOnTime" boolean, "holdReasons" jsonb, reason text,
      "activityId" uuid, "noticeId" uuid)
    on conflict (client_id, open_item_id, code, state) where code is not null do nothing`
}

/** Whoever proposes texts about a customer's steps does it alone until the unit ends, and sees what was proposed before. */
export const holdProposals = ({ tx, clientId }: Write, customerId: string) => tx.sql`
  select pg_advisory_xact_lock(hashtextextended(${`stage texts ${clientId} ${customerId}`}, 0))`

export type NewHold = {
  readonly openItemId: string | null
  readonly customerId: string | null
  readonly reason: HoldReason
  readonly note: string
  readonly until: Day | null
}

export const insertHold = async (write: Write, { openItemId, customerId, reason, note, until }: NewHold): Promise<string> => {
  const { tx, clientId, viewer, now } = write
  const id = write.newId()
  await tx.sql`
    insert into stage_hold (client_id, id, open_item_id, customer_id, reason, note, until_on, principal_id, principal_name, created_at)
    values (${clientId}, ${id}, ${openItemId}, ${customerId}, ${reason}, ${note}, ${until}::date, ${viewer.id}, ${viewer.name}, ${now})`
  return id
}

export type FoundHold = {
  readonly id: string
  readonly openItemId: string | null
  readonly customerId: string | null
  readonly isLifted: boolean
  readonly version: number
}

export const lockHold = async ({ tx, clientId }: Write, id: string): Promise<FoundHold | null> => {
  const rows = await tx.sql<FoundHold>`
    select id, open_item_id as "openItemId", customer_id as "customerId", lifted_at is not null as "isLifted", version
    from stage_hold where client_id = ${clientId} and id = ${id} for no key update`
  return rows[0] ?? null
}

export const saveLift = ({ tx, clientId, viewer, now }: Write, id: string, reason: string) => tx.sql`
  update stage_hold set lifted_at = ${now}, lifted_by_name = ${viewer.name}, lifted_reason = ${reason}, version = version + 1
  where client_id = ${clientId} and id = ${id}`

/** What was held by hand for customers that got their number goes along with their items. */
export const followHolds = (
  { tx, clientId }: Write,
  moves: readonly { readonly fromId: string; readonly toId: string }[],
) => tx.sql`
  update stage_hold h set customer_id = n.to_id
  from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
  join customer c on c.id = n.from_id and c.number is null
  where c.client_id = ${clientId} and h.client_id = ${clientId} and h.customer_id = n.from_id`

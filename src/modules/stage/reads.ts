import type { Day } from '../../kernel/day.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith, type RowKey } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { limits } from '../../platform/limits.ts'
import { clientIsHeld, type EntryState, handHolds } from './fact-reads.ts'
import type { Channel } from './ladder.ts'
import { type HoldReason, isDueState, stateOn } from './rules.ts'
import { type KeptStage, stageColumns } from './store.ts'
import type { Standing } from './taking.ts'

const clientsOf = (keys: readonly RowKey[]) => keys.map(({ clientId }) => clientId)
const idsOf = (keys: readonly RowKey[]) => keys.map(({ id }) => id)

export type StageRow = KeptStage & { readonly clientId: string }

/** Where items stand, for all rows of a field in one statement; null for those that are not staged. */
export const stageByItem = loader<StageRow | null>(async ({ sql }, keys) => {
  const rows = await sql<StageRow>`
    select s.client_id as "clientId", ${stageColumns} from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    join item_stage s on s.client_id = k.client_id and s.open_item_id = k.id`
  return new Map(rows.map((row) => [row.openItemId, row]))
}, null)

/** Where some items stand as it is kept, for whoever only looks; what holds the whole client holds them at once. */
export const standingAsKept = async (
  { tx, clientId }: { readonly tx: Tx; readonly clientId: string },
  openItemIds: readonly string[],
  today: Day,
): Promise<ReadonlyMap<string, Standing>> => {
  const [rows, ofClient] = await Promise.all([
    tx.sql<KeptStage>`
      select ${stageColumns} from item_stage s where s.client_id = ${clientId} and s.open_item_id = any (${[...openItemIds]}::uuid[])`,
    handHolds({ tx, clientId }, [], today),
  ])
  const standings = rows.map((row): Standing => {
    const holds = [...row.holds, ...ofClient]
    return { ...row, holds, isDue: isDueState(stateOn({ ...row, isHeld: holds.length > 0 }, today)) }
  })
  return new Map(standings.map((one) => [one.openItemId, one]))
}

/** The highest stage of each customer’s items; each item keeps its own. */
export const levelByCustomer = loader<number>(async ({ sql }, keys) => {
  const rows = await sql<{ customerId: string; level: number }>`
    select s.customer_id as "customerId", max(s.level) as level
    from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    join item_stage s on s.client_id = k.client_id and s.customer_id = k.id group by s.customer_id`
  return new Map(rows.map(({ customerId, level }) => [customerId, level]))
}, 0)

/** What of some customers is to be done first: of the steps that are due the highest, else the one that is due next. */
export const firstStepByCustomer = loaderWith<{ readonly today: Day }, StageRow | null>(
  async ({ tx }, keys, { today }) => {
    const rows = await tx.sql<StageRow>`
      select distinct on (s.customer_id) s.client_id as "clientId", ${stageColumns}
      from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
      join item_stage s on s.client_id = k.client_id and s.customer_id = k.id
      where not s.is_held and s.due_on is not null
      order by s.customer_id, (s.due_on <= ${today}::date) desc,
        case when s.due_on <= ${today}::date then -(s.next ->> 'level')::int end, s.due_on, s.open_item_id`
    return new Map(rows.map((row) => [row.customerId, row]))
  },
  () => null,
)

export type EntryRow = {
  readonly clientId: string
  readonly openItemId: string
  readonly state: EntryState
  readonly code: string | null
  readonly label: string | null
  readonly level: number | null
  readonly channel: Channel | null
  readonly ladderVersion: number
  readonly happenedOn: Day
  readonly dueOn: Day | null
  readonly isOnTime: boolean | null
  readonly holdReasons: readonly HoldReason[] | null
  readonly reason: string | null
  readonly by: string
  readonly at: Date
}

const entryColumns = part`
  e.client_id as "clientId", e.open_item_id as "openItemId", e.state, e.code, e.label, e.level, e.channel, e.ladder_version as "ladderVersion",
  e.happened_on as "happenedOn", e.due_on as "dueOn", e.is_on_time as "isOnTime", e.hold_reasons as "holdReasons", e.reason,
  e.principal_name as by, e.at`

/** What became of the stages of items, latest first. */
export const entriesByItem = loaderWith<{ readonly first: number }, readonly EntryRow[]>(
  async ({ tx }, keys, { first }) => {
    const rows = await tx.sql<EntryRow>`
      select r.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select ${entryColumns} from stage_entry e where e.client_id = k.client_id and e.open_item_id = k.id
        order by e.id desc limit ${pageSize(first)}) r`
    return groupInto(
      rows,
      ({ openItemId }) => openItemId,
      (row) => row,
    )
  },
  () => [],
)

/** The highest step that lies behind each item. */
export const currentByItem = loader<EntryRow | null>(async ({ sql }, keys) => {
  const rows = await sql<EntryRow>`
    select distinct on (e.open_item_id) ${entryColumns}
    from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    join stage_entry e on e.client_id = k.client_id and e.open_item_id = k.id
    where e.state = 'DONE' order by e.open_item_id, e.level desc, e.id desc`
  return new Map(rows.map((row) => [row.openItemId, row]))
}, null)

export type DueAsked = {
  readonly clientId: string
  readonly today: Day
  /** Steps whose day is this or an earlier one. */
  readonly asOf: Day
  readonly channels: readonly Channel[] | null
}

/** The one predicate of the list and its count; whoever takes a step asks it of the row with `isDue`. */
const isDueBy = ({ clientId, today, asOf, channels }: DueAsked) => part`
  s.client_id = ${clientId} and not s.is_held and s.due_on <= ${asOf}::date and not ${clientIsHeld(clientId, today)}
  ${channels === null ? part`` : part`and s.channel = any (${[...channels]}::text[])`}`

/** A page of the steps that are due, the oldest first: one walk of one index. */
export const duePage = (
  { sql }: Tx,
  asked: DueAsked,
  { take, after }: { readonly take: number; readonly after: { readonly dueOn: Day; readonly id: string } | null },
): Promise<StageRow[]> => {
  const behind =
    after === null
      ? part``
      : part`and s.due_on >= ${after.dueOn}::date and (s.due_on > ${after.dueOn}::date or s.open_item_id > ${after.id}::uuid)`
  return sql<StageRow>`
    select s.client_id as "clientId", ${stageColumns} from item_stage s where ${isDueBy(asked)} ${behind}
    order by s.due_on, s.open_item_id limit ${pageSize(take)}`
}

export type ToWrite = {
  readonly customerId: string
  readonly openItemId: string
  readonly channel: 'EMAIL' | 'LETTER'
  readonly template: string
  readonly needsApproval: boolean
}

/** Steps that are due and have a text to be sent, of some customers behind one, in the order of the customers. */
export const stepsToWrite = (
  { sql }: Tx,
  asked: Omit<DueAsked, 'channels' | 'asOf'>,
  { after, customers }: { readonly after: string; readonly customers: number },
): Promise<ToWrite[]> => {
  const isToWrite = part`${isDueBy({ ...asked, asOf: asked.today, channels: ['EMAIL', 'LETTER'] })} and s.next ->> 'template' is not null`
  return sql<ToWrite>`
    select s.customer_id as "customerId", s.open_item_id as "openItemId", s.channel, s.next ->> 'template' as template,
      (s.next ->> 'needsApproval')::boolean as "needsApproval"
    from item_stage s
    where ${isToWrite} and s.customer_id in (
      select distinct s.customer_id from item_stage s where ${isToWrite} and s.customer_id > ${after}::uuid order by 1 limit ${pageSize(customers)})
    order by s.customer_id, s.due_on, s.open_item_id`
}

export const countDue = async ({ sql }: Tx, asked: DueAsked): Promise<number> => {
  const [row] = await sql<{ count: number }>`
    select count(*)::int as count from (select 1 from item_stage s where ${isDueBy(asked)} limit ${limits.page.count + 1}) counted`
  return row?.count ?? 0
}

export type StageCounts = {
  readonly onTime: number
  readonly late: number
  readonly missed: number
  readonly skipped: number
  readonly held: number
}

/** What became of the steps that were due in some days, each counted once; and how often items were held in them. */
export const stageCounts = async ({ sql }: Tx, clientId: string, from: Day, to: Day): Promise<StageCounts> => {
  const [row] = await sql<StageCounts>`
    select count(*) filter (where e.state = 'DONE' and e.is_on_time)::int as "onTime",
      count(*) filter (where e.state = 'DONE' and not e.is_on_time)::int as late,
      count(*) filter (where e.state = 'MISSED' and not exists (
        select 1 from stage_entry d where d.client_id = e.client_id and d.open_item_id = e.open_item_id and d.code = e.code and d.state = 'DONE'
      ))::int as missed,
      count(*) filter (where e.state = 'SKIPPED')::int as skipped,
      (select count(*)::int from stage_entry h
       where h.client_id = ${clientId} and h.state = 'HELD' and h.happened_on between ${from}::date and ${to}::date) as held
    from stage_entry e
    where e.client_id = ${clientId} and e.code is not null and e.due_on between ${from}::date and ${to}::date`
  return row ?? { onTime: 0, late: 0, missed: 0, skipped: 0, held: 0 }
}

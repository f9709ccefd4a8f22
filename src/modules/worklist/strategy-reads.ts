import { addDays, type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import type { WorkKind } from './rules.ts'

/** Why rows that are not queued are left out by their strategy. Rows of a page are queued, and are never asked about. */
export const leftOutOf = loader<string | null>(async ({ sql }, keys) => {
  const rows = await sql<{ id: string; leftOut: string }>`
    select w.id, w.left_out as "leftOut" from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join work_item w on w.client_id = k.client_id and w.id = k.id where w.left_out is not null`
  return new Map(rows.map(({ id, leftOut }) => [id, leftOut]))
}, null)

export type StrategyVersion = {
  readonly version: number
  readonly effectiveFrom: Date
  /** The client's day with which it takes hold. */
  readonly firstDay: Day
}

export type StrategyState = {
  readonly clientId: string
  /** Null while the defaults hold. */
  readonly current: StrategyVersion | null
  readonly next: StrategyVersion | null
}

type Row = {
  readonly clientId: string
  readonly version: number
  readonly effectiveFrom: Date
  readonly publishedAt: Date
}

/** What was published for a later instant holds from the day that begins at it or behind it; what holds at once, from then on. */
const versionFrom = ({ version, effectiveFrom, publishedAt }: Row, timeZone: string): StrategyVersion => ({
  version,
  effectiveFrom,
  firstDay:
    effectiveFrom <= publishedAt
      ? dayIn(timeZone, effectiveFrom)
      : addDays(dayIn(timeZone, new Date(effectiveFrom.getTime() - 1)), 1),
})

/** For all clients of a field in one statement: as few versions were ever published as people agreed upon. */
export const strategyStateOf = loader<StrategyState | null>(async ({ sql, viewer, now }, keys) => {
  const clients = keys.map(({ clientId }) => clientId)
  const rows = await sql<Row>`
    select client_id as "clientId", version, effective_from as "effectiveFrom", published_at as "publishedAt" from policy_version
    where client_id = any (${clients}::uuid[]) and kind = 'STRATEGY' order by client_id, version desc`
  return new Map(
    clients.map((clientId): [string, StrategyState] => {
      const timeZone = viewer.held.get(clientId)?.timeZone ?? 'UTC'
      const today = dayIn(timeZone, now)
      const own = rows.filter((row) => row.clientId === clientId).map((row) => versionFrom(row, timeZone))
      const current = own.find(({ firstDay, effectiveFrom }) => effectiveFrom <= now && firstDay <= today) ?? null
      // Behind a later version an earlier one never holds, whenever it was meant to.
      const coming = own.filter(({ version }) => version > (current?.version ?? 0))
      const first = coming.map(({ firstDay }) => firstDay).sort()[0]
      return [clientId, { clientId, current, next: coming.find(({ firstDay }) => firstDay === first) ?? null }]
    }),
  )
}, null)

/** How many rows of each client stand by an older version than the one in force, counted up to the limit. */
export const behindOf = loaderWith<object, number>(
  async (context, keys) => {
    const states = await Promise.all(keys.map((key) => strategyStateOf(context).load(key)))
    const versions = states.map((state) => state?.current?.version ?? 0)
    const rows = await context.tx.sql<{ clientId: string; count: number }>`
      select k.client_id as "clientId", b.count
      from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${versions}::int[]) as k (client_id, version)
      cross join lateral (
        select count(*)::int as count from (
          select 1 from work_item w where w.client_id = k.client_id and (w.is_queued or w.left_out is not null)
            and w.strategy_version < k.version limit ${limits.page.count + 1}) counted) b`
    return new Map(rows.map(({ clientId, count }) => [clientId, count]))
  },
  () => 0,
)

type Behind = { readonly kind: WorkKind; readonly customerId: string; readonly receiptId: string }

/** Rows that stand by an older strategy, best first: the head of a queue is the first to be right again. */
export const rowsBehind = ({ tx, clientId }: Write, version: number, most: number): Promise<Behind[]> => tx.sql<Behind>`
  select kind, customer_id as "customerId", receipt_id as "receiptId" from work_item
  where client_id = ${clientId} and (is_queued or left_out is not null) and strategy_version < ${version}
  order by score desc, id limit ${most}`

import { part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { loader } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import { isOfKinds, narrowedBy, type WorkFilter, type WorkRow } from './reads.ts'

// Places are counted only when somebody asks for them, and up to the limit of counts: a place far down the queue costs as
// much as all rows before it.

/** What a page was read for: enough to say later where its rows stand. */
export type RankedPage = {
  readonly clients: readonly string[]
  readonly filter: WorkFilter
  readonly rows: readonly WorkRow[]
  readonly isFirst: boolean
}

type Kept = RankedPage & { before?: Promise<number> }

const pagesOf = new WeakMap<Context, Kept[]>()

/** Remembers a page for as long as its unit lives; costs nothing more while nobody asks for places. */
export const keepPage = (context: Context, page: RankedPage) => {
  const pages = pagesOf.get(context)
  if (pages === undefined) pagesOf.set(context, [page])
  else pages.push(page)
}

/** The place of a row in the queue that it was read from, from 1; null where it is not queued, and beyond the limit. */
export const rankOf = async (context: Context, row: WorkRow): Promise<number | null> => {
  if (!row.isQueued) return null
  for (const page of pagesOf.get(context) ?? []) {
    const place = page.rows.indexOf(row)
    if (place === -1) continue
    // One count for all rows of the page: behind its first they follow one another.
    page.before ??= page.isFirst ? Promise.resolve(0) : countBefore(context.tx, page)
    return within((await page.before) + place)
  }
  return within(await beforeOf(context).load(row))
}

const within = (before: number): number | null => (before < limits.page.count ? before + 1 : null)

const countBefore = async (tx: Tx, { clients, filter, rows: [first] }: RankedPage): Promise<number> => {
  if (first === undefined) return 0
  const rows = await tx.sql<{ count: number }>`
    select count(*)::int as count from (
      select 1 from work_item w where w.client_id = any (${[...clients]}::uuid[]) and w.is_queued
        and ${isOfKinds(part`w.kind`, filter)} ${narrowedBy(filter)}
        and w.score >= ${first.score} and (w.score > ${first.score} or w.id < ${first.id})
      limit ${limits.page.count}) counted`
  return rows[0]?.count ?? 0
}

/** How many rows stand before each within the queue of its client and kind, for rows that no page brought. */
const beforeOf = loader<number>(async ({ sql }, keys) => {
  const rows = await sql<{ id: string; count: number }>`
    select w.id, b.count from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join work_item w on w.client_id = k.client_id and w.id = k.id
    cross join lateral (
      select count(*)::int as count from (
        select 1 from work_item o where o.client_id = w.client_id and o.kind = w.kind and o.is_queued
          and o.score >= w.score and (o.score > w.score or o.id < w.id)
        limit ${limits.page.count}) counted) b`
  return new Map(rows.map(({ id, count }) => [id, count]))
}, limits.page.count)

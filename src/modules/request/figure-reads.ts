import type { Day } from '../../kernel/day.ts'
import type { Tx } from '../../platform/database/unit.ts'

// What requests add up to.

export type Elapsed = { readonly count: number; readonly medianSeconds: number | null; readonly ninetiethSeconds: number | null }
export type Standing = { readonly open: number; readonly overdue: number }
export type OfLevel = Standing & { readonly path: string; readonly level: number }
export type OfTeam = Standing & {
  readonly team: string
  readonly handOffs: number
  readonly medianAgeSeconds: number | null
  readonly oldestAt: Date | null
}
export type Period = {
  readonly clientId: string
  readonly from: Day
  readonly to: Day
  readonly since: Date
  readonly until: Date
}

/** First acknowledgements, or first answers, of a period. */
export const elapsedOf = async (tx: Tx, { clientId, since, until }: Period, moves: readonly string[]): Promise<Elapsed> => {
  const [row] = await tx.sql<Elapsed>`
    select count(*)::int as count, percentile_disc(0.5) within group (order by elapsed_seconds)::float8 as "medianSeconds",
      percentile_disc(0.9) within group (order by elapsed_seconds)::float8 as "ninetiethSeconds"
    from work_request_change
    where client_id = ${clientId} and at >= ${since} and at < ${until} and move = any (${[...moves]}::text[]) and elapsed_seconds is not null`
  if (row === undefined) throw new Error('an aggregate has one row')
  return row
}

export const movesIn = async (tx: Tx, { clientId, since, until }: Period, move: string): Promise<number> => {
  const [row] = await tx.sql<{ count: number }>`
    select count(*)::int as count from work_request_change
    where client_id = ${clientId} and at >= ${since} and at < ${until} and move = ${move}`
  return row?.count ?? 0
}

export const standingOf = async (tx: Tx, clientId: string): Promise<Standing> => {
  const [row] = await tx.sql<Standing>`
    select count(*)::int as open, (count(*) filter (where due_at <= ${tx.now}))::int as overdue
    from work_request where client_id = ${clientId} and ended_at is null`
  if (row === undefined) throw new Error('an aggregate has one row')
  return row
}

export const levelsOf = (tx: Tx, clientId: string): Promise<OfLevel[]> => tx.sql<OfLevel>`
        select path_code as path, level, count(*)::int as open, (count(*) filter (where due_at <= ${tx.now}))::int as overdue
        from work_request where client_id = ${clientId} and ended_at is null and kind = 'ESCALATION' group by 1, 2 order by 1, 2`

export const teamsOf = (tx: Tx, clientId: string): Promise<OfTeam[]> => tx.sql<OfTeam>`
        select max(team_name) as team, count(*)::int as open, (count(*) filter (where due_at <= ${tx.now}))::int as overdue,
          (count(*) filter (where kind = 'HANDOFF' and state <> 'RETURNED'))::int as "handOffs",
          percentile_disc(0.5) within group (order by extract(epoch from ${tx.now}::timestamptz - started_at))
            filter (where kind = 'HANDOFF' and state <> 'RETURNED')::float8 as "medianAgeSeconds",
          min(started_at) filter (where kind = 'HANDOFF' and state <> 'RETURNED') as "oldestAt"
        from work_request where client_id = ${clientId} and ended_at is null and team_id is not null group by team_id order by 1, team_id`

import type { CashMatch } from '../../generated/prisma/client.ts'
import type { Day } from '../../kernel/day.ts'
import { pageSize } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'

export type MatchPage = { readonly take: number; readonly after: string | null }

const firstId = '00000000-0000-0000-0000-000000000000'

/** A page of matches for each of several receipts, earliest first: one index walk for each, all in one statement. */
export const matchesByReceipt = loaderWith<MatchPage, readonly CashMatch[]>(
  async ({ tx }, keys, { take, after }) => {
    const rows = await tx.sql<CashMatch>`
      select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select m.client_id as "clientId", m.id, m.receipt_id as "receiptId", m.policy_version as "policyVersion", m.outcome, m.state,
          m.customer_id as "customerId", m.payer_level as "payerLevel", m.line_count as "lineCount",
          m.matched_line_count as "matchedLineCount", m.currency, m.amount_minor as "amountMinor", m.matched_minor as "matchedMinor",
          m.is_straight_through as "isStraightThrough", m.trace, m.lessons, m.reason, m.created_at as "createdAt",
          m.decided_at as "decidedAt", m.version
        from cash_match m where m.client_id = k.client_id and m.receipt_id = k.id and m.id > ${after ?? firstId}::uuid
        order by m.id limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ receiptId }) => receiptId,
      (row) => row,
    )
  },
  () => [],
)

/** How well cash was matched over some value dates: what metrics of cash application are made of (metrics.md 4.3). */
export type CashFigures = {
  readonly receipts: number
  readonly identified: number
  readonly lines: number
  readonly linesMatched: number
  readonly straightThrough: number
  readonly automatic: number
  readonly falseMatches: number
  /** Hours from the value date to the first application, on average; null where nothing was applied. */
  readonly hoursToApply: number | null
}

/** Each receipt counts once, by what the engine first said of it that was not looked at again. */
export const cashFigures = async ({ sql }: Tx, clientId: string, from: Day, to: Day): Promise<CashFigures> => {
  const [row] = await sql<CashFigures>`
    select count(*)::int as receipts, (count(*) filter (where m.payer_level <> 'NONE'))::int as identified,
      coalesce(sum(m.line_count), 0)::int as lines,
      coalesce(sum(m.matched_line_count) filter (where m.state = 'POSTED'), 0)::int as "linesMatched",
      (count(*) filter (where m.is_straight_through))::int as "straightThrough",
      (count(*) filter (where m.state = 'POSTED'))::int as automatic,
      (count(*) filter (where m.state = 'POSTED' and m.is_false))::int as "falseMatches",
      (avg(extract(epoch from m.applied_at - m.value_on::timestamp at time zone 'UTC') / 3600))::float8 as "hoursToApply"
    from (
      select distinct on (m.receipt_id) m.*, r.value_on,
        exists (select 1 from application u join application a on a.client_id = u.client_id and a.id = u.reverses_id
          where u.client_id = m.client_id and u.receipt_id = m.receipt_id and u.is_false_match and a.match_id = m.id) as is_false,
        (select min(a.created_at) from application a where a.client_id = m.client_id and a.receipt_id = m.receipt_id) as applied_at
      from cash_match m join receipt r on r.client_id = m.client_id and r.id = m.receipt_id
      where m.client_id = ${clientId} and r.value_on between ${from}::date and ${to}::date and m.state <> 'SUPERSEDED'
      order by m.receipt_id, m.id
    ) m`
  if (row === undefined) throw new Error('an aggregate without a row')
  return row
}

export type ValueFigure = { readonly currency: string; readonly receivedMinor: bigint; readonly automaticMinor: bigint }

/** The same of the money, one row for each currency. */
export const valueFigures = async ({ sql }: Tx, clientId: string, from: Day, to: Day): Promise<ValueFigure[]> => sql<ValueFigure>`
  select m.currency, sum(m.amount_minor)::bigint as "receivedMinor",
    coalesce(sum(m.matched_minor) filter (where m.state = 'POSTED'), 0)::bigint as "automaticMinor"
  from (
    select distinct on (m.receipt_id) m.currency, m.amount_minor, m.matched_minor, m.state
    from cash_match m join receipt r on r.client_id = m.client_id and r.id = m.receipt_id
    where m.client_id = ${clientId} and r.value_on between ${from}::date and ${to}::date and m.state <> 'SUPERSEDED'
    order by m.receipt_id, m.id
  ) m group by m.currency order by m.currency`

import type { Day } from '../../kernel/day.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { open } from './deduction-states.ts'

// What deductions add up to.

export type Period = {
  readonly clientId: string
  readonly from: Day
  readonly to: Day
  readonly since: Date
  readonly until: Date
}
export type Sum = { readonly currency: string; readonly count: number; readonly minor: bigint }

/** Deductions that some moves were made of in a period, each once, by currency; of a verdict where one is named. */
export const movedIn = (
  tx: Tx,
  { clientId, since, until }: Period,
  { moves, verdict = null }: { readonly moves: readonly string[]; readonly verdict?: string | null },
): Promise<Sum[]> => tx.sql<Sum>`
  select d.currency, count(*)::int as count, sum(d.amount_minor)::bigint as minor
  from deduction d
  where d.client_id = ${clientId} and d.id in (
    select c.deduction_id from deduction_change c
    where c.client_id = ${clientId} and c.at >= ${since} and c.at < ${until} and c.move = any (${[...moves]}::text[])
      and (${verdict}::text is null or c.verdict = ${verdict}))
  group by d.currency order by d.currency`

export type OpenSum = Sum & { readonly reasonCode: string; readonly bucket: string }

/** What somebody still has to do something about, by reason, currency and days since it was found. */
export const openNow = (tx: Tx, clientId: string): Promise<OpenSum[]> => tx.sql<OpenSum>`
  select reason_code as "reasonCode", currency,
    case when age < 30 then 'DAYS_0_29' when age < 60 then 'DAYS_30_59' when age < 90 then 'DAYS_60_89' else 'DAYS_90_AND_MORE' end as bucket,
    count(*)::int as count, sum(amount_minor)::bigint as minor
  from (
    select reason_code, currency, amount_minor, floor(extract(epoch from ${tx.now}::timestamptz - created_at) / 86400) as age
    from deduction where client_id = ${clientId} and state = any (${[...open]}::text[])) d
  group by 1, 2, 3 order by 1, 2, 3`

import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import type { Collectable, Factor } from './rules.ts'

// Owner of the tables work_item, work_amount and work_day.

/**
 * Customers before work items, by id: whoever refreshes a customer's work holds the customer, so that two changes of
 * one customer are seen one after the other and the later one sees both.
 */
export const holdCustomers = ({ tx, clientId }: Write, customerIds: readonly string[]) => tx.sql`
  select id from customer where client_id = ${clientId} and id = any (${[...customerIds]}::uuid[]) order by id for no key update`

export type Facts = {
  readonly customerId: string
  readonly itemCount: number
  readonly overdueDays: number
  readonly amounts: readonly Collectable[]
}

type FactRow = {
  customerId: string
  currency: string
  openMinor: bigint
  overdueMinor: bigint
  toBeCollectedMinor: bigint
  /** Beyond bigint for a large amount that is years late. */
  weightedDays: string
  itemCount: number
  overdueDays: number
}

/**
 * What is open, overdue and to be collected by customer and currency. To be collected is what is due or overdue, less
 * disputed items and less the parts that are promised for today or later (model.md 3.1). A credit is open, never due.
 */
export const factsOf = async (
  { tx, clientId }: Write,
  customerIds: readonly string[],
  today: Day,
): Promise<Map<string, Facts>> => {
  const rows = await tx.sql<FactRow>`
    select o.customer_id as "customerId", o.currency, sum(o.open_minor)::bigint as "openMinor",
      coalesce(sum(o.open_minor) filter (where d.is_debit and o.due_on < ${today}::date), 0)::bigint as "overdueMinor",
      sum(d.collectable)::bigint as "toBeCollectedMinor",
      sum(d.collectable::numeric * greatest(0, ${today}::date - o.due_on))::text as "weightedDays",
      (count(*) filter (where d.collectable > 0))::int as "itemCount",
      coalesce(max(${today}::date - o.due_on) filter (where d.collectable > 0), 0)::int as "overdueDays"
    from open_item o
    left join promise_to_pay p
      on p.client_id = o.client_id and p.open_item_id = o.id and p.state = 'OPEN' and p.promised_on >= ${today}::date
    cross join lateral (
      select o.kind <> 'CREDIT_MEMO' as is_debit,
        case when o.kind = 'CREDIT_MEMO' or o.due_on > ${today}::date or o.is_disputed then 0
          else greatest(0, o.open_minor - coalesce(p.amount_minor, 0)) end as collectable) d
    where o.client_id = ${clientId} and o.customer_id = any (${[...customerIds]}::uuid[]) and o.closed_on is null
    group by o.customer_id, o.currency order by o.customer_id, o.currency`
  const facts = new Map<string, Facts>()
  for (const { customerId, itemCount, overdueDays, weightedDays, ...sums } of rows) {
    const amount = { ...sums, weightedDays: BigInt(weightedDays) }
    const known = facts.get(customerId)
    facts.set(customerId, {
      customerId,
      itemCount: (known?.itemCount ?? 0) + itemCount,
      overdueDays: Math.max(known?.overdueDays ?? 0, overdueDays),
      amounts: [...(known?.amounts ?? []), amount],
    })
  }
  return facts
}

/** Amounts as they are kept: minor units as text, since JSON numbers end at 2^53. */
export type KeptAmount = {
  readonly currency: string
  readonly open: string
  readonly overdue: string
  readonly toBeCollected: string
}

export type KeptWork = {
  readonly id: string
  readonly customerId: string
  readonly isQueued: boolean
  readonly score: number
  readonly amounts: readonly KeptAmount[]
  readonly factors: readonly Factor[]
  readonly overdueDays: number
  readonly itemCount: number
  readonly scoredOn: Day
}

export const workOf = async ({ tx, clientId }: Write, customerIds: readonly string[]): Promise<Map<string, KeptWork>> => {
  const rows = await tx.sql<KeptWork>`
    select id, customer_id as "customerId", is_queued as "isQueued", score, amounts, factors, overdue_days as "overdueDays",
      item_count as "itemCount", scored_on as "scoredOn"
    from work_item where client_id = ${clientId} and kind = 'COLLECTION' and customer_id = any (${[...customerIds]}::uuid[])`
  return new Map(rows.map((row) => [row.customerId, row]))
}

export const saveWork = async ({ tx, clientId, now }: Write, work: readonly KeptWork[], strategyVersion: number) => {
  if (work.length === 0) return
  const rows = JSON.stringify(work)
  await tx.sql`
    insert into work_item (client_id, id, kind, customer_id, is_queued, score, strategy_version, factors, amounts, overdue_days, item_count,
      scored_on, queued_at, updated_at)
    select ${clientId}, w.id, 'COLLECTION', w."customerId", w."isQueued", w.score, ${strategyVersion}, w.factors, w.amounts, w."overdueDays",
      w."itemCount", w."scoredOn", ${now}, ${now}
    from jsonb_to_recordset(${rows}::jsonb) as w (id uuid, "customerId" uuid, "isQueued" boolean, score int, factors jsonb, amounts jsonb,
      "overdueDays" int, "itemCount" int, "scoredOn" date)
    on conflict (client_id, kind, customer_id) do update set
      queued_at = case when excluded.is_queued and not work_item.is_queued then excluded.queued_at else work_item.queued_at end,
      is_queued = excluded.is_queued, score = excluded.score, strategy_version = excluded.strategy_version, factors = excluded.factors,
      amounts = excluded.amounts, overdue_days = excluded.overdue_days, item_count = excluded.item_count, scored_on = excluded.scored_on,
      updated_at = excluded.updated_at, version = work_item.version + 1`
  const ids = work.map(({ id }) => id)
  await tx.sql`
    delete from work_amount a where a.client_id = ${clientId} and a.work_item_id = any (${ids}::uuid[])
      and not exists (
        select 1 from work_item w, jsonb_to_recordset(w.amounts) as k (currency text)
        where w.client_id = a.client_id and w.id = a.work_item_id and w.is_queued and k.currency = a.currency)`
  await tx.sql`
    insert into work_amount (client_id, work_item_id, currency, open_minor, overdue_minor, to_be_collected_minor)
    select w.client_id, w.id, k.currency, k.open, k.overdue, k."toBeCollected"
    from work_item w, jsonb_to_recordset(w.amounts) as k (currency text, open bigint, overdue bigint, "toBeCollected" bigint)
    where w.client_id = ${clientId} and w.id = any (${ids}::uuid[]) and w.is_queued
    on conflict (client_id, work_item_id, currency) do update set
      open_minor = excluded.open_minor, overdue_minor = excluded.overdue_minor, to_be_collected_minor = excluded.to_be_collected_minor`
}

/** Queued rows are held to a day's score; whoever is due next, in portions. */
export const customersToScore = async ({ tx, clientId }: Write, day: Day, after: string, most: number): Promise<string[]> => {
  // Items that fell due since the last day belong into the queue as much as those that were in it.
  const rows = await tx.sql<{ customerId: string }>`
    select distinct customer_id as "customerId" from (
      select customer_id from work_item where client_id = ${clientId} and is_queued and scored_on < ${day}::date
      union all
      select o.customer_id from open_item o where o.client_id = ${clientId} and o.closed_on is null and o.due_on <= ${day}::date
        and o.due_on >= coalesce((select w.day from work_day w where w.client_id = ${clientId}), '0001-01-01'::date)
      union all
      select p.customer_id from promise_to_pay p where p.client_id = ${clientId} and p.state = 'OPEN' and p.promised_on < ${day}::date
        and p.promised_on >= coalesce((select w.day from work_day w where w.client_id = ${clientId}), '0001-01-01'::date)
    ) due where customer_id > ${after}::uuid order by 1 limit ${most}`
  return rows.map(({ customerId }) => customerId)
}

export const scoredDay = async ({ tx, clientId }: Write): Promise<Day | null> => {
  const rows = await tx.sql<{ day: Day }>`select day from work_day where client_id = ${clientId}`
  return rows[0]?.day ?? null
}

export const saveScoredDay = ({ tx, clientId }: Write, day: Day) => tx.sql`
  insert into work_day (client_id, day) values (${clientId}, ${day}::date)
  on conflict (client_id) do update set day = excluded.day where work_day.day < excluded.day`

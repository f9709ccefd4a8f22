import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import { groupInto } from '../../platform/group.ts'
import type { NextAction } from './chase.ts'
import type { ItemSums } from './collection-score.ts'
import type { Payer } from './left-out.ts'
import type { Factor, WorkKind } from './rules.ts'

// Owner of the tables work_item, work_amount and work_day.

type PayerRow = Payer & { readonly id: string }

/**
 * Customers before work items, by id: whoever refreshes a customer's work holds the customer, so that two changes of
 * one customer are seen one after the other and the later one sees both.
 */
export const holdCustomers = async (
  { tx, clientId }: Write,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, PayerRow>> => {
  const rows = await tx.sql<PayerRow>`
    select id, number, country_code as "countryCode", parent_id is not null as "hasParent"
    from customer where client_id = ${clientId} and id = any (${[...customerIds]}::uuid[]) order by id for no key update`
  return new Map(rows.map((row) => [row.id, row]))
}

type FactRow = Omit<ItemSums, 'weightedDays'> & {
  customerId: string
  /** Beyond bigint for a large amount that is years late. */
  weightedDays: string
}

/**
 * What is open, overdue and to be collected by customer, currency and kind of item. To be collected is what is due or overdue,
 * less what is disputed, less what is still to come of promises whose deadline has not passed and of payment plans that are kept,
 * and less what was deducted (model.md 3.1). A plan in default may make due what is not. A credit is open, never due.
 */
export const factsOf = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  customerIds: readonly string[],
  today: Day,
): Promise<Map<string, ItemSums[]>> => {
  const rows = await tx.sql<FactRow>`
    select o.customer_id as "customerId", o.currency, o.kind, sum(o.open_minor)::bigint as "openMinor",
      coalesce(sum(o.open_minor) filter (where d.is_debit and o.due_on < ${today}::date), 0)::bigint as "overdueMinor",
      coalesce(sum(o.disputed_minor) filter (where d.is_debit), 0)::bigint as "disputedMinor",
      sum(d.collectable)::bigint as "collectableMinor",
      sum(d.collectable::numeric * greatest(0, ${today}::date - o.due_on))::text as "weightedDays",
      (count(*) filter (where d.collectable > 0))::int as "itemCount",
      coalesce(max(${today}::date - o.due_on) filter (where d.collectable > 0), 0)::int as "overdueDays",
      coalesce(sum(p.broken) filter (where o.open_minor > 0), 0)::int as "brokenPromises"
    from open_item o
    left join (
      select open_item_id, sum(amount_minor) as minor from deduction
      where client_id = ${clientId} and customer_id = any (${[...customerIds]}::uuid[]) and holds_back group by open_item_id
    ) k on k.open_item_id = o.id
    left join (
      select open_item_id, sum(amount_minor - paid_minor) filter (where state = 'OPEN' and deadline_on >= ${today}::date) as minor,
        count(*) filter (where state in ('BROKEN', 'PARTIALLY_KEPT') or state = 'OPEN' and deadline_on < ${today}::date) as broken
      from promise_to_pay where client_id = ${clientId} and customer_id = any (${[...customerIds]}::uuid[]) group by open_item_id
    ) p on p.open_item_id = o.id
    left join (
      select i.open_item_id,
        sum(i.amount_minor - i.paid_minor) filter (where l.state = 'ACTIVE' and l.current_until >= ${today}::date) as minor,
        sum(i.amount_minor - i.paid_minor) filter (where l.is_accelerated) as accelerated
      from payment_plan l join plan_item i on i.client_id = l.client_id and i.plan_id = l.id
      where l.client_id = ${clientId} and l.customer_id = any (${[...customerIds]}::uuid[]) and l.state in ('ACTIVE', 'DEFAULTED')
      group by i.open_item_id
    ) l on l.open_item_id = o.id
    cross join lateral (
      select case when o.due_on <= ${today}::date then o.open_minor
        else least(o.open_minor, coalesce(l.accelerated, 0)) end as due_minor) u
    cross join lateral (
      select o.kind <> 'CREDIT_MEMO' as is_debit,
        case when o.kind = 'CREDIT_MEMO' then 0
          else greatest(0, least(u.due_minor, o.open_minor - o.disputed_minor) - coalesce(p.minor, 0) - coalesce(l.minor, 0) - coalesce(k.minor, 0)) end as collectable) d
    where o.client_id = ${clientId} and o.customer_id = any (${[...customerIds]}::uuid[]) and o.closed_on is null
    group by o.customer_id, o.currency, o.kind order by o.customer_id, o.currency, o.kind`
  return groupInto(
    rows,
    ({ customerId }) => customerId,
    ({ customerId: _customerId, weightedDays, ...sums }): ItemSums => ({ ...sums, weightedDays: BigInt(weightedDays) }),
  )
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
  readonly kind: WorkKind
  /** Null for money that nobody is known to have paid. */
  readonly customerId: string | null
  /** Null for a collection, as are the value date and the next step. */
  readonly receiptId: string | null
  readonly valueOn: Day | null
  readonly nextAction: NextAction | null
  readonly isQueued: boolean
  /** Why the strategy leaves it out although there is something to be done. */
  readonly leftOut: string | null
  readonly score: number
  readonly strategyVersion: number
  readonly amounts: readonly KeptAmount[]
  readonly factors: readonly Factor[]
  readonly overdueDays: number
  readonly itemCount: number
  readonly scoredOn: Day
  /** Whose it is; nobody’s without a team. */
  readonly ownerTeamId: string | null
  readonly ownerPersonId: string | null
}

const workColumns = part`
  id, kind, customer_id as "customerId", receipt_id as "receiptId", value_on as "valueOn", next_action as "nextAction",
  is_queued as "isQueued", left_out as "leftOut", score, strategy_version as "strategyVersion", amounts, factors, overdue_days as "overdueDays", item_count as "itemCount", scored_on as "scoredOn",
  owner_team_id as "ownerTeamId", owner_person_id as "ownerPersonId"`

export const workOf = async ({ tx, clientId }: Write, customerIds: readonly string[]): Promise<Map<string, KeptWork>> => {
  const rows = await tx.sql<KeptWork>`
    select ${workColumns} from work_item
    where client_id = ${clientId} and kind = 'COLLECTION' and customer_id = any (${[...customerIds]}::uuid[])`
  return new Map(rows.map((row) => [row.customerId ?? '', row]))
}

/** Cash work by receipt, whatever its kind. */
export const cashWorkOf = async ({ tx, clientId }: Write, receiptIds: readonly string[]): Promise<Map<string, KeptWork>> => {
  const rows = await tx.sql<KeptWork>`
    select ${workColumns} from work_item where client_id = ${clientId} and receipt_id = any (${[...receiptIds]}::uuid[])`
  return new Map(rows.map((row) => [row.receiptId ?? '', row]))
}

export type ReceiptFacts = {
  readonly receiptId: string
  readonly customerId: string | null
  readonly number: string | null
  readonly countryCode: string | null
  readonly hasParent: boolean
  readonly state: string
  readonly currency: string
  readonly undecidedMinor: bigint
  readonly valueOn: Day
  /** Steps of its chase; none where the last of them lies before its present state: its payer is asked anew once it has one. */
  readonly chases: number
  readonly chasedAt: Date | null
}

/**
 * What receipts are now, held by whoever refreshes their work. A command that changed them holds them already; a new day
 * does not, and takes them in the order of their ids as everybody does.
 */
export const holdReceipts = ({ tx, clientId }: Write, receiptIds: readonly string[]): Promise<ReceiptFacts[]> =>
  tx.sql<ReceiptFacts>`
    select r.id as "receiptId", r.customer_id as "customerId", r.state, r.currency, r.unapplied_minor + r.unidentified_minor as "undecidedMinor",
      r.value_on as "valueOn", r.chase_count as chases, r.chased_at as "chasedAt",
      c.number, c.country_code as "countryCode", c.parent_id is not null as "hasParent"
    from receipt r left join customer c on c.client_id = r.client_id and c.id = r.customer_id
    where r.client_id = ${clientId} and r.id = any (${[...receiptIds]}::uuid[]) order by r.id for no key update of r`

export const saveWork = async ({ tx, clientId, now }: Write, work: readonly KeptWork[]) => {
  if (work.length === 0) return
  const rows = JSON.stringify(work)
  const ids = work.map(({ id }) => id)
  await Promise.all([
    tx.sql`
    insert into work_item (client_id, id, kind, customer_id, receipt_id, is_queued, left_out, score, strategy_version, factors, amounts, overdue_days,
      item_count, value_on, next_action, scored_on, owner_team_id, owner_person_id, queued_at, updated_at)
    select ${clientId}, w.id, w.kind, w."customerId", w."receiptId", w."isQueued", w."leftOut", w.score, w."strategyVersion", w.factors, w.amounts,
      w."overdueDays", w."itemCount", w."valueOn", w."nextAction", w."scoredOn", w."ownerTeamId",
      w."ownerPersonId", ${now}, ${now}
    from jsonb_to_recordset(${rows}::jsonb) as w (id uuid, kind text, "customerId" uuid, "receiptId" uuid, "isQueued" boolean,
      "leftOut" text, score int, "strategyVersion" int, factors jsonb, amounts jsonb, "overdueDays" int, "itemCount" int, "valueOn" date, "nextAction" jsonb, "scoredOn" date,
      "ownerTeamId" uuid, "ownerPersonId" uuid)
    on conflict (client_id, id) do update set
      queued_at = case when excluded.is_queued and (not work_item.is_queued or work_item.kind <> excluded.kind)
        then excluded.queued_at else work_item.queued_at end,
      kind = excluded.kind, customer_id = excluded.customer_id, is_queued = excluded.is_queued, left_out = excluded.left_out, score = excluded.score,
      strategy_version = excluded.strategy_version, factors = excluded.factors, amounts = excluded.amounts,
      overdue_days = excluded.overdue_days, item_count = excluded.item_count, value_on = excluded.value_on,
      next_action = excluded.next_action, scored_on = excluded.scored_on, owner_team_id = excluded.owner_team_id,
      owner_person_id = excluded.owner_person_id, updated_at = excluded.updated_at,
      version = work_item.version + 1`,
    tx.sql`
    delete from work_amount a where a.client_id = ${clientId} and a.work_item_id = any (${ids}::uuid[])
      and not exists (
        select 1 from work_item w, jsonb_to_recordset(w.amounts) as k (currency text)
        where w.client_id = a.client_id and w.id = a.work_item_id and w.is_queued and k.currency = a.currency)`,
    tx.sql`
    insert into work_amount (client_id, work_item_id, kind, currency, open_minor, overdue_minor, to_be_collected_minor)
    select ${clientId}, w.id, w.kind, k.currency, k.open, k.overdue, k."toBeCollected"
    from jsonb_to_recordset(${rows}::jsonb) as w (id uuid, kind text, "isQueued" boolean, amounts jsonb),
      jsonb_to_recordset(w.amounts) as k (currency text, open bigint, overdue bigint, "toBeCollected" bigint)
    where w."isQueued"
    on conflict (client_id, work_item_id, currency) do update set kind = excluded.kind,
      open_minor = excluded.open_minor, overdue_minor = excluded.overdue_minor, to_be_collected_minor = excluded.to_be_collected_minor`,
  ])
}

export type PassedWork = Pick<
  KeptWork,
  'id' | 'kind' | 'customerId' | 'receiptId' | 'isQueued' | 'score' | 'ownerTeamId' | 'ownerPersonId'
> & {
  readonly teamBefore: string | null
  readonly personBefore: string | null
}

/** All work of some customers, cash among it, goes to who has them now. Rows that are with them already stay as they are. */
export const passRows = (
  { tx, clientId, now }: Write,
  customerIds: readonly string[],
  owners: readonly { readonly teamId: string | null; readonly personId: string | null }[],
): Promise<PassedWork[]> => tx.sql<PassedWork>`
  update work_item w set owner_team_id = p.team_id, owner_person_id = p.person_id, version = w.version + 1, updated_at = ${now}
  from (
    select b.id, b.owner_team_id, b.owner_person_id, k.team_id, k.person_id
    from unnest(${[...customerIds]}::uuid[], ${owners.map(({ teamId }) => teamId)}::uuid[], ${owners.map(({ personId }) => personId)}::uuid[])
      as k (customer_id, team_id, person_id)
    join work_item b on b.client_id = ${clientId} and b.customer_id = k.customer_id
    where b.owner_team_id is distinct from k.team_id or b.owner_person_id is distinct from k.person_id
    order by b.id for no key update of b) p
  where w.client_id = ${clientId} and w.id = p.id
  returning w.id, w.kind, w.customer_id as "customerId", w.receipt_id as "receiptId", w.is_queued as "isQueued", w.score,
    w.owner_team_id as "ownerTeamId", w.owner_person_id as "ownerPersonId", p.owner_team_id as "teamBefore", p.owner_person_id as "personBefore"`

/** Rows that are queued, or left out of it by their strategy, are held to a day's score; whoever is due next, in portions. */
export const customersToScore = async ({ tx, clientId }: Write, day: Day, after: string, most: number): Promise<string[]> => {
  // Items that fell due since the last day belong into the queue as much as those that were in it.
  const rows = await tx.sql<{ customerId: string }>`
    select distinct customer_id as "customerId" from (
      select customer_id from work_item
      where client_id = ${clientId} and kind = 'COLLECTION' and (is_queued or left_out is not null) and scored_on < ${day}::date
      union all
      select o.customer_id from open_item o where o.client_id = ${clientId} and o.closed_on is null and o.due_on <= ${day}::date
        and o.due_on >= coalesce((select w.day from work_day w where w.client_id = ${clientId}), '0001-01-01'::date)
      union all
      select p.customer_id from promise_to_pay p where p.client_id = ${clientId} and p.state = 'OPEN' and p.deadline_on < ${day}::date
        and p.deadline_on >= coalesce((select w.day from work_day w where w.client_id = ${clientId}), '0001-01-01'::date)
      union all
      select l.customer_id from payment_plan l where l.client_id = ${clientId} and l.state = 'ACTIVE' and l.current_until < ${day}::date
        and l.current_until >= coalesce((select w.day from work_day w where w.client_id = ${clientId}), '0001-01-01'::date)
    ) due where customer_id > ${after}::uuid order by 1 limit ${most}`
  return rows.map(({ customerId }) => customerId)
}

/** Undecided receipts whose work does not show the day yet, in portions; and rows whose receipt is decided, if one was left. */
export const receiptsToScore = async ({ tx, clientId }: Write, day: Day, after: string, most: number): Promise<string[]> => {
  const rows = await tx.sql<{ receiptId: string }>`
    select receipt_id as "receiptId" from (
      select w.receipt_id from work_item w
      where w.client_id = ${clientId} and w.kind <> 'COLLECTION' and (w.is_queued or w.left_out is not null) and w.scored_on < ${day}::date
      union
      select r.id from receipt r
      where r.client_id = ${clientId} and r.state in ('UNIDENTIFIED', 'ESCHEAT_REVIEW', 'IDENTIFIED', 'REMITTANCE_MISSING')
        and not exists (select 1 from work_item w where w.client_id = r.client_id and w.receipt_id = r.id and (w.is_queued or w.left_out is not null))
    ) due where receipt_id > ${after}::uuid order by 1 limit ${most}`
  return rows.map(({ receiptId }) => receiptId)
}

export const scoredDay = async ({ tx, clientId }: Write): Promise<Day | null> => {
  const rows = await tx.sql<{ day: Day }>`select day from work_day where client_id = ${clientId}`
  return rows[0]?.day ?? null
}

export const saveScoredDay = ({ tx, clientId }: Write, day: Day) => tx.sql`
  insert into work_day (client_id, day) values (${clientId}, ${day}::date)
  on conflict (client_id) do update set day = excluded.day where work_day.day < excluded.day`

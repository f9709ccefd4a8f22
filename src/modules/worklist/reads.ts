import type { Receipt } from '../../generated/prisma/client.ts'
import { dayIn } from '../../kernel/day.ts'
import type { Money } from '../../kernel/money.ts'
import { type Fragment, nothing, pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { limits } from '../../platform/limits.ts'
import { type ItemJson, type OpenItemRow, openItemColumns } from '../receivable/index.ts'
import { type CashAgingRow, type CashSum, cashAgeBorders, cashAgingOf } from './aging.ts'
import type { NextAction } from './chase.ts'
import type { Factor, WorkKind } from './rules.ts'
import type { KeptAmount } from './store.ts'
import { type OwnerAsked, ownedAs } from './whose.ts'

// Reads of the queue. They join customers, receipts and open items, which lower modules own and alone write.

export type CustomerRow = {
  readonly clientId: string
  readonly id: string
  readonly number: string | null
  readonly name: string
  readonly parentId: string | null
  readonly billToId: string | null
  readonly countryCode: string | null
  readonly segment: string | null
  readonly createdAt: Date
  readonly version: number
}

export type WorkRow = {
  readonly clientId: string
  readonly id: string
  readonly kind: WorkKind
  readonly isQueued: boolean
  readonly score: number
  readonly strategyVersion: number
  readonly factors: readonly Factor[]
  readonly amounts: readonly KeptAmount[]
  readonly overdueDays: number
  readonly itemCount: number
  readonly ageDays: number
  readonly nextAction: NextAction | null
  readonly queuedAt: Date
  readonly version: number
  /** Null for money that nobody is known to have paid. */
  readonly customer: CustomerRow | null
  /** Whose it is; nobody’s without a team. */
  readonly ownerTeamId: string | null
  readonly ownerPersonId: string | null
  /** Null for a collection. */
  readonly receiptId: string | null
  /** The worst items, where the page was asked for them; else they are loaded when a field asks. */
  readonly items: readonly OpenItemRow[] | null
}

export type WorkFilter = {
  readonly kinds: readonly WorkKind[]
  readonly minScore: number | null
  readonly minOverdueDays: number | null
  readonly currency: string | null
  readonly customerId: string | null
  readonly claim: ClaimAsked | null
  readonly owner: OwnerAsked | null
}

/** Work by who holds it: nobody but perhaps the viewer, or the viewer. */
export type ClaimAsked = { readonly by: 'FREE' | 'MINE'; readonly principalId: string; readonly now: Date }

export const noFilter: WorkFilter = {
  kinds: ['COLLECTION'],
  minScore: null,
  minOverdueDays: null,
  currency: null,
  customerId: null,
  claim: null,
  owner: null,
}

/** A kind as text of the statement: as a value it would be unknown to a plan that is kept, as with `pageSize`. */
const kindText = {
  COLLECTION: part`'COLLECTION'`,
  MISSING_REMITTANCE: part`'MISSING_REMITTANCE'`,
  UNAPPLIED_CASH: part`'UNAPPLIED_CASH'`,
  UNIDENTIFIED_CASH: part`'UNIDENTIFIED_CASH'`,
} as const satisfies Record<WorkKind, Fragment>

/** The one kind that is asked for, as nearly always; null where there are several. */
const onlyKind = ({ kinds }: WorkFilter): WorkKind | null => (kinds.length === 1 ? (kinds[0] ?? null) : null)

export const isOfKinds = (column: Fragment, filter: WorkFilter): Fragment => {
  const kind = onlyKind(filter)
  return kind === null ? part`${column} = any (${[...filter.kinds]}::text[])` : part`${column} = ${kindText[kind]}`
}

/** One part for each filter that is set, so that the plan of the plain queue stays plain. */
export const narrowedBy = ({ minScore, minOverdueDays, currency, customerId, claim, owner }: WorkFilter) =>
  part`${
    minScore === null ? nothing : part`and w.score >= ${minScore}`
  } ${minOverdueDays === null ? nothing : part`and w.overdue_days >= ${minOverdueDays}`} ${
    customerId === null ? nothing : part`and w.customer_id = ${customerId}`
  } ${
    currency === null
      ? nothing
      : part`and exists (select 1 from work_amount a where a.client_id = w.client_id and a.work_item_id = w.id and a.currency = ${currency}
        and (a.to_be_collected_minor > 0 or a.kind <> 'COLLECTION'))`
  } ${claim === null ? nothing : claimedAs(claim)} ${owner === null ? nothing : ownedAs(owner)}`

const claimedAs = ({ by, principalId, now }: ClaimAsked) => part`and ${by === 'FREE' ? part`not` : nothing} exists (
  select 1 from work_mark m where m.client_id = w.client_id and m.kind = 'CLAIM' and m.ends_at > ${now}
    and m.principal_id ${by === 'FREE' ? part`<>` : part`=`} ${principalId}
    and (m.receipt_id = w.receipt_id or w.kind = 'COLLECTION' and m.customer_id = w.customer_id))`

const workColumns = part`
  w.client_id as "clientId", w.id, w.kind, w.is_queued as "isQueued", w.score, w.strategy_version as "strategyVersion", w.factors, w.amounts,
  w.overdue_days as "overdueDays", w.item_count as "itemCount", w.queued_at as "queuedAt", w.version, w.customer_id as "customerId",
  w.owner_team_id as "ownerTeamId", w.owner_person_id as "ownerPersonId",
  c.number, c.name, c.parent_id, c.bill_to_id, c.country_code, c.segment, c.created_at, c.version as customer_version`

/** What cash work has besides; a page of collections does not ask for it. */
const cashColumns = part`, w.receipt_id as "receiptId", w.next_action as "nextAction", greatest(0, w.scored_on - w.value_on) as "ageDays"`

/** The earliest due debits of a collection's customer, as JSON: one index walk for each row of a page. */
const worstItems = ({ first, json }: ItemsAsked) => part`
  case when w.kind = 'COLLECTION' then (select json_agg(json_build_array(${json.sql}) order by o.due_on, o.id) from (
    select * from open_item o
    where o.client_id = w.client_id and o.customer_id = w.customer_id and o.closed_on is null and o.kind <> 'CREDIT_MEMO'
    order by o.due_on, o.id limit ${pageSize(first)}) o) end`

/** Which of the items behind each row a page is to bring along, and what of them. */
export type ItemsAsked = { readonly first: number; readonly json: ItemJson }

type Flat = Omit<WorkRow, 'customer' | 'items' | 'receiptId' | 'nextAction' | 'ageDays'> & {
  receiptId?: string | null
  nextAction?: NextAction | null
  ageDays?: number | null
  customerId: string | null
  number: string | null
  name: string | null
  parent_id: string | null
  bill_to_id: string | null
  country_code: string | null
  segment: string | null
  created_at: Date | null
  customer_version: number | null
  items?: readonly (readonly unknown[])[] | null
}

const rowOf = (flat: Flat, asked: ItemsAsked | null): WorkRow => ({
  clientId: flat.clientId,
  id: flat.id,
  kind: flat.kind,
  isQueued: flat.isQueued,
  score: flat.score,
  strategyVersion: flat.strategyVersion,
  factors: flat.factors,
  amounts: flat.amounts,
  overdueDays: flat.overdueDays,
  itemCount: flat.itemCount,
  ageDays: flat.ageDays ?? flat.overdueDays,
  nextAction: flat.nextAction ?? null,
  queuedAt: flat.queuedAt,
  version: flat.version,
  customer: customerOf(flat),
  ownerTeamId: flat.ownerTeamId,
  ownerPersonId: flat.ownerPersonId,
  receiptId: flat.receiptId ?? null,
  items: asked === null ? null : (flat.items ?? []).map(asked.json.read),
})

const customerOf = (flat: Flat): CustomerRow | null => {
  const { customerId: id, name, created_at: createdAt, customer_version: version } = flat
  if (id === null || name === null || createdAt === null || version === null) return null
  return {
    clientId: flat.clientId,
    id,
    number: flat.number,
    name,
    parentId: flat.parent_id,
    billToId: flat.bill_to_id,
    countryCode: flat.country_code,
    segment: flat.segment,
    createdAt,
    version,
  }
}

export type WorkPage = {
  readonly clients: readonly string[]
  readonly filter: WorkFilter
  readonly take: number
  readonly after: { readonly score: number; readonly id: string } | null
  readonly items: ItemsAsked | null
}

/**
 * The hot list. Each client's best keys come from one walk of its index alone, or one for each kind of work asked for; the
 * page is the best of those, and only its rows are fetched: the work is clients x kinds x page keys and one page of rows,
 * however long the queues are. `limit 1` keeps the planner at one probe a row, whatever it thinks the fence lets through.
 */
export const workPage = async (tx: Tx, { clients, filter, take, after, items }: WorkPage): Promise<WorkRow[]> => {
  const bound =
    after === null ? nothing : part`and w.score <= ${after.score} and (w.score < ${after.score} or w.id > ${after.id})`
  // Over several kinds the walk is repeated for each, because rows of one kind alone lie in the order of their scores.
  const kind = onlyKind(filter)
  const rows = await tx.sql<Flat>`
    select ${workColumns} ${kind === 'COLLECTION' ? nothing : cashColumns} ${items === null ? nothing : part`, ${worstItems(items)} as items`}
    from (
      select best.* from unnest(${[...clients]}::uuid[]) as q (client_id)
      ${kind === null ? part`cross join unnest(${[...filter.kinds]}::text[]) as k (kind)` : nothing}
      cross join lateral (
        select w.client_id, w.score, w.id from work_item w
        where w.client_id = q.client_id and w.kind = ${kind === null ? part`k.kind` : kindText[kind]} and w.is_queued ${bound} ${narrowedBy(filter)}
        order by w.score desc, w.id limit ${pageSize(take)}) best
      order by best.score desc, best.id limit ${pageSize(take)}) page
    cross join lateral (select * from work_item w where w.client_id = page.client_id and w.id = page.id limit 1) w
    left join lateral (select * from customer c where c.client_id = w.client_id and c.id = w.customer_id limit 1) c on true
    order by page.score desc, page.id`
  return rows.map((row) => rowOf(row, items))
}

/** Work items by id, queued or not: for node, and for each pushed change. */
export const workItems = loader<WorkRow | null>(async (tx, keys) => {
  const rows = await tx.sql<Flat>`
    select ${workColumns} ${cashColumns} from work_item w
    left join customer c on c.client_id = w.client_id and c.id = w.customer_id
    where (w.client_id, w.id) in (select * from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]))`
  return new Map(rows.map((row) => [row.id, rowOf(row, null)]))
}, null)

/** The worst items of customers, where no page brought them: keyed by customer. */
export const worstItemsOf = loaderWith<{ readonly first: number }, readonly OpenItemRow[]>(
  async ({ tx }, keys, { first }) => {
    const rows = await tx.sql<OpenItemRow>`
      select i.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, customer_id)
      cross join lateral (
        select ${openItemColumns} from open_item o
        where o.client_id = k.client_id and o.customer_id = k.customer_id and o.closed_on is null and o.kind <> 'CREDIT_MEMO'
        order by o.due_on, o.id limit ${pageSize(first)}) i`
    return groupInto(
      rows,
      ({ customerId }) => customerId,
      (row) => row,
    )
  },
  () => [],
)

/** How many rows the queue has, counted up to the limit: past it an exact number costs more than the list. */
export const countWork = async (tx: Tx, clients: readonly string[], filter: WorkFilter): Promise<number> => {
  const [row] = await tx.sql<{ count: number }>`
    select count(*)::int as count from (
      select 1 from work_item w where w.client_id = any (${[...clients]}::uuid[]) and w.is_queued
        and ${isOfKinds(part`w.kind`, filter)} ${narrowedBy(filter)}
      limit ${limits.page.count + 1}) counted`
  return row?.count ?? 0
}

export type QueueTotal = { readonly open: Money; readonly overdue: Money; readonly toBeCollected: Money }

export const sumWork = async (tx: Tx, clients: readonly string[], filter: WorkFilter): Promise<QueueTotal[]> => {
  const { kinds: _kinds, ...narrowing } = filter
  const isPlain = Object.values(narrowing).every((value) => value === null)
  const rows = await tx.sql<{ currency: string; open: bigint; overdue: bigint; toBeCollected: bigint }>`
    select a.currency, sum(a.open_minor)::bigint as open, sum(a.overdue_minor)::bigint as overdue,
      sum(a.to_be_collected_minor)::bigint as "toBeCollected"
    from work_amount a ${isPlain ? nothing : part`join work_item w on w.client_id = a.client_id and w.id = a.work_item_id`}
    where a.client_id = any (${[...clients]}::uuid[]) and ${isOfKinds(part`a.kind`, filter)}
      ${isPlain ? nothing : part`and w.is_queued ${narrowedBy(filter)}`}
    group by a.currency order by a.currency`
  return rows.map(({ currency, open, overdue, toBeCollected }) => ({
    open: { minor: open, currency },
    overdue: { minor: overdue, currency },
    toBeCollected: { minor: toBeCollected, currency },
  }))
}

/** The receipts behind rows of cash work, as the API's type reads them. */
export const receiptsById = loader<Receipt | null>(async ({ prisma }, keys) => {
  const rows = await prisma.receipt.findMany({
    where: { clientId: { in: [...new Set(keys.map(({ clientId }) => clientId))] }, id: { in: keys.map(({ id }) => id) } },
  })
  return new Map(rows.map((row) => [row.id, row]))
}, null)

/** Undecided money and money on account by age, for all clients of a field in one statement, each at its own today. */
export const cashAgingByClient = loader<readonly CashAgingRow[]>(async (tx, keys) => {
  const ids = keys.map(({ clientId }) => clientId)
  const days = ids.map((id) => dayIn(tx.viewer.held.get(id)?.timeZone ?? 'UTC', tx.now))
  const rows = await tx.sql<CashSum & { readonly clientId: string }>`
    select k.client_id as "clientId", m.state, m.currency, width_bucket(k.today - m.value_on, ${[...cashAgeBorders]}::int[]) as place,
      count(*)::int as count, sum(m.minor)::bigint as minor
    from unnest(${ids}::uuid[], ${days}::date[]) as k (client_id, today)
    cross join lateral (
      select r.state, r.currency, r.value_on, r.unapplied_minor + r.unidentified_minor as minor from receipt r
      where r.client_id = k.client_id and r.state in ('UNIDENTIFIED', 'ESCHEAT_REVIEW', 'IDENTIFIED', 'REMITTANCE_MISSING')
      union all
      select 'ON_ACCOUNT', r.currency, r.value_on, r.on_account_minor from receipt r
      where r.client_id = k.client_id and r.on_account_minor > 0) m
    group by 1, 2, 3, 4`
  const sums = groupInto(
    rows,
    ({ clientId }) => clientId,
    (row) => row,
  )
  return new Map([...sums].map(([clientId, some]) => [clientId, cashAgingOf(some)]))
}, [])

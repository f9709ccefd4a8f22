import type { Money } from '../../kernel/money.ts'
import { nothing, pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { limits } from '../../platform/limits.ts'
import { type ItemJson, type OpenItemRow, openItemColumns } from '../receivable/index.ts'
import type { Factor } from './rules.ts'
import type { KeptAmount } from './store.ts'

// Reads of the queue. They join customers and open items, which lower modules own and alone write.

export type CustomerRow = {
  readonly clientId: string
  readonly id: string
  readonly number: string | null
  readonly name: string
  readonly parentId: string | null
  readonly billToId: string | null
  readonly countryCode: string | null
  readonly createdAt: Date
  readonly version: number
}

export type WorkRow = {
  readonly clientId: string
  readonly id: string
  readonly kind: 'COLLECTION'
  readonly isQueued: boolean
  readonly score: number
  readonly strategyVersion: number
  readonly factors: readonly Factor[]
  readonly amounts: readonly KeptAmount[]
  readonly overdueDays: number
  readonly itemCount: number
  readonly queuedAt: Date
  readonly version: number
  readonly customerId: string
  readonly customer: CustomerRow
  /** The worst items, where the page was asked for them; else they are loaded when a field asks. */
  readonly items: readonly OpenItemRow[] | null
}

export type WorkFilter = {
  readonly minScore: number | null
  readonly minOverdueDays: number | null
  readonly currency: string | null
  readonly customerId: string | null
}

export const noFilter: WorkFilter = { minScore: null, minOverdueDays: null, currency: null, customerId: null }

/** One part for each filter that is set, so that the plan of the plain queue stays plain. */
const filterOf = ({ minScore, minOverdueDays, currency, customerId }: WorkFilter) =>
  part`${
    minScore === null ? nothing : part`and w.score >= ${minScore}`
  } ${minOverdueDays === null ? nothing : part`and w.overdue_days >= ${minOverdueDays}`} ${
    customerId === null ? nothing : part`and w.customer_id = ${customerId}`
  } ${
    currency === null
      ? nothing
      : part`and exists (select 1 from work_amount a where a.client_id = w.client_id and a.work_item_id = w.id and a.currency = ${currency}
        and a.to_be_collected_minor > 0)`
  }`

const workColumns = part`
  w.client_id as "clientId", w.id, w.kind, w.is_queued as "isQueued", w.score, w.strategy_version as "strategyVersion", w.factors, w.amounts,
  w.overdue_days as "overdueDays", w.item_count as "itemCount", w.queued_at as "queuedAt", w.version, w.customer_id as "customerId",
  c.number, c.name, c.parent_id, c.bill_to_id, c.country_code, c.created_at, c.version as customer_version`

/** The earliest due debits of a customer, as JSON: one index walk for each row of a page. */
const worstItems = ({ first, json }: ItemsAsked) => part`
  (select json_agg(json_build_array(${json.sql}) order by o.due_on, o.id) from (
    select * from open_item o
    where o.client_id = w.client_id and o.customer_id = w.customer_id and o.closed_on is null and o.kind <> 'CREDIT_MEMO'
    order by o.due_on, o.id limit ${pageSize(first)}) o)`

/** Which of the items behind each row a page is to bring along, and what of them. */
export type ItemsAsked = { readonly first: number; readonly json: ItemJson }

type Flat = Omit<WorkRow, 'customer' | 'items'> & {
  number: string | null
  name: string
  parent_id: string | null
  bill_to_id: string | null
  country_code: string | null
  created_at: Date
  customer_version: number
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
  queuedAt: flat.queuedAt,
  version: flat.version,
  customerId: flat.customerId,
  customer: {
    clientId: flat.clientId,
    id: flat.customerId,
    number: flat.number,
    name: flat.name,
    parentId: flat.parent_id,
    billToId: flat.bill_to_id,
    countryCode: flat.country_code,
    createdAt: flat.created_at,
    version: flat.customer_version,
  },
  items: asked === null ? null : (flat.items ?? []).map(asked.json.read),
})

export type WorkPage = {
  readonly clients: readonly string[]
  readonly filter: WorkFilter
  readonly take: number
  readonly after: { readonly score: number; readonly id: string } | null
  readonly items: ItemsAsked | null
}

/**
 * The hot list. Each client's best keys come from one walk of its index alone, the page is the best of those, and only
 * its rows are fetched: the work is clients x page keys and one page of rows, however long the queues are. `limit 1`
 * keeps the planner at one probe a row, whatever it thinks the fence lets through.
 */
export const workPage = async (tx: Tx, { clients, filter, take, after, items }: WorkPage): Promise<WorkRow[]> => {
  const bound =
    after === null ? nothing : part`and w.score <= ${after.score} and (w.score < ${after.score} or w.id > ${after.id})`
  const rows = await tx.sql<Flat>`
    select ${workColumns} ${items === null ? nothing : part`, ${worstItems(items)} as items`}
    from (
      select best.* from unnest(${[...clients]}::uuid[]) as q (client_id)
      cross join lateral (
        select w.client_id, w.score, w.id from work_item w
        where w.client_id = q.client_id and w.is_queued ${bound} ${filterOf(filter)}
        order by w.score desc, w.id limit ${pageSize(take)}) best
      order by best.score desc, best.id limit ${pageSize(take)}) page
    cross join lateral (select * from work_item w where w.client_id = page.client_id and w.id = page.id limit 1) w
    cross join lateral (select * from customer c where c.client_id = w.client_id and c.id = w.customer_id limit 1) c
    order by page.score desc, page.id`
  return rows.map((row) => rowOf(row, items))
}

/** Work items by id, queued or not: for node, and for each pushed change. */
export const workItems = loader<WorkRow | null>(async (tx, keys) => {
  const rows = await tx.sql<Flat>`
    select ${workColumns} from work_item w
    join customer c on c.client_id = w.client_id and c.id = w.customer_id
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
      select 1 from work_item w where w.client_id = any (${[...clients]}::uuid[]) and w.is_queued ${filterOf(filter)}
      limit ${limits.page.count + 1}) counted`
  return row?.count ?? 0
}

export type QueueTotal = { readonly open: Money; readonly overdue: Money; readonly toBeCollected: Money }

export const sumWork = async (tx: Tx, clients: readonly string[], filter: WorkFilter): Promise<QueueTotal[]> => {
  const isPlain = Object.values(filter).every((value) => value === null)
  const rows = await tx.sql<{ currency: string; open: bigint; overdue: bigint; toBeCollected: bigint }>`
    select a.currency, sum(a.open_minor)::bigint as open, sum(a.overdue_minor)::bigint as overdue,
      sum(a.to_be_collected_minor)::bigint as "toBeCollected"
    from work_amount a ${isPlain ? nothing : part`join work_item w on w.client_id = a.client_id and w.id = a.work_item_id`}
    where a.client_id = any (${[...clients]}::uuid[]) ${isPlain ? nothing : part`and w.is_queued ${filterOf(filter)}`}
    group by a.currency order by a.currency`
  return rows.map(({ currency, open, overdue, toBeCollected }) => ({
    open: { minor: open, currency },
    overdue: { minor: overdue, currency },
    toBeCollected: { minor: toBeCollected, currency },
  }))
}

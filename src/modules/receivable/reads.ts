import { type Day, dayIn } from '../../kernel/day.ts'
import type { Money } from '../../kernel/money.ts'
import type { Write } from '../../platform/command.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith, type RowKey } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { type AgingBasis, type AgingBucket, agingBuckets, bucketStarts, type ItemKind } from './rules.ts'

const ids = (keys: readonly RowKey[]) => keys.map(({ id }) => id)
const clientsOf = (keys: readonly RowKey[]) => keys.map(({ clientId }) => clientId)
const clients = (keys: readonly RowKey[]) => [...new Set(keys.map(({ clientId }) => clientId))]

type Sum = { readonly customerId: string; readonly currency: string; readonly minor: bigint }

/** Open amounts by currency, credits taken off, for all customers of a field in one statement. */
export const openByCustomer = loader<readonly Money[]>(async ({ sql }, keys) => {
  const rows = await sql<Sum>`
    select customer_id as "customerId", currency, sum(open_minor)::bigint as minor
    from open_item
    where client_id = any (${clients(keys)}::uuid[]) and customer_id = any (${ids(keys)}::uuid[]) and closed_on is null
    group by customer_id, currency order by customer_id, currency`
  return groupInto(
    rows,
    ({ customerId }) => customerId,
    ({ minor, currency }) => ({ minor, currency }),
  )
}, [])

export type AgingRow = { readonly bucket: AgingBucket | null; readonly currency: string; readonly minor: bigint }

export type AgingArgs = { readonly asOf: Day; readonly basis: AgingBasis }

/** What is open now, by age and currency; credits have no delinquency and come under no bucket. */
const agingColumns = ({ asOf, basis }: AgingArgs) => part`
  case when kind = 'CREDIT_MEMO' then null else (
    select count(*)::int from unnest(${bucketStarts(asOf)}::date[]) as starts (day)
    where case ${basis} when 'INVOICE_DATE' then document_on else due_on end < starts.day) end as place,
  currency, sum(open_minor)::bigint as minor`

type AgingSum = { readonly ownerId: string; readonly place: number | null; readonly currency: string; readonly minor: bigint }

const byBucket = (rows: readonly AgingSum[]): Map<string, AgingRow[]> =>
  groupInto(
    rows,
    ({ ownerId }) => ownerId,
    ({ place, currency, minor }) => ({ bucket: place === null ? null : (agingBuckets[place] ?? 'OVER_360'), currency, minor }),
  )

export const agingByCustomer = loaderWith<AgingArgs, readonly AgingRow[]>(
  async ({ tx }, keys, args) =>
    byBucket(
      await tx.sql<AgingSum>`
        select customer_id as "ownerId", ${agingColumns(args)}
        from open_item
        where client_id = any (${clients(keys)}::uuid[]) and customer_id = any (${ids(keys)}::uuid[]) and closed_on is null
        group by 1, 2, 3 order by 1, 2 nulls last, 3`,
    ),
  () => [],
)

export const agingByClient = loaderWith<AgingArgs, readonly AgingRow[]>(
  async ({ tx }, keys, args) =>
    byBucket(
      await tx.sql<AgingSum>`
        select client_id as "ownerId", ${agingColumns(args)}
        from open_item
        where client_id = any (${ids(keys)}::uuid[]) and closed_on is null
        group by 1, 2, 3 order by 1, 2 nulls last, 3`,
    ),
  () => [],
)

export type PaymentBehaviour = {
  readonly paidCount: number
  readonly onTimeCount: number
  readonly averageDaysLate: number | null
  readonly weightedAverageDaysLate: number | null
  /** The same in thousandths of a day, rounded down by the database: what scores are counted from, which no float may touch. */
  readonly weightedMilliDaysLate: bigint | null
  readonly lastPaidOn: Day | null
}

export const noBehaviour: PaymentBehaviour = {
  paidCount: 0,
  onTimeCount: 0,
  averageDaysLate: null,
  weightedAverageDaysLate: null,
  weightedMilliDaysLate: null,
  lastPaidOn: null,
}

/** How far back a customer's payments say something about the next one. */
export const behaviourDays = 365

type BehaviourRow = {
  customerId: string
  paidCount: number
  onTimeCount: number
  daysLate: bigint
  weighted: string | null
  weightedMilli: bigint | null
  lastPaidOn: Day
}

/** Items settled in the year before `today`; early payments count as negative days, as metrics.md 4.1 has it. */
export const behaviourOf = async (tx: Tx, keys: readonly RowKey[], today: Day): Promise<Map<string, PaymentBehaviour>> => {
  const rows = await tx.sql<BehaviourRow>`
    select customer_id as "customerId", count(*)::int as "paidCount", (count(*) filter (where closed_on <= due_on))::int as "onTimeCount",
      sum(closed_on - due_on)::bigint as "daysLate", max(closed_on) as "lastPaidOn",
      (sum(original_minor::numeric * (closed_on - due_on)) / nullif(sum(original_minor::numeric), 0))::text as weighted,
      floor(sum(original_minor::numeric * (closed_on - due_on)) * 1000 / nullif(sum(original_minor::numeric), 0))::bigint as "weightedMilli"
    from open_item
    where client_id = any (${clients(keys)}::uuid[]) and customer_id = any (${ids(keys)}::uuid[]) and kind <> 'CREDIT_MEMO'
      and closed_on is not null and closed_on > ${today}::date - ${behaviourDays}::int and closed_on <= ${today}::date
    group by customer_id`
  return new Map(
    rows.map((row) => [
      row.customerId,
      {
        paidCount: row.paidCount,
        onTimeCount: row.onTimeCount,
        averageDaysLate: Number(row.daysLate) / row.paidCount,
        weightedAverageDaysLate: row.weighted === null ? null : Number(row.weighted),
        weightedMilliDaysLate: row.weightedMilli,
        lastPaidOn: row.lastPaidOn,
      },
    ]),
  )
}

/** One statement for all customers of a day: clients of different zones may have different todays. */
export const behaviourByCustomer = loader<PaymentBehaviour>(async (tx, keys) => {
  const byDay = Map.groupBy(keys, ({ clientId }) => dayIn(tx.viewer.held.get(clientId)?.timeZone ?? 'UTC', tx.now))
  const found = new Map<string, PaymentBehaviour>()
  for (const [today, some] of byDay) {
    for (const [id, behaviour] of await behaviourOf(tx, some, today)) found.set(id, behaviour)
  }
  return found
}, noBehaviour)

/** Every column under the name that the API's types read it by. */
export const openItemColumns = part`
  o.client_id as "clientId", o.id, o.legal_entity_id as "legalEntityId", o.customer_id as "customerId", o.kind, o.number, o.source,
  o.source_key as "sourceKey", o.currency, o.is_disputed as "isDisputed", o.document_on as "documentOn", o.due_on as "dueOn",
  o.payment_terms_id as "paymentTermsId", o.closed_on as "closedOn", o.version, o.batch_id as "batchId", o.batch_row as "batchRow",
  o.original_minor as "originalMinor", o.ledger_open_minor as "ledgerOpenMinor", o.pending_minor as "pendingMinor",
  o.open_minor as "openMinor", o.disputed_minor as "disputedMinor"`

export type OpenItemRow = {
  readonly clientId: string
  readonly id: string
  readonly legalEntityId: string
  readonly customerId: string
  readonly kind: ItemKind
  readonly number: string
  readonly source: string
  readonly sourceKey: string
  readonly currency: string
  readonly originalMinor: bigint
  readonly ledgerOpenMinor: bigint
  readonly pendingMinor: bigint
  readonly openMinor: bigint
  readonly disputedMinor: bigint
  readonly isDisputed: boolean
  readonly documentOn: Day
  readonly dueOn: Day
  readonly paymentTermsId: string | null
  readonly closedOn: Day | null
  readonly version: number
  readonly batchId: string
  readonly batchRow: number
}

export type ItemPageArgs = {
  readonly take: number
  readonly after: { readonly dueOn: string; readonly id: string } | null
  readonly state: 'OPEN' | 'CLOSED' | null
  readonly kind: ItemKind | null
}

const firstDay = '0001-01-01'

/** A page of items for each of several customers: one index walk for each, all in one statement. */
export const itemsByCustomer = loaderWith<ItemPageArgs, readonly OpenItemRow[]>(
  async ({ tx }, keys, { take, after, state, kind }) => {
    const closed = state === null ? part`` : state === 'OPEN' ? part`and o.closed_on is null` : part`and o.closed_on is not null`
    const rows = await tx.sql<OpenItemRow>`
      select i.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${ids(keys)}::uuid[]) as k (client_id, customer_id)
      cross join lateral (
        select ${openItemColumns} from open_item o
        where o.client_id = k.client_id and o.customer_id = k.customer_id ${closed}
          and (${kind}::text is null or o.kind = ${kind})
          and o.due_on >= ${after?.dueOn ?? firstDay}::date
          and (${after === null} or o.due_on > ${after?.dueOn ?? firstDay}::date or o.id > ${after?.id ?? null}::uuid)
        order by o.due_on, o.id limit ${pageSize(take)}) i`
    return groupInto(
      rows,
      ({ customerId }) => customerId,
      (row) => row,
    )
  },
  () => [],
)

/** Open items by id, for all rows of a field in one statement. */
export const openItemsById = loader<OpenItemRow | null>(async ({ sql }, keys) => {
  const rows = await sql<OpenItemRow>`
    select ${openItemColumns} from unnest(${clientsOf(keys)}::uuid[], ${ids(keys)}::uuid[]) as k (client_id, id)
    join open_item o on o.client_id = k.client_id and o.id = k.id`
  return new Map(rows.map((row) => [row.id, row]))
}, null)

/** Whose each of some items is; items that are not there are left out. */
export const customersOfItems = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  itemIds: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (itemIds.length === 0) return new Map()
  const rows = await tx.sql<{ id: string; customerId: string }>`
    select id, customer_id as "customerId" from open_item where client_id = ${clientId} and id = any (${[...itemIds]}::uuid[])`
  return new Map(rows.map(({ id, customerId }) => [id, customerId]))
}

import type { Day } from '../../kernel/day.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import type { PromiseState } from './promise-states.ts'
import type { ChangeCause } from './store.ts'

export type PromiseRow = { readonly clientId: string; readonly id: string; readonly ownerId: string }

const columns = part`
  p.client_id as "clientId", p.id, p.open_item_id as "openItemId", p.customer_id as "customerId", p.currency,
  p.amount_minor as "amountMinor", p.promised_on as "promisedOn", p.state, p.place, p.level, p.deadline_on as "deadlineOn",
  p.due_minor as "dueMinor", p.counts_by as "countsBy", p.confirm_days as "confirmDays", p.policy_version as "policyVersion",
  p.item_version as "itemVersion", p.paid_minor as "paidMinor", p.evaluated_at as "evaluatedAt", p.confirms_on as "confirmsOn",
  p.confirmed_at as "confirmedAt", p.superseded_by_id as "supersededById", p.principal_id as "principalId",
  p.created_at as "createdAt", p.version`

export type PromisePage = { readonly of: 'OPEN_ITEM' | 'CUSTOMER'; readonly take: number; readonly after: string | null }

const firstId = '00000000-0000-0000-0000-000000000000'

/** A page of promises for each of several items or customers: all in one statement. */
export const promisesBy = loaderWith<PromisePage, readonly PromiseRow[]>(
  async ({ tx }, keys, { of, take, after }) => {
    const owner = of === 'OPEN_ITEM' ? part`p.open_item_id` : part`p.customer_id`
    const rows = await tx.sql<PromiseRow>`
      select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select ${columns}, ${owner} as "ownerId" from promise_to_pay p
        where p.client_id = k.client_id and ${owner} = k.id and p.id > ${after ?? firstId}::uuid
        order by p.id limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ ownerId }) => ownerId,
      (row) => row,
    )
  },
  () => [],
)

/** The promise of each customer that was broken last. */
export const brokenByCustomer = loader<PromiseRow | null>(async (tx, keys) => {
  const rows = await tx.sql<PromiseRow>`
    select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    cross join lateral (
      select ${columns}, p.customer_id as "ownerId" from promise_to_pay p
      where p.client_id = k.client_id and p.customer_id = k.id and p.state = 'BROKEN' order by p.deadline_on desc, p.id desc limit 1) r`
  return new Map(rows.map((row) => [row.ownerId, row]))
}, null)

export type ChangeRow = {
  readonly promiseId: string
  readonly stateBefore: PromiseState | null
  readonly state: PromiseState
  readonly cause: ChangeCause
  readonly paidMinor: bigint
  readonly currency: string
  readonly at: Date
}

/** The most changes that a history shows: payments that come and go make many, and the latest matter. */
export const historyMax = 100

export const historyOf = loader<readonly ChangeRow[]>(async (tx, keys) => {
  const rows = await tx.sql<ChangeRow>`
    select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    cross join lateral (
      select c.promise_id as "promiseId", c.state_before as "stateBefore", c.state, c.cause, c.paid_minor as "paidMinor", c.currency,
        c.at, c.version
      from promise_change c where c.client_id = k.client_id and c.promise_id = k.id order by c.version desc limit ${pageSize(historyMax)}) r
    order by r.version`
  return groupInto(
    rows,
    ({ promiseId }) => promiseId,
    (row) => row,
  )
}, [])

export type PromiseFigures = {
  readonly kept: number
  readonly partiallyKept: number
  readonly broken: number
  readonly open: number
  readonly withdrawn: number
  readonly superseded: number
  /** Sum of what was paid of each judged promise, as a share of it, at most one each. */
  readonly weighted: number
}

export const promiseFigures = async (tx: Tx, clientId: string, from: Day, to: Day): Promise<PromiseFigures> => {
  const [row] = await tx.sql<PromiseFigures>`
    select (count(*) filter (where state = 'KEPT'))::int as kept, (count(*) filter (where state = 'PARTIALLY_KEPT'))::int as "partiallyKept",
      (count(*) filter (where state = 'BROKEN'))::int as broken, (count(*) filter (where state = 'OPEN'))::int as open,
      (count(*) filter (where state = 'WITHDRAWN'))::int as withdrawn, (count(*) filter (where state = 'SUPERSEDED'))::int as superseded,
      coalesce(sum(case state when 'KEPT' then 1 when 'PARTIALLY_KEPT' then least(1, paid_minor::numeric / amount_minor) else 0 end), 0)::float8
        as weighted
    from promise_to_pay where client_id = ${clientId} and deadline_on between ${from}::date and ${to}::date`
  if (row === undefined) throw new Error('an aggregate has one row')
  return row
}

export type PromisedValue = { readonly currency: string; readonly promisedMinor: bigint; readonly paidMinor: bigint }

/** What was promised and paid by currency, over judged promises; what was paid is capped by each promise. */
export const promisedValues = (tx: Tx, clientId: string, from: Day, to: Day): Promise<PromisedValue[]> => tx.sql<PromisedValue>`
  select currency, sum(amount_minor)::bigint as "promisedMinor", sum(least(paid_minor, amount_minor))::bigint as "paidMinor"
  from promise_to_pay
  where client_id = ${clientId} and deadline_on between ${from}::date and ${to}::date and state in ('KEPT', 'PARTIALLY_KEPT', 'BROKEN')
  group by currency order by currency`

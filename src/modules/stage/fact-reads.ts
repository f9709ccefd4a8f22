import type { Day } from '../../kernel/day.ts'
import type { ItemKind } from '../../kernel/item-kind.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import { groupInto } from '../../platform/group.ts'
import type { Hold, HoldReason } from './rules.ts'

// What the stages of items follow from, read for some customers at once. Of what people held, see `handHolds`.

type Of = Pick<Write, 'tx' | 'clientId'>

export type ItemFacts = {
  readonly id: string
  readonly customerId: string
  readonly kind: ItemKind
  readonly currency: string
  readonly openMinor: bigint
  readonly dueOn: Day
  /** The day at the client on which it came. */
  readonly cameOn: Day
  readonly isDisputed: boolean
  readonly countryCode: string | null
  /** The last day of its promises in force, and of kept plans that cover it; null without any. */
  readonly promisedUntil: Day | null
  readonly plannedUntil: Day | null
}

/** Open items of some customers, credits among them. A plan in default, or one that is not kept any more, covers nothing. */
export const openItemsOf = (
  { tx, clientId }: Of,
  customerIds: readonly string[],
  { today, timeZone }: { readonly today: Day; readonly timeZone: string },
): Promise<ItemFacts[]> => {
  const ids = [...customerIds]
  return tx.sql<ItemFacts>`
    select o.id, o.customer_id as "customerId", o.kind, o.currency, o.open_minor as "openMinor", o.due_on as "dueOn",
      (o.created_at at time zone ${timeZone})::date as "cameOn", o.is_disputed as "isDisputed", c.country_code as "countryCode",
      p.until as "promisedUntil", l.until as "plannedUntil"
    from open_item o
    join customer c on c.client_id = o.client_id and c.id = o.customer_id
    left join (
      select open_item_id, max(deadline_on) as until from promise_to_pay
      where client_id = ${clientId} and customer_id = any (${ids}::uuid[]) and state = 'OPEN' and deadline_on >= ${today}::date
      group by open_item_id
    ) p on p.open_item_id = o.id
    left join (
      select i.open_item_id, max(l.current_until) as until
      from payment_plan l join plan_item i on i.client_id = l.client_id and i.plan_id = l.id
      where l.client_id = ${clientId} and l.customer_id = any (${ids}::uuid[]) and l.state = 'ACTIVE' and l.current_until >= ${today}::date
        and i.paid_minor < i.amount_minor
      group by i.open_item_id
    ) l on l.open_item_id = o.id
    where o.client_id = ${clientId} and o.customer_id = any (${ids}::uuid[]) and o.closed_on is null order by o.id`
}

export type CashFacts = { readonly customerId: string; readonly currency: string; readonly minor: bigint }

/** Money of some customers that is not applied, by currency: what is on account waits as well. */
export const unappliedOf = ({ tx, clientId }: Of, customerIds: readonly string[]): Promise<CashFacts[]> => tx.sql<CashFacts>`
  select customer_id as "customerId", currency, sum(unapplied_minor + on_account_minor)::bigint as minor from receipt
  where client_id = ${clientId} and customer_id = any (${[...customerIds]}::uuid[]) and unapplied_minor + on_account_minor > 0
  group by customer_id, currency`

type HandHold = Hold & { readonly openItemId: string | null; readonly customerId: string | null }

/** In force on a day. */
const inForce = (today: Day) => part`h.lifted_at is null and coalesce(h.until_on >= ${today}::date, true)`

/** What people held of some customers on a day: the whole client, a customer, or an item of it. */
export const handHolds = async (
  { tx, clientId }: Of,
  customerIds: readonly string[],
  today: Day,
): Promise<readonly HandHold[]> => {
  const ids = [...customerIds]
  return tx.sql<HandHold>`
    select h.id as "holdId", h.reason, h.until_on as until, h.open_item_id as "openItemId", h.customer_id as "customerId"
    from stage_hold h
    where h.client_id = ${clientId} and ${inForce(today)} and (
      h.customer_id = any (${ids}::uuid[]) or (h.customer_id is null and h.open_item_id is null)
      or h.open_item_id in (select o.id from open_item o where o.client_id = ${clientId} and o.customer_id = any (${ids}::uuid[])))
    order by h.id`
}

/** Nothing of a client is due while somebody holds all of it: said once for lists and counters, ahead of what follows it. */
export const clientIsHeld = (clientId: string, today: Day) => part`exists (
  select 1 from stage_hold h
  where h.client_id = ${clientId} and h.open_item_id is null and h.customer_id is null and ${inForce(today)})`

export type EntryState = 'DONE' | 'SKIPPED' | 'MISSED' | 'HELD' | 'RESUMED' | 'ENDED'

export type Entry = {
  readonly openItemId: string
  readonly state: EntryState
  readonly code: string | null
  readonly level: number | null
  readonly happenedOn: Day
  readonly dueOn: Day | null
  readonly holdReasons: readonly HoldReason[] | null
}

const entryColumns = part`
  e.open_item_id as "openItemId", e.state, e.code, e.level, e.happened_on as "happenedOn", e.due_on as "dueOn", e.hold_reasons as "holdReasons"`

const byItem = (rows: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> =>
  groupInto(
    rows,
    ({ openItemId }) => openItemId,
    (row) => row,
  )

/** What became of the stages of some customers’ open items, in the order in which it was written. */
export const entriesOf = async ({ tx, clientId }: Of, customerIds: readonly string[]) =>
  byItem(
    await tx.sql<Entry>`
      select ${entryColumns} from open_item o join stage_entry e on e.client_id = o.client_id and e.open_item_id = o.id
      where o.client_id = ${clientId} and o.customer_id = any (${[...customerIds]}::uuid[]) and o.closed_on is null
      order by e.open_item_id, e.id`,
  )

/** The same of some items, whether they are open or not. */
export const entriesOfItems = async ({ tx, clientId }: Of, openItemIds: readonly string[]) =>
  byItem(
    await tx.sql<Entry>`
      select ${entryColumns} from stage_entry e where e.client_id = ${clientId} and e.open_item_id = any (${[...openItemIds]}::uuid[])
      order by e.open_item_id, e.id`,
  )

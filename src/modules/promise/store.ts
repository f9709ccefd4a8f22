import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { JudgedState, PromiseState } from './promise-states.ts'
import type { Terms } from './rules.ts'

// Owner of the tables promise_to_pay and promise_change.

/** JSON for a recordset: amounts as text, because a JSON number is a float on its way. */
const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

export type NewPromise = Terms & {
  readonly id: string
  readonly openItemId: string
  readonly customerId: string
  readonly currency: string
  readonly promisedOn: Day
  readonly place: number
  readonly level: number
  readonly policyVersion: number
}

export const insertPromises = async ({ tx, clientId, viewer, now }: Write, promises: readonly NewPromise[]) => {
  if (promises.length === 0) return
  await tx.sql`
    insert into promise_to_pay (client_id, id, open_item_id, customer_id, currency, amount_minor, promised_on, state, place, level,
      item_version, deadline_on, due_minor, counts_by, confirm_days, policy_version, principal_id, created_at)
    select ${clientId}, n.id, n."openItemId", n."customerId", n.currency, n."amountMinor", n."promisedOn", 'OPEN', n.place, n.level,
      n."itemVersion", n."deadlineOn", n."dueMinor", n."countsBy", n."confirmDays", n."policyVersion", ${viewer.id}, ${now}
    from jsonb_to_recordset(${json(promises)}::jsonb) as n (id uuid, "openItemId" uuid, "customerId" uuid, currency text,
      "amountMinor" bigint, "promisedOn" date, place int, level int, "itemVersion" int, "deadlineOn" date, "dueMinor" bigint,
      "countsBy" text, "confirmDays" int, "policyVersion" int)`
}

/** A promise held until the unit ends: whoever changes its state holds it. */
export type HeldPromise = Terms & {
  readonly id: string
  readonly openItemId: string
  readonly customerId: string
  readonly currency: string
  readonly state: PromiseState
  readonly place: number
  readonly paidMinor: bigint
  readonly confirmsOn: Day | null
  readonly confirmedAt: Date | null
  readonly version: number
}

const heldColumns = part`
  id, open_item_id as "openItemId", customer_id as "customerId", currency, state, place, amount_minor as "amountMinor",
  due_minor as "dueMinor", deadline_on as "deadlineOn", counts_by as "countsBy", confirm_days as "confirmDays",
  item_version as "itemVersion", paid_minor as "paidMinor", confirms_on as "confirmsOn", confirmed_at as "confirmedAt", version`

export const lockPromise = async ({ tx, clientId }: Write, id: string): Promise<HeldPromise | null> => {
  const rows = await tx.sql<HeldPromise>`
    select ${heldColumns} from promise_to_pay where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

/** Every promise there was for some items, in the order they were taken. Whoever holds the items sees all of them. */
export const lockPromisesOf = (
  { tx, clientId }: Write,
  itemIds: readonly string[],
): Promise<HeldPromise[]> => tx.sql<HeldPromise>`
  select ${heldColumns} from promise_to_pay
  where client_id = ${clientId} and open_item_id = any (${[...itemIds]}::uuid[]) order by id for update`

/** Promises that payments can still change: of some items, or of all items of some customers. */
export type Concerned = { readonly openItemIds: readonly string[]; readonly customerIds: readonly string[] }

export const lockJudgeable = ({ tx, clientId }: Write, { openItemIds, customerIds }: Concerned): Promise<HeldPromise[]> =>
  tx.sql<HeldPromise>`
    select ${heldColumns} from promise_to_pay
    where client_id = ${clientId} and confirmed_at is null and state in ('OPEN', 'KEPT', 'PARTIALLY_KEPT', 'BROKEN')
      and (open_item_id = any (${[...openItemIds]}::uuid[]) or customer_id = any (${[...customerIds]}::uuid[]))
    order by id for update`

/** Promises that time alone changes: their deadline passed, or the day came from which they stay what they are. */
export const lockRipe = ({ tx, clientId }: Write, today: Day, most: number): Promise<HeldPromise[]> => tx.sql<HeldPromise>`
  select ${heldColumns} from promise_to_pay
  where client_id = ${clientId} and id in (
    (select id from promise_to_pay where client_id = ${clientId} and state = 'OPEN' and deadline_on < ${today}::date order by id limit ${most})
    union all
    (select id from promise_to_pay where client_id = ${clientId} and confirms_on <= ${today}::date and confirmed_at is null order by id limit ${most}))
  order by id for update`

/** What became of a promise by payments or by the day. */
export type Judged = {
  readonly promise: HeldPromise
  readonly state: JudgedState
  readonly paidMinor: bigint
  readonly confirmsOn: Day | null
  readonly isConfirmed: boolean
}

export const saveJudged = async ({ tx, clientId, now }: Write, judged: readonly Judged[]) => {
  if (judged.length === 0) return
  const rows = judged.map(({ promise: { id }, ...rest }) => ({ id, ...rest }))
  await tx.sql`
    update promise_to_pay p
    set state = n.state, paid_minor = n."paidMinor", confirms_on = n."confirmsOn", evaluated_at = ${now}, version = p.version + 1,
      confirmed_at = case when n."isConfirmed" then ${now}::timestamptz end
    from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, state text, "paidMinor" bigint, "confirmsOn" date, "isConfirmed" boolean)
    where p.client_id = ${clientId} and p.id = n.id`
}

/** Levels follow the states of the promises before them. */
export const saveLevels = ({ tx, clientId }: Write, itemIds: readonly string[]) => tx.sql`
  update promise_to_pay p set level = n.level
  from (
    select id, 1 + count(*) filter (where state <> 'KEPT') over (
      partition by open_item_id order by place rows between unbounded preceding and 1 preceding) as level
    from promise_to_pay where client_id = ${clientId} and open_item_id = any (${[...itemIds]}::uuid[])
  ) n
  where p.client_id = ${clientId} and p.id = n.id and p.level <> n.level`

/** A promise belongs to whom its item belongs to: it goes along when the item gets its customer. */
export const followItems = ({ tx, clientId }: Write, fromIds: readonly string[]) => tx.sql`
  update promise_to_pay p set customer_id = o.customer_id
  from open_item o
  where p.client_id = ${clientId} and p.customer_id = any (${[...fromIds]}::uuid[])
    and o.client_id = p.client_id and o.id = p.open_item_id and o.customer_id <> p.customer_id`

export const withdraw = ({ tx, clientId }: Write, id: string) => tx.sql`
  update promise_to_pay set state = 'WITHDRAWN', version = version + 1 where client_id = ${clientId} and id = ${id}`

export const supersede = async ({ tx, clientId }: Write, pairs: readonly { readonly id: string; readonly byId: string }[]) => {
  if (pairs.length === 0) return
  await tx.sql`
    update promise_to_pay p set state = 'SUPERSEDED', superseded_by_id = n.by_id, version = p.version + 1
    from unnest(${pairs.map(({ id }) => id)}::uuid[], ${pairs.map(({ byId }) => byId)}::uuid[]) as n (id, by_id)
    where p.client_id = ${clientId} and p.id = n.id`
}

export const changeCauses = ['RECORDED', 'CASH', 'LEDGER', 'DEADLINE', 'WITHDRAWN', 'SUPERSEDED'] as const
export type ChangeCause = (typeof changeCauses)[number]

export type NewChange = {
  readonly promiseId: string
  /** The promise's version behind the change. */
  readonly version: number
  readonly stateBefore: PromiseState | null
  readonly state: PromiseState
  readonly cause: ChangeCause
  readonly paidMinor: bigint
  readonly currency: string
}

/** The history of promises: nothing in it is ever changed. */
export const insertChanges = async ({ tx, clientId, viewer, now, newId }: Write, changes: readonly NewChange[]) => {
  if (changes.length === 0) return
  await tx.sql`
    insert into promise_change (client_id, id, promise_id, version, state_before, state, cause, paid_minor, currency, principal_id, at)
    select ${clientId}, n.id, n."promiseId", n.version, n."stateBefore", n.state, n.cause, n."paidMinor", n.currency, ${viewer.id}, ${now}
    from jsonb_to_recordset(${json(changes.map((change) => ({ ...change, id: newId() })))}::jsonb) as n (id uuid, "promiseId" uuid,
      version int, "stateBefore" text, state text, cause text, "paidMinor" bigint, currency text)`
}

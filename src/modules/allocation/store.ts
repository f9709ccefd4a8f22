import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { CustomerFacts, Owner, Source } from './rules.ts'

// Owner of the tables customer_owner and allocation_round.

type At = Pick<Write, 'tx' | 'clientId'>

export type HeldCustomer = CustomerFacts & { readonly id: string }

/** Customers in the order of their ids, as everybody holds them: whose they are is decided by whoever holds them. */
export const holdCustomers = ({ tx, clientId }: At, ids: readonly string[]): Promise<HeldCustomer[]> => tx.sql<HeldCustomer>`
  select id, number, country_code as "countryCode", segment from customer
  where client_id = ${clientId} and id = any (${[...ids]}::uuid[]) order by id for no key update`

/** Whose a customer is, since when, and why. */
export type Ownership = Owner & {
  readonly id: string
  readonly customerId: string
  readonly source: Source
  readonly rule: string | null
  readonly policyVersion: number | null
  readonly since: Date
  readonly endsAt: Date | null
  readonly setById: string | null
  readonly setByName: string | null
  readonly reason: string | null
  readonly note: string | null
  readonly checked: number
}

/** Begins as it is written. */
export type NewOwnership = Omit<Ownership, 'since'>

/** Who has which of some customers now; one who was never allocated is missing. */
export const ownershipsOf = async ({ tx, clientId }: At, ids: readonly string[]): Promise<ReadonlyMap<string, Ownership>> => {
  const rows = await tx.sql<Ownership>`
    select id, customer_id as "customerId", team_id as "teamId", team_name as "teamName", person_id as "personId",
      person_name as "personName", source, rule, policy_version as "policyVersion", since, ends_at as "endsAt", set_by_id as "setById",
      set_by_name as "setByName", reason, note, checked
    from customer_owner where client_id = ${clientId} and customer_id = any (${[...ids]}::uuid[]) and until is null`
  return new Map(rows.map((row) => [row.customerId, row]))
}

/**
 * What was is ended at the instant at which what is begins, so that no instant is counted twice or not at all. Of two who
 * change one customer at once the second may have begun first: its time begins behind that of the first all the same.
 */
export const saveOwnerships = async (write: Write, rows: readonly NewOwnership[]) => {
  if (rows.length === 0) return
  const { tx, clientId, now } = write
  const ids = rows.map(({ customerId }) => customerId)
  const ended = await tx.sql<{ customerId: string; until: Date }>`
    update customer_owner set until = greatest(${now}, since + interval '1 millisecond')
    where client_id = ${clientId} and customer_id = any (${ids}::uuid[]) and until is null returning customer_id as "customerId", until`
  const since = new Map(ended.map(({ customerId, until }) => [customerId, until]))
  const all = rows.map((row) => ({ ...row, since: since.get(row.customerId) ?? now }))
  await tx.sql`
    insert into customer_owner (client_id, id, customer_id, team_id, team_name, person_id, person_name, source, rule, policy_version, since,
      ends_at, set_by_id, set_by_name, reason, note, checked)
    select ${clientId}, o.id, o."customerId", o."teamId", o."teamName", o."personId", o."personName", o.source, o.rule, o."policyVersion",
      o.since, o."endsAt", o."setById", o."setByName", o.reason, o.note, o.checked
    from jsonb_to_recordset(${JSON.stringify(all)}::jsonb) as o (id uuid, "customerId" uuid, "teamId" uuid, "teamName" text, "personId" uuid,
      "personName" text, source text, rule text, "policyVersion" int, since timestamptz, "endsAt" timestamptz, "setById" uuid,
      "setByName" text, reason text, note text, checked int)`
}

/** They were looked at in this round, and are as they should be. */
export const markChecked = async ({ tx, clientId }: At, ids: readonly string[], round: number) => {
  if (ids.length === 0) return
  await tx.sql`
    update customer_owner set checked = ${round}
    where client_id = ${clientId} and id = any (${[...ids]}::uuid[]) and until is null and checked <> ${round}`
}

/** The round in which a client's customers are allocated; 0 while it never published rules. */
export const roundOf = async ({ tx, clientId }: At): Promise<number> => {
  const rows = await tx.sql<{ round: number }>`select round from allocation_round where client_id = ${clientId}`
  return rows[0]?.round ?? 0
}

/** The round for what is to be gone by now: another one than before where that changed. Held until the unit ends. */
export const roundFor = async ({ tx, clientId }: At, basis: string): Promise<number> => {
  const rows = await tx.sql<{ round: number }>`
    insert into allocation_round as r (client_id, round, basis) values (${clientId}, 1, ${basis})
    on conflict (client_id) do update set basis = excluded.basis,
      round = case when r.basis = excluded.basis then r.round else r.round + 1 end
    returning round`
  return rows[0]?.round ?? 0
}

type Behind = {
  readonly round: number
  readonly able: readonly { readonly teamId: string; readonly personId: string }[]
  readonly most: number
}

/**
 * Customers who were never allocated, not since what that goes by changed, whose time with somebody by hand is over, or who
 * are with a person who can work no more.
 */
export const customersBehind = async ({ tx, clientId, now }: Write, { round, able, most }: Behind): Promise<string[]> => {
  const rows = await tx.sql<{ id: string }>`
    select c.id from customer c
    left join customer_owner o on o.client_id = c.client_id and o.customer_id = c.id and o.until is null
    where c.client_id = ${clientId} and (o.id is null or o.checked < ${round} or o.ends_at <= ${now}
      or o.person_id is not null and not exists (
        select 1 from unnest(${able.map(({ teamId }) => teamId)}::uuid[], ${able.map(({ personId }) => personId)}::uuid[])
          as a (team_id, person_id) where a.team_id = o.team_id and a.person_id = o.person_id))
    order by c.id limit ${most}`
  return rows.map(({ id }) => id)
}

/** What work says of its owner. */
export type OwnerIds = { readonly teamId: string | null; readonly personId: string | null }

type PayerRow = OwnerIds & { readonly customerId: string }

const byCustomer = (rows: readonly PayerRow[]): ReadonlyMap<string, OwnerIds> =>
  new Map(rows.map(({ customerId, ...ids }) => [customerId, ids]))

/** Of customers that nobody changes meanwhile: whoever asks holds them, or has them stay as they are. */
export const ownersOf = async ({ tx, clientId }: At, customerIds: readonly string[]): Promise<ReadonlyMap<string, OwnerIds>> =>
  byCustomer(
    await tx.sql<PayerRow>`
      select o.* from unnest(${[...customerIds]}::uuid[]) as k (customer_id)
      cross join lateral (
        select customer_id as "customerId", team_id as "teamId", person_id as "personId" from customer_owner
        where client_id = ${clientId} and customer_id = k.customer_id and until is null limit 1) o
      where o."teamId" is not null`,
  )

/**
 * The owners of those who paid some receipts, who stay until the unit ends. They are asked for again once they stay: a row
 * that was waited for and ended meanwhile is not the one that holds.
 */
export const ownersOfPayers = async (
  { tx, clientId }: At,
  receiptIds: readonly string[],
): Promise<ReadonlyMap<string, OwnerIds>> => {
  const payers = part`(
    select distinct customer_id from receipt
    where client_id = ${clientId} and id = any (${[...receiptIds]}::uuid[]) and customer_id is not null order by customer_id) k`
  const [, rows] = await Promise.all([
    tx.sql`
      select 1 from ${payers} cross join lateral (
        select 1 from customer_owner where client_id = ${clientId} and customer_id = k.customer_id and until is null limit 1 for share) o`,
    tx.sql<PayerRow>`
      select o.* from ${payers} cross join lateral (
        select customer_id as "customerId", team_id as "teamId", person_id as "personId" from customer_owner
        where client_id = ${clientId} and customer_id = k.customer_id and until is null limit 1) o
      where o."teamId" is not null`,
  ])
  return byCustomer(rows)
}

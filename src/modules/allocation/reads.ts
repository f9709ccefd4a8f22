import { pageSize, part } from '../../platform/database/sql.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import type { CustomerFacts, Owner, Source } from './rules.ts'
import type { Ownership } from './store.ts'
import type { OpenSum } from './sums.ts'
import type { Of } from './team-reads.ts'

// Reads of owners. They join customers and open items, which lower modules own and alone write.

export type OwnershipRow = Ownership & { readonly clientId: string; readonly until: Date | null }

const columns = part`client_id as "clientId", id, customer_id as "customerId", team_id as "teamId", team_name as "teamName",
  person_id as "personId", person_name as "personName", source, rule, policy_version as "policyVersion", since, until,
  ends_at as "endsAt", set_by_id as "setById", set_by_name as "setByName", reason, note, checked`

/** Who has each customer now, for all customers of a field in one statement. */
export const ownershipOf = loader<OwnershipRow | null>(async (tx, keys) => {
  const rows = await tx.sql<OwnershipRow>`
    select o.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, customer_id)
    cross join lateral (
      select ${columns} from customer_owner
      where client_id = k.client_id and customer_id = k.customer_id and until is null limit 1) o`
  return new Map(rows.map((row) => [row.customerId, row]))
}, null)

export type HistoryPage = { readonly take: number; readonly after: { readonly since: Date; readonly id: string } | null }

/** A page of who had each of several customers, latest first: one index walk for each, all in one statement. */
export const ownershipsByCustomer = loaderWith<HistoryPage, readonly OwnershipRow[]>(
  async ({ tx }, keys, { take, after }) => {
    const rows = await tx.sql<OwnershipRow>`
      select o.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, customer_id)
      cross join lateral (
        select ${columns} from customer_owner
        where client_id = k.client_id and customer_id = k.customer_id
          and (${after === null} or since < ${after?.since ?? null}::timestamptz
            or since = ${after?.since ?? null}::timestamptz and id < ${after?.id ?? null}::uuid)
        order by since desc, id desc limit ${pageSize(take)}) o`
    return groupInto(
      rows,
      ({ customerId }) => customerId,
      (row) => row,
    )
  },
  () => [],
)

type Grouped = Owner & { readonly source: Source; readonly rule: string | null }

export type CoverageRow = Grouped & { readonly customers: number; readonly open: readonly OpenSum[] }

/** JSON numbers end at 2^53: amounts come as text. */
type OpenText = Omit<OpenSum, 'minor'> & { readonly minor: string }
const openFrom = (open: readonly OpenText[] | null): OpenSum[] =>
  (open ?? []).map(({ minor, ...rest }) => ({ ...rest, minor: BigInt(minor) }))

/** Each customer once, with whoever has it now or with nobody, and each of its open items with it. */
export const coverageRows = async ({ tx, clientId }: Of): Promise<CoverageRow[]> => {
  const rows = await tx.sql<Grouped & { readonly customers: number; readonly open: readonly OpenText[] | null }>`
    with owned as (
      select c.id, o.team_id, o.person_id, o.team_name, o.person_name, coalesce(o.source, 'NOBODY') as source, o.rule from customer c
      left join customer_owner o on o.client_id = c.client_id and o.customer_id = c.id and o.until is null
      where c.client_id = ${clientId}
    ), open as (
      select o.team_id, o.person_id, o.source, o.rule, i.currency, count(*)::int as count, sum(i.open_minor)::text as minor
      from open_item i join owned o on o.id = i.customer_id
      where i.client_id = ${clientId} and i.closed_on is null
      group by o.team_id, o.person_id, o.source, o.rule, i.currency
    )
    select o.team_id as "teamId", o.person_id as "personId", max(o.team_name) as "teamName", max(o.person_name) as "personName", o.source,
      o.rule, count(*)::int as customers, (
        select jsonb_agg(jsonb_build_object('currency', p.currency, 'count', p.count, 'minor', p.minor)) from open p
        where p.team_id is not distinct from o.team_id and p.person_id is not distinct from o.person_id and p.source = o.source
          and p.rule is not distinct from o.rule) as open
    from owned o group by o.team_id, o.person_id, o.source, o.rule
    order by max(o.team_name), max(o.person_name), o.team_id, o.person_id, o.source, o.rule`
  return rows.map(({ open, ...row }) => ({ ...row, open: openFrom(open) }))
}

export type Allocatable = CustomerFacts &
  Owner & { readonly id: string; readonly source: Source; readonly endsAt: Date | null; readonly open: readonly OpenSum[] }

/** Every customer of a client with whoever has it and what it has open: what rules that are tried go through. */
export const allocatables = async ({ tx, clientId }: Of): Promise<Allocatable[]> => {
  const rows = await tx.sql<Omit<Allocatable, 'open'> & { readonly open: readonly OpenText[] | null }>`
    with sums as (
      select customer_id, currency, count(*)::int as count, sum(open_minor)::text as minor from open_item
      where client_id = ${clientId} and closed_on is null group by customer_id, currency
    ), open as (
      select customer_id, jsonb_agg(jsonb_build_object('currency', currency, 'count', count, 'minor', minor)) as open from sums
      group by customer_id
    )
    select c.id, c.number, c.country_code as "countryCode", c.segment, o.team_id as "teamId", o.team_name as "teamName",
      o.person_id as "personId", o.person_name as "personName", coalesce(o.source, 'NOBODY') as source, o.ends_at as "endsAt", p.open
    from customer c
    left join customer_owner o on o.client_id = c.client_id and o.customer_id = c.id and o.until is null
    left join open p on p.customer_id = c.id
    where c.client_id = ${clientId}`
  return rows.map(({ open, ...row }) => ({ ...row, open: openFrom(open) }))
}

/** How many customers of a client were not looked at yet in its present round. */
export const behindOf = async ({ tx, clientId }: Of, most: number): Promise<number> => {
  const [row] = await tx.sql<{ count: number }>`
    select count(*)::int as count from (
      select 1 from customer c
      join allocation_round r on r.client_id = c.client_id
      left join customer_owner o on o.client_id = c.client_id and o.customer_id = c.id and o.until is null
      where c.client_id = ${clientId} and (o.id is null or o.checked < r.round) limit ${most + 1}) counted`
  return row?.count ?? 0
}

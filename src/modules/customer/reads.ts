import type { Contact, Customer } from '../../generated/prisma/client.ts'
import type { Write } from '../../platform/command.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'

/** Spellings of names, for all customers of a field in one statement. */
export const aliasesOf = loader<readonly string[]>(async ({ sql }, keys) => {
  const rows = await sql<{ customerId: string; names: string[] }>`
    select a.customer_id as "customerId", array_agg(a.name order by a.name) as names
    from customer_alias a
    where a.client_id = any (${keys.map(({ clientId }) => clientId)}::uuid[]) and a.customer_id = any (${keys.map(({ id }) => id)}::uuid[])
    group by a.customer_id`
  return new Map(rows.map(({ customerId, names }) => [customerId, names]))
}, [])

/** Customers by id, for all rows of a field in one statement; null where there is no right to read them. */
export const customersById = loader<Customer | null>(async ({ prisma }, keys) => {
  const rows = await prisma.customer.findMany({ where: { OR: keys.map(({ clientId, id }) => ({ clientId, id })) } })
  return new Map(rows.map((row) => [row.id, row]))
}, null)

export const customerExists = async ({ tx, clientId }: Write, id: string): Promise<boolean> => {
  const rows = await tx.sql`select 1 from customer where client_id = ${clientId} and id = ${id}`
  return rows.length > 0
}

/** The customer that a contact is a person at; null where there is no such contact. */
export const customerOfContact = async ({ tx, clientId }: Write, id: string): Promise<string | null> => {
  const rows = await tx.sql<{ customerId: string }>`
    select customer_id as "customerId" from contact where client_id = ${clientId} and id = ${id}`
  return rows[0]?.customerId ?? null
}

export type ContactPage = {
  readonly role: string | null
  readonly isUsable: boolean | null
  readonly take: number
  readonly after: { readonly name: string; readonly id: string } | null
}

/** The same as `contactState` says of each: a filter is done where the rows are. */
const usable = part`(c.retired_at is null and c.bounce_count = 0 and coalesce(c.valid_from <= k.today, true) and coalesce(c.valid_until >= k.today, true))`

/** A page of contacts for each of several customers: one index walk for each, all in one statement. */
export const contactsByCustomer = loaderWith<ContactPage, readonly Contact[]>(
  async ({ tx, today }, keys, { role, isUsable, take, after }) => {
    const ofRole = role === null ? part`` : part`and c.role = ${role}`
    const inState = isUsable === null ? part`` : isUsable ? part`and ${usable}` : part`and not ${usable}`
    const rows = await tx.sql<Contact>`
      select p.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[],
        ${keys.map(({ clientId }) => today(clientId))}::date[]) as k (client_id, customer_id, today)
      cross join lateral (
        select c.client_id as "clientId", c.id, c.customer_id as "customerId", c.name, c.role, c.email, c.phone, c.postal_address as "postalAddress", c.valid_from as "validFrom",
          c.valid_until as "validUntil", c.verified_at as "verifiedAt", c.verified_by as "verifiedBy", c.verified_source as "verifiedSource",
          c.bounce_count as "bounceCount", c.last_bounced_at as "lastBouncedAt", c.retired_at as "retiredAt",
          c.retired_reason as "retiredReason", c.created_at as "createdAt", c.version
        from contact c
        where c.client_id = k.client_id and c.customer_id = k.customer_id ${ofRole} ${inState}
          and (${after === null} or c.name > ${after?.name ?? ''} or (c.name = ${after?.name ?? ''} and c.id > ${after?.id ?? null}::uuid))
        order by c.name, c.id limit ${pageSize(take)}) p`
    return groupInto(
      rows,
      ({ customerId }) => customerId,
      (row) => row,
    )
  },
  () => [],
)

/** Ids of customers by their numbers; numbers that nobody has are left out. */
export const customersByNumber = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (numbers.length === 0) return new Map()
  const rows = await tx.sql<{ id: string; number: string }>`
    select c.id, c.number from unnest(${[...new Set(numbers)]}::text[]) as n (number)
    cross join lateral (select * from customer c where c.client_id = ${clientId} and c.number = n.number limit 1) c`
  return new Map(rows.map(({ id, number }) => [number, id]))
}

/**
 * Who may pay for each of some customers besides themselves: whoever stands above them in the hierarchy, and whom their
 * invoices are billed to.
 */
export const familyOf = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
  const ids = [...new Set(customerIds)]
  if (ids.length === 0) return new Map()
  const rows = await tx.sql<{ customerId: string; payerId: string }>`
    with recursive above (customer_id, payer_id) as (
      select c.id, p.id from customer c
      join lateral unnest(array[c.parent_id, c.bill_to_id]) as p (id) on p.id is not null
      where c.client_id = ${clientId} and c.id = any (${ids}::uuid[])
      union
      select a.customer_id, p.id from above a
      join customer c on c.client_id = ${clientId} and c.id = a.payer_id
      join lateral unnest(array[c.parent_id, c.bill_to_id]) as p (id) on p.id is not null
    )
    select customer_id as "customerId", payer_id as "payerId" from above where payer_id <> customer_id`
  const family = new Map<string, Set<string>>()
  for (const { customerId, payerId } of rows) family.set(customerId, (family.get(customerId) ?? new Set()).add(payerId))
  return family
}

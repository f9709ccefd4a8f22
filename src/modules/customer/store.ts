import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { isForeignKeyViolation } from '../../platform/database/faults.ts'
import { inSavepoint } from '../../platform/database/unit.ts'
import { parseTerms, type TermsRule } from './rules.ts'

// Owner of the tables customer, customer_alias, contact and payment_terms.

/** A customer as a ledger refers to it: by number, with whatever spelling stood beside it, or by a spelling alone. */
export type CustomerRef = {
  readonly number: string | null
  readonly name: string | null
  readonly countryCode: string | null
}

export type ResolvedCustomers = {
  readonly byNumber: ReadonlyMap<string, string>
  /** By a spelling that came without a number. */
  readonly byName: ReadonlyMap<string, string>
  /** Spellings that no number had before: who is meant by them may have changed. */
  readonly newSpellings: readonly string[]
  readonly added: number
}

// Lists of keys are joined, not compared by `= any`: see holdLedger in receivable/store.ts.

/** Rows of one statement: its parameters stay far from the protocol's limits. */
const chunkRows = 5_000

function* chunksOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += chunkRows) yield all.slice(from, from + chunkRows)
}

/**
 * Ids of everybody a ledger refers to; whoever is new is added. Give all references of a load at once: a spelling without
 * a number is looked up behind all spellings with one, so the order of the rows does not matter.
 */
export const resolveCustomers = async (write: Write, refs: readonly CustomerRef[]): Promise<ResolvedCustomers> => {
  const numbered = new Map<string, { name: string | null; countryCode: string | null }>()
  const spellings: { number: string; name: string }[] = []
  const names = new Set<string>()
  for (const { number, name, countryCode } of refs) {
    if (number === null) {
      if (name !== null) names.add(name)
      continue
    }
    const before = numbered.get(number)
    // A number keeps the name that it came with last, and every spelling as an alias.
    numbered.set(number, { name: name ?? before?.name ?? null, countryCode: countryCode ?? before?.countryCode ?? null })
    if (name !== null) spellings.push({ number, name })
  }

  const byNumber = new Map<string, string>()
  let added = 0
  for (const some of chunksOf([...numbered])) added += await ensureNumbered(write, some, byNumber)
  const newSpellings = new Set<string>()
  for (const some of chunksOf(spellings)) {
    for (const name of await addSpellings(write, some, byNumber)) newSpellings.add(name)
  }
  const named = await resolveNames(write, [...names])
  return { byNumber, byName: named.ids, newSpellings: [...newSpellings], added: added + named.added }
}

const ensureNumbered = async (
  write: Write,
  some: readonly (readonly [string, { name: string | null; countryCode: string | null }])[],
  ids: Map<string, string>,
): Promise<number> => {
  const { tx, clientId, now } = write
  const numbers = some.map(([number]) => number)
  const names = some.map(([, { name }]) => name)
  const countries = some.map(([, { countryCode }]) => countryCode)
  const added = await tx.sql<{ id: string }>`
    insert into customer (client_id, id, number, name, country_code, created_at)
    select ${clientId}, n.id, n.number, coalesce(n.name, n.number), n.country_code, ${now}
    from unnest(${some.map(() => write.newId())}::uuid[], ${numbers}::text[], ${names}::text[], ${countries}::text[])
      as n (id, number, name, country_code)
    on conflict (client_id, number) do nothing returning id`
  tellAdded(write, added)
  const changed = await tx.sql<{ id: string; mayHaveMoved: boolean }>`
    update customer c set name = coalesce(n.name, c.name), country_code = coalesce(n.country_code, c.country_code), version = c.version + 1
    from unnest(${numbers}::text[], ${names}::text[], ${countries}::text[]) as n (number, name, country_code)
    where c.client_id = ${clientId} and c.number = n.number
      and ((n.name is not null and n.name <> c.name) or (n.country_code is not null and n.country_code is distinct from c.country_code))
    returning c.id, n.country_code is not null as "mayHaveMoved"`
  const customerIds = changed.filter(({ mayHaveMoved }) => mayHaveMoved).map(({ id }) => id)
  if (customerIds.length > 0) write.emit({ area: 'customer', name: 'customer.moved', payload: { customerIds } })
  const rows = await tx.sql<{ id: string; number: string }>`
    select c.id, c.number from unnest(${numbers}::text[]) as n (number)
    join customer c on c.number = n.number where c.client_id = ${clientId}`
  for (const { id, number } of rows) ids.set(number, id)
  return added.length
}

/** Whoever is new is told of: what follows from what they are has to be there with them. */
const tellAdded = (write: Write, rows: readonly { readonly id: string }[]) => {
  const customerIds = rows.map(({ id }) => id)
  if (customerIds.length > 0) write.emit({ area: 'customer', name: 'customers.added', payload: { customerIds } })
}

/** The spellings among these that no customer had before, under any number. */
const addSpellings = async (
  write: Write,
  some: readonly { readonly number: string; readonly name: string }[],
  ids: ReadonlyMap<string, string>,
): Promise<string[]> => {
  const { tx, clientId, now } = write
  const rows = await tx.sql<{ name: string }>`
    insert into customer_alias (client_id, id, customer_id, name, created_at)
    select ${clientId}, n.id, n.customer_id, n.name, ${now}
    from unnest(${some.map(() => write.newId())}::uuid[], ${some.map(({ number }) => ids.get(number) ?? null)}::uuid[],
      ${some.map(({ name }) => name)}::text[]) as n (id, customer_id, name)
    on conflict (client_id, customer_id, name) do nothing returning name`
  return rows.map(({ name }) => name)
}

/**
 * Who is meant by a spelling alone: the one numbered customer that has it, and where none or several do, a customer known
 * by this name only.
 */
export const resolveNames = async (
  write: Write,
  names: readonly string[],
): Promise<{ readonly ids: ReadonlyMap<string, string>; readonly added: number }> => {
  const { tx, clientId, now } = write
  const ids = new Map<string, string>()
  let added = 0
  for (const some of chunksOf(names)) {
    const numbered = await tx.sql<{ id: string; name: string }>`
      select min(a.customer_id::text) as id, a.name from unnest(${[...some]}::text[]) as n (name)
      join customer_alias a on a.name = n.name where a.client_id = ${clientId} group by a.name having count(*) = 1`
    for (const { id, name } of numbered) ids.set(name, id)
    const rest = some.filter((name) => !ids.has(name))
    if (rest.length === 0) continue
    const inserted = await tx.sql<{ id: string }>`
      insert into customer (client_id, id, name, created_at)
      select ${clientId}, n.id, n.name, ${now} from unnest(${rest.map(() => write.newId())}::uuid[], ${rest}::text[]) as n (id, name)
      on conflict (client_id, name) where number is null do nothing returning id`
    added += inserted.length
    tellAdded(write, inserted)
    const unnumbered = await tx.sql<{ id: string; name: string }>`
      select c.id, c.name from unnest(${rest}::text[]) as n (name)
      join customer c on c.name = n.name where c.client_id = ${clientId} and c.number is null`
    for (const { id, name } of unnumbered) ids.set(name, id)
  }
  return { ids, added }
}

/** Those among the customers that are known by name alone. */
export const unnumberedOf = async ({ tx, clientId }: Write, ids: readonly string[]): Promise<string[]> => {
  const rows = await tx.sql<{ id: string }>`
    select c.id from unnest(${[...ids]}::uuid[]) as n (id)
    join customer c on c.id = n.id where c.client_id = ${clientId} and c.number is null`
  return rows.map(({ id }) => id)
}

/**
 * Forgets customers known by name alone whose items went to their number. One that something else still refers to, such
 * as a receipt or a place in the queue, stays: which tables those are is not known here, so the foreign keys are asked.
 */
export const forgetUnnumbered = async (write: Write, ids: readonly string[]): Promise<string[]> => {
  if (ids.length === 0) return []
  const { tx, clientId } = write
  try {
    return await inSavepoint(
      tx,
      async () => {
        const rows = await tx.sql<{ id: string }>`
          delete from customer where client_id = ${clientId} and number is null and id = any (${[...ids]}::uuid[]) returning id`
        return rows.map(({ id }) => id)
      },
      () => true,
    )
  } catch (thrown) {
    if (!isForeignKeyViolation(thrown)) throw thrown
    if (ids.length === 1) return []
    const middle = Math.ceil(ids.length / 2)
    return [...(await forgetUnnumbered(write, ids.slice(0, middle))), ...(await forgetUnnumbered(write, ids.slice(middle)))]
  }
}

/** Ids by code; codes that are new wait for somebody to say what they mean. */
export const ensurePaymentTerms = async (write: Write, codes: readonly string[]): Promise<Map<string, string>> => {
  const { tx, clientId, now } = write
  await tx.sql`
    insert into payment_terms (client_id, id, code, created_at)
    select ${clientId}, n.id, n.code, ${now} from unnest(${codes.map(() => write.newId())}::uuid[], ${[...codes]}::text[]) as n (id, code)
    on conflict (client_id, code) do nothing`
  const rows = await tx.sql<{ id: string; code: string }>`
    select id, code from payment_terms where client_id = ${clientId} and code = any (${[...codes]}::text[])`
  return new Map(rows.map(({ id, code }) => [code, id]))
}

/** The terms of a client whose meaning is known. */
export const termsRules = async ({ tx, clientId }: Pick<Write, 'tx' | 'clientId'>): Promise<Map<string, TermsRule>> => {
  const rows = await tx.sql<{ code: string; rule: unknown }>`
    select code, rule from payment_terms where client_id = ${clientId} and rule is not null`
  return new Map(
    rows.flatMap(({ code, rule }) => {
      const parsed = parseTerms(rule)
      return parsed === null ? [] : [[code, parsed] as const]
    }),
  )
}

/** By id, and held in the order of ids, so that two who hold several do not wait on each other. */
export const lockCustomers = async (
  { tx, clientId }: Write,
  ids: readonly string[],
): Promise<Map<string, { readonly version: number; readonly countryCode: string | null }>> => {
  const rows = await tx.sql<{ id: string; version: number; countryCode: string | null }>`
    select id, version, country_code as "countryCode" from customer where client_id = ${clientId} and id = any (${[...ids]}::uuid[]) order by id for no key update`
  return new Map(rows.map(({ id, ...facts }) => [id, facts]))
}

export type NewContact = {
  readonly name: string
  readonly role: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly postalAddress: string | null
  readonly validFrom: Day | null
  readonly validUntil: Day | null
}

export const insertContact = async (
  write: Write,
  customerId: string,
  { name, role, email, phone, postalAddress, validFrom, validUntil }: NewContact,
): Promise<string> => {
  const { tx, clientId, now } = write
  const id = write.newId()
  await tx.sql`
    insert into contact (client_id, id, customer_id, name, role, email, phone, postal_address, valid_from, valid_until, created_at)
    values (${clientId}, ${id}, ${customerId}, ${name}, ${role}, ${email}, ${phone}, ${postalAddress}, ${validFrom}::date, ${validUntil}::date, ${now})`
  return id
}

export type LockedContact = {
  readonly id: string
  readonly customerId: string
  readonly email: string | null
  readonly verifiedAt: Date | null
  readonly retiredAt: Date | null
  readonly version: number
}

export const lockContact = async ({ tx, clientId }: Write, id: string): Promise<LockedContact | null> => {
  const rows = await tx.sql<LockedContact>`
    select id, customer_id as "customerId", email, verified_at as "verifiedAt", retired_at as "retiredAt", version
    from contact where client_id = ${clientId} and id = ${id} for no key update`
  return rows[0] ?? null
}

/** Whoever made sure of a contact knows that its mails arrive: what came back before does not count any more. */
export const saveVerification = (
  { tx, clientId, viewer }: Write,
  id: string,
  { at, source }: { readonly at: Date; readonly source: string },
) => tx.sql`
  update contact set verified_at = ${at}, verified_by = ${viewer.name}, verified_source = ${source}, bounce_count = 0, version = version + 1
  where client_id = ${clientId} and id = ${id}`

export const saveBounce = ({ tx, clientId }: Write, id: string, at: Date) => tx.sql`
  update contact set bounce_count = bounce_count + 1, last_bounced_at = greatest(last_bounced_at, ${at}), version = version + 1
  where client_id = ${clientId} and id = ${id}`

export const saveRetirement = ({ tx, clientId, now }: Write, id: string, reason: string) => tx.sql`
  update contact set retired_at = ${now}, retired_reason = ${reason}, version = version + 1 where client_id = ${clientId} and id = ${id}`

/** Contacts of a customer known by name alone go along when it gets its number. */
export const followContacts = (
  { tx, clientId }: Write,
  moves: readonly { readonly fromId: string; readonly toId: string }[],
) => tx.sql`
  update contact p set customer_id = n.to_id, version = p.version + 1
  from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
  join customer c on c.id = n.from_id and c.number is null
  where c.client_id = ${clientId} and p.client_id = ${clientId} and p.customer_id = n.from_id`

export type Hierarchy = { readonly parentId: string | null; readonly billToId: string | null }

/** False when the customer would come to stand above itself. */
export const saveHierarchy = async ({ tx, clientId }: Write, id: string, { parentId, billToId }: Hierarchy): Promise<boolean> => {
  const circle = await tx.sql`
    with recursive above (id) as (
      select ${parentId}::uuid
      union
      select c.parent_id from above a join customer c on c.client_id = ${clientId} and c.id = a.id where c.parent_id is not null
    ) select 1 from above where id = ${id}`
  if (circle.length > 0 || billToId === id) return false
  await tx.sql`
    update customer set parent_id = ${parentId}, bill_to_id = ${billToId}, version = version + 1 where client_id = ${clientId} and id = ${id}`
  return true
}

export const saveSegment = ({ tx, clientId }: Write, id: string, segment: string | null) => tx.sql`
  update customer set segment = ${segment}, version = version + 1 where client_id = ${clientId} and id = ${id}`

export const saveTerms = async (write: Write, code: string, rule: TermsRule): Promise<string> => {
  const { tx, clientId, now } = write
  const [row] = await tx.sql<{ id: string }>`
    insert into payment_terms (client_id, id, code, rule, created_at)
    values (${clientId}, ${write.newId()}, ${code}, ${JSON.stringify(rule)}::jsonb, ${now})
    on conflict (client_id, code) do update set rule = excluded.rule returning id`
  return row?.id ?? ''
}

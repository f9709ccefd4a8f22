import { type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { withoutNestedLoops } from '../../platform/database/plans.ts'
import { groupInto } from '../../platform/group.ts'
import type { OpenChange } from './falls.ts'
import { stillPending } from './pending.ts'
import type { ItemKind } from './rules.ts'

// Owner of the tables open_item and open_item_change.

/** An open item as a source tells it, with everybody it refers to known. */
export type SourceItem = {
  readonly row: number
  readonly legalEntityId: string
  readonly customerId: string
  /** The name that stood for the customer where no number did; null where one did. */
  readonly customerName: string | null
  readonly kind: ItemKind
  readonly number: string
  readonly sourceKey: string
  readonly currency: string
  readonly originalMinor: bigint
  readonly ledgerOpenMinor: bigint
  readonly isDisputed: boolean
  readonly documentOn: Day
  readonly dueOn: Day
  readonly paymentTermsId: string | null
  readonly closedOn: Day | null
  /** SHA-256 in hex of what the source said. */
  readonly hash: string
}

export type Load = {
  readonly batchId: string
  readonly source: string
  /** The client had no item of this source when the load began, so there is nothing to compare with. */
  readonly isFirst: boolean
  /** The client's day on which an item counts as closed when its ledger says that it is, but not since when. */
  readonly closedOn: Day
}

export type Upserted = {
  readonly inserted: number
  readonly changed: number
  readonly unchanged: number
  /** By source key, for what is not unchanged. */
  readonly outcomes: ReadonlyMap<string, 'INSERTED' | 'CHANGED'>
  /** Customers whose items are not what they were, before or after. */
  readonly customerIds: ReadonlySet<string>
}

type Kept = {
  readonly id: string
  readonly sourceKey: string
  readonly legalEntityId: string
  readonly customerId: string
  readonly customerName: string | null
  readonly kind: ItemKind
  readonly number: string
  readonly currency: string
  readonly originalMinor: bigint
  readonly ledgerOpenMinor: bigint
  readonly pendingMinor: bigint
  readonly openMinor: bigint
  readonly isDisputed: boolean
  readonly documentOn: Day
  readonly dueOn: Day
  readonly paymentTermsId: string | null
  readonly closedOn: Day | null
  readonly version: number
}

/** JSON for a recordset: amounts as text, because a JSON number is a float on its way. */
const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

/**
 * Brings items to what their source says now: three to five statements for any number of them, at most a thousand at a
 * time. What did not change is not touched at all. Two loads of one client must not run at once; see `holdLedger`.
 */
export const upsertOpenItems = async (write: Write, load: Load, items: readonly SourceItem[]): Promise<Upserted> => {
  const known = await hashesOf(write, load, items)
  const added: SourceItem[] = []
  const differing = new Map<string, SourceItem>()
  for (const item of items) {
    const before = known.get(item.sourceKey)
    if (before === undefined) added.push(item)
    else if (before.hash !== item.hash) differing.set(before.id, item)
  }
  const customerIds = new Set(added.map(({ customerId }) => customerId))
  const outcomes = new Map<string, 'INSERTED' | 'CHANGED'>()
  for (const { sourceKey } of added) outcomes.set(sourceKey, 'INSERTED')
  if (added.length > 0) await insertItems(write, load, added)
  const changed = differing.size > 0 ? await updateItems(write, load, differing) : []
  for (const { before, after } of changed) {
    outcomes.set(before.sourceKey, 'CHANGED')
    customerIds.add(before.customerId)
    customerIds.add(after.customerId)
  }
  const unchanged = items.length - added.length - changed.length
  return { inserted: added.length, changed: changed.length, unchanged, outcomes, customerIds }
}

const hashesOf = async (
  { tx, clientId }: Write,
  { source, isFirst }: Load,
  items: readonly SourceItem[],
): Promise<Map<string, { readonly id: string; readonly hash: string }>> => {
  if (isFirst) return new Map()
  const rows = await tx.sql<{ sourceKey: string; id: string; hash: string }>`
    select i.source_key as "sourceKey", i.id, encode(i.source_hash, 'hex') as hash
    from unnest(${items.map(({ sourceKey }) => sourceKey)}::text[]) as k (key)
    join open_item i on i.source_key = k.key where i.client_id = ${clientId} and i.source = ${source}`
  return new Map(rows.map(({ sourceKey, id, hash }) => [sourceKey, { id, hash }]))
}

const insertItems = ({ tx, clientId, now, newId }: Write, load: Load, items: readonly SourceItem[]) => {
  const rows = items.map((item) => ({
    ...item,
    id: newId(),
    closedOn: item.ledgerOpenMinor === 0n ? (item.closedOn ?? load.closedOn) : null,
    hash: `\\x${item.hash}`,
  }))
  return tx.sql`
    insert into open_item (client_id, id, legal_entity_id, customer_id, customer_name, kind, number, source, source_key, currency,
      original_minor, ledger_open_minor, open_minor, ledger_is_disputed, document_on, due_on, payment_terms_id, closed_on, source_hash,
      batch_id, batch_row, created_at, updated_at)
    select ${clientId}, n.id, n."legalEntityId", n."customerId", n."customerName", n.kind, n.number, ${load.source}, n."sourceKey",
      n.currency, n."originalMinor", n."ledgerOpenMinor", n."ledgerOpenMinor", n."isDisputed", n."documentOn", n."dueOn",
      n."paymentTermsId", n."closedOn", n.hash, ${load.batchId}, n.row, ${now}, ${now}
    from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "legalEntityId" uuid, "customerId" uuid, "customerName" text,
      kind text, number text, "sourceKey" text, currency text, "originalMinor" bigint, "ledgerOpenMinor" bigint,
      "isDisputed" boolean, "documentOn" date, "dueOn" date, "paymentTermsId" uuid, "closedOn" date, hash bytea, "row" int)`
}

/** Held in the order of their ids, whichever order the file has them in, so that two writers wait and do not deadlock. */
const lockItems = ({ tx, clientId }: Write, ids: readonly string[]): Promise<Kept[]> => tx.sql<Kept>`
  select o.id, o.source_key as "sourceKey", o.legal_entity_id as "legalEntityId", o.customer_id as "customerId",
    o.customer_name as "customerName", o.kind, o.number, o.currency, o.original_minor as "originalMinor",
    o.ledger_open_minor as "ledgerOpenMinor", o.pending_minor as "pendingMinor", o.open_minor as "openMinor",
    o.ledger_is_disputed as "isDisputed", o.document_on as "documentOn", o.due_on as "dueOn", o.payment_terms_id as "paymentTermsId",
    o.closed_on as "closedOn", o.version
  from unnest(${[...ids]}::uuid[]) as k (id)
  join open_item o on o.id = k.id where o.client_id = ${clientId} order by o.id for no key update of o`

/** What history tells of: every field but the bookkeeping. */
const fields = [
  'legalEntityId',
  'customerId',
  'customerName',
  'kind',
  'number',
  'currency',
  'originalMinor',
  'ledgerOpenMinor',
  'pendingMinor',
  'openMinor',
  'isDisputed',
  'documentOn',
  'dueOn',
  'paymentTermsId',
  'closedOn',
] as const satisfies readonly (keyof Kept)[]

const updateItems = async (
  write: Write,
  load: Load,
  items: ReadonlyMap<string, SourceItem>,
): Promise<{ before: Kept; after: Kept }[]> => {
  const rows = (await lockItems(write, [...items.keys()])).flatMap((before) => {
    const item = items.get(before.id)
    if (item === undefined) throw new Error('an open item was locked that no row is about')
    const after = follow(before, item, load)
    const changes = Object.fromEntries(
      fields.flatMap((field) => (before[field] === after[field] ? [] : [[field, [before[field], after[field]]]])),
    )
    return Object.keys(changes).length === 0 ? [] : [{ before, after, changes, item }]
  })
  if (rows.length === 0) return []
  await saveItems(
    write,
    load,
    rows.map(({ after, item }) => ({ ...after, hash: `\\x${item.hash}`, row: item.row })),
  )
  await insertChanges(
    write,
    load.batchId,
    rows.map(({ after, changes, item }) => ({ openItemId: after.id, version: after.version, changes, row: item.row })),
  )
  return rows
}

/** The item as the source has it now, with what is pending here taken off. */
const follow = (before: Kept, item: SourceItem, load: Load): Kept => {
  const pendingMinor = stillPending(before.pendingMinor, { before: before.ledgerOpenMinor, after: item.ledgerOpenMinor })
  const openMinor = item.ledgerOpenMinor - pendingMinor
  // A number once told stays true for rows that only name the customer.
  const keepsCustomer = item.customerName !== null && before.customerName === null
  return {
    ...before,
    legalEntityId: item.legalEntityId,
    customerId: keepsCustomer ? before.customerId : item.customerId,
    customerName: keepsCustomer ? null : item.customerName,
    kind: item.kind,
    number: item.number,
    currency: item.currency,
    originalMinor: item.originalMinor,
    ledgerOpenMinor: item.ledgerOpenMinor,
    pendingMinor,
    openMinor,
    isDisputed: item.isDisputed,
    documentOn: item.documentOn,
    dueOn: item.dueOn,
    paymentTermsId: item.paymentTermsId,
    closedOn: openMinor === 0n ? (item.closedOn ?? before.closedOn ?? load.closedOn) : null,
    version: before.version + 1,
  }
}

const saveItems = ({ tx, clientId, now }: Write, load: Load, rows: readonly object[]) => tx.sql`
  update open_item i
  set legal_entity_id = n."legalEntityId", customer_id = n."customerId", customer_name = n."customerName", kind = n.kind, number = n.number,
    currency = n.currency, original_minor = n."originalMinor", ledger_open_minor = n."ledgerOpenMinor", pending_minor = n."pendingMinor",
    open_minor = n."openMinor", ledger_is_disputed = n."isDisputed", document_on = n."documentOn", due_on = n."dueOn",
    payment_terms_id = n."paymentTermsId", closed_on = n."closedOn", version = n.version, source_hash = n.hash,
    batch_id = ${load.batchId}, batch_row = n.row, updated_at = ${now}
  from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "legalEntityId" uuid, "customerId" uuid, "customerName" text, kind text,
    number text, currency text, "originalMinor" bigint, "ledgerOpenMinor" bigint, "pendingMinor" bigint, "openMinor" bigint,
    "isDisputed" boolean, "documentOn" date, "dueOn" date, "paymentTermsId" uuid, "closedOn" date, version int, hash bytea, "row" int)
  where i.client_id = ${clientId} and i.id = n.id`

type Change = { readonly openItemId: string; readonly version: number; readonly changes: object; readonly row: number }

const insertChanges = ({ tx, clientId, now, newId }: Write, batchId: string, changes: readonly Change[]) => tx.sql`
  insert into open_item_change (client_id, id, open_item_id, version, batch_id, batch_row, changes, at)
  select ${clientId}, n.id, n."openItemId", n.version, ${batchId}, n.row, n.changes, ${now}
  from jsonb_to_recordset(${json(changes.map((change) => ({ ...change, id: newId() })))}::jsonb)
    as n (id uuid, "openItemId" uuid, version int, changes jsonb, "row" int)`

type ToldChange = {
  readonly openItemId: string
  readonly version: number
  readonly beforeMinor: bigint
  readonly afterMinor: bigint
  readonly closedOn: Day | null
  readonly dataAsOf: Date
}

/** What loads did to the open amounts of some items, by item, in the order of their versions. */
export const openChangesOf = async (
  { tx, clientId }: Write,
  itemIds: readonly string[],
  timeZone: string,
): Promise<ReadonlyMap<string, readonly OpenChange[]>> => {
  const rows = await tx.sql<ToldChange>`
    select c.open_item_id as "openItemId", c.version, (c.changes -> 'openMinor' ->> 0)::bigint as "beforeMinor",
      (c.changes -> 'openMinor' ->> 1)::bigint as "afterMinor", (c.changes -> 'closedOn' ->> 1)::date as "closedOn",
      b.data_as_of as "dataAsOf"
    from open_item_change c join import_batch b on b.client_id = c.client_id and b.id = c.batch_id
    where c.client_id = ${clientId} and c.open_item_id = any (${[...itemIds]}::uuid[]) and c.changes ? 'openMinor'
    order by c.open_item_id, c.version`
  return groupInto(
    rows,
    ({ openItemId }) => openItemId,
    ({ version, beforeMinor, afterMinor, closedOn, dataAsOf }) => ({
      ...{ version, beforeMinor, afterMinor },
      on: closedOn ?? dayIn(timeZone, dataAsOf),
    }),
  )
}

/**
 * Loads of one client go one after the other; held until the unit ends. A load makes its tables grow under its own
 * statements, and the server knows nothing of what they hold until it has counted again. So each statement is planned anew,
 * and lists of keys are joined: then the worst plan walks a client once for each chunk. A probe for each key, or `= any`
 * over a thousand keys, was seen to walk it once for each key (3 s for a chunk of 1,000 over 20,000 items, instead of 9 ms).
 */
export const holdLedger = ({ tx, clientId }: Write) => tx.sql`
  select set_config('plan_cache_mode', 'force_custom_plan', true), pg_advisory_xact_lock(hashtextextended(${`ledger ${clientId}`}, 0))`

export const hasItemsFrom = async ({ tx, clientId }: Write, source: string): Promise<boolean> => {
  const rows = await tx.sql`select 1 from open_item where client_id = ${clientId} and source = ${source} limit 1`
  return rows.length > 0
}

/** Those among the names that stand for the customer of some item. */
export const namesInUse = async ({ tx, clientId }: Write, names: readonly string[]): Promise<string[]> => {
  const rows = await tx.sql<{ name: string }>`
    select distinct o.customer_name as name from unnest(${[...names]}::text[]) as n (name)
    join open_item o on o.customer_name = n.name where o.client_id = ${clientId} and o.customer_name is not null`
  return rows.map(({ name }) => name)
}

export type Move = { readonly fromId: string; readonly toId: string }

/** Whom a name means now, by which row of the load. */
export type NameMeans = { readonly name: string; readonly customerId: string; readonly row: number }

/** So many names may be looked up one by one, whatever the plan. */
const namesInTurnMax = 100

/**
 * Gives items that came by name to whom the name means now, and tells which customers lost and won some. The client is
 * joined, not given: by itself it would seem to narrow enough while the statistics do not know of the load yet.
 */
export const moveItemsByName = async (
  write: Write,
  batchId: string,
  names: readonly NameMeans[],
): Promise<{ readonly moved: number; readonly moves: readonly Move[] }> => {
  const { tx, clientId, now } = write
  const join = () => tx.sql<Move & { id: string; version: number; row: number }>`
    with due as (
      select o.client_id, o.id, o.customer_id as from_id, n.to_id, n.row
      from unnest(${names.map(({ name }) => name)}::text[], ${names.map(({ customerId }) => customerId)}::uuid[],
        ${names.map(({ row }) => row)}::int[]) as n (name, to_id, "row")
      join open_item o on o.customer_name = n.name
      where o.client_id = ${clientId} and o.customer_name is not null and o.customer_id <> n.to_id order by o.id for update of o
    )
    update open_item i set customer_id = due.to_id, version = i.version + 1, updated_at = ${now}
    from due where i.client_id = due.client_id and i.id = due.id
    returning i.id, i.version, due.row, due.from_id as "fromId", due.to_id as "toId"`
  const rows = names.length > namesInTurnMax ? await withoutNestedLoops(tx, join) : await join()
  const moves = new Map<string, Move>()
  for (const { fromId, toId } of rows) moves.set(`${fromId} ${toId}`, { fromId, toId })
  for (let start = 0; start < rows.length; start += 1_000) {
    const some = rows.slice(start, start + 1_000)
    const changes = some.map(({ id, version, row, fromId, toId }) => ({
      openItemId: id,
      version,
      changes: { customerId: [fromId, toId] },
      row,
    }))
    await insertChanges(write, batchId, changes)
  }
  return { moved: rows.length, moves: [...moves.values()] }
}

/** Those among the customers that have no item left, open or closed. */
export const withoutItems = async ({ tx, clientId }: Write, customerIds: readonly string[]): Promise<string[]> => {
  const rows = await tx.sql<{ id: string }>`
    select n.id from unnest(${[...customerIds]}::uuid[]) as n (id)
    where not exists (select 1 from open_item i where i.client_id = ${clientId} and i.customer_id = n.id)`
  return rows.map(({ id }) => id)
}

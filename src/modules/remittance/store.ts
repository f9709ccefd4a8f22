import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { Followers, ReceiptKey } from '../cash/index.ts'
import type { ReadLine } from './input.ts'
import type { Instruction, Step } from './instruction.ts'
import type { NamedItem, Outcome } from './work-off.ts'

// Owner of the tables cash_result, cash_instruction, remittance_advice and remittance_line.

const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

export type NewResult = {
  readonly id: string
  readonly key: string
  readonly receiptKey: string
  /** SHA-256 in hex of what was posted. */
  readonly fingerprint: string
}

/** Ids of the results that are new; whoever comes second with a key waits until the first has committed. */
export const insertResults = async (
  write: Write,
  source: string,
  results: readonly NewResult[],
): Promise<ReadonlySet<string>> => {
  const { tx, clientId, viewer, now } = write
  const sorted = [...results].sort((a, b) => (a.key < b.key ? -1 : 1))
  const rows = await tx.sql<{ id: string }>`
    insert into cash_result (client_id, id, source, key, receipt_key, fingerprint, principal_id, posted_at)
    select ${clientId}, n.id, ${source}, n.key, n."receiptKey", decode(n.fingerprint, 'hex'), ${viewer.id}, ${now}
    from jsonb_to_recordset(${json(sorted)}::jsonb) as n (id uuid, key text, "receiptKey" text, fingerprint text)
    on conflict (client_id, source, key) do nothing returning id`
  return new Set(rows.map(({ id }) => id))
}

export type KeptResult = { readonly id: string; readonly key: string; readonly fingerprint: string; readonly receiptKey: string }

export const resultsByKey = async (
  { tx, clientId }: Write,
  source: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, KeptResult>> => {
  if (keys.length === 0) return new Map()
  const rows = await tx.sql<KeptResult>`
    select r.id, r.key, encode(r.fingerprint, 'hex') as fingerprint, r.receipt_key as "receiptKey"
    from unnest(${[...keys]}::text[]) as k (key)
    cross join lateral (
      select * from cash_result r where r.client_id = ${clientId} and r.source = ${source} and r.key = k.key limit 1) r`
  return new Map(rows.map((row) => [row.key, row]))
}

export type NewInstruction = {
  readonly resultId: string
  readonly receiptKey: string
  readonly place: number
  readonly groupNo: number
  readonly step: Step
}

/** Steps wait until they are worked off, which happens in the same command. */
export const insertInstructions = async (write: Write, source: string, instructions: readonly NewInstruction[]) => {
  if (instructions.length === 0) return
  const { tx, clientId, now, newId } = write
  const rows = instructions.map(({ step, ...place }) => ({ ...place, ...step, id: newId() }))
  await tx.sql`
    insert into cash_instruction (client_id, id, result_id, place, group_no, kind, source, receipt_key, item_number, legal_entity_code,
      customer_number, target_key, body, state, waits_for, created_at)
    select ${clientId}, n.id, n."resultId", n.place, n."groupNo", n.kind, ${source}, n."receiptKey", n."itemNumber", n."legalEntityCode",
      n."customerNumber", n."targetKey", n.body, 'WAITING', 'RECEIPT', ${now}
    from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "resultId" uuid, place int, "groupNo" int, kind text, "receiptKey" text,
      "itemNumber" text, "legalEntityCode" text, "customerNumber" text, "targetKey" text, body jsonb)`
}

/** Every step that is about some receipts of a source, done or not, in the order they were posted. */
export const instructionsOf = async (
  { tx, clientId }: Write,
  source: string,
  receiptKeys: readonly string[],
): Promise<Instruction[]> => {
  if (receiptKeys.length === 0) return []
  return tx.sql<Instruction>`
    select i.id, i.result_id as "resultId", r.key as "resultKey", i.place, i.group_no as "groupNo", i.kind, i.receipt_key as "receiptKey",
      i.item_number as "itemNumber", i.legal_entity_code as "legalEntityCode", i.customer_number as "customerNumber",
      i.target_key as "targetKey", i.body, i.state, i.waits_for as "waitsFor", i.settlement_id as "settlementId"
    from unnest(${[...new Set(receiptKeys)]}::text[]) as k (key)
    join cash_instruction i on i.receipt_key = k.key
    join cash_result r on r.client_id = i.client_id and r.id = i.result_id
    where i.client_id = ${clientId} and i.source = ${source} order by i.id`
}

export const saveOutcomes = async ({ tx, clientId, now }: Write, outcomes: ReadonlyMap<string, Outcome>) => {
  if (outcomes.size === 0) return
  const rows = [...outcomes].map(([id, outcome]) => ({ id, ...outcome }))
  await tx.sql`
    update cash_instruction i set state = n.state, waits_for = n."waitsFor", settlement_id = n."settlementId",
      done_at = case when n.state = 'WAITING' then null else ${now}::timestamptz end
    from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, state text, "waitsFor" text, "settlementId" uuid)
    where i.client_id = ${clientId} and i.id = n.id`
}

/** More items of one number than this are as good as none: nothing tells which of them is meant. */
const namesakesMax = 50

/** Open items by the numbers that steps name. Closed ones too: what they name may have been paid meanwhile. */
export const itemsNamed = async ({ tx, clientId }: Write, numbers: readonly string[]): Promise<NamedItem[]> => {
  if (numbers.length === 0) return []
  return tx.sql<NamedItem>`
    select o.id, o.number, e.code as "legalEntityCode"
    from unnest(${[...new Set(numbers)]}::text[]) as n (number)
    cross join lateral (select * from open_item o where o.client_id = ${clientId} and o.number = n.number limit ${namesakesMax}) o
    join legal_entity e on e.client_id = o.client_id and e.id = o.legal_entity_id order by o.id`
}

export type NewAdvice = {
  readonly id: string
  readonly receiptKey: string
  readonly receiptId: string | null
  readonly resultId: string | null
  readonly payerName: string | null
  readonly currency: string
  /** What it is about in all, where that is told. */
  readonly amountMinor?: bigint | null
  readonly lines: readonly ReadLine[]
}

export const insertAdvices = async (write: Write, source: string, advices: readonly NewAdvice[]) => {
  if (advices.length === 0) return
  const { tx, clientId, now, newId } = write
  await tx.sql`
    insert into remittance_advice (client_id, id, source, receipt_key, receipt_id, result_id, payer_name, currency, amount_minor, received_at)
    select ${clientId}, n.id, ${source}, n."receiptKey", n."receiptId", n."resultId", n."payerName", n.currency, n."amountMinor", ${now}
    from jsonb_to_recordset(${json(advices)}::jsonb) as n (id uuid, "receiptKey" text, "receiptId" uuid, "resultId" uuid, "payerName" text,
      currency text, "amountMinor" bigint)`
  const lines = advices.flatMap(({ id: adviceId, lines: some }) =>
    some.map((line, place) => ({ ...line, id: newId(), adviceId, place })),
  )
  if (lines.length === 0) return
  await tx.sql`
    insert into remittance_line (client_id, id, advice_id, place, reference, paid_minor, discount_minor, deductions)
    select ${clientId}, n.id, n."adviceId", n.place, n.reference, n."paidMinor", n."discountMinor", n.deductions
    from jsonb_to_recordset(${json(lines)}::jsonb) as n (id uuid, "adviceId" uuid, place int, reference text, "paidMinor" bigint,
      "discountMinor" bigint, deductions jsonb)`
}

/** Advices that came before their receipt get it; the keys of receipts that now are explained. */
export const attachAdvices = async (
  { tx, clientId }: Write,
  source: string,
  receipts: readonly { readonly id: string; readonly receiptKey: string }[],
): Promise<ReadonlySet<string>> => {
  if (receipts.length === 0) return new Set()
  const rows = await tx.sql<{ receiptId: string }>`
    update remittance_advice a set receipt_id = n.id
    from unnest(${receipts.map(({ id }) => id)}::uuid[], ${receipts.map(({ receiptKey }) => receiptKey)}::text[]) as n (id, key)
    where a.client_id = ${clientId} and a.source = ${source} and a.receipt_key = n.key and a.receipt_id is null
    returning a.receipt_id as "receiptId"`
  return new Set(rows.map(({ receiptId }) => receiptId))
}

/** In which currency receipts were told of, by results that came before their payment. */
export const currenciesTold = async (
  { tx, clientId }: Write,
  source: string,
  receiptKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (receiptKeys.length === 0) return new Map()
  const rows = await tx.sql<{ key: string; currency: string }>`
    select k.key, c.currency from unnest(${[...new Set(receiptKeys)]}::text[]) as k (key)
    cross join lateral (
      select i.body ->> 'currency' as currency from cash_instruction i
      where i.client_id = ${clientId} and i.source = ${source} and i.receipt_key = k.key and i.kind in ('SETTLE', 'MOVE')
      union all
      select a.currency from remittance_advice a
      where a.client_id = ${clientId} and a.source = ${source} and a.receipt_key = k.key and a.receipt_id is null
      limit 1) c`
  return new Map(rows.map(({ key, currency }) => [key, currency]))
}

/** Receipt keys with a remittance that found no receipt yet. */
export const adviceKeys = async (
  { tx, clientId }: Write,
  source: string,
  receiptKeys: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (receiptKeys.length === 0) return new Set()
  const rows = await tx.sql<{ key: string }>`
    select distinct a.receipt_key as key from unnest(${[...new Set(receiptKeys)]}::text[]) as k (key)
    join remittance_advice a on a.receipt_key = k.key where a.client_id = ${clientId} and a.source = ${source}`
  return new Set(rows.map(({ key }) => key))
}

/** Whether any step waits for something that comes with a load, or with time alone. */
export const isAnythingWaiting = async ({ tx, clientId }: Pick<Write, 'tx' | 'clientId'>): Promise<boolean> => {
  const rows = await tx.sql`
    select 1 from cash_instruction
    where client_id = ${clientId} and state = 'WAITING' and waits_for in ('OPEN_ITEM', 'CUSTOMER', 'ROOM', 'CURRENCY', 'TOLERANCE') limit 1`
  return rows.length > 0
}

/** A receipt of a source, as steps are about it. */
export type Addressed = ReceiptKey

/** Whose steps wait for what a load may have brought: an item, a customer, or room on either. */
export const waitingForLoad = ({ tx, clientId }: Write): Promise<Addressed[]> => tx.sql<Addressed>`
  select distinct i.source, i.receipt_key as "receiptKey" from cash_instruction i
  where i.client_id = ${clientId} and i.state = 'WAITING' and i.waits_for in ('OPEN_ITEM', 'CUSTOMER', 'ROOM', 'CURRENCY') and (
    exists (select 1 from open_item o where o.client_id = i.client_id and o.number = i.item_number)
    or exists (select 1 from customer c where c.client_id = i.client_id and c.number = i.customer_number)
    or i.kind in ('MOVE', 'SETTLE') and i.waits_for = 'CUSTOMER')`

/** What a step waits for that an item gives it which is open again. */
const forItem = part`i.state = 'WAITING' and i.waits_for in ('ROOM', 'OPEN_ITEM')`

/** Whose steps wait for some items. */
export const waitingForItems = ({ tx, clientId }: Write, openItemIds: readonly string[]): Promise<Addressed[]> =>
  tx.sql<Addressed>`
    select distinct i.source, i.receipt_key as "receiptKey"
    from unnest(${[...openItemIds]}::uuid[]) as n (id)
    join open_item o on o.id = n.id and o.client_id = ${clientId}
    join cash_instruction i on i.client_id = o.client_id and i.item_number = o.number
    where ${forItem}`

/** Whose steps wait for something of some receipts. */
export const waitingForReceipts = ({ tx, clientId }: Write, receiptIds: readonly string[]): Promise<Addressed[]> =>
  tx.sql<Addressed>`
    select distinct i.source, i.receipt_key as "receiptKey"
    from unnest(${[...receiptIds]}::uuid[]) as n (id)
    join receipt r on r.id = n.id and r.client_id = ${clientId}
    join cash_instruction i on i.client_id = r.client_id and i.source = r.source and i.receipt_key = r.source_key
    where i.state = 'WAITING'`

/** Whose steps wait for somebody to be known, or to be one who may pay. */
export const waitingForCustomers = ({ tx, clientId }: Write): Promise<Addressed[]> => tx.sql<Addressed>`
  select distinct i.source, i.receipt_key as "receiptKey" from cash_instruction i
  where i.client_id = ${clientId} and i.state = 'WAITING' and i.waits_for = 'CUSTOMER'`

/** Whose steps wait for something of some receipts, or name an item that these have settled. */
export const waitingBehind = async (write: Write, receiptIds: readonly string[], mayUndo: boolean): Promise<Addressed[]> => {
  const { tx, clientId } = write
  const own = await waitingForReceipts(write, receiptIds)
  if (!mayUndo) return own
  const others = await tx.sql<Addressed>`
    select distinct i.source, i.receipt_key as "receiptKey"
    from unnest(${[...receiptIds]}::uuid[]) as n (id)
    join application a on a.client_id = ${clientId} and a.receipt_id = n.id
    join open_item o on o.client_id = a.client_id and o.id = a.open_item_id
    join cash_instruction i on i.client_id = o.client_id and i.item_number = o.number
    where ${forItem}`
  return [...own, ...others]
}

type ToldOf = { readonly key: string; readonly receiptKey: string; readonly takesBack: boolean }

/** Whose steps name an item that is freed by results: by what they take back, or by what only waited for them to do so. */
export const waitingBehindResults = (
  { tx, clientId }: Write,
  source: string,
  results: readonly ToldOf[],
): Promise<readonly Addressed[]> => {
  const takers = results.filter(({ takesBack }) => takesBack).map(({ receiptKey }) => receiptKey)
  return tx.sql<Addressed>`
    select distinct i.source, i.receipt_key as "receiptKey"
    from (
      select unnest(${takers}::text[]) as key
      union
      select w.receipt_key from unnest(${results.map(({ receiptKey }) => receiptKey)}::text[]) as n (key)
      join cash_instruction w on w.client_id = ${clientId} and w.source = ${source} and w.receipt_key = n.key
      where w.state = 'WAITING' and w.kind in ('UNDO', 'REVERSE')
        and (w.waits_for <> 'RESULT' or w.target_key = any (${results.map(({ key }) => key)}::text[]))
    ) t
    join receipt r on r.client_id = ${clientId} and r.source = ${source} and r.source_key = t.key
    join application a on a.client_id = r.client_id and a.receipt_id = r.id
    join open_item o on o.client_id = a.client_id and o.id = a.open_item_id
    join cash_instruction i on i.client_id = o.client_id and i.item_number = o.number
    where ${forItem}`
}

/** What working off the steps of some receipts takes: the receipts themselves, and the items that they name or settled. */
export const rowsBehind = async ({ tx, clientId }: Write, addressed: readonly Addressed[]): Promise<Followers> => {
  if (addressed.length === 0) return { receipts: [], items: [] }
  const [sources, keys] = [addressed.map(({ source }) => source), addressed.map(({ receiptKey }) => receiptKey)]
  const receipts = await tx.sql<{ id: string }>`
    select r.id from unnest(${sources}::text[], ${keys}::text[]) as n (source, key)
    join receipt r on r.client_id = ${clientId} and r.source = n.source and r.source_key = n.key`
  const items = await tx.sql<{ id: string }>`
    select o.id from unnest(${sources}::text[], ${keys}::text[]) as n (source, key)
    join cash_instruction i on i.client_id = ${clientId} and i.source = n.source and i.receipt_key = n.key and i.state = 'WAITING'
    join open_item o on o.client_id = i.client_id and o.number = i.item_number
    union
    select a.open_item_id from unnest(${receipts.map(({ id }) => id)}::uuid[]) as r (id)
    join application a on a.client_id = ${clientId} and a.receipt_id = r.id`
  return { receipts: receipts.map(({ id }) => id), items: items.map(({ id }) => id) }
}

/** Whose steps wait for a larger tolerance. */
export const waitingForTolerance = ({ tx, clientId }: Write): Promise<Addressed[]> => tx.sql<Addressed>`
  select distinct i.source, i.receipt_key as "receiptKey" from cash_instruction i
  where i.client_id = ${clientId} and i.state = 'WAITING' and i.waits_for = 'TOLERANCE'`

/** What an entry of a bank takes back, as far as it says: any of these keys may name the payment. */
export type TakenBack = {
  readonly key: string
  readonly account: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly keys: readonly string[]
}

/** For each reversal the one receipt that it can mean: of the same account, currency and amount, under one of its references. */
export const receiptsTakenBack = async (
  { tx, clientId }: Write,
  reversals: readonly TakenBack[],
): Promise<ReadonlyMap<string, { readonly id: string; readonly receiptKey: string }>> => {
  const named = reversals.flatMap(({ keys, ...rest }) => keys.map((name) => ({ ...rest, name })))
  if (named.length === 0) return new Map()
  const rows = await tx.sql<{ key: string; id: string; receiptKey: string; isReversed: boolean }>`
    select n.key, min(r.id::text)::uuid as id, min(r.source_key) as "receiptKey", bool_or(r.reversed_minor > 0) as "isReversed"
    from jsonb_to_recordset(${json(named)}::jsonb) as n (key text, name text, account text, currency text, "amountMinor" bigint)
    join bank_reference b on b.key = n.name
    join receipt r on r.client_id = b.client_id and r.id = b.receipt_id and r.currency = n.currency and r.amount_minor = n."amountMinor"
    join bank_entry e on e.client_id = r.client_id and e.id = r.bank_entry_id
      and upper(regexp_replace(e.account, '[^0-9A-Za-z]', '', 'g')) = n.account
    where b.client_id = ${clientId}
    group by n.key having count(distinct r.id) = 1`
  return new Map(rows.filter(({ isReversed }) => !isReversed).map(({ key, ...receipt }) => [key, receipt]))
}

/** Advices that wait for their payment, and the one receipt that bears the reference, in the same amount. */
export const advicesThatNameOne = ({ tx, clientId }: Write, source: string): Promise<{ adviceId: string; receiptId: string }[]> =>
  tx.sql<{ adviceId: string; receiptId: string }>`
    select a.id as "adviceId", min(r.id::text)::uuid as "receiptId"
    from (
      select id, split_part(receipt_key, '|', 1) as name, split_part(receipt_key, '|', 2) as currency, split_part(receipt_key, '|', 3) as minor
      from remittance_advice
      where client_id = ${clientId} and source = ${source} and receipt_id is null and receipt_key ~ '^[^|]+[|][A-Z]{3}[|][0-9]{1,18}$') a
    join bank_reference b on b.client_id = ${clientId} and b.key = a.name
    join receipt r on r.client_id = b.client_id and r.id = b.receipt_id and r.currency = a.currency and r.amount_minor = a.minor::bigint
      and r.reversed_minor = 0
    group by a.id having count(*) = 1`

export const tieAdvices = async (
  { tx, clientId }: Write,
  ties: readonly { readonly adviceId: string; readonly receiptId: string }[],
) => {
  if (ties.length === 0) return
  await tx.sql`
    update remittance_advice a set receipt_id = n.receipt_id
    from unnest(${ties.map(({ adviceId }) => adviceId)}::uuid[], ${ties.map(({ receiptId }) => receiptId)}::uuid[]) as n (id, receipt_id)
    where a.client_id = ${clientId} and a.id = n.id`
}

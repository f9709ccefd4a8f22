import { type Day, endOfMonth } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { settleItems } from '../receivable/index.ts'
import type { Book, BookApplication, BookReceipt, ReversalReason } from './book.ts'
import type { ReceiptState } from './receipt-states.ts'

// Owner of the tables receipt, application and receipt_move.

/** JSON for a recordset: amounts as text, because a JSON number is a float on its way. */
const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

export type NewReceipt = {
  readonly id: string
  readonly valueOn: Day
  readonly reference: string
  readonly payerName: string | null
  readonly payerAccount: string | null
  readonly bankText: string
  /** What banks kept on the way, in the receipt's currency, and what the payer ordered before exchange; where told. */
  readonly bankFeeMinor?: bigint | null
  readonly instructedMinor?: bigint | null
  readonly instructedCurrency?: string | null
  readonly source: string | null
  readonly sourceKey: string | null
  /** The entry of a bank that it came with. */
  readonly bankEntryId?: string | null
}

/** What a receipt is besides its money: `saveBook` writes both together. */
export type ReceiptFacts = ReadonlyMap<string, NewReceipt>

type ReceiptRow = Omit<BookReceipt, 'buckets' | 'isCleared'> & {
  readonly appliedMinor: bigint
  readonly onAccountMinor: bigint
  readonly unappliedMinor: bigint
  readonly unidentifiedMinor: bigint
  readonly refundedMinor: bigint
  readonly chargesMinor: bigint
  readonly reversedMinor: bigint
  readonly clearedOn: Day | null
}

const asReceipt = (row: ReceiptRow): BookReceipt => ({
  id: row.id,
  customerId: row.customerId,
  legalEntityId: row.legalEntityId,
  currency: row.currency,
  amountMinor: row.amountMinor,
  buckets: {
    APPLIED: row.appliedMinor,
    ON_ACCOUNT: row.onAccountMinor,
    UNAPPLIED: row.unappliedMinor,
    UNIDENTIFIED: row.unidentifiedMinor,
    REFUNDED: row.refundedMinor,
    CHARGES: row.chargesMinor,
    REVERSED: row.reversedMinor,
  },
  hasRemittance: row.hasRemittance,
  isEscheatReview: row.isEscheatReview,
  postedReference: row.postedReference,
  isCleared: row.clearedOn !== null,
  reversalReason: row.reversalReason,
  state: row.state,
  version: row.version,
})

/** Receipts held until the unit ends, in the order of their ids: whoever moves their money must hold them. */
export const lockReceipts = async ({ tx, clientId }: Write, ids: readonly string[]): Promise<BookReceipt[]> => {
  if (ids.length === 0) return []
  const rows = await tx.sql<ReceiptRow>`
    select id, customer_id as "customerId", legal_entity_id as "legalEntityId", currency, amount_minor as "amountMinor",
      applied_minor as "appliedMinor", on_account_minor as "onAccountMinor", unapplied_minor as "unappliedMinor",
      unidentified_minor as "unidentifiedMinor", refunded_minor as "refundedMinor", charges_minor as "chargesMinor",
      reversed_minor as "reversedMinor", has_remittance as "hasRemittance", is_escheat_review as "isEscheatReview",
      posted_reference as "postedReference", cleared_on as "clearedOn", reversal_reason as "reversalReason", state, version
    from receipt where client_id = ${clientId} and id = any (${[...new Set(ids)].sort()}::uuid[]) order by id for update`
  return rows.map(asReceipt)
}

/** Ledger rows of receipts, for whoever may undo some. Read behind the receipts' locks, so none is missing. */
export const applicationsOf = async ({ tx, clientId }: Write, receiptIds: readonly string[]): Promise<BookApplication[]> => {
  if (receiptIds.length === 0) return []
  return tx.sql<BookApplication>`
    select id, settlement_id as "settlementId", receipt_id as "receiptId", open_item_id as "openItemId", kind, currency,
      amount_minor as "amountMinor", receipt_minor as "receiptMinor", reverses_id as "reversesId", reason,
      is_false_match as "isFalseMatch", match_id as "matchId"
    from application where client_id = ${clientId} and receipt_id = any (${[...receiptIds]}::uuid[]) order by id`
}

/** Which receipt an application belongs to, before anything is locked. */
export const receiptOfApplication = async (
  { tx, clientId }: Write,
  id: string,
): Promise<{ readonly receiptId: string; readonly settlementId: string } | null> => {
  const rows = await tx.sql<{ receiptId: string; settlementId: string }>`
    select receipt_id as "receiptId", settlement_id as "settlementId" from application where client_id = ${clientId} and id = ${id}`
  return rows[0] ?? null
}

/**
 * What was written off in a client's calendar month so far, by currency, less what was taken back of it. Held until the
 * unit ends: commands count one after the other, or two would fit under one cap.
 */
export const writtenOffInMonth = async ({ tx, clientId }: Write, day: Day): Promise<ReadonlyMap<string, bigint>> => {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended(${`write-off ${clientId}`}, 0))`
  const rows = await tx.sql<{ currency: string; minor: bigint }>`
    select currency, sum(amount_minor)::bigint as minor from application
    where client_id = ${clientId} and kind = 'WRITE_OFF' and applied_on between ${`${day.slice(0, 8)}01`}::date and ${endOfMonth(day)}::date
    group by currency`
  return new Map(rows.map(({ currency, minor }) => [currency, minor]))
}

const rowFor = (receipt: BookReceipt, today: Day) => {
  const { buckets } = receipt
  return {
    id: receipt.id,
    customerId: receipt.customerId,
    legalEntityId: receipt.legalEntityId,
    currency: receipt.currency,
    amountMinor: receipt.amountMinor,
    appliedMinor: buckets.APPLIED,
    onAccountMinor: buckets.ON_ACCOUNT,
    unappliedMinor: buckets.UNAPPLIED,
    unidentifiedMinor: buckets.UNIDENTIFIED,
    refundedMinor: buckets.REFUNDED,
    chargesMinor: buckets.CHARGES,
    reversedMinor: buckets.REVERSED,
    hasRemittance: receipt.hasRemittance,
    isEscheatReview: receipt.isEscheatReview,
    postedReference: receipt.postedReference,
    clearedOn: receipt.isCleared ? today : null,
    reversalReason: receipt.reversalReason,
    reversedOn: receipt.reversalReason === null ? null : today,
    state: receipt.state,
  }
}

/** Writes what became of a book: its ledger rows, and the receipts and items that follow from them, in a few statements. */
export const saveBook = async (write: Write, book: Book, today: Day, facts: ReceiptFacts = new Map()) => {
  const { applications, moves, receipts, items } = book.changes()
  const isNew = ({ id }: BookReceipt) => facts.has(id)
  const rows = receipts.map((receipt) => ({ ...rowFor(receipt, today), ...facts.get(receipt.id) }))
  const added = rows.filter((_row, place) => isNew(receipts[place] as BookReceipt))
  const changed = rows.filter((_row, place) => !isNew(receipts[place] as BookReceipt))
  const settled = items.map(({ item: { id }, settledMinor }) => ({ id, amountMinor: settledMinor }))
  // Sent together and done in order: a receipt is there before what refers to it.
  await Promise.all([
    added.length > 0 ? insertReceipts(write, added) : null,
    changed.length > 0 ? updateReceipts(write, changed) : null,
    applications.length > 0 ? insertApplications(write, applications, today) : null,
    moves.length > 0 ? insertMoves(write, moves, today) : null,
    settleItems(write, settled, today),
  ])
}

const insertReceipts = ({ tx, clientId, viewer, now }: Write, rows: readonly object[]) => tx.sql`
  insert into receipt (client_id, id, customer_id, legal_entity_id, currency, amount_minor, applied_minor, on_account_minor, unapplied_minor,
    unidentified_minor, refunded_minor, charges_minor, reversed_minor, has_remittance, is_escheat_review, posted_reference, cleared_on,
    reversal_reason, reversed_on, state, state_since, value_on, reference, payer_name, payer_account, bank_text, bank_fee_minor, instructed_minor, instructed_currency,
    source, source_key, bank_entry_id, principal_id, created_at)
  select ${clientId}, n.id, n."customerId", n."legalEntityId", n.currency, n."amountMinor", n."appliedMinor", n."onAccountMinor",
    n."unappliedMinor", n."unidentifiedMinor", n."refundedMinor", n."chargesMinor", n."reversedMinor", n."hasRemittance",
    n."isEscheatReview", n."postedReference", n."clearedOn", n."reversalReason", n."reversedOn", n.state, ${now}, n."valueOn",
    n.reference, n."payerName", n."payerAccount", n."bankText", n."bankFeeMinor", n."instructedMinor", n."instructedCurrency", n.source, n."sourceKey", n."bankEntryId", ${viewer.id}, ${now}
  from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "customerId" uuid, "legalEntityId" uuid, currency text,
    "amountMinor" bigint, "appliedMinor" bigint, "onAccountMinor" bigint, "unappliedMinor" bigint, "unidentifiedMinor" bigint,
    "refundedMinor" bigint, "chargesMinor" bigint, "reversedMinor" bigint, "hasRemittance" boolean, "isEscheatReview" boolean,
    "postedReference" text, "clearedOn" date, "reversalReason" text, "reversedOn" date, state text, "valueOn" date, reference text,
    "payerName" text, "payerAccount" text, "bankText" text, "bankFeeMinor" bigint, "instructedMinor" bigint, "instructedCurrency" text, source text, "sourceKey" text,
    "bankEntryId" uuid)`

const updateReceipts = ({ tx, clientId, now }: Write, rows: readonly object[]) => tx.sql`
  update receipt r
  set customer_id = n."customerId", applied_minor = n."appliedMinor", on_account_minor = n."onAccountMinor",
    unapplied_minor = n."unappliedMinor", unidentified_minor = n."unidentifiedMinor", refunded_minor = n."refundedMinor",
    charges_minor = n."chargesMinor", reversed_minor = n."reversedMinor", has_remittance = n."hasRemittance",
    is_escheat_review = n."isEscheatReview", posted_reference = n."postedReference",
    cleared_on = case when n."clearedOn" is null then null else coalesce(r.cleared_on, n."clearedOn") end,
    reversal_reason = n."reversalReason",
    reversed_on = case when n."reversedOn" is null then null else coalesce(r.reversed_on, n."reversedOn") end,
    state = n.state, state_since = case when r.state = n.state then r.state_since else ${now} end,
    -- Steps to learn more are counted anew in each state: it is something else that is asked for.
    chase_count = case when r.state = n.state then r.chase_count else 0 end,
    chased_at = case when r.state = n.state then r.chased_at end, version = r.version + 1
  from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "customerId" uuid, "appliedMinor" bigint, "onAccountMinor" bigint,
    "unappliedMinor" bigint, "unidentifiedMinor" bigint, "refundedMinor" bigint, "chargesMinor" bigint, "reversedMinor" bigint,
    "hasRemittance" boolean, "isEscheatReview" boolean, "postedReference" text, "clearedOn" date, "reversalReason" text,
    "reversedOn" date, state text)
  where r.client_id = ${clientId} and r.id = n.id`

/** Sent before the items change: each row keeps the version that it leads its item to. */
const insertApplications = ({ tx, clientId, viewer, now }: Write, rows: readonly BookApplication[], today: Day) => tx.sql`
  insert into application (client_id, id, settlement_id, receipt_id, open_item_id, kind, currency, amount_minor, receipt_minor, reverses_id,
    reason, is_false_match, match_id, item_version, applied_on, principal_id, created_at)
  select ${clientId}, n.id, n."settlementId", n."receiptId", n."openItemId", n.kind, n.currency, n."amountMinor", n."receiptMinor",
    n."reversesId", n.reason, n."isFalseMatch", n."matchId",
    (select o.version + 1 from open_item o where o.client_id = ${clientId} and o.id = n."openItemId"), ${today}::date, ${viewer.id}, ${now}
  from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "settlementId" uuid, "receiptId" uuid, "openItemId" uuid, kind text,
    currency text, "amountMinor" bigint, "receiptMinor" bigint, "reversesId" uuid, reason text, "isFalseMatch" boolean, "matchId" uuid)`

const insertMoves = ({ tx, clientId, viewer, now }: Write, rows: readonly object[], today: Day) => tx.sql`
  insert into receipt_move (client_id, id, receipt_id, currency, amount_minor, from_bucket, to_bucket, reason, moved_on, principal_id, created_at)
  select ${clientId}, n.id, n."receiptId", n.currency, n."amountMinor", n."from", n."to", n.reason, ${today}::date, ${viewer.id}, ${now}
  from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "receiptId" uuid, currency text, "amountMinor" bigint, "from" text,
    "to" text, reason text)`

/** A step to learn what money is for, or whose it is. */
export const noteChase = ({ tx, clientId, now }: Write, receiptId: string) => tx.sql`
  update receipt set chased_at = ${now}, chase_count = chase_count + 1, version = version + 1
  where client_id = ${clientId} and id = ${receiptId}`

export type KnownReceipt = {
  readonly id: string
  readonly sourceKey: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly valueOn: Day
  readonly state: ReceiptState
  readonly reversalReason: ReversalReason | null
}

/** Receipts of a source by its own keys. */
export const receiptsByKey = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  source: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, KnownReceipt>> => {
  if (keys.length === 0) return new Map()
  const rows = await tx.sql<KnownReceipt>`
    select r.id, r.source_key as "sourceKey", r.currency, r.amount_minor as "amountMinor", r.value_on as "valueOn", r.state,
      r.reversal_reason as "reversalReason"
    from unnest(${[...new Set(keys)]}::text[]) as k (key)
    cross join lateral (
      select * from receipt r where r.client_id = ${clientId} and r.source = ${source} and r.source_key = k.key limit 1) r`
  return new Map(rows.map((row) => [row.sourceKey, row]))
}

/** A receipt as its source names it, whether it is there yet or not. */
export type ReceiptKey = { readonly source: string; readonly receiptKey: string }

const sourceLock = (clientId: string, source: string): string => `receipts ${clientId} ${source}`

/**
 * Keys of receipts are taken one after the other: whoever comes second sees the receipt that the first one made. Whoever
 * works on all receipts of the source has all of its keys.
 */
export const holdReceiptKeys = async ({ tx, clientId }: Write, keys: readonly ReceiptKey[]) => {
  if (keys.length === 0) return
  const sources = [...new Set(keys.map(({ source }) => sourceLock(clientId, source)))].sort()
  const names = [...new Set(keys.map(({ source, receiptKey }) => `receipt ${clientId} ${source} ${receiptKey}`))].sort()
  await tx.sql`
    select case when n.place <= ${sources.length} then pg_advisory_xact_lock_shared(hashtextextended(n.name, 0))
      else pg_advisory_xact_lock(hashtextextended(n.name, 0)) end
    from unnest(${[...sources, ...names]}::text[]) with ordinality as n (name, place) order by n.place`
}

/** All keys of a source at once, for a load that brings more of them than locks are for. */
export const holdReceiptsOf = ({ tx, clientId }: Write, source: string) => tx.sql`
  select pg_advisory_xact_lock(hashtextextended(${sourceLock(clientId, source)}, 0))`

/** Money of customers known by a name alone goes along when the name gets its number. */
export const followCustomers = (
  { tx, clientId }: Write,
  moves: readonly { readonly fromId: string; readonly toId: string }[],
) => tx.sql`
  update receipt r set customer_id = n.to_id, version = r.version + 1
  from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
  join customer c on c.id = n.from_id and c.number is null
  where c.client_id = ${clientId} and r.client_id = ${clientId} and r.customer_id = n.from_id`

/** A part of an item that an application settled and nothing undid, with what a deadline is held against. */
export type StandingApplication = {
  readonly openItemId: string
  readonly amountMinor: bigint
  readonly valueOn: Day
  readonly postedOn: Day
  /** The version of the item that it led to. */
  readonly itemVersion: number
}

/** What stands of the ledger of some items. Rows older than the versions they would tell are left out. */
export const standingOf = ({ tx, clientId }: Write, itemIds: readonly string[]): Promise<StandingApplication[]> =>
  tx.sql<StandingApplication>`
    select a.open_item_id as "openItemId", a.amount_minor as "amountMinor", r.value_on as "valueOn", a.applied_on as "postedOn",
      a.item_version as "itemVersion"
    from application a join receipt r on r.client_id = a.client_id and r.id = a.receipt_id
    where a.client_id = ${clientId} and a.open_item_id = any (${[...itemIds]}::uuid[]) and a.reverses_id is null
      and a.item_version is not null
      and not exists (select 1 from application u where u.client_id = a.client_id and u.reverses_id = a.id)`

import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/write.ts'
import type { BankEntry, BankFormat, RemittanceAdvice } from './formats/model.ts'
import { cutText } from './payments.ts'

// Owner of the tables bank_message, bank_entry and bank_reference.

const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

/** Which of some messages no load brought before; from now on this one did. */
export const insertMessages = async (
  { tx, clientId }: Write,
  batchId: string,
  messages: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (messages.length === 0) return new Set()
  const rows = await tx.sql<{ message: string }>`
    insert into bank_message (client_id, message, batch_id)
    select ${clientId}, n.message, ${batchId} from unnest(${[...messages]}::text[]) as n (message)
    on conflict (client_id, message) do nothing returning message`
  return new Set(rows.map(({ message }) => message))
}

/** What is kept of an entry, or of an advice, which is about no account. */
export type NewEntry = {
  readonly id: string
  readonly line: number
  readonly entryKey: string
  readonly repeatsId: string | null
  readonly format: BankFormat
  readonly account: string | null
  readonly currency: string
  readonly amountMinor: bigint
  readonly direction: 'CREDIT' | 'DEBIT'
  readonly status: BankEntry['status'] | 'ADVISED'
  readonly isReversal: boolean
  readonly bookedOn: Day | null
  readonly valueOn: Day | null
  readonly typeCode: string | null
  readonly bankReference: string | null
  readonly payerName: string | null
  readonly text: string
  readonly raw: string
  readonly detailCount: number
  readonly remittanceCount: number
  readonly receiptCount: number
}

type Named = Pick<NewEntry, 'id' | 'entryKey' | 'format' | 'receiptCount' | 'repeatsId'>

const cutOrNull = (text: string | null, most: number): string | null =>
  text === null ? null : cutText(text.trim(), most) || null

const rawCharsMax = 16_384
const textCharsMax = 8_000

/** How much is told of an entry: payments with amounts of their own, and documents that they are for. */
export const toldIn = ({ details }: BankEntry): Pick<NewEntry, 'detailCount' | 'remittanceCount'> => ({
  detailCount: details.filter(({ amountMinor }) => amountMinor !== null).length,
  remittanceCount: details.reduce((count, { remittance }) => count + remittance.length, 0),
})

export const entryRow = (entry: BankEntry, named: Named): NewEntry => {
  const payers = [...new Set(entry.details.map(({ payerName }) => payerName))]
  return {
    ...named,
    ...toldIn(entry),
    line: entry.line,
    account: cutOrNull(entry.account, 100) ?? '-',
    currency: entry.currency,
    amountMinor: entry.amountMinor,
    direction: entry.direction,
    status: entry.status,
    isReversal: entry.isReversal,
    bookedOn: entry.bookedOn,
    valueOn: entry.valueOn,
    typeCode: cutOrNull(entry.typeCode, 100),
    bankReference: cutOrNull(entry.bankReference, 200),
    payerName: payers.length === 1 ? cutOrNull(payers[0] ?? null, 300) : null,
    text: cutText(
      entry.details
        .map(({ text }) => text)
        .filter((text) => text !== '')
        .join('\n'),
      textCharsMax,
    ),
    raw: cutText(entry.raw, rawCharsMax),
  }
}

export const adviceRow = (advice: RemittanceAdvice, named: Omit<Named, 'receiptCount' | 'repeatsId'>): NewEntry => ({
  ...named,
  repeatsId: null,
  line: advice.line,
  account: null,
  currency: advice.currency,
  amountMinor: advice.amountMinor,
  direction: 'CREDIT',
  status: 'ADVISED',
  isReversal: false,
  bookedOn: null,
  valueOn: advice.effectiveOn,
  typeCode: cutOrNull(advice.method, 100),
  bankReference: cutOrNull(advice.reference, 200),
  payerName: cutOrNull(advice.payerName ?? advice.payerId, 300),
  text: '',
  raw: cutText(advice.raw, rawCharsMax),
  detailCount: 0,
  remittanceCount: advice.lines.length,
  receiptCount: 0,
})

export type KnownEntry = Pick<NewEntry, 'id' | 'detailCount' | 'remittanceCount' | 'receiptCount'>

/** Entries that came before, by their keys, with the most that was ever told of each. */
export const entriesByKey = async (
  { tx, clientId }: Write,
  keys: readonly string[],
): Promise<ReadonlyMap<string, KnownEntry>> => {
  if (keys.length === 0) return new Map()
  const rows = await tx.sql<KnownEntry & { key: string }>`
    select k.key, e.id, greatest(e.detail_count, r.details) as "detailCount", greatest(e.remittance_count, r.remittances) as "remittanceCount",
      e.receipt_count as "receiptCount"
    from unnest(${[...keys]}::text[]) as k (key)
    cross join lateral (
      select * from bank_entry f
      where f.client_id = ${clientId} and f.entry_key = decode(k.key, 'hex') and f.repeats_id is null limit 1) e
    cross join lateral (
      select coalesce(max(more.detail_count), 0) as details, coalesce(max(more.remittance_count), 0) as remittances
      from bank_entry more where more.client_id = e.client_id and more.repeats_id = e.id) r`
  return new Map(rows.map((row) => [row.key, row]))
}

export const insertEntries = async ({ tx, clientId, now }: Write, batchId: string, rows: readonly NewEntry[]) => {
  if (rows.length === 0) return
  await tx.sql`
    insert into bank_entry (client_id, id, batch_id, line, entry_key, repeats_id, format, account, currency, amount_minor, direction, status,
      is_reversal, booked_on, value_on, type_code, bank_reference, payer_name, text, raw, detail_count, remittance_count, receipt_count, created_at)
    select ${clientId}, n.id, ${batchId}, n.line, decode(n."entryKey", 'hex'), n."repeatsId", n.format, n.account, n.currency, n."amountMinor",
      n.direction, n.status, n."isReversal", n."bookedOn", n."valueOn", n."typeCode", n."bankReference", n."payerName", n.text, n.raw,
      n."detailCount", n."remittanceCount", n."receiptCount", ${now}
    from json_to_recordset(${json(rows)}::json) as n (id uuid, line int, "entryKey" text, "repeatsId" uuid, format text, account text,
      currency text, "amountMinor" bigint, direction text, status text, "isReversal" boolean, "bookedOn" date, "valueOn" date,
      "typeCode" text, "bankReference" text, "payerName" text, text text, raw text, "detailCount" int, "remittanceCount" int,
      "receiptCount" int)`
}

export type NewReference = { readonly key: string; readonly receiptId: string }

export const insertReferences = async ({ tx, clientId }: Write, rows: readonly NewReference[]) => {
  if (rows.length === 0) return
  await tx.sql`
    insert into bank_reference (client_id, key, receipt_id)
    select ${clientId}, n.key, n.id
    from unnest(${rows.map(({ key }) => key)}::text[], ${rows.map(({ receiptId }) => receiptId)}::uuid[]) as n (key, id)`
}

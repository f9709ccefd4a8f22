import type { BankEntry, EntryDetail, Reference, RemittanceAdvice, RemittanceLine } from './formats/model.ts'
import { asLines } from './formats/x12-remittance.ts'
import { paymentKeys } from './references.ts'

/** Which payments came with an entry, and what is told of each. */

export type BankPayment = {
  /** Above zero. The payments of an entry always add up to it. */
  readonly amountMinor: bigint
  readonly reference: string
  readonly payerName: string | null
  readonly payerAccount: string | null
  /** What payer and bank wrote, and the references that are not in it. */
  readonly text: string
  readonly chargesMinor: bigint | null
  readonly instructed: EntryDetail['instructed']
  readonly lines: readonly RemittanceLine[]
  /** What it may be called by an advice or a reversal. */
  readonly keys: readonly string[]
}

/** Money that came and is there: announced, told or taken back, it is nothing to apply. */
export const isMoneyIn = ({ direction, status, isReversal, amountMinor }: BankEntry): boolean =>
  direction === 'CREDIT' && status === 'BOOKED' && !isReversal && amountMinor > 0n

/** The bank takes back what it booked before. */
export const isTakenBack = ({ direction, status, isReversal }: BankEntry): boolean =>
  direction === 'DEBIT' && status === 'BOOKED' && isReversal

export const paymentsIn = (entry: BankEntry): readonly BankPayment[] => {
  if (!isMoneyIn(entry)) return []
  const minors = partsOf(entry)
  if (minors === null) return [paymentOf(entry, entry.details, entry.amountMinor)]
  return entry.details.map((detail, index) => paymentOf(entry, [detail], minors[index] ?? 0n))
}

type Amount = (detail: EntryDetail) => bigint | null

/** What each payment of a batch is, as told or less what its bank kept: whichever adds up to what came. Null for none. */
const partsOf = ({ details, amountMinor }: BankEntry): readonly bigint[] | null => {
  if (details.length < 2) return null
  const told: Amount = (detail) => detail.amountMinor
  const net: Amount = (detail) => (detail.amountMinor === null ? null : detail.amountMinor - (detail.chargesMinor ?? 0n))
  for (const amountOf of [told, net]) {
    const minors = details.map((detail) => amountOf(detail) ?? 0n)
    if (minors.every((minor) => minor > 0n) && minors.reduce((sum, minor) => sum + minor, 0n) === amountMinor) return minors
  }
  return null
}

/** What a receipt keeps of it. */
const referenceCharsMax = 140
const payerCharsMax = 300
const accountCharsMax = 60
const textCharsMax = 8_000
/** SWIFT's own word for an entry that nobody gave a reference. */
const noReference = 'NONREF'

/** The start of a text; half a character at the cut is left out, and what PostgreSQL's text cannot hold is replaced. */
export const cutText = (text: string, most: number): string => {
  const cut = text.slice(0, most)
  return (cut.isWellFormed() ? cut : cut.slice(0, -1)).toWellFormed().replaceAll('\0', '\ufffd')
}

const cutOrNull = (text: string | null | undefined, most: number): string | null => {
  const cut = cutText((text ?? '').trim(), most)
  return cut === '' ? null : cut
}

const paymentOf = (entry: BankEntry, details: readonly EntryDetail[], amountMinor: bigint): BankPayment => {
  const isWhole = amountMinor === entry.amountMinor && details.length === entry.details.length
  const own: Reference[] = isWhole && entry.bankReference !== null ? [{ kind: 'BANK', value: entry.bankReference }] : []
  const references = [...own, ...details.flatMap((detail) => detail.references)]
  const [only, ...others] = details
  return {
    amountMinor,
    reference: nameIn(references, entry),
    payerName: cutOrNull(same(details.map(({ payerName }) => payerName)), payerCharsMax),
    payerAccount: cutOrNull(same(details.map(({ payerAccount }) => payerAccount)), accountCharsMax),
    text: textOf(details, references),
    chargesMinor: others.length > 0 ? null : (only?.chargesMinor ?? null),
    instructed: others.length > 0 ? null : (only?.instructed ?? null),
    lines: linesOf(details),
    keys: paymentKeys(references),
  }
}

/** What all say alike; null where they differ: a batch of several payers has no payer. */
const same = (values: readonly (string | null)[]): string | null => {
  const [first = null, ...others] = new Set(values)
  return others.length > 0 ? null : first
}

const nameIn = (references: readonly Reference[], { bankReference, details }: BankEntry): string => {
  const byKind = (kind: Reference['kind']) => references.find((reference) => reference.kind === kind)?.value
  const [text = ''] = details[0]?.text.split('\n') ?? []
  const named = [byKind('BANK'), byKind('END_TO_END'), bankReference, references[0]?.value, text]
  return named.map((name) => cutOrNull(name, referenceCharsMax)).find((name) => name !== null) ?? noReference
}

const textOf = (details: readonly EntryDetail[], references: readonly Reference[]): string => {
  const text = details
    .map((detail) => detail.text)
    .filter((part) => part !== '')
    .join('\n')
  const missing = new Set(references.map(({ value }) => value.trim()).filter((value) => value !== '' && !text.includes(value)))
  return cutText([...(text === '' ? [] : [text]), ...missing].join('\n'), textCharsMax)
}

/**
 * The documents that some payments are for. Of several payments in one sum, one that names no document is a line itself:
 * its creditor's reference or its text may say what it is for.
 */
export const linesOf = (details: readonly EntryDetail[]): readonly RemittanceLine[] =>
  details.flatMap((detail) => (detail.remittance.length > 0 || details.length === 1 ? detail.remittance : [asLine(detail)]))

const asLine = ({ amountMinor, references, text }: EntryDetail): RemittanceLine => ({
  line: 1,
  qualifier: null,
  reference: cutText(
    references.find(({ kind }) => kind === 'CREDITOR')?.value ?? text.replaceAll('\n', ' ').trim(),
    referenceCharsMax,
  ),
  paidMinor: amountMinor,
  invoicedMinor: null,
  discountMinor: null,
  documentOn: null,
  adjustments: [],
})

export const linesOfAdvice = (advice: RemittanceAdvice): readonly RemittanceLine[] => asLines(advice, advice.line)

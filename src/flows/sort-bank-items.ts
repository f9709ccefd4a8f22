import type { Day } from '../kernel/day.ts'
import {
  adviceName,
  adviceRow,
  type BankFileEntry,
  type BankFormat,
  type BankPayment,
  cutText,
  entriesByKey,
  entryRow,
  isTakenBack,
  type KnownEntry,
  linesOf,
  linesOfAdvice,
  type NewEntry,
  paymentsIn,
  type RemittanceAdjustment,
  type RemittanceAdvice,
  type RemittanceLine,
  toldIn,
} from '../modules/bank/index.ts'
import type { Arrival, NewAdvice, ReadLine, Reversal } from '../modules/remittance/index.ts'
import type { Write } from '../platform/command.ts'
import { reversalOf } from './bank-reversals.ts'

type EntryItem = { readonly kind: 'ENTRY'; readonly key: string; readonly format: BankFormat; readonly entry: BankFileEntry }
type AdviceItem = {
  readonly kind: 'REMITTANCE'
  readonly key: string
  readonly format: BankFormat
  readonly advice: RemittanceAdvice
}

/** What a file tells, named so that it is known when it comes again. */
export type BankItem = EntryItem | AdviceItem | { readonly kind: 'MESSAGE'; readonly message: string }

/** What becomes of some items: rows to keep, receipts to make, and what is told of them. */
export type Taken = {
  readonly rows: NewEntry[]
  readonly arrivals: { readonly arrival: Arrival; readonly keys: readonly string[] }[]
  readonly advices: NewAdvice[]
  readonly reversals: Reversal[]
  /** Keys of receipts that are there already, and of which more is told now. */
  readonly explained: string[]
}

export const noCounts = () => ({ inserted: 0, changed: 0, unchanged: 0, receipts: 0, withoutReceipt: 0, remittances: 0 })
type Counts = ReturnType<typeof noCounts>

type Sorting = { readonly today: Day; readonly counts: Counts }

/** Tells what of a chunk is new, what says more of something known, and what came before. */
export const sortBankItems = async (write: Write, chunk: readonly BankItem[], { today, counts }: Sorting): Promise<Taken> => {
  const items = chunk.filter((item) => item.kind !== 'MESSAGE')
  const known = new Map<string, KnownEntry>(await entriesByKey(write, [...new Set(items.map(({ key }) => key))]))
  const taken: Taken = { rows: [], arrivals: [], advices: [], reversals: [], explained: [] }

  const keep = (row: NewEntry) => {
    taken.rows.push(row)
    known.set(row.entryKey, row)
    counts.inserted += 1
    if (row.receiptCount === 0) counts.withoutReceipt += 1
  }
  const advise = (receiptKey: string, told: Omit<NewAdvice, 'id' | 'receiptKey' | 'receiptId' | 'resultId'>) => {
    taken.advices.push({ id: write.newId(), receiptKey, receiptId: null, resultId: null, ...told })
    counts.remittances += 1
  }

  const takeAdvice = ({ key: entryKey, format, advice }: AdviceItem) => {
    const row = adviceRow(advice, { id: write.newId(), entryKey, format })
    keep(row)
    const { currency, amountMinor } = advice
    advise(adviceName(advice), { payerName: row.payerName, currency, amountMinor, lines: readLines(linesOfAdvice(advice)) })
  }

  const takeEntry = ({ key: entryKey, format, entry }: EntryItem) => {
    const payments = paymentsIn(entry)
    const row = entryRow(entry, { id: write.newId(), entryKey, format, repeatsId: null, receiptCount: payments.length })
    keep(row)
    counts.receipts += payments.length
    if (isTakenBack(entry)) taken.reversals.push(reversalOf(entry, entryKey))
    for (const [place, payment] of payments.entries()) {
      const { payerName, lines, keys } = payment
      const receiptKey = receiptKeyOf(entryKey, place)
      taken.arrivals.push({ arrival: arrivalOf(entry, payment, { receiptKey, bankEntryId: row.id, today }), keys })
      if (lines.length > 0) advise(receiptKey, { payerName, currency: entry.currency, lines: readLines(lines) })
    }
  }

  /** More of money that is there: what came of it stays, and learns what it is for where it is one receipt. */
  const takeMore = ({ key: entryKey, format, entry }: EntryItem, before: KnownEntry) => {
    const row = entryRow(entry, { id: write.newId(), entryKey, format, repeatsId: before.id, receiptCount: 0 })
    taken.rows.push(row)
    known.set(entryKey, { ...before, ...most(before, row) })
    counts.changed += 1
    const lines = linesOf(entry.details)
    if (before.receiptCount !== 1 || lines.length === 0) return
    advise(receiptKeyOf(entryKey, 0), { payerName: null, currency: entry.currency, lines: readLines(lines) })
    taken.explained.push(receiptKeyOf(entryKey, 0))
  }

  for (const item of items) {
    const before = known.get(item.key)
    if (before === undefined) {
      if (item.kind === 'ENTRY') takeEntry(item)
      else takeAdvice(item)
    } else if (item.kind === 'ENTRY' && isMore(toldIn(item.entry), before)) takeMore(item, before)
    else counts.unchanged += 1
  }
  return taken
}

type Told = Pick<KnownEntry, 'detailCount' | 'remittanceCount'>

const isMore = (told: Told, before: Told): boolean =>
  told.detailCount > before.detailCount || told.remittanceCount > before.remittanceCount

const most = (a: Told, b: Told): Told => ({
  detailCount: Math.max(a.detailCount, b.detailCount),
  remittanceCount: Math.max(a.remittanceCount, b.remittanceCount),
})

const receiptKeyOf = (entryKey: string, place: number): string => `${entryKey}/${place}`

type Coming = { readonly receiptKey: string; readonly bankEntryId: string; readonly today: Day }

const arrivalOf = (entry: BankFileEntry, payment: BankPayment, { receiptKey, bankEntryId, today }: Coming): Arrival => ({
  receiptKey,
  currency: entry.currency,
  amountMinor: payment.amountMinor,
  customerId: null,
  legalEntityId: null,
  facts: {
    valueOn: entry.valueOn ?? entry.bookedOn ?? today,
    reference: payment.reference,
    payerName: payment.payerName,
    payerAccount: payment.payerAccount,
    bankText: payment.text,
    bankFeeMinor: payment.chargesMinor,
    instructedMinor: payment.instructed?.minor ?? null,
    instructedCurrency: payment.instructed?.currency ?? null,
    bankEntryId,
  },
})

const numberCharsMax = 140
const reasonCharsMax = 500

const readLines = (lines: readonly RemittanceLine[]): readonly ReadLine[] =>
  lines.map(({ reference, paidMinor, discountMinor, adjustments }) => ({
    reference: cutText(reference.trim(), numberCharsMax) || null,
    paidMinor,
    discountMinor,
    // What raises a payment is no deduction: it is in what the line says was paid.
    deductions: adjustments.filter(({ amountMinor }) => amountMinor < 0n).map(asDeduction),
  }))

const asDeduction = ({ amountMinor, code, codeList, reference, text }: RemittanceAdjustment) => ({
  amountMinor: (-amountMinor).toString(),
  code,
  codeList,
  text: cutText([text, reference].filter((part) => part !== null).join(' '), reasonCharsMax) || null,
})

import type { MatchReceipt } from './facts.ts'
import type { ReferenceField } from './match.ts'
import { accountKey, nameKeys } from './names.ts'
import { isDigits, type Mention, type Reading, readReference, readText } from './references.ts'

/** A text of the receipt and what in it may be a number. */
export type Source = { readonly field: ReferenceField; readonly index: number | null; readonly mentions: readonly Mention[] }

export type ReceiptReading = {
  /** One for each remittance line; null for a line without a reference. */
  readonly lines: readonly (Source | null)[]
  readonly texts: readonly Source[]
  /** There is more than is read: whatever comes of it is not automatic. */
  readonly isCut: boolean
}

/** Bounds of what one receipt can cost: a remittance of two thousand lines stays within them. */
const lineMentionsMax = 60
const linesMentionsMax = 12_000
const textMentionsMax = 400

const noLabels: ReadonlySet<string> = new Set()

export const readReceipt = (receipt: MatchReceipt, own: ReadonlySet<string> = noLabels): ReceiptReading => {
  let isCut = false
  const within = (budget: { left: number }, most: number, read: (mentionsMax: number) => Reading): readonly Mention[] => {
    if (budget.left <= 0) {
      isCut = true
      return []
    }
    const { mentions, isCut: isShortened } = read(Math.min(most, budget.left))
    isCut ||= isShortened
    budget.left -= mentions.length
    return mentions
  }

  const lineBudget = { left: linesMentionsMax }
  const lines = receipt.lines.map(({ reference }, index): Source | null => {
    if (reference === null || reference.trim() === '') return null
    const mentions = within(lineBudget, lineMentionsMax, (mentionsMax) => readReference(reference, { own, mentionsMax }))
    return { field: 'LINE', index, mentions }
  })

  const textBudget = { left: textMentionsMax }
  const textSource = (field: ReferenceField, index: number | null, text: string): Source => ({
    field,
    index,
    mentions: within(textBudget, textMentionsMax, (mentionsMax) => readText(text, { own, mentionsMax })),
  })
  const texts = [
    ...(receipt.reference === null ? [] : [textSource('REFERENCE', null, receipt.reference)]),
    ...receipt.texts.map((text, index) => textSource('TEXT', index, text)),
  ]
  return { lines, texts, isCut }
}

/** Where the payer refers to items: in the lines of the remittance, or, without such lines, in what the bank passes on. */
export const referringSources = ({ lines, texts }: ReceiptReading): readonly Source[] => {
  const referring = lines.filter((source) => source !== null)
  return referring.length > 0 ? referring : texts
}

export type LookupKeys = {
  /** Keys of numbers: `number_key = any (keys) or number_digits = any (digits)` finds every item that may be meant. */
  readonly keys: readonly string[]
  readonly digits: readonly string[]
  /** Keys of customers' numbers, accounts and names that may be the payer's. */
  readonly customerNumbers: readonly string[]
  readonly accounts: readonly string[]
  readonly names: readonly string[]
}

/** Fewer digits than these find no item by themselves. */
const digitsMin = 3

/** What to load before a receipt is matched; items of the customers that it leads to come on top. */
export const lookupKeys = (receipt: MatchReceipt): LookupKeys => {
  const reading = readReceipt(receipt)
  const keys = [...new Set(referringSources(reading).flatMap(({ mentions }) => mentions.map(({ key }) => key)))]
  const names = receipt.payerName === null ? { full: [], core: [] } : nameKeys(receipt.payerName)
  return {
    keys,
    digits: keys.filter((key) => key.length >= digitsMin && isDigits(key)),
    customerNumbers: [...new Set(reading.texts.flatMap(({ mentions }) => mentions.map(({ key }) => key)))],
    accounts: receipt.payerAccount === null ? [] : [accountKey(receipt.payerAccount)].filter((key) => key !== ''),
    names: [...new Set([...names.full, ...names.core])],
  }
}

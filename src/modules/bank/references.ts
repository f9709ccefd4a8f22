import type { Reference, ReferenceKind } from './formats/model.ts'

/** How references are compared, across formats that write one and the same thing in their own way. */

/** Two characters name nothing; and nothing that names a payment is as long as a letter. */
const keyCharsMin = 3
const keyCharsMax = 140

/** Capitals and digits alone, without leading zeros; null where too little is left to name anything. */
export const referenceKey = (value: string): string | null => {
  const key = value
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/^0+/, '')
  return key.length < keyCharsMin || key.length > keyCharsMax ? null : key
}

/** A mandate names a customer, and a creditor's reference an invoice: payment after payment bears the same. */
const namesNoPayment: readonly ReferenceKind[] = ['MANDATE', 'CREDITOR']

/** What a payment may be called by an advice. */
export const paymentKeys = (references: readonly Reference[]): readonly string[] =>
  keysOf(references.filter(({ kind }) => !namesNoPayment.includes(kind)))

const namesOnePayment: readonly ReferenceKind[] = ['BANK', 'END_TO_END', 'UETR', 'TRANSACTION', 'INSTRUCTION', 'CHECK', 'TRACE']

/** What a reversal may call the payment that it takes back: banks and schemes give these out once. */
export const strictKeys = (references: readonly Reference[]): readonly string[] =>
  keysOf(references.filter(({ kind }) => namesOnePayment.includes(kind)))

const keysOf = (references: readonly Reference[]): readonly string[] => [
  ...new Set(references.map(({ value }) => referenceKey(value)).filter((key) => key !== null)),
]

/** Names the payment that an advice is about, until that is there: `trace|currency|amount`. */
export const adviceName = ({
  reference,
  currency,
  amountMinor,
}: {
  readonly reference: string
  readonly currency: string
  readonly amountMinor: bigint
}): string => `${referenceKey(reference) ?? ''}|${currency}|${amountMinor}`

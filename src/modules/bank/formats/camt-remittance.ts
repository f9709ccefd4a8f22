import { codeOf, dayOf, directionOf, minorIn } from './camt-values.ts'
import type { Reference, RemittanceAdjustment, RemittanceLine } from './model.ts'
import { child, children, lineOf, needed, text, textOf, type XmlElement } from './xml-tree.ts'

/** What a payer wrote to its payment: free text, references, and documents with what is paid of each. */

export type Remittance = {
  readonly text: readonly string[]
  readonly references: readonly Reference[]
  readonly lines: readonly RemittanceLine[]
}

export const noRemittance: Remittance = { text: [], references: [], lines: [] }

export const readRemittance = (information: XmlElement, currency: string): Remittance => {
  const structured = children(information, 'Strd')
  const free = [...children(information, 'Ustrd'), ...structured.flatMap((block) => children(block, 'AddtlRmtInf'))]
  return {
    text: free.map(text).filter((line) => line !== null),
    references: structured
      .map(creditorReference)
      .filter((value) => value !== null)
      .map((value) => ({ kind: 'CREDITOR', value })),
    lines: structured.flatMap((block) => linesOf(block, currency)),
  }
}

/** The reference that the creditor gave with its invoice, such as RF18… or a Swiss QR reference. */
const creditorReference = (block: XmlElement): string | null =>
  textOf(block, 'CdtrRefInf', 'Ref') ?? textOf(block, 'CdtrRefInf', 'CdtrRef')

type Document = Pick<RemittanceLine, 'qualifier' | 'reference' | 'documentOn'>

/**
 * A block tells amounts once. With one document they are that document's; with several nobody can say whose, so the documents
 * are told without. A creditor reference stands for the document where a block with amounts names none.
 */
const linesOf = (block: XmlElement, currency: string): RemittanceLine[] => {
  const line = lineOf(block)
  const documents = children(block, 'RfrdDocInf')
    .map((told) => documentOf(told, block))
    .filter((document) => document !== null)
  const [first, second] = documents
  if (second !== undefined) return documents.map((document) => ({ line, ...document, ...unknown }))
  const amounts = amountsOf(block, currency)
  const reference = creditorReference(block)
  if (first !== undefined) return [{ line, ...first, ...signedFor(first.qualifier, amounts) }]
  if (reference === null || amounts === unknown) return []
  const qualifier = codeOf(child(block, 'CdtrRefInf', 'Tp') ?? child(block, 'CdtrRefInf', 'CdtrRefTp'))
  return [{ line, qualifier, reference, documentOn: null, ...amounts }]
}

const documentOf = (told: XmlElement, block: XmlElement): Document | null => {
  const reference = textOf(told, 'Nb') ?? textOf(told, 'RfrdDocNb')
  if (reference === null) return null
  return {
    reference,
    qualifier: codeOf(child(told, 'Tp') ?? child(told, 'RfrdDocTp')),
    // The first version puts the day beside the document.
    documentOn: dayOf(child(told, 'RltdDt') ?? child(block, 'RfrdDocRltdDt')),
  }
}

type Amounts = Pick<RemittanceLine, 'paidMinor' | 'invoicedMinor' | 'discountMinor' | 'adjustments'>

const unknown: Amounts = { paidMinor: null, invoicedMinor: null, discountMinor: null, adjustments: [] }

/** Codes of the typed amounts that replaced one element for each since version 12, by what the element was called before. */
const typed: ReadonlyMap<string, string> = new Map([
  ['DUPA', 'DuePyblAmt'],
  ['REMI', 'RmtdAmt'],
  ['CREN', 'CdtNoteAmt'],
  ['TMDS', 'DscntApldAmt'],
  ['STDS', 'DscntApldAmt'],
  ['APDS', 'DscntApldAmt'],
])

const amountsOf = (block: XmlElement, currency: string): Amounts => {
  const told = children(block, 'RfrdDocAmt')
  if (told.length === 0) return unknown

  /** The sum of the amounts by that name in the currency of the entry; others cannot be told as part of it. */
  const sum = (name: string): bigint | null => {
    const plain = told.flatMap((amounts) => children(amounts, name)).map((one) => child(one, 'Amt') ?? one)
    const coded = told
      .flatMap((amounts) => children(amounts, 'RmtAmtAndTp'))
      .filter((one) => typed.get(codeOf(child(one, 'Tp')) ?? '') === name)
      .map((one) => needed(one, 'Amt'))
    const minors = [...plain, ...coded].map((one) => minorIn(one, currency)).filter((minor) => minor !== null)
    return minors.length === 0 ? null : minors.reduce((total, minor) => total + minor, 0n)
  }

  const remitted = sum('RmtdAmt')
  const credited = sum('CdtNoteAmt')
  const discount = sum('DscntApldAmt')
  const adjustments = told.flatMap((amounts) => children(amounts, 'AdjstmntAmtAndRsn')).map((one) => adjustmentOf(one, currency))
  return {
    // A block of a credit note alone says what it lowers the payment by.
    paidMinor: remitted ?? (credited === null ? null : -credited),
    invoicedMinor: sum('DuePyblAmt'),
    discountMinor: discount === null || discount === 0n ? null : discount,
    adjustments: [
      ...adjustments.filter((one) => one !== null),
      ...(remitted === null || credited === null || credited === 0n ? [] : [creditNote(credited)]),
    ],
  }
}

const creditNote = (minor: bigint): RemittanceAdjustment => ({
  amountMinor: -minor,
  code: 'CREN',
  codeList: 'ISO_20022',
  reference: null,
  text: null,
})

/** Its direction is that of the creditor's money: a credit raises what is paid. Untold it lowers it, as nearly all of them do. */
const adjustmentOf = (told: XmlElement, currency: string): RemittanceAdjustment | null => {
  const minor = minorIn(needed(told, 'Amt'), currency)
  if (minor === null) return null
  const indicator = child(told, 'CdtDbtInd')
  const raises = indicator !== null && directionOf(indicator) === 'CREDIT'
  const code = textOf(told, 'Rsn')
  return {
    amountMinor: raises ? minor : -minor,
    code,
    // Four characters that payer and payee agreed upon: ISO 20022 has no list of them.
    codeList: code === null ? null : 'PAYER',
    reference: null,
    text: textOf(told, 'AddtlInf'),
  }
}

const creditNotes: ReadonlySet<string | null> = new Set(['CREN', 'CNFA'])

/** A credit note takes from the payment what is told of it without a sign, and is not taken off itself once more. */
const signedFor = (qualifier: string | null, amounts: Amounts): Amounts => {
  const { paidMinor, adjustments } = amounts
  if (!creditNotes.has(qualifier) || paidMinor === null) return amounts
  return {
    ...amounts,
    paidMinor: paidMinor < 0n ? paidMinor : -paidMinor,
    adjustments: adjustments.filter(({ codeList }) => codeList !== 'ISO_20022'),
  }
}

import type { StatedDeduction } from './facts.ts'
import { type NoteCode, noteTexts, type RuleUse } from './rule-table.ts'

// What the engine answers: a proposal with its reasons. It moves no money.

export const matchOutcomes = ['AUTOMATIC', 'SUGGESTED', 'NONE'] as const
export type MatchOutcome = (typeof matchOutcomes)[number]

export const lineOutcomes = [
  'EXACT',
  'WITHIN_TOLERANCE',
  'SHORT_PAY',
  'OVER_PAY',
  'DISCOUNT_EARNED',
  'DISCOUNT_UNEARNED',
  'DUPLICATE',
  'PAID_WRONG_ENTITY',
  'NO_OPEN_ITEM',
  'BANK_FEE',
  'FX_DIFFERENCE',
  'WITHHOLDING_TAX',
  'NETTING',
  'AMBIGUOUS',
] as const
export type LineOutcome = (typeof lineOutcomes)[number]

export const payerLevels = ['GIVEN', 'ACCOUNT', 'NUMBER', 'NAME', 'ITEMS', 'NONE'] as const
export type PayerLevel = (typeof payerLevels)[number]

export type PayerCandidate = {
  readonly customerId: string
  readonly number: string | null
  readonly name: string
  readonly rule: RuleUse
  readonly score: number
  /** What of the receipt speaks for it. */
  readonly data: string
}

/** How the payer was identified: the level of the envelope, which says nothing about its items. */
export type PayerMatch = {
  readonly customerId: string | null
  readonly level: PayerLevel
  readonly rule: RuleUse | null
  readonly score: number
  readonly data: string | null
  readonly candidates: readonly PayerCandidate[]
}

export type ItemCandidate = {
  readonly itemId: string
  readonly number: string
  /** The candidate is paid: nothing can be put against it. */
  readonly isSettled: boolean
  readonly score: number
  readonly why: string
}

export const referenceFields = ['LINE', 'REFERENCE', 'TEXT'] as const
export type ReferenceField = (typeof referenceFields)[number]

/** What of the receipt led to an item. */
export type Found = {
  readonly field: ReferenceField
  /** Which line or text, from 0; null for the receipt's one reference. */
  readonly index: number | null
  /** The piece as it was written. */
  readonly text: string
  readonly key: string
  /** Edits between the reference and the item's number; 0 unless the rule is REFERENCE_FUZZY. */
  readonly distance: number
}

/**
 * What a line does to its item, in minor units. Cash is in the receipt's currency, all else in the item's. What is neither
 * settled nor taken as a discount that was not earned nor deducted simply stays open.
 */
export type Effects = {
  /** Negative for a credit memo that is netted. */
  readonly cashMinor: bigint
  readonly discountEarnedMinor: bigint
  /** Taken, not earned, and still owed: a deduction in the making. */
  readonly discountUnearnedMinor: bigint
  readonly writeOffMinor: bigint
  readonly bankFeeMinor: bigint
  readonly withholdingMinor: bigint
  readonly fxMinor: bigint
  /** Held back by the payer and still owed; a code that is null was not told. */
  readonly deductions: readonly StatedDeduction[]
  /** What the item has less open afterwards. */
  readonly settledMinor: bigint
}

export const noEffects: Effects = {
  cashMinor: 0n,
  discountEarnedMinor: 0n,
  discountUnearnedMinor: 0n,
  writeOffMinor: 0n,
  bankFeeMinor: 0n,
  withholdingMinor: 0n,
  fxMinor: 0n,
  deductions: [],
  settledMinor: 0n,
}

/** Effects in one currency: what is settled follows from the rest. */
export const effectsOf = (parts: Partial<Omit<Effects, 'settledMinor'>>): Effects => {
  const all = { ...noEffects, ...parts }
  const settledMinor =
    all.cashMinor + all.discountEarnedMinor + all.writeOffMinor + all.bankFeeMinor + all.withholdingMinor + all.fxMinor
  return { ...all, settledMinor }
}

export type LineMatch = {
  /** The remittance line this answers, from 0; null where the item was found without one. */
  readonly lineIndex: number | null
  readonly itemId: string | null
  readonly itemCurrency: string | null
  readonly outcome: LineOutcome
  /** What found the item. */
  readonly rule: RuleUse | null
  /** What else had a say: how the amount came about, what explains a difference, how the payer is related. */
  readonly further: readonly RuleUse[]
  readonly score: number
  /** The best of those considered, the chosen one first. */
  readonly candidates: readonly ItemCandidate[]
  readonly found: Found | null
  readonly effects: Effects
}

export type Note = {
  readonly code: NoteCode
  readonly lineIndex: number | null
  readonly text: string
  /** It holds the match back: with one such note it is not automatic. */
  readonly isBlocking: boolean
}

export const blocking = (code: NoteCode, { lineIndex = null, detail }: NoteAbout = {}): Note =>
  note(code, lineIndex, detail, true)
export const telling = (code: NoteCode, { lineIndex = null, detail }: NoteAbout = {}): Note =>
  note(code, lineIndex, detail, false)

type NoteAbout = { readonly lineIndex?: number | null; readonly detail?: string }

const note = (code: NoteCode, lineIndex: number | null, detail: string | undefined, isBlocking: boolean): Note => ({
  code,
  lineIndex,
  text: detail === undefined ? noteTexts[code] : `${noteTexts[code]} ${detail}`,
  isBlocking,
})

export const restUses = ['NONE', 'UNAPPLIED', 'ON_ACCOUNT'] as const
export type RestUse = (typeof restUses)[number]

export type Match = {
  readonly receiptId: string
  readonly policyVersion: number
  readonly outcome: MatchOutcome
  readonly payer: PayerMatch
  readonly lines: readonly LineMatch[]
  /** What no line takes; with the cash of all lines it is the receipt's amount. */
  readonly restMinor: bigint
  readonly restUse: RestUse
  readonly notes: readonly Note[]
}

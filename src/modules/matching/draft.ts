import type { Entry } from './book.ts'
import type { Effect } from './differences.ts'
import type { MatchLine, StatedDeduction } from './facts.ts'
import { blocking, type Effects, effectsOf, type LineOutcome, type Note } from './match.ts'
import type { NoteCode, RuleId } from './rule-table.ts'

/** An item that the receipt is for, in the receipt's currency, and what the payer says of it. */
export type Due = { readonly lineIndex: number | null; readonly told: MatchLine | null; readonly entry: Entry }

export type Paid = {
  readonly effects: Effects
  readonly outcome: LineOutcome
  /** What shaped the amounts. */
  readonly rules: readonly RuleId[]
  readonly notes: readonly Note[]
}

/** A line while its amounts are being found. */
export type Draft = {
  readonly due: Due
  cashMinor: bigint
  /** What is to be paid for it where the payer did not say how much; null where that is settled. */
  expectedMinor: bigint | null
  readonly parts: Record<Effect, bigint>
  readonly deductions: StatedDeduction[]
  outcome: LineOutcome
  readonly rules: RuleId[]
  readonly notes: Note[]
}

export const cashOf = ({ cashMinor }: Draft): bigint => cashMinor
export const isCredit = ({ due }: Draft): boolean => due.entry.leftMinor < 0n

export const newDraft = (due: Due): Draft => ({
  due,
  cashMinor: 0n,
  expectedMinor: null,
  parts: { discountEarned: 0n, discountUnearned: 0n, writeOff: 0n, bankFee: 0n, withholding: 0n, fx: 0n },
  deductions: [],
  outcome: 'EXACT',
  rules: [],
  notes: [],
})

export const holdBack = ({ due, notes }: Draft, code: NoteCode) => void notes.push(blocking(code, { lineIndex: due.lineIndex }))

/** Takes back what a line was to do: nothing is proposed for its item. */
export const forget = (draft: Draft) => {
  draft.cashMinor = 0n
  draft.expectedMinor = null
  for (const effect of Object.keys(draft.parts) as Effect[]) draft.parts[effect] = 0n
  draft.deductions.length = 0
  draft.outcome = 'AMBIGUOUS'
}

export const toPaid = ({ cashMinor, parts, deductions, outcome, rules, notes }: Draft): Paid => ({
  effects: effectsOf({
    cashMinor,
    discountEarnedMinor: parts.discountEarned,
    discountUnearnedMinor: parts.discountUnearned,
    writeOffMinor: parts.writeOff,
    bankFeeMinor: parts.bankFee,
    withholdingMinor: parts.withholding,
    fxMinor: parts.fx,
    deductions,
  }),
  outcome,
  rules,
  notes,
})

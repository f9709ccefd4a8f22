import type { AdjustmentKind } from '../cash/index.ts'
import type { MatchStep } from './post-match.ts'
import type { Effects, LineMatch, Match } from './rules.ts'

/** A match as it is kept: JSON, amounts as text. */
export type Trace = Pick<Match, 'payer' | 'restUse' | 'notes'> & {
  readonly lines: readonly TraceLine[]
  readonly restMinor: string
}

type Written<T> = { readonly [Field in keyof T]: T[Field] extends bigint ? string : T[Field] }
type TraceDeduction = { readonly amountMinor: string; readonly code: string | null; readonly codeList: string | null }
export type TraceEffects = Omit<Written<Effects>, 'deductions'> & { readonly deductions: readonly TraceDeduction[] }
export type TraceLine = Omit<LineMatch, 'effects'> & { readonly effects: TraceEffects }

export const traceOf = ({ payer, lines, restMinor, restUse, notes }: Match): object => ({
  payer,
  lines,
  restMinor,
  restUse,
  notes,
})

const adjustments = {
  discountEarnedMinor: 'DISCOUNT_EARNED',
  writeOffMinor: 'WRITE_OFF',
  bankFeeMinor: 'BANK_FEE',
  withholdingMinor: 'WITHHOLDING_TAX',
  fxMinor: 'FX_DIFFERENCE',
} as const satisfies Partial<Record<keyof Effects, AdjustmentKind>>

/** What the lines of a match do to money, whether the engine has just said so or it was kept. */
export const stepsOf = (lines: readonly (LineMatch | TraceLine)[], currency: string): MatchStep[] =>
  lines.flatMap(({ itemId, itemCurrency, effects }) => {
    const cashMinor = BigInt(effects.cashMinor)
    const parts = Object.entries(adjustments).flatMap(([field, kind]) => {
      const amountMinor = BigInt(effects[field as keyof typeof adjustments])
      return amountMinor === 0n ? [] : [{ kind, amountMinor }]
    })
    if (itemId === null || (cashMinor === 0n && parts.length === 0)) return []
    const unearned = BigInt(effects.discountUnearnedMinor)
    const deductions = [
      ...effects.deductions.map(({ amountMinor, code, codeList }) => ({ amountMinor: BigInt(amountMinor), code, codeList })),
      // A discount that was not earned is still owed: it is a deduction with a reason of its own.
      ...(unearned > 0n ? [{ amountMinor: unearned, code: 'DISCOUNT_UNEARNED', codeList: 'DISCOUNT_UNEARNED' }] : []),
    ]
    const isForeign = itemCurrency !== null && itemCurrency !== currency
    const settled = BigInt(effects.settledMinor) - parts.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
    return [{ openItemId: itemId, cashMinor, itemMinor: isForeign ? settled : null, adjustments: parts, deductions }]
  })

import type { Remittance } from './x12-remittance.ts'

/** What the parts of an advice must add up to: its BPR02. Partners deviate, and their profile says how. */
export const controlFormulas = [
  /** Paid amounts are net of the adjustments below them, and adjustments beside them come on top: the standard. */
  'RMR04+ADX01',
  /** Adjustments beside the lines are told for information. */
  'RMR04',
  /** Paid amounts are gross: the adjustments below them still come off. */
  'RMR04+EVERY_ADX01',
  /** The lines are an excerpt: nothing holds the payment to them. */
  'NONE',
] as const
export type ControlFormula = (typeof controlFormulas)[number]
export const standardFormula: ControlFormula = 'RMR04+ADX01'

/** What the formula makes of the lines, in minor units; null where it makes nothing. */
export const controlledMinor = (formula: ControlFormula, { lines, adjustments }: Remittance) => {
  if (formula === 'NONE') return null
  const paidMinor = lines.reduce((sum, line) => sum + (line.paidMinor ?? 0n), 0n)
  if (formula === 'RMR04') return paidMinor
  const beside = adjustments.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  if (formula === 'RMR04+ADX01') return paidMinor + beside
  const below = lines.flatMap((line) => line.adjustments).reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  return paidMinor + beside + below
}

import { addDays } from '../../kernel/day.ts'
import type { Entry } from './book.ts'
import type { MatchReceipt } from './facts.ts'
import type { LineOutcome } from './match.ts'
import { type MatchingPolicy, toleranceOf } from './policy.ts'
import type { NoteCode, RuleId } from './rule-table.ts'
import { findSubsets } from './subset.ts'

/** Less arrived than the items have open: what is missing, and of which items. */
export type Gap = {
  readonly missingMinor: bigint
  readonly entries: readonly Entry[]
  /** Items whose discount the payer stated: nothing more is taken for one. */
  readonly discounted: ReadonlySet<Entry>
}

/** What a difference is booked as. */
export type Effect = 'discountEarned' | 'discountUnearned' | 'writeOff' | 'bankFee' | 'withholding' | 'fx'

export type Explanation = {
  readonly rule: RuleId
  readonly outcome: LineOutcome
  readonly effect: Effect
  /** For each item of the gap, in order; together what is missing. */
  readonly shares: readonly bigint[]
  /** Why a person must look; null where the policy lets it pass. */
  readonly note: NoteCode | null
}

export type Differing = {
  readonly receipt: MatchReceipt
  readonly policy: MatchingPolicy
  /** What the banks kept and no line has taken yet. */
  readonly chargesMinor: bigint
}

type Explain = (gap: Gap, by: Differing) => Explanation | null

const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount)
const sumOf = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, amount) => sum + amount, 0n)
const shareOf = (amount: bigint, rate: bigint, whole: bigint): bigint => (amount * rate + whole / 2n) / whole

/** The cash discount of what is left of an item, rounded half up; zero without terms that give one. */
export const discountOf = ({ item, leftMinor }: Entry): bigint =>
  item.discount === null || leftMinor <= 0n ? 0n : shareOf(leftMinor, BigInt(item.discount.percentMilli), 100_000n)

export const isInTime = ({ item }: Entry, { receipt, policy }: Pick<Differing, 'receipt' | 'policy'>): boolean =>
  item.discount !== null && receipt.valueOn <= addDays(item.discount.until, policy.discount.graceDays)

/** What the banks kept on the way: as they say, or the difference of what was ordered to what came. */
export const statedCharges = ({ chargesMinor, instructed, currency, amountMinor, receivedMinor }: MatchReceipt): bigint => {
  if (amountMinor !== receivedMinor) return 0n
  if (chargesMinor !== null && chargesMinor > 0n) return chargesMinor
  return instructed !== null && instructed.currency === currency && instructed.minor > receivedMinor
    ? instructed.minor - receivedMinor
    : 0n
}

/** Everything on the largest item, the first of several. */
const onLargest = ({ entries, missingMinor }: Gap): bigint[] => {
  let largest = 0
  entries.forEach((entry, at) => {
    if (entry.leftMinor > (entries[largest]?.leftMinor ?? 0n)) largest = at
  })
  return entries.map((_, at) => (at === largest ? missingMinor : 0n))
}

/** Parts that add up to what is missing but for rounding, the rounding put on the largest; null when they do not. */
const parts = (gap: Gap, wanted: readonly bigint[], roundingMinor: number): bigint[] | null => {
  const off = gap.missingMinor - sumOf(wanted)
  const count = wanted.filter((each) => each > 0n).length
  if (count === 0 || size(off) > BigInt(roundingMinor * count)) return null
  let largest = 0
  wanted.forEach((each, at) => {
    if (each > (wanted[largest] ?? 0n)) largest = at
  })
  const shares = wanted.map((each, at) => (at === largest ? each + off : each))
  return shares.every((each) => each >= 0n) ? shares : null
}

const discountNodesMax = 2_000

/** The discounts of all items, or of the only some that make up what is missing. */
const discounts = (gap: Gap, by: Differing, inTime: boolean): bigint[] | null => {
  const wanted = gap.entries.map((entry) =>
    !gap.discounted.has(entry) && isInTime(entry, by) === inTime ? discountOf(entry) : 0n,
  )
  const all = parts(gap, wanted, by.policy.discount.roundingMinor)
  if (all !== null) return all
  const bounds = { itemsMax: 40, sizeMin: 1, sizeMax: 12, nodesMax: discountNodesMax }
  const offered = wanted.map((each, at) => ({ each, at })).filter(({ each }) => each > 0n)
  const found = findSubsets(
    offered.map(({ each }) => each),
    gap.missingMinor,
    bounds,
  )
  const [only] = found.solutions
  if (only === undefined || found.solutions.length > 1 || found.gaveUp !== null) return null
  const taken = new Set(only.map((place) => offered[place]?.at))
  return wanted.map((each, at) => (taken.has(at) ? each : 0n))
}

const earnedDiscount: Explain = (gap, by) => {
  const shares = discounts(gap, by, true)
  return shares && { rule: 'DISCOUNT_EARNED', outcome: 'DISCOUNT_EARNED', effect: 'discountEarned', shares, note: null }
}

const unearnedDiscount: Explain = (gap, by) => {
  const shares = discounts(gap, by, false)
  const note = by.policy.discount.unearnedIsAutomatic ? null : 'DISCOUNT_UNEARNED'
  return shares && { rule: 'DISCOUNT_UNEARNED', outcome: 'DISCOUNT_UNEARNED', effect: 'discountUnearned', shares, note }
}

const statedFee: Explain = (gap, { policy, chargesMinor }) => {
  if (chargesMinor === 0n || gap.missingMinor !== chargesMinor) return null
  const note = policy.bankFee.statedIsAutomatic ? null : 'BANK_FEE'
  return { rule: 'BANK_FEE_STATED', outcome: 'BANK_FEE', effect: 'bankFee', shares: onLargest(gap), note }
}

const usualFee: Explain = (gap, { policy, receipt }) => {
  const most = BigInt(policy.bankFee.unstatedMaxMinor[receipt.currency] ?? 0)
  if (gap.missingMinor > most) return null
  return { rule: 'BANK_FEE_LIMIT', outcome: 'BANK_FEE', effect: 'bankFee', shares: onLargest(gap), note: 'BANK_FEE' }
}

const withheldTax: Explain = (gap, { policy: { withholding } }) => {
  for (const rate of withholding.ratesBp.toSorted((a, b) => a - b)) {
    const wanted = gap.entries.map(({ leftMinor }) => shareOf(leftMinor, BigInt(rate), 10_000n))
    const shares = parts(gap, wanted, withholding.roundingMinor)
    const note = withholding.isAutomatic ? null : 'WITHHOLDING_TAX'
    if (shares !== null) return { rule: 'WITHHOLDING_RATE', outcome: 'WITHHOLDING_TAX', effect: 'withholding', shares, note }
  }
  return null
}

/** Small in money and small for the item that bears it. */
const tolerance: Explain = (gap, { policy, receipt }) => {
  if (!policy.tolerance.allowWriteOff || gap.missingMinor > toleranceOf(policy, receipt.currency)) return null
  const shares = onLargest(gap)
  const bearer = gap.entries.find((_, at) => (shares[at] ?? 0n) > 0n)
  if (bearer === undefined) return null
  if (gap.missingMinor * 10_000n > bearer.leftMinor * BigInt(policy.tolerance.shareMaxBp)) return null
  return { rule: 'TOLERANCE', outcome: 'WITHIN_TOLERANCE', effect: 'writeOff', shares, note: null }
}

const exchange: Explain = (gap, { policy, receipt }) => {
  const { instructed, currency } = receipt
  if (instructed === null || instructed.currency === currency) return null
  const open = sumOf(gap.entries.map(({ leftMinor }) => leftMinor))
  if (gap.missingMinor * 10_000n > open * BigInt(policy.fx.shareMaxBp)) return null
  return { rule: 'FX_LIMIT', outcome: 'FX_DIFFERENCE', effect: 'fx', shares: onLargest(gap), note: 'FX_DIFFERENCE' }
}

const firstOf =
  (explanations: readonly Explain[]): Explain =>
  (gap, by) => {
    if (gap.missingMinor <= 0n || gap.entries.length === 0) return null
    for (const explain of explanations) {
      const explanation = explain(gap, by)
      if (explanation !== null) return explanation
    }
    return null
  }

/** Why items were paid short, the surest reason first: what was agreed or stated, then what is small, then what may be. */
export const explainShort = firstOf([earnedDiscount, statedFee, withheldTax, tolerance, exchange, unearnedDiscount, usualFee])

/** Why less arrived than the remittance tells of: the payer has settled discounts and taxes in its lines already. */
export const explainLoss = firstOf([statedFee, tolerance, exchange, usualFee])

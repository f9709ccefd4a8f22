import {
  type Differing,
  discountOf,
  type Explanation,
  explainLoss,
  explainShort,
  isInTime,
  statedCharges,
} from './differences.ts'
import { cashOf, type Draft, type Due, forget, holdBack, isCredit, newDraft, type Paid, toPaid } from './draft.ts'
import type { MatchReceipt, StatedDeduction } from './facts.ts'
import { blocking, type Note } from './match.ts'
import type { MatchingPolicy } from './policy.ts'
import { findSubsets } from './subset.ts'

export type Settling = {
  readonly receipt: MatchReceipt
  readonly policy: MatchingPolicy
  /** What the remittance says of lines that no item was found for; below zero where they lower the payment. */
  readonly elsewhereMinor: bigint
  /** Deductions that were stated for the payment as a whole. */
  readonly loose: readonly StatedDeduction[]
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount)
const sumBy = <T>(list: readonly T[], amountOf: (one: T) => bigint): bigint => list.reduce((sum, one) => sum + amountOf(one), 0n)

/**
 * How a receipt is shared among the items it is for. The cash of all lines is never below zero nor above the receipt, and
 * no item gets more than it has open.
 */
export const settle = (dues: readonly Due[], settling: Settling): { paid: readonly Paid[]; notes: readonly Note[] } => {
  const { receipt, policy } = settling
  const by = { receipt, policy, chargesMinor: statedCharges(receipt) }
  const drafts = dues.map(newDraft)
  const notes: Note[] = []
  for (const draft of drafts) {
    if (isCredit(draft)) netCredit(draft)
    else payLine(draft, by)
  }
  const holdCredits = () => {
    drafts.filter(isCredit).forEach(forget)
    notes.push(blocking('CREDITS_EXCEED_ITEMS'))
  }
  if (sumBy(drafts, ({ cashMinor, expectedMinor }) => cashMinor + (expectedMinor ?? 0n)) < 0n) holdCredits()
  payTogether(drafts, settling, by, notes)
  if (sumBy(drafts, cashOf) < 0n) holdCredits()
  fitIntoReceipt(drafts, settling, by, notes)
  return { paid: drafts.map(toPaid), notes }
}

/** Some payers write credits with a minus and some without; either lowers the payment. */
const netCredit = (draft: Draft) => {
  const { entry, told } = draft.due
  const stated = size(told?.paidMinor ?? entry.leftMinor)
  const open = size(entry.leftMinor)
  draft.cashMinor = -least(stated, open)
  draft.outcome = 'NETTING'
  const isTold = told !== null && told.paidMinor !== null
  draft.rules.push(isTold ? 'REMITTANCE_LINE' : 'REFERENCED_TOTAL', 'CREDIT_NETTED')
  if (stated > open) holdBack(draft, 'ADJUSTMENTS_EXCEED_ITEM')
}

/** What the payer states of one item: first what it held back, then what it paid. */
const payLine = (draft: Draft, by: Differing & { chargesMinor: bigint }) => {
  const { entry, told } = draft.due
  const paidMinor = told?.paidMinor ?? null
  draft.rules.push(paidMinor === null ? 'REFERENCED_TOTAL' : 'REMITTANCE_LINE')
  if (paidMinor !== null && paidMinor < 0n) {
    draft.outcome = 'AMBIGUOUS'
    holdBack(draft, 'AMOUNT_SIGN')
    return
  }
  const cashMinor = least(paidMinor ?? 0n, entry.leftMinor)
  const room = holdBackStated(draft, entry.leftMinor - cashMinor, by)
  if (paidMinor === null) {
    draft.expectedMinor = room
    return
  }
  draft.cashMinor = cashMinor
  if (paidMinor > cashMinor) leaveOver(draft, by.policy)
  if (room === 0n) return
  if (paidMinor === 0n && room === entry.leftMinor) {
    draft.outcome = 'AMBIGUOUS'
    holdBack(draft, 'NOT_PAID')
    return
  }
  const discounted = new Set(draft.parts.discountEarned + draft.parts.discountUnearned > 0n ? [entry] : [])
  const explanation = explainShort({ missingMinor: room, entries: [entry], discounted }, by)
  if (explanation === null) leaveShort(draft, room, by.policy)
  else explain([draft], explanation, by)
}

/** Takes the stated discount and deductions out of what the payment leaves open, and answers what is still open then. */
const holdBackStated = (draft: Draft, open: bigint, by: Differing): bigint => {
  const { entry, told } = draft.due
  let room = open
  const take = (amountMinor: bigint) => {
    const taken = least(amountMinor, room)
    room -= taken
    if (taken < amountMinor) holdBack(draft, 'ADJUSTMENTS_EXCEED_ITEM')
    return taken
  }

  const discount = take(most(told?.discountMinor ?? 0n, 0n))
  if (discount > 0n) {
    const terms = discountOf(entry)
    const isAsAgreed = discount <= terms + BigInt(by.policy.discount.roundingMinor)
    const earned = !isInTime(entry, by) ? 0n : isAsAgreed ? discount : terms
    draft.parts.discountEarned = earned
    draft.parts.discountUnearned = discount - earned
    draft.outcome = earned === discount ? 'DISCOUNT_EARNED' : 'DISCOUNT_UNEARNED'
    draft.rules.push(draft.outcome)
    if (earned < discount && !by.policy.discount.unearnedIsAutomatic) holdBack(draft, 'DISCOUNT_UNEARNED')
  }

  const { deduction } = by.policy
  for (const stated of told?.deductions ?? []) {
    const amountMinor = stated.amountMinor > 0n ? take(stated.amountMinor) : 0n
    if (amountMinor > 0n) draft.deductions.push({ ...stated, amountMinor })
  }
  const deducted = sumBy(draft.deductions, ({ amountMinor }) => amountMinor)
  if (deducted > 0n) {
    draft.outcome = 'SHORT_PAY'
    draft.rules.push('DEDUCTION_STATED')
    if (!deduction.statedIsAutomatic) holdBack(draft, 'DEDUCTION_HELD')
    if (deducted * 10_000n > entry.leftMinor * BigInt(deduction.statedMaxBp)) holdBack(draft, 'DEDUCTION_OVER_LIMIT')
  }
  return room
}

const leaveShort = (draft: Draft, missingMinor: bigint, { deduction }: MatchingPolicy) => {
  draft.deductions.push({ amountMinor: missingMinor, code: null, codeList: null })
  draft.outcome = 'SHORT_PAY'
  draft.rules.push('DEDUCTION_UNSTATED')
  if (!deduction.unstatedIsAutomatic) holdBack(draft, 'DEDUCTION_UNSTATED')
}

/** Books an explanation on the lines it is about; a stated bank fee explains one thing only. */
const explain = (drafts: readonly Draft[], explanation: Explanation, by: { chargesMinor: bigint }) => {
  const { rule, outcome, effect, shares, note } = explanation
  if (rule === 'BANK_FEE_STATED') by.chargesMinor = 0n
  drafts.forEach((draft, at) => {
    const share = shares[at] ?? 0n
    if (share === 0n) return
    draft.parts[effect] += share
    draft.rules.push(rule)
    if (draft.outcome !== 'SHORT_PAY' && draft.outcome !== 'DISCOUNT_UNEARNED') draft.outcome = outcome
    if (note !== null) holdBack(draft, note)
  })
}

/** Items that the payer names without amounts share what is left of the receipt. */
const payTogether = (drafts: readonly Draft[], settling: Settling, by: Differing & { chargesMinor: bigint }, notes: Note[]) => {
  const waiting = drafts.filter(({ expectedMinor }) => expectedMinor !== null)
  const [only] = waiting
  if (only === undefined) return
  const { receipt, policy, elsewhereMinor } = settling
  const money = most(receipt.amountMinor - sumBy(drafts, cashOf) - elsewhereMinor, 0n)
  const expected = waiting.map(({ expectedMinor }) => expectedMinor ?? 0n)
  const missingMinor = sumBy(expected, (each) => each) - money
  if (missingMinor <= 0n) {
    pay(waiting, expected)
    if (missingMinor < 0n && drafts.length === 1 && elsewhereMinor === 0n) leaveOver(only, policy)
    return
  }

  const entries = waiting.map(({ due }) => due.entry)
  const discounted = new Set(waiting.filter(hasStatedDiscount).map(({ due }) => due.entry))
  const explanation = explainShort({ missingMinor, entries, discounted }, by)
  if (explanation?.shares.every((share, at) => share <= (expected[at] ?? 0n))) {
    explain(waiting, explanation, by)
    const shares = explanation.shares
    pay(
      waiting,
      expected.map((each, at) => each - (shares[at] ?? 0n)),
    )
  } else if (waiting.length === 1 && money > 0n) {
    pay(waiting, [money])
    leaveShort(only, missingMinor, policy)
  } else {
    notes.push(blocking('SPLIT_UNKNOWN'))
    payInPart(waiting, { expected, money, leftOut: leftOutOf(expected, missingMinor, policy) })
  }
}

const hasStatedDiscount = ({ parts }: Draft): boolean => parts.discountEarned + parts.discountUnearned > 0n

const pay = (drafts: readonly Draft[], cash: readonly bigint[]) =>
  drafts.forEach((draft, at) => {
    draft.cashMinor = cash[at] ?? 0n
    draft.expectedMinor = null
  })

const leaveOver = (draft: Draft, { overPaid }: MatchingPolicy) => {
  if (draft.outcome === 'EXACT') draft.outcome = 'OVER_PAY'
  draft.rules.push('OVER_PAID')
  if (!overPaid.isAutomatic) holdBack(draft, 'OVER_PAID')
}

type InPart = { readonly expected: readonly bigint[]; readonly money: bigint; readonly leftOut: ReadonlySet<number> | null }

const payInPart = (drafts: readonly Draft[], { expected, money, leftOut }: InPart) => {
  let left = money
  drafts.forEach((draft, at) => {
    const wanted = expected[at] ?? 0n
    const cashMinor = leftOut?.has(at) ? 0n : least(wanted, left)
    left -= cashMinor
    if (cashMinor < wanted) forget(draft)
    pay([draft], [cashMinor])
  })
}

/**
 * Which of several items was paid short nobody said. Where some of them are just what is missing they were left out;
 * else the items are filled in the order in which they were named.
 */
const leftOutOf = (expected: readonly bigint[], missingMinor: bigint, { subset }: MatchingPolicy): ReadonlySet<number> | null => {
  const { solutions, gaveUp } = findSubsets(expected, missingMinor, { ...subset, sizeMin: 1 })
  const [only] = solutions
  return only !== undefined && solutions.length === 1 && gaveUp === null ? new Set(only) : null
}

/** Where the lines tell of more than arrived, a bank kept something, or a deduction was stated for the whole, or nobody knows. */
const fitIntoReceipt = (
  drafts: readonly Draft[],
  settling: Settling,
  by: Differing & { chargesMinor: bigint },
  notes: Note[],
) => {
  const { receipt, elsewhereMinor, loose } = settling
  const missingMinor = sumBy(drafts, cashOf) - receipt.amountMinor
  if (missingMinor <= 0n) {
    if (missingMinor + elsewhereMinor > 0n) notes.push(blocking('LINES_EXCEED_RECEIPT'))
    return
  }
  const paying = drafts.filter(({ cashMinor }) => cashMinor > 0n)
  const [largest] = paying.toSorted((a, b) => (a.cashMinor < b.cashMinor ? 1 : a.cashMinor > b.cashMinor ? -1 : 0))
  if (largest !== undefined && largest.cashMinor >= missingMinor) {
    const entries = [largest.due.entry]
    const explanation = elsewhereMinor > 0n ? null : explainLoss({ missingMinor, entries, discounted: new Set() }, by)
    if (explanation !== null) {
      largest.cashMinor -= missingMinor
      explain([largest], explanation, by)
      return
    }
    if (sumBy(loose, ({ amountMinor }) => amountMinor) === missingMinor) {
      largest.cashMinor -= missingMinor
      largest.deductions.push(...loose)
      largest.outcome = 'SHORT_PAY'
      largest.rules.push('DEDUCTION_STATED')
      holdBack(largest, 'DEDUCTION_HELD')
      return
    }
  }
  notes.push(blocking('LINES_EXCEED_RECEIPT'))
  cut(drafts, receipt.amountMinor)
  if (sumBy(drafts, cashOf) >= 0n) return
  // Without the lines that they were to lower, credits would be money out of nothing.
  drafts.filter(isCredit).forEach(forget)
  cut(drafts, receipt.amountMinor)
}

/** Keeps the lines, in their order, that the money and the credits are enough for. */
const cut = (drafts: readonly Draft[], amountMinor: bigint) => {
  let left = amountMinor - sumBy(drafts.filter(isCredit), cashOf)
  for (const draft of drafts.filter(({ cashMinor }) => cashMinor > 0n)) {
    if (draft.cashMinor <= left) left -= draft.cashMinor
    else forget(draft)
  }
}

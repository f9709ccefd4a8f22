import { addDays, type Day } from '../../kernel/day.ts'
import type { JudgedState, PromiseState } from './promise-states.ts'

/** Which day of a payment has to lie within the deadline. */
export type DateCounted = 'VALUE_DATE' | 'POSTING_DATE'

/** What a promise is held to. Fixed when it is taken, so that a later policy changes nothing of it. */
export type Terms = {
  readonly amountMinor: bigint
  /** The least that keeps it. */
  readonly dueMinor: bigint
  /** The last day on which a payment keeps it. */
  readonly deadlineOn: Day
  readonly countsBy: DateCounted
  /** Days after which its state stays what it is. */
  readonly confirmDays: number
  /** The item's version when it was taken: what led to a later one was settled behind the promise. */
  readonly itemVersion: number
}

/** A part of an open item that was settled and still is: by an application here, or by the client's own ledger. */
export type Payment = {
  readonly amountMinor: bigint
  readonly valueOn: Day
  readonly postedOn: Day
  /** The version that it led the item to. */
  readonly itemVersion: number
}

export type Verdict = { readonly state: JudgedState; readonly paidMinor: bigint }

const weekday = (day: Day): number => new Date(`${day}T00:00:00Z`).getUTCDay()
/** Monday to Friday, until clients have calendars. */
export const isBusinessDay = (day: Day): boolean => weekday(day) !== 0 && weekday(day) !== 6

/** The day some business days behind another. Zero is the day itself. */
export const businessDaysAfter = (day: Day, count: number): Day => {
  let found = day
  for (let left = count; left > 0; ) {
    found = addDays(found, 1)
    if (isBusinessDay(found)) left -= 1
  }
  return found
}

/** The least that keeps a promise, a part of it forgiven. Rounded up: what is not a whole minor unit is not forgiven. */
export const dueOf = (amountMinor: bigint, toleranceBp: number): bigint => {
  const due = (amountMinor * BigInt(10_000 - toleranceBp) + 9_999n) / 10_000n
  return due > 0n ? due : 1n
}

/** What a promise has become by what was paid within its deadline: the only place that says so. */
export const stateBy = (
  { dueMinor, deadlineOn }: Pick<Terms, 'dueMinor' | 'deadlineOn'>,
  paidMinor: bigint,
  today: Day,
): JudgedState => {
  if (paidMinor >= dueMinor) return 'KEPT'
  if (today <= deadlineOn) return 'OPEN'
  return paidMinor > 0n ? 'PARTIALLY_KEPT' : 'BROKEN'
}

/** The same from the ledger: payments of its item that still stand, in any order. */
export const judge = (terms: Terms, payments: readonly Payment[], today: Day): Verdict => {
  const { countsBy, deadlineOn, itemVersion } = terms
  const counted = payments.filter(
    (payment) =>
      payment.itemVersion > itemVersion && (countsBy === 'VALUE_DATE' ? payment.valueOn : payment.postedOn) <= deadlineOn,
  )
  const paidMinor = counted.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  return { state: stateBy(terms, paidMinor, today), paidMinor }
}

/** From this day on the state stays what it is; null while the promise is open. */
export const confirmsOn = ({ confirmDays }: Pick<Terms, 'confirmDays'>, state: PromiseState, changedOn: Day): Day | null =>
  state === 'OPEN' || state === 'WITHDRAWN' || state === 'SUPERSEDED' ? null : addDays(changedOn, confirmDays)

/**
 * How often an item's promises were not kept, counted from one: a promise behind a kept one has its level, one behind any
 * other the next.
 */
export const levelBehind = (earlier: readonly PromiseState[]): number => 1 + earlier.filter((state) => state !== 'KEPT').length

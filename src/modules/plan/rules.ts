import type { Day } from '../../kernel/day.ts'
import { addDays, daysBetween } from '../../kernel/day.ts'
import { businessDaysAfter, type Payment } from '../promise/rules.ts'

/** A part of an open item that a plan settles. */
export type PlanItem = {
  readonly openItemId: string
  readonly amountMinor: bigint
  /** The item's version when the plan became active; what led to a later one was settled behind it. */
  readonly itemVersion: number
}

export type Installment = {
  /** Its place in the order of the plan, from 1. */
  readonly place: number
  readonly dueOn: Day
  readonly amountMinor: bigint
  /** The one item that it pays; null where it pays whatever is oldest. */
  readonly openItemId: string | null
}

/** When a plan is in default. Fixed when it is proposed. */
export type PlanTerms = {
  /** Business days behind its due day on which an installment is still in time. */
  readonly graceBusinessDays: number
  /** So many installments overdue at once are a default. */
  readonly missedToDefault: number
  /** One that is so many days behind its due day is a default by itself. */
  readonly daysLateToDefault: number
}

export type Allocated = Installment & { readonly paidMinor: bigint; readonly paidOn: Day | null }

export type Allocation = {
  readonly installments: readonly Allocated[]
  /** What was settled of each item, as far as the plan covers it. */
  readonly items: readonly { readonly openItemId: string; readonly paidMinor: bigint }[]
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)

/**
 * Payments of the covered items, earliest value date first, put against installments: first against those fixed to the item,
 * then against the oldest. Of each item no more counts than the plan covers, so that what is paid beyond it pays no
 * installment of another item.
 */
export const allocate = (
  installments: readonly Installment[],
  items: readonly PlanItem[],
  payments: readonly (Payment & { readonly openItemId: string })[],
): Allocation => {
  const rows = installments
    .toSorted((a, b) => a.place - b.place)
    .map((row) => ({ ...row, paidMinor: 0n, paidOn: null as Day | null }))
  const roomOf = new Map(items.map(({ openItemId, amountMinor }) => [openItemId, amountMinor]))
  const versionOf = new Map(items.map(({ openItemId, itemVersion }) => [openItemId, itemVersion]))
  const counted = payments
    .filter(({ openItemId, itemVersion }) => itemVersion > (versionOf.get(openItemId) ?? Number.POSITIVE_INFINITY))
    .toSorted((a, b) => (a.valueOn < b.valueOn ? -1 : a.valueOn > b.valueOn ? 1 : 0))
  for (const { openItemId, amountMinor, valueOn } of counted) {
    let left = least(amountMinor, roomOf.get(openItemId) ?? 0n)
    roomOf.set(openItemId, (roomOf.get(openItemId) ?? 0n) - left)
    const takers = [...rows.filter((row) => row.openItemId === openItemId), ...rows.filter((row) => row.openItemId === null)]
    for (const row of takers) {
      const part = least(left, row.amountMinor - row.paidMinor)
      if (part <= 0n) continue
      row.paidMinor += part
      left -= part
      if (row.paidMinor === row.amountMinor) row.paidOn = valueOn
    }
  }
  return {
    installments: rows,
    items: items.map(({ openItemId, amountMinor }) => ({ openItemId, paidMinor: amountMinor - (roomOf.get(openItemId) ?? 0n) })),
  }
}

/** The last day on which an installment is in time. */
export const lastDayOf = ({ dueOn }: Pick<Installment, 'dueOn'>, { graceBusinessDays }: PlanTerms): Day =>
  businessDaysAfter(dueOn, graceBusinessDays)

export type PlanVerdict = {
  readonly state: 'ACTIVE' | 'COMPLETED' | 'DEFAULTED'
  /** Installments that are overdue and not paid. */
  readonly missed: number
  /** The last day through which the plan is kept if nothing more is paid; null once everything is. */
  readonly currentUntil: Day | null
}

/** What an active plan has become by what was paid of its installments, in their order, on a day at the client. */
export const judgePlan = (terms: PlanTerms, installments: readonly Allocated[], today: Day): PlanVerdict => {
  const unpaid = installments.filter(({ amountMinor, paidMinor }) => paidMinor < amountMinor)
  const [oldest] = unpaid
  if (oldest === undefined) return { state: 'COMPLETED', missed: 0, currentUntil: null }
  const missed = unpaid.filter((row) => lastDayOf(row, terms) < today).length
  const isTooLate = missed > 0 && daysBetween(oldest.dueOn, today) >= terms.daysLateToDefault
  return {
    state: missed >= terms.missedToDefault || isTooLate ? 'DEFAULTED' : 'ACTIVE',
    missed,
    currentUntil: lastDayOf(oldest, terms),
  }
}

export type PlanFault = { readonly message: string; readonly path: readonly string[] }

type Drafted = {
  readonly items: readonly { readonly openItemId: string; readonly amountMinor: bigint }[]
  readonly installments: readonly Omit<Installment, 'place'>[]
  readonly today: Day
  readonly longestDays: number
}

/** Why a plan cannot be: its sums and days, before anybody looks at a ledger. */
export const faultOf = ({ items, installments, today, longestDays }: Drafted): PlanFault | null => {
  const sum = (amounts: readonly { readonly amountMinor: bigint }[]) =>
    amounts.reduce((total, { amountMinor }) => total + amountMinor, 0n)
  for (const [index, { dueOn, openItemId }] of installments.entries()) {
    const path = ['input', 'installments', String(index)]
    const before = installments[index - 1]
    if (dueOn < today) return { message: 'an installment is due today or later', path: [...path, 'dueOn'] }
    if (dueOn > addDays(today, longestDays))
      return { message: `a plan ends at most ${longestDays} days from today`, path: [...path, 'dueOn'] }
    if (before !== undefined && dueOn < before.dueOn)
      return { message: 'installments come in the order in which they are due', path: [...path, 'dueOn'] }
    const item = openItemId === null ? undefined : items.find((one) => one.openItemId === openItemId)
    if (item !== undefined && sum(installments.filter((one) => one.openItemId === openItemId)) > item.amountMinor)
      return { message: 'installments fixed to an item are not more than the plan covers of it', path: [...path, 'amount'] }
  }
  return sum(items) === sum(installments)
    ? null
    : { message: 'the installments add up to what the plan covers', path: ['input', 'installments'] }
}

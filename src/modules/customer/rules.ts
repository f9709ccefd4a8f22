import { z } from 'zod'
import { addDays, addMonths, type Day, dayOf, endOfMonth } from '../../kernel/day.ts'

const days = z.int().min(0).max(3_650)

const ruleShape = z
  .strictObject({
    /** "Net 30". */
    netDays: days.optional(),
    endOfMonth: z.boolean().optional(),
    monthsAdded: z.int().min(0).max(36).optional(),
    /** The next such date, or that date of the month that `monthsAdded` leads to. 31 is the last day of any month. */
    dayOfMonth: z.int().min(1).max(31).optional(),
    /** Counted from there: "end of month plus 10 days". */
    daysAfter: days.optional(),
    discount: z.strictObject({ days, percent: z.string().regex(/^\d{1,2}(\.\d{1,3})?$/) }).optional(),
  })
  .refine(({ discount, ...due }) => Object.values(due).some((value) => value !== undefined && value !== false), {
    error: 'terms say when to pay, not only when to pay less',
  })

/** How a due date follows from a document's date. The parts apply in the order in which they stand. */
export type TermsRule = Readonly<z.output<typeof ruleShape>>

export const parseTerms = (json: unknown): TermsRule | null => {
  const parsed = ruleShape.safeParse(json)
  return parsed.success ? parsed.data : null
}

/** That date of the day's month, or the month's last day where it has no such date. */
const dateInMonth = (day: Day, date: number): Day =>
  dayOf(Number(day.slice(0, 4)), Number(day.slice(5, 7)), date) ?? endOfMonth(day)

export const dueOnBy = (rule: TermsRule, baseOn: Day): Day => {
  let day = addDays(baseOn, rule.netDays ?? 0)
  if (rule.endOfMonth) day = endOfMonth(day)
  if (rule.monthsAdded !== undefined)
    day = rule.endOfMonth ? endOfMonth(addMonths(day, rule.monthsAdded)) : addMonths(day, rule.monthsAdded)
  if (rule.dayOfMonth !== undefined) {
    const inMonth = dateInMonth(day, rule.dayOfMonth)
    // Without a stated month the date lies ahead: terms never make a document due before they let it run.
    day = rule.monthsAdded === undefined && inMonth < day ? dateInMonth(addMonths(dayOfFirst(day), 1), rule.dayOfMonth) : inMonth
  }
  return addDays(day, rule.daysAfter ?? 0)
}

const dayOfFirst = (day: Day): Day => `${day.slice(0, 8)}01` as Day

/** The last day on which paying less is paying in full; null without a discount. */
export const discountUntil = ({ discount }: TermsRule, baseOn: Day): Day | null =>
  discount === undefined ? null : addDays(baseOn, discount.days)

/** The lines of an address below the name, as they stand in the window of an envelope. */
export const postalLines = (address: string): string[] =>
  address
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

export const isPostalAddress = (address: string): boolean => {
  const lines = postalLines(address)
  return address.length <= 500 && lines.length >= 1 && lines.length <= 5 && lines.every((line) => line.length <= 80)
}

export const contactStates = ['USABLE', 'NOT_YET_VALID', 'EXPIRED', 'BOUNCED', 'RETIRED'] as const
export type ContactState = (typeof contactStates)[number]

export type ContactFacts = {
  readonly isRetired: boolean
  readonly bounceCount: number
  readonly validFrom: Day | null
  readonly validUntil: Day | null
}

/** Whether somebody can be spoken or written to there today, and what stands against it first. */
export const contactState = ({ isRetired, bounceCount, validFrom, validUntil }: ContactFacts, today: Day): ContactState => {
  if (isRetired) return 'RETIRED'
  if (validUntil !== null && validUntil < today) return 'EXPIRED'
  if (validFrom !== null && validFrom > today) return 'NOT_YET_VALID'
  return bounceCount > 0 ? 'BOUNCED' : 'USABLE'
}

import { z } from 'zod'
import { type Day, isDay } from '../../kernel/day.ts'
import { type WriteOffLimits, writeOffShape } from '../cash/index.ts'
import { definePolicy } from '../policy/index.ts'
import { unknownReason } from './rules.ts'

const reasonCode = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,39}$/, 'a code begins with a capital and has capitals, digits and _, at most 40')
  .refine((code) => code !== unknownReason, 'UNKNOWN stands for no reason')
const day = z
  .string()
  .refine(isDay, 'a day is written as 2026-01-31')
  .transform((text) => text as Day)
const customer = z.string().min(1).max(64)
const days = z.int().min(1).max(3_650)

const reason = z.strictObject({
  code: reasonCode,
  label: z.string().trim().min(1).max(100).describe('What people read.'),
  kind: z.enum(['TRADE', 'NON_TRADE']).default('NON_TRADE').describe('Whether it is agreed trade spending.'),
  preventable: z.boolean().default(false).describe('Whether better work would have prevented it.'),
  disputeByDays: days
    .nullable()
    .default(null)
    .describe('Days from its finding within which it has to be disputed; any time where null.'),
  tolerance: writeOffShape.nullable().default(null).describe('What is small of this reason; as for all reasons where null.'),
})

const named = (code: string, label: string, facts: Partial<z.input<typeof reason>> = {}) =>
  reason.parse({ code, label, ...facts })
const usual = [
  named('PRICE', 'Price', { preventable: true }),
  named('SHORT', 'Short shipment', { preventable: true }),
  named('DAMAGE', 'Damaged goods', { preventable: true }),
  named('RETURN', 'Returned goods'),
  named('FREIGHT', 'Freight', { preventable: true }),
  named('PROMO', 'Promotion or advertising', { kind: 'TRADE' }),
  named('REBATE', 'Rebate', { kind: 'TRADE' }),
  named('DISCOUNT', 'Cash discount'),
  named('DISCOUNT_UNEARNED', 'Cash discount taken too late'),
  named('TAX', 'Tax'),
  named('DOCS', 'Documents missing or late', { preventable: true }),
  named('DUPLICATE', 'Billed or paid twice', { preventable: true }),
  named('NO_ITEM', 'Bill not accepted', { preventable: true }),
  named('FX', 'Currency exchange'),
  named('LATE_CHARGE', 'Late charge or interest'),
  named('EARLIER', 'Correction of an earlier payment or bill'),
]

const shape = z
  .strictObject({
    reasons: z.array(reason).min(1).max(100).default(usual).describe('The reasons there are.'),
    map: z
      .array(
        z.strictObject({
          customer: customer
            .nullable()
            .default(null)
            .describe('Number of the customer whose code it is; everybody’s where null.'),
          codeList: z.string().min(1).max(20).default('PAYER').describe('The list of the code: X12_426, ISO_20022 or PAYER.'),
          code: z.string().min(1).max(60).describe('The code as it comes.'),
          reason: reasonCode.describe('One of `reasons`.'),
          from: day
            .nullable()
            .default(null)
            .describe('First day on which a deduction is found for which it holds; ever where null.'),
          until: day.nullable().default(null).describe('Last such day; no last one where null.'),
        }),
      )
      .max(300)
      .default([])
      .describe(
        'What codes mean: rows of the customer first, then those of everybody, then the defaults for X12 code list 426, then UNKNOWN.',
      ),
    disputeBy: z
      .array(
        z.strictObject({
          customer: customer.describe('Number of the customer.'),
          reason: reasonCode.nullable().default(null).describe('Only this reason; every one where null.'),
          days: days.describe('Days from its finding within which it has to be disputed.'),
        }),
      )
      .max(200)
      .default([])
      .describe('Customers with windows of their own.'),
    alertDaysBefore: z
      .int()
      .min(0)
      .max(90)
      .default(5)
      .describe('Days before the end of the window at which it is told that it ends.'),
    tolerance: writeOffShape
      .prefault({})
      .describe('What is small enough to be written off without an approval; the month counts by reason and currency.'),
  })
  .check(({ value, issues }) => {
    const say = (message: string, ...path: (string | number)[]) => issues.push({ code: 'custom', message, path, input: value })
    const known = new Set(value.reasons.map(({ code }) => code))
    if (known.size < value.reasons.length) say('a code stands twice', 'reasons')
    const isBefore = (a: Day | null, b: Day | null) => a === null || b === null || a <= b
    value.map.forEach((row, index) => {
      if (!known.has(row.reason)) say(`${row.reason} is none of the reasons`, 'map', index)
      if (!isBefore(row.from, row.until)) say('it ends before it begins', 'map', index)
      const isTwin = (other: typeof row) =>
        other.customer === row.customer && other.codeList === row.codeList && other.code === row.code
      const meets = (other: typeof row) => isBefore(other.from, row.until) && isBefore(row.from, other.until)
      if (value.map.slice(0, index).some((other) => isTwin(other) && meets(other)))
        say('an earlier row says what this code means on some of these days', 'map', index)
    })
    value.disputeBy.forEach((row, index) => {
      if (row.reason !== null && !known.has(row.reason)) say(`${row.reason} is none of the reasons`, 'disputeBy', index)
    })
  })

export type DeductionRules = Readonly<z.output<typeof shape>>
export type Reason = DeductionRules['reasons'][number]

export const deductionPolicy = definePolicy<DeductionRules>({
  kind: 'DEDUCTION',
  description:
    'What codes of payers mean, which reasons there are, how long each may be disputed, and what is small. A new version codes what has no reason yet, and nothing else.',
  defaults: shape.parse({}),
  parse: (json) => {
    const parsed = shape.safeParse(json)
    if (parsed.success) return parsed.data
    return { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'policy'}: ${message}`) }
  },
  jsonSchema: () => z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }),
})

export const reasonNamed = ({ reasons }: DeductionRules, code: string): Reason | undefined =>
  reasons.find((one) => one.code === code)

export const limitsOf = (rules: DeductionRules, code: string): WriteOffLimits =>
  reasonNamed(rules, code)?.tolerance ?? rules.tolerance

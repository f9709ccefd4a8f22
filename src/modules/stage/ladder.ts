import { z } from 'zod'
import { exponentOf, isCurrency, parseAmount } from '../../kernel/money.ts'
import { shaped } from '../../platform/shaped.ts'

/** How a step reaches the customer. A task reaches nobody: somebody decides or arranges something. */
export const channels = ['CALL', 'EMAIL', 'LETTER', 'TASK'] as const
export type Channel = (typeof channels)[number]

const codeShape = /^[A-Z][A-Z0-9_]{0,39}$/
const days = z.int().min(0).max(3_650)
const amount = z.string().regex(/^\d{1,12}(\.\d{1,4})?$/, 'an amount is a decimal as 12.50')

const step = z
  .strictObject({
    code: z.string().regex(codeShape, 'a code begins with a capital and has capitals, digits and _, at most 40'),
    label: z.string().trim().min(1).max(100).describe('What it is, for people.'),
    channel: z.enum(channels).describe('CALL, EMAIL and LETTER reach the customer; a TASK is done among ourselves.'),
    offsetDays: z
      .int()
      .min(-365)
      .max(3_650)
      .nullable()
      .default(null)
      .describe('Days behind the due date from which it is due, negative before it; null where only the stage before it counts.'),
    minGapDays: days.default(0).describe('Least days from the last stage that was done to this one.'),
    graceDays: days.max(365).default(3).describe('Days behind its own due day on which it is still in time.'),
    needsApproval: z.boolean().default(false).describe('Whether somebody has to agree before it reaches the customer.'),
    template: z
      .string()
      .regex(codeShape)
      .nullable()
      .default(null)
      .describe('Code of the text that is sent, of the client’s policy NOTICE; without it a mail or letter is written by hand.'),
  })
  .refine(({ offsetDays, minGapDays }) => offsetDays !== null || minGapDays > 0, {
    message: 'a step without offsetDays counts from the stage before it: give it minGapDays of at least 1',
    path: ['minGapDays'],
  })

export type Step = Readonly<z.output<typeof step>>

const reference = (
  code: string,
  channel: Channel,
  offsetDays: number,
  label: string,
  rest: Partial<z.input<typeof step>> = {},
): z.input<typeof step> => ({ code, label, channel, offsetDays, minGapDays: 5, ...rest })

/** What collectors commonly do, from a week before the due date to the advice of an agency (model.md 3.4). */
const referenceSteps = [
  reference('CONFIRM', 'EMAIL', -7, 'Confirm that it arrived and is approved', { minGapDays: 0, template: 'CONFIRM' }),
  reference('REMINDER', 'EMAIL', 1, 'Friendly reminder', { template: 'FRIENDLY_REMINDER' }),
  reference('CALL', 'CALL', 7, 'Call'),
  reference('SECOND_NOTICE', 'LETTER', 15, 'Second notice', { minGapDays: 7, template: 'SECOND_NOTICE' }),
  reference('FORMAL_NOTICE', 'LETTER', 30, 'Formal notice to the supervisor', {
    ...{ minGapDays: 7, needsApproval: true, template: 'FORMAL_NOTICE' },
  }),
  reference('CLIENT_CONTACT', 'TASK', 45, 'Involve the client’s sales contact', { minGapDays: 7 }),
  reference('FINAL_DEMAND', 'LETTER', 60, 'Final demand, and advice to stop deliveries', {
    ...{ minGapDays: 10, needsApproval: true, template: 'FINAL_DEMAND' },
  }),
  reference('PRE_LEGAL', 'TASK', 75, 'Prepare the legal step', { minGapDays: 10, needsApproval: true }),
  reference('AGENCY_ADVICE', 'TASK', 90, 'Advise the client about an agency or a court', { minGapDays: 10, needsApproval: true }),
]

const unique = (all: readonly { readonly code: string }[]) => new Set(all.map(({ code }) => code)).size === all.length
const ascending = (all: readonly { readonly offsetDays: number | null }[]): boolean => {
  const offsets = all.flatMap(({ offsetDays }) => (offsetDays === null ? [] : [offsetDays]))
  return offsets.every((offset, place) => place === 0 || offset > (offsets[place - 1] ?? 0))
}

const isHolding = (what: string) => z.boolean().default(true).describe(`Whether ${what} stops the stages of an item.`)

const shape = z.strictObject({
  isActive: z
    .boolean()
    .default(false)
    .describe('Whether items are staged at all. Nobody is contacted by a ladder that was not asked for.'),
  steps: z
    .array(step)
    .min(1)
    .max(30)
    .default(referenceSteps.map((one) => step.parse(one)))
    .refine(unique, 'each step has a code of its own')
    .refine(ascending, 'offsetDays grow from step to step')
    .refine(([first]) => first === undefined || first.offsetDays !== null, 'the first step counts from the due date')
    .describe('The ladder, lowest step first.'),
  minimumAmount: amount
    .default('1')
    .describe('Least that is open of an item that is staged, in units of its own currency: nobody is asked for ten cents.'),
  minimumAmounts: z
    .record(z.string(), amount)
    .refine((all) => Object.keys(all).every(isCurrency), 'a currency is one of ISO 4217')
    .default({})
    .describe('The same for single currencies, by code.'),
  holds: z
    .strictObject({
      dispute: isHolding('a dispute'),
      promise: isHolding('a promise in force'),
      plan: isHolding('a payment plan that is kept'),
      unappliedCash: isHolding('money of the customer that covers all it owes in the currency and is not applied yet'),
    })
    .prefault({})
    .describe('What stops stages by itself. What somebody holds by hand is held in any case.'),
  creditsCount: z.boolean().default(true).describe('Whether open credit memos count with money that is not applied yet.'),
  restrictedCountries: z
    .array(z.string().regex(/^[A-Z]{2}$/, 'a country has two capitals, as DE'))
    .max(250)
    .default([])
    .describe('Customers of these countries are not staged, by ISO 3166.'),
})

export type StagingRules = Readonly<z.output<typeof shape>>

export const { defaults: defaultStaging, parse: parseStaging, jsonSchema: stagingJsonSchema } = shaped(shape)

/** The least open amount of an item that is staged, in its own currency: a fraction of the smallest unit counts as a whole one. */
export const minimumIn = ({ minimumAmount, minimumAmounts }: StagingRules, currency: string): bigint => {
  const text = minimumAmounts[currency] ?? minimumAmount
  const [whole = '0', fraction = ''] = text.split('.')
  const kept = fraction.slice(0, exponentOf(currency))
  const isCut = /[1-9]/.test(fraction.slice(kept.length))
  const parsed = parseAmount(kept === '' ? whole : `${whole}.${kept}`, currency)
  if (typeof parsed === 'string') throw new Error(`${text} is no amount of ${currency}`)
  return parsed.minor + (isCut ? 1n : 0n)
}

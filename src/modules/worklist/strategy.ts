import { z } from 'zod'
import { shaped } from '../../platform/shaped.ts'

/** What a client's queues are scored by, and what they leave out. Every number is an integer: points, days, percent, counts. */

const weight = z.int().min(0).max(1_000)
const percent = z.int().min(0).max(100)
const steps = z
  .array(z.strictObject({ at: z.int().min(0).max(1_000_000_000), share: percent }))
  .min(1)
  .max(20)
  .refine(
    (all) => all.every(({ at }, place) => place === 0 || at > (all[place - 1]?.at ?? 0)),
    'steps go upwards, each behind the one before',
  )

type Ladder = readonly (readonly [at: number, share: number])[]

const stepsFrom = (ladder: Ladder) => ladder.map(([at, share]) => ({ at, share }))

const factorShape = (points: number, ladder: Ladder) => ({
  weight: weight.default(points).describe('Most points that it gives; 0 leaves the factor out.'),
  steps: steps
    .default(stepsFrom(ladder))
    .describe('Share of the weight in percent from a number on; in a straight line between.'),
})

const factor = (points: number, ladder: Ladder, meaning: string) =>
  z.strictObject(factorShape(points, ladder)).prefault({}).describe(meaning)

/** One about which nothing may be known: then it gives a share of its own. */
const factorOfHistory = (points: number, ladder: Ladder, without: number, meaning: string) =>
  z
    .strictObject({
      ...factorShape(points, ladder),
      withoutHistory: percent
        .default(without)
        .describe('Share of the weight in percent where there was no payment in the last year.'),
    })
    .prefault({})
    .describe(meaning)

const amountLadder: Ladder = [
  [0, 0],
  [1_000, 20],
  [10_000, 45],
  [100_000, 75],
  [1_000_000, 100],
]

const together = (all: Readonly<Record<string, { readonly weight: number }>>): boolean =>
  Object.values(all).reduce((sum, one) => sum + one.weight, 0) <= 1_000
const tooMuch = 'the weights of all factors are at most 1000 together'

const why = z.string().trim().min(1).max(200).describe('Why, for people.')
const base = z.int().min(0).max(1_000_000_000)
const leftOut = {
  countriesOut: z
    .array(z.strictObject({ country: z.string().regex(/^[A-Z]{2}$/, 'a country has two capitals, as DE'), reason: why }))
    .max(250)
    .default([])
    .describe('Customers of these countries are left out, by ISO 3166.'),
  customersOut: z
    .array(z.strictObject({ number: z.string().min(1).max(100), reason: why }))
    .max(500)
    .default([])
    .describe('These customers are left out, by number.'),
}

const collections = z
  .strictObject({
    factors: z
      .strictObject({
        overdueDays: factor(
          400,
          [
            [0, 0],
            [90, 100],
          ],
          'Days overdue, weighted by amount.',
        ),
        amount: factor(400, amountLadder, 'What is to be collected, in units of the base currency.'),
        paymentRisk: factorOfHistory(
          200,
          [
            [0, 0],
            [60, 100],
          ],
          50,
          'Days that the customer paid late over the last year, weighted by amount.',
        ),
        brokenPromises: factor(
          0,
          [
            [0, 0],
            [3, 100],
          ],
          'Promises past their day whose items are still open.',
        ),
        disputedShare: factor(
          0,
          [
            [0, 100],
            [100, 0],
          ],
          'Percent of what is open, credits aside, that is disputed.',
        ),
        daysSincePayment: factorOfHistory(
          0,
          [
            [0, 0],
            [90, 100],
          ],
          100,
          'Days since the customer last settled an item.',
        ),
        itemCount: factor(
          0,
          [
            [0, 0],
            [20, 100],
          ],
          'Items to be collected.',
        ),
        exposure: factor(0, amountLadder, 'All that is open, due or not, credits taken off, in units of the base currency.'),
        hierarchy: factor(
          0,
          [
            [0, 0],
            [1, 100],
          ],
          '1 for a customer that has a parent, 0 for one that has none.',
        ),
      })
      .prefault({})
      .refine(together, tooMuch)
      .describe('What the score of a collection is added up from.'),
    inclusion: z
      .strictObject({
        amountMin: base.default(0).describe('Least that is to be collected, in units of the base currency.'),
        overdueDaysMin: z.int().min(0).max(3_650).default(0).describe('Least days overdue of the oldest item to be collected.'),
        itemKinds: z
          .array(z.enum(['INVOICE', 'DEBIT_MEMO']))
          .min(1)
          .max(2)
          .default(['INVOICE', 'DEBIT_MEMO'])
          .describe('Only items of these kinds are to be collected.'),
        ...leftOut,
      })
      .prefault({})
      .describe('Which customers come into the queue, of those with something to be collected.'),
  })
  .prefault({})

const cash = z
  .strictObject({
    factors: z
      .strictObject({
        age: factor(
          400,
          [
            [0, 0],
            [30, 100],
          ],
          'Days since the value date.',
        ),
        amount: factor(400, amountLadder, 'What is undecided, in units of the base currency.'),
        chases: factor(
          200,
          [
            [0, 0],
            [100, 100],
          ],
          'Percent of the steps of the chase that are due and were not taken.',
        ),
      })
      .prefault({})
      .refine(together, tooMuch)
      .describe('What the score of cash work is added up from.'),
    inclusion: z
      .strictObject({
        amountMin: base.default(0).describe('Least that is undecided, in units of the base currency.'),
        ageDaysMin: z.int().min(0).max(3_650).default(0).describe('Least days since the value date.'),
        kinds: z
          .array(z.enum(['MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH']))
          .max(3)
          .default(['MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH'])
          .describe('Only cash work of these kinds is queued.'),
        ...leftOut,
      })
      .prefault({})
      .describe('Which receipts come into the queues of cash, of those that are undecided.'),
  })
  .prefault({})

const strategyShape = z.strictObject({
  collections: collections.describe('The queue of collections.'),
  cash: cash.describe('The queues of cash.'),
})

export type Strategy = Readonly<z.output<typeof strategyShape>>

/** What every client has that published nothing. These numbers are never changed: they are version 0 of everybody. */
export const {
  defaults: defaultStrategy,
  parse: parseStrategy,
  jsonSchema: strategyJsonSchema,
} = shaped(strategyShape, 'strategy')

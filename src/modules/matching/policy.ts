import { z } from 'zod'
import { exponentOf, isCurrency } from '../../kernel/money.ts'
import { shaped } from '../../platform/shaped.ts'

/** How boldly a client's cash is matched. Every number is an integer: minor units, days, or hundredths of a percent. */

const minor = z.int().min(0).max(1_000_000_000)
const basisPoints = z.int().min(0).max(10_000)
const byCurrency = z.record(z.string().refine(isCurrency, 'this is not an ISO 4217 currency'), minor)

const policyShape = z.strictObject({
  version: z.int().min(1).default(1).describe('Told with every match; a changed policy gets the next one.'),
  reference: z
    .strictObject({
      digitsMin: z
        .int()
        .min(4)
        .max(20)
        .default(5)
        .describe('Fewest digits that name an item without its letters, or from inside a longer number.'),
      textLengthMin: z
        .int()
        .min(4)
        .max(20)
        .default(5)
        .describe('Fewest characters that name an item in free text; behind a word such as “Invoice” fewer do.'),
      labels: z
        .array(z.string().regex(/^[A-Z]{1,20}$/))
        .max(100)
        .default([])
        .describe('Words of this client’s payers that stand before document numbers, in capitals.'),
    })
    .prefault({}),
  fuzzy: z
    .strictObject({
      distanceMax: z
        .int()
        .min(0)
        .max(2)
        .default(1)
        .describe('Most edits between a reference and a number; 0 turns the rule off.'),
      lengthMin: z.int().min(5).max(30).default(6).describe('Shorter numbers are too much like one another.'),
      isAutomatic: z
        .boolean()
        .default(false)
        .describe('Post a similar number by itself where the amount is exact and the payer is known without it.'),
    })
    .prefault({}),
  payer: z
    .strictObject({
      byItemsIsAutomatic: z.boolean().default(true).describe('Post where nothing but the items referred to says who paid.'),
      parentIsAutomatic: z.boolean().default(true).describe('Post where a parent or the receiver of the bills pays.'),
      familyIsAutomatic: z.boolean().default(false).describe('Post where a sister or a child pays.'),
    })
    .prefault({}),
  tolerance: z
    .strictObject({
      allowWriteOff: z.boolean().default(true).describe('Propose to write small differences off.'),
      byDigits: z
        .strictObject({ '0': minor.default(100), '2': minor.default(100), '3': minor.default(300), '4': minor.default(1_000) })
        .prefault({})
        .describe('Most minor units that are small, by the digits of the currency.'),
      byCurrency: byCurrency.default({}).describe('The same for single currencies, which it replaces.'),
      shareMaxBp: basisPoints.default(50).describe('And at most this share of the item: both must hold.'),
    })
    .prefault({}),
  discount: z
    .strictObject({
      graceDays: z.int().min(0).max(60).default(0).describe('Days behind the last day of a cash discount that still earn it.'),
      roundingMinor: z.int().min(0).max(100).default(1).describe('How far a discount may be from the terms, for each item.'),
      unearnedIsAutomatic: z.boolean().default(false).describe('Post the payment where a discount was taken too late.'),
    })
    .prefault({}),
  deduction: z
    .strictObject({
      statedIsAutomatic: z.boolean().default(true).describe('Post the payment where the remittance says what was deducted.'),
      statedMaxBp: basisPoints.default(2_500).describe('But not where more than this share of the item was deducted.'),
      unstatedIsAutomatic: z.boolean().default(false).describe('Post the payment where nothing says why it is short.'),
    })
    .prefault({}),
  withholding: z
    .strictObject({
      ratesBp: z.array(z.int().min(1).max(5_000)).max(20).default([]).describe('Rates of tax that customers withhold.'),
      roundingMinor: z.int().min(0).max(100).default(1).describe('How far the tax may be from the rate, for each item.'),
      isAutomatic: z.boolean().default(false).describe('Post the payment where tax was withheld.'),
    })
    .prefault({}),
  bankFee: z
    .strictObject({
      statedIsAutomatic: z.boolean().default(true).describe('Post the payment where the banks say what they kept.'),
      unstatedMaxMinor: byCurrency
        .default({})
        .describe('What banks usually keep without a word, by currency. It is only ever suggested.'),
    })
    .prefault({}),
  fx: z
    .strictObject({ shareMaxBp: basisPoints.default(200).describe('Most that an exchange can take. It is only ever suggested.') })
    .prefault({}),
  overPaid: z
    .strictObject({
      isAutomatic: z.boolean().default(false).describe('Post the items where more was paid than they have open.'),
      use: z
        .enum(['UNAPPLIED', 'ON_ACCOUNT'])
        .default('UNAPPLIED')
        .describe('What becomes of the rest of a known customer’s money.'),
    })
    .prefault({}),
  duplicate: z
    .strictObject({
      daysMax: z.int().min(0).max(3_650).default(365).describe('How long ago an item was paid that is paid again.'),
    })
    .prefault({}),
  subset: z
    .strictObject({
      itemsMax: z.int().min(2).max(200).default(60).describe('With more open items than this no sums are tried.'),
      sizeMax: z.int().min(2).max(12).default(6).describe('Most items of a sum.'),
      nodesMax: z.int().min(1).max(1_000_000).default(20_000).describe('Steps after which the search gives up, and says so.'),
    })
    .prefault({}),
})

export type MatchingPolicy = Readonly<z.output<typeof policyShape>>

export const {
  defaults: defaultMatchingPolicy,
  parse: parseMatchingPolicy,
  jsonSchema: matchingPolicyJsonSchema,
} = shaped(policyShape)

/** The most that counts as small in a currency. */
export const toleranceOf = ({ tolerance }: MatchingPolicy, currency: string): bigint => {
  const digits = String(exponentOf(currency)) as keyof typeof tolerance.byDigits
  return BigInt(tolerance.byCurrency[currency] ?? tolerance.byDigits[digits] ?? 0)
}

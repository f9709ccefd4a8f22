import { z } from 'zod'
import { exponentOf, isCurrency } from '../../kernel/money.ts'
import { shaped } from '../../platform/shaped.ts'
import { definePolicy } from '../policy/index.ts'
import { BeyondTolerance } from './rules.ts'

const minor = z.int().min(0).max(1_000_000_000)
const byCurrency = z.record(z.string().refine(isCurrency, 'this is not an ISO 4217 currency'), minor).default({})
const byDigits = (two: number) =>
  z
    .strictObject({
      '0': minor.default(two),
      '2': minor.default(two),
      '3': minor.default(two * 10),
      '4': minor.default(two * 100),
    })
    .prefault({})

/** What is small: by amount, by share, and in a month. */
export const writeOffShape = z.strictObject({
  itemMax: z
    .strictObject({
      byDigits: byDigits(100).describe('Most minor units of one item, by the digits of its currency.'),
      byCurrency: byCurrency.describe('The same for single currencies, which it replaces.'),
    })
    .prefault({}),
  shareMaxBp: z
    .int()
    .min(0)
    .max(10_000)
    .default(50)
    .describe('And at most this share of the item, in hundredths of a percent: both must hold.'),
  monthMax: z
    .strictObject({
      byDigits: byDigits(100_000).describe('Most minor units of a calendar month of the client, by the digits of the currency.'),
      byCurrency: byCurrency.describe('The same for single currencies, which it replaces.'),
    })
    .prefault({}),
})

export type WriteOffLimits = Readonly<z.output<typeof writeOffShape>>

export const writeOffPolicy = definePolicy<WriteOffLimits>({
  kind: 'WRITE_OFF',
  description:
    'How much of a small difference may be written off without an approval: for one item, as a share of it, and in a month.',
  ...shaped(writeOffShape),
})

const most = ({ byDigits, byCurrency }: WriteOffLimits['itemMax'], currency: string): bigint => {
  const digits = String(exponentOf(currency)) as keyof typeof byDigits
  return BigInt(byCurrency[currency] ?? byDigits[digits])
}

const size = (amount: bigint) => (amount < 0n ? -amount : amount)

export type WriteOff = {
  readonly amountMinor: bigint
  readonly currency: string
  /** What the item was for: the share is of this. */
  readonly originalMinor: bigint
  /** Written off in the client's month so far. */
  readonly monthMinor: bigint
}

/** Null where a write-off is small by every measure: for one item, as a share of it, and with what the month has seen. */
export const beyondTolerance = (
  limits: WriteOffLimits,
  { amountMinor, currency, originalMinor, monthMinor }: WriteOff,
): BeyondTolerance | null => {
  const amount = size(amountMinor)
  const itemMax = most(limits.itemMax, currency)
  if (amount > itemMax) return new BeyondTolerance('ABSOLUTE', { minor: itemMax, currency })
  const shareMax = (size(originalMinor) * BigInt(limits.shareMaxBp)) / 10_000n
  if (amount > shareMax) return new BeyondTolerance('PERCENT', { minor: shareMax, currency })
  const left = most(limits.monthMax, currency) - monthMinor
  if (amount > left) return new BeyondTolerance('MONTH', { minor: left > 0n ? left : 0n, currency })
  return null
}

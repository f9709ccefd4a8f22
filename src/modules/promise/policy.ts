import { z } from 'zod'
import { shaped } from '../../platform/shaped.ts'
import { definePolicy } from '../policy/index.ts'

const shape = z.strictObject({
  toleranceBusinessDays: z
    .int()
    .min(0)
    .max(30)
    .default(0)
    .describe('Business days behind the promised day on which a payment still keeps the promise.'),
  toleranceBp: z
    .int()
    .min(0)
    .max(10_000)
    .default(0)
    .describe(
      'Share of the promise that may be missing, in hundredths of a percent. Differences that were written off count as paid.',
    ),
  dateCounted: z
    .enum(['VALUE_DATE', 'POSTING_DATE'])
    .default('VALUE_DATE')
    .describe('Which day of a payment has to lie within the deadline: that of the bank, or the one on which it was applied.'),
  confirmDays: z
    .int()
    .min(0)
    .max(3_650)
    .default(30)
    .describe('Days after which a promise that was judged stays what it is: a payment taken back later changes nothing.'),
  longestDays: z.int().min(1).max(3_650).default(90).describe('Most days from today to the promised day.'),
  allowDisputed: z.boolean().default(false).describe('Whether items that are disputed may be promised.'),
})

export type PromiseRules = Readonly<z.output<typeof shape>>

export const promisePolicy = definePolicy<PromiseRules>({
  kind: 'PROMISE',
  description: 'What may be promised, and when a promise counts as kept. A promise keeps the rules under which it was taken.',
  ...shaped(shape),
})

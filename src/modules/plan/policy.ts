import { z } from 'zod'
import { shaped } from '../../platform/shaped.ts'
import { definePolicy } from '../policy/index.ts'

const shape = z.strictObject({
  graceBusinessDays: z
    .int()
    .min(0)
    .max(30)
    .default(3)
    .describe('Business days behind its due day on which an installment is still in time.'),
  missedToDefault: z.int().min(1).max(100).default(2).describe('So many installments overdue at once put a plan in default.'),
  daysLateToDefault: z
    .int()
    .min(1)
    .max(3_650)
    .default(30)
    .describe('One installment that is so many days behind its due day puts a plan in default by itself.'),
  accelerate: z.boolean().default(true).describe('Whether a default makes everything due that the plan covers.'),
  longestDays: z.int().min(1).max(3_650).default(365).describe('Most days from today to the last installment.'),
  installmentsMax: z.int().min(1).max(100).default(36).describe('Most installments of a plan.'),
})

export type PlanRules = Readonly<z.output<typeof shape>>

export const planPolicy = definePolicy<PlanRules>({
  kind: 'PAYMENT_PLAN',
  description: 'How long payment plans may be, and when one is in default. A plan keeps the rules under which it was proposed.',
  ...shaped(shape),
})

import { z } from 'zod'
import { definePolicy } from '../policy/index.ts'

export const priorities = ['LOW', 'NORMAL', 'HIGH', 'URGENT'] as const
export type Priority = (typeof priorities)[number]

const code = z.string().regex(/^[A-Z0-9][A-Z0-9_-]{0,31}$/)
const department = z.string().min(1).max(100).describe('The department that answers for it.')
const days = (usual: number) =>
  z.int().min(0).max(365).default(usual).describe('Days from the client’s day on which the case begins to its deadline.')

const reason = z.strictObject({
  code: code.describe('Short name of the reason.'),
  label: z.string().min(1).max(100).describe('What it says.'),
  category: z.string().min(1).max(40).describe('What kinds of reasons are counted together.'),
  department,
  priority: z.enum(priorities).default('NORMAL').describe('Priority of cases with this reason unless somebody says another.'),
  deadlineDays: days(30),
  isCollected: z
    .boolean()
    .default(false)
    .describe('Whether items are asked for while a case about them lasts. Cases that run keep what they were triaged by.'),
  processor: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .default(null)
    .describe('The id of the user or team who works on such cases; where null or not entitled, whoever steers the case.'),
  evidenceTypes: z
    .array(z.string().regex(/^[A-Z][A-Z0-9_]{0,39}$/))
    .max(20)
    .default([])
    .describe('Types of the documents that such a case needs.'),
})

const rootCause = z.strictObject({
  code: code.describe('Short name of the cause.'),
  label: z.string().min(1).max(100).describe('What it says.'),
  department,
})

const eachOnce = (codes: readonly { readonly code: string }[]) => new Set(codes.map((one) => one.code)).size === codes.length

const shape = z.strictObject({
  deadlineDays: days(30),
  reasons: z
    .array(reason)
    .min(1)
    .max(100)
    .refine(eachOnce, 'each code once')
    .prefault([
      { code: 'PRICE', label: 'Price', category: 'BILLING', department: 'Sales', evidenceTypes: ['PRICE_LIST'] },
      { code: 'QUANTITY', label: 'Quantity', category: 'DELIVERY', department: 'Logistics', evidenceTypes: ['POD'] },
      { code: 'DAMAGE', label: 'Damaged goods', category: 'DELIVERY', department: 'Logistics' },
      { code: 'NOT_DELIVERED', label: 'Not delivered', category: 'DELIVERY', department: 'Logistics', evidenceTypes: ['POD'] },
      { code: 'QUALITY', label: 'Quality', category: 'PRODUCT', department: 'Quality' },
      { code: 'TAX', label: 'Tax', category: 'BILLING', department: 'Finance' },
      {
        code: 'DUPLICATE',
        label: 'Billed twice',
        category: 'BILLING',
        department: 'Billing',
        priority: 'HIGH',
        deadlineDays: 10,
      },
      { code: 'NO_ORDER', label: 'Order missing or wrong', category: 'BILLING', department: 'Billing' },
      { code: 'PAID', label: 'Says it is paid', category: 'PAYMENT', department: 'Finance', deadlineDays: 10, isCollected: true },
      { code: 'OTHER', label: 'Something else', category: 'OTHER', department: 'Receivables' },
    ])
    .describe('Why customers dispute what they owe.'),
  rootCauses: z
    .array(rootCause)
    .min(1)
    .max(100)
    .refine(eachOnce, 'each code once')
    .prefault([
      { code: 'INTERNAL_PRICING', label: 'Wrong price in our systems', department: 'Sales' },
      { code: 'INTERNAL_BILLING', label: 'Billed wrongly', department: 'Billing' },
      { code: 'INTERNAL_SHIPPING', label: 'Shipped wrongly', department: 'Logistics' },
      { code: 'CARRIER', label: 'The carrier failed', department: 'Logistics' },
      { code: 'CUSTOMER_DISSATISFIED', label: 'The customer is not satisfied', department: 'Sales' },
      { code: 'CUSTOMER_ERROR', label: 'The customer erred', department: 'Receivables' },
    ])
    .describe('What went wrong behind disputes, and who answers for that.'),
})

export type DisputeRules = Readonly<z.output<typeof shape>>
export type DisputeReason = DisputeRules['reasons'][number]

export const disputePolicy = definePolicy<DisputeRules>({
  kind: 'DISPUTE',
  description:
    'For which reasons customers dispute what they owe, what went wrong behind it, who works it and by when, and whether the items are asked for meanwhile.',
  defaults: shape.parse({}),
  parse: (json) => {
    const parsed = shape.safeParse(json)
    if (parsed.success) return parsed.data
    return { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'policy'}: ${message}`) }
  },
  jsonSchema: () => z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }),
})

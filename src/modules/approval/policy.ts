import { z } from 'zod'
import { type Problems, shaped } from '../../platform/shaped.ts'
import { definePolicy } from '../policy/index.ts'
import { type ApprovalRules, actionNames, approvalRoles, completed, matrixProblems } from './rules.ts'

const bound = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,4})?$/, 'a decimal without a sign, such as "5000.00"')
  .nullable()
  .default(null)

const row = z.strictObject({
  action: z.enum(actionNames).describe('What is to be approved.'),
  reasons: z
    .array(z.string().min(1).max(64))
    .max(50)
    .default([])
    .describe('Codes of the reasons that the row is for; any where empty.'),
  upTo: bound.describe('The most that one request may be worth, in the base currency of the client; any amount where null.'),
  cumulativeUpTo: bound.describe(
    'The most that the customer’s requests of this action within `cumulativeDays` may be worth together; any sum where null.',
  ),
  steps: z
    .array(z.enum(approvalRoles))
    .max(5)
    .default([])
    .describe(
      'Whose approval is needed, in this order, each another person’s. A manager may do what a lead may. Nobody’s where empty.',
    ),
})

const shape = z.strictObject({
  expiresAfterDays: z
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe('Days after which a request that nobody decided, or an approval that nobody used, expires.'),
  cumulativeDays: z
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe('Requests of one customer and action within so many days of one another are added up.'),
  matrix: z
    .array(row)
    .max(200)
    .default([])
    .describe(
      'Rows of authority. The first row of an action that the reason, the amount and the sum fit rules; the last row of an action has no bound and no reasons. An action without a row goes by the default.',
    ),
})

const read = shaped(shape)

const parse = (json: unknown): ApprovalRules | Problems => {
  const parsed = read.parse(json)
  if ('problems' in parsed) return parsed
  const problems = matrixProblems(parsed.matrix)
  return problems.length > 0 ? { problems } : { ...parsed, matrix: completed(parsed.matrix) }
}

export const approvalPolicy = definePolicy<ApprovalRules>({
  kind: 'APPROVAL',
  description:
    'What needs whose approval: the matrix of authority. It is asked when an approval is requested and again at each decision.',
  defaults: { ...read.defaults, matrix: completed([]) },
  parse,
  jsonSchema: read.jsonSchema,
})

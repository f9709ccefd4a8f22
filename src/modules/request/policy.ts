import { z } from 'zod'
import { shaped } from '../../platform/shaped.ts'
import { definePolicy } from '../policy/index.ts'

const minutes = (most: number) => z.int().min(1).max(most)
const hour = 60
const longest = 90 * 24 * hour

const within = (acknowledge: number, answer: number) => ({
  acknowledgeWithin: minutes(longest)
    .default(acknowledge)
    .describe('Minutes until the owner has to say that they are at it. A minute of a Saturday or Sunday does not count.'),
  answerWithin: minutes(longest).default(answer).describe('Minutes until it has to be answered.'),
})

const owner = z
  .union([
    z.strictObject({
      role: z.enum(['ANALYST', 'LEAD', 'MANAGER']).describe('Of those who hold the role the one with the fewest live requests.'),
    }),
    z.strictObject({ person: z.string().min(1).max(200).describe('The id of a user, as `Client.requestOwners` has it.') }),
    z.strictObject({ team: z.string().min(1).max(200).describe('The id of a team that serves the client.') }),
  ])
  .describe('Who answers for an escalation at this level. A level that nobody can own is passed over.')

const path = z.strictObject({
  code: z
    .string()
    .regex(/^[A-Z0-9][A-Z0-9_-]{0,31}$/)
    .describe('Short name of the path.'),
  levels: z
    .array(z.strictObject({ owner, ...within(4 * hour, 24 * hour) }))
    .min(1)
    .max(10)
    .describe('From the first level up.'),
})

const timed = (acknowledge: number, answer: number) => z.strictObject(within(acknowledge, answer)).prefault({})

const shape = z
  .strictObject({
    countWeekends: z.boolean().default(false).describe('Whether Saturdays and Sundays in the client’s zone count as well.'),
    paths: z
      .array(path)
      .min(1)
      .max(20)
      .prefault([{ code: 'DEFAULT', levels: [{ owner: { role: 'LEAD' } }, { owner: { role: 'MANAGER' } }] }])
      .describe('Paths up which escalations go; the first is taken where none is named.'),
    internalRequests: timed(8 * hour, 48 * hour).describe('How long internal requests may take.'),
    handoffs: timed(8 * hour, 48 * hour).describe('How long hand-offs may take.'),
  })
  .refine(({ paths }) => new Set(paths.map(({ code }) => code)).size === paths.length, 'paths: each code once')

export type EscalationRules = Readonly<z.output<typeof shape>>
export type Level = EscalationRules['paths'][number]['levels'][number]
export type Within = EscalationRules['handoffs']

export const escalationPolicy = definePolicy<EscalationRules>({
  kind: 'ESCALATION',
  description:
    'Up which paths escalations go, and how long escalations, internal requests and hand-offs may take. Deadlines that run keep the rules under which they began.',
  ...shaped(shape),
})

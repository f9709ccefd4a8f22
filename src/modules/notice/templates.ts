import { z } from 'zod'
import { shaped } from '../../platform/shaped.ts'
import { defaultTemplates } from './default-templates.ts'
import { tablePlaceholder, unknownIn } from './placeholders.ts'

// What a client writes to its customers, as data.

export const templateCodeShape = /^[A-Z][A-Z0-9_]{0,39}$/

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'it is one line')
const address = z.email().max(254)

/** Text whose placeholders can all be filled in. */
const filled = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .superRefine((text, context) => {
      const unknown = unknownIn(text)
      if (unknown !== null) context.addIssue({ code: 'custom', message: unknown })
    })

const isLanguage = (language: string): boolean => {
  try {
    return Intl.NumberFormat.supportedLocalesOf(language).length > 0
  } catch {
    return false
  }
}

const labels = z
  .strictObject({
    number: line(40).default('Number'),
    issuedOn: line(40).default('Issued'),
    dueOn: line(40).default('Due'),
    daysLate: line(40).default('Days late'),
    amount: line(40).default('Amount'),
    credits: line(80).default('To your credit'),
    total: line(40).default('Total'),
    page: line(40).default('Page'),
  })
  .prefault({})

const template = z.strictObject({
  code: z.string().regex(templateCodeShape, 'a code begins with a capital and has capitals, digits and _, at most 40'),
  level: z.int().min(0).max(9).describe('How firm it is: of several for one contact the highest is sent.'),
  covers: z
    .enum(['OVERDUE', 'ALL_OPEN'])
    .default('OVERDUE')
    .describe('What it is about where nobody chooses: what is overdue, or everything that is open.'),
  approvalFrom: z
    .string()
    .regex(/^\d{1,15}(\.\d{1,4})?$/, 'an amount is written as 1000 or 1000.00')
    .optional()
    .describe(
      'From this total on, in the client’s base currency, somebody has to approve it; 0 means always, and without it nobody has to.',
    ),
  language: z
    .string()
    .max(35)
    .refine(isLanguage, 'this is no language tag such as en or de-CH')
    .default('en')
    .describe('How amounts and days are written.'),
  subject: filled(200).regex(/^\P{Cc}*$/u, 'a subject is one line'),
  paragraphs: z
    .array(z.union([z.literal(tablePlaceholder), filled(2_000)]))
    .min(1)
    .max(30)
    .refine((list) => list.filter((text) => text === tablePlaceholder).length <= 1, { error: '{{lines}} stands twice' })
    .describe('In their order; the items stand at {{lines}}, or behind the last.'),
  closing: filled(500).describe('Below the text, such as a greeting and the sender’s name.'),
  labels,
})

export type Template = Readonly<z.output<typeof template>>

const shape = z.strictObject({
  sender: z
    .strictObject({ name: line(100), address, replyTo: address.optional() })
    .optional()
    .describe('From whom mails come and who gets the answers. Without it no mail is sent.'),
  postalAddress: z
    .array(line(80))
    .min(1)
    .max(6)
    .optional()
    .describe('The sender’s lines above the window of a letter, from the name on.'),
  credits: z
    .enum(['NONE', 'LISTED', 'NETTED'])
    .default('LISTED')
    .describe('Whether open credits are left out, listed below the items, or listed and taken off the total.'),
  contactRoles: z
    .array(line(100))
    .max(20)
    .default(['AP', 'accounts payable'])
    .describe('Roles of contacts that are written to first, the first of them before all others; in either case.'),
  templates: z
    .array(template)
    .min(1)
    .max(40)
    .refine((list) => new Set(list.map(({ code }) => code)).size === list.length, { error: 'a code stands twice' })
    .prefault(defaultTemplates),
})

export type NoticeRules = Readonly<z.output<typeof shape>>
export type Labels = Template['labels']

export const { defaults: defaultNoticeRules, parse: parseNoticeRules, jsonSchema: noticeRulesJsonSchema } = shaped(shape)

export const templateNamed = ({ templates }: NoticeRules, code: string): Template | undefined =>
  templates.find((one) => one.code === code)

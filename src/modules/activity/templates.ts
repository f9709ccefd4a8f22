import { z } from 'zod'
import { isZone } from '../../kernel/day.ts'
import { shaped } from '../../platform/shaped.ts'

/** What a client wants to be told of calls, mails, letters and notes, and by which codes. */

export const activityKinds = ['CALL', 'MAIL', 'LETTER', 'NOTE'] as const
export type ActivityKind = (typeof activityKinds)[number]

/** What a client may require besides the note. */
const requirable = ['DISPOSITION', 'CONTACT', 'RIGHT_PARTY', 'NON_PAYMENT_REASON', 'OPEN_ITEMS'] as const

export const codeShape = /^[A-Z][A-Z0-9_]{0,39}$/

const code = z.string().regex(codeShape, 'a code begins with a capital and has capitals, digits and _, at most 40')
const label = z.string().trim().min(1).max(100).describe('What people read.')

const template = (noteLengthMin: number) =>
  z
    .strictObject({
      required: z
        .array(z.enum(requirable))
        .max(requirable.length)
        .default([])
        .describe('What has to be told. RIGHT_PARTY asks for a yes or a no.'),
      noteLengthMin: z.int().min(0).max(1_000).default(noteLengthMin).describe('Fewest characters of the note.'),
      noteFormat: z
        .strictObject({
          pattern: z
            .string()
            .min(1)
            .max(200)
            .describe('What the whole note looks like: # is a digit, ? any character, * any text; letters in either case.'),
          description: z
            .string()
            .trim()
            .min(1)
            .max(300)
            .describe('The same in words, for whoever wrote a note that does not fit.'),
        })
        .optional(),
    })
    .prefault({})

const contactKinds = ['CALL', 'MAIL', 'LETTER'] as const
const contacts = (...kinds: (typeof contactKinds)[number][]) =>
  z.array(z.enum(contactKinds)).min(1).max(contactKinds.length).default(kinds).describe('Outbound activities that it is about.')
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time is written as 20:30')

const isDistinct = (list: readonly { readonly code: string }[]) => new Set(list.map((entry) => entry.code)).size === list.length

const shape = z
  .strictObject({
    kinds: z
      .strictObject({ CALL: template(0), MAIL: template(0), LETTER: template(0), NOTE: template(1) })
      .prefault({})
      .describe('By the kind of the activity.'),
    dispositions: z
      .array(
        z.strictObject({
          code,
          label,
          isReached: z.boolean().describe('Somebody of the customer was reached.'),
          kinds: z
            .array(z.enum(activityKinds))
            .min(1)
            .max(activityKinds.length)
            .default([...activityKinds])
            .describe('Activities that can end so.'),
        }),
      )
      .max(100)
      .default([])
      .describe('How activities can end. Any code is taken while the list is empty.'),
    nonPaymentReasons: z
      .array(z.strictObject({ code, label }))
      .max(100)
      .default([])
      .describe('Why customers do not pay. Any code is taken while the list is empty.'),
    contactLimits: z
      .array(
        z.strictObject({
          kinds: contacts(...contactKinds),
          contactsMax: z.int().min(1).max(100).describe('Most contacts of these kinds that one customer may have.'),
          days: z.int().min(1).max(366).describe('In any so many times 24 hours.'),
        }),
      )
      .max(10)
      .default([])
      .describe('How often customers may be contacted. Without one, as often as anybody likes.'),
    quietHours: z
      .strictObject({
        from: time.describe('The time at which they begin, where the customer is.'),
        to: time.describe('The time from which customers may be contacted again; earlier than `from` it is one of the next day.'),
        kinds: contacts('CALL'),
        zoneByCountry: z
          .record(z.string().regex(/^[A-Z]{2}$/), z.string().refine(isZone, 'this is not an IANA time zone'))
          .default({})
          .describe('Where customers of a country are, by its ISO 3166 code; others are taken to be where the client is.'),
      })
      .refine(({ from, to }) => from !== to, { error: 'quiet hours end at another time than they begin', path: ['to'] })
      .optional()
      .describe('When customers are not to be contacted.'),
  })
  .refine(({ dispositions }) => isDistinct(dispositions), { error: 'a code stands twice', path: ['dispositions'] })
  .refine(({ nonPaymentReasons }) => isDistinct(nonPaymentReasons), { error: 'a code stands twice', path: ['nonPaymentReasons'] })
  .refine(
    ({ kinds, dispositions }) =>
      dispositions.length === 0 ||
      activityKinds.every(
        (kind) => !kinds[kind].required.includes('DISPOSITION') || dispositions.some((entry) => entry.kinds.includes(kind)),
      ),
    { error: 'a kind that requires a disposition has none to choose from', path: ['kinds'] },
  )

export type ActivityRules = Readonly<z.output<typeof shape>>

export const { defaults: defaultActivityRules, parse: parseActivityRules, jsonSchema: activityRulesJsonSchema } = shaped(shape)
export type ActivityTemplate = ActivityRules['kinds'][ActivityKind]

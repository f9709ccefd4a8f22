import { z } from 'zod'
import { itemKinds } from '../../kernel/item-kind.ts'
import { isCurrency, roundings } from '../../kernel/money.ts'
import { builtInProfiles, type Problems, parseProfileAs } from './built-in-profiles.ts'

/** How one kind of ledger file is read, as data: a new source is a new JSON file, not new code. */

/** What a row can say about an open item. */
export const targets = [
  'legalEntity',
  'customerNumber',
  'customerName',
  'countryCode',
  'kind',
  'number',
  'currency',
  'amount',
  'openAmount',
  'documentOn',
  'baselineOn',
  'dueOn',
  'closedOn',
  'paymentTerms',
  'isDisputed',
] as const
export type Target = (typeof targets)[number]

const dayFormats = [
  'YYYY-MM-DD',
  'YYYYMMDD',
  'YYYY/MM/DD',
  'DD-MM-YYYY',
  'DD.MM.YYYY',
  'DD/MM/YYYY',
  'D.M.YYYY',
  'D/M/YYYY',
  'M/D/YYYY',
  'MM/DD/YYYY',
  'MM-DD-YYYY',
  'D-MMM-YYYY',
  'D MMM YYYY',
] as const
export type DayFormat = (typeof dayFormats)[number]

const header = z.string().trim().min(1).max(200)
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item.transform((one) => [one]), z.array(item).min(1)])

/** From the first of the named columns that is not blank, or the same for every row. */
const source = z.union([
  z.strictObject({ from: oneOrMore(header), isOptional: z.boolean().default(false) }),
  z.strictObject({ constant: z.string().min(1).max(200) }),
])
export type Source = z.output<typeof source>

const itemKind = z.enum(itemKinds)
const check = z.enum(['WARN', 'REJECT'])

/** 01/02/2020 is one day or another: a profile may not leave that open. */
const isUnambiguous = (formats: readonly DayFormat[]): boolean => {
  const orders = new Map<string, string>()
  return formats.every((format) => {
    const separator = format.replace(/[DMY]/g, '')[0] ?? ''
    const order = format.replace(/[^DMY]/g, '').replace(/(.)\1+/g, '$1')
    if (format.includes('MMM') || order.startsWith('Y')) return true
    const known = orders.get(separator)
    orders.set(separator, order)
    return known === undefined || known === order
  })
}

/** How the lines of a delimited file are told apart. */
export const fileFormatShape = z.strictObject({
  /** Several when the export has them by locale: the header line tells which. */
  delimiter: oneOrMore(z.enum([',', ';', '\t', '|'])),
  quote: z.enum(['"', "'"]).nullable().default('"'),
  encoding: z.enum(['utf-8', 'latin1']).default('utf-8'),
  skipLines: z.int().min(0).max(100).default(0),
})
export type FileFormat = z.output<typeof fileFormatShape>

export const datesShape = z
  .array(z.enum(dayFormats))
  .min(1)
  .refine(isUnambiguous, 'two of these formats read the same text as different days')

export const decimalsShape = z
  .strictObject({
    point: z.enum(['.', ',']).default('.'),
    thousands: z.enum(['.', ',', ' ', "'"]).nullable().default(null),
    trailingMinus: z.boolean().default(false),
  })
  .refine(({ point, thousands }) => point !== thousands, 'the decimal point cannot also separate thousands')
  .prefault({})

const profileShape = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/),
    version: z.int().min(1),
    description: z.string().min(1).max(1000),
    /** The system the items live in: with the key it names an item for good, whichever file it comes in. */
    system: z.string().min(1).max(40),
    format: fileFormatShape,
    columns: z.partialRecord(z.enum(targets), source),
    /** Columns that are not imported; a blank in one of them is told as a warning. */
    watched: z.array(header).default([]),
    key: z.array(header).min(1),
    dates: datesShape,
    /** What stands for "no date", beside nothing. */
    blankDates: z.array(z.string().min(1)).default([]),
    decimals: decimalsShape,
    rounding: z.enum(roundings).default('REFUSE'),
    sign: z
      .discriminatedUnion('rule', [
        z.strictObject({ rule: z.literal('AS_IS') }),
        z.strictObject({ rule: z.literal('BY_COLUMN'), from: header, debit: z.string().min(1), credit: z.string().min(1) }),
      ])
      .default({ rule: 'AS_IS' }),
    kind: z
      .discriminatedUnion('rule', [
        z.strictObject({ rule: z.literal('CONSTANT'), kind: itemKind }),
        z.strictObject({
          rule: z.literal('BY_SIGN'),
          debit: itemKind.default('INVOICE'),
          credit: itemKind.default('CREDIT_MEMO'),
        }),
        /** Each value of the kind column with the kind it is, which may depend on the sign. */
        z.strictObject({
          rule: z.literal('BY_COLUMN'),
          kinds: z.record(z.string().min(1), z.union([itemKind, z.strictObject({ debit: itemKind, credit: itemKind })])),
        }),
      ])
      .default({ rule: 'CONSTANT', kind: 'INVOICE' }),
    open: z
      .discriminatedUnion('rule', [
        z.strictObject({ rule: z.literal('OPEN') }),
        z.strictObject({ rule: z.literal('SETTLED_BY') }),
        z.strictObject({ rule: z.literal('FROM_AMOUNT') }),
      ])
      .default({ rule: 'OPEN' }),
    disputed: z
      .strictObject({ yes: z.array(z.string().min(1)).min(1), no: z.array(z.string().min(1)) })
      .default({ yes: ['Yes', 'true', 'X'], no: ['No', 'false'] }),
    mayBeBlank: z.array(z.enum(targets)).default([]),
    checks: z
      .strictObject({ closedBeforeDocument: check.default('WARN'), dueBeforeDocument: check.default('WARN') })
      .prefault({}),
  })
  .superRefine(({ columns, kind, open, mayBeBlank }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: ['columns', path], message })
    const needed: Target[] = ['legalEntity', 'number', 'currency', 'amount', 'documentOn']
    if (kind.rule === 'BY_COLUMN') needed.push('kind')
    if (open.rule === 'SETTLED_BY') needed.push('closedOn')
    if (open.rule === 'FROM_AMOUNT') needed.push('openAmount')
    for (const target of needed) if (columns[target] === undefined) wrong(target, 'an open item is not an open item without it')
    if (columns.customerNumber === undefined && columns.customerName === undefined) {
      wrong('customerNumber', 'a customer is known by number or by name: one of the two must be mapped')
    }
    if (columns.dueOn === undefined && columns.paymentTerms === undefined) {
      wrong('dueOn', 'a due date comes from a column or from payment terms: one of the two must be mapped')
    }
    const currency = columns.currency
    if (currency !== undefined && 'constant' in currency && !isCurrency(currency.constant)) {
      wrong('currency', `${currency.constant} is not an ISO 4217 currency`)
    }
    const never = ['legalEntity', 'number', 'currency', 'amount', 'documentOn', 'kind'] as const
    for (const target of never) if (mayBeBlank.includes(target)) wrong(target, 'it may not be blank')
  })

export type Profile = Readonly<z.output<typeof profileShape>>

export const parseProfile = (json: unknown): Profile | Problems => parseProfileAs(profileShape, json)

const builtIn = builtInProfiles(new URL('./profiles/', import.meta.url), parseProfile)

export const profileNames: readonly string[] = [...builtIn.keys()]

export const profileNamed = (name: string): Profile | null => builtIn.get(name) ?? null

/** How rows that an integration sends by the API are read: already typed, one column for each target. */
export const rowsProfile: Profile = (() => {
  const profile = parseProfile({
    name: 'rows',
    version: 1,
    description: 'Rows sent over the API.',
    system: 'API',
    format: { delimiter: ',' },
    columns: Object.fromEntries(targets.map((target) => [target, { from: target }])),
    key: ['sourceKey'],
    dates: ['YYYY-MM-DD'],
    kind: { rule: 'BY_COLUMN', kinds: Object.fromEntries(itemKinds.map((kind) => [kind, kind])) },
    open: { rule: 'FROM_AMOUNT' },
    disputed: { yes: ['true'], no: ['false'] },
    mayBeBlank: [
      'customerNumber',
      'customerName',
      'countryCode',
      'openAmount',
      'baselineOn',
      'dueOn',
      'closedOn',
      'paymentTerms',
      'isDisputed',
    ],
  })
  if ('problems' in profile) throw new Error(profile.problems.join('; '))
  return profile
})()

import { z } from 'zod'
import { isCurrency } from '../../../kernel/money.ts'
import { builtInProfiles, datesShape, decimalsShape, fileFormatShape, type Problems, parseProfileAs } from '../../intake/index.ts'

/** How one layout of a statement as CSV is read, as data: a bank that writes another is a new JSON file, not new code. */

const header = z.string().trim().min(1).max(200)
const place = z.int().min(1).max(200)
const code = z.string().min(1).max(40)
const referenceKinds = [
  'BANK',
  'CUSTOMER',
  'END_TO_END',
  'TRANSACTION',
  'MANDATE',
  'CREDITOR',
  'CHECK',
  'TRACE',
  'OTHER',
] as const

/**
 * What the signs of amounts mean where a column already says which way the money went: there are none; debits alone bear a minus;
 * or they are whatever they are, and the column decides.
 */
const signs = z.enum(['NONE', 'DEBIT_NEGATIVE', 'IGNORED']).default('NONE')

const amount = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('SIGNED'), from: header }),
  z.strictObject({ rule: z.literal('PAIR'), debit: header, credit: header, signs }),
  z.strictObject({
    rule: z.literal('FLAGGED'),
    from: header,
    flag: header,
    debit: z.array(code).min(1),
    credit: z.array(code).min(1),
    signs,
  }),
])

/** A line that is no movement, known by how one of its cells begins. Places count from 1. */
const mark = z.strictObject({
  column: place,
  startsWith: z.string().min(1).max(200),
  means: z.enum(['OPENING', 'CLOSING', 'ACCOUNT', 'CURRENCY', 'IGNORED']),
  /** The cell with the value, and what stands before the value in it. */
  from: place.default(1),
  after: z.string().max(200).default(''),
})
export type CsvMark = z.output<typeof mark>

export const bankCsvProfile = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/),
    version: z.int().min(1),
    description: z.string().min(1).max(1000),
    format: fileFormatShape,
    /** The first line, or the first that has all of the columns; or names for the columns of a file without a header. */
    header: z.union([z.enum(['FIRST', 'FOUND']), z.strictObject({ names: z.array(header).min(1).max(200) })]).default('FIRST'),
    columns: z.strictObject({
      bookedOn: header,
      valueOn: header.optional(),
      account: header.optional(),
      currency: header.optional(),
      balance: header.optional(),
      payerName: header.optional(),
      payerAccount: header.optional(),
      bankReference: header.optional(),
      typeCode: header.optional(),
      /** One line of text from each that is not blank. */
      text: z.array(header).max(20).default([]),
      references: z
        .array(z.strictObject({ from: header, kind: z.enum(referenceKinds).default('OTHER') }))
        .max(20)
        .default([]),
      /** What was ordered in another currency; its sign says nothing new. */
      instructed: z.strictObject({ amount: header, currency: header }).optional(),
    }),
    amount,
    /** Columns that a file may do without. */
    mayBeMissing: z.array(header).default([]),
    /** Money that left has no minus, as on the statement of a card; or a debit is money that came, as the account holder books it. */
    isInverse: z.boolean().default(false),
    /** A balance behind each line is that after the line; the order says which line came before. */
    order: z.enum(['OLDEST_FIRST', 'NEWEST_FIRST']).default('OLDEST_FIRST'),
    dates: datesShape,
    /** Years of two digits are of this century. */
    hasShortYears: z.boolean().default(false),
    decimals: decimalsShape,
    /** Where the file does not tell. */
    account: z.string().trim().min(1).max(100).nullable().default(null),
    currency: z.string().refine(isCurrency, 'not a currency of ISO 4217').nullable().default(null),
    marks: z.array(mark).max(40).default([]),
  })
  .superRefine((profile, context) => {
    const wrong = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    const read = columnsOf(profile)
    const needed: readonly string[] = [profile.columns.bookedOn, ...amountColumns(profile.amount)]
    for (const column of profile.mayBeMissing) {
      if (!read.includes(column)) wrong(['mayBeMissing'], `${column} is not read`)
      if (needed.includes(column)) wrong(['mayBeMissing'], `a line is no movement without ${column}`)
    }
    if (typeof profile.header === 'string') return
    const { names } = profile.header
    if (new Set(names).size !== names.length) wrong(['header', 'names'], 'a name stands for two columns')
    for (const column of read) if (!names.includes(column)) wrong(['header', 'names'], `no column is called ${column}`)
  })

export type BankCsvProfile = Readonly<z.output<typeof bankCsvProfile>>

/** Every column that a profile reads, by its name in the file. */
export const columnsOf = ({ columns, amount: rule }: Pick<BankCsvProfile, 'columns' | 'amount'>): readonly string[] => {
  const { text, references, instructed, ...single } = columns
  const named = Object.values(single).filter((name) => name !== undefined)
  const ordered = instructed === undefined ? [] : [instructed.amount, instructed.currency]
  return [...new Set([...named, ...amountColumns(rule), ...text, ...references.map(({ from }) => from), ...ordered])]
}

const amountColumns = (rule: BankCsvProfile['amount']): readonly string[] => {
  if (rule.rule === 'PAIR') return [rule.debit, rule.credit]
  return rule.rule === 'FLAGGED' ? [rule.from, rule.flag] : [rule.from]
}

export const parseBankCsvProfile = (json: unknown): BankCsvProfile | Problems => parseProfileAs(bankCsvProfile, json)

const builtIn = builtInProfiles(new URL('../profiles/', import.meta.url), parseBankCsvProfile)

export const bankCsvProfileNames: readonly string[] = [...builtIn.keys()]

export const bankCsvProfileNamed = (name: string): BankCsvProfile | null => builtIn.get(name) ?? null

import { addDays, type Day, dayOf, daysBetween } from '../../../kernel/day.ts'
import { linesOf } from './lines.ts'
import { BadBankFile, type BankRule, type Bytes } from './model.ts'

/** One record of 94 characters, whatever its kind. */
export type AchRecord = { readonly line: number; readonly text: string }

const width = 94
/** Blocks are ten records; lines of nines fill up the last one. */
export const blockingFactor = 10
const padding = '9'.repeat(width)

export const isPadding = ({ text }: AchRecord): boolean => text === padding

const printable = /^[ -~]*$/

/** The records of a file. Lines whose blanks at the end were cut off are filled up again; blank lines end the file. */
export async function* recordsOf(source: Bytes): AsyncGenerator<AchRecord> {
  let blankLine: number | null = null
  for await (const { number, text } of linesOf(source)) {
    if (text.trim() === '') {
      blankLine ??= number
      continue
    }
    if (blankLine !== null) throw new BadBankFile('BAD_STRUCTURE', blankLine, null, 'a blank line stands between records')
    if (!printable.test(text)) {
      const message = 'the record holds characters that are not printable ASCII: its columns cannot be trusted'
      throw new BadBankFile('BAD_ENCODING', number, null, message)
    }
    if (text.length > width) {
      const message = `the record has ${text.length} characters, and a record has ${width}`
      throw new BadBankFile('TOO_LONG', number, null, message)
    }
    yield { line: number, text: text.padEnd(width) }
  }
}

/** A field in the words of the rules: its record and its name, and its first and last column, from 1. */
export type Field = { readonly name: string; readonly from: number; readonly to: number }

export const cut = ({ text }: AchRecord, { from, to }: Field): string => text.slice(from - 1, to)

export const recordFault = (rule: BankRule, { line }: AchRecord, field: Field | string | null, message: string): BadBankFile =>
  new BadBankFile(rule, line, field === null || typeof field === 'string' ? field : field.name, message)

/** Null for blanks. */
export const textIn = (record: AchRecord, field: Field): string | null => cut(record, field).trim() || null

export const digitsIn = (record: AchRecord, field: Field): string => {
  const text = cut(record, field)
  if (!/^\d+$/.test(text)) throw recordFault('BAD_VALUE', record, field, `${JSON.stringify(text)} is not made of digits`)
  return text
}

export const numberIn = (record: AchRecord, field: Field): number => Number(digitsIn(record, field))
export const minorIn = (record: AchRecord, field: Field): bigint => BigInt(digitsIn(record, field))

export const expectIn = (record: AchRecord, field: Field, expected: readonly string[]): string => {
  const text = cut(record, field)
  if (!expected.includes(text))
    throw recordFault('BAD_VALUE', record, field, `${JSON.stringify(text)} is none of ${expected.join(', ')}`)
  return text
}

const isAbsent = (text: string): boolean => /^[ 0]*$/.test(text)

/** YYMMDD, all of this century. Null for blanks and zeros, which stand for no day. */
export const dayIn = (record: AchRecord, field: Field): Day | null => {
  const text = cut(record, field)
  if (isAbsent(text)) return null
  const [year, month, date] = [text.slice(0, 2), text.slice(2, 4), text.slice(4)].map(Number)
  const day = /^\d{6}$/.test(text) ? dayOf(2000 + (year ?? 0), month ?? 0, date ?? 0) : null
  if (day === null) throw recordFault('BAD_DAY', record, field, `${JSON.stringify(text)} is no day`)
  return day
}

/** The day of a year, 001 to 366, whose year is not told: the one that comes nearest to a day that is known. */
export const dayOfYearIn = (record: AchRecord, field: Field, near: Day): Day | null => {
  const text = cut(record, field)
  if (isAbsent(text)) return null
  const thisYear = Number(near.slice(0, 4))
  const distance = (day: Day) => Math.abs(daysBetween(day, near))
  const candidates = /^\d{3}$/.test(text)
    ? [thisYear - 1, thisYear, thisYear + 1].map((year) => dayOfYear(year, Number(text))).filter((day) => day !== null)
    : []
  const [day] = candidates.toSorted((a, b) => distance(a) - distance(b))
  if (day === undefined) throw recordFault('BAD_DAY', record, field, `${JSON.stringify(text)} is no day of a year`)
  return day
}

const dayOfYear = (year: number, number: number): Day | null => {
  const first = dayOf(year, 1, 1)
  const day = first === null ? null : addDays(first, number - 1)
  return day?.startsWith(String(year)) === true ? day : null
}

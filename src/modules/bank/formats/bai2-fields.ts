import type { Day } from '../../../kernel/day.ts'
import { isCurrency } from '../../../kernel/money.ts'
import type { BaiRecord } from './bai2-records.ts'
import { BadBankFile, type BankRule } from './model.ts'
import { quoted } from './quoted.ts'
import { sixDigitDay } from './six-digit-day.ts'

/** Totals may have more digits than one amount. */
const amountMinorMax = 10_000_000_000_000_000n

export const bad = (rule: BankRule, { code, line }: BaiRecord, field: string, message: string): BadBankFile =>
  new BadBankFile(rule, line, `${code} ${field}`, message)

export type Fields = {
  /** The next field, through the continuations; empty behind the last. */
  readonly next: () => string
  readonly hasMore: () => boolean
  /** All that is left, as text: each continuation is a line of it. */
  readonly text: () => string
}

export const fieldsOf = ({ parts }: BaiRecord): Fields => {
  let part = 0
  let at = 0
  let fields = (parts[0] ?? '').split(',')
  const hasMore = (): boolean => at < fields.length || part + 1 < parts.length
  const next = (): string => {
    if (at === fields.length && part + 1 < parts.length) {
      part += 1
      at = 0
      fields = (parts[part] ?? '').split(',')
    }
    const field = fields[at]
    if (field === undefined) return ''
    at += 1
    return field.trim()
  }
  const text = (): string => {
    const lines = [fields.slice(at).join(','), ...parts.slice(part + 1)]
    return lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('\n')
  }
  return { next, hasMore, text }
}

export const required = (record: BaiRecord, field: string, value: string): string => {
  if (value === '') throw bad('MISSING', record, field, `the record ${record.code} has no ${field}`)
  return value
}

export const dayIn = (record: BaiRecord, field: string, text: string): Day => {
  const day = sixDigitDay(text)
  if (day === null) throw bad('BAD_DAY', record, field, `${quoted(text)} is no day of the form YYMMDD`)
  return day
}

/** HH:MM; 2400 and 9999 both mean the end of the day. */
export const timeIn = (record: BaiRecord, field: string, text: string): string | null => {
  if (text === '') return null
  if (text === '9999' || text === '2400') return '24:00'
  if (!/^(?:[01]\d|2[0-3])[0-5]\d$/.test(text)) {
    throw bad('BAD_VALUE', record, field, `${quoted(text)} is no time of the form HHMM`)
  }
  return `${text.slice(0, 2)}:${text.slice(2)}`
}

export const amountIn = (record: BaiRecord, field: string, text: string): bigint => {
  const match = /^([+-]?)(\d{1,18})$/.exec(text)
  const minor = BigInt(match?.[2] ?? '0')
  if (match === null || minor > amountMinorMax) {
    throw bad('BAD_AMOUNT', record, field, `${quoted(text)} is no amount: BAI2 has whole numbers of the smallest unit`)
  }
  return match[1] === '-' ? -minor : minor
}

export const totalIn = (record: BaiRecord, field: string, text: string): bigint => {
  const match = /^([+-]?)(\d{1,25})$/.exec(text)
  if (match === null) throw bad('BAD_AMOUNT', record, field, `${quoted(text)} is no total`)
  return match[1] === '-' ? -BigInt(match[2] ?? '0') : BigInt(match[2] ?? '0')
}

export const countIn = (record: BaiRecord, field: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw bad('BAD_VALUE', record, field, `${quoted(text)} is no number`)
  return Number(text)
}

export const currencyIn = (record: BaiRecord, text: string, otherwise: string): string => {
  if (text === '') return otherwise
  if (!isCurrency(text)) throw bad('BAD_CURRENCY', record, 'currency', `${quoted(text)} is not an ISO 4217 currency`)
  return text
}

/** Reads past the funds type and what belongs to it, and tells the day the funds are of where it is given. */
export const fundsIn = (record: BaiRecord, { next }: Fields): { readonly type: string; readonly valueOn: Day | null } => {
  const type = next()
  switch (type) {
    case '':
    case '0':
    case '1':
    case '2':
    case 'Z':
      return { type, valueOn: null }
    case 'S':
      for (const part of ['immediate', 'one-day', 'later']) shareIn(record, `${part} availability`, next())
      return { type, valueOn: null }
    case 'V': {
      const valueOn = dayIn(record, 'value date', next())
      timeIn(record, 'value time', next())
      return { type, valueOn }
    }
    case 'D': {
      const distributions = countIn(record, 'distributions', next())
      if (distributions > distributionsMax) throw bad('BAD_VALUE', record, 'distributions', `${distributions} are too many`)
      for (let each = 0; each < distributions; each += 1) {
        countIn(record, 'availability in days', next())
        shareIn(record, 'availability amount', next())
      }
      return { type, valueOn: null }
    }
    default:
      throw bad('BAD_VALUE', record, 'funds type', `${quoted(type)} is no funds type of BAI2`)
  }
}

const distributionsMax = 1000

const shareIn = (record: BaiRecord, field: string, text: string): void => {
  if (text !== '') amountIn(record, field, text)
}

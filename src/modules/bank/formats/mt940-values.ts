import type { Day } from '../../../kernel/day.ts'
import { isCurrency, parseAmount } from '../../../kernel/money.ts'
import { BadBankFile, type Balance, type BankRule } from './model.ts'
import type { SwiftField } from './mt940-fields.ts'
import { quoted } from './quoted.ts'
import { sixDigitDay } from './six-digit-day.ts'

/** Below zero when the account is overdrawn. */
export type SwiftBalance = Balance & { readonly on: Day }

export const bad = (rule: BankRule, line: number, tag: string, message: string): BadBankFile =>
  new BadBankFile(rule, line, `:${tag}:`, message)

export const textOf = ({ tag, line, lines }: SwiftField): string => {
  if (lines.length > 1) throw bad('BAD_STRUCTURE', line, tag, `field ${tag} has one line only`)
  const text = (lines[0] ?? '').trim()
  if (text === '') throw bad('MISSING', line, tag, `field ${tag} is empty`)
  return text
}

export const timeOf = (field: SwiftField): string => {
  const text = textOf(field)
  const match = /^(\d{6})([01]\d|2[0-3])([0-5]\d)(?:([+-])(\d{2})([0-5]\d))?$/.exec(text)
  if (match === null) throw bad('BAD_VALUE', field.line, field.tag, `${quoted(text)} is no time of the form YYMMDDHHMM+HHMM`)
  const [, day = '', hour, minute, sign, zoneHour, zoneMinute] = match
  return `${dayIn(day, field)}T${hour}:${minute}${sign === undefined ? '' : `${sign}${zoneHour}:${zoneMinute}`}`
}

/** 30 February comes from banks that reckon interest by months of 30 days. Which day it is a person says, not a reader. */
export const dayIn = (text: string, { tag, line }: SwiftField): Day => {
  const day = sixDigitDay(text)
  if (day === null) throw bad('BAD_DAY', line, tag, `${quoted(text)} is no day of the form YYMMDD`)
  return day
}

export const currencyIn = (text: string, { tag, line }: SwiftField, wanted: string | null): string => {
  if (!isCurrency(text)) throw bad('BAD_CURRENCY', line, tag, `${quoted(text)} is not an ISO 4217 currency`)
  if (wanted !== null && text !== wanted)
    throw bad('BAD_CURRENCY', line, tag, `the amount is in ${text}, the message in ${wanted}`)
  return text
}

export const amountIn = (text: string, currency: string, { tag, line }: SwiftField): bigint => {
  const match = /^(\d{1,18}),(\d{0,18})$/.exec(text)
  const [, whole = '', fraction = ''] = match ?? []
  const parsed = match === null ? 'NOT_A_NUMBER' : parseAmount(fraction === '' ? whole : `${whole}.${fraction}`, currency)
  if (typeof parsed === 'string') {
    throw bad(
      'BAD_AMOUNT',
      line,
      tag,
      `${quoted(text)} is no amount of ${currency}: digits, a comma, and as many digits as it has cents`,
    )
  }
  return parsed.minor
}

export const balanceOf = (field: SwiftField, kind: Balance['kind'], wanted: string | null = null): SwiftBalance => {
  const text = textOf(field)
  const match = /^([CD])(\d{6})(.{3})(.+)$/.exec(text)
  if (match === null) throw bad('BAD_STRUCTURE', field.line, field.tag, `${quoted(text)} is no balance`)
  const [, mark, day = '', code = '', amount = ''] = match
  const on = dayIn(day, field)
  const currency = currencyIn(code, field, wanted)
  const minor = amountIn(amount, currency, field)
  return { kind, code: field.tag, amountMinor: mark === 'D' ? -minor : minor, currency, on }
}

import { GraphQLError, Kind, type ValueNode } from 'graphql'
import { type Day, dayOfDate, isDay } from '../../kernel/day.ts'
import { isCurrency } from '../../kernel/money.ts'

const bad = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })

const textOf = (name: string, value: unknown): string => {
  if (typeof value !== 'string') throw bad(`${name} is written as text`)
  return value
}

/** NUL cannot be stored by PostgreSQL, and half a surrogate pair is not a character: both are refused where text enters. */
export const isCleanText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

export const parseText = (value: unknown): string => {
  const text = textOf('String', value)
  if (!isCleanText(text)) throw bad('text must be valid Unicode without NUL')
  return text
}

export const parseDay = (value: unknown): Day => {
  const text = textOf('Date', value)
  if (!isDay(text)) throw bad('a Date is a day that exists, as YYYY-MM-DD')
  return text
}

/** A `date` of the database comes as text from our own SQL and as midnight UTC through Prisma. */
export const serializeDay = (value: unknown): string => (value instanceof Date ? dayOfDate(value) : String(value))

const instantShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

export const parseInstant = (value: unknown): Date => {
  const text = textOf('DateTime', value)
  const instant = new Date(text)
  if (!instantShape.test(text) || Number.isNaN(instant.getTime()) || !isDay(text.slice(0, 10))) {
    throw bad('a DateTime is an instant with its zone, such as 2026-03-01T09:30:00Z')
  }
  return instant
}

export const serializeInstant = (value: unknown): string =>
  (value instanceof Date ? value : new Date(String(value))).toISOString()

const decimalShape = /^-?\d{1,18}(\.\d{1,9})?$/

export const parseDecimal = (value: unknown): string => {
  const text = textOf('Decimal', value)
  if (!decimalShape.test(text)) throw bad('a Decimal is written as text without exponent, such as "1234.50"')
  return text
}

export const parseCurrency = (value: unknown): string => {
  const text = textOf('CurrencyCode', value)
  if (!isCurrency(text)) throw bad('a CurrencyCode is one of ISO 4217, such as USD')
  return text
}

/** Ids travel as text; a number is taken as the text it would be. */
export const parseId = (value: unknown): string => {
  const text = typeof value === 'number' && Number.isInteger(value) ? String(value) : textOf('ID', value)
  if (!isCleanText(text)) throw bad('an ID is text that this API has given out')
  return text
}

export const literalOf =
  <T>(parse: (value: unknown) => T) =>
  (node: ValueNode): T =>
    parse(node.kind === Kind.STRING ? node.value : node.kind === Kind.INT ? Number(node.value) : undefined)

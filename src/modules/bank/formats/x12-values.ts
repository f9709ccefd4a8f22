import { type Day, dayOf } from '../../../kernel/day.ts'
import { parseAmount } from '../../../kernel/money.ts'
import { elementAt, faultAt, type Segment, shown } from './x12-segments.ts'

/** What single elements of X12 say. '' is an absent element, and null is returned for it. */

// A number has no plus sign and no thousands, and the standard drops a zero before the point: ".5" is a half.
const decimal = /^(-?)(\d+(?:\.\d+)?|\.\d+)$/

export const amountAt = (segment: Segment, at: number, currency: string): bigint | null => {
  const text = elementAt(segment, at)
  if (text === '') return null
  const match = decimal.exec(text)
  if (match === null) throw faultAt('BAD_AMOUNT', segment, at, `${shown(text)} is no amount`)
  const [, sign = '', digits = ''] = match
  const amount = parseAmount(`${sign}${digits.startsWith('.') ? '0' : ''}${digits}`, currency)
  if (typeof amount === 'string')
    throw faultAt('BAD_AMOUNT', segment, at, `${shown(text)} is no amount in ${currency}: ${amount}`)
  return amount.minor
}

/** An amount that must be told, and that nothing may take below zero. */
export const totalAt = (segment: Segment, at: number, currency: string): bigint => {
  const amount = amountAt(segment, at, currency)
  if (amount === null) throw faultAt('MISSING', segment, at, 'the amount is missing')
  if (amount < 0n) throw faultAt('BAD_AMOUNT', segment, at, 'the amount is below zero')
  return amount
}

/** CCYYMMDD, or YYMMDD of the releases before 004010: all of this century, since X12 payments are. */
export const dayAt = (segment: Segment, at: number): Day | null => {
  const text = elementAt(segment, at)
  if (text === '') return null
  const full = text.length === 6 ? `20${text}` : text
  const day = /^\d{8}$/.test(full) ? dayOf(Number(full.slice(0, 4)), Number(full.slice(4, 6)), Number(full.slice(6))) : null
  if (day === null) throw faultAt('BAD_DAY', segment, at, `${shown(text)} is no day`)
  return day
}

export const countAt = (segment: Segment, at: number): number => {
  const text = elementAt(segment, at)
  if (!/^\d{1,10}$/.test(text)) throw faultAt('BAD_VALUE', segment, at, `${shown(text)} is no count`)
  return Number(text)
}

export const textAt = (segment: Segment, at: number): string | null => elementAt(segment, at) || null

export const requiredAt = (segment: Segment, at: number): string => {
  const text = elementAt(segment, at)
  if (text === '') throw faultAt('MISSING', segment, at, 'the element is missing')
  return text
}

/** "2026-03-01T12:00": hour and minute as they are told, in no zone, since X12 tells none. */
export const instantAt = (segment: Segment, { day, time }: { readonly day: number; readonly time: number }): string | null => {
  const on = dayAt(segment, day)
  const at = elementAt(segment, time)
  if (on === null || at === '') return on
  if (!/^([01]\d|2[0-3])[0-5]\d/.test(at)) throw faultAt('BAD_VALUE', segment, time, `${shown(at)} is no time of a day`)
  return `${on}T${at.slice(0, 2)}:${at.slice(2, 4)}`
}

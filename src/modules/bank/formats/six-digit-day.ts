import { type Day, dayOf } from '../../../kernel/day.ts'

/** YYMMDD as SWIFT reads it: two digits of a year stand for 1980 to 2079. Null when the calendar has no such day. */
export const sixDigitDay = (text: string): Day | null => {
  if (!/^\d{6}$/.test(text)) return null
  const year = Number(text.slice(0, 2))
  return dayOf(year < 80 ? 2000 + year : 1900 + year, Number(text.slice(2, 4)), Number(text.slice(4)))
}

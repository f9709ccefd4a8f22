/** A civil date as `YYYY-MM-DD`, without a time zone: a due date is the same day everywhere. Compares as text. */
export type Day = `${number}-${number}-${number}`

const dayMs = 86_400_000
const shape = /^(\d{4})-(\d{2})-(\d{2})$/

const toMs = (day: Day): number => Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10)))
const fromMs = (ms: number): Day => new Date(ms).toISOString().slice(0, 10) as Day

/** Only days that exist: 2026-02-30 is not one. */
export const isDay = (text: string): text is Day => {
  const match = shape.exec(text)
  if (match === null) return false
  const ms = toMs(text as Day)
  return !Number.isNaN(ms) && fromMs(ms) === text
}

/** The day of these numbers, or null when the calendar has no such day. */
export const dayOf = (year: number, month: number, date: number): Day | null => {
  const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`
  return isDay(text) ? text : null
}

/** The day of a database `date`, which arrives as midnight UTC. */
export const dayOfDate = (date: Date): Day => date.toISOString().slice(0, 10) as Day

export const addDays = (day: Day, days: number): Day => fromMs(toMs(day) + days * dayMs)

/** Whole days from one day to the other; negative when `to` is earlier. */
export const daysBetween = (from: Day, to: Day): number => Math.round((toMs(to) - toMs(from)) / dayMs)

/** The same date some months later, or the month's last day where that date does not exist. */
export const addMonths = (day: Day, months: number): Day => {
  const year = Number(day.slice(0, 4))
  const month = Number(day.slice(5, 7)) - 1 + months
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return fromMs(Date.UTC(year, month, Math.min(Number(day.slice(8, 10)), last)))
}

export const endOfMonth = (day: Day): Day => fromMs(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0))

const formats = new Map<string, Intl.DateTimeFormat>()

/** The civil day at an instant in an IANA zone: a client's "today" is its own, not the server's. */
export const dayIn = (zone: string, instant: Date): Day => {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formats.set(zone, format)
  }
  return format.format(instant) as Day
}

const hourMs = 3_600_000

/**
 * The instant at which a day begins in a zone: midnight, or the first instant behind it where clocks leap over midnight.
 * A day that a zone left out begins with the next one.
 */
export const beginOfDay = (zone: string, day: Day): Date => {
  // Clocks are at most 14 hours ahead of UTC and 12 behind; where a day is left out, its successor begins a day later.
  let before = toMs(day) - 15 * hourMs
  let at = toMs(day) + 37 * hourMs
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2)
    if (dayIn(zone, new Date(middle)) < day) before = middle
    else at = middle
  }
  return new Date(at)
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** The minute of the civil day at an instant in an IANA zone, from 0; on a day that loses an hour some never are. */
export const minuteIn = (zone: string, instant: Date): number => {
  let clock = clocks.get(zone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    clocks.set(zone, clock)
  }
  const [hour, minute] = clock.format(instant).split(':')
  return Number(hour) * 60 + Number(minute)
}

export const isZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

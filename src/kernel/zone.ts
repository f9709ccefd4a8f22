import type { Day } from './day.ts'
import { addDays } from './day.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** The wall clock of a zone at an instant, as `YYYY-MM-DDTHH:MM`. */
const wallIn = (zone: string, instant: Date): string => {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
    formats.set(zone, format)
  }
  return format.format(instant).replace(' ', 'T')
}

const time = /^([01]\d|2[0-3]):([0-5]\d)$/

export const isTime = (text: string): boolean => time.test(text)

/**
 * The instant at which the clocks of a zone show a time of a day: the first one where they show it twice, null where they
 * skip it, as both happen on the nights that summer time begins and ends.
 */
export const instantIn = (zone: string, day: Day, clock: string): Date | null => {
  const wanted = `${day}T${clock}`
  const asUtc = Date.parse(`${wanted}:00Z`)
  // A zone is at most 14 hours ahead and 12 behind. Its offset an hour or a day around may be another than at the time itself.
  const offsets = new Set([addDays(day, -1), day, addDays(day, 1)].map((near) => offsetAt(zone, new Date(`${near}T12:00:00Z`))))
  const found = [...offsets]
    .map((offset) => asUtc - offset)
    .filter((ms) => wallIn(zone, new Date(ms)) === wanted)
    .sort((a, b) => a - b)
  return found[0] === undefined ? null : new Date(found[0])
}

/** How far a zone is ahead of UTC, in milliseconds, at an instant of a whole minute. */
const offsetAt = (zone: string, instant: Date): number => Date.parse(`${wallIn(zone, instant)}:00Z`) - instant.getTime()

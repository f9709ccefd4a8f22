import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, type Day } from './day.ts'
import { instantIn, isTime } from './zone.ts'

describe('the instant of a time of day in a zone', () => {
  it.each([
    ['in winter', 'Europe/Warsaw', '2026-01-15', '14:30', '2026-01-15T13:30:00.000Z'],
    ['in summer', 'Europe/Warsaw', '2026-07-15', '14:30', '2026-07-15T12:30:00.000Z'],
    ['far ahead of UTC', 'Pacific/Kiritimati', '2026-03-01', '00:15', '2026-02-28T10:15:00.000Z'],
    ['far behind it', 'Pacific/Pago_Pago', '2026-03-01', '23:45', '2026-03-02T10:45:00.000Z'],
    ['where hours are halved', 'Asia/Kolkata', '2026-03-01', '09:00', '2026-03-01T03:30:00.000Z'],
    ['where they are quartered', 'Asia/Kathmandu', '2026-03-01', '09:00', '2026-03-01T03:15:00.000Z'],
    ['before clocks go forward', 'America/Chicago', '2026-03-08', '01:59', '2026-03-08T07:59:00.000Z'],
    ['after clocks went forward', 'America/Chicago', '2026-03-08', '03:00', '2026-03-08T08:00:00.000Z'],
    ['shown twice: the first', 'America/Chicago', '2026-11-01', '01:30', '2026-11-01T06:30:00.000Z'],
    ['after clocks went back', 'America/Chicago', '2026-11-01', '02:00', '2026-11-01T08:00:00.000Z'],
  ])('%s', (_case, zone, day, clock, instant) => expect(instantIn(zone, day as Day, clock)?.toISOString()).toBe(instant))

  it.each([
    ['America/Chicago', '2026-03-08', '02:30'],
    ['Europe/Warsaw', '2026-03-29', '02:00'],
    ['Africa/Cairo', '2026-04-24', '00:30'],
    ['Pacific/Apia', '2011-12-30', '12:00'],
  ])('is none in %s on %s at %s: the clocks skip it', (zone, day, clock) => expect(instantIn(zone, day as Day, clock)).toBeNull())

  it('reads back as the time that was asked for, in every zone and on every day', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
        fc.nat({ max: 3_000 }),
        fc.nat({ max: 1_439 }),
        (zone, days, minutes) => {
          const day = addDays('2022-01-01', days)
          const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
          const instant = instantIn(zone, day, clock)
          if (instant === null) return true
          const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(
            instant,
          )
          return shown === `${day} ${clock}`
        },
      ),
    ))

  it.each(['24:00', '9:00', '09:60', '', '09:00:00'])('takes no time like %j', (text) => expect(isTime(text)).toBe(false))
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addDays,
  addMonths,
  beginOfDay,
  type Day,
  dayIn,
  dayOf,
  dayOfDate,
  daysBetween,
  endOfMonth,
  isDay,
  isZone,
  minuteIn,
} from './day.ts'

const day = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => dayOfDate(date))

describe('isDay', () => {
  it.each(['2026-02-28', '2024-02-29', '2000-02-29', '1999-12-31', '9999-12-31'])('%s exists', (text) => {
    expect(isDay(text)).toBe(true)
  })

  it.each([
    '2026-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '2026-01-00',
    '2026-1-1',
    '26-01-01',
    '20260101',
    '2026-01-01T00:00:00Z',
    ' 2026-01-01',
    '2026-01-01\n',
    '-2026-01-01',
    '٢٠٢٦-٠١-٠١',
    '',
  ])('%j does not', (text) => {
    expect(isDay(text)).toBe(false)
  })

  it('agrees with dayOf', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 9999 }),
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 0, max: 33 }),
        (year, month, date) => {
          const text = `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`
          expect(dayOf(year, month, date)).toBe(isDay(text) ? text : null)
        },
      ),
    )
  })
})

describe('days', () => {
  it.each<[Day, number, Day]>([
    ['2026-02-28', 1, '2026-03-01'],
    ['2024-02-28', 1, '2024-02-29'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2026-03-08', 365, '2027-03-08'],
    // A day is a day, also where a clock is put forward or back in it.
    ['2026-03-28', 2, '2026-03-30'],
  ])('%s and %i days is %s', (from, days, to) => {
    expect(addDays(from, days)).toBe(to)
    expect(daysBetween(from, to)).toBe(days)
  })

  it('are counted back as they were added, and sort as text', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -40_000, max: 40_000 }), (from, days) => {
        const to = addDays(from, days)
        expect(isDay(to)).toBe(true)
        expect(daysBetween(from, to)).toBe(days)
        expect(addDays(to, -days)).toBe(from)
        expect(to < from).toBe(days < 0)
      }),
    )
  })
})

describe('months', () => {
  it.each<[Day, number, Day]>([
    ['2026-01-31', 1, '2026-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2026-01-31', 2, '2026-03-31'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2026-12-15', 1, '2027-01-15'],
    ['2026-01-15', -1, '2025-12-15'],
    ['2026-05-31', 18, '2027-11-30'],
  ])('%s and %i months is %s', (from, months, to) => {
    expect(addMonths(from, months)).toBe(to)
  })

  it.each<[Day, Day]>([
    ['2026-02-01', '2026-02-28'],
    ['2024-02-29', '2024-02-29'],
    ['2026-12-31', '2026-12-31'],
    ['2026-04-30', '2026-04-30'],
  ])('that of %s ends on %s', (from, end) => {
    expect(endOfMonth(from)).toBe(end)
  })

  it('never leave the month meant, and keep the date where the month has it', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -240, max: 240 }), (from, months) => {
        const to = addMonths(from, months)
        expect(isDay(to)).toBe(true)
        const place = (text: Day) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7))
        expect(place(to) - place(from)).toBe(months)
        expect(to.slice(8) === from.slice(8) || (to.slice(8) < from.slice(8) && to === endOfMonth(to))).toBe(true)
      }),
    )
  })
})

describe('dayIn', () => {
  it.each([
    ['UTC', '2026-03-01T23:59:59.999Z', '2026-03-01'],
    ['Pacific/Kiritimati', '2026-03-01T09:59:59.999Z', '2026-03-01'],
    ['Pacific/Kiritimati', '2026-03-01T10:00:00Z', '2026-03-02'],
    ['Pacific/Pago_Pago', '2026-03-01T10:59:59Z', '2026-02-28'],
    ['America/Chicago', '2026-01-01T05:59:59Z', '2025-12-31'],
    ['America/Chicago', '2026-01-01T06:00:00Z', '2026-01-01'],
    // In summer its midnight comes an hour earlier.
    ['America/Chicago', '2026-07-01T05:00:00Z', '2026-07-01'],
    ['Asia/Kathmandu', '2026-03-01T18:15:00Z', '2026-03-02'],
    // On this day clocks there go from 23:59 to 01:00.
    ['Africa/Cairo', '2026-04-23T22:00:00Z', '2026-04-24'],
  ])('%s at %s', (zone, instant, expected) => {
    expect(dayIn(zone, new Date(instant))).toBe(expected)
  })

  it('knows zones by their names alone', () => {
    expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'].every(isZone)).toBe(true)
    expect(['', 'Berlin', 'Europe/Nowhere', 'Mars/Olympus'].some(isZone)).toBe(false)
  })
})

describe('a day begins', () => {
  it.each<[string, Day, string]>([
    ['UTC', '2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-03-02', '2026-03-01T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-03-01', '2026-03-01T11:00:00.000Z'],
    ['Asia/Kathmandu', '2026-03-02', '2026-03-01T18:15:00.000Z'],
    // Clocks are put forward and back in these days, hours after they began.
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00.000Z'],
    // There is no midnight: after 23:59 comes 01:00.
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z'],
    ['America/Asuncion', '2023-10-01', '2023-10-01T04:00:00.000Z'],
    // There is midnight twice: at one o'clock it is midnight again.
    ['America/Havana', '2025-11-02', '2025-11-02T04:00:00.000Z'],
    // There is no such day: Samoa went over the date line.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z'],
  ])('in %s, %s, at %s', (zone, civil, instant) => {
    expect(beginOfDay(zone, civil).toISOString()).toBe(instant)
  })

  it('with the first instant of it, in any zone', () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
    const soon = fc.integer({ min: 0, max: 4_000 }).map((days) => addDays('2020-01-01', days))
    fc.assert(
      fc.property(zone, soon, (where, civil) => {
        const at = beginOfDay(where, civil)
        expect(dayIn(where, at)).toBe(civil)
        expect(dayIn(where, new Date(at.getTime() - 1))).toBe(addDays(civil, -1))
      }),
      { numRuns: 500 },
    )
  })
})

describe('minuteIn', () => {
  it.each([
    ['UTC', '2026-01-15T00:00:59Z', 0],
    ['UTC', '2026-01-15T23:59:59Z', 1_439],
    ['Asia/Kolkata', '2026-01-15T18:30:00Z', 0],
    ['Europe/Berlin', '2026-03-29T00:59:00Z', 119],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 180],
  ])('in %s at %s', (zone, instant, minute) => expect(minuteIn(zone, new Date(instant))).toBe(minute))
})

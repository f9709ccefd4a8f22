import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minuteIn } from '../../kernel/day.ts'
import { type HadContact, isQuiet, limitReached, nextAllowed } from './frequency.ts'
import { type ActivityRules, parseActivityRules } from './templates.ts'

const rulesOf = (json: object): ActivityRules => {
  const parsed = parseActivityRules(json)
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '))
  return parsed
}

const dayMs = 86_400_000
const begin = Date.parse('2026-03-10T12:00:00Z')
const at = (days: number) => new Date(begin + days * dayMs)
const calls = (...days: number[]): HadContact[] =>
  days.map((day, nth) => ({ id: String(nth), kind: 'CALL' as const, happenedAt: at(day) }))
const noon = () => 720

describe('at most two contacts in seven days', () => {
  const rules = rulesOf({ contactLimits: [{ contactsMax: 2, days: 7 }] })
  const countedAt = (had: readonly HadContact[], day: number) =>
    limitReached(rules, 'CALL', had, at(day))?.counted.map(({ id }) => id)

  it.each<[string, readonly number[], number, readonly string[] | undefined]>([
    ['a first', [], 0, undefined],
    ['a second', [0], 1, undefined],
    ['a third within the week', [0, 1], 6.99, ['0', '1']],
    ['a third when the first is a week ago', [0, 1], 7, undefined],
    ['a third of which one is long ago', [-30, 6], 7, undefined],
    ['one told late, before two others', [3, 4], 0, ['0', '1']],
    ['one told late, between two others', [0, 6], 3, ['0', '1']],
    ['one told late, between two that are far apart', [0, 7], 3, undefined],
    ['one of the same instant', [0, 0], 0, ['0', '1']],
  ])('%s', (_case, had, day, counted) => expect(countedAt(calls(...had), day)).toEqual(counted))

  it('does not count a contact of a kind that it is not about', () => {
    const ofCalls = rulesOf({ contactLimits: [{ kinds: ['CALL'], contactsMax: 1, days: 7 }] })
    const mail: HadContact[] = [{ id: 'm', kind: 'MAIL', happenedAt: at(0) }]
    expect(limitReached(ofCalls, 'CALL', mail, at(1))).toBeNull()
    expect(limitReached(ofCalls, 'MAIL', calls(0), at(1))).toBeNull()
  })

  it('lets the next through when the earliest that counts is over', () => {
    expect(nextAllowed(rules, 'CALL', calls(0, 1), at(2), noon)).toEqual(at(7))
    expect(nextAllowed(rules, 'CALL', calls(3, 4), at(0), noon)).toEqual(at(10))
    expect(nextAllowed(rules, 'CALL', calls(0), at(2), noon)).toEqual(at(2))
  })

  it('whatever was had, never lets three through within a week, and says the first instant that is good', () => {
    const hours = fc.array(fc.integer({ min: 0, max: 24 * 30 }), { maxLength: 12 })
    fc.assert(
      fc.property(hours, fc.integer({ min: 0, max: 24 * 30 }), (told, asked) => {
        const had: HadContact[] = []
        // As the service does: each in the order it was told, kept only where it was let through.
        for (const hour of told) {
          if (limitReached(rules, 'CALL', had, at(hour / 24)) !== null) continue
          had.push({ id: String(had.length), kind: 'CALL', happenedAt: at(hour / 24) })
          had.sort((a, b) => a.happenedAt.getTime() - b.happenedAt.getTime())
        }
        for (const [nth, { happenedAt }] of had.entries()) {
          const third = had[nth + 2]
          if (third !== undefined) expect(third.happenedAt.getTime() - happenedAt.getTime()).toBeGreaterThanOrEqual(7 * dayMs)
        }
        const next = nextAllowed(rules, 'CALL', had, at(asked / 24), noon)
        for (let hour = asked; at(hour / 24) < next; hour += 1)
          expect(limitReached(rules, 'CALL', had, at(hour / 24))).not.toBeNull()
        expect(limitReached(rules, 'CALL', had, next)).toBeNull()
      }),
    )
  })
})

describe('quiet hours', () => {
  const rules = rulesOf({ quietHours: { from: '20:30', to: '08:00' } })
  const inZone = (zone: string) => (instant: Date) => minuteIn(zone, instant)
  const quiet = (zone: string, instant: string) => isQuiet(rules, 'CALL', new Date(instant), inZone(zone))

  it.each([
    ['Europe/Berlin', '2026-01-15T19:29:59Z', false],
    ['Europe/Berlin', '2026-01-15T19:30:00Z', true],
    ['Europe/Berlin', '2026-01-16T06:59:59Z', true],
    ['Europe/Berlin', '2026-01-16T07:00:00Z', false],
    ['America/New_York', '2026-01-16T07:00:00Z', true],
  ])('in %s at %s', (zone, instant, isIt) => expect(quiet(zone, instant)).toBe(isIt))

  it('are those of the kinds that they are for', () => {
    expect(isQuiet(rules, 'MAIL', new Date('2026-01-15T23:00:00Z'), inZone('UTC'))).toBe(false)
  })

  it.each([
    ['an ordinary night', '2026-01-15T22:15:30Z', '2026-01-16T07:00:00.000Z'],
    ['the night that loses an hour', '2026-03-28T22:15:30Z', '2026-03-29T06:00:00.000Z'],
    ['the night that has one more', '2026-10-24T22:15:30Z', '2026-10-25T07:00:00.000Z'],
  ])('end in the morning of %s', (_case, from, next) => {
    expect(nextAllowed(rules, 'CALL', [], new Date(from), inZone('Europe/Berlin')).toISOString()).toBe(next)
  })

  it('are gone round by a limit that ends within them', () => {
    const both = rulesOf({ quietHours: { from: '11:00', to: '13:00' }, contactLimits: [{ contactsMax: 1, days: 1 }] })
    expect(nextAllowed(both, 'CALL', calls(0), at(0.5), inZone('UTC')).toISOString()).toBe('2026-03-11T13:00:00.000Z')
  })
})

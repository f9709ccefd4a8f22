import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, type Day } from '../../kernel/day.ts'
import {
  type ContactFacts,
  type ContactState,
  contactState,
  discountUntil,
  dueOnBy,
  parseTerms,
  type TermsRule,
} from './rules.ts'

const rule = (json: object): TermsRule => {
  const parsed = parseTerms(json)
  if (parsed === null) throw new Error(`${JSON.stringify(json)} is no rule`)
  return parsed
}

describe('dueOnBy', () => {
  it.each<[string, object, Day, Day]>([
    ['due at once', { netDays: 0 }, '2026-03-15', '2026-03-15'],
    ['net 30', { netDays: 30 }, '2026-03-15', '2026-04-14'],
    ['net 30 over the end of a common February', { netDays: 30 }, '2026-01-31', '2026-03-02'],
    ['net 30 over a leap day', { netDays: 30 }, '2028-01-31', '2028-03-01'],
    ['net 365 over a leap year', { netDays: 365 }, '2028-01-01', '2028-12-31'],
    ['net 60 over the year’s end', { netDays: 60 }, '2026-12-01', '2027-01-30'],
    ['end of month', { endOfMonth: true }, '2026-02-01', '2026-02-28'],
    ['end of month on that very day', { endOfMonth: true }, '2026-02-28', '2026-02-28'],
    ['end of a leap February', { endOfMonth: true }, '2028-02-01', '2028-02-29'],
    ['end of next month, from a longer one', { endOfMonth: true, monthsAdded: 1 }, '2026-01-31', '2026-02-28'],
    ['end of next month, from a shorter one', { endOfMonth: true, monthsAdded: 1 }, '2026-02-10', '2026-03-31'],
    ['30 days, then end of month', { netDays: 30, endOfMonth: true }, '2026-01-15', '2026-02-28'],
    ['end of month, then 10 days', { endOfMonth: true, daysAfter: 10 }, '2026-02-10', '2026-03-10'],
    ['a month on, where that date is', { monthsAdded: 1 }, '2026-03-15', '2026-04-15'],
    ['a month on, where that date is not', { monthsAdded: 1 }, '2026-01-31', '2026-02-28'],
    ['the 10th of next month', { monthsAdded: 1, dayOfMonth: 10 }, '2026-01-31', '2026-02-10'],
    ['the 31st of the month after next, which has 30', { monthsAdded: 2, dayOfMonth: 31 }, '2026-02-05', '2026-04-30'],
    ['the next 25th, still ahead', { dayOfMonth: 25 }, '2026-02-24', '2026-02-25'],
    ['the next 25th, today', { dayOfMonth: 25 }, '2026-02-25', '2026-02-25'],
    ['the next 25th, gone by', { dayOfMonth: 25 }, '2026-12-26', '2027-01-25'],
    ['the next 30th, in a February without one', { dayOfMonth: 30 }, '2026-01-31', '2026-02-28'],
    ['14 days, then the next 5th', { netDays: 14, dayOfMonth: 5 }, '2026-02-20', '2026-04-05'],
  ])('%s', (_case, json, base, due) => expect(dueOnBy(rule(json), base)).toBe(due))

  it('is never before the base day', () => {
    const rules = fc.record(
      {
        netDays: fc.integer({ min: 0, max: 400 }),
        endOfMonth: fc.boolean(),
        dayOfMonth: fc.integer({ min: 1, max: 31 }),
        daysAfter: fc.integer({ min: 0, max: 60 }),
      },
      { requiredKeys: ['netDays'] },
    )
    fc.assert(
      fc.property(rules, fc.integer({ min: 0, max: 3_000 }), (json, offset) => {
        const base = addDays('2024-01-01', offset)
        return dueOnBy(rule(json), base) >= base
      }),
    )
  })
})

describe('discountUntil', () => {
  it('counts from the base day', () => {
    const twoTen = rule({ netDays: 30, discount: { days: 10, percent: '2' } })
    expect(discountUntil(twoTen, '2026-02-25')).toBe('2026-03-07')
    expect(dueOnBy(twoTen, '2026-02-25')).toBe('2026-03-27')
  })
  it('is nothing without a discount', () => expect(discountUntil(rule({ netDays: 30 }), '2026-01-01')).toBeNull())
})

describe('parseTerms', () => {
  it.each([
    ['nothing', {}],
    ['a discount alone', { discount: { days: 10, percent: '2' } }],
    ['a 32nd', { dayOfMonth: 32 }],
    ['days back', { netDays: -1 }],
    ['a word nobody knows', { netDays: 30, fortnights: 1 }],
    ['a percentage of more than all', { netDays: 30, discount: { days: 1, percent: '100' } }],
    ['no object', 'net 30'],
    ['null', null],
  ])('refuses %s', (_case, json) => expect(parseTerms(json)).toBeNull())
})

describe('contactState', () => {
  const plain: ContactFacts = { isRetired: false, bounceCount: 0, validFrom: null, validUntil: null }
  it.each<[string, Partial<ContactFacts>, ContactState]>([
    ['nothing known against it', {}, 'USABLE'],
    ['on its first day', { validFrom: '2026-03-15' }, 'USABLE'],
    ['on its last day', { validUntil: '2026-03-15' }, 'USABLE'],
    ['before its first day', { validFrom: '2026-03-16' }, 'NOT_YET_VALID'],
    ['after its last day', { validUntil: '2026-03-14' }, 'EXPIRED'],
    ['with a mail that came back', { bounceCount: 1 }, 'BOUNCED'],
    ['over and bounced', { bounceCount: 2, validUntil: '2026-03-14' }, 'EXPIRED'],
    ['retired, whatever else', { isRetired: true, bounceCount: 2, validUntil: '2026-03-14' }, 'RETIRED'],
  ])('%s', (_case, facts, state) => expect(contactState({ ...plain, ...facts }, '2026-03-15')).toBe(state))
})

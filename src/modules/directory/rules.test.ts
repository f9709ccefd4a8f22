import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRefusal } from '../../kernel/refusal.ts'
import { clientRoles } from '../../platform/policy.ts'
import {
  checkKeyExpiry,
  checkName,
  checkReason,
  checkRole,
  checkTeam,
  checkUser,
  endFrom,
  type HolderKind,
  keyDaysMax,
  normalEmail,
  periodFrom,
  RoleNotAllowed,
} from './rules.ts'

const now = new Date('2026-03-01T12:00:00Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const day = 86_400_000
const kinds: readonly HolderKind[] = ['PERSON', 'PORTAL', 'INTEGRATION']

describe('checkRole', () => {
  it.each([
    ['a person through a team', 'PERSON', 'ANALYST', true, null],
    ['a lead through a team', 'PERSON', 'LEAD', true, null],
    ['a manager through a team', 'PERSON', 'MANAGER', true, null],
    ['an analyst without a team', 'PERSON', 'ANALYST', false, 'INVALID_INPUT'],
    ['a lead without a team', 'PERSON', 'LEAD', false, 'INVALID_INPUT'],
    ['a manager without a team', 'PERSON', 'MANAGER', false, 'INVALID_INPUT'],
    ['an observer without a team', 'PERSON', 'OBSERVER', false, null],
    ['an observer through a team', 'PERSON', 'OBSERVER', true, null],
    ['an auditor without a team', 'PERSON', 'AUDITOR', false, null],
    ['a portal user', 'PORTAL', 'PORTAL', false, null],
    ['a portal user through a team', 'PORTAL', 'PORTAL', true, 'INVALID_INPUT'],
    ['a portal user as approver', 'PORTAL', 'APPROVER', false, null],
    ['an approver through a team', 'PORTAL', 'APPROVER', true, 'INVALID_INPUT'],
    ['a person as approver', 'PERSON', 'APPROVER', false, 'ROLE_NOT_ALLOWED'],
    ['a portal user as analyst', 'PORTAL', 'ANALYST', true, 'ROLE_NOT_ALLOWED'],
    ['an integration', 'INTEGRATION', 'INTEGRATION', false, null],
    ['an integration as auditor', 'INTEGRATION', 'AUDITOR', false, 'ROLE_NOT_ALLOWED'],
    ['a person as integration', 'PERSON', 'INTEGRATION', false, 'ROLE_NOT_ALLOWED'],
    ['a person as portal user', 'PERSON', 'PORTAL', false, 'ROLE_NOT_ALLOWED'],
  ] as const)('%s', (_case, kind, role, isThroughTeam, code) =>
    expect(checkRole({ kind, role, isThroughTeam })?.code ?? null).toBe(code),
  )

  it('names roles that the holder can indeed have', () => {
    for (const kind of kinds) {
      for (const role of clientRoles) {
        const refused = checkRole({ kind, role, isThroughTeam: true })
        if (!(refused instanceof RoleNotAllowed)) continue
        expect(refused.allowedRoles.length).toBeGreaterThan(0)
        for (const allowed of refused.allowedRoles)
          expect([true, false].some((isThroughTeam) => checkRole({ kind, role: allowed, isThroughTeam }) === null)).toBe(true)
      }
    }
  })

  it('lets each role be held by one kind alone', () => {
    for (const role of clientRoles) {
      const can = kinds.filter((kind) => !(checkRole({ kind, role, isThroughTeam: true }) instanceof RoleNotAllowed))
      expect(can).toHaveLength(1)
    }
  })
})

describe('periodFrom', () => {
  it('begins now when nothing is said', () =>
    expect(periodFrom(now, { validFrom: null, validUntil: null })).toEqual({ validFrom: now, validUntil: null }))

  it.each([
    ['now', now, null, true],
    ['later', later(day), null, true],
    ['in the past', later(-1), null, false],
    ['until later than it begins', later(day), later(2 * day), true],
    ['until the instant it begins', later(day), later(day), false],
    ['until before it begins', later(day), now, false],
    ['until now, from now', null, now, false],
    ['until a millisecond from now', null, later(1), true],
  ])('%s', (_case, validFrom, validUntil, isPeriod) =>
    expect(isRefusal(periodFrom(now, { validFrom, validUntil }))).toBe(!isPeriod),
  )

  it('never gives a period that is empty or begins in the past', () => {
    const instant = fc.option(fc.integer({ min: -5, max: 5 }).map(later))
    fc.assert(
      fc.property(instant, instant, (validFrom, validUntil) => {
        const period = periodFrom(now, { validFrom, validUntil })
        if (isRefusal(period)) return true
        return period.validFrom >= now && (period.validUntil === null || period.validUntil > period.validFrom)
      }),
    )
  })
})

describe('endFrom', () => {
  it('is now when nothing is said', () => expect(endFrom(now, null)).toBe(now))
  it('may be later', () => expect(endFrom(now, later(day))).toEqual(later(day)))
  it('is not in the past', () => expect(isRefusal(endFrom(now, later(-1)))).toBe(true))
})

describe('checkKeyExpiry', () => {
  it.each([
    ['now', 0, false],
    ['a millisecond from now', 1, true],
    ['on the last day allowed', keyDaysMax * day, true],
    ['a millisecond after it', keyDaysMax * day + 1, false],
  ])('%s', (_case, ms, isGood) => expect(checkKeyExpiry(now, later(ms)) === null).toBe(isGood))
})

describe('text', () => {
  it.each([
    ['plain', 'Nordic Parts', true],
    ['200 characters outside the first plane', '😀'.repeat(200), true],
    ['201 characters', 'x'.repeat(201), false],
    ['nothing', '', false],
    ['blanks', '   ', false],
    ['a line break', 'a\nb', false],
    ['NUL, which PostgreSQL cannot keep', 'a\0b', false],
    ['half a character', 'a\ud800b', false],
  ])('a name that is %s', (_case, name, isGood) => expect(checkName(name) === null).toBe(isGood))

  it.each([
    ['500 characters', 'x'.repeat(500), true],
    ['501 characters', 'x'.repeat(501), false],
    ['blanks', '  ', false],
  ])('a reason of %s', (_case, reason, isGood) => expect(checkReason(reason) === null).toBe(isGood))

  it.each(['A', 'a team', 'team', '-AB', 'X'.repeat(33)])('no team has the code %s', (code) =>
    expect(checkTeam({ code, name: 'Team' })?.path).toEqual(['input', 'code']),
  )

  it.each(['', 'ada', '@', 'a@b@c', 'ada lovelace@example.com', `${'a'.repeat(320)}@b`, 'a\0@b'])(
    'no user has the email %j',
    (email) => expect(checkUser({ kind: 'PERSON', name: 'Ada', email, subject: 'ada' })?.path).toEqual(['input', 'email']),
  )

  it('takes an address however it is typed', () => expect(normalEmail(' Ada@Example.COM ')).toBe('ada@example.com'))
})

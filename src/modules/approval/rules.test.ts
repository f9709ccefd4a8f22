import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDeclared } from '../../kernel/state-machine.ts'
import { hasProblems } from '../policy/index.ts'
import { approvalMachine } from './approval-states.ts'
import { approvalPolicy } from './policy.ts'
import {
  type ApprovalRole,
  type ApprovalRules,
  blockOf,
  type Counted,
  type Decider,
  evidenceHash,
  isMoved,
  type Lent,
  type Open,
  type Ruled,
  rulingOf,
  type Taken,
  wayOf,
  worthOf,
} from './rules.ts'

const now = new Date('2026-03-02T12:00:00Z')
const later = new Date('2026-04-01T12:00:00Z')

const rules = (matrix: readonly object[], facts: object = {}): ApprovalRules => {
  const parsed = approvalPolicy.parse({ matrix: matrix.map((row) => ({ action: 'PAYMENT_PLAN', ...row })), ...facts })
  if (hasProblems(parsed)) throw new Error(parsed.problems.join())
  return parsed
}

const banded = rules([
  { upTo: '1000.00', cumulativeUpTo: '2000', steps: [] },
  { reasons: ['HARDSHIP'], upTo: '9000', steps: ['APPROVER'] },
  { upTo: '5000', steps: ['LEAD'] },
  { steps: ['LEAD', 'MANAGER'] },
])

describe('the matrix', () => {
  it('asks a lead for a plan, the end of a dispute or a credit, and a manager for a write-off, while nothing was published', () => {
    const anything = { reasons: [], upTo: null, cumulativeUpTo: null }
    expect(approvalPolicy.defaults).toEqual({
      expiresAfterDays: 30,
      cumulativeDays: 30,
      matrix: [
        { action: 'PAYMENT_PLAN', ...anything, steps: ['LEAD'] },
        { action: 'DISPUTE_RESOLUTION', ...anything, steps: ['LEAD'] },
        { action: 'DEDUCTION_CREDIT', ...anything, steps: ['LEAD'] },
        { action: 'DEDUCTION_WRITE_OFF', ...anything, steps: ['MANAGER'] },
      ],
    })
  })

  it('has a row for each action, though it names none', () => expect(rules([])).toEqual(approvalPolicy.defaults))

  it.each([
    ['a bounded last row', [{ steps: [] }, { upTo: '5' }], 'matrix.1'],
    ['a last row with a bounded sum', [{ cumulativeUpTo: '5' }], 'matrix.0'],
    ['a last row for some reasons', [{ reasons: ['A'] }], 'matrix.0'],
    ['an action that nobody knows', [{ action: 'TREASON' }], 'matrix.0.action'],
    ['a role that decides nothing', [{ steps: ['ANALYST'] }], 'matrix.0.steps.0'],
    ['an amount with a sign', [{ upTo: '-5' }, {}], 'matrix.0.upTo'],
    ['a word that means nothing', [{ maximum: '5' }], 'matrix.0'],
  ])('is refused for %s, with the place', (_case, matrix, place) => {
    const parsed = approvalPolicy.parse({ matrix: matrix.map((row) => ({ action: 'PAYMENT_PLAN', ...row })) })
    expect(hasProblems(parsed) && parsed.problems.join()).toContain(place)
  })

  it.each<[string, string | null, bigint | null, bigint | null, number]>([
    ['at the bounds', null, 100_000n, 200_000n, 0],
    ['beyond the amount', null, 100_001n, 100_001n, 2],
    ['beyond the sum', null, 100_000n, 200_001n, 2],
    ['of a reason with a row of its own', 'HARDSHIP', 100_001n, 100_001n, 1],
    ['of that reason and small', 'HARDSHIP', 100n, 100n, 0],
    ['of another reason', 'OTHER', 100_001n, 100_001n, 2],
    ['beyond all bounds', null, 500_001n, 500_001n, 3],
    ['without a rate', null, null, null, 3],
    ['in a sum that has one without a rate', null, 1n, null, 3],
  ])('rules what is %s', (_case, reasonCode, baseMinor, cumulativeMinor, place) => {
    const asked = { action: 'PAYMENT_PLAN', reasonCode, baseCurrency: 'USD' } as const
    expect(rulingOf(banded, asked, { baseMinor, cumulativeMinor }).place).toBe(place)
  })

  it('reads its bounds in the client’s currency, whatever digits that has', () => {
    const one = rules([{ upTo: '5000.50' }, { steps: ['LEAD'] }])
    const placeOf = (baseCurrency: string, baseMinor: bigint) =>
      rulingOf(one, { action: 'PAYMENT_PLAN', reasonCode: null, baseCurrency }, { baseMinor, cumulativeMinor: baseMinor }).place
    expect([placeOf('JPY', 5_000n), placeOf('JPY', 5_001n)]).toEqual([0, 1])
    expect([placeOf('KWD', 5_000_500n), placeOf('KWD', 5_000_501n)]).toEqual([0, 1])
  })
})

const asked = (id: string, minor: bigint, days = 0, currency = 'USD'): Counted => ({
  ...{ id, currency, amountMinor: minor },
  requestedAt: new Date(now.getTime() + days * 86_400_000),
})
const rates = { baseCurrency: 'USD', planningRates: { EUR: '1.10', JPY: '0.0067' } }
const worth = (one: Counted, others: readonly Counted[]) => worthOf(one, others, { days: 30, rates })

describe('what a request is worth', () => {
  it('is its amount alone where there is no other', () =>
    expect(worth(asked('a', 500n), [])).toEqual({ baseMinor: 500n, cumulativeMinor: 500n }))
  it('is rounded up', () => expect(worth(asked('a', 101n, 0, 'EUR'), []).baseMinor).toBe(112n))
  it('is counted in whole units of a currency without digits', () =>
    expect(worth(asked('a', 1_000n, 0, 'JPY'), []).baseMinor).toBe(670n))
  it('adds those within the days, before and behind, and not itself', () =>
    expect(
      worth(asked('a', 1n), [asked('a', 1n), asked('b', 10n, -30), asked('c', 100n, 30), asked('d', 1_000n, -30.1)]),
    ).toEqual({
      baseMinor: 1n,
      cumulativeMinor: 111n,
    }))
  it('adds other currencies at their rates', () =>
    expect(worth(asked('a', 100n), [asked('b', 100n, 0, 'EUR')]).cumulativeMinor).toBe(210n))
  it('is not known without a rate', () =>
    expect(worth(asked('a', 100n, 0, 'GBP'), [])).toEqual({ baseMinor: null, cumulativeMinor: null }))
  it('has a sum that is not known beside one without a rate', () =>
    expect(worth(asked('a', 100n), [asked('b', 1n, 0, 'GBP')])).toEqual({ baseMinor: 100n, cumulativeMinor: null }))
})

describe('a request goes to another row', () => {
  const row = (place: number, steps: readonly ApprovalRole[], policyVersion = 1): Ruled => ({ place, steps, policyVersion })
  it.each<[string, Ruled, Ruled, boolean]>([
    ['upwards', row(1, ['LEAD']), row(2, ['MANAGER']), true],
    ['not downwards by the same rules', row(2, ['MANAGER']), row(1, ['LEAD']), false],
    ['not where the same persons are asked', row(1, ['LEAD']), row(2, ['LEAD']), false],
    ['downwards by other rules', row(2, ['MANAGER']), row(1, ['LEAD'], 2), true],
    ['never to nobody', row(1, ['LEAD']), row(0, [], 2), false],
  ])('%s', (_case, request, ruling, moved) => expect(isMoved(request, ruling)).toBe(moved))
})

it('evidence is the same in whichever order it was written, and another one where anything differs', () => {
  const hash = evidenceHash({ a: 1n, b: [1, { c: 'x', d: null }] })
  expect(evidenceHash({ b: [1, { d: null, c: 'x' }], a: 1n })).toBe(hash)
  expect(evidenceHash({ b: [1, { d: null, c: 'x' }], a: 2n })).not.toBe(hash)
  expect(evidenceHash({ b: [{ d: null, c: 'x' }, 1], a: 1n })).not.toBe(hash)
})

const open = (nextRole: ApprovalRole | null, facts: Partial<Open> = {}): Open => ({
  ...{ state: 'PENDING', nextRole, makers: ['maker'], expiresAt: later },
  ...facts,
})
const lends = (fromId: string, ...roles: string[]): Lent => ({ delegationId: `of ${fromId}`, fromId, fromName: fromId, roles })
const who = (id: string, roles: readonly string[], ...lent: readonly Lent[]): Decider => ({ id, roles, lent })
const by = (principalId: string, onBehalfOfId: string | null = null): Taken => ({ principalId, onBehalfOfId })

describe('the next step', () => {
  it.each<[string, Open, readonly Taken[], Decider, string | null]>([
    ['of a lead is a lead’s', open('LEAD'), [], who('a', ['LEAD']), null],
    ['of a lead is a manager’s too', open('LEAD'), [], who('a', ['MANAGER']), null],
    ['of a lead is not an analyst’s', open('LEAD'), [], who('a', ['ANALYST']), 'NO_ROLE'],
    ['of a manager is not a lead’s', open('MANAGER'), [], who('a', ['LEAD']), 'NO_ROLE'],
    ['of the client is the approver’s', open('APPROVER'), [], who('a', ['APPROVER']), null],
    ['of the client is not a manager’s', open('APPROVER'), [], who('a', ['MANAGER']), 'NO_ROLE'],
    ['of a lead is not the client’s', open('LEAD'), [], who('a', ['APPROVER']), 'NO_ROLE'],
    ['is not the maker’s', open('LEAD'), [], who('maker', ['LEAD']), 'MAKER'],
    ['is not the maker’s through a delegation', open('MANAGER'), [], who('maker', ['LEAD'], lends('b', 'MANAGER')), 'MAKER'],
    ['is not for who decided before', open('MANAGER'), [by('a')], who('a', ['MANAGER']), 'DECIDED'],
    ['is not for whom somebody decided before', open('MANAGER'), [by('b', 'a')], who('a', ['MANAGER']), 'DECIDED'],
    ['is for whoever borrows the role', open('MANAGER'), [], who('a', ['LEAD'], lends('b', 'MANAGER')), null],
    ['is not for who borrows it of a maker', open('MANAGER'), [], who('a', ['LEAD'], lends('maker', 'MANAGER')), 'NO_ROLE'],
    [
      'is not for who borrows it of who decided',
      open('MANAGER'),
      [by('b')],
      who('a', ['LEAD'], lends('b', 'MANAGER')),
      'NO_ROLE',
    ],
    ['is not for who borrows what the lender lost', open('MANAGER'), [], who('a', ['LEAD'], lends('b')), 'NO_ROLE'],
    [
      'of the client is not for who borrows it at the provider',
      open('APPROVER'),
      [],
      who('a', ['LEAD'], lends('b', 'APPROVER')),
      'NO_ROLE',
    ],
    ['of a lead is not for the client’s who borrows it', open('LEAD'), [], who('a', ['APPROVER'], lends('b', 'LEAD')), 'NO_ROLE'],
    ['is nobody’s once it expired', open('LEAD', { expiresAt: now }), [], who('a', ['LEAD']), 'EXPIRED'],
    ['is nobody’s once all is decided', open(null, { state: 'APPROVED' }), [], who('a', ['LEAD']), 'NOT_PENDING'],
  ])('%s', (_case, request, taken, decider, block) => {
    const way = wayOf(request, taken, { decider, now })
    expect(typeof way === 'string' ? way : null).toBe(block)
  })

  it('on behalf of a maker is refused as such, and so is that of who decided', () => {
    const decider = who('a', ['LEAD'], lends('maker', 'MANAGER'), lends('b', 'MANAGER'))
    const [ofMaker = null, ofOther = null] = decider.lent
    expect(blockOf(open('MANAGER'), [], { decider, lent: ofMaker, now })).toBe('MAKER')
    expect(blockOf(open('MANAGER'), [by('b')], { decider, lent: ofOther, now })).toBe('DECIDED')
  })
})

describe('whatever is tried in whichever order', () => {
  const people = ['maker', 'p1', 'p2', 'p3', 'p4']
  const roleSet = fc.uniqueArray(fc.constantFrom('ANALYST', 'LEAD', 'MANAGER', 'APPROVER'), { maxLength: 2 })

  it('nothing is approved by fewer persons than it has steps, nor by its maker', () => {
    let approvals = 0
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<ApprovalRole>('LEAD', 'MANAGER', 'APPROVER'), { minLength: 1, maxLength: 3 }),
        fc.tuple(roleSet, roleSet, roleSet, roleSet, roleSet),
        fc.array(fc.tuple(fc.nat(4), fc.option(fc.nat(4))), { minLength: 5, maxLength: 60 }),
        (steps, roles, tries) => {
          const rolesOf = (index: number) => roles[index] ?? []
          const taken: Taken[] = []
          for (const [me, behind] of tries) {
            const request = open(steps[taken.length] ?? null, { state: taken.length === steps.length ? 'APPROVED' : 'PENDING' })
            const lent = behind === null || behind === me ? null : lends(people[behind] ?? '', ...rolesOf(behind))
            const decider = who(people[me] ?? '', rolesOf(me), ...(lent === null ? [] : [lent]))
            if (blockOf(request, taken, { decider, lent, now }) === null) taken.push(by(decider.id, lent?.fromId ?? null))
          }
          const persons = taken.flatMap(({ principalId, onBehalfOfId }) => [
            principalId,
            ...(onBehalfOfId === null ? [] : [onBehalfOfId]),
          ])
          expect(persons).not.toContain('maker')
          expect(new Set(persons).size).toBe(persons.length)
          expect(taken.length).toBeLessThanOrEqual(steps.length)
          if (taken.length === steps.length) approvals += 1
        },
      ),
      { numRuns: 2_000, seed: 36 },
    )
    // It has seen what it speaks of.
    expect(approvals).toBeGreaterThan(100)
  })
})

it('an approval that is over becomes nothing else', () => {
  for (const over of ['USED', 'REJECTED', 'EXPIRED', 'WITHDRAWN'] as const)
    for (const to of ['PENDING', 'APPROVED', 'USED', 'REJECTED', 'EXPIRED', 'WITHDRAWN'] as const)
      expect(isDeclared(approvalMachine, over, to)).toBe(over === to)
})

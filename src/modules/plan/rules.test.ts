import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, type Day } from '../../kernel/day.ts'
import { isDeclared, legalMoves } from '../../kernel/state-machine.ts'
import { type PlanState, planMachine } from './plan-states.ts'
import { planPolicy } from './policy.ts'
import { allocate, faultOf, type Installment, judgePlan, type PlanItem, type PlanTerms } from './rules.ts'

const installment = (place: number, dueOn: Day, amountMinor: bigint, openItemId: string | null = null): Installment => ({
  ...{ place, dueOn, amountMinor, openItemId },
})
const covered = (openItemId: string, amountMinor: bigint): PlanItem => ({ openItemId, amountMinor, itemVersion: 1 })
const paid = (openItemId: string, amountMinor: bigint, valueOn: Day = '2026-03-01', itemVersion = 2) => ({
  ...{ openItemId, amountMinor, valueOn, postedOn: valueOn, itemVersion },
})

const three = [installment(1, '2026-03-02', 40n), installment(2, '2026-03-16', 40n), installment(3, '2026-03-30', 20n)]
const two = [covered('a', 70n), covered('b', 30n)]
const paidOf = (rows: readonly { readonly paidMinor: bigint }[]) => rows.map(({ paidMinor }) => paidMinor)

describe('allocate', () => {
  it.each([
    ['nothing', [], [0n, 0n, 0n]],
    ['a part of the first', [paid('a', 10n)], [10n, 0n, 0n]],
    ['the oldest first, whichever item was paid', [paid('b', 30n), paid('a', 20n)], [40n, 10n, 0n]],
    ['no more of an item than is covered', [paid('a', 500n)], [40n, 30n, 0n]],
    ['all', [paid('a', 70n), paid('b', 30n)], [40n, 40n, 20n]],
    ['nothing of what was settled before the plan', [paid('a', 70n, '2026-03-01', 1)], [0n, 0n, 0n]],
    ['nothing of an item that is not covered', [paid('c', 70n)], [0n, 0n, 0n]],
  ])('%s', (_case, payments, amounts) => expect(paidOf(allocate(three, two, payments).installments)).toEqual(amounts))

  it('puts what is fixed to an item there, and only what is left elsewhere', () => {
    const fixed = [installment(1, '2026-03-02', 40n), installment(2, '2026-03-16', 30n, 'b'), installment(3, '2026-03-30', 30n)]
    expect(paidOf(allocate(fixed, two, [paid('b', 30n)]).installments)).toEqual([0n, 30n, 0n])
    expect(paidOf(allocate(fixed, two, [paid('a', 50n)]).installments)).toEqual([40n, 0n, 10n])
  })

  it('says on which value date an installment was complete, in whichever order payments were told', () => {
    const payments = [paid('a', 30n, '2026-03-05'), paid('b', 20n, '2026-03-02')]
    for (const told of [payments, payments.toReversed()])
      expect(allocate(three, two, told).installments.map(({ paidOn }) => paidOn)).toEqual(['2026-03-05', null, null])
  })

  it('allocates exactly what counts: by item and by installment the same sum, never more than either', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            openItemId: fc.constantFrom('a', 'b'),
            amountMinor: fc.bigInt({ min: 1n, max: 60n }),
            day: fc.nat({ max: 40 }),
          }),
          { maxLength: 8 },
        ),
        fc.constantFrom<string | null>(null, 'a', 'b'),
        (told, fixedTo) => {
          const rows = [
            three[0],
            { ...three[1], openItemId: fixedTo, amountMinor: 30n },
            { ...three[2], amountMinor: 30n },
          ] as Installment[]
          const payments = told.map(({ day, ...rest }) => paid(rest.openItemId, rest.amountMinor, addDays('2026-03-01', day)))
          const { installments, items } = allocate(rows, two, payments)
          const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)
          expect(sum(paidOf(installments))).toBe(sum(paidOf(items)))
          for (const row of installments) expect(row.paidMinor <= row.amountMinor).toBe(true)
          for (const [place, item] of items.entries()) {
            const paidThere = sum(
              payments.filter(({ openItemId }) => openItemId === item.openItemId).map(({ amountMinor }) => amountMinor),
            )
            const most = two[place]?.amountMinor ?? 0n
            expect(item.paidMinor).toBe(paidThere < most ? paidThere : most)
          }
        },
      ),
    ))
})

describe('judgePlan', () => {
  const terms: PlanTerms = { graceBusinessDays: 1, missedToDefault: 2, daysLateToDefault: 20 }
  // The first is due on a Monday, so it is in time on Tuesday.
  it.each<[string, ReturnType<typeof paid>[], Day, string, number, Day | null]>([
    ['before anything is due', [], '2026-03-01', 'ACTIVE', 0, '2026-03-03'],
    ['on the last day of grace', [], '2026-03-03', 'ACTIVE', 0, '2026-03-03'],
    ['the day after: one is missed', [], '2026-03-04', 'ACTIVE', 1, '2026-03-03'],
    ['the first paid: kept until the second', [paid('a', 40n)], '2026-03-17', 'ACTIVE', 0, '2026-03-17'],
    ['two missed', [], '2026-03-18', 'DEFAULTED', 2, '2026-03-03'],
    ['one missed, and not for too long', [paid('a', 40n)], '2026-03-31', 'ACTIVE', 1, '2026-03-17'],
    ['a part paid is not paid', [paid('a', 39n)], '2026-03-18', 'DEFAULTED', 2, '2026-03-03'],
    ['all paid', [paid('a', 70n), paid('b', 30n)], '2026-09-01', 'COMPLETED', 0, null],
  ])('%s', (_case, payments, today, state, missed, currentUntil) =>
    expect(judgePlan(terms, allocate(three, two, payments).installments, today)).toEqual({ state, missed, currentUntil }),
  )

  it('defaults by one that is too late', () => {
    const patient = { ...terms, missedToDefault: 9 }
    const { installments } = allocate(three, two, [])
    expect(judgePlan(patient, installments, '2026-03-21').state).toBe('ACTIVE')
    expect(judgePlan(patient, installments, '2026-03-22').state).toBe('DEFAULTED')
  })
})

describe('faultOf', () => {
  const items = [
    { openItemId: 'a', amountMinor: 70n },
    { openItemId: 'b', amountMinor: 30n },
  ]
  const plan = (installments: readonly Omit<Installment, 'place'>[]) =>
    faultOf({ items, installments, today: '2026-03-02', longestDays: 60 })?.path ?? null
  const row = (dueOn: Day, amountMinor: bigint, openItemId: string | null = null) => ({ dueOn, amountMinor, openItemId })

  it.each([
    ['nothing: it begins today and ends on the last day', [row('2026-03-02', 60n), row('2026-05-01', 40n)], null],
    ['a day that is past', [row('2026-03-01', 100n)], ['input', 'installments', '0', 'dueOn']],
    ['a day too far', [row('2026-03-02', 60n), row('2026-05-02', 40n)], ['input', 'installments', '1', 'dueOn']],
    [
      'an order that is not that of the days',
      [row('2026-03-09', 60n), row('2026-03-08', 40n)],
      ['input', 'installments', '1', 'dueOn'],
    ],
    ['another sum', [row('2026-03-09', 60n), row('2026-03-10', 41n)], ['input', 'installments']],
    [
      'more fixed to an item than is covered',
      [row('2026-03-09', 69n), row('2026-03-09', 31n, 'b')],
      ['input', 'installments', '1', 'amount'],
    ],
  ])('finds %s', (_case, installments, path) => expect(plan(installments)).toEqual(path))
})

describe('the machine of plans', () => {
  it.each<[PlanState, string[]]>([
    ['PROPOSED', ['accept', 'cancel']],
    ['CUSTOMER_ACCEPTED', ['approve', 'cancel']],
    ['APPROVED', ['activate', 'cancel']],
    ['ACTIVE', ['complete', 'default', 'cancel']],
    ['COMPLETED', ['default', 'reopen']],
    ['DEFAULTED', []],
    ['CANCELLED', []],
  ])('%s takes %j', (state, moves) => expect(legalMoves(planMachine, state)).toEqual(moves))

  it('lets the ledger lead an active or completed plan wherever it may', () => {
    for (const from of ['ACTIVE', 'COMPLETED'] as const)
      for (const to of ['ACTIVE', 'COMPLETED', 'DEFAULTED'] as const) expect(isDeclared(planMachine, from, to)).toBe(true)
  })
})

describe('the policy of plans', () => {
  it('fills its defaults in', () =>
    expect(planPolicy.parse({ missedToDefault: 3 })).toEqual({ ...planPolicy.defaults, missedToDefault: 3 }))
  it.each([[{ missedToDefault: 0 }], [{ installmentsMax: 101 }], [{ interest: 5 }]])('refuses %j', (rules) =>
    expect(planPolicy.parse(rules)).toHaveProperty('problems'),
  )
})

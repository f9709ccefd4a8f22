import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, type Day, dayIn } from '../../kernel/day.ts'
import { isDeclared, legalMoves } from '../../kernel/state-machine.ts'
import { promisePolicy } from './policy.ts'
import { type PromiseState, promiseMachine, promiseStates } from './promise-states.ts'
import { businessDaysAfter, confirmsOn, dueOf, judge, levelBehind, type Payment, type Terms } from './rules.ts'

/** 100 promised for 10 March, taken when the item had version 4. */
const terms = (facts: Partial<Terms> = {}): Terms => ({
  amountMinor: 10_000n,
  dueMinor: 10_000n,
  deadlineOn: '2026-03-10',
  countsBy: 'VALUE_DATE',
  confirmDays: 30,
  itemVersion: 4,
  ...facts,
})

const paid = (amountMinor: bigint, valueOn: Day = '2026-03-05', facts: Partial<Payment> = {}): Payment => ({
  amountMinor,
  valueOn,
  postedOn: valueOn,
  itemVersion: 5,
  ...facts,
})

describe('judge', () => {
  it.each<[string, Partial<Terms>, Payment[], Day, string, bigint]>([
    ['nothing paid, on the deadline', {}, [], '2026-03-10', 'OPEN', 0n],
    ['nothing paid, the day after', {}, [], '2026-03-11', 'BROKEN', 0n],
    ['a part paid, on the deadline', {}, [paid(4_000n)], '2026-03-10', 'OPEN', 4_000n],
    ['a part paid, the day after', {}, [paid(4_000n)], '2026-03-11', 'PARTIALLY_KEPT', 4_000n],
    ['all paid early', {}, [paid(10_000n)], '2026-03-05', 'KEPT', 10_000n],
    ['all paid in parts', {}, [paid(4_000n), paid(6_000n)], '2026-03-20', 'KEPT', 10_000n],
    ['more paid than promised', {}, [paid(12_000n)], '2026-03-20', 'KEPT', 12_000n],
    ['one minor unit short', {}, [paid(9_999n)], '2026-03-11', 'PARTIALLY_KEPT', 9_999n],
    ['as much as is forgiven short', { dueMinor: 9_900n }, [paid(9_900n)], '2026-03-11', 'KEPT', 9_900n],
    ['more than is forgiven short', { dueMinor: 9_900n }, [paid(9_899n)], '2026-03-11', 'PARTIALLY_KEPT', 9_899n],
    ['paid on the deadline', {}, [paid(10_000n, '2026-03-10')], '2026-03-12', 'KEPT', 10_000n],
    ['paid the day after', {}, [paid(10_000n, '2026-03-11')], '2026-03-12', 'BROKEN', 0n],
    [
      'at the bank in time and applied late',
      {},
      [paid(10_000n, '2026-03-10', { postedOn: '2026-03-12' })],
      '2026-03-12',
      'KEPT',
      10_000n,
    ],
    [
      'the same, where the posting date counts',
      { countsBy: 'POSTING_DATE' },
      [paid(10_000n, '2026-03-10', { postedOn: '2026-03-12' })],
      '2026-03-12',
      'BROKEN',
      0n,
    ],
    ['settled before the promise', {}, [paid(10_000n, '2026-03-05', { itemVersion: 4 })], '2026-03-11', 'BROKEN', 0n],
  ])('%s', (_case, facts, payments, today, state, paidMinor) =>
    expect(judge(terms(facts), payments, today)).toEqual({ state, paidMinor }),
  )

  const payment = fc.record({
    amountMinor: fc.bigInt({ min: 1n, max: 9_000n }),
    valueOn: fc.integer({ min: -5, max: 5 }).map((days) => addDays('2026-03-10', days)),
    postedOn: fc.integer({ min: -5, max: 5 }).map((days) => addDays('2026-03-10', days)),
    itemVersion: fc.integer({ min: 1, max: 9 }),
  })

  it('does not depend on the order of payments', () =>
    fc.assert(
      fc.property(
        fc
          .array(payment, { maxLength: 6 })
          .chain((payments) => fc.tuple(fc.constant(payments), fc.shuffledSubarray(payments, { minLength: payments.length }))),
        ([payments, shuffled]) => {
          expect(judge(terms(), shuffled, '2026-03-11')).toEqual(judge(terms(), payments, '2026-03-11'))
        },
      ),
    ))

  it('leads from any state that follows from the ledger to any other by a declared move', () =>
    fc.assert(
      fc.property(fc.array(payment), fc.array(payment), fc.nat({ max: 10 }), fc.nat({ max: 10 }), (before, after, day, later) => {
        const from = judge(terms(), before, addDays('2026-03-05', day)).state
        const to = judge(terms(), after, addDays('2026-03-05', day + later)).state
        expect(isDeclared(promiseMachine, from, to)).toBe(true)
      }),
    ))
})

describe('the promise machine', () => {
  it.each<[PromiseState, string[]]>([
    ['OPEN', ['keep', 'fallShort', 'withdraw', 'supersede']],
    ['PARTIALLY_KEPT', ['keep', 'fallShort']],
    ['KEPT', ['fallShort', 'reopen']],
    ['BROKEN', ['keep', 'fallShort']],
    ['WITHDRAWN', []],
    ['SUPERSEDED', []],
  ])('%s takes %j', (state, moves) => expect(legalMoves(promiseMachine, state)).toEqual(moves))

  it('names every state', () =>
    expect(new Set([...promiseStates])).toEqual(
      new Set(['OPEN', ...Object.values(promiseMachine.moves).flatMap(({ from, to }) => [...from, ...to])]),
    ))
})

describe('levels, by SAP’s examples', () => {
  it.each<[string, PromiseState[], number]>([
    ['the first promise', [], 1],
    ['behind a part that was kept', ['KEPT'], 1],
    ['behind two parts that were kept', ['KEPT', 'KEPT'], 1],
    ['behind a promise that was open', ['SUPERSEDED'], 2],
    ['behind one that is open again', ['OPEN'], 2],
    ['behind one that was kept in part', ['PARTIALLY_KEPT'], 2],
    ['behind a broken one', ['BROKEN'], 2],
    ['behind a withdrawn one', ['WITHDRAWN'], 2],
    ['behind a broken one and a kept one', ['BROKEN', 'KEPT'], 2],
    ['behind a kept one and a broken one', ['KEPT', 'BROKEN'], 2],
    ['behind two broken ones', ['BROKEN', 'BROKEN'], 3],
  ])('%s', (_case, earlier, level) => expect(levelBehind(earlier)).toBe(level))
})

describe('businessDaysAfter', () => {
  it.each<[string, Day, number, Day]>([
    ['none is the day itself', '2026-03-10', 0, '2026-03-10'],
    ['none is the day itself, on a Saturday too', '2026-03-07', 0, '2026-03-07'],
    ['Tuesday to Wednesday', '2026-03-10', 1, '2026-03-11'],
    ['Friday to Monday', '2026-03-06', 1, '2026-03-09'],
    ['Saturday to Monday', '2026-03-07', 1, '2026-03-09'],
    ['Sunday to Monday', '2026-03-08', 1, '2026-03-09'],
    ['over a weekend', '2026-03-05', 3, '2026-03-10'],
    ['a week', '2026-03-04', 5, '2026-03-11'],
  ])('%s', (_case, day, count, then) => expect(businessDaysAfter(day, count)).toBe(then))
})

describe('a deadline ends with its day in the client’s zone', () => {
  const stateAt = (deadlineOn: Day, zone: string, instant: string) =>
    judge(terms({ deadlineOn }), [], dayIn(zone, new Date(instant))).state

  it.each([
    // New York springs forward on 8 March 2026 and falls back on 1 November: days of 23 and 25 hours.
    ['the day clocks go forward', '2026-03-08', 'America/New_York', '2026-03-09T03:59:59Z', '2026-03-09T04:00:00Z'],
    ['the day clocks go back', '2026-11-01', 'America/New_York', '2026-11-02T04:59:59Z', '2026-11-02T05:00:00Z'],
    ['the day before clocks go forward', '2026-03-07', 'America/New_York', '2026-03-08T04:59:59Z', '2026-03-08T05:00:00Z'],
    ['the day before clocks go back', '2026-10-31', 'America/New_York', '2026-11-01T03:59:59Z', '2026-11-01T04:00:00Z'],
    ['far east', '2026-03-10', 'Pacific/Kiritimati', '2026-03-10T09:59:59Z', '2026-03-10T10:00:00Z'],
    ['far west', '2026-03-10', 'Pacific/Pago_Pago', '2026-03-11T10:59:59Z', '2026-03-11T11:00:00Z'],
  ] as const)('%s', (_case, deadlineOn, zone, before, after) =>
    expect([stateAt(deadlineOn, zone, before), stateAt(deadlineOn, zone, after)]).toEqual(['OPEN', 'BROKEN']),
  )
})

describe('dueOf', () => {
  it.each([
    ['nothing is forgiven', 10_000n, 0, 10_000n],
    ['a percent', 10_000n, 100, 9_900n],
    ['a part of a minor unit is not forgiven', 999n, 100, 990n],
    ['everything, but one minor unit', 10_000n, 10_000, 1n],
  ])('%s', (_case, amount, toleranceBp, due) => expect(dueOf(amount, toleranceBp)).toBe(due))
})

describe('confirmsOn', () => {
  it('is some days behind the day on which it was judged', () =>
    expect(confirmsOn(terms(), 'KEPT', '2026-03-05')).toBe('2026-04-04'))
  it('is no day while it is open', () => expect(confirmsOn(terms(), 'OPEN', '2026-03-05')).toBeNull())
})

describe('the policy of promises', () => {
  it('fills its defaults in', () =>
    expect(promisePolicy.parse({ toleranceBusinessDays: 2 })).toEqual({ ...promisePolicy.defaults, toleranceBusinessDays: 2 }))

  it.each([
    ['a day of grace below zero', { toleranceBusinessDays: -1 }],
    ['more than all forgiven', { toleranceBp: 10_001 }],
    ['a date that nobody knows', { dateCounted: 'ENTRY_DATE' }],
    ['a promise for no day', { longestDays: 0 }],
    ['a word that means nothing', { grace: 1 }],
  ])('refuses %s', (_case, rules) => expect(promisePolicy.parse(rules)).toHaveProperty('problems'))
})

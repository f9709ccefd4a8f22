import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scoreCash, type Undecided } from './cash-score.ts'
import { nobodyKnown } from './left-out.ts'
import { defaultStrategy, parseStrategy, type Strategy } from './strategy.ts'

const money = { baseCurrency: 'USD', planningRates: { EUR: '1.10', JPY: '0.0066' } }

type Rules = Strategy['cash']
const rulesOf = (cash: object): Rules => {
  const parsed = parseStrategy({ cash })
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '))
  return parsed.cash
}

const undecided = (facts: Partial<Undecided> = {}): Undecided => ({
  currency: 'USD',
  kind: 'MISSING_REMITTANCE',
  customer: nobodyKnown,
  undecidedMinor: 100_000n,
  ageDays: 0,
  behind: { missed: 0, of: 4 },
  ...facts,
})
const score = (facts: Undecided, rules: Rules = defaultStrategy.cash) => scoreCash(facts, rules, money)
const cashPoints = (code: string, facts: Partial<Undecided>) =>
  score(undecided(facts)).factors.find((factor) => factor.code === code)?.points

describe('the default strategy of cash', () => {
  it.each([
    ['came today', 0, 0],
    ['came yesterday', 1, 13],
    ['is twenty-nine days old', 29, 386],
    ['is thirty days old', 30, 400],
    ['is a year old', 365, 400],
  ])('age: money that %s', (_case, ageDays, points) => {
    expect(cashPoints('AGE', { ageDays })).toBe(points)
  })

  it.each([
    ['a cent', 1n, 0],
    ['a thousand', 100_000n, 80],
    ['a million', 100_000_000n, 400],
    ['ten million', 1_000_000_000n, 400],
  ])('amount: %s', (_case, undecidedMinor, points) => {
    expect(cashPoints('AMOUNT', { undecidedMinor })).toBe(points)
  })

  it.each([
    ['nothing is late', { missed: 0, of: 4 }, 0],
    ['one step of four', { missed: 1, of: 4 }, 50],
    ['one step of two', { missed: 1, of: 2 }, 100],
    ['all of them', { missed: 4, of: 4 }, 200],
  ])('chases: %s', (_case, behind, points) => {
    expect(cashPoints('CHASES', { behind })).toBe(points)
  })

  it('say what they were counted from, and which currency was taken at par', () => {
    const facts = undecided({ currency: 'KWD', undecidedMinor: 5_000n, ageDays: 8, behind: { missed: 2, of: 4 } })
    expect(score(facts).factors.map(({ input }) => input)).toEqual([
      '8 days since the value date',
      '5 USD undecided, KWD at par',
      '2 of 4 steps due and not taken',
    ])
  })

  it('add up to a score up to 1000, and never fall when money is older, more, or further behind', () => {
    const behind = fc
      .integer({ min: 1, max: 4 })
      .chain((of) => fc.record({ missed: fc.integer({ min: 0, max: of }), of: fc.constant(of) }))
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 12n), fc.nat(400), behind, fc.bigInt(0n, 10n ** 9n), (minor, ageDays, late, more) => {
        const { factors, score: total } = score(undecided({ undecidedMinor: minor, ageDays, behind: late }))
        for (const { points, weight } of factors) {
          expect(Number.isInteger(points) && points >= 0 && points <= weight).toBe(true)
        }
        expect(total).toBe(factors.reduce((sum, { points }) => sum + points, 0))
        expect(total).toBeLessThanOrEqual(1_000)
        const missed = Math.min(late.of, late.missed + 1)
        const older = undecided({ undecidedMinor: minor + more, ageDays: ageDays + 1, behind: { ...late, missed } })
        expect(score(older).score).toBeGreaterThanOrEqual(total)
      }),
    )
  })
})

// Facts drawn once, and the points that the code gave before strategies were data.
type Golden = readonly [currency: string, minor: string, ageDays: number, missed: number, of: number, points: readonly number[]]
const golden: readonly Golden[] = [
  ['USD', '108000', 31, 3, 4, [400, 80, 150]],
  ['USD', '3870', 31, 3, 4, [400, 3, 150]],
  ['KWD', '455000', 25, 1, 1, [333, 36, 200]],
  ['KWD', '8580000', 31, 1, 2, [400, 164, 100]],
  ['USD', '506', 8, 1, 1, [106, 0, 200]],
  ['KWD', '713', 3, 1, 1, [40, 0, 200]],
  ['JPY', '48100000', 5, 2, 2, [66, 324, 200]],
  ['KWD', '890000000', 12, 0, 1, [160, 387, 0]],
  ['KWD', '170000000', 1, 3, 4, [13, 307, 150]],
  ['EUR', '5110000', 9, 1, 4, [120, 241, 50]],
  ['EUR', '718', 38, 2, 4, [400, 0, 100]],
  ['KWD', '99900', 21, 1, 2, [280, 7, 100]],
]

describe('what a client that published nothing always had', () => {
  it.each(golden)('of %s %s, %i days old, %i of %i steps missed', (currency, minor, ageDays, missed, of, points) => {
    const { factors, score: total } = score(
      undecided({ currency, undecidedMinor: BigInt(minor), ageDays, behind: { missed, of } }),
    )
    expect(factors.map((factor) => factor.points)).toEqual(points)
    expect(total).toBe(points.reduce((sum, point) => sum + point, 0))
  })
})

describe('what a strategy leaves out of the queues of cash', () => {
  const facts = undecided({ undecidedMinor: 50_000n, ageDays: 3 })
  it.each<[string, object, Partial<Undecided>, string | null]>([
    ['nothing', {}, {}, null],
    ['a kind', { kinds: ['UNAPPLIED_CASH'] }, {}, 'the strategy takes no work of the kind MISSING_REMITTANCE'],
    ['less than an amount', { amountMin: 501 }, {}, '500 USD undecided; the strategy takes 501 or more'],
    ['not what is as much', { amountMin: 500 }, {}, null],
    ['what is too young', { ageDaysMin: 4 }, {}, '3 days since the value date; the strategy takes 4 or more'],
    [
      'a customer before its country',
      { customersOut: [{ number: '7', reason: 'own desk' }], countriesOut: [{ country: 'DE', reason: 'own team' }] },
      { customer: { number: '7', countryCode: 'DE', hasParent: false } },
      'customer 7: own desk',
    ],
    [
      'a country',
      { countriesOut: [{ country: 'DE', reason: 'own team' }] },
      { customer: { number: '8', countryCode: 'DE', hasParent: false } },
      'country DE: own team',
    ],
  ])('%s', (_case, inclusion, more, leftOut) => {
    const scored = score({ ...facts, ...more }, rulesOf({ inclusion }))
    expect(scored).toMatchObject({ leftOut, isQueued: leftOut === null })
    if (leftOut !== null) expect(scored).toMatchObject({ score: 0, factors: [] })
  })

  it('and a factor without weight is none', () => {
    const { factors } = score(
      facts,
      rulesOf({ factors: { age: { weight: 0 }, amount: { weight: 1_000 }, chases: { weight: 0 } } }),
    )
    expect(factors.map(({ code, weight }) => [code, weight])).toEqual([['AMOUNT', 1_000]])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Collectable, cashFactorsOf, cashKindOf, factorsOf, inBase, isUndecided, scoreOf, type Undecided } from './rules.ts'

const money = { baseCurrency: 'USD', planningRates: { EUR: '1.10', JPY: '0.0066' } }
const usd = (minor: bigint, days: bigint): Collectable => ({
  currency: 'USD',
  openMinor: minor,
  overdueMinor: minor,
  toBeCollectedMinor: minor,
  weightedDays: minor * days,
})
const punctual = { paidCount: 12, weightedAverageDaysLate: -2 }
const pointsOf = (code: string, ...args: Parameters<typeof factorsOf>) =>
  factorsOf(...args).find((factor) => factor.code === code)?.points

describe('factors of strategy 1', () => {
  it.each([
    ['nothing due', 0n, 0],
    ['a thousand', 100_000n, 80],
    ['ten thousand', 1_000_000n, 180],
    ['a hundred thousand', 10_000_000n, 300],
    ['a million', 100_000_000n, 400],
    ['ten million', 1_000_000_000n, 400],
  ])('amount: %s', (_case, minor, points) => {
    expect(pointsOf('AMOUNT', [usd(minor, 0n)], punctual, money)).toBe(points)
  })

  it.each([
    ['due today', 0n, 0],
    ['nine days', 9n, 40],
    ['ninety days', 90n, 400],
    ['a year', 365n, 400],
  ])('overdue: %s', (_case, days, points) => {
    expect(pointsOf('OVERDUE_DAYS', [usd(50_000n, days)], punctual, money)).toBe(points)
  })

  it.each([
    ['pays early', -5, 0],
    ['pays a month late', 30, 100],
    ['pays two months late', 60, 200],
    ['pays half a year late', 180, 200],
    ['never paid', null, 100],
  ])('risk: %s', (_case, weightedAverageDaysLate, points) => {
    expect(pointsOf('PAYMENT_RISK', [usd(50_000n, 1n)], { paidCount: 3, weightedAverageDaysLate }, money)).toBe(points)
  })

  it('says which currencies it took at par', () => {
    const kwd = { ...usd(1_000n, 1n), currency: 'KWD' }
    expect(factorsOf([kwd], punctual, money)[1]?.input).toBe('1 USD to be collected, KWD at par')
  })

  it('adds up to the score, stays within its weights, and never falls when more or later is due', () => {
    const amount = fc.bigInt(1n, 10n ** 12n)
    fc.assert(
      fc.property(amount, fc.bigInt(0n, 400n), amount, (minor, days, more) => {
        const factors = factorsOf([usd(minor, days)], punctual, money)
        const richer = factorsOf([usd(minor + more, days + 1n)], punctual, money)
        for (const { points, weight } of factors) {
          expect(points).toBeGreaterThanOrEqual(0)
          expect(points).toBeLessThanOrEqual(weight)
          expect(Number.isInteger(points)).toBe(true)
        }
        expect(scoreOf(richer)).toBeGreaterThanOrEqual(scoreOf(factors))
      }),
    )
  })
})

const undecided = (facts: Partial<Undecided> = {}): Undecided => ({
  currency: 'USD',
  undecidedMinor: 100_000n,
  ageDays: 0,
  behind: { missed: 0, of: 4 },
  ...facts,
})
const cashPoints = (code: string, facts: Partial<Undecided>) =>
  cashFactorsOf(undecided(facts), money).find((factor) => factor.code === code)?.points

describe('factors of cash, strategy 1', () => {
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
    expect(cashFactorsOf(facts, money).map(({ input }) => input)).toEqual([
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
        const factors = cashFactorsOf(undecided({ undecidedMinor: minor, ageDays, behind: late }), money)
        for (const { points, weight } of factors) {
          expect(Number.isInteger(points) && points >= 0 && points <= weight).toBe(true)
        }
        expect(scoreOf(factors)).toBeLessThanOrEqual(1_000)
        const missed = Math.min(late.of, late.missed + 1)
        const older = undecided({ undecidedMinor: minor + more, ageDays: ageDays + 1, behind: { ...late, missed } })
        expect(scoreOf(cashFactorsOf(older, money))).toBeGreaterThanOrEqual(scoreOf(factors))
      }),
    )
  })
})

describe('the queue of a receipt', () => {
  it.each([
    ['REMITTANCE_MISSING', 'MISSING_REMITTANCE'],
    ['IDENTIFIED', 'UNAPPLIED_CASH'],
    ['UNIDENTIFIED', 'UNIDENTIFIED_CASH'],
    ['ESCHEAT_REVIEW', 'UNIDENTIFIED_CASH'],
  ] as const)('that is %s is %s', (state, kind) => {
    expect(isUndecided(state)).toBe(true)
    expect(cashKindOf(state)).toBe(kind)
  })

  it.each(['ON_ACCOUNT', 'MATCHED', 'POSTED', 'CLEARED', 'REVERSED', 'RETURNED_TO_PAYER', 'toString'])(
    'that is %s is none',
    (state) => {
      expect(isUndecided(state)).toBe(false)
    },
  )
})

describe('inBase', () => {
  it.each([
    ['its own currency', 12_345n, 'USD', 123n],
    ['another', 10_000n, 'EUR', 110n],
    ['one without decimals', 100_000n, 'JPY', 660n],
    ['one without a rate, at par', 5_000n, 'GBP', 50n],
  ])('%s', (_case, minor, currency, worth) => {
    expect(inBase(minor, currency, money)).toBe(worth)
  })
})

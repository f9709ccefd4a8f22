import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Collectable, factorsOf, inBase, scoreOf } from './rules.ts'

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

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CashSum, cashAgeBorders, cashAgeBuckets, cashAgingOf } from './aging.ts'

const sum = (facts: Partial<CashSum>): CashSum => ({
  state: 'REMITTANCE_MISSING',
  currency: 'USD',
  place: 0,
  count: 1,
  minor: 100n,
  ...facts,
})

describe('ageing of cash', () => {
  it('has a bucket between any two borders, and one on each side', () => {
    expect(cashAgeBorders).toEqual([2, 4, 8, 31])
    expect(cashAgeBuckets).toHaveLength(cashAgeBorders.length + 1)
  })

  it('of nothing has no row', () => expect(cashAgingOf([])).toEqual([]))

  it('keeps kinds and currencies apart, and takes a review for escheat as unidentified', () => {
    const rows = cashAgingOf([
      sum({ state: 'ON_ACCOUNT', minor: 1n }),
      sum({ state: 'UNIDENTIFIED', place: 3, minor: 2n }),
      sum({ state: 'ESCHEAT_REVIEW', place: 3, count: 2, minor: 4n }),
      sum({ state: 'IDENTIFIED', currency: 'EUR', minor: 8n }),
      sum({ state: 'REMITTANCE_MISSING', place: 4, minor: 16n }),
    ])
    expect(rows.map(({ kind, currency }) => [kind, currency])).toEqual([
      ['MISSING_REMITTANCE', 'USD'],
      ['UNAPPLIED_CASH', 'EUR'],
      ['UNIDENTIFIED_CASH', 'USD'],
      ['ON_ACCOUNT', 'USD'],
    ])
    expect(rows[2]?.buckets).toEqual([
      { bucket: 'DAYS_0_TO_1', count: 0, minor: 0n },
      { bucket: 'DAYS_2_TO_3', count: 0, minor: 0n },
      { bucket: 'DAYS_4_TO_7', count: 0, minor: 0n },
      { bucket: 'DAYS_8_TO_30', count: 3, minor: 6n },
      { bucket: 'OVER_30', count: 0, minor: 0n },
    ])
  })

  it('loses no receipt and no money', () => {
    const sums = fc.array(
      fc.record({
        state: fc.constantFrom('REMITTANCE_MISSING', 'IDENTIFIED', 'UNIDENTIFIED', 'ESCHEAT_REVIEW', 'ON_ACCOUNT'),
        currency: fc.constantFrom('USD', 'EUR'),
        place: fc.nat(cashAgeBorders.length),
        count: fc.nat(50),
        minor: fc.bigInt(1n, 10n ** 9n),
      }),
    )
    fc.assert(
      fc.property(sums, (some) => {
        const cells = cashAgingOf(some).flatMap(({ buckets }) => buckets)
        expect(cells.reduce((all, { count }) => all + count, 0)).toBe(some.reduce((all, { count }) => all + count, 0))
        expect(cells.reduce((all, { minor }) => all + minor, 0n)).toBe(some.reduce((all, { minor }) => all + minor, 0n))
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { cashKindOf, inBase, isUndecided, milliInBase } from './rules.ts'

const money = { baseCurrency: 'USD', planningRates: { EUR: '1.10', JPY: '0.0066' } }

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

  it('has thousandths for what is less than a unit', () => {
    expect([inBase(55n, 'EUR', money), milliInBase(55n, 'EUR', money)]).toEqual([0n, 605n])
  })
})

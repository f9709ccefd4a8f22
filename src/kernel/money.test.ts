import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exponents } from './currencies.ts'
import { exponentOf, formatAmount, isCurrency, parseAmount, sumByCurrency } from './money.ts'

const currency = fc.constantFrom('JPY', 'USD', 'KWD', 'CLF')
/** Whatever one amount can be, in the smallest unit of any currency. */
const minor = fc.bigInt(-(10n ** 16n), 10n ** 16n)

describe('parseAmount', () => {
  it.each([
    ['1234.50', 'USD', 123_450n],
    ['1234.5', 'USD', 123_450n],
    ['1234', 'USD', 123_400n],
    ['-0.01', 'USD', -1n],
    ['+7', 'USD', 700n],
    ['0', 'USD', 0n],
    ['007', 'JPY', 7n],
    ['12', 'JPY', 12n],
    ['12.0', 'JPY', 12n],
    ['1.234', 'KWD', 1_234n],
    ['1.2345', 'CLF', 12_345n],
    ['1.23000000000', 'USD', 123n],
    ['100000000000000.00', 'USD', 10_000_000_000_000_000n],
  ])('reads %s %s', (text, code, expected) => {
    expect(parseAmount(text, code)).toEqual({ minor: expected, isRounded: false })
  })

  it.each([
    ['1.234', 'USD', 'TOO_PRECISE'],
    ['0.5', 'JPY', 'TOO_PRECISE'],
    ['1.2345', 'KWD', 'TOO_PRECISE'],
    ['100000000000000.01', 'USD', 'TOO_LARGE'],
    ['-100000000000000.01', 'USD', 'TOO_LARGE'],
    ['', 'USD', 'NOT_A_NUMBER'],
    ['.5', 'USD', 'NOT_A_NUMBER'],
    ['5.', 'USD', 'NOT_A_NUMBER'],
    ['1e3', 'USD', 'NOT_A_NUMBER'],
    ['1,234.50', 'USD', 'NOT_A_NUMBER'],
    [' 1', 'USD', 'NOT_A_NUMBER'],
    ['1\n', 'USD', 'NOT_A_NUMBER'],
    ['0x10', 'USD', 'NOT_A_NUMBER'],
    ['١', 'USD', 'NOT_A_NUMBER'],
    ['--1', 'USD', 'NOT_A_NUMBER'],
    ['NaN', 'USD', 'NOT_A_NUMBER'],
    ['1'.repeat(19), 'JPY', 'NOT_A_NUMBER'],
  ])('refuses %s %s: %s', (text, code, fault) => {
    expect(parseAmount(text, code)).toBe(fault)
  })

  it.each([
    ['0.005', 'HALF_EVEN', 0n],
    ['0.015', 'HALF_EVEN', 2n],
    ['0.025', 'HALF_EVEN', 2n],
    ['0.0250001', 'HALF_EVEN', 3n],
    ['-0.015', 'HALF_EVEN', -2n],
    ['0.005', 'HALF_UP', 1n],
    ['0.025', 'HALF_UP', 3n],
    ['0.0249999', 'HALF_UP', 2n],
    ['-0.005', 'HALF_UP', -1n],
  ] as const)('rounds %s %s', (text, rounding, expected) => {
    expect(parseAmount(text, 'USD', rounding)).toEqual({ minor: expected, isRounded: true })
  })

  it('rounds to the nearest, whichever rule is stated', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 12n), fc.constantFrom('HALF_EVEN', 'HALF_UP'), (thousandths, rounding) => {
        const text = `${thousandths / 1_000n}.${String(thousandths % 1_000n).padStart(3, '0')}`
        const read = parseAmount(text, 'USD', rounding)
        if (typeof read === 'string') return false
        const off = read.minor * 10n - thousandths
        return off <= 5n && off >= -5n && read.isRounded === (thousandths % 10n !== 0n)
      }),
    )
  })
})

describe('formatAmount', () => {
  it.each([
    [0n, 'USD', '0.00'],
    [-1n, 'USD', '-0.01'],
    [5n, 'KWD', '0.005'],
    [-123_456n, 'JPY', '-123456'],
    [10n ** 18n, 'USD', '10000000000000000.00'],
  ])('writes %s of %s', (amount, code, text) => {
    expect(formatAmount({ minor: amount, currency: code })).toBe(text)
  })

  it('is read back as what was written', () => {
    fc.assert(
      fc.property(minor, currency, (amount, code) => {
        expect(parseAmount(formatAmount({ minor: amount, currency: code }), code)).toEqual({ minor: amount, isRounded: false })
      }),
    )
  })
})

describe('currencies', () => {
  it('have the digits of ISO 4217', () => {
    expect([...new Set(exponents.values())].sort()).toEqual([0, 2, 3, 4])
    for (const [code, digits] of exponents) {
      expect(code).toMatch(/^[A-Z]{3}$/)
      expect(exponentOf(code)).toBe(digits)
    }
  })

  it.each(['XXX', 'usd', 'US', 'USDX', '', 'XAU', 'constructor'])('%s is none', (code) => {
    expect(isCurrency(code)).toBe(false)
    expect(() => exponentOf(code)).toThrow(RangeError)
  })

  it('are never added to one another', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ minor, currency }), { maxLength: 20 }), (amounts) => {
        const sums = sumByCurrency(amounts)
        expect([...sums.keys()].sort()).toEqual([...new Set(amounts.map((amount) => amount.currency))].sort())
        for (const [code, sum] of sums) {
          expect(sum).toBe(amounts.filter((amount) => amount.currency === code).reduce((all, amount) => all + amount.minor, 0n))
        }
      }),
    )
  })
})

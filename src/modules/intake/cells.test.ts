import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayReader, decimalReader, exactOf, exactOfMinor, formatExact, isBadText, tidyName } from './cells.ts'
import type { DayFormat, Profile } from './profile.ts'

describe('dayReader', () => {
  it.each<[DayFormat, string, string | null]>([
    ['YYYY-MM-DD', '2026-02-28', '2026-02-28'],
    ['YYYY-MM-DD', '2026-02-29', null],
    ['YYYY-MM-DD', '2028-02-29', '2028-02-29'],
    ['YYYY-MM-DD', '2026-2-28', null],
    ['YYYYMMDD', '20260131', '2026-01-31'],
    ['YYYYMMDD', '00000000', null],
    ['DD-MM-YYYY', '31-12-2020', '2020-12-31'],
    ['DD-MM-YYYY', '12-31-2020', null],
    ['DD-MM-YYYY', '05:23.4', null],
    ['DD-MM-YYYY', '31-12-20', null],
    ['DD.MM.YYYY', '01.02.2026', '2026-02-01'],
    ['DD.MM.YYYY', '01-02-2026', null],
    ['D.M.YYYY', '1.2.2026', '2026-02-01'],
    ['D-MMM-YYYY', '25-Jan-2020', '2020-01-25'],
    ['D-MMM-YYYY', '5-DEC-2020', '2020-12-05'],
    ['D-MMM-YYYY', '25-Okt-2020', null],
    ['D-MMM-YYYY', '31-Apr-2020', null],
    ['M/D/YYYY', '1/2/2013', '2013-01-02'],
    ['M/D/YYYY', '12/31/2013', '2013-12-31'],
    ['M/D/YYYY', '13/1/2013', null],
    ['M/D/YYYY', '1/2/13', null],
    ['YYYY-MM-DD', '0026-01-01', null],
    ['YYYY-MM-DD', '2026-01-01 ', null],
  ])('%s reads %s as %s', (format, text, day) => expect(dayReader([format])(text)).toBe(day))

  it('takes the first format that fits', () => {
    const read = dayReader(['DD.MM.YYYY', 'YYYYMMDD'])
    expect([read('01.02.2026'), read('20260201'), read('2026-02-01')]).toEqual(['2026-02-01', '2026-02-01', null])
  })
})

describe('decimalReader', () => {
  const plain = { point: '.', thousands: null, trailingMinus: false } as const
  const sap = { point: ',', thousands: '.', trailingMinus: true } as const
  it.each<[Profile['decimals'], string, string | null]>([
    [plain, '1234.5', '1234.5'],
    [plain, '-0.01', '-0.01'],
    [plain, '1,234.50', null],
    [plain, '12.', null],
    [plain, '.5', null],
    [plain, '1e3', null],
    [plain, '5-', null],
    [plain, '$5', null],
    [sap, '1.234.567,89', '1234567.89'],
    [sap, '1.234,56-', '-1234.56'],
    [sap, '-1.234,56', '-1234.56'],
    [sap, '-1,00-', null],
    [sap, '1234,56', '1234.56'],
    [sap, '1234.56', null],
    [sap, '1.23,00', null],
    [sap, '12.345', '12345'],
    [{ point: '.', thousands: "'", trailingMinus: false }, "1'000.25", '1000.25'],
    [{ point: ',', thousands: ' ', trailingMinus: false }, '1 000,25', '1000.25'],
  ])('%o reads %s as %s', (style, text, decimal) => expect(decimalReader(style)(text)).toBe(decimal))
})

describe('exact sums', () => {
  it.each([
    ['29552733.504', 'USD', '29552733.504'],
    ['5', 'USD', '5.00'],
    ['-0.064', 'USD', '-0.064'],
    ['1.5', 'JPY', '1.5'],
    ['1', 'BHD', '1.000'],
  ])('%s %s is written %s', (text, currency, written) => expect(formatExact(exactOf(text) ?? 0n, currency)).toBe(written))

  it('refuse what has more digits than they keep', () => {
    expect([exactOf('1'.repeat(19)), exactOf(`0.${'1'.repeat(19)}`)]).toEqual([null, null])
  })

  it('agree with minor units', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (minor) => {
        const text = formatExact(exactOfMinor(minor, 'KWD'), 'KWD')
        return exactOf(text) === exactOfMinor(minor, 'KWD')
      }),
    )
  })
})

it('one spelling is not two for its spaces', () => expect(tidyName('  TREE \t us ')).toBe('TREE us'))

it.each([
  ['a control character', 'a\u0007b', true],
  ['a byte that was no text', 'M\ufffdller', true],
  ['half of a pair', 'a\ud83d', true],
  ['letters of the world', 'Müller 株式会社 😀', false],
])('%s', (_case, text, isBad) => expect(isBadText(text)).toBe(isBad))

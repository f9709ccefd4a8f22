import { describe, expect, it } from 'vitest'
import { fitsFormat } from './note-format.ts'

describe('a note fits a format', () => {
  it.each([
    ['REF ####: *', 'REF 1234: paid by friday', true],
    ['REF ####: *', 'ref 1234: in either case', true],
    ['REF ####: *', 'REF 123: a digit short', false],
    ['REF ####: *', 'REF 12a4: a letter among digits', false],
    ['REF ####: *', 'so REF 1234: not from the beginning', false],
    ['*/*/*', 'spoke / promised / friday', true],
    ['*/*/*', 'spoke / promised', false],
    ['?-*', 'é-one character that is two bytes', true],
    ['?-*', '💥-one that is two units', true],
    ['*end', 'the end of the end', true],
    ['*end', 'the end of it', false],
    ['*', '', true],
    ['#', '', false],
    ['*#*', 'over\nlines 7 and on', true],
    ['.*', 'no dot: this is no regular expression', false],
  ])('%s: %s', (pattern, note, isFit) => expect(fitsFormat(pattern, note)).toBe(isFit))

  it('within the product of the lengths, whatever the pattern', () => {
    const before = performance.now()
    expect(fitsFormat(`${'*a'.repeat(99)}*b`, 'a'.repeat(4_000))).toBe(false)
    expect(performance.now() - before).toBeLessThan(500)
  })
})

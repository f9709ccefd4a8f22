import { describe, expect, it } from 'vitest'
import type { Day } from '../../kernel/day.ts'
import { fallsOf } from './falls.ts'

/** Open amounts as one load after the other told them, a day apart. */
const told = (...amounts: number[]) =>
  amounts.slice(1).map((after, n) => ({
    version: n + 2,
    beforeMinor: BigInt(amounts[n] ?? 0),
    afterMinor: BigInt(after),
    on: `2026-03-0${n + 1}` as Day,
  }))

const fall = (amountMinor: bigint, version: number, on: Day) => ({ version, amountMinor, on })

describe('fallsOf', () => {
  it.each([
    ['a part', told(100, 60), [fall(40n, 2, '2026-03-01')]],
    ['the whole', told(100, 0), [fall(100n, 2, '2026-03-01')]],
    ['two parts', told(100, 60, 0), [fall(40n, 2, '2026-03-01'), fall(60n, 3, '2026-03-02')]],
    ['a part that came back', told(100, 60, 100), []],
    ['a part of the latest that came back', told(100, 60, 0, 10), [fall(40n, 2, '2026-03-01'), fall(50n, 3, '2026-03-02')]],
    ['more than the latest came back', told(100, 60, 0, 70), [fall(30n, 2, '2026-03-01')]],
    ['more than ever fell came back', told(100, 60, 500), []],
    ['a rise before a fall', told(100, 150, 100), [fall(50n, 3, '2026-03-02')]],
  ])('%s', (_case, changes, falls) => expect(fallsOf(changes)).toEqual(falls))
})

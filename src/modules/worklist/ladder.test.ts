import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pointsOf, type Step, whole } from './ladder.ts'

describe('points of a ladder', () => {
  const steps = [
    { at: 10, share: 0 },
    { at: 30, share: 50 },
    { at: 40, share: 100 },
  ]
  it.each([
    ['below the first step', 0, 0],
    ['on the first step', 10, 0],
    ['one behind it', 11, 5],
    ['on the second', 30, 100],
    ['between', 35, 150],
    ['on the last', 40, 200],
    ['far behind it', 4_000, 200],
  ])('%s', (_case, at, points) => {
    expect(pointsOf(steps, 200, whole(at))).toBe(points)
  })

  it('fall where the shares do', () => {
    const falling = [
      { at: 0, share: 100 },
      { at: 100, share: 0 },
    ]
    expect([0, 1, 50, 99, 100, 101].map((at) => pointsOf(falling, 100, whole(at)))).toEqual([100, 99, 50, 1, 0, 0])
  })

  it('of fractions are rounded down once, and of what is below nothing are those of the first step', () => {
    const line = [
      { at: 0, share: 0 },
      { at: 60, share: 100 },
    ]
    expect(pointsOf(line, 200, { over: 299n, under: 1_000n })).toBe(0)
    expect(pointsOf(line, 200, { over: 300n, under: 1_000n })).toBe(1)
    expect(pointsOf(line, 200, { over: -5_000n, under: 1_000n })).toBe(0)
  })

  it('of one step are the same everywhere', () => {
    expect([0, 7, 100].map((at) => pointsOf([{ at: 7, share: 25 }], 100, whole(at)))).toEqual([25, 25, 25])
  })

  it('are whole, within the weight, and rise with a ladder that rises', () => {
    const ladder = fc
      .uniqueArray(fc.record({ at: fc.nat(1_000), share: fc.nat(100) }), { minLength: 1, maxLength: 8, selector: ({ at }) => at })
      .map((some): Step[] => {
        const shares = some.map(({ share }) => share).sort((a, b) => a - b)
        return some.sort((a, b) => a.at - b.at).map(({ at }, place) => ({ at, share: shares[place] ?? 0 }))
      })
    fc.assert(
      fc.property(
        ladder,
        fc.nat(1_000),
        fc.nat(1_200),
        fc.nat(100),
        fc.integer({ min: 1, max: 50 }),
        (rungs, weight, over, more, under) => {
          const at = (value: number) => pointsOf(rungs, weight, { over: BigInt(value), under: BigInt(under) })
          expect(Number.isInteger(at(over)) && at(over) >= 0 && at(over) <= weight).toBe(true)
          expect(at(over + more)).toBeGreaterThanOrEqual(at(over))
        },
      ),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSubsets, type SubsetBounds } from './subset.ts'

const bounds: SubsetBounds = { itemsMax: 60, sizeMin: 1, sizeMax: 6, nodesMax: 100_000 }
const find = (amounts: readonly bigint[], target: bigint, changes: Partial<SubsetBounds> = {}) =>
  findSubsets(amounts, target, { ...bounds, ...changes })

/** Every subset of the sizes allowed, by brute force. */
const allSubsets = (amounts: readonly bigint[], target: bigint, { sizeMin, sizeMax }: SubsetBounds): number[][] => {
  const found: number[][] = []
  for (let mask = 1; mask < 1 << amounts.length; mask += 1) {
    const places = amounts.flatMap((_, place) => ((mask >> place) % 2 === 1 ? [place] : []))
    if (places.length < sizeMin || places.length > sizeMax) continue
    if (places.reduce((sum, place) => sum + (amounts[place] ?? 0n), 0n) === target) found.push(places)
  }
  return found
}

describe('a subset', () => {
  it.each<[string, bigint[], bigint, number[][]]>([
    ['of one', [10n, 20n, 30n], 20n, [[1]]],
    ['of two', [10n, 20n, 40n], 50n, [[0, 2]]],
    ['less a credit', [100n, 70n, -30n], 140n, [[0, 1, 2]]],
    ['of credits alone', [-5n, -7n, 20n], -12n, [[0, 1]]],
    ['that is not there', [10n, 20n], 25n, []],
  ])('%s', (_case, amounts, target, solutions) => {
    expect(find(amounts, target)).toMatchObject({ solutions, gaveUp: null })
  })

  it('of few items comes before one of many, and a second ends the search', () => {
    expect(find([60n, 40n, 30n, 30n], 100n).solutions).toEqual([
      [0, 1],
      [1, 2, 3],
    ])
    expect(find([50n, 50n, 50n], 100n)).toMatchObject({
      solutions: [
        [0, 1],
        [0, 2],
      ],
      gaveUp: null,
    })
  })

  it('is not looked for among too many items, and says so', () => {
    expect(find([1n, 2n, 3n], 3n, { itemsMax: 2 })).toEqual({ solutions: [], nodes: 0, gaveUp: 'ITEMS' })
  })

  it('is not looked for where sums would not be exact', () => {
    expect(find([9_000_000_000_000_000n, 9_000_000_000_000_000n], 1n)).toMatchObject({ gaveUp: 'TOO_LARGE' })
  })

  it('is given up after the steps that are allowed, with what was found until then', () => {
    const even = Array.from({ length: 60 }, (_, at) => BigInt(1_000_000 + at * 7_918))
    const search = find(even, 5_000_001n, { nodesMax: 500 })
    expect(search.gaveUp).toBe('NODES')
    expect(search.nodes).toBeLessThanOrEqual(501)
  })

  it('is found by brute force too: none is missed, none is made up', () => {
    const amount = fc.bigInt({ min: -40n, max: 60n })
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 9 }), amount, fc.integer({ min: 1, max: 2 }), (amounts, target, sizeMin) => {
        const all = allSubsets(amounts, target, { ...bounds, sizeMin })
        const { solutions, gaveUp } = find(amounts, target, { sizeMin })
        expect(gaveUp).toBeNull()
        expect(solutions).toHaveLength(Math.min(all.length, 2))
        for (const solution of solutions) expect(all).toContainEqual(solution)
        const sizes = all.map((each) => each.length).toSorted((a, b) => a - b)
        expect(solutions.map((each) => each.length)).toEqual(sizes.slice(0, 2))
      }),
    )
  })
})

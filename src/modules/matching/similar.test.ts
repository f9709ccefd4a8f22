import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distanceWithin } from './distance.ts'
import { similarKeys } from './similar.ts'

/** The textbook's recursion, slow and plain. */
const plainDistance = (a: string, b: string): number => {
  if (a === '' || b === '') return a.length + b.length
  const [restA, restB] = [a.slice(1), b.slice(1)]
  const edits = [plainDistance(restA, restB) + (a[0] === b[0] ? 0 : 1), plainDistance(restA, b) + 1, plainDistance(a, restB) + 1]
  if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]) edits.push(plainDistance(a.slice(2), b.slice(2)) + 1)
  return Math.min(...edits)
}

const short = fc.string({ unit: fc.constantFrom('1', '2', '3'), maxLength: 6 })

describe('the distance', () => {
  it.each([
    ['1930438491', '1930438491', 0],
    ['1930438491', '1930438492', 1],
    ['1930438491', '193043891', 1],
    ['1930438491', '19304384911', 1],
    ['1930438491', '1930438941', 1],
    ['1930438491', '1930438914', 2],
    ['1930438491', '2930438492', 2],
  ])('from %s to %s is %i', (one, other, distance) => {
    expect(distanceWithin(one, other, 2)).toBe(distance)
    expect(distanceWithin(other, one, 2)).toBe(distance)
  })

  it('is not told beyond the most that is asked for', () => {
    expect(distanceWithin('1930438491', '2930438492', 1)).toBeNull()
    expect(distanceWithin('12345', '1234567', 1)).toBeNull()
  })

  it('is the textbook’s', () => {
    fc.assert(
      fc.property(short, short, fc.integer({ min: 0, max: 3 }), (one, other, most) => {
        const distance = plainDistance(one, other)
        expect(distanceWithin(one, other, most)).toBe(distance <= most ? distance : null)
      }),
    )
  })
})

describe('similar keys', () => {
  it('are all that are near, and no others', () => {
    fc.assert(
      fc.property(fc.uniqueArray(short), short, fc.constantFrom(1, 2), (keys, key, most) => {
        const found = similarKeys(keys, (each) => each, most)(key)
        const near = keys.flatMap((value) => {
          const distance = plainDistance(value, key)
          return distance <= most ? [{ value, distance }] : []
        })
        expect(found.toSorted((a, b) => (a.value < b.value ? -1 : 1))).toEqual(
          near.toSorted((a, b) => (a.value < b.value ? -1 : 1)),
        )
      }),
    )
  })
})

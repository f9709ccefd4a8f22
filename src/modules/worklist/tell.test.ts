import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sumOfChanges } from './tell.ts'

type Kind = 'ADDED' | 'UPDATED' | 'MOVED' | 'REMOVED'

describe('the sum of changes of one row', () => {
  it.each<[Kind, Kind, Kind]>([
    ['ADDED', 'UPDATED', 'ADDED'],
    ['ADDED', 'MOVED', 'ADDED'],
    ['ADDED', 'REMOVED', 'REMOVED'],
    ['REMOVED', 'ADDED', 'ADDED'],
    ['UPDATED', 'MOVED', 'MOVED'],
    ['MOVED', 'UPDATED', 'MOVED'],
    ['UPDATED', 'UPDATED', 'UPDATED'],
    ['MOVED', 'REMOVED', 'REMOVED'],
  ])('of %s and %s is %s', (earlier, later, sum) => expect(sumOfChanges(earlier, later)).toBe(sum))

  it('leaves a reader who had the row, or had it not, with what each change by itself would have', () => {
    const kind = fc.constantFrom<Kind>('ADDED', 'UPDATED', 'MOVED', 'REMOVED')
    const has = (_before: boolean, change: Kind) => change !== 'REMOVED'
    fc.assert(
      fc.property(fc.boolean(), fc.array(kind, { minLength: 1, maxLength: 8 }), (had, changes) => {
        const [first, ...rest] = changes as [Kind, ...Kind[]]
        const summed = rest.reduce<Kind>((sum, next) => sumOfChanges(sum, next) as Kind, first)
        expect(has(had, summed)).toBe(changes.reduce(has, had))
        // A row that came, or that may stand elsewhere, is never told as one that only changed.
        if (changes.includes('ADDED') || changes.includes('MOVED')) expect(summed).not.toBe('UPDATED')
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sumOfChanges, viewOf } from './tell.ts'

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

describe('a change in the queue of one owner', () => {
  it.each<[Kind, boolean, boolean, Kind | null]>([
    ['UPDATED', true, true, 'UPDATED'],
    ['UPDATED', false, true, 'ADDED'],
    ['MOVED', true, false, 'REMOVED'],
    ['UPDATED', false, false, null],
    ['ADDED', true, true, 'ADDED'],
    ['ADDED', true, false, 'REMOVED'],
    ['ADDED', false, false, null],
    ['REMOVED', true, true, 'REMOVED'],
    ['REMOVED', false, false, null],
  ])('that is %s, was theirs: %s, is theirs: %s, is %s', (kind, was, is, view) => expect(viewOf(kind, { was, is })).toBe(view))

  type Standing = { readonly isQueued: boolean; readonly isTheirs: boolean }
  type Told = { readonly kind: Kind; readonly was: boolean; readonly is: boolean }

  /** What is told of a row that went from one standing to the next; null where nobody follows it. */
  const toldOf = (before: Standing, after: Standing): Told | null => {
    if (!before.isQueued) return after.isQueued ? { kind: 'ADDED', was: after.isTheirs, is: after.isTheirs } : null
    return { kind: after.isQueued ? 'UPDATED' : 'REMOVED', was: before.isTheirs, is: after.isTheirs }
  }
  const sum = (earlier: Told, later: Told): Told => ({
    kind: sumOfChanges(earlier.kind, later.kind) as Kind,
    was: earlier.was,
    is: later.is,
  })
  const has = (before: boolean, view: Kind | null) => (view === null ? before : view !== 'REMOVED')
  const isIn = ({ isQueued, isTheirs }: Standing) => isQueued && isTheirs

  it('leaves its reader with the rows of that owner, told one by one or as a sum', () => {
    const standing = fc.record({ isQueued: fc.boolean(), isTheirs: fc.boolean() })
    fc.assert(
      fc.property(fc.array(standing, { minLength: 2, maxLength: 8 }), (standings) => {
        const told = standings.slice(1).flatMap((after, at) => toldOf(standings[at] as Standing, after) ?? [])
        const [first, last] = [standings[0] as Standing, standings.at(-1) as Standing]
        expect(told.reduce((had, { kind, was, is }) => has(had, viewOf(kind, { was, is }) as Kind | null), isIn(first))).toBe(
          isIn(last),
        )
        const [one, ...rest] = told
        if (one === undefined) return
        const { kind, was, is } = rest.reduce(sum, one)
        expect(has(isIn(first), viewOf(kind, { was, is }) as Kind | null)).toBe(isIn(last))
      }),
    )
  })
})

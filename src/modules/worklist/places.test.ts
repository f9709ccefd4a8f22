import { describe, expect, it } from 'vitest'
import { type After, type Before, createComparison } from './places.ts'

const was = (customerId: string, score: number, facts: Partial<Before> = {}): Before => ({
  customerId,
  id: `w${customerId}`,
  isQueued: true,
  score,
  ...facts,
})
const will = (customerId: string, score: number): After => ({ customerId, isQueued: true, leftOut: null, score, factors: [] })
const out = (customerId: string, leftOut: string | null): After => ({ ...will(customerId, 0), isQueued: false, leftOut })

const compared = (standing: readonly Before[], portions: readonly (readonly After[])[], first = 10) => {
  const comparison = createComparison(standing, first)
  for (const some of portions) comparison.take(some)
  return comparison.end()
}

describe('a queue against the one that it would be', () => {
  const standing = [was('a', 500), was('b', 400), was('c', 300), was('d', 0, { isQueued: false })]

  it('tells who enters, leaves, moves and stays', () => {
    const { top, left, ...counts } = compared(standing, [
      [will('a', 900), out('b', 'own desk')],
      [will('c', 10), will('d', 20)],
    ])
    expect(counts).toEqual({ queuedBefore: 3, queuedAfter: 3, enters: 1, leaves: 1, moves: 0, stays: 2 })
    expect(
      top.map(({ customerId, rankBefore, rankAfter, scoreBefore, scoreAfter }) => [
        customerId,
        rankBefore,
        rankAfter,
        scoreBefore,
        scoreAfter,
      ]),
    ).toEqual([
      ['a', 1, 1, 500, 900],
      ['d', null, 2, null, 20],
      ['c', 3, 3, 300, 10],
    ])
    expect(left).toMatchObject([{ customerId: 'b', rankBefore: 2, scoreBefore: 400, rankAfter: null, leftOut: 'own desk' }])
  })

  it('moves whoever has another place, whatever became of the score', () => {
    expect(compared(standing, [[will('a', 1), will('b', 2), will('c', 3)]])).toMatchObject({ moves: 2, stays: 1 })
    expect(compared(standing, [[will('a', 3), will('b', 2), will('c', 1)]])).toMatchObject({ moves: 0, stays: 3 })
  })

  it('orders equal scores by the id of their rows, and those without one behind', () => {
    const rows = [was('z', 1, { id: '1' }), was('y', 1, { id: '2' })]
    const { top } = compared(rows, [
      [will('a', 7), will('b', 7)],
      [will('y', 7), will('z', 7)],
    ])
    expect(top.map(({ customerId }) => customerId)).toEqual(['z', 'y', 'a', 'b'])
  })

  it('shows as many as asked for, the same in whatever portions they came', () => {
    const all = [will('a', 1), will('b', 5), will('c', 3), will('d', 4)]
    const whole = compared(standing, [all], 2)
    expect(whole.top.map(({ customerId }) => customerId)).toEqual(['b', 'd'])
    expect(
      compared(
        standing,
        all.toReversed().map((one) => [one]),
        2,
      ),
    ).toEqual(whole)
  })

  it('lets everybody leave where nobody owes any more', () => {
    expect(compared(standing, [])).toMatchObject({ queuedAfter: 0, leaves: 3, top: [], left: [{ leftOut: null }, {}, {}] })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inTurns } from './turns.ts'

describe('turns', () => {
  it('are taken by so many at once and no more, in the order they were asked for, whatever fails', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ ticks: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() }), { maxLength: 20 }),
        async (atOnce, works) => {
          const turn = inTurns(atOnce)
          const begun: number[] = []
          let [inside, most] = [0, 0]
          const outcomes = await Promise.allSettled(
            works.map(({ ticks, fails }, place) =>
              turn(async () => {
                begun.push(place)
                inside += 1
                most = Math.max(most, inside)
                for (let n = 0; n < ticks; n += 1) await Promise.resolve()
                inside -= 1
                if (fails) throw new Error(`${place}`)
                return place
              }),
            ),
          )
          expect(begun).toEqual(works.map((_work, place) => place))
          expect(most).toBe(Math.min(atOnce, works.length))
          expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(works.map(({ fails }) => fails))
        },
      ),
    ))
})

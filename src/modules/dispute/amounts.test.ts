import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Amounts,
  asMovements,
  type Cause,
  type Expected,
  type Followed,
  followOpen,
  givenMinor,
  kindOfOutcome,
  moved,
  nothing,
  outcomes,
  settledKinds,
  summed,
} from './amounts.ts'

const disputed = (seenOpenMinor: bigint, disputedMinor: bigint): Followed => ({
  ...moved(nothing, { kind: 'INCLUDED', amountMinor: disputedMinor }),
  seenOpenMinor,
})

const follow = (item: Followed, openMinor: bigint, cause: Cause, expected: Expected = null): Followed => ({
  ...item,
  ...followOpen(item, openMinor, cause, expected).reduce<Amounts>(moved, item),
  seenOpenMinor: openMinor,
})

const isWhole = (one: Amounts) =>
  one.originalMinor ===
  one.disputedMinor + one.paidMinor + one.creditedMinor + one.clearedManuallyMinor + one.clearedAutomaticallyMinor

describe('an item of 1,000 of which 200 are disputed', () => {
  const item = disputed(1_000n, 200n)

  it('keeps its dispute while the rest is paid', () => {
    expect(follow(item, 200n, 'CASH')).toMatchObject({ disputedMinor: 200n, paidMinor: 0n })
  })

  it('is paid in its disputed part by what is paid beyond the rest', () => {
    expect(follow(item, 150n, 'CASH')).toMatchObject({ disputedMinor: 150n, paidMinor: 50n })
  })

  it('is disputed again as far as a payment is taken back', () => {
    expect(follow(follow(item, 0n, 'CASH'), 150n, 'CASH')).toMatchObject({ disputedMinor: 150n, paidMinor: 50n })
    expect(follow(follow(item, 0n, 'CASH'), 1_000n, 'CASH')).toMatchObject({ disputedMinor: 200n, paidMinor: 0n })
  })

  it('is credited first by a credit that was decided and is awaited', () => {
    expect(follow(item, 800n, 'LEDGER', 'CREDITED')).toMatchObject({ disputedMinor: 0n, creditedMinor: 200n })
  })

  it('is cleared automatically where the ledger takes off what nobody decided', () => {
    expect(follow(item, 0n, 'LEDGER')).toMatchObject({ disputedMinor: 0n, clearedAutomaticallyMinor: 200n })
  })
})

describe('the outcomes', () => {
  it.each(outcomes)('%s gives either all, or as much as is asked, or nothing', (outcome) => {
    const given = givenMinor(outcome, 100n, 40n)
    expect(given).toBe(kindOfOutcome[outcome] === null ? 0n : outcome === 'PARTIAL_CREDIT' ? 40n : 100n)
  })
})

const step = fc.record({
  item: fc.nat(2),
  cause: fc.constantFrom<Cause>('CASH', 'LEDGER'),
  expected: fc.constantFrom<Expected>(null, ...settledKinds),
  openMinor: fc.bigInt(0n, 500n),
  what: fc.constantFrom('follow', 'include', 'release', 'split'),
})

describe('a thousand random operations', () => {
  it('leave the original amount the sum of the others, each of them at least zero, and no more disputed than open', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1_000, maxLength: 1_000 }), (steps) => {
        let items = [disputed(400n, 400n), disputed(300n, 100n), disputed(0n, 0n)]
        let apart: Amounts = nothing
        for (const { item: place, cause, expected, openMinor, what } of steps) {
          const before = summed([...items, apart])
          items = items.map((item, at): Followed => {
            if (at !== place) return item
            if (what === 'follow') return follow(item, openMinor, cause, expected)
            if (what === 'release') {
              const released = moved(item, { kind: 'INCLUDED', amountMinor: -item.disputedMinor })
              return { ...released, seenOpenMinor: item.seenOpenMinor }
            }
            if (what === 'include') {
              const room = item.seenOpenMinor - item.disputedMinor
              return { ...moved(item, { kind: 'INCLUDED', amountMinor: room }), seenOpenMinor: item.seenOpenMinor }
            }
            const all = asMovements(item)
            apart = all.reduce<Amounts>(moved, apart)
            const left = all.map(({ kind, amountMinor }) => ({ kind, amountMinor: -amountMinor }))
            return { ...left.reduce<Amounts>(moved, item), seenOpenMinor: item.seenOpenMinor }
          })
          if (what === 'split') expect(summed([...items, apart])).toEqual(before)
          for (const one of [...items, apart, summed(items)]) {
            expect(isWhole(one)).toBe(true)
            expect(Object.values(one).every((minor) => minor >= 0n)).toBe(true)
          }
          for (const one of items) expect(one.disputedMinor <= one.seenOpenMinor).toBe(true)
        }
      }),
      { numRuns: 20 },
    )
  })
})

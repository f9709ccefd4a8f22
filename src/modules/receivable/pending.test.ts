import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stillPending } from './pending.ts'

describe('stillPending', () => {
  it.each<[string, bigint, bigint, bigint, bigint]>([
    ['nothing pending, nothing new', 0n, 100n, 100n, 0n],
    ['nothing new: all of it', 30n, 100n, 100n, 30n],
    ['the fall is just what was applied', 30n, 100n, 70n, 0n],
    ['a smaller fall confirms a part', 30n, 100n, 90n, 20n],
    ['a larger fall confirms all', 30n, 100n, 10n, 0n],
    ['a rise confirms nothing', 30n, 100n, 120n, 30n],
    ['closed in the ledger', 30n, 100n, 0n, 0n],
    ['all pending, and a small fall', 100n, 100n, 99n, 99n],
    ['a credit falls towards zero', -30n, -100n, -80n, -10n],
    ['a credit grows', -30n, -100n, -120n, -30n],
    ['what was owed becomes a credit', 30n, 100n, -50n, 0n],
    ['a credit becomes owed', -30n, -100n, 50n, 0n],
    ['undone here, the ledger still shows it paid', -30n, 0n, 0n, -30n],
    ['undone here, the ledger opens it again', -30n, 0n, 30n, 0n],
    ['undone here, the ledger opens a part', -30n, 70n, 80n, -20n],
    ['undone here, the ledger falls for another reason', -30n, 70n, 60n, -30n],
    ['a credit undone here, not seen', 30n, 0n, 0n, 30n],
    ['a credit undone here, opened again', 30n, -10n, -40n, 0n],
  ])('%s', (_case, pending, before, after, left) => expect(stillPending(pending, { before, after })).toBe(left))

  it('never takes what is open past zero', () => {
    const amount = fc.bigInt({ min: -1_000n, max: 1_000n })
    fc.assert(
      fc.property(amount, amount, fc.bigInt({ min: 0n, max: 1_000n }), (before, after, share) => {
        const open = after - stillPending((before * share) / 1_000n, { before, after })
        return after >= 0n ? open >= 0n && open <= after : open <= 0n && open >= after
      }),
    )
  })
})

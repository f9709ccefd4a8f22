import { describe, expect, it } from 'vitest'
import { beyondTolerance, writeOffPolicy } from './tolerance.ts'

const limits = writeOffPolicy.parse({
  itemMax: { byCurrency: { USD: 500 } },
  shareMaxBp: 100,
  monthMax: { byCurrency: { USD: 2_000 } },
})
if ('problems' in limits) throw new Error(limits.problems.join())

const off = (amountMinor: bigint, facts: { originalMinor?: bigint; monthMinor?: bigint; currency?: string } = {}) =>
  beyondTolerance(limits, { amountMinor, currency: 'USD', originalMinor: 100_000n, monthMinor: 0n, ...facts })

describe('a write-off', () => {
  it.each([
    ['as large as one item lets pass', off(500n), null],
    ['a cent larger', off(501n), { limit: 'ABSOLUTE', room: { minor: 500n } }],
    ['of a credit, as large as that', off(-500n, { originalMinor: -100_000n }), null],
    ['of a credit, a cent larger', off(-501n, { originalMinor: -100_000n }), { limit: 'ABSOLUTE' }],
    ['just the share of its item', off(100n, { originalMinor: 10_000n }), null],
    ['a cent above the share', off(101n, { originalMinor: 10_000n }), { limit: 'PERCENT', room: { minor: 100n } }],
    ['that fills the month', off(500n, { monthMinor: 1_500n }), null],
    ['that goes a cent beyond the month', off(500n, { monthMinor: 1_501n }), { limit: 'MONTH', room: { minor: 499n } }],
    ['in a month that is full', off(1n, { monthMinor: 2_400n }), { limit: 'MONTH', room: { minor: 0n } }],
    [
      'in yen, by the default of currencies without cents',
      off(101n, { currency: 'JPY' }),
      { limit: 'ABSOLUTE', room: { minor: 100n } },
    ],
  ])('%s', (_case, refused, expected) => {
    if (expected === null) expect(refused).toBeNull()
    else expect(refused).toMatchObject(expected)
  })

  it('is bounded by rules that say what is wrong with them', () => {
    expect(writeOffPolicy.parse({ shareMaxBp: 10_001, itemMax: { byCurrency: { XXX: 1 } } })).toMatchObject({
      problems: [expect.stringContaining('itemMax.byCurrency.XXX'), expect.stringContaining('shareMaxBp')],
    })
    expect(writeOffPolicy.parse({})).toEqual(writeOffPolicy.defaults)
  })
})

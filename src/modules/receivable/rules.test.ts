import { describe, expect, it } from 'vitest'
import { addDays, type Day } from '../../kernel/day.ts'
import { agingBucket, agingBuckets, bucketStarts, daysOverdue } from './rules.ts'

const due: Day = '2026-01-31'

describe('agingBucket', () => {
  it.each([
    ['before it is due', '2026-01-01', 'CURRENT'],
    ['on the due date', '2026-01-31', 'CURRENT'],
    ['one day late', '2026-02-01', 'DAYS_1_TO_30'],
    ['thirty days late', '2026-03-02', 'DAYS_1_TO_30'],
    ['thirty-one days late', '2026-03-03', 'DAYS_31_TO_60'],
    ['sixty days late', '2026-04-01', 'DAYS_31_TO_60'],
    ['sixty-one days late', '2026-04-02', 'DAYS_61_TO_90'],
    ['ninety-one days late', '2026-05-02', 'DAYS_91_TO_180'],
    ['a hundred and eighty-one days late', '2026-07-31', 'DAYS_181_TO_360'],
    ['three hundred and sixty days late', '2027-01-26', 'DAYS_181_TO_360'],
    ['three hundred and sixty-one days late', '2027-01-27', 'OVER_360'],
  ] as const)('%s', (_case, asOf, bucket) => {
    expect(agingBucket(due, asOf)).toBe(bucket)
  })

  it('never grows younger as days pass', () => {
    const ages = Array.from({ length: 500 }, (_, days) => agingBuckets.indexOf(agingBucket(due, addDays(due, days - 50))))
    expect(ages).toEqual(ages.toSorted((a, b) => a - b))
  })

  it('sorts as the first days of the buckets do', () => {
    const asOf: Day = '2026-06-15'
    const starts = bucketStarts(asOf)
    for (let days = -10; days < 500; days += 1) {
      const from = addDays(asOf, -days)
      const place = starts.findIndex((start) => from >= start)
      expect(agingBuckets[place === -1 ? agingBuckets.length - 1 : place]).toBe(agingBucket(from, asOf))
    }
  })
})

describe('daysOverdue', () => {
  it('is never negative', () => {
    expect(daysOverdue('2026-02-10', '2026-02-01')).toBe(0)
    expect(daysOverdue('2026-02-01', '2026-02-10')).toBe(9)
  })
})

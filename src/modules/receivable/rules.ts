import { addDays, type Day, daysBetween } from '../../kernel/day.ts'

export type { ItemKind } from '../../kernel/item-kind.ts'

export const agingBases = ['DUE_DATE', 'INVOICE_DATE'] as const
export type AgingBasis = (typeof agingBases)[number]

/** Each bucket with the most days past its basis that it holds. Day 60 is not over 60. */
const bucketEnds = {
  CURRENT: 0,
  DAYS_1_TO_30: 30,
  DAYS_31_TO_60: 60,
  DAYS_61_TO_90: 90,
  DAYS_91_TO_180: 180,
  DAYS_181_TO_360: 360,
  OVER_360: null,
} as const

export type AgingBucket = keyof typeof bucketEnds
export const agingBuckets = Object.keys(bucketEnds) as [AgingBucket, ...AgingBucket[]]

/** Age counts from the due date by default; the due date itself is still current. */
export const agingBucket = (from: Day, asOf: Day): AgingBucket => {
  const days = daysBetween(from, asOf)
  return agingBuckets.find((bucket) => days <= (bucketEnds[bucket] ?? days)) ?? 'OVER_360'
}

/** The first day that falls into each bucket, oldest bucket last: how SQL sorts items into them. */
export const bucketStarts = (asOf: Day): Day[] =>
  agingBuckets.slice(0, -1).map((bucket) => addDays(asOf, -(bucketEnds[bucket] ?? 0)))

export const daysOverdue = (dueOn: Day, today: Day): number => Math.max(0, daysBetween(dueOn, today))

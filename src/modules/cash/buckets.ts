/** Where the money of a receipt is. The buckets of a receipt always add up to its amount: the database holds them to it. */
export const bucketNames = ['APPLIED', 'ON_ACCOUNT', 'UNAPPLIED', 'UNIDENTIFIED', 'REFUNDED', 'CHARGES', 'REVERSED'] as const
export type Bucket = (typeof bucketNames)[number]
export type Buckets = Readonly<Record<Bucket, bigint>>

/** All of it starts unapplied, or unidentified while nobody is known to have paid it. */
export const startingBuckets = (amountMinor: bigint, isCustomerKnown: boolean): Buckets => ({
  APPLIED: 0n,
  ON_ACCOUNT: 0n,
  UNAPPLIED: isCustomerKnown ? amountMinor : 0n,
  UNIDENTIFIED: isCustomerKnown ? 0n : amountMinor,
  REFUNDED: 0n,
  CHARGES: 0n,
  REVERSED: 0n,
})

export const sumOf = (buckets: Buckets): bigint => bucketNames.reduce((sum, bucket) => sum + buckets[bucket], 0n)

/** What nobody has decided about yet. */
export const undecidedOf = ({ UNAPPLIED, UNIDENTIFIED }: Buckets): bigint => UNAPPLIED + UNIDENTIFIED

export const moved = (buckets: Buckets, from: Bucket, to: Bucket, amountMinor: bigint): Buckets => ({
  ...buckets,
  [from]: buckets[from] - amountMinor,
  [to]: buckets[to] + amountMinor,
})

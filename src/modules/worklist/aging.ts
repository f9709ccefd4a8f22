import { type CashKind, cashKindOf, isUndecided } from './rules.ts'

// Own ageing of money that came in: from its value date, in days and not in months, since a queue is worked off daily.

export type CashAgingKind = CashKind | 'ON_ACCOUNT'

/** Each bucket with the first day of age that it holds. */
const bucketStarts = { DAYS_0_TO_1: 0, DAYS_2_TO_3: 2, DAYS_4_TO_7: 4, DAYS_8_TO_30: 8, OVER_30: 31 } as const

export type CashAgeBucket = keyof typeof bucketStarts
export const cashAgeBuckets = Object.keys(bucketStarts) as [CashAgeBucket, ...CashAgeBucket[]]

/** Ages at which a receipt leaves one bucket for the next: how SQL sorts receipts into their places. */
export const cashAgeBorders: readonly number[] = Object.values(bucketStarts).slice(1)

/** What a statement adds up: by state of the receipt, or ON_ACCOUNT; by currency; and by place among the buckets. */
export type CashSum = {
  readonly state: string
  readonly currency: string
  readonly place: number
  readonly count: number
  readonly minor: bigint
}

export type CashAgingCell = { readonly bucket: CashAgeBucket; readonly count: number; readonly minor: bigint }
export type CashAgingRow = {
  readonly kind: CashAgingKind
  readonly currency: string
  readonly buckets: readonly CashAgingCell[]
}

const order: readonly CashAgingKind[] = ['MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH', 'ON_ACCOUNT']

/** A row for each kind and currency that has money, each with every bucket, youngest first. */
export const cashAgingOf = (sums: readonly CashSum[]): CashAgingRow[] => {
  const known = sums.map((sum) => ({ ...sum, kind: isUndecided(sum.state) ? cashKindOf(sum.state) : ('ON_ACCOUNT' as const) }))
  const currencies = [...new Set(known.map(({ currency }) => currency))].sort()
  return order.flatMap((kind) =>
    currencies.flatMap((currency) => {
      const own = known.filter((sum) => sum.kind === kind && sum.currency === currency)
      if (own.length === 0) return []
      const buckets = cashAgeBuckets.map((bucket, place) => {
        const inside = own.filter((sum) => sum.place === place)
        return {
          bucket,
          count: inside.reduce((all, { count }) => all + count, 0),
          minor: inside.reduce((all, { minor }) => all + minor, 0n),
        }
      })
      return [{ kind, currency, buckets }]
    }),
  )
}

import type { Day } from '../../kernel/day.ts'

/** What a load did to the open amount of an item, in the order of the item's versions. */
export type OpenChange = {
  readonly version: number
  readonly beforeMinor: bigint
  readonly afterMinor: bigint
  /** The day that the ledger's word is of. */
  readonly on: Day
}

/** A part of an item that its ledger settled by itself, and still shows as settled. */
export type Fall = { readonly version: number; readonly amountMinor: bigint; readonly on: Day }

/**
 * Falls of an open amount that stand. The ledger does not say why an amount fell, so each fall counts as settled, on the day
 * of the ledger's word; a rise takes back the latest of them, as far as it goes.
 */
export const fallsOf = (changes: readonly OpenChange[]): readonly Fall[] => {
  const falls: Fall[] = []
  for (const { version, beforeMinor, afterMinor, on } of changes) {
    if (afterMinor < beforeMinor) falls.push({ version, amountMinor: beforeMinor - afterMinor, on })
    for (let rise = afterMinor - beforeMinor; rise > 0n; ) {
      const latest = falls.pop()
      if (latest === undefined) break
      if (latest.amountMinor > rise) falls.push({ ...latest, amountMinor: latest.amountMinor - rise })
      rise -= latest.amountMinor
    }
  }
  return falls
}

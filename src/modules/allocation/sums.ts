import type { Money } from '../../kernel/money.ts'
import type { Owner } from './rules.ts'

// What owners have: customers, open items and their amounts by currency. Currencies are never added.

/** What one customer has open in one currency. */
export type OpenSum = { readonly currency: string; readonly count: number; readonly minor: bigint }

export type Sum = { readonly customers: number; readonly openItems: number; readonly amounts: readonly Money[] }

type Counted = { readonly customers: number; readonly open: readonly OpenSum[] }

/** Adds up by a key, in the order in which keys were met. */
export const createSums = <Key>() => {
  const sums = new Map<Key, { customers: number; openItems: number; minor: Map<string, bigint> }>()
  return {
    add: (key: Key, { customers, open }: Counted) => {
      const sum = sums.get(key) ?? { customers: 0, openItems: 0, minor: new Map<string, bigint>() }
      sums.set(key, sum)
      sum.customers += customers
      for (const { currency, count, minor } of open) {
        sum.openItems += count
        sum.minor.set(currency, (sum.minor.get(currency) ?? 0n) + minor)
      }
    },
    of: (key: Key): Sum => {
      const sum = sums.get(key)
      const amounts = [...(sum?.minor ?? [])].map(([currency, minor]) => ({ currency, minor }))
      return {
        customers: sum?.customers ?? 0,
        openItems: sum?.openItems ?? 0,
        amounts: amounts.sort((a, b) => (a.currency < b.currency ? -1 : 1)),
      }
    },
  }
}

/** One owner, whoever calls them what. */
export const keyOfOwner = ({ teamId, personId }: Pick<Owner, 'teamId' | 'personId'>): string => `${teamId} ${personId}`

export const nobodysKey = keyOfOwner({ teamId: null, personId: null })

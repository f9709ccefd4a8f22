import { exactOf, exactOfMinor, formatExact } from './cells.ts'
import type { ReadRow } from './rules.ts'

/** Rows and their amount, as exact decimal text. */
export type Sum = { readonly rows: number; readonly amount: string }

/**
 * What a file held of one company in one currency, and what became of it, to the last digit:
 * read = accepted + rejected + skipped + roundingDifference.
 */
export type GroupTotals = {
  readonly legalEntity: string
  readonly currency: string
  readonly read: Sum
  readonly accepted: Sum & { readonly open: string }
  readonly rejected: Sum
  readonly skipped: Sum
  readonly roundedRows: number
  readonly roundingDifference: string
  /** Rejected rows whose amount cannot be read: they count as rows, and as no amount. */
  readonly unreadableRows: number
}

export type ControlTotal = {
  /** Null for all companies together. */
  readonly legalEntity: string | null
  readonly currency: string
  readonly count: number
  readonly amount: string
}

export type ControlDifference = ControlTotal & { readonly foundCount: number; readonly foundAmount: string }

type Pile = { rows: number; exact: bigint }
const pile = (): Pile => ({ rows: 0, exact: 0n })

type Group = {
  readonly legalEntity: string
  readonly currency: string
  readonly read: Pile
  readonly ACCEPTED: Pile
  readonly REJECTED: Pile
  readonly SKIPPED: Pile
  open: bigint
  roundedRows: number
  difference: bigint
  unreadableRows: number
}

/** Garbage in the company column must not grow a report without end. */
const groupsMax = 1_000

export type Tally = {
  readonly add: (row: ReadRow) => void
  readonly totals: () => GroupTotals[]
  readonly differences: (control: readonly ControlTotal[]) => ControlDifference[]
}

export const createTally = (): Tally => {
  const groups = new Map<string, Group>()
  const groupOf = (legalEntity: string, currency: string): Group => {
    const key = `${currency} ${legalEntity}`
    const known = groups.get(key)
    if (known !== undefined) return known
    if (groups.size >= groupsMax && legalEntity !== '') return groupOf('', currency.slice(0, 3))
    const group: Group = {
      legalEntity,
      currency,
      read: pile(),
      ACCEPTED: pile(),
      REJECTED: pile(),
      SKIPPED: pile(),
      open: 0n,
      roundedRows: 0,
      difference: 0n,
      unreadableRows: 0,
    }
    groups.set(key, group)
    return group
  }

  const add = (row: ReadRow) => {
    const { legalEntity, currency, exact } = row.counted
    const group = groupOf(legalEntity, currency)
    group.read.rows += 1
    group.read.exact += exact ?? 0n
    if (exact === null) group.unreadableRows += 1
    const into = group[row.outcome]
    into.rows += 1
    if (row.outcome !== 'ACCEPTED') {
      into.exact += exact ?? 0n
      return
    }
    const { originalMinor, ledgerOpenMinor } = row.item
    const booked = exactOfMinor(originalMinor, currency)
    into.exact += booked
    group.open += exactOfMinor(ledgerOpenMinor, currency)
    group.difference += (exact ?? 0n) - booked
    if (exact !== booked) group.roundedRows += 1
  }

  const sorted = () =>
    [...groups.values()].toSorted((a, b) => compare(a.currency, b.currency) || compare(a.legalEntity, b.legalEntity))

  const totals = () =>
    sorted().map((group): GroupTotals => {
      const { legalEntity, currency, read, ACCEPTED, REJECTED, SKIPPED, open, roundedRows, difference, unreadableRows } = group
      const text = (exact: bigint) => formatExact(exact, currency)
      const sum = ({ rows, exact }: Pile): Sum => ({ rows, amount: text(exact) })
      return {
        legalEntity,
        currency,
        read: sum(read),
        accepted: { ...sum(ACCEPTED), open: text(open) },
        rejected: sum(REJECTED),
        skipped: sum(SKIPPED),
        roundedRows,
        roundingDifference: text(difference),
        unreadableRows,
      }
    })

  /** The sender counts every row it sent, so what is read is compared, not what is taken. */
  const differences = (control: readonly ControlTotal[]) =>
    control.flatMap((told): ControlDifference[] => {
      const meant = sorted().filter(
        ({ legalEntity, currency }) =>
          currency === told.currency && (told.legalEntity === null || told.legalEntity === legalEntity),
      )
      const foundCount = meant.reduce((count, { read }) => count + read.rows, 0)
      const found = meant.reduce((sum, { read }) => sum + read.exact, 0n)
      if (foundCount === told.count && exactOf(told.amount) === found) return []
      return [{ ...told, foundCount, foundAmount: formatExact(found, told.currency) }]
    })

  return { add, totals, differences }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

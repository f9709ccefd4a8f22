import { formatAmount } from '../../kernel/money.ts'
import type { Findings, GroupTotals } from '../intake/index.ts'
import type { BankEvent } from './formats/model.ts'

/** Accounts that are told apart in a report; a file of more is summed under none. */
const groupsMax = 1_000

type Group = { readonly account: string; readonly currency: string; rows: number; minor: bigint }

/** What a bank file holds, by account and currency: credits less debits, whatever their status. Advices are of no account. */
export const createBankTally = () => {
  const groups = new Map<string, Group>()
  let rows = 0

  const groupOf = (account: string, currency: string): Group => {
    const key = `${currency} ${account}`
    const known = groups.get(key)
    if (known !== undefined) return known
    if (groups.size >= groupsMax && account !== '') return groupOf('', currency)
    const group: Group = { account, currency, rows: 0, minor: 0n }
    groups.set(key, group)
    return group
  }
  const count = (account: string, currency: string, minor: bigint) => {
    const group = groupOf(account, currency)
    group.rows += 1
    group.minor += minor
    rows += 1
  }

  return {
    add: (event: BankEvent) => {
      if (event.kind === 'ENTRY') {
        const { account, currency, amountMinor, direction } = event.entry
        count(account, currency, direction === 'CREDIT' ? amountMinor : -amountMinor)
      }
      if (event.kind === 'REMITTANCE') count('', event.advice.currency, event.advice.amountMinor)
    },
    rows: () => rows,
    findings: (): Findings => ({
      rowsRead: rows,
      rowsAccepted: rows,
      rowsRejected: 0,
      rowsSkipped: 0,
      totals: [...groups.values()].toSorted(inOrder).map(totalsOf),
      differences: [],
      faults: [],
      warnings: [],
    }),
  }
}

const inOrder = (a: Group, b: Group): number => {
  const [left, right] = [`${a.currency} ${a.account}`, `${b.currency} ${b.account}`]
  return left < right ? -1 : left > right ? 1 : 0
}

const totalsOf = ({ account, currency, rows, minor }: Group): GroupTotals => {
  const text = (amount: bigint) => formatAmount({ minor: amount, currency })
  const none = { rows: 0, amount: text(0n) }
  return {
    legalEntity: account,
    currency,
    read: { rows, amount: text(minor) },
    accepted: { rows, amount: text(minor), open: text(0n) },
    rejected: none,
    skipped: none,
    roundedRows: 0,
    roundingDifference: text(0n),
    unreadableRows: 0,
  }
}

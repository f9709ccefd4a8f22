import type { Day } from '../../kernel/day.ts'
import { x12Code, x12List, x12Reason } from './x12-426.ts'

/** Nobody knows the reason yet. */
export const unknownReason = 'UNKNOWN'

/** What a payer wrote: its code and the list that the code is of. */
export type Stated = { readonly code: string | null; readonly codeList: string | null }

/** What gave a deduction its reason. */
export const codedBy = ['CUSTOMER', 'CLIENT', 'X12', 'MATCHING', 'PERSON', 'NOBODY'] as const
export type CodedBy = (typeof codedBy)[number]

/** A row of a client's map: what a code of a list means, for one customer or for all, through some days. */
export type ReasonRow = {
  /** Number of the customer; everybody's where it is null. */
  readonly customer: string | null
  readonly codeList: string
  readonly code: string
  readonly reason: string
  readonly from: Day | null
  readonly until: Day | null
}

export type Coding = { readonly reasonCode: string; readonly by: CodedBy; readonly note: string | null }

const nobody: Coding = { reasonCode: unknownReason, by: 'NOBODY', note: null }

const isSameCode = (row: ReasonRow, { code, codeList }: Stated): boolean =>
  code !== null && row.codeList === codeList && (codeList === x12List ? x12Code(row.code) === x12Code(code) : row.code === code)

const holdsOn = ({ from, until }: ReasonRow, day: Day): boolean =>
  (from === null || from <= day) && (until === null || day <= until)

/** The default of the service itself, without any client's rows. */
const byDefault = ({ code, codeList }: Stated): Coding => {
  if (codeList === 'DISCOUNT_UNEARNED') return { reasonCode: 'DISCOUNT_UNEARNED', by: 'MATCHING', note: 'taken too late' }
  const reason = code !== null && codeList === x12List ? x12Reason(code) : null
  return code === null || reason === null ? nobody : { reasonCode: reason, by: 'X12', note: `${x12List} ${x12Code(code)}` }
}

/** The reason behind a payer's code: by the customer's rows, the client's, the list X12 426, or nobody. Never a guess. */
export const codingOf = (
  stated: Stated,
  { rows, customer, day }: { readonly rows: readonly ReasonRow[]; readonly customer: string | null; readonly day: Day },
): Coding => {
  const fitting = rows.filter((row) => isSameCode(row, stated) && holdsOn(row, day))
  const own = customer === null ? undefined : fitting.find((row) => row.customer === customer)
  const found = own ?? fitting.find((row) => row.customer === null)
  if (found === undefined) return byDefault(stated)
  const who = found.customer === null ? 'every customer' : `customer ${found.customer}`
  const note = `${found.codeList} ${found.code} of ${who}, from ${found.from ?? 'ever'} until ${found.until ?? 'further notice'}`
  return { reasonCode: found.reason, by: found.customer === null ? 'CLIENT' : 'CUSTOMER', note }
}

/** The reason of a code by the defaults alone. */
export const reasonOf = (stated: Stated): string => byDefault(stated).reasonCode

export type DisputeRow = { readonly customer: string; readonly reason: string | null; readonly days: number }

/** How many days a deduction may be disputed: by the customer's row for the reason, its row for all, or the reason itself. */
export const disputeDays = (
  { reasonCode, customer }: { readonly reasonCode: string; readonly customer: string | null },
  { rows, ofReason }: { readonly rows: readonly DisputeRow[]; readonly ofReason: number | null },
): number | null => {
  const own = rows.filter((row) => row.customer === customer)
  const found = own.find(({ reason }) => reason === reasonCode) ?? own.find(({ reason }) => reason === null)
  return found?.days ?? ofReason
}

/** Types of documents that are asked for and are not there, in the order in which they are asked for. */
export const missingOf = (required: readonly string[], standing: readonly string[]): string[] =>
  required.filter((type) => !standing.includes(type))

/** A deduction of an item, as far as what the item has open tells of it. */
export type OnItem = {
  readonly id: string
  readonly amountMinor: bigint
  readonly is: 'OWED' | 'REPAID' | 'APPROVED' | 'KEPT'
}

export type Judged = {
  readonly repaid: readonly string[]
  readonly reopened: readonly string[]
  readonly posted: readonly string[]
}

const sum = (rows: readonly OnItem[]) => rows.reduce((all, { amountMinor }) => all + amountMinor, 0n)

/** Of rows in their order those that an amount covers whole, one after the other. */
const coveredBy = (rows: readonly OnItem[], amount: bigint): OnItem[] => {
  let left = amount
  return rows.filter(({ amountMinor }) => {
    const isCovered = amountMinor <= left
    if (isCovered) left -= amountMinor
    return isCovered
  })
}

/**
 * What an item's open amount says of its deductions, oldest first. It is open by every deduction that is not settled, so
 * what it is open less than that was settled: by the ledger what was approved, and else what the customer was denied.
 * Whatever else is open of the item counts as paid before them. It goes both ways: money that is taken back reopens.
 */
export const judgeItem = (openMinor: bigint, rows: readonly OnItem[], by: 'CASH' | 'LEDGER'): Judged => {
  const [owed, approved, kept] = [
    rows.filter(({ is }) => is === 'OWED' || is === 'REPAID'),
    rows.filter(({ is }) => is === 'APPROVED'),
    rows.filter(({ is }) => is === 'KEPT'),
  ]
  const settled = sum(owed) + sum(approved) + sum(kept) - openMinor
  const before = sum(owed.filter(({ is }) => is === 'REPAID'))
  const posted = by === 'LEDGER' ? coveredBy(approved, settled - before) : []
  const repaid = new Set(
    coveredBy(
      owed.toSorted((a, b) => Number(b.is === 'REPAID') - Number(a.is === 'REPAID')),
      settled - sum(posted),
    ).map(({ id }) => id),
  )
  return {
    posted: posted.map(({ id }) => id),
    repaid: owed.filter(({ id, is }) => is === 'OWED' && repaid.has(id)).map(({ id }) => id),
    reopened: owed.filter(({ id, is }) => is === 'REPAID' && !repaid.has(id)).map(({ id }) => id),
  }
}

import type { Fault, ReadRow, Warning } from './rules.ts'
import type { FinalState } from './store.ts'
import { type ControlDifference, type ControlTotal, createTally, type GroupTotals } from './totals.ts'

export type ReasonCode =
  | 'ABANDONED'
  | 'AMBIGUOUS_COLUMN'
  | 'CHANGED_WHILE_READ'
  | 'CONTROL_TOTALS'
  | 'EMPTY'
  | 'FAULT'
  | 'MALFORMED'
  | 'MISSING_COLUMN'
  | 'NOTHING_ACCEPTED'
  | 'REJECTED_ROWS'
  | 'TIMEOUT'
  | 'TOO_MANY_REJECTS'

/** Why nothing was imported. */
export type Reason = {
  /** One of ours, or the rule of its format that a file breaks. */
  readonly code: ReasonCode | Uppercase<string>
  readonly message: string
  /** Where in the file, if it is in one place: the line from 1, and the field in the words of the format. */
  readonly line?: number
  readonly field?: string | null
}

/** What an import did to the client's data, or would do. */
export type Effects = {
  readonly inserted: number
  readonly changed: number
  readonly unchanged: number
  readonly customersAdded: number
  /** Items that came by a name alone and went to whom the name means now. */
  readonly itemsIdentified: number
  /** Customers known by a name alone that nothing refers to any more. */
  readonly customersForgotten: number
  /** Of a bank file alone, whose items are entries. */
  readonly bank?: BankEffects
}

/** What the entries and advices of a bank file became. */
export type BankEffects = {
  readonly receiptsRecorded: number
  /** New entries that are no money to apply: debits, reversals, what is only announced or told. */
  readonly entriesWithoutReceipt: number
  /** Advices that were new, and how many of them and of earlier ones found their payment now. */
  readonly remittances: number
  readonly remittancesTied: number
  readonly receiptsReversed: number
}

type Noted = { readonly code: string; readonly column: string | null; readonly rows: number }

/** Everything there is to say about a load. Plain JSON: it is kept with the batch. */
export type ImportReport = {
  readonly batchId: string
  readonly state: FinalState
  readonly profile: string
  readonly profileVersion: number
  readonly sourceName: string
  readonly contentHash: string
  readonly dataAsOf: string
  readonly reasons: readonly Reason[]
  readonly rowsRead: number
  readonly rowsAccepted: number
  readonly rowsRejected: number
  readonly rowsSkipped: number
  readonly totals: readonly GroupTotals[]
  readonly differences: readonly ControlDifference[]
  readonly faults: readonly Noted[]
  readonly warnings: readonly (Noted & {
    /** The first rows; the count says how many there are. */
    readonly listed: readonly { readonly rowNumber: number; readonly message: string }[]
  })[]
  /** Null when nothing was applied, not even for show. */
  readonly effects: Effects | null
}

export type Findings = Pick<
  ImportReport,
  'rowsRead' | 'rowsAccepted' | 'rowsRejected' | 'rowsSkipped' | 'totals' | 'differences' | 'faults' | 'warnings'
>

/** Warnings of one kind that a report lists row by row. */
const listedMax = 1_000

type Count<Code> = { code: Code; column: string | null; rows: number }

/** Notes what becomes of each row. */
export const createFindings = () => {
  const tally = createTally()
  const outcomes = { ACCEPTED: 0, REJECTED: 0, SKIPPED: 0 }
  const faults = new Map<string, Count<Fault['code']>>()
  const warnings = new Map<string, Count<Warning['code']> & { listed: { rowNumber: number; message: string }[] }>()

  const add = (rowNumber: number, row: ReadRow) => {
    tally.add(row)
    outcomes[row.outcome] += 1
    if (row.outcome === 'ACCEPTED') {
      for (const { code, column, message } of row.warnings) {
        const noted = entry(warnings, `${code} ${column}`, () => ({ code, column, rows: 0, listed: [] }))
        noted.rows += 1
        if (noted.listed.length < listedMax) noted.listed.push({ rowNumber, message })
      }
    } else {
      for (const { code, column } of row.faults) entry(faults, `${code} ${column}`, () => ({ code, column, rows: 0 })).rows += 1
    }
  }

  const findings = (control: readonly ControlTotal[]): Findings => ({
    rowsRead: outcomes.ACCEPTED + outcomes.REJECTED + outcomes.SKIPPED,
    rowsAccepted: outcomes.ACCEPTED,
    rowsRejected: outcomes.REJECTED,
    rowsSkipped: outcomes.SKIPPED,
    totals: tally.totals(),
    differences: tally.differences(control),
    faults: [...faults.values()],
    warnings: [...warnings.values()],
  })

  return { add, findings, counts: outcomes as Readonly<typeof outcomes> }
}

const entry = <V>(map: Map<string, V>, key: string, make: () => V): V => {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** Nothing partial unless it is allowed, and never against the control totals. */
export const reasonsAgainst = (
  { rowsRead, rowsAccepted, rowsSkipped, rowsRejected, differences }: Findings,
  { allowPartial }: { readonly allowPartial: boolean },
): Reason[] => {
  const reasons: Reason[] = []
  if (rowsRead === 0) reasons.push({ code: 'EMPTY', message: 'there are no rows' })
  if (rowsRejected > 0 && !allowPartial) {
    reasons.push({
      code: 'REJECTED_ROWS',
      message: `${rowsRejected} of ${rowsRead} rows cannot be taken, and a partial import was not allowed`,
    })
  }
  if (rowsRead > 0 && rowsAccepted + rowsSkipped === 0 && allowPartial) {
    reasons.push({ code: 'NOTHING_ACCEPTED', message: `none of ${rowsRead} rows can be taken` })
  }
  for (const { legalEntity, currency, count, amount, foundCount, foundAmount } of differences) {
    const of = legalEntity === null ? currency : `${legalEntity} in ${currency}`
    reasons.push({
      code: 'CONTROL_TOTALS',
      message: `${of}: ${count} rows of ${amount} were announced, and ${foundCount} of ${foundAmount} were read`,
    })
  }
  return reasons
}

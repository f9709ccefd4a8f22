import { Refusal } from '../../kernel/refusal.ts'
import type { Fault } from './rules.ts'
import type { ControlDifference } from './totals.ts'

export type RowFaults = { readonly row: number; readonly faults: readonly Fault[] }

/** Some rows cannot be taken, and nobody allowed a part of them. */
export class ImportRefused extends Refusal {
  readonly code = 'IMPORT_REFUSED'
  readonly reason: string
  readonly rejects: readonly RowFaults[]
  constructor(rejects: readonly RowFaults[]) {
    const reason = `${rejects.length} ${rejects.length === 1 ? 'row' : 'rows'} cannot be taken; mend them, or allow a partial import`
    super(reason, ['input', 'rows'])
    this.reason = reason
    this.rejects = rejects
  }
}

/** The rows are not what their sender counted: something is missing, doubled or changed on the way. */
export class ControlTotalsMismatch extends Refusal {
  readonly code = 'CONTROL_TOTALS_MISMATCH'
  readonly differences: readonly ControlDifference[]
  constructor(differences: readonly ControlDifference[]) {
    super('the rows do not add up to the control totals', ['input', 'controlTotals'])
    this.differences = differences
  }
}

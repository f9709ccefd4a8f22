import { Refusal } from '../../kernel/refusal.ts'
import type { BankRule } from './formats/model.ts'

/** Nothing of a file is taken where one place of it breaks a rule of its format. */
export class BankFileRefused extends Refusal {
  readonly code = 'BANK_FILE_REFUSED'
  readonly rule: BankRule
  readonly line: number
  readonly field: string | null
  /** The line as it stands in the file. */
  readonly raw: string
  constructor(fault: Pick<BankFileRefused, 'rule' | 'line' | 'field' | 'raw' | 'message'>) {
    super(fault.message, ['input', 'content'])
    this.rule = fault.rule
    this.line = fault.line
    this.field = fault.field
    this.raw = fault.raw
  }
}

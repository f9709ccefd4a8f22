import { Refusal } from '../../kernel/refusal.ts'

/** Documents that stand for the reason are missing. */
export class MissingEvidence extends Refusal {
  readonly code = 'MISSING_EVIDENCE'
  readonly missing: readonly string[]
  constructor(missing: readonly string[], path: readonly string[]) {
    super(
      `nothing of the type ${missing.join(', ')} hangs on the deduction; attach it, or have a lead say why it is not needed`,
      path,
    )
    this.missing = missing
  }
}

/** The client has no such reason. */
export class NoSuchReason extends Refusal {
  readonly code = 'NO_SUCH_REASON'
  readonly reasons: readonly string[]
  constructor(reasons: readonly string[], path: readonly string[]) {
    super(`the client’s reasons are ${reasons.join(', ')}`, path)
    this.reasons = reasons
  }
}

import { Refusal } from '../../kernel/refusal.ts'

/** A result tells another payment than an earlier one did under the same key of the receipt. */
export class PaymentConflict extends Refusal {
  readonly code = 'PAYMENT_CONFLICT'
}

/** The key of a result was used before, for another result: the first one stands. */
export class ResultMismatch extends Refusal {
  readonly code = 'IDEMPOTENCY_MISMATCH'
  constructor(path: readonly string[]) {
    super('this key was used before with another result; send the same result, or a new key', path)
  }
}

export type RefusedResult = {
  readonly index: number
  readonly code: string
  readonly message: string
  readonly path: readonly string[]
}

/** Some results cannot be taken, and all or nothing was asked for. */
export class ResultsRefused extends Refusal {
  readonly code = 'RESULTS_REFUSED'
  readonly refused: readonly RefusedResult[]
  constructor(refused: readonly RefusedResult[]) {
    super(`${refused.length} of the results cannot be taken, and all or nothing was asked for`, ['input', 'results'])
    this.refused = refused
  }
}

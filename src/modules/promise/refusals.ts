import { formatAmount, type Money } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusal.ts'

/** More was promised than the item has left to collect. */
export class OverPromised extends Refusal {
  readonly code = 'OVER_PROMISED'
  readonly room: Money
  constructor(room: Money, path: readonly string[] = ['input', 'amount']) {
    super(`at most ${formatAmount(room)} ${room.currency} is open and may be promised`, path)
    this.room = room
  }
}

/** The item has a promise in force; supersede it, or withdraw it, to take another. */
export class AlreadyPromised extends Refusal {
  readonly code = 'ALREADY_PROMISED'
  constructor(path: readonly string[] = ['input', 'openItem']) {
    super('this open item has a promise in force; supersede it, or withdraw it first', path)
  }
}

export type RefusedPromise = {
  readonly index: number
  readonly code: string
  readonly message: string
  readonly path: readonly string[]
}

/** Some promises cannot be taken, and all or nothing was asked for. */
export class PromisesRefused extends Refusal {
  readonly code = 'PROMISES_REFUSED'
  readonly refused: readonly RefusedPromise[]
  constructor(refused: readonly RefusedPromise[]) {
    super(`${refused.length} of the promises cannot be taken, and all or nothing was asked for`, ['input', 'promises'])
    this.refused = refused
  }
}

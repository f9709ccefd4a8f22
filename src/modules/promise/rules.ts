import { formatAmount, type Money } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusal.ts'

/** More was promised than the item has left to collect. */
export class OverPromised extends Refusal {
  readonly code = 'OVER_PROMISED'
  readonly room: Money
  constructor(room: Money) {
    super(`at most ${formatAmount(room)} ${room.currency} is open and undisputed`, ['input', 'amount'])
    this.room = room
  }
}

/** The item has a promise in force; withdraw it before taking another. */
export class AlreadyPromised extends Refusal {
  readonly code = 'ALREADY_PROMISED'
  constructor() {
    super('this open item has a promise in force; withdraw it first', ['input', 'openItem'])
  }
}

import { formatAmount, type Money } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusal.ts'

/** A plan covers more of an item than is open and undisputed. */
export class OverPlanned extends Refusal {
  readonly code = 'OVER_PLANNED'
  readonly room: Money
  constructor(room: Money, path: readonly string[]) {
    super(`at most ${formatAmount(room)} ${room.currency} is open and undisputed`, path)
    this.room = room
  }
}

/** The item belongs to a plan that is proposed, agreed or active. */
export class AlreadyPlanned extends Refusal {
  readonly code = 'ALREADY_PLANNED'
  constructor(path: readonly string[]) {
    super('this open item belongs to another payment plan; cancel that one first', path)
  }
}

import { formatAmount, type Money } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusal.ts'

/** A receipt and an open item of two currencies cannot settle one another. */
export class CurrencyMismatch extends Refusal {
  readonly code = 'CURRENCY_MISMATCH'
  readonly receiptCurrency: string
  readonly itemCurrency: string
  constructor(receiptCurrency: string, itemCurrency: string) {
    super(`a receipt in ${receiptCurrency} cannot settle an item in ${itemCurrency}`, ['input', 'openItem'])
    this.receiptCurrency = receiptCurrency
    this.itemCurrency = itemCurrency
  }
}

/** More was to be applied than the receipt has left, or than the item has open. */
export class OverApplied extends Refusal {
  readonly code = 'OVER_APPLIED'
  readonly room: Money
  constructor(room: Money) {
    super(`at most ${formatAmount(room)} ${room.currency} can be applied`, ['input', 'amount'])
    this.room = room
  }
}

/** The item belongs to another customer of the client than the receipt. */
export class WrongCustomer extends Refusal {
  readonly code = 'WRONG_CUSTOMER'
}

/** More was to be moved out of a bucket than it holds. */
export class BucketTooSmall extends Refusal {
  readonly code = 'BUCKET_TOO_SMALL'
  readonly room: Money
  constructor(room: Money, path: readonly string[] = ['input', 'amount']) {
    super(`at most ${formatAmount(room)} ${room.currency} is there`, path)
    this.room = room
  }
}

/** What was written off goes beyond what the client's policy lets pass without an approval. */
export class BeyondTolerance extends Refusal {
  readonly code = 'BEYOND_TOLERANCE'
  /** ABSOLUTE, PERCENT or MONTH. */
  readonly limit: 'ABSOLUTE' | 'PERCENT' | 'MONTH'
  readonly room: Money
  constructor(limit: 'ABSOLUTE' | 'PERCENT' | 'MONTH', room: Money) {
    const what = { ABSOLUTE: 'for one item', PERCENT: 'by the share of the item', MONTH: 'in this month' }[limit]
    super(`at most ${formatAmount(room)} ${room.currency} can be written off ${what}`, ['input', 'writeOff'])
    this.limit = limit
    this.room = room
  }
}

/** What was undone before cannot be undone again. */
export class AlreadyReversed extends Refusal {
  readonly code = 'ALREADY_REVERSED'
  constructor(what: string, path: readonly string[]) {
    super(`this ${what} was reversed before; nothing of it is left to reverse`, path)
  }
}

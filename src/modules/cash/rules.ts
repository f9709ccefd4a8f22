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

type Unapplied = { readonly customerId: string | null; readonly unappliedMinor: bigint; readonly currency: string }
type Payable = { readonly customerId: string; readonly openMinor: bigint; readonly currency: string }
export type Moved = { readonly unappliedMinor: bigint; readonly openMinor: bigint }

/** How an amount moves from a receipt onto an item; it never leaves either side below zero. */
export const apply = (
  amountMinor: bigint,
  receipt: Unapplied,
  item: Payable,
): Moved | CurrencyMismatch | OverApplied | WrongCustomer => {
  if (receipt.currency !== item.currency) return new CurrencyMismatch(receipt.currency, item.currency)
  if (receipt.customerId === null) {
    return new WrongCustomer('nobody is known to have paid this receipt; identify its customer first', ['input', 'receipt'])
  }
  if (receipt.customerId !== item.customerId) {
    return new WrongCustomer('the item belongs to another customer than the receipt', ['input', 'openItem'])
  }
  const least = receipt.unappliedMinor < item.openMinor ? receipt.unappliedMinor : item.openMinor
  // A credit memo is open below zero: it has no room, not less than none.
  const room = least > 0n ? least : 0n
  if (amountMinor > room) return new OverApplied({ minor: room, currency: item.currency })
  return { unappliedMinor: receipt.unappliedMinor - amountMinor, openMinor: item.openMinor - amountMinor }
}

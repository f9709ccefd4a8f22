import type { Day } from '../../kernel/day.ts'
import type { ItemKind } from '../../kernel/item-kind.ts'

// What the engine is told, all of it of one client. Whoever calls it sees to that: it cannot tell.

export type MatchItem = {
  readonly id: string
  readonly customerId: string
  readonly legalEntityId: string
  readonly kind: ItemKind
  readonly number: string
  readonly currency: string
  /** Negative for credit memos. */
  readonly openMinor: bigint
  readonly originalMinor: bigint
  readonly documentOn: Day
  readonly dueOn: Day
  /** Thousandths of a percent, as exact as terms can be, and the last day on which paying less is paying in full. */
  readonly discount: { readonly percentMilli: number; readonly until: Day } | null
  readonly isDisputed: boolean
}

export type MatchCustomer = {
  readonly id: string
  readonly number: string | null
  readonly name: string
  readonly parentId: string | null
  readonly billToId: string | null
}

/** A spelling of a payer's name, or an account that was paid from, that somebody said is a customer's. */
export type PayerAlias = { readonly customerId: string; readonly kind: 'NAME' | 'ACCOUNT'; readonly value: string }

/** An item that is paid: whoever refers to it may have paid twice. */
export type SettledItem = {
  readonly id: string
  readonly customerId: string
  readonly number: string
  readonly currency: string
  readonly originalMinor: bigint
  readonly closedOn: Day
}

/** Above zero: it lowers the payment. The code is the payer's own, of the code list it names. */
export type StatedDeduction = { readonly amountMinor: bigint; readonly code: string | null; readonly codeList: string | null }

/** One line of a remittance, as the payer tells it. */
export type MatchLine = {
  readonly reference: string | null
  readonly paidMinor: bigint | null
  readonly discountMinor: bigint | null
  readonly deductions: readonly StatedDeduction[]
}

export type MatchReceipt = {
  readonly id: string
  readonly customerId: string | null
  readonly legalEntityId: string | null
  readonly currency: string
  /** What of the receipt is still to be decided. */
  readonly amountMinor: bigint
  /** What arrived in all: bank fees and orders are about the whole, and tell nothing of a part. */
  readonly receivedMinor: bigint
  readonly valueOn: Day
  readonly payerName: string | null
  readonly payerAccount: string | null
  readonly reference: string | null
  /** What the bank's statement says about the payment. */
  readonly texts: readonly string[]
  /** What the banks say they kept, in the receipt's currency. */
  readonly chargesMinor: bigint | null
  /** What the payer ordered its bank to pay. */
  readonly instructed: { readonly minor: bigint; readonly currency: string } | null
  readonly lines: readonly MatchLine[]
}

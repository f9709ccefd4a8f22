export {
  type AdjustmentKind,
  applicationKinds,
  type Book,
  type BookItem,
  type BookReceipt,
  type ReversalReason,
  type Settlement,
} from './book.ts'
export { applyReceipt, recordReceipt } from './commands.ts'
export { type Amount, badKey, badReason, readAmount } from './input.ts'
export { receiptsById } from './reads.ts'
export { isUndecided, type ReceiptState } from './receipt-states.ts'
export { AlreadyReversed, BeyondTolerance, BucketTooSmall, CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'
export { Application, Receipt, ReceiptStateType, ReversalReasonType } from './schema.ts'
export {
  followCustomers,
  holdReceiptKeys,
  holdReceiptsOf,
  type KnownReceipt,
  type NewReceipt,
  type ReceiptKey,
  receiptsByKey,
  standingOf,
} from './store.ts'
export { beyondTolerance, type WriteOffLimits, writeOffShape } from './tolerance.ts'
export {
  closeBook,
  type Followers,
  followFreed,
  openBookOf,
  type ReceiptEvent,
  type ReceiptTold,
  receiptEvents,
  receiptsArrived,
} from './work.ts'
export { type WriteOffs, writeOffsOf } from './write-offs.ts'

export {
  type AdjustmentKind,
  applicationKinds,
  type Book,
  type BookReceipt,
  type ReversalReason,
  type Settlement,
} from './book.ts'
export { applyReceipt, recordReceipt } from './commands.ts'
export { AlreadyReversed, BeyondTolerance, BucketTooSmall, CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'
export { Application, Receipt } from './schema.ts'

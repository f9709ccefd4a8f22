import './followers.ts'

export { postCashResults } from './commands.ts'
export type { PostedResult, ReadLine } from './input.ts'
export { type Reversal, reverseNamedReceipts, tieAdvicesToReceipts } from './named-receipts.ts'
export { type Arrival, settleResults } from './settle-results.ts'
export {
  type Addressed,
  insertAdvices,
  isAnythingWaiting,
  type NewAdvice,
  waitingForCustomers,
  waitingForItems,
  waitingForLoad,
  waitingForReceipts,
  waitingForTolerance,
} from './store.ts'

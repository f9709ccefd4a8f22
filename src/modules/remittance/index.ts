export { postCashResults } from './commands.ts'
export type { PostedResult } from './input.ts'
export { type Arrival, settleResults } from './settle-results.ts'
export {
  type Addressed,
  waitingForItems,
  waitingForLoad,
  waitingForReceipts,
  waitingForTolerance,
} from './store.ts'

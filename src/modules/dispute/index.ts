export { escalateDispute, followLedger } from './following.ts'
export { disputeChanged } from './move.ts'
export { settleResolution } from './resolving.ts'
export { followDisputed } from './store.ts'

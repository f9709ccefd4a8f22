import type { Write } from '../../platform/command.ts'
import { type Followers, followFreed, holdReceiptKeys } from '../cash/index.ts'
import { rowsBehind, waitingBehind } from './store.ts'

/**
 * What is worked on because some receipts get free what others wait for: see src/flows/work-off-results.ts. Its keys are held
 * from here on; whoever asks locks its rows with its own.
 */
export const followersOf = async (write: Write, receiptIds: readonly string[], mayUndo: boolean): Promise<Followers> => {
  const found = receiptIds.length === 0 ? [] : await waitingBehind(write, receiptIds, mayUndo)
  if (found.length === 0) return { receipts: [], items: [] }
  await holdReceiptKeys(write, found)
  return rowsBehind(write, found)
}

followFreed(followersOf)

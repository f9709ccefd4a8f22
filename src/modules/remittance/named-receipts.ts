import type { Write } from '../../platform/command.ts'
import { closeBook, openBookOf, type ReversalReason } from '../cash/index.ts'
import { settleResults } from './settle-results.ts'
import {
  advicesThatNameOne,
  insertInstructions,
  insertResults,
  instructionsOf,
  receiptsTakenBack,
  type TakenBack,
  tieAdvices,
} from './store.ts'

// What banks and payers tell of receipts by the references that these bear. Where more than one receipt could be meant,
// nothing is done: it stays visible, and a person decides.

/** Advices and the payments that they name, in whichever order they came; how many found one another now. */
export const tieAdvicesToReceipts = async (write: Write, source: string): Promise<number> => {
  const ties = await advicesThatNameOne(write, source)
  if (ties.length === 0) return 0
  await tieAdvices(write, ties)
  const opened = await openBookOf(write, { receipts: ties.map(({ receiptId }) => receiptId), items: [] })
  for (const { id, hasRemittance } of opened.receipts) if (!hasRemittance) opened.book.learn(id, { hasRemittance: true })
  await closeBook(write, opened, () => 'receipt.explained')
  return ties.length
}

export type Reversal = TakenBack & { readonly reason: ReversalReason }

/**
 * Takes back the receipts that reversals name beyond doubt, each as a step of a result, so that what cannot be done yet
 * waits and is seen; how many were done.
 */
export const reverseNamedReceipts = async (write: Write, source: string, reversals: readonly Reversal[]): Promise<number> => {
  const named = await receiptsTakenBack(write, reversals)
  const certain = reversals.flatMap(({ key, reason }) => {
    const receiptKey = named.get(key)?.receiptKey
    return receiptKey === undefined ? [] : [{ id: write.newId(), key, receiptKey, reason }]
  })
  if (certain.length === 0) return 0
  const taken = await insertResults(
    write,
    source,
    certain.map(({ id, key, receiptKey }) => ({ id, key, receiptKey, fingerprint: key })),
  )
  const steps = certain.filter(({ id }) => taken.has(id))
  await insertInstructions(
    write,
    source,
    steps.map(({ id: resultId, receiptKey, reason }) => ({
      resultId,
      receiptKey,
      place: 0,
      groupNo: 0,
      step: { kind: 'REVERSE', body: { reason } },
    })),
  )
  const receiptKeys = [...new Set(steps.map(({ receiptKey }) => receiptKey))]
  await settleResults(write, { source, receiptKeys })
  const ours = new Set(steps.map(({ id }) => id))
  const after = await instructionsOf(write, source, receiptKeys)
  return after.filter(({ resultId, state }) => ours.has(resultId) && state === 'DONE').length
}

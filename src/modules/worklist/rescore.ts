import { command, type Write } from '../../platform/command.ts'
import type { ClientId } from '../../platform/policy.ts'
import { clientFacts } from '../client/index.ts'
import { refreshWork } from './refresh.ts'
import { refreshCashWork } from './refresh-cash.ts'
import { strategyOf } from './strategy-policy.ts'
import { rowsBehind } from './strategy-reads.ts'

/** Rows that one transaction scores anew: a second of work, and nobody waits longer for a customer. */
const rescoredMost = 1_000

export type Rescored = {
  readonly version: number
  readonly rows: number
  /** Nothing was left by an older strategy that this portion did not take. */
  readonly isDone: boolean
}

/**
 * Scores a portion of a client's rows by the strategy in force. Each row says by which version it stands, so a queue that is
 * half-way is still in order; whoever follows it is told to read it again with each portion.
 */
export const rescoreBehind = async (write: Write): Promise<Rescored> => {
  const { timeZone } = await clientFacts(write)
  const { version } = await strategyOf(write, timeZone)
  const rows = await rowsBehind(write, version, rescoredMost)
  const receipts = rows.filter(({ kind }) => kind !== 'COLLECTION')
  const customers = rows.filter(({ kind }) => kind === 'COLLECTION')
  // Receipts before customers, as everywhere: docs/decisions/0007-lock-order.md
  const together = { isTogether: true }
  if (receipts.length > 0)
    await refreshCashWork(
      write,
      receipts.map(({ receiptId }) => receiptId),
      'strategy',
      together,
    )
  if (customers.length > 0)
    await refreshWork(
      write,
      customers.map(({ customerId }) => customerId),
      'strategy',
      together,
    )
  return { version, rows: rows.length, isDone: rows.length < rescoredMost }
}

/** Idempotent: done again, or by two nodes at once, it ends the same. */
export const rescoreWork = command({
  name: 'worklist.rescoreWork',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { clientId: ClientId }) => ({ clientId }),
  isAudited: ({ rows }: Rescored) => rows > 0,
  run: rescoreBehind,
})

import { type Day, dayIn, daysBetween } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { type ClientFacts, clientFacts } from '../client/index.ts'
import { behindBy, nextAction } from './chase.ts'
import { marksOfReceipts } from './mark-store.ts'
import { handFactors, isResting, type Mark } from './marks.ts'
import { cashFactorsOf, cashKindOf, isUndecided, scoreOf, strategyVersion, type WorkKind } from './rules.ts'
import { cashWorkOf, holdReceipts, type KeptWork, type ReceiptFacts, saveWork } from './store.ts'
import { isSameWork, tellLoad, tellWork } from './tell.ts'

/** Receipts refreshed by one round of statements. */
const portion = 500

/**
 * Brings the queues of cash up to what some receipts are now, inside the transaction that changed them. A receipt has one
 * row for good, whose kind follows its state. Run twice it does nothing the second time; run for every receipt it rebuilds
 * the queues. What a load brings is told together. Gives how many rows changed.
 */
export const refreshCashWork = async (
  write: Write,
  receiptIds: readonly string[],
  cause: string,
  { isLoad = false }: { readonly isLoad?: boolean } = {},
): Promise<number> => {
  let count = 0
  const client = await clientFacts(write)
  const today = dayIn(client.timeZone, write.now)
  const loaded = new Set<WorkKind>()
  const sorted = [...new Set(receiptIds)].sort()
  for (let start = 0; start < sorted.length; start += portion) {
    const some = sorted.slice(start, start + portion)
    const [receipts, marks, before] = await Promise.all([
      holdReceipts(write, some),
      marksOfReceipts(write, some),
      cashWorkOf(write, some),
    ])
    const changed: KeptWork[] = []
    for (const receipt of receipts) {
      const known = before.get(receipt.receiptId)
      const work = workFor(write, receipt, known, { client, today, marks: marks.get(receipt.receiptId) ?? [] })
      if (work === null || (known !== undefined && isSameWork(known, work))) continue
      changed.push(work)
      if (!isLoad) tellWork(write, known, work, cause)
    }
    if (isLoad) for (const { kind } of changed) loaded.add(kind)
    await saveWork(write, changed, strategyVersion)
    count += changed.length
  }
  tellLoad(write, loaded, cause)
  return count
}

/** The row as it should be; null when there is none and none is needed. */
const workFor = (
  write: Write,
  { receiptId, customerId, state, currency, undecidedMinor, valueOn, chases, chasedAt }: ReceiptFacts,
  known: KeptWork | undefined,
  { client, today, marks }: { readonly client: ClientFacts; readonly today: Day; readonly marks: readonly Mark[] },
): KeptWork | null => {
  const plain = { overdueDays: 0, itemCount: 0, scoredOn: today, receiptId, valueOn }
  if (!isUndecided(state)) {
    // A row that left the queue keeps the kind it had: it is the same work if the money comes back.
    return known === undefined
      ? null
      : { ...known, ...plain, isQueued: false, score: 0, factors: [], amounts: [], nextAction: null }
  }
  const chase = { state, valueOn, steps: chases, lastOn: chasedAt === null ? null : dayIn(client.timeZone, chasedAt) }
  const ageDays = Math.max(0, daysBetween(valueOn, today))
  const isQueued = !isResting(marks, write.now)
  const scored = () => cashFactorsOf({ currency, undecidedMinor, ageDays, behind: behindBy(chase, today) }, client)
  const factors = isQueued ? [...scored(), ...handFactors(marks, write.now)] : []
  return {
    ...plain,
    id: known?.id ?? write.newId(),
    kind: cashKindOf(state),
    customerId,
    isQueued,
    score: scoreOf(factors),
    factors,
    amounts: [{ currency, open: undecidedMinor.toString(), overdue: '0', toBeCollected: '0' }],
    nextAction: nextAction(chase),
  }
}

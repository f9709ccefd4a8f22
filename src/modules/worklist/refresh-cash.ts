import { type Day, dayIn, daysBetween } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { type OwnerIds, ownersOfPayers } from '../allocation/index.ts'
import { type ClientFacts, clientFacts } from '../client/index.ts'
import type { PolicyInForce } from '../policy/index.ts'
import { scoreCash } from './cash-score.ts'
import { behindBy, nextAction } from './chase.ts'
import { marksOfReceipts } from './mark-store.ts'
import { type Mark, withMarks } from './marks.ts'
import { cashKindOf, isUndecided, type WorkKind } from './rules.ts'
import { cashWorkOf, holdReceipts, type KeptWork, type ReceiptFacts, saveWork } from './store.ts'
import type { Strategy } from './strategy.ts'
import { strategyOf } from './strategy-policy.ts'
import { isSameWork, tellLoad, tellWork } from './tell.ts'

/** Receipts refreshed by one round of statements. */
const portion = 500

/**
 * Brings the queues of cash up to what some receipts are now, inside the transaction that changed them. A receipt has one
 * row for good, whose kind follows its state. Run twice it does nothing the second time; run for every receipt it rebuilds
 * the queues. What a load or a strategy brings is told together. Gives how many rows changed.
 */
export const refreshCashWork = async (
  write: Write,
  receiptIds: readonly string[],
  cause: string,
  { isTogether = false }: { readonly isTogether?: boolean } = {},
): Promise<number> => {
  let count = 0
  const client = await clientFacts(write)
  const today = dayIn(client.timeZone, write.now)
  const told = new Set<WorkKind>()
  const sorted = [...new Set(receiptIds)].sort()
  for (let start = 0; start < sorted.length; start += portion) {
    const some = sorted.slice(start, start + portion)
    const [receipts, marks, before, owners, strategy] = await Promise.all([
      holdReceipts(write, some),
      marksOfReceipts(write, some),
      cashWorkOf(write, some),
      ownersOfPayers(write, some),
      strategyOf(write, client.timeZone),
    ])
    const changed: KeptWork[] = []
    for (const receipt of receipts) {
      const known = before.get(receipt.receiptId)
      const owner = owners.get(receipt.customerId ?? '')
      const work = workFor(write, receipt, known, { client, today, strategy, owner, marks: marks.get(receipt.receiptId) ?? [] })
      if (work === null || (known !== undefined && isSameWork(known, work))) continue
      changed.push(work)
      if (!isTogether) tellWork(write, known, work, cause)
    }
    if (isTogether) for (const { kind } of changed) told.add(kind)
    await saveWork(write, changed)
    count += changed.length
  }
  tellLoad(write, told, cause)
  return count
}

type Standing = {
  readonly client: ClientFacts
  readonly today: Day
  readonly strategy: PolicyInForce<Strategy>
  readonly marks: readonly Mark[]
  readonly owner: OwnerIds | undefined
}

/** The row as it should be; null when there is none and none is needed. */
const workFor = (
  write: Write,
  receipt: ReceiptFacts,
  known: KeptWork | undefined,
  { client, today, strategy, marks, owner }: Standing,
): KeptWork | null => {
  const { receiptId, customerId, state, currency, undecidedMinor, valueOn, chases, chasedAt } = receipt
  const whose = { ownerTeamId: owner?.teamId ?? null, ownerPersonId: owner?.personId ?? null }
  const plain = { ...whose, overdueDays: 0, itemCount: 0, scoredOn: today, receiptId, valueOn, strategyVersion: strategy.version }
  if (!isUndecided(state)) {
    // A row that left the queue keeps the kind it had: it is the same work if the money comes back.
    return known === undefined
      ? null
      : { ...known, ...plain, isQueued: false, leftOut: null, score: 0, factors: [], amounts: [], nextAction: null }
  }
  const chase = { state, valueOn, steps: chases, lastOn: chasedAt === null ? null : dayIn(client.timeZone, chasedAt) }
  const kind = cashKindOf(state)
  const ageDays = Math.max(0, daysBetween(valueOn, today))
  const facts = { kind, customer: receipt, currency, undecidedMinor, ageDays, behind: behindBy(chase, today) }
  return {
    ...plain,
    ...withMarks(scoreCash(facts, strategy.rules.cash, client), marks, write.now),
    id: known?.id ?? write.newId(),
    kind,
    customerId,
    amounts: [{ currency, open: undecidedMinor.toString(), overdue: '0', toBeCollected: '0' }],
    nextAction: nextAction(chase),
  }
}

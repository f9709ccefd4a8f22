import { type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { type OwnerIds, ownersOf } from '../allocation/index.ts'
import { clientFacts } from '../client/index.ts'
import { behaviourOf, noBehaviour } from '../receivable/index.ts'
import { type Collectable, type ScoredCollection, scoreCollection } from './collection-score.ts'
import { nobodyKnown } from './left-out.ts'
import { marksOfCustomers } from './mark-store.ts'
import { withMarks } from './marks.ts'
import { factsOf, holdCustomers, type KeptAmount, type KeptWork, saveWork, workOf } from './store.ts'
import { strategyOf } from './strategy-policy.ts'
import { isSameWork, tellLoad, tellWork } from './tell.ts'

/** Customers refreshed by one round of statements. */
const portion = 500

/**
 * Brings the queue up to what the ledger says for some customers, inside the transaction that changed it, and tells what
 * became of each. Run twice it does nothing the second time; run for every customer it rebuilds the queue. What changed
 * because of the strategy is told together. Gives how many rows changed.
 */
export const refreshWork = async (
  write: Write,
  customerIds: readonly string[],
  cause: string,
  { isTogether = false }: { readonly isTogether?: boolean } = {},
): Promise<number> => {
  const client = await clientFacts(write)
  const today = dayIn(client.timeZone, write.now)
  const sorted = [...new Set(customerIds)].sort()
  let count = 0
  for (let start = 0; start < sorted.length; start += portion) {
    const some = sorted.slice(start, start + portion)
    // Sent together and answered in order: what is read behind the lock is read once it is held, the strategy too.
    const [customers, facts, marks, before, owners, behaviours, strategy] = await Promise.all([
      holdCustomers(write, some),
      factsOf(write, some, today),
      marksOfCustomers(write, some),
      workOf(write, some),
      ownersOf(write, some),
      behaviourOf(
        write.tx,
        some.map((id) => ({ clientId: write.clientId, id })),
        today,
      ),
      strategyOf(write, client.timeZone),
    ])
    const changed: KeptWork[] = []
    for (const customerId of some) {
      const known = before.get(customerId)
      const sums = facts.get(customerId) ?? []
      const behaviour = behaviours.get(customerId) ?? noBehaviour
      const customer = customers.get(customerId) ?? nobodyKnown
      const byFacts = scoreCollection({ sums, customer, behaviour }, strategy.rules.collections, client, today)
      const scored = withMarks(byFacts, marks.get(customerId) ?? [], write.now)
      if (known === undefined && !isWork(byFacts)) continue
      const id = known?.id ?? write.newId()
      const owner = owners.get(customerId)
      const work = workFor(scored, { id, customerId, today, strategyVersion: strategy.version, owner })
      if (known !== undefined && isSameWork(known, work)) continue
      changed.push(work)
      if (!isTogether) tellWork(write, known, work, cause)
    }
    await saveWork(write, changed)
    count += changed.length
  }
  if (isTogether && count > 0) tellLoad(write, new Set(['COLLECTION']), cause)
  return count
}

/** A row that left the queue can still be read; one that was never in it is kept where it says why. */
const isWork = ({ isQueued, leftOut }: ScoredCollection): boolean => isQueued || leftOut !== null

type Row = {
  readonly id: string
  readonly customerId: string
  readonly today: Day
  readonly strategyVersion: number
  readonly owner: OwnerIds | undefined
}

const workFor = (
  { isQueued, leftOut, score, factors, amounts, overdueDays, itemCount }: ScoredCollection,
  { id, customerId, today, strategyVersion, owner }: Row,
): KeptWork => ({
  id,
  kind: 'COLLECTION',
  receiptId: null,
  valueOn: null,
  nextAction: null,
  customerId,
  isQueued,
  leftOut,
  score,
  strategyVersion,
  factors,
  amounts: amounts.map(keep),
  overdueDays,
  itemCount,
  scoredOn: today,
  ownerTeamId: owner?.teamId ?? null,
  ownerPersonId: owner?.personId ?? null,
})

const keep = ({ currency, openMinor, overdueMinor, toBeCollectedMinor }: Collectable): KeptAmount => ({
  currency,
  open: openMinor.toString(),
  overdue: overdueMinor.toString(),
  toBeCollected: toBeCollectedMinor.toString(),
})

import { type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { behaviourOf, noBehaviour } from '../receivable/index.ts'
import { marksOfCustomers } from './mark-store.ts'
import { handFactors, isResting, type Mark } from './marks.ts'
import { factorsOf, scoreOf, strategyVersion } from './rules.ts'
import { type Facts, factsOf, holdCustomers, type KeptAmount, type KeptWork, saveWork, workOf } from './store.ts'
import { isSameWork, tellWork } from './tell.ts'

/** Customers refreshed by one round of statements. */
const portion = 500

/**
 * Brings the queue up to what the ledger says for some customers, inside the transaction that changed it, and tells what
 * became of each. Run twice it does nothing the second time; run for every customer it rebuilds the queue. Gives how many
 * rows changed.
 */
export const refreshWork = async (write: Write, customerIds: readonly string[], cause: string): Promise<number> => {
  let count = 0
  const client = await clientFacts(write)
  const today = dayIn(client.timeZone, write.now)
  const sorted = [...new Set(customerIds)].sort()
  for (let start = 0; start < sorted.length; start += portion) {
    const some = sorted.slice(start, start + portion)
    // Sent together and answered in order: what is read behind the lock is read once it is held.
    const [, facts, marks, before, behaviours] = await Promise.all([
      holdCustomers(write, some),
      factsOf(write, some, today),
      marksOfCustomers(write, some),
      workOf(write, some),
      behaviourOf(
        write.tx,
        some.map((id) => ({ clientId: write.clientId, id })),
        today,
      ),
    ])
    const changed: KeptWork[] = []
    for (const customerId of some) {
      const known = before.get(customerId)
      const own = { facts: facts.get(customerId), marks: marks.get(customerId) ?? [] }
      const work = workFor(write, own, known, today, (amounts) =>
        factorsOf(amounts, behaviours.get(customerId) ?? noBehaviour, client),
      )
      if (work === null || (known !== undefined && isSameWork(known, work))) continue
      changed.push(work)
      tellWork(write, known, work, cause)
    }
    await saveWork(write, changed, strategyVersion)
    count += changed.length
  }
  return count
}

type Score = (amounts: Facts['amounts']) => KeptWork['factors']

/** The row as it should be; null when there is none and none is needed. */
const workFor = (
  write: Write,
  { facts, marks }: { readonly facts: Facts | undefined; readonly marks: readonly Mark[] },
  known: KeptWork | undefined,
  today: Day,
  score: Score,
): KeptWork | null => {
  const amounts = facts?.amounts ?? []
  const isQueued = amounts.some(({ toBeCollectedMinor }) => toBeCollectedMinor > 0n) && !isResting(marks, write.now)
  // A row that left the queue can still be read, and says what the customer has open now.
  if (!isQueued && known === undefined) return null
  const factors = isQueued ? [...score(amounts), ...handFactors(marks, write.now)] : []
  return {
    id: known?.id ?? write.newId(),
    kind: 'COLLECTION',
    receiptId: null,
    valueOn: null,
    nextAction: null,
    customerId: facts?.customerId ?? known?.customerId ?? '',
    isQueued,
    score: scoreOf(factors),
    factors,
    amounts: amounts.map(keep),
    overdueDays: facts?.overdueDays ?? 0,
    itemCount: facts?.itemCount ?? 0,
    scoredOn: today,
  }
}

const keep = ({ currency, openMinor, overdueMinor, toBeCollectedMinor }: Facts['amounts'][number]): KeptAmount => ({
  currency,
  open: openMinor.toString(),
  overdue: overdueMinor.toString(),
  toBeCollected: toBeCollectedMinor.toString(),
})

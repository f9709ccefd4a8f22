import { type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { behaviourOf, noBehaviour } from '../receivable/index.ts'
import { factorsOf, scoreOf, strategyVersion } from './rules.ts'
import { type Facts, factsOf, holdCustomers, type KeptAmount, type KeptWork, saveWork, workOf } from './store.ts'

/** Customers refreshed by one round of statements. */
const portion = 500

export type ChangeKind = 'ADDED' | 'UPDATED' | 'MOVED' | 'REMOVED'

/**
 * Brings the queue up to what the ledger says for some customers, inside the transaction that changed it, and tells what
 * became of each. Run twice it does nothing the second time; run for every customer it rebuilds the queue.
 */
export const refreshWork = async (write: Write, customerIds: readonly string[], cause: string) => {
  const client = await clientFacts(write)
  const today = dayIn(client.timeZone, write.now)
  const sorted = [...new Set(customerIds)].sort()
  for (let start = 0; start < sorted.length; start += portion) {
    const some = sorted.slice(start, start + portion)
    await holdCustomers(write, some)
    const [facts, before] = [await factsOf(write, some, today), await workOf(write, some)]
    const behaviours = await behaviourOf(
      write.tx,
      some.map((id) => ({ clientId: write.clientId, id })),
      today,
    )
    const changed: KeptWork[] = []
    for (const customerId of some) {
      const known = before.get(customerId)
      const work = workFor(write, facts.get(customerId), known, today, (amounts) =>
        factorsOf(amounts, behaviours.get(customerId) ?? noBehaviour, client),
      )
      if (work === null || (known !== undefined && isSame(known, work))) continue
      changed.push(work)
      tell(write, known, work, cause)
    }
    await saveWork(write, changed, strategyVersion)
  }
}

type Score = (amounts: Facts['amounts']) => KeptWork['factors']

/** The row as it should be; null when there is none and none is needed. */
const workFor = (
  write: Write,
  facts: Facts | undefined,
  known: KeptWork | undefined,
  today: Day,
  score: Score,
): KeptWork | null => {
  const amounts = facts?.amounts ?? []
  const isQueued = amounts.some(({ toBeCollectedMinor }) => toBeCollectedMinor > 0n)
  // A row that left the queue can still be read, and says what the customer has open now.
  if (!isQueued && known === undefined) return null
  const factors = isQueued ? score(amounts) : []
  return {
    id: known?.id ?? write.newId(),
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

const tell = (write: Write, before: KeptWork | undefined, after: KeptWork, cause: string) => {
  const kind = kindOf(before, after)
  if (kind === null) return
  const payload = {
    kind,
    workItemId: after.id,
    customerId: after.customerId,
    cause,
    scoreBefore: before?.score ?? null,
    score: after.score,
  }
  write.emit({ area: 'work', name: 'work.changed', payload })
}

const kindOf = (before: KeptWork | undefined, after: KeptWork): ChangeKind | null => {
  if (before?.isQueued !== true) return after.isQueued ? 'ADDED' : null
  if (!after.isQueued) return 'REMOVED'
  if (before.score !== after.score) return 'MOVED'
  return sameAmounts(before.amounts, after.amounts) ? null : 'UPDATED'
}

/** Run twice, the second time finds every row as it should be and writes none. */
const isSame = (before: KeptWork, after: KeptWork): boolean =>
  before.isQueued === after.isQueued &&
  before.score === after.score &&
  before.scoredOn === after.scoredOn &&
  before.overdueDays === after.overdueDays &&
  before.itemCount === after.itemCount &&
  sameAmounts(before.amounts, after.amounts) &&
  before.factors.length === after.factors.length &&
  before.factors.every(
    (factor, place) => factor.input === after.factors[place]?.input && factor.points === after.factors[place]?.points,
  )

const sameAmounts = (a: readonly KeptAmount[], b: readonly KeptAmount[]): boolean =>
  JSON.stringify(a.map(tuple)) === JSON.stringify(b.map(tuple))
const tuple = ({ currency, open, overdue, toBeCollected }: KeptAmount) => [currency, open, overdue, toBeCollected]

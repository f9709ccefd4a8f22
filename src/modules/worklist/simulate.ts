import { dayIn } from '../../kernel/day.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { clientFacts } from '../client/index.ts'
import { behaviourOf, noBehaviour } from '../receivable/index.ts'
import { scoreCollection } from './collection-score.ts'
import { marksOfCustomers } from './mark-store.ts'
import { withMarks } from './marks.ts'
import { createComparison, type Simulated } from './places.ts'
import { owingAfter, standingOf } from './simulation-reads.ts'
import { factsOf } from './store.ts'
import type { Strategy } from './strategy.ts'

const lowest = '00000000-0000-0000-0000-000000000000'

/** Customers read by one round of statements. */
const portion = 1_000

/** What a strategy would do to the queue of collections now: one pass over all who owe, and nothing is written. */
export const simulate = async (
  tx: Tx,
  clientId: string,
  { collections }: Pick<Strategy, 'collections'>,
  first: number,
): Promise<Simulated> => {
  const of = { tx, clientId }
  const client = await clientFacts(of)
  const today = dayIn(client.timeZone, tx.now)
  const comparison = createComparison(await standingOf(of), first)
  for (let after = lowest; ; ) {
    const some = await owingAfter(of, after, portion)
    if (some.length === 0) return comparison.end()
    const ids = some.map(({ id }) => id)
    const [facts, marks, behaviours] = await Promise.all([
      factsOf(of, ids, today),
      marksOfCustomers(of, ids),
      behaviourOf(
        tx,
        ids.map((id) => ({ clientId, id })),
        today,
      ),
    ])
    comparison.take(
      some.map((customer) => {
        const sums = facts.get(customer.id) ?? []
        const behaviour = behaviours.get(customer.id) ?? noBehaviour
        const byFacts = scoreCollection({ sums, customer, behaviour }, collections, client, today)
        // A pin stays a pin and a snooze a snooze, whatever the strategy.
        return { ...withMarks(byFacts, marks.get(customer.id) ?? [], tx.now), customerId: customer.id }
      }),
    )
    after = ids.at(-1) ?? lowest
  }
}

import { describe, expect, it } from 'vitest'
import { decodeGlobalId } from '../../src/kernel/ids.ts'
import { beginWorkDay } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { reading, say } from './asking.ts'
import { bothQueues, walk } from './queue.ts'
import { type RealClient, theWorld } from './world.ts'

type Ranked = {
  worklist: {
    edges: readonly {
      node: {
        client: { code: string }
        customer: { name: string }
        amounts: readonly { toBeCollected: { amount: string; currency: string } }[]
        priority: {
          score: number
          rank: number
          strategyVersion: number
          factors: readonly { label: string; input: string; points: number }[]
        }
      }
    }[]
  }
}

const rankedText = `{ worklist(first: 25) { edges { node { client { code } customer { name } amounts { toBeCollected { amount currency } }
  priority { score rank strategyVersion factors { label input points } } } } } }`

/** A queue as a person would know it again: a row that is made anew has another id, and stands elsewhere among its equals. */
const asKnown = (rows: Awaited<ReturnType<typeof walk>>) =>
  rows
    .map(({ id: _id, ...row }) => row)
    .toSorted((a, b) => b.priority.score - a.priority.score || (a.customer.id < b.customer.id ? -1 : 1))

/** As if it had been lost: everything of the queue is deleted, and made from the ledger alone. */
const rebuild = async ({ id }: RealClient) => {
  const { app, admin, sql } = await theWorld()
  for (const table of ['work_amount', 'work_item', 'work_day']) await sql(`delete from ${table} where client_id = $1`, [id])
  const { provider } = await reading<{ provider: { id: string } }>(admin, '{ provider { id } }', {})
  const asker = { kind: 'SYSTEM', client: { id, providerId: decodeGlobalId(provider.id)?.id ?? '', timeZone: 'UTC' } } as const
  const { database, clock } = app.engine
  await inUnit(database, { asker, readOnly: false, now: clock() }, (tx) => perform(tx, beginWorkDay, { clientId: id }))
}

export const theWholeQueue = () => {
  describe('the queue after a day of work', () => {
    it('says of its first 25 rows where they stand and why', async () => {
      await bothQueues()
      const { collector } = await theWorld()
      const { worklist } = await reading<Ranked>(collector, rankedText, {})
      expect(worklist.edges.map(({ node }) => node.priority.rank)).toEqual(Array.from({ length: 25 }, (_, n) => n + 1))
      for (const { node } of worklist.edges) {
        const { rank, score, factors } = node.priority
        const amounts = node.amounts.map(({ toBeCollected: { amount, currency } }) => `${amount} ${currency}`).join(', ')
        const why = factors.map(({ label, input, points }) => `${label} (${input}) ${points}`).join('; ')
        say(`${String(rank).padStart(2)}. ${score} ${node.client.code} ${node.customer.name}: ${amounts}. ${why}`)
        expect(factors.reduce((sum, { points }) => sum + points, 0)).toBe(score)
      }
    })

    it('is the queue that is built from the ledger at once', async () => {
      await bothQueues()
      const { a, b, collector } = await theWorld()
      const followed = await walk(collector)
      for (const client of [a, b]) await rebuild(client)
      const rebuilt = await walk(collector)
      expect(rebuilt.map(({ id }) => id).filter((id) => followed.some((row) => row.id === id))).toEqual([])
      expect(asKnown(rebuilt)).toEqual(asKnown(followed))
      say(`${rebuilt.length} rows of the queue are the same when they are built anew`)
    })
  })
}

import { describe, expect, it } from 'vitest'
import { decodeGlobalId } from '../../src/kernel/ids.ts'
import { leaksIn } from '../isolation/seed.ts'
import { aboutLoads, asking, listening, reading, run, say, tableSums, upload } from './asking.ts'
import { open as openFile } from './loads.ts'
import { needles } from './needles.ts'
import {
  amountLine,
  bothQueues,
  type Changed,
  changedText,
  dueIn,
  firstPage,
  inQueue,
  type Money,
  summed,
  totalsOf,
  walk,
  worklistText,
} from './queue.ts'
import { openItems, toCents } from './raw.ts'
import { type RealClient, type Someone, theWorld, today } from './world.ts'

type Item = { id: string; number: string; dueOn: string; openAmount: Money }

/** What the machine of A knows of a customer by its number, earliest due first. */
const openInvoices = async (who: Someone, client: RealClient, number: string) => {
  type Found = {
    client: { customers: { edges: { node: { id: string; openAmount: Money[]; invoices: { edges: { node: Item }[] } } }[] } }
  }
  const { client: at } = await reading<Found>(
    who,
    `query Customer($client: ID!, $number: String!) { client(id: $client) { customers(first: 1, number: $number) { edges { node { id
      openAmount { amount currency minor } invoices(first: 100, state: OPEN) { edges { node { id number dueOn openAmount { amount currency minor } } } } } } } } }`,
    { client: client.gid, number },
  )
  const customer = at.customers.edges[0]?.node
  if (customer === undefined) throw new Error(`there is no customer ${number}`)
  return { ...customer, invoices: customer.invoices.edges.map(({ node }) => node) }
}

type Receipt = { receipt: { id: string; version: number; unappliedAmount: Money } }

/** Money of a customer came in; what comes back puts it against one item after the other. */
const cashier = async (who: Someone, client: RealClient, customer: string, amount: { amount: string; currency: string }) => {
  const input = {
    client: client.gid,
    customer,
    amount,
    valueOn: today,
    reference: 'WIRE 4711',
    idempotencyKey: `receipt ${customer}`,
  }
  const { receipt } = await run<Receipt>(who, 'recordReceipt', input, 'receipt { id version unappliedAmount { amount } }')
  let version = receipt.version
  const apply = async (item: Item) => {
    const { amount, currency } = item.openAmount
    const done = await run<Receipt & { openItem: { openAmount: Money } }>(
      who,
      'applyReceipt',
      {
        receipt: receipt.id,
        openItem: item.id,
        amount: { amount, currency },
        expectedVersion: version,
        idempotencyKey: `apply ${item.id}`,
      },
      'receipt { id version unappliedAmount { amount } } openItem { openAmount { amount } } application { id }',
    )
    version = done.receipt.version
    return done
  }
  return apply
}

/** Frames as they came, but for the number that the listener itself gave its subscription. */
const framesOf = ({ wire }: { readonly wire: readonly string[] }) =>
  wire.map((frame) => JSON.parse(frame) as Record<string, unknown>).map(({ id: _id, ...frame }) => frame)

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const aDayOfWork = () => {
  describe('the queue of a collector who serves both', () => {
    it('holds what both ledgers have due today', async () => {
      const { a, b, collector } = await theWorld()
      expect(await bothQueues()).toMatchObject({
        effects: { inserted: 8, changed: 0, unchanged: 0, customersAdded: 0 },
        rows: Array(8).fill({ outcome: 'INSERTED' }),
      })
      const page = await firstPage(collector)
      const due = await dueIn([a, b])
      const customers = new Set(due.map(({ customerId }) => customerId)).size
      expect(page.worklist.totalCount).toEqual({ value: customers, isCapped: false })
      expect(page.worklist.edges).toHaveLength(25)
      expect(page.worklist.dataAsOf.slice(0, 10)).toBe(today)
      expect(totalsOf(page)).toEqual(summed(due))
      expect(page.worklist.totalAmount.map(({ open }) => open.currency).toSorted()).toEqual(['EUR', 'JPY', 'KWD', 'USD'])
      say(`the queue of both clients has ${customers} customers`)
    })

    it('asks for what the raw file has due, to the cent', async () => {
      await bothQueues()
      const { a, collector } = await theWorld()
      const page = await firstPage(collector, [a.gid], 1)
      const due = openItems().filter(({ dueOn }) => dueOn <= today)
      const cents = due.reduce((sum, { exact }) => sum + toCents(exact), 0n)
      expect(page.worklist.totalAmount.map(({ toBeCollected }) => toBeCollected.minor)).toEqual([String(cents)])
      expect(page.worklist.totalCount.value).toBe(new Set(due.map(({ row }) => row.cells.cust_number)).size)
    })

    it('shows every row once from the best to the last, and misses none', async () => {
      await bothQueues()
      const { a, b, collector } = await theWorld()
      const rows = await walk(collector)
      const due = await dueIn([a, b])
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
      expect(inQueue(rows)).toEqual(
        due
          .map(({ customerId, currency, open, overdue, toBeCollected }) =>
            amountLine(customerId, currency, [open, overdue, toBeCollected]),
          )
          .toSorted(),
      )
      // Of equal scores the lower id comes first: the order has no ties that a page could split.
      const places = rows.map(
        ({ id, priority }) => `${String(1_000 - priority.score).padStart(4, '0')} ${decodeGlobalId(id)?.id}`,
      )
      expect(places).toEqual(places.toSorted())
      expect(new Set(rows.map(({ client }) => client.code))).toEqual(new Set([a.code, b.code]))
      const both = rows.findIndex(({ client }) => client.code === b.code)
      expect(rows.slice(both).some(({ client }) => client.code === a.code)).toBe(true)
      expect((await firstPage(collector)).worklist.edges.map(({ node }) => node)).toEqual(rows.slice(0, 25))
    })

    it('says why each row stands where it stands: the points of its factors add up to its score', async () => {
      await bothQueues()
      const { collector } = await theWorld()
      const rows = await walk(collector)
      const wrong = rows.filter(
        ({ priority: { score, factors } }) =>
          factors.reduce((sum, { points }) => sum + points, 0) !== score ||
          factors.some(({ points, weight }) => points < 0 || points > weight),
      )
      expect(wrong).toEqual([])
      expect(new Set(rows.map(({ priority }) => priority.score)).size).toBeGreaterThan(50)
    })
  })

  describe('an analyst who works A and watches B', () => {
    it('has the queue of A alone, and B’s is not to be found', async () => {
      await bothQueues()
      const { a, b, analyst, collector } = await theWorld()
      expect(await walk(analyst)).toEqual(await walk(collector, [a.gid]))
      for (const clients of [[b.gid], [a.gid, b.gid]]) {
        const answer = await asking(analyst, worklistText, { clients, first: 1 })
        expect(answer).toMatchObject({ data: { worklist: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
      }
      const below =
        'query Below($id: ID!) { client(id: $id) { code worklist(first: 5) { totalCount { value } edges { node { id } } } } }'
      const hidden = await asking<{ client: { worklist: unknown } | null }>(analyst, below, { id: b.gid })
      expect(hidden).toMatchObject({ errors: [{ path: ['client', 'worklist'], extensions: { code: 'NOT_FOUND' } }] })
      expect(hidden.data?.client?.worklist ?? null).toBeNull()
      const [work] = (await firstPage(collector, [b.gid], 1)).worklist.edges
      expect(await asking(analyst, 'query Work($id: ID!) { node(id: $id) { id } }', { id: work?.node.id })).toMatchObject({
        data: { node: null },
      })
      const heard = await listening(analyst, changedText, { clients: [b.gid] })
      await heard.until((messages) => messages.length > 0)
      heard.stop()
      expect(heard.messages).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }])
    })
  })

  describe('a payment', () => {
    it('leaves the queue on the collector’s socket at once, and nothing of it comes to who has no right', async () => {
      await bothQueues()
      const { a, collector, analyst, integrationA, portal, stranger } = await theWorld()
      const page = await firstPage(collector)
      const chosen = (await walk(collector, [a.gid])).find(({ itemCount }) => itemCount === 3)
      if (chosen === undefined) throw new Error('no customer has three invoices due')
      const { number, name } = chosen.customer

      const heard = await listening<Changed>(collector, changedText, { clients: null, after: page.worklist.cursor })
      const alsoHeard = await listening<Changed>(analyst, changedText, { clients: [a.gid] })
      // The same text, once naming the client and once for whatever they may hear.
      const deaf = await Promise.all(
        [stranger, portal].flatMap((who) => [
          listening(who, changedText, { clients: [a.gid] }),
          listening(who, changedText, { clients: null }),
        ]),
      )
      for (const each of [heard, alsoHeard, ...deaf]) await each.until((messages) => messages.length === 1)
      expect(heard.messages).toMatchObject([{ data: { worklistChanged: { kind: 'START' } } }])
      const quiet = deaf.map(framesOf)

      const customer = await openInvoices(integrationA, a, number)
      const [owed] = customer.openAmount
      const [oldest, ...others] = customer.invoices
      if (owed === undefined || oldest === undefined) throw new Error('nothing is open')
      expect(oldest.dueOn).toBe(customer.invoices.map(({ dueOn }) => dueOn).toSorted()[0])
      const apply = await cashier(integrationA, a, customer.id, { amount: owed.amount, currency: owed.currency })

      const sentAt = performance.now()
      let answeredAt = 0
      const [done] = await Promise.all([
        apply(oldest).then((answer) => {
          answeredAt = performance.now()
          return answer
        }),
        heard.until((messages) => messages.length === 2),
      ])
      const heardAt = performance.now()
      say(
        `the change was heard ${(heardAt - sentAt).toFixed(0)} ms after the payment was sent, its answer came after ${(answeredAt - sentAt).toFixed(0)} ms`,
      )
      expect(done).toMatchObject({ openItem: { openAmount: { amount: '0.00' } } })
      const left = BigInt(chosen.amounts[0]?.toBeCollected.minor ?? 0) - BigInt(oldest.openAmount.minor)
      expect(heard.messages[1]?.data?.worklistChanged).toMatchObject({
        kind: expect.stringMatching(/^(MOVED|UPDATED)$/),
        reason: 'cash',
        client: { code: a.code },
        workItemId: chosen.id,
        item: {
          id: chosen.id,
          customer: { number, name },
          amounts: [{ toBeCollected: { minor: String(left), currency: 'USD' } }],
        },
      })

      // All of it, due or not: then there is nothing left to call about.
      for (const item of others) await apply(item)
      await heard.until((messages) => messages.some(({ data }) => data?.worklistChanged.kind === 'REMOVED'))
      expect(heard.messages.at(-1)?.data?.worklistChanged).toMatchObject({
        kind: 'REMOVED',
        reason: 'cash',
        client: { code: a.code },
        workItemId: chosen.id,
        item: null,
      })
      const after = await openInvoices(integrationA, a, number)
      expect([after.openAmount, after.invoices]).toEqual([[], []])
      expect((await firstPage(collector)).worklist.totalCount.value).toBe(page.worklist.totalCount.value - 1)
      expect((await walk(collector)).map(({ id }) => id)).not.toContain(chosen.id)

      await alsoHeard.until((messages) => messages.length === heard.messages.length)
      expect(alsoHeard.messages.slice(1).map(({ data }) => data?.worklistChanged.kind)).toEqual(
        heard.messages.slice(1).map(({ data }) => data?.worklistChanged.kind),
      )
      // Longer than a change that got lost on its way would need to be found by the service's own look.
      await sleep(1_500)
      expect(deaf.map(framesOf)).toEqual(quiet)
      const notFound = [
        { type: 'connection_ack' },
        { type: 'next', payload: { errors: [expect.objectContaining({ extensions: { code: 'NOT_FOUND' } })] } },
        { type: 'complete' },
      ]
      // The stranger works a queue of its own, so its subscription to all that it serves is good, and silent.
      expect(quiet).toEqual([
        notFound,
        [
          { type: 'connection_ack' },
          { type: 'next', payload: { data: { worklistChanged: expect.objectContaining({ kind: 'START' }) } } },
        ],
        notFound,
        notFound,
      ])
      const hidden = await needles()
      const heardBytes = heard.wire.join()
      expect(leaksIn(heardBytes, hidden)).not.toEqual([])
      expect(deaf.flatMap(({ wire }) => leaksIn(wire.join(), hidden))).toEqual([])
      for (const each of [heard, alsoHeard, ...deaf]) each.stop()
    })

    it('stays paid when the ledger of the morning comes once more', async () => {
      await bothQueues()
      const { a, integrationA } = await theWorld()
      const before = await tableSums(aboutLoads)
      const { body } = await upload(integrationA, openFile, { client: a.code, profile: 'highradius-open' })
      expect(body).toMatchObject({ state: 'APPLIED', effects: { inserted: 0, changed: 0, unchanged: 9_681 } })
      expect(await tableSums(aboutLoads)).toEqual(before)
    })
  })
}

import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodePlaces } from '../../src/platform/events/cursor.ts'
import { schema } from '../../src/schema.ts'
import { aCustomer, anItem, aReceipt, ask, beginDay, listen, type Person } from '../harness/index.ts'
import { type Harvest, harvest, randomId } from './calling.ts'
import { idPositions, nameOf, operationAt, operationOf, rootFields, typeAt } from './operations.ts'
import { aFullClient, type FullClient, leaksIn, type Needles, needlesOf } from './seed.ts'

// A subscription is a reader that stays: what holds for an answer holds for every message.

let own: FullClient
let sibling: FullClient
let elsewhere: FullClient
let ids: Harvest
let theirs: readonly { client: FullClient; ids: Harvest; needles: Needles }[]

beforeAll(async () => {
  own = await aFullClient()
  elsewhere = await aFullClient()
  sibling = await aFullClient({ provider: own.provider })
  ids = await idsFor(own)
  const found = []
  for (const client of [elsewhere, sibling])
    found.push({ client, ids: await idsFor(client), needles: await needlesOf(client, own) })
  theirs = found
})

const subscriptions = rootFields(schema).filter(({ kind }) => kind === 'subscription')
const positions = idPositions(schema).filter(({ kind }) => kind === 'subscription')

/** Most subscriptions name clients alone; where one names something else, an id of it is looked for. */
const idsFor = (client: FullClient): Promise<Harvest> => {
  const isClientAlone = positions.every(({ place }) => typeAt(schema, place) === 'Client')
  const clientAlone = new Map([['Client', client.gid]])
  return isClientAlone
    ? Promise.resolve({ first: clientAlone, nth: () => clientAlone, has: (id) => id === client.gid })
    : harvest(client)
}

/** Money comes in and is applied, and somebody asks about it: the queue of the client changes, and every listener of it is told. */
const stir = async (client: FullClient) => {
  const customer = await aCustomer(client)
  const item = await anItem(client, customer, { openMinor: 60_000n, daysOverdue: 70 })
  const receipt = await aReceipt(client, customer, 10_000n)
  await beginDay(client)
  const input = {
    receipt: receipt.gid,
    openItem: item.gid,
    amount: { amount: '40.00', currency: 'USD' },
    expectedVersion: 1,
    idempotencyKey: `stir ${item.id}`,
  }
  const answer = await ask(
    client.integration,
    'mutation ($input: ApplyReceiptInput!) { applyReceipt(input: $input) { __typename } }',
    { input },
  )
  expect(JSON.stringify(answer)).toContain('ApplyReceiptPayload')
  const asked = { subject: receipt.gid, title: 'Whose is the rest?', idempotencyKey: `stir ${item.id}` }
  const raised = await ask(client.analyst, 'mutation ($input: EscalateInput!) { escalate(input: $input) { __typename } }', {
    input: asked,
  })
  expect(JSON.stringify(raised)).toContain('EscalatePayload')
  const one = { amount: '1.00', currency: 'USD' }
  const plan = await ask<{ proposePaymentPlan: { plan: { id: string } } }>(
    client.analyst,
    'mutation ($input: ProposePaymentPlanInput!) { proposePaymentPlan(input: $input) { ... on ProposePaymentPlanPayload { plan { id } } } }',
    {
      input: {
        customer: customer.gid,
        items: [{ openItem: item.gid, amount: one }],
        installments: [{ dueOn: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10), amount: one }],
      },
    },
  )
  const accepted = await ask(
    client.analyst,
    'mutation ($input: AcceptPaymentPlanInput!) { acceptPaymentPlan(input: $input) { __typename } }',
    { input: { plan: plan.data?.proposePaymentPlan.plan.id, expectedVersion: 1, acceptedBy: 'CFO' } },
  )
  expect(JSON.stringify(accepted)).toContain('AcceptPaymentPlanPayload')
  const opened = await ask(client.analyst, 'mutation ($input: OpenDisputeInput!) { openDispute(input: $input) { __typename } }', {
    input: { customer: customer.gid, items: [{ openItem: item.gid, amount: one }], title: 'It broke', idempotencyKey: item.id },
  })
  expect(JSON.stringify(opened)).toContain('OpenDisputePayload')
}

/** Everything that came over the wire but the ids of the messages themselves. */
const wireOf = (heard: { readonly wire: string[] }) => heard.wire.map((message) => message.replace(/"id":"[^"]*",?/, ''))

const first = async (who: Person, query: string, variables: object) => {
  const heard = await listen(who, query, variables as Record<string, unknown>)
  await heard.until((messages) => messages.length > 0 || heard.isComplete(), 3_000)
  heard.stop()
  return wireOf(heard)
}

describe('a subscription', () => {
  it('takes ids at some place, or there is nothing here to try', () => expect(positions.length).toBeGreaterThan(0))

  it.each(positions.map((position) => ({ position, name: nameOf(position) })))(
    'that names a foreign id at $name is refused like one that nobody has',
    async ({ position }) => {
      const typename = typeAt(schema, position.place)
      for (const isAmongOwn of [false, true]) {
        const query = operationAt(schema, position, ids.first, { depth: 3, isAmongOwn })
        for (const who of [own.analyst, own.allSeeing, own.portal, own.stranger]) {
          for (const other of theirs.slice(0, who === own.allSeeing ? 1 : 2)) {
            const foreign = other.ids.first.get(typename) ?? ''
            if (ids.has(foreign)) continue
            const random = randomId(typename)
            const [toForeign, toRandom] = [await first(who, query, { id: foreign }), await first(who, query, { id: random })]
            expect(toForeign.map((text) => text.replaceAll(foreign, 'ID'))).toEqual(
              toRandom.map((text) => text.replaceAll(random, 'ID')),
            )
            expect(leaksIn(toForeign.join().replaceAll(foreign, ''), other.needles)).toEqual([])
            expect(toForeign.join()).not.toContain('"INTERNAL"')
          }
        }
      }
    },
  )

  it.each(subscriptions.map(({ field }) => ({ field, name: field.name })))(
    '$name hears its own client, and not a byte of another',
    async ({ field }) => {
      const query = operationOf(schema, 'subscription', field, ids.first, 4)
      const listeners = await Promise.all(
        [own.analyst, own.manager, own.allSeeing, own.portal, own.approver, own.stranger, own.provider.admin].map(
          async (who) => ({
            who,
            heard: await listen(who, query),
          }),
        ),
      )
      const [analyst] = listeners
      if (analyst === undefined) throw new Error('nobody listens')
      await analyst.heard.until((messages) => messages.length > 0)
      await stir(elsewhere)
      await stir(sibling)
      const before = analyst.heard.messages.length
      await stir(own)
      await analyst.heard.until((messages) => messages.length > before)
      await sleep(300)
      for (const { heard } of listeners) {
        const text = heard.wire.join('\n')
        for (const other of theirs) expect(leaksIn(text, await needlesOf(other.client, own))).toEqual([])
        expect(text).not.toContain('"INTERNAL"')
        heard.stop()
      }
    },
  )

  it.each(
    subscriptions
      .filter(({ field }) => field.args.some(({ name }) => name === 'after'))
      .map(({ field }) => ({ field, name: field.name })),
  )('$name does not replay another client to who has its cursor', async ({ field }) => {
    const query = operationOf(schema, 'subscription', field, ids.first, 3)
      .replace('subscription Whole', 'subscription Whole($after: Cursor)')
      .replace(new RegExp(`\\b${field.name}(\\(|\\b)`), (_whole, open: string) =>
        open === '(' ? `${field.name}(after: $after, ` : `${field.name}(after: $after)`,
      )
    const after = encodePlaces(new Map([elsewhere, sibling, own].map(({ id }) => [id, 0n])))
    const heard = await listen(own.analyst, query, { after })
    await heard.until((messages) => messages.length > 1)
    await sleep(300)
    for (const other of theirs) expect(leaksIn(heard.wire.join('\n'), await needlesOf(other.client, own))).toEqual([])
    heard.stop()
  })
})

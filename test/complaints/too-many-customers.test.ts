import { describe, expect, it } from 'vitest'
import { endWorkMarks } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { aClient, aCustomer, anItem, aPerson, ask, asOwner, grant, type Person, type TestClient } from '../harness/index.ts'
import { aWorld } from '../promise/world.ts'

// Complaint 24, of SAP’s users: too many customers are on the worklist, and teams want to change the order themselves.

const world = aWorld()
const { runAs, beginDay, at, turnTo } = world

type Work = {
  readonly id: string
  readonly customer: { readonly number: string }
  readonly priority: {
    readonly score: number
    readonly factors: readonly { readonly code: string; readonly input: string; readonly points: number }[]
  }
}

const queueOf = async (client: TestClient, who: Person = client.analyst): Promise<Work[]> => {
  const query = `query ($clients: [ID!]) { worklist(clients: $clients, first: 50) { edges { node { id customer { number } priority { score factors { code input points } } } } } }`
  const { data } = await ask<{ worklist: { edges: { node: Work }[] } }>(
    world.api().as(who),
    query,
    { clients: [client.gid] },
    world.api(),
  )
  return data?.worklist.edges.map(({ node }) => node) ?? []
}
const numbersOf = async (client: TestClient) => (await queueOf(client)).map(({ customer }) => customer.number)

/** What the job does at the instant at which marks end. */
const endMarks = ({ id, provider }: TestClient) => {
  const asker = { kind: 'SYSTEM', client: { id, providerId: provider.id, timeZone: 'UTC' } } as const
  const { database, clock } = world.api().engine
  return inUnit(database, { asker, readOnly: false, now: clock() }, (tx) => perform(tx, endWorkMarks, { clientId: id }))
}

/** Ten customers who owe 1 to 1,000, the later the less. */
const owing = async () => {
  const client = await aClient()
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  for (let n = 0; n < 10; n += 1) {
    const customer = await aCustomer(client, { number: `C${n}` })
    await anItem(client, customer, { openMinor: BigInt(100 + n * 10_000), daysOverdue: 40 - 3 * n })
  }
  await beginDay(client)
  return { client, manager }
}

describe('24: too many customers are on the worklist', () => {
  it('a strategy says who is worth a call, tells who would go before it is published, and why each is left out', async () => {
    const { client, manager } = await owing()
    expect(await queueOf(client)).toHaveLength(10)
    const rules = JSON.stringify({ collections: { inclusion: { amountMin: 300 } } })
    const tried = await ask<{ simulateStrategy: object }>(
      world.api().as(manager),
      `query ($client: ID!, $rules: String!) { simulateStrategy(client: $client, rules: $rules, first: 10) { ... on StrategySimulation { queuedBefore queuedAfter leaves } } }`,
      { client: client.gid, rules },
      world.api(),
    )
    expect(tried.data?.simulateStrategy).toEqual({ queuedBefore: 10, queuedAfter: 7, leaves: 3 })
    expect(await queueOf(client)).toHaveLength(10)
    const published = {
      client: client.gid,
      kind: 'STRATEGY',
      rules,
      reason: 'small balances wait',
      expectedVersion: 0,
      effectiveFrom: null,
    }
    expect(await runAs(manager, 'publishPolicy', published)).toMatchObject({ __typename: 'PublishPolicyPayload' })
    expect((await numbersOf(client)).toSorted()).toEqual(['C3', 'C4', 'C5', 'C6', 'C7', 'C8', 'C9'])
    const left = await asOwner<{ left_out: string }>('select left_out from work_item where client_id = $1 and not is_queued', [
      client.id,
    ])
    expect(left.map(({ left_out }) => left_out)).toEqual(Array(3).fill(expect.stringMatching(/300/)))
  })

  it('the team puts work first and lets work rest by hand, until a time, with a reason that all see and the audit keeps', async () => {
    const { client } = await owing()
    const [first, ...others] = await queueOf(client)
    const last = others.at(-1)
    if (first === undefined || last === undefined) throw new Error('the queue is empty')
    const until = at(2).toISOString()
    const reason = 'their auditor is in the house'
    expect(await runAs(client.analyst, 'snoozeWork', { workItem: first.id, until, reason })).toMatchObject({
      __typename: 'SnoozeWorkPayload',
    })
    expect(await runAs(client.lead, 'pinWork', { workItem: last.id, until, reason })).toMatchObject({
      __typename: 'PinWorkPayload',
    })
    const steered = await queueOf(client)
    expect(steered.map(({ id }) => id)).toEqual([last.id, ...others.slice(0, -1).map(({ id }) => id)])
    const { score, factors } = steered[0]?.priority ?? { score: 0, factors: [] }
    expect(factors.reduce((sum, { points }) => sum + points, 0)).toBe(score)
    expect(factors.find(({ code }) => code === 'PINNED')?.input).toContain(client.lead.name)
    expect(factors.find(({ code }) => code === 'PINNED')?.input).toContain(reason)
    const audit = await asOwner<{ command: string; reason: string }>(
      `select command, reason from audit_entry where client_id = $1 and command in ('worklist.pinWork', 'worklist.snoozeWork') order by command`,
      [client.id],
    )
    expect(audit).toEqual([
      { command: 'worklist.pinWork', reason },
      { command: 'worklist.snoozeWork', reason },
    ])
    // What people decided ends by itself: the order is again what the facts say.
    turnTo(at(3))
    await endMarks(client)
    await beginDay(client)
    expect((await queueOf(client)).map(({ id }) => id)).toContain(first.id)
    expect((await queueOf(client)).every(({ priority }) => priority.factors.every(({ code }) => code !== 'PINNED'))).toBe(true)
  })
})

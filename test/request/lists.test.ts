import { describe, expect, it } from 'vitest'
import { entitledAt } from '../../src/modules/request/owner-reads.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { aClient, aCustomer, aReceipt, beginDay, grant, type Person } from '../harness/index.ts'
import { aDesk, asked, aTeam, aWorld, userGid } from './world.ts'

const world = aWorld()
const { done, query } = world

type Page = {
  readonly edges: { readonly node: { readonly id: string } }[]
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
}

const list = async (
  who: Person,
  filter: object,
  facts: { clients?: readonly string[]; first?: number; after?: string | null } = {},
) => {
  const { clients = null, first = 50, after = null } = facts
  const { requests } = await query<{ requests: Page }>(
    who,
    `query ($clients: [ID!], $filter: RequestFilter, $first: Int!, $after: String) {
      requests(clients: $clients, filter: $filter, first: $first, after: $after) { edges { node { id } } pageInfo { endCursor hasNextPage } } }`,
    { clients, filter, first, after },
  )
  return { ids: requests.edges.map(({ node }) => node.id), ...requests.pageInfo }
}

/** Two clients of one provider, served by one analyst, with requests of every kind about one of them and one about the other. */
const twoDesks = async () => {
  const desk = await aDesk()
  const { client, customer, item } = desk
  const other = await aClient({ provider: client.provider })
  await grant(other, client.analyst, 'ANALYST')
  const elsewhere = await aCustomer(other)
  const team = await aTeam(client, [client.analyst])
  const receipt = await aReceipt(client, customer, 5_000n)
  const me = { owner: userGid(client, client.analyst) }
  const escalated = await done(client.analyst, 'escalate', asked(customer, { openItems: [item.gid] }))
  const internal = await done(client.lead, 'raiseInternalRequest', asked(receipt, me))
  const handed = await done(client.lead, 'handOff', asked(item, { team: team.gid }))
  const there = await done(client.analyst, 'raiseInternalRequest', asked(elsewhere, me))
  return { ...desk, other, elsewhere, team, receipt, escalated, internal, handed, there }
}

describe('requests', () => {
  it('are one list over all clients that one serves, latest first and page by page', async () => {
    const { client, other, escalated, internal, handed, there } = await twoDesks()
    const all = [there.id, handed.id, internal.id, escalated.id]
    expect((await list(client.analyst, {})).ids).toEqual(all)
    expect((await list(client.analyst, {}, { clients: [other.gid] })).ids).toEqual([there.id])
    const first = await list(client.analyst, {}, { first: 3 })
    expect(first).toMatchObject({ ids: all.slice(0, 3), hasNextPage: true })
    expect(await list(client.analyst, {}, { first: 3, after: first.endCursor })).toMatchObject({
      ids: all.slice(3),
      hasNextPage: false,
    })
    expect((await list(client.lead, {})).ids).toEqual(all.slice(1))
  })

  it('of one’s own are those that one answers for, and one’s teams', async () => {
    const { client, escalated, internal, handed, there } = await twoDesks()
    expect((await list(client.analyst, { mine: true })).ids).toEqual([there.id, handed.id, internal.id])
    expect((await list(client.lead, { mine: true })).ids).toEqual([escalated.id])
  })

  it('are narrowed by kind, state, owner, subject and deadline', async () => {
    const { client, customer, item, receipt, team, escalated, internal, handed } = await twoDesks()
    const only = async (filter: object) => (await list(client.lead, filter)).ids
    expect(await only({ kinds: ['HANDOFF', 'ESCALATION'] })).toEqual([handed.id, escalated.id])
    expect(await only({ owner: team.gid })).toEqual([handed.id])
    expect(await only({ owner: userGid(client, client.lead), mine: true })).toEqual([escalated.id])
    expect(await only({ subject: customer.gid })).toEqual([handed.id, escalated.id])
    expect(await only({ subject: item.gid })).toEqual([handed.id, escalated.id])
    expect(await only({ subject: receipt.gid })).toEqual([internal.id])
    await done(client.lead, 'acknowledgeRequest', { request: escalated.id, expectedVersion: 1 })
    expect(await only({ states: ['ACKNOWLEDGED'] })).toEqual([escalated.id])
    expect(await only({ overdue: true })).toEqual([])
    // The others had eight hours to be acknowledged; the escalation has a day to be answered.
    world.turnTo(8)
    expect(await only({ overdue: true })).toEqual([handed.id, internal.id])
    world.turnTo(24)
    expect(await only({ overdue: true })).toEqual([handed.id, internal.id, escalated.id])
  })

  it('hang on the customer, the item, the receipt and the row of the queue that they are about', async () => {
    const { client, customer, item, receipt, escalated, internal, handed } = await twoDesks()
    await beginDay(client)
    const about = async () => {
      const ids = 'requests(first: 9) { edges { node { id } } }'
      type Of = { requests: Page }
      const data = await query<{ customer: Of; item: Of; receipt: Of; worklist: { edges: { node: Of }[] } }>(
        client.analyst,
        `query ($customer: ID!, $item: ID!, $receipt: ID!, $client: ID!) {
          customer: node(id: $customer) { ... on Customer { ${ids} } } item: node(id: $item) { ... on OpenItem { ${ids} } }
          receipt: node(id: $receipt) { ... on Receipt { ${ids} } } worklist(clients: [$client], first: 5) { edges { node { ${ids} } } } }`,
        { customer: customer.gid, item: item.gid, receipt: receipt.gid, client: client.gid },
      )
      const idsOf = ({ requests }: Of) => requests.edges.map(({ node }) => node.id)
      return [idsOf(data.customer), idsOf(data.item), idsOf(data.receipt), ...data.worklist.edges.map(({ node }) => idsOf(node))]
    }
    const both = [handed.id, escalated.id]
    expect(await about()).toEqual([both, both, [internal.id], both])
    await done(client.analyst, 'withdrawRequest', { request: escalated.id, expectedVersion: 1, reason: 'they called' })
    // What is over is history of the customer and the item, and nothing for the queue.
    expect(await about()).toEqual([both, both, [internal.id], [handed.id]])
  })

  it('say who can answer for them, and to nobody who does not work on the client', async () => {
    const { client, team, manager } = await twoDesks()
    const text = 'query ($id: ID!) { client(id: $id) { requestOwners { kind name id isMe } } }'
    type Owners = { client: { requestOwners: { kind: string; name: string; id: string; isMe: boolean }[] } }
    const { client: told } = await query<Owners>(client.analyst, text, { id: client.gid })
    expect(told.requestOwners).toEqual([
      ...[client.analyst, client.lead, manager]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((person) => ({ kind: 'PERSON', name: person.name, id: userGid(client, person), isMe: person === client.analyst })),
      { kind: 'TEAM', name: team.name, id: team.gid, isMe: true },
    ])
    await expect(query(client.portal, text, { id: client.gid })).rejects.toThrow('NOT_FOUND')
    await expect(query(client.portal, '{ requests(first: 1) { edges { node { id } } } }')).rejects.toThrow('NOT_FOUND')
  })
})

describe('the fence', () => {
  it('tells who works on a client to whoever reads its work, and to nobody else, whichever client they ask for', async () => {
    const [here, elsewhere] = [await aDesk(), await aDesk()]
    const seenBy = async ({ subject }: Person) => {
      const asker = { kind: 'TOKEN', subject, expiresAt: world.at(1) } as const
      const both = [here.client.id, elsewhere.client.id]
      const rows = await inUnit(world.engine().database, { asker, readOnly: true, now: world.now() }, (tx) =>
        entitledAt(tx, both),
      )
      return [...new Set(rows.map(({ clientId }) => clientId))]
    }
    expect(await seenBy(here.client.analyst)).toEqual([here.client.id])
    expect(await seenBy(elsewhere.client.lead)).toEqual([elsewhere.client.id])
    for (const who of [here.client.portal, here.client.integration, here.client.stranger, here.client.provider.admin])
      expect(await seenBy(who), who.name).toEqual([])
  })
})

describe('the figures of requests', () => {
  it('count what stands now, what was raised and climbed, and how long it took', async () => {
    const { client, customer, item } = await aDesk()
    const team = await aTeam(client, [client.lead])
    const raise = async () => (await done(client.analyst, 'escalate', asked(customer))).id
    const escalations = [await raise(), await raise(), await raise(), await raise()]
    await done(client.analyst, 'handOff', asked(item, { team: team.gid }))
    for (const [index, hours] of [1, 2, 3].entries()) {
      world.turnTo(hours)
      await done(client.lead, 'acknowledgeRequest', { request: escalations[index], expectedVersion: 1 })
    }
    world.turnTo(5)
    await done(client.lead, 'answerRequest', { request: escalations[0], expectedVersion: 2, answer: 'paid' })
    await done(client.lead, 'resolveRequest', { request: escalations[0], expectedVersion: 3, resolution: 'paid' })
    world.turnTo(9)
    const day = world.at(0).toISOString().slice(0, 10)
    const figures = async (from: string, to: string) =>
      (
        await query<{ client: { requestFigures: object } }>(
          client.analyst,
          `query ($id: ID!, $from: Date!, $to: Date!) { client(id: $id) { requestFigures(from: $from, to: $to) { open overdue raised climbed
            timeToAcknowledge { count medianSeconds ninetiethSeconds } timeToAnswer { count medianSeconds }
            byLevel { path level open overdue } byTeam { team open overdue handOffs medianAgeSeconds oldestAt } } } }`,
          { id: client.gid, from, to },
        )
      ).client.requestFigures
    const standing = {
      open: 4,
      overdue: 2,
      byLevel: [{ path: 'DEFAULT', level: 1, open: 3, overdue: 1 }],
      byTeam: [
        {
          ...{ team: team.name, open: 1, overdue: 1, handOffs: 1, medianAgeSeconds: 9 * 3_600 },
          oldestAt: world.at(0).toISOString(),
        },
      ],
    }
    expect(await figures(day, day)).toEqual({
      ...standing,
      ...{ raised: 5, climbed: 0 },
      timeToAcknowledge: { count: 3, medianSeconds: 2 * 3_600, ninetiethSeconds: 3 * 3_600 },
      timeToAnswer: { count: 1, medianSeconds: 5 * 3_600 },
    })
    const before = new Date(world.at(-24)).toISOString().slice(0, 10)
    expect(await figures(before, before)).toEqual({
      ...standing,
      ...{ raised: 0, climbed: 0 },
      timeToAcknowledge: { count: 0, medianSeconds: null, ninetiethSeconds: null },
      timeToAnswer: { count: 0, medianSeconds: null },
    })
  })
})

import { getNamedType, isInterfaceType, isObjectType } from 'graphql'
import { beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { aCustomer, aReceipt, asOwner, grant, type Person } from '../harness/index.ts'
import { type Harvest, harvest, tell, together } from './calling.ts'
import { nodeTypes, type OwnIds, operationOf, rootFields, walksFrom } from './operations.ts'
import { aFullClient, checksum, type FullClient, leaksIn, type Needles, needlesOf, settled } from './seed.ts'

// Wherever one walks from what is one's own, one never comes to what is another's: T1 of the reliability plan.

type World = { own: FullClient; elsewhere: FullClient; sibling: FullClient; ids: Harvest; theirs: Harvest }
let world: World
/** By the foreign client, and by what the looker may read there. */
let hidden: { elsewhere: Needles; sibling: Needles; siblingLedger: Needles; siblingButClient: Needles }

beforeAll(async () => {
  const own = await aFullClient()
  const elsewhere = await aFullClient()
  const sibling = await aFullClient({ provider: own.provider })
  // An analyst of one client who only watches over another: the second one's ledger is as far away as a stranger's.
  await grant(sibling, own.lead, 'OBSERVER')
  world = { own, elsewhere, sibling, ids: await harvest(own), theirs: await harvest(elsewhere) }
  hidden = {
    elsewhere: await needlesOf(elsewhere, own),
    sibling: await needlesOf(sibling, own),
    siblingLedger: await needlesOf(sibling, own, ['client', 'directory']),
    siblingButClient: await needlesOf(sibling, own, ['client']),
  }
})

const lookers: readonly {
  name: string
  of: (own: FullClient) => Person
  sibling: 'sibling' | 'siblingLedger' | 'siblingButClient'
}[] = [
  { name: 'who holds every right', of: ({ allSeeing }) => allSeeing, sibling: 'siblingLedger' },
  { name: 'a manager', of: ({ manager }) => manager, sibling: 'sibling' },
  { name: 'an analyst', of: ({ analyst }) => analyst, sibling: 'sibling' },
  { name: 'a lead here who is an observer there', of: ({ lead }) => lead, sibling: 'siblingButClient' },
  { name: 'an integration', of: ({ integration }) => integration, sibling: 'sibling' },
  { name: 'a portal user', of: ({ portal }) => portal, sibling: 'sibling' },
  { name: 'the client’s own approver', of: ({ approver }) => approver, sibling: 'sibling' },
  { name: 'the administrator', of: ({ provider }) => provider.admin, sibling: 'siblingLedger' },
  { name: 'a stranger', of: ({ stranger }) => stranger, sibling: 'sibling' },
]

const wholeQueries = (ids: OwnIds): readonly string[] =>
  rootFields(schema)
    .filter(({ kind }) => kind === 'query')
    .map(({ kind, field }) => operationOf(schema, kind, field, ids))

/** Leaks and faults in one answer, in words. */
const judge = (query: string, body: string, needles: readonly Needles[]): string[] => [
  ...needles.flatMap((one) => leaksIn(body, one)).map((leak) => `${leak} in the answer to ${query}`),
  ...(body.includes('"INTERNAL"') ? [`a fault: ${body.slice(0, 500)} for ${query}`] : []),
]

describe('a walk', () => {
  it.each(lookers)('of $name never comes to another client', async ({ of, sibling }) => {
    const queries = [
      ...wholeQueries(world.ids.first),
      ...nodeTypes(schema).flatMap((typename) => walksFrom(schema, typename, world.ids.first)),
    ]
    const wrong: string[] = []
    await together(queries, async (query) => {
      const { body } = await tell(of(world.own), query)
      wrong.push(...judge(query, body, [hidden.elsewhere, hidden[sibling]]))
    })
    expect(wrong).toEqual([])
  })

  it('from one’s own client takes in every field that there is', async () => {
    const walked = new Set<string>()
    const queries = [
      ...wholeQueries(world.ids.first),
      ...nodeTypes(schema).flatMap((typename) => walksFrom(schema, typename, world.ids.first)),
    ]
    for (const query of queries) for (const [name = ''] of query.matchAll(/[a-z][A-Za-z0-9]*/g)) walked.add(name)
    const missed = Object.values(schema.getTypeMap())
      .filter((type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'))
      .filter(({ name }) => !['Mutation', 'Subscription'].includes(name) && !isOnlyAnAnswer(name))
      .flatMap((type) => (isObjectType(type) ? Object.keys(type.getFields()).filter((field) => !walked.has(field)) : []))
    expect([...new Set(missed)]).toEqual([])
  })
})

/** Payloads and refusals are what mutations answer with, and changes what sockets hear: no path of a query leads there. */
const isOnlyAnAnswer = (name: string): boolean => {
  const type = schema.getType(name)
  if (isObjectType(type) && type.getInterfaces().some((face) => face.name === 'Refusal')) return true
  const pushed = Object.values(schema.getSubscriptionType()?.getFields() ?? {}).map((field) => getNamedType(field.type).name)
  return name === 'Refusal' || name.endsWith('Payload') || pushed.includes(name) || isBelowAnAnswer(name)
}

const isBelowAnAnswer = (name: string): boolean => {
  const readable = new Set<string>()
  const open = [...rootFields(schema)].filter(({ kind }) => kind === 'query').map(({ field }) => getNamedType(field.type))
  for (const type of open) {
    if (readable.has(type.name)) continue
    readable.add(type.name)
    if (isInterfaceType(type)) open.push(...schema.getPossibleTypes(type))
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) open.push(getNamedType(field.type))
  }
  return !readable.has(name)
}

describe('the cursor of another client', () => {
  const lists = nodeTypes(schema).flatMap((typename) => {
    const type = schema.getType(typename)
    return isObjectType(type)
      ? Object.values(type.getFields())
          .filter(({ args }) => args.some(({ name }) => name === 'after') && args.some(({ name }) => name === 'first'))
          .map((field) => ({ typename, field: field.name }))
      : []
  })

  it.each(lists)('opens nothing in $typename, $field', async ({ typename, field }) => {
    const page = (
      ids: OwnIds,
    ) => `query Page($after: String) { node(id: ${JSON.stringify(ids.get(typename) ?? '')}) { ... on ${typename} {
      ${field}(first: 1, after: $after) { pageInfo { endCursor } edges { node { __typename } } } } } }`
    const after = await aCursor((n) => page(world.theirs.nth(n)))
    const { body } = await tell(world.own.allSeeing, page(world.ids.first), { after })
    expect(judge(field, body, [hidden.elsewhere])).toEqual([])
  })
})

/** Of some of their rows: not each has a list with something in it. */
const aCursor = async (pageAt: (n: number) => string): Promise<string> => {
  for (let n = 0; n < 12; n += 1) {
    const { body } = await tell(world.elsewhere.allSeeing, pageAt(n))
    const cursor = /"endCursor":"([^"]+)"/.exec(body)?.[1]
    if (cursor !== undefined) return cursor
  }
  throw new Error(`their list is empty: ${pageAt(0)}`)
}

describe('a caller who claims to be somebody else', () => {
  const claims = ['x-client-id', 'X-Provider-Id', 'x-tenant-id', 'x-user-id', 'x-hasura-role', 'x-forwarded-user', 'cookie']

  it('is answered as who the token says', async () => {
    const query = '{ viewer { id grants { client { id } } } clients(first: 100) { edges { node { id code } } } }'
    const plain = await tell(world.own.analyst, query)
    for (const name of claims) {
      for (const value of [
        world.elsewhere.id,
        world.elsewhere.gid,
        world.elsewhere.provider.id,
        `${world.own.id}, ${world.elsewhere.id}`,
      ]) {
        expect(await tell(world.own.analyst, query, {}, { [name]: value })).toEqual(plain)
      }
    }
  })
})

describe('idempotency keys', () => {
  it('of two clients do not meet, however equal', async () => {
    const record = `mutation Record($input: RecordReceiptInput!) { recordReceipt(input: $input) { __typename
      ... on RecordReceiptPayload { receipt { id amount { amount } } } ... on Refusal { code } } }`
    const input = (client: FullClient, amount: string) => ({
      input: {
        client: client.gid,
        amount: { amount, currency: 'USD' },
        valueOn: '2026-01-05',
        reference: 'one',
        idempotencyKey: 'equal',
      },
    })
    const here = await tell(world.own.integration, record, input(world.own, '1.00'))
    const there = await tell(world.elsewhere.integration, record, input(world.elsewhere, '2.00'))
    expect(here.body).toContain('"1.00"')
    expect(there.body).toContain('"2.00"')
    const again = await tell(world.own.integration, record, input(world.own, '1.00'))
    expect(again.body).toBe(here.body)
    expect(judge('recordReceipt', again.body, [hidden.elsewhere])).toEqual([])
  })
})

describe('every write', () => {
  /** What takes rights or people away comes last, so that those before it are tried by somebody. */
  const isEnd = (name: string) => /^(deactivate|revoke|remove|withdraw)/.test(name)
  const mutations = rootFields(schema)
    .filter(({ kind }) => kind === 'mutation')
    .sort((a, b) => Number(isEnd(a.field.name)) - Number(isEnd(b.field.name)))

  it('of one’s own, by everybody, leaves other clients as they were and tells nothing of them', async () => {
    const own = await aFullClient()
    const customer = await aCustomer(own)
    await aReceipt(own, customer, 100n)
    const ids = await harvest(own)
    const needles = [await needlesOf(world.elsewhere, own), await needlesOf(world.sibling, own)]
    await settled()
    const others = [world.elsewhere, world.sibling]
    const before = await Promise.all(others.map(checksum))
    const done = new Set<string>()
    const wrong: string[] = []
    for (const { field, kind } of mutations) {
      for (const { of } of lookers) {
        for (const variant of [0, 1]) {
          const query = operationOf(schema, kind, field, ids.nth(variant), 3)
          const { body } = await tell(of(own), query)
          if (body.includes(`${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}Payload`)) done.add(field.name)
          wrong.push(...judge(query, body, needles))
        }
      }
    }
    expect(wrong).toEqual([])
    await settled()
    expect(await Promise.all(others.map(checksum))).toEqual(before)
    const events = await asOwner<{ n: number }>('select count(*)::int as n from event where client_id = $1', [own.id])
    expect(events[0]?.n).toBeGreaterThan(0)
    // Most of them do something with generated values; the rest is refused for reasons of its own.
    expect(done.size).toBeGreaterThan(mutations.length / 3)
  }, 60_000)
})

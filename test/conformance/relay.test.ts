import {
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  type IntrospectionQuery,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { beforeAll, describe, expect, it } from 'vitest'
import { schema as own } from '../../src/schema.ts'
import { aClient, aCustomer, anItem, ask, type TestClient } from '../harness/index.ts'

// Relay's object identification and cursor connections, as a client sees them: from introspection, and by asking.

const Introspected = getIntrospectionQuery()
let client: TestClient

beforeAll(async () => {
  client = await aClient()
  const customer = await aCustomer(client)
  for (let n = 0; n < 5; n += 1) await anItem(client, customer, { openMinor: 1_000n, daysOverdue: n % 2 })
  for (let n = 0; n < 4; n += 1) await aCustomer(client, { name: 'The same name' })
})

const connections = Object.values(own.getTypeMap()).filter(({ name }) => name.endsWith('Connection') && !name.startsWith('__'))

describe('the structure', () => {
  it('is the one that introspection tells', async () => {
    const { data, errors } = await ask<IntrospectionQuery>(client.analyst, Introspected)
    expect(errors).toBeUndefined()
    if (data === null || data === undefined) throw new Error('nothing was told')
    const told = buildClientSchema(data)
    expect(Object.keys(told.getTypeMap()).sort()).toEqual(Object.keys(own.getTypeMap()).sort())
  })

  it('has Node with its id alone, and node(id)', () => {
    const node = own.getType('Node')
    if (!isInterfaceType(node)) throw new Error('Node is no interface')
    expect(Object.values(node.getFields()).map(({ name, type }) => `${name}: ${type}`)).toEqual(['id: ID!'])
    const field = own.getQueryType()?.getFields().node
    expect(field?.args.map(({ name, type }) => `${name}: ${type}`)).toEqual(['id: ID!'])
    expect(String(field?.type)).toBe('Node')
  })

  it('has PageInfo', () => {
    const page = own.getType('PageInfo')
    if (!isObjectType(page)) throw new Error('PageInfo is no object')
    const fields = Object.fromEntries(Object.values(page.getFields()).map(({ name, type }) => [name, String(type)]))
    expect(fields).toEqual({ hasNextPage: 'Boolean!', hasPreviousPage: 'Boolean!', startCursor: 'String', endCursor: 'String' })
  })

  it.each(connections.map((type) => ({ name: type.name, type })))('has $name with edges, cursors and a page', ({ type }) => {
    if (!isObjectType(type)) throw new Error('it is no object')
    const { edges, pageInfo } = type.getFields()
    expect(String(pageInfo?.type)).toBe('PageInfo!')
    if (edges === undefined) throw new Error('it has no edges')
    expect(isListType(isNonNullType(edges.type) ? edges.type.ofType : edges.type)).toBe(true)
    const edge = getNamedType(edges.type)
    if (!isObjectType(edge)) throw new Error('its edges are no objects')
    const { node, cursor } = edge.getFields()
    expect(node !== undefined && !isListType(isNonNullType(node.type) ? node.type.ofType : node.type)).toBe(true)
    expect(cursor !== undefined && isLeafType(getNamedType(cursor.type))).toBe(true)
  })
})

type Page = {
  edges: { cursor: string; node: { id: string } }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

const pages = [
  'customers',
  'openItems',
  'invoices',
  'legalEntities',
  'imports',
  'receipts',
  'promises',
  'applications',
  'worklist',
] as const

const pageOf = async (list: string, first: number, after: string | null): Promise<Page> => {
  const text = `query Page($after: String) { client(id: "${client.gid}") { list: ${list}(first: ${first}, after: $after) {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
  const { data, errors } = await ask<{ client: { list: Page } }>(client.analyst, text, { after })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  if (data === null || data === undefined) throw new Error('nothing was answered')
  return data.client.list
}

describe.each(pages)('the pages of %s', (list) => {
  it('walked one by one are the whole list, each row once and in its order', async () => {
    const whole = await pageOf(list, 100, null)
    const walked: string[] = []
    let after: string | null = null
    for (let isMore = true; isMore; ) {
      const page = await pageOf(list, 1, after)
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null)
      expect([page.pageInfo.startCursor, page.pageInfo.endCursor]).toEqual([
        page.edges[0]?.cursor ?? null,
        page.edges.at(-1)?.cursor ?? null,
      ])
      walked.push(...page.edges.map(({ node }) => node.id))
      isMore = page.pageInfo.hasNextPage
      after = page.pageInfo.endCursor
    }
    expect(walked).toEqual(whole.edges.map(({ node }) => node.id))
    expect(new Set(walked).size).toBe(walked.length)
    expect(whole.pageInfo.hasNextPage).toBe(false)
  })

  it('go on behind any cursor of theirs', async () => {
    const whole = await pageOf(list, 100, null)
    for (const [n, { cursor }] of whole.edges.entries()) {
      const rest = await pageOf(list, 100, cursor)
      expect(rest.edges.map(({ node }) => node.id)).toEqual(whole.edges.slice(n + 1).map(({ node }) => node.id))
    }
  })
})

describe('an id', () => {
  it('of any row leads back to the row, by its type', async () => {
    const { data } = await ask<{ client: Record<string, Page> }>(
      client.analyst,
      `{ client(id: "${client.gid}") { ${pages.map((list) => `${list}(first: 3) { edges { node { __typename id } } }`).join(' ')} } }`,
    )
    const rows = Object.values(data?.client ?? {}).flatMap(({ edges }) => edges.map(({ node }) => node))
    expect(rows.length).toBeGreaterThan(5)
    const again = await ask<{ nodes: unknown[] }>(client.analyst, 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids: rows.map(({ id }) => id),
    })
    expect(again.data?.nodes).toEqual(rows)
    for (const row of rows.slice(0, 5)) {
      expect(await ask(client.analyst, 'query ($id: ID!) { node(id: $id) { __typename id } }', { id: row.id })).toEqual({
        data: { node: row },
      })
    }
  })

  it('that leads nowhere is null in its place among others', async () => {
    const { data } = await ask<{ nodes: ({ id: string } | null)[] }>(
      client.analyst,
      'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      {
        ids: [client.gid, 'nowhere', client.gid],
      },
    )
    expect(data?.nodes).toEqual([{ id: client.gid }, null, { id: client.gid }])
  })

  it('says nothing of a row twice: equal rows have equal ids wherever they are met', async () => {
    const { data } = await ask<{ client: { id: string; customers: { edges: { node: { client: { id: string } } }[] } } }>(
      client.analyst,
      `{ client(code: "${client.code}") { id customers(first: 1) { edges { node { client { id } } } } } }`,
    )
    expect(data?.client.customers.edges[0]?.node.client.id).toBe(data?.client.id)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aClient, aReceipt, ask, asOwner, beginDay, grant, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from './api-alone.ts'
import { manyDebtors } from './strategy-world.ts'

let api: ApiAlone
let client: TestClient
let other: TestClient
beforeAll(async () => {
  api = await startApiAlone()
  client = await aClient()
  other = await aClient({ provider: client.provider })
  await grant(other, client.analyst, 'ANALYST')
  await manyDebtors(client, 60)
  await manyDebtors(other, 30)
  for (let n = 1; n <= 12; n += 1) await aReceipt(client, null, BigInt(n) * 100_000n)
  await beginDay(client)
})
afterAll(() => api.stop())

type Node = { readonly id: string; readonly priority: { readonly rank: number | null; readonly score: number } }
type Page = { readonly edges: readonly { readonly node: Node }[]; readonly pageInfo: { readonly endCursor: string | null } }

/** An answer, and the statements about the queue that it cost. */
const counted = async <Data>(query: string, variables: object): Promise<{ data: Data; statements: string[] }> => {
  const statements: string[] = []
  api.engine.database.observe = (text) => statements.push(text)
  const { data, errors } = await ask<Data>(api.as(client.analyst), query, variables as never, api)
  api.engine.database.observe = undefined
  if (errors !== undefined || data === null || data === undefined) throw new Error(JSON.stringify(errors))
  return { data, statements: statements.filter((text) => text.includes('work_item')) }
}

const pageText = (fields: string) => `query Page($clients: [ID!], $filter: WorklistFilter, $first: Int!, $after: String) {
  worklist(clients: $clients, filter: $filter, first: $first, after: $after) { edges { node { id priority { ${fields} } } } pageInfo { endCursor } } }`

const walk = async (variables: object, first: number) => {
  const all: Node[] = []
  const costs: number[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const { data, statements } = await counted<{ worklist: Page }>(pageText('rank score'), { ...variables, first, after })
    all.push(...data.worklist.edges.map(({ node }) => node))
    costs.push(statements.length)
    after = data.worklist.edges.length < first ? null : data.worklist.pageInfo.endCursor
  }
  return { all, costs }
}
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

describe('the rank of a row', () => {
  it.each<[string, () => object, number]>([
    ['of one client', () => ({ clients: [client.gid] }), 60],
    ['of all clients', () => ({}), 90],
    ['of one kind of cash', () => ({ clients: [client.gid], filter: { kinds: ['UNIDENTIFIED_CASH'] } }), 12],
    ['of several kinds', () => ({ filter: { kinds: ['COLLECTION', 'UNIDENTIFIED_CASH'] } }), 102],
  ])('in the queue %s is its place, page by page', async (_case, variables, count) => {
    for (const first of [7, 100]) {
      const { all, costs } = await walk(variables(), first)
      expect(all.map(({ priority }) => priority.rank)).toEqual(upTo(count))
      // One statement for the page; behind a cursor one more for all its places.
      expect(costs[0]).toBe(1)
      expect(costs.slice(1).every((cost) => cost === 2)).toBe(true)
    }
  })

  it('is that of the narrowed queue where it is narrowed', async () => {
    const { all } = await walk({ clients: [client.gid] }, 100)
    const minScore = all[19]?.priority.score ?? 0
    const narrowed = (await walk({ clients: [client.gid], filter: { minScore } }, 6)).all
    expect(narrowed.map(({ priority }) => priority.rank)).toEqual(upTo(narrowed.length))
    const later = (await walk({ clients: [client.gid], filter: { minOverdueDays: 30 } }, 6)).all
    expect(later.length).toBeGreaterThan(6)
    expect(later.map(({ priority }) => priority.rank)).toEqual(upTo(later.length))
  })

  it('costs nothing where nobody asks for it', async () => {
    const { data } = await counted<{ worklist: Page }>(pageText('score'), { first: 5 })
    const after = data.worklist.pageInfo.endCursor
    expect((await counted(pageText('score'), { first: 5, after })).statements).toHaveLength(1)
  })

  it('of two pages in one operation are those of each', async () => {
    const { data } = await counted<{ worklist: Page }>(pageText('rank'), { clients: [client.gid], first: 10 })
    const text = `query Two($own: [ID!], $after: String) {
      own: worklist(clients: $own, first: 3, after: $after) { edges { node { priority { rank } } } }
      all: worklist(first: 2) { edges { node { priority { rank } } } } }`
    type Two = { own: Page; all: Page }
    const variables = { own: [client.gid], after: data.worklist.pageInfo.endCursor }
    for (let times = 0; times < 5; times += 1) {
      const two = (await counted<Two>(text, variables)).data
      expect(two.own.edges.map(({ node }) => node.priority.rank)).toEqual([11, 12, 13])
      expect(two.all.edges.map(({ node }) => node.priority.rank)).toEqual([1, 2])
    }
  })

  it('by node is that in the queue of its client and kind, for all nodes by one statement', async () => {
    const { all } = await walk({ clients: [client.gid], filter: { kinds: ['COLLECTION', 'UNIDENTIFIED_CASH'] } }, 100)
    const own = (await walk({ clients: [client.gid] }, 100)).all
    const cash = (await walk({ clients: [client.gid], filter: { kinds: ['UNIDENTIFIED_CASH'] } }, 100)).all
    const places = new Map([...own, ...cash].map(({ id, priority }) => [id, priority.rank]))
    const text = 'query Nodes($ids: [ID!]!) { nodes(ids: $ids) { ... on WorkItem { id priority { rank } } } }'
    const { data, statements } = await counted<{ nodes: Node[] }>(text, { ids: all.map(({ id }) => id) })
    expect(data.nodes).toHaveLength(72)
    for (const { id, priority } of data.nodes) expect(priority.rank).toBe(places.get(id))
    expect(statements).toHaveLength(2)
  })

  it('is none outside the queue, and beyond the limit of counts', async () => {
    const { data } = await counted<{ worklist: Page }>(pageText('rank'), { clients: [other.gid], first: 1 })
    const [edge] = data.worklist.edges
    await asOwner('update work_item set is_queued = false where client_id = $1', [other.id])
    const text = 'query One($id: ID!) { node(id: $id) { ... on WorkItem { id priority { rank } } } }'
    const { data: one, statements } = await counted<{ node: Node }>(text, { id: edge?.node.id })
    expect(one.node.priority.rank).toBeNull()
    expect(statements).toHaveLength(1)

    const large = await aClient({ provider: client.provider })
    await grant(large, client.analyst, 'ANALYST')
    await asOwner(
      `insert into customer (client_id, id, number, name, created_at) select $1, gen_random_uuid(), n::text, 'C', now() from generate_series(1, 10003) n`,
      [large.id],
    )
    await asOwner(
      `insert into work_item (client_id, id, kind, customer_id, is_queued, score, strategy_version, factors, amounts, overdue_days, item_count, scored_on,
         queued_at, updated_at)
       select client_id, gen_random_uuid(), 'COLLECTION', id, true, number::int % 1001, 0, '[]', '[]', 0, 0, current_date, now(), now()
       from customer where client_id = $1`,
      [large.id],
    )
    const rows = await asOwner<{ score: number; id: string }>(
      'select score, id from work_item where client_id = $1 order by score desc, id offset 9997 limit 1',
      [large.id],
    )
    const after = Buffer.from(JSON.stringify(['worklist', rows[0]?.score, rows[0]?.id])).toString('base64url')
    const last = await counted<{ worklist: Page }>(pageText('rank'), { clients: [large.gid], first: 10, after })
    expect(last.data.worklist.edges.map(({ node }) => node.priority.rank)).toEqual([9_999, 10_000, null, null, null])
  })
})

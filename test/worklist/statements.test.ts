import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { aCall, aContact, log } from '../activity/world.ts'
import {
  aClient,
  aCustomer,
  anItem,
  aReceipt,
  ask,
  asOwner,
  beginDay,
  grant,
  type Person,
  type Row,
  type TestClient,
} from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from './api-alone.ts'
import { importRows, promise } from './world.ts'

let api: ApiAlone
let client: TestClient
let single: TestClient
const now = new Date()

const escalate = async (whose: TestClient, customer: Row, item: Row) => {
  const input = { subject: customer.gid, openItems: [item.gid], title: 'Silence', idempotencyKey: customer.id }
  const text = 'mutation ($input: EscalateInput!) { out: escalate(input: $input) { __typename } }'
  const { data } = await ask<{ out: { __typename: string } }>(whose.analyst, text, { input })
  expect(data?.out.__typename).toBe('EscalatePayload')
}

/** A client with thirty debtors and something in every list, and one with a single debtor, served by the same analyst. */
beforeAll(async () => {
  api = await startApiAlone({ clock: () => now })
  client = await aClient()
  single = await aClient({ provider: client.provider })
  await grant(single, client.analyst, 'ANALYST')
  const arrange = async (whose: TestClient, count: number) => {
    for (let n = 0; n < count; n += 1) {
      const customer = await aCustomer(whose, { name: `Debtor ${String(n).padStart(2, '0')}` })
      await asOwner(
        'insert into customer_alias (client_id, id, customer_id, name, created_at) values ($1, gen_random_uuid(), $2, $3, now())',
        [whose.id, customer.id, `Alias ${n}`],
      )
      for (let k = 0; k < 5; k += 1)
        await anItem(whose, customer, { openMinor: BigInt(10_000 * (n + 1) + k), daysOverdue: 3 * n + k })
      await anItem(whose, customer, { openMinor: 0n, originalMinor: 900n, daysOverdue: 60, settledDaysLate: n })
      const item = await anItem(whose, customer, { openMinor: 7_700n, daysOverdue: 2, kind: 'DEBIT_MEMO' })
      await promise(whose, item, '1.00')
      const contact = await aContact(whose, customer)
      await log(client.analyst, aCall(customer, { contact: contact.gid, openItems: [item.gid], summary: 'called' }))
      await aReceipt(whose, customer, 500n)
      await escalate(whose, customer, item)
      await importRows(whose, [{ customerNumber: `N${n}`, sourceKey: `D${n}`, amount: '5.00', dueOn: '2020-01-01' }])
    }
    await beginDay(whose)
  }
  await Promise.all([arrange(client, 26), arrange(single, 1)])
})
afterAll(() => api.stop())

const kindOf = (text: string): string => {
  if (/^begin/.test(text)) return 'begin'
  if (/^(commit|rollback)/.test(text)) return 'end'
  if (text.startsWith('select (select version from fence.rights)')) return 'bind'
  if (text.startsWith('select * from fence.who')) return 'who'
  return text.replace(/\s+/g, ' ').trim()
}

type Asked = { readonly statements: string[]; readonly data: Record<string, unknown> }

/**
 * Every statement of one operation over HTTP. Tests beside this one give and take rights all the time, and a viewer's are
 * then read anew: such an answer is not the one that is counted.
 */
const count = async (query: string, variables: object = {}, who: Person = client.analyst): Promise<Asked> => {
  for (;;) {
    const statements: string[] = []
    api.engine.database.observe = (text) => statements.push(kindOf(text))
    const { data, errors } = await ask<Record<string, unknown>>(api.as(who), query, { ...variables }, api)
    api.engine.database.observe = undefined
    if (errors !== undefined || data === null || data === undefined) throw new Error(JSON.stringify(errors))
    if (!statements.includes('who')) return { statements, data }
  }
}

/** What is asked of tables, with what opens, binds and ends the unit left out. */
const dataOf = ({ statements }: Asked) => statements.filter((kind) => !['begin', 'end', 'bind'].includes(kind))
const frame = ({ statements }: Asked) => statements.filter((kind) => ['begin', 'end', 'bind'].includes(kind))

const edges = (data: Record<string, unknown>) => (data.worklist as { edges: readonly { cursor: string }[] }).edges

describe('a page of the worklist costs one statement beside the one that binds the viewer', () => {
  const page = `query Page($clients: [ID!], $first: Int!, $after: String) { worklist(clients: $clients, first: $first, after: $after) {
    edges { cursor node { id isQueued version overdueDays itemCount queuedAt priority { score factors { code points } }
      amounts { open { amount } toBeCollected { amount } } customer { id number name }
      items(first: 3) { id number openAmount { amount } daysOverdue agingBucket isDisputed } } }
    pageInfo { hasNextPage endCursor } } }`

  it.each([
    ['one row of a client', 1, false],
    ['twenty-five rows of a client', 25, false],
    ['one row of all clients', 1, true],
    ['twenty-five rows of all clients', 25, true],
  ])('%s', async (_case, first, isAll) => {
    const clients = isAll ? null : [client.gid]
    for (let times = 0; times < 6; times += 1) {
      const asked = await count(page, { clients, first })
      expect(edges(asked.data)).toHaveLength(first)
      expect(frame(asked)).toEqual(['begin', 'bind', 'end'])
      expect(dataOf(asked)).toEqual([expect.stringContaining('from work_item w')])
    }
  })

  it('later pages as well', async () => {
    let after: string | undefined
    for (let rows = 0; rows < 20; rows += 5) {
      const asked = await count(page, { clients: [client.gid], first: 5, after })
      expect(dataOf(asked)).toHaveLength(1)
      after = edges(asked.data).at(-1)?.cursor
    }
  })

  it.each([
    ['which client it is', 'client { code name }', 1],
    ['how fresh it is', 'dataAsOf', 1],
    ['aliases of the customer', 'customer { aliases }', 1],
    ['what the customer has open', 'customer { openAmount { amount } }', 1],
    ['the customer’s aging', 'customer { aging { buckets { bucket amounts { amount } } credits { amount } } }', 1],
    ['how the customer pays', 'customer { paymentBehaviour { paidCount averageDaysLate } }', 1],
    ['what is asked about it', 'requests(first: 2) { edges { node { title state owner { name } } } }', 1],
    ['the customer’s first invoices', 'customer { invoices(first: 3) { edges { node { number } } } }', 1],
    [
      'all of it',
      `client { code } dataAsOf customer { aliases openAmount { amount } aging { credits { amount } } paymentBehaviour { paidCount }
         invoices(first: 3) { edges { node { number daysOverdue } } } }`,
      7,
    ],
    ['who else the customer is', 'customer { client { code } }', null],
    ['of which company the items are', 'items(first: 3) { legalEntity { code } }', null],
    ['on which terms the items are', 'items(first: 3) { paymentTerms { code } }', null],
    ['whose items they are', 'items(first: 3) { customer { name } }', null],
    ['the people to talk to', 'customer { contacts(first: 2) { edges { node { name } } } }', null],
  ])('and as many more for every row together: %s', async (_case, fields, more) => {
    const query = `query Page($first: Int!) { worklist(first: $first) { edges { node { ${fields} } } } }`
    const [one, many] = [await count(query, { first: 1 }), await count(query, { first: 25 })]
    expect(edges(many.data)).toHaveLength(25)
    expect(dataOf(many).length).toBe(dataOf(one).length)
    if (more !== null) expect(dataOf(many)).toHaveLength(1 + more)
  })

  it.each([
    ['of one kind', ['MISSING_REMITTANCE'], false],
    ['of every kind of cash', ['MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH'], true],
    ['of cash and collections', ['COLLECTION', 'MISSING_REMITTANCE'], true],
  ])('cash %s as well, walked once for each kind', async (_case, kinds, isWalked) => {
    const query = `query Page($kinds: [WorkKind!], $first: Int!) { worklist(filter: { kinds: $kinds }, first: $first) {
      edges { node { id kind ageDays customer { name } priority { score } amounts { open { amount } } nextAction { kind dueOn }
        items(first: 2) { number } SUBJECT } } } }`
    for (const first of [1, 25]) {
      const asked = await count(query.replace('SUBJECT', ''), { kinds, first })
      expect(edges(asked.data)).toHaveLength(first)
      // The first steps of all collections are one statement more.
      const ofStages = kinds.includes('COLLECTION') ? 1 : 0
      expect(dataOf(asked)).toHaveLength(1 + ofStages)
      expect(dataOf(asked)[0]?.includes('as k (kind)')).toBe(isWalked)
      // The receipts behind all rows are one statement more.
      const subject = 'subject { __typename ... on Receipt { reference amount { amount } unappliedAmount { amount } } }'
      const told = await count(query.replace('SUBJECT', subject), { kinds, first })
      expect(dataOf(told).length).toBeLessThanOrEqual(2 + ofStages)
    }
    const payers = query.replace('SUBJECT', 'subject { ... on Receipt { customer { name } } ... on Customer { aliases } }')
    const [few, many] = [await count(payers, { kinds, first: 12 }), await count(payers, { kinds, first: 24 })]
    expect(dataOf(many)).toHaveLength(dataOf(few).length)
  })

  it.each([
    ['of oneself', '{ mine: true }'],
    ['of nobody', '{ nobody: true }'],
  ])('the queue %s as well, with its owners one more', async (_case, owner) => {
    const query = `query Page($first: Int!) { worklist(filter: { owner: ${owner} }, first: $first) { edges { node { id FIELDS } } } }`
    expect(dataOf(await count(query.replace('FIELDS', ''), { first: 25 }))).toHaveLength(1)
    const owned = await count(query.replace('FIELDS', 'owner { teamName } customer { ownership { source } }'), { first: 25 })
    expect(dataOf(owned).length).toBeLessThanOrEqual(2)
  })

  it('and where nobody asks for cash, nothing of it is read', async () => {
    const [statement] = dataOf(await count(page, { clients: null, first: 25 }))
    expect(statement).not.toMatch(/receipt_id|next_action|value_on|as k \(kind\)/)
    expect(statement).toContain("w.client_id = q.client_id and w.kind = 'COLLECTION' and w.is_queued")
  })

  it('and one each for its totals, its count, its freshness and its place in the stream', async () => {
    const of = async (fields: string) => dataOf(await count(`{ worklist(first: 25) { edges { node { id } } ${fields} } }`))
    expect(await of('totalCount { value isCapped }')).toHaveLength(2)
    expect(await of('totalAmount { open { amount } }')).toHaveLength(2)
    expect(await of('dataAsOf')).toHaveLength(2)
    expect(await of('cursor')).toHaveLength(2)
  })
})

describe('lists cost the same however long their pages are', () => {
  it.each([
    [
      'customers',
      'name number aliases openAmount { amount } paymentBehaviour { paidCount } invoices(first: 2) { edges { node { number } } }',
    ],
    ['openItems', 'number openAmount { amount } daysOverdue'],
    ['openItems', 'number customer { name } legalEntity { code }'],
    ['openItems', 'stage { level next { code } current { code } holds { reason } history(first: 2) { state } }'],
    ['customers', 'stageLevel'],
    ['invoices', 'number customer { name openAmount { amount } } legalEntity { code }'],
    [
      'customers',
      'activities(first: 2) { edges { node { summary } } } contacts(first: 2, isUsable: true) { edges { node { state } } }',
    ],
    ['openItems', 'activities(first: 2) { edges { node { summary } } }'],
    ['customers', 'segment ownership { source } ownerships(first: 2) { edges { node { since } } }'],
    ['activities', 'summary customer { name } contact { name } openItems(first: 2) { edges { node { number } } }'],
    ['activities', 'versions(first: 2) { edges { node { summary openItems(first: 2) { edges { node { number } } } } } }'],
    ['requests', 'title owner { name isEntitled isMe } client { code } customer { name } openItems { number } history { by }'],
    ['customers', 'requests(first: 2) { edges { node { title owner { isEntitled } } } }'],
    ['openItems', 'requests(first: 2) { edges { node { title history { kind } } } }'],
    ['receipts', 'reference amount { amount } customer { name }'],
    ['promises', 'amount { amount } openItem { number } customer { name }'],
    ['imports', 'state sourceName totals { legalEntity } effects { inserted }'],
    ['imports', 'state rejects(first: 2) { edges { node { code } } }'],
    ['worklist', 'customer { name } items { number }'],
  ])('Client.%s { %s }', async (list, fields) => {
    const query = `query List($code: String!, $first: Int!) { client(code: $code) { ${list}(first: $first) { edges { node { ${fields} } } } } }`
    type Listed = { client: Record<string, { edges: unknown[] }> }
    // As often as it takes to be compiled: a program batches its statements in its own way.
    for (let times = 0; times < 5; times += 1) {
      const [one, many] = [
        await count(query, { code: client.code, first: 1 }),
        await count(query, { code: client.code, first: 25 }),
      ]
      expect((many.data as Listed).client[list]?.edges.length).toBe(25)
      expect(dataOf(many), `${JSON.stringify(dataOf(many))}\n${JSON.stringify(dataOf(one))}`).toHaveLength(dataOf(one).length)
    }
  })

  it('clients, with everything small of each', async () => {
    const query = `query Clients($first: Int!) { clients(first: $first) { edges { node { code today aging { credits { amount } }
        cashAging { kind currency buckets { bucket count amount { amount } } } } } } }`
    const [one, both] = [await count(query, { first: 1 }), await count(query, { first: 2 })]
    expect(dataOf(both)).toHaveLength(dataOf(one).length)
  })

  it('the viewer’s own grants, however many clients they serve', async () => {
    const query = '{ viewer { id name kind grants { client { code name } roles permissions } } }'
    const [of2, of1] = [await count(query), await count(query, {}, client.lead)]
    expect((of2.data.viewer as { grants: unknown[] }).grants).toHaveLength(2)
    expect(dataOf(of2)).toHaveLength(dataOf(of1).length)
  })

  it('things by their ids', async () => {
    const query =
      'query Things($ids: [ID!]!) { nodes(ids: $ids) { id ... on Customer { name } ... on WorkItem { customer { name } } } }'
    type Rows = { worklist: { edges: { node: { id: string; customer: { id: string } } }[] } }
    const { data } = await count('{ worklist(first: 10) { edges { node { id customer { id } } } } }')
    const rows = (data as Rows).worklist.edges.map(({ node }) => node)
    for (const ids of [rows.map(({ id }) => id), rows.map(({ customer }) => customer.id)]) {
      const [one, many] = [await count(query, { ids: ids.slice(0, 1) }), await count(query, { ids })]
      expect(many.data.nodes).toHaveLength(10)
      expect(dataOf(many)).toHaveLength(dataOf(one).length)
    }
  })
})

const folder = join(import.meta.dirname, '../../schema/operations')

type Document = { readonly name: string; readonly text: string; readonly fragments: string[] }

/** Every query that our own callers send, with the fragments it needs from wherever they are. */
const queries = (): { readonly name: string; readonly text: string }[] => {
  const text = readdirSync(folder)
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
  const parts = parse(text).definitions.map((definition): Document & { kind: string } => {
    if (!('name' in definition)) throw new Error('a definition without a name')
    const own = text.slice(definition.loc?.start, definition.loc?.end)
    const kind = definition.kind === 'OperationDefinition' ? definition.operation : 'fragment'
    return {
      kind,
      name: definition.name?.value ?? '',
      text: own,
      fragments: [...own.matchAll(/\.\.\.([A-Z]\w*)/g)].map(([, name]) => name ?? ''),
    }
  })
  const textOf = (name: string): Document => {
    const fragment = parts.find((part) => part.kind === 'fragment' && part.name === name)
    if (fragment === undefined) throw new Error(`there is no fragment ${name}`)
    return fragment
  }
  const withFragments = (part: Document): string => {
    const needed = new Set(part.fragments)
    // A set grows while it is walked, so fragments of fragments come along.
    for (const name of needed) for (const inner of textOf(name).fragments) needed.add(inner)
    return [part.text, ...[...needed].map((name) => textOf(name).text)].join('\n')
  }
  return parts.filter(({ kind }) => kind === 'query').map((part) => ({ name: part.name, text: withFragments(part) }))
}

describe('a query that was compiled answers as it did while it was interpreted:', () => {
  /**
   * The first answers and those behind the compilation. How many errors are told beneath one null is left open by the
   * specification, and an interpreter stops at the first.
   */
  const answers = async (query: string, variables: object, who: Person = client.analyst) => {
    const told: string[] = []
    for (let times = 0; times < 6; times += 1) {
      const response = await fetch(api.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${api.as(who).bearer}` },
        body: JSON.stringify({ query, variables }),
      })
      const { data, errors } = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] }
      expect(errors?.[0]?.extensions.code ?? '').not.toMatch(/INTERNAL|VALIDATION|PARSE/)
      told.push(JSON.stringify({ status: response.status, data, error: errors?.[0] }))
    }
    return told
  }

  it('every operation of ours can be compiled', () => {
    for (const { name, text } of queries()) {
      const made = compileQuery(schema, parse(text), name)
      expect(isCompiledQuery(made), name).toBe(true)
    }
  })

  const ours = async (): Promise<Record<string, object[]>> => {
    const { data } = await count('{ worklist(first: 1) { edges { node { customer { id } } } } }')
    type Rows = { worklist: { edges: { node: { customer: { id: string } } }[] } }
    const id = (data as Rows).worklist.edges[0]?.node.customer.id
    const filter = { minScore: 1, minOverdueDays: 1, currency: 'USD', customer: id }
    return {
      Viewer: [{}],
      ClientCashAging: [{ code: client.code }, { code: 'NOWHERE' }],
      CashQueue: [
        { first: 25, filter: { kinds: ['MISSING_REMITTANCE', 'UNIDENTIFIED_CASH'] } },
        { first: 2, filter: { kinds: ['COLLECTION', 'MISSING_REMITTANCE'], currency: 'USD' }, clients: [client.gid] },
        { first: 2, filter: { kinds: ['CASH'] } },
        { first: 2, filter: { kinds: [null] } },
      ],
      ClientAging: [{ code: client.code, asOf: '2026-01-01', basis: 'INVOICE_DATE' }, { code: client.code }, { code: 'NOWHERE' }],
      CustomerCard: [
        { id, invoices: 3 },
        { id: client.gid, invoices: 1 },
        { id: 'nonsense', invoices: 1 },
        { id, invoices: 0 },
      ],
      WorklistPage: [
        { first: 25 },
        { first: 2, clients: [client.gid], filter },
        { first: 2, clients: client.gid },
        { first: 0 },
        { first: 2, after: 'nonsense' },
        { first: 'two' },
        { first: 2, filter: { minScore: 'x' } },
        { first: 2, filter: { unknown: 1 } },
        {},
      ],
    }
  }

  it.each(queries())('$name', async ({ name, text }) => {
    // An operation that is not listed yet is asked without variables, and at least refused alike.
    for (const variables of (await ours())[name] ?? [{}]) {
      for (const who of [client.analyst, client.portal]) {
        const told = await answers(text, variables, who)
        expect(new Set(told).size, `${JSON.stringify(variables)}\n${told[0]}\n${told.at(-1)}`).toBe(1)
      }
    }
  })

  it.each<[string, string, object]>([
    [
      'aliases and directives',
      `query Q($yes: Boolean!, $no: Boolean = false) { a: worklist(first: 2) { edges @include(if: $yes) { node { id @skip(if: $no) } } }
      b: worklist(first: 1) { edges @skip(if: $yes) { cursor } } }`,
      { yes: true },
    ],
    [
      'two places that ask for items',
      '{ worklist(first: 3) { edges { node { a: items(first: 1) { number } b: items(first: 4) { number } } } } }',
      {},
    ],
    [
      'items by a variable with a default',
      'query Q($n: Int! = 2) { worklist(first: 3) { edges { node { items(first: $n) { number } } } } }',
      {},
    ],
    [
      'items within a fragment',
      `{ worklist(first: 3) { ...P } } fragment P on WorkItemConnection { edges { ...E } }
      fragment E on WorkItemEdge { node { ... on WorkItem { items { __typename ... on Invoice { number } ... on DebitMemo { id } } } } }`,
      {},
    ],
    ['no items at all', '{ worklist(first: 3) { edges { node { items(first: 0) { number } } } } }', {}],
    ['less than no items', '{ worklist(first: 3) { edges { node { items(first: -1) { number } } } } }', {}],
    ['too many items', '{ worklist(first: 3) { edges { node { items(first: 101) { number } } } } }', {}],
    [
      'a field that fails deep inside',
      '{ worklist(first: 2) { edges { node { customer { invoices(first: 0) { edges { cursor } } } } } } }',
      {},
    ],
    [
      'names of types',
      '{ __typename worklist(first: 1) { __typename edges { __typename node { __typename items { __typename } } } } }',
      {},
    ],
    ['the schema beside data', '{ __schema { queryType { name } } worklist(first: 1) { edges { cursor } } }', {}],
    [
      'a missing thing beside another',
      'query Q($id: ID!) { a: node(id: $id) { id } worklist(first: 1) { edges { cursor } } }',
      { id: 'x' },
    ],
    [
      'nothing for a variable that may be null',
      'query Q($f: WorklistFilter) { worklist(filter: $f, first: 1) { edges { cursor } } }',
      { f: null },
    ],
    [
      'a variable that is not one of its kind',
      'query Q($c: CurrencyCode!) { worklist(filter: { currency: $c }, first: 1) { edges { cursor } } }',
      { c: 'XXX' },
    ],
    ['a number for an id', 'query Q($ids: [ID!]) { worklist(clients: $ids, first: 1) { edges { cursor } } }', { ids: 7 }],
    [
      'what is unknown in a variable',
      'query Q($f: WorklistFilter) { worklist(filter: $f, first: 1) { edges { cursor } } }',
      { f: { x: 1 } },
    ],
  ])('%s', async (_case, query, variables) => {
    const told = await answers(query, variables)
    expect(new Set(told).size, `${told[0]}\n${told.at(-1)}`).toBe(1)
  })
})

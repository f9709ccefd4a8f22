import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { createConnection } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { errorCodes } from '../../src/platform/graphql/errors.ts'
import { apiKeyShape } from '../../src/platform/identity/authenticate.ts'
import { keyFromSecret, keysFromPem, type VerifyingKey } from '../../src/platform/identity/token.ts'
import { limits } from '../../src/platform/limits.ts'
import { createLog } from '../../src/platform/log.ts'
import { schema } from '../../src/schema.ts'
import { aClient, aCustomer, asOwner, grant, startTestApp, type TestClient, theApp, tokenFor } from '../harness/index.ts'
import { nameOf, type OwnIds, operationAt, textPositions } from '../isolation/operations.ts'

// The attack list of the security plan, over HTTP. Each attack is answered quickly, with a code of the list, and the
// service goes on answering.

type Answered = {
  readonly status: number
  readonly text: string
  readonly codes: readonly string[]
  readonly ms: number
  readonly json: { data?: unknown; errors?: { message: string; extensions: { code: string; [fact: string]: unknown } }[] }
}

let client: TestClient
let token: string

beforeAll(async () => {
  client = await aClient()
  await aCustomer(client)
  token = tokenFor(client.analyst.subject)
})

const post = async (
  body: string | object,
  options: { headers?: Record<string, string>; app?: App; method?: string } = {},
): Promise<Answered> => {
  const { url } = options.app ?? (await theApp())
  const startedAt = performance.now()
  const response = await fetch(url, {
    method: options.method ?? 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...options.headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  let json: Answered['json'] = {}
  try {
    json = JSON.parse(text)
  } catch {}
  const codes = Array.isArray(json.errors) ? json.errors.map(({ extensions }) => extensions?.code) : []
  return { status: response.status, text, codes, ms: performance.now() - startedAt, json }
}

const query = (text: string, variables: object = {}) => post({ query: text, variables })

const isAlive = async () =>
  expect((await query('{ viewer { id } }')).json.data).toMatchObject({ viewer: { id: expect.any(String) } })

/** Turned away by a bound: with the code of the bound or of the grammar, at once, and never as a fault. */
const refusedBy = (answer: Answered, ...codes: string[]) => {
  expect(answer.codes, answer.text.slice(0, 300)).not.toEqual([])
  for (const code of answer.codes) expect(codes).toContain(code)
  expect(answer.status).toBeGreaterThanOrEqual(200)
  expect(answer.status).toBeLessThan(500)
  expect(answer.ms).toBeLessThan(1_000)
}

const nested = (depth: number) => `${'parent { '.repeat(depth)}id${' }'.repeat(depth)}`
const customers = (inner: string) => `{ client(id: "${client.gid}") { customers(first: 1) { edges { node { ${inner} } } } } }`
const bounds = ['COST_EXCEEDED', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']

const doubling = (n: number) => {
  const fragments = Array.from(
    { length: n },
    (_, i) => `fragment F${i} on Customer { ${i === 0 ? 'id' : `...F${i - 1} parent { ...F${i - 1} }`} }`,
  )
  return `${customers(`...F${n - 1}`)} ${fragments.join(' ')}`
}
const flatDoubling = (n: number) => {
  const fragments = Array.from(
    { length: n },
    (_, i) => `fragment F${i} on Customer { ${i === 0 ? 'id' : `...F${i - 1} ...F${i - 1}`} }`,
  )
  return `${customers(`...F${n - 1}`)} ${fragments.join(' ')}`
}
const chained = (n: number) => {
  const fragments = Array.from(
    { length: n },
    (_, i) => `fragment F${i} on Customer { parent { ${i === 0 ? 'id' : `...F${i - 1}`} } }`,
  )
  return `${customers(`...F${n - 1}`)} ${fragments.join(' ')}`
}

describe('a document', () => {
  it.each([
    ['1: nests sixty fields', () => customers(nested(60))],
    ['1: nests by thirty fragments', () => chained(30)],
    [
      '2: asks two thousand times under another name',
      () => `{ ${Array.from({ length: 2_000 }, (_, i) => `a${i}: viewer { id }`).join(' ')} }`,
    ],
    [
      '2: asks a hundred and one times under another name',
      () => `{ viewer { ${Array.from({ length: 101 }, (_, i) => `a${i}: id`).join(' ')} } }`,
    ],
    ['2: asks for twenty-one things', () => `{ ${Array.from({ length: 21 }, (_, i) => `a${i}: viewer { id }`).join(' ')} }`],
    ['3: doubles by twenty-two fragments', () => doubling(22)],
    ['3: doubles by twenty-two fragments on one level', () => flatDoubling(22)],
    ['3: doubles by sixty fragments', () => flatDoubling(60)],
    [
      '4: goes round in a circle',
      () => `${customers('...A')} fragment A on Customer { id ...B } fragment B on Customer { id ...A }`,
    ],
    ['4: goes round in a circle of one', () => `${customers('...A')} fragment A on Customer { parent { ...A } }`],
    ['5: says a field twenty thousand times', () => `{ viewer { ${'id '.repeat(20_000)} } }`],
    ['5: bears a directive twenty thousand times', () => `{ viewer { id ${'@include(if: true) '.repeat(5_000)} } }`],
    ['5: bears a directive fifty times', () => `{ viewer { id ${'@include(if: true) '.repeat(50)} } }`],
    [
      '7: holds three thousand operations',
      () => Array.from({ length: 3_000 }, (_, i) => `query Q${i} { viewer { id } }`).join(' '),
    ],
    ['8: opens fifty thousand lists', () => `{ nodes(ids: ${'['.repeat(50_000)}`],
    ['8: nests a literal four hundred lists deep', () => `{ nodes(ids: ${'['.repeat(400)}${']'.repeat(400)}) { id } }`],
    ['8: opens fifty thousand objects', () => `{ worklist(first: 1, filter: ${'{a:'.repeat(50_000)}`],
    ['8: opens fifty thousand selections', () => '{ a '.repeat(50_000)],
    [
      '9: asks for a hundred of a hundred',
      () =>
        `{ clients(first: 100) { edges { node { customers(first: 100) { edges { node { id invoices(first: 100) { edges { node { id } } } } } } } } } }`,
    ],
    [
      '9: asks for a hundred lists of a hundred through a fragment',
      () =>
        `{ clients(first: 100) { edges { node { ...C } } } } fragment C on Client { a: customers(first: 100) { edges { node { id } } } b: openItems(first: 100) { edges { node { id } } } }`,
    ],
    [
      '9: hides the size of a page in its default',
      () =>
        `query ($n: Int = 100) { clients(first: $n) { edges { node { customers(first: $n) { edges { node { id } } } openItems(first: $n) { edges { node { id } } } } } } }`,
    ],
  ])('that %s is refused at once', async (_name, write) => {
    refusedBy(await query(write()), ...bounds)
    await isAlive()
  })

  it('8: that nests too deeply is refused in words of the house', async () => {
    for (const text of ['{ a '.repeat(900), `{ nodes(ids: ${'['.repeat(1_900)}`, `{ nodes(ids: ${'{a:'.repeat(600)}`]) {
      const answer = await query(text)
      refusedBy(answer, ...bounds)
      expect(answer.text).not.toMatch(/call stack|RangeError|at \w+ \(/)
    }
  })

  it('that is no document is refused with a code of the list', async () => {
    for (const text of [
      '',
      '{',
      '}',
      '{ }',
      '\u0000',
      '{ viewer { id } } }',
      'query',
      '#',
      '{ viewer { id } } { viewer { id } }',
      'fragment A on B { c }',
      '"""',
    ]) {
      const { codes, status } = await query(text)
      expect(status).toBeLessThan(500)
      expect(codes.length).toBeGreaterThan(0)
      for (const code of codes) expect(Object.keys(errorCodes)).toContain(code)
      expect(codes).not.toContain('INTERNAL')
    }
  })

  it('9: within the limits is answered', async () => {
    const { json } = await query(`{ clients(first: 100) { edges { node { customers(first: 90) { edges { node { id } } } } } } }`)
    expect(json.errors).toBeUndefined()
  })
})

describe('a page', () => {
  const lists = [
    ['clients', (n: string) => `{ clients(first: ${n}) { edges { cursor } } }`],
    ['worklist', (n: string) => `{ worklist(first: ${n}) { edges { cursor } } }`],
    ['customers', (n: string) => `{ client(id: "${client.gid}") { customers(first: ${n}) { edges { cursor } } } }`],
    ['invoices', (n: string) => `{ client(id: "${client.gid}") { invoices(first: ${n}) { edges { cursor } } } }`],
    ['receipts', (n: string) => `{ client(id: "${client.gid}") { receipts(first: ${n}) { edges { cursor } } } }`],
  ] as const

  it.each(lists)('9: of %s has from 1 to 100 rows', async (_name, write) => {
    for (const n of ['101', '1000', '2147483647', '0', '-1', '-2147483648'])
      refusedBy(await query(write(n)), 'BAD_USER_INPUT', 'COST_EXCEEDED')
    for (const n of ['null', '1.5', '"1"', '2147483648']) refusedBy(await query(write(n)), 'GRAPHQL_VALIDATION_FAILED')
    expect((await query(write('100'))).json.errors).toBeUndefined()
  })

  it('9: is measured where its size is a variable', async () => {
    const text =
      'query ($n: Int!) { clients(first: $n) { edges { node { customers(first: $n) { edges { node { invoices(first: $n) { edges { cursor } } } } } } } } }'
    refusedBy(await query(text, { n: 100 }), 'COST_EXCEEDED')
    for (const n of [0, -1, 101]) refusedBy(await query(text, { n }), 'BAD_USER_INPUT', 'COST_EXCEEDED')
  })

  it.each([
    '',
    'x',
    'eyJ',
    'W10',
    Buffer.from('["clients"]').toString('base64url'),
    Buffer.from('["clients",{"a":1},2]').toString('base64url'),
    Buffer.from('["clients","a\\u0000","00000000-0000-0000-0000-000000000000"]').toString('base64url'),
    Buffer.from('["clients","a\\ud800","00000000-0000-0000-0000-000000000000"]').toString('base64url'),
    Buffer.from('["clients","a","x"]').toString('base64url'),
    Buffer.from('["customers","a","00000000-0000-0000-0000-000000000000"]').toString('base64url'),
    'A'.repeat(10_000),
  ])('goes on behind no forged cursor: %s', async (after) => {
    refusedBy(
      await query('query ($after: String) { clients(first: 1, after: $after) { edges { cursor } } }', { after }),
      'BAD_USER_INPUT',
    )
  })

  it('of ids takes a hundred', async () => {
    const ids = (n: number) => Array.from({ length: n }, () => client.gid)
    const text = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    expect((await query(text, { ids: ids(100) })).json.errors).toBeUndefined()
    refusedBy(await query(text, { ids: ids(101) }), 'BAD_USER_INPUT', 'COST_EXCEEDED')
  })

  it('of clients takes two hundred', async () => {
    const text = 'query ($ids: [ID!]) { worklist(clients: $ids, first: 1) { edges { cursor } } }'
    const answer = await query(text, { ids: Array.from({ length: 201 }, () => client.gid) })
    expect(answer.codes).toHaveLength(1)
    expect(answer.codes).not.toContain('INTERNAL')
  })
})

describe('6: several operations in one request', () => {
  it('are refused as a list', async () => {
    const one = { query: '{ viewer { id } }' }
    for (const batch of [[one], [one, one], Array.from({ length: 1_000 }, () => one), []]) {
      const answer = await post(batch)
      expect(answer.status).toBe(400)
      expect(answer.text).not.toContain('"data"')
    }
  })

  it('run only the one that is named', async () => {
    const document = 'query A { viewer { id } } query B { viewer { kind } }'
    expect((await post({ query: document, operationName: 'B' })).json.data).toEqual({ viewer: { kind: 'PERSON' } })
    expect((await post({ query: document })).codes).toEqual(['OPERATION_RESOLUTION_FAILURE'])
    expect((await post({ query: document, operationName: 'C' })).codes).toEqual(['OPERATION_RESOLUTION_FAILURE'])
  })

  it('of which one is a subscription are refused where a subscription cannot be answered', async () => {
    const { json, codes } = await query('subscription { worklistChanged { kind } }')
    expect(codes).toHaveLength(1)
    expect(json.data ?? null).toBeNull()
  })
})

describe('10: the schema', () => {
  let hidden: App
  beforeAll(async () => {
    hidden = await startTestApp({ introspection: false, hideSchema: true })
  })
  afterAll(() => hidden.stop())

  it.each([
    '{ __schema { types { name } } }',
    '{ __type(name: "Client") { fields { name } } }',
    '{ viewer { id } __schema { queryType { name } } }',
    'query { ...F } fragment F on Query { __schema { queryType { name } } }',
  ])('is not told where introspection is off: %s', async (text) => {
    const answer = await post({ query: text }, { app: hidden })
    refusedBy(answer, 'GRAPHQL_VALIDATION_FAILED')
    expect(answer.text).not.toContain('"name"')
  })

  it('still lets a caller ask what kind a thing is', async () => {
    expect((await post({ query: '{ __typename viewer { __typename } }' }, { app: hidden })).json.data).toEqual({
      __typename: 'Query',
      viewer: { __typename: 'Viewer' },
    })
  })

  it.each([
    '{ viewr { id } }',
    '{ viewer { idd } }',
    '{ clients(frst: 1) { edges { cursor } } }',
    '{ clients(first: 1) { edges { nod { id } } } }',
    '{ node(id: "x") { ... on Invoce { id } } }',
    'query ($a: Custmer) { viewer { id } }',
    '{ client(id: "x") { aging(basis: DUE_DAT) { asOf } } }',
    'mutation { applyReceipt(input: { recipt: "x" }) { __typename } }',
    '{ viewer }',
  ])('is not told by suggestions: %s', async (text) => {
    const answer = await post({ query: text }, { app: hidden })
    refusedBy(answer, 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT')
    expect(answer.text).not.toMatch(/did you mean/i)
  })

  it('is not told by suggestions for variables', async () => {
    const text =
      'query ($f: WorklistFilter, $b: AgingBasis) { worklist(first: 1, filter: $f) { dataAsOf } client(code: "X") { aging(basis: $b) { asOf } } }'
    for (const variables of [{ f: { minScor: 1 } }, { b: 'DUE_DAT' }]) {
      const answer = await post(
        { query: text.replace('$b: AgingBasis)', '$b: AgingBasis! = DUE_DATE)'), variables },
        { app: hidden },
      )
      expect(answer.codes).toEqual(['BAD_USER_INPUT'])
      expect(answer.text).not.toMatch(/did you mean/i)
    }
  })
})

describe('11: another site in the caller’s browser', () => {
  const read = encodeURIComponent('{ viewer { id } }')
  const get = async (search: string, headers: Record<string, string> = {}) => {
    const { url } = await theApp()
    const response = await fetch(`${url}?${search}`, { headers: { authorization: `Bearer ${token}`, ...headers } })
    return { status: response.status, text: await response.text() }
  }

  it('gets nothing by a link', async () => {
    const answer = await get(`query=${read}`)
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('"viewer"')
  })

  it('gets nothing by a mutation in a link, whatever the headers', async () => {
    const write = encodeURIComponent('mutation { createTeam(input: { code: "X1", name: "x" }) { __typename } }')
    for (const headers of [
      {},
      { 'apollo-require-preflight': '1' },
      { 'x-apollo-operation-name': 'a' },
      { 'content-type': 'application/json' },
    ]) {
      const answer = await get(`query=${write}`, headers as Record<string, string>)
      expect([400, 405]).toContain(answer.status)
      expect(answer.text).not.toContain('"data"')
    }
  })

  it.each([
    ['text/plain', JSON.stringify({ query: '{ viewer { id } }' })],
    ['application/x-www-form-urlencoded', `query=${read}`],
    [
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{ viewer { id } }"}\r\n--x--`,
    ],
    ['application/json-not', '{"query":"{ viewer { id } }"}'],
    ['', '{"query":"{ viewer { id } }"}'],
    ['text/plain;application/json', '{"query":"{ viewer { id } }"}'],
  ])('gets nothing by a form as %s', async (contentType, body) => {
    const answer = await post(body, { headers: { 'content-type': contentType } })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(answer.text).not.toContain('"viewer"')
  })

  it('is allowed nothing by CORS', async () => {
    const { url } = await theApp()
    const response = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.test', 'access-control-request-method': 'POST' },
    })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('12: a fault', () => {
  const quiet = { log: createLog('silent') }
  const isMasked = ({ text, codes, status }: Answered, ...secrets: RegExp[]) => {
    expect(codes.length, text).toBeGreaterThan(0)
    for (const code of codes) expect(['INTERNAL', 'UNAVAILABLE']).toContain(code)
    if (codes.includes('INTERNAL')) expect(text).toMatch(/"errorId":"[0-9a-f-]{36}"/)
    expect(text).not.toMatch(/stack|node_modules|\.ts:|postgres|quittance_|select |permission|syntax|fence/i)
    for (const secret of secrets) expect(text).not.toMatch(secret)
    expect(status).toBeLessThanOrEqual(503)
  }

  it('in a resolver is told by an id alone', async () => {
    const broken = await aClient()
    await asOwner('update client set time_zone = $2 where id = $1', [broken.id, 'Nowhere/secret-word'])
    const app = await startTestApp(quiet)
    const headers = { authorization: `Bearer ${tokenFor(broken.analyst.subject)}` }
    isMasked(
      await post({ query: `{ client(id: "${broken.gid}") { today } }` }, { app, headers }),
      /secret-word|RangeError|Invalid time zone/,
    )
    await app.stop()
    await asOwner(`update client set time_zone = 'UTC' where id = $1`, [broken.id])
  })

  it('of the database is told by an id alone', async () => {
    // The role of the relay may read none of it, and PostgreSQL says so in many words.
    const app = await startTestApp({ ...quiet, appUrl: inject('relayUrl') })
    isMasked(await post({ query: '{ clients(first: 1) { edges { cursor } } }' }, { app }))
    isMasked(await post({ query: 'mutation { createTeam(input: { code: "X1", name: "x" }) { __typename } }' }, { app }))
    await app.stop()
  })

  it('of a server that is away is told as such', async () => {
    const app = await startTestApp({ ...quiet, appUrl: 'postgresql://nobody:secretword@127.0.0.1:1/none' })
    const answer = await post({ query: '{ viewer { id } }' }, { app })
    isMasked(answer, /secretword|ECONNREFUSED|127\.0\.0\.1/)
    expect(answer.codes).toEqual(['UNAVAILABLE'])
    await app.stop()
  })
})

describe('13: too much at once', () => {
  it.each([limits.http.bodyBytes + 1, 4 * limits.http.bodyBytes, 10_485_760])(
    'is refused as a body of %i bytes',
    async (bytes) => {
      const answer = await post(JSON.stringify({ query: '{ viewer { id } }', extensions: { x: 'x'.repeat(bytes) } }))
      expect(answer.status).toBe(413)
      expect(answer.codes).toEqual(['BAD_REQUEST'])
      await isAlive()
    },
  )

  it('is refused as variables', async () => {
    const answer = await query('query ($id: ID!) { node(id: $id) { id } }', { id: 'x'.repeat(limits.http.bodyBytes) })
    expect(answer.status).toBe(413)
  })

  it('is refused where its length is not told beforehand', async () => {
    const { url } = await theApp()
    const part = 'x'.repeat(65_536)
    let sent = 0
    const body = new ReadableStream({
      pull: (controller) => {
        sent += 1
        if (sent > 40) controller.close()
        else controller.enqueue(new TextEncoder().encode(part))
      },
    })
    const status = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
      duplex: 'half',
    } as RequestInit).then(
      (response) => response.status,
      () => 'the connection was closed',
    )
    expect([413, 'the connection was closed']).toContain(status)
    await isAlive()
  })

  it.each([
    '{',
    'nonsense',
    '"text"',
    '1',
    'null',
    '{"query":1}',
    '{"query":"{ viewer { id } }","variables":"x"}',
    '{"query":"{ viewer { id } }","variables":[1]}',
    '{"query":"{ viewer { id } }","operationName":{}}',
    '{"query":"{ viewer { id } }","extensions":7}',
    '{"query":null}',
    '{}',
  ])('or nothing sensible as a body is a bad request: %s', async (body) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('"data"')
    expect(answer.text).not.toMatch(/SyntaxError|at position|stack/)
  })

  it('in bytes that are not UTF-8 is a bad request', async () => {
    const { url } = await theApp()
    const bytes = Buffer.concat([
      Buffer.from('{"query":"{ client(code: \\"'),
      Buffer.from([0xff, 0xfe, 0xc0]),
      Buffer.from('\\") { id } }"}'),
    ])
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: bytes,
    })
    expect(response.status).toBe(400)
  })

  it('in a header, or in the address, ends with a status of 4xx', async () => {
    const { url } = await theApp()
    const { port } = new URL(url)
    const raw = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = createConnection({ port: Number(port), host: '127.0.0.1' }, () => socket.write(text))
        let answer = ''
        socket.on('data', (data) => {
          answer += String(data)
          socket.end()
        })
        socket.on('error', () => resolve(answer))
        socket.on('close', () => resolve(answer))
        setTimeout(() => socket.destroy(), 3_000)
      })
    expect(await raw(`GET /graphql HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4\d\d/)
    expect(await raw('GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 4\d\d/)
    expect(await raw('GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 4\d\d/)
    await isAlive()
  })
})

describe('14: bad variables', () => {
  it('five hundred of them are told ten at a time', async () => {
    const names = Array.from({ length: 120 }, (_, i) => `v${i}`)
    const text = `query (${names.map((name) => `$${name}: Int!`).join(' ')}) { ${names
      .slice(0, 20)
      .map((name, i) => `a${i}: clients(first: $${name}) { edges { cursor } }`)
      .join(' ')} viewer { id } }`
    const answer = await query(text, Object.fromEntries(names.map((name) => [name, 'x'])))
    expect(answer.codes.length).toBeLessThanOrEqual(limits.document.errors + 1)
    expect(answer.text.length).toBeLessThan(20_000)
  })

  it('in one list are told ten at a time', async () => {
    const answer = await query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: Array.from({ length: 500 }, () => ({ no: 'id' })),
    })
    expect(answer.codes.length).toBeGreaterThan(0)
    expect(answer.codes.length).toBeLessThanOrEqual(limits.document.errors + 1)
    for (const code of answer.codes) expect(code).toBe('BAD_USER_INPUT')
  })

  it('in a document are told ten at a time', async () => {
    const answer = await query(`{ viewer { ${Array.from({ length: 500 }, (_, i) => `no${i}`).join(' ')} } }`)
    expect(answer.codes.length).toBeGreaterThan(0)
    expect(answer.codes.length).toBeLessThanOrEqual(limits.document.errors + 1)
  })

  it.each([{ __proto__: { a: 1 } }, JSON.parse('{"__proto__":{"first":1}}'), { constructor: { prototype: 1 } }])(
    'pollute nothing: %j',
    async (variables) => {
      await query('query ($first: Int = 1) { clients(first: $first) { edges { cursor } } }', variables)
      expect(({} as { first?: number }).first).toBeUndefined()
      await isAlive()
    },
  )
})

describe('22: characters that are none', () => {
  const bad = { NUL: 'a\u0000b', 'half a pair': 'a\ud800b', 'the other half': '\udc00', 'NUL alone': '\u0000' }
  const places = textPositions(schema)
    .filter(({ kind }) => kind !== 'subscription')
    .map((position) => ({ position, name: nameOf(position) }))
  const codes = ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED']

  it.each(places)('are bad input in $name, as a literal and as a variable', async ({ position }) => {
    const ids: OwnIds = new Map([['Client', client.gid]])
    const headers = { authorization: `Bearer ${tokenFor(client.provider.admin.subject)}` }
    for (const [what, text] of Object.entries(bad)) {
      const answers = [
        await post({ query: operationAt(schema, position, ids, { as: JSON.stringify(text) }) }, { headers }),
        await post({ query: operationAt(schema, position, ids, { depth: 1 }), variables: { id: text } }, { headers }),
      ]
      const wrong = answers.filter((answer) => answer.codes.length === 0 || answer.codes.some((code) => !codes.includes(code)))
      expect(
        wrong.map(({ text: body }) => body.slice(0, 200)),
        what,
      ).toEqual([])
    }
  })

  it('are refused where a document names them itself', async () => {
    for (const text of Object.values(bad)) {
      const { codes } = await query(`{ client(code: "${text}") { id } }`)
      expect(codes).not.toContain('INTERNAL')
      expect(codes.length).toBeGreaterThan(0)
    }
  })

  it('are not confused with text of any other kind', async () => {
    for (const text of [
      'שלום',
      '𝕌',
      'e\u0301',
      '\u00e9',
      '\u202e',
      '👩‍👩‍👧',
      '\ufeff',
      "'; drop table customer; --",
      '%',
      '_',
      '\\',
      '$1',
      '{"$where":1}',
    ]) {
      const { json } = await query(
        'query ($t: String) { client(id: "' + client.gid + '") { customers(first: 1, number: $t) { edges { cursor } } } }',
        { t: text },
      )
      expect(json).toEqual({ data: { client: { customers: { edges: [] } } } })
    }
  })
})

describe('20: a credential', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const secret = 'a development secret of more than thirty-two bytes'
  const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const keys: readonly VerifyingKey[] = [
    ...keysFromPem(`${rsaPem}${ec.publicKey.export({ type: 'spki', format: 'pem' })}`),
    keyFromSecret(secret),
  ]
  let app: App
  beforeAll(async () => {
    app = await startTestApp({ keys: () => keys })
  })
  afterAll(() => app.stop())

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const nowSeconds = () => Math.floor(Date.now() / 1000)
  const good = () => ({
    sub: client.analyst.subject,
    iss: 'quittance-tests',
    aud: 'quittance-tests',
    iat: nowSeconds(),
    exp: nowSeconds() + 600,
  })

  const signed = (header: object, claims: object, by: KeyObject | string): string => {
    const text = `${part(header)}.${part(claims)}`
    const algorithm = (header as { alg?: string }).alg ?? ''
    const signature =
      typeof by === 'string'
        ? createHmac('sha256', by).update(text).digest()
        : sign('sha256', Buffer.from(text), algorithm.startsWith('ES') ? { key: by, dsaEncoding: 'ieee-p1363' } : by)
    return `${text}.${signature.toString('base64url')}`
  }
  const es = (claims: object, header: object = {}) => signed({ alg: 'ES256', typ: 'JWT', ...header }, claims, ec.privateKey)
  const without = (name: string) => Object.fromEntries(Object.entries(good()).filter(([key]) => key !== name))

  const ask = async (authorization: string | null) => {
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
      body: '{"query":"{ viewer { id } }"}',
    })
    return { status: response.status, text: await response.text() }
  }

  it.each([
    ['ES256', () => es(good())],
    ['RS256', () => signed({ alg: 'RS256' }, good(), rsa.privateKey)],
    ['HS256 of development', () => signed({ alg: 'HS256' }, good(), secret)],
    ['an audience among several', () => es({ ...good(), aud: ['elsewhere', 'quittance-tests'] })],
  ])('of the issuer is taken: %s', async (_name, make) => {
    const answer = await ask(`Bearer ${make()}`)
    expect(answer.text).toContain('"data"')
    expect(answer.status).toBe(200)
  })

  const jwk = other.publicKey.export({ format: 'jwk' })
  it.each([
    ['no algorithm', () => `${part({ alg: 'none' })}.${part(good())}.`],
    ['no algorithm, spelled otherwise', () => `${part({ alg: 'NoNe' })}.${part(good())}.`],
    ['no algorithm and a signature', () => `${part({ alg: 'none' })}.${part(good())}.AAAA`],
    ['no signature', () => es(good()).replace(/[^.]*$/, '')],
    ['two parts', () => es(good()).split('.').slice(0, 2).join('.')],
    ['a public key taken for a secret', () => signed({ alg: 'HS256' }, good(), rsaPem)],
    ['a public key taken for a secret, trimmed', () => signed({ alg: 'HS256' }, good(), rsaPem.trim())],
    ['an empty secret', () => signed({ alg: 'HS256' }, good(), '')],
    ['a blank secret', () => signed({ alg: 'HS256' }, good(), ' ')],
    ['an algorithm of another kind', () => signed({ alg: 'HS512' }, good(), secret)],
    ['the algorithm of another key', () => signed({ alg: 'RS256' }, good(), ec.privateKey)],
    ['somebody else’s key', () => signed({ alg: 'ES256' }, good(), other.privateKey)],
    [
      'another subject under a good signature',
      () => {
        const [header, , signature] = es(good()).split('.')
        return `${header}.${part({ ...good(), sub: client.lead.subject })}.${signature}`
      },
    ],
    ['one that expired', () => es({ ...good(), exp: nowSeconds() - 60 })],
    ['one that is not valid yet', () => es({ ...good(), nbf: nowSeconds() + 60 })],
    ['no expiry', () => es(without('exp'))],
    ['an expiry in words', () => es({ ...good(), exp: 'never' })],
    ['an expiry of null', () => es({ ...good(), exp: null })],
    ['no subject', () => es(without('sub'))],
    ['an empty subject', () => es({ ...good(), sub: '' })],
    ['a subject that is a list', () => es({ ...good(), sub: [client.analyst.subject] })],
    ['a subject that is an object', () => es({ ...good(), sub: { toString: 'x' } })],
    ['a subject with NUL', () => es({ ...good(), sub: 'a\u0000' })],
    ['a subject of nobody', () => es({ ...good(), sub: randomUUID() })],
    ['a subject of SQL', () => es({ ...good(), sub: "' or 1=1 --" })],
    ['half a pair in the subject', () => es({ ...good(), sub: 'a\ud800' })],
    ['another audience', () => es({ ...good(), aud: 'elsewhere' })],
    ['no audience', () => es(without('aud'))],
    ['another issuer', () => es({ ...good(), iss: 'elsewhere' })],
    ['no issuer', () => es(without('iss'))],
    ['a critical extension', () => es(good(), { crit: ['b64'], b64: false })],
    ['an unknown critical extension', () => es(good(), { crit: ['x'] })],
    ['a key of its own', () => signed({ alg: 'ES256', jwk }, good(), other.privateKey)],
    [
      'the address of a key',
      () => signed({ alg: 'ES256', jku: 'http://127.0.0.1/keys', x5u: 'http://127.0.0.1/' }, good(), other.privateKey),
    ],
    ['a key from a path', () => signed({ alg: 'HS256', kid: '../../../../dev/null' }, good(), '')],
    ['a key from SQL', () => signed({ alg: 'HS256', kid: "' union select 'secret" }, good(), 'secret')],
    ['claims that are no object', () => `${part({ alg: 'ES256' })}.${Buffer.from('"text"').toString('base64url')}.AAAA`],
    ['claims that are null', () => `${part({ alg: 'ES256' })}.${Buffer.from('null').toString('base64url')}.AAAA`],
    ['a header that is null', () => `${Buffer.from('null').toString('base64url')}.${part(good())}.AAAA`],
    ['a header that is no object', () => `${Buffer.from('[]').toString('base64url')}.${part(good())}.AAAA`],
    ['more than a token may have', () => es({ ...good(), filler: 'x'.repeat(9_000) })],
    ['a key that nobody made', () => `qtk_${'A'.repeat(43)}`],
    ['a key with SQL', () => `qtk_' or 1=1 --`],
    ['nothing', () => ''],
    ['a word', () => 'x'],
    ['dots', () => '..'],
  ])('is refused: %s', async (_name, make) => {
    const answer = await ask(`Bearer ${make()}`)
    expect(answer.text).toContain('UNAUTHENTICATED')
    expect(answer.text).not.toContain('"data":{')
    expect([200, 401]).toContain(answer.status)
    expect(answer.text).not.toMatch(/jwt|signature|expired|algorithm|audience/i)
  })

  it('is refused where there is none, or one of another scheme', async () => {
    for (const authorization of [
      null,
      '',
      'Bearer',
      'Bearer ',
      'Basic eDp5',
      `Token ${es(good())}`,
      es(good()),
      `Bearer ${es(good())}, Bearer ${es(good())}`,
      `Bearer  ${es(good())} x`,
    ]) {
      const answer = await ask(authorization)
      expect(answer.status).toBe(401)
      expect(answer.text).toContain('UNAUTHENTICATED')
    }
  })

  it('of a megabyte ends with 4xx, and the service goes on', async () => {
    const status = await ask(`Bearer ${'a'.repeat(1_048_576)}`).then(
      ({ status: told }) => told,
      () => 431,
    )
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect((await ask(`Bearer ${es(good())}`)).status).toBe(200)
  })

  it('that is refused is refused alike, whatever is wrong with it', async () => {
    const answers = [
      await ask(null),
      await ask('Bearer x'),
      await ask(`Bearer ${es({ ...good(), aud: 'elsewhere' })}`),
      await ask(`Bearer ${es({ ...good(), exp: 1 })}`),
    ]
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  })

  it('looks like a key only in full', () => {
    expect(apiKeyShape.test(`qtk_${'a'.repeat(43)}`)).toBe(true)
    for (const text of [`qtk_${'a'.repeat(42)}`, `qtk_${'a'.repeat(44)}`, ` qtk_${'a'.repeat(43)}`, `qtk_${'a'.repeat(42)}\n`])
      expect(apiKeyShape.test(text)).toBe(false)
  })
})

describe('a right that was taken', () => {
  const seen = async (subject: string) => {
    const response = await post(
      { query: `{ client(id: "${client.gid}") { code } worklist(first: 1) { dataAsOf } }` },
      { headers: { authorization: `Bearer ${tokenFor(subject)}` } },
    )
    return response.json
  }

  it('is gone with the next request', async () => {
    const victim = await aClient()
    const text = `{ client(id: "${victim.gid}") { code } }`
    const headers = { authorization: `Bearer ${tokenFor(victim.analyst.subject)}` }
    expect((await post({ query: text }, { headers })).codes).toEqual([])
    await asOwner('update client_grant set valid_until = now() where client_id = $1 and principal_id = $2', [
      victim.id,
      victim.analyst.id,
    ])
    expect((await post({ query: text }, { headers })).codes).toEqual(['NOT_FOUND'])
    await grant(victim, victim.analyst, 'ANALYST')
    expect((await post({ query: text }, { headers })).codes).toEqual([])
  })

  it('and a person who was deactivated are nobody at once', async () => {
    const victim = await aClient()
    const headers = { authorization: `Bearer ${tokenFor(victim.lead.subject)}` }
    expect((await post({ query: '{ viewer { id } }' }, { headers })).codes).toEqual([])
    await asOwner('update principal set deactivated_at = now() where id = $1', [victim.lead.id])
    expect((await post({ query: '{ viewer { id } }' }, { headers })).codes).toEqual(['UNAUTHENTICATED'])
  })

  it('comes by itself at its hour, and goes by itself', async () => {
    const victim = await aClient()
    const soon = new Date(Date.now() + 700)
    await asOwner('update client_grant set valid_until = $3 where client_id = $1 and principal_id = $2', [
      victim.id,
      victim.analyst.id,
      soon,
    ])
    const headers = { authorization: `Bearer ${tokenFor(victim.analyst.subject)}` }
    const read = () => post({ query: `{ client(id: "${victim.gid}") { code } }` }, { headers })
    expect((await read()).codes).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, soon.getTime() - Date.now() + 50))
    expect((await read()).codes).toEqual(['NOT_FOUND'])
  })

  it('and given again in an operation that failed was never given', async () => {
    const victim = await aClient()
    const adminHeaders = { authorization: `Bearer ${tokenFor(victim.provider.admin.subject)}` }
    const { provider } = victim
    const own = encodeGlobalId({ typename: 'User', ownerId: provider.id, id: provider.admin.id })
    // The answer is a fault, so the command is taken back with it; what was read of rights in between must not stay.
    await asOwner('update client set time_zone = $2 where id = $1', [victim.id, 'No/Zone'])
    const app = await startTestApp({ log: createLog('silent') })
    const text = `mutation { grantRole(input: { client: "${victim.gid}", holder: "${own}", role: AUDITOR, reason: "try" }) { __typename ... on Refusal { message path } ... on GrantRolePayload { grant { client { today } } } } }`
    const answer = await post({ query: text }, { headers: adminHeaders, app })
    expect(answer.codes, answer.text).toContain('INTERNAL')
    await asOwner(`update client set time_zone = 'UTC' where id = $1`, [victim.id])
    const roles = await post({ query: '{ viewer { grants { roles } } }' }, { headers: adminHeaders, app })
    expect(JSON.stringify(roles.json.data)).not.toContain('AUDITOR')
    await app.stop()
  })

  it('is not missed by who keeps theirs', async () => {
    expect(await seen(client.analyst.subject)).toMatchObject({ data: { client: { code: client.code } } })
  })
})

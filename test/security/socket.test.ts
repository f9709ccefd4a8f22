import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { limits } from '../../src/platform/limits.ts'
import {
  aClient,
  aCustomer,
  anItem,
  aPerson,
  aReceipt,
  ask,
  asOwner,
  beginDay,
  grant,
  listen,
  type Person,
  startTestApp,
  type TestClient,
  theApp,
  tokenFor,
} from '../harness/index.ts'
import { admitted, isOpen, open, type RawSocket } from './sockets.ts'

// The attack list of the security plan, over the socket: graphql-ws goes past every guard of the HTTP side, so each is tried again.

const Changes = 'subscription { worklistChanged { kind cursor client { id code } item { id customer { name } } } }'

let client: TestClient
let app: App
let token: string

beforeAll(async () => {
  client = await aClient()
  app = await theApp()
  token = tokenFor(client.analyst.subject)
})

const isAlive = async () => expect(await ask(client.analyst, '{ viewer { id } }')).toMatchObject({ data: { viewer: {} } })

/** Money is applied at the client: everybody who listens there is told. */
const stir = async (at: TestClient) => {
  const customer = await aCustomer(at)
  const item = await anItem(at, customer, { openMinor: 50_000n, daysOverdue: 45 })
  const receipt = await aReceipt(at, customer, 10_000n)
  await beginDay(at)
  const input = {
    receipt: receipt.gid,
    openItem: item.gid,
    amount: { amount: '5.00', currency: 'USD' },
    expectedVersion: 1,
    idempotencyKey: item.id,
  }
  expect(
    await ask(at.integration, 'mutation ($input: ApplyReceiptInput!) { applyReceipt(input: $input) { __typename } }', { input }),
  ).toMatchObject({
    data: { applyReceipt: { __typename: 'ApplyReceiptPayload' } },
  })
}

const codesOf = async (socket: RawSocket, id: string): Promise<readonly string[]> => {
  const message = await socket.until(
    (one) => one.id === id && (one.type === 'error' || one.type === 'next' || one.type === 'complete'),
  )
  if (message?.type === 'error') return (message.payload ?? []).map(({ extensions }) => extensions?.code)
  return (message?.payload?.errors ?? []).map(({ extensions }) => extensions?.code)
}

/** What one document is answered with, on a socket of its own that must stay open. */
const refusalOf = async (query: string, variables?: object) => {
  const socket = await admitted(token)
  const startedAt = performance.now()
  socket.subscribe('1', query, variables)
  const codes = await codesOf(socket, '1')
  const ms = performance.now() - startedAt
  const text = JSON.stringify(socket.messages)
  expect(await isOpen(socket)).toBe(true)
  socket.end()
  return { codes, ms, text }
}

const item = (inner: string) => `subscription { worklistChanged { item { customer { ${inner} } } } }`
const nested = (depth: number) => `${'parent { '.repeat(depth)}id${' }'.repeat(depth)}`
const doubling = (n: number) =>
  `${item(`...F${n - 1}`)} ${Array.from({ length: n }, (_, i) => `fragment F${i} on Customer { ${i === 0 ? 'id' : `...F${i - 1} parent { ...F${i - 1} }`} }`).join(' ')}`

describe('a document over the socket', () => {
  const bounds = ['COST_EXCEEDED', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']
  it.each([
    ['1: nests sixty fields', () => item(nested(60))],
    [
      '2: asks a thousand times under another name',
      () => `subscription { worklistChanged { ${Array.from({ length: 1_000 }, (_, i) => `a${i}: kind`).join(' ')} } }`,
    ],
    [
      '2: asks a hundred and one times under another name',
      () => `subscription { worklistChanged { ${Array.from({ length: 101 }, (_, i) => `a${i}: kind`).join(' ')} } }`,
    ],
    ['2: subscribes to two things', () => 'subscription { a: worklistChanged { kind } b: worklistChanged { kind } }'],
    ['3: doubles by twenty-two fragments', () => doubling(22)],
    ['3: doubles by sixty fragments', () => doubling(60)],
    ['4: goes round in a circle', () => `${item('...A')} fragment A on Customer { id ...B } fragment B on Customer { id ...A }`],
    ['5: says a field five thousand times', () => `subscription { worklistChanged { ${'kind '.repeat(5_000)} } }`],
    [
      '7: holds a thousand operations',
      () => Array.from({ length: 1_000 }, (_, i) => `subscription Q${i} { worklistChanged { kind } }`).join(' '),
    ],
    ['8: opens twenty thousand lists', () => `subscription { worklistChanged(clients: ${'['.repeat(20_000)}`],
    ['8: opens twenty thousand selections', () => '{a'.repeat(20_000)],
    [
      '9: asks for a hundred of a hundred',
      () => item('client { customers(first: 100) { edges { node { invoices(first: 100) { edges { node { id } } } } } } }'),
    ],
    ['10: asks for the schema', () => 'subscription { __schema { types { name } } worklistChanged { kind } }'],
    [
      '10: asks for the schema behind a change',
      () => 'subscription { worklistChanged { kind } } query { __schema { types { name } } }',
    ],
    ['10: asks for what is not there', () => 'subscription { worklistChnged { kind } }'],
    ['is none', () => 'subscription {'],
    ['is empty', () => ' '],
  ])('that %s is refused at once', async (_name, write) => {
    const { codes, ms, text } = await refusalOf(write())
    expect(codes.length, text.slice(0, 300)).toBeGreaterThan(0)
    for (const code of codes) expect([...bounds, 'OPERATION_RESOLUTION_FAILURE']).toContain(code)
    expect(ms).toBeLessThan(1_000)
    expect(text).not.toMatch(/call stack|RangeError|__schema"/)
    await isAlive()
  })

  it.each([
    '{ viewer { id } }',
    'query { viewer { id } }',
    'mutation { createTeam(input: { code: "X1", name: "x" }) { __typename } }',
    'query A { viewer { id } } subscription B { worklistChanged { kind } }',
  ])('17: that is no subscription is refused: %s', async (query) => {
    const { codes, text } = await refusalOf(query)
    expect(['SUBSCRIPTION_ONLY', 'OPERATION_RESOLUTION_FAILURE']).toContain(codes.join())
    expect(text).not.toContain('"data"')
  })

  it.each(['{ __schema { types { name } } }', '{ __type(name: "Client") { name } }'])(
    '17: that asks for the schema is refused: %s',
    async (query) => {
      const { codes, text } = await refusalOf(query)
      expect(codes).toHaveLength(1)
      expect(text).not.toContain('"data"')
    },
  )

  it('10: that misspells is not helped where the schema is hidden', async () => {
    const hidden = await startTestApp({ introspection: false, hideSchema: true })
    const socket = await admitted(token, { app: hidden })
    for (const [n, query] of [
      'subscription { worklistChnged { kind } }',
      'subscription { worklistChanged { knd } }',
      'subscription { worklistChanged(client: "x") { kind } }',
    ].entries()) {
      socket.subscribe(String(n), query)
      await codesOf(socket, String(n))
    }
    socket.subscribe('v', 'subscription ($c: [ID!]) { worklistChanged(clients: $c) { kind } }', { c: [{ no: 1 }] })
    await codesOf(socket, 'v')
    expect(JSON.stringify(socket.messages)).not.toMatch(/did you mean/i)
    socket.end()
    await hidden.stop()
  })

  it('14: with bad variables is told a few of them, and never as a fault', async () => {
    const { codes, text } = await refusalOf('subscription ($c: [ID!]) { worklistChanged(clients: $c) { kind } }', {
      c: Array.from({ length: 500 }, () => ({ no: 'id' })),
    })
    expect(codes.length).toBeGreaterThan(0)
    expect(codes.length).toBeLessThanOrEqual(limits.document.errors + 1)
    for (const code of codes) expect(code).toBe('BAD_USER_INPUT')
    expect(text).not.toContain('INTERNAL')
  })

  it.each(['a\u0000b', 'a\ud800b', '\u0000'])('22: with characters that are none is bad input', async (text) => {
    const byCursor = await refusalOf('subscription ($a: Cursor) { worklistChanged(after: $a) { kind } }', { a: text })
    expect(byCursor.codes).toEqual(['BAD_USER_INPUT'])
    const byId = await refusalOf('subscription ($c: [ID!]) { worklistChanged(clients: $c) { kind } }', { c: [text] })
    expect(byId.codes).toEqual(['BAD_USER_INPUT'])
  })

  it('9: that names more than two hundred clients is refused', async () => {
    const { codes } = await refusalOf('subscription ($c: [ID!]) { worklistChanged(clients: $c) { kind } }', {
      c: Array.from({ length: 201 }, () => client.gid),
    })
    expect(codes).toHaveLength(1)
    expect(codes).not.toContain('INTERNAL')
  })
})

describe('a message', () => {
  it('of more than 64 KiB closes the socket', async () => {
    const socket = await admitted(token)
    socket.send(
      JSON.stringify({ id: '1', type: 'subscribe', payload: { query: `${Changes} #${'x'.repeat(limits.socket.messageBytes)}` } }),
    )
    expect((await socket.closed())?.code).toBe(1009)
    await isAlive()
  })

  it('of less than that does not', async () => {
    const socket = await admitted(token)
    socket.subscribe('1', `${Changes} #${'x'.repeat(60_000)}`)
    expect(await socket.until(({ type }) => type === 'next')).not.toBeNull()
    socket.end()
  })

  it.each(['__proto__', 'constructor', 'toString', '\u0000', 'x'.repeat(10_000)])(
    'under any id is answered or refused, and kills nothing',
    async (id) => {
      const socket = await admitted(token)
      socket.subscribe(id, Changes)
      await socket.until(() => true, 1_000)
      socket.send({ id, type: 'complete' })
      socket.end()
      await isAlive()
    },
  )
})

describe.concurrent('17: the handshake', () => {
  it('from a page of another site is turned away', async () => {
    for (const origin of [
      'https://elsewhere.test',
      'null',
      'http://127.0.0.1.elsewhere.test',
      'http://127.0.0.1',
      'file://',
      'x',
    ]) {
      expect(await open({ options: { headers: { origin } } }), origin).toEqual({ status: 403 })
    }
  })

  it('from a page of one’s own, or of a site that is allowed, is not', async () => {
    const allowing = await startTestApp({ allowedOrigins: ['https://console.test'] })
    const own = new URL(allowing.url).origin
    for (const origin of ['https://console.test', own]) {
      const socket = await admitted(token, { app: allowing, options: { headers: { origin } } })
      socket.end()
    }
    expect(await open({ app: allowing, options: { headers: { origin: 'https://console.test.elsewhere.test' } } })).toEqual({
      status: 403,
    })
    await allowing.stop()
  })

  it('without a word is closed with 4408', async () => {
    const socket = await open()
    if ('status' in socket) throw new Error('turned away')
    expect((await socket.closed(limits.socket.initWaitMs + 2_000))?.code).toBe(4408)
  }, 15_000)

  it('that asks for something before it is let in is closed with 4401', async () => {
    const socket = await open()
    if ('status' in socket) throw new Error('turned away')
    socket.subscribe('1', Changes)
    expect((await socket.closed())?.code).toBe(4401)
  })

  it.each([
    ['a word', 'Bearer nonsense'],
    ['no scheme', 'x'],
    ['nothing', ''],
    ['a number', 7],
    ['a list', ['Bearer x']],
    ['an object', { toString: 'x' }],
    ['a key that nobody made', `Bearer qtk_${'A'.repeat(43)}`],
    ['a megabyte', `Bearer ${'a'.repeat(60_000)}`],
  ])('with %s for a credential is closed with 4403', async (_name, authorization) => {
    const socket = await open()
    if ('status' in socket) throw new Error('turned away')
    socket.send({ type: 'connection_init', payload: { authorization } })
    expect((await socket.closed())?.code).toBe(4403)
    expect(socket.messages).toEqual([])
  })

  it('with a token that expired, is of another issuer, or is of nobody is closed with 4403', async () => {
    const nobody = tokenFor('nobody at all')
    const elsewhere = tokenFor(client.analyst.subject, { audience: 'elsewhere' })
    const early = tokenFor(client.analyst.subject, { notBefore: '1h' })
    const late = tokenFor(client.analyst.subject, { expiresIn: -60 })
    for (const bearer of [nobody, elsewhere, early, late]) {
      const socket = await open()
      if ('status' in socket) throw new Error('turned away')
      socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${bearer}` } })
      expect((await socket.closed())?.code).toBe(4403)
    }
  })

  it('at an address that is none, or is another one, is turned away and kills nothing', async () => {
    const { port } = new URL(app.url)
    const raw = (target: string) =>
      new Promise<string>((resolve) => {
        const socket = createConnection({ port: Number(port), host: '127.0.0.1' }, () =>
          socket.write(
            `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
          ),
        )
        let answer = ''
        socket.on('data', (data) => {
          answer += String(data)
          socket.destroy()
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve(answer))
        setTimeout(() => socket.destroy(), 1_000)
      })
    for (const target of ['/elsewhere', '/graphql/x', '/', '//', '///', 'http://['])
      expect(await raw(target), target).toMatch(/^HTTP\/1\.1 4\d\d/)
    await isAlive()
  })
})

describe.concurrent('17: a token that expires while it listens', () => {
  it('closes the socket with 4403', async () => {
    const socket = await admitted(tokenFor(client.analyst.subject, { expiresIn: 1 }))
    socket.subscribe('1', Changes)
    expect(await socket.until(({ type }) => type === 'next')).not.toBeNull()
    expect(await socket.closed(limits.token.skewSeconds * 1_000 + 4_000)).toMatchObject({ code: 4403 })
  }, 15_000)
})

describe('16: a flood', () => {
  it('of sockets ends at ten for one principal, and others are let in', async () => {
    const person = await aPerson(client.provider.id, 'PERSON', 'flooder')
    const bearer = tokenFor(person.subject)
    const sockets = await Promise.all(Array.from({ length: limits.socket.perPrincipal }, () => admitted(bearer)))
    const over = await open()
    if ('status' in over) throw new Error('turned away')
    over.send({ type: 'connection_init', payload: { authorization: `Bearer ${bearer}` } })
    expect((await over.closed())?.code).toBeGreaterThanOrEqual(4400)
    for (const socket of sockets) expect(await socket.closed(1)).toBeNull()
    ;(await admitted(token)).end()
    sockets[0]?.end()
    await sleep(100)
    const again = await admitted(bearer)
    for (const socket of [...sockets, again]) socket.end()
  })

  it('of sockets that leave before they are let in locks nobody out', async () => {
    const person = await aPerson(client.provider.id, 'PERSON', 'leaver')
    const bearer = tokenFor(person.subject)
    for (let n = 0; n < 2 * limits.socket.perPrincipal; n += 1) {
      const socket = await open()
      if ('status' in socket) throw new Error('turned away')
      socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${bearer}` } })
      socket.end()
    }
    await sleep(500)
    const socket = await admitted(bearer)
    socket.end()
  })

  it('of subscriptions ends at twenty for one socket', async () => {
    const socket = await admitted(token)
    for (let n = 0; n < limits.socket.subscriptions; n += 1) socket.subscribe(`s${n}`, Changes)
    for (let n = 0; n < limits.socket.subscriptions; n += 1)
      expect(await socket.until(({ id, type }) => id === `s${n}` && type === 'next')).not.toBeNull()
    socket.subscribe('over', Changes)
    expect(await codesOf(socket, 'over')).toEqual(['TOO_MANY'])
    socket.send({ id: 's0', type: 'complete' })
    await sleep(100)
    socket.subscribe('again', Changes)
    expect(await socket.until(({ id, type }) => id === 'again' && type === 'next')).not.toBeNull()
    socket.end()
  })

  it('of refused subscriptions uses none of the twenty up', async () => {
    const socket = await admitted(token)
    for (let n = 0; n < 60; n += 1)
      socket.subscribe(
        `r${n}`,
        n % 2 === 0 ? 'subscription { nothing }' : 'subscription { worklistChanged(clients: ["none"]) { kind } }',
      )
    for (let n = 0; n < 60; n += 1) await codesOf(socket, `r${n}`)
    await sleep(200)
    socket.subscribe('good', Changes)
    expect(await socket.until(({ id, type }) => id === 'good' && type === 'next')).not.toBeNull()
    socket.end()
  })

  it('of subscriptions that are ended at once leaves no listener behind', async () => {
    const socket = await admitted(token)
    for (let n = 0; n < 200; n += 1) {
      socket.subscribe(`e${n}`, Changes)
      socket.send({ id: `e${n}`, type: 'complete' })
    }
    await sleep(1_000)
    socket.subscribe('last', Changes)
    expect(
      await socket.until(({ id, type }) => id === 'last' && type === 'next'),
      JSON.stringify(socket.messages.slice(-2)),
    ).not.toBeNull()
    expect(await subscriptionsOpen()).toBeLessThanOrEqual(2)
    socket.end()
  })
})

const subscriptionsOpen = async () => {
  const text = await (await fetch(new URL('/metrics', app.url))).text()
  return Number(/^quittance_subscriptions (\d+)$/m.exec(text)?.[1])
}

// Beside one another, because each of them waits; their clients keep them apart.
describe.concurrent('17: a right that is taken while it is used', () => {
  const heardBy = async (person: Person, at?: TestClient) => {
    const query =
      at === undefined ? Changes : `subscription { worklistChanged(clients: ["${at.gid}"]) { kind cursor client { code } } }`
    const heard = await listen<{ worklistChanged: { kind: string; client: { code: string } | null } | null }>(person, query)
    await heard.until((messages) => messages.length === 1)
    return heard
  }
  const take = (at: TestClient, person: Person) =>
    asOwner('update client_grant set valid_until = now() where client_id = $1 and principal_id = $2', [at.id, person.id])

  it.each([
    ['at once', 0],
    ['after a while', 2_500],
  ])('%s, ends the stream of a client that was named, within five seconds', async (_when, afterMs) => {
    const victim = await aClient()
    const heard = await heardBy(victim.analyst, victim)
    await sleep(afterMs)
    await take(victim, victim.analyst)
    await heard.until(() => heard.isComplete(), 5_000)
    await stir(victim)
    await sleep(300)
    expect(JSON.stringify(heard.messages.slice(1))).not.toContain(victim.code)
    heard.stop()
  })

  it('narrows the stream of everything, within five seconds, and tells the reader to read anew', async () => {
    const kept = await aClient()
    const lost = await aClient({ provider: kept.provider })
    await grant(lost, kept.analyst, 'ANALYST')
    const heard = await heardBy(kept.analyst)
    await stir(lost)
    await heard.until((messages) => messages.some(({ data }) => data?.worklistChanged?.client?.code === lost.code))
    await take(lost, kept.analyst)
    await heard.until((messages) => messages.some(({ data }) => data?.worklistChanged?.kind === 'RESYNC'), 5_000)
    const before = heard.messages.length
    await stir(lost)
    await stir(kept)
    await heard.until((messages) => messages.slice(before).some(({ data }) => data?.worklistChanged?.client?.code === kept.code))
    expect(JSON.stringify(heard.messages.slice(before))).not.toContain(lost.code)
    heard.stop()
  })

  it('is not used even where nobody has noticed yet: a change behind the taking is not delivered', async () => {
    const victim = await aClient()
    const heard = await heardBy(victim.analyst)
    await take(victim, victim.analyst)
    await stir(victim)
    await sleep(1_000)
    expect(JSON.stringify(heard.messages.slice(1))).not.toContain(victim.code)
    expect(heard.wire.join()).not.toContain(victim.canary)
    heard.stop()
  })

  it('widens the stream when it is given, within five seconds', async () => {
    const first = await aClient()
    const second = await aClient({ provider: first.provider })
    const heard = await heardBy(first.analyst)
    await grant(second, first.analyst, 'ANALYST')
    await heard.until((messages) => messages.some(({ data }) => data?.worklistChanged?.kind === 'RESYNC'), 5_000)
    await stir(second)
    await heard.until((messages) => messages.some(({ data }) => data?.worklistChanged?.client?.code === second.code))
    heard.stop()
  })

  it('with the whole person is gone within five seconds, and their next socket is refused', async () => {
    const victim = await aClient()
    const heard = await heardBy(victim.analyst)
    await asOwner('update principal set deactivated_at = now() where id = $1', [victim.analyst.id])
    await heard.until(() => heard.isComplete() || heard.closed() !== null, 5_000)
    await stir(victim)
    await sleep(300)
    expect(heard.wire.join()).not.toContain(victim.canary)
    const socket = await open()
    if ('status' in socket) throw new Error('turned away')
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${tokenFor(victim.analyst.subject)}` } })
    expect((await socket.closed())?.code).toBe(4403)
    heard.stop()
  })
})

afterAll(async () => {
  await isAlive()
})

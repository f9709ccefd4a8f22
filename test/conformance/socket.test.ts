import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../src/platform/limits.ts'
import { aClient, aCustomer, anItem, beginDay, tokenFor } from '../harness/index.ts'
import { admitted, isOpen, open, type RawSocket } from '../security/sockets.ts'

// The rules of graphql-transport-ws, each as its document has them.

const Changes = 'subscription { worklistChanged { kind } }'
let token = ''
let client: Awaited<ReturnType<typeof aClient>>

beforeAll(async () => {
  client = await aClient()
  token = tokenFor(client.analyst.subject)
})

const init = () => ({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })

const opened = async (): Promise<RawSocket> => {
  const socket = await open()
  if ('status' in socket) throw new Error(`turned away with ${socket.status}`)
  return socket
}

const codeAfter = async (...messages: (object | string)[]): Promise<number | undefined> => {
  const socket = await admitted(token)
  for (const message of messages) socket.send(message)
  const code = (await socket.closed())?.code
  socket.end()
  return code
}

describe.concurrent('the handshake', () => {
  it('is in the protocol’s name', async () => {
    const socket = await opened()
    expect(socket.protocol).toBe('graphql-transport-ws')
    socket.end()
  })

  it.each(['graphql-ws', 'not-a-protocol', null])('in another name is not taken: %s', async (protocol) => {
    const socket = await open({ protocol })
    if ('status' in socket) return expect(socket.status).not.toBe(101)
    expect((await socket.closed())?.code).toBe(4406)
  })

  it('is acknowledged once', async () => {
    const socket = await admitted(token)
    expect(socket.messages.map(({ type }) => type)).toEqual(['connection_ack'])
    socket.end()
  })

  it('must come in time: 4408', async () => {
    expect((await (await opened()).closed(limits.socket.initWaitMs + 2_000))?.code).toBe(4408)
  }, 15_000)

  it('comes once: 4429', async () => {
    expect(await codeAfter(init())).toBe(4429)
    const socket = await opened()
    socket.send(init())
    socket.send(init())
    expect((await socket.closed())?.code).toBe(4429)
  })

  it('comes before anything else: 4401', async () => {
    const socket = await opened()
    socket.subscribe('1', Changes)
    expect((await socket.closed())?.code).toBe(4401)
  })

  it('with a bad credential is refused: 4403', async () => {
    const socket = await opened()
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer bad' } })
    expect((await socket.closed())?.code).toBe(4403)
  })

  it('without a payload is refused, and not a fault: 4403', async () => {
    const socket = await opened()
    socket.send({ type: 'connection_init' })
    expect((await socket.closed())?.code).toBe(4403)
  })
})

describe.concurrent('a message that cannot be is answered with 4400', () => {
  it.each([
    ['no JSON', '{not json'],
    ['an unknown type', { type: 'nope' }],
    ['a subscribe without an id', { type: 'subscribe', payload: { query: Changes } }],
    ['a subscribe with an empty id', { id: '', type: 'subscribe', payload: { query: Changes } }],
    ['a subscribe without a document', { id: '1', type: 'subscribe', payload: {} }],
    ['a payload that is a text', { id: '1', type: 'subscribe', payload: 'x' }],
    ['variables that are a list', { id: '1', type: 'subscribe', payload: { query: Changes, variables: 'x' } }],
    ['a list', []],
    ['null', 'null'],
    ['a number', '1'],
  ])('%s', async (_name, message) => {
    expect(await codeAfter(message)).toBe(4400)
  })
})

describe.concurrent('a subscription', () => {
  it('under an id that is in use closes the socket: 4409', async () => {
    const socket = await admitted(token)
    socket.subscribe('d', Changes)
    await socket.until(({ type }) => type === 'next')
    socket.subscribe('d', Changes)
    expect((await socket.closed())?.code).toBe(4409)
  })

  it('that does not fit the schema ends with an error, and the socket stays', async () => {
    const socket = await admitted(token)
    socket.subscribe('e', '{ thisFieldDoesNotExist_8f3 }')
    await socket.until(({ id }) => id === 'e')
    expect(await isOpen(socket)).toBe(true)
    expect(socket.messages.filter(({ id }) => id === 'e').map(({ type }) => type)).toEqual(['error'])
    socket.end()
  })

  it('that its reader has ended says nothing more, not even that it ended', async () => {
    const own = await aClient()
    const socket = await admitted(tokenFor(own.analyst.subject))
    socket.subscribe('s', Changes)
    await socket.until(({ type }) => type === 'next')
    socket.send({ id: 's', type: 'complete' })
    await sleep(150)
    const before = socket.messages.length
    await anItem(own, await aCustomer(own), { openMinor: 5_000n })
    await beginDay(own)
    await sleep(800)
    expect(socket.messages.slice(before)).toEqual([])
    socket.end()
  })

  it('can have the id of one that ended', async () => {
    const socket = await admitted(token)
    socket.subscribe('r', Changes)
    await socket.until(({ type }) => type === 'next')
    socket.send({ id: 'r', type: 'complete' })
    await sleep(150)
    const before = socket.messages.length
    socket.subscribe('r', Changes)
    await sleep(400)
    expect(socket.messages.slice(before).map(({ type }) => type)).toEqual(['next'])
    socket.end()
  })

  it('that nobody began can be ended', async () => {
    const socket = await admitted(token)
    socket.send({ id: 'zzz', type: 'complete' })
    expect(await isOpen(socket)).toBe(true)
    socket.end()
  })
})

describe.concurrent('a ping', () => {
  it('is answered, before and after the handshake', async () => {
    for (const socket of [await opened(), await admitted(token)]) {
      socket.send({ type: 'ping' })
      expect(await socket.until(({ type }) => type === 'pong')).not.toBeNull()
      socket.end()
    }
  })

  it('that nobody sent may be answered', async () => {
    const socket = await admitted(token)
    socket.send({ type: 'pong' })
    expect(await isOpen(socket)).toBe(true)
    socket.end()
  })
})

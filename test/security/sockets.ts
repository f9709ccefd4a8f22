import { setTimeout as sleep } from 'node:timers/promises'
import WebSocket, { type ClientOptions } from 'ws'
import type { App } from '../../src/app.ts'
import { theApp } from '../harness/index.ts'

export type Message = {
  readonly type: string
  readonly id?: string
  readonly payload?: { readonly data?: Record<string, unknown> | null; readonly errors?: Fault[] } & Fault[]
}
type Fault = { readonly message: string; readonly extensions: { readonly code: string; readonly [fact: string]: unknown } }

/** A socket with nothing between the test and the wire: it may say what no client library would. */
export type RawSocket = {
  readonly messages: Message[]
  readonly protocol: string
  readonly send: (message: object | string) => void
  readonly subscribe: (id: string, query: string, variables?: object) => void
  /** The first message of the kind, or null when the socket closed or time was up. */
  readonly until: (holds: (message: Message) => boolean, ms?: number) => Promise<Message | null>
  /** What it was closed with; null while it is open. */
  readonly closed: (ms?: number) => Promise<{ readonly code: number; readonly reason: string } | null>
  readonly end: () => void
}

type Opening = { readonly app?: App; readonly protocol?: string | null; readonly options?: ClientOptions }

/** Opens a socket, or tells with which status it was turned away. */
export const open = async ({
  app,
  protocol = 'graphql-transport-ws',
  options = {},
}: Opening = {}): Promise<RawSocket | { status: number }> => {
  const { socketUrl } = app ?? (await theApp())
  const socket = new WebSocket(socketUrl, protocol === null ? [] : [protocol], options)
  const messages: Message[] = []
  let closed: { code: number; reason: string } | null = null
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  socket.on('close', (code, reason) => {
    closed = { code, reason: String(reason) }
  })
  const status = await new Promise<number>((resolve) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0)
      socket.terminate()
    })
    socket.on('error', () => resolve(0))
  })
  if (status !== 101) return { status }

  const wait = async <T>(look: () => T | undefined, ms: number): Promise<T | null> => {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(10)) {
      const found = look()
      if (found !== undefined) return found
    }
    return null
  }
  const send = (message: object | string) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  return {
    messages,
    protocol: socket.protocol,
    send,
    subscribe: (id, query, variables) => send({ id, type: 'subscribe', payload: { query, variables } }),
    until: (holds, ms = 3_000) => wait(() => messages.find(holds) ?? (closed === null ? undefined : null), ms),
    closed: (ms = 3_000) => wait(() => closed ?? undefined, ms),
    end: () => socket.terminate(),
  }
}

/** A socket that was let in. */
export const admitted = async (bearer: string, opening: Opening = {}): Promise<RawSocket> => {
  const socket = await open(opening)
  if ('status' in socket) throw new Error(`turned away with ${socket.status}`)
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${bearer}` } })
  const ack = await socket.until(({ type }) => type === 'connection_ack')
  if (ack === null) throw new Error(`not admitted: ${JSON.stringify(await socket.closed(100))}`)
  return socket
}

export const isOpen = async (socket: RawSocket): Promise<boolean> => (await socket.closed(60)) === null

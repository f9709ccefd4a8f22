import WebSocket from 'ws'
import { decodePlaces } from '../../src/platform/events/cursor.ts'
import { type ask, type TestClient, theApp, tokenFor } from '../harness/index.ts'

type App = Awaited<ReturnType<typeof theApp>>
type Who = Parameters<typeof ask>[0]

export type Change = {
  readonly kind: 'START' | 'ADDED' | 'UPDATED' | 'MOVED' | 'REMOVED' | 'RESYNC'
  readonly workKind: string | null
  readonly cursor: string
  readonly reason: string | null
  readonly at: string | null
  readonly scoreBefore: number | null
  readonly workItemId: string | null
  readonly client: { readonly code: string } | null
  readonly item: {
    readonly id: string
    readonly priority: { readonly score: number }
    readonly amounts: readonly { readonly toBeCollected: { readonly amount: string; readonly currency: string } }[]
  } | null
}
type Fault = { readonly message: string; readonly extensions: { readonly code: string } }

const document = `subscription Changed($clients: [ID!], $kinds: [WorkKind!], $after: Cursor) {
  worklistChanged(clients: $clients, kinds: $kinds, after: $after) {
  kind workKind cursor reason at scoreBefore workItemId client { code }
  item { id priority { score } amounts { toBeCollected { amount currency } } } } }`

/** A subscription on a bare socket, which a test may stop reading or tear off in the middle of a message. */
export type Stream = {
  /** In the order they came. */
  readonly changes: Change[]
  readonly errors: Fault[]
  /** Every byte that came. */
  readonly wire: string[]
  readonly isOver: () => boolean
  /** Until it holds; the time is there for a test that hangs, not to be asserted. */
  readonly until: (holds: () => boolean, ms?: number) => Promise<void>
  readonly pause: () => void
  readonly resume: () => void
  /** Torn off, without a good-bye. */
  readonly cut: () => void
}

type Where = {
  readonly clients?: readonly string[]
  readonly kinds?: readonly string[]
  readonly after?: string
  readonly app?: App
}

/** Follows the queue; comes back with the first message, which is START unless it was refused. */
export const follow = async (who: Who, { clients, kinds, after, app }: Where = {}): Promise<Stream> => {
  const { socketUrl } = app ?? (await theApp())
  const socket = new WebSocket(socketUrl, 'graphql-transport-ws')
  const changes: Change[] = []
  const errors: Fault[] = []
  const wire: string[] = []
  let isOver = false
  let wake: () => void = () => {}
  const say = (message: object) => socket.send(JSON.stringify(message))
  const hear: Record<string, (payload: unknown) => void> = {
    connection_ack: () => say({ id: '1', type: 'subscribe', payload: { query: document, variables: { clients, kinds, after } } }),
    ping: () => say({ type: 'pong' }),
    next: (payload) => {
      const { data, errors: faults } = payload as { data?: { worklistChanged: Change | null } | null; errors?: Fault[] }
      if (data?.worklistChanged) changes.push(data.worklistChanged)
      errors.push(...(faults ?? []))
    },
    error: (payload) => {
      errors.push(...(payload as Fault[]))
      isOver = true
    },
    complete: () => {
      isOver = true
    },
  }
  socket.on('open', () => say({ type: 'connection_init', payload: { authorization: `Bearer ${tokenFor(who.subject ?? '')}` } }))
  socket.on('message', (data) => {
    wire.push(String(data))
    const { type, payload } = JSON.parse(String(data)) as { type: string; payload: unknown }
    hear[type]?.(payload)
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isOver = true
    wake()
  })

  const until = async (holds: () => boolean, ms = 10_000) => {
    const end = performance.now() + ms
    while (!holds()) {
      const left = end - performance.now()
      if (left <= 0) throw new Error(`it never came; heard ${JSON.stringify({ changes, errors, isOver })}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  await until(() => changes.length > 0 || errors.length > 0 || isOver)
  return {
    changes,
    errors,
    wire,
    isOver: () => isOver,
    until,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
  }
}

/** The place of a client's line at which a cursor stands. */
export const placeAt = ({ id }: TestClient, { cursor }: { readonly cursor: string }): bigint | undefined =>
  decodePlaces(cursor)?.get(id)

import WebSocket from 'ws'

const document = `subscription Follow($after: Cursor) { worklistChanged(after: $after) {
  kind cursor at workItemId client { name }
  item { id priority { score } customer { name } }
  queue(first: 100) { edges { node { id priority { score } customer { name } } } } } }`

type Row = { readonly id: string; readonly priority: { readonly score: number }; readonly customer: { readonly name: string } }
type Change = {
  readonly kind: string
  readonly cursor: string
  readonly at: string | null
  readonly workItemId: string | null
  readonly item: Row | null
  readonly queue: { readonly edges: readonly { readonly node: Row }[] } | null
}

export type Reader = {
  /** The reader's own copy of the queue: scores by work item. */
  readonly copy: Map<string, number>
  /** Milliseconds from the change to its arrival. */
  readonly delays: number[]
  readonly heard: () => number
  readonly repeated: () => number
  readonly foreign: () => number
  /** Torn off without a good-bye, and back behind the last cursor. */
  readonly tear: () => Promise<void>
  readonly stop: () => void
}

/** Follows the queue of whoever the token is, and keeps a copy of it by what is told alone. */
export const openReader = async (url: string, token: string, foreignCanaries: readonly string[]): Promise<Reader> => {
  const copy = new Map<string, number>()
  const delays: number[] = []
  const seen = new Set<string>()
  let [heard, repeated, foreign] = [0, 0, 0]
  let cursor: string | null = null
  let socket: WebSocket

  const take = (change: Change) => {
    heard += 1
    if (change.kind === 'START' && cursor !== null) return
    cursor = change.cursor
    if (change.queue !== null) {
      copy.clear()
      for (const { node } of change.queue.edges) copy.set(node.id, node.priority.score)
      return
    }
    if (seen.has(change.cursor)) repeated += 1
    seen.add(change.cursor)
    if (change.at !== null) delays.push(Date.now() - Date.parse(change.at))
    if (change.item === null) copy.delete(change.workItemId ?? '')
    else copy.set(change.item.id, change.item.priority.score)
  }

  const connect = () =>
    new Promise<void>((resolve, reject) => {
      const own = new WebSocket(url, 'graphql-transport-ws')
      socket = own
      own.on('open', () => own.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })))
      own.on('error', reject)
      own.on('message', (data) => {
        if (own !== socket) return
        const text = String(data)
        if (foreignCanaries.some((canary) => text.includes(canary))) foreign += 1
        const message = JSON.parse(text) as { type: string; payload?: { data?: { worklistChanged?: Change } } }
        if (message.type === 'connection_ack')
          own.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: document, variables: { after: cursor } } }))
        if (message.type === 'ping') own.send('{"type":"pong"}')
        const change = message.payload?.data?.worklistChanged
        if (message.type === 'next' && change !== undefined) {
          take(change)
          resolve()
        }
        if (message.type === 'error' || message.type === 'complete') reject(new Error(text))
      })
    })

  await connect()
  return {
    copy,
    delays,
    heard: () => heard,
    repeated: () => repeated,
    foreign: () => foreign,
    tear: () => {
      socket.terminate()
      return connect()
    },
    stop: () => socket.terminate(),
  }
}

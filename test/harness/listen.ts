import { type Client, createClient } from 'graphql-ws'
import WebSocket from 'ws'
import type { App } from '../../src/app.ts'
import { theApp, tokenFor } from './app.ts'
import type { Answer, Asking } from './ask.ts'

export type Heard<Data> = {
  readonly messages: Answer<Data>[]
  /** Everything that came over the wire, byte for byte. */
  readonly wire: string[]
  readonly until: (holds: (messages: Answer<Data>[]) => boolean, ms?: number) => Promise<void>
  readonly closed: () => { code: number; reason: string } | null
  readonly isComplete: () => boolean
  readonly stop: () => void
}

/** A subscription over a real socket, kept open until the test stops it. */
export const listen = async <Data = Record<string, never>>(
  who: Asking,
  query: string,
  variables: Record<string, unknown> = {},
  app?: App,
): Promise<Heard<Data>> => {
  const { socketUrl } = app ?? (await theApp())
  const messages: Answer<Data>[] = []
  const wire: string[] = []
  let closed: { code: number; reason: string } | null = null
  let isComplete = false
  let wake: () => void = () => {}
  const stir = () => wake()

  class Recorder extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args)
      this.on('message', (data) => wire.push(String(data)))
    }
  }
  const client: Client = createClient({
    url: socketUrl,
    webSocketImpl: Recorder,
    retryAttempts: 0,
    lazy: true,
    connectionParams: { authorization: `Bearer ${who.bearer ?? tokenFor(who.subject ?? '')}` },
    on: {
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string }
        closed = { code, reason }
        stir()
      },
    },
  })
  const unsubscribe = client.subscribe<Data>(
    { query, variables },
    {
      next: (message) => {
        messages.push(message as Answer<Data>)
        stir()
      },
      error: (error) => {
        if (Array.isArray(error)) messages.push({ errors: error as never })
        stir()
      },
      complete: () => {
        isComplete = true
        stir()
      },
    },
  )
  return {
    messages,
    wire,
    closed: () => closed,
    isComplete: () => isComplete,
    stop: () => {
      unsubscribe()
      void client.dispose()
    },
    until: async (holds, ms = 5_000) => {
      const end = Date.now() + ms
      while (!holds(messages)) {
        const left = end - Date.now()
        if (left <= 0)
          throw new Error(
            `nothing of the kind within ${ms} ms; heard ${JSON.stringify(messages)}, closed ${JSON.stringify(closed)}`,
          )
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, 100))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    },
  }
}

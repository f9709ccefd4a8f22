import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError, getOperationAST, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from 'graphql'
import { CloseCode } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { inUnit, Unknown } from '../platform/database/unit.ts'
import type { Feed } from '../platform/events/feed.ts'
import { coded, mask } from '../platform/graphql/errors.ts'
import type { Engine, Operation } from '../platform/graphql/execute.ts'
import { guardOperation, guardShape } from '../platform/graphql/guard.ts'
import { subscribeInUnits } from '../platform/graphql/subscribe.ts'
import type { Asker } from '../platform/identity/asker.ts'
import { authenticate } from '../platform/identity/authenticate.ts'
import { TokenRefused, type TokenRules } from '../platform/identity/token.ts'
import { limits } from '../platform/limits.ts'
import { BatchingSocket } from './batching-socket.ts'

export type SocketOptions = {
  readonly engine: Engine
  readonly feed: Feed
  readonly rules: TokenRules
  readonly allowedOrigins: readonly string[]
  /** Whether a misspelt name is left unexplained. */
  readonly hideSchema: boolean
}

export type Sockets = { readonly size: () => number; readonly close: () => Promise<void> }

type Extra = {
  socket: { readonly readyState: number; close: (code: number, reason: string) => void }
  request: IncomingMessage
  asker?: Asker
  open?: number
  expiry?: NodeJS.Timeout
}

const tryAgainLater = 1013
const openState = 1

/** Keys of objects hold one operation each: what the guards let through, handed to the subscriber. */
type Admitted = { readonly asker: Asker; readonly operation: Operation }

const nameOf = (asker: Asker): string =>
  asker.kind === 'TOKEN' ? asker.subject : asker.kind === 'KEY' ? asker.hash.toString('hex') : ''

/**
 * Subscriptions over graphql-transport-ws. The library bypasses every guard of the HTTP side, so the same ones stand
 * here again: size, shape, validity and cost of the document, and who asks, at the handshake and at each delivery.
 */
export const serveSockets = (server: Server, { engine, feed, rules, allowedOrigins, hideSchema }: SocketOptions): Sockets => {
  const { schema, log, clock, database } = engine
  const perPrincipal = new Map<string, number>()
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: limits.socket.messageBytes,
    clientTracking: true,
    WebSocket: BatchingSocket,
  })

  const isAllowedOrigin = ({ headers: { origin, host } }: IncomingMessage) => {
    if (origin === undefined || allowedOrigins.includes(origin)) return true
    try {
      return new URL(origin).host === host
    } catch {
      return false
    }
  }

  /** Compared as text: an address that is none would throw where nobody catches. */
  const isOurPath = (url: string) => url === '/graphql' || url.startsWith('/graphql?')

  const turnAway = (socket: Duplex, status: string) =>
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {})
    if (!isOurPath(request.url ?? '')) return turnAway(socket, '404 Not Found')
    if (!isAllowedOrigin(request)) return turnAway(socket, '403 Forbidden')
    if (wss.clients.size >= limits.socket.perProcess) return turnAway(socket, '503 Service Unavailable')
    wss.handleUpgrade(request, socket, head, (upgraded) => {
      upgraded.over(socket)
      wss.emit('connection', upgraded, request)
    })
  })

  const admit = async (extra: Extra, authorization: unknown): Promise<boolean> => {
    const header = typeof authorization === 'string' ? authorization : extra.request.headers.authorization
    const asker = await authenticate(header, rules)
    await inUnit(database, { asker, readOnly: true, now: clock() }, async () => {})
    // Gone meanwhile: its close was told already, so nothing would ever count it off again.
    if (extra.socket.readyState !== openState) return false
    const name = nameOf(asker)
    const open = perPrincipal.get(name) ?? 0
    if (open >= limits.socket.perPrincipal) {
      extra.socket.close(CloseCode.TooManyInitialisationRequests, 'Too many sockets')
      return false
    }
    perPrincipal.set(name, open + 1)
    extra.asker = asker
    extra.open = 0
    if (asker.kind === 'TOKEN') {
      const leftMs = Math.min(asker.expiresAt.getTime() - clock().getTime(), 2_147_000_000)
      extra.expiry = setTimeout(() => extra.socket.close(CloseCode.Forbidden, 'The token has expired'), leftMs)
    }
    return true
  }

  const check = (payload: {
    query: string
    operationName?: string | null | undefined
    variables?: Record<string, unknown> | null | undefined
  }): Operation | GraphQLError => {
    const document = parse(payload.query, { maxTokens: limits.document.tokens })
    const shape = guardShape(document)
    if (shape !== null) return shape
    const [invalid] = validate(schema, document, [...specifiedRules, NoSchemaIntrospectionCustomRule], { maxErrors: 1 })
    if (invalid !== undefined)
      return coded('GRAPHQL_VALIDATION_FAILED', hideSchema ? invalid.message.replace(/ Did you mean .*\?$/, '') : invalid.message)
    const operation = getOperationAST(document, payload.operationName)
    if (operation === null || operation === undefined)
      return coded('OPERATION_RESOLUTION_FAILURE', 'Name one of the operations of the document.')
    if (operation.operation !== 'subscription')
      return coded('SUBSCRIPTION_ONLY', 'The socket carries subscriptions only; send this over HTTP.')
    const variables = payload.variables ?? {}
    return guardOperation(schema, document, operation, variables) ?? { document, operationName: payload.operationName, variables }
  }

  const disposable = useServer<{ authorization?: unknown }, Extra>(
    {
      connectionInitWaitTimeout: limits.socket.initWaitMs,
      onConnect: async ({ connectionParams, extra }) => {
        try {
          return await admit(extra, connectionParams?.authorization)
        } catch (refused) {
          // A busy database says nothing about the token: the caller is told to come again, not that it was refused.
          if (!(refused instanceof TokenRefused || refused instanceof Unknown))
            extra.socket.close(tryAgainLater, 'Try again later')
          log.info({ reason: (refused as Error).message }, 'a socket was refused')
          return false
        }
      },
      onClose: ({ extra }) => {
        clearTimeout(extra.expiry)
        if (extra.asker === undefined) return
        const name = nameOf(extra.asker)
        const open = (perPrincipal.get(name) ?? 1) - 1
        if (open === 0) perPrincipal.delete(name)
        else perPrincipal.set(name, open)
      },
      onSubscribe: ({ extra }, _id, payload) => {
        const { asker } = extra
        if (asker === undefined) return [coded('UNAUTHENTICATED', 'You are not signed in.')]
        if ((extra.open ?? 0) >= limits.socket.subscriptions) {
          return [coded('TOO_MANY', `A socket carries at most ${limits.socket.subscriptions} subscriptions.`)]
        }
        try {
          const checked = check(payload)
          if (checked instanceof GraphQLError) return [checked]
          extra.open = (extra.open ?? 0) + 1
          return { schema, document: checked.document, contextValue: { asker, operation: checked } satisfies Admitted }
        } catch (thrown) {
          return [
            coded(
              'GRAPHQL_PARSE_FAILED',
              thrown instanceof GraphQLError ? thrown.message : 'Syntax Error: the document nests too deeply.',
            ),
          ]
        }
      },
      subscribe: ((args: { contextValue: Admitted }) =>
        subscribeInUnits(engine, feed, args.contextValue.asker, args.contextValue.operation)) as never,
      onComplete: ({ extra }) => {
        extra.open = Math.max(0, (extra.open ?? 1) - 1)
      },
      onError: (_context, _id, _payload, errors) => errors.map((error) => mask(error as GraphQLError, log).toJSON()),
    },
    wss as never,
    limits.socket.pingMs,
  )

  return {
    size: () => wss.clients.size,
    close: async () => {
      await disposable.dispose()
      for (const socket of wss.clients) socket.terminate()
      wss.close()
    },
  }
}

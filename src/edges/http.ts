import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Unavailable } from '../platform/database/database.ts'
import type { Asker } from '../platform/identity/asker.ts'
import { authenticate } from '../platform/identity/authenticate.ts'
import { TokenRefused, type TokenRules } from '../platform/identity/token.ts'
import { limits } from '../platform/limits.ts'
import type { Log } from '../platform/log.ts'
import { refuse } from './graphql-http.ts'
import type { Metrics } from './metrics.ts'

/** Answers requests under one path. Those that need a caller get one; the others are for operators. */
export type Route = {
  readonly path: RegExp
  readonly name: string
  readonly serve: (request: IncomingMessage, response: ServerResponse, url: URL, match: RegExpExecArray) => Promise<void>
}

/** A route for callers with a credential: without a good one there is nothing behind it. */
export const forCallers =
  (rules: TokenRules, log: Log, serve: (asker: Asker, ...rest: Parameters<Route['serve']>) => Promise<void>): Route['serve'] =>
  async (request, response, url, match) => {
    let asker: Asker
    try {
      asker = await authenticate(request.headers.authorization, rules)
    } catch (refused) {
      if (!(refused instanceof TokenRefused)) throw refused
      log.info({ reason: refused.message }, 'a credential was refused')
      return refuse(response, 401, 'UNAUTHENTICATED', 'Send a good token: authorization: Bearer …', [
        ['www-authenticate', 'Bearer'],
      ])
    }
    return serve(asker, request, response, url, match)
  }

const safeHeaders: readonly [string, string][] = [
  ['x-content-type-options', 'nosniff'],
  ['cache-control', 'no-store'],
  ['referrer-policy', 'no-referrer'],
]

export const createHttp = (routes: readonly Route[], { log, metrics }: { log: Log; metrics: () => Metrics }): Server => {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const startedAt = performance.now()
    for (const [name, value] of safeHeaders) response.setHeader(name, value)
    let url: URL
    try {
      url = new URL(request.url ?? '/', 'http://localhost')
    } catch {
      return refuse(response, 400, 'BAD_REQUEST', 'The address is not one.')
    }
    for (const { path, name, serve } of routes) {
      const match = path.exec(url.pathname)
      if (match === null) continue
      response.once('close', () => metrics().requested(name, response.statusCode, (performance.now() - startedAt) / 1000))
      try {
        return await serve(request, response, url, match)
      } catch (thrown) {
        if (response.headersSent || response.destroyed) return void response.destroy()
        if (thrown instanceof Unavailable)
          return refuse(response, 503, 'UNAVAILABLE', 'The service is busy; try again.', [['retry-after', '1']])
        log.error({ route: name, error: (thrown as Error).stack }, 'fault')
        return refuse(response, 500, 'INTERNAL', 'Something went wrong on our side.')
      }
    }
    return refuse(response, 404, 'NOT_FOUND', 'There is nothing here; the API is at /graphql.')
  }
  const server = createServer((request, response) => void handle(request, response))
  server.headersTimeout = limits.http.headersMs
  server.requestTimeout = limits.http.uploadMs
  server.keepAliveTimeout = limits.http.keepAliveMs
  return server
}

export const plain = (response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8') => {
  response.statusCode = status
  response.setHeader('content-type', contentType)
  response.end(body)
}

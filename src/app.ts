import './flows/index.ts'
import type { AddressInfo } from 'node:net'
import { createEvidenceRoutes } from './edges/evidence.ts'
import { createGraphQLRoute } from './edges/graphql-route.ts'
import { createHttp, plain, type Route } from './edges/http.ts'
import { createMetrics, type Metrics } from './edges/metrics.ts'
import { createNoticeRoutes } from './edges/notices.ts'
import { createUploadRoutes } from './edges/uploads.ts'
import { serveSockets } from './edges/ws.ts'
import { jobs } from './flows/jobs.ts'
import { keepHouse } from './flows/keep-house.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import { openDatabase } from './platform/database/database.ts'
import { pendingMigrations } from './platform/database/migrate.ts'
import type { DocumentStore } from './platform/documents/document-store.ts'
import type { Scan } from './platform/documents/scan.ts'
import { openFeed } from './platform/events/feed.ts'
import type { Engine } from './platform/graphql/execute.ts'
import type { KeyRing, TokenRules } from './platform/identity/token.ts'
import { startWorker } from './platform/jobs/worker.ts'
import { limits } from './platform/limits.ts'
import type { Log } from './platform/log.ts'
import { smtpMailer } from './platform/mail/mailer.ts'
import { schema } from './schema.ts'

export type AppOptions = {
  readonly appUrl: string
  readonly relayUrl: string
  readonly host: string
  readonly port: number
  readonly issuer: string
  readonly audience: string
  readonly keys: KeyRing
  readonly log: Log
  readonly clock?: Clock
  readonly connections?: number
  readonly introspection: boolean
  readonly hideSchema: boolean
  readonly allowedOrigins: readonly string[]
  readonly documents: DocumentStore
  readonly scan: Scan
  /** What links to documents are signed with: the same for all nodes. */
  readonly linkSecret: string
  readonly drainMs?: number
  /** Of the mail server. Without it no mail is sent. */
  readonly smtpUrl?: string | undefined
}

export type App = {
  readonly url: string
  readonly socketUrl: string
  readonly engine: Engine
  readonly stop: () => Promise<void>
}

/** The composition root: every part is made here, once, and handed to the parts that need it. */
export const startApp = async (options: AppOptions): Promise<App> => {
  const { log, clock = systemClock, issuer, audience, keys, documents, scan, linkSecret } = options
  const database = openDatabase(options.appUrl, {
    log,
    ...(options.connections === undefined ? {} : { connections: options.connections }),
  })
  const engine: Engine = { schema, database, clock, log, linkSecret }
  const rules: TokenRules = { issuer, audience, keys, clock }
  const feed = openFeed({ database, relayUrl: options.relayUrl, clock, log })
  const outside = { mailer: options.smtpUrl === undefined ? null : smtpMailer(options.smtpUrl) }
  const worker = startWorker({ database, watchUrl: options.relayUrl, jobs, clock, log, outside })
  let isDraining = false

  const isReady = async (): Promise<string | null> => {
    if (isDraining) return 'it is stopping'
    const pending = await pendingMigrations(database.pool)
    if (pending.length > 0) return `migrations are missing: ${pending.join(', ')}`
    if (feed.relay.lagMs() > 10 * limits.socket.pollMs) return 'events are not keeping up'
    return null
  }

  let metrics: Metrics
  const routes: Route[] = [
    await createGraphQLRoute(engine, rules, options),
    ...createUploadRoutes(engine, rules),
    ...createNoticeRoutes(engine, rules),
    ...createEvidenceRoutes(engine, rules, { documents, scan }),
    { path: /^\/livez$/, name: 'livez', serve: async (_request, response) => plain(response, 200, 'alive\n') },
    {
      path: /^\/readyz$/,
      name: 'readyz',
      serve: async (_request, response) => {
        const reason = await isReady().catch(() => 'the database does not answer')
        plain(response, reason === null ? 200 : 503, `${reason ?? 'ready'}\n`)
      },
    },
    {
      path: /^\/metrics$/,
      name: 'metrics',
      serve: async (_request, response) => plain(response, 200, await metrics.text(), metrics.contentType),
    },
  ]
  const server = createHttp(routes, { log, metrics: () => metrics })
  const sockets = serveSockets(server, {
    engine,
    feed,
    rules,
    allowedOrigins: options.allowedOrigins,
    hideSchema: options.hideSchema,
  })
  metrics = createMetrics({ database, feed, worker, sockets: sockets.size })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const housekeeping = keepHouse({ database, clock, log, documents })
  const { port } = server.address() as AddressInfo
  const isLocal = ['0.0.0.0', '::', '127.0.0.1'].includes(options.host)
  const authority = `${isLocal ? 'localhost' : options.host}:${port}`

  /** Readiness first, then new work and new jobs, then sockets, then what is under way, then the database. */
  const stop = async () => {
    isDraining = true
    // Begins nothing new; what runs goes on while requests do.
    const idle = worker.stop()
    await new Promise((resolve) => setTimeout(resolve, options.drainMs ?? 0))
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    await sockets.close()
    server.closeIdleConnections()
    const late = setTimeout(() => server.closeAllConnections(), limits.database.writeMs)
    await closed
    clearTimeout(late)
    await housekeeping.stop()
    await idle
    await feed.stop()
    await database.close()
  }
  return { url: `http://${authority}/graphql`, socketUrl: `ws://${authority}/graphql`, engine, stop }
}

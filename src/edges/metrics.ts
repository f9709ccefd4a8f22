import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../platform/database/database.ts'
import type { Feed } from '../platform/events/feed.ts'

export type Metrics = {
  readonly text: () => Promise<string>
  readonly contentType: string
  readonly requested: (route: string, status: number, seconds: number) => void
}

/** What an operator watches: how long answers take, whether connections run out, whether events keep up. */
export const createMetrics = ({
  database,
  feed,
  sockets,
}: {
  database: Database
  feed: Feed
  sockets: () => number
}): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'quittance_http_request_seconds',
    help: 'Time to answer a request, by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge(
    'quittance_database_waiting',
    'Units that wait for a connection: the first sign of too few.',
    () => database.pool.waitingCount,
  )
  gauge('quittance_database_connections', 'Connections that are open.', () => database.pool.totalCount)
  gauge('quittance_relay_lag_seconds', 'Since the lines of events were last seen up to date.', () => feed.relay.lagMs() / 1000)
  gauge('quittance_relay_elected', '1 on the node that numbers events.', () => (feed.relay.isElected() ? 1 : 0))
  gauge('quittance_subscriptions', 'Subscriptions that are open on this node.', feed.size)
  gauge('quittance_sockets', 'Sockets that are open on this node.', sockets)
  const total = new Counter({
    name: 'quittance_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'status'],
    registers: [registry],
  })
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    requested: (route, status, seconds) => {
      requests.observe({ route, status: String(status) }, seconds)
      total.inc({ route, status: String(status) })
    },
  }
}

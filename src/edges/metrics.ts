import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../platform/database/database.ts'
import type { Feed } from '../platform/events/feed.ts'
import type { Worker } from '../platform/jobs/worker.ts'

export type Metrics = {
  readonly text: () => Promise<string>
  readonly contentType: string
  readonly requested: (route: string, status: number, seconds: number) => void
}

/** What an operator watches: how long answers take, whether connections run out, whether events keep up. */
export const createMetrics = ({
  database,
  feed,
  worker,
  sockets,
}: {
  database: Database
  feed: Feed
  worker: Worker
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
  gauge('quittance_jobs_running', 'Jobs that this node runs.', worker.running)
  gauge('quittance_jobs_idle_seconds', 'Since this node last looked for due jobs.', () => worker.idleMs() / 1000)
  const countJobs = watchJobs(registry, worker)
  const total = new Counter({
    name: 'quittance_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'status'],
    registers: [registry],
  })
  return {
    text: async () => {
      await countJobs()
      return registry.metrics()
    },
    contentType: registry.contentType,
    requested: (route, status, seconds) => {
      requests.observe({ route, status: String(status) }, seconds)
      total.inc({ route, status: String(status) })
    },
  }
}

/** Of the whole database, so any node tells the same; and what became of the attempts of this one. */
const watchJobs = (registry: Registry, worker: Worker): (() => Promise<void>) => {
  const registers = [registry]
  const queued = new Gauge({
    name: 'quittance_jobs_queued',
    help: 'Jobs that wait for their instant or for a worker.',
    registers,
  })
  const failed = new Gauge({
    name: 'quittance_jobs_failed',
    help: 'Jobs that were given up and are kept for an operator.',
    registers,
  })
  const lag = new Gauge({ name: 'quittance_jobs_lag_seconds', help: 'Since the oldest due job was due.', registers })
  const ended = new Counter({
    name: 'quittance_jobs_total',
    help: 'Attempts at jobs that ended on this node, by what became of them.',
    labelNames: ['outcome'],
    registers,
  })
  return async () => {
    const counts = await worker.counts()
    // Old figures would look like a queue that stands still.
    queued.set(counts?.queued ?? Number.NaN)
    failed.set(counts?.failed ?? Number.NaN)
    lag.set((counts?.lagMs ?? Number.NaN) / 1000)
    ended.reset()
    const { DONE, RETRIED, FAILED } = worker.ended()
    for (const [outcome, count] of Object.entries({ done: DONE, retried: RETRIED, failed: FAILED })) ended.inc({ outcome }, count)
  }
}

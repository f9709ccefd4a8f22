import pg from 'pg'
import { limits } from '../limits.ts'
import type { Log } from '../log.ts'

/** Told of each statement that a unit sends: how tests count and metrics measure. */
export type StatementObserver = (text: string) => void

export type Database = {
  readonly pool: pg.Pool
  /** Set by tests and benches to count statements; the service itself does not. */
  observe: StatementObserver | undefined
  /** Called after a commit that left events behind: the relay's wake-up on this node. A hint, so losing one costs latency only. */
  eventsWritten: () => void
  /** The same for jobs, and the worker. */
  jobsWritten: () => void
  readonly close: () => Promise<void>
}

/** No connection became free in time: the caller may try again. */
export class Unavailable extends Error {
  readonly retryAfterMs = 1_000
}

/** The pool of the API's own, weaker role. Statements of a unit leave pipelined: BEGIN does not wait for its answer. */
export const openDatabase = (
  url: string,
  { log, connections = limits.database.connections }: { log: Log; connections?: number },
): Database => {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: limits.database.waitMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'quittance',
    pipeline: true,
  } as pg.PoolConfig)
  let isClosing = false
  pool.on('error', (error) => {
    // A pool has ended before its connections have: a server of our own that stops behind it may cut them, and nothing is lost.
    if (!isClosing) log.warn({ error: error.message }, 'an idle database connection was lost')
  })
  const close = () => {
    isClosing = true
    return pool.end()
  }
  return { pool, observe: undefined, eventsWritten: () => {}, jobsWritten: () => {}, close }
}

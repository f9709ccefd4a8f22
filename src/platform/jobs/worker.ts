import { setTimeout as sleepFor } from 'node:timers/promises'
import type pg from 'pg'
import { keepWatch } from '../database/watch.ts'
import { limits } from '../limits.ts'
import type { Job, Outside, Payload } from './job.ts'
import { type JobDeps, type Outcome, runJob } from './run-job.ts'
import type { Due } from './store.ts'

export type JobCounts = {
  /** Whether due or not. */
  readonly queued: number
  readonly failed: number
  /** How long ago the oldest due one was due. */
  readonly lagMs: number
}

export type Worker = {
  /** A job was committed on this node. */
  readonly wake: () => void
  /** Of the whole database; null while it does not answer. */
  readonly counts: () => Promise<JobCounts | null>
  readonly running: () => number
  /** What became of the attempts of this node. */
  readonly ended: () => Readonly<Record<Outcome, number>>
  /** Milliseconds since it last looked for due jobs. */
  readonly idleMs: () => number
  /** Begins nothing more, and waits for what runs. */
  readonly stop: () => Promise<void>
}

/** The oldest of each client first, so that one with thousands does not keep the others waiting. */
const dueText = `
  select client_id as "clientId", id from (
    select client_id, id, run_at, row_number() over (partition by client_id order by run_at, id) as place
    from (
      select client_id, id, run_at from job where state = 'QUEUED' and run_at <= $1 and name = any ($2) order by run_at limit 1000
    ) due
  ) fair order by place, run_at, id limit 50`

const countsText = `
  select count(*) filter (where state = 'QUEUED')::int as queued, count(*) filter (where state = 'FAILED')::int as failed,
    min(run_at) filter (where state = 'QUEUED' and run_at <= $1) as oldest
  from job`

type Counted = { readonly queued: number; readonly failed: number; readonly oldest: Date | null }

export type WorkerOptions = Omit<JobDeps, 'jobs' | 'outside'> & {
  /** Of the role that sees which jobs are due, and nothing in them. */
  readonly watchUrl: string
  readonly jobs: readonly Job<Payload>[]
  readonly atOnce?: number
  /** Without it, jobs find nothing outside of the database. */
  readonly outside?: Outside
}

const nothingOutside: Outside = { mailer: null }

/** Looks for due jobs of the kinds it knows, and runs some at a time. Any number of nodes may do so at once. */
export const startWorker = ({
  watchUrl,
  jobs,
  atOnce = limits.jobs.atOnce,
  outside = nothingOutside,
  ...rest
}: WorkerOptions): Worker => {
  const { clock, log } = rest
  const known = new Map<string, Job<Payload>>(jobs.map((one) => [one.name, one]))
  if (known.size < jobs.length) throw new Error('two jobs have the same name')
  const deps: JobDeps = { ...rest, outside, jobs: known }
  const names = [...known.keys()]
  const running = new Map<string, Promise<void>>()
  /** Jobs that another node runs: they are not asked for again in the same breath. */
  const passed = new Map<string, number>()
  const ended: Record<Outcome, number> = { DONE: 0, RETRIED: 0, FAILED: 0, PASSED: 0 }
  let connected: pg.Client | null = null
  let lookedAt = performance.now()

  const begin = (due: Due) => {
    const run = async () => {
      let outcome: Outcome = 'PASSED'
      try {
        outcome = await runJob(deps, due)
      } catch (error) {
        log.warn({ job: due.id, error: String(error) }, 'an attempt at a job could not be kept; it comes again by itself')
      }
      ended[outcome] += 1
      if (outcome === 'PASSED') passed.set(due.id, performance.now() + limits.jobs.pollMs)
      running.delete(due.id)
      watch.wake()
    }
    running.set(due.id, run())
  }

  const dueNow = async (connection: pg.Client): Promise<readonly Due[]> => {
    const { rows } = await connection.query<Due>({ name: 'due', text: dueText, values: [clock(), names] })
    lookedAt = performance.now()
    for (const [id, until] of passed) if (until <= lookedAt) passed.delete(id)
    return rows.filter(({ id }) => !running.has(id) && !passed.has(id))
  }

  const look = async (connection: pg.Client) => {
    const free = atOnce - running.size
    const due = free > 0 ? (await dueNow(connection)).slice(0, free) : []
    if (watch.isStopped()) return false
    due.forEach(begin)
    return due.length > 0 && running.size < atOnce
  }

  const begun = (connection: pg.Client) => {
    connected = connection
  }
  const lost = () => {
    connected = null
  }
  const watch = keepWatch({ url: watchUrl, name: 'worker', pollMs: limits.jobs.pollMs, log, begun, look, ended: lost })

  const counts = async (): Promise<JobCounts | null> => {
    if (connected === null) return null
    const now = clock()
    const counted = connected.query<Counted>({ name: 'counts', text: countsText, values: [now] }).then(
      ({ rows }) => rows[0],
      () => undefined,
    )
    // Whoever watches must be told that there is no answer while there is none.
    const row = await Promise.race([counted, sleepFor(limits.jobs.pollMs, undefined, { ref: false })])
    if (row === undefined) return null
    return { queued: row.queued, failed: row.failed, lagMs: row.oldest === null ? 0 : now.getTime() - row.oldest.getTime() }
  }

  rest.database.jobsWritten = watch.wake
  return {
    wake: watch.wake,
    counts,
    running: () => running.size,
    ended: () => ({ ...ended }),
    idleMs: () => performance.now() - lookedAt,
    stop: async () => {
      await watch.stop()
      await Promise.all(running.values())
      rest.database.jobsWritten = () => {}
    },
  }
}

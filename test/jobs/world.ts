import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { z } from 'zod'
import { Refusal } from '../../src/kernel/refusal.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { command, perform } from '../../src/platform/command.ts'
import { clientById } from '../../src/platform/database/clients.ts'
import { type Database, openDatabase } from '../../src/platform/database/database.ts'
import { inUnit, type Tx } from '../../src/platform/database/unit.ts'
import { type Attempt, type Job, job, type Payload } from '../../src/platform/jobs/job.ts'
import { startWorker, type Worker } from '../../src/platform/jobs/worker.ts'
import { type Log, silentLog } from '../../src/platform/log.ts'
import type { Write } from '../../src/platform/write.ts'
import { type OwnDatabase, ownDatabase } from '../events/own-database.ts'
import { note } from './note.ts'

export class Unwanted extends Refusal {
  readonly code = 'UNWANTED'
}

type Asked = { readonly clientId: string; readonly ask: (write: Write) => void; readonly isUnwanted?: boolean }

const askFor = command({
  name: 'test.askFor',
  permission: 'worklist:refresh',
  refusals: [Unwanted],
  scope: ({ clientId }: Asked) => ({ clientId }),
  audited: () => ({}),
  run: async (write, { ask, isUnwanted = false }) => {
    ask(write)
    return isUnwanted ? new Unwanted('not today') : {}
  },
})

export const noon = new Date('2026-11-20T12:00:00Z')
export const later = (ms: number, from = noon) => new Date(from.getTime() + ms)
export const hour = 3_600_000

/** Notes what it is told to. */
export const noteLater = job({
  name: 'test.note',
  payload: z.object({ text: z.string() }),
  run: ({ tx, clientId }, { text }) => perform(tx, note, { clientId, text }),
})

export type Gate = { readonly job: Job<{ readonly text: string }>; readonly reached: () => number; readonly open: () => void }

/** Notes, and then stands still with all of it uncommitted until the gate opens. */
export const aGate = (name: `${string}.${string}`, attempts = 3): Gate => {
  let reached = 0
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    reached: () => reached,
    open,
    job: job({
      name,
      attempts,
      payload: z.object({ text: z.string() }),
      run: async ({ tx, clientId }: Attempt, { text }) => {
        await perform(tx, note, { clientId, text })
        reached += 1
        await opened
        await tx.sql`select 1`
      },
    }),
  }
}

export type JobRow = {
  readonly name: string
  readonly key: string
  readonly state: string
  readonly attempts: number
  readonly reason: string | null
  readonly run_at: Date
  readonly payload: Record<string, unknown>
}

/** A database of its own for a file, with workers that stop behind each test, also one that failed. */
export const ownQueue = () => {
  let own: OwnDatabase
  const opened: Database[] = []
  const workers: Worker[] = []
  beforeAll(async () => {
    own = await ownDatabase()
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    await Promise.all(opened.splice(0).map((database) => database.close()))
    // What a test left queued is nothing to the next one's workers.
    await own.rows('delete from job')
  })
  afterAll(() => own.close())

  const open = (name = 'test'): Database => {
    const database = openDatabase(own.appUrl(name), { log: silentLog, connections: 4 })
    opened.push(database)
    return database
  }

  const inUnitOf = async <T>(clientId: string, now: Date, work: (tx: Tx) => Promise<T>, database = open()): Promise<T> => {
    const client = await clientById(database, clientId)
    if (client === null) throw new Error('there is no such client')
    return inUnit(database, { asker: { kind: 'SYSTEM', client }, readOnly: false, now }, work)
  }

  return {
    own: () => own,
    open,
    inUnitOf,
    aClient: (timeZone?: string) => own.aClient(timeZone),
    jobsOf: (clientId: string) =>
      own.rows<JobRow>(
        'select name, key, state, attempts, reason, run_at, payload from job where client_id = $1 order by run_at, name, key',
        [clientId],
      ),
    notesOf: async (clientId: string) =>
      (
        await own.rows<{ text: string }>(
          `select payload ->> 'text' as text from event where client_id = $1 and name = 'work.noted' order by id`,
          [clientId],
        )
      ).map(({ text }) => text),
    /** A command that enqueues, as any command may. */
    ask: (clientId: string, ask: (write: Write) => void, options: { now?: Date; isUnwanted?: boolean } = {}) =>
      inUnitOf(clientId, options.now ?? noon, (tx) =>
        perform(tx, askFor, { clientId, ask, isUnwanted: options.isUnwanted ?? false }),
      ),
    askIn: (tx: Tx, clientId: string, ask: (write: Write) => void) => perform(tx, askFor, { clientId, ask }),
    aWorker: (options: {
      name: string
      jobs: readonly Job<Payload>[]
      clock?: Clock
      log?: Log
      atOnce?: number
    }): { worker: Worker; database: Database } => {
      const { name, clock = () => noon, log = silentLog, ...rest } = options
      const database = open(name)
      const worker = startWorker({ ...rest, database, watchUrl: own.relayUrl(`${name} watch`), clock, log })
      workers.push(worker)
      return { worker, database }
    },
    /** Ends the connections of that name, whatever runs on them. */
    cutOff: (name: string) =>
      own.rows(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()',
        [name],
      ),
  }
}

export const eventually = (holds: () => Promise<boolean> | boolean) =>
  expect.poll(async () => holds(), { timeout: 20_000, interval: 20 }).toBe(true)

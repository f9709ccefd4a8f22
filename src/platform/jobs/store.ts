import { part } from '../database/sql.ts'
import type { Tx } from '../database/unit.ts'
import type { ClientId } from '../policy.ts'
import { retryAfterMs } from './backoff.ts'

// The SQL of the table of jobs. All of it runs narrowed to the one client: in a command, or in an attempt.

export type NewJob = {
  readonly id: string
  readonly name: string
  readonly key: string
  readonly payload: object
  readonly runAt: Date
  readonly attemptsMax: number
}

type Enqueued = {
  readonly clientId: ClientId
  readonly principalId: string
  readonly now: Date
  readonly ifThere: 'REPLACE' | 'KEEP'
}

/** A job that takes another's place gets an id of its own, so that an attempt that still runs the other cannot end it. */
const replace = part`do update set id = excluded.id, payload = excluded.payload, state = 'QUEUED', run_at = excluded.run_at, attempts = 0,
  attempts_max = excluded.attempts_max, reason = null, principal_id = excluded.principal_id, enqueued_at = excluded.enqueued_at`
const keep = part`do nothing`

/** Of each key one at most: a statement cannot write a row twice. */
export const insertJobs = ({ sql }: Tx, { clientId, principalId, now, ifThere }: Enqueued, jobs: readonly NewJob[]) => sql`
  insert into job (client_id, id, name, key, payload, state, run_at, attempts_max, principal_id, enqueued_at)
  select ${clientId}, j.id, j.name, j.key, j.payload, 'QUEUED', j."runAt", j."attemptsMax", ${principalId}, ${now}
  from jsonb_to_recordset(${JSON.stringify(jobs)}::jsonb)
    as j (id uuid, name text, key text, payload jsonb, "runAt" timestamptz, "attemptsMax" int)
  on conflict (client_id, name, key) ${ifThere === 'REPLACE' ? replace : keep}`

/** Whether one of this kind waits or runs at the client. */
export const isQueued = async ({ sql }: Tx, clientId: ClientId, name: string): Promise<boolean> => {
  const rows = await sql`select 1 from job where client_id = ${clientId} and name = ${name} and state = 'QUEUED' limit 1`
  return rows.length > 0
}

export type Due = { readonly clientId: ClientId; readonly id: string }

/**
 * What an attempt holds while it runs, and what is over when its connection is, whatever ended it. Not a lock on the row: a
 * command that enqueues by the same key would have to wait for the attempt, and the attempt perhaps for a row of the command.
 */
const lockOf = part`hashtextextended('job ' || client_id || ' ' || name || ' ' || key, 0)`

export type Taken = Due & {
  readonly name: string
  readonly key: string
  readonly payload: unknown
  readonly attempts: number
  readonly attemptsMax: number
}

/** Counts an attempt before it is made: one that takes its whole process down with it has counted too. */
export const takeJob = async ({ sql, now }: Tx, due: Due): Promise<Taken | 'EXHAUSTED' | null> => {
  const { clientId, id } = due
  const [found] = await sql<{ attempts: number; attemptsMax: number }>`
    select attempts, attempts_max as "attemptsMax" from job
    where client_id = ${clientId} and id = ${id} and state = 'QUEUED' and run_at <= ${now}`
  if (found === undefined) return null
  const [free] = await sql<{ isFree: boolean }>`
    select pg_try_advisory_xact_lock(${lockOf}) as "isFree" from job where client_id = ${clientId} and id = ${id}`
  if (free?.isFree !== true) return null
  const { attempts, attemptsMax } = found
  if (attempts >= attemptsMax) {
    const given = await sql`
      update job set state = 'FAILED', reason = coalesce(reason, 'each attempt was broken off, and none told why')
      where client_id = ${clientId} and id = ${id} and attempts = ${attempts} and state = 'QUEUED' and run_at <= ${now} returning id`
    return given.length > 0 ? 'EXHAUSTED' : null
  }
  const again = new Date(now.getTime() + retryAfterMs(attempts + 1))
  const [row] = await sql<Omit<Taken, keyof Due>>`
    update job set attempts = attempts + 1, run_at = ${again}
    where client_id = ${clientId} and id = ${id} and attempts = ${attempts} and state = 'QUEUED' and run_at <= ${now}
    returning name, key, payload, attempts, attempts_max as "attemptsMax"`
  return row === undefined ? null : { ...due, ...row }
}

/**
 * Holds a job that was taken until the attempt ends; false when somebody took it since, or another took its place. It waits:
 * whoever only looked whether the job is free must not make the one who has it give up.
 */
export const holdTaken = async ({ sql }: Tx, { clientId, id, attempts }: Taken): Promise<boolean> => {
  await sql`select pg_advisory_xact_lock(${lockOf}) from job where client_id = ${clientId} and id = ${id}`
  const rows = await sql`
    select 1 from job where client_id = ${clientId} and id = ${id} and state = 'QUEUED' and attempts = ${attempts}`
  return rows.length > 0
}

/** Nobody takes the job again before then: it is worked on outside of any transaction. */
export const leaveTaken = ({ sql }: Tx, { clientId, id, attempts }: Taken, until: Date) => sql`
  update job set run_at = ${until} where client_id = ${clientId} and id = ${id} and attempts = ${attempts}`

export const endJob = ({ sql }: Tx, { clientId, id }: Due) => sql`delete from job where client_id = ${clientId} and id = ${id}`

/** Tells what became of an attempt that failed; null when the job is another by now. */
export const failJob = async (tx: Tx, job: Taken, reason: string): Promise<'QUEUED' | 'FAILED' | null> => {
  const again = new Date(tx.now.getTime() + retryAfterMs(job.attempts))
  const rows = await tx.sql<{ state: 'QUEUED' | 'FAILED' }>`
    update job set reason = ${reason}, run_at = ${again}, state = case when attempts >= attempts_max then 'FAILED' else 'QUEUED' end
    where client_id = ${job.clientId} and id = ${job.id} and attempts = ${job.attempts} and state = 'QUEUED' returning state`
  return rows[0]?.state ?? null
}

export const requeueFailed = async ({ sql, now }: Tx, { clientId, id }: Due): Promise<{ name: string; key: string } | null> => {
  const rows = await sql<{ name: string; key: string }>`
    update job set state = 'QUEUED', attempts = 0, run_at = ${now}
    where client_id = ${clientId} and id = ${id} and state = 'FAILED' returning name, key`
  return rows[0] ?? null
}

export const removeFailed = async ({ sql }: Tx, { clientId, id }: Due): Promise<{ name: string; key: string } | null> => {
  const rows = await sql<{ name: string; key: string }>`
    delete from job where client_id = ${clientId} and id = ${id} and state = 'FAILED' returning name, key`
  return rows[0] ?? null
}

export type JobRow = {
  readonly id: string
  readonly name: string
  readonly key: string
  readonly state: 'QUEUED' | 'FAILED'
  readonly runAt: Date
  readonly attempts: number
  readonly attemptsMax: number
  readonly reason: string | null
}

export const jobsOf = ({ sql }: Tx, clientId: ClientId): Promise<JobRow[]> => sql<JobRow>`
  select id, name, key, state, run_at as "runAt", attempts, attempts_max as "attemptsMax", reason
  from job where client_id = ${clientId} order by run_at, id`

import { isRefusal } from '../../kernel/refusal.ts'
import type { Clock } from '../clock.ts'
import { clientById, type KnownClient } from '../database/clients.ts'
import type { Database } from '../database/database.ts'
import { inUnit, narrowToClient, type Tx, widen } from '../database/unit.ts'
import { limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { newId } from '../new-id.ts'
import { inSpan } from '../trace.ts'
import { takeOrders } from './enqueue.ts'
import { type Attempt, Errand, type Job, type Outside, type Payload } from './job.ts'
import { type Due, endJob, failJob, holdTaken, leaveTaken, type Taken, takeJob } from './store.ts'

export type JobDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly jobs: ReadonlyMap<string, Job<Payload>>
  readonly outside: Outside
}

/** `PASSED`: somebody else has it, or it is not due any more. */
export type Outcome = 'DONE' | 'RETRIED' | 'FAILED' | 'PASSED'

/** What an operator is told: never the payload, and no longer than the table holds. */
const reasonOf = (thrown: unknown): string => {
  const text = isRefusal(thrown) ? `${thrown.code}: ${thrown.message}` : String(thrown)
  return text.replaceAll('\0', '').slice(0, 500) || 'it did not say why'
}

/** A unit as the service itself, bound to the one client whose job it is and to nobody else's rows. */
const inUnitOf = <T>({ database, clock }: JobDeps, client: KnownClient, timeoutMs: number, work: (tx: Tx) => Promise<T>) =>
  inUnit(database, { asker: { kind: 'SYSTEM', client }, readOnly: false, now: clock(), timeoutMs }, async (tx) => {
    await narrowToClient(tx, client.id)
    return work(tx)
  })

/**
 * One transaction of a job: it holds the job, does some work, enqueues what follows, and takes the job off the queue, or
 * leaves it there for as long as an errand may take.
 */
const inAttempt = (
  deps: JobDeps,
  client: KnownClient,
  job: Job<Payload>,
  taken: Taken,
  work: (attempt: Attempt) => Promise<unknown>,
): Promise<Outcome | Errand> =>
  inUnitOf(deps, client, job.timeoutMs ?? limits.database.writeMs, async (tx) => {
    if (!(await holdTaken(tx, taken))) return 'PASSED'
    await widen(tx)
    const orders = takeOrders({ now: tx.now, newId: () => newId(tx.now) })
    const { enqueue } = orders
    const { id: clientId, timeZone } = client
    const result = await work({ tx, clientId, timeZone, now: tx.now, enqueue, outside: deps.outside })
    if (isRefusal(result)) throw result
    await narrowToClient(tx, clientId)
    await orders.save(tx, clientId)
    if (result instanceof Errand) {
      await leaveTaken(tx, taken, new Date(tx.now.getTime() + result.withinMs))
      return result
    }
    await endJob(tx, taken)
    return 'DONE'
  })

const attempt = async (deps: JobDeps, client: KnownClient, job: Job<Payload>, taken: Taken): Promise<Outcome> => {
  const begun = await inAttempt(deps, client, job, taken, (mine) => job.run(mine, job.payload.parse(taken.payload)))
  if (!(begun instanceof Errand)) return begun
  const told = await begun.call()
  const ended = await inAttempt(deps, client, job, taken, (mine) => begun.settle(mine, told))
  if (ended instanceof Errand) throw new Error('an errand is settled, and does not lead to another')
  return ended
}

/**
 * Takes a due job and runs it. That it was taken is committed before it runs, so a job that ends its process is counted and
 * comes to its end; what it does is committed with its being done, so it is done once however often it is begun.
 */
export const runJob = async (deps: JobDeps, due: Due): Promise<Outcome> => {
  const { database, log } = deps
  const client = await clientById(database, due.clientId)
  if (client === null) throw new Error('a job of a client that is not there')
  const taken = await inUnitOf(deps, client, limits.database.writeMs, (tx) => takeJob(tx, due))
  if (taken === null) return 'PASSED'
  const about = { job: due.id, clientId: due.clientId }
  if (taken === 'EXHAUSTED') {
    log.error(about, 'a job was broken off at each attempt and is kept as failed')
    return 'FAILED'
  }
  const { name, attempts } = taken
  const job = deps.jobs.get(name)
  if (job === undefined) throw new Error(`no job is called ${name}`)
  try {
    return await inSpan('job', { 'quittance.job': name }, () => attempt(deps, client, job, taken))
  } catch (thrown) {
    const reason = reasonOf(thrown)
    const state = await inUnitOf(deps, client, limits.database.writeMs, (tx) => failJob(tx, taken, reason))
    if (state === null) return 'PASSED'
    if (state === 'FAILED') log.error({ ...about, name, attempts, reason }, 'a job is kept as failed: npm run jobs -- list')
    else log.warn({ ...about, name, attempts, reason }, 'a job came to nothing and is tried again')
    return state === 'FAILED' ? 'FAILED' : 'RETRIED'
  }
}

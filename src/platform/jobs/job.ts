import type { Tx } from '../database/unit.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { ClientId } from '../policy.ts'

/** What a job is told: ids and days to find rows by. The rows are read when it runs, and may have changed by then. */
export type Payload = { readonly [name: string]: string | number | boolean | null }

/** What jobs reach beyond the database; null where the environment names none. */
export type Outside = { readonly mailer: Mailer | null }

/** What a running job works with: a unit of its own, as the service itself, for one client. Its writes are commands. */
export type Attempt = {
  readonly tx: Tx
  readonly clientId: ClientId
  /** The zone in which the client's days begin. */
  readonly timeZone: string
  readonly now: Date
  /** Kept only if the attempt is. */
  readonly enqueue: Enqueue
  readonly outside: Outside
}

/**
 * What a job has to do outside of any transaction, and what follows from it. What `run` wrote is committed before `call`
 * begins, and `settle` has a transaction of its own. A process that dies between them leaves the job to be begun again, so
 * `call` may happen twice: `run` must know by what it wrote that it was begun before.
 */
export class Errand<Told = unknown> {
  readonly call: () => Promise<Told>
  readonly settle: (attempt: Attempt, told: Told) => Promise<unknown>
  /** Nobody begins the job again for so long. `call` ends by itself within it. */
  readonly withinMs: number
  constructor({ call, settle, withinMs }: Pick<Errand<Told>, 'call' | 'settle' | 'withinMs'>) {
    this.call = call
    this.settle = settle
    this.withinMs = withinMs
  }
}

/** One kind of job as a value. What it does and that it is done are one transaction: either both hold, or neither. */
export type Job<P extends Payload> = {
  readonly name: `${string}.${string}`
  /** A zod shape, say. What it does not take, fails. */
  readonly payload: { readonly parse: (value: unknown) => P }
  /** How often it is begun before it is kept as failed. */
  readonly attempts?: number
  readonly timeoutMs?: number
  /**
   * A refusal that it returns, or anything that it throws, is an attempt that failed: nothing of it stays. An `Errand` that it
   * returns is run behind its commit, and the job is done when that is settled.
   */
  run(attempt: Attempt, payload: P): Promise<unknown>
}

export type When = {
  /** At once, unless said. */
  readonly runAt?: Date
  /** Makes the job the only one of its kind with this key at the client. */
  readonly key?: string
  /**
   * What becomes of one that is there by that key. `REPLACE`: the new one takes its place, with its own instant and all its
   * attempts; one that runs is finished first. `KEEP`: nothing is added while one waits, runs or has failed.
   */
  readonly ifThere?: 'REPLACE' | 'KEEP'
}

export type Enqueue = <P extends Payload>(job: Job<P>, payload: P, when?: When) => void

export const job = <P extends Payload>(definition: Job<P>): Job<P> => definition

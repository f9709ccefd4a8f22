import type { Tx } from '../database/unit.ts'
import { limits } from '../limits.ts'
import type { ClientId } from '../policy.ts'
import type { Enqueue } from './job.ts'
import { insertJobs, type NewJob } from './store.ts'

type Ordered = NewJob & { readonly ifThere: 'REPLACE' | 'KEEP' }

/** What a command or an attempt asks to be done later, until it is saved with everything else that it wrote. */
export type Orders = { readonly enqueue: Enqueue; readonly save: (tx: Tx, clientId: ClientId) => Promise<void> }

/**
 * Saved last: a row of a job is locked when all rows of the ledger already are, so that enqueuing waits for nobody in
 * another order than docs/decisions/0007-lock-order.md has.
 */
export const takeOrders = ({ now, newId }: { readonly now: Date; readonly newId: () => string }): Orders => {
  const orders = new Map<string, Ordered>()

  const enqueue: Enqueue = (job, payload, { runAt = now, key, ifThere = 'REPLACE' } = {}) => {
    const id = newId()
    const name = `${job.name} ${key ?? id}`
    if (ifThere === 'KEEP' && orders.has(name)) return
    const order = { id, name: job.name, key: key ?? id, payload: job.payload.parse(payload), runAt, ifThere }
    orders.set(name, { ...order, attemptsMax: job.attempts ?? limits.jobs.attempts })
  }

  const save = async (tx: Tx, clientId: ClientId) => {
    if (orders.size === 0) return
    if (clientId === '') throw new Error('a job belongs to a client, and this command is about none')
    // In the order of their keys, in which two that enqueue the same jobs wait for one another and never both.
    const sorted = [...orders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, order]) => order)
    const insert = (ifThere: Ordered['ifThere']) => {
      const jobs = sorted.filter((order) => order.ifThere === ifThere)
      return jobs.length === 0 ? null : insertJobs(tx, { clientId, principalId: tx.viewer.id, now, ifThere }, jobs)
    }
    await Promise.all([insert('REPLACE'), insert('KEEP')])
    tx.wroteJobs = true
  }
  return { enqueue, save }
}

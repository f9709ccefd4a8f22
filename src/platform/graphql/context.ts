import { type Day, dayIn } from '../../kernel/day.ts'
import type { Tx } from '../database/unit.ts'
import type { ClientId, Viewer } from '../policy.ts'

/** What resolvers work with: one unit, and who asks. Loaders keep their batches by it, so it lives as long as its unit. */
export type Context = {
  readonly tx: Tx
  readonly viewer: Viewer
  readonly now: Date
  /** The civil day at a client, right now. */
  readonly today: (clientId: ClientId) => Day
}

export const contextOf = (tx: Tx): Context => ({
  tx,
  get viewer() {
    return tx.viewer
  },
  now: tx.now,
  today: (clientId) => dayIn(tx.viewer.held.get(clientId)?.timeZone ?? 'UTC', tx.now),
})

import { type Day, dayIn } from '../../kernel/day.ts'
import type { Tx } from '../database/unit.ts'
import type { ClientId, Viewer } from '../policy.ts'

/** What resolvers work with: one unit, and who asks. Loaders keep their batches by it, so it lives as long as its unit. */
export type Context = {
  readonly tx: Tx
  readonly viewer: Viewer
  readonly now: Date
  /** What links to documents are signed with. */
  readonly linkSecret: string
  /** The civil day at a client, right now. */
  readonly today: (clientId: ClientId) => Day
}

export const contextOf = (tx: Tx, { linkSecret }: Pick<Context, 'linkSecret'>): Context => {
  const days = new Map<ClientId, Day>()
  return {
    tx,
    get viewer() {
      return tx.viewer
    },
    now: tx.now,
    linkSecret,
    today: (clientId) => {
      const known = days.get(clientId)
      if (known !== undefined) return known
      const day = dayIn(tx.viewer.held.get(clientId)?.timeZone ?? 'UTC', tx.now)
      days.set(clientId, day)
      return day
    },
  }
}

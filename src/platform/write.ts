import type { Tx } from './database/unit.ts'
import type { DomainEvent } from './events/event.ts'
import type { Enqueue } from './jobs/job.ts'
import type { ClientId, Viewer } from './policy.ts'

/** What a running command works with: a transaction that sees and writes one client alone. */
export type Write = {
  readonly tx: Tx
  readonly clientId: ClientId
  readonly viewer: Viewer
  readonly now: Date
  readonly newId: () => string
  readonly emit: (event: DomainEvent) => void
  /** Work for later, or for behind the commit: kept with what the command writes, and gone if that is. */
  readonly enqueue: Enqueue
}

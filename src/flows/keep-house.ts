import type { Clock } from '../platform/clock.ts'
import { perform } from '../platform/command.ts'
import { allClients } from '../platform/database/clients.ts'
import type { Database } from '../platform/database/database.ts'
import { inUnit } from '../platform/database/unit.ts'
import type { DocumentStore } from '../platform/documents/document-store.ts'
import { limits } from '../platform/limits.ts'
import type { Log } from '../platform/log.ts'
import { scheduleDays } from './begin-days.ts'
import { removeEvidence } from './remove-evidence.ts'

type Deps = {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly documents: DocumentStore
}

export type Housekeeping = { readonly stop: () => Promise<void> }

/**
 * Sees to it that what time brings about is enqueued for every client: each job enqueues the one behind it, and here begins
 * a chain that is not there yet, or that ended because a day was given up. Bytes of documents whose time is over are
 * removed here and not by a job, because a job is a transaction, and no file is touched in one. Every node does it; whoever
 * comes second finds it done.
 */
export const keepHouse = ({ database, clock, log, documents }: Deps): Housekeeping => {
  let isStopped = false

  const round = async () => {
    for (const client of await allClients(database)) {
      if (isStopped) return
      const unit = { asker: { kind: 'SYSTEM', client }, readOnly: false, now: clock() } as const
      try {
        await inUnit(database, unit, (tx) => perform(tx, scheduleDays, { clientId: client.id }))
      } catch (error) {
        // One client's trouble is not that of those behind it.
        log.warn({ clientId: client.id, error: String(error) }, 'a client is scheduled at the next round')
      }
      await removeEvidence({ database, clock, documents }, client).catch((error) =>
        log.warn({ clientId: client.id, error: String(error) }, 'documents whose time is over are removed at the next round'),
      )
    }
  }

  let running: Promise<void> = Promise.resolve()
  const start = () => {
    running = round().catch((error) => log.warn({ error: String(error) }, 'housekeeping goes again at its next round'))
  }
  start()
  const timer = setInterval(start, limits.jobs.sweepMs)
  timer.unref()
  return {
    stop: async () => {
      isStopped = true
      clearInterval(timer)
      await running
    },
  }
}

import { dayIn } from '../kernel/day.ts'
import { judgeDuePlans } from '../modules/plan/index.ts'
import { judgeDuePromises } from '../modules/promise/index.ts'
import { beginWorkDay } from '../modules/worklist/index.ts'
import type { Clock } from '../platform/clock.ts'
import { perform } from '../platform/command.ts'
import { allClients } from '../platform/database/clients.ts'
import type { Database } from '../platform/database/database.ts'
import { inUnit } from '../platform/database/unit.ts'
import type { SystemAsker } from '../platform/identity/asker.ts'
import { limits } from '../platform/limits.ts'
import type { Log } from '../platform/log.ts'
import { failAbandonedImports } from './import-passes.ts'

type Deps = { readonly database: Database; readonly clock: Clock; readonly log: Log }

export type Housekeeping = { readonly stop: () => Promise<void> }

const roundMs = 30_000

/**
 * What time alone brings about: a new day in each client's zone, and loads that a dead process left running. Every node
 * does it; each step finds nothing to do when another was faster.
 */
export const keepHouse = (deps: Deps): Housekeeping => {
  const { database, clock, log } = deps
  const begun = new Map<string, string>()
  let isStopped = false

  const round = async () => {
    for (const client of await allClients(database)) {
      if (isStopped) return
      const today = dayIn(client.timeZone, clock())
      if (begun.get(client.id) === today) continue
      const asker: SystemAsker = { kind: 'SYSTEM', client }
      const unit = { asker, readOnly: false, now: clock(), timeoutMs: limits.database.loadMs }
      await inUnit(database, unit, async (tx) => {
        await perform(tx, judgeDuePromises, { clientId: client.id })
        await perform(tx, judgeDuePlans, { clientId: client.id })
        await perform(tx, beginWorkDay, { clientId: client.id })
      })
      await failAbandonedImports(deps, { asker, clientId: client.id })
      begun.set(client.id, today)
    }
  }

  let running: Promise<void> = Promise.resolve()
  const start = () => {
    running = round().catch((error) => log.warn({ error: String(error) }, 'housekeeping goes again at its next round'))
  }
  start()
  const timer = setInterval(start, roundMs)
  timer.unref()
  return {
    stop: async () => {
      isStopped = true
      clearInterval(timer)
      await running
    },
  }
}

import { dayIn } from '../kernel/day.ts'
import { beginWorkDay, rescoreWork } from '../modules/worklist/index.ts'
import type { Clock } from '../platform/clock.ts'
import { granted, perform } from '../platform/command.ts'
import { allClients } from '../platform/database/clients.ts'
import type { Database } from '../platform/database/database.ts'
import { inUnit } from '../platform/database/unit.ts'
import type { SystemAsker } from '../platform/identity/asker.ts'
import { limits } from '../platform/limits.ts'
import type { Log } from '../platform/log.ts'
import { failAbandonedImports } from './import-passes.ts'
import { isRescoring } from './rescore-work.ts'

type Deps = { readonly database: Database; readonly clock: Clock; readonly log: Log }

export type Housekeeping = { readonly stop: () => Promise<void> }

const roundMs = 30_000

/** How often a client is looked after whose day is begun: another node that was rescoring its queue may have gone. */
const lookMs = 600_000

/**
 * What time alone brings about: a new day in each client's zone, queues that are by the strategy in force, and loads that a
 * dead process left running. Every node does it; each step finds nothing to do when another was faster.
 */
export const keepHouse = (deps: Deps): Housekeeping => {
  const { database, clock, log } = deps
  const begun = new Map<string, string>()
  const looked = new Map<string, number>()
  let isStopped = false

  const askerOf = (client: SystemAsker['client']): SystemAsker => ({ kind: 'SYSTEM', client })
  const unitOf = (client: SystemAsker['client']) => ({
    asker: askerOf(client),
    readOnly: false,
    now: clock(),
    timeoutMs: limits.database.loadMs,
  })

  /** Portion after portion, each in a transaction of its own: whoever works the queue meanwhile waits for none but its own. */
  const rescore = async (client: SystemAsker['client']) => {
    while (!isStopped) {
      const out = await inUnit(database, unitOf(client), (tx) => perform(tx, rescoreWork, { clientId: client.id }))
      if (granted(out).isDone) return
    }
  }

  const round = async () => {
    for (const client of await allClients(database)) {
      if (isStopped) return
      const now = clock()
      const today = dayIn(client.timeZone, now)
      const isBegun = begun.get(client.id) === today
      if (!isBegun) {
        await inUnit(database, unitOf(client), (tx) => perform(tx, beginWorkDay, { clientId: client.id }))
        await failAbandonedImports(deps, { asker: askerOf(client), clientId: client.id })
        begun.set(client.id, today)
      }
      if (isBegun && !isRescoring(client.id, now) && now.getTime() - (looked.get(client.id) ?? 0) < lookMs) continue
      await rescore(client)
      looked.set(client.id, now.getTime())
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

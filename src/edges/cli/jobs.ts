import { parseArgs } from 'node:util'
import type { Config } from '../../config.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { systemClock } from '../../platform/clock.ts'
import { perform } from '../../platform/command.ts'
import { allClients, type KnownClient } from '../../platform/database/clients.ts'
import { type Database, openDatabase } from '../../platform/database/database.ts'
import { inUnit, type Tx } from '../../platform/database/unit.ts'
import { discardJob, retryJob } from '../../platform/jobs/commands.ts'
import { listJobs } from '../../platform/jobs/list-jobs.ts'
import { createLog } from '../../platform/log.ts'
import { openBacking } from './backing.ts'
import { Usage } from './usage.ts'

const usage = 'npm run jobs -- list [--failed] [--client CODE] | retry ID | discard ID'

type Say = (line: string) => void

/** `npm run jobs`, beside a service that is up or not. */
export const operateJobs = async (config: Config, args: readonly string[], say: Say): Promise<void> => {
  const asked = parse(args)
  const backing = await openBacking(config, () => {})
  const database = openDatabase(backing.appUrl, { log: createLog(config.LOG_LEVEL) })
  try {
    await decideJobs(database, asked, say)
  } finally {
    await database.close()
    await backing.stop()
  }
}

type Asked =
  | { readonly verb: 'list'; readonly onlyFailed: boolean; readonly client: string | undefined }
  | { readonly verb: 'retry' | 'discard'; readonly id: string }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const parse = (args: readonly string[]): Asked => {
  const options = { failed: { type: 'boolean' }, client: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [verb, id, ...more] = positionals
  const { failed = false, client } = values
  if (verb === 'list' && id === undefined) return { verb, onlyFailed: failed, client }
  if ((verb !== 'retry' && verb !== 'discard') || id === undefined || more.length > 0) throw new Usage(usage)
  if (!uuid.test(id)) throw new Usage(`${id} is not the id of a job; see npm run jobs -- list`)
  return { verb, id }
}

/** What waits and what was given up, and what an operator decides about the latter. */
export const decideJobs = async (database: Database, asked: Asked, say: Say): Promise<void> => {
  const clients = await allClients(database)
  if (asked.verb !== 'list') return decide(database, clients, asked, say)
  const some = clients.filter(({ code }) => asked.client === undefined || code === asked.client)
  if (some.length === 0 && asked.client !== undefined) throw new Usage(`there is no client ${asked.client}`)
  return list(database, some, asked, say)
}

const inUnitOf = <T>(database: Database, client: KnownClient, readOnly: boolean, work: (tx: Tx) => Promise<T>): Promise<T> =>
  inUnit(database, { asker: { kind: 'SYSTEM', client }, readOnly, now: systemClock() }, work)

const list = async (database: Database, clients: readonly KnownClient[], { onlyFailed }: { onlyFailed: boolean }, say: Say) => {
  let count = 0
  for (const client of clients) {
    const jobs = await inUnitOf(database, client, true, (tx) => listJobs(tx, client.id))
    for (const { id, name, key, state, runAt, attempts, attemptsMax, reason } of jobs) {
      if (onlyFailed && state !== 'FAILED') continue
      count += 1
      const when = state === 'FAILED' ? '' : `, due ${runAt.toISOString()}`
      say(`${id} ${client.providerCode}/${client.code} ${name} ${key}: ${state}${when}, attempt ${attempts} of ${attemptsMax}`)
      if (reason !== null) say(`  ${reason}`)
    }
  }
  say(count === 1 ? '1 job' : `${count} jobs`)
}

/** An id is of one client, and only a unit of that client finds it. */
const decide = async (
  database: Database,
  clients: readonly KnownClient[],
  { verb, id }: { readonly verb: 'retry' | 'discard'; readonly id: string },
  say: Say,
) => {
  const decision = verb === 'retry' ? retryJob : discardJob
  for (const client of clients) {
    const job = await inUnitOf(database, client, false, (tx) => perform(tx, decision, { clientId: client.id, id }))
    if (isRefusal(job)) continue
    say(`${job.name} ${job.key} of ${client.providerCode}/${client.code} ${verb === 'retry' ? 'is queued again' : 'is gone'}`)
    return
  }
  throw new Usage(`there is no failed job ${id}`)
}

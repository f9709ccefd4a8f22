import { createReadStream, openAsBlob } from 'node:fs'
import { basename, join } from 'node:path'
import { type ImportRequest, importLedger } from '../../src/flows/import-ledger.ts'
import { isRefusal } from '../../src/kernel/refusal.ts'
import { type ImportReport, profileNamed } from '../../src/modules/intake/index.ts'
import { type Answer, ask, listen } from '../harness/index.ts'
import { dataFolder } from './raw.ts'
import { made, type RealClient, type Someone, theWorld } from './world.ts'

/** A command that is expected to succeed, over HTTP. */
export const run = async <Payload>(who: Someone, command: string, input: object, payload: string): Promise<Payload> =>
  made<Payload>((await theWorld()).app, who, command, input, payload)

export const asking = async <Data>(who: Someone, query: string, variables: Record<string, unknown> = {}): Promise<Answer<Data>> =>
  ask<Data>(who, query, variables, (await theWorld()).app)

/** A query that is expected to be answered without errors, over HTTP. */
export const reading = async <Data>(who: Someone, query: string, variables: Record<string, unknown> = {}): Promise<Data> => {
  const { data, errors } = await asking<Data>(who, query, variables)
  if (errors !== undefined || data === null || data === undefined) throw new Error(JSON.stringify(errors))
  return data
}

/** The answer as it came over the wire. */
export const told = async (who: Someone, query: string, variables: object = {}): Promise<string> => {
  const { app } = await theWorld()
  const response = await fetch(app.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${who.bearer}` },
    body: JSON.stringify({ query, variables }),
  })
  return `${response.status} ${await response.text()}`
}

export const listening = async <Data>(who: Someone, query: string, variables: Record<string, unknown> = {}) =>
  listen<Data>(who, query, variables, (await theWorld()).app)

type Over = Partial<Pick<ImportRequest, 'allowPartial' | 'dryRun' | 'controlTotals'>>

/** A file through the engine, asked for by the lead. */
export const load = async (client: RealClient, path: string, profileName: string, over: Over = {}): Promise<ImportReport> => {
  const { app, lead } = await theWorld()
  const profile = profileNamed(profileName)
  if (profile === null) throw new Error(`there is no profile ${profileName}`)
  const expiresAt = new Date(app.engine.clock().getTime() + 3_600_000)
  const report = await importLedger(app.engine, {
    asker: { kind: 'TOKEN', subject: lead.subject, expiresAt },
    clientId: client.id,
    profile,
    source: { name: basename(path), open: () => createReadStream(join(dataFolder, path)) },
    dryRun: false,
    allowPartial: false,
    ...over,
  })
  if (isRefusal(report)) throw report
  return report
}

const origin = async () => new URL((await theWorld()).app.url).origin

/** A file through the door: as the body of a request. */
export const upload = async (who: Someone, path: string, params: Record<string, string>, controls: readonly string[] = []) => {
  const query = new URLSearchParams({ name: basename(path), ...params })
  for (const control of controls) query.append('control', control)
  const response = await fetch(`${await origin()}/imports?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${who.bearer}`, 'content-type': 'text/csv' },
    body: await openAsBlob(join(dataFolder, path)),
  })
  return { status: response.status, body: (await response.json()) as ImportReport & { errors?: unknown } }
}

export const rejectsFile = async (who: Someone, batchGid: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${await origin()}/imports/${batchGid}/rejects.csv`, {
    headers: { authorization: `Bearer ${who.bearer}` },
  })
  return { status: response.status, text: await response.text() }
}

/** What a load writes about itself, whatever becomes of it; a job of its own ends it where its process dies. */
export const aboutLoads = ['import_batch', 'import_reject', 'audit_entry', 'event', 'event_line', 'job'] as const

/** Each table's rows and their checksum: equal before and after, or somebody wrote. */
export const tableSums = async (except: readonly string[] = []): Promise<Readonly<Record<string, string>>> => {
  const { sql } = await theWorld()
  const tables = await sql<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  )
  const sums: Record<string, string> = {}
  for (const { name } of tables.filter((table) => !except.includes(table.name))) {
    const [row] = await sql<{ sum: string }>(
      `select count(*) || ' rows ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as sum from "${name}" t`,
    )
    sums[name] = row?.sum ?? ''
  }
  return sums
}

/** Said where the run is read: measured, not asserted. */
export const say = (line: string) => void process.stdout.write(`real ledger: ${line}\n`)

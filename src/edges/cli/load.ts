import { createReadStream, existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Config } from '../../config.ts'
import '../../flows/index.ts'
import type { ImportDeps, ImportProgress, PassRequest } from '../../flows/import-passes.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import type { ImportReport } from '../../modules/intake/index.ts'
import { systemClock } from '../../platform/clock.ts'
import { allClients, type KnownClient } from '../../platform/database/clients.ts'
import { type Database, openDatabase } from '../../platform/database/database.ts'
import { createLog } from '../../platform/log.ts'
import type { NotFound } from '../../platform/refusals.ts'
import { openBacking } from './backing.ts'
import { Usage } from './usage.ts'

export type Voices = { readonly say: (line: string) => void; readonly complain: (line: string) => void }

type LoadOptions = {
  readonly file: string
  readonly client: string
  readonly provider: string | undefined
  readonly dryRun: boolean
  readonly load: (deps: ImportDeps, request: PassRequest) => Promise<ImportReport | NotFound>
  /** What the rows of the file are called, and what became of them. */
  readonly rows: string
  readonly outcome: (effects: NonNullable<ImportReport['effects']>) => string
}

/** A file straight into the database, by whoever has the database; the exit code says whether it was taken. */
export const loadFile = async (config: Config, options: LoadOptions, voices: Voices): Promise<number> => {
  const { file, client: code, provider, dryRun, load } = options
  if (!existsSync(file)) throw new Usage(`there is no file ${file}`)
  const backing = await openBacking(config, () => {})
  const database = openDatabase(backing.appUrl, { log: createLog(config.LOG_LEVEL) })
  try {
    const client = await findClient(database, code, provider)
    const report = await load(
      { database, clock: systemClock, log: createLog('error') },
      {
        asker: { kind: 'SYSTEM', client },
        clientId: client.id,
        source: { name: basename(file), open: () => createReadStream(file) },
        dryRun,
        onProgress: progressOn(process.stderr, options),
      },
    )
    if (isRefusal(report)) throw new Usage(report.message)
    tell(report, options, voices)
    return report.state === 'APPLIED' || (report.state === 'DRY_RUN' && report.reasons.length === 0) ? 0 : 1
  } finally {
    await database.close()
    await backing.stop()
  }
}

const findClient = async (database: Database, code: string, provider: string | undefined): Promise<KnownClient> => {
  const named = (await allClients(database)).filter(
    (client) => client.code === code && (provider === undefined || client.providerCode === provider),
  )
  const [client, ...others] = named
  if (client === undefined)
    throw new Usage(`there is no client ${code}${provider === undefined ? '' : ` of provider ${provider}`}`)
  if (others.length > 0) {
    throw new Usage(
      `several providers have a client ${code}; say --provider ${named.map(({ providerCode }) => providerCode).join(' or ')}`,
    )
  }
  return client
}

/** One line that is written over on a terminal, and nothing in a log file. */
const progressOn =
  (stream: NodeJS.WriteStream, { rows }: Pick<LoadOptions, 'rows'>) =>
  ({ phase, rowsRead, rowsTotal }: ImportProgress) => {
    if (!stream.isTTY) return
    const share = rowsTotal === null || rowsTotal === 0 ? '' : ` ${Math.floor((100 * rowsRead) / rowsTotal)} %`
    stream.write(`\r${phase === 'VALIDATING' ? 'checking' : 'applying'} ${rowsRead} ${rows}${share}   `)
    if (rowsRead === rowsTotal) stream.write('\n')
  }

const tell = (report: ImportReport, { rows: word, outcome }: LoadOptions, { say, complain }: Voices) => {
  say(
    `${report.state}: ${report.rowsRead} ${word} read, ${report.rowsAccepted} accepted, ${report.rowsRejected} rejected, ${report.rowsSkipped} skipped (load ${report.batchId})`,
  )
  for (const { legalEntity, currency, read, accepted, rejected, skipped, roundingDifference } of report.totals) {
    say(
      `  ${legalEntity} ${currency}: read ${read.rows} ${word} ${read.amount}; accepted ${accepted.rows} ${word} ${accepted.amount}, open ${accepted.open}; ` +
        `rejected ${rejected.rows}, skipped ${skipped.rows}, rounding ${roundingDifference}`,
    )
  }
  for (const { code, column, rows } of report.warnings)
    say(`  warning ${code}${column === null ? '' : ` in ${column}`}: ${rows} rows`)
  for (const { code, column, rows } of report.faults) complain(`  ${code}${column === null ? '' : ` in ${column}`}: ${rows} rows`)
  for (const { message } of report.reasons) complain(`  ${message}`)
  if (report.effects !== null) say(`  ${outcome(report.effects)}`)
}

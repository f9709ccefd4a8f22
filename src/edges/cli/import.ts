import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import type { Config } from '../../config.ts'
import { importLedger } from '../../flows/import-ledger.ts'
import { isDay } from '../../kernel/day.ts'
import { isCurrency } from '../../kernel/money.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { type ImportReport, type Profile, parseProfile, profileNamed, profileNames } from '../../modules/intake/index.ts'
import { systemClock } from '../../platform/clock.ts'
import { allClients, type KnownClient } from '../../platform/database/clients.ts'
import { type Database, openDatabase } from '../../platform/database/database.ts'
import { createLog } from '../../platform/log.ts'
import { openBacking } from './backing.ts'
import { Usage } from './usage.ts'

type Voices = { readonly say: (line: string) => void; readonly complain: (line: string) => void }

const usage =
  'npm run import -- --client CODE --profile NAME|FILE.json FILE [--provider CODE] [--dry-run] [--allow-partial] [--control FILE.json] [--as-of DAY] [--data-as-of INSTANT]'

/** A profile by name, or one of the caller's own as a file. */
const profileFrom = (name: string): Profile => {
  if (name.endsWith('.json') && existsSync(name)) {
    const own = parseProfile(JSON.parse(readFileSync(name, 'utf8')))
    if ('problems' in own) throw new Usage(`${name} is not a profile:\n${own.problems.join('\n')}`)
    return own
  }
  const profile = profileNamed(name)
  if (profile === null) throw new Usage(`there is no profile ${name}; there are ${profileNames.join(', ')}, or give a JSON file`)
  return profile
}

const controlShape = z.array(
  z.strictObject({
    legalEntity: z.string().nullable().default(null),
    currency: z.string().refine(isCurrency, { error: 'not an ISO 4217 currency' }),
    count: z.int().min(0),
    amount: z.string().regex(/^-?\d{1,18}(\.\d{1,9})?$/),
  }),
)

const controlsFrom = (file: string) => {
  const parsed = controlShape.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success)
    throw new Usage(`${file}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`)
  return parsed.data
}

/** `npm run import`: a ledger file straight into the database, by whoever has the database. */
export const importFile = async (config: Config, args: readonly string[], { say, complain }: Voices): Promise<number> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      client: { type: 'string' },
      provider: { type: 'string' },
      profile: { type: 'string' },
      control: { type: 'string' },
      'as-of': { type: 'string' },
      'data-as-of': { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'allow-partial': { type: 'boolean', default: false },
    },
  })
  const [file] = positionals
  if (file === undefined || values.client === undefined || values.profile === undefined || positionals.length > 1)
    throw new Usage(usage)
  if (!existsSync(file)) throw new Usage(`there is no file ${file}`)
  const dataAsOf = values['data-as-of'] === undefined ? undefined : new Date(values['data-as-of'])
  if (dataAsOf !== undefined && Number.isNaN(dataAsOf.getTime())) {
    throw new Usage('--data-as-of is an instant, such as 2026-03-01T00:00:00Z')
  }
  const asOf = values['as-of']
  if (asOf !== undefined && !isDay(asOf)) throw new Usage('--as-of is a day, such as 2026-03-01')
  const profile = profileFrom(values.profile)
  const controlTotals = values.control === undefined ? undefined : controlsFrom(values.control)

  const backing = await openBacking(config, () => {})
  const database = openDatabase(backing.appUrl, { log: createLog(config.LOG_LEVEL) })
  try {
    const client = await findClient(database, values.client, values.provider)
    const report = await importLedger(
      { database, clock: systemClock, log: createLog('error') },
      {
        asker: { kind: 'SYSTEM', client },
        clientId: client.id,
        profile,
        source: { name: basename(file), open: () => createReadStream(file) },
        dryRun: values['dry-run'],
        allowPartial: values['allow-partial'],
        ...(controlTotals === undefined ? {} : { controlTotals }),
        ...(dataAsOf === undefined ? {} : { dataAsOf }),
        ...(asOf === undefined ? {} : { asOf }),
        onProgress: progressOn(process.stderr),
      },
    )
    if (isRefusal(report)) throw new Usage(report.message)
    tell(report, say, complain)
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

type Progress = { phase: string; rowsRead: number; rowsTotal: number | null }

/** One line that is written over on a terminal, and nothing in a log file. */
const progressOn =
  (stream: NodeJS.WriteStream) =>
  ({ phase, rowsRead, rowsTotal }: Progress) => {
    if (!stream.isTTY) return
    const share = rowsTotal === null || rowsTotal === 0 ? '' : ` ${Math.floor((100 * rowsRead) / rowsTotal)} %`
    stream.write(`\r${phase === 'VALIDATING' ? 'checking' : 'applying'} row ${rowsRead}${share}   `)
    if (rowsRead === rowsTotal) stream.write('\n')
  }

const tell = (report: ImportReport, say: (line: string) => void, complain: (line: string) => void) => {
  say(
    `${report.state}: ${report.rowsRead} rows read, ${report.rowsAccepted} accepted, ${report.rowsRejected} rejected, ${report.rowsSkipped} skipped (load ${report.batchId})`,
  )
  for (const { legalEntity, currency, read, accepted, rejected, skipped, roundingDifference } of report.totals) {
    say(
      `  ${legalEntity} ${currency}: read ${read.rows} rows ${read.amount}; accepted ${accepted.rows} rows ${accepted.amount}, open ${accepted.open}; ` +
        `rejected ${rejected.rows}, skipped ${skipped.rows}, rounding ${roundingDifference}`,
    )
  }
  for (const { code, column, rows } of report.warnings)
    say(`  warning ${code}${column === null ? '' : ` in ${column}`}: ${rows} rows`)
  for (const { code, column, rows } of report.faults) complain(`  ${code}${column === null ? '' : ` in ${column}`}: ${rows} rows`)
  for (const { message } of report.reasons) complain(`  ${message}`)
  if (report.effects !== null) {
    const { inserted, changed, unchanged, customersAdded } = report.effects
    say(`  ${inserted} items new, ${changed} changed, ${unchanged} unchanged; ${customersAdded} customers new`)
  }
}

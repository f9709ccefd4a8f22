import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Config } from '../../config.ts'
import { importLedger } from '../../flows/import-ledger.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { type ImportReport, type Profile, parseProfile, profileNamed, profileNames } from '../../modules/intake/index.ts'
import { systemClock } from '../../platform/clock.ts'
import { openDatabase } from '../../platform/database/database.ts'
import { createLog } from '../../platform/log.ts'
import { openBacking } from './backing.ts'
import { Usage } from './token.ts'

type Voices = { readonly say: (line: string) => void; readonly complain: (line: string) => void }

const usage =
  'npm run import -- --client CODE --profile NAME|FILE.json FILE [--provider CODE] [--dry-run] [--allow-partial] [--control FILE.json] [--as-of INSTANT]'

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
      'dry-run': { type: 'boolean', default: false },
      'allow-partial': { type: 'boolean', default: false },
    },
  })
  const [file] = positionals
  if (file === undefined || values.client === undefined || values.profile === undefined || positionals.length > 1)
    throw new Usage(usage)
  if (!existsSync(file)) throw new Usage(`there is no file ${file}`)
  const dataAsOf = values['as-of'] === undefined ? undefined : new Date(values['as-of'])
  if (dataAsOf !== undefined && Number.isNaN(dataAsOf.getTime()))
    throw new Usage('--as-of is an instant, such as 2026-03-01T00:00:00Z')
  const profile = profileFrom(values.profile)
  const controlTotals = values.control === undefined ? undefined : JSON.parse(readFileSync(values.control, 'utf8'))

  const backing = await openBacking(config, () => {})
  const database = openDatabase(backing.appUrl, { log: createLog(config.LOG_LEVEL) })
  try {
    const client = await findClient(backing.ownerUrl, values.client, values.provider)
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

const findClient = async (ownerUrl: string, code: string, provider: string | undefined) => {
  const session = new pg.Client({ connectionString: ownerUrl })
  await session.connect()
  try {
    const { rows } = await session.query<{ id: string; providerId: string; timeZone: string; provider: string }>(
      `select c.id, c.provider_id as "providerId", c.time_zone as "timeZone", p.code as provider
       from client c join provider p on p.id = c.provider_id
       where c.code = $1 and ($2::text is null or p.code = $2) order by p.code`,
      [code, provider ?? null],
    )
    const [client, ...others] = rows
    if (client === undefined)
      throw new Usage(`there is no client ${code}${provider === undefined ? '' : ` of provider ${provider}`}`)
    if (others.length > 0)
      throw new Usage(`several providers have a client ${code}; say --provider ${rows.map((row) => row.provider).join(' or ')}`)
    return client
  } finally {
    await session.end()
  }
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

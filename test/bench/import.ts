import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import '../../src/flows/index.ts'
import { importLedger } from '../../src/flows/import-ledger.ts'
import { isRefusal } from '../../src/kernel/refusal.ts'
import { profileNamed } from '../../src/modules/intake/index.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { startEmbedded } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { prepareRoles } from '../../src/platform/database/roles.ts'
import { createLog } from '../../src/platform/log.ts'

type Figure = (name: string, value: number, unit: string) => void

const rowCount = 50_000
const customerCount = 2_500
const parent = join(import.meta.dirname, '../../.data/bench')

const day = (n: number) => {
  const date = new Date(Date.UTC(2026, 0, 1 + n))
  return [date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCFullYear()].map((part) => String(part).padStart(2, '0')).join('-')
}

/** A ledger as the profile highradius-open reads it; `paid` shifts every tenth amount, as a day's work does. */
const writeLedger = async (path: string, paid: boolean) => {
  const file = createWriteStream(path)
  file.write(
    ',business_code,cust_number,name_customer,clear_date,buisness_year,doc_id,posting_date,due_in_date,baseline_create_date,cust_payment_terms,converted_usd\n',
  )
  for (let row = 0; row < rowCount; row += 1) {
    const customer = (row * 7_919) % customerCount
    const amount = (100 + ((row * 104_729) % 9_000_000) / 100 + (paid && row % 10 === 0 ? 1 : 0)).toFixed(2)
    const on = row % 300
    const line = `${row},U00${row % 5},${200_000_000 + customer},NAME ${customer} ${row % 3 === 0 ? 'llc' : 'corp'},,2026,${1_900_000_000 + row},${day(on)},${day(on + 30)},${day(on)},NAA${row % 40},${amount}\n`
    if (!file.write(line)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
}

/** A client in a server of the bench's own: what else runs on the machine does not share its tables. */
const aFreshClient = async (ownerUrl: string) => {
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  const [providerId, id, now] = [randomUUID(), randomUUID(), new Date()]
  await owner.query('insert into provider (id, code, name, created_at) values ($1, $2, $2, $3)', [providerId, 'BENCH', now])
  await owner.query(
    `insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, created_at)
     values ($1, $2, 'BENCH', 'Bench', 'UTC', 'USD', 'US', $3)`,
    [id, providerId, now],
  )
  await owner.end()
  return { id, providerId, timeZone: 'UTC' }
}

/** 50,000 rows into an empty client, then the same file again, then one with every tenth row changed. */
export const run = async ({ figure }: { figure: Figure }) => {
  const profile = profileNamed('highradius-open')
  if (profile === null) throw new Error('the profile is gone')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'import-'))
  const server = await startEmbedded({ folder: join(folder, 'database'), durable: true, log: () => {} })
  try {
    const { appUrl } = await prepareRoles({ url: server.url, secret: randomBytes(32).toString('hex'), log: () => {} })
    await migrate({ url: server.url, log: () => {} })
    const client = await aFreshClient(server.url)
    const database = openDatabase(appUrl, { log: createLog('error') })
    const [first, changed] = [join(folder, 'first.csv'), join(folder, 'changed.csv')]
    await writeLedger(first, false)
    await writeLedger(changed, true)

    let rssMax = 0
    const watch = setInterval(() => {
      rssMax = Math.max(rssMax, process.memoryUsage().rss)
    }, 50)
    for (const [name, path] of [
      ['new', first],
      ['unchanged', first],
      ['tenth_changed', changed],
    ] as const) {
      const started = performance.now()
      const report = await importLedger(
        { database, clock: () => new Date(), log: createLog('error') },
        {
          asker: { kind: 'SYSTEM', client },
          clientId: client.id,
          profile,
          source: { name: `${name}.csv`, open: () => createReadStream(path) },
          dryRun: false,
          allowPartial: false,
        },
      )
      if (isRefusal(report) || report.state !== 'APPLIED')
        throw new Error(`the bench's ledger was not applied: ${JSON.stringify(report)}`)
      figure(`rows_50000_${name}`, Math.round(performance.now() - started) / 1_000, 's')
    }
    clearInterval(watch)
    figure('rss_max', Math.round(rssMax / 1_048_576), 'MB')
    await database.close()
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

import { fork } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createRandom } from '../../src/demo/random.ts'
import { openBenchBacking } from './backing.ts'

type Figure = (name: string, value: number, unit: string, runs?: number) => void

const entryCount = 100_000
const entriesOfStatement = 5_000

const names = ['Tamsin Ridge', 'Halvorsen', 'Orchard & Pine', 'Brightwater', 'Kestrel', 'Lindqvist', 'Meridian', 'Pemberton']
const trades = ['Distribution', 'Markets', 'Wholesale', 'Foods', 'Logistics', 'Supply', 'Hardware', 'Grocers']
const forms = ['GmbH', 'AG', 'Ltd', 'BV', 'SARL', 'Oy']

const cents = (minor: number): string => `${Math.floor(minor / 100)},${String(minor % 100).padStart(2, '0')}`

/** Statements of one account as a bank would send them: credits that name invoices, in chance that is told again. */
const writeStatements = async (path: string) => {
  const random = createRandom('cash import')
  const file = createWriteStream(path)
  let balance = 1_000_000
  for (let start = 0; start < entryCount; start += entriesOfStatement) {
    const number = start / entriesOfStatement + 1
    const day = `2610${String(number).padStart(2, '0')}`
    const lines = [`:20:STMT${number}`, ':25:DE02120300000000202051', `:28C:${number}/1`, `:60F:C${day}EUR${cents(balance)}`]
    for (let at = start; at < start + entriesOfStatement; at += 1) {
      const minor = random.between(1_000, 9_000_000)
      balance += minor
      const invoices = Array.from({ length: random.between(1, 4) }, () => `RE ${random.between(1_000_000, 9_999_999)}`)
      const payer = `${random.pick(names)} ${random.pick(trades)} ${random.pick(forms)}`
      const account = `DE${random.between(10, 99)}37040044${String(random.between(1, 40_000)).padStart(10, '0')}`
      lines.push(
        `:61:${day}${day.slice(2)}CR${cents(minor)}NTRFNONREF//${String(number).padStart(4, '0')}${String(at).padStart(10, '0')}`,
        `:86:166?00GUTSCHRIFT?10931?20EREF+${at}-${random.between(100_000, 999_999)}?21SVWZ+${invoices.join(' ').slice(0, 22)}?22${invoices.join(' ').slice(22, 49)}?30DEUTDEFF?31${account}?32${payer.slice(0, 27)}`,
      )
    }
    lines.push(`:62F:C${day}EUR${cents(balance)}`, '-')
    if (!file.write(`${lines.join('\r\n')}\r\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
}

/** A client in a server of the bench's own: what else runs on the machine does not share its tables. */
const aFreshClient = async (ownerUrl: string) => {
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  const [providerId, now] = [randomUUID(), new Date()]
  await owner.query('insert into provider (id, code, name, created_at) values ($1, $2, $2, $3)', [providerId, 'BENCH', now])
  await owner.query(
    `insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, created_at)
     values ($1, $2, 'BENCH', 'Bench', 'UTC', 'EUR', 'DE', $3)`,
    [randomUUID(), providerId, now],
  )
  return owner
}

/** What the command line gives to Node, read from where it stands. */
const flags = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts['import:bank']
  ?.split(' ')
  .filter((word) => word.startsWith('--'))

type Told = { readonly status: number; readonly rssMb: number; readonly lines: readonly string[] }

/** 100,000 credits as the command line loads them, in a process of its own so that its memory is its own. */
export const importBench = async ({ figure }: { readonly figure: Figure }) => {
  const folder = mkdtempSync(join(tmpdir(), 'quittance-cash-import-'))
  const backing = await openBenchBacking()
  const owner = await aFreshClient(backing.ownerUrl)
  try {
    const path = join(folder, 'statements.sta')
    await writeStatements(path)
    const env = {
      ...process.env,
      // As whoever calls the command line has it: in production it would ask for the issuer of tokens.
      NODE_ENV: 'development',
      DATABASE_URL: backing.ownerUrl,
      DATABASE_ROLE_SECRET: randomBytes(32).toString('hex'),
    }
    for (const [name, isFirst] of [
      ['import_100k', true],
      ['import_100k_again', false],
    ] as const) {
      const started = performance.now()
      const child = fork(join(import.meta.dirname, 'cash-import-load.ts'), ['--client', 'BENCH', path], {
        env,
        execArgv: flags ?? [],
      })
      const exited = once(child, 'exit').then(([code]) => new Error(`the process of the bench ended with ${code}`))
      const answer = await Promise.race([once(child, 'message') as Promise<[Told]>, exited])
      if (answer instanceof Error) throw answer
      const [told] = answer
      await exited
      if (told.status !== 0) throw new Error(`the bench's statements were not taken: ${told.lines.join('\n')}`)
      figure(`${name}_s`, Math.round(performance.now() - started) / 1_000, 's')
      figure(`${name}_rss_mb`, told.rssMb, 'MB')
      const { rows } = await owner.query<{ n: number }>('select count(*)::int as n from receipt')
      if (rows[0]?.n !== entryCount) throw new Error(`there are ${rows[0]?.n} receipts ${isFirst ? 'at first' : 'then'}`)
    }
  } finally {
    await owner.end()
    await backing.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export const run = importBench

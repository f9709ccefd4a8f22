import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Embedded, startEmbedded } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { prepareRoles } from '../../src/platform/database/roles.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'quittance-plans-')))
const log = () => {}
let server: Embedded
beforeAll(async () => {
  server = await startEmbedded({ folder: join(top, 'database'), durable: false, log })
})
afterAll(async () => {
  await server.stop()
  rmSync(top, { recursive: true, force: true })
})

const query = async (url: string, ...statements: string[]): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const sql of statements) rows = (await client.query(sql)).rows
    return rows
  } finally {
    await client.end()
  }
}

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`
const migrations = 'prisma/migrations'

it('plans that were agreed before there were approvals are accepted again; others stay as they are', async () => {
  await query(server.url, 'create database before')
  const url = server.url.replace(/postgres$/, 'before')
  await prepareRoles({ url, secret: 'a secret of the tests', log })
  const earlier = join(top, 'earlier')
  for (const name of readdirSync(migrations).filter((one) => one < '20261126000600'))
    cpSync(join(migrations, name), join(earlier, name), { recursive: true })
  await migrate({ url, folder: earlier, log })
  const plan = (n: number, state: string) =>
    `insert into payment_plan (client_id, id, customer_id, currency, amount_minor, state, grace_business_days, missed_to_default, days_late_to_default,
       accelerate, policy_version, accepted_by, accepted_at, principal_id, created_at)
     values ('${id(1)}', '${id(n)}', '${id(2)}', 'USD', 100, '${state}', 0, 1, 1, true, 0, 'CFO', now(), '${id(9)}', now())`
  const states = ['PROPOSED', 'CUSTOMER_ACCEPTED', 'APPROVED', 'ACTIVE', 'CANCELLED']
  await query(url, 'set session_replication_role = replica', ...states.map((state, n) => plan(n + 3, state)))

  await migrate({ url, folder: migrations, log })

  expect(await query(url, 'select state, accepted_by is null as unheard, version from payment_plan order by id')).toEqual([
    { state: 'PROPOSED', unheard: false, version: 1 },
    { state: 'PROPOSED', unheard: true, version: 2 },
    { state: 'PROPOSED', unheard: true, version: 2 },
    { state: 'ACTIVE', unheard: false, version: 1 },
    { state: 'CANCELLED', unheard: false, version: 1 },
  ])
})

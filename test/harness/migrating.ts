import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { type Embedded, startEmbedded } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { prepareRoles } from '../../src/platform/database/roles.ts'

const migrations = 'prisma/migrations'
const log = () => {}

export const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`

/** A server of its own, with a database as it was before a migration: rows of then are put in, and the rest is migrated. */
export const aDatabaseBefore = (migration: string) => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'quittance-before-')))
  let server: Embedded
  let url = ''
  beforeAll(async () => {
    server = await startEmbedded({ folder: join(top, 'database'), durable: false, log })
    const owner = new Client({ connectionString: server.url })
    await owner.connect()
    await owner.query('create database before')
    await owner.end()
    url = server.url.replace(/postgres$/, 'before')
    await prepareRoles({ url, secret: 'a secret of the tests', log })
    const earlier = join(top, 'earlier')
    for (const name of readdirSync(migrations).filter((one) => one < migration))
      cpSync(join(migrations, name), join(earlier, name), { recursive: true })
    await migrate({ url, folder: earlier, log })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(top, { recursive: true, force: true })
  })

  const query = async (...statements: string[]): Promise<Record<string, unknown>[]> => {
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
  return {
    query,
    /** Of the rows around them only some matter: references are not looked after. */
    put: (...statements: string[]) => query('set session_replication_role = replica', ...statements),
    migrateOn: () => migrate({ url, folder: migrations, log }),
  }
}

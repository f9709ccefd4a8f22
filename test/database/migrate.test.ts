import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Embedded, removeEmbedded, startEmbedded } from '../../src/platform/database/embedded.ts'
import { migrate, pendingMigrations } from '../../src/platform/database/migrate.ts'
import { prepareRoles } from '../../src/platform/database/roles.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'quittance-migrate-')))
const log = () => {}
const secret = 'a secret of the tests'
let server: Embedded
let made = 0

const within = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end()
  }
}
const rowsOf = (url: string, sql: string) => within(url, async (client) => (await client.query(sql)).rows)

const aDatabase = async (): Promise<string> => {
  const name = `Base ${++made}`
  await rowsOf(server.url, `create database "${name}"`)
  return server.url.replace(/postgres$/, encodeURIComponent(name))
}

const someMigrations = (files: Record<string, string>): string => {
  const folder = join(top, `migrations ${++made}`)
  for (const [name, sql] of Object.entries(files)) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'migration.sql'), sql)
  }
  return folder
}

const aPreparedDatabase = async () => {
  const url = await aDatabase()
  return { url, ...(await prepareRoles({ url, secret, log })) }
}

beforeAll(async () => {
  server = await startEmbedded({ folder: join(top, 'database'), durable: false, log })
})
afterAll(async () => {
  await server.stop()
  await removeEmbedded(join(top, 'database'))
  rmSync(top, { recursive: true, force: true })
})

// The first of all: roles belong to the cluster, and only an untouched one shows how they come to be.
describe('prepareRoles', () => {
  it('makes powerless roles, from several databases at once and again', async () => {
    const urls = await Promise.all(Array.from({ length: 6 }, aDatabase))
    const all = await Promise.all([...urls, ...urls].map((url) => prepareRoles({ url, secret, log })))
    for (const { appUrl, relayUrl } of all) {
      expect(await rowsOf(appUrl, 'select current_user::text as me')).toEqual([{ me: 'quittance_app' }])
      expect(await rowsOf(relayUrl, 'select current_user::text as me')).toEqual([{ me: 'quittance_relay' }])
    }
    const powers = 'rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolinherit or rolreplication'
    expect(
      await rowsOf(
        server.url,
        `select rolname, rolcanlogin as login, ${powers} as powerful from pg_roles where rolname ~ '^quittance' order by 1`,
      ),
    ).toEqual([
      { rolname: 'quittance_app', login: true, powerful: false },
      { rolname: 'quittance_bind', login: false, powerful: false },
      { rolname: 'quittance_owner', login: false, powerful: false },
      { rolname: 'quittance_relay', login: true, powerful: false },
    ])
  })

  it('takes back what a role should not have', async () => {
    const { url } = await aPreparedDatabase()
    await rowsOf(url, 'alter role quittance_relay bypassrls createdb')
    await prepareRoles({ url, secret, log })
    expect(
      await rowsOf(url, "select rolbypassrls or rolcreatedb as powerful from pg_roles where rolname = 'quittance_relay'"),
    ).toEqual([{ powerful: false }])
  })

  it('gives the app limits, and no place to make anything', async () => {
    const { appUrl, relayUrl } = await aPreparedDatabase()
    expect(
      await rowsOf(
        appUrl,
        `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
          current_setting('idle_in_transaction_session_timeout') as idle`,
      ),
    ).toEqual([{ statement: '10s', lock: '5s', idle: '15s' }])
    expect(await rowsOf(relayUrl, 'show idle_in_transaction_session_timeout')).toMatchObject([
      { idle_in_transaction_session_timeout: '15s' },
    ])
    for (const sql of [
      'create table mine (id int)',
      'create temporary table mine (id int)',
      'create schema mine',
      'set role quittance_owner',
      'set role quittance_bind',
    ]) {
      await expect(rowsOf(appUrl, sql), sql).rejects.toThrow('permission denied')
    }
  })

  it('closes the database to every other role', async () => {
    const { url } = await aPreparedDatabase()
    await rowsOf(url, "create role stranger login password 'x'")
    const strange = new URL(url)
    strange.username = 'stranger'
    strange.password = 'x'
    await expect(rowsOf(strange.href, 'select 1')).rejects.toThrow('permission denied for database')
  })

  it('works for an administrator who is no superuser', async () => {
    const url = await aDatabase()
    await rowsOf(
      url,
      `create role admin login createrole password 'x'; alter database "${decodeURIComponent(new URL(url).pathname.slice(1))}" owner to admin`,
    )
    await rowsOf(url, 'grant quittance_owner, quittance_bind, quittance_app, quittance_relay to admin with admin true')
    const admin = new URL(url)
    admin.username = 'admin'
    admin.password = 'x'
    for (const _turn of ['first', 'second']) {
      const { appUrl } = await prepareRoles({ url: admin.href, secret, log })
      expect(await rowsOf(appUrl, 'select 1 as one')).toEqual([{ one: 1 }])
    }
    const folder = someMigrations({ '1_one': 'create table one (id int)' })
    expect(await migrate({ url: admin.href, folder, log })).toEqual({ applied: ['1_one'] })
  })

  it('follows a new secret', async () => {
    const { url, appUrl } = await aPreparedDatabase()
    const other = await prepareRoles({ url, secret: 'another secret', log })
    await expect(rowsOf(appUrl, 'select 1')).rejects.toThrow('password authentication failed')
    expect(await rowsOf(other.appUrl, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await prepareRoles({ url, secret, log })).toMatchObject({ appUrl })
  })
})

describe('migrate', () => {
  it('applies each file once, in order of name, as the owner role', async () => {
    const { url, appUrl } = await aPreparedDatabase()
    const folder = someMigrations({
      '20260102_b': 'alter table a add column b int; set search_path = nowhere; set role quittance_bind;',
      '20260101_a': 'create table a (id int)',
      '20260103_c': 'create table c (id int)',
    })
    const names = ['20260101_a', '20260102_b', '20260103_c']
    expect(await within(appUrl, (client) => pendingMigrations(client, folder))).toEqual(names)
    expect(await migrate({ url, folder, log })).toEqual({ applied: names })
    expect(await migrate({ url, folder, log })).toEqual({ applied: [] })
    expect(await within(appUrl, (client) => pendingMigrations(client, folder))).toEqual([])
    expect(
      await rowsOf(url, "select tablename as t, tableowner as o from pg_tables where schemaname = 'public' order by 1"),
    ).toEqual([
      { t: 'a', o: 'quittance_owner' },
      { t: 'c', o: 'quittance_owner' },
    ])
    await expect(rowsOf(appUrl, 'delete from quittance_meta.migration_history')).rejects.toThrow('permission denied')
  })

  it('lets nodes that start together wait for one another', async () => {
    const { url } = await aPreparedDatabase()
    const folder = someMigrations({
      '1_slow': 'create table slow (id int); select pg_sleep(0.2)',
      '2_more': 'create table more (id int)',
    })
    const all = await Promise.all([1, 2, 3].map(() => migrate({ url, folder, log })))
    expect(all.flatMap(({ applied }) => applied)).toEqual(['1_slow', '2_more'])
  })

  it('refuses a file that was changed after it was applied, but not for its line ends', async () => {
    const { url } = await aPreparedDatabase()
    await migrate({ url, folder: someMigrations({ '1_one': 'create table one (\n  id int\n)' }), log })
    const unix = someMigrations({ '1_one': 'create table one (\r\n  id int\r\n)' })
    expect(await migrate({ url, folder: unix, log })).toEqual({ applied: [] })
    const changed = someMigrations({ '1_one': 'create table one (id bigint)', '2_two': 'create table two (id int)' })
    await expect(migrate({ url, folder: changed, log })).rejects.toThrow(
      /1_one.migration\.sql was changed after it was applied.*new migration/,
    )
    expect(await rowsOf(url, "select to_regclass('two') as two")).toEqual([{ two: null }])
  })

  it.each([
    ['that does not parse', "-- é 😀\nselect '😀', 1;\n\n  create tabel x (id int);", 'line 4, column 10: syntax error'],
    [
      'that fails as it runs',
      "create table made (id int unique);\n/* ; */ do $x$ begin perform 1; end $x$;\ninsert into made values (1); -- one; more\n\ninsert into made\n values (1);\nselect ';'",
      'statement at line 5: duplicate key value',
    ],
  ])('rolls back a file %s, and says where', async (_case, sql, message) => {
    const { url } = await aPreparedDatabase()
    const folder = someMigrations({ '1_good': 'create table good (id int)', '2_bad': `create table half (id int);${sql}` })
    const failure = migrate({ url, folder, log })
    await expect(failure).rejects.toThrow(join(folder, '2_bad', 'migration.sql'))
    await expect(failure).rejects.toThrow(message)
    expect(await rowsOf(url, "select to_regclass('good') is null as good, to_regclass('half') is null as half")).toEqual([
      { good: false, half: true },
    ])
    expect(await within(url, (client) => pendingMigrations(client, folder))).toEqual(['2_bad'])
  })

  it('refuses a file that ends its own transaction', async () => {
    const { url } = await aPreparedDatabase()
    const folder = someMigrations({ '1_commits': 'create table x (id int); commit; create table y (id int)' })
    await expect(migrate({ url, folder, log })).rejects.toThrow('the file ends its own transaction')
  })

  it('lets a node of an earlier version start on a newer database', async () => {
    const { url } = await aPreparedDatabase()
    await migrate({ url, folder: someMigrations({ '1_one': 'select 1', '2_two': 'select 2' }), log })
    const lines: string[] = []
    const earlier = someMigrations({ '1_one': 'select 1' })
    expect(await migrate({ url, folder: earlier, log: (line) => lines.push(line) })).toEqual({ applied: [] })
    expect(lines).toEqual(['the database is ahead of this version by 2_two'])
  })

  it('lets a migration hand a function to the bind role while that may create in the schema', async () => {
    const { url } = await aPreparedDatabase()
    const alter =
      'create function who() returns int language sql security definer as $$ select 1 $$; alter function who() owner to quittance_bind'
    await expect(migrate({ url, folder: someMigrations({ '1_who': alter }), log })).rejects.toThrow(
      'permission denied for schema public',
    )
    const granted = `grant create on schema public to quittance_bind; ${alter}; revoke create on schema public from quittance_bind`
    expect(await migrate({ url, folder: someMigrations({ '1_who': granted }), log })).toEqual({ applied: ['1_who'] })
  })
})

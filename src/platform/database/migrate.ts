import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, DatabaseError } from 'pg'
import { inSession } from './session.ts'
import { primeStatistics } from './statistics.ts'

type Migration = { name: string; path: string; sql: string; checksum: string }
/** A pool or a client; of any role that may read the history. */
type Reader = { query: (sql: string) => Promise<{ rows: { [column: string]: unknown }[] }> }

export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

const folderDefault = fileURLToPath(new URL('../../../prisma/migrations/', import.meta.url))
const lockKey = 'quittance migrations'
const history = 'quittance_meta.migration_history'

/** The limits of a role are made for requests; a migration may rewrite a table, or wait for another node's. */
const unlimited = (set: 'set' | 'set local') => `${set} statement_timeout = 0; ${set} idle_in_transaction_session_timeout = 0`

const namesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  // By code unit, not by locale: the order must be the same on every machine.
  return names.toSorted()
}

const readMigration = async (folder: string, name: string): Promise<Migration> => {
  const path = join(folder, name, 'migration.sql')
  // A checkout with other line ends is not another migration.
  const sql = (await readFile(path, 'utf8')).replaceAll('\r\n', '\n')
  return { name, path, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

/** The server counts characters, not the UTF-16 units of a string. */
const lineAt = (sql: string, position: number) => {
  const before = [...sql].slice(0, position - 1).join('')
  const lines = before.split('\n')
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}`
}

const tokens = /(--.*|\/\*[\s\S]*?\*\/)|(;)|'(?:[^']|'')*'|"[^"]*"|\$(\w*)\$[\s\S]*?\$\3\$|\S/g

/** Only for messages: good enough to count statements, not to run them one by one (`begin atomic` bodies would break). */
const statementLine = (sql: string, index: number): number | null => {
  const starts: number[] = []
  let isInside = false
  for (const { 1: comment, 2: end, index: at } of sql.matchAll(tokens)) {
    if (comment === undefined && end === undefined && !isInside) starts.push(at)
    if (comment === undefined) isInside = end === undefined
  }
  const start = starts[index]
  return start === undefined ? null : sql.slice(0, start).split('\n').length
}

const placeOf = ({ path, sql }: Migration, { position }: DatabaseError, done: number) => {
  if (position !== undefined) return `${path}, ${lineAt(sql, Number(position))}`
  // Most errors of a statement that could be parsed bear no position, but the server has counted those before it.
  const line = statementLine(sql, done)
  return line === null ? path : `${path}, statement at line ${line}`
}

const explain = (migration: Migration, error: unknown, done: number): MigrationError => {
  const { path } = migration
  if (!(error instanceof DatabaseError)) return new MigrationError(`${path}: ${(error as Error).message}`, { cause: error })
  const { code, detail, hint, message, where } = error
  const lines = [
    `${placeOf(migration, error, done)}: ${message} (${code})`,
    detail,
    hint && `hint: ${hint}`,
    where && `where: ${where}`,
  ]
  const told = [...lines, 'nothing of this file was applied'].filter((line) => line !== undefined && line !== '')
  return new MigrationError(told.join('\n'), { cause: error })
}

/** Two roads lead to the history: it is written by whoever migrates, and read by each node to know if it may serve. */
const prepareHistory = async (session: Client) => {
  await session.query(`
    create schema if not exists quittance_meta;
    create table if not exists ${history} (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now(),
      took_ms int not null
    );
    do $$
    begin
      if to_regrole('quittance_app') is not null and to_regrole('quittance_relay') is not null then
        grant usage on schema quittance_meta to quittance_app, quittance_relay;
        grant select on ${history} to quittance_app, quittance_relay;
      end if;
    end $$`)
}

const transactionOf = async (session: Client) => {
  const { rows } = await session.query<{ id: string }>('select pg_current_xact_id()::text as id')
  return rows[0]?.id
}

const applyOne = async (session: Client, migration: Migration): Promise<number> => {
  const start = performance.now()
  let done = 0
  const count = () => {
    done++
  }
  try {
    await session.query('begin')
    // What migrations make belongs to a role that nobody logs in as, so no running node owns a table (an owner may drop fences).
    await session.query('set local role quittance_owner')
    await session.query(`set local search_path = public; ${unlimited('set local')}`)
    const before = await transactionOf(session)
    session.connection.on('commandComplete', count)
    await session.query(migration.sql)
    session.connection.off('commandComplete', count)
    if ((await transactionOf(session)) !== before) {
      throw new MigrationError('the file ends its own transaction; what it did may be half there. Remove its commit or rollback')
    }
    const tookMs = Math.round(performance.now() - start)
    // `set role` without `local` in a file would otherwise outlive its transaction and write the history as the owner.
    await session.query('reset all; reset role')
    await session.query(`insert into ${history} (name, checksum, took_ms) values ($1, $2, $3)`, [
      migration.name,
      migration.checksum,
      tookMs,
    ])
    await session.query('commit')
    return tookMs
  } catch (error) {
    session.connection.off('commandComplete', count)
    await session.query('rollback').catch(() => {})
    throw explain(migration, error, done)
  }
}

/**
 * Applies what is not applied yet, each file whole or not at all. Nodes that start together wait for one another here.
 * Roles must be there: call prepareRoles before. It needs a connection of its own, not one of a transaction pooler.
 */
export const migrate = async (options: {
  url: string
  log: (line: string) => void
  folder?: string
}): Promise<{ applied: string[] }> => {
  const { url, log, folder = folderDefault } = options
  const migrations = await Promise.all((await namesIn(folder)).map((name) => readMigration(folder, name)))

  return inSession(url, async (session) => {
    await session.query(unlimited('set'))
    await session.query('select pg_advisory_lock(hashtextextended($1, 0))', [lockKey])
    await prepareHistory(session)
    const { rows } = await session.query<{ name: string; checksum: string }>(`select name, checksum from ${history}`)
    const checksums = new Map(rows.map(({ name, checksum }) => [name, checksum]))

    const changed = migrations.find(({ name, checksum }) => (checksums.get(name) ?? checksum) !== checksum)
    if (changed) {
      throw new MigrationError(
        `${changed.path} was changed after it was applied to this database: restore the file and put the change into a new ` +
          'migration; a database without data worth keeping can be reset instead',
      )
    }
    const known = new Set(migrations.map(({ name }) => name))
    const ahead = [...checksums.keys()].filter((name) => !known.has(name)).toSorted()
    if (ahead.length > 0) log(`the database is ahead of this version by ${ahead.join(', ')}`)

    const applied: string[] = []
    for (const migration of migrations.filter(({ name }) => !checksums.has(name))) {
      const tookMs = await applyOne(session, migration)
      log(`migration ${migration.name} applied in ${tookMs} ms`)
      applied.push(migration.name)
    }
    if (applied.length > 0) await primeStatistics(session)
    return { applied }
  })
}

/** Names of the migrations that this version brings and the database lacks; none means that it may serve. */
export const pendingMigrations = async (client: Reader, folder = folderDefault): Promise<string[]> => {
  const names = await namesIn(folder)
  const { rows: found } = await client.query(
    "select exists (select from pg_tables where schemaname = 'quittance_meta' and tablename = 'migration_history') as known",
  )
  if (!found[0]?.known) return names
  const { rows } = await client.query(`select name from ${history}`)
  const applied = new Set(rows.map(({ name }) => name))
  return names.filter((name) => !applied.has(name))
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { inUnit, narrowToClient, type Tx } from '../../src/platform/database/unit.ts'
import { areas, commandArea } from '../../src/platform/policy.ts'
import { asOwner, grant, theApp } from '../harness/index.ts'
import { type Column, inOrderOfReference, ownerIn, type Table, tables } from '../isolation/catalog.ts'
import { aFullClient, checksum, type FullClient } from '../isolation/seed.ts'

// The fence as PostgreSQL's catalog has it, and as the service's own database role meets it: T2 of the reliability plan,
// and the row-security traps of the security plan. A table added by a migration is covered by all of it.

const all = await tables()
const named = all.map((table) => ({ table, name: table.name }))

/** Indexes that begin with another column than the owner, and why that tells nobody anything. */
const otherwiseLed: Readonly<Record<string, string>> = {
  provider_code_key: 'a provider belongs to nobody; its code is made by operators, never by callers',
  principal_subject_key:
    'a subject is an issuer’s name for one person, everywhere; fence.who looks it up before there is an owner',
  api_key_hash_key: 'the hash of 256 random bits; fence.who looks it up before there is an owner',
  client_code_key: 'a client’s own row belongs to its provider too, which the key begins with',
  client_provider_key: 'what foreign keys of grants refer to, so that client and provider fit',
  client_grant_holder_idx: 'who holds what, walked by fence.who alone',
  event_unnumbered_idx: 'the relay’s queue of all clients: no reader of the service uses it',
  job_due_idx: 'what is due of all clients, for the role that may see when a job is due and nothing in it',
}

const columnOf = (table: Table, name: string) => table.columns.find((column) => column.name === name)
const tableOf = (name: string) => {
  const found = all.find((table) => table.name === name)
  if (found === undefined) throw new Error(`there is no table ${name}`)
  return found
}

describe('every table', () => {
  it('is one there is something to guard in', () => expect(all.length).toBeGreaterThan(20))

  it.each(named)('$name says by a comment whose rows it holds', ({ table }) => {
    expect(table.comment).toMatch(/^fence:(provider|client:([a-z]+|by area))$/)
    if (table.area !== null) expect([...areas, commandArea]).toContain(table.area)
  })

  it.each(named)('$name has row security, enabled and forced', async ({ name }) => {
    const [row] = await asOwner<{ enabled: boolean; forced: boolean }>(
      'select relrowsecurity as enabled, relforcerowsecurity as forced from pg_class where oid = $1::regclass',
      [name],
    )
    expect(row).toEqual({ enabled: true, forced: true })
  })

  it.each(named)('$name is read through one policy, over the clients or providers that may be read', async ({ name, table }) => {
    const policies = await asOwner<{ name: string; command: string; using: string | null; check: string | null }>(
      `select policyname::text as name, cmd as command, qual as using, with_check as check from pg_policies
       where schemaname = 'public' and tablename = $1 and 'quittance_app' = any (roles)`,
      [name],
    )
    const reads = policies.filter(({ command }) => command === 'SELECT')
    expect(reads).toHaveLength(1)
    const setting = table.fence === 'provider' ? 'fence.directories' : `fence.reads_${table.area ?? ''}`
    expect(reads[0]?.using).toContain(setting)
    // Policies are added to one another: one that lets everything through would undo the rest.
    for (const { using, check } of policies) expect(`${using ?? ''}${check ?? ''}`).toContain('current_setting')
    expect(policies.filter(({ command }) => command === 'ALL')).toEqual([])
  })

  it.each(named)('$name has a primary key that begins with its owner', ({ table }) => {
    const primary = table.indexes.find(({ isPrimary }) => isPrimary)
    expect(primary?.columns[0]).toBe(table.owner)
  })

  it.each(named)('$name has no index that begins elsewhere', ({ table }) => {
    const elsewhere = table.indexes.filter(({ name, columns }) => columns[0] !== table.owner && otherwiseLed[name] === undefined)
    expect(elsewhere).toEqual([])
  })

  it('that an exception is made for still has that index', () => {
    const indexes = new Set(all.flatMap((table) => table.indexes.map(({ name }) => name)))
    expect(Object.keys(otherwiseLed).filter((name) => !indexes.has(name))).toEqual([])
  })

  it.each(named)('$name refers to rows of its own owner alone', ({ table }) => {
    for (const { name, columns, target, targetColumns } of table.foreignKeys) {
      const to = tableOf(target)
      const at = targetColumns.indexOf(to.owner)
      expect(at, `${name} refers to ${target} without its owner`).toBeGreaterThanOrEqual(0)
      if (to.fence === table.fence) expect(columns[at], `${name} takes the owner from another column`).toBe(table.owner)
    }
    // A client's row may name its provider's people and teams; that the provider is the client's own is held by a key too.
    const reachesOut = table.foreignKeys.some(({ target }) => table.fence === 'client' && tableOf(target).fence === 'provider')
    if (reachesOut && table.name !== 'client') {
      const pins = table.foreignKeys.map(({ target, columns }) => `${target}(${columns.join()})`)
      expect(pins).toContain('client(provider_id,client_id)')
    }
  })

  it.each(named)('$name keeps money in bigint, and nothing in types that cannot be filtered under row security', ({ table }) => {
    for (const { name, type } of table.columns) {
      if (name.endsWith('_minor')) expect(type, name).toBe('bigint')
      expect(type, `${name} of ${table.name}`).toMatch(
        /^(uuid|text|bigint|integer|smallint|boolean|date|bytea|jsonb|character\(\d\)|timestamp with time zone)$/,
      )
    }
  })

  it.each(named)('$name holds its states by a check, not by a type', async ({ name, table }) => {
    const closed = table.columns.filter(
      (column) => ['state', 'kind', 'role', 'outcome'].includes(column.name) && column.type === 'text',
    )
    const checks = await asOwner<{ columns: string[] }>(
      `select (select array_agg(a.attname::text) from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey)) as columns
       from pg_constraint c where c.contype = 'c' and c.conrelid = $1::regclass`,
      [name],
    )
    const checked = new Set(checks.flatMap(({ columns }) => columns))
    expect(closed.map((column) => column.name).filter((column) => !checked.has(column))).toEqual([])
  })
})

describe('around the tables', () => {
  it('there is no view that reads with its owner’s eyes, and no materialized one that the service can read', async () => {
    const views = await asOwner<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast' and (
         (c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false))
         or (c.relkind = 'm' and (has_table_privilege('quittance_app', c.oid, 'select') or has_table_privilege('quittance_relay', c.oid, 'select'))))`,
    )
    expect(views).toEqual([])
  })

  it('three functions alone run with rights of their own for the service, and their owner cannot log in', async () => {
    const definers = await asOwner<{ name: string; owner: string; login: boolean; path: string }>(
      `select p.oid::regproc::text as name, r.rolname::text as owner, r.rolcanlogin or r.rolsuper or r.rolbypassrls as login, p.proconfig::text as path
       from pg_proc p join pg_roles r on r.oid = p.proowner join pg_namespace n on n.oid = p.pronamespace
       where p.prosecdef and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
         and (has_function_privilege('quittance_app', p.oid, 'execute') or has_function_privilege('quittance_relay', p.oid, 'execute'))
       order by 1`,
    )
    expect(definers.map(({ name, owner, login }) => ({ name, owner, login }))).toEqual([
      { name: 'fence.clients', owner: 'quittance_bind', login: false },
      { name: 'fence.owners', owner: 'quittance_bind', login: false },
      { name: 'fence.role_holders', owner: 'quittance_bind', login: false },
      { name: 'fence.who', owner: 'quittance_bind', login: false },
      { name: 'fence.workers', owner: 'quittance_bind', login: false },
    ])
    // Without a fixed path a caller could put a table of theirs in front of ours.
    for (const { path } of definers) expect(path).toContain('search_path=')
  })

  it('every function that runs with its owner’s rights has a fixed path', async () => {
    const loose = await asOwner(
      `select p.oid::regproc::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where p.prosecdef and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and coalesce(p.proconfig::text, '') !~ 'search_path='`,
    )
    expect(loose).toEqual([])
  })

  it('the roles have no power of their own, and own nothing', async () => {
    const roles = await asOwner<{ name: string; powers: boolean; owns: number }>(
      `select r.rolname::text as name, r.rolsuper or r.rolbypassrls or r.rolcreatedb or r.rolcreaterole or r.rolreplication as powers,
         (select count(*)::int from pg_class c where c.relowner = r.oid) as owns
       from pg_roles r where r.rolname in ('quittance_app', 'quittance_relay', 'quittance_bind') order by 1`,
    )
    expect(roles).toEqual([
      { name: 'quittance_app', powers: false, owns: 0 },
      { name: 'quittance_bind', powers: false, owns: 0 },
      { name: 'quittance_relay', powers: false, owns: 0 },
    ])
    const members = await asOwner(
      `select member::regrole::text from pg_auth_members where member in ('quittance_app'::regrole, 'quittance_relay'::regrole)`,
    )
    expect(members).toEqual([])
  })

  it('the roles may read and write rows, and nothing else', async () => {
    const grants = await asOwner<{ grantee: string; table: string; right: string }>(
      `select grantee::text, table_schema || '.' || table_name as table, privilege_type::text as right from information_schema.role_table_grants
       where grantee in ('quittance_app', 'quittance_relay', 'PUBLIC') and table_schema not in ('pg_catalog', 'information_schema')`,
    )
    expect(grants.filter(({ right }) => !['SELECT', 'INSERT', 'UPDATE', 'DELETE'].includes(right))).toEqual([])
    expect(grants.filter(({ grantee }) => grantee === 'PUBLIC')).toEqual([])
    const ofRelay = new Set(grants.filter(({ grantee }) => grantee === 'quittance_relay').map(({ table }) => table))
    expect([...ofRelay].filter((table) => table.startsWith('public.')).sort()).toEqual(['public.event', 'public.event_line'])
    const elsewhere = new Set(
      grants.filter(({ table }) => !table.startsWith('public.')).map(({ table, right }) => `${right} ${table}`),
    )
    expect([...elsewhere].sort()).toEqual(['SELECT fence.rights', 'SELECT quittance_meta.migration_history'])
    const makes = await asOwner(
      `select n.nspname::text from pg_namespace n, unnest(array['quittance_app', 'quittance_relay']) r
       where n.nspname !~ '^pg_' and has_schema_privilege(r, n.oid, 'create')`,
    )
    expect(makes).toEqual([])
  })

  it('who looks for due jobs of all clients sees that they are there, and nothing in them', async () => {
    const [columns] = await asOwner<{ seen: string[]; unseen: string[] }>(
      `select array_agg(attname::text order by attnum) filter (where s) as seen, array_agg(attname::text order by attnum) filter (where not s) as unseen
       from (select attname, attnum, has_column_privilege('quittance_relay', attrelid, attnum, 'select') as s
             from pg_attribute where attrelid = 'job'::regclass and attnum > 0 and not attisdropped) c`,
    )
    expect(columns?.seen).toEqual(['client_id', 'id', 'name', 'state', 'run_at'])
    expect(columns?.unseen).toEqual(expect.arrayContaining(['payload', 'key', 'reason']))
    const changes = await asOwner(
      `select r from unnest(array['insert', 'update', 'delete']) r
       where has_table_privilege('quittance_relay', 'job', r) or (r <> 'delete' and has_any_column_privilege('quittance_relay', 'job', r))`,
    )
    expect(changes).toEqual([])
  })

  it('what is written once is never changed', async () => {
    const changed = await asOwner<{ table: string; right: string }>(
      `select t as table, p as right from unnest(array['audit_entry', 'provider_audit_entry', 'application', 'open_item_change', 'activity_version', 'activity_item', 'stage_entry', 'approval_decision']) t, unnest(array['update', 'delete']) p
       where has_table_privilege('quittance_app', t, p)`,
    )
    expect(changed).toEqual([])
    const deletable = await asOwner<{ name: string }>(
      `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and has_table_privilege('quittance_app', oid, 'delete') order by 1`,
    )
    // Names of customers that were nobody, jobs that are done, sums and stages that are counted anew, and marks that ended, which the audit remembers.
    expect(deletable.map(({ name }) => name)).toEqual([
      'customer',
      'customer_alias',
      'item_stage',
      'job',
      'payer_alias',
      'work_amount',
      'work_mark',
    ])
  })
})

/** Tables and columns by Prisma's own schema files: fields whose type is a model are relations, not columns. */
const readModels = (): ReadonlyMap<string, readonly string[]> => {
  const folder = join(import.meta.dirname, '../../prisma/schema')
  const text = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
  const blocks = [...text.matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => ({ name, body }))
  const names = new Set(blocks.map(({ name }) => name))
  return new Map(
    blocks.map(({ name, body }) => [
      /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name,
      [...body.matchAll(/^ {2}(\w+)\s+(\w+)(.*)$/gm)]
        .filter(([, , type = '']) => !names.has(type))
        .map(([, field = '', , rest = '']) => /(?<!@)@map\("(\w+)"\)/.exec(rest)?.[1] ?? field),
    ]),
  )
}

describe('Prisma’s picture of the tables', () => {
  const models = readModels()
  /** Tables and columns that Prisma does not know, because our own SQL alone uses them. */
  const unmapped: readonly string[] = []

  it('has every table, and no other', () => {
    const known = all.map(({ name }) => name).filter((name) => !unmapped.includes(name))
    expect([...models.keys()].sort()).toEqual([...known].sort())
  })

  it.each(named.filter(({ name }) => !unmapped.includes(name)))('has every column of $name, and no other', ({ name, table }) => {
    const mapped = models.get(name) ?? []
    const columns = table.columns.map((column) => column.name).filter((column) => !unmapped.includes(`${name}.${column}`))
    expect(mapped.toSorted()).toEqual(columns.toSorted())
  })
})

// ---- as the service's role

let app: pg.Pool
let own: FullClient
let foreign: FullClient

type Bound = { readonly reads: readonly FullClient[]; readonly writes: FullClient | null }
const array = (ids: readonly string[]) => `{${ids.join()}}`

/** Runs in a transaction that is rolled back; `bound` null is a transaction that nobody bound. */
const asApp = async <T>(bound: Bound | null, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> => {
  const connection = await app.connect()
  try {
    await connection.query('begin')
    if (bound !== null) {
      const clients = array(bound.reads.map(({ id }) => id))
      for (const area of [...areas, commandArea])
        await connection.query(`select set_config('fence.reads_${area}', $1, true)`, [clients])
      const providers = array([...new Set(bound.reads.map(({ provider }) => provider.id))])
      await connection.query(
        `select set_config('fence.directories', $1, true), set_config('fence.writes', $2, true), set_config('fence.writes_provider', $3, true)`,
        [providers, bound.writes?.id ?? '', bound.writes?.provider.id ?? ''],
      )
    }
    return await work(connection)
  } finally {
    await connection.query('rollback').catch(() => {})
    connection.release()
  }
}

/** A connection that no unit has ever used: the settings are not even known on it. */
const fresh = async <T>(work: (connection: pg.Client) => Promise<T>): Promise<T> => {
  const connection = new pg.Client({ connectionString: inject('appUrl') })
  await connection.connect()
  try {
    return await work(connection)
  } finally {
    await connection.end()
  }
}

const both = (): Bound => ({ reads: [own, foreign], writes: own })
const ownOnly = (): Bound => ({ reads: [own], writes: own })

const codeOf = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => 'done',
    (thrown: { code?: string }) => thrown.code ?? String(thrown),
  )

const refused = '42501'
const unboundCodes = ['42704', '22P02', refused]

const mayDo = async (table: Table, right: string): Promise<boolean> => {
  const [row] = await asOwner<{ may: boolean }>(`select has_table_privilege('quittance_app', $1, $2) as may`, [table.name, right])
  return row?.may === true
}

const writable = (table: Table): readonly Column[] => table.columns.filter(({ isIdentity }) => !isIdentity)

/** A statement that writes a row of an owner again, some of its values replaced. */
const copyOf = async (table: Table, whose: FullClient, replaced: Readonly<Record<string, unknown>>) => {
  const [row] = await asOwner<{ row: Record<string, unknown> }>(
    `select to_jsonb(t) as row from ${table.name} t where ${table.owner} = $1 limit 1`,
    [ownerIn(table, whose)],
  )
  const names = writable(table).map(({ name }) => name)
  // The relay alone numbers events.
  const seq = columnOf(table, 'seq') === undefined ? {} : { seq: null }
  return {
    text: `insert into ${table.name} (${names.join()}) select ${names.join()} from jsonb_populate_record(null::${table.name}, $1)`,
    values: [JSON.stringify({ ...row?.row, ...seq, ...replaced })],
  }
}

const freshId = (table: Table) =>
  columnOf(table, 'id')?.type === 'uuid' && table.owner !== 'id' ? { id: crypto.randomUUID() } : {}

describe('as the service’s role meets them', () => {
  beforeAll(async () => {
    app = new pg.Pool({ connectionString: inject('appUrl'), max: 4 })
    own = await aFullClient()
    foreign = await aFullClient()
  })
  afterAll(async () => {
    await app.end()
  })

  describe.each(named)('through the service’s role, $name', ({ table, name }) => {
    const owner = (client: FullClient) => ownerIn(table, client)

    it('is read for what was bound, and for nothing else', async () => {
      const seen = await asApp(ownOnly(), (connection) =>
        connection.query(`select distinct ${table.owner} as owner from ${name}`),
      )
      expect(seen.rows).toEqual([{ owner: owner(own) }])
      const none = await asApp({ reads: [], writes: null }, (connection) => connection.query(`select 1 from ${name}`))
      expect(none.rowCount).toBe(0)
      const counted = await asApp(ownOnly(), (connection) =>
        connection.query(`select 1 from ${name} where ${table.owner} = $1`, [owner(foreign)]),
      )
      expect(counted.rowCount).toBe(0)
    })

    it('is an error, not an empty list, to a statement that nobody bound', async () => {
      const read = (connection: { query: (text: string) => Promise<unknown> }) =>
        codeOf(connection.query(`select 1 from ${name}`))
      expect(await fresh(read)).toBe('42704')
      // A connection that was bound once remembers the name of the setting, and no value.
      expect(
        await asApp(null, async (connection) => {
          await connection.query('rollback')
          await connection.query("begin; select set_config('fence.reads_client', '{}', true); rollback; begin")
          return read(connection)
        }),
      ).toMatch(/^(42704|22P02)$/)
    })

    it('is an error to a write that nobody bound, or changes nothing', async () => {
      const insert = await copyOf(table, own, freshId(table))
      expect(unboundCodes).toContain(await fresh((connection) => codeOf(connection.query(insert))))
      const before = await checksum(own)
      for (const text of [`update ${name} set ${table.owner} = ${table.owner}`, `delete from ${name}`]) {
        expect(unboundCodes).toContain(await fresh((connection) => codeOf(connection.query(text))))
        const used = await asApp(null, (connection) =>
          connection.query(text).then(
            ({ rowCount }) => rowCount ?? 0,
            () => 0,
          ),
        )
        expect(used).toBe(0)
      }
      expect(await checksum(own)).toEqual(before)
    })

    it('takes a row for the client that is written to, and for no other', async () => {
      if (!(await mayDo(table, 'insert'))) {
        const text = await copyOf(table, own, freshId(table))
        return expect(await asApp(both(), (connection) => codeOf(connection.query(text)))).toBe(refused)
      }
      const good = await copyOf(table, own, freshId(table))
      // 23505: let through by the fence, and there already by its natural key.
      expect(['done', '23505']).toContain(await asApp(ownOnly(), (connection) => codeOf(connection.query(good))))
      const crossing = await copyOf(table, foreign, freshId(table))
      for (const suffix of ['', ' on conflict do nothing']) {
        const text = { ...crossing, text: crossing.text + suffix }
        expect(await asApp(both(), (connection) => codeOf(connection.query(text)))).toBe(refused)
        expect(await asApp({ reads: [own, foreign], writes: null }, (connection) => codeOf(connection.query(text)))).toBe(refused)
      }
      // The very row that is there: whether it is must not be told by the answer.
      const same = await copyOf(table, foreign, {})
      const key = table.indexes.find(({ isPrimary }) => isPrimary)?.columns.join() ?? ''
      for (const suffix of ['do nothing', `(${key}) do update set ${table.owner} = excluded.${table.owner}`]) {
        const upsert = { ...same, text: `${same.text} on conflict ${suffix}` }
        expect(await asApp(ownOnly(), (connection) => codeOf(connection.query(upsert)))).toBe(refused)
      }
    })

    it('is changed for the client that is written to, and for no other', async () => {
      const text = `update ${name} set ${table.owner} = ${table.owner} where ${table.owner} = $1`
      const change = (bound: Bound, client: FullClient) =>
        asApp(bound, (connection) =>
          connection.query(text, [owner(client)]).then(
            ({ rowCount }) => rowCount,
            (thrown: { code?: string }) => thrown.code,
          ),
        )
      if (!(await mayDo(table, 'update'))) return expect(await change(both(), own)).toBe(refused)
      expect(await change(both(), own)).toBeGreaterThan(0)
      expect(await change(both(), foreign)).toBe(0)
      expect(await change({ reads: [own, foreign], writes: null }, own)).toBe(0)
    })

    it('gives no row away to another client', async () => {
      if (!(await mayDo(table, 'update'))) return
      const give = `update ${name} set ${table.owner} = $2 where ${table.owner} = $1`
      expect(await asApp(both(), (connection) => codeOf(connection.query(give, [owner(own), owner(foreign)])))).toBe(refused)
    })

    it('loses rows of the client that is written to, if any, and of no other', async () => {
      const text = `delete from ${name} where ${table.owner} = $1`
      const remove = (client: FullClient) =>
        asApp(both(), (connection) =>
          connection.query(text, [owner(client)]).then(
            ({ rowCount }) => rowCount,
            (thrown: { code?: string }) => thrown.code,
          ),
        )
      if (!(await mayDo(table, 'delete'))) return expect(await remove(own)).toBe(refused)
      expect(await remove(foreign)).toBe(0)
      // 23503: let through by the fence, and still referred to.
      const [row] = await asOwner<{ n: number }>(`select count(*)::int as n from ${name} where ${table.owner} = $1`, [owner(own)])
      expect([row?.n, '23503', '23001']).toContain(await remove(own))
    })

    it('refers to no row of another client', async () => {
      if (!(await mayDo(table, 'insert'))) return
      for (const { columns, target, targetColumns } of table.foreignKeys) {
        const to = tableOf(target)
        const beside = columns.filter((column) => column !== table.owner)
        if (beside.length === 0) continue
        const [theirs] = await asOwner<Record<string, unknown>>(`select * from ${target} where ${to.owner} = $1 limit 1`, [
          ownerIn(to, foreign),
        ])
        const pointing = (chosen: readonly string[]) =>
          Object.fromEntries(chosen.map((column) => [column, theirs?.[targetColumns[columns.indexOf(column)] ?? '']]))
        // The id alone under one's own owner, and, where the owner is another column, both.
        const ids = beside.filter((column) => targetColumns[columns.indexOf(column)] !== to.owner)
        for (const chosen of [ids, beside]) {
          if (chosen.length === 0) continue
          const text = await copyOf(table, own, { ...freshId(table), ...pointing(chosen) })
          const code = await asApp(both(), async (connection) => codeOf(connection.query(text)))
          expect(['23503', '23514', '23505'], `${target} by ${chosen.join()}`).toContain(code)
          expect(code, `${target} by ${chosen.join()}`).not.toBe('done')
        }
      }
    })
  })

  describe('equal keys of two clients', () => {
    it('stand side by side: a duplicate tells nobody that another client has the number', async () => {
      const provider = own.provider
      const twin = await asOwner<{ id: string }>(
        `insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, created_at)
       values (gen_random_uuid(), $1, 'TWIN', 'Twin', 'UTC', 'USD', 'US', now()) returning id`,
        [provider.id],
      )
      const bound: Bound = { reads: [own], writes: { ...own, id: twin[0]?.id ?? '' } }
      const copies: { readonly table: Table; readonly rows: readonly Record<string, unknown>[] }[] = []
      for (const table of inOrderOfReference(all)) {
        if (table.fence !== 'client' || table.name === 'client' || !(await mayDo(table, 'insert'))) continue
        const rows = await asOwner<{ row: Record<string, unknown> }>(
          `select to_jsonb(t) as row from ${table.name} t where ${table.owner} = $1`,
          [own.id],
        )
        copies.push({ table, rows: rows.map(({ row }) => row) })
      }
      await asApp(bound, async (connection) => {
        await connection.query('set constraints all deferred')
        for (const { table, rows } of copies) {
          const names = writable(table).map(({ name }) => name)
          const same = rows.map((row) => ({
            ...row,
            [table.owner]: twin[0]?.id,
            ...(columnOf(table, 'seq') === undefined ? {} : { seq: null }),
          }))
          // In one statement, so that rows which refer to one another arrive together.
          const written = await connection.query(
            `insert into ${table.name} (${names.join()}) select ${names.join()} from jsonb_populate_recordset(null::${table.name}, $1)`,
            [JSON.stringify(same)],
          )
          expect(written.rowCount, table.name).toBe(rows.length)
        }
      })
    })
  })

  describe('a command', () => {
    it('neither reads nor writes a second client that its viewer also holds', async () => {
      const sibling = await aFullClient({ provider: own.provider })
      await grant(sibling, own.manager, 'MANAGER')
      const { engine } = await theApp()
      const asker = { kind: 'TOKEN', subject: own.manager.subject, expiresAt: new Date(Date.now() + 60_000) } as const
      const ownersIn = async (tx: Tx, table: Table) => {
        const rows = await tx.prisma.$queryRawUnsafe<{ owner: string }[]>(
          `select distinct ${table.owner} as owner from ${table.name}`,
        )
        return rows.map(({ owner }) => owner).sort()
      }
      await inUnit(engine.database, { asker, readOnly: false, now: new Date() }, async (tx) => {
        expect(await ownersIn(tx, tableOf('customer'))).toEqual([own.id, sibling.id].sort())
        await narrowToClient(tx, own.id)
        for (const table of all.filter(({ fence }) => fence === 'client'))
          expect(await ownersIn(tx, table), table.name).toEqual([own.id])
        for (const table of all.filter(({ fence }) => fence === 'provider'))
          expect(await ownersIn(tx, table), table.name).toEqual([])
        expect(await tx.prisma.$executeRawUnsafe(`update customer set name = name where client_id = '${sibling.id}'`)).toBe(0)
        expect(
          await tx.prisma.$executeRawUnsafe(`update customer set name = name where client_id = '${own.id}'`),
        ).toBeGreaterThan(0)
        await tx.prisma.customer.updateMany({ data: { countryCode: 'DE' } })
        tx.rollBackAtEnd = true
      })
    })

    it('alone writes: outside of one there is nobody whose rows could be written', async () => {
      const { engine } = await theApp()
      const asker = { kind: 'TOKEN', subject: own.manager.subject, expiresAt: new Date(Date.now() + 60_000) } as const
      await inUnit(engine.database, { asker, readOnly: false, now: new Date() }, async (tx) => {
        expect(await tx.prisma.$executeRawUnsafe('update customer set name = name')).toBe(0)
        tx.rollBackAtEnd = true
      })
      const reading = inUnit(engine.database, { asker, readOnly: true, now: new Date() }, (tx) =>
        tx.prisma.$executeRawUnsafe('update customer set name = name'),
      )
      await expect(reading).rejects.toThrow()
    })
  })

  describe('what row security does not cover', () => {
    it.each([
      'truncate customer',
      'alter table customer disable row level security',
      'set role quittance_owner',
      'set session authorization postgres',
      'drop table customer',
      'create table public.mine (id int)',
      "copy customer to program 'true'",
      'create function public.mine() returns int language sql as $$ select 1 $$',
    ])('is not granted: %s', async (text) => {
      expect(await asApp(both(), (connection) => codeOf(connection.query(text)))).toMatch(/^(42501|22023|42704)$/)
    })

    it('is not in the statistics that the role can read', async () => {
      const { rows } = await asApp(both(), (connection) =>
        connection.query("select count(*)::int as n from pg_stats where schemaname = 'public'"),
      )
      expect(rows).toEqual([{ n: 0 }])
    })

    it('is not shown by plans, whose estimates count the rows of everybody: nothing of the service asks for one', () => {
      const folder = join(import.meta.dirname, '../../src')
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
        (file) => file.endsWith('.ts') && !file.startsWith('generated'),
      )
      expect(files.filter((file) => /[`'"]\s*explain\b/i.test(readFileSync(join(folder, file), 'utf8')))).toEqual([])
    })
  })
})

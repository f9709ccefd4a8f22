import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, escapeLiteral } from 'pg'
import { limits } from '../limits.ts'
import { inSession } from './session.ts'

type Role = { name: string; login: boolean; settings: { [name: string]: string } }

/** All four have no rights of their own: `owner` owns the tables, `bind` the functions that set whose rows a unit sees. */
const roles: readonly Role[] = [
  { name: 'quittance_owner', login: false, settings: {} },
  { name: 'quittance_bind', login: false, settings: {} },
  {
    name: 'quittance_app',
    login: true,
    settings: {
      statement_timeout: `${limits.database.statementMs}ms`,
      idle_in_transaction_session_timeout: '15s',
      lock_timeout: '5s',
    },
  },
  { name: 'quittance_relay', login: true, settings: { idle_in_transaction_session_timeout: '15s' } },
]
const lockKey = 'quittance roles'
const powerless = 'nosuperuser nobypassrls nocreatedb nocreaterole noreplication noinherit'

const passwordOf = (secret: string, role: string) => createHmac('sha256', secret).update(role).digest('base64url')

/** What the server would make of the password (RFC 5802). Sent instead of it, so that no server log ever shows a password. */
const scramVerifier = (password: string): string => {
  const iterations = 4_096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const sign = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(sign('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${sign('Server Key').toString('base64')}`
}

const urlFor = (url: string, role: string, password: string): string => {
  const made = new URL(url)
  made.username = role
  made.password = password
  return made.toString()
}

/** Changes only what differs: roles belong to the whole cluster, where other databases do the same at the same time. */
const ensureRole = async (session: Client, { name, login, settings }: Role) => {
  const { rows } = await session.query<{ right: boolean }>(
    `select not (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication or rolinherit) and rolcanlogin = $2
      as right from pg_roles where rolname = $1`,
    [name, login],
  )
  const kind = `${login ? 'login' : 'nologin'} ${powerless}`
  if (rows[0] === undefined) await session.query(`create role ${name} ${kind}`)
  else if (!rows[0].right) await session.query(`alter role ${name} ${kind}`)

  const { rows: stored } = await session.query<{ setting: string }>(
    'select unnest(setconfig) as setting from pg_db_role_setting where setdatabase = 0 and setrole = $1::regrole',
    [name],
  )
  const have = new Set(stored.map(({ setting }) => setting))
  for (const [setting, value] of Object.entries(settings)) {
    if (!have.has(`${setting}=${value}`)) await session.query(`alter role ${name} set ${setting} = ${escapeLiteral(value)}`)
  }
}

const ensureMember = async (session: Client, role: string, member: string, options: string) => {
  const { rows } = await session.query(
    `select from pg_auth_members where roleid = $1::regrole and member = $2::regrole and set_option
      and inherit_option = $3`,
    [role, member, options.includes('inherit true')],
  )
  if (rows.length === 0) await session.query(`grant ${role} to ${member} with ${options}`)
}

const ensureRoles = async (session: Client) => {
  for (const role of roles) await ensureRole(session, role)
  const { rows } = await session.query<{ me: string; database: string }>(
    'select quote_ident(current_user) as me, quote_ident(current_database()) as database',
  )
  const { me = '', database = '' } = rows[0] ?? {}
  await ensureMember(session, 'quittance_owner', me, 'inherit true, set true')
  await ensureMember(session, 'quittance_bind', me, 'inherit true, set true')
  await ensureMember(session, 'quittance_bind', 'quittance_owner', 'inherit false, set true')
  await session.query(`
    revoke all on database ${database} from public, quittance_app, quittance_relay;
    grant connect on database ${database} to quittance_app, quittance_relay;
    grant create on database ${database} to quittance_owner;
    alter schema public owner to quittance_owner;
    revoke create on schema public from public;
    grant usage on schema public to quittance_app, quittance_relay, quittance_bind`)
}

const inLockedTransaction = async (session: Client, work: () => Promise<void>) => {
  await session.query('begin')
  try {
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockKey])
    await work()
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => {})
    throw error
  }
}

/** unique_violation, duplicate_object, deadlock_detected; and "tuple concurrently updated", which has no code of its own. */
const isRace = (error: unknown) => {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return ['23505', '42710', '40P01'].includes(code) || /tuple concurrently (updated|deleted)/.test(message)
}

/** Advisory locks end at the border of a database, roles do not: nodes of another database are met by trying again. */
const persist = async (work: () => Promise<void>) => {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isRace(error) || tries === 20) throw error
      await sleep(Math.random() * 50 * tries)
    }
  }
}

const canLogIn = async (url: string): Promise<boolean> => {
  try {
    await inSession(url, (session) => session.query('select 1'))
    return true
  } catch (error) {
    if (['28P01', '28000'].includes((error as { code?: string }).code ?? '')) return false
    throw error
  }
}

/**
 * Makes the roles of the API and what they may do to this database. It may run any number of times, also at once; each new
 * database needs it, because rights on a database are not copied from its template. PostgreSQL 16 or newer.
 */
export const prepareRoles = async (options: {
  url: string
  secret: string
  log: (line: string) => void
}): Promise<{ appUrl: string; relayUrl: string }> => {
  const { url, secret, log } = options
  const login = (role: string) => {
    const password = passwordOf(secret, role)
    return { role, password, url: urlFor(url, role, password) }
  }
  const app = login('quittance_app')
  const relay = login('quittance_relay')

  await inSession(url, async (session) => {
    await persist(() => inLockedTransaction(session, () => ensureRoles(session)))
    for (const { role, password, url: roleUrl } of [app, relay]) {
      if (await canLogIn(roleUrl)) continue
      const verifier = escapeLiteral(scramVerifier(password))
      await persist(() =>
        inLockedTransaction(session, async () => void (await session.query(`alter role ${role} password ${verifier}`))),
      )
      log(`role ${role} has its password from the secret of this installation`)
    }
  })
  return { appUrl: app.url, relayUrl: relay.url }
}

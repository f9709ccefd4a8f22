import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { giveTo, type Home, homeOf, knownHome, type Native, nativeFor, run, spawnAs } from './embedded-home.ts'
import { bornAt, commandLine, hasLiveWriter, withLock, writeToken } from './embedded-lock.ts'

type Log = (line: string) => void
type Running = { pid: number; url: string }
export type Embedded = { url: string; adopted: boolean; stop: () => Promise<void> }

const readyMsMax = 30_000
const stopMsMax = 10_000
const pollMs = 20

const dataOf = (home: string) => join(home, 'data')
const lockOf = (folder: string) => join(folder, 'lock')
const usersOf = (folder: string) => join(folder, 'users')

const urlOf = (secret: string, port: number) => `postgres://postgres:${secret}@127.0.0.1:${port}/postgres`

/** Kept beside the data and written before it: data whose secret is lost opens to nobody. */
const secretOf = (home: string): string => {
  const path = join(home, 'secret')
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
  return readFileSync(path, 'utf8')
}

const createData = async ({ path: home, account }: Home, { bin, major }: Native, secret: string, durable: boolean, log: Log) => {
  const data = dataOf(home)
  const versionFile = join(data, 'PG_VERSION')
  if (existsSync(versionFile)) {
    const made = readFileSync(versionFile, 'utf8').trim()
    if (made !== major)
      throw new Error(`${data} was made by PostgreSQL ${made} and this is ${major}: export it there, import it here`)
    return
  }
  for (const name of readdirSync(home).filter((one) => one.startsWith('data.new-'))) {
    // The initdb of a killed process fails soon after its files are gone, but until then makes new ones.
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
  if (existsSync(data)) {
    const aside = `${data}.broken-${randomBytes(4).toString('hex')}`
    renameSync(data, aside)
    log(`${data} is no complete database: it is set aside as ${aside}`)
  }

  // A name of its own each time, so that such a late one never writes into this.
  const half = `${data}.new-${randomBytes(4).toString('hex')}`
  const passwordFile = `${half}.password`
  mkdirSync(half, { mode: 0o700 })
  writeFileSync(passwordFile, secret + '\n', { mode: 0o600 })
  try {
    for (const path of [half, passwordFile]) giveTo(account, path)
    const flags = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8', '--auth=scram-sha-256']
    const identity = ['--username=postgres', `--pwfile=${passwordFile}`]
    await run(join(bin, 'initdb'), ['-D', half, ...flags, ...identity, ...(durable ? [] : ['--no-sync'])], account)
    renameSync(half, data)
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(half, { recursive: true, force: true })
  }
}

const isTaken = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The server that postmaster.pid names, if that process lives and is a server of this data. */
const liveServer = (home: string): { pid: number; port: number; born: string } | null => {
  const path = join(dataOf(home), 'postmaster.pid')
  if (!existsSync(path)) return null
  const [pid = 0, , , port = 0] = readFileSync(path, 'utf8').split('\n').map(Number)
  const born = pid > 0 ? bornAt(pid) : null
  const command = commandLine(pid)
  const isPostgres = /(^|\/)postgres(\s|:|$)/.test(command)
  if (born !== null && isPostgres && command.includes(dataOf(home))) return { pid, port, born }
  // Left by a dead server. PostgreSQL sees through most such files, but not through an empty one, nor when another process
  // has got the pid, as happens in every container that starts again. One of a moved folder's live server must stay.
  if (pid === 0 || (isTaken(pid) && !isPostgres)) rmSync(path)
  return null
}

type Answer = 'ours' | 'foreign' | 'not yet'

/** The port may since have gone to another server, or the folder been copied from one that runs: only the right data counts. */
const probe = async (url: string, data: string): Promise<Answer> => {
  const client = new Client({ connectionString: url, ssl: false, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ data: string }>("select current_setting('data_directory') as data")
    return rows[0]?.data === data ? 'ours' : 'foreign'
  } catch (error) {
    return (error as { code?: string }).code === '28P01' ? 'foreign' : 'not yet'
  } finally {
    await client.end().catch(() => {})
  }
}

/** A server that outlived its process may still be recovering or shutting down, so it is watched until it answers or is gone. */
const adopt = async (home: string, secret: string): Promise<Running | null> => {
  const until = performance.now() + readyMsMax
  for (let server = liveServer(home); server !== null; server = liveServer(home)) {
    const url = urlOf(secret, server.port)
    const answer = server.port > 0 ? await probe(url, dataOf(home)) : 'not yet'
    if (answer === 'ours') return { pid: server.pid, url }
    if (answer === 'foreign')
      throw new Error(`the server of ${dataOf(home)} (process ${server.pid}) does not take the secret in ${home}`)
    if (performance.now() > until) throw new Error(`the server of ${dataOf(home)} (process ${server.pid}) does not answer`)
    await sleep(pollMs)
  }
  return null
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port'))))
    })
  })

const settings = (durable: boolean) =>
  [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    'shared_buffers=128MB',
    // Plans want statistics soon after a load, and a development machine has the time.
    'autovacuum_naptime=10s',
    'jit=off',
    'timezone=UTC',
    'log_timezone=UTC',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ].flatMap((setting) => ['-c', setting])

type Attempt = { running: Running } | { failure: string; retry: boolean }

const attempt = async ({ path: home, account }: Home, { bin }: Native, secret: string, durable: boolean): Promise<Attempt> => {
  const data = dataOf(home)
  const logFile = join(home, 'server.log')
  const before = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  const output = openSync(logFile, 'a', 0o600)
  const port = await freePort()
  const stdio: ['ignore', number, number] = ['ignore', output, output]
  // Detached, because Ctrl-C reaches the whole group of the terminal, and the API still needs its database to drain.
  const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings(durable)], {
    ...spawnAs(account),
    stdio,
    detached: true,
  })
  let end: string | null = null
  child.once('error', (error) => {
    end = error.message
  })
  child.once('exit', (code, signal) => {
    end = `it ended with ${signal ?? code}`
  })
  child.unref()
  closeSync(output)

  const url = urlOf(secret, port)
  const until = performance.now() + readyMsMax
  // Somebody else's server may have taken the port; then ours ends within a moment. If it does not, the secret is wrong.
  for (let foreign = 0; end === null && foreign < 25 && performance.now() < until; await sleep(pollMs)) {
    const answer = await probe(url, data)
    if (answer === 'ours' && child.pid !== undefined) return { running: { pid: child.pid, url } }
    foreign = answer === 'foreign' ? foreign + 1 : 0
  }
  const timedOut = end === null
  if (timedOut) {
    child.kill('SIGQUIT')
    await shutDown(home)
  }
  const tail = readFileSync(logFile).subarray(before).toString('utf8')
  return {
    failure: `${end ?? `it did not take our connection; the secret is in ${home}`}; its log ends with\n${tail.split('\n').slice(-20).join('\n')}`,
    // The other reason to wait: the children of a killed server hold its memory until they notice.
    retry: !timedOut && /Address already in use|could not bind|still in use/.test(tail),
  }
}

const launch = async (home: Home, native: Native, secret: string, durable: boolean, log: Log): Promise<Running> => {
  const logFile = join(home.path, 'server.log')
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`)
  let failure = ''
  for (let tries = 0; tries < 5; tries++) {
    const made = await attempt(home, native, secret, durable)
    if ('running' in made) return made.running
    failure = made.failure
    if (!made.retry) break
    log(`PostgreSQL did not start and is tried again: ${failure}`)
    await sleep(200 * (tries + 1))
  }
  throw new Error(`the embedded PostgreSQL in ${home.path} did not start: ${failure}`)
}

const shutDown = async (home: string): Promise<void> => {
  const server = liveServer(home)
  if (server === null) return
  // SIGINT is PostgreSQL's fast shutdown: sessions end, data is written. SIGQUIT leaves the rest to recovery.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const until = performance.now() + stopMsMax
    try {
      process.kill(server.pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
    while (performance.now() < until) {
      if (bornAt(server.pid) !== server.born) return
      await sleep(pollMs)
    }
  }
  throw new Error(`the server of ${dataOf(home)} (process ${server.pid}) does not end`)
}

const liveUsers = (folder: string): string[] => {
  const users = usersOf(folder)
  if (!existsSync(users)) return []
  return readdirSync(users).filter((name) => {
    const isLive = hasLiveWriter(join(users, name))
    if (!isLive) rmSync(join(users, name), { force: true })
    return isLive
  })
}

const enlist = (folder: string): string => {
  mkdirSync(usersOf(folder), { recursive: true })
  const entry = join(usersOf(folder), `${process.pid}-${randomBytes(4).toString('hex')}`)
  writeToken(entry)
  return entry
}

/**
 * The PostgreSQL of development, demos and tests. Whoever comes second shares the server of whoever came first, and it
 * ends with the `stop` of the last one that lives; a server whose process was killed is adopted.
 */
export const startEmbedded = async (options: { folder: string; durable: boolean; log: Log }): Promise<Embedded> => {
  const { durable, log } = options
  mkdirSync(options.folder, { recursive: true })
  const folder = realpathSync(options.folder)

  return withLock(lockOf(folder), async () => {
    const home = homeOf(folder, log)
    const secret = secretOf(home.path)
    const found = await adopt(home.path, secret)
    const start = async () => {
      const native = await nativeFor(home.account, log)
      await createData(home, native, secret, durable, log)
      return launch(home, native, secret, durable, log)
    }
    const { url, pid } = found ?? (await start())
    log(`PostgreSQL ${found ? 'found running' : 'started'} as process ${pid}, its files are in ${home.path}`)

    const entry = enlist(folder)
    const leave = async () => {
      if (!existsSync(folder)) return
      await withLock(lockOf(folder), async () => {
        rmSync(entry, { force: true })
        if (liveUsers(folder).length === 0) await shutDown(home.path)
        else log('PostgreSQL stays up for another process that uses it')
      })
    }
    let left: Promise<void> | undefined
    const stop = () => {
      left ??= leave()
      return left
    }
    return { url, adopted: found !== null, stop }
  })
}

/** Ends the server of a folder and removes it with all its data, unless a live process uses it. */
export const removeEmbedded = async (path: string): Promise<void> => {
  if (!existsSync(path)) return
  const folder = realpathSync(path)
  await withLock(lockOf(folder), async () => {
    const [user] = liveUsers(folder)
    if (user !== undefined) throw new Error(`${folder} is in use by process ${user.split('-')[0]}`)
    const home = knownHome(folder)
    await shutDown(home)
    if (home !== folder) rmSync(home, { recursive: true, force: true })
    // The lock goes last: until then a start of somebody else must find it.
    for (const name of readdirSync(folder)) if (name !== 'lock') rmSync(join(folder, name), { recursive: true, force: true })
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // A mount point stays, and so does the folder of a start that was waiting for the lock.
    }
  })
}

/** Test runs that were killed leave `<parent>/<their pid>` behind, each with a server that would run until the next reboot. */
export const sweepOrphans = async (parent: string): Promise<string[]> => {
  if (!existsSync(parent)) return []
  const orphans = readdirSync(parent).filter((name) => /^[1-9]\d*$/.test(name) && bornAt(Number(name)) === null)
  const swept: string[] = []
  for (const name of orphans) {
    const folder = join(parent, name)
    try {
      await removeEmbedded(folder)
      swept.push(folder)
    } catch (error) {
      // Two runs that start together sweep together; what the other one has just removed is no failure.
      if (existsSync(folder) && liveUsers(realpathSync(folder)).length === 0) throw error
    }
  }
  return swept
}

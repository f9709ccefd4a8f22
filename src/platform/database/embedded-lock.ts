import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const readOrNull = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/**
 * When a process was born, or null when there is none (a zombie is none). A pid alone does not name a process: in a
 * container every start has the same few pids.
 */
export const bornAt = (pid: number): string | null => {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
    const [state = '', ...born] = stdout.trim().split(/\s+/)
    return state === '' || state.startsWith('Z') ? null : born.join('-')
  }
  const stat = readOrNull(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The command name before these fields may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  return `${readOrNull('/proc/sys/kernel/random/boot_id')?.trim()}-${fields[19]}`
}

export const commandLine = (pid: number): string => {
  if (process.platform === 'linux') return (readOrNull(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ')
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
}

const newToken = () => `${process.pid} ${bornAt(process.pid)} ${randomBytes(8).toString('hex')}`

const isLive = (token: string): boolean => {
  const [pid, born] = token.split(' ')
  return pid !== undefined && born !== undefined && bornAt(Number(pid)) === born
}

/** Writes a file that speaks for this process; it fails with EEXIST when the file is there. */
export const writeToken = (path: string): string => {
  const token = newToken()
  writeFileSync(path, token, { flag: 'wx' })
  return token
}

/** Whether the process that wrote this token file still lives. */
export const hasLiveWriter = (path: string): boolean => {
  const token = readOrNull(path)
  if (token === null) return false
  if (token !== '') return isLive(token)
  // Between creating and filling a file there is a moment in which it is empty; a writer killed in it leaves it so.
  const made = statSync(path, { throwIfNoEntry: false })
  return made !== undefined && Math.abs(performance.timeOrigin + performance.now() - made.mtimeMs) < 5_000
}

const removeStale = (path: string) => {
  // Moved before it is removed: of two that saw the same dead owner one gets the file, and looks again at what it got.
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    renameSync(path, aside)
    if (hasLiveWriter(aside)) renameSync(aside, path)
  } catch {
    return
  }
  rmSync(aside, { force: true })
}

const errorCode = (error: unknown) => (error as NodeJS.ErrnoException).code

/** One at a time among all processes of this machine; the lock of a dead one is taken over. */
export const withLock = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  const until = performance.now() + 60_000
  let token: string | null = null
  while (token === null) {
    try {
      token = writeToken(path)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
      if (!hasLiveWriter(path)) removeStale(path)
      else if (performance.now() > until) throw new Error(`${path} is held by process ${readOrNull(path)?.split(' ')[0]}`)
      else await sleep(25)
    }
  }
  try {
    return await work()
  } finally {
    if (readOrNull(path) === token) rmSync(path, { force: true })
  }
}

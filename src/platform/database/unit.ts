import type { Duplex } from 'node:stream'
import type pg from 'pg'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import type { Asker } from '../identity/asker.ts'
import { limits } from '../limits.ts'
import { areas, type ClientId, clientsWhere, commandArea, type Held, type ProviderId, type Viewer } from '../policy.ts'
import { type Database, Unavailable } from './database.ts'
import { prismaOn } from './seat.ts'
import { rowTypes, statementName, toStatement } from './sql.ts'
import { recall, remember, systemViewer, viewerFrom, type WhoRow, whoText } from './who.ts'

export type Sql = <Row extends object>(strings: TemplateStringsArray, ...values: unknown[]) => Promise<Row[]>

/** One transaction on one connection, bound to who asks: the only door to the rows. */
export type Tx = {
  /** Read anew after a command on the directory, which may have changed what the viewer holds. */
  viewer: Viewer
  /** The instant of the unit: every rule inside it sees the same now. */
  readonly now: Date
  readonly sql: Sql
  /** The same transaction through Prisma. */
  readonly prisma: PrismaClient
  /** The unit will be rolled back when its work is done, however well it went: a dry run. */
  rollBackAtEnd: boolean
  /** The unit wrote events: the relay is woken after the commit. */
  wroteEvents: boolean
  /** The unit enqueued jobs: the worker of this node looks after the commit. */
  wroteJobs: boolean
}

/** Nobody is known by that token or key any more. */
export class Unknown extends Error {}

/** The unit's time is over. */
export class TimedOut extends Error {}

export type UnitOf = {
  readonly asker: Asker
  readonly readOnly: boolean
  readonly now: Date
  readonly timeoutMs?: number
  /** The work may be done twice: it only reads, and keeps nothing of a first time. */
  readonly isRepeatable?: boolean
}

const begins = {
  read: 'begin isolation level repeatable read, read only',
  write: 'begin isolation level read committed, read write',
} as const

const readSettings = [...areas.map((area) => `fence.reads_${area}`), `fence.reads_${commandArea}`]
const settings = [...readSettings, 'fence.directories', 'fence.writes', 'fence.writes_provider', 'statement_timeout']

const list = (ids: readonly string[]) => `{${ids.join()}}`

/** A statement that binds a unit. Equal values are sent once: most areas are read for the same clients, by the dozen. */
type Binding = { readonly text: string; readonly values: readonly string[] }

const bindingOf = (values: readonly string[]): Binding => {
  const distinct = [...new Set(values)]
  const sets = settings.map((name, index) => `set_config('${name}', $${distinct.indexOf(values[index] ?? '') + 1}::text, true)`)
  return { text: `select (select version from fence.rights) as version, ${sets.join(', ')}`, values: distinct }
}

/** What a viewer's rights look like as settings, by time limit; equal rights share one, so a request does not build it anew. */
const bindings = new WeakMap<Viewer, Map<number, Binding>>()

const viewerBinding = (viewer: Viewer, timeoutMs: number): Binding => {
  const byLimit = bindings.get(viewer) ?? new Map<number, Binding>()
  bindings.set(viewer, byLimit)
  let binding = byLimit.get(timeoutMs)
  if (binding === undefined) {
    const directories = viewer.providerRoles.includes('PROVIDER_ADMIN') ? [viewer.providerId] : []
    const reads = areas.map((area) => list(clientsWhere(viewer, `${area}:read`)))
    binding = bindingOf([...reads, '{}', list(directories), '', '', String(timeoutMs)])
    // The rest of a load's time is another number each time; only the two usual limits are worth keeping.
    if (byLimit.size < 4) byLimit.set(timeoutMs, binding)
  }
  return binding
}

const bind = (seat: Seat, { text, values }: Binding) =>
  seat.send({ name: statementName(text) as string, text, values: [...values] })

/** What the viewer may read, and nothing to write. */
const bindViewer = (seat: Seat, viewer: Viewer, timeoutMs: number) => bind(seat, viewerBinding(viewer, timeoutMs))

const aborted = '25P02'
const sqlStateOf = (thrown: unknown) => (thrown as { code?: unknown } | null)?.code

type Send = (config: pg.QueryConfig) => Promise<pg.QueryResult>

type Seat = {
  readonly send: Send
  /** Ends the transaction and gives the connection back. Once; whoever comes second finds it ended. */
  readonly end: (word: 'commit' | 'rollback') => Promise<void>
}

type Bound = { readonly seat: Seat; readonly asker: Asker; readonly timeoutMs: number }
const boundOf = new WeakMap<Tx, Bound>()

const seatOf = (tx: Tx): Bound => {
  const bound = boundOf.get(tx)
  if (bound === undefined) throw new Error('this transaction was not made by inUnit')
  return bound
}

/** Inside a command everything read and written belongs to one client, whatever else its viewer holds. */
export const narrowToClient = (tx: Tx, clientId: ClientId) => {
  const { seat, timeoutMs } = seatOf(tx)
  const one = list([clientId])
  return bind(seat, bindingOf([...readSettings.map(() => one), '{}', clientId, '', String(timeoutMs)]))
}

/** A reading for everybody who holds the same for one client: what they may read of it, and nothing else. */
export const narrowToHeld = (tx: Tx, clientId: ClientId, { permissions }: Held) => {
  const { seat, timeoutMs } = seatOf(tx)
  const reads = areas.map((area) => list(permissions.has(`${area}:read`) ? [clientId] : []))
  return bind(seat, bindingOf([...reads, '{}', '{}', '', '', String(timeoutMs)]))
}

/** A command on the directory: the provider's own tables, and the one client it creates or staffs, if any. */
export const narrowToProvider = (tx: Tx, providerId: ProviderId, clientId: ClientId | null) => {
  const { seat, timeoutMs } = seatOf(tx)
  const clients = list(clientId === null ? [] : [clientId])
  return bind(
    seat,
    bindingOf([...readSettings.map(() => clients), list([providerId]), clientId ?? '', providerId, String(timeoutMs)]),
  )
}

/** Back to what the viewer may read. */
export const widen = (tx: Tx) => {
  const { seat, timeoutMs } = seatOf(tx)
  return bindViewer(seat, tx.viewer, timeoutMs)
}

/** Who asks, read again: a command on the directory may have given them a client, or taken one. */
export const widenAnew = async (tx: Tx) => {
  const { seat, asker } = seatOf(tx)
  // Not remembered: what is not committed yet may be rolled back, and its version given to something else.
  tx.viewer = viewerOf(asker, await who(seat, asker, tx.now))
  return widen(tx)
}

let savepoints = 0

/** A part of a unit that may fail alone. Rolling back restores the fence's settings too. */
export const inSavepoint = async <T>(tx: Tx, work: () => Promise<T>, keep: (result: T) => boolean): Promise<T> => {
  const { seat } = seatOf(tx)
  savepoints += 1
  const name = `unit_${savepoints}`
  const begun = seat.send({ text: `savepoint ${name}` })
  try {
    const [result] = await Promise.all([work(), begun])
    await seat.send({ text: keep(result) ? `release savepoint ${name}` : `rollback to savepoint ${name}` })
    return result
  } catch (thrown) {
    await seat.send({ text: `rollback to savepoint ${name}` })
    throw thrown
  }
}

const connect = async (database: Database): Promise<pg.PoolClient> => {
  try {
    return await database.pool.connect()
  } catch (thrown) {
    throw new Unavailable('the database has no connection to give', { cause: thrown })
  }
}

/**
 * Runs work as who asks. A connection that comes back inside a transaction is destroyed, never reused:
 * whatever went wrong on it cannot reach the next viewer.
 */
export const inUnit = async <T>(database: Database, unit: UnitOf, work: (tx: Tx) => Promise<T>): Promise<T> => {
  const { asker, readOnly, now, timeoutMs = readOnly ? limits.database.readMs : limits.database.writeMs } = unit
  const connection = await connect(database)
  const seat = seatOn(connection, database, timeoutMs)
  try {
    // Sent together: the connection answers in order, and an error of the first fails the second.
    const begun = seat.send({ text: readOnly ? begins.read : begins.write })
    const entered = enter(database, seat, { asker, now, timeoutMs })
    const hoped = readOnly && unit.isRepeatable === true ? entered.hoped : null
    const viewer = hoped ?? (await Promise.all([entered.viewer, begun]))[0]
    const tx: Tx = {
      viewer,
      now,
      sql: async (strings, ...values) => {
        const { text, values: bound } = toStatement(strings, values)
        return (await seat.send({ name: statementName(text) as string, text, values: bound, types: rowTypes })).rows
      },
      get prisma() {
        return prismaOn(connection, seat.send)
      },
      rollBackAtEnd: false,
      wroteEvents: false,
      wroteJobs: false,
    }
    boundOf.set(tx, { seat, asker, timeoutMs })
    const result = hoped === null ? await work(tx) : await workHoping(tx, work, { hoped, viewer: entered.viewer, begun })
    const ended = seat.end(tx.rollBackAtEnd ? 'rollback' : 'commit')
    // What was only read is as true before the commit's answer as behind it; what was written is not.
    // Lost on the way, its answer says nothing about what was read; the connection is destroyed.
    if (readOnly) ended.catch(() => {})
    else await ended
    if (tx.wroteEvents && !tx.rollBackAtEnd) database.eventsWritten()
    if (tx.wroteJobs && !tx.rollBackAtEnd) database.jobsWritten()
    return result
  } catch (thrown) {
    await seat.end('rollback').catch(() => {})
    throw thrown
  }
}

/** A unit's own connection until its end: statements go through `send` and nowhere else, Prisma's too. */
const seatOn = (connection: pg.PoolClient, database: Database, timeoutMs: number): Seat => {
  const deadline = performance.now() + timeoutMs
  const { stream } = (connection as unknown as { connection: { stream: Duplex } }).connection
  // Statements behind a failed one only say that the transaction is aborted; what is told is why.
  let cause: unknown
  const explain = (thrown: unknown): never => {
    if (sqlStateOf(thrown) === aborted && cause !== undefined) throw cause
    cause = thrown
    throw thrown
  }
  const query = (config: pg.QueryConfig): Promise<pg.QueryResult> => {
    database.observe?.(config.text)
    // What is sent in one turn leaves in one write.
    stream.cork()
    process.nextTick(() => stream.uncork())
    return connection.query(config)
  }
  // A connection may be cut while nothing is under way on it. Without a listener that would end the process, not the unit.
  const lose = (error: Error) => {
    cause ??= error
  }
  connection.on('error', lose)
  let isEnded = false
  const end = async (word: 'commit' | 'rollback') => {
    if (isEnded) return
    isEnded = true
    try {
      await query({ text: word })
    } finally {
      const status = (connection as unknown as { getTransactionStatus: () => string | null }).getTransactionStatus()
      connection.release(status !== 'I')
      // One that was destroyed may still say why.
      if (status === 'I') connection.removeListener('error', lose)
    }
  }
  const send = (config: pg.QueryConfig): Promise<pg.QueryResult> => {
    if (isEnded) return Promise.reject(new Error('the unit is over: nothing may be sent on its connection'))
    if (performance.now() > deadline) return Promise.reject(new TimedOut(`the unit took longer than ${timeoutMs} ms`))
    return query(config).catch(explain)
  }
  return { send, end }
}

/** What is remembered of the asker's rights, at once, and who the asker is as of this unit. */
type Entered = { readonly hoped: Viewer | null; readonly viewer: Promise<Viewer> }

/** Binds what is remembered of the asker's rights if it still holds, and reads them if it does not. */
const enter = (
  database: Database,
  seat: Seat,
  { asker, now, timeoutMs }: { asker: Asker; now: Date; timeoutMs: number },
): Entered => {
  const recalled = recall(database, asker, now)
  const bound = recalled === null ? null : bindViewer(seat, recalled.viewer, timeoutMs)
  const settle = async (): Promise<Viewer> => {
    const rows = (await bound)?.rows
    if (recalled !== null && (rows?.[0] as { version: string } | undefined)?.version === recalled.version) return recalled.viewer
    const row = await who(seat, asker, now)
    const viewer = viewerOf(asker, row)
    if (row !== null) remember(database, asker, row)
    // Not awaited: the first statement of the work follows it down the same pipeline, and would fail with it.
    bindViewer(seat, viewer, timeoutMs).catch(() => {})
    return viewer
  }
  return { hoped: recalled?.viewer ?? null, viewer: settle() }
}

/**
 * Reads at once with the rights that are remembered, while the database says whether they still hold. Where they do not,
 * nothing of what was read leaves: the work is done again with those that do, in the same transaction.
 */
const workHoping = async <T>(
  tx: Tx,
  work: (tx: Tx) => Promise<T>,
  { hoped, viewer, begun }: { readonly hoped: Viewer; readonly viewer: Promise<Viewer>; readonly begun: Promise<unknown> },
): Promise<T> => {
  const [first, now] = await Promise.allSettled([work(tx), viewer, begun])
  if (now.status === 'rejected') throw now.reason
  if (now.value !== hoped) {
    tx.viewer = now.value
    return work(tx)
  }
  if (first.status === 'rejected') throw first.reason
  return first.value
}

const who = async (seat: Seat, asker: Asker, now: Date): Promise<WhoRow | null> => {
  if (asker.kind === 'SYSTEM') return null
  const subject = asker.kind === 'TOKEN' ? asker.subject : null
  const key = asker.kind === 'KEY' ? asker.hash : null
  const { rows } = await seat.send({ name: 'who', text: whoText, values: [subject, key, now] })
  const row = rows[0] as WhoRow | undefined
  if (row === undefined) throw new Unknown('nobody is known by this token or key')
  return row
}

const viewerOf = (asker: Asker, row: WhoRow | null): Viewer => {
  if (asker.kind === 'SYSTEM') return systemViewer(asker)
  if (row === null) throw new Unknown('nobody is known by this token or key')
  return viewerFrom(row)
}

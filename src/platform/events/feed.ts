import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import type { Asker } from '../identity/asker.ts'
import { limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { type Relay, startRelay } from './relay.ts'

/** Whoever waits for changes of some clients. */
export type Listener = {
  /** Whose rights to watch; null for a reading that several share, each of whom listens for their own. */
  readonly asker: Asker | null
  /** Which clients concern it. */
  readonly clients: () => ReadonlySet<string>
  /** Something it may care about happened: a client's line grew, or the asker's rights changed. */
  readonly wake: () => void
}

/** Changes of this node: hints come in, listeners are woken and read for themselves under their own fence. */
export type Feed = {
  readonly relay: Relay
  readonly join: (listener: Listener) => () => void
  /** The last number of a client's line that this node heard of. */
  readonly headOf: (clientId: string) => bigint | undefined
  readonly size: () => number
  readonly stop: () => Promise<void>
}

const nameOf = (asker: Asker): string =>
  asker.kind === 'TOKEN' ? `t${asker.subject}` : asker.kind === 'KEY' ? `k${asker.hash.toString('hex')}` : 's'

/** Rights of everybody who listens here, in one statement: who() is the same function that binds their units. */
const rightsText = `
  select a.name, w.grants || w.zones as rights
  from unnest($1::text[], $2::text[], $3::bytea[]) as a (name, subject, key)
  left join lateral fence.who(a.subject, a.key, $4) w on true`

export const openFeed = ({
  database,
  relayUrl,
  clock,
  log,
}: {
  database: Database
  relayUrl: string
  clock: Clock
  log: Log
}): Feed => {
  const listeners = new Set<Listener>()
  const heads = new Map<string, bigint>()
  const rights = new Map<string, string | null>()

  const hint = (clientId: string, lastSeq: bigint) => {
    if ((heads.get(clientId) ?? -1n) >= lastSeq) return
    heads.set(clientId, lastSeq)
    for (const listener of listeners) if (listener.clients().has(clientId)) listener.wake()
  }
  const relay = startRelay({ url: relayUrl, log, hint })
  database.eventsWritten = relay.wake

  /** A right that was given, taken or ran out is noticed here, also where nothing happens at the client. */
  const sweep = async () => {
    const askers = new Map<string, Asker>()
    for (const { asker } of listeners) if (asker !== null && asker.kind !== 'SYSTEM') askers.set(nameOf(asker), asker)
    for (const name of rights.keys()) if (!askers.has(name)) rights.delete(name)
    if (askers.size === 0) return
    const list = [...askers]
    const subjects = list.map(([, asker]) => (asker.kind === 'TOKEN' ? asker.subject : null))
    const keys = list.map(([, asker]) => (asker.kind === 'KEY' ? asker.hash : null))
    const { rows } = await database.pool.query<{ name: string; rights: string | null }>(rightsText, [
      list.map(([name]) => name),
      subjects,
      keys,
      clock(),
    ])
    for (const { name, rights: now } of rows) {
      const before = rights.get(name)
      rights.set(name, now)
      // Seen for the first time counts as changed: it may have, between the subscription's start and this look.
      if (before === now) continue
      for (const listener of listeners) if (listener.asker !== null && nameOf(listener.asker) === name) listener.wake()
    }
  }
  let isSweeping = false
  const timer = setInterval(() => {
    if (isSweeping) return
    isSweeping = true
    sweep()
      .catch((error) => log.warn({ error: String(error) }, 'the rights of subscribers could not be read'))
      .finally(() => {
        isSweeping = false
      })
  }, limits.socket.rightsMs)
  timer.unref()

  return {
    relay,
    join: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    headOf: (clientId) => heads.get(clientId),
    size: () => [...listeners].filter(({ asker }) => asker !== null).length,
    stop: async () => {
      clearInterval(timer)
      database.eventsWritten = () => {}
      await relay.stop()
    },
  }
}

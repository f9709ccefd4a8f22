import type pg from 'pg'
import { keepWatch } from '../database/watch.ts'
import { limits } from '../limits.ts'
import type { Log } from '../log.ts'

/** Told when a client's line of events grew: a hint where to look, never the events themselves. */
export type Hint = (clientId: string, lastSeq: bigint) => void

export type Relay = {
  /** Something was committed on this node. */
  readonly wake: () => void
  /** Milliseconds since the line was last seen up to date; for readiness and metrics. */
  readonly lagMs: () => number
  readonly isElected: () => boolean
  readonly stop: () => Promise<void>
}

const lockKey = 7_426_001
const channel = 'quittance_events'
/** On which a node that does not number tells the one that does that something was committed. */
const written = 'quittance_written'
const portion = 2_000

/**
 * Numbers what is visible and not yet numbered. Events are found by being unnumbered, not by being behind a position, so
 * a writer that commits late only gets later numbers: nothing is skipped, and a long transaction holds nobody up.
 * See docs/decisions/0006-the-relay-numbers-what-it-sees.md.
 */
const numberText = `
  with fresh as (
    select client_id, id, row_number() over (partition by client_id order by id) as place
    from (select client_id, id from event where seq is null order by id limit ${portion}) unnumbered
  ), counted as (
    select client_id, count(*) as events from fresh group by client_id
  ), lines as (
    insert into event_line (client_id, last_seq)
    select client_id, events from counted order by client_id
    on conflict (client_id) do update set last_seq = event_line.last_seq + excluded.last_seq
    returning client_id, last_seq
  ), numbered as (
    update event e set seq = l.last_seq - c.events + f.place
    from fresh f join counted c using (client_id) join lines l using (client_id)
    where e.client_id = f.client_id and e.id = f.id
    returning 1
  )
  select client_id, last_seq::text as last_seq, (select count(*)::int from numbered) as events,
    pg_notify('${channel}', client_id || ':' || last_seq)
  from lines`

type Line = { client_id: string; last_seq: string; events: number }

type RelayOptions = { readonly url: string; readonly log: Log; readonly hint: Hint; readonly pollMs?: number }

/** One connection of the relay role: it listens always, and numbers while it holds the election's lock. */
export const startRelay = ({ url, log, hint, pollMs = limits.socket.pollMs }: RelayOptions): Relay => {
  let isElected = false
  let isToPassOn = false
  let caughtUpAt = performance.now()
  const tell = (line: Line) => hint(line.client_id, BigInt(line.last_seq))

  const begun = async (connection: pg.Client) => {
    connection.on('notification', ({ channel: name, payload = '' }) => {
      if (name === written) return isElected ? watch.wake() : undefined
      const [clientId = '', lastSeq = '0'] = payload.split(':')
      hint(clientId, BigInt(lastSeq))
    })
    await connection.query(`listen ${channel}; listen ${written}`)
  }

  const look = async (connection: pg.Client) => {
    if (!isElected) {
      const { rows } = await connection.query<{ won: boolean }>('select pg_try_advisory_lock($1) as won', [lockKey])
      isElected = rows[0]?.won === true
    }
    let events = 0
    if (isElected) {
      const { rows } = await connection.query<Line>({ name: 'number', text: numberText })
      rows.forEach(tell)
      events = rows[0]?.events ?? 0
    } else {
      // Another node numbers, and is told if something was written here.
      if (isToPassOn) {
        await connection.query(`notify ${written}`)
        isToPassOn = false
      }
      // This is the look that makes up for a notification that got lost.
      const { rows } = await connection.query<Line>('select client_id, last_seq::text as last_seq, 0 as events from event_line')
      rows.forEach(tell)
    }
    const isMore = events >= portion
    if (!isMore) caughtUpAt = performance.now()
    return isMore
  }

  const ended = () => {
    isElected = false
  }
  const watch = keepWatch({ url, name: 'relay', pollMs, log, begun, look, ended })
  return {
    wake: () => {
      isToPassOn = true
      watch.wake()
    },
    lagMs: () => performance.now() - caughtUpAt,
    isElected: () => isElected,
    stop: watch.stop,
  }
}

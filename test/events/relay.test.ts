import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Relay, startRelay } from '../../src/platform/events/relay.ts'
import { silentLog } from '../../src/platform/log.ts'
import { type OwnDatabase, ownDatabase } from './own-database.ts'

let database: OwnDatabase
beforeAll(async () => {
  database = await ownDatabase()
})
afterAll(() => database.close())

const insertText = `insert into event (client_id, area, name, payload, at) values ($1, 'work', 'work.changed', $2, now()) returning id`

/** Writes an event the way a command does: inside a transaction that may last, and may come to nothing. */
const write = async (clientId: string, { lastsMs = 0, isKept = true, payload = {} } = {}): Promise<bigint | null> => {
  const session = await database.owner.connect()
  try {
    await session.query('begin')
    const { rows } = await session.query<{ id: string }>(insertText, [clientId, JSON.stringify(payload)])
    if (lastsMs > 0) await sleep(lastsMs)
    await session.query(isKept ? 'commit' : 'rollback')
    return isKept ? BigInt(rows[0]?.id ?? 0) : null
  } finally {
    session.release()
  }
}

type Numbered = { readonly id: bigint; readonly seq: bigint | null }
const eventsOf = (clientId: string) =>
  database.rows<Numbered>('select id, seq from event where client_id = $1 order by seq nulls last, id', [clientId])
const lineOf = async (clientId: string): Promise<bigint> => {
  const [line] = await database.rows<{ last: bigint }>('select last_seq as last from event_line where client_id = $1', [clientId])
  return line?.last ?? 0n
}
const numberedOf = async (clientId: string) => (await eventsOf(clientId)).filter(({ seq }) => seq !== null).length

type Told = { readonly relay: Relay; readonly hints: Map<string, bigint>; readonly name: string }

const started: Relay[] = []
// One that a failed test left behind would be elected before those of the next.
afterEach(() => Promise.all(started.splice(0).map((relay) => relay.stop())))

/** A relay, and the latest that it told of each client. */
const aRelay = (name: string, pollMs?: number): Told => {
  const hints = new Map<string, bigint>()
  const hint = (clientId: string, seq: bigint) => {
    hints.set(clientId, seq > (hints.get(clientId) ?? 0n) ? seq : (hints.get(clientId) ?? 0n))
  }
  const relay = startRelay({ url: database.relayUrl(name), log: silentLog, hint, ...(pollMs === undefined ? {} : { pollMs }) })
  started.push(relay)
  return { relay, hints, name }
}

const cutOff = (name: string) =>
  database.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()`,
    [name],
  )

const eventually = (holds: () => Promise<boolean> | boolean) =>
  expect.poll(async () => holds(), { timeout: 20_000, interval: 20 }).toBe(true)

/** What must hold of a client's line when all is told: from one, without gaps, every committed event once. */
const expectWhole = async (clientId: string, committed: readonly bigint[]) => {
  const events = await eventsOf(clientId)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => BigInt(at + 1)))
  expect(events.map(({ id }) => id).toSorted((a, b) => Number(a - b))).toEqual(committed.toSorted((a, b) => Number(a - b)))
  expect(await lineOf(clientId)).toBe(BigInt(events.length))
}

describe('the relay', () => {
  it('numbers what is committed, and tells where each line ends', async () => {
    const [one, other] = [await database.aClient(), await database.aClient()]
    const { relay, hints } = aRelay('plain')
    const committed = [await write(one), await write(one), await write(one)] as bigint[]
    const there = [await write(other)] as bigint[]
    await write(one, { isKept: false })
    relay.wake()
    await eventually(() => hints.get(one) === 3n && hints.get(other) === 1n)
    await expectWhole(one, committed)
    await expectWhole(other, there)
    expect((await eventsOf(one)).map(({ id }) => id)).toEqual(committed)
    await relay.stop()
  })

  it('keeps every line whole while writers come and go and it is cut off again and again', async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => database.aClient()))
    const relays = [aRelay('first'), aRelay('second')] as const
    await eventually(() => relays.some(({ relay }) => relay.isElected()))
    expect(relays.filter(({ relay }) => relay.isElected())).toHaveLength(1)

    const committed = new Map<string, bigint[]>(clients.map((id) => [id, []]))
    let isWriting = true
    let cuts = 0
    const writer = async (n: number) => {
      // Two hundred each, and more while the relays were not cut off often enough to have met it.
      for (let k = 0; k < 200 || cuts < 5; k += 1) {
        const clientId = clients[(n + k) % clients.length] ?? ''
        const id = await write(clientId, { lastsMs: Math.random() < 0.1 ? Math.random() * 8 : 0, isKept: Math.random() >= 0.1 })
        if (id !== null) committed.get(clientId)?.push(id)
        relays[n % 2]?.relay.wake()
      }
    }
    const cutting = (async () => {
      for (let k = 0; isWriting; k += 1) {
        await sleep(20 + Math.random() * 60)
        cuts += (await cutOff(k % 3 === 0 ? 'second' : 'first')).length
      }
    })()
    const writing = Promise.all(Array.from({ length: 8 }, (_, n) => writer(n)))
    // One of the two goes for good in the middle, the elected one if there is one.
    await eventually(async () => (await numberedOf(clients[0] ?? '')) > 60)
    const [stopped, left] = relays[0].relay.isElected() ? [relays[0], relays[1]] : [relays[1], relays[0]]
    await stopped.relay.stop()
    await writing
    isWriting = false
    await cutting
    left.relay.wake()

    await eventually(async () => {
      const [row] = await database.rows<{ count: number }>('select count(*)::int as count from event where seq is null')
      return row?.count === 0
    })
    for (const clientId of clients) await expectWhole(clientId, committed.get(clientId) ?? [])
    await eventually(() => clients.every((id) => left.hints.get(id) === BigInt(committed.get(id)?.length ?? 0)))
    expect([...committed.values()].flat().length).toBeGreaterThan(1_300)
    await left.relay.stop()
  })

  it('does not hold up a client behind another’s long transaction, nor behind one of its own', async () => {
    const [slow, quick] = [await database.aClient(), await database.aClient()]
    const { relay, hints } = aRelay('long')
    await eventually(() => relay.isElected())
    const session = await database.owner.connect()
    await session.query('begin')
    const { rows } = await session.query<{ id: string }>(insertText, [slow, '{}'])
    const early = BigInt(rows[0]?.id ?? 0)

    const [there, own] = [await write(quick), await write(slow)] as [bigint, bigint]
    relay.wake()
    await eventually(() => hints.get(quick) === 1n && hints.get(slow) === 1n)
    expect(await eventsOf(quick)).toEqual([{ id: there, seq: 1n }])
    await session.query('commit')
    session.release()
    relay.wake()
    // It was written first and seen last: it is not lost, it only comes behind.
    await eventually(() => hints.get(slow) === 2n)
    expect(await eventsOf(slow)).toEqual([
      { id: own, seq: 1n },
      { id: early, seq: 2n },
    ])
    await relay.stop()
  })

  it('finds what nobody woke it for', async () => {
    const clientId = await database.aClient()
    const { relay, hints } = aRelay('unwoken')
    await eventually(() => relay.isElected())
    for (let n = 1n; n <= 2n; n += 1n) {
      await write(clientId)
      await eventually(() => hints.get(clientId) === n)
    }
    await relay.stop()
  })

  it('that only listens is told by notification, and finds by itself what no notification told', async () => {
    const clientId = await database.aClient()
    const elected = aRelay('elected')
    await eventually(() => elected.relay.isElected())
    const listening = aRelay('listening')
    await write(clientId)
    elected.relay.wake()
    await eventually(() => listening.hints.get(clientId) === 1n)
    expect(listening.relay.isElected()).toBe(false)

    // As another node would have numbered it, whose notification was lost on the way.
    await database.rows(
      `insert into event (client_id, seq, area, name, payload, at) values ($1, 2, 'work', 'work.changed', '{}', now())`,
      [clientId],
    )
    await database.rows('update event_line set last_seq = 2 where client_id = $1', [clientId])
    await eventually(() => listening.hints.get(clientId) === 2n)
    await elected.relay.stop()
    await eventually(() => listening.relay.isElected())
    await write(clientId)
    await eventually(() => listening.hints.get(clientId) === 3n)
    await listening.relay.stop()
  })

  it('that only listens hands on that something was written at its node', async () => {
    const clientId = await database.aClient()
    // Neither looks by itself before the test is over.
    const elected = aRelay('numbering', 600_000)
    await eventually(() => elected.relay.isElected())
    const listening = aRelay('handing on', 600_000)
    await eventually(async () => {
      const [row] = await database.rows<{ count: number }>(
        `select count(*)::int as count from pg_stat_activity where application_name = 'handing on' and query like '%event_line%'`,
      )
      return row?.count === 1
    })
    await write(clientId)
    listening.relay.wake()
    await eventually(() => listening.hints.get(clientId) === 1n && elected.hints.get(clientId) === 1n)
    expect(listening.relay.isElected()).toBe(false)
    for (const { relay } of [listening, elected]) await relay.stop()
  })

  it('catches up with more than one portion of what was left behind', async () => {
    const clientId = await database.aClient()
    await database.rows(
      `insert into event (client_id, area, name, payload, at) select $1, 'work', 'work.changed', '{}', now() from generate_series(1, 4500)`,
      [clientId],
    )
    const { relay, hints } = aRelay('behind')
    await eventually(() => hints.get(clientId) === 4_500n)
    const events = await eventsOf(clientId)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => BigInt(at + 1)))
    expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).toSorted((a, b) => Number(a - b)))
    await relay.stop()
  })

  it('may number and may do nothing else: a number that was given stays', async () => {
    const clientId = await database.aClient()
    const { relay, hints } = aRelay('modest')
    await write(clientId)
    relay.wake()
    await eventually(() => hints.get(clientId) === 1n)
    await relay.stop()
    const session = new pg.Client({ connectionString: database.relayUrl('by hand') })
    await session.connect()
    const { rowCount } = await session.query('update event set seq = 9 where client_id = $1', [clientId])
    expect(rowCount).toBe(0)
    for (const text of [
      `update event set payload = '{"a":1}'`,
      'delete from event',
      'delete from event_line',
      'select * from client',
    ]) {
      await expect(session.query(text)).rejects.toMatchObject({ code: '42501' })
    }
    await session.end()
  })
})

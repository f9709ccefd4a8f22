import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import '../../src/flows/index.ts'
import { scheduleDays } from '../../src/flows/begin-days.ts'
import { jobs } from '../../src/flows/jobs.ts'
import { keepHouse } from '../../src/flows/keep-house.ts'
import { perform } from '../../src/platform/command.ts'
import { job } from '../../src/platform/jobs/job.ts'
import { silentLog } from '../../src/platform/log.ts'
import { documents } from '../harness/index.ts'
import { note } from './note.ts'
import { eventually, hour, ownQueue } from './world.ts'

const queue = ownQueue()
const { jobsOf, aWorker } = queue

/** A clock that a test moves. */
const aClock = (at: string) => {
  let now = new Date(at)
  return {
    clock: () => now,
    goTo: (instant: string) => {
      now = new Date(instant)
    },
  }
}

const dayOf = async (client: string) => {
  const [row] = await queue.own().rows<{ day: string }>('select day from work_day where client_id = $1', [client])
  return row?.day ?? null
}
const days = async (client: string) => (await jobsOf(client)).map(({ key, run_at }) => [key, run_at.toISOString()])
const schedule = (client: string, now: Date) =>
  queue.inUnitOf(client, now, (tx) => perform(tx, scheduleDays, { clientId: client }))

const begun = (client: string, day: string) => eventually(async () => (await dayOf(client)) === day)

describe('the day of a client', () => {
  it('begins at once where it has not, and the next one is enqueued for its midnight', async () => {
    const client = await queue.aClient('America/Chicago')
    const { clock } = aClock('2026-11-20T12:00:00Z')
    await schedule(client, clock())
    expect(await days(client)).toEqual([
      ['2026-11-20', '2026-11-20T12:00:00.000Z'],
      ['2026-11-21', '2026-11-21T06:00:00.000Z'],
    ])
    aWorker({ name: 'days', jobs, clock })
    await begun(client, '2026-11-20')
    await eventually(async () => (await jobsOf(client)).length === 1)
    expect(await days(client)).toEqual([['2026-11-21', '2026-11-21T06:00:00.000Z']])
  })

  it('follows the one before it, each at its midnight and not before', async () => {
    const client = await queue.aClient('America/Chicago')
    const { clock, goTo } = aClock('2026-11-20T12:00:00Z')
    await schedule(client, clock())
    const { worker } = aWorker({ name: 'following', jobs, clock })
    await begun(client, '2026-11-20')
    goTo('2026-11-21T05:59:59Z')
    worker.wake()
    await eventually(async () => worker.ended().DONE === 1)
    expect(await dayOf(client)).toBe('2026-11-20')
    goTo('2026-11-21T06:00:00Z')
    await begun(client, '2026-11-21')
    goTo('2026-11-22T06:00:00Z')
    await begun(client, '2026-11-22')
    await eventually(async () => worker.ended().DONE === 3)
    expect(await days(client)).toEqual([['2026-11-23', '2026-11-23T06:00:00.000Z']])
  })

  it.each([
    // After 23:59 of the 23rd comes 01:00 of the 24th, and after that a whole day of 23 hours.
    ['Africa/Cairo', '2026-04-23T12:00:00Z', '2026-04-24', '2026-04-23T22:00:00.000Z', '2026-04-25', '2026-04-24T21:00:00.000Z'],
    // At one o'clock it is midnight again: the day has 25 hours and begins once.
    [
      'America/Havana',
      '2025-11-01T12:00:00Z',
      '2025-11-02',
      '2025-11-02T04:00:00.000Z',
      '2025-11-03',
      '2025-11-03T05:00:00.000Z',
    ],
    // The day after the 29th is the 31st.
    ['Pacific/Apia', '2011-12-29T20:00:00Z', '2011-12-30', '2011-12-30T10:00:00.000Z', '2012-01-01', '2011-12-31T10:00:00.000Z'],
  ])('begins in %s also where the clocks leap', async (zone, start, next, nextAt, then, thenAt) => {
    const client = await queue.aClient(zone)
    const { clock, goTo } = aClock(start)
    await schedule(client, clock())
    const { worker } = aWorker({ name: zone, jobs, clock })
    await eventually(async () => worker.ended().DONE === 1)
    expect(await days(client)).toEqual([[next, nextAt]])
    goTo(nextAt)
    await eventually(async () => worker.ended().DONE === 2)
    expect(await days(client)).toEqual([[then, thenAt]])
    expect(await dayOf(client)).toBe(zone === 'Pacific/Apia' ? '2011-12-31' : next)
  })

  it('is caught up with once by a service that was down for a week', async () => {
    const client = await queue.aClient()
    const { clock, goTo } = aClock('2026-11-20T12:00:00Z')
    await schedule(client, clock())
    const { worker: before } = aWorker({ name: 'before', jobs, clock })
    await eventually(async () => before.ended().DONE === 1)
    await before.stop()
    goTo('2026-11-27T15:00:00Z')
    const { worker, database } = aWorker({ name: 'behind', jobs, clock })
    await keepHouse({ database, clock, log: silentLog, documents }).stop()
    await begun(client, '2026-11-27')
    // Housekeeping may have asked for today as well, which finds it begun.
    await eventually(async () => (await jobsOf(client)).length === 1)
    expect(worker.ended().DONE).toBeLessThanOrEqual(2)
    expect(await days(client)).toEqual([['2026-11-28', '2026-11-28T00:00:00.000Z']])
  })

  it('is scheduled once by however many nodes that start at the same time', async () => {
    const clients = await Promise.all(['UTC', 'Asia/Tokyo', 'America/Chicago'].map((zone) => queue.aClient(zone)))
    const { clock } = aClock('2026-11-20T12:00:00Z')
    await Promise.all(clients.flatMap((client) => Array.from({ length: 4 }, () => schedule(client, clock()))))
    for (const client of clients) expect(await jobsOf(client)).toHaveLength(2)
    for (const name of ['node one', 'node two']) aWorker({ name, jobs, clock })
    await eventually(async () => (await Promise.all(clients.map(jobsOf))).every((list) => list.length === 1))
    for (const client of clients) expect(await dayOf(client)).toBe('2026-11-20')
  })

  it('that was given up stays so, and does not keep the next one from coming', async () => {
    const client = await queue.aClient()
    const { clock, goTo } = aClock('2026-11-20T12:00:00Z')
    await schedule(client, clock())
    await queue
      .own()
      .rows(
        `update job set state = 'FAILED', attempts = attempts_max, reason = 'gone wrong' where client_id = $1 and key = '2026-11-20'`,
        [client],
      )
    await queue.own().rows(`delete from job where client_id = $1 and key = '2026-11-21'`, [client])
    await schedule(client, clock())
    expect(await jobsOf(client)).toMatchObject([
      { key: '2026-11-20', state: 'FAILED', reason: 'gone wrong' },
      { key: '2026-11-21', state: 'QUEUED', run_at: new Date('2026-11-21T00:00:00Z') },
    ])
    aWorker({ name: 'given up', jobs, clock })
    goTo('2026-11-21T00:00:00Z')
    await begun(client, '2026-11-21')
  })

  it('begins again today where a migration asks for it', async () => {
    const client = await queue.aClient()
    const { clock } = aClock('2026-11-20T12:00:00Z')
    await schedule(client, clock())
    const { worker } = aWorker({ name: 'again', jobs, clock })
    await eventually(async () => worker.ended().DONE === 1)
    await queue.own().rows('delete from work_day where client_id = $1', [client])
    await schedule(client, clock())
    await begun(client, '2026-11-20')
  })
})

describe('a schedule over a restart', () => {
  it('loses no step and doubles none, however its workers end', async () => {
    const client = await queue.aClient()
    const steps = 12
    const ladder = job({
      name: 'test.chase',
      payload: z.object({ step: z.number() }),
      run: async ({ tx, clientId, now, enqueue }, { step }) => {
        await perform(tx, note, { clientId, text: `step ${step}` })
        if (step < steps) enqueue(ladder, { step: step + 1 }, { key: 'one chase', runAt: new Date(now.getTime() + hour) })
      },
    })
    let now = new Date('2026-11-20T12:00:00Z').getTime()
    const clock = () => new Date(now)
    await queue.ask(client, ({ enqueue }) => enqueue(ladder, { step: 1 }, { key: 'one chase' }), { now: clock() })
    for (let round = 0; (await jobsOf(client)).length > 0; round++) {
      const pair = [`left ${round}`, `right ${round}`].map((name) => aWorker({ name, jobs: [ladder], clock }))
      now += hour / 3
      if (round % 2 === 0) await Promise.all([queue.cutOff(`left ${round}`), queue.cutOff(`right ${round} watch`)])
      await new Promise((resolve) => setTimeout(resolve, 20 * (round % 5)))
      await Promise.all(pair.map(({ worker }) => worker.stop()))
      expect(round).toBeLessThan(200)
    }
    expect(await queue.notesOf(client)).toEqual(Array.from({ length: steps }, (_, n) => `step ${n + 1}`))
  })
})

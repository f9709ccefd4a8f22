import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { perform } from '../../src/platform/command.ts'
import { narrowToClient } from '../../src/platform/database/unit.ts'
import { job } from '../../src/platform/jobs/job.ts'
import { note } from './note.ts'
import { eventually, hour, later, noon, noteLater, ownQueue } from './world.ts'

const queue = ownQueue()
const { jobsOf, notesOf, ask, aWorker } = queue

const refused = '42501'
const codeOf = (done: Promise<unknown>) =>
  done.then(
    () => 'done',
    (thrown: { code?: string }) => thrown.code,
  )

describe('a job of one client', () => {
  it('performs nothing at another, and neither sees nor changes a row of it', async () => {
    const [own, foreign] = [await queue.aClient(), await queue.aClient()]
    const seen: unknown[] = []
    const reaching = job({
      name: 'test.reaching',
      attempts: 1,
      payload: z.object({ clientId: z.string() }),
      run: async ({ tx }, { clientId }) => {
        seen.push(await tx.sql`select id from client where id = ${clientId}`)
        seen.push(await tx.sql`update client set name = 'taken' where id = ${clientId} returning id`.catch((e) => e.code))
        return perform(tx, note, { clientId, text: 'over the fence' })
      },
    })
    const aiming = job({
      name: 'test.aiming',
      attempts: 1,
      payload: z.object({ clientId: z.string() }),
      run: ({ tx }, { clientId }) => perform(tx, note, { clientId, text: 'over the fence' }),
    })
    await ask(foreign, ({ enqueue }) => enqueue(noteLater, { text: 'theirs' }, { runAt: later(hour) }))
    await ask(own, ({ enqueue }) => {
      enqueue(reaching, { clientId: foreign })
      enqueue(aiming, { clientId: foreign })
    })
    aWorker({ name: 'reaching', jobs: [reaching, aiming] })
    await eventually(async () => (await jobsOf(own)).every(({ state }) => state === 'FAILED'))
    expect((await jobsOf(own)).find(({ name }) => name === 'test.aiming')?.reason).toMatch(/^NOT_FOUND/)
    expect(seen[0]).toEqual([])
    expect([[], refused]).toContainEqual(seen[1])
    expect(await notesOf(foreign)).toEqual([])
    expect(await jobsOf(foreign)).toMatchObject([{ state: 'QUEUED', attempts: 0 }])
  })
})

describe('the service’s role', () => {
  it('sees no job but in an attempt or a command of its client, whatever its viewer may read', async () => {
    const [own, foreign] = [await queue.aClient(), await queue.aClient()]
    for (const client of [own, foreign])
      await ask(client, ({ enqueue }) => enqueue(noteLater, { text: 'secret' }, { runAt: later(hour) }))
    await queue.inUnitOf(own, noon, async (tx) => {
      expect(await tx.sql`select payload from job`).toEqual([])
      await narrowToClient(tx, own)
      expect(await tx.sql`select client_id as "clientId" from job`).toEqual([{ clientId: own }])
      expect(await tx.sql`update job set run_at = ${noon} where client_id = ${foreign} returning id`).toEqual([])
      expect(await tx.sql`delete from job where client_id = ${foreign} returning id`).toEqual([])
    })
  })

  it('enqueues for the client that it writes to, and for nobody outside of a command', async () => {
    const [own, foreign] = [await queue.aClient(), await queue.aClient()]
    const insert = (clientId: string, narrowed: boolean) =>
      codeOf(
        queue.inUnitOf(own, noon, async (tx) => {
          if (narrowed) await narrowToClient(tx, own)
          await tx.sql`
            insert into job (client_id, id, name, key, payload, state, run_at, attempts_max, principal_id, enqueued_at)
            values (${clientId}, ${crypto.randomUUID()}, 'test.note', 'forged', '{}', 'QUEUED', ${noon}, 1, ${own}, ${noon})`
        }),
      )
    expect(await insert(foreign, true)).toBe(refused)
    expect(await insert(own, false)).toBe(refused)
    expect(await insert(own, true)).toBe('done')
    expect(await jobsOf(foreign)).toEqual([])
  })
})

describe('the role that looks for due jobs', () => {
  it.each([
    ['what they were told', 'select payload from job'],
    ['their keys', 'select key from job'],
    ['why they failed', 'select reason from job'],
    ['and changes none', "update job set state = 'FAILED'"],
    ['and removes none', 'delete from job'],
    ['and locks none', 'select id from job for update'],
  ])('does not see %s', async (_case, text) => {
    const connection = new pg.Client({ connectionString: queue.own().relayUrl('looking') })
    await connection.connect()
    try {
      expect(await codeOf(connection.query('select client_id, id, name, run_at, state from job'))).toBe('done')
      expect(await codeOf(connection.query(text))).toBe(refused)
    } finally {
      await connection.end()
    }
  })
})

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { perform } from '../../src/platform/command.ts'
import { Errand, job } from '../../src/platform/jobs/job.ts'
import { note } from './note.ts'
import { eventually, later, noon, ownQueue } from './world.ts'

const queue = ownQueue()
const { jobsOf, notesOf, ask, aWorker } = queue
const payload = z.object({})

/** A job that notes before and behind what it does outside, where the test decides what that is. */
const anErrand = (call: (client: string) => Promise<string>, withinMs = 60_000) =>
  job({
    name: 'test.errand',
    attempts: 3,
    payload,
    run: async ({ tx, clientId }) => {
      await perform(tx, note, { clientId, text: 'begun' })
      return new Errand({
        withinMs,
        call: () => call(clientId),
        settle: ({ tx: mine, clientId: client }, told) => perform(mine, note, { clientId: client, text: told }),
      })
    },
  })

describe('an errand', () => {
  it('is run behind the commit of what led to it, outside of any transaction, and settled in another', async () => {
    const client = await queue.aClient()
    const seen: unknown[] = []
    const errand = anErrand(async (id) => {
      seen.push(await notesOf(id))
      const open = await queue
        .own()
        .rows(`select 1 from pg_stat_activity where application_name = 'errand' and state like 'idle in transaction%'`)
      seen.push(open.length, (await jobsOf(id))[0]?.run_at)
      return 'settled'
    })
    await ask(client, ({ enqueue }) => enqueue(errand, {}))
    aWorker({ name: 'errand', jobs: [errand] })
    await eventually(async () => (await jobsOf(client)).length === 0)
    // Nobody else would have begun it meanwhile.
    expect(seen).toEqual([['begun'], 0, later(60_000)])
    expect(await notesOf(client)).toEqual(['begun', 'settled'])
  })

  it('that fails is an attempt that failed, and what led to it stays', async () => {
    const client = await queue.aClient()
    const errand = anErrand(async () => {
      throw new Error('nobody answers')
    })
    await ask(client, ({ enqueue }) => enqueue(errand, {}))
    aWorker({ name: 'failing', jobs: [errand] })
    await eventually(async () => (await jobsOf(client))[0]?.reason !== null)
    expect(await jobsOf(client)).toMatchObject([
      { state: 'QUEUED', attempts: 1, reason: 'Error: nobody answers', run_at: later(5_000) },
    ])
    expect(await notesOf(client)).toEqual(['begun'])
  })

  it('that comes back when somebody else has begun it settles nothing', async () => {
    const client = await queue.aClient()
    let calls = 0
    let comeBack: (told: string) => void = () => {}
    const errand = anErrand(() => {
      calls += 1
      return calls > 1 ? Promise.resolve('heir') : new Promise((resolve) => (comeBack = resolve))
    })
    await ask(client, ({ enqueue }) => enqueue(errand, {}))
    const { worker } = aWorker({ name: 'late', jobs: [errand], clock: () => noon })
    await eventually(() => calls === 1)
    aWorker({ name: 'heir', jobs: [errand], clock: () => later(60_000) })
    await eventually(async () => (await jobsOf(client)).length === 0)
    comeBack('late')
    await eventually(() => worker.ended().PASSED === 1)
    expect(await notesOf(client)).toEqual(['begun', 'begun', 'heir'])
  })

  it('may enqueue its own key again when it is settled', async () => {
    const client = await queue.aClient()
    let rounds = 0
    const again = job({
      name: 'test.again',
      payload,
      run: async () =>
        new Errand({
          withinMs: 60_000,
          call: async () => {
            rounds += 1
          },
          settle: async ({ enqueue }) => {
            if (rounds < 3) enqueue(again, {}, { key: 'again' })
          },
        }),
    }) as ReturnType<typeof job<Record<string, never>>>
    await ask(client, ({ enqueue }) => enqueue(again, {}, { key: 'again' }))
    aWorker({ name: 'again', jobs: [again] })
    await eventually(async () => (await jobsOf(client)).length === 0)
    expect(rounds).toBe(3)
  })
})

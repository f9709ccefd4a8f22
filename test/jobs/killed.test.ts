import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { perform } from '../../src/platform/command.ts'
import { job } from '../../src/platform/jobs/job.ts'
import { note } from './note.ts'
import { eventually, hour, later, noon, ownQueue } from './world.ts'

const queue = ownQueue()
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Starts a worker process, waits until it is in the middle of the job, and kills it without a word. */
const killInTheMiddle = async (name: string, now: Date) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'a-worker.ts')], {
    env: {
      PATH: process.env.PATH,
      APP_URL: queue.own().appUrl(name),
      WATCH_URL: queue.own().relayUrl(`${name} watch`),
      NOW: now.toISOString(),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [said] = await once(child.stdout ?? child, 'data')
  expect(String(said)).toBe('running\n')
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  const connections = () => queue.own().rows('select 1 from pg_stat_activity where application_name = $1', [name])
  await eventually(async () => (await connections()).length === 0)
}

const unstuck = job({
  name: 'test.stuck',
  attempts: 3,
  payload: z.object({ text: z.string() }),
  run: ({ tx, clientId }, { text }) => perform(tx, note, { clientId, text }),
})

describe('a job whose process is killed in the middle of it', () => {
  it('is begun again by another within seconds, and its effect is there once', async () => {
    const client = await queue.aClient()
    await queue.ask(client, ({ enqueue }) => enqueue(unstuck, { text: 'effect' }))
    await killInTheMiddle('killed', noon)
    expect(await queue.notesOf(client)).toEqual([])
    expect(await queue.jobsOf(client)).toMatchObject([{ state: 'QUEUED', attempts: 1, run_at: later(5_000) }])
    queue.aWorker({ name: 'heir', jobs: [unstuck], clock: () => later(5_000) })
    await eventually(async () => (await queue.jobsOf(client)).length === 0)
    expect(await queue.notesOf(client)).toEqual(['effect'])
  })

  it('each time is given up like one that fails each time: it does not take one process after the other with it', async () => {
    const client = await queue.aClient()
    await queue.ask(client, ({ enqueue }) => enqueue(unstuck, { text: 'deadly' }))
    for (let attempt = 0; attempt < 3; attempt++) await killInTheMiddle(`killed ${attempt}`, later(attempt * hour))
    queue.aWorker({ name: 'last', jobs: [unstuck], clock: () => later(10 * hour) })
    await eventually(async () => (await queue.jobsOf(client))[0]?.state === 'FAILED')
    expect(await queue.jobsOf(client)).toMatchObject([{ attempts: 3, reason: expect.stringContaining('broken off') }])
    expect(await queue.notesOf(client)).toEqual([])
  })
})

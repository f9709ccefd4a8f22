import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { perform } from '../../src/platform/command.ts'
import { job } from '../../src/platform/jobs/job.ts'
import { note } from './note.ts'
import { aGate, eventually, hour, later, noon, noteLater, ownQueue, Unwanted } from './world.ts'

const queue = ownQueue()
const { jobsOf, notesOf, ask, aWorker } = queue
const text = z.object({ text: z.string() })

describe('a job', () => {
  it('runs when it is due, and is gone', async () => {
    const client = await queue.aClient()
    await ask(client, ({ enqueue }) => {
      enqueue(noteLater, { text: 'due' })
      enqueue(noteLater, { text: 'not due' }, { runAt: later(1) })
    })
    aWorker({ name: 'plain', jobs: [noteLater] })
    await eventually(async () => (await notesOf(client)).length === 1)
    expect(await notesOf(client)).toEqual(['due'])
    expect(await jobsOf(client)).toMatchObject([{ payload: { text: 'not due' }, attempts: 0 }])
  })

  it('runs at once on the node whose command enqueued it', async () => {
    const client = await queue.aClient()
    const { database, worker } = aWorker({ name: 'woken', jobs: [noteLater] })
    await eventually(() => worker.idleMs() < 1_000)
    const began = performance.now()
    await queue.inUnitOf(
      client,
      noon,
      (tx) => queue.askIn(tx, client, ({ enqueue }) => enqueue(noteLater, { text: 'quick' })),
      database,
    )
    await eventually(async () => (await notesOf(client)).length === 1)
    expect(performance.now() - began).toBeLessThan(900)
  })

  it('enqueues what follows with what it does, and a job of its own key again', async () => {
    const client = await queue.aClient()
    const ladder = job({
      name: 'test.ladder',
      payload: z.object({ rung: z.number() }),
      run: async ({ tx, clientId, enqueue }, { rung }) => {
        await perform(tx, note, { clientId, text: `rung ${rung}` })
        if (rung < 4) enqueue(ladder, { rung: rung + 1 }, { key: 'the ladder' })
      },
    })
    await ask(client, ({ enqueue }) => enqueue(ladder, { rung: 1 }, { key: 'the ladder' }))
    aWorker({ name: 'ladder', jobs: [ladder] })
    await eventually(async () => (await jobsOf(client)).length === 0)
    expect(await notesOf(client)).toEqual(['rung 1', 'rung 2', 'rung 3', 'rung 4'])
  })

  it('of a kind that the worker does not know is left to those who do', async () => {
    const client = await queue.aClient()
    const newer = job({ name: 'test.newer', payload: text, run: ({ tx, clientId }, p) => perform(tx, note, { clientId, ...p }) })
    await ask(client, ({ enqueue }) => {
      enqueue(newer, { text: 'newer' })
      enqueue(noteLater, { text: 'known' })
    })
    aWorker({ name: 'older', jobs: [noteLater] })
    await eventually(async () => (await notesOf(client)).length === 1)
    expect(await jobsOf(client)).toMatchObject([{ name: 'test.newer', attempts: 0 }])
    aWorker({ name: 'newer', jobs: [noteLater, newer] })
    await eventually(async () => (await notesOf(client)).length === 2)
  })

  it('is done once by however many workers', async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => queue.aClient()))
    for (const client of clients)
      await ask(client, ({ enqueue }) => {
        for (let n = 0; n < 50; n++) enqueue(noteLater, { text: `n${n}` })
      })
    for (const name of ['one', 'two', 'three']) aWorker({ name, jobs: [noteLater], atOnce: 3 })
    await eventually(async () => (await Promise.all(clients.map(jobsOf))).every((jobs) => jobs.length === 0))
    for (const client of clients) {
      const notes = await notesOf(client)
      expect(notes.toSorted()).toEqual(Array.from({ length: 50 }, (_, n) => `n${n}`).toSorted())
    }
  })

  it('of a client with many waits no longer than one of a client with few', async () => {
    const [many, few] = [await queue.aClient(), await queue.aClient()]
    await ask(many, ({ enqueue }) => {
      for (let n = 0; n < 300; n++) enqueue(noteLater, { text: 'many' })
    })
    await ask(few, ({ enqueue }) => enqueue(noteLater, { text: 'few' }), { now: later(-1) })
    aWorker({ name: 'fair', jobs: [noteLater], atOnce: 1, clock: () => later(hour) })
    await eventually(async () => (await notesOf(few)).length === 1)
    expect((await notesOf(many)).length).toBeLessThan(150)
  })
})

describe('a job whose connection is cut while it runs', () => {
  it('runs again, and its effect is there once', async () => {
    const client = await queue.aClient()
    const gate = aGate('test.cut')
    let ahead = 0
    const clock = () => later(ahead)
    await ask(client, ({ enqueue }) => enqueue(gate.job, { text: 'effect' }))
    aWorker({ name: 'first', jobs: [gate.job], clock })
    await eventually(() => gate.reached() === 1)
    // It has done everything but commit.
    await queue.cutOff('first')
    gate.open()
    aWorker({ name: 'second', jobs: [gate.job], clock })
    await eventually(async () => {
      ahead += 1_000
      return (await jobsOf(client)).length === 0
    })
    expect(await notesOf(client)).toEqual(['effect'])
    expect(gate.reached()).toBeGreaterThanOrEqual(2)
  })

  it('is begun by nobody else while it runs, however late it is', async () => {
    const client = await queue.aClient()
    const gate = aGate('test.slow')
    let ahead = 0
    const clock = () => later(ahead)
    await ask(client, ({ enqueue }) => enqueue(gate.job, { text: 'slow' }))
    aWorker({ name: 'slow one', jobs: [gate.job], clock })
    await eventually(() => gate.reached() === 1)
    ahead = 24 * hour
    const { worker } = aWorker({ name: 'other one', jobs: [gate.job], clock })
    await eventually(() => worker.ended().PASSED > 0)
    expect(gate.reached()).toBe(1)
    expect(await jobsOf(client)).toMatchObject([{ attempts: 1, state: 'QUEUED' }])
    gate.open()
    await eventually(async () => (await jobsOf(client)).length === 0)
    expect(await notesOf(client)).toEqual(['slow'])
  })

  it('is not ended by an attempt that somebody has overtaken', async () => {
    const client = await queue.aClient()
    const gate = aGate('test.again')
    await ask(client, ({ enqueue }) => enqueue(gate.job, { text: 'old' }, { key: 'one' }))
    aWorker({ name: 'again', jobs: [gate.job] })
    await eventually(() => gate.reached() === 1)
    // Enqueued anew while it runs: the command does not wait for the attempt, and the attempt does not swallow it.
    await ask(client, ({ enqueue }) => enqueue(gate.job, { text: 'new' }, { key: 'one' }))
    gate.open()
    await eventually(async () => (await jobsOf(client)).length === 0)
    expect(await notesOf(client)).toEqual(['old', 'new'])
  })
})

describe('a job that fails', () => {
  const poison = job({
    name: 'test.poison',
    attempts: 3,
    payload: text,
    run: async ({ tx, clientId }, { text }) => {
      await perform(tx, note, { clientId, text })
      throw new Error('it never will')
    },
  })

  it('leaves nothing, comes back later each time, and is kept with its reason in the end; others go on', async () => {
    const client = await queue.aClient()
    let ahead = 0
    await ask(client, ({ enqueue }) => {
      enqueue(poison, { text: 'poison' }, { runAt: later(-hour) })
      for (let n = 0; n < 20; n++) enqueue(noteLater, { text: 'fine' })
    })
    const lines: { facts: object; message: string }[] = []
    const keep = (facts: object, message: string) => void lines.push({ facts, message })
    const log = { info: keep, warn: keep, error: keep }
    const { worker } = aWorker({ name: 'poisoned', jobs: [poison, noteLater], clock: () => later(ahead), log, atOnce: 1 })
    await eventually(async () => (await notesOf(client)).length === 20)
    const failing = async () => (await jobsOf(client)).find(({ name }) => name === 'test.poison')
    expect(await failing()).toMatchObject({ attempts: 1, state: 'QUEUED', reason: 'Error: it never will', run_at: later(5_000) })
    ahead = 5_000
    await eventually(async () => (await failing())?.attempts === 2)
    await eventually(() => worker.ended().RETRIED === 2)
    expect(await failing()).toMatchObject({ state: 'QUEUED', run_at: later(20_000) })
    ahead = 20_000
    await eventually(async () => (await failing())?.state === 'FAILED')
    ahead = 100 * hour
    await sleep(1_500)
    expect(await failing()).toMatchObject({ attempts: 3, state: 'FAILED', reason: 'Error: it never will' })
    expect(await notesOf(client)).toEqual(Array(20).fill('fine'))
    expect(worker.ended()).toMatchObject({ DONE: 20, RETRIED: 2, FAILED: 1 })
    await expect.poll(() => worker.counts()).toMatchObject({ queued: 0, failed: 1, lagMs: 0 })
    expect(lines.map(({ facts }) => (facts as { attempts?: number }).attempts)).toEqual([1, 2, 3])
  })

  it('fails by a refusal as by anything else, and by a payload that its kind no longer takes', async () => {
    const client = await queue.aClient()
    const refused = job({ name: 'test.refused', attempts: 1, payload: text, run: async () => new Unwanted('not like this') })
    const before = job({ name: 'test.grown', attempts: 1, payload: z.object({}), run: async () => {} })
    const grown = job({ name: 'test.grown', attempts: 1, payload: text, run: async () => {} })
    await ask(client, ({ enqueue }) => {
      enqueue(refused, { text: 'x' })
      enqueue(before, {})
    })
    aWorker({ name: 'refusing', jobs: [refused, grown] })
    await eventually(async () => (await jobsOf(client)).every(({ state }) => state === 'FAILED'))
    const reasons = (await jobsOf(client)).map(({ name, reason }) => [name, reason])
    expect(reasons).toEqual([
      ['test.grown', expect.stringContaining('text')],
      ['test.refused', 'UNWANTED: not like this'],
    ])
  })

  it('is queued anew by who enqueues it again, and not by who keeps what is there', async () => {
    const client = await queue.aClient()
    const once = job({ ...poison, name: 'test.once', attempts: 1 })
    const put = (ifThere: 'KEEP' | 'REPLACE') =>
      ask(client, ({ enqueue }) => enqueue(once, { text: 'p' }, { key: 'one', ifThere, runAt: later(hour) }))
    await ask(client, ({ enqueue }) => enqueue(once, { text: 'p' }, { key: 'one' }))
    aWorker({ name: 'once', jobs: [once] })
    await eventually(async () => (await jobsOf(client))[0]?.state === 'FAILED')
    await put('KEEP')
    expect(await jobsOf(client)).toMatchObject([{ state: 'FAILED', attempts: 1 }])
    await put('REPLACE')
    expect(await jobsOf(client)).toMatchObject([{ state: 'QUEUED', attempts: 0, reason: null, run_at: later(hour) }])
  })
})

describe('a worker that stops', () => {
  it('waits for what runs, and begins nothing more', async () => {
    const client = await queue.aClient()
    const gate = aGate('test.last')
    await ask(client, ({ enqueue }) => {
      enqueue(gate.job, { text: 'running' }, { runAt: later(-1) })
      enqueue(noteLater, { text: 'waiting' })
    })
    const { worker } = aWorker({ name: 'stopping', jobs: [gate.job, noteLater], atOnce: 1 })
    await eventually(() => gate.reached() === 1)
    let isStopped = false
    const stopped = worker.stop().then(() => {
      isStopped = true
    })
    await sleep(300)
    expect(isStopped).toBe(false)
    expect(await notesOf(client)).toEqual([])
    gate.open()
    await stopped
    expect(await notesOf(client)).toEqual(['running'])
    expect(await jobsOf(client)).toMatchObject([{ payload: { text: 'waiting' }, attempts: 0 }])
  })

  it('goes on by itself when its own connection was cut', async () => {
    const client = await queue.aClient()
    const { worker } = aWorker({ name: 'cut', jobs: [noteLater] })
    await eventually(async () => (await worker.counts()) !== null)
    await queue.cutOff('cut watch')
    await ask(client, ({ enqueue }) => enqueue(noteLater, { text: 'after' }))
    await eventually(async () => (await notesOf(client)).length === 1)
  })
})

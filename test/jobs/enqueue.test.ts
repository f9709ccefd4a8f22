import { describe, expect, it } from 'vitest'
import { hour, later, noon, noteLater, ownQueue, Unwanted } from './world.ts'

const queue = ownQueue()
const { jobsOf, ask } = queue

describe('a command that enqueues', () => {
  it('leaves the job with everything else that it wrote, due at once unless it says when', async () => {
    const client = await queue.aClient()
    await ask(client, ({ enqueue }) => {
      enqueue(noteLater, { text: 'now' })
      enqueue(noteLater, { text: 'then' }, { runAt: later(hour), key: 'then' })
    })
    const jobs = await jobsOf(client)
    expect(jobs).toMatchObject([
      { name: 'test.note', state: 'QUEUED', attempts: 0, reason: null, run_at: noon, payload: { text: 'now' } },
      { key: 'then', run_at: later(hour), payload: { text: 'then' } },
    ])
  })

  it('leaves none when it is refused', async () => {
    const client = await queue.aClient()
    const answer = await ask(client, ({ enqueue }) => enqueue(noteLater, { text: 'no' }), { isUnwanted: true })
    expect(answer).toBeInstanceOf(Unwanted)
    expect(await jobsOf(client)).toEqual([])
  })

  it('leaves none when its unit fails behind it, or is only tried', async () => {
    const client = await queue.aClient()
    const failing = queue.inUnitOf(client, noon, async (tx) => {
      await queue.askIn(tx, client, ({ enqueue }) => enqueue(noteLater, { text: 'failed' }))
      throw new Error('something else')
    })
    await expect(failing).rejects.toThrow('something else')
    await queue.inUnitOf(client, noon, async (tx) => {
      await queue.askIn(tx, client, ({ enqueue }) => enqueue(noteLater, { text: 'tried' }))
      tx.rollBackAtEnd = true
    })
    expect(await jobsOf(client)).toEqual([])
  })

  it('fails, with all that it wrote, over a payload that its kind does not take', async () => {
    const client = await queue.aClient()
    const asking = ask(client, ({ enqueue }) => enqueue(noteLater, { text: 7 } as never))
    await expect(asking).rejects.toThrow(/text/)
    expect(await jobsOf(client)).toEqual([])
  })

  it('keeps thousands in one statement', async () => {
    const client = await queue.aClient()
    const database = queue.open()
    const seen: string[] = []
    database.observe = (text) => void seen.push(text)
    await queue.inUnitOf(
      client,
      noon,
      (tx) =>
        queue.askIn(tx, client, ({ enqueue }) => {
          for (let n = 0; n < 3_000; n++) enqueue(noteLater, { text: 'many' }, { key: `k${n}` })
        }),
      database,
    )
    expect(seen.filter((text) => text.includes('into job'))).toHaveLength(1)
    expect(await jobsOf(client)).toHaveLength(3_000)
  })
})

describe('a key', () => {
  const put = (client: string, text: string, runAt: Date, ifThere?: 'REPLACE' | 'KEEP') =>
    ask(client, ({ enqueue }) => enqueue(noteLater, { text }, { key: 'one', runAt, ...(ifThere && { ifThere }) }))

  it('is of one job at the client: who comes later takes its place, be it for sooner or for later', async () => {
    const client = await queue.aClient()
    await put(client, 'first', later(hour))
    await put(client, 'second', later(3 * hour))
    expect(await jobsOf(client)).toMatchObject([{ run_at: later(3 * hour), payload: { text: 'second' } }])
    await put(client, 'third', later(2 * hour))
    expect(await jobsOf(client)).toMatchObject([{ run_at: later(2 * hour), payload: { text: 'third' } }])
  })

  it('keeps the job that is there where that is asked for', async () => {
    const client = await queue.aClient()
    await put(client, 'first', later(hour), 'KEEP')
    await put(client, 'second', later(0), 'KEEP')
    expect(await jobsOf(client)).toMatchObject([{ run_at: later(hour), payload: { text: 'first' } }])
  })

  it('is of one job within a command too', async () => {
    const client = await queue.aClient()
    await ask(client, ({ enqueue }) => {
      enqueue(noteLater, { text: 'a' }, { key: 'one' })
      enqueue(noteLater, { text: 'b' }, { key: 'one', ifThere: 'KEEP' })
      enqueue(noteLater, { text: 'c' }, { key: 'two', ifThere: 'KEEP' })
      enqueue(noteLater, { text: 'd' }, { key: 'two' })
    })
    expect((await jobsOf(client)).map(({ key, payload }) => [key, payload.text])).toEqual([
      ['one', 'a'],
      ['two', 'd'],
    ])
  })

  it('is each client’s own', async () => {
    const [one, other] = [await queue.aClient(), await queue.aClient()]
    await put(one, 'mine', later(hour))
    await put(other, 'theirs', later(2 * hour))
    expect(await jobsOf(one)).toMatchObject([{ payload: { text: 'mine' } }])
    expect(await jobsOf(other)).toMatchObject([{ payload: { text: 'theirs' } }])
  })

  it('is of one job when ten ask at once', async () => {
    const client = await queue.aClient()
    await Promise.all(Array.from({ length: 10 }, (_, n) => put(client, `n${n}`, later(n * hour), n % 2 ? 'KEEP' : 'REPLACE')))
    expect(await jobsOf(client)).toHaveLength(1)
  })
})

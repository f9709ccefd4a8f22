import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decideJobs, parse } from '../../src/edges/cli/jobs.ts'
import { Usage } from '../../src/edges/cli/usage.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { job } from '../../src/platform/jobs/job.ts'
import { silentLog } from '../../src/platform/log.ts'
import { startTestApp } from '../harness/index.ts'
import { eventually, hour, later, noteLater, ownQueue } from './world.ts'

const queue = ownQueue()
const { jobsOf, notesOf, ask, aWorker } = queue

const on = async (args: readonly string[]): Promise<string[]> => {
  const said: string[] = []
  await decideJobs(queue.open(), parse(args), (line) => void said.push(line))
  return said
}

const auditOf = (clientId: string) =>
  queue
    .own()
    .rows<{ command: string }>(`select command from audit_entry where client_id = $1 and command like 'job.%' order by id`, [
      clientId,
    ])

describe('npm run jobs', () => {
  /** A job that fails until what was wrong is mended. */
  const aFailedJob = async () => {
    const client = await queue.aClient()
    let isMended = false
    const name = `test.broken${Math.random()
      .toString(36)
      .replace(/[^a-z]/g, '')}` as const
    const broken = job({
      name,
      attempts: 1,
      payload: z.object({ text: z.string() }),
      run: async (attempt, payload) => {
        if (!isMended) throw new Error('the bank does not answer')
        return noteLater.run(attempt, payload)
      },
    })
    await ask(client, ({ enqueue }) => {
      enqueue(broken, { text: 'at last' }, { key: 'bank' })
      enqueue(noteLater, { text: 'waits' }, { runAt: later(hour), key: 'later' })
    })
    // By the clock of the operator, who says at once.
    aWorker({ name: 'broken', jobs: [broken], clock: systemClock })
    await eventually(async () => (await jobsOf(client)).some(({ state }) => state === 'FAILED'))
    const [row] = await queue.own().rows<{ id: string }>(`select id from job where client_id = $1 and state = 'FAILED'`, [client])
    const mend = () => {
      isMended = true
    }
    return { client, name, id: row?.id ?? '', mend }
  }

  it('lists what waits and what was given up with its reason, and no payload', async () => {
    const { name, id } = await aFailedJob()
    const said = (await on(['list'])).join('\n')
    expect(said).toMatch(new RegExp(`${id} P1/\\w+ ${name} bank: FAILED, attempt 1 of 1\n {2}Error: the bank does not answer`))
    expect(said).toContain('test.note later: QUEUED, due 2026-11-20T13:00:00.000Z, attempt 0 of 8')
    expect(said).toMatch(/2 jobs$/)
    expect(said).not.toContain('at last')
    expect(await on(['list', '--failed'])).toHaveLength(3)
  })

  it('retries one with all its attempts, in the audit of its client', async () => {
    const { client, id, mend } = await aFailedJob()
    mend()
    expect(await on(['retry', id])).toEqual([expect.stringContaining('is queued again')])
    await eventually(async () => (await notesOf(client)).length === 1)
    expect(await notesOf(client)).toEqual(['at last'])
    expect(await auditOf(client)).toEqual([{ command: 'job.retryJob' }])
    await expect(on(['retry', id])).rejects.toThrow('there is no failed job')
  })

  it('discards one', async () => {
    const { client, id } = await aFailedJob()
    expect(await on(['discard', id])).toEqual([expect.stringContaining('is gone')])
    expect(await jobsOf(client)).toMatchObject([{ key: 'later' }])
    expect(await auditOf(client)).toEqual([{ command: 'job.discardJob' }])
  })

  it('touches none that waits', async () => {
    const { client } = await aFailedJob()
    const [row] = await queue.own().rows<{ id: string }>(`select id from job where client_id = $1 and state = 'QUEUED'`, [client])
    await expect(on(['discard', row?.id ?? ''])).rejects.toThrow('there is no failed job')
    expect(await jobsOf(client)).toHaveLength(2)
  })

  it.each([[[]], [['list', 'x']], [['retry']], [['retry', 'x']], [['remove', crypto.randomUUID()]]])(
    '%j is not taken',
    (args) => {
      expect(() => parse(args)).toThrow(Usage)
    },
  )
})

describe('a node', () => {
  const figure = (text: string, name: string) =>
    Number(new RegExp(`^${name.replace(/[{}"]/g, '.')} (\\S+)$`, 'm').exec(text)?.[1])

  it('tells of its jobs in its metrics, and is ready whatever became of them', async () => {
    const client = await queue.aClient()
    const now = new Date()
    await ask(
      client,
      ({ enqueue }) => {
        enqueue(noteLater, { text: 'nobody here knows this kind' }, { runAt: later(-120_000, now) })
        enqueue(noteLater, { text: 'not yet' }, { runAt: later(hour, now) })
      },
      { now },
    )
    await queue.own().rows(
      `insert into job (client_id, id, name, key, payload, state, run_at, attempts, attempts_max, reason, principal_id, enqueued_at)
       values ($1, gen_random_uuid(), 'test.note', 'given up', '{}', 'FAILED', now(), 1, 1, 'gone wrong', $1, now())`,
      [client],
    )
    const app = await startTestApp({ appUrl: queue.own().appUrl('node'), relayUrl: queue.own().relayUrl('node'), log: silentLog })
    try {
      const origin = new URL(app.url).origin
      const metrics = async () => (await fetch(`${origin}/metrics`)).text()
      // The day of the client begins, and the next one waits.
      await expect
        .poll(async () => figure(await metrics(), 'quittance_jobs_total{outcome="done"}'), { timeout: 10_000 })
        .toBeGreaterThanOrEqual(1)
      await expect.poll(async () => figure(await metrics(), 'quittance_jobs_running')).toBe(0)
      const text = await metrics()
      expect(figure(text, 'quittance_jobs_failed')).toBe(1)
      expect(figure(text, 'quittance_jobs_lag_seconds')).toBeGreaterThanOrEqual(120)
      expect(figure(text, 'quittance_jobs_lag_seconds')).toBeLessThan(180)
      expect(figure(text, 'quittance_jobs_queued')).toBeGreaterThanOrEqual(3)
      expect(figure(text, 'quittance_jobs_idle_seconds')).toBeLessThan(5)
      expect((await fetch(`${origin}/readyz`)).status).toBe(200)
    } finally {
      await app.stop()
    }
  })
})

import { afterAll, expect, inject, it } from 'vitest'
import { openDatabase } from '../../src/platform/database/database.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { silentLog } from '../../src/platform/log.ts'
import { aClient, asOwner } from '../harness/index.ts'

const database = openDatabase(inject('appUrl'), { log: silentLog, connections: 2 })
afterAll(() => database.close())

const cut = async (pid: number) => {
  await asOwner('select pg_terminate_backend($1)', [pid])
  await expect.poll(() => asOwner('select 1 from pg_stat_activity where pid = $1', [pid])).toEqual([])
}

it('a connection that is cut fails its unit and nothing else, also while nothing is under way on it', async () => {
  const client = await aClient()
  const asker = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
  const backend = () =>
    inUnit(database, { asker, readOnly: false, now: new Date() }, async (tx) => {
      const [row] = await tx.sql<{ pid: number }>`select pg_backend_pid() as pid`
      return row?.pid ?? 0
    })
  const unit = inUnit(database, { asker, readOnly: false, now: new Date() }, async (tx) => {
    const [row] = await tx.sql<{ pid: number }>`select pg_backend_pid() as pid`
    await cut(row?.pid ?? 0)
    await new Promise((resolve) => setTimeout(resolve, 50))
    return tx.sql`select 1`
  })
  await expect(unit).rejects.toThrow()
  // Several, so that each connection of the pool is tried: the one that was cut is not among them.
  const pids = await Promise.all([backend(), backend(), backend()])
  for (const pid of pids) expect(pid).toBeGreaterThan(0)
})

it('what was only read stands, though the connection is cut before its end is answered', async () => {
  const client = await aClient()
  const asker = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
  const unhandled: unknown[] = []
  const hear = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', hear)
  const read = await inUnit(database, { asker, readOnly: true, now: new Date() }, async (tx) => {
    const [row] = await tx.sql<{ pid: number }>`select pg_backend_pid() as pid`
    await cut(row?.pid ?? 0)
    return 'read'
  })
  expect(read).toBe('read')
  await new Promise((resolve) => setTimeout(resolve, 200))
  process.off('unhandledRejection', hear)
  expect(unhandled).toEqual([])
})

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import '../../src/flows/index.ts'
import { climb } from '../../src/flows/climb-requests.ts'
import { isRefusal, type Refusal, type RefusalClass } from '../../src/kernel/refusal.ts'
import { escalate } from '../../src/modules/request/commands.ts'
import { climbRequest } from '../../src/modules/request/index.ts'
import { acknowledgeRequest } from '../../src/modules/request/steps.ts'
import { type Command, perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { eventually, hour, later, noon, ownQueue } from '../jobs/world.ts'

// Noon is that of a Friday; by the default path a lead has four hours, and then a manager has four.
const queue = ownQueue()
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

const jobs = [climb]
const rows = <Row extends object>(text: string, values: unknown[]) => queue.own().rows<Row>(text, values)

/** A client with an analyst, a lead and a manager, and a customer to escalate about. */
const aDesk = async () => {
  const clientId = await queue.aClient()
  const [client] = await rows<{ provider_id: string }>('select provider_id from client where id = $1', [clientId])
  const person = async (role: string) => {
    const id = randomUUID()
    await rows(
      `insert into principal (provider_id, id, kind, name, email, subject, created_at) values ($1, $2, 'PERSON', $3, $4, $5, $6)`,
      [client?.provider_id, id, role, `${id}@example.test`, id, noon],
    )
    await rows(
      `insert into client_grant (client_id, id, provider_id, principal_id, role, valid_from, reason) values ($1, $2, $3, $4, $5, $6, 'test')`,
      [clientId, randomUUID(), client?.provider_id, id, role, later(-hour)],
    )
    return id
  }
  const [analyst, lead, manager] = [await person('ANALYST'), await person('LEAD'), await person('MANAGER')]
  const customerId = randomUUID()
  await rows('insert into customer (client_id, id, number, name, created_at) values ($1, $2, $3, $3, $4)', [
    clientId,
    customerId,
    'C1',
    noon,
  ])
  const as = async <Input, Out, No extends RefusalClass>(
    subject: string,
    command: Command<Input, Out, No>,
    input: Input,
    now = noon,
  ) => {
    const asker = { kind: 'TOKEN', subject, expiresAt: later(1_000 * hour) } as const
    const out = await inUnit(queue.open(), { asker, readOnly: false, now }, (tx) => perform(tx, command, input))
    if (isRefusal(out)) throw new Error(`${command.name} was refused: ${out.message}`)
    return out as Exclude<Out, Refusal>
  }
  const subject = { kind: 'CUSTOMER', clientId, id: customerId } as const
  const raised = await as(analyst, escalate, {
    subject,
    openItems: [],
    title: 'Silence',
    text: '',
    path: null,
    idempotencyKey: 'once',
  })
  const changes = async () =>
    (
      await rows<{ move: string; owner: string }>(
        'select move, owner from work_request_change where client_id = $1 order by version, at',
        [clientId],
      )
    ).map(({ move, owner }) => `${move} ${owner}`)
  return { clientId, lead, manager, requestId: raised.id, as, changes }
}

const jobsOf = async (clientId: string) => (await queue.jobsOf(clientId)).filter(({ name }) => name === climb.name)

const told = async (clientId: string) =>
  (
    await rows<{ move: string }>(
      `select payload ->> 'move' as move from event where client_id = $1 and name = 'request.changed' order by id`,
      [clientId],
    )
  ).map(({ move }) => move)

describe('an escalation that nobody acknowledges', () => {
  it('climbs at its deadline, once, whichever of several workers runs its job', async () => {
    const { clientId, changes } = await aDesk()
    expect(await jobsOf(clientId)).toMatchObject([{ run_at: later(4 * hour) }])
    for (const name of ['one', 'two', 'three']) queue.aWorker({ name, jobs, clock: () => later(4 * hour - 1) })
    expect(await changes()).toEqual(['raise LEAD'])
    for (const name of ['four', 'five', 'six']) queue.aWorker({ name, jobs, clock: () => later(4 * hour) })
    await eventually(async () => (await changes()).length > 1)
    await eventually(async () => (await jobsOf(clientId))[0]?.run_at.getTime() === later(8 * hour).getTime())
    expect(await changes()).toEqual(['raise LEAD', 'climb MANAGER'])
    expect(await told(clientId)).toEqual(['raise', 'climb'])
  })

  it('climbs once, however many try at the same instant', async () => {
    const { clientId, requestId, changes } = await aDesk()
    const climbs = await Promise.all(
      Array.from({ length: 20 }, () =>
        queue.inUnitOf(clientId, later(4 * hour), (tx) => perform(tx, climbRequest, { clientId, requestId })),
      ),
    )
    expect(climbs.filter((out) => 'isMoved' in out && out.isMoved)).toHaveLength(1)
    expect(await changes()).toEqual(['raise LEAD', 'climb MANAGER'])
  })

  it('stays at the top with whom it is, and says so once', async () => {
    const { clientId, requestId, changes } = await aDesk()
    const climbAt = (hours: number) =>
      queue.inUnitOf(clientId, later(hours * hour), (tx) => perform(tx, climbRequest, { clientId, requestId }))
    for (const hours of [4, 8, 9, 200]) await climbAt(hours)
    expect(await changes()).toEqual(['raise LEAD', 'climb MANAGER', 'exhaust MANAGER'])
    expect(await rows('select state, level, climbs, exhausted_at from work_request where client_id = $1', [clientId])).toEqual([
      { state: 'RAISED', level: 2, climbs: 1, exhausted_at: later(8 * hour) },
    ])
    expect(await told(clientId)).toEqual(['raise', 'climb', 'exhaust'])
  })

  it('passes a level over that nobody can own any more', async () => {
    const { clientId, manager, requestId, changes } = await aDesk()
    await rows('update client_grant set valid_until = $3 where client_id = $1 and principal_id = $2', [
      clientId,
      manager,
      later(1),
    ])
    await queue.inUnitOf(clientId, later(4 * hour), (tx) => perform(tx, climbRequest, { clientId, requestId }))
    expect(await changes()).toEqual(['raise LEAD', 'exhaust LEAD'])
  })
})

describe('an escalation that somebody acknowledged', () => {
  it('climbs no further: its job finds nothing to do', async () => {
    const { clientId, lead, requestId, as, changes } = await aDesk()
    const on = { request: { clientId, id: requestId }, expectedVersion: 1 }
    await as(lead, acknowledgeRequest, on, later(4 * hour - 1))
    queue.aWorker({ name: 'late', jobs, clock: () => later(90 * hour) })
    await eventually(async () => (await jobsOf(clientId)).length === 0)
    expect(await changes()).toEqual(['raise LEAD', 'acknowledge LEAD'])
  })
})

describe('an acknowledgement that comes as the deadline passes', () => {
  it('either stops the climb or is too late for it, and never both', async () => {
    for (let times = 0; times < 8; times += 1) {
      const { clientId, lead, requestId, as, changes } = await aDesk()
      const on = { request: { clientId, id: requestId }, expectedVersion: 1 }
      const deadline = later(4 * hour)
      const [acknowledged, climbed] = await Promise.allSettled([
        as(lead, acknowledgeRequest, on, deadline),
        queue.inUnitOf(clientId, deadline, (tx) => perform(tx, climbRequest, { clientId, requestId })),
      ])
      const isMoved = climbed.status === 'fulfilled' && 'isMoved' in climbed.value && climbed.value.isMoved
      expect(isMoved).toBe(acknowledged.status === 'rejected')
      expect(await changes()).toEqual(['raise LEAD', isMoved ? 'climb MANAGER' : 'acknowledge LEAD'])
    }
  })
})

describe('a process that is killed while an escalation climbs', () => {
  it('leaves it where it was, and another takes it up once', async () => {
    const { changes } = await aDesk()
    const child = spawn(process.execPath, [join(import.meta.dirname, 'a-climber.ts')], {
      env: {
        PATH: process.env.PATH,
        APP_URL: queue.own().appUrl('killed'),
        WATCH_URL: queue.own().relayUrl('killed watch'),
        NOW: later(4 * hour).toISOString(),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const [said] = await once(child.stdout ?? child, 'data')
    expect(String(said)).toBe('running\n')
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    await eventually(
      async () => (await rows('select 1 from pg_stat_activity where application_name = $1', ['killed'])).length === 0,
    )
    expect(await changes()).toEqual(['raise LEAD'])
    queue.aWorker({ name: 'heir', jobs, clock: () => later(4 * hour + 5_000) })
    await eventually(async () => (await changes()).length > 1)
    expect(await changes()).toEqual(['raise LEAD', 'climb MANAGER'])
  })
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { jobs } from '../../src/flows/jobs.ts'
import { clientById } from '../../src/platform/database/clients.ts'
import { inUnit, type Tx } from '../../src/platform/database/unit.ts'
import { runJob } from '../../src/platform/jobs/run-job.ts'
import { silentLog } from '../../src/platform/log.ts'
import { type Mailer, smtpMailer } from '../../src/platform/mail/mailer.ts'
import { aKey } from '../cash/world.ts'
import {
  aClient,
  aCustomer,
  anItem,
  aPerson,
  asOwner,
  grant,
  type ItemFacts,
  type Person,
  type Row,
  type TestClient,
} from '../harness/index.ts'
import { aWorld, type Outcome } from '../promise/world.ts'
import { openPostOffice } from './post-office.ts'

export type Kept = {
  readonly id: string
  readonly state: string
  readonly channel: string
  readonly level: number
  readonly template_code: string
  readonly version: number
  readonly contact_id: string
  readonly message_id: string | null
  readonly document_hash: string | null
  readonly [column: string]: unknown
}

export const noticesOf = (client: TestClient) =>
  asOwner<Kept>('select * from notice where client_id = $1 order by id', [client.id])
export const theNotice = async (client: TestClient): Promise<Kept> => {
  const [notice, ...others] = await noticesOf(client)
  if (notice === undefined || others.length > 0) throw new Error(`there are ${others.length} notices more or less than one`)
  return notice
}
export const linesOf = (client: TestClient) =>
  asOwner<{
    open_item_id: string
    level: number
    proposed_minor: bigint
    sent_minor: bigint | null
    withdrawn_reason: string | null
  }>('select * from notice_line where client_id = $1 order by open_item_id', [client.id])
export const told = async (client: TestClient) =>
  (
    await asOwner<{ name: string }>(`select name from event where client_id = $1 and name like 'notice.%' order by id`, [
      client.id,
    ])
  ).map(({ name }) => name)

export const sender = { name: 'Receivables', address: 'receivables@provider.example', replyTo: 'answers@provider.example' }

/**
 * A service whose clock the test turns, a real mail server, and jobs that are run when the test says so: its days lie ahead,
 * where the workers of other tests see nothing due.
 */
export const aNoticeWorld = () => {
  const world = aWorld()
  let office: Awaited<ReturnType<typeof openPostOffice>>
  beforeAll(async () => {
    office = await openPostOffice()
  })
  afterAll(() => office.close())
  let now = world.at(0)
  beforeEach(() => {
    now = world.at(0)
    office.received.length = 0
  })

  const deps = (mailer: Mailer | null) => ({
    database: world.api().engine.database,
    clock: () => now,
    log: silentLog,
    jobs: new Map(jobs.map((one) => [one.name, one])),
    outside: { mailer },
  })
  const dueOf = (client: TestClient) =>
    asOwner<{ id: string; run_at: Date }>(
      `select id, run_at from job where client_id = $1 and name = 'notice.send' and state = 'QUEUED' and run_at <= $2`,
      [client.id, now],
    )

  return {
    ...world,
    office: () => office,
    now: () => now,
    turnTo: (instant: Date) => {
      now = instant
      world.turnTo(instant)
    },
    smtp: () => smtpMailer(office.url),

    aSendingClient: async (rules: object = {}) => {
      const client = await aClient()
      const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
      await grant(client, manager, 'MANAGER')
      const publish = async (told: object, kind = 'NOTICE', expectedVersion = 0): Promise<Outcome> =>
        world.runAs(manager, 'publishPolicy', {
          client: client.gid,
          kind,
          rules: JSON.stringify(told),
          reason: 'agreed',
          expectedVersion,
        })
      const published = await publish({ sender, ...rules })
      if (!published.__typename.endsWith('Payload')) throw new Error(JSON.stringify(published))
      return { client, manager, publish }
    },
    aDebtor: async (
      client: TestClient,
      facts: { name?: string; contact?: object | null; items?: readonly ItemFacts[] } = {},
    ): Promise<{ customer: Row; items: Row[]; contact: string | null }> => {
      const customer = await aCustomer(client, facts.name === undefined ? {} : { name: facts.name })
      const items: Row[] = []
      for (const item of facts.items ?? [{ openMinor: 10_000n, daysOverdue: 30 }])
        items.push(await anItem(client, customer, item))
      if (facts.contact === null) return { customer, items, contact: null }
      const input = {
        customer: customer.gid,
        name: 'Ann Payer',
        role: 'AP',
        email: `ap-${randomUUID()}@debtor.example`,
        ...facts.contact,
      }
      const added = await world.run(client, 'addContact', input, 'contact { id }')
      return { customer, items, contact: (added.contact as { id: string }).id }
    },
    propose: (who: Pick<Person, 'subject'>, customer: Row, facts: object = {}): Promise<Outcome> =>
      world.runAs(
        who,
        'proposeNotice',
        { customer: customer.gid, template: 'FRIENDLY_REMINDER', idempotencyKey: aKey(), ...facts },
        'notice { id version state channel level template }',
      ),
    approve: (
      who: Pick<Person, 'subject'>,
      client: TestClient,
      notices: readonly { id: string; version: number }[],
    ): Promise<Outcome> =>
      world.runAs(
        who,
        'approveNotices',
        { client: client.gid, notices: notices.map(({ id, version }) => ({ notice: id, expectedVersion: version })) },
        'outcomes { index notice { id state } refusal { code } }',
      ),

    /** Runs whatever is due of a client, as a worker would, so many times at once. */
    runDue: async (
      client: TestClient,
      { mailer = smtpMailer(office.url), times = 1 }: { mailer?: Mailer | null; times?: number } = {},
    ) => {
      const due = await dueOf(client)
      const each = due.flatMap(({ id }) => Array.from({ length: times }, () => ({ clientId: client.id, id })))
      return Promise.all(each.map((one) => runJob(deps(mailer), one)))
    },
    deps,
    dueOf,
    asService: async <T>(client: TestClient, work: (tx: Tx) => Promise<T>): Promise<T> => {
      const { database } = world.api().engine
      const known = await clientById(database, client.id)
      if (known === null) throw new Error('there is no such client')
      return inUnit(database, { asker: { kind: 'SYSTEM', client: known }, readOnly: false, now }, work)
    },
  }
}

import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type DemoOptions, loadDemo } from '../../src/demo/load-demo.ts'
import { personas, principals } from '../../src/demo/personas.ts'
import { type Database, openDatabase } from '../../src/platform/database/database.ts'
import { type Embedded, removeEmbedded, startEmbedded } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { prepareRoles } from '../../src/platform/database/roles.ts'
import { inSession } from '../../src/platform/database/session.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { silentLog } from '../../src/platform/log.ts'

// The demo wants a database to itself, so it has a server of its own: roles and their passwords belong to the server.
const top = realpathSync(mkdtempSync(join(tmpdir(), 'quittance-demo-')))
const secret = 'a secret of the tests'
const now = new Date('2026-11-20T15:00:00Z')
let server: Embedded
let made = 0

const rowsOf = <Row extends object>(url: string, text: string) =>
  inSession(url, async (session) => (await session.query<Row>(text)).rows)
const urlOf = (name: string) => server.url.replace(/postgres$/, name)

const anEmptyDatabase = async (): Promise<Required<Pick<DemoOptions, 'ownerUrl' | 'database' | 'clock' | 'log'>>> => {
  made += 1
  const name = `demo_${made}`
  await rowsOf(server.url, `create database ${name} template migrated`)
  const ownerUrl = urlOf(name)
  const { appUrl } = await prepareRoles({ url: ownerUrl, secret, log: () => {} })
  const database = openDatabase(appUrl, { log: silentLog })
  onTestFinished(() => database.close())
  return { ownerUrl, database, clock: () => now, log: silentLog }
}

/** What is in the database, without ids and instants, which differ from load to load. */
const factsOf = async (url: string) => ({
  directory: await rowsOf(
    url,
    `select p.subject, g.role, c.code, t.code as team from client_grant g join principal p on p.id = g.principal_id
      join client c on c.id = g.client_id left join team t on t.id = g.team_id order by 1, 2, 3`,
  ),
  customers: await rowsOf(
    url,
    `select c.number, c.name, c.country_code, p.number as parent, (select array_agg(a.name order by a.name) from customer_alias a where a.customer_id = c.id) as names
      from customer c left join customer p on p.client_id = c.client_id and p.id = c.parent_id order by c.number`,
  ),
  items: await rowsOf(
    url,
    `select number, kind, currency, original_minor, open_minor, pending_minor, document_on, due_on, closed_on, is_disputed from open_item order by 1`,
  ),
  receipts: await rowsOf(
    url,
    'select reference, currency, amount_minor, applied_minor, unapplied_minor, unidentified_minor, value_on from receipt order by 1, 2, 3',
  ),
  promises: await rowsOf(
    url,
    'select i.number, p.amount_minor, p.promised_on, p.state from promise_to_pay p join open_item i on i.id = p.open_item_id order by 1',
  ),
  queue: await rowsOf(
    url,
    `select c.number, w.kind, w.is_queued, w.score, w.amounts from work_item w join customer c on c.id = w.customer_id
     order by 1, 2, w.amounts::text`,
  ),
})

const countIn = async (url: string, from: string): Promise<number> => {
  const [row] = await rowsOf<{ count: number }>(url, `select count(*)::int as count from ${from}`)
  return row?.count ?? -1
}

beforeAll(async () => {
  server = await startEmbedded({ folder: join(top, 'database'), durable: false, log: () => {} })
  await rowsOf(server.url, 'create database migrated')
  await prepareRoles({ url: urlOf('migrated'), secret, log: () => {} })
  await migrate({ url: urlOf('migrated'), log: () => {} })
})
afterAll(async () => {
  await server.stop()
  await removeEmbedded(join(top, 'database'))
  rmSync(top, { recursive: true, force: true })
})

describe('loadDemo', () => {
  it('fills an empty database, and leaves a full one alone', async () => {
    const options = await anEmptyDatabase()
    const { ownerUrl } = options
    expect(await loadDemo(options)).toBe('LOADED')

    const counted = async (from: string) => countIn(ownerUrl, from)
    expect(await counted('provider')).toBe(2)
    expect(await counted('client')).toBe(3)
    expect(await counted('legal_entity where name <> code')).toBe(8)
    expect(await counted('customer')).toBe(40)
    expect(await counted('customer where parent_id is not null')).toBe(5)
    expect(await counted('payment_terms where rule is not null')).toBe(10)
    expect(await counted('open_item')).toBe(1_500)
    expect(await counted('open_item where ledger_open_minor <> 0')).toBe(600)
    expect(await counted("import_batch where state = 'APPLIED'")).toBe(3)
    expect(await counted('import_reject')).toBe(0)
    expect(await counted("import_batch where jsonb_array_length(report -> 'warnings') > 0")).toBe(0)
    expect(await counted('receipt where source is null')).toBe(60)
    // What a bank told: three are certain, a mistyped number is proposed, an amount alone is only proposed.
    expect(await counted("receipt where source = 'BANKHUB'")).toBe(15)
    expect(await counted("cash_match where state = 'POSTED'")).toBe(9)
    expect(await counted("cash_match where state = 'PROPOSED'")).toBeGreaterThanOrEqual(3)
    expect(await counted("deduction where reason_code = 'SHORT'")).toBe(3)
    expect(await counted('receipt where source is null and unidentified_minor > 0')).toBe(4)
    expect(await counted('receipt where source is null and applied_minor > 0 and unapplied_minor > 0')).toBe(14)
    expect(await counted('promise_to_pay')).toBe(25)
    expect(await counted('work_item where is_queued')).toBeGreaterThan(35)
    // Its own books are right: what was applied is what is pending.
    expect(
      await rowsOf(
        ownerUrl,
        'select number from open_item i where pending_minor <> coalesce((select sum(amount_minor) from application where open_item_id = i.id), 0)',
      ),
    ).toEqual([])

    const facts = await factsOf(ownerUrl)
    expect(await loadDemo({ ...options, clock: () => new Date('2027-02-01T00:00:00Z') })).toBe('THERE')
    expect(await factsOf(ownerUrl)).toEqual(facts)
  })

  it('gives each persona what it is said to hold, and nothing else', async () => {
    const options = await anEmptyDatabase()
    await loadDemo(options)
    const heldBy = (database: Database, subject: string) =>
      inUnit(database, { asker: { kind: 'TOKEN', subject, expiresAt: now }, readOnly: true, now }, async ({ viewer, sql }) => {
        const codes = new Map(
          (await sql<{ id: string; code: string }>`select id, code from client`).map(({ id, code }) => [id, code]),
        )
        return [
          ...viewer.providerRoles,
          ...[...viewer.held].map(([id, { roles }]) => `${roles.join('+')} of ${codes.get(id)}`),
        ].toSorted()
      })
    for (const { subject, grants } of principals) {
      expect(await heldBy(options.database, subject)).toEqual(grants.map(({ role, client }) => `${role} of ${client}`).toSorted())
    }
    expect(await heldBy(options.database, 'demo-admin')).toEqual([
      'PROVIDER_ADMIN',
      'PROVIDER_ADMIN of KALTBACH',
      'PROVIDER_ADMIN of PRAIRIE',
    ])
    expect(personas).toHaveLength(principals.length + 1)
  })

  it('completes what a killed start left behind, also on a later day', { timeout: 90_000 }, async () => {
    const whole = await anEmptyDatabase()
    let statements = 0
    whole.database.observe = () => {
      statements += 1
    }
    await loadDemo(whole)
    const facts = await factsOf(whole.ownerUrl)

    for (const part of [0.01, 0.07, 0.4, 0.95]) {
      const options = await anEmptyDatabase()
      let left = Math.ceil(statements * part)
      options.database.observe = () => {
        left -= 1
        if (left < 0) throw new Error('killed')
      }
      await expect(loadDemo(options)).rejects.toThrow()
      options.database.observe = undefined
      expect(await loadDemo(options)).toBe('LOADED')
      expect(await factsOf(options.ownerUrl)).toEqual(facts)
    }

    const options = await anEmptyDatabase()
    let left = Math.ceil(statements * 0.5)
    options.database.observe = () => {
      left -= 1
      if (left < 0) throw new Error('killed')
    }
    await expect(loadDemo(options)).rejects.toThrow()
    options.database.observe = undefined
    expect(await loadDemo({ ...options, clock: () => new Date('2027-01-20T15:00:00Z') })).toBe('LOADED')
    expect((await factsOf(options.ownerUrl)).receipts).toEqual(facts.receipts)
    expect(await countIn(options.ownerUrl, 'promise_to_pay')).toBe(25)
  })

  it('is loaded once by two that start together', async () => {
    const options = await anEmptyDatabase()
    expect((await Promise.all([loadDemo(options), loadDemo(options)])).toSorted()).toEqual(['LOADED', 'THERE'])
    expect(await countIn(options.ownerUrl, 'open_item')).toBe(1_500)
  })

  it('does not touch a database that is somebody’s', async () => {
    const options = await anEmptyDatabase()
    await rowsOf(
      options.ownerUrl,
      `insert into provider values ('00000000-0000-7000-8000-000000000001', 'NORTHGATE', 'Another', now())`,
    )
    expect(await loadDemo(options)).toBe('NOT_EMPTY')
    expect(await countIn(options.ownerUrl, 'principal')).toBe(0)
  })
})

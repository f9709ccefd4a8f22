import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beginWorkDay } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { silentLog } from '../../src/platform/log.ts'
import type { BenchBacking } from './backing.ts'

export type LiveClient = { readonly id: string; readonly canary: string }
export type Collector = { readonly subject: string; readonly clients: readonly string[] }

export const clientCount = 20
export const collectorCount = 100
const customersEach = 30

/** 20 clients with 30 debtors each and a canary in their names, 100 collectors who serve two of them, one who serves all. */
export const fillLive = async ({ ownerUrl, appUrl }: BenchBacking) => {
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  const providerId = randomUUID()
  await owner.query("insert into provider values ($1, 'LIVE', 'Live provider', now())", [providerId])
  const clients = Array.from({ length: clientCount }, (_, n): LiveClient => ({ id: randomUUID(), canary: `canary${n}x` }))
  for (const [n, { id, canary }] of clients.entries()) {
    await owner.query(
      `insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, created_at)
       values ($1, $2, $3, $4, 'UTC', 'USD', 'US', now())`,
      [id, providerId, `L${n}`, `Client ${canary}`],
    )
    await owner.query(`insert into legal_entity select $1, gen_random_uuid(), 'LE1', 'Entity', now()`, [id])
    await owner.query(
      `insert into import_batch (client_id, id, profile, profile_version, source_name, content_hash, state, allow_partial, data_as_of, principal_id, started_at, finished_at)
       values ($1, gen_random_uuid(), 'bench', 1, 'bench', decode(repeat('00', 32), 'hex'), 'APPLIED', false, now(), gen_random_uuid(), now(), now())`,
      [id],
    )
    await owner.query(
      `insert into customer (client_id, id, number, name, created_at)
       select $1, gen_random_uuid(), lpad(n::text, 10, '0'), 'Customer ' || n || ' ${canary}', now() from generate_series(1, ${customersEach}) n`,
      [id],
    )
  }
  await owner.query(
    `insert into open_item (client_id, id, legal_entity_id, customer_id, kind, number, source, source_key, currency, original_minor, ledger_open_minor, open_minor,
        document_on, due_on, source_hash, batch_id, batch_row, created_at, updated_at)
     select u.client_id, gen_random_uuid(), l.id, u.id, 'INVOICE', u.number, 'BENCH', u.number, 'USD', 1000000, 1000000, 1000000,
       current_date - 60, current_date - 30 - u.number::int, decode(repeat('00', 32), 'hex'), b.id, 2, now(), now()
     from customer u join legal_entity l on l.client_id = u.client_id join import_batch b on b.client_id = u.client_id`,
  )
  const principal = async (subject: string, served: readonly string[]): Promise<Collector> => {
    const id = randomUUID()
    await owner.query(
      `insert into principal (provider_id, id, kind, name, subject, created_at) values ($1, $2, 'PERSON', $3, $3, now())`,
      [providerId, id, subject],
    )
    await owner.query(
      `insert into client_grant (client_id, id, provider_id, principal_id, role, valid_from, reason)
       select c, gen_random_uuid(), $2, $3, 'ANALYST', now() - interval '1 day', 'bench' from unnest($1::uuid[]) c`,
      [served, providerId, id],
    )
    return { subject, clients: served }
  }
  const ids = clients.map(({ id }) => id)
  const collectors: Collector[] = []
  for (let n = 0; n < collectorCount; n += 1) {
    const served = [ids[n % clientCount] ?? '', ids[(n + 7) % clientCount] ?? '']
    collectors.push(await principal(`collector ${n}`, served))
  }
  const lead = await principal('lead', ids)
  await owner.query('vacuum analyze')
  const database = openDatabase(appUrl, { log: silentLog })
  for (const id of ids) {
    const asker = { kind: 'SYSTEM', client: { id, providerId, timeZone: 'UTC' } } as const
    await inUnit(database, { asker, readOnly: false, now: new Date() }, (tx) => perform(tx, beginWorkDay, { clientId: id }))
  }
  await database.close()
  await owner.query('vacuum analyze')
  await owner.end()
  return { clients, collectors, lead }
}

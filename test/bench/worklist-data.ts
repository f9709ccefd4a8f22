import pg from 'pg'
import { beginWorkDay } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { silentLog } from '../../src/platform/log.ts'
import type { BenchBacking } from './backing.ts'

/** How many customers with work each client has. Each of them has ten open items. */
export type Sizes = readonly number[]

/** 20,000 customers of 20 clients. */
export const twentyClients: Sizes = Array<number>(20).fill(1_000)

/** Collectors: one serves all clients, one the first twenty, one the first alone. */
export const fillWorklist = async ({ ownerUrl, appUrl }: BenchBacking, sizes: Sizes = twentyClients) => {
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  await owner.query(
    `
    select setseed(0.42);
    insert into provider values (gen_random_uuid(), 'BENCH', 'Bench provider', now());
    insert into principal (provider_id, id, kind, name, subject, created_at) select id, gen_random_uuid(), 'PERSON', n, n, now() from provider, unnest(array['collector', 'collector of 20', 'collector of 1']) n;
    insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, created_at)
      select gen_random_uuid(), p.id, 'CLIENT' || n, 'Client ' || n, 'UTC', 'USD', 'US', now() from provider p, generate_series(1, ${sizes.length}) n;
    insert into client_grant (client_id, id, provider_id, principal_id, role, valid_from, reason)
      select c.id, gen_random_uuid(), c.provider_id, p.id, 'ANALYST', now() - interval '1 day', 'bench' from client c, principal p
      where substr(c.code, 7)::int <= case p.subject when 'collector of 1' then 1 when 'collector of 20' then 20 else ${sizes.length} end;
    insert into legal_entity select id, gen_random_uuid(), 'LE1', 'Entity', now() from client;
    insert into import_batch (client_id, id, profile, profile_version, source_name, content_hash, state, allow_partial, data_as_of, principal_id, started_at, finished_at)
      select c.id, gen_random_uuid(), 'bench', 1, 'bench', decode(repeat('00', 32), 'hex'), 'APPLIED', false, now(), p.id, now(), now() from client c, principal p where p.subject = 'collector';
    insert into customer (client_id, id, number, name, created_at)
      select c.id, gen_random_uuid(), lpad(n::text, 10, '0'), 'Customer ' || n || ' of ' || c.code, now() from client c, lateral generate_series(1, (array[${sizes.join()}])[substr(c.code, 7)::int]) n;
    insert into open_item (client_id, id, legal_entity_id, customer_id, kind, number, source, source_key, currency, original_minor, ledger_open_minor, open_minor,
        document_on, due_on, source_hash, batch_id, batch_row, created_at, updated_at)
      select u.client_id, gen_random_uuid(), l.id, u.id, 'INVOICE', u.number || '-' || n, 'BENCH', u.number || '-' || n, 'USD', a.minor, a.minor, a.minor,
        d.due - 30, d.due, decode(repeat('00', 32), 'hex'), b.id, 2, now(), now()
      from customer u join legal_entity l on l.client_id = u.client_id join import_batch b on b.client_id = u.client_id, generate_series(1, 10) n,
        lateral (select (exp(random() * 7) * 1000)::bigint + n as minor) a, lateral (select current_date - (random() * 180 - 10 + n * 0)::int as due) d;
    `,
  )
  await owner.query('vacuum analyze')
  const { rows: clients } = await owner.query<{ id: string; provider_id: string }>(
    'select id, provider_id from client order by substr(code, 7)::int',
  )
  const database = openDatabase(appUrl, { log: silentLog })
  for (const { id, provider_id } of clients) {
    const asker = { kind: 'SYSTEM', client: { id, providerId: provider_id, timeZone: 'UTC' } } as const
    await inUnit(database, { asker, readOnly: false, now: new Date(), timeoutMs: 600_000 }, (tx) =>
      perform(tx, beginWorkDay, { clientId: id }),
    )
  }
  await database.close()
  await owner.query('vacuum analyze')
  const { rows } = await owner.query<{ score: number; id: string }>(
    `select score, id from (select score, id, row_number() over (order by score desc, id) as place from work_item where kind = 'COLLECTION' and is_queued) w
     where place % 25 = 0 and place <= 500 order by place`,
  )
  await owner.end()
  return { clients: clients.map(({ id }) => id), cursors: rows }
}

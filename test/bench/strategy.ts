import pg from 'pg'
import { publishPolicy } from '../../src/modules/policy/commands.ts'
import { beginWorkDay, rescoreWork } from '../../src/modules/worklist/index.ts'
import { simulate } from '../../src/modules/worklist/simulate.ts'
import { parseStrategy, type Strategy } from '../../src/modules/worklist/strategy.ts'
import '../../src/flows/index.ts'
import { granted, perform } from '../../src/platform/command.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { silentLog } from '../../src/platform/log.ts'
import { openBenchBacking } from './backing.ts'
import { median } from './figures.ts'

const rules = {
  collections: {
    factors: {
      overdueDays: { weight: 200 },
      amount: { weight: 300 },
      itemCount: { weight: 200 },
      brokenPromises: { weight: 100 },
    },
    inclusion: { amountMin: 100 },
  },
}

/** One client with 20,000 customers and 200,000 open items. */
const fill = async (owner: pg.Client) => {
  await owner.query(`
    select setseed(0.42);
    insert into provider values (gen_random_uuid(), 'BENCH', 'Bench provider', now());
    insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, created_at)
      select gen_random_uuid(), id, 'CLIENT', 'Client', 'UTC', 'USD', 'US', now() from provider;
    insert into legal_entity select id, gen_random_uuid(), 'LE1', 'Entity', now() from client;
    insert into import_batch (client_id, id, profile, profile_version, source_name, content_hash, state, allow_partial, data_as_of, principal_id, started_at, finished_at)
      select id, gen_random_uuid(), 'bench', 1, 'bench', decode(repeat('00', 32), 'hex'), 'APPLIED', false, now(), id, now(), now() from client;
    insert into customer (client_id, id, number, name, created_at)
      select c.id, gen_random_uuid(), n::text, 'Customer ' || n, now() from client c, generate_series(1, 20000) n;
    insert into open_item (client_id, id, legal_entity_id, customer_id, kind, number, source, source_key, currency, original_minor, ledger_open_minor, open_minor,
        document_on, due_on, source_hash, batch_id, batch_row, created_at, updated_at)
      select u.client_id, gen_random_uuid(), l.id, u.id, 'INVOICE', u.number || '-' || n, 'BENCH', u.number || '-' || n, 'USD', a.minor, a.minor, a.minor,
        d.due - 30, d.due, decode(repeat('00', 32), 'hex'), b.id, 2, now(), now()
      from customer u join legal_entity l on l.client_id = u.client_id join import_batch b on b.client_id = u.client_id, generate_series(1, 10) n,
        -- Of each row its own, because they ask for its number.
        lateral (select (exp(random() * 7) * 1000)::bigint + length(u.number) + n as minor) a,
        lateral (select current_date - (random() * 180 - 10 + 0 * (length(u.number) + n))::int as due) d`)
  await owner.query('vacuum analyze')
  const { rows } = await owner.query<{ id: string; provider_id: string }>('select id, provider_id from client')
  if (rows[0] === undefined) throw new Error('there is no client')
  return rows[0]
}

/** What it takes to try a strategy on 20,000 customers, to publish it, and to have all of them scored by it. */
export const run = async ({ figure }: { figure: (name: string, value: number, unit: string, runs?: number) => void }) => {
  const backing = await openBenchBacking()
  const owner = new pg.Client({ connectionString: backing.ownerUrl })
  await owner.connect()
  const { id: clientId, provider_id: providerId } = await fill(owner)
  const database = openDatabase(backing.appUrl, { log: silentLog })
  const asker = { kind: 'SYSTEM', client: { id: clientId, providerId, timeZone: 'UTC' } } as const
  const unit = (readOnly: boolean) => ({ asker, readOnly, now: new Date(), timeoutMs: 120_000 })
  await inUnit(database, unit(false), (tx) => perform(tx, beginWorkDay, { clientId }))
  await owner.query('vacuum analyze')
  await owner.end()

  const timed = async <T>(work: () => Promise<T>): Promise<{ out: T; seconds: number }> => {
    const start = performance.now()
    const out = await work()
    return { out, seconds: (performance.now() - start) / 1_000 }
  }
  const strategy = parseStrategy(rules) as Strategy
  const simulated: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const { out, seconds } = await timed(() => inUnit(database, unit(true), (tx) => simulate(tx, clientId, strategy, 50)))
    if (out.queuedBefore < 19_000 || out.moves < 10_000)
      throw new Error(`nothing was simulated: ${out.queuedBefore} queued, ${out.moves} moved`)
    simulated.push(seconds)
  }
  figure('strategy_20k_s', median(simulated), 's', simulated.length)
  const input = {
    clientId,
    kind: 'STRATEGY' as const,
    rules: JSON.stringify(rules),
    reason: 'bench',
    effectiveFrom: null,
    expectedVersion: 0,
  }
  const published = await timed(() => inUnit(database, unit(false), (tx) => perform(tx, publishPolicy, input)))
  granted(published.out)
  figure('publish_s', published.seconds, 's')
  const rescored = await timed(async () => {
    while (!granted(await inUnit(database, unit(false), (tx) => perform(tx, rescoreWork, { clientId }))).isDone);
  })
  figure('rescore_19k_s', rescored.seconds, 's')
  await database.close()
  await backing.stop()
}

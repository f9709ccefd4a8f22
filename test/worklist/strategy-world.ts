import { rescoreWork } from '../../src/modules/worklist/index.ts'
import { granted, perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { done } from '../cash/answers.ts'
import { PublishPolicyDocument } from '../generated/operations.ts'
import { aClient, aPerson, ask, asOwner, beginDay, grant, type Person, type TestClient } from '../harness/index.ts'
import type { ApiAlone } from './api-alone.ts'

export type Managed = { readonly client: TestClient; readonly manager: Person }

/** A client with a manager, who alone publishes its strategies. */
export const managed = async (options: Parameters<typeof aClient>[0] = {}): Promise<Managed> => {
  const client = await aClient(options)
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  return { client, manager }
}

type Publishing = { readonly api: ApiAlone; readonly expectedVersion?: number; readonly effectiveFrom?: Date }

export const publish = async (
  { client, manager }: Managed,
  rules: object,
  { api, expectedVersion = 0, effectiveFrom }: Publishing,
) => {
  const input = {
    client: client.gid,
    kind: 'STRATEGY' as const,
    rules: JSON.stringify(rules),
    reason: 'as agreed in March',
    expectedVersion,
    effectiveFrom: effectiveFrom?.toISOString() ?? null,
  }
  return (await done(api.as(manager), PublishPolicyDocument, input, api)).policy
}

/** One portion of what housekeeping does about a strategy that was published. */
export const rescore = async (client: TestClient, { engine }: Pick<ApiAlone, 'engine'>) => {
  const system = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
  return granted(
    await inUnit(engine.database, { asker: system, readOnly: false, now: engine.clock() }, (tx) =>
      perform(tx, rescoreWork, { clientId: client.id }),
    ),
  )
}

/** Customers by the thousand, each with an overdue invoice of its own amount, written past the commands; their day is begun. */
export const manyDebtors = async (client: TestClient, count: number) => {
  await asOwner(
    `insert into customer (client_id, id, number, name, created_at)
     select $1, gen_random_uuid(), 'M' || n, 'Debtor ' || n, now() from generate_series(1, $2::int) n`,
    [client.id, count],
  )
  await asOwner(
    `insert into open_item (client_id, id, legal_entity_id, customer_id, kind, number, source, source_key, currency, original_minor, ledger_open_minor,
       open_minor, document_on, due_on, source_hash, batch_id, batch_row, created_at, updated_at)
     select c.client_id, gen_random_uuid(), $2, c.id, 'INVOICE', c.number, 'MANY', c.number, 'USD', a.minor, a.minor, a.minor, current_date - 90,
       current_date - (1 + a.n % 60), decode(repeat('00', 32), 'hex'), $3, 2, now(), now()
     from customer c, lateral (select substr(c.number, 2)::int as n, substr(c.number, 2)::bigint * 7919 % 900000 + 10000 as minor) a
     where c.client_id = $1 and c.number ~ '^M[0-9]+$'`,
    [client.id, client.legalEntityId, client.batchId],
  )
  await beginDay(client)
}

export type Shown = {
  readonly id: string
  readonly isQueued: boolean
  readonly leftOut: string | null
  readonly customer: { readonly number: string } | null
  readonly priority: {
    readonly score: number
    readonly rank: number | null
    readonly strategyVersion: number
    readonly factors: readonly { readonly code: string; readonly points: number }[]
  }
}

export const shownFields = 'id isQueued leftOut customer { number } priority { score strategyVersion factors { code points } }'

/** The first rows of a queue. */
export const queue = async (client: TestClient, app: ApiAlone, filter: object = {}, first = 50): Promise<readonly Shown[]> => {
  const text = `query Queue($clients: [ID!], $filter: WorklistFilter, $first: Int!) {
    worklist(clients: $clients, filter: $filter, first: $first) { edges { node { ${shownFields} } } } }`
  type Out = { worklist: { edges: { node: Shown }[] } }
  const variables = { clients: [client.gid], filter, first }
  const { data, errors } = await ask<Out>(app.as(client.analyst), text, variables, app)
  if (data?.worklist === undefined || data.worklist === null) throw new Error(JSON.stringify(errors))
  return data.worklist.edges.map(({ node }) => node)
}

export const versionsOf = async (client: TestClient): Promise<Record<number, number>> => {
  const rows = await asOwner<{ version: number; count: number }>(
    `select strategy_version as version, count(*)::int as count from work_item where client_id = $1 and (is_queued or left_out is not null) group by 1`,
    [client.id],
  )
  return Object.fromEntries(rows.map(({ version, count }) => [version, count]))
}

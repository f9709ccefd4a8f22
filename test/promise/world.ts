import { afterAll, beforeAll, beforeEach } from 'vitest'
import { tellDisputes } from '../../src/modules/deduction/index.ts'
import { judgeDuePlans } from '../../src/modules/plan/index.ts'
import { judgeDuePromises } from '../../src/modules/promise/index.ts'
import { beginStageDay } from '../../src/modules/stage/index.ts'
import { beginWorkDay } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import type { Job, Payload } from '../../src/platform/jobs/job.ts'
import { aKey, gidOf } from '../cash/world.ts'
import { type Answer, ask, asOwner, type Person, type Row, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from '../worklist/api-alone.ts'

export type Outcome = { readonly __typename: string; readonly code?: string; readonly [field: string]: unknown }
export type Kept = {
  readonly id: string
  readonly state: string
  readonly level: number
  readonly paid_minor: bigint
  readonly version: number
  readonly deadline_on: string
  readonly confirmed_at: Date | null
  readonly [column: string]: unknown
}

export const usd = (amount: string) => ({ amount, currency: 'USD' })

const dayMs = 86_400_000

/** The Monday before New York’s clocks go forward the next time: on the second Sunday of March. */
const nextMonday = (): number => {
  const mondayIn = (year: number) => {
    const march = Date.UTC(year, 2, 1)
    return march + (((7 - new Date(march).getUTCDay()) % 7) + 1) * dayMs
  }
  const year = new Date().getUTCFullYear()
  const soonest = Date.now() + 2 * dayMs
  return mondayIn(year) > soonest ? mondayIn(year) : mondayIn(year + 1)
}

/**
 * An API whose clock the test turns. Days are counted from a Monday ahead, so that weekends lie where the test expects them,
 * and no node of other tests begins these days meanwhile.
 */
export const aWorld = () => {
  const monday = nextMonday()
  let now = new Date()
  let api: ApiAlone
  beforeAll(async () => {
    api = await startApiAlone({ clock: () => now })
  })
  afterAll(() => api.stop())
  beforeEach(() => {
    now = at(0)
  })

  const at = (days: number, hours = 12) => new Date(monday + days * dayMs + hours * 3_600_000)
  const day = (days: number) => at(days).toISOString().slice(0, 10)

  const runAs = async (who: Pick<Person, 'subject'>, name: string, input: object, fields = '__typename'): Promise<Outcome> => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
    const document = `mutation Run($input: ${type}Input!) { out: ${name}(input: $input) { __typename ... on Refusal { code message path }
      ... on ${type}Payload { ${fields} } } }`
    const { data, errors } = await ask<{ out: Outcome | null }>(api.as(who), document, { input }, api)
    if (data?.out === undefined || data.out === null) throw new Error(`${name}: ${JSON.stringify(errors)}`)
    return data.out
  }
  const run = async (client: TestClient, name: string, input: object, fields?: string) => {
    const out = await runAs(client.lead, name, input, fields)
    if (!out.__typename.endsWith('Payload')) throw new Error(`${name} was refused: ${JSON.stringify(out)}`)
    return out
  }

  return {
    at,
    day,
    run,
    runAs,
    turnTo: (instant: Date) => {
      now = instant
    },
    api: () => api,

    /** What a node does when the client’s day begins. */
    beginDay: async (client: TestClient) => {
      const system = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
      await inUnit(api.engine.database, { asker: system, readOnly: false, now }, async (tx) => {
        await perform(tx, judgeDuePromises, { clientId: client.id })
        await perform(tx, judgeDuePlans, { clientId: client.id })
        await perform(tx, beginWorkDay, { clientId: client.id })
        await perform(tx, beginStageDay, { clientId: client.id })
      })
    },
    /** What a worker does with a job that is due. */
    runJob: <P extends Payload>(client: TestClient, job: Job<P>, payload: P) => {
      const system = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
      return inUnit(api.engine.database, { asker: system, readOnly: false, now }, (tx) =>
        job.run({ tx, clientId: client.id, timeZone: 'UTC', now, enqueue: () => {}, outside: { mailer: null } }, payload),
      )
    },
    tellDisputes: (client: TestClient) => {
      const system = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
      return inUnit(api.engine.database, { asker: system, readOnly: false, now }, (tx) =>
        perform(tx, tellDisputes, { clientId: client.id }),
      )
    },
    judgeDue: (client: TestClient) => {
      const system = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
      return inUnit(api.engine.database, { asker: system, readOnly: false, now }, (tx) =>
        perform(tx, judgeDuePromises, { clientId: client.id }),
      )
    },

    promise: async (client: TestClient, item: Row, amount: string, promisedOn: string, facts: object = {}) => {
      const input = { openItem: item.gid, amount: usd(amount), promisedOn, ...facts }
      return (await run(client, 'recordPromise', input, 'promise { id version }')).promise as { id: string; version: number }
    },
    /** Money of the bank that is put against one item; answers with what undoes it. */
    pay: async (client: TestClient, customer: Row, item: Row, amount: string, valueOn: string) => {
      const recorded = await run(
        client,
        'recordReceipt',
        { client: client.gid, customer: customer.gid, amount: usd(amount), valueOn, reference: 'wire', idempotencyKey: aKey() },
        'receipt { id }',
      )
      const { id } = recorded.receipt as { id: string }
      const input = { receipt: id, openItem: item.gid, amount: usd(amount), expectedVersion: 1, idempotencyKey: aKey() }
      const applied = await run(client, 'applyReceipt', input, 'application { id } receipt { version }')
      return {
        receipt: id,
        application: (applied.application as { id: string }).id,
        version: (applied.receipt as { version: number }).version,
      }
    },
    undo: (client: TestClient, { application }: { application: string }) =>
      run(client, 'reverseApplication', { application, reason: 'wrong item', idempotencyKey: aKey() }),
    bounce: (client: TestClient, { receipt, version }: { receipt: string; version: number }) =>
      run(client, 'reverseReceipt', { receipt, reason: 'NSF', expectedVersion: version, idempotencyKey: aKey() }),
    load: (client: TestClient, rows: readonly object[]) =>
      run(client, 'importOpenItems', {
        client: client.gid,
        source: 'ERP',
        idempotencyKey: aKey(),
        rows: rows.map((row) => ({ legalEntity: 'LE1', kind: 'INVOICE', currency: 'USD', documentOn: '2020-01-01', ...row })),
      }),
    policy: (client: TestClient, rules: object, manager: Pick<Person, 'subject'>) =>
      runAs(manager, 'publishPolicy', {
        client: client.gid,
        kind: 'PROMISE',
        rules: JSON.stringify(rules),
        reason: 'agreed',
        expectedVersion: 0,
      }),

    read: <T>(who: Pick<Person, 'subject'>, document: string, variables: Record<string, unknown> = {}): Promise<Answer<T>> =>
      ask<T>(api.as(who), document, variables, api),
  }
}

export const promisesOf = (client: TestClient) =>
  asOwner<Kept>('select * from promise_to_pay where client_id = $1 order by open_item_id, place', [client.id])

export const historyOf = async (client: TestClient) =>
  (
    await asOwner<{ state: string; cause: string }>(
      `select c.state, c.cause from promise_change c join promise_to_pay p on p.client_id = c.client_id and p.id = c.promise_id
       where c.client_id = $1 order by p.open_item_id, p.place, c.version`,
      [client.id],
    )
  ).map(({ state, cause }) => `${state} ${cause}`)

export const toldOf = async (client: TestClient) =>
  (
    await asOwner<{ name: string }>(`select name from event where client_id = $1 and name like 'promise.%' order by id`, [
      client.id,
    ])
  ).map(({ name }) => name)

export const toCollect = async (client: TestClient, customer: Row): Promise<string | null> => {
  const [row] = await asOwner<{ is_queued: boolean; amounts: { toBeCollected: string }[] }>(
    `select is_queued, amounts from work_item where client_id = $1 and kind = 'COLLECTION' and customer_id = $2`,
    [client.id, customer.id],
  )
  return row?.is_queued === true ? (row.amounts[0]?.toBeCollected ?? '') : null
}

export const itemOf = async (client: TestClient, sourceKey: string): Promise<Row & { customer: Row }> => {
  const [row] = await asOwner<{ id: string; customer_id: string }>(
    'select id, customer_id from open_item where client_id = $1 and source_key = $2',
    [client.id, sourceKey],
  )
  if (row === undefined) throw new Error(`there is no ${sourceKey}`)
  const customer = { id: row.customer_id, gid: gidOf(client, 'Customer', row.customer_id) }
  return { id: row.id, gid: gidOf(client, 'Invoice', row.id), customer }
}

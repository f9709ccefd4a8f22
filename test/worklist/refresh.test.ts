import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { beginWorkDay, endWorkMarks } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import type { Engine } from '../../src/platform/graphql/execute.ts'
import {
  aClient,
  aCustomer,
  anItem,
  aPerson,
  aReceipt,
  ask,
  asOwner,
  grant,
  type Person,
  type Row,
  type TestClient,
} from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from './api-alone.ts'
import { aKey, type Ledger } from './world.ts'

let now = new Date()
let api: ApiAlone
let node: ApiAlone
beforeAll(async () => {
  api = await startApiAlone({ clock: () => now })
  node = await startApiAlone({ clock: () => now })
})
afterAll(() => Promise.all([api.stop(), node.stop()]))

const dayMs = 86_400_000
const hourMs = 3_600_000
const today = Math.floor(Date.now() / dayMs) * dayMs
/** An instant some days from the real today: days of the test begin behind those that a real node may begin meanwhile. */
const at = (days: number, hours = 12) => new Date(today + days * dayMs + hours * hourMs)
const day = (days: number) => at(days).toISOString().slice(0, 10)

beforeEach(() => {
  now = at(0)
})

const begin = async (client: TestClient, { engine }: { engine: Engine } = api) => {
  const zone = { id: client.id, providerId: client.provider.id, timeZone: 'UTC' }
  const unit = { asker: { kind: 'SYSTEM', client: zone } as const, readOnly: false, now: engine.clock() }
  const out = await inUnit(engine.database, unit, (tx) => perform(tx, beginWorkDay, { clientId: client.id }))
  return out as { day: string; customers: number; receipts: number }
}

const endMarks = (client: TestClient) => {
  const zone = { id: client.id, providerId: client.provider.id, timeZone: 'UTC' }
  const unit = { asker: { kind: 'SYSTEM', client: zone } as const, readOnly: false, now }
  return inUnit(api.engine.database, unit, (tx) => perform(tx, endWorkMarks, { clientId: client.id }))
}

const run = async (
  client: TestClient,
  name: string,
  input: object,
  fields = '',
  who: Pick<Person, 'subject'> = client.lead,
): Promise<Record<string, unknown> & { __typename: string }> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const document = `mutation Run($input: ${type}Input!) { out: ${name}(input: $input) { __typename ... on ${type}Payload { ${fields || '__typename'} }
    ... on Refusal { code message } } }`
  const { data, errors } = await ask<{ out: Record<string, unknown> & { __typename: string } }>(
    api.as(who),
    document,
    { input },
    api,
  )
  if (data?.out === undefined || data.out === null) throw new Error(`${name}: ${JSON.stringify(errors)}`)
  return data.out
}

const dueOn = (client: TestClient, { id }: Row, due: string) =>
  asOwner('update open_item set due_on = $3 where client_id = $1 and id = $2', [client.id, id, due])

/** Everything of the queue but its ids and its times. */
const queueOf = async (client: TestClient) => ({
  rows: await asOwner(
    `select kind, customer_id, receipt_id, is_queued, left_out, score, strategy_version, factors, amounts, overdue_days, item_count, value_on,
       next_action
     from work_item where client_id = $1 and (is_queued or left_out is not null) order by customer_id, receipt_id nulls first`,
    [client.id],
  ),
  totals: await asOwner(
    `select w.customer_id, w.receipt_id, a.kind, a.currency, a.open_minor, a.overdue_minor, a.to_be_collected_minor
     from work_amount a join work_item w on w.client_id = a.client_id and w.id = a.work_item_id
     where a.client_id = $1 order by 1, 2 nulls first, 4`,
    [client.id],
  ),
})

const rebuild = async (client: TestClient) => {
  for (const table of ['work_amount', 'work_item', 'work_day'])
    await asOwner(`delete from ${table} where client_id = $1`, [client.id])
  await begin(client)
}

type Queued = {
  score: number
  overdue_days: number
  amounts: { toBeCollected: string }[]
  version: number
  is_queued: boolean
  scored_on: string
}
const rowOf = async (client: TestClient, customer: Row): Promise<Queued | undefined> =>
  (
    await asOwner<Queued>(`select * from work_item where client_id = $1 and kind = 'COLLECTION' and customer_id = $2`, [
      client.id,
      customer.id,
    ])
  )[0]

const toldOf = (client: TestClient) =>
  asOwner<{ kind: string; cause: string; customerId: string }>(
    `select payload ->> 'kind' as kind, payload ->> 'cause' as cause, payload ->> 'customerId' as "customerId"
     from event where client_id = $1 and name = 'work.changed' order by id`,
    [client.id],
  )

/** Each leaves something out, or counts something that another does not. */
const strategies = [
  {},
  { collections: { factors: { amount: { weight: 100 }, brokenPromises: { weight: 150 }, disputedShare: { weight: 150 } } } },
  { collections: { inclusion: { overdueDaysMin: 20, amountMin: 40 }, factors: { itemCount: { weight: 0 } } } },
  {
    collections: {
      inclusion: { customersOut: [{ number: 'C1', reason: 'own desk' }] },
      factors: { paymentRisk: { weight: 0 }, daysSincePayment: { weight: 200 } },
    },
    cash: { inclusion: { kinds: ['UNAPPLIED_CASH'] }, factors: { age: { weight: 600 } } },
  },
  { cash: { inclusion: { amountMin: 999_000, ageDaysMin: 1 } } },
]

describe('the queue that followed each change', () => {
  const key = fc.nat({ max: 7 })
  const step = fc.oneof(
    fc.record({ what: fc.constant('pay' as const), key, share: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ what: fc.constant('promise' as const), key, share: fc.integer({ min: 1, max: 4 }), inDays: fc.nat({ max: 3 }) }),
    fc.record({ what: fc.constant('withdraw' as const), key }),
    fc.record({
      what: fc.constant('import' as const),
      rows: fc.uniqueArray(
        fc.record({
          key,
          open: fc.constantFrom('0.00', '30.00', '4000.00', '99999.99'),
          due: fc.integer({ min: -120, max: 3 }),
          isDisputed: fc.boolean(),
          currency: fc.constantFrom('USD', 'EUR'),
        }),
        { minLength: 1, maxLength: 4, selector: (row) => row.key },
      ),
    }),
    fc.record({
      what: fc.constant('mark' as const),
      key,
      as: fc.constantFrom('pinWork', 'snoozeWork'),
      days: fc.nat({ max: 3 }),
    }),
    fc.record({ what: fc.constant('day' as const) }),
    fc.record({
      what: fc.constant('strategy' as const),
      rules: fc.constantFrom(...strategies),
      inHours: fc.constantFrom(0, 0, 12),
    }),
  )

  it('is the one that is built from the ledger at once', async () => {
    const done = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 16 }), async (steps) => {
        now = at(0)
        const client = await aClient({ timeZone: 'America/Chicago', planningRates: { EUR: '1.1' } })
        const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
        await grant(client, manager, 'MANAGER')
        let published = 0
        const promises = new Map<number, { id: string; version: number }>()
        const load = async (rows: readonly Ledger[]) => {
          const full = rows.map((row) => ({
            legalEntity: 'LE1',
            kind: 'INVOICE',
            number: row.sourceKey,
            documentOn: '2020-01-01',
            ...row,
          }))
          const input = { client: client.gid, source: 'ERP', idempotencyKey: aKey(), rows: full }
          const out = await run(client, 'importOpenItems', input)
          if (out.__typename !== 'ImportOpenItemsPayload') throw new Error(JSON.stringify(out))
        }
        const ledger = (n: number, facts: Partial<Ledger> = {}): Ledger => ({
          customerNumber: `C${n % 4}`,
          sourceKey: `D${n}`,
          amount: '100000.00',
          openAmount: '1000.00',
          currency: 'USD',
          dueOn: day(-n * 9),
          ...facts,
        })
        await load(Array.from({ length: 6 }, (_, n) => ledger(n)))
        const itemOf = async (n: number) => {
          const [item] = await asOwner<{ id: string; customer_id: string; open_minor: bigint; currency: string }>(
            `select id, customer_id, open_minor, currency from open_item where client_id = $1 and source_key = $2`,
            [client.id, `D${n}`],
          )
          return item
        }
        for (const { what, ...facts } of steps) {
          if (what === 'day') now = new Date(now.getTime() + dayMs)
          if (what === 'day') await begin(client)
          if ('as' in facts) {
            const [work] = await asOwner<{ id: string }>(
              `select w.id from work_item w join open_item o on o.client_id = w.client_id and o.customer_id = w.customer_id
               where w.client_id = $1 and w.kind = 'COLLECTION' and o.source_key = $2`,
              [client.id, `D${facts.key}`],
            )
            const id = work?.id ?? client.id
            const input = {
              workItem: encodeGlobalId({ typename: 'WorkItem', ownerId: client.id, id }),
              until: new Date(now.getTime() + facts.days * dayMs + hourMs).toISOString(),
              reason: 'so',
            }
            done.add((await run(client, facts.as, input)).__typename)
            continue
          }
          if ('rules' in facts) {
            const effectiveFrom = facts.inHours === 0 ? null : new Date(now.getTime() + facts.inHours * hourMs).toISOString()
            const input = {
              client: client.gid,
              kind: 'STRATEGY',
              rules: JSON.stringify(facts.rules),
              reason: 'agreed',
              effectiveFrom,
              expectedVersion: published,
            }
            done.add((await run(client, 'publishPolicy', input, '', manager)).__typename)
            published += 1
          }
          if ('rows' in facts) {
            await load(
              facts.rows.map(({ key: n, open, due, isDisputed, currency }) =>
                ledger(n, { openAmount: open, dueOn: day(due), isDisputed, currency }),
              ),
            )
            done.add('import')
          }
          if (!('key' in facts)) continue
          const item = await itemOf(facts.key)
          if (item === undefined) continue
          const row = { id: item.id, gid: encodeGlobalId({ typename: 'Invoice', ownerId: client.id, id: item.id }) }
          const part = (share: number) => ({
            amount: (Number((item.open_minor * BigInt(share)) / 4n) / 100).toFixed(2),
            currency: item.currency,
          })
          if (what === 'pay' && 'share' in facts) {
            // Recorded as money is: a receipt that a test wrote past the commands would be in no queue until the next day.
            const recorded = await run(
              client,
              'recordReceipt',
              {
                client: client.gid,
                customer: encodeGlobalId({ typename: 'Customer', ownerId: client.id, id: item.customer_id }),
                amount: { amount: '1000000.00', currency: item.currency },
                valueOn: day(0),
                reference: 'wire',
                idempotencyKey: aKey(),
              },
              'receipt { id }',
            )
            const receipt = recorded.receipt as { id: string }
            const input = {
              receipt: receipt.id,
              openItem: row.gid,
              amount: part(facts.share),
              expectedVersion: 1,
              idempotencyKey: aKey(),
            }
            done.add((await run(client, 'applyReceipt', input)).__typename)
          }
          if (what === 'promise' && 'inDays' in facts) {
            const promisedOn = new Date(now.getTime() + facts.inDays * dayMs).toISOString().slice(0, 10)
            const out = await run(
              client,
              'recordPromise',
              { openItem: row.gid, amount: part(facts.share), promisedOn },
              'promise { id version }',
            )
            done.add(out.__typename)
            if (out.promise !== undefined) promises.set(facts.key, out.promise as { id: string; version: number })
          }
          // One of those that stand: most others would have no promise to withdraw.
          const [promisedKey, promised] = [...promises][facts.key % promises.size] ?? []
          if (what === 'withdraw' && promised !== undefined) {
            const input = { promise: promised.id, expectedVersion: promised.version, reason: 'changed their mind' }
            done.add((await run(client, 'withdrawPromise', input)).__typename)
            promises.delete(promisedKey as number)
          }
        }
        await begin(client)
        await endMarks(client)
        const followed = await queueOf(client)
        await rebuild(client)
        expect(followed).toEqual(await queueOf(client))
      }),
      { numRuns: 15 },
    )
    // A series of refusals would prove nothing.
    for (const name of [
      'import',
      'ApplyReceiptPayload',
      'RecordPromisePayload',
      'WithdrawPromisePayload',
      'PublishPolicyPayload',
      'PinWorkPayload',
    ])
      expect(done).toContain(name)
  })
})

describe('a new day at the client', () => {
  it('begins at midnight in its own zone: what falls due then joins the queue', async () => {
    const client = await aClient({ timeZone: 'Pacific/Kiritimati' })
    const customer = await aCustomer(client)
    const item = await anItem(client, customer, { openMinor: 10_000n })
    // Fourteen hours ahead: ten in the morning UTC is midnight there, of the next day.
    await dueOn(client, item, day(3))
    now = at(2, 9.99)
    expect(await begin(client)).toEqual({ day: day(2), customers: 0, receipts: 0 })
    expect(await rowOf(client, customer)).toBeUndefined()
    now = at(2, 10.01)
    expect(await begin(client)).toEqual({ day: day(3), customers: 1, receipts: 0 })
    expect(await rowOf(client, customer)).toMatchObject({ is_queued: true, overdue_days: 0, scored_on: day(3) })
    expect(await toldOf(client)).toEqual([{ kind: 'ADDED', cause: 'day', customerId: customer.id }])
  })

  it('brings promises back that were not kept', async () => {
    const client = await aClient({ timeZone: 'America/Chicago' })
    const customer = await aCustomer(client)
    const item = await anItem(client, customer, { openMinor: 10_000n, daysOverdue: 10 })
    now = at(1)
    await begin(client)
    const promised = { openItem: item.gid, amount: { amount: '100.00', currency: 'USD' }, promisedOn: day(2) }
    expect(await run(client, 'recordPromise', promised)).toMatchObject({ __typename: 'RecordPromisePayload' })
    expect(await rowOf(client, customer)).toMatchObject({ is_queued: false })
    // The day of the promise itself is the customer's.
    now = at(2, 23)
    await begin(client)
    expect(await rowOf(client, customer)).toMatchObject({ is_queued: false })
    now = at(3, 5)
    expect(await begin(client)).toMatchObject({ day: day(2) })
    now = at(3, 7)
    expect(await begin(client)).toMatchObject({ day: day(3), customers: 1, receipts: 0 })
    expect(await rowOf(client, customer)).toMatchObject({
      is_queued: true,
      amounts: [{ toBeCollected: '10000' }],
      overdue_days: 13,
    })
    expect((await toldOf(client)).map(({ kind, cause }) => [kind, cause])).toEqual([
      ['ADDED', 'day'],
      ['REMOVED', 'promise'],
      ['ADDED', 'day'],
    ])
  })

  it('makes what is overdue more urgent', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    await anItem(client, customer, { openMinor: 100_000n, daysOverdue: 10 })
    await begin(client)
    const scores: number[] = []
    for (let days = 1; days <= 5; days += 1) {
      now = at(days * 10)
      await begin(client)
      const row = await rowOf(client, customer)
      expect(row?.overdue_days).toBe(10 + days * 10)
      scores.push(row?.score ?? 0)
    }
    expect(scores).toEqual(scores.toSorted((a, b) => a - b))
    expect(new Set(scores).size).toBe(5)
    expect((await toldOf(client)).map(({ kind }) => kind)).toEqual(['ADDED', ...Array(5).fill('MOVED')])
  })

  it('makes up for days on which no node ran', async () => {
    const client = await aClient()
    const [due, promising, coming] = [await aCustomer(client), await aCustomer(client), await aCustomer(client)]
    const items = [
      await anItem(client, due, { openMinor: 10_000n }),
      await anItem(client, promising, { openMinor: 10_000n, daysOverdue: 5 }),
      await anItem(client, coming, { openMinor: 10_000n }),
    ] as const
    await dueOn(client, items[0], day(3))
    await dueOn(client, items[2], day(9))
    await begin(client)
    await run(client, 'recordPromise', {
      openItem: items[1].gid,
      amount: { amount: '100.00', currency: 'USD' },
      promisedOn: day(2),
    })
    now = at(6)
    expect(await begin(client)).toEqual({ day: day(6), customers: 2, receipts: 0 })
    const followed = await queueOf(client)
    expect(followed.rows).toHaveLength(2)
    await rebuild(client)
    expect(await queueOf(client)).toEqual(followed)
  })

  it('a change that comes before anybody began the day is scored by that day', async () => {
    const client = await aClient()
    const [paying, other] = [await aCustomer(client), await aCustomer(client)]
    const item = await anItem(client, paying, { openMinor: 10_000n, daysOverdue: 5 })
    await anItem(client, other, { openMinor: 10_000n, daysOverdue: 5 })
    await begin(client)
    now = at(4)
    const receipt = await aReceipt(client, paying, 10_000n)
    const input = {
      receipt: receipt.gid,
      openItem: item.gid,
      amount: { amount: '40.00', currency: 'USD' },
      expectedVersion: 1,
      idempotencyKey: aKey(),
    }
    await run(client, 'applyReceipt', input)
    expect(await rowOf(client, paying)).toMatchObject({ overdue_days: 9, scored_on: day(4) })
    expect(await rowOf(client, other)).toMatchObject({ overdue_days: 5, scored_on: day(0) })
    await begin(client)
    expect(await rowOf(client, other)).toMatchObject({ overdue_days: 9, scored_on: day(4) })
    const followed = await queueOf(client)
    await rebuild(client)
    expect(await queueOf(client)).toEqual(followed)
  })
})

/** A client with some work, its day begun. */
const working = async () => {
  const client = await aClient()
  const customers = await Promise.all(Array.from({ length: 8 }, () => aCustomer(client)))
  await Promise.all(
    customers.map((customer, n) => anItem(client, customer, { openMinor: BigInt(1_000 * (n + 1)), daysOverdue: n })),
  )
  await begin(client)
  return { client, customers }
}
const everything = async (client: TestClient) => ({
  work: await asOwner('select * from work_item where client_id = $1 order by id', [client.id]),
  amounts: await asOwner('select * from work_amount where client_id = $1 order by 2, 3', [client.id]),
  day: await asOwner('select * from work_day where client_id = $1', [client.id]),
  told: await toldOf(client),
})

describe('a day that is begun', () => {
  it('twice changes nothing the second time', async () => {
    const { client } = await working()
    now = at(1)
    await begin(client)
    const before = await everything(client)
    now = at(1, 23)
    expect(await begin(client)).toEqual({ day: day(1), customers: 0, receipts: 0 })
    expect(await everything(client)).toEqual(before)
  })

  it('and an earlier one that a slow node begins behind it does not turn back', async () => {
    const { client } = await working()
    now = at(3)
    await begin(client)
    const before = await everything(client)
    now = at(2)
    await begin(client, node)
    expect(await everything(client)).toEqual(before)
  })

  it('by several nodes at once is told once', async () => {
    const { client, customers } = await working()
    const before = (await toldOf(client)).length
    now = at(1)
    await Promise.all([api, node, api, node].map((one) => begin(client, one)))
    const told = (await toldOf(client)).slice(before)
    expect(told.map(({ customerId }) => customerId).toSorted()).toEqual(customers.map(({ id }) => id).toSorted())
    expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['MOVED']))
    const followed = await queueOf(client)
    await rebuild(client)
    expect(await queueOf(client)).toEqual(followed)
  })

  it('that was broken off half-way is begun again as if it had not been', async () => {
    const { client } = await working()
    now = at(1)
    const before = await everything(client)
    const zone = { id: client.id, providerId: client.provider.id, timeZone: 'UTC' }
    const broken = inUnit(api.engine.database, { asker: { kind: 'SYSTEM', client: zone }, readOnly: false, now }, async (tx) => {
      await perform(tx, beginWorkDay, { clientId: client.id })
      throw new Error('the node went down')
    })
    await expect(broken).rejects.toThrow('the node went down')
    expect(await everything(client)).toEqual(before)
    expect(await begin(client)).toMatchObject({ customers: 8 })
  })

  it('is not for anybody to begin who is not the service itself', async () => {
    const { client } = await working()
    now = at(1)
    const before = await everything(client)
    for (const { subject } of [client.analyst, client.lead, client.provider.admin]) {
      const unit = { asker: { kind: 'TOKEN', subject, expiresAt: at(9) } as const, readOnly: false, now }
      const out = await inUnit(api.engine.database, unit, (tx) => perform(tx, beginWorkDay, { clientId: client.id }))
      expect(out).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await everything(client)).toEqual(before)
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { keepHouse } from '../../src/flows/keep-house.ts'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { beginWorkDay, rescoreWork } from '../../src/modules/worklist/index.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { auditsOf } from '../cash/world.ts'
import {
  aCustomer,
  anItem,
  aReceipt,
  ask,
  asOwner,
  beginDay,
  documents,
  grant,
  type Row,
  type TestClient,
} from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from './api-alone.ts'
import { managed, manyDebtors, publish, queue, rescore, type Shown, shownFields, versionsOf } from './strategy-world.ts'
import { importRows, promise } from './world.ts'

let api: ApiAlone
let node: ApiAlone
let now = new Date()
beforeAll(async () => {
  api = await startApiAlone({ clock: () => now })
  node = await startApiAlone({ clock: () => now })
})
afterAll(() => Promise.all([api.stop(), node.stop()]))

const dayMs = 86_400_000
const midnight = Math.floor(Date.now() / dayMs) * dayMs
const at = (days: number, hours: number) => new Date(midnight + days * dayMs + hours * 3_600_000)
const day = (days: number) => at(days, 0).toISOString().slice(0, 10)
beforeEach(() => {
  now = at(0, 23.9)
})

const begin = (client: TestClient) => {
  const zone = { id: client.id, providerId: client.provider.id, timeZone: 'UTC' }
  return inUnit(api.engine.database, { asker: { kind: 'SYSTEM', client: zone }, readOnly: false, now }, (tx) =>
    perform(tx, beginWorkDay, { clientId: client.id }),
  )
}

const debtor = async (client: TestClient, number: string, ...items: readonly Partial<Parameters<typeof anItem>[2]>[]) => {
  const customer = await aCustomer(client, { number })
  for (const facts of items) await anItem(client, customer, { openMinor: 100_000n, daysOverdue: 10, ...facts })
  return customer
}

const numbers = (rows: readonly Shown[]) => rows.map(({ customer }) => customer?.number)
const none = Object.fromEntries(['overdueDays', 'amount', 'paymentRisk'].map((name) => [name, { weight: 0 }]))

const rowOf = async (client: TestClient, { id }: Row): Promise<Shown> => {
  const [work] = await asOwner<{ id: string }>('select id from work_item where client_id = $1 and customer_id = $2', [
    client.id,
    id,
  ])
  const gid = encodeGlobalId({ typename: 'WorkItem', ownerId: client.id, id: work?.id ?? '' })
  const text = `query Row($id: ID!) { node(id: $id) { ... on WorkItem { ${shownFields} } } }`
  const { data, errors } = await ask<{ node: Shown }>(api.as(client.analyst), text, { id: gid }, api)
  if (data?.node === undefined || data.node === null) throw new Error(JSON.stringify(errors))
  return data.node
}

const resyncsOf = (client: TestClient) =>
  asOwner<{ name: string; cause: string; kind: string }>(
    `select name, payload ->> 'cause' as cause, payload ->> 'kind' as kind from event where client_id = $1 and area = 'work' order by id`,
    [client.id],
  )

describe('a client that published nothing', () => {
  it('is scored by the defaults, version 0', async () => {
    const { client } = await managed()
    await debtor(client, 'A', {})
    await beginDay(client)
    expect(await queue(client, api)).toMatchObject([
      {
        isQueued: true,
        leftOut: null,
        priority: {
          score: 224,
          strategyVersion: 0,
          factors: [
            { code: 'OVERDUE_DAYS', points: 44 },
            { code: 'AMOUNT', points: 80 },
            { code: 'PAYMENT_RISK', points: 100 },
          ],
        },
      },
    ])
  })
})

describe('a published strategy', () => {
  it('orders the queue by what it counts, with its own factors, the moment it is published', async () => {
    const world = await managed()
    const { client } = world
    await debtor(client, 'LATE', { daysOverdue: 80 })
    await debtor(client, 'MANY', {}, {}, {}, {}, { isDisputed: true })
    const broken = await debtor(client, 'BROKEN', {})
    const item = await anItem(client, broken, { openMinor: 5_000n, daysOverdue: 4 })
    await beginDay(client)
    expect(numbers(await queue(client, api))).toEqual(['LATE', 'MANY', 'BROKEN'])
    await promise(client, item, '20.00', day(0))
    now = at(1, 5)
    await begin(client)
    const factors = { ...none, brokenPromises: { weight: 600 }, itemCount: { weight: 300 }, disputedShare: { weight: 100 } }
    await publish(world, { collections: { factors } }, { api })
    const rows = await queue(client, api)
    expect(rows.map(({ customer, priority }) => [customer?.number, priority.score, priority.strategyVersion])).toEqual([
      ['BROKEN', 200 + 30 + 100, 1],
      ['MANY', 60 + 80, 1],
      ['LATE', 15 + 100, 1],
    ])
    expect(rows[1]?.priority.factors).toEqual([
      { code: 'BROKEN_PROMISES', points: 0 },
      { code: 'DISPUTED_SHARE', points: 80 },
      { code: 'ITEM_COUNT', points: 60 },
    ])
    expect(await resyncsOf(client)).toContainEqual({ name: 'work.changed', cause: 'strategy', kind: 'RESYNC' })
    expect(await versionsOf(client)).toEqual({ 1: 3 })
  })

  it('leaves out what it says, tells why, and takes it in again when it does not', async () => {
    const world = await managed()
    const { client } = world
    const small = await debtor(client, 'SMALL', { openMinor: 900n })
    const own = await debtor(client, 'OWN', {})
    const memo = await debtor(client, 'MEMO', { kind: 'DEBIT_MEMO' })
    await debtor(client, 'TAKEN', {}, { kind: 'DEBIT_MEMO' })
    await beginDay(client)
    const customersOut = [{ number: 'OWN', reason: 'worked by the client itself' }]
    await publish(world, { collections: { inclusion: { amountMin: 10, customersOut, itemKinds: ['INVOICE'] } } }, { api })
    expect(numbers(await queue(client, api))).toEqual(['TAKEN'])
    expect(await rowOf(client, small)).toMatchObject({
      isQueued: false,
      leftOut: '9 USD to be collected; the strategy takes 10 or more',
    })
    expect((await rowOf(client, own)).leftOut).toBe('customer OWN: worked by the client itself')
    expect((await rowOf(client, memo)).leftOut).toMatch(/^only items of kinds that are not asked for/)
    const [total] = await asOwner<{ minor: bigint }>(
      'select sum(to_be_collected_minor)::bigint as minor from work_amount where client_id = $1',
      [client.id],
    )
    expect(total?.minor).toBe(100_000n)
    await publish(world, {}, { api, expectedVersion: 1 })
    expect(numbers(await queue(client, api)).toSorted()).toEqual(['MEMO', 'OWN', 'SMALL', 'TAKEN'])
    expect(await rowOf(client, small)).toMatchObject({ isQueued: true, leftOut: null })
  })

  it('takes in who comes to be late enough, with the day on which they are', async () => {
    const world = await managed()
    const { client } = world
    await debtor(client, 'A', { daysOverdue: 3 })
    await beginDay(client)
    await publish(world, { collections: { inclusion: { overdueDaysMin: 5 } } }, { api })
    expect(await queue(client, api)).toEqual([])
    now = at(1, 1)
    await begin(client)
    expect(await queue(client, api)).toEqual([])
    now = at(2, 1)
    await begin(client)
    expect(numbers(await queue(client, api))).toEqual(['A'])
  })

  it('is for the queues of cash as well', async () => {
    const world = await managed()
    const { client } = world
    const customer = await aCustomer(client, { number: 'A' })
    await aReceipt(client, customer, 500_000n)
    await aReceipt(client, null, 50_000n)
    await beginDay(client)
    const kinds = { kinds: ['MISSING_REMITTANCE', 'UNIDENTIFIED_CASH'] }
    expect(await queue(client, api, kinds)).toHaveLength(2)
    const factors = { age: { weight: 0 }, chases: { weight: 0 }, amount: { weight: 1_000 } }
    await publish(world, { cash: { factors, inclusion: { amountMin: 1_000 } } }, { api })
    expect(await queue(client, api, kinds)).toMatchObject([
      { priority: { score: 311, strategyVersion: 1, factors: [{ code: 'AMOUNT', points: 311 }] } },
    ])
    expect(await asOwner('select left_out from work_item where client_id = $1 and left_out is not null', [client.id])).toEqual([
      { left_out: '500 USD undecided; the strategy takes 1000 or more' },
    ])
    expect(
      (await resyncsOf(client))
        .filter(({ cause }) => cause === 'strategy')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['missingRemittance.changed', 'unidentifiedCash.changed'])
  })

  it('follows who stands above a customer, and where it is, in the transaction that says so', async () => {
    const world = await managed()
    const { client } = world
    // Loads come through a node whose clock is the real one.
    now = new Date()
    await importRows(client, [{ customerNumber: 'CHILD', sourceKey: '1', amount: '100.00', dueOn: '2024-01-01' }])
    const factors = { ...none, hierarchy: { weight: 700 } }
    const countriesOut = [{ country: 'DE', reason: 'team in Berlin' }]
    await publish(world, { collections: { factors, inclusion: { countriesOut } } }, { api })
    const parent = await aCustomer(client)
    const [child] = await asOwner<{ id: string }>(`select id from customer where client_id = $1 and number = 'CHILD'`, [
      client.id,
    ])
    const gid = encodeGlobalId({ typename: 'Customer', ownerId: client.id, id: child?.id ?? '' })
    const text = `mutation Set($input: SetCustomerHierarchyInput!) { setCustomerHierarchy(input: $input) { __typename } }`
    const input = { customer: gid, parent: parent.gid, expectedVersion: 1 }
    expect(await ask(api.as(client.lead), text, { input }, api)).toMatchObject({
      data: { setCustomerHierarchy: { __typename: 'SetCustomerHierarchyPayload' } },
    })
    expect(await queue(client, api)).toMatchObject([{ customer: { number: 'CHILD' }, priority: { score: 700 } }])
    await importRows(client, [
      { customerNumber: 'CHILD', sourceKey: '1', amount: '100.00', dueOn: '2024-01-01', countryCode: 'DE' } as never,
    ])
    expect(await queue(client, api)).toEqual([])
    expect((await rowOf(client, { id: child?.id ?? '', gid })).leftOut).toBe('country DE: team in Berlin')
  })

  it('of a later instant takes hold with the day that begins behind it, and a day is worked by one', async () => {
    const world = await managed({ timeZone: 'America/Chicago' })
    const { client } = world
    const items = [await debtor(client, 'A', {}), await debtor(client, 'B', { daysOverdue: 30 })]
    now = at(1, 12)
    await begin(client)
    // Eight in the evening of the first day in Chicago: the second begins at five or six in the morning, UTC.
    const factors = { ...none, itemCount: { weight: 1_000 } }
    await publish(world, { collections: { factors } }, { api, effectiveFrom: at(2, 2) })
    expect(await versionsOf(client)).toEqual({ 0: 2 })
    now = at(2, 3)
    const extra = await anItem(client, items[0] as Row, { openMinor: 700n, daysOverdue: 1 })
    await ask(
      api.as(client.analyst),
      `mutation P($input: RecordPromiseInput!) { recordPromise(input: $input) { __typename ... on Refusal { message } } }`,
      { input: { openItem: extra.gid, amount: { amount: '1.00', currency: 'USD' }, promisedOn: day(9) } },
      api,
    )
    expect(await rescore(client, api)).toEqual({ version: 0, rows: 0, isDone: true })
    expect(await versionsOf(client)).toEqual({ 0: 2 })
    now = at(2, 7)
    await begin(client)
    expect(await versionsOf(client)).toEqual({ 1: 2 })
    expect((await queue(client, api)).map(({ customer, priority }) => [customer?.number, priority.score])).toEqual([
      ['A', 100],
      ['B', 50],
    ])
  })

  it('scores a portion where there are thousands; the rest follows by portions, and each row says where it is', async () => {
    const world = await managed()
    const { client } = world
    await manyDebtors(client, 2_100)
    const before = await queue(client, api, {}, 100)
    await publish(world, { collections: { factors: { ...none, amount: { weight: 1_000 } } } }, { api })
    expect(await versionsOf(client)).toEqual({ 0: 1_100, 1: 1_000 })
    const behind = async () => {
      const text = 'query S($code: String!) { client(code: $code) { strategy { version rowsBehind { value isCapped } } } }'
      const { data } = await ask<{ client: { strategy: object } }>(api.as(client.analyst), text, { code: client.code }, api)
      return data?.client.strategy
    }
    expect(await behind()).toEqual({ version: 1, rowsBehind: { value: 1_100, isCapped: false } })
    // The head of the queue was first.
    const scored = await asOwner<{ id: string }>('select id from work_item where client_id = $1 and strategy_version = 1', [
      client.id,
    ])
    const ids = new Set(scored.map(({ id }) => encodeGlobalId({ typename: 'WorkItem', ownerId: client.id, id })))
    expect(before.every(({ id }) => ids.has(id))).toBe(true)
    // Half-way it is a queue like any other: in order, nobody twice, each with its version.
    const mixed = await queue(client, api, {}, 100)
    expect(mixed.map(({ priority }) => priority.score)).toEqual(
      mixed.map(({ priority }) => priority.score).toSorted((a, b) => b - a),
    )
    const outcomes = await Promise.all([rescore(client, api), rescore(client, node)])
    expect(outcomes.map(({ version }) => version)).toEqual([1, 1])
    for (let out = await rescore(client, api); !out.isDone; out = await rescore(client, api));
    expect(await versionsOf(client)).toEqual({ 1: 2_100 })
    expect(await behind()).toEqual({ version: 1, rowsBehind: { value: 0, isCapped: false } })
    expect(await rescore(client, api)).toEqual({ version: 1, rows: 0, isDone: true })
    // What found nothing to do is not in the audit.
    const audits = (await auditsOf(client)).filter(({ command }) => command === 'worklist.rescoreWork')
    expect(audits.length).toBeLessThanOrEqual(4)
    expect((await resyncsOf(client)).filter(({ cause }) => cause === 'strategy').length).toBeLessThanOrEqual(4)
  })

  it('is brought to its end by housekeeping, whoever published it', async () => {
    now = new Date()
    const world = await managed()
    await manyDebtors(world.client, 1_300)
    await publish(world, { collections: { factors: { ...none, amount: { weight: 1_000 } } } }, { api })
    expect(await versionsOf(world.client)).toEqual({ 0: 300, 1: 1_000 })
    const house = keepHouse({
      database: node.engine.database,
      clock: systemClock,
      log: node.engine.log,
      documents,
    })
    await expect.poll(() => versionsOf(world.client), { timeout: 20_000 }).toEqual({ 1: 1_300 })
    await house.stop()
  })

  it('that is published while the queue is worked leaves no row behind that housekeeping does not find', async () => {
    now = new Date()
    const world = await managed()
    const { client } = world
    const items: Row[] = []
    for (let n = 0; n < 12; n += 1) {
      const customer = await aCustomer(client, { number: `R${n}` })
      items.push(await anItem(client, customer, { openMinor: 100_000n, daysOverdue: n }))
    }
    await beginDay(client)
    const strategy = { collections: { factors: { ...none, amount: { weight: 1_000 } } } }
    const text = `mutation P($input: RecordPromiseInput!) { recordPromise(input: $input) { __typename ... on Refusal { message } } }`
    const promiseTo = ({ gid }: Row, app: ApiAlone) => {
      const input = { openItem: gid, amount: { amount: '10.00', currency: 'USD' }, promisedOn: day(9) }
      return ask<{ recordPromise: { __typename: string } }>(app.as(client.analyst), text, { input }, app)
    }
    const [, ...promised] = await Promise.all([
      publish(world, strategy, { api }),
      ...items.map((item, n) => promiseTo(item, n % 2 === 0 ? api : node)),
    ])
    for (const { data } of promised) expect(data?.recordPromise.__typename).toBe('RecordPromisePayload')
    await rescore(client, api)
    expect(await versionsOf(client)).toEqual({ 1: 12 })
    // Nine hundred and ninety of a thousand: the first step gives a fifth of the weight.
    expect(new Set((await queue(client, api)).map(({ priority }) => priority.score))).toEqual(new Set([198]))
  })

  it('dry changes nothing', async () => {
    const { client, manager } = await managed()
    await debtor(client, 'A', {})
    await beginDay(client)
    const rows = () => asOwner('select * from work_item where client_id = $1', [client.id])
    const before = await rows()
    const text = `mutation Dry($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename ... on PublishPolicyPayload { policy { version } } } }`
    const input = {
      client: client.gid,
      kind: 'STRATEGY',
      rules: JSON.stringify({ collections: { factors: none } }),
      reason: 'to see',
      expectedVersion: 0,
      dryRun: true,
    }
    expect(await ask(api.as(manager), text, { input }, api)).toMatchObject({
      data: { publishPolicy: { policy: { version: 1 } } },
    })
    expect(await rows()).toEqual(before)
  })

  it('is not rescored by anybody but the service itself', async () => {
    const { client, manager } = await managed()
    for (const { subject } of [client.analyst, client.lead, manager, client.provider.admin]) {
      const unit = { asker: { kind: 'TOKEN', subject, expiresAt: at(9, 0) } as const, readOnly: false, now }
      const out = await inUnit(api.engine.database, unit, (tx) => perform(tx, rescoreWork, { clientId: client.id }))
      expect(out).toMatchObject({ code: 'NOT_FOUND' })
    }
  })
})

describe('Client.strategy', () => {
  const text = `query S($code: String!) { client(code: $code) { strategy { version since next { version effectiveFrom firstDay } rowsBehind { value } } } }`
  const told = async (client: TestClient, who = client.analyst) => {
    const { data, errors } = await ask<{ client: { strategy: unknown } | null }>(api.as(who), text, { code: client.code }, api)
    return errors?.[0]?.extensions?.code ?? data?.client?.strategy
  }

  it('says what holds, since when, and what comes', async () => {
    const world = await managed({ timeZone: 'Pacific/Kiritimati' })
    const { client } = world
    expect(await told(client)).toEqual({ version: 0, since: null, next: null, rowsBehind: { value: 0 } })
    now = at(1, 0)
    // Fourteen hours ahead: ten in the morning UTC is midnight there.
    await publish(world, {}, { api, effectiveFrom: at(4, 10) })
    await publish(world, {}, { api, expectedVersion: 1, effectiveFrom: at(3, 10.01) })
    const next = { version: 2, effectiveFrom: at(3, 10.01).toISOString(), firstDay: day(5) }
    expect(await told(client)).toMatchObject({ version: 0, next })
    await publish(world, {}, { api, expectedVersion: 2 })
    // What was published last holds over what was published before it, whenever that was meant to.
    expect(await told(client)).toMatchObject({ version: 3, since: at(1, 0).toISOString(), next: null })
    await publish(world, {}, { api, expectedVersion: 3, effectiveFrom: at(4, 10) })
    const exact = { version: 4, effectiveFrom: at(4, 10).toISOString(), firstDay: day(5) }
    expect(await told(client)).toMatchObject({ version: 3, next: exact })
    now = new Date(at(4, 10).getTime() - 1)
    expect(await told(client)).toMatchObject({ version: 3, next: exact })
    expect(await rescore(client, api)).toMatchObject({ version: 3 })
    now = at(4, 10)
    expect(await told(client)).toMatchObject({ version: 4, next: null })
    expect(await rescore(client, api)).toMatchObject({ version: 4 })
  })

  it('of many clients costs what that of one does', async () => {
    const one = await managed()
    const other = await managed({ provider: one.client.provider })
    await grant(other.client, one.client.analyst, 'ANALYST')
    await publish(one, {}, { api })
    const count = async (first: number) => {
      const statements: string[] = []
      api.engine.database.observe = (sent) => statements.push(sent)
      const list = `query L($first: Int!) { clients(first: $first) { edges { node { strategy { version rowsBehind { value } } } } } }`
      const { data } = await ask<{ clients: { edges: unknown[] } }>(api.as(one.client.analyst), list, { first }, api)
      api.engine.database.observe = undefined
      expect(data?.clients.edges).toHaveLength(first)
      return statements.filter((sent) => /policy_version|work_item/.test(sent)).length
    }
    expect([await count(1), await count(2)]).toEqual([2, 2])
  })

  it('is for whoever works the queue', async () => {
    const { client } = await managed()
    expect(await told(client, client.lead)).toMatchObject({ version: 0 })
    expect(await told(client, client.portal)).toBe('NOT_FOUND')
    expect(await told(client, client.stranger)).toBe('NOT_FOUND')
  })
})

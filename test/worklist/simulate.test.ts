import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { traces } from '../cash/world.ts'
import { aCustomer, anItem, ask, asOwner, beginDay, type Person, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from './api-alone.ts'
import { managed, publish, queue, type Shown } from './strategy-world.ts'
import { promise } from './world.ts'

let api: ApiAlone
let now = new Date()
beforeAll(async () => {
  api = await startApiAlone({ clock: () => now })
})
afterAll(() => api.stop())
beforeEach(() => {
  now = new Date()
})

type Place = {
  readonly customer: { readonly number: string }
  readonly rankBefore: number | null
  readonly rankAfter: number | null
  readonly scoreBefore: number | null
  readonly scoreAfter: number | null
  readonly leftOut: string | null
  readonly factors: readonly { readonly code: string; readonly points: number }[]
}
type Simulation = {
  readonly __typename: string
  readonly message?: string
  readonly problems?: readonly string[]
  readonly queuedBefore: number
  readonly queuedAfter: number
  readonly enters: number
  readonly leaves: number
  readonly moves: number
  readonly stays: number
  readonly top: readonly Place[]
  readonly left: readonly Place[]
}

const place = 'customer { number } rankBefore rankAfter scoreBefore scoreAfter leftOut factors { code points }'
const text = `query Simulate($client: ID!, $rules: String!, $first: Int!) { simulateStrategy(client: $client, rules: $rules, first: $first) {
  __typename ... on Refusal { code message path } ... on WrongRules { problems }
  ... on StrategySimulation { queuedBefore queuedAfter enters leaves moves stays top { ${place} } left { ${place} } } } }`

const askFor = (who: Person, client: Pick<TestClient, 'gid'>, rules: object | string, first = 100) =>
  ask<{ simulateStrategy: Simulation | null }>(
    api.as(who),
    text,
    { client: client.gid, rules: typeof rules === 'string' ? rules : JSON.stringify(rules), first },
    api,
  )
const simulated = async (who: Person, client: TestClient, rules: object | string, first?: number): Promise<Simulation> => {
  const { data, errors } = await askFor(who, client, rules, first)
  if (data?.simulateStrategy === undefined || data.simulateStrategy === null) throw new Error(JSON.stringify(errors))
  return data.simulateStrategy
}

const strategies = fc.record({
  collections: fc.record({
    factors: fc.record({
      paymentRisk: fc.constant({ weight: 0 }),
      overdueDays: fc.record({ weight: fc.constantFrom(0, 200) }),
      amount: fc.record({
        weight: fc.constantFrom(0, 100),
        steps: fc.constant([
          { at: 0, share: 0 },
          { at: 2_000, share: 100 },
        ]),
      }),
      brokenPromises: fc.record({ weight: fc.constantFrom(0, 150) }),
      disputedShare: fc.record({ weight: fc.constantFrom(0, 100) }),
      itemCount: fc.record({ weight: fc.constantFrom(0, 200) }),
      hierarchy: fc.record({ weight: fc.constantFrom(0, 50) }),
    }),
    inclusion: fc.record(
      {
        amountMin: fc.constantFrom(0, 500),
        overdueDaysMin: fc.constantFrom(0, 15),
        itemKinds: fc.constantFrom(['INVOICE'], ['DEBIT_MEMO'], ['INVOICE', 'DEBIT_MEMO']),
        customersOut: fc.constantFrom([], [{ number: 'C3', reason: 'own desk' }]),
      },
      { requiredKeys: [] },
    ),
  }),
})
/** Few values, so that scores are equal more often than not. */
const items = fc.array(
  fc.record({
    customer: fc.nat(9),
    openMinor: fc.constantFrom(20_000n, 100_000n, 150_000n),
    daysOverdue: fc.constantFrom(-5, 0, 10, 10, 30),
    isDisputed: fc.constantFrom(false, false, true),
    kind: fc.constantFrom('INVOICE' as const, 'INVOICE' as const, 'DEBIT_MEMO' as const, 'CREDIT_MEMO' as const),
    isPromised: fc.boolean(),
  }),
  { minLength: 10, maxLength: 30 },
)

describe('work that people marked', () => {
  it('stays where they put it: the rules in force, tried again, move nothing', async () => {
    const { client, manager } = await managed()
    for (const amount of [900_000n, 600_000n, 300_000n, 100_000n])
      await anItem(client, await aCustomer(client), { openMinor: amount, daysOverdue: 20 })
    await beginDay(client)
    const [first, , , last] = await queue(client, api)
    const until = new Date(now.getTime() + 3_600_000).toISOString()
    for (const [name, work] of [
      ['pinWork', last],
      ['snoozeWork', first],
    ] as const) {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
      const document = `mutation ($input: ${type}!) { out: ${name}(input: $input) { __typename } }`
      const input = { workItem: work?.id, until, reason: 'so' }
      const { data } = await ask<{ out: { __typename: string } }>(api.as(client.analyst), document, { input }, api)
      expect(data?.out.__typename).toMatch(/Payload$/)
    }
    const tried = await simulated(manager, client, {})
    expect(tried).toMatchObject({ queuedBefore: 3, queuedAfter: 3, enters: 0, leaves: 0, moves: 0, stays: 3 })
    expect(tried.top[0]?.factors.map(({ code }) => code)).toContain('PINNED')
  })
})

describe('simulateStrategy', () => {
  it('tells what publishing then gives, and writes nothing', async () => {
    const seen = { enters: 0, leaves: 0, moves: 0, stays: 0 }
    await fc.assert(
      fc.asyncProperty(items, strategies, strategies, async (some, first, second) => {
        const world = await managed()
        const { client, manager } = world
        const customers = []
        for (let n = 0; n < 10; n += 1) customers.push(await aCustomer(client, { number: `C${n}` }))
        const promised = []
        for (const { customer, isPromised, openMinor, ...facts } of some) {
          const sign = facts.kind === 'CREDIT_MEMO' ? -1n : 1n
          const item = await anItem(client, customers[customer] as never, { ...facts, openMinor: sign * openMinor })
          if (isPromised && sign > 0n && !facts.isDisputed) promised.push(item)
        }
        for (const item of promised) await promise(client, item, '50.00')
        await asOwner(`update promise_to_pay set promised_on = promised_on - 20 where client_id = $1 and id::text < '9'`, [
          client.id,
        ])
        await beginDay(client)
        now = new Date()
        await publish(world, first, { api })
        const before = await queue(client, api, {}, 100)
        const [traced, rows] = [await traces(client), await everyRow(client)]
        const { __typename, top, left, ...counts } = await simulated(manager, client, second)
        expect(__typename).toBe('StrategySimulation')
        expect([await traces(client), await everyRow(client)]).toEqual([traced, rows])

        now = new Date()
        await publish(world, second, { api, expectedVersion: 1 })
        const after = await queue(client, api, {}, 100)
        const places = (all: readonly Shown[]) =>
          new Map(all.map(({ customer, priority }, at) => [customer?.number, { rank: at + 1, score: priority.score }]))
        const [was, is] = [places(before), places(after)]
        expect(
          top.map(({ customer, rankBefore, rankAfter, scoreBefore, scoreAfter, factors }) => ({
            number: customer.number,
            rankBefore,
            rankAfter,
            scoreBefore,
            scoreAfter,
            factors,
          })),
        ).toEqual(
          after.map(({ customer, priority }, at) => ({
            number: customer?.number,
            rankBefore: was.get(customer?.number)?.rank ?? null,
            rankAfter: at + 1,
            scoreBefore: was.get(customer?.number)?.score ?? null,
            scoreAfter: priority.score,
            factors: priority.factors,
          })),
        )
        const gone = before.filter(({ customer }) => !is.has(customer?.number))
        expect(left.map(({ customer, rankBefore }) => [customer.number, rankBefore])).toEqual(
          gone.map(({ customer }) => [customer?.number, was.get(customer?.number)?.rank]),
        )
        for (const { leftOut, customer } of left) expect(leftOut).toBe(await leftOutOf(client, customer.number))
        const both = after.filter(({ customer }) => was.has(customer?.number))
        const stays = both.filter(({ customer }) => was.get(customer?.number)?.rank === is.get(customer?.number)?.rank).length
        const told = { enters: after.length - both.length, leaves: gone.length, moves: both.length - stays, stays }
        expect(counts).toEqual({ queuedBefore: before.length, queuedAfter: after.length, ...told })
        for (const name of ['enters', 'leaves', 'moves', 'stays'] as const) seen[name] += told[name]
      }),
      { numRuns: 12 },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
  })

  it('names every problem of rules that are none, and of text that is no JSON', async () => {
    const { client, manager } = await managed()
    const wrong = { collections: { factors: { amount: { weight: 'much' }, age: {} } }, cash: { inclusion: { amountMin: -1 } } }
    const { __typename, problems, message } = await simulated(manager, client, wrong)
    expect(__typename).toBe('WrongRules')
    expect(problems?.map((problem) => problem.split(':')[0])).toEqual([
      'collections.factors.amount.weight',
      'collections.factors',
      'cash.inclusion.amountMin',
    ])
    for (const problem of problems ?? []) expect(message).toContain(problem)
    expect((await simulated(manager, client, '{')).problems).toEqual(['rules are JSON of at most 50000 characters'])
    const { errors } = await askFor(manager, client, {}, 101)
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('shows as many as asked for', async () => {
    const { client, manager } = await managed()
    for (let n = 0; n < 5; n += 1) await anItem(client, await aCustomer(client), { openMinor: BigInt(n + 1) * 100_000n })
    await beginDay(client)
    const { top, left, ...counts } = await simulated(manager, client, { collections: { inclusion: { amountMin: 3_000 } } }, 2)
    expect([top.length, left.length]).toEqual([2, 2])
    expect(counts).toMatchObject({ queuedBefore: 5, queuedAfter: 3, leaves: 2, stays: 3 })
  })

  it('is for who may publish strategies of that client, and for nobody else', async () => {
    const { client, manager } = await managed()
    const elsewhere = await managed()
    for (const who of [client.analyst, client.lead, client.portal, client.integration, client.stranger]) {
      const { data, errors } = await askFor(who, client, {})
      expect(data?.simulateStrategy ?? null).toBeNull()
      expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    }
    expect(await simulated(elsewhere.manager, client, {})).toMatchObject({ __typename: 'NotFound' })
    // Nothing is said of rules before it is known whose they are.
    expect(await simulated(elsewhere.manager, client, '{')).toMatchObject({ __typename: 'NotFound' })
    expect(await simulated(manager, client, {})).toMatchObject({ __typename: 'StrategySimulation', queuedBefore: 0, top: [] })
  })
})

const everyRow = async (client: TestClient) => ({
  work: await asOwner('select * from work_item where client_id = $1 order by id', [client.id]),
  amounts: await asOwner('select * from work_amount where client_id = $1 order by 2, 3', [client.id]),
  versions: await asOwner('select * from policy_version where client_id = $1', [client.id]),
})

const leftOutOf = async (client: TestClient, number: string): Promise<string | null> => {
  const [row] = await asOwner<{ left_out: string | null }>(
    'select w.left_out from work_item w join customer c on c.client_id = w.client_id and c.id = w.customer_id where w.client_id = $1 and c.number = $2',
    [client.id, number],
  )
  return row?.left_out ?? null
}

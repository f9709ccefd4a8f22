import { describe, expect, it } from 'vitest'
import { gidOf, traces } from '../cash/world.ts'
import { aClient, aCustomer, anItem, type Row, rowsOf, type TestClient } from '../harness/index.ts'
import { aWorld, historyOf, promisesOf, toCollect, usd } from './world.ts'

const world = aWorld()
const { day, at, turnTo, beginDay, promise, pay } = world

const fields = `outcomes { index promise { id state amount { amount currency } } refusal { index code message path } }`

/** A customer with three items, of 100, 50 and 20. */
const owing = async () => {
  const client = await aClient()
  const customer = await aCustomer(client)
  const items = (await Promise.all(
    [10_000n, 5_000n, 2_000n].map((openMinor) => anItem(client, customer, { openMinor, daysOverdue: 30 })),
  )) as [Row, Row, Row]
  await beginDay(client)
  return { client, customer, items }
}

const inputFor = (customer: Row, rows: readonly (readonly [Row, string, string?])[], facts: object = {}) => ({
  customer: customer.gid,
  promises: rows.map(([item, amount, promisedOn]) => ({
    openItem: item.gid,
    amount: usd(amount),
    promisedOn: promisedOn ?? day(4),
  })),
  ...facts,
})

type Told = { readonly promise: { readonly id: string } | null; readonly refusal: object | null }
const record = async (who: TestClient['lead'], input: object) => {
  const out = await world.runAs(who, 'recordPromises', input, fields)
  return { ...out, outcomes: (out.outcomes ?? []) as readonly Told[] }
}

describe('recordPromises', () => {
  it('takes what one customer promises for several items, each with its outcome', async () => {
    const { client, customer, items } = await owing()
    const told = await record(
      client.analyst,
      inputFor(customer, [
        [items[0], '60.00'],
        [items[1], '50.01'],
        [items[2], '20.00', day(9)],
      ]),
    )
    expect(told.outcomes).toMatchObject([
      { index: 0, promise: { state: 'OPEN', amount: usd('60.00') }, refusal: null },
      { index: 1, promise: null, refusal: { index: 1, code: 'OVER_PROMISED', path: ['input', 'promises', '1', 'amount'] } },
      { index: 2, promise: { state: 'OPEN', amount: usd('20.00') }, refusal: null },
    ])
    expect(await promisesOf(client)).toHaveLength(2)
    expect(await historyOf(client)).toEqual(['OPEN RECORDED', 'OPEN RECORDED'])
    expect(await toCollect(client, customer)).toBe('9000')
    expect((await traces(client)).audit_entry?.at(-1)).toMatchObject({ command: 'promise.recordPromises' })
  })

  it('takes all or nothing where that is asked for', async () => {
    const { client, customer, items } = await owing()
    const before = await traces(client)
    const rows = [
      [items[0], '60.00'],
      [items[1], '50.01'],
    ] as const
    const refused = await world.runAs(client.analyst, 'recordPromises', inputFor(customer, rows, { allOrNothing: true }))
    expect(refused).toMatchObject({ __typename: 'PromisesRefused', code: 'PROMISES_REFUSED', path: ['input', 'promises'] })
    expect(await traces(client)).toEqual(before)
    const whole = inputFor(customer, [rows[0], [items[1], '50.00']], { allOrNothing: true })
    expect((await record(client.analyst, whole)).outcomes.every(({ promise: made }) => made !== null)).toBe(true)
    expect(await promisesOf(client)).toHaveLength(2)
  })

  it('supersedes only where that is asked for', async () => {
    const { client, customer, items } = await owing()
    await promise(client, items[0], '10.00', day(2))
    const rows = [
      [items[0], '60.00'],
      [items[1], '50.00'],
    ] as const
    expect((await record(client.analyst, inputFor(customer, rows))).outcomes).toMatchObject([
      { refusal: { code: 'ALREADY_PROMISED', path: ['input', 'promises', '0', 'openItem'] } },
      { refusal: null },
    ])
    expect((await record(client.analyst, inputFor(customer, rows, { supersede: true }))).outcomes).toMatchObject([
      { refusal: null },
      { refusal: null },
    ])
    expect((await promisesOf(client)).map(({ state, level }) => [state, level]).sort()).toEqual([
      ['OPEN', 2],
      ['OPEN', 2],
      ['SUPERSEDED', 1],
      ['SUPERSEDED', 1],
    ])
  })

  it('refuses items of other customers, of nobody, and the same twice', async () => {
    const { client, customer, items } = await owing()
    const elsewhere = await owing()
    const other = await anItem(client, await aCustomer(client), { openMinor: 900n })
    const nobody = { id: '', gid: gidOf(client, 'Invoice') }
    const told = await record(
      client.analyst,
      inputFor(customer, [
        [other, '1.00'],
        [nobody, '1.00'],
        [elsewhere.items[0], '1.00'],
        [items[0], '1.00'],
        [items[0], '2.00'],
      ]),
    )
    expect(told.outcomes.map(({ refusal }) => (refusal as { code?: string } | null)?.code ?? null)).toEqual([
      'NOT_FOUND',
      'NOT_FOUND',
      'NOT_FOUND',
      null,
      'INVALID_INPUT',
    ])
    expect(await promisesOf(client)).toMatchObject([{ amount_minor: 100n }])
    expect(await promisesOf(elsewhere.client)).toEqual([])
  })

  it.each([
    ['none', 0],
    ['more than a thousand', 1_001],
  ])('refuses %s', async (_case, count) => {
    const { client, customer, items } = await owing()
    const rows = Array.from({ length: count }, () => [items[0], '1.00'] as const)
    expect(await record(client.analyst, inputFor(customer, rows))).toMatchObject({ path: ['input', 'promises'] })
    expect(await promisesOf(client)).toEqual([])
  })

  it.each([
    ['the client’s own portal user', (client: TestClient) => client.portal],
    ['an integration, which talks to nobody', (client: TestClient) => client.integration],
    ['an analyst of another provider', (client: TestClient) => client.stranger],
  ])('finds nothing for %s', async (_case, who) => {
    const { client, customer, items } = await owing()
    const before = await traces(client)
    const out = await record(who(client), inputFor(customer, [[items[0], '1.00']]))
    expect(out).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' })
    expect(await traces(client)).toEqual(before)
  })

  it('of many at once lets one through for each item', async () => {
    const { client, customer, items } = await owing()
    const rows = [
      [items[0], '1.00'],
      [items[1], '1.00'],
    ] as const
    const told = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        record(client.analyst, inputFor(customer, n % 2 === 0 ? rows : rows.toReversed(), { allOrNothing: true })),
      ),
    )
    expect(told.map(({ __typename }) => __typename).sort()).toEqual([
      ...Array(5).fill('PromisesRefused'),
      'RecordPromisesPayload',
    ])
    expect(await rowsOf(client, 'promise_to_pay')).toHaveLength(2)
  })
})

describe('promises are found', () => {
  /** One kept, one kept in part, one broken, one withdrawn, one superseded and the open one behind it. */
  const judged = async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const other = await aCustomer(client)
    const items = await Promise.all(
      Array.from({ length: 5 }, () => anItem(client, customer, { openMinor: 10_000n, daysOverdue: 30 })),
    )
    const [kept, part, broken, back, again] = items as [Row, Row, Row, Row, Row]
    await beginDay(client)
    await promise(client, kept, '100.00', day(2))
    await promise(client, part, '80.00', day(2))
    await promise(client, broken, '40.00', day(3))
    const taken = await promise(client, back, '10.00', day(2))
    await promise(client, again, '10.00', day(3))
    await pay(client, customer, kept, '100.00', day(1))
    await pay(client, customer, part, '20.00', day(1))
    await world.run(client, 'withdrawPromise', { promise: taken.id, expectedVersion: 1, reason: 'recorded in error' })
    await promise(client, again, '30.00', day(9), { supersede: true })
    turnTo(at(4))
    await beginDay(client)
    return { client, customer, other, items, broken }
  }

  const figures = `query ($id: ID!, $from: Date!, $to: Date!) { client(id: $id) { promiseFigures(from: $from, to: $to) {
    kept partiallyKept broken keptRate weightedKeptRate open withdrawn superseded
    values { promised { amount currency } paid { amount currency } rate }
    excluded(first: 9) { edges { node { state amount { amount } } } } } } }`
  type Figures = { client: { promiseFigures: Record<string, unknown> | null } }

  it('by their figures: by count, by value, and with what was left out', async () => {
    const { client } = await judged()
    const { data } = await world.read<Figures>(client.lead, figures, { id: client.gid, from: day(2), to: day(9) })
    expect(data?.client.promiseFigures).toEqual({
      kept: 1,
      partiallyKept: 1,
      broken: 1,
      keptRate: 1 / 3,
      weightedKeptRate: (1 + 0.25) / 3,
      open: 1,
      withdrawn: 1,
      superseded: 1,
      values: [{ promised: usd('220.00'), paid: usd('120.00'), rate: 120 / 220 }],
      excluded: {
        edges: [
          { node: { state: 'WITHDRAWN', amount: { amount: '10.00' } } },
          { node: { state: 'SUPERSEDED', amount: { amount: '10.00' } } },
          { node: { state: 'OPEN', amount: { amount: '30.00' } } },
        ],
      },
    })
    const none = await world.read<Figures>(client.lead, figures, { id: client.gid, from: day(20), to: day(21) })
    expect(none.data?.client.promiseFigures).toMatchObject({ keptRate: null, weightedKeptRate: null, values: [] })
    const wrong = await world.read<Figures>(client.lead, figures, { id: client.gid, from: day(9), to: day(2) })
    expect(wrong.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  })

  it('by state and by customer, and the latest broken one at its customer', async () => {
    const { client, customer, other, broken } = await judged()
    const document = `query ($id: ID!, $state: PromiseState, $customer: ID, $who: ID!) {
      client(id: $id) { promises(first: 9, state: $state, customer: $customer) { edges { node { state } } } }
      node(id: $who) { ... on Customer { promises(first: 9) { edges { node { state } } }
        latestBrokenPromise { state deadlineOn openItem { id } level evaluatedAt } } } }`
    type Found = {
      client: { promises: { edges: { node: { state: string } }[] } }
      node: { promises: { edges: object[] }; latestBrokenPromise: object | null }
    }
    const find = async (variables: Record<string, unknown>) =>
      (await world.read<Found>(client.analyst, document, { id: client.gid, who: customer.gid, ...variables })).data
    const all = await find({ customer: customer.gid })
    expect(all?.client.promises.edges.map(({ node }) => node.state)).toEqual([
      'KEPT',
      'PARTIALLY_KEPT',
      'BROKEN',
      'WITHDRAWN',
      'SUPERSEDED',
      'OPEN',
    ])
    expect(all?.node.promises.edges).toEqual(all?.client.promises.edges)
    expect(all?.node.latestBrokenPromise).toEqual({
      state: 'BROKEN',
      deadlineOn: day(3),
      openItem: { id: broken.gid },
      level: 1,
      evaluatedAt: at(4).toISOString(),
    })
    expect((await find({ state: 'BROKEN' }))?.client.promises.edges).toEqual([{ node: { state: 'BROKEN' } }])
    const nothing = await find({ customer: other.gid, who: other.gid })
    expect(nothing).toEqual({ client: { promises: { edges: [] } }, node: { promises: { edges: [] }, latestBrokenPromise: null } })
  })

  it('by nobody who may not read the client’s work', async () => {
    const { client, customer } = await judged()
    const document = `query ($id: ID!, $from: Date!, $to: Date!, $who: ID!) { client(id: $id) { promiseFigures(from: $from, to: $to) { kept } }
      node(id: $who) { ... on Customer { promises(first: 1) { edges { cursor } } latestBrokenPromise { state } } } }`
    for (const who of [client.portal, client.stranger]) {
      const { data } = await world.read<Record<string, Record<string, unknown> | null>>(who, document, {
        ...{ id: client.gid, who: customer.gid, from: day(2), to: day(9) },
      })
      expect(data?.client?.promiseFigures ?? null).toBeNull()
      expect(data?.node ?? null).toBeNull()
    }
  })
})

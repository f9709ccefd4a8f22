import { randomUUID } from 'node:crypto'
import { type GraphQLInterfaceType, type GraphQLOutputType, getNamedType, isLeafType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { limits } from '../../src/platform/limits.ts'
import { schema } from '../../src/schema.ts'
import {
  aClient,
  aCustomer,
  anItem,
  aReceipt,
  ask,
  asOwner,
  beginDay,
  grant,
  type Row,
  type TestClient,
} from '../harness/index.ts'
import { aKey, debtors, importRows, promise } from './world.ts'

type Money = { readonly amount: string; readonly currency: string }
type Amounts = { readonly open: Money; readonly overdue: Money; readonly toBeCollected: Money }
type Work = {
  readonly id: string
  readonly isQueued: boolean
  readonly overdueDays: number
  readonly itemCount: number
  readonly client: { readonly code: string }
  readonly customer: { readonly id: string }
  readonly priority: { readonly score: number; readonly factors: readonly { code: string; points: number; weight: number }[] }
  readonly amounts: readonly Amounts[]
  readonly items: readonly { readonly id: string }[]
}
type Queue = {
  readonly edges: readonly { readonly cursor: string; readonly node: Work }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string | null }
  readonly totalCount: { readonly value: number; readonly isCapped: boolean }
  readonly totalAmount: readonly Amounts[]
  readonly dataAsOf: string | null
}
type Asked = { clients?: readonly string[] | null; filter?: object; first?: number; after?: string | null }

const money = '{ amount currency }'
const amounts = `{ open ${money} overdue ${money} toBeCollected ${money} }`
const work = `id isQueued overdueDays itemCount client { code } customer { id } amounts ${amounts} items(first: 5) { id }
  priority { score factors { code points weight } }`
const selection = `{ edges { cursor node { ${work} } } pageInfo { hasNextPage hasPreviousPage endCursor }
  totalCount { value isCapped } totalAmount ${amounts} dataAsOf }`

const tryQueue = (who: { subject: string }, { first = 100, ...rest }: Asked) =>
  ask<{ worklist: Queue | null }>(
    who,
    `query Queue($clients: [ID!], $filter: WorklistFilter, $first: Int!, $after: String) {
       worklist(clients: $clients, filter: $filter, first: $first, after: $after) ${selection} }`,
    { first, ...rest },
  )
const queueOf = async (client: TestClient, asked: Asked = {}): Promise<Queue> => {
  const { data, errors } = await tryQueue(client.analyst, { clients: [client.gid], ...asked })
  if (data?.worklist === undefined || data.worklist === null) throw new Error(JSON.stringify(errors))
  return data.worklist
}
const rowFor = async (client: TestClient, customer: Row): Promise<Work | undefined> =>
  (await queueOf(client)).edges.find(({ node }) => node.customer.id === customer.gid)?.node

const usd = (open: string, overdue: string, toBeCollected: string) => ({
  open: { amount: open, currency: 'USD' },
  overdue: { amount: overdue, currency: 'USD' },
  toBeCollected: { amount: toBeCollected, currency: 'USD' },
})

/** What every row and every total must be, counted from the documents alone, by another statement than the service's. */
const counted = (client: TestClient) =>
  asOwner<{ customer_id: string; currency: string; open: bigint; overdue: bigint; collect: bigint }>(
    `with item as (
       select o.customer_id, o.currency, o.open_minor,
         o.kind in ('INVOICE', 'DEBIT_MEMO') and o.due_on < (now() at time zone c.time_zone)::date as is_overdue,
         o.kind in ('INVOICE', 'DEBIT_MEMO') and not o.is_disputed and o.due_on <= (now() at time zone c.time_zone)::date as is_due,
         coalesce((select sum(p.amount_minor) from promise_to_pay p where p.client_id = o.client_id and p.open_item_id = o.id
           and p.state = 'OPEN' and p.promised_on >= (now() at time zone c.time_zone)::date), 0)::bigint as promised
       from open_item o join client c on c.id = o.client_id where o.client_id = $1 and o.open_minor <> 0)
     select customer_id, currency, sum(open_minor)::bigint as open, sum(case when is_overdue then open_minor else 0 end)::bigint as overdue,
       sum(case when is_due and open_minor > promised then open_minor - promised else 0 end)::bigint as collect
     from item i where exists (select 1 from item d where d.customer_id = i.customer_id and d.is_due and d.open_minor > d.promised)
     group by 1, 2 order by 2, 1`,
    [client.id],
  )

describe('who is in the queue', () => {
  it.each<[string, (client: TestClient, customer: Row) => Promise<unknown>, ReturnType<typeof usd> | null, object?]>([
    [
      'an overdue invoice',
      (c, d) => anItem(c, d, { openMinor: 10_000n, daysOverdue: 1 }),
      usd('100.00', '100.00', '100.00'),
      { overdueDays: 1 },
    ],
    [
      'an invoice due today',
      (c, d) => anItem(c, d, { openMinor: 10_000n, daysOverdue: 0 }),
      usd('100.00', '0.00', '100.00'),
      { overdueDays: 0 },
    ],
    ['an invoice due tomorrow', (c, d) => anItem(c, d, { openMinor: 10_000n, daysOverdue: -1 }), null],
    ['a disputed invoice', (c, d) => anItem(c, d, { openMinor: 10_000n, isDisputed: true }), null],
    ['a credit memo', (c, d) => anItem(c, d, { openMinor: -10_000n, kind: 'CREDIT_MEMO' }), null],
    ['a settled invoice', (c, d) => anItem(c, d, { openMinor: 10_000n, settledDaysLate: 3 }), null],
    [
      'an overdue debit memo',
      (c, d) => anItem(c, d, { openMinor: 10_000n, kind: 'DEBIT_MEMO' }),
      usd('100.00', '100.00', '100.00'),
    ],
    ['nothing at all', async () => {}, null],
    [
      'a credit memo beside an overdue invoice',
      async (c, d) => {
        await anItem(c, d, { openMinor: 10_000n })
        await anItem(c, d, { openMinor: -15_000n, kind: 'CREDIT_MEMO' })
      },
      usd('-50.00', '100.00', '100.00'),
      { itemCount: 1 },
    ],
    [
      'a disputed and a coming invoice beside an overdue one',
      async (c, d) => {
        await anItem(c, d, { openMinor: 10_000n, daysOverdue: 4 })
        await anItem(c, d, { openMinor: 2_000n, daysOverdue: 90, isDisputed: true })
        await anItem(c, d, { openMinor: 300n, daysOverdue: -4 })
      },
      usd('123.00', '120.00', '100.00'),
      { itemCount: 1, overdueDays: 4 },
    ],
  ])('who owes %s', async (_case, arrange, told, facts = {}) => {
    const client = await aClient()
    const customer = await aCustomer(client)
    await arrange(client, customer)
    await beginDay(client)
    const row = await rowFor(client, customer)
    if (told === null) expect(row).toBeUndefined()
    else expect(row).toMatchObject({ isQueued: true, client: { code: client.code }, amounts: [told], ...facts })
  })

  it.each([
    ['all of it is promised', '100.00', null],
    ['a part of it is promised', '60.00', usd('100.00', '100.00', '40.00')],
  ])('when %s', async (_case, promised, told) => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const item = await anItem(client, customer, { openMinor: 10_000n })
    await beginDay(client)
    expect(await promise(client, item, promised)).toMatchObject({ __typename: 'RecordPromisePayload' })
    const row = await rowFor(client, customer)
    expect(row?.amounts ?? null).toEqual(told === null ? null : [told])
  })

  it('amounts stand apart by currency, each exact in its own digits', async () => {
    const client = await aClient({ planningRates: { JPY: '0.0066' } })
    const customer = await aCustomer(client)
    for (const [currency, openMinor] of [
      ['JPY', 12_345n],
      ['KWD', 12_345n],
      ['USD', 12_345n],
      ['USD', 1n],
    ] as const) {
      await anItem(client, customer, { openMinor, currency })
    }
    await beginDay(client)
    const { edges, totalAmount } = await queueOf(client)
    const told = edges[0]?.node.amounts.map(({ toBeCollected }) => toBeCollected)
    expect(told).toEqual([
      { amount: '12345', currency: 'JPY' },
      { amount: '12.345', currency: 'KWD' },
      { amount: '123.46', currency: 'USD' },
    ])
    expect(totalAmount.map(({ toBeCollected }) => toBeCollected)).toEqual(told)
  })
})

/** Thirty customers of all kinds. */
const mixed = async () => {
  const client = await aClient()
  const customers: Row[] = []
  for (let n = 0; n < 30; n += 1) {
    const customer = await aCustomer(client)
    customers.push(customer)
    await anItem(client, customer, { openMinor: BigInt(100 + n * n * 5_000), daysOverdue: (n * 7) % 45 })
    if (n % 3 === 0) await anItem(client, customer, { openMinor: 700n, daysOverdue: n, isDisputed: true })
    if (n % 4 === 0) await anItem(client, customer, { openMinor: -900n, kind: 'CREDIT_MEMO' })
    if (n % 5 === 0) await anItem(client, customer, { openMinor: 4_400n, currency: 'EUR', daysOverdue: n - 10 })
    if (n % 6 === 0) await anItem(client, customer, { openMinor: 0n, originalMinor: 5_000n, settledDaysLate: n, daysOverdue: 60 })
  }
  await beginDay(client)
  return { client, customers }
}

describe('amounts that nobody owes', () => {
  it.each([
    ['of one item', ['90000000000000000.00'], '2020-01-01'],
    ['that two items add up to', ['90000000000000000.00', '90000000000000000.00'], '2099-01-01'],
    ['but an item may have, for years', ['100000000000000.00'], '2020-01-01'],
    ['but nine hundred items may have', Array<string>(900).fill('100000000000000.00'), '2020-01-01'],
  ])('%s are answered with a payload or a refusal, and never break the queue', async (_case, told, dueOn) => {
    const client = await aClient()
    await debtors(client)
    const rows = told.map((amount, n) => ({ customerNumber: 'N1', sourceKey: `D${n}`, amount, dueOn }))
    // Whether the ledger or the queue draws the line is theirs to say; a fault is neither.
    const answer = await importRows(client, rows).catch((refused: Error) => refused.message)
    expect(JSON.stringify(answer)).not.toContain('INTERNAL')
    expect((await queueOf(client)).edges.length).toBeGreaterThan(0)
  })
})

describe('the queue as a whole', () => {
  it('agrees with the documents, row by row and in total', async () => {
    const { client, customers } = await mixed()
    const [item] = await asOwner<{ id: string }>(
      `select id from open_item where client_id = $1 and customer_id = $2 and kind = 'INVOICE' and open_minor > 500 order by id limit 1`,
      [client.id, customers[7]?.id],
    )
    const id = item?.id ?? ''
    await promise(client, { id, gid: encodeGlobalId({ typename: 'Invoice', ownerId: client.id, id }) }, '5.00')
    const queue = await queueOf(client)
    const rows = await counted(client)
    const amount = (minor: bigint) => (Number(minor) / 100).toFixed(2)
    const toldRows = queue.edges.flatMap(({ node }) =>
      node.amounts.map(({ open, overdue, toBeCollected }) =>
        [node.customer.id, open.currency, open.amount, overdue.amount, toBeCollected.amount].join(),
      ),
    )
    const expected = rows.map((row) => {
      const gid = customers.find((customer) => customer.id === row.customer_id)?.gid
      return [gid, row.currency, amount(row.open), amount(row.overdue), amount(row.collect)].join()
    })
    expect(toldRows.toSorted()).toEqual(expected.toSorted())
    const totals = ['EUR', 'USD'].map((currency) => {
      const of = rows.filter((row) => row.currency === currency)
      const sum = (name: 'open' | 'overdue' | 'collect') => ({
        amount: amount(of.reduce((all, row) => all + row[name], 0n)),
        currency,
      })
      return { open: sum('open'), overdue: sum('overdue'), toBeCollected: sum('collect') }
    })
    expect(queue.totalAmount).toEqual(totals)
    expect(queue.totalCount).toEqual({ value: new Set(rows.map(({ customer_id }) => customer_id)).size, isCapped: false })
  })

  it('is in the order of scores, whose factors add up', async () => {
    const { client } = await mixed()
    const { edges } = await queueOf(client)
    const keys = edges.map(({ node }) => ({ score: node.priority.score, id: node.id }))
    expect(edges.length).toBeGreaterThan(25)
    expect(new Set(keys.map(({ score }) => score)).size).toBeGreaterThan(5)
    expect(keys.map(({ score }) => score)).toEqual(keys.map(({ score }) => score).toSorted((a, b) => b - a))
    for (const { node } of edges) {
      const { score, factors } = node.priority
      expect(factors.reduce((sum, { points }) => sum + points, 0)).toBe(score)
      expect(factors.map(({ code }) => code)).toEqual(['OVERDUE_DAYS', 'AMOUNT', 'PAYMENT_RISK'])
      for (const { points, weight } of factors) expect(points >= 0 && points <= weight).toBe(true)
    }
  })

  it('has one row of each customer, also where two of the viewer’s clients owe at once', async () => {
    const { client } = await mixed()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    await debtors(other, 3)
    const [here, there, both, all] = [
      await queueOf(client),
      await queueOf(other, {}).catch(() => null),
      await queueOf(client, { clients: [client.gid, other.gid, client.gid] }),
      await queueOf(client, { clients: null }),
    ]
    expect(there?.edges.length ?? 3).toBe(3)
    expect(both).toEqual(all)
    expect(both.totalCount.value).toBe(here.totalCount.value + 3)
    const scores = both.edges.map(({ node }) => node.priority.score)
    expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    expect(new Set(both.edges.map(({ node }) => node.client.code))).toEqual(new Set([client.code, other.code]))
  })
})

describe('pages of the queue', () => {
  it.each([1, 3, 7, 29, 100])('of %i rows make the whole queue', async (first) => {
    const { client } = await mixed()
    const whole = (await queueOf(client)).edges.map(({ node }) => node.id)
    const walked: string[] = []
    for (let after: string | null = null; ; ) {
      const { edges, pageInfo }: Queue = await queueOf(client, { first, after })
      expect(pageInfo.hasPreviousPage).toBe(after !== null)
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null)
      walked.push(...edges.map(({ node }) => node.id))
      if (!pageInfo.hasNextPage) break
      after = pageInfo.endCursor
    }
    expect(walked).toEqual(whole)
  })

  it('neither skip nor repeat a row that nobody touched, while others come, go and move', async () => {
    const client = await aClient()
    const { customers, pay } = await debtors(client, 24, 200_000n)
    const touched = new Set<string>()
    const walked: string[] = []
    let at = 0
    for (let after: string | null = null; ; at += 1) {
      const { edges, pageInfo }: Queue = await queueOf(client, { first: 3, after })
      walked.push(...edges.map(({ node }) => node.customer.id))
      if (!pageInfo.hasNextPage) break
      after = pageInfo.endCursor
      // One is paid off, one moves down, one comes in at the top.
      if (at < 6) {
        await pay(at * 3, `${2000 + at * 3}.00`)
        await pay(at * 3 + 1, '1500.00')
        for (const n of [at * 3, at * 3 + 1]) touched.add(customers[n]?.gid ?? '')
        await importRows(client, [{ customerNumber: `N${at}`, sourceKey: `D${at}`, amount: '900000.00', dueOn: '2020-01-01' }])
      }
    }
    const untouched = customers.map(({ gid }) => gid).filter((gid) => !touched.has(gid))
    expect(untouched).toHaveLength(12)
    expect(walked.filter((gid) => untouched.includes(gid)).toSorted()).toEqual(untouched.toSorted())
  })

  it.each([
    ['more than a hundred rows', { first: 101 }],
    ['no rows', { first: 0 }],
    ['less than none', { first: -1 }],
    ['behind junk', { after: 'nonsense' }],
    ['behind a forged score', { after: Buffer.from(JSON.stringify(['worklist', 'many', randomUUID()])).toString('base64url') }],
    [
      'behind a forged id',
      { after: Buffer.from(JSON.stringify(['worklist', 7, "'; drop table work_item"])).toString('base64url') },
    ],
    [
      'behind a score beyond the database',
      { after: Buffer.from(JSON.stringify(['worklist', 2 ** 40, randomUUID()])).toString('base64url') },
    ],
    [
      'behind a cursor of another list',
      { after: Buffer.from(JSON.stringify(['customers', 7, randomUUID()])).toString('base64url') },
    ],
  ])('of %s are bad input', async (_case, asked) => {
    const client = await aClient()
    const answer = await tryQueue(client.analyst, { clients: [client.gid], ...asked })
    expect(answer).toMatchObject({ data: { worklist: null }, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })
})

describe('a filter', () => {
  it('by each field narrows rows, count and total alike', async () => {
    const { client, customers } = await mixed()
    const whole = (await queueOf(client)).edges.map(({ node }) => node)
    const score = whole[10]?.priority.score ?? 0
    const wanted = customers.find(({ gid }) => whole.some(({ customer }) => customer.id === gid))
    const cases: [object, (row: Work) => boolean][] = [
      [{ minScore: score }, (row) => row.priority.score >= score],
      [{ minOverdueDays: 14 }, (row) => row.overdueDays >= 14],
      [
        { currency: 'EUR' },
        (row) => row.amounts.some(({ toBeCollected: { amount, currency } }) => currency === 'EUR' && amount !== '0.00'),
      ],
      [{ currency: 'CHF' }, () => false],
      [{ customer: wanted?.gid }, (row) => row.customer.id === wanted?.gid],
      [{ minScore: score, minOverdueDays: 14, currency: 'USD' }, (row) => row.priority.score >= score && row.overdueDays >= 14],
      [{}, () => true],
      [{ minScore: null, customer: null }, () => true],
    ]
    for (const [filter, holds] of cases) {
      const expected = whole.filter(holds)
      const { edges, totalCount, totalAmount } = await queueOf(client, { filter })
      expect(
        edges.map(({ node }) => node),
        JSON.stringify(filter),
      ).toEqual(expected)
      expect(totalCount).toEqual({ value: expected.length, isCapped: false })
      const sum = (currency: string) =>
        expected
          .flatMap((row) => row.amounts)
          .filter(({ open }) => open.currency === currency)
          .reduce((all, { toBeCollected }) => all + Number(toBeCollected.amount), 0)
      for (const { toBeCollected } of totalAmount)
        expect(Number(toBeCollected.amount)).toBeCloseTo(sum(toBeCollected.currency), 2)
      expect(totalAmount.length).toBe(
        new Set(expected.flatMap(({ amounts: list }) => list.map(({ open }) => open.currency))).size,
      )
    }
  })

  it('by a customer of somebody else finds nobody, as with a random one', async () => {
    const { client } = await mixed()
    const foreign = await aClient()
    const { customers } = await debtors(foreign)
    const theirs = await queueOf(client, { filter: { customer: customers[0]?.gid } })
    expect(theirs.edges).toEqual([])
    const random = encodeGlobalId({ typename: 'Customer', ownerId: client.id, id: randomUUID() })
    expect(await queueOf(client, { filter: { customer: random } })).toEqual(theirs)
    expect(await queueOf(client, { filter: { customer: 'nonsense' } })).toEqual(theirs)
  })

  it('keeps its pages together', async () => {
    const { client } = await mixed()
    const filter = { minOverdueDays: 10 }
    const whole = (await queueOf(client, { filter })).edges.map(({ node }) => node.id)
    const first = await queueOf(client, { filter, first: 4 })
    const second = await queueOf(client, { filter, first: 100, after: first.pageInfo.endCursor })
    expect([...first.edges, ...second.edges].map(({ node }) => node.id)).toEqual(whole)
  })
})

describe('how many there are', () => {
  it('is counted up to the limit, and said to be more beyond it', async () => {
    const client = await aClient()
    const { customers } = await debtors(client, 1)
    const add = (count: number) =>
      asOwner(
        `with debtor as (insert into customer (client_id, id, number, name, created_at)
           select $1, gen_random_uuid(), gen_random_uuid()::text, 'many', now() from generate_series(1, $2::int) returning id)
         insert into work_item (client_id, id, kind, customer_id, is_queued, score, strategy_version, factors, amounts, overdue_days, item_count,
           scored_on, queued_at, updated_at)
         select $1, gen_random_uuid(), 'COLLECTION', id, true, 1, 1, '[]', '[]', 1, 1, current_date, now(), now() from debtor`,
        [client.id, count],
      )
    const countOf = async () => (await queueOf(client, { first: 1 })).totalCount
    await add(limits.page.count - 1)
    expect(await countOf()).toEqual({ value: limits.page.count, isCapped: false })
    await add(1)
    expect(await countOf()).toEqual({ value: limits.page.count, isCapped: true })
    expect((await queueOf(client, { filter: { customer: customers[0]?.gid } })).totalCount).toEqual({ value: 1, isCapped: false })
  })
})

describe('how fresh the queue is', () => {
  const loaded = (client: TestClient, at: string, state = 'APPLIED') =>
    asOwner(
      `insert into import_batch (client_id, id, profile, profile_version, source_name, content_hash, state, allow_partial, data_as_of, principal_id,
         started_at, finished_at)
       values ($1, gen_random_uuid(), 'test', 1, 'x', decode(repeat('00', 32), 'hex'), $3, false, $2, gen_random_uuid(), now(), now())`,
      [client.id, at, state],
    )
  it('is said by the oldest of its clients, and not at all while one was never loaded', async () => {
    const client = await aClient()
    const [second, third] = [await aClient({ provider: client.provider }), await aClient({ provider: client.provider })]
    await asOwner('delete from import_batch where client_id = any ($1::uuid[])', [[client.id, second.id, third.id]])
    for (const other of [second, third]) await grant(other, client.analyst, 'ANALYST')
    await loaded(client, '2026-03-01T10:00:00Z')
    await loaded(client, '2026-03-03T10:00:00Z')
    await loaded(client, '2026-03-09T10:00:00Z', 'REFUSED')
    await loaded(second, '2026-03-02T10:00:00Z')
    const of = async (clients: TestClient[] | null) =>
      (await queueOf(client, { clients: clients?.map(({ gid }) => gid) ?? null })).dataAsOf
    expect(await of([client])).toBe('2026-03-03T10:00:00.000Z')
    expect(await of([client, second])).toBe('2026-03-02T10:00:00.000Z')
    expect(await of([client, third])).toBeNull()
    expect(await of(null)).toBeNull()
  })
})

describe('who may see the queue', () => {
  it('a foreign client is answered as one that does not exist, alone and among one’s own', async () => {
    const client = await aClient()
    const foreign = await aClient()
    await debtors(foreign)
    await debtors(client)
    const nowhere = randomUUID()
    const random = encodeGlobalId({ typename: 'Client', ownerId: nowhere, id: nowhere })
    const answer = await tryQueue(client.analyst, { clients: [random] })
    expect(answer).toMatchObject({ data: { worklist: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
    for (const clients of [
      [foreign.gid],
      [client.gid, foreign.gid],
      ['nonsense'],
      [encodeGlobalId({ typename: 'Client', ownerId: client.id, id: foreign.id })],
    ]) {
      expect(await tryQueue(client.analyst, { clients })).toEqual(answer)
    }
  })

  it('a portal user, a stranger and an integration have no queue', async () => {
    const client = await aClient()
    await debtors(client)
    for (const who of [client.portal, client.stranger, client.integration]) {
      for (const clients of [null, [client.gid]]) {
        expect(await tryQueue(who, { clients })).toMatchObject({
          data: { worklist: null },
          errors: [{ extensions: { code: 'NOT_FOUND' } }],
        })
      }
    }
  })

  it('whoever only observes a client sees nothing of its work beside that of their own', async () => {
    const client = await aClient()
    const observed = await aClient({ provider: client.provider })
    await grant(observed, client.analyst, 'OBSERVER')
    await debtors(client, 1)
    await debtors(observed, 2)
    const all = await queueOf(client, { clients: null })
    expect(all.edges.map(({ node }) => node.client.code)).toEqual([client.code])
    expect(all.totalCount.value).toBe(1)
    expect(await tryQueue(client.analyst, { clients: [observed.gid] })).toMatchObject({
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    })
    const { data, errors } = await ask<{ client: { worklist: Queue | null } }>(
      client.analyst,
      `query Of($id: ID!) { client(id: $id) { worklist(first: 5) ${selection} } }`,
      { id: observed.gid },
    )
    expect({ data, errors }).toMatchObject({
      data: { client: { worklist: null } },
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    })
  })
})

describe('the same rows elsewhere', () => {
  it('Client.worklist is the queue of that client', async () => {
    const { client } = await mixed()
    const { data } = await ask<{ client: { worklist: Queue } }>(
      client.analyst,
      `query Of($code: String!, $filter: WorklistFilter) { client(code: $code) { worklist(first: 100, filter: $filter) ${selection} } }`,
      { code: client.code, filter: { minOverdueDays: 5 } },
    )
    expect(data?.client.worklist).toEqual(await queueOf(client, { filter: { minOverdueDays: 5 } }))
  })

  const nodeOf = async (who: { subject: string }, id: string) =>
    ask<{ node: Work | null }>(who, `query Node($id: ID!) { node(id: $id) { ... on WorkItem { ${work} } } }`, { id })

  it('node reads one row by its id, for those alone who may see it', async () => {
    const { client } = await mixed()
    const [edge] = (await queueOf(client)).edges
    const id = edge?.node.id ?? ''
    expect((await nodeOf(client.analyst, id)).data?.node).toEqual(edge?.node)
    for (const who of [client.stranger, client.portal, client.integration]) {
      expect(await nodeOf(who, id)).toMatchObject({ data: { node: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
    }
  })

  const subfields = (type: GraphQLOutputType): string => {
    const named = getNamedType(type)
    if (isLeafType(named)) return ''
    if (named.name.endsWith('Connection')) return '(first: 5) { edges { node { id } } }'
    if (named.name === 'ItemStage') return ' { level next { code } }'
    return named.name === 'Money' ? ' { amount currency }' : ' { id }'
  }
  const itemFields = Object.values((schema.getType('OpenItem') as GraphQLInterfaceType).getFields()).map(
    ({ name, type }) => `${name}${subfields(type)}`,
  )

  const allFields = itemFields.join(' ')
  const namesIn = (field: string): string[] => field.match(/^\w+/) ?? []

  it('items of a page answer each of their fields as the item itself does, alone and with others', async () => {
    const { client } = await mixed()
    type Item = Record<string, unknown> & { id: string }
    const pageOf = async (selection: string) => {
      const text = `query Items($clients: [ID!]) { worklist(clients: $clients, first: 100) { edges { node { ${selection} } } } }`
      const { data, errors } = await ask<{ worklist: { edges: { node: Record<string, Item[]> }[] } }>(client.analyst, text, {
        clients: [client.gid],
      })
      if (data === undefined || data === null) throw new Error(`${selection}: ${JSON.stringify(errors)}`)
      return data.worklist.edges.map(({ node }) => node)
    }
    const all = (await pageOf('items(first: 2) { id }')).flatMap(({ items = [] }) => items.map(({ id }) => id))
    expect(all.length).toBeGreaterThan(40)
    const { data } = await ask<{ nodes: Item[] }>(
      client.analyst,
      `query Items($ids: [ID!]!) { nodes(ids: $ids) { id ... on OpenItem { ${itemFields.join(' ')} } } }`,
      { ids: all },
    )
    const known = new Map(data?.nodes.map((item) => [item.id, item]))
    expect(known.size).toBe(all.length)
    for (const field of [...itemFields, allFields]) {
      const names = field === allFields ? itemFields.flatMap(namesIn) : namesIn(field)
      for (const selected of [
        `items(first: 2) { id ${field} }`,
        `items(first: 2) { id ... on Invoice { ${field} } }`,
        `items: items(first: 2) { id } more: items(first: 1) { id ${field} }`,
      ]) {
        for (const { items = [], more = [] } of await pageOf(selected)) {
          const told = more.length > 0 ? more : items
          expect(told.length).toBeGreaterThan(0)
          for (const item of told) {
            for (const name of names) expect(item[name], `${name} by ${selected}`).toEqual(known.get(item.id)?.[name])
          }
        }
      }
    }
  })

  it('a row that left the queue can still be read, and says what the customer has open now', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const due = await anItem(client, customer, { openMinor: 10_000n })
    const coming = await anItem(client, customer, { openMinor: 5_000n, daysOverdue: -20 })
    const receipt = await aReceipt(client, customer, 20_000n)
    await beginDay(client)
    const id = (await rowFor(client, customer))?.id ?? ''
    const pay = (item: Row, amount: string, expectedVersion: number) =>
      ask(client.analyst, 'mutation Pay($input: ApplyReceiptInput!) { applyReceipt(input: $input) { __typename } }', {
        input: {
          receipt: receipt.gid,
          openItem: item.gid,
          amount: { amount, currency: 'USD' },
          expectedVersion,
          idempotencyKey: aKey(),
        },
      })
    await pay(due, '100.00', 1)
    expect(await rowFor(client, customer)).toBeUndefined()
    const gone = { id, isQueued: false, itemCount: 0, overdueDays: 0, priority: { score: 0, factors: [] } }
    expect((await nodeOf(client.analyst, id)).data?.node).toMatchObject({ ...gone, amounts: [usd('50.00', '0.00', '0.00')] })
    await pay(coming, '20.00', 2)
    expect((await nodeOf(client.analyst, id)).data?.node).toMatchObject({ ...gone, amounts: [usd('30.00', '0.00', '0.00')] })
  })
})

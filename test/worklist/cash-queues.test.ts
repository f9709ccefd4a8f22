import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decodeGlobalId, encodeGlobalId } from '../../src/kernel/ids.ts'
import { beginWorkDay } from '../../src/modules/worklist/index.ts'
import { perform as performCommand } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { aClient, aCustomer, anItem, ask, asOwner, beginDay, grant, type Row, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from './api-alone.ts'
import { allKinds, cashKinds, cashWork, on, perform, queueOf, type Receipt, record, rowsOf, withKey } from './cash-world.ts'
import { follow, type Stream } from './stream.ts'
import { aKey, debtors, lineOf } from './world.ts'

const dayMs = 86_400_000
const usd = (amount: string) => ({ amount, currency: 'USD' })
const ownId = (gid: string) => decodeGlobalId(gid)?.id ?? ''

/** A client with a customer who owes one invoice of 500.00, and nothing in its queues of cash. */
const aDebtor = async () => {
  const client = await aClient()
  const customer = await aCustomer(client)
  const item = await anItem(client, customer, { openMinor: 50_000n })
  await beginDay(client)
  return { client, customer, item }
}

const apply = (client: TestClient, receipt: Receipt, item: Row, amount: string) =>
  perform(client.analyst, 'applyReceipt', { ...withKey(receipt), openItem: item.gid, amount: usd(amount) })
const place = (client: TestClient, receipt: Receipt, from: string, to: string, amount = '500.00') =>
  perform(client.analyst, 'placeReceipt', { ...withKey(receipt), from, to, amount: usd(amount), reason: 'as agreed' })
const reverse = (client: TestClient, receipt: Receipt) =>
  perform(client.analyst, 'reverseReceipt', { ...withKey(receipt), reason: 'NSF', note: 'not covered' })

describe('money that nobody has decided about', () => {
  it('waits for its remittance from the moment it is recorded, and is asked for', async () => {
    const { client, customer } = await aDebtor()
    const receipt = await record(client, client.analyst, { customer })
    const [row, ...others] = await rowsOf(client.analyst)
    expect(others).toEqual([])
    const tomorrow = new Date(Date.now() + dayMs).toISOString().slice(0, 10)
    expect(row).toMatchObject({
      kind: 'MISSING_REMITTANCE',
      isQueued: true,
      ageDays: 0,
      overdueDays: 0,
      itemCount: 0,
      items: [],
      client: { code: client.code },
      customer: { id: customer.gid },
      subject: { __typename: 'Receipt', id: receipt.id },
      amounts: [{ open: usd('500.00'), overdue: usd('0.00'), toBeCollected: usd('0.00') }],
      nextAction: { kind: 'ASK_PAYER', dueOn: tomorrow },
    })
    expect(row?.priority.factors.map(({ code }) => code)).toEqual(['AGE', 'AMOUNT', 'CHASES'])
    expect(row?.priority.factors.reduce((sum, { points }) => sum + points, 0)).toBe(row?.priority.score)
  })

  it('of nobody has no customer, and its bank is asked', async () => {
    const client = await aClient()
    const receipt = await record(client, client.analyst)
    expect(await rowsOf(client.analyst)).toMatchObject([
      {
        kind: 'UNIDENTIFIED_CASH',
        customer: null,
        subject: { __typename: 'Receipt', id: receipt.id },
        nextAction: { kind: 'ASK_BANK' },
      },
    ])
  })

  it('is in no queue that does not ask for it', async () => {
    const { client, customer } = await aDebtor()
    await record(client, client.analyst, { customer })
    await record(client, client.analyst)
    const plain =
      '{ worklist(first: 9) { edges { node { id kind subject { __typename } } } totalCount { value } totalAmount { open { amount } } } }'
    const { data } = await ask<{ worklist: unknown }>(client.analyst, plain)
    expect(data?.worklist).toMatchObject({
      edges: [{ node: { kind: 'COLLECTION', subject: { __typename: 'Customer' } } }],
      totalCount: { value: 1 },
      totalAmount: [{ open: { amount: '500.00' } }],
    })
    expect(await queueOf(client.analyst, { kinds: [] })).toMatchObject({ edges: [], totalCount: { value: 0 }, totalAmount: [] })
    expect(await queueOf(client.analyst, { kinds: null })).toMatchObject({ edges: [{ node: { kind: 'COLLECTION' } }] })
    for (const [kinds, count, open] of [
      [['MISSING_REMITTANCE'], 1, '500.00'],
      [['UNAPPLIED_CASH'], 0, undefined],
      [['MISSING_REMITTANCE', 'UNIDENTIFIED_CASH', 'MISSING_REMITTANCE'], 2, '1000.00'],
      [allKinds, 3, '1500.00'],
    ] as const) {
      const queue = await queueOf(client.analyst, { kinds })
      expect(queue.edges.map(({ node }) => node.kind).every((kind) => (kinds as readonly string[]).includes(kind))).toBe(true)
      expect(queue).toMatchObject({ totalCount: { value: count }, edges: { length: count } })
      expect(queue.totalAmount[0]?.open.amount).toBe(open)
    }
    const below = `query Below($code: String!) { client(code: $code) { worklist(first: 5, filter: { kinds: [UNIDENTIFIED_CASH] }) {
      edges { node { kind } } totalCount { value } } } }`
    const own = await ask<{ client: unknown }>(client.analyst, below, { code: client.code })
    expect(own.data?.client).toEqual({
      worklist: { edges: [{ node: { kind: 'UNIDENTIFIED_CASH' } }], totalCount: { value: 1 } },
    })
  })

  it('stays for what is left of it after a part was applied, and is gone at once with the rest', async () => {
    const { client, customer, item } = await aDebtor()
    const receipt = await record(client, client.analyst, { customer })
    const [before] = await rowsOf(client.analyst)
    const rest = await apply(client, receipt, item, '120.00')
    const [after] = await rowsOf(client.analyst)
    expect(after).toMatchObject({ id: before?.id, amounts: [{ open: usd('380.00') }] })
    await apply(client, rest, item, '380.00')
    expect(await queueOf(client.analyst)).toMatchObject({ edges: [], totalCount: { value: 0 }, totalAmount: [] })
    // Its id is good for as long as the receipt is, and says that nothing is left to be done.
    const again = await ask<{ node: unknown }>(
      client.analyst,
      `query One($id: ID!) { node(id: $id) { ... on WorkItem { ${cashWork} } } }`,
      {
        id: before?.id,
      },
    )
    expect(again.data?.node).toMatchObject({
      id: before?.id,
      kind: 'MISSING_REMITTANCE',
      isQueued: false,
      amounts: [],
      nextAction: null,
      priority: { score: 0, factors: [] },
      subject: { id: receipt.id },
    })
  })

  it.each<[string, (client: TestClient, receipt: Receipt) => Promise<unknown>]>([
    ['kept on account', (client, receipt) => place(client, receipt, 'UNAPPLIED', 'ON_ACCOUNT')],
    ['paid back', (client, receipt) => place(client, receipt, 'UNAPPLIED', 'REFUNDED')],
    ['taken back by the bank', reverse],
  ])('is gone when it is %s, and not before all of it is', async (_case, does) => {
    const { client, customer } = await aDebtor()
    const receipt = await record(client, client.analyst, { customer })
    const chased = await perform(client.analyst, 'chaseReceipt', {
      ...on(receipt),
      step: 'REMITTANCE_REQUESTED',
      note: 'by mail',
    })
    expect(await rowsOf(client.analyst)).toHaveLength(1)
    await does(client, chased)
    expect(await rowsOf(client.analyst)).toEqual([])
  })

  it('comes back under its own id when what was decided is undone', async () => {
    const { client, customer } = await aDebtor()
    const receipt = await record(client, client.analyst, { customer })
    const [before] = await rowsOf(client.analyst)
    const kept = await place(client, receipt, 'UNAPPLIED', 'ON_ACCOUNT')
    const back = await place(client, kept, 'ON_ACCOUNT', 'UNAPPLIED', '200.00')
    expect(await rowsOf(client.analyst)).toMatchObject([{ id: before?.id, amounts: [{ open: usd('200.00') }] }])
    const gone = await reverse(client, back)
    expect(await rowsOf(client.analyst)).toEqual([])
    await perform(client.analyst, 'reinstateReceipt', { ...withKey(gone), reason: 'told in error' })
    expect(await rowsOf(client.analyst)).toMatchObject([{ id: before?.id, amounts: [{ open: usd('500.00') }] }])
  })

  it('goes from one queue to the other when somebody learns whose it is, and what it is for', async () => {
    const { client } = await aDebtor()
    const customer = await aCustomer(client, { number: 'N77' })
    const post = async (result: object) => {
      const input = { client: client.gid, source: 'BANK', results: [{ receiptKey: 'R1', currency: 'USD', ...result }] }
      const text = `mutation Post($input: PostCashResultsInput!) { out: postCashResults(input: $input) { __typename
        ... on PostCashResultsPayload { results { outcome receipt { id version state } } } } }`
      type Posted = { out: { results: readonly { outcome: string; receipt: Receipt }[] } }
      const { data, errors } = await ask<Posted>(client.integration, text, { input })
      const receipt = data?.out.results[0]?.receipt
      if (receipt === undefined) throw new Error(JSON.stringify({ data, errors }))
      return receipt
    }
    const valueOn = new Date().toISOString().slice(0, 10)
    const receipt = await post({ key: 'k1', payment: { amount: '500.00', valueOn, reference: 'wire' } })
    const [unidentified] = await rowsOf(client.analyst)
    expect(unidentified).toMatchObject({ kind: 'UNIDENTIFIED_CASH', customer: null })
    await perform(client.analyst, 'identifyReceipt', { ...on(receipt), customer: customer.gid })
    expect(await rowsOf(client.analyst)).toMatchObject([
      { id: unidentified?.id, kind: 'MISSING_REMITTANCE', customer: { id: customer.gid }, nextAction: { kind: 'ASK_PAYER' } },
    ])
    await post({ key: 'k2', remittance: { lines: [{ reference: 'INV 1', paid: '500.00' }] } })
    expect(await rowsOf(client.analyst)).toMatchObject([
      { id: unidentified?.id, kind: 'UNAPPLIED_CASH', customer: { id: customer.gid }, nextAction: { kind: 'DECIDE_USE' } },
    ])
    const { totalAmount } = await queueOf(client.analyst, { kinds: ['UNAPPLIED_CASH'] })
    expect(totalAmount.map(({ open }) => open)).toEqual([usd('500.00')])
  })

  it('is the same whoever of two was faster', async () => {
    const { client, customer, item } = await aDebtor()
    const receipt = await record(client, client.analyst, { customer })
    const other = await record(client, client.analyst, { customer, amount: '30.00' })
    const second = await anItem(client, customer, { openMinor: 1_000n })
    const outcomes = await Promise.allSettled([
      apply(client, receipt, item, '500.00'),
      place(client, receipt, 'UNAPPLIED', 'ON_ACCOUNT', '400.00'),
      perform(client.analyst, 'chaseReceipt', { ...on(receipt), step: 'REMITTANCE_REQUESTED', note: 'by mail' }),
      apply(client, other, second, '10.00'),
      beginDay(client),
    ])
    expect(outcomes.map(({ status }) => status).filter((status) => status === 'fulfilled')).toHaveLength(3)
    const kept = await asOwner(
      `select r.id, coalesce(w.is_queued, false) as "isQueued", w.amounts from receipt r
       left join work_item w on w.client_id = r.client_id and w.receipt_id = r.id where r.client_id = $1 order by r.id`,
      [client.id],
    )
    const facts = await asOwner<{ id: string; left: bigint }>(
      'select id, unapplied_minor as left from receipt where client_id = $1 order by id',
      [client.id],
    )
    const shown = facts.map(({ id, left }) => ({
      id,
      isQueued: left > 0n,
      amounts: left > 0n ? [{ currency: 'USD', open: String(left), overdue: '0', toBeCollected: '0' }] : [],
    }))
    expect(kept).toEqual(shown)
  })
})

describe('who is not of the team', () => {
  it('sees no cash of a client, by whatever queue', async () => {
    const client = await aClient()
    await record(client, client.analyst)
    const [row] = await rowsOf(client.analyst)
    for (const who of [client.portal, client.stranger, client.integration, client.provider.admin]) {
      const named = await ask(
        who,
        'query Q($id: ID!) { worklist(clients: [$id], filter: { kinds: [UNIDENTIFIED_CASH] }, first: 5) { edges { cursor } } }',
        {
          id: client.gid,
        },
      )
      expect(named).toMatchObject({ data: { worklist: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
      const one = await ask(who, 'query One($id: ID!) { node(id: $id) { id } }', { id: row?.id })
      expect(one.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    }
    const aging = 'query A($code: String!) { client(code: $code) { cashAging { kind } } }'
    expect((await ask(client.portal, aging, { code: client.code })).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    expect((await ask(client.stranger, aging, { code: client.code })).data).toEqual({ client: null })
  })
})

describe('pages over several clients and kinds', () => {
  /** Two clients of one analyst, with collections and cash of every kind but explained. */
  const busy = async () => {
    const client = await aClient()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    for (const whose of [client, other]) {
      await debtors(whose, 4)
      const customer = await aCustomer(whose)
      for (let n = 0; n < 5; n += 1) {
        const valueOn = new Date(Date.now() - n * 6 * dayMs).toISOString().slice(0, 10)
        await record(whose, client.analyst, { customer, amount: `${(n + 1) * 700}.00`, valueOn })
        await record(whose, client.analyst, { amount: `${(n + 1) * 40}.00`, valueOn })
      }
    }
    return { client, other }
  }
  const keysOf = (queue: Awaited<ReturnType<typeof queueOf>>) =>
    queue.edges.map(({ node }) => [node.priority.score, ownId(node.id)] as const)

  it('are one queue in the order of scores, of every page size', async () => {
    const { client, other } = await busy()
    const whole = await queueOf(client.analyst, { kinds: allKinds })
    // Debtors bring four receipts of their own to each client.
    expect(whole.edges).toHaveLength(36)
    expect(new Set(whole.edges.map(({ node }) => `${node.client.code} ${node.kind}`)).size).toBe(6)
    const keys = keysOf(whole)
    expect(keys).toEqual(keys.toSorted(([a, x], [b, y]) => b - a || (x < y ? -1 : 1)))
    for (const first of [1, 3, 10]) {
      const walked: string[] = []
      for (let after: string | null = null; ; ) {
        const page: Awaited<ReturnType<typeof queueOf>> = await queueOf(client.analyst, { kinds: allKinds, first, after })
        walked.push(...page.edges.map(({ node }) => node.id))
        if (!page.pageInfo.hasNextPage) break
        after = page.pageInfo.endCursor
      }
      expect(walked).toEqual(whole.edges.map(({ node }) => node.id))
    }
    const there = await queueOf(client.analyst, { kinds: cashKinds, clients: [other.gid] })
    expect(there.edges.map(({ node }) => node)).toEqual(
      whole.edges.map(({ node }) => node).filter(({ client: whose, kind }) => whose.code === other.code && kind !== 'COLLECTION'),
    )
  })

  it('neither skip nor repeat a row that nobody touched, while others leave', async () => {
    const { client } = await busy()
    const rows = await rowsOf(client.analyst, { kinds: cashKinds })
    const walked: string[] = []
    const decided = new Set<string>()
    for (let after: string | null = null, at = 0; ; at += 1) {
      const page: Awaited<ReturnType<typeof queueOf>> = await queueOf(client.analyst, { kinds: cashKinds, first: 3, after })
      walked.push(...page.edges.map(({ node }) => node.id))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
      // The last row of the page is decided about as soon as it was seen, and one far behind as well.
      for (const row of [page.edges.at(-1)?.node, rows[rows.length - 1 - at]]) {
        if (row === undefined || decided.has(row.id)) continue
        decided.add(row.id)
        const from = row.kind === 'UNIDENTIFIED_CASH' ? 'UNIDENTIFIED' : 'UNAPPLIED'
        const receipt = { id: row.subject.id, version: row.subject.version ?? 0, state: '' }
        await place(client, receipt, from, 'REFUNDED', row.amounts[0]?.open.amount)
      }
    }
    const untouched = rows.map(({ id }) => id).filter((id) => !decided.has(id))
    expect(untouched.length).toBeGreaterThan(5)
    expect(walked.filter((id) => untouched.includes(id))).toEqual(untouched)
  })

  it('are narrowed by score, customer and currency like collections', async () => {
    const { client } = await busy()
    const whole = await rowsOf(client.analyst, { kinds: allKinds })
    const score = whole[9]?.priority.score ?? 0
    const customer = whole.find(({ kind }) => kind === 'MISSING_REMITTANCE')?.customer?.id
    for (const [filter, holds] of [
      [{ minScore: score }, (row: (typeof whole)[number]) => row.priority.score >= score],
      [{ customer }, (row: (typeof whole)[number]) => row.customer?.id === customer],
      [{ currency: 'USD' }, () => true],
      [{ currency: 'EUR' }, () => false],
      [{ minOverdueDays: 1 }, (row: (typeof whole)[number]) => row.kind === 'COLLECTION'],
    ] as const) {
      const queue = await queueOf(client.analyst, { kinds: allKinds, filter })
      const expected = whole.filter(holds)
      expect(
        queue.edges.map(({ node }) => node),
        JSON.stringify(filter),
      ).toEqual(expected)
      expect(queue.totalCount.value).toBe(expected.length)
    }
  })
})

describe('followed', () => {
  const heardOf = ({ changes }: Stream) => changes.map(({ kind, workKind }) => [kind, workKind])

  it('by its kind alone, and collections by theirs', async () => {
    const { client, customer, item } = await aDebtor()
    await lineOf(client)
    const [collections, missing, both] = await Promise.all([
      follow(client.analyst),
      follow(client.analyst, { kinds: ['MISSING_REMITTANCE'] }),
      follow(client.analyst, { kinds: ['UNIDENTIFIED_CASH', 'MISSING_REMITTANCE'] }),
    ])
    // One after the other: what happens to a row before its followers hear of it is told as one.
    const receipt = await record(client, client.analyst)
    const [row] = await rowsOf(client.analyst)
    await both.until(() => both.changes.length === 2)
    const known = await perform(client.analyst, 'identifyReceipt', { ...on(receipt), customer: customer.gid })
    await both.until(() => both.changes.length === 4)
    await missing.until(() => missing.changes.length === 2)
    const chased = await perform(client.analyst, 'chaseReceipt', { ...on(known), step: 'REMITTANCE_REQUESTED', note: 'by mail' })
    await both.until(() => both.changes.length === 5)
    await missing.until(() => missing.changes.length === 3)
    await apply(client, chased, item, '500.00')
    await both.until(() => both.changes.length === 6)
    await missing.until(() => missing.changes.length === 4)
    await collections.until(() => collections.changes.length === 2)
    expect(heardOf(both)).toEqual([
      ['START', null],
      ['ADDED', 'UNIDENTIFIED_CASH'],
      ['REMOVED', 'UNIDENTIFIED_CASH'],
      ['ADDED', 'MISSING_REMITTANCE'],
      ['UPDATED', 'MISSING_REMITTANCE'],
      ['REMOVED', 'MISSING_REMITTANCE'],
    ])
    expect(heardOf(missing)).toEqual(heardOf(both).filter(([, kind]) => kind !== 'UNIDENTIFIED_CASH'))
    expect(heardOf(collections)).toEqual([
      ['START', null],
      ['REMOVED', 'COLLECTION'],
    ])
    for (const { workItemId, reason, client: whose } of both.changes.slice(1)) {
      expect([workItemId, reason, whose?.code]).toEqual([row?.id, 'cash', client.code])
    }
    expect(both.changes.at(-1)).toMatchObject({ item: null })
    for (const stream of [collections, missing, both]) stream.cut()
  })

  it('by a stranger is not followed at all', async () => {
    const client = await aClient()
    const stream = await follow(client.stranger, { kinds: [...cashKinds], clients: [client.gid] })
    expect(stream.changes).toEqual([])
    expect(stream.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    stream.cut()
  })
})

describe('as days go by', () => {
  let api: ApiAlone
  let now = new Date()
  beforeAll(async () => {
    api = await startApiAlone({ clock: () => now })
  })
  afterAll(() => api.stop())
  const today = Math.floor(Date.now() / dayMs) * dayMs
  const at = (days: number, hours = 12) => new Date(today + days * dayMs + hours * 3_600_000)
  const day = (days: number) => at(days).toISOString().slice(0, 10)
  beforeEach(() => {
    now = at(0)
  })

  const begin = async (client: TestClient) => {
    const zone = { id: client.id, providerId: client.provider.id, timeZone: 'UTC' }
    const unit = { asker: { kind: 'SYSTEM', client: zone } as const, readOnly: false, now }
    return inUnit(api.engine.database, unit, (tx) => performCommand(tx, beginWorkDay, { clientId: client.id }))
  }
  const viewing = (client: TestClient) => api.as(client.analyst)
  const row = async (client: TestClient) => (await rowsOf(viewing(client), { app: api }))[0]
  const chase = (client: TestClient, receipt: Receipt, step: string) =>
    perform(viewing(client), 'chaseReceipt', { ...on(receipt), step, note: 'by mail' }, api)

  it('it grows older, and climbs the queue until somebody takes the step that is due', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const receipt = await record(client, viewing(client), { customer, valueOn: day(0), app: api })
    expect(await row(client)).toMatchObject({ ageDays: 0, nextAction: { kind: 'ASK_PAYER', dueOn: day(1) } })
    const scores = [(await row(client))?.priority.score ?? 0]
    for (const days of [1, 2, 4]) {
      now = at(days)
      expect(await begin(client)).toEqual({ day: day(days), customers: 0, receipts: 1 })
      const found = await row(client)
      expect(found).toMatchObject({ ageDays: days, nextAction: { kind: 'ASK_PAYER', dueOn: day(1) } })
      scores.push(found?.priority.score ?? 0)
    }
    expect(scores).toEqual(scores.toSorted((a, b) => a - b))
    expect(new Set(scores).size).toBe(4)
    const inputOf = async (code: string) => (await row(client))?.priority.factors.find((factor) => factor.code === code)?.input
    expect(await inputOf('CHASES')).toBe('2 of 4 steps due and not taken')

    const asked = await chase(client, receipt, 'REMITTANCE_REQUESTED')
    expect(await inputOf('CHASES')).toBe('0 of 4 steps due and not taken')
    // Its own day was yesterday, but the payer was only asked today.
    expect(await row(client)).toMatchObject({ nextAction: { kind: 'ASK_PAYER_AGAIN', dueOn: day(6) } })
    now = at(6)
    await begin(client)
    const again = await chase(client, asked, 'REMITTANCE_REQUESTED')
    expect(await row(client)).toMatchObject({ nextAction: { kind: 'CALL_PAYER', dueOn: day(8) } })
    now = at(8)
    await chase(client, again, 'REMITTANCE_REQUESTED')
    expect(await row(client)).toMatchObject({ ageDays: 8, nextAction: { kind: 'DECIDE_ON_ACCOUNT', dueOn: day(14) } })
  })

  it('its days are those of the client, by its own zone', async () => {
    const client = await aClient({ timeZone: 'Pacific/Kiritimati' })
    const customer = await aCustomer(client)
    now = at(2, 9.5)
    const receipt = await record(client, viewing(client), { customer, valueOn: day(2), app: api })
    expect(await row(client)).toMatchObject({ ageDays: 0 })
    // Fourteen hours ahead: ten in the morning UTC is midnight there.
    now = at(2, 10.5)
    await begin(client)
    expect(await row(client)).toMatchObject({ ageDays: 1 })
    await chase(client, receipt, 'REMITTANCE_REQUESTED')
    expect(await row(client)).toMatchObject({ nextAction: { kind: 'ASK_PAYER_AGAIN', dueOn: day(5) } })
  })

  it('a value date to come counts as none', async () => {
    const client = await aClient()
    await record(client, viewing(client), { valueOn: day(3), app: api })
    expect(await row(client)).toMatchObject({ ageDays: 0, nextAction: { kind: 'ASK_BANK', dueOn: day(4) } })
  })

  it('steps taken to find the payer are none of those that ask the payer', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const receipt = await record(client, viewing(client), { valueOn: day(0), app: api })
    now = at(1)
    const asked = await chase(client, receipt, 'PAYER_RESEARCHED')
    expect(await row(client)).toMatchObject({ kind: 'UNIDENTIFIED_CASH', nextAction: { kind: 'RESEARCH_PAYER', dueOn: day(5) } })
    now = at(5)
    const found = await chase(client, asked, 'PAYER_RESEARCHED')
    expect(await row(client)).toMatchObject({ nextAction: { kind: 'ESCALATE', dueOn: day(30) } })
    now = at(6)
    await perform(viewing(client), 'identifyReceipt', { ...on(found), customer: customer.gid }, api)
    expect(await row(client)).toMatchObject({ kind: 'MISSING_REMITTANCE', nextAction: { kind: 'ASK_PAYER', dueOn: day(1) } })
  })

  it('a review for escheat stays in the queue of unidentified money, and has an end', async () => {
    const client = await aClient()
    const receipt = await record(client, viewing(client), { valueOn: day(-95), app: api })
    const before = await row(client)
    await chase(client, receipt, 'ESCHEAT_REVIEW')
    expect(await row(client)).toMatchObject({
      id: before?.id,
      kind: 'UNIDENTIFIED_CASH',
      nextAction: { kind: 'FINISH_ESCHEAT_REVIEW', dueOn: day(25) },
    })
  })

  it('a day that is begun twice, or begun by a slow node, changes nothing', async () => {
    const client = await aClient()
    await record(client, viewing(client), { valueOn: day(0), app: api })
    now = at(4)
    await begin(client)
    const everything = () => asOwner('select * from work_item where client_id = $1', [client.id])
    const kept = await everything()
    now = at(4, 20)
    expect(await begin(client)).toEqual({ day: day(4), customers: 0, receipts: 0 })
    now = at(3)
    await begin(client)
    expect(await everything()).toEqual(kept)
  })

  it('money that came past the commands comes into its queue with the next day', async () => {
    const client = await aClient()
    const receipt = await record(client, viewing(client), { app: api })
    await asOwner('delete from work_amount where client_id = $1', [client.id])
    await asOwner('delete from work_item where client_id = $1', [client.id])
    now = at(1)
    expect(await begin(client)).toMatchObject({ receipts: 1 })
    expect(await row(client)).toMatchObject({ subject: { id: receipt.id } })
  })

  it('the queue that followed each change is the one that is built from the receipts at once', async () => {
    const nth = fc.nat({ max: 4 })
    const step = fc.oneof(
      fc.record({ what: fc.constant('record' as const), isKnown: fc.boolean(), age: fc.integer({ min: -1, max: 40 }), nth }),
      fc.record({ what: fc.constantFrom('identify' as const, 'apply' as const, 'place' as const, 'back' as const), nth }),
      fc.record({ what: fc.constantFrom('chase' as const, 'review' as const, 'reverse' as const, 'reinstate' as const), nth }),
      fc.record({ what: fc.constant('day' as const), nth: fc.constant(0) }),
    )
    const cash = async (client: TestClient) => ({
      rows: await asOwner(
        `select kind, customer_id, receipt_id, score, factors, amounts, value_on, next_action, scored_on from work_item
         where client_id = $1 and is_queued and kind <> 'COLLECTION' order by receipt_id`,
        [client.id],
      ),
      totals: await asOwner(
        `select w.receipt_id, a.kind, a.currency, a.open_minor from work_amount a
         join work_item w on w.client_id = a.client_id and w.id = a.work_item_id
         where a.client_id = $1 and a.kind <> 'COLLECTION' order by 1, 3`,
        [client.id],
      ),
    })
    const done = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), async (steps) => {
        now = at(0)
        const client = await aClient({ planningRates: { EUR: '1.1' } })
        const customer = await aCustomer(client)
        const item = await anItem(client, customer, { openMinor: 100_000_000n })
        const receipts: { receipt: Receipt; isKnown: boolean }[] = []
        for (const one of steps) {
          if (one.what === 'day') now = new Date(now.getTime() + dayMs)
          if (one.what === 'day') await begin(client)
          if (one.what === 'record') {
            const facts = {
              customer: one.isKnown ? customer : null,
              amount: `${(one.nth + 1) * 900}.00`,
              valueOn: day(-one.age),
              app: api,
            }
            receipts.push({ receipt: await record(client, viewing(client), facts), isKnown: one.isKnown })
          }
          const chosen = receipts[one.nth % Math.max(1, receipts.length)]
          if (chosen === undefined) continue
          const { receipt, isKnown } = chosen
          const amount = usd('7.00')
          const reason = 'as agreed'
          const commands: Record<string, [string, object]> = {
            identify: ['identifyReceipt', { ...on(receipt), customer: customer.gid }],
            apply: ['applyReceipt', { ...withKey(receipt), openItem: item.gid, amount: usd('450.00') }],
            place: [
              'placeReceipt',
              { ...withKey(receipt), from: isKnown ? 'UNAPPLIED' : 'UNIDENTIFIED', to: 'REFUNDED', amount, reason },
            ],
            back: [
              'placeReceipt',
              { ...withKey(receipt), from: 'REFUNDED', to: isKnown ? 'UNAPPLIED' : 'UNIDENTIFIED', amount, reason },
            ],
            chase: ['chaseReceipt', { ...on(receipt), step: 'REMITTANCE_REQUESTED', note: 'by mail' }],
            review: ['chaseReceipt', { ...on(receipt), step: 'ESCHEAT_REVIEW', note: 'nobody found' }],
            reverse: ['reverseReceipt', { ...withKey(receipt), reason: 'NSF', note: 'not covered' }],
            reinstate: ['reinstateReceipt', { ...withKey(receipt), reason }],
          }
          const command = commands[one.what]
          if (command === undefined) continue
          // Whatever is refused changes nothing, and must change nothing of the queue either.
          const after = await perform(viewing(client), ...command, api).catch(() => null)
          if (after === null) continue
          chosen.receipt = after
          chosen.isKnown ||= one.what === 'identify'
          done.set(one.what, (done.get(one.what) ?? 0) + 1)
        }
        await asOwner('delete from work_day where client_id = $1', [client.id])
        await begin(client)
        const followed = await cash(client)
        for (const table of ['work_amount', 'work_item', 'work_day'])
          await asOwner(`delete from ${table} where client_id = $1`, [client.id])
        await begin(client)
        expect(await cash(client)).toEqual(followed)
      }),
      { numRuns: 25 },
    )
    // A series of refusals would prove nothing.
    for (const what of ['identify', 'apply', 'place', 'chase', 'reverse']) expect(done.get(what) ?? 0, what).toBeGreaterThan(0)
  })
})

describe('the ageing of cash', () => {
  const document = `query Aging($code: String!) { client(code: $code) { cashAging { kind currency buckets { bucket count amount { amount } } } } }`
  type Aged = {
    client: {
      cashAging: readonly {
        kind: string
        currency: string
        buckets: readonly { bucket: string; count: number; amount: { amount: string } }[]
      }[]
    }
  }
  const agingOf = async (client: TestClient) => {
    const { data, errors } = await ask<Aged>(client.analyst, document, { code: client.code })
    if (data === undefined || data === null) throw new Error(JSON.stringify(errors))
    return data.client.cashAging.map(({ kind, currency, buckets }) => ({
      kind,
      currency,
      buckets: Object.fromEntries(buckets.map(({ bucket, count, amount }) => [bucket, `${count}: ${amount.amount}`])),
    }))
  }
  const daysAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10)

  it('has each age in its bucket, on both sides of every border', async () => {
    const client = await aClient()
    expect(await agingOf(client)).toEqual([])
    for (const days of [-3, 0, 1, 2, 3, 4, 7, 8, 30, 31, 400])
      await record(client, client.analyst, { amount: '10.00', valueOn: daysAgo(days) })
    expect(await agingOf(client)).toEqual([
      {
        kind: 'UNIDENTIFIED_CASH',
        currency: 'USD',
        buckets: {
          DAYS_0_TO_1: '3: 30.00',
          DAYS_2_TO_3: '2: 20.00',
          DAYS_4_TO_7: '2: 20.00',
          DAYS_8_TO_30: '2: 20.00',
          OVER_30: '2: 20.00',
        },
      },
    ])
  })

  it('keeps what is unapplied, unidentified and on account apart, and currencies too', async () => {
    const { client, customer, item } = await aDebtor()
    const receipt = await record(client, client.analyst, { customer, valueOn: daysAgo(5) })
    const kept = await place(client, receipt, 'UNAPPLIED', 'ON_ACCOUNT', '60.00')
    await apply(client, kept, item, '40.00')
    await record(client, client.analyst, { amount: '7.00', currency: 'EUR', valueOn: daysAgo(40) })
    const empty = {
      DAYS_0_TO_1: '0: 0.00',
      DAYS_2_TO_3: '0: 0.00',
      DAYS_4_TO_7: '0: 0.00',
      DAYS_8_TO_30: '0: 0.00',
      OVER_30: '0: 0.00',
    }
    expect(await agingOf(client)).toEqual([
      { kind: 'MISSING_REMITTANCE', currency: 'USD', buckets: { ...empty, DAYS_4_TO_7: '1: 400.00' } },
      { kind: 'UNIDENTIFIED_CASH', currency: 'EUR', buckets: { ...empty, OVER_30: '1: 7.00' } },
      { kind: 'ON_ACCOUNT', currency: 'USD', buckets: { ...empty, DAYS_4_TO_7: '1: 60.00' } },
    ])
    // Decided about in full, what was kept stays on account, and no queue has it.
    await place(client, { ...kept, version: kept.version + 1 }, 'UNAPPLIED', 'CHARGES', '400.00')
    expect((await agingOf(client)).map(({ kind }) => kind)).toEqual(['UNIDENTIFIED_CASH', 'ON_ACCOUNT'])
    expect((await rowsOf(client.analyst)).map(({ kind }) => kind)).toEqual(['UNIDENTIFIED_CASH'])
  })

  it('adds up to the totals of the queues', async () => {
    const { client, customer } = await aDebtor()
    for (let n = 0; n < 9; n += 1) {
      const facts = { amount: `${n * 31 + 1}.05`, valueOn: daysAgo(n * 5) }
      await record(client, client.analyst, n % 2 === 0 ? { ...facts, customer } : facts)
    }
    for (const kind of ['MISSING_REMITTANCE', 'UNIDENTIFIED_CASH']) {
      const { totalAmount, totalCount } = await queueOf(client.analyst, { kinds: [kind] })
      const aged = (await agingOf(client)).find((row) => row.kind === kind)
      const cells = Object.values(aged?.buckets ?? {}).map((cell) => cell.split(': '))
      expect(cells.reduce((sum, [count]) => sum + Number(count), 0)).toBe(totalCount.value)
      const cents = cells.reduce((sum, [, amount = '0']) => sum + BigInt(amount.replace('.', '')), 0n)
      expect(String(cents)).toBe(totalAmount[0]?.open.amount.replace('.', ''))
    }
  })
})

describe('a row of cash', () => {
  it('is not made for another client’s receipt, whoever serves both', async () => {
    const client = await aClient()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    const theirs = await record(other, client.analyst)
    const claimed = encodeGlobalId({ typename: 'Receipt', ownerId: client.id, id: ownId(theirs.id) })
    await expect(
      perform(client.analyst, 'chaseReceipt', { receipt: claimed, expectedVersion: 1, step: 'PAYER_RESEARCHED', note: aKey() }),
    ).rejects.toThrow('NotFound')
    expect(await asOwner('select id from work_item where client_id = $1', [client.id])).toEqual([])
    expect(await rowsOf(client.analyst)).toMatchObject([{ client: { code: other.code } }])
  })
})

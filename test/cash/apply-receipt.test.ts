import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  aClient,
  aCustomer,
  anItem,
  aReceipt,
  ask,
  beginDay,
  grant,
  type Row,
  rowsOf,
  startTestApp,
  type TestClient,
} from '../harness/index.ts'
import {
  type App,
  aDebtor,
  aKey,
  auditsOf,
  claimedBy,
  contradictions,
  eventsOf,
  gidOf,
  holding,
  type Outcome,
  run,
  selections,
  statusFor,
  traces,
  usd,
  waiting,
} from './world.ts'

const today = () => new Date().toISOString().slice(0, 10)

const inputFor = (receipt: { gid: string }, openItem: { gid: string }, amount: string, facts: object = {}) => ({
  receipt: receipt.gid,
  openItem: openItem.gid,
  amount: usd(amount),
  expectedVersion: 1,
  idempotencyKey: aKey(),
  ...facts,
})

/** A customer who owes 500 and 200, and of whom 300 came in. */
const owing = async () => {
  let item: Row = { id: '', gid: '' }
  let second = item
  let receipt = item
  const { client, customer } = await aDebtor(async (one, debtor) => {
    item = await anItem(one, debtor, { openMinor: 50_000n, daysOverdue: 45 })
    second = await anItem(one, debtor, { openMinor: 20_000n, daysOverdue: 5 })
    receipt = await aReceipt(one, debtor, 30_000n)
  })
  return { client, customer, item, second, receipt }
}

const itemRow = async (client: TestClient, { id }: Row) => (await rowsOf(client, 'open_item')).find((row) => row.id === id)
/** What a customer has to be asked for; money that waits to be decided about is work of another kind. */
const collectionOf = async (client: TestClient) => (await rowsOf(client, 'work_item')).filter(({ kind }) => kind === 'COLLECTION')
const receiptRow = async (client: TestClient, { id }: Row) => (await rowsOf(client, 'receipt')).find((row) => row.id === id)

describe('applyReceipt', () => {
  it('moves a part of the money onto the item, and the queue follows in the same transaction', async () => {
    const { client, customer, item, second, receipt } = await owing()
    const outcome = await run(client.integration, 'applyReceipt', inputFor(receipt, item, '120.00', { idempotencyKey: 'k1' }))

    expect(outcome).toMatchObject({
      __typename: 'ApplyReceiptPayload',
      receipt: {
        id: receipt.gid,
        version: 2,
        appliedAmount: usd('120.00'),
        unappliedAmount: usd('180.00'),
        unidentifiedAmount: usd('0.00'),
      },
      openItem: { id: item.gid, version: 2, closedOn: null, openAmount: usd('380.00'), pendingAmount: usd('120.00') },
      application: { appliedOn: today(), amount: usd('120.00'), receipt: { id: receipt.gid }, openItem: { id: item.gid } },
    })
    expect(await receiptRow(client, receipt)).toMatchObject({
      amount_minor: 30_000n,
      applied_minor: 12_000n,
      unapplied_minor: 18_000n,
      unidentified_minor: 0n,
      version: 2,
    })
    expect(await itemRow(client, item)).toMatchObject({
      original_minor: 50_000n,
      ledger_open_minor: 50_000n,
      pending_minor: 12_000n,
      open_minor: 38_000n,
      closed_on: null,
      version: 2,
    })
    expect(await itemRow(client, second)).toMatchObject({ pending_minor: 0n, open_minor: 20_000n, version: 1 })
    const [application, ...others] = await rowsOf(client, 'application')
    expect(others).toEqual([])
    expect(application).toMatchObject({
      receipt_id: receipt.id,
      open_item_id: item.id,
      currency: 'USD',
      amount_minor: 12_000n,
      applied_on: today(),
      principal_id: client.integration.id,
    })
    const ids = { receiptId: receipt.id, openItemId: item.id, applicationId: application?.id }
    expect(await eventsOf(client)).toMatchObject([{ name: 'receipt.applied', payload: ids }])
    expect(await eventsOf(client, 'receivable')).toEqual([
      { name: 'openItems.changed', payload: { customerIds: [customer.id], openItemIds: [item.id], cause: 'cash' } },
    ])
    expect((await eventsOf(client, 'work')).at(-1)).toMatchObject({
      payload: { kind: 'MOVED', cause: 'cash', customerId: customer.id },
    })
    expect(await auditsOf(client)).toMatchObject([{ command: 'cash.applyReceipt', outcome: ids }])
    expect(await collectionOf(client)).toMatchObject([
      { is_queued: true, amounts: [{ currency: 'USD', open: '58000', overdue: '58000', toBeCollected: '58000' }] },
    ])
    const keys = (await traces(client)).idempotency
    expect(keys).toMatchObject([{ command: 'cash.applyReceipt', key: 'k1', outcome: ids }])
  })

  it('closes the item on the client’s day when nothing is left of it', async () => {
    const client = await aClient({ timeZone: 'Pacific/Kiritimati' })
    const customer = await aCustomer(client)
    const item = await anItem(client, customer, { openMinor: 30_000n })
    const receipt = await aReceipt(client, customer, 30_000n)
    await beginDay(client)
    const { openItem } = await run(client.analyst, 'applyReceipt', inputFor(receipt, item, '300.00'))
    const there = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Kiritimati' }).format(new Date())
    expect(openItem).toMatchObject({ closedOn: there, openAmount: usd('0.00'), pendingAmount: usd('300.00') })
    expect(await itemRow(client, item)).toMatchObject({ open_minor: 0n, pending_minor: 30_000n, closed_on: there })
    expect(await rowsOf(client, 'application')).toMatchObject([{ applied_on: there }])
    expect(await collectionOf(client)).toMatchObject([{ is_queued: false }])
  })

  it.each([
    ['JPY', '1000', '400', '600', 600n],
    ['USD', '10.00', '4.01', '5.99', 599n],
    ['KWD', '1.000', '0.401', '0.599', 599n],
  ])('is exact in %s', async (currency, whole, part, left, leftMinor) => {
    const { client, customer } = await aDebtor()
    const minor = BigInt(whole.replace('.', ''))
    const item = await anItem(client, customer, { openMinor: minor, currency })
    const receipt = await aReceipt(client, customer, minor, currency)
    const outcome = await run(client.analyst, 'applyReceipt', inputFor(receipt, item, '', { amount: { amount: part, currency } }))
    expect(outcome).toMatchObject({
      receipt: { unappliedAmount: { amount: left, currency } },
      openItem: { openAmount: { amount: left, currency } },
      application: { amount: { amount: part, currency } },
    })
    expect(await itemRow(client, item)).toMatchObject({ open_minor: leftMinor, pending_minor: minor - leftMinor })
    expect(await contradictions(client)).toEqual([])
  })

  it('settles a debit memo as well', async () => {
    const { client, customer, receipt } = await owing()
    const memo = await anItem(client, customer, { kind: 'DEBIT_MEMO', openMinor: 10_000n })
    const outcome = await run(client.analyst, 'applyReceipt', inputFor(receipt, memo, '100.00'))
    expect(outcome).toMatchObject({ openItem: { id: memo.gid, openAmount: usd('0.00') } })
  })
})

type World = Awaited<ReturnType<typeof owing>>

describe('applyReceipt refuses, and nothing was written:', () => {
  it.each<[string, (world: World) => object | Promise<object>, object]>([
    ['more than the receipt has left', () => ({ amount: usd('300.01') }), { code: 'OVER_APPLIED', room: usd('300.00') }],
    [
      'more than the item has open',
      ({ second }) => ({ openItem: second.gid, amount: usd('200.01') }),
      { code: 'OVER_APPLIED', room: usd('200.00') },
    ],
    [
      'anything onto a settled item',
      async ({ client, customer }) => ({
        openItem: (await anItem(client, customer, { openMinor: 9_000n, settledDaysLate: 1 })).gid,
        amount: usd('0.01'),
      }),
      { code: 'OVER_APPLIED', room: usd('0.00') },
    ],
    [
      'anything onto a credit memo, which has no room',
      async ({ client, customer }) => ({
        openItem: (await anItem(client, customer, { kind: 'CREDIT_MEMO', openMinor: -9_000n })).gid,
        amount: usd('0.01'),
      }),
      { code: 'OVER_APPLIED', room: usd('0.00') },
    ],
    [
      'an amount in another currency',
      () => ({ amount: { amount: '1.00', currency: 'EUR' } }),
      { code: 'CURRENCY_MISMATCH', receiptCurrency: 'USD', itemCurrency: 'EUR' },
    ],
    [
      'an item in another currency',
      async ({ client, customer }) => ({
        openItem: (await anItem(client, customer, { openMinor: 9_000n, currency: 'EUR' })).gid,
      }),
      { code: 'CURRENCY_MISMATCH', receiptCurrency: 'USD', itemCurrency: 'EUR' },
    ],
    [
      'an item of another customer',
      async ({ client }) => ({ openItem: (await anItem(client, await aCustomer(client), { openMinor: 9_000n })).gid }),
      { code: 'WRONG_CUSTOMER', path: ['input', 'openItem'] },
    ],
    [
      'money that nobody is known to have paid',
      async ({ client }) => ({ receipt: (await aReceipt(client, null, 9_000n)).gid }),
      { code: 'WRONG_CUSTOMER', path: ['input', 'receipt'] },
    ],
    ['a version that is past', () => ({ expectedVersion: 0 }), { code: 'VERSION_CONFLICT', currentVersion: 1 }],
    ['a version that is to come', () => ({ expectedVersion: 2 }), { code: 'VERSION_CONFLICT', currentVersion: 1 }],
    ['an amount of zero', () => ({ amount: usd('0') }), { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['a negative amount', () => ({ amount: usd('-1.00') }), { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['a tenth of a cent', () => ({ amount: usd('0.001') }), { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['no idempotency key', () => ({ idempotencyKey: '' }), { code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] }],
    ['a blank idempotency key', () => ({ idempotencyKey: '  ' }), { code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] }],
    [
      'a key of 256 characters',
      () => ({ idempotencyKey: 'k'.repeat(256) }),
      { code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] },
    ],
  ])('%s', async (_case, facts, told) => {
    const world = await owing()
    const { client, item, receipt } = world
    const input = inputFor(receipt, item, '1.00', await facts(world))
    const before = await traces(client)
    expect(await run(client.analyst, 'applyReceipt', input)).toMatchObject(told)
    expect(await traces(client)).toEqual(before)
  })

  it('a receipt or an item that is not there, or is another client’s', async () => {
    const { client, customer, item, receipt } = await owing()
    const other = await owing()
    const before = [await traces(client), await traces(other.client)]
    const of = async (facts: object) =>
      JSON.stringify(await run(client.analyst, 'applyReceipt', { ...inputFor(receipt, item, '1.00'), ...facts }))
    const receipts = [gidOf(client, 'Receipt'), claimedBy(client, 'Receipt', other.receipt)]
    // Who may do nothing at the receipt's client is told so before anything is looked up.
    const receiptsElsewhere = ['nonsense', item.gid, customer.gid, other.receipt.gid, gidOf(other.client, 'Receipt')]
    const items = ['nonsense', receipt.gid, gidOf(client, 'Invoice'), other.item.gid, claimedBy(client, 'Invoice', other.item)]
    for (const list of [
      await Promise.all(receipts.map((gid) => of({ receipt: gid }))),
      await Promise.all(receiptsElsewhere.map((gid) => of({ receipt: gid }))),
      await Promise.all(items.map((gid) => of({ openItem: gid }))),
    ]) {
      expect(JSON.parse(list[0] ?? '')).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' })
      expect(new Set(list).size).toBe(1)
    }
    expect([await traces(client), await traces(other.client)]).toEqual(before)
  })

  it('all of its refusals leave the commands beside them standing', async () => {
    const { client, item, receipt } = await owing()
    const text = `mutation Three($good: ApplyReceiptInput!, $bad: ApplyReceiptInput!, $last: ApplyReceiptInput!) {
      good: applyReceipt(input: $good) S bad: applyReceipt(input: $bad) S last: applyReceipt(input: $last) S }`
    const answer = await ask(client.analyst, text.replaceAll('S', selections.applyReceipt), {
      good: inputFor(receipt, item, '100.00'),
      bad: inputFor(receipt, item, '200.01', { expectedVersion: 2 }),
      last: inputFor(receipt, item, '200.00', { expectedVersion: 2 }),
    })
    expect(answer).toMatchObject({
      data: {
        good: { receipt: { version: 2 } },
        bad: { code: 'OVER_APPLIED', room: usd('200.00') },
        last: { receipt: { version: 3, unappliedAmount: usd('0.00') } },
      },
    })
    expect(await itemRow(client, item)).toMatchObject({ open_minor: 20_000n, version: 3 })
    expect(await contradictions(client)).toEqual([])
  })
})

describe('applyReceipt by', () => {
  it('nobody is turned away at the door', async () => {
    const { client, item, receipt } = await owing()
    const before = await traces(client)
    const { status, body } = await statusFor('applyReceipt', inputFor(receipt, item, '1.00'))
    expect(status).toBe(401)
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(await traces(client)).toEqual(before)
  })

  it.each([
    ['the client’s own portal user', (client: TestClient) => client.portal],
    ['an analyst of another provider', (client: TestClient) => client.stranger],
    ['the provider’s administrator', (client: TestClient) => client.provider.admin],
  ])('%s finds nothing there, as with a random id', async (_case, who) => {
    const { client, item, receipt } = await owing()
    const before = await traces(client)
    const input = inputFor(receipt, item, '1.00')
    const outcome = await run(who(client), 'applyReceipt', input)
    expect(outcome).toMatchObject({ __typename: 'NotFound' })
    expect(await run(who(client), 'applyReceipt', { ...input, receipt: gidOf(client, 'Receipt') })).toEqual(outcome)
    expect(await traces(client)).toEqual(before)
  })

  it('an analyst of two clients never pays one’s debt with the other’s money', async () => {
    const { client, item, receipt } = await owing()
    const other = await aClient({ provider: client.provider })
    const debtor = await aCustomer(other)
    const theirItem = await anItem(other, debtor, { openMinor: 5_000n })
    const theirReceipt = await aReceipt(other, debtor, 5_000n)
    await grant(other, client.analyst, 'ANALYST')
    await beginDay(other)
    const before = [await traces(client), await traces(other)]
    for (const [from, onto] of [
      [receipt, theirItem],
      [theirReceipt, item],
      [receipt, { gid: claimedBy(client, 'Invoice', theirItem) }],
      [{ gid: claimedBy(client, 'Receipt', theirReceipt) }, item],
      [{ gid: claimedBy(other, 'Receipt', receipt) }, theirItem],
    ] as const) {
      expect(await run(client.analyst, 'applyReceipt', inputFor(from, onto, '1.00'))).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect([await traces(client), await traces(other)]).toEqual(before)
    const within = await run(client.analyst, 'applyReceipt', inputFor(theirReceipt, theirItem, '50.00'))
    expect(within).toMatchObject({ openItem: { openAmount: usd('0.00') } })
    expect(await traces(client)).toEqual(before[0])
  })
})

describe('a dry run of applyReceipt', () => {
  it('answers as the real one would, and writes nothing', async () => {
    const { client, item, receipt } = await owing()
    const before = await traces(client)
    const input = inputFor(receipt, item, '120.00')
    const dry = await run(client.analyst, 'applyReceipt', { ...input, dryRun: true })
    expect(await traces(client)).toEqual(before)
    const real = await run(client.analyst, 'applyReceipt', input)
    const told = ({ receipt: from, openItem, application }: Outcome) => ({
      from,
      openItem,
      application: { ...application, id: '' },
    })
    expect(told(dry)).toEqual(told(real))
  })

  it('beside another field is refused, and takes nothing real back with it', async () => {
    const { client, item, receipt } = await owing()
    const text = `mutation Two($dry: ApplyReceiptInput!, $real: ApplyReceiptInput!) {
      a: applyReceipt(input: $real) S b: applyReceipt(input: $dry) S }`
    const answer = await ask(client.analyst, text.replaceAll('S', selections.applyReceipt), {
      real: inputFor(receipt, item, '100.00'),
      dry: inputFor(receipt, item, '100.00', { expectedVersion: 2, dryRun: true }),
    })
    expect(answer).toMatchObject({
      data: { a: { receipt: { version: 2 } }, b: null },
      errors: [{ path: ['b'], extensions: { code: 'BAD_USER_INPUT' } }],
    })
    expect(await receiptRow(client, receipt)).toMatchObject({ applied_minor: 10_000n, version: 2 })
  })
})

describe('the idempotency key of applyReceipt', () => {
  it('answers the same input again with the same application, though the version has moved on', async () => {
    const { client, item, receipt } = await owing()
    const input = inputFor(receipt, item, '100.00')
    const first = await run(client.analyst, 'applyReceipt', input)
    const before = await traces(client)
    expect(await run(client.analyst, 'applyReceipt', input)).toEqual(first)
    expect(await traces(client)).toEqual(before)
  })

  it('refuses another input: the first call stands', async () => {
    const { client, item, second, receipt } = await owing()
    const input = inputFor(receipt, item, '100.00')
    await run(client.analyst, 'applyReceipt', input)
    const before = await traces(client)
    for (const facts of [{ amount: usd('100.01') }, { openItem: second.gid }, { expectedVersion: 2 }]) {
      expect(await run(client.analyst, 'applyReceipt', { ...input, ...facts })).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' })
    }
    expect(await traces(client)).toEqual(before)
  })

  it('does not meet the same key of another command, nor at another client', async () => {
    const { client, customer, item, receipt } = await owing()
    const other = await owing()
    const key = { idempotencyKey: 'the very same' }
    const outcomes = await Promise.all([
      run(client.analyst, 'applyReceipt', inputFor(receipt, item, '1.00', key)),
      run(other.client.analyst, 'applyReceipt', inputFor(other.receipt, other.item, '2.00', key)),
      run(client.analyst, 'recordReceipt', {
        client: client.gid,
        customer: customer.gid,
        amount: usd('1.00'),
        valueOn: '2026-03-02',
        reference: 'r',
        ...key,
      }),
    ])
    expect(outcomes.map(({ __typename }) => __typename)).toEqual([
      'ApplyReceiptPayload',
      'ApplyReceiptPayload',
      'RecordReceiptPayload',
    ])
  })

  it('lets fifty at once have one effect, and answers them all alike', async () => {
    const { client, item, receipt } = await owing()
    const input = inputFor(receipt, item, '10.00')
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => run(client.integration, 'applyReceipt', input)))
    expect(outcomes[0]).toMatchObject({ __typename: 'ApplyReceiptPayload', receipt: { version: 2 } })
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1)
    expect(await rowsOf(client, 'application')).toHaveLength(1)
    expect(await receiptRow(client, receipt)).toMatchObject({ applied_minor: 1_000n, version: 2 })
    expect(await auditsOf(client)).toHaveLength(1)
  })
})

describe('applications that meet', () => {
  let app: App
  beforeAll(async () => {
    // As many connections as an API node has, so that they do meet in the database and not in a queue before it.
    app = await startTestApp({ connections: 10 })
  })
  afterAll(() => app.stop())

  /** As a careful caller does it: told that the receipt changed, reads what was told and goes again. */
  const persist = async (client: TestClient, input: ReturnType<typeof inputFor>): Promise<Outcome> => {
    for (let expectedVersion = 1; ; ) {
      const outcome = await run(client.integration, 'applyReceipt', { ...input, expectedVersion, idempotencyKey: aKey() }, app)
      if (outcome.code !== 'VERSION_CONFLICT') return outcome
      expectedVersion = outcome.currentVersion ?? 0
    }
  }
  const count = (outcomes: readonly Outcome[], name: string) => outcomes.filter(({ __typename }) => __typename === name).length

  it('thirty parts of one receipt onto several items: as many as there is money for', async () => {
    const { client, customer } = await aDebtor()
    const items = await Promise.all(Array.from({ length: 6 }, () => anItem(client, customer, { openMinor: 1_000_000n })))
    const receipt = await aReceipt(client, customer, 8_000n)
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, n) => persist(client, inputFor(receipt, items[n % 6] as Row, '10.00'))),
    )
    expect(count(outcomes, 'ApplyReceiptPayload')).toBe(8)
    expect(outcomes.filter(({ room }) => room?.amount === '0.00')).toHaveLength(22)
    expect(await receiptRow(client, receipt)).toMatchObject({ applied_minor: 8_000n, unapplied_minor: 0n, version: 9 })
    expect(await rowsOf(client, 'application')).toHaveLength(8)
    expect(await contradictions(client)).toEqual([])
  })

  it('thirty receipts onto one item: as many as it has room for', async () => {
    const { client, customer } = await aDebtor()
    const item = await anItem(client, customer, { openMinor: 20_000n })
    const receipts = await Promise.all(Array.from({ length: 30 }, () => aReceipt(client, customer, 1_000n)))
    const outcomes = await Promise.all(
      receipts.map((receipt) => run(client.integration, 'applyReceipt', inputFor(receipt, item, '10.00'), app)),
    )
    expect(count(outcomes, 'ApplyReceiptPayload')).toBe(20)
    expect(outcomes.filter(({ code, room }) => code === 'OVER_APPLIED' && room?.amount === '0.00')).toHaveLength(10)
    expect(await itemRow(client, item)).toMatchObject({ open_minor: 0n, pending_minor: 20_000n, version: 21 })
    expect((await rowsOf(client, 'receipt')).filter(({ applied_minor }) => applied_minor === 1_000n)).toHaveLength(20)
    expect(await contradictions(client)).toEqual([])
  })

  it('of two at once one gets through where there is room for one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { client, customer } = await aDebtor()
      const item = await anItem(client, customer, { openMinor: 10_000n })
      const receipts = [await aReceipt(client, customer, 10_000n), await aReceipt(client, customer, 10_000n)]
      const outcomes = await Promise.all(
        receipts.map((receipt) => run(client.integration, 'applyReceipt', inputFor(receipt, item, '100.00'), app)),
      )
      expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual(['ApplyReceiptPayload', 'OverApplied'])
      expect(await itemRow(client, item)).toMatchObject({ open_minor: 0n, pending_minor: 10_000n })
      expect(await contradictions(client)).toEqual([])
    }
  })

  it('of two that read the same version one is told that it changed', async () => {
    const { client, item, second, receipt } = await owing()
    const outcomes = await Promise.all([
      run(client.integration, 'applyReceipt', inputFor(receipt, item, '10.00'), app),
      run(client.integration, 'applyReceipt', inputFor(receipt, second, '10.00'), app),
    ])
    expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual(['ApplyReceiptPayload', 'VersionConflict'])
    expect(outcomes.find(({ code }) => code !== undefined)).toMatchObject({ currentVersion: 2 })
  })

  it('crosswise in two operations: one is run again, and both are done', async () => {
    const client = await aClient()
    const [one, other] = [await aCustomer(client), await aCustomer(client)]
    const items = [
      await anItem(client, one, { openMinor: 10_000n }),
      await anItem(client, other, { openMinor: 10_000n }),
    ] as const
    await beginDay(client)
    const text = `mutation Both($a: ApplyReceiptInput!, $b: ApplyReceiptInput!) { a: applyReceipt(input: $a) S b: applyReceipt(input: $b) S }`
    const both = async (order: readonly (0 | 1)[]) => {
      const [a, b] = await Promise.all(
        order.map(async (at) => inputFor(await aReceipt(client, [one, other][at] ?? null, 1_000n), items[at], '10.00')),
      )
      return () => ask(client.integration, text.replaceAll('S', selections.applyReceipt), { a, b }, app)
    }
    const crossing = [await both([0, 1]), await both([1, 0])]
    // Both have their first item and wait for its customer; let go, each wants the item that the other has.
    const release = await holding('select id from customer where client_id = $1 for update', [client.id])
    const answers = crossing.map((go) => go())
    await waiting('from customer where client_id', 2)
    await release()
    const payload = { __typename: 'ApplyReceiptPayload' }
    expect(await Promise.all(answers)).toMatchObject([{ data: { a: payload, b: payload } }, { data: { a: payload, b: payload } }])
    for (const item of items) expect(await itemRow(client, item)).toMatchObject({ open_minor: 8_000n, version: 3 })
    expect(await rowsOf(client, 'application')).toHaveLength(4)
    expect(await contradictions(client)).toEqual([])
  })
})

describe('whatever is attempted', () => {
  const currencies = ['JPY', 'USD', 'KWD'] as const
  const pick = fc.nat({ max: 5 })
  const amount = fc.integer({ min: -1, max: 900 })
  const attempt = fc.oneof(
    fc.record({
      what: fc.constant('record' as const),
      currency: fc.constantFrom(...currencies),
      payer: fc.nat({ max: 2 }),
      amount,
    }),
    fc.record({ what: fc.constant('identify' as const), receipt: pick, payer: fc.nat({ max: 1 }), version: fc.nat({ max: 3 }) }),
    fc.record({
      what: fc.constant('apply' as const),
      receipt: pick,
      item: pick,
      amount,
      version: fc.nat({ max: 4 }),
      isStale: fc.boolean(),
    }),
  )
  const digits = { JPY: 0, USD: 2, KWD: 3 } as const
  const text = (minor: number, currency: (typeof currencies)[number]) => {
    const scale = 10 ** digits[currency]
    return digits[currency] === 0
      ? String(minor)
      : `${minor < 0 ? '-' : ''}${(Math.abs(minor) / scale).toFixed(digits[currency])}`
  }

  it('buckets add up to the receipt, and what is open to what the ledger has less what was applied', async () => {
    const answered = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 4, maxLength: 14 }), async (attempts) => {
        const client = await aClient()
        const customers = [await aCustomer(client), await aCustomer(client)] as const
        const facts = currencies.flatMap((currency, n) => [
          { currency, openMinor: 400n, customer: customers[n % 2] as Row },
          { currency, openMinor: 700n, customer: customers[0] },
        ])
        const items = await Promise.all(facts.map(({ customer, ...rest }) => anItem(client, customer, rest)))
        await beginDay(client)
        const receipts: { gid: string; currency: (typeof currencies)[number]; version: number }[] = []
        for (const step of attempts) {
          if (step.what === 'record') {
            const { currency } = step
            const payer = customers[step.payer]?.gid ?? null
            const input = { client: client.gid, customer: payer, amount: { amount: text(step.amount, currency), currency } }
            const rest = { valueOn: '2026-03-02', reference: 'r', idempotencyKey: aKey() }
            const { receipt, __typename } = await run(client.analyst, 'recordReceipt', { ...input, ...rest })
            answered.add(__typename)
            if (receipt !== undefined) receipts.push({ gid: receipt.id, currency, version: receipt.version })
            continue
          }
          const receipt = receipts[step.receipt % Math.max(receipts.length, 1)]
          if (receipt === undefined) continue
          const outcome =
            step.what === 'identify'
              ? await run(client.analyst, 'identifyReceipt', {
                  receipt: receipt.gid,
                  customer: customers[step.payer]?.gid,
                  expectedVersion: step.version === 0 ? 0 : receipt.version,
                })
              : await run(
                  client.analyst,
                  'applyReceipt',
                  inputFor(receipt, items[step.item] as Row, '', {
                    amount: { amount: text(step.amount, receipt.currency), currency: receipt.currency },
                    expectedVersion: step.isStale ? step.version : receipt.version,
                  }),
                )
          answered.add(outcome.__typename)
          if (outcome.receipt !== undefined) receipt.version = outcome.receipt.version
        }
        expect(await contradictions(client)).toEqual([])
      }),
      { numRuns: 20 },
    )
    // Attempts that all fail at the first hurdle would prove nothing.
    expect([...answered]).toEqual(
      expect.arrayContaining(['RecordReceiptPayload', 'InvalidInput', 'WrongCustomer', 'VersionConflict']),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { aKey, claimedBy, gidOf, run as runCash, traces } from '../cash/world.ts'
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
  rowsOf,
  type TestClient,
  theApp,
} from '../harness/index.ts'

type Who = Parameters<typeof ask>[0]
type Outcome = {
  readonly __typename: string
  readonly code?: string
  readonly promise?: { readonly id: string; readonly version: number; readonly state: string }
  readonly [field: string]: unknown
}

const refusal = '__typename ... on Refusal { code message path }'
const promised = `promise { id version state promisedOn recordedAt amount { amount currency } openItem { id number } customer { id } }`
const documents = {
  recordPromise: `mutation Record($input: RecordPromiseInput!) { out: recordPromise(input: $input) { ${refusal}
    ... on OverPromised { room { amount currency } } ... on RecordPromisePayload { ${promised} } } }`,
  withdrawPromise: `mutation Withdraw($input: WithdrawPromiseInput!) { out: withdrawPromise(input: $input) { ${refusal}
    ... on VersionConflict { currentVersion } ... on IllegalMove { state legal } ... on WithdrawPromisePayload { ${promised} } } }`,
} as const

const run = async (who: Who, name: keyof typeof documents, input: object): Promise<Outcome> => {
  const { data, errors } = await ask<{ out: Outcome | null }>(who, documents[name], { input })
  if (data?.out === undefined || data.out === null) throw new Error(`${name} was not answered: ${JSON.stringify(errors)}`)
  return data.out
}

const usd = (amount: string) => ({ amount, currency: 'USD' })
const dayIn = (zone: string, days = 0) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date(Date.now() + days * 86_400_000))
const soon = dayIn('UTC', 5)

/** A customer who owes 100 and 50, all of it in the queue. */
const owing = async (options: Parameters<typeof aClient>[0] = {}) => {
  const client = await aClient(options)
  const customer = await aCustomer(client)
  const item = await anItem(client, customer, { openMinor: 10_000n, daysOverdue: 30 })
  const second = await anItem(client, customer, { openMinor: 5_000n, daysOverdue: 8 })
  await beginDay(client)
  return { client, customer, item, second }
}

const inputFor = (openItem: { gid: string }, amount: string, facts: object = {}) => ({
  openItem: openItem.gid,
  amount: usd(amount),
  promisedOn: soon,
  ...facts,
})

const toCollect = async (client: TestClient): Promise<string | null> => {
  const [row] = await asOwner<{ is_queued: boolean; amounts: { toBeCollected: string }[] }>(
    `select is_queued, amounts from work_item where client_id = $1 and kind = 'COLLECTION'`,
    [client.id],
  )
  return row?.is_queued === true ? (row.amounts[0]?.toBeCollected ?? '') : null
}

describe('recordPromise', () => {
  it('keeps the word, and what it covers leaves the amount to be collected', async () => {
    const { client, customer, item } = await owing()
    const outcome = await run(client.analyst, 'recordPromise', inputFor(item, '60.00'))
    expect(outcome).toMatchObject({
      __typename: 'RecordPromisePayload',
      promise: {
        version: 1,
        state: 'OPEN',
        promisedOn: soon,
        amount: usd('60.00'),
        openItem: { id: item.gid },
        customer: { id: customer.gid },
      },
    })
    const [row, ...others] = await rowsOf(client, 'promise_to_pay')
    expect(others).toEqual([])
    expect(row).toMatchObject({
      open_item_id: item.id,
      customer_id: customer.id,
      currency: 'USD',
      amount_minor: 6_000n,
      promised_on: soon,
      state: 'OPEN',
      principal_id: client.analyst.id,
      version: 1,
    })
    expect(outcome.promise?.id).toBe(gidOf(client, 'PromiseToPay', String(row?.id)))
    expect(await toCollect(client)).toBe('9000')
    const events = await asOwner<{ name: string; area: string; payload: object }>(
      `select name, area, payload from event where client_id = $1 and payload ->> 'cause' is distinct from 'day' order by id`,
      [client.id],
    )
    expect(events).toMatchObject([
      {
        name: 'promise.recorded',
        area: 'work',
        payload: { promiseId: row?.id, openItemId: item.id, customerIds: [customer.id] },
      },
      { name: 'work.changed', area: 'work', payload: { cause: 'promise', customerId: customer.id } },
    ])
    expect((await traces(client)).audit_entry).toMatchObject([
      { command: 'promise.recordPromise', principal_id: client.analyst.id },
    ])
  })

  it('takes the customer from the queue when everything is promised, and leaves the item open', async () => {
    const { client, item, second } = await owing()
    await run(client.analyst, 'recordPromise', inputFor(item, '100.00'))
    expect(await toCollect(client)).toBe('5000')
    await run(client.analyst, 'recordPromise', inputFor(second, '50.00'))
    expect(await toCollect(client)).toBeNull()
    expect((await rowsOf(client, 'open_item')).map(({ open_minor }) => open_minor).sort()).toEqual([10_000n, 5_000n])
  })

  it.each([
    ['JPY', '100', 100n],
    ['KWD', '0.100', 100n],
  ])('is exact in %s', async (currency, amount, minor) => {
    const { client, customer } = await owing()
    const item = await anItem(client, customer, { openMinor: 150n, currency })
    const outcome = await run(client.analyst, 'recordPromise', inputFor(item, '', { amount: { amount, currency } }))
    expect(outcome).toMatchObject({ promise: { amount: { amount, currency } } })
    expect(await rowsOf(client, 'promise_to_pay')).toMatchObject([{ amount_minor: minor, currency }])
  })

  it('covers what is left of it after a payment', async () => {
    const { client, customer, item, second } = await owing()
    await run(client.analyst, 'recordPromise', inputFor(item, '80.00'))
    expect(await toCollect(client)).toBe('7000')
    const receipt = await aReceipt(client, customer, 10_000n)
    const input = { receipt: receipt.gid, openItem: item.gid, amount: usd('50.00'), expectedVersion: 1, idempotencyKey: aKey() }
    await runCash(client.integration, 'applyReceipt', input)
    // 50 are left of the item, of which 30 are still promised; 50 of the other.
    expect(await toCollect(client)).toBe('7000')
    expect(second.id).not.toBe(item.id)
  })

  it.each([
    ['west', 'Pacific/Pago_Pago'],
    ['east', 'Pacific/Kiritimati'],
  ])('is for today at the client at the earliest: far %s', async (_case, zone) => {
    const { client, item, second } = await owing({ timeZone: zone })
    const before = await traces(client)
    const past = await run(client.analyst, 'recordPromise', inputFor(item, '10.00', { promisedOn: dayIn(zone, -1) }))
    expect(past).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'promisedOn'] })
    expect(await traces(client)).toEqual(before)
    const today = await run(client.analyst, 'recordPromise', inputFor(second, '10.00', { promisedOn: dayIn(zone) }))
    expect(today).toMatchObject({ promise: { promisedOn: dayIn(zone) } })
  })
})

type World = Awaited<ReturnType<typeof owing>>

describe('recordPromise refuses, and nothing was written:', () => {
  it.each<[string, (world: World) => object | Promise<object>, object]>([
    ['more than is open', () => ({ amount: usd('100.01') }), { code: 'OVER_PROMISED', room: usd('100.00') }],
    [
      'anything for a disputed item',
      async ({ client, customer }) => ({
        openItem: (await anItem(client, customer, { openMinor: 900n, isDisputed: true })).gid,
        amount: usd('0.01'),
      }),
      { code: 'OVER_PROMISED', room: usd('0.00') },
    ],
    [
      'anything for a settled item',
      async ({ client, customer }) => ({
        openItem: (await anItem(client, customer, { openMinor: 900n, settledDaysLate: 1 })).gid,
        amount: usd('0.01'),
      }),
      { code: 'OVER_PROMISED', room: usd('0.00') },
    ],
    [
      'a promise for a credit memo',
      async ({ client, customer }) => ({
        openItem: (await anItem(client, customer, { openMinor: -900n, kind: 'CREDIT_MEMO' })).gid,
      }),
      { code: 'NOT_FOUND', path: ['input', 'openItem'] },
    ],
    [
      'another currency',
      () => ({ amount: { amount: '1.00', currency: 'EUR' } }),
      { code: 'INVALID_INPUT', path: ['input', 'amount', 'currency'] },
    ],
    ['an amount of zero', () => ({ amount: usd('0') }), { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['a negative amount', () => ({ amount: usd('-1') }), { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['a tenth of a cent', () => ({ amount: usd('0.001') }), { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['a past day', () => ({ promisedOn: '2020-01-01' }), { code: 'INVALID_INPUT', path: ['input', 'promisedOn'] }],
    ['an id that is none', () => ({ openItem: 'nonsense' }), { code: 'NOT_FOUND' }],
    ['an item that is not there', ({ client }) => ({ openItem: gidOf(client, 'Invoice') }), { code: 'NOT_FOUND' }],
    ['a customer for an item', ({ customer }) => ({ openItem: customer.gid }), { code: 'NOT_FOUND' }],
  ])('%s', async (_case, facts, told) => {
    const world = await owing()
    const { client, item } = world
    const input = inputFor(item, '1.00', await facts(world))
    const before = await traces(client)
    expect(await run(client.analyst, 'recordPromise', input)).toMatchObject(told)
    expect(await traces(client)).toEqual(before)
  })

  it('a second promise while the first is in force', async () => {
    const { client, item } = await owing()
    await run(client.analyst, 'recordPromise', inputFor(item, '10.00'))
    const before = await traces(client)
    const outcome = await run(client.analyst, 'recordPromise', inputFor(item, '20.00'))
    expect(outcome).toMatchObject({ __typename: 'AlreadyPromised', code: 'ALREADY_PROMISED', path: ['input', 'openItem'] })
    expect(await traces(client)).toEqual(before)
  })

  it('all but one of ten at once', async () => {
    const { client, item } = await owing()
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, n) => run(client.analyst, 'recordPromise', inputFor(item, `${n + 1}.00`))),
    )
    expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual([
      ...Array(9).fill('AlreadyPromised'),
      'RecordPromisePayload',
    ])
    const [kept, ...others] = await rowsOf(client, 'promise_to_pay')
    expect(others).toEqual([])
    expect(await toCollect(client)).toBe(String(15_000n - BigInt(String(kept?.amount_minor))))
  })
})

/** A promise of 60, as it was answered. */
const promising = async () => {
  const world = await owing()
  const { promise } = await run(world.client.analyst, 'recordPromise', inputFor(world.item, '60.00'))
  const made: Row = { id: String((await rowsOf(world.client, 'promise_to_pay'))[0]?.id), gid: promise?.id ?? '' }
  return { ...world, made }
}

const withdrawal = ({ gid }: { gid: string }, facts: object = {}) => ({
  promise: gid,
  expectedVersion: 1,
  reason: 'recorded in error',
  ...facts,
})

describe('withdrawPromise', () => {
  it('gives the amount back to the queue, and keeps the reason', async () => {
    const { client, made } = await promising()
    expect(await toCollect(client)).toBe('9000')
    const outcome = await run(client.lead, 'withdrawPromise', withdrawal(made))
    expect(outcome).toMatchObject({
      __typename: 'WithdrawPromisePayload',
      promise: { id: made.gid, version: 2, state: 'WITHDRAWN' },
    })
    expect(await rowsOf(client, 'promise_to_pay')).toMatchObject([{ id: made.id, state: 'WITHDRAWN', version: 2 }])
    expect(await toCollect(client)).toBe('15000')
    expect((await traces(client)).audit_entry?.at(-1)).toMatchObject({
      command: 'promise.withdrawPromise',
      reason: 'recorded in error',
      principal_id: client.lead.id,
    })
  })

  it('makes room for another promise', async () => {
    const { client, item, made } = await promising()
    await run(client.analyst, 'withdrawPromise', withdrawal(made))
    expect(await run(client.analyst, 'recordPromise', inputFor(item, '100.00'))).toMatchObject({
      __typename: 'RecordPromisePayload',
    })
    expect(await toCollect(client)).toBe('5000')
    expect((await rowsOf(client, 'promise_to_pay')).map(({ state }) => state).sort()).toEqual(['OPEN', 'WITHDRAWN'])
  })

  it.each([
    ['a version that is not the promise’s', { expectedVersion: 2 }, { code: 'VERSION_CONFLICT', currentVersion: 1 }],
    ['no reason', { reason: ' ' }, { code: 'INVALID_INPUT', path: ['input', 'reason'] }],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, { code: 'INVALID_INPUT', path: ['input', 'reason'] }],
    ['an id that is none', { promise: 'nonsense' }, { code: 'NOT_FOUND' }],
  ])('refuses %s, and nothing was written', async (_case, facts, told) => {
    const { client, made } = await promising()
    const before = await traces(client)
    expect(await run(client.analyst, 'withdrawPromise', withdrawal(made, facts))).toMatchObject(told)
    expect(await traces(client)).toEqual(before)
  })

  it('refuses what was withdrawn before, and of many at once lets one through', async () => {
    const { client, made } = await promising()
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => run(client.analyst, 'withdrawPromise', withdrawal(made))))
    expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual([
      ...Array(7).fill('VersionConflict'),
      'WithdrawPromisePayload',
    ])
    const before = await traces(client)
    const again = await run(client.analyst, 'withdrawPromise', withdrawal(made, { expectedVersion: 2 }))
    expect(again).toMatchObject({ code: 'ILLEGAL_MOVE', path: ['input', 'promise'], state: 'WITHDRAWN', legal: [] })
    expect(await traces(client)).toEqual(before)
  })
})

describe('promises by', () => {
  it('nobody are turned away at the door', async () => {
    const { client, item, made } = await promising()
    const before = await traces(client)
    const { url } = await theApp()
    for (const [name, input] of [
      ['recordPromise', inputFor(item, '1.00')],
      ['withdrawPromise', withdrawal(made)],
    ] as const) {
      const body = JSON.stringify({ query: documents[name], variables: { input } })
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    }
    expect(await traces(client)).toEqual(before)
  })

  it.each([
    ['the client’s own portal user', (client: TestClient) => client.portal],
    ['an integration, which talks to nobody', (client: TestClient) => client.integration],
    ['an analyst of another provider', (client: TestClient) => client.stranger],
  ])('%s find nothing there, as with random ids', async (_case, who) => {
    const { client, second, made } = await promising()
    const before = await traces(client)
    const recorded = await run(who(client), 'recordPromise', inputFor(second, '1.00'))
    expect(recorded).toMatchObject({ __typename: 'NotFound' })
    expect(await run(who(client), 'recordPromise', inputFor({ gid: gidOf(client, 'Invoice') }, '1.00'))).toEqual(recorded)
    const withdrawn = await run(who(client), 'withdrawPromise', withdrawal(made))
    expect(withdrawn).toMatchObject({ __typename: 'NotFound' })
    expect(await run(who(client), 'withdrawPromise', withdrawal({ gid: gidOf(client, 'PromiseToPay') }))).toEqual(withdrawn)
    expect(await traces(client)).toEqual(before)
  })

  it('an analyst of two clients stay with the client they are about', async () => {
    const { client, made, second } = await promising()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    const theirs = await anItem(other, await aCustomer(other), { openMinor: 9_000n })
    await beginDay(other)
    const before = [await traces(client), await traces(other)]
    const claims = [claimedBy(client, 'Invoice', theirs), claimedBy(other, 'Invoice', second)]
    for (const gid of claims) {
      expect(await run(client.analyst, 'recordPromise', inputFor({ gid }, '1.00'))).toMatchObject({ code: 'NOT_FOUND' })
    }
    const elsewhere = encodeGlobalId({ typename: 'PromiseToPay', ownerId: other.id, id: made.id })
    expect(await run(client.analyst, 'withdrawPromise', withdrawal({ gid: elsewhere }))).toMatchObject({ code: 'NOT_FOUND' })
    expect([await traces(client), await traces(other)]).toEqual(before)
    await run(client.analyst, 'recordPromise', inputFor(theirs, '90.00'))
    expect(await traces(client)).toEqual(before[0])
    expect(await toCollect(other)).toBeNull()
  })
})

describe('a promise that meets a payment', () => {
  it('crosswise or not, leaves the queue as the ledger has it', async () => {
    const { client, customer, item } = await owing()
    const receipts = await Promise.all(Array.from({ length: 6 }, () => aReceipt(client, customer, 1_000n)))
    const outcomes = await Promise.all([
      run(client.analyst, 'recordPromise', inputFor(item, '30.00')),
      ...receipts.map((receipt) => {
        const input = {
          receipt: receipt.gid,
          openItem: item.gid,
          amount: usd('10.00'),
          expectedVersion: 1,
          idempotencyKey: aKey(),
        }
        return runCash(client.integration, 'applyReceipt', input)
      }),
    ])
    expect(new Set(outcomes.map(({ __typename }) => __typename))).toEqual(
      new Set(['RecordPromisePayload', 'ApplyReceiptPayload']),
    )
    // 40 are left of the item and 50 of the other. What was paid behind the promise is not promised any more.
    const [kept] = await rowsOf(client, 'promise_to_pay')
    const paid = Number(kept?.paid_minor)
    expect([0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000]).toContain(paid)
    expect(kept?.state).toBe(paid >= 3_000 ? 'KEPT' : 'OPEN')
    expect(await toCollect(client)).toBe(String(4_000 - Math.max(0, 3_000 - paid) + 5_000))
  })
})

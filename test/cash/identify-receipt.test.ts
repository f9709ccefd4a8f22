import { describe, expect, it } from 'vitest'
import { aClient, aCustomer, anItem, aReceipt, grant, rowsOf, type TestClient } from '../harness/index.ts'
import { aDebtor, aKey, auditsOf, claimedBy, eventsOf, gidOf, run, statusFor, traces, usd } from './world.ts'

/** A client with money that nobody is known to have paid. */
const unidentified = async () => {
  const { client, customer } = await aDebtor()
  return { client, customer, receipt: await aReceipt(client, null, 30_000n) }
}

describe('identifyReceipt', () => {
  it('makes the money unapplied cash of the customer', async () => {
    const { client, customer, receipt } = await unidentified()
    const outcome = await run(client.analyst, 'identifyReceipt', {
      receipt: receipt.gid,
      customer: customer.gid,
      expectedVersion: 1,
    })
    expect(outcome).toMatchObject({
      __typename: 'IdentifyReceiptPayload',
      receipt: {
        id: receipt.gid,
        version: 2,
        customer: { id: customer.gid },
        amount: usd('300.00'),
        unappliedAmount: usd('300.00'),
        unidentifiedAmount: usd('0.00'),
      },
    })
    expect(await rowsOf(client, 'receipt')).toMatchObject([
      {
        customer_id: customer.id,
        amount_minor: 30_000n,
        applied_minor: 0n,
        unapplied_minor: 30_000n,
        unidentified_minor: 0n,
        version: 2,
      },
    ])
    const told = { receiptId: receipt.id, customerId: customer.id }
    expect(await eventsOf(client)).toMatchObject([{ name: 'receipt.identified', payload: told }])
    expect(await auditsOf(client)).toMatchObject([{ command: 'cash.identifyReceipt', principal_id: client.analyst.id }])
  })

  it('makes the money fit to be applied, which it was not before', async () => {
    const { client, customer, receipt } = await unidentified()
    const item = await anItem(client, customer, { openMinor: 30_000n })
    const put = (expectedVersion: number) => ({
      receipt: receipt.gid,
      openItem: item.gid,
      amount: usd('300.00'),
      expectedVersion,
      idempotencyKey: aKey(),
    })
    expect(await run(client.analyst, 'applyReceipt', put(1))).toMatchObject({
      code: 'WRONG_CUSTOMER',
      path: ['input', 'receipt'],
    })
    await run(client.analyst, 'identifyReceipt', { receipt: receipt.gid, customer: customer.gid, expectedVersion: 1 })
    expect(await run(client.analyst, 'applyReceipt', put(2))).toMatchObject({ __typename: 'ApplyReceiptPayload' })
  })
})

describe('identifyReceipt refuses, and nothing was written:', () => {
  it('a receipt whose customer is known already', async () => {
    const { client, customer } = await unidentified()
    const known = await aReceipt(client, customer, 100n)
    const before = await traces(client)
    const input = { receipt: known.gid, customer: customer.gid, expectedVersion: 1 }
    expect(await run(client.analyst, 'identifyReceipt', input)).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'receipt'],
    })
    expect(await traces(client)).toEqual(before)
  })

  it('a version that is not the receipt’s', async () => {
    const { client, customer, receipt } = await unidentified()
    const before = await traces(client)
    for (const expectedVersion of [0, 2, -1, 2_147_483_647]) {
      const input = { receipt: receipt.gid, customer: customer.gid, expectedVersion }
      expect(await run(client.analyst, 'identifyReceipt', input)).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 1 })
    }
    expect(await traces(client)).toEqual(before)
  })

  it('a receipt or a customer who is not there, or is another client’s', async () => {
    const { client, customer, receipt } = await unidentified()
    const other = await unidentified()
    const before = [await traces(client), await traces(other.client)]
    const of = async (facts: object) => {
      const input = { receipt: receipt.gid, customer: customer.gid, expectedVersion: 1, ...facts }
      return JSON.stringify(await run(client.analyst, 'identifyReceipt', input))
    }
    // Who may do nothing at the receipt's client is told so before anything is looked up.
    const receipts = [gidOf(client, 'Receipt'), claimedBy(client, 'Receipt', other.receipt)]
    const receiptsElsewhere = ['nonsense', customer.gid, other.receipt.gid, gidOf(other.client, 'Receipt')]
    const customers = [
      'nonsense',
      receipt.gid,
      gidOf(client, 'Customer'),
      other.customer.gid,
      claimedBy(client, 'Customer', other.customer),
    ]
    for (const list of [
      receipts.map((gid) => of({ receipt: gid })),
      receiptsElsewhere.map((gid) => of({ receipt: gid })),
      customers.map((gid) => of({ customer: gid })),
    ]) {
      const [first = '', ...others] = await Promise.all(list)
      expect(JSON.parse(first)).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' })
      expect(new Set(others)).toEqual(new Set([first]))
    }
    expect([await traces(client), await traces(other.client)]).toEqual(before)
  })
})

describe('identifyReceipt by', () => {
  it('nobody is turned away at the door', async () => {
    const { client, customer, receipt } = await unidentified()
    const before = await traces(client)
    const { status, body } = await statusFor('identifyReceipt', {
      receipt: receipt.gid,
      customer: customer.gid,
      expectedVersion: 1,
    })
    expect(status).toBe(401)
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(await traces(client)).toEqual(before)
  })

  it.each([
    ['the client’s own portal user', (client: TestClient) => client.portal],
    ['an analyst of another provider', (client: TestClient) => client.stranger],
    ['the provider’s administrator', (client: TestClient) => client.provider.admin],
  ])('%s finds nothing there, as with a random id', async (_case, who) => {
    const { client, customer, receipt } = await unidentified()
    const before = await traces(client)
    const input = { receipt: receipt.gid, customer: customer.gid, expectedVersion: 1 }
    const outcome = await run(who(client), 'identifyReceipt', input)
    expect(outcome).toMatchObject({ __typename: 'NotFound' })
    expect(await run(who(client), 'identifyReceipt', { ...input, receipt: gidOf(client, 'Receipt') })).toEqual(outcome)
    expect(await traces(client)).toEqual(before)
  })

  it('an analyst of two clients never gives one’s money to the other’s customer', async () => {
    const { client, customer, receipt } = await unidentified()
    const other = await aClient({ provider: client.provider })
    const foreign = await aCustomer(other)
    const theirs = await aReceipt(other, null, 500n)
    await grant(other, client.analyst, 'ANALYST')
    const before = [await traces(client), await traces(other)]
    for (const input of [
      { receipt: receipt.gid, customer: foreign.gid },
      { receipt: theirs.gid, customer: customer.gid },
      { receipt: claimedBy(client, 'Receipt', theirs), customer: customer.gid },
      { receipt: receipt.gid, customer: claimedBy(client, 'Customer', foreign) },
    ]) {
      expect(await run(client.analyst, 'identifyReceipt', { ...input, expectedVersion: 1 })).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect([await traces(client), await traces(other)]).toEqual(before)
  })
})

describe('several identifications at once', () => {
  it('one customer gets the money, and everybody else is told that it changed', async () => {
    const { client, receipt } = await unidentified()
    const customers = await Promise.all(Array.from({ length: 10 }, () => aCustomer(client)))
    const outcomes = await Promise.all(
      customers.map(({ gid }) =>
        run(client.analyst, 'identifyReceipt', { receipt: receipt.gid, customer: gid, expectedVersion: 1 }),
      ),
    )
    const won = outcomes.flatMap(({ receipt: kept }) => (kept === undefined ? [] : [kept.customer?.id]))
    expect(won).toHaveLength(1)
    expect(outcomes.filter(({ code }) => code === 'VERSION_CONFLICT')).toHaveLength(9)
    const [row] = await rowsOf(client, 'receipt')
    expect(gidOf(client, 'Customer', String(row?.customer_id))).toBe(won[0])
    expect(row).toMatchObject({ unapplied_minor: 30_000n, unidentified_minor: 0n, version: 2 })
    expect(await eventsOf(client)).toHaveLength(1)
  })
})

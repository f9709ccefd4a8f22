import { describe, expect, it } from 'vitest'
import { aClient, aCustomer, aReceipt, ask, grant, rowsOf, type TestClient } from '../harness/index.ts'
import { aDebtor, aKey, auditsOf, claimedBy, eventsOf, gidOf, run, selections, statusFor, traces, tryRun, usd } from './world.ts'

const inputFor = (client: { gid: string }, facts: object = {}) => ({
  client: client.gid,
  amount: usd('120.50'),
  valueOn: '2026-03-02',
  reference: 'RF18 5390',
  idempotencyKey: aKey(),
  ...facts,
})

describe('recordReceipt', () => {
  it('keeps the money as unapplied cash of the customer who paid', async () => {
    const { client, customer } = await aDebtor()
    const input = inputFor(client, { customer: customer.gid, payerName: 'ACME GmbH', idempotencyKey: 'bank-1' })
    const outcome = await run(client.integration, 'recordReceipt', input)

    expect(outcome).toMatchObject({
      __typename: 'RecordReceiptPayload',
      receipt: {
        version: 1,
        valueOn: '2026-03-02',
        reference: 'RF18 5390',
        payerName: 'ACME GmbH',
        customer: { id: customer.gid },
        amount: usd('120.50'),
        appliedAmount: usd('0.00'),
        unappliedAmount: usd('120.50'),
        unidentifiedAmount: usd('0.00'),
      },
    })
    const [row, ...others] = await rowsOf(client, 'receipt')
    expect(others).toEqual([])
    expect(row).toMatchObject({
      client_id: client.id,
      customer_id: customer.id,
      currency: 'USD',
      amount_minor: 12_050n,
      applied_minor: 0n,
      unapplied_minor: 12_050n,
      unidentified_minor: 0n,
      value_on: '2026-03-02',
      reference: 'RF18 5390',
      payer_name: 'ACME GmbH',
      principal_id: client.integration.id,
      version: 1,
    })
    expect(outcome.receipt?.id).toBe(gidOf(client, 'Receipt', String(row?.id)))
    expect(await eventsOf(client)).toMatchObject([
      { name: 'receipt.recorded', payload: { receiptId: row?.id, customerId: customer.id, stateBefore: 'RECEIVED' } },
    ])
    expect(await auditsOf(client)).toMatchObject([
      {
        command: 'cash.recordReceipt',
        principal_id: client.integration.id,
        input: { reference: 'RF18 5390', amount: usd('120.50') },
        outcome: { clientId: client.id, receiptId: row?.id },
      },
    ])
  })

  it('keeps the money as unidentified while nobody is known to have paid', async () => {
    const { client } = await aDebtor()
    const { receipt } = await run(client.analyst, 'recordReceipt', inputFor(client))
    expect(receipt).toMatchObject({ customer: null, unappliedAmount: usd('0.00'), unidentifiedAmount: usd('120.50') })
    expect(await rowsOf(client, 'receipt')).toMatchObject([
      { customer_id: null, unapplied_minor: 0n, unidentified_minor: 12_050n, payer_name: null },
    ])
  })

  it.each([
    ['JPY', '1234', '1234', 1_234n],
    ['USD', '0.01', '0.01', 1n],
    ['USD', '1234.5', '1234.50', 123_450n],
    ['KWD', '1.234', '1.234', 1_234n],
    ['CLF', '1.2345', '1.2345', 12_345n],
    ['USD', '100000000000000.00', '100000000000000.00', 10_000_000_000_000_000n],
  ])('takes %s %s to the last digit', async (currency, amount, shown, minor) => {
    const { client, customer } = await aDebtor()
    const input = inputFor(client, { customer: customer.gid, amount: { amount, currency } })
    const { receipt } = await run(client.analyst, 'recordReceipt', input)
    expect(receipt).toMatchObject({ amount: { amount: shown, currency }, unappliedAmount: { amount: shown, currency } })
    expect(await rowsOf(client, 'receipt')).toMatchObject([{ currency, amount_minor: minor, unapplied_minor: minor }])
  })
})

describe('recordReceipt refuses, and nothing was written:', () => {
  it.each<[string, object, string, string[]]>([
    ['an amount of zero', { amount: usd('0.00') }, 'INVALID_INPUT', ['input', 'amount']],
    ['a negative amount', { amount: usd('-1.00') }, 'INVALID_INPUT', ['input', 'amount']],
    ['a tenth of a cent', { amount: usd('1.001') }, 'INVALID_INPUT', ['input', 'amount']],
    ['half a yen', { amount: { amount: '0.5', currency: 'JPY' } }, 'INVALID_INPUT', ['input', 'amount']],
    ['a tenth of a fils', { amount: { amount: '1.0001', currency: 'KWD' } }, 'INVALID_INPUT', ['input', 'amount']],
    ['more than anybody owes', { amount: usd('100000000000000.01') }, 'INVALID_INPUT', ['input', 'amount']],
    ['no reference', { reference: ' ' }, 'INVALID_INPUT', ['input', 'reference']],
    ['a reference of 141 characters', { reference: 'x'.repeat(141) }, 'INVALID_INPUT', ['input', 'reference']],
    ['a payer of 301 characters', { payerName: 'x'.repeat(301) }, 'INVALID_INPUT', ['input', 'payerName']],
    ['no idempotency key', { idempotencyKey: '' }, 'INVALID_INPUT', ['input', 'idempotencyKey']],
    ['a blank idempotency key', { idempotencyKey: ' ' }, 'INVALID_INPUT', ['input', 'idempotencyKey']],
    ['a key of 256 characters', { idempotencyKey: 'k'.repeat(256) }, 'INVALID_INPUT', ['input', 'idempotencyKey']],
    ['an id that is none as customer', { customer: 'nonsense' }, 'NOT_FOUND', ['input', 'customer']],
  ])('%s', async (_case, facts, code, path) => {
    const { client } = await aDebtor()
    const before = await traces(client)
    expect(await run(client.analyst, 'recordReceipt', inputFor(client, facts))).toMatchObject({ code, path })
    expect(await traces(client)).toEqual(before)
  })

  it.each<[string, object]>([
    ['an exponent', { amount: usd('1e3') }],
    ['a currency that is none', { amount: { amount: '1', currency: 'XXX' } }],
    ['a day that does not exist', { valueOn: '2026-02-30' }],
    ['a reference with NUL', { reference: 'a\0b' }],
    ['no client', { client: null }],
  ])('%s is bad input', async (_case, facts) => {
    const { client } = await aDebtor()
    const before = await traces(client)
    const answer = await tryRun(client.analyst, 'recordReceipt', inputFor(client, facts))
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    expect(await traces(client)).toEqual(before)
  })

  it('a customer who is not there, who is something else, or who is another client’s: all in the same words', async () => {
    const { client } = await aDebtor()
    const other = await aDebtor()
    const receipt = await aReceipt(client, null, 100n)
    const before = [await traces(client), await traces(other.client)]
    const strangers = [
      gidOf(client, 'Customer'),
      receipt.gid,
      client.gid,
      other.customer.gid,
      claimedBy(client, 'Customer', other.customer),
    ]
    const answers = await Promise.all(
      strangers.map((customer) => run(client.analyst, 'recordReceipt', inputFor(client, { customer }))),
    )
    expect(answers[0]).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND', path: ['input', 'customer'] })
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect([await traces(client), await traces(other.client)]).toEqual(before)
  })
})

describe('recordReceipt by', () => {
  it('nobody is turned away at the door', async () => {
    const { client } = await aDebtor()
    const before = await traces(client)
    const { status, body } = await statusFor('recordReceipt', inputFor(client))
    expect(status).toBe(401)
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(await traces(client)).toEqual(before)
  })

  it.each([
    ['the client’s own portal user', (client: TestClient) => client.portal],
    ['an analyst of another provider', (client: TestClient) => client.stranger],
    ['the provider’s administrator', (client: TestClient) => client.provider.admin],
  ])('%s finds nothing there, as with a random id', async (_case, who) => {
    const { client, customer } = await aDebtor()
    const before = await traces(client)
    const input = inputFor(client, { customer: customer.gid })
    const outcome = await run(who(client), 'recordReceipt', input)
    expect(outcome).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' })
    const nowhere = gidOf(
      { ...client, id: '00000000-0000-4000-8000-000000000001' },
      'Client',
      '00000000-0000-4000-8000-000000000001',
    )
    expect(await run(who(client), 'recordReceipt', { ...input, client: nowhere })).toEqual(outcome)
    expect(await traces(client)).toEqual(before)
  })

  it('an analyst of two clients never books one’s money on the other’s customer', async () => {
    const { client, customer } = await aDebtor()
    const other = await aClient({ provider: client.provider })
    const foreign = await aCustomer(other)
    await grant(other, client.analyst, 'ANALYST')
    const before = [await traces(client), await traces(other)]
    for (const [whose, whom] of [
      [client, foreign],
      [other, customer],
      [client, { gid: claimedBy(client, 'Customer', foreign) }],
    ] as const) {
      const outcome = await run(client.analyst, 'recordReceipt', inputFor(whose, { customer: whom.gid }))
      expect(outcome).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'customer'] })
    }
    expect([await traces(client), await traces(other)]).toEqual(before)
    expect(await run(client.analyst, 'recordReceipt', inputFor(other, { customer: foreign.gid }))).toMatchObject({
      receipt: { customer: { id: foreign.gid } },
    })
    expect(await traces(client)).toEqual(before[0])
  })

  it('an analyst of one client who only observes the other records nothing there', async () => {
    const { client } = await aDebtor()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'OBSERVER')
    const before = await traces(other)
    expect(await run(client.analyst, 'recordReceipt', inputFor(other))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await traces(other)).toEqual(before)
  })
})

describe('a dry run of recordReceipt', () => {
  it('answers as the real one would, and writes nothing', async () => {
    const { client, customer } = await aDebtor()
    const before = await traces(client)
    const input = inputFor(client, { customer: customer.gid })
    const dry = await run(client.analyst, 'recordReceipt', { ...input, dryRun: true })
    expect(await traces(client)).toEqual(before)
    const gone = await ask(client.analyst, 'query Read($id: ID!) { node(id: $id) { id } }', { id: dry.receipt?.id })
    expect(gone).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })

    const real = await run(client.analyst, 'recordReceipt', input)
    const told = ({ receipt }: typeof dry) => ({ ...receipt, id: '', recordedAt: '' })
    expect(told(dry)).toEqual(told(real))
  })

  it('is refused as the real one would be', async () => {
    const { client } = await aDebtor()
    const outcome = await run(client.analyst, 'recordReceipt', inputFor(client, { amount: usd('0'), dryRun: true }))
    expect(outcome).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it.each([
    ['beside another field', `a: recordReceipt(input: $dry) S b: recordReceipt(input: $real) S`],
    ['behind another field', `b: recordReceipt(input: $real) S a: recordReceipt(input: $dry) S`],
  ])('%s is refused, and takes nothing real back with it', async (_case, fields) => {
    const { client } = await aDebtor()
    const text = `mutation Two($dry: RecordReceiptInput!, $real: RecordReceiptInput!) { ${fields} }`
    const answer = await ask(client.analyst, text.replaceAll('S', selections.recordReceipt), {
      dry: inputFor(client, { dryRun: true, reference: 'dry' }),
      real: inputFor(client, { reference: 'real' }),
    })
    expect(answer).toMatchObject({
      data: { a: null, b: { __typename: 'RecordReceiptPayload' } },
      errors: [{ path: ['a'], extensions: { code: 'BAD_USER_INPUT' } }],
    })
    expect(await rowsOf(client, 'receipt')).toMatchObject([{ reference: 'real' }])
  })

  it('hidden in a fragment beside another field is refused as well', async () => {
    const { client } = await aDebtor()
    const before = await traces(client)
    const text = `mutation Two($dry: RecordReceiptInput!) { ...Both }
      fragment Both on Mutation { a: recordReceipt(input: $dry) { __typename } b: recordReceipt(input: $dry) { __typename } }`
    const answer = await ask(client.analyst, text, { dry: inputFor(client, { dryRun: true }) })
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT'])
    expect(await traces(client)).toEqual(before)
  })

  it('does not use up its idempotency key', async () => {
    const { client } = await aDebtor()
    const input = inputFor(client)
    await run(client.analyst, 'recordReceipt', { ...input, dryRun: true, reference: 'another input' })
    expect(await run(client.analyst, 'recordReceipt', input)).toMatchObject({ __typename: 'RecordReceiptPayload' })
  })
})

describe('the idempotency key of recordReceipt', () => {
  it('answers the same input again with the same receipt', async () => {
    const { client, customer } = await aDebtor()
    const input = inputFor(client, { customer: customer.gid })
    const first = await run(client.analyst, 'recordReceipt', input)
    const before = await traces(client)
    expect(await run(client.analyst, 'recordReceipt', input)).toEqual(first)
    expect(await run(client.integration, 'recordReceipt', input)).toEqual(first)
    expect(await traces(client)).toEqual(before)
  })

  it('refuses another input: the first call stands', async () => {
    const { client } = await aDebtor()
    const input = inputFor(client)
    await run(client.analyst, 'recordReceipt', input)
    const before = await traces(client)
    for (const facts of [{ amount: usd('120.51') }, { reference: 'other' }, { valueOn: '2026-03-03' }, { payerName: 'x' }]) {
      const outcome = await run(client.analyst, 'recordReceipt', { ...input, ...facts })
      expect(outcome).toMatchObject({ __typename: 'IdempotencyMismatch', key: input.idempotencyKey })
    }
    expect(await traces(client)).toEqual(before)
  })

  it('is free again after a refusal', async () => {
    const { client } = await aDebtor()
    const input = inputFor(client)
    await run(client.analyst, 'recordReceipt', { ...input, amount: usd('0') })
    expect(await run(client.analyst, 'recordReceipt', input)).toMatchObject({ __typename: 'RecordReceiptPayload' })
  })

  it('does not meet the same key at another client', async () => {
    const { client } = await aDebtor()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    const key = { idempotencyKey: 'the very same' }
    const [here, there] = await Promise.all([
      run(client.analyst, 'recordReceipt', inputFor(client, key)),
      run(client.analyst, 'recordReceipt', inputFor(other, { ...key, reference: 'there' })),
    ])
    expect(here.receipt?.id).not.toBe(there.receipt?.id)
    expect(await rowsOf(client, 'receipt')).toHaveLength(1)
    expect(await rowsOf(other, 'receipt')).toMatchObject([{ reference: 'there' }])
  })

  it('lets fifty at once have one effect, and answers them all alike', async () => {
    const { client, customer } = await aDebtor()
    const input = inputFor(client, { customer: customer.gid })
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => run(client.integration, 'recordReceipt', input)))
    expect(outcomes[0]).toMatchObject({ __typename: 'RecordReceiptPayload' })
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1)
    expect(await rowsOf(client, 'receipt')).toHaveLength(1)
    expect(await eventsOf(client)).toHaveLength(1)
    expect(await auditsOf(client)).toHaveLength(1)
  })
})

import { describe, expect, it } from 'vitest'
import { PostCashResultsDocument } from '../generated/operations.ts'
import { aClient, asOwner, grant, rowsOf, startTestApp, type TestClient } from '../harness/index.ts'
import { expectTurnedAway } from './answers.ts'
import { load, post, postOne, type Result, source } from './results.ts'
import { aKey, auditsOf, contradictions, eventsOf, gidOf, traces } from './world.ts'

/** A client to whom C1 owes an invoice of 100 and has a credit of 30. */
const owed = async (): Promise<TestClient> => {
  const client = await aClient()
  const rows = [
    { number: 'I1', customerNumber: 'C1', amount: '100.00' },
    { number: 'K1', customerNumber: 'C1', amount: '-30.00', kind: 'CREDIT_MEMO' },
  ]
  await load(client, rows, aKey())
  return client
}

const payment = (amount: string, facts: object = {}) => ({
  amount,
  valueOn: '2026-02-10',
  reference: 'wire 1',
  customerNumber: 'C1',
  ...facts,
})
const result = (parts: object = {}): Result => ({ key: 'k1', receiptKey: 'R1', ...parts })
const inputOf = (client: TestClient, ...results: readonly Result[]) =>
  ({ client: client.gid, source, results: results.map((one) => ({ currency: 'USD', ...one })) }) as never

const theReceipt = async (client: TestClient) => (await rowsOf(client, 'receipt'))[0]
const openOf = async (client: TestClient, number: string) =>
  (await rowsOf(client, 'open_item')).find((row) => row.number === number)?.open_minor

describe('each part of a result', () => {
  it.each<[string, object, object]>([
    ['a payment of somebody', { payment: payment('80.00') }, { unapplied_minor: 8_000n, state: 'REMITTANCE_MISSING' }],
    [
      'a payment of nobody',
      { payment: payment('80.00', { customerNumber: null }) },
      { unidentified_minor: 8_000n, state: 'UNIDENTIFIED', customer_id: null },
    ],
    [
      'a remittance',
      { payment: payment('80.00'), remittance: { lines: [{ reference: 'I1', paid: '80.00' }] } },
      { unapplied_minor: 8_000n, state: 'IDENTIFIED', has_remittance: true },
    ],
    [
      'an application',
      { payment: payment('80.00'), applications: [{ itemNumber: 'I1', amount: '80.00' }] },
      { applied_minor: 8_000n, state: 'MATCHED' },
    ],
    [
      'an application to the item of whoever paid, where nobody said who',
      { payment: payment('80.00', { customerNumber: null }), applications: [{ itemNumber: 'I1', amount: '80.00' }] },
      { applied_minor: 8_000n, unidentified_minor: 0n, state: 'MATCHED' },
    ],
    [
      'a credit memo that is taken off',
      {
        payment: payment('70.00'),
        applications: [
          { itemNumber: 'I1', amount: '100.00' },
          { itemNumber: 'K1', amount: '-30.00' },
        ],
      },
      { applied_minor: 7_000n, unapplied_minor: 0n, state: 'MATCHED' },
    ],
    ['a rest on account', { payment: payment('80.00'), onAccount: '80.00' }, { on_account_minor: 8_000n, state: 'ON_ACCOUNT' }],
    ['a refund', { payment: payment('80.00'), refunded: '80.00' }, { refunded_minor: 8_000n, state: 'RETURNED_TO_PAYER' }],
    ['charges', { payment: payment('80.00'), charges: '80.00' }, { charges_minor: 8_000n, state: 'MATCHED' }],
    [
      'a receipt that is taken back',
      { payment: payment('80.00'), reversal: { reason: 'STOP' } },
      { reversed_minor: 8_000n, state: 'REVERSED', reversal_reason: 'STOP' },
    ],
  ])('%s is done', async (_case, parts, row) => {
    const client = await owed()
    expect(await postOne(client, result(parts))).toMatchObject({ outcome: 'DONE', waitsFor: [], refusal: null })
    expect(await theReceipt(client)).toMatchObject(row)
    expect(await contradictions(client)).toEqual([])
  })

  it('keeps what the bank and the payer told, and adds the company that is new', async () => {
    const client = await owed()
    const facts = { payerName: 'Tamsin Ridge', payerAccount: 'DE893704', legalEntity: 'LE9', bankText: 'SVWZ+I1 MIT DANK' }
    const deductions = [{ amount: '2.00', code: '01', codeList: 'X12_426', text: 'price' }]
    const lines = [{ reference: 'I1', paid: '80.00', discount: '1.00', deductions }, { paid: '-3.00' }]
    await post(client, [result({ payment: payment('80.00', facts), remittance: { payerName: 'TR', lines } })])
    const [entity] = (await rowsOf(client, 'legal_entity')).filter(({ code }) => code === 'LE9')
    expect(await theReceipt(client)).toMatchObject({
      reference: 'wire 1',
      payer_name: 'Tamsin Ridge',
      payer_account: 'DE893704',
      bank_text: 'SVWZ+I1 MIT DANK',
      value_on: '2026-02-10',
      legal_entity_id: entity?.id,
      source,
      source_key: 'R1',
      principal_id: client.integration.id,
    })
    expect(await rowsOf(client, 'remittance_line')).toMatchObject([
      { place: 0, reference: 'I1', paid_minor: 8_000n, discount_minor: 100n, deductions: [{ amountMinor: '200', code: '01' }] },
      { place: 1, reference: null, paid_minor: -300n, discount_minor: null, deductions: [] },
    ])
  })

  it('is told to who follows receipts, audited by its keys, and in one event for the call', async () => {
    const client = await owed()
    await post(client, [
      result({ payment: payment('80.00'), applications: [{ itemNumber: 'I1', amount: '80.00' }] }),
      { key: 'k2', receiptKey: 'R2', payment: payment('5.00') },
    ])
    const told = (await eventsOf(client)).map(({ name }) => name)
    expect(told.filter((name) => name === 'receipt.recorded')).toHaveLength(2)
    expect(told.filter((name) => name === 'results.posted')).toHaveLength(1)
    const audits = (await auditsOf(client)).filter(({ command }) => command === 'remittance.postCashResults')
    expect(audits).toMatchObject([{ input: { source, count: 2, keys: ['k1', 'k2'] } }])
  })
})

describe('a key', () => {
  it('that comes again is told as it stands by then, and nothing is done', async () => {
    const client = await owed()
    const early = result({ applications: [{ itemNumber: 'I1', amount: '80.00' }] })
    expect(await postOne(client, early)).toMatchObject({ outcome: 'WAITING', waitsFor: ['RECEIPT'], receipt: null })
    expect(await postOne(client, early)).toMatchObject({ outcome: 'REPEATED', waitsFor: ['RECEIPT'], receipt: null })
    await post(client, [{ key: 'k2', receiptKey: 'R1', payment: payment('80.00') }])
    const before = await traces(client)
    expect(await postOne(client, early)).toMatchObject({
      outcome: 'REPEATED',
      waitsFor: [],
      receipt: { state: 'MATCHED', appliedAmount: { amount: '80.00' } },
    })
    expect(await traces(client)).toEqual(before)
  })

  it('with another body is refused, and the first result stands', async () => {
    const client = await owed()
    await post(client, [result({ payment: payment('80.00') })])
    const before = await traces(client)
    for (const parts of [
      { payment: payment('80.01') },
      { payment: payment('80.00'), charges: '1.00' },
      { receiptKey: 'R2', charges: '1.00' },
    ])
      expect(await postOne(client, result(parts))).toMatchObject({
        outcome: 'REFUSED',
        refusal: { code: 'IDEMPOTENCY_MISMATCH', path: ['input', 'results', '0', 'key'] },
        receipt: null,
      })
    expect(await traces(client)).toEqual(before)
  })

  it('twice within one call is done once; with another body the second is refused', async () => {
    const client = await owed()
    const paid = result({ payment: payment('80.00') })
    const posted = await post(client, [paid, paid, { ...paid, payment: payment('90.00') }])
    expect(posted.results?.map(({ outcome }) => outcome)).toEqual(['DONE', 'REPEATED', 'REFUSED'])
    expect(await rowsOf(client, 'receipt')).toHaveLength(1)
  })

  it('of one source is none of another', async () => {
    const client = await owed()
    for (const other of ['BANK-HUB', 'LOCKBOX'])
      expect((await post(client, [result({ payment: payment('80.00') })], { source: other })).counts).toMatchObject({ done: 1 })
    expect(await rowsOf(client, 'receipt')).toHaveLength(2)
  })

  it('from twenty callers at once has one effect, and all are told the same receipt', async () => {
    const app = await startTestApp({ connections: 10 })
    try {
      const client = await owed()
      const results = [
        result({ payment: payment('80.00'), applications: [{ itemNumber: 'I1', amount: '50.00' }], onAccount: '30.00' }),
        { key: 'k2', receiptKey: 'R2', payment: payment('5.00') },
      ]
      const order = (nth: number) => (nth % 2 === 0 ? results : results.toReversed())
      const all = await Promise.all(Array.from({ length: 20 }, (_, nth) => post(client, order(nth), { app })))
      const outcomes = all.flatMap((posted) => posted.results ?? [])
      expect(outcomes.filter(({ outcome }) => outcome === 'DONE')).toHaveLength(2)
      expect(outcomes.filter(({ outcome }) => outcome === 'REPEATED')).toHaveLength(38)
      expect(new Set(outcomes.map(({ receipt }) => receipt?.id)).size).toBe(2)
      expect(await rowsOf(client, 'application')).toHaveLength(1)
      expect(await contradictions(client)).toEqual([])
    } finally {
      await app.stop()
    }
  })
})

describe('a receipt of which two things are told', () => {
  it.each<[string, readonly Result[], readonly string[]]>([
    ['two amounts', [result({ payment: payment('80.00') }), result({ key: 'k2', payment: payment('81.00') })], ['payment']],
    [
      'two value dates',
      [result({ payment: payment('80.00') }), result({ key: 'k2', payment: payment('80.00', { valueOn: '2026-02-11' }) })],
      ['payment'],
    ],
    [
      'two currencies',
      [result({ payment: payment('80.00') }), result({ key: 'k2', currency: 'EUR', charges: '1.00' })],
      ['currency'],
    ],
    [
      'two currencies, before there is a payment',
      [
        result({ currency: 'EUR', applications: [{ itemNumber: 'I1', amount: '80.00' }] }),
        result({ key: 'k2', payment: payment('80.00') }),
      ],
      ['currency'],
    ],
    [
      'two currencies, of which a remittance told the first',
      [result({ currency: 'EUR', remittance: { lines: [{ paid: '80.00' }] } }), result({ key: 'k2', payment: payment('80.00') })],
      ['currency'],
    ],
  ])('%s keeps the first, in one call and in two', async (_case, [first, second], path) => {
    const refusal = { code: 'PAYMENT_CONFLICT' }
    const told = [first, second].filter((one) => one !== undefined)
    const together = await owed()
    expect((await post(together, told)).results).toMatchObject([
      { refusal: null },
      { outcome: 'REFUSED', refusal: { ...refusal, path: ['input', 'results', '1', ...path] } },
    ])
    const apart = await owed()
    const answers = [await postOne(apart, told[0] as Result), await postOne(apart, told[1] as Result)]
    expect(answers).toMatchObject([
      { refusal: null },
      { outcome: 'REFUSED', refusal: { ...refusal, path: ['input', 'results', '0', ...path] } },
    ])
    for (const client of [together, apart]) {
      expect(await rowsOf(client, 'cash_result')).toHaveLength(1)
      expect(await openOf(client, 'I1')).toBe(10_000n)
    }
  })

  it('the same payment told twice is one payment', async () => {
    const client = await owed()
    const posted = await post(client, [result({ payment: payment('80.00') }), result({ key: 'k2', payment: payment('80.00') })])
    expect(posted.counts).toMatchObject({ done: 2 })
    expect(await rowsOf(client, 'receipt')).toHaveLength(1)
  })
})

describe('postCashResults by', () => {
  it('whoever holds nothing here finds nothing, and nobody at all is turned away at the door', async () => {
    const client = await owed()
    const input = inputOf(client, result({ payment: payment('80.00') }))
    const nowhere = { ...(input as object), client: gidOf(client, 'Client') } as never
    await expectTurnedAway(client, PostCashResultsDocument, { input, nowhere })
  })

  it('an analyst is done as well', async () => {
    const client = await owed()
    expect(await postOne(client, result({ payment: payment('80.00') }), { who: client.analyst })).toMatchObject({
      outcome: 'DONE',
    })
  })

  it('an integration of two clients never meets the other: neither its items, its customers nor its keys', async () => {
    const client = await owed()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.integration, 'INTEGRATION')
    const before = await traces(client)
    const told = result({ payment: payment('80.00'), applications: [{ itemNumber: 'I1', amount: '80.00' }] })
    expect(await postOne(other, told, { who: client.integration })).toMatchObject({
      outcome: 'WAITING',
      waitsFor: expect.arrayContaining(['CUSTOMER', 'OPEN_ITEM']),
    })
    expect(await traces(client)).toEqual(before)
    expect(await theReceipt(other)).toMatchObject({ customer_id: null, unidentified_minor: 8_000n })
    // The same key is free at the other client, and its body its own.
    expect(await postOne(client, result({ payment: payment('10.00') }))).toMatchObject({ outcome: 'DONE' })
    await load(other, [{ number: 'I1', customerNumber: 'C1', amount: '100.00' }], aKey())
    expect([await openOf(client, 'I1'), await openOf(other, 'I1')]).toEqual([10_000n, 2_000n])
    const owners = await asOwner<{ n: number }>(
      `select count(*)::int as n from application a join open_item o on o.id = a.open_item_id join receipt r on r.id = a.receipt_id
       where o.client_id <> a.client_id or r.client_id <> a.client_id`,
    )
    expect(owners).toEqual([{ n: 0 }])
  })
})

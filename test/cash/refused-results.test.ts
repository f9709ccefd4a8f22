import { describe, expect, it } from 'vitest'
import { aClient, ask, rowsOf, type TestClient } from '../harness/index.ts'
import { load, post, postDocument, postOne, type Result, source } from './results.ts'
import { aKey, auditsOf, contradictions, traces } from './world.ts'

const owed = async (): Promise<TestClient> => {
  const client = await aClient()
  await load(client, [{ number: 'I1', customerNumber: 'C1', amount: '100.00' }], aKey())
  return client
}

const payment = (amount: string, facts: object = {}) => ({ amount, valueOn: '2026-02-10', reference: 'wire 1', ...facts })
const application = (facts: object) => ({ applications: [{ itemNumber: 'I1', amount: '80.00', ...facts }] })
const deduction = (facts: object) => application({ deductions: [{ amount: '1.00', ...facts }] })
const line = (facts: object) => ({ remittance: { lines: [{ reference: 'I1', ...facts }] } })
const long = (chars: number) => 'x'.repeat(chars)

describe('a result that cannot be taken is refused with its place, and nothing of it is kept:', () => {
  it.each<[string, object, readonly string[]]>([
    ['nothing in it', {}, []],
    ['a blank key', { key: ' ', charges: '1.00' }, ['key']],
    ['a key of 201 characters', { key: long(201), charges: '1.00' }, ['key']],
    ['a blank key of the receipt', { receiptKey: '', charges: '1.00' }, ['receiptKey']],
    ['a key of the receipt of 201 characters', { receiptKey: long(201), charges: '1.00' }, ['receiptKey']],
    ['a payment of nothing', { payment: payment('0.00') }, ['payment', 'amount']],
    ['a payment below zero', { payment: payment('-1.00') }, ['payment', 'amount']],
    ['a payment of a tenth of a cent', { payment: payment('1.001') }, ['payment', 'amount']],
    ['a payment beyond all money', { payment: payment('999999999999999999') }, ['payment', 'amount']],
    ['a sen of a yen', { currency: 'JPY', payment: payment('1.5') }, ['payment', 'amount']],
    ['no reference', { payment: payment('1.00', { reference: '' }) }, ['payment', 'reference']],
    ['a reference of 141 characters', { payment: payment('1.00', { reference: long(141) }) }, ['payment', 'reference']],
    ['a payer of 301 characters', { payment: payment('1.00', { payerName: long(301) }) }, ['payment', 'payerName']],
    ['an account of 61 characters', { payment: payment('1.00', { payerAccount: long(61) }) }, ['payment', 'payerAccount']],
    ['a blank number of the customer', { payment: payment('1.00', { customerNumber: ' ' }) }, ['payment', 'customerNumber']],
    ['a company code of 41 characters', { payment: payment('1.00', { legalEntity: long(41) }) }, ['payment', 'legalEntity']],
    ['a bank’s text of 8001 characters', { payment: payment('1.00', { bankText: long(8_001) }) }, ['payment', 'bankText']],
    ['an item without a number', application({ itemNumber: ' ' }), ['applications', '0', 'itemNumber']],
    ['an item’s number of 61 characters', application({ itemNumber: long(61) }), ['applications', '0', 'itemNumber']],
    ['an item’s company of 41 characters', application({ legalEntity: long(41) }), ['applications', '0', 'legalEntity']],
    ['nothing applied', application({ amount: '0.00' }), ['applications', '0', 'amount']],
    ['another currency without what it is here', application({ itemCurrency: 'EUR' }), ['applications', '0', 'receiptAmount']],
    ['one amount that is two', application({ receiptAmount: '79.00' }), ['applications', '0', 'receiptAmount']],
    [
      'two directions of one amount',
      application({ itemCurrency: 'EUR', receiptAmount: '-80.00' }),
      ['applications', '0', 'receiptAmount'],
    ],
    ['a discount that adds to the debt', application({ discountEarned: '-1.00' }), ['applications', '0', 'discountEarned']],
    ['a write-off of nothing', application({ writeOff: '0.00' }), ['applications', '0', 'writeOff']],
    ['a fee of half a cent', application({ bankFee: '0.005' }), ['applications', '0', 'bankFee']],
    ['a deduction of nothing', deduction({ amount: '0.00' }), ['applications', '0', 'deductions', '0', 'amount']],
    ['a deduction below zero', deduction({ amount: '-1.00' }), ['applications', '0', 'deductions', '0', 'amount']],
    ['a blank code', deduction({ code: '' }), ['applications', '0', 'deductions', '0', 'code']],
    ['a code of 61 characters', deduction({ code: long(61) }), ['applications', '0', 'deductions', '0', 'code']],
    ['a list of 21 characters', deduction({ codeList: long(21) }), ['applications', '0', 'deductions', '0', 'codeList']],
    ['a reason of 501 characters', deduction({ text: long(501) }), ['applications', '0', 'deductions', '0', 'text']],
    [
      'a deduction from a credit memo',
      { applications: [{ itemNumber: 'I1', amount: '-5.00', deductions: [{ amount: '1.00' }] }] },
      ['applications', '0', 'deductions'],
    ],
    ['nothing on account', { onAccount: '0.00' }, ['onAccount']],
    ['a refund below zero', { refunded: '-1.00' }, ['refunded']],
    ['charges that are too exact', { charges: '1.005' }, ['charges']],
    ['a blank result to take back', { reversal: { result: ' ', reason: 'STOP' } }, ['reversal', 'result']],
    ['a note of 401 characters', { reversal: { result: 'k0', reason: 'STOP', note: long(401) } }, ['reversal', 'note']],
    ['a line of nothing', { remittance: { lines: [{ discount: '1.00' }] } }, ['remittance', 'lines', '0']],
    ['a line’s number of 141 characters', line({ reference: long(141) }), ['remittance', 'lines', '0', 'reference']],
    ['a line of half a cent', line({ paid: '0.005' }), ['remittance', 'lines', '0', 'paid']],
    ['a line’s discount of nothing', line({ discount: '0.00' }), ['remittance', 'lines', '0', 'discount']],
    [
      'a line’s deduction of nothing',
      line({ deductions: [{ amount: '0.00' }] }),
      ['remittance', 'lines', '0', 'deductions', '0', 'amount'],
    ],
    [
      'a payer of 301 characters in the remittance',
      { remittance: { payerName: long(301), lines: [] } },
      ['remittance', 'payerName'],
    ],
    ['1001 lines', { remittance: { lines: Array.from({ length: 1_001 }, () => ({ paid: '1.00' })) } }, []],
    [
      'what is wrong in the second application',
      {
        applications: [
          { itemNumber: 'I1', amount: '1.00' },
          { itemNumber: 'I1', amount: '0.00' },
        ],
      },
      ['applications', '1', 'amount'],
    ],
  ])('%s', async (_case, parts, path) => {
    const client = await owed()
    const before = await traces(client)
    const posted = await post(client, [{ key: 'k1', receiptKey: 'R1', ...parts }])
    expect(posted.counts).toEqual({ done: 0, waiting: 0, repeated: 0, refused: 1 })
    expect(posted.results).toMatchObject([
      { outcome: 'REFUSED', receipt: null, refusal: { code: 'INVALID_INPUT', path: ['input', 'results', '0', ...path] } },
    ])
    expect(await traces(client)).toEqual(before)
  })

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['no results at all', { results: [] }, ['input', 'results']],
    [
      '1001 of them',
      { results: Array.from({ length: 1_001 }, (_, n) => ({ key: `${n}`, receiptKey: 'R', charges: '1.00', currency: 'USD' })) },
      ['input', 'results'],
    ],
    ['no source', { source: ' ' }, ['input', 'source']],
    ['a source of 41 characters', { source: long(41) }, ['input', 'source']],
  ])('%s', async (_case, facts, path) => {
    const client = await owed()
    const before = await traces(client)
    const posted = await post(client, [{ key: 'k1', receiptKey: 'R1', charges: '1.00' }], facts)
    expect(posted).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT', path })
    expect(await traces(client)).toEqual(before)
  })

  it.each([
    ['a currency that is none', { currency: 'ABC', charges: '1.00' }],
    ['a day that is none', { payment: payment('1.00', { valueOn: '2026-02-30' }) }],
    ['an amount with an exponent', { charges: '1e3' }],
    ['a reason that is none', { reversal: { reason: 'BECAUSE' } }],
    ['a text with NUL', { payment: payment('1.00', { reference: 'a\0b' }) }],
  ])('%s never comes so far', async (_case, parts) => {
    const client = await owed()
    const before = await traces(client)
    const results = [{ key: 'k1', receiptKey: 'R1', currency: 'USD', ...parts }]
    const { data, errors } = await ask(client.integration, postDocument, { input: { client: client.gid, source, results } })
    expect([data ?? null, errors]).toMatchObject([null, [{ extensions: { code: 'BAD_USER_INPUT' } }]])
    expect(await traces(client)).toEqual(before)
  })
})

describe('a batch of a thousand', () => {
  /** By tens: nine that can be taken, one of them waiting, and one that cannot. */
  const mixed = (): Result[] =>
    Array.from({ length: 1_000 }, (_, nth) => {
      const base = { key: `k${nth}`, receiptKey: `R${nth}` }
      if (nth % 10 === 9) return { ...base, payment: payment('-1.00') }
      if (nth % 10 === 8) return { ...base, applications: [{ itemNumber: 'I-unknown', amount: '1.00' }] }
      if (nth % 10 === 7) return { ...base, key: `k${nth - 1}`, receiptKey: `R${nth - 1}`, payment: payment('1.00') }
      if (nth % 10 === 6) return { ...base, payment: payment('1.00') }
      return { ...base, payment: payment('0.10', { customerNumber: 'C1' }), applications: [{ itemNumber: 'I1', amount: '0.10' }] }
    })

  it('is answered row by row, each for itself', async () => {
    const client = await owed()
    const posted = await post(client, mixed())
    expect(posted.counts).toEqual({ done: 700, waiting: 100, repeated: 100, refused: 100 })
    expect(posted.results?.map(({ index }) => index)).toEqual(Array.from({ length: 1_000 }, (_, nth) => nth))
    for (const { index, outcome, waitsFor, refusal } of posted.results ?? []) {
      const told = { 9: 'REFUSED', 8: 'WAITING', 7: 'REPEATED' }[index % 10] ?? 'DONE'
      expect([index, outcome]).toEqual([index, told])
      expect(waitsFor).toEqual(told === 'WAITING' ? ['RECEIPT'] : [])
      if (told === 'REFUSED') expect(refusal?.path).toEqual(['input', 'results', String(index), 'payment', 'amount'])
    }
    expect(await rowsOf(client, 'receipt')).toHaveLength(700)
    // Six hundred times ten cents of the hundred that were open.
    expect((await rowsOf(client, 'open_item'))[0]).toMatchObject({ open_minor: 4_000n, pending_minor: 6_000n })
    expect(await contradictions(client)).toEqual([])
    // Sent again, nothing is done again.
    const again = await post(client, mixed())
    expect(again.counts).toEqual({ done: 0, waiting: 0, repeated: 900, refused: 100 })
    expect((await rowsOf(client, 'open_item'))[0]).toMatchObject({ open_minor: 4_000n })
  }, 60_000)

  it('is refused as a whole where all or nothing is asked for, and each that is wrong is told', async () => {
    const client = await owed()
    const before = await traces(client)
    const posted = await post(client, mixed(), { allOrNothing: true })
    expect(posted).toMatchObject({ __typename: 'CashResultsRefused', code: 'RESULTS_REFUSED', path: ['input', 'results'] })
    expect(posted.refused?.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, ten) => ten * 10 + 9))
    expect(await traces(client)).toEqual(before)
  }, 60_000)

  it('is taken as a whole where nothing is wrong with it', async () => {
    const client = await owed()
    const posted = await post(
      client,
      mixed().filter((_result, nth) => nth % 10 !== 9),
      { allOrNothing: true },
    )
    expect(posted.counts).toEqual({ done: 700, waiting: 100, repeated: 100, refused: 0 })
  }, 60_000)
})

describe('a dry run', () => {
  it('is answered as the real call would be, and leaves no trace', async () => {
    const client = await owed()
    const results: Result[] = [
      {
        key: 'k1',
        receiptKey: 'R1',
        payment: payment('90.00'),
        ...deduction({ code: '01', codeList: 'X12_426' }),
        onAccount: '10.00',
      },
      { key: 'k2', receiptKey: 'R2', applications: [{ itemNumber: 'I1', amount: '1.00' }] },
      { key: 'k3', receiptKey: 'R3', payment: payment('0.00') },
    ]
    const before = await traces(client)
    const dry = await post(client, results, { dryRun: true })
    expect(dry.counts).toEqual({ done: 1, waiting: 1, repeated: 0, refused: 1 })
    expect(await traces(client)).toEqual(before)
    const real = await post(client, results)
    const told = ({ results: some }: typeof real) =>
      some?.map(({ receipt, ...rest }) => ({ ...rest, receipt: { ...receipt, id: '' } }))
    expect(told(real)).toEqual(told(dry))
    expect((await auditsOf(client)).filter(({ command }) => command === 'remittance.postCashResults')).toHaveLength(1)
  })

  it('of what is only repeated or refused is audited by nobody', async () => {
    const client = await owed()
    await postOne(client, { key: 'k1', receiptKey: 'R1', payment: payment('90.00') })
    const before = await traces(client)
    await post(client, [
      { key: 'k1', receiptKey: 'R1', payment: payment('90.00') },
      { key: 'k2', receiptKey: 'R1', payment: payment('91.00') },
    ])
    expect(await traces(client)).toEqual(before)
  })
})

import { describe, expect, it } from 'vitest'
import { done, readAs, refused } from '../cash/answers.ts'
import { cardOf, record, standingOf } from '../cash/receipts.ts'
import { load, post, type Result } from '../cash/results.ts'
import { aKey, contradictions, gidOf, traces, usd } from '../cash/world.ts'
import { ClientCashFiguresDocument, MatchReceiptsDocument, ReverseApplicationDocument } from '../generated/operations.ts'
import { ask, asOwner, rowsOf, type TestClient } from '../harness/index.ts'
import { invoice, matchAll, openOf, owed, paid, publish, theMatch, told } from './owed.ts'

// What the engine posts by itself, and how well it did.

const undoAsWrong = async (client: TestClient, receipt: { readonly id: string }) => {
  const [application] = standingOf(await cardOf(client, receipt))
  const input = { application: application?.id ?? '', reason: 'of somebody else', isFalseMatch: true, idempotencyKey: aKey() }
  return done(client.analyst, ReverseApplicationDocument, input)
}
const byNotes = ({ notes }: { readonly notes: readonly { readonly code: string; readonly isBlocking: boolean }[] }) =>
  notes.filter(({ isBlocking }) => isBlocking).map(({ code }) => code)

describe('a match that is certain', () => {
  it('takes a credit memo off, discounts and fees included, each as what it is', async () => {
    const client = await owed(
      [invoice('9040010088', '1000.00'), invoice('9040010089', '-100.00', { kind: 'CREDIT_MEMO' })],
      [told(paid('899.50'), { reference: '9040010088', paid: '999.50' }, { reference: '9040010089', paid: '-100.00' })],
    )
    expect(await theMatch(client)).toMatchObject({
      state: 'POSTED',
      rest: usd('0.00'),
      lines: [
        { outcome: 'WITHIN_TOLERANCE', effects: { cash: usd('999.50'), writeOff: usd('0.50'), settled: usd('1000.00') } },
        { outcome: 'NETTING', effects: { cash: usd('-100.00') } },
      ],
    })
    expect((await rowsOf(client, 'application')).map(({ kind, amount_minor }) => [kind, amount_minor])).toEqual([
      ['CASH', -10_000n],
      ['CASH', 99_950n],
      ['WRITE_OFF', 50n],
    ])
    expect(await contradictions(client)).toEqual([])
  })

  it('of a parent who pays for its child is posted, unless the policy wants a person to look', async () => {
    const family = async () => {
      const client = await owed([invoice('9040010088', '100.00', { customerNumber: '70002' }), invoice('1', '1.00')])
      await asOwner(
        `update customer c set parent_id = p.id from customer p
         where c.client_id = $1 and c.number = '70002' and p.client_id = c.client_id and p.number = '70001'`,
        [client.id],
      )
      await post(client, [told(paid('100.00'), { reference: '9040010088', paid: '100.00' })])
      return client
    }
    const client = await family()
    const match = await theMatch(client)
    expect(match).toMatchObject({
      state: 'POSTED',
      customer: { number: '70001' },
      lines: [{ further: [{ id: 'REMITTANCE_LINE' }, { id: 'PARENT_PAYS' }] }],
    })
    expect(await openOf(client, '9040010088')).toBe(0n)
    const careful = await family()
    await publish(careful, 'MATCHING', { payer: { parentIsAutomatic: false } })
    const held = await theMatch(careful)
    expect([held.state, byNotes(held)]).toEqual(['PROPOSED', ['PARENT_PAYS']])
    expect(await openOf(careful, '9040010088')).toBe(10_000n)
  })

  it('of somebody who does not pay for the customer of the item is for a person to decide', async () => {
    const client = await owed(
      [invoice('9040010088', '100.00', { customerNumber: '70002' }), invoice('9040010099', '1.00')],
      [told(paid('100.00'), { reference: '9040010088', paid: '100.00' })],
    )
    const match = await theMatch(client)
    expect([match.state, byNotes(match)]).toEqual(['PROPOSED', ['PAYER_DIFFERS']])
  })

  it('is made once where two receipts name one item: the second is told that it was paid', async () => {
    const client = await owed(
      [invoice('9040010088', '100.00')],
      ['R1', 'R2'].map((key) => told(paid('100.00', {}, key), { reference: '9040010088' })),
    )
    const { automatic, suggested, matched } = await matchAll(client)
    expect([automatic, suggested]).toEqual([1, 1])
    expect(matched.map(({ match }) => match.lines[0]?.outcome).toSorted()).toEqual(['DUPLICATE', 'EXACT'])
    expect(await openOf(client, '9040010088')).toBe(0n)
    expect(await contradictions(client)).toEqual([])
  })

  it('is not made again by itself where it was undone as wrong', async () => {
    const client = await owed([invoice('9040010088', '100.00')], [told(paid('100.00'), { reference: '9040010088' })])
    const { receipt } = await theMatch(client)
    await undoAsWrong(client, receipt)
    const again = await theMatch(client)
    expect([again.state, byNotes(again)]).toEqual(['PROPOSED', ['WRONG_BEFORE']])
    expect(await openOf(client, '9040010088')).toBe(10_000n)
  })

  it('keeps a rest on account where the policy says so', async () => {
    const client = await owed(
      [invoice('9040010088', '100.00')],
      [told(paid('120.00'), { reference: '9040010088', paid: '120.00' })],
    )
    expect(await theMatch(client)).toMatchObject({ state: 'PROPOSED', lines: [{ outcome: 'OVER_PAY' }], rest: usd('20.00') })
    await publish(client, 'MATCHING', { overPaid: { isAutomatic: true, use: 'ON_ACCOUNT' } })
    expect(await theMatch(client)).toMatchObject({
      state: 'POSTED',
      receipt: { state: 'MATCHED', appliedAmount: usd('100.00'), onAccountAmount: usd('20.00') },
    })
    expect(await contradictions(client)).toEqual([])
  })

  it('is looked for among the receipts that are named, and the oldest where none is', async () => {
    const results = ['03', '01', '02'].map((day) => paid('5.00', { valueOn: `2026-02-${day}`, payerName: 'Nobody' }, `R${day}`))
    const client = await owed([], results)
    const keysOf = (found: {
      readonly matched: readonly { readonly match: { readonly receipt: { readonly sourceKey: string | null } } }[]
    }) => found.matched.map(({ match }) => match.receipt.sourceKey)
    expect(keysOf(await matchAll(client, { first: 2 }))).toEqual(['R01', 'R02'])
    const [third] = (await rowsOf(client, 'receipt')).filter(({ source_key: key }) => key === 'R03')
    expect(keysOf(await matchAll(client, { receipts: [gidOf(client, 'Receipt', String(third?.id))] }))).toEqual(['R03'])
    // What is decided about is not looked at.
    const spent: Result = { ...paid('7.00', {}, 'R9'), charges: '7.00' }
    await post(client, [spent])
    const [decided] = (await rowsOf(client, 'receipt')).filter(({ source_key: key }) => key === 'R9')
    expect(await matchAll(client, { receipts: [gidOf(client, 'Receipt', String(decided?.id))] })).toMatchObject({ matched: [] })
  })
})

describe('matchReceipts refuses', () => {
  it.each<[string, (client: TestClient) => object, object]>([
    ['to look at none', () => ({ first: 0 }), { code: 'INVALID_INPUT', path: ['input', 'first'] }],
    ['to look at 1001', () => ({ first: 1_001 }), { code: 'INVALID_INPUT', path: ['input', 'first'] }],
    ['an empty list', () => ({ receipts: [] }), { code: 'INVALID_INPUT', path: ['input', 'receipts'] }],
    ['a receipt that is not there', (client) => ({ receipts: [gidOf(client, 'Receipt')] }), { code: 'NOT_FOUND' }],
    ['what is no receipt', (client) => ({ receipts: [client.gid] }), { code: 'NOT_FOUND' }],
  ])('%s', async (_case, facts, why) => {
    const client = await owed([invoice('9040010088', '100.00')], [told(paid('100.00'), { reference: '9040010088' })])
    expect(await refused(client, MatchReceiptsDocument, { client: client.gid, ...facts(client) })).toMatchObject(why)
  })
})

describe('cashFigures', () => {
  const figuresOf = async (client: TestClient, from = '2026-02-01', to = '2026-02-28') => {
    const { client: found } = await readAs(client.analyst, ClientCashFiguresDocument, { code: client.code, from, to })
    return found?.cashFigures
  }

  /** Two found and posted, one of them with an uncoded deduction; one proposed; one of nobody; one in another currency. */
  const matched = async () => {
    const client = await owed(
      [
        invoice('9040010081', '100.00'),
        invoice('9040010082', '200.00'),
        invoice('9040010083', '300.00'),
        invoice('9040010084', '33.33'),
        invoice('9040010085', '50.00', { currency: 'EUR' }),
      ],
      [
        told(paid('300.00', {}, 'R1'), { reference: '9040010081', paid: '100.00' }, { reference: '9040010082', paid: '200.00' }),
        told(paid('290.00', {}, 'R2'), {
          reference: '9040010083',
          paid: '290.00',
          deductions: [{ amount: '10.00', code: 'CS', codeList: 'X12_426' }],
        }),
        paid('33.33', {}, 'R3'),
        paid('77.77', { payerName: 'Nobody' }, 'R4'),
        { ...told(paid('50.00', {}, 'R5'), { reference: '9040010085', paid: '50.00' }), currency: 'EUR' },
        paid('1.00', { valueOn: '2026-03-01' }, 'R6'),
      ],
    )
    await matchAll(client)
    return client
  }

  it('counts receipts, documents and money, each receipt once, of the value dates that are asked for', async () => {
    const client = await matched()
    expect(await figuresOf(client)).toEqual({
      receipts: 5,
      identified: 4,
      envelopeRate: 0.8,
      // Two, one and one that were named; one that its amount led to.
      lines: 5,
      linesMatched: 4,
      lineHitRate: 0.8,
      value: [
        { received: { amount: '50.00', currency: 'EUR' }, automatic: { amount: '50.00', currency: 'EUR' } },
        { received: usd('701.10'), automatic: usd('590.00') },
      ],
      straightThrough: 2,
      straightThroughRate: 0.4,
      automatic: 3,
      falseMatches: 0,
      falseMatchRate: 0,
      hoursToApply: expect.any(Number),
    })
    // Looked at again, nothing counts twice.
    await matchAll(client)
    expect(await figuresOf(client)).toMatchObject({ receipts: 5, lines: 5, automatic: 3 })
    expect(await figuresOf(client, '2026-03-01', '2026-03-01')).toMatchObject({ receipts: 1 })
  })

  it('counts what was undone as wrong against the engine, and what was undone for other reasons not', async () => {
    const client = await matched()
    const rows = await rowsOf(client, 'receipt')
    const of = (key: string) => ({ id: gidOf(client, 'Receipt', String(rows.find((row) => row.source_key === key)?.id)) })
    const [application] = standingOf(await cardOf(client, of('R1')))
    await done(client.analyst, ReverseApplicationDocument, {
      application: application?.id ?? '',
      reason: 'a new invoice came',
      idempotencyKey: aKey(),
    })
    expect(await figuresOf(client)).toMatchObject({ falseMatches: 0 })
    await undoAsWrong(client, of('R2'))
    expect(await figuresOf(client)).toMatchObject({ automatic: 3, falseMatches: 1, falseMatchRate: 1 / 3 })
  })

  it('has no quotient where nothing was looked at', async () => {
    const client = await owed([])
    await record(client, { valueOn: '2026-02-03' })
    expect(await figuresOf(client)).toMatchObject({
      receipts: 0,
      envelopeRate: null,
      lineHitRate: null,
      straightThroughRate: null,
      falseMatchRate: null,
      hoursToApply: null,
      value: [],
    })
  })

  it('are asked for at most a year, by who may read cash', async () => {
    const client = await owed([])
    const asked = (who: TestClient['analyst'], from: string, to: string) =>
      ask(who, ClientCashFiguresDocument, { code: client.code, from, to })
    for (const [from, to] of [
      ['2026-02-02', '2026-02-01'],
      ['2025-01-01', '2026-01-03'],
    ] as const)
      expect((await asked(client.analyst, from, to)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect((await asked(client.analyst, '2025-01-01', '2026-01-02')).errors).toBeUndefined()
    expect((await asked(client.portal, '2026-02-01', '2026-02-02')).data?.client?.cashFigures ?? null).toBeNull()
    expect((await asked(client.stranger, '2026-02-01', '2026-02-02')).data?.client ?? null).toBeNull()
  })
})

describe('a dry run of matchReceipts', () => {
  it('tells what would be posted, and leaves no trace', async () => {
    const client = await owed([invoice('9040010088', '100.00')], [told(paid('100.00'), { reference: '9040010088' })])
    await load(client, [invoice('9040010089', '1.00')], aKey())
    const before = await traces(client)
    const { matched } = await done(client.analyst, MatchReceiptsDocument, { client: client.gid, dryRun: true })
    expect(matched).toMatchObject([{ match: { state: 'POSTED', receipt: { state: 'MATCHED' } } }])
    expect(await traces(client)).toEqual(before)
  })
})

import { describe, expect, it } from 'vitest'
import { done, expectTurnedAway, readAs, refused, told as tell } from '../cash/answers.ts'
import { apply, cardOf, keyed, record } from '../cash/receipts.ts'
import { load, post } from '../cash/results.ts'
import { aKey, auditsOf, contradictions, eventsOf, gidOf, traces, usd } from '../cash/world.ts'
import {
  AcceptMatchDocument,
  ApplyReceiptDocument,
  CorrectMatchDocument,
  type CorrectMatchInput,
  ForgetPayerAliasDocument,
  IdentifyReceiptDocument,
  MatchReceiptsDocument,
  PayerAliasesDocument,
  ProposalsDocument,
  RejectMatchDocument,
} from '../generated/operations.ts'
import { aClient, grant, rowsOf, startTestApp, type TestClient } from '../harness/index.ts'
import { customerId, invoice, itemId, type Match, matchAll, openOf, owed, paid, publish, theMatch, told } from './owed.ts'

// What a person decides about what the engine proposed.

const accepting = ({ id }: Pick<Match, 'id'>, facts: object = {}) => ({ match: id, idempotencyKey: aKey(), ...facts })
const rejecting = ({ id }: Pick<Match, 'id'>, reason = 'not theirs') => ({ match: id, reason })
const correcting = ({ id }: Pick<Match, 'id'>, facts: Partial<CorrectMatchInput>): CorrectMatchInput => ({
  match: id,
  applications: [],
  isRemembered: true,
  reason: 'seen on the cheque',
  idempotencyKey: aKey(),
  ...facts,
})

/** An amount that fits one invoice, and nothing else that speaks for it. */
const proposed = async () => {
  const client = await owed([invoice('9040010088', '123.45'), invoice('9040010099', '50.00')], [paid('123.45')])
  return { client, match: await theMatch(client) }
}
const receiptOf = async (client: TestClient) => (await rowsOf(client, 'receipt'))[0]
const stateOf = async (client: TestClient) => (await rowsOf(client, 'cash_match')).map(({ state }) => state)

describe('acceptMatch', () => {
  it('posts what was proposed, says by which match, and counts as a person’s doing', async () => {
    const { client, match } = await proposed()
    expect(match).toMatchObject({ outcome: 'SUGGESTED', state: 'PROPOSED', isStraightThrough: false })
    const { match: after } = await done(client.analyst, AcceptMatchDocument, accepting(match))
    expect(after).toMatchObject({ state: 'ACCEPTED', version: match.version + 1, receipt: { state: 'MATCHED' } })
    const [kept] = await rowsOf(client, 'cash_match')
    expect(await rowsOf(client, 'application')).toMatchObject([{ match_id: kept?.id, amount_minor: 12_345n, kind: 'CASH' }])
    expect(kept).toMatchObject({ decided_by: client.analyst.id, is_straight_through: false })
    expect(await openOf(client, '9040010088')).toBe(0n)
    expect((await eventsOf(client)).findLast(({ name }) => name === 'receipt.applied')).toMatchObject({
      payload: { matchId: kept?.id },
    })
    expect(await contradictions(client)).toEqual([])
  })

  it('by twenty at once posts once, under one key or twenty', async () => {
    const app = await startTestApp({ connections: 10 })
    try {
      for (const isOneKey of [true, false]) {
        const { client, match } = await proposed()
        const input = accepting(match)
        const one = () => tell(client.analyst, AcceptMatchDocument, isOneKey ? input : accepting(match), app)
        const outcomes = await Promise.all(Array.from({ length: 20 }, one))
        const payloads = outcomes.filter(({ __typename }) => __typename === 'AcceptMatchPayload')
        expect(payloads).toHaveLength(isOneKey ? 20 : 1)
        expect(new Set(outcomes.map(({ __typename }) => __typename)).size).toBe(isOneKey ? 1 : 2)
        expect(await rowsOf(client, 'application')).toHaveLength(1)
        expect(await contradictions(client)).toEqual([])
      }
    } finally {
      await app.stop()
    }
  })

  it('against an application by hand: one of them has the item', async () => {
    const { client, match } = await proposed()
    const input = { ...keyed(match.receipt), openItem: await itemId(client, '9040010088'), amount: usd('123.45') }
    // Nobody was known to have paid, so that somebody has to say so first.
    const customer = await customerId(client, '70001')
    const identified = await done(client.analyst, IdentifyReceiptDocument, {
      receipt: input.receipt,
      customer,
      expectedVersion: 1,
    })
    const outcomes = await Promise.all([
      tell(client.analyst, AcceptMatchDocument, accepting(match)),
      tell(client.analyst, ApplyReceiptDocument, { ...input, ...keyed(identified.receipt) }),
    ])
    expect(outcomes.filter(({ __typename }) => __typename.endsWith('Payload'))).toHaveLength(1)
    expect(await rowsOf(client, 'application')).toHaveLength(1)
    expect(await openOf(client, '9040010088')).toBe(0n)
    expect(await contradictions(client)).toEqual([])
  })

  it('is refused where the item was paid meanwhile, and the proposal stays for whoever decides anew', async () => {
    const { client, match } = await proposed()
    const customer = { gid: await customerId(client, '70001') }
    const other = await record(client, { customer, amount: '0.01' })
    await apply(client, other, { gid: await itemId(client, '9040010088') }, '0.01')
    expect(await refused(client, AcceptMatchDocument, accepting(match))).toMatchObject({
      __typename: 'ProposalOutdated',
      code: 'PROPOSAL_OUTDATED',
      path: ['input', 'match'],
    })
    expect(await stateOf(client)).toEqual(['PROPOSED'])
    expect(await theMatch(client)).toMatchObject({ state: 'FRUITLESS' })
    expect(await stateOf(client)).toEqual(['SUPERSEDED', 'FRUITLESS'])
  })

  it('is refused where the money went elsewhere meanwhile', async () => {
    const { client, match } = await proposed()
    const customer = await customerId(client, '70001')
    const { receipt } = await done(client.analyst, IdentifyReceiptDocument, {
      receipt: match.receipt.id,
      customer,
      expectedVersion: 1,
    })
    await apply(client, receipt, { gid: await itemId(client, '9040010099') }, '1.00')
    expect(await refused(client, AcceptMatchDocument, accepting(match))).toMatchObject({ code: 'PROPOSAL_OUTDATED' })
  })

  it('is refused where nothing of it can be posted: which item is meant is for a person to say', async () => {
    const items = [
      invoice('9040010088', '100.00'),
      invoice('9040010088', '100.00', { customerNumber: '70002', legalEntity: 'LE2' }),
    ]
    const client = await owed(items, [told(paid('100.00', { payerName: null }), { reference: '9040010088' })])
    const match = await theMatch(client)
    expect(match).toMatchObject({ state: 'PROPOSED', lines: [{ outcome: 'AMBIGUOUS', openItem: null }] })
    expect(match.lines[0]?.candidates).toHaveLength(2)
    expect(await refused(client, AcceptMatchDocument, accepting(match))).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'match'],
    })
  })

  it('of what was not proposed is refused, and told what it takes', async () => {
    const client = await owed([invoice('9040010088', '100.00')], [paid('5.00', { payerName: 'Nobody at all' })])
    const fruitless = await theMatch(client)
    expect(fruitless).toMatchObject({ state: 'FRUITLESS', outcome: 'NONE' })
    expect(await refused(client, AcceptMatchDocument, accepting(fruitless))).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await refused(client, RejectMatchDocument, rejecting(fruitless))).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'FRUITLESS',
      legal: ['correct', 'supersede'],
    })
    expect(await refused(client, AcceptMatchDocument, accepting({ id: gidOf(client, 'Match') }))).toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await refused(client, AcceptMatchDocument, accepting(fruitless, { idempotencyKey: ' ' }))).toMatchObject({
      path: ['input', 'idempotencyKey'],
    })
  })

  it('dry leaves no trace', async () => {
    const { client, match } = await proposed()
    const before = await traces(client)
    const dry = await done(client.analyst, AcceptMatchDocument, accepting(match, { dryRun: true }))
    expect(dry.match).toMatchObject({ state: 'ACCEPTED', receipt: { state: 'MATCHED' } })
    expect(await traces(client)).toEqual(before)
  })
})

describe('correctMatch', () => {
  const cash = async (client: TestClient, number: string, amount: string, facts: object = {}) => ({
    openItem: await itemId(client, number),
    cash: usd(amount),
    ...facts,
  })
  /** Money of somebody unknown, with a word before the number that nobody knows either. */
  const unknown = async () => {
    const facts = { payerName: 'TREASURY POOL A', payerAccount: 'DE89 3704 0044' }
    const items = [invoice('9040010088', '100.00'), invoice('9040010099', '100.00', { customerNumber: '70002' })]
    const client = await owed(items, [told(paid('90.00', facts), { reference: 'QZ9040010088', paid: '90.00' })])
    return { client, match: await theMatch(client) }
  }

  it('posts what a person says instead, with what goes with it', async () => {
    const { client, match } = await proposed()
    const deductions = [{ amount: usd('5.00'), code: '06', codeList: 'X12_426', text: 'three missing' }]
    const applications = [await cash(client, '9040010099', '44.80', { writeOff: usd('0.20'), deductions })]
    const { match: after } = await done(client.analyst, CorrectMatchDocument, correcting(match, { applications }))
    expect(after).toMatchObject({ state: 'CORRECTED', reason: 'seen on the cheque', receipt: { state: 'REMITTANCE_MISSING' } })
    const card = await cardOf(client, match.receipt)
    expect(card.applications.edges.map(({ node }) => [node.kind, node.amount.amount])).toEqual([
      ['CASH', '44.80'],
      ['WRITE_OFF', '0.20'],
    ])
    expect(card.deductions.edges).toMatchObject([{ node: { state: 'CODED', reasonCode: 'SHORT', amount: usd('5.00') } }])
    expect([await openOf(client, '9040010099'), await openOf(client, '9040010088')]).toEqual([500n, 12_345n])
    expect((await auditsOf(client)).at(-1)).toMatchObject({ command: 'matching.correctMatch' })
    expect(await contradictions(client)).toEqual([])
  })

  it('teaches who pays, and tells the word that stood before the number', async () => {
    const { client, match } = await unknown()
    expect(match.payer.level).toBe('ITEMS')
    const applications = [await cash(client, '9040010088', '90.00')]
    const { match: after } = await done(client.analyst, CorrectMatchDocument, correcting(match, { applications }))
    expect(after.lessons).toEqual([
      { kind: 'ACCOUNT_ALIAS', value: 'DE8937040044', seenIn: null },
      { kind: 'NAME_ALIAS', value: 'TREASURY POOL A', seenIn: null },
      { kind: 'LABEL', value: 'QZ', seenIn: 'QZ9040010088' },
    ])
    const { client: found } = await readAs(client.analyst, PayerAliasesDocument, { code: client.code, first: 10 })
    expect(found?.payerAliases?.edges.map(({ node }) => [node.kind, node.value, node.customer.number])).toEqual([
      ['ACCOUNT', 'DE8937040044', '70001'],
      ['NAME', 'TREASURY POOL A', '70001'],
    ])
    await post(client, [paid('7.00', { payerName: 'Treasury Pool A', payerAccount: null }, 'R2')])
    expect(await theMatch(client)).toMatchObject({ customer: { number: '70001' }, payer: { level: 'NAME' } })
  })

  it('remembers nobody where that is not wanted, and still tells the word', async () => {
    const { client, match } = await unknown()
    const applications = [await cash(client, '9040010088', '90.00')]
    const { match: after } = await done(
      client.analyst,
      CorrectMatchDocument,
      correcting(match, { applications, isRemembered: false }),
    )
    expect(after.lessons.map(({ kind }) => kind)).toEqual(['LABEL'])
    expect(await rowsOf(client, 'payer_alias')).toEqual([])
  })

  it('is refused as what it is, and nothing is written', async () => {
    const { client, match } = await proposed()
    const other = await owed([invoice('9040010077', '10.00')])
    const refusedWith = async (facts: Partial<CorrectMatchInput>) =>
      refused(client, CorrectMatchDocument, correcting(match, facts))
    const good = await cash(client, '9040010088', '1.00')
    const deduct = (facts: object) => ({ applications: [{ ...good, deductions: [{ amount: usd('1.00'), ...facts }] }] })
    const path = ['input', 'applications', '0']
    const cases: readonly (readonly [Partial<CorrectMatchInput>, object])[] = [
      [{ applications: [] }, { code: 'INVALID_INPUT', path: ['input', 'applications'] }],
      [
        { applications: [good], reason: ' ' },
        { code: 'INVALID_INPUT', path: ['input', 'reason'] },
      ],
      [
        { applications: [good], idempotencyKey: '' },
        { code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] },
      ],
      [{ applications: [{ ...good, cash: { amount: '1.00', currency: 'EUR' } }] }, { code: 'INVALID_INPUT', path }],
      [{ applications: [{ ...good, cash: usd('0.00') }] }, { code: 'INVALID_INPUT', path }],
      [{ applications: [{ ...good, writeOff: usd('0.005') }] }, { code: 'INVALID_INPUT', path }],
      [deduct({ amount: usd('-1.00') }), { code: 'INVALID_INPUT', path }],
      [deduct({ code: 'x'.repeat(61) }), { code: 'INVALID_INPUT', path }],
      [deduct({ code: '' }), { code: 'INVALID_INPUT', path }],
      [deduct({ codeList: '' }), { code: 'INVALID_INPUT', path }],
      [deduct({ text: 'x'.repeat(501) }), { code: 'INVALID_INPUT', path }],
      [{ applications: [{ ...good, openItem: gidOf(client, 'Invoice') }] }, { code: 'PROPOSAL_OUTDATED' }],
      [{ applications: [{ ...good, openItem: await itemId(other, '9040010077') }] }, { code: 'NOT_FOUND' }],
      [
        { applications: [good], customer: await customerId(other, '70001') },
        { code: 'NOT_FOUND', path: ['input', 'customer'] },
      ],
      [
        { applications: [good], customer: gidOf(client, 'Customer') },
        { code: 'NOT_FOUND', path: ['input', 'customer'] },
      ],
      [{ applications: [{ ...good, cash: usd('123.46') }] }, { code: 'PROPOSAL_OUTDATED' }],
      [{ applications: [{ ...good, cash: usd('-1.00') }] }, { code: 'PROPOSAL_OUTDATED' }],
      [
        { applications: [{ ...good, cash: usd('100.00'), writeOff: usd('2.00') }] },
        { code: 'BEYOND_TOLERANCE', limit: 'ABSOLUTE', room: usd('1.00') },
      ],
      [deduct({ amount: usd('122.46') }), { code: 'PROPOSAL_OUTDATED' }],
    ]
    for (const [facts, why] of cases) expect(await refusedWith(facts), JSON.stringify(facts)).toMatchObject(why)
    expect(await traces(other)).toMatchObject({ application: [] })
  })

  it('of what was decided is refused', async () => {
    const { client, match } = await proposed()
    await done(client.analyst, AcceptMatchDocument, accepting(match))
    const input = correcting(match, { applications: [await cash(client, '9040010099', '1.00')] })
    expect(await refused(client, CorrectMatchDocument, input)).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'ACCEPTED',
      legal: [],
    })
  })

  it('by whoever has no right here does nothing', async () => {
    const { client, match } = await proposed()
    const input = correcting(match, { applications: [await cash(client, '9040010099', '1.00')] })
    await expectTurnedAway(client, CorrectMatchDocument, { input, nowhere: { ...input, match: gidOf(client, 'Match') } })
  })
})

describe('forgetPayerAlias', () => {
  const remembered = async () => {
    const client = await owed([invoice('9040010088', '100.00')], [paid('100.00', { payerName: 'TREASURY POOL A' })])
    const applications = [{ openItem: await itemId(client, '9040010088'), cash: usd('100.00') }]
    const customer = await customerId(client, '70001')
    await done(client.analyst, CorrectMatchDocument, correcting(await theMatch(client), { applications, customer }))
    const [alias] = await rowsOf(client, 'payer_alias')
    return { client, alias: gidOf(client, 'PayerAlias', String(alias?.id)) }
  }

  it('identifies nobody by it any more; what was matched by it stays', async () => {
    const { client, alias } = await remembered()
    const { customer } = await done(client.analyst, ForgetPayerAliasDocument, { alias, reason: 'it was a factor' })
    expect(customer.number).toBe('70001')
    await post(client, [paid('7.00', { payerName: 'TREASURY POOL A' }, 'R2')])
    expect(await theMatch(client)).toMatchObject({ customer: null, payer: { level: 'NONE' } })
    expect(await openOf(client, '9040010088')).toBe(0n)
    expect((await eventsOf(client)).map(({ name }) => name)).toContain('alias.forgotten')
    const again = await refused(client, ForgetPayerAliasDocument, { alias, reason: 'once more' })
    expect(again).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'alias'] })
  })

  it('needs a reason', async () => {
    const { client, alias } = await remembered()
    expect(await refused(client, ForgetPayerAliasDocument, { alias, reason: ' ' })).toMatchObject({ path: ['input', 'reason'] })
  })

  it('by whoever has no right here does nothing', async () => {
    const { client, alias } = await remembered()
    const input = { alias, reason: 'mine' }
    await expectTurnedAway(client, ForgetPayerAliasDocument, { input, nowhere: { ...input, alias: gidOf(client, 'PayerAlias') } })
  })
})

describe('who else', () => {
  it('has no right here matches, accepts and rejects nothing', async () => {
    const { client, match } = await proposed()
    const nowhere = { id: gidOf(client, 'Match') }
    await expectTurnedAway(client, MatchReceiptsDocument, {
      input: { client: client.gid },
      nowhere: { client: gidOf(client, 'Client') },
    })
    await expectTurnedAway(client, AcceptMatchDocument, { input: accepting(match), nowhere: accepting(nowhere) })
    await expectTurnedAway(client, RejectMatchDocument, { input: rejecting(match), nowhere: rejecting(nowhere) })
  })

  it('serves two clients decides about one with nothing of the other', async () => {
    const { client, match } = await proposed()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    await load(other, [invoice('9040010055', '10.00')], aKey())
    const before = await traces(other)
    const openItem = await itemId(other, '9040010055')
    const input = correcting(match, { applications: [{ openItem, cash: usd('1.00') }] })
    expect(await refused(client, CorrectMatchDocument, input)).toMatchObject({ code: 'NOT_FOUND' })
    const receipts = [match.receipt.id]
    expect(await refused(client, MatchReceiptsDocument, { client: other.gid, receipts })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await traces(other)).toEqual(before)
  })
})

describe('proposals', () => {
  it('are listed, earliest first, until they are decided about', async () => {
    const client = await owed([invoice('9040010088', '100.00')], [paid('100.00'), paid('5.00', { payerName: 'Nobody' }, 'R2')])
    await matchAll(client)
    const listed = async (states?: ('PROPOSED' | 'FRUITLESS' | 'REJECTED')[]) => {
      const variables = { code: client.code, first: 1, ...(states === undefined ? {} : { states }) }
      const { client: found } = await readAs(client.analyst, ProposalsDocument, variables)
      const after = found?.matches?.pageInfo.endCursor ?? null
      const { client: next } = await readAs(client.analyst, ProposalsDocument, { ...variables, after })
      return [found, next].flatMap((page) => page?.matches?.edges.map(({ node }) => node) ?? [])
    }
    const [first, second] = await listed()
    expect([first?.state, second?.state].toSorted()).toEqual(['FRUITLESS', 'PROPOSED'])
    const [proposal] = await listed(['PROPOSED'])
    await done(client.analyst, RejectMatchDocument, rejecting(proposal as Match))
    expect(await listed(['PROPOSED'])).toEqual([])
    expect(await listed(['REJECTED'])).toMatchObject([{ reason: 'not theirs' }])
  })

  it('of one receipt there is one: whoever looks again makes room, ten times at once', async () => {
    const { client } = await proposed()
    await Promise.all(Array.from({ length: 10 }, () => matchAll(client)))
    const states = await stateOf(client)
    expect(states.filter((state) => state === 'PROPOSED')).toHaveLength(1)
    expect(await receiptOf(client)).toMatchObject({ version: 1 })
  })

  it('are made by the policy that holds then, and say which', async () => {
    const client = await owed(
      [invoice('9040010088', '100.00')],
      [told(paid('80.00'), { reference: '9040010088', paid: '80.00' })],
    )
    expect(await theMatch(client)).toMatchObject({ state: 'PROPOSED', policyVersion: 0 })
    await publish(client, 'MATCHING', { deduction: { unstatedIsAutomatic: true } })
    expect(await theMatch(client)).toMatchObject({ state: 'POSTED', policyVersion: 1, isStraightThrough: false })
    expect(await rowsOf(client, 'deduction')).toMatchObject([
      { reason_code: 'UNKNOWN', state: 'IDENTIFIED', amount_minor: 2_000n },
    ])
  })
})

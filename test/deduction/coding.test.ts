import { describe, expect, it } from 'vitest'
import { recodeJob } from '../../src/flows/recode-deductions.ts'
import { gidOf } from '../cash/world.ts'
import { aClient, asOwner, jobsOf, type TestClient } from '../harness/index.ts'
import { publish } from '../harness/policy.ts'
import { aWorld } from '../promise/world.ts'
import { aDeductionWorld, deductionsOf, type Kept, movesOf } from './world.ts'

const world = aWorld()
const { shortPay, kept, on } = aDeductionWorld(world)

const fields = `outcomes { isCoded refusal { code } deduction { reasonCode } }`
const code = async (client: TestClient, codings: readonly object[], facts: object = {}) =>
  (await world.runAs(
    client.analyst,
    'codeDeductions',
    { client: client.gid, codings, note: 'their claim says so', ...facts },
    fields,
  )) as {
    readonly __typename: string
    readonly outcomes?: readonly {
      isCoded: boolean
      refusal: { code: string } | null
      deduction: { reasonCode: string } | null
    }[]
  }

const listed = async (client: TestClient, args: string, selected = 'id') => {
  const { data, errors } = await world.read<{ client: { deductions: { edges: { node: Record<string, unknown> }[] } } }>(
    client.analyst,
    `query ($id: ID!) { client(id: $id) { deductions(first: 50 ${args}) { edges { node { ${selected} } } } } }`,
    { id: client.gid },
  )
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data?.client.deductions.edges.map(({ node }) => node) ?? []
}

const own = { amount: '1.00', code: '22', codeList: 'PAYER' }
const map = (reason: string, customer: string | null = null) => ({ customer, code: '22', reason })

describe('a deduction that is found', () => {
  it('has three codes kept apart, and says by what evidence it has its reason', async () => {
    const client = await aClient()
    await publish(client, 'DEDUCTION', { map: [map('PRICE'), map('FREIGHT', 'C1')] })
    await shortPay(client, [own, { amount: '2.00', code: '6', codeList: 'X12_426' }, { amount: '3.00' }])
    world.turnTo(world.at(0, 13))
    await shortPay(client, [own], { customerNumber: 'C2' })
    const layers = 'layers { customer x12 internal decidedBy evidence policyVersion }'
    expect((await listed(client, '', layers)).map((node) => node.layers)).toEqual([
      {
        ...{ customer: '22', x12: null, internal: 'FREIGHT', decidedBy: 'CUSTOMER', policyVersion: 1 },
        evidence: 'PAYER 22 of customer C1, from ever until further notice',
      },
      { customer: '6', x12: '06', internal: 'SHORT', decidedBy: 'X12', evidence: 'X12_426 06', policyVersion: 1 },
      { customer: null, x12: null, internal: 'UNKNOWN', decidedBy: 'NOBODY', evidence: null, policyVersion: 1 },
      {
        ...{ customer: '22', x12: null, internal: 'PRICE', decidedBy: 'CLIENT', policyVersion: 1 },
        evidence: 'PAYER 22 of every customer, from ever until further notice',
      },
    ])
  })

  it('has the last day of its dispute by its customer or its reason, and is told of once before it', async () => {
    const client = await aClient()
    await publish(client, 'DEDUCTION', {
      reasons: [{ code: 'PRICE', label: 'Price', disputeByDays: 30 }],
      disputeBy: [{ customer: 'C2', days: 10 }],
    })
    const price = { amount: '1.00', code: '01', codeList: 'X12_426' }
    const first = await shortPay(client, [price])
    const second = await shortPay(client, [price], { customerNumber: 'C2' })
    // No default of the service is a reason that the client does not have.
    const third = await shortPay(client, [{ ...price, code: '06' }])
    const days = [...first.deductions, ...second.deductions, ...third.deductions].map((row) => row.dispute_by)
    expect(days).toEqual([world.day(30), world.day(10), null])
    expect(third.deductions[0]).toMatchObject({ state: 'IDENTIFIED', reason_code: 'UNKNOWN' })
    expect(await listed(client, `disputeByBefore: "${world.day(11)}"`)).toEqual([
      { id: gidOf(client, 'Deduction', second.deductions[0]?.id) },
    ])
    const told = () =>
      asOwner<{ payload: { deductionId: string } }>(
        `select payload from event where client_id = $1 and name = 'deduction.disputeDue'`,
        [client.id],
      )
    world.turnTo(world.at(4))
    await world.tellDisputes(client)
    expect(await told()).toEqual([])
    world.turnTo(world.at(5))
    for (let times = 0; times < 2; times += 1) await world.tellDisputes(client)
    expect((await told()).map(({ payload }) => payload.deductionId)).toEqual([second.deductions[0]?.id])
  })
})

describe('reasons given by hand', () => {
  it('are taken each by itself: one that cannot be given keeps no other from it', async () => {
    const client = await aClient()
    const { deductions } = await shortPay(client, [{ amount: '1.00' }, { amount: '2.00' }, { amount: '3.00' }])
    const [first, second, third] = deductions as [Kept, Kept, Kept]
    const coding = ({ id }: Kept, facts: object = {}) => ({
      ...{ deduction: gidOf(client, 'Deduction', id), expectedVersion: 1, reason: 'FREIGHT' },
      ...facts,
    })
    const out = await code(client, [
      coding(first),
      coding(second, { expectedVersion: 7 }),
      coding(third, { reason: 'UNKNOWN' }),
      { ...coding(first), deduction: gidOf(client, 'Deduction') },
    ])
    expect(out.outcomes).toEqual([
      { isCoded: true, refusal: null, deduction: { reasonCode: 'FREIGHT' } },
      { isCoded: false, refusal: { code: 'VERSION_CONFLICT' }, deduction: { reasonCode: 'UNKNOWN' } },
      { isCoded: false, refusal: { code: 'NO_SUCH_REASON' }, deduction: { reasonCode: 'UNKNOWN' } },
      { isCoded: false, refusal: { code: 'NOT_FOUND' }, deduction: null },
    ])
    expect(await kept(client, first.id)).toMatchObject({ state: 'CODED', coded_by: 'PERSON', coding_note: 'their claim says so' })
    expect(await code(client, [])).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await code(client, [coding(second), coding(second)])).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('are not changed any more once it is looked into', async () => {
    const client = await aClient()
    const { deductions } = await shortPay(client, [{ amount: '1.00', code: '01', codeList: 'X12_426' }])
    const [{ id }] = deductions as [Kept]
    await on(client, id, 'startResearch')
    const out = await code(client, [{ deduction: gidOf(client, 'Deduction', id), expectedVersion: 2, reason: 'FREIGHT' }])
    expect(out.outcomes?.[0]).toMatchObject({ isCoded: false, refusal: { code: 'ILLEGAL_MOVE' } })
  })
})

describe('new rules', () => {
  it('give a reason to what has none, at once, and leave alone what has one', async () => {
    const client = await aClient()
    const { deductions } = await shortPay(client, [own, { amount: '2.00', code: '01', codeList: 'X12_426' }, { amount: '3.00' }])
    const replaced = { code: '01', codeList: 'X12_426', reason: 'FREIGHT' }
    await publish(client, 'DEDUCTION', { map: [map('FREIGHT'), replaced] })
    expect(await deductionsOf(client)).toMatchObject([
      { state: 'CODED', reason_code: 'FREIGHT', coded_by: 'CLIENT', coded_version: 1 },
      { state: 'CODED', reason_code: 'PRICE', coded_by: 'X12', coded_version: 0 },
      { state: 'IDENTIFIED', reason_code: 'UNKNOWN', coded_by: 'NOBODY' },
    ])
    expect(await movesOf(client, deductions[0]?.id ?? '')).toEqual(['identify', 'code'])
  })

  it('of a large client do so by a job, a portion at a time', async () => {
    const client = await aClient()
    const { deductions } = await shortPay(client, [own])
    await asOwner(
      `insert into deduction (client_id, id, receipt_id, settlement_id, open_item_id, customer_id, currency, amount_minor, customer_code, code_list,
         reason_code, state, created_at, state_since, quiet_since)
       select client_id, gen_random_uuid(), receipt_id, settlement_id, open_item_id, customer_id, currency, 1, '22', 'PAYER', 'UNKNOWN', 'IDENTIFIED',
         created_at, state_since, quiet_since
       from deduction, generate_series(1, 420) where client_id = $1 and id = $2`,
      [client.id, deductions[0]?.id],
    )
    const uncoded = async () => (await deductionsOf(client)).filter(({ state }) => state === 'IDENTIFIED').length
    await publish(client, 'DEDUCTION', { map: [map('FREIGHT')] })
    expect(await uncoded()).toBe(221)
    const [job] = await jobsOf(client, recodeJob.name)
    await world.runJob(client, recodeJob, (job as { payload: { after: string } }).payload)
    expect(await uncoded()).toBe(21)
  })

  it.each([
    ['a reason that there is not', { map: [map('MAGIC')] }, 'MAGIC is none of the reasons'],
    ['UNKNOWN as a reason', { map: [map('UNKNOWN')] }, 'UNKNOWN stands for no reason'],
    ['two rows for one day', { map: [map('PRICE'), map('SHORT')] }, 'an earlier row says'],
    ['a row that ends before it begins', { map: [{ ...map('PRICE'), from: '2026-02-01', until: '2026-01-01' }] }, 'ends before'],
  ])('are refused with %s', async (_case, rules, message) => {
    const client = await aClient()
    const out = await publish(client, 'DEDUCTION', rules)
    expect(out?.__typename).toBe('InvalidInput')
    expect(out?.message).toContain(message)
  })
})

describe('a list of deductions', () => {
  it('is of one state, reason, kind or verdict, and of two at once', async () => {
    const client = await aClient()
    const { deductions } = await shortPay(client, [
      { amount: '1.00', code: '57', codeList: 'X12_426' },
      { amount: '2.00', code: '76', codeList: 'X12_426' },
      { amount: '3.00' },
    ])
    const [trade, discount] = deductions as [Kept, Kept, Kept]
    await on(client, discount.id, 'startResearch')
    await on(client, discount.id, 'validateDeduction', { verdict: 'INVALID', rationale: 'no' })
    const ids = async (args: string) =>
      (await listed(client, args)).map(({ id }) => deductions.findIndex((one) => gidOf(client, 'Deduction', one.id) === id))
    expect(await ids('kind: TRADE')).toEqual([0])
    expect(await ids('reason: "UNKNOWN"')).toEqual([2])
    expect(await ids('state: CODED')).toEqual([0])
    expect(await ids('verdict: INVALID')).toEqual([1])
    expect(await ids('kind: TRADE, verdict: INVALID')).toEqual([])
    const [shown] = await listed(client, 'kind: TRADE', 'nextMoves missingEvidence isHeldBack changes { move by }')
    expect(shown).toEqual({
      nextMoves: ['code', 'startResearch', 'tolerate'],
      missingEvidence: [],
      isHeldBack: true,
      changes: [{ move: 'identify', by: expect.any(String) }],
    })
    expect(trade.kind).toBe('TRADE')
  })
})

describe('what is said about a deduction', () => {
  it('is kept as it is, leaves its version alone, and ends its quiet', async () => {
    const client = await aClient()
    const { deductions } = await shortPay(client, [{ amount: '1.00' }, { amount: '2.00' }])
    const [first, second] = deductions as [Kept, Kept]
    world.turnTo(world.at(3))
    const input = { deduction: gidOf(client, 'Deduction', first.id), text: 'they send the claim on Friday', idempotencyKey: 'a' }
    for (let times = 0; times < 2; times += 1)
      expect((await world.runAs(client.analyst, 'commentDeduction', input)).__typename).toBe('CommentDeductionPayload')
    expect(await world.runAs(client.analyst, 'commentDeduction', { ...input, text: ' ', idempotencyKey: 'b' })).toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(await kept(client, first.id)).toMatchObject({ version: 1, state: 'IDENTIFIED' })
    expect(await listed(client, '', 'quietSince comments(first: 5) { edges { node { text by } } }')).toEqual([
      {
        quietSince: world.at(3).toISOString(),
        comments: { edges: [{ node: { text: 'they send the claim on Friday', by: expect.any(String) } }] },
      },
      { quietSince: world.at(0).toISOString(), comments: { edges: [] } },
    ])
    expect(await listed(client, 'withoutCommentSinceDays: 3')).toEqual([{ id: gidOf(client, 'Deduction', second.id) }])
    expect(await listed(client, 'withoutCommentSinceDays: 4')).toEqual([])
  })
})

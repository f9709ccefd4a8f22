import { describe, expect, it } from 'vitest'
import { approveLatest, decide, requestsOf } from '../approval/deciding.ts'
import { gidOf, traces } from '../cash/world.ts'
import { aDocument, aPdf } from '../evidence/world.ts'
import { aClient, aPerson, asOwner, grant, type TestClient } from '../harness/index.ts'
import { publish } from '../harness/policy.ts'
import { aWorld, toCollect, usd } from '../promise/world.ts'
import { aDeductionWorld, deductionsOf, movesOf } from './world.ts'

const world = aWorld()
const { shortPay, kept, on, tryOn, inResearch, decided, chased } = aDeductionWorld(world)

const aManager = async (client: TestClient) => {
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  return manager
}

describe('a valid deduction', () => {
  it('is credited by an approval, posted when the ledger shows it, and closed; the customer is not asked for it', async () => {
    const client = await aClient()
    const { id, item, customer } = await decided(client, 'VALID')
    expect(await toCollect(client, customer)).toBeNull()
    expect(await on(client, id, 'requestCredit', { note: 'agreed discount' })).toMatchObject({ state: 'CREDIT_REQUESTED' })
    await approveLatest(world, client, client.lead)
    expect(await kept(client, id)).toMatchObject({ state: 'APPROVED', verdict: 'VALID' })
    expect(await asOwner('select state from approval_request where client_id = $1', [client.id])).toEqual([{ state: 'USED' }])
    // The ledger took the credit off the item.
    await world.load(client, [
      {
        number: item.number,
        sourceKey: item.number,
        customerNumber: 'C1',
        customerName: 'C1',
        amount: '100.00',
        openAmount: '0.00',
        dueOn: '2020-02-01',
      },
    ])
    expect(await kept(client, id)).toMatchObject({ state: 'POSTED' })
    expect(await on(client, id, 'closeDeduction', { note: 'done' })).toMatchObject({ state: 'CLOSED' })
    expect(await movesOf(client, id)).toEqual([
      'identify',
      'startResearch',
      'validate',
      'requestCredit',
      'approve',
      'confirmPosted',
      'close',
    ])
  })

  it('whose approval is rejected goes back to be settled otherwise, and says why', async () => {
    const client = await aClient()
    const { id } = await decided(client, 'VALID')
    await on(client, id, 'requestCredit', { note: 'agreed' })
    const [asked] = await requestsOf(world.read, client.lead, client, 'deduction { id }')
    expect(asked?.deduction).toEqual({ id: gidOf(client, 'Deduction', id) })
    if (asked !== undefined) await decide(world.runAs, client.lead, asked, { decision: 'REJECT', comment: 'not agreed' })
    expect(await kept(client, id)).toMatchObject({ state: 'VALIDATED', verdict: 'VALID' })
    expect(await on(client, id, 'requestWriteOff', { note: 'too old' })).toMatchObject({ state: 'WRITE_OFF_REQUESTED' })
    await approveLatest(world, client, await aManager(client))
    expect(await kept(client, id)).toMatchObject({ state: 'APPROVED' })
    expect(await on(client, id, 'confirmDeductionPosted', { document: 'CM 1' })).toMatchObject({ state: 'POSTED' })
  })

  it('is settled from an accrual where it is trade spending, and nowhere else', async () => {
    const client = await aClient()
    const trade = await decided(client, 'VALID', { code: '57' })
    expect(await on(client, trade.id, 'requestCredit', { note: 'Q1', accrual: 'ACC-1' })).toMatchObject({
      state: 'ACCRUAL_SETTLEMENT',
    })
    const other = await decided(client, 'VALID')
    expect(await tryOn(client, client.analyst, other.id, 'requestCredit', { note: 'Q1', accrual: 'ACC-1' })).toMatchObject({
      code: 'INVALID_INPUT',
    })
  })
})

describe('documents', () => {
  it('that the reason asks for have to hang on it before it is valid; a lead may say why not, an analyst may not', async () => {
    const client = await aClient()
    const { id } = await inResearch(client, { code: '55' })
    const valid = { verdict: 'VALID', rationale: 'exempt' }
    expect(await tryOn(client, client.analyst, id, 'validateDeduction', valid)).toMatchObject({ code: 'MISSING_EVIDENCE' })
    expect(await tryOn(client, client.analyst, id, 'validateDeduction', { ...valid, withoutEvidence: 'known' })).toMatchObject({
      code: 'NOT_FOUND',
    })
    await aDocument(client, { subject: gidOf(client, 'Deduction', id), type: 'TAX_CERTIFICATE', bytes: aPdf() })
    expect(await on(client, id, 'validateDeduction', valid)).toMatchObject({ verdict: 'VALID' })

    const other = await inResearch(client, { code: '55' })
    const out = await on(client, other.id, 'validateDeduction', { ...valid, withoutEvidence: 'on file' }, client.lead)
    expect(out).toMatchObject({ verdict: 'VALID' })
    const [change] = await asOwner<{ note: string }>(
      `select note from deduction_change where client_id = $1 and deduction_id = $2 and move = 'validate'`,
      [client.id, other.id],
    )
    expect(change?.note).toContain('Without TAX_CERTIFICATE: on file')
  })

  it('are not asked for where it is invalid, and can be asked for from somebody, again and again', async () => {
    const client = await aClient()
    const { id } = await inResearch(client, { code: '55' })
    const ask = { from: 'their tax desk', types: ['TAX_CERTIFICATE'] }
    await on(client, id, 'requestBackup', ask)
    expect(await on(client, id, 'requestBackup', ask)).toMatchObject({ state: 'AWAITING_BACKUP', backup_asks: 2 })
    expect(await tryOn(client, client.analyst, id, 'requestBackup', { ...ask, types: ['SELFIE'] })).toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(await on(client, id, 'validateDeduction', { verdict: 'INVALID', rationale: 'nothing came' })).toMatchObject({
      verdict: 'INVALID',
    })
  })
})

describe('an invalid deduction', () => {
  it('is asked for from the decision on, repaid by what comes for its item, and asked for again when that is taken back', async () => {
    const client = await aClient()
    const { id, customer, item } = await decided(client, 'INVALID')
    expect(await toCollect(client, customer)).toBe('1000')
    await on(client, id, 'denyDeduction', { text: 'we delivered it all' })
    await on(client, id, 'chaseRepayment', { note: 'called' })
    const paid = await world.pay(client, customer, item, '10.00', world.day(0))
    expect(await kept(client, id)).toMatchObject({ state: 'REPAID' })
    await world.undo(client, paid)
    expect(await kept(client, id)).toMatchObject({ state: 'REPAYMENT_CHASE' })
    expect(await toCollect(client, customer)).toBe('1000')
    expect((await movesOf(client, id)).slice(-2)).toEqual(['repay', 'reopen'])
  })

  it('may be disputed, which makes its verdict void, or placed, or written off', async () => {
    const client = await aClient()
    const first = await chased(client)
    expect(await on(client, first.id, 'disputeDenial', { note: 'they sent photos' })).toMatchObject({
      state: 'RESEARCH',
      verdict: null,
    })
    expect(await toCollect(client, first.customer)).toBeNull()
    const second = await chased(client)
    expect(await on(client, second.id, 'placeDeductionLegal', { note: 'agency' })).toMatchObject({ state: 'PLACED_LEGAL' })
    expect(await toCollect(client, second.customer)).toBeNull()
    const third = await chased(client)
    await on(client, third.id, 'requestWriteOff', { note: 'not worth it' })
    const [asked] = (await requestsOf(world.read, client.lead, client)).slice(-1)
    if (asked !== undefined) await decide(world.runAs, await aManager(client), asked, { decision: 'REJECT', comment: 'go on' })
    expect(await kept(client, third.id)).toMatchObject({ state: 'REPAYMENT_CHASE', verdict: 'INVALID' })
  })

  it('of an item with two of them is repaid oldest first, and only whole', async () => {
    const client = await aClient()
    const { deductions, customer, item } = await shortPay(client, [
      { amount: '6.00', code: '76', codeList: 'X12_426' },
      { amount: '4.00', code: '76', codeList: 'X12_426' },
    ])
    for (const { id } of deductions) {
      await on(client, id, 'startResearch')
      await on(client, id, 'validateDeduction', { verdict: 'INVALID', rationale: 'no' })
      await on(client, id, 'denyDeduction', { text: 'no' })
    }
    await world.pay(client, customer, item, '5.00', world.day(0))
    expect((await deductionsOf(client)).map(({ state }) => state)).toEqual(['DENIED', 'REPAID'])
    await world.pay(client, customer, item, '5.00', world.day(0))
    expect((await deductionsOf(client)).map(({ state }) => state)).toEqual(['REPAID', 'REPAID'])
  })
})

describe('a deduction that is valid in part', () => {
  it('is split into two that go on and are as much as it was; the invalid one alone is asked for', async () => {
    const client = await aClient()
    const { id, customer } = await inResearch(client)
    const partial = { verdict: 'PARTIAL', rationale: 'half of it', validAmount: usd('3.00') }
    for (const validAmount of [usd('10.00'), { amount: '3.00', currency: 'EUR' }, null])
      expect(await tryOn(client, client.analyst, id, 'validateDeduction', { ...partial, validAmount })).toMatchObject({
        code: 'INVALID_INPUT',
      })
    expect(await on(client, id, 'validateDeduction', partial)).toMatchObject({ state: 'SPLIT', verdict: 'PARTIAL' })
    const parts = (await deductionsOf(client)).filter(({ parent_id }) => parent_id === id)
    expect(parts).toMatchObject([
      { state: 'VALIDATED', verdict: 'VALID', amount_minor: 300n },
      { state: 'VALIDATED', verdict: 'INVALID', amount_minor: 700n },
    ])
    expect(await toCollect(client, customer)).toBe('700')
    expect(await on(client, parts[1]?.id ?? '', 'denyDeduction', { text: 'no' })).toMatchObject({ state: 'DENIED' })
  })

  it('cannot be of parts that are more or less, whoever writes them', async () => {
    const client = await aClient()
    const { id } = await inResearch(client)
    await on(client, id, 'validateDeduction', { verdict: 'PARTIAL', rationale: 'half', validAmount: usd('3.00') })
    await expect(
      asOwner('update deduction set amount_minor = 301 where client_id = $1 and parent_id = $2 and amount_minor = 300', [
        client.id,
        id,
      ]),
    ).rejects.toThrow('are not as much as it is')
  })
})

describe('a small deduction', () => {
  const limits = { tolerance: { itemMax: { byCurrency: { USD: 100 } }, shareMaxBp: 100, monthMax: { byCurrency: { USD: 150 } } } }

  it('is written off by nobody’s approval as long as the month has room, and by one’s after that', async () => {
    const client = await aClient()
    expect(await publish(client, 'DEDUCTION', limits)).toMatchObject({ __typename: 'PublishPolicyPayload' })
    const small = async (amount: string) =>
      (await shortPay(client, [{ amount, code: '76', codeList: 'X12_426' }])).deductions[0]?.id ?? ''
    const first = await small('1.00')
    expect(await on(client, first, 'requestWriteOff', { note: 'small' })).toMatchObject({ state: 'APPROVED' })
    const second = await small('0.60')
    // It would be small, but for the month; and nobody has decided it.
    expect(await tryOn(client, client.analyst, second, 'requestWriteOff', { note: 'small' })).toMatchObject({
      code: 'ILLEGAL_MOVE',
    })
    const third = await small('0.50')
    expect(await on(client, third, 'requestWriteOff', { note: 'small' })).toMatchObject({ state: 'APPROVED' })
    await on(client, second, 'startResearch')
    await on(client, second, 'validateDeduction', { verdict: 'VALID', rationale: 'fine' })
    expect(await on(client, second, 'requestWriteOff', { note: 'small' })).toMatchObject({ state: 'WRITE_OFF_REQUESTED' })
  })

  it('has room again when one that was counted is gone with its payment', async () => {
    const client = await aClient()
    await publish(client, 'DEDUCTION', limits)
    const pay = (amount: string) => shortPay(client, [{ amount, code: '76', codeList: 'X12_426' }])
    const first = await pay('1.00')
    await on(client, first.deductions[0]?.id ?? '', 'requestWriteOff', { note: 'small' })
    await world.bounce(client, first.receipt)
    const second = await pay('1.00')
    expect(await on(client, second.deductions[0]?.id ?? '', 'requestWriteOff', { note: 'small' })).toMatchObject({
      state: 'APPROVED',
    })
  })
})

describe('a payment that is undone', () => {
  it('takes its deduction along, and what was asked for of it', async () => {
    const client = await aClient()
    const { id, receipt } = await decided(client, 'VALID')
    await on(client, id, 'requestCredit', { note: 'agreed' })
    await world.bounce(client, receipt)
    expect(await kept(client, id)).toMatchObject({ state: 'VOIDED' })
    expect(await asOwner('select state from approval_request where client_id = $1', [client.id])).toEqual([
      { state: 'WITHDRAWN' },
    ])
  })

  it('leaves one alone that is closed', async () => {
    const client = await aClient()
    const { id, receipt } = await chased(client)
    await on(client, id, 'placeDeductionLegal', { note: 'agency' })
    await on(client, id, 'closeDeduction', { note: 'theirs' })
    await world.bounce(client, receipt)
    expect(await kept(client, id)).toMatchObject({ state: 'CLOSED' })
  })
})

describe('a command on a deduction', () => {
  it('of another version, or of another client, changes nothing', async () => {
    const [client, other] = [await aClient(), await aClient()]
    const { id } = await inResearch(client)
    const before = await traces(client)
    const input = { verdict: 'INVALID', rationale: 'no' }
    expect(await tryOn(client, client.analyst, id, 'validateDeduction', { ...input, expectedVersion: 1 })).toMatchObject({
      code: 'VERSION_CONFLICT',
    })
    for (const [who, deduction] of [
      [other.lead, gidOf(client, 'Deduction', id)],
      [client.lead, gidOf(other, 'Deduction', id)],
    ] as const)
      expect(await world.runAs(who, 'validateDeduction', { ...input, deduction, expectedVersion: 2 })).toMatchObject({
        code: 'NOT_FOUND',
      })
    expect(await traces(client)).toEqual(before)
  })
})

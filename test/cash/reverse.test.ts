import { describe, expect, it } from 'vitest'
import {
  ApplyReceiptDocument,
  ReinstateReceiptDocument,
  ReverseApplicationDocument,
  ReverseReceiptDocument,
} from '../generated/operations.ts'
import { aClient, aCustomer, anItem, grant, rowsOf, type TestClient } from '../harness/index.ts'
import { done, expectTurnedAway, refused } from './answers.ts'
import { bouncing, itemRow, owing, paid, short, undoing } from './debts.ts'
import { apply, cardOf, keyed, money, ownIdOf, place, type Receipt, record, standingOf, today } from './receipts.ts'
import { load, post } from './results.ts'
import { aDebtor, aKey, auditsOf, claimedBy, contradictions, eventsOf, gidOf, traces, usd } from './world.ts'

const work = async (client: TestClient, kind: string) =>
  (await rowsOf(client, 'work_item')).filter((row) => row.kind === kind && row.is_queued === true)

describe('reverseApplication', () => {
  it('opens the item again, gives the money back, and both queues have them at once', async () => {
    const { client, customer, second, receipt, application } = await paid()
    const { receipt: after, openItem } = await done(client.analyst, ReverseApplicationDocument, undoing(application))
    expect(after).toMatchObject({ version: receipt.version + 1, appliedAmount: usd('0.00'), unappliedAmount: usd('300.00') })
    expect(after.state).toBe('REMITTANCE_MISSING')
    expect(openItem).toMatchObject({ id: second.gid, openAmount: usd('200.00'), pendingAmount: usd('0.00'), closedOn: null })
    const [first, back] = await rowsOf(client, 'application')
    expect(back).toMatchObject({
      settlement_id: first?.settlement_id,
      reverses_id: first?.id,
      amount_minor: -20_000n,
      receipt_minor: -20_000n,
      reason: 'it was for another invoice',
      is_false_match: false,
      applied_on: today(),
      principal_id: client.analyst.id,
    })
    expect(await eventsOf(client)).toMatchObject([
      {},
      {},
      { name: 'receipt.unapplied', payload: { receiptId: ownIdOf(receipt), stateBefore: 'REMITTANCE_MISSING' } },
      { name: 'settlements.undone', payload: { settlementIds: [first?.settlement_id], openItemIds: [second.id] } },
    ])
    expect(await work(client, 'COLLECTION')).toMatchObject([
      { customer_id: customer.id, amounts: [{ open: '70000', toBeCollected: '70000' }] },
    ])
    expect(await work(client, 'MISSING_REMITTANCE')).toMatchObject([
      { receipt_id: ownIdOf(receipt), amounts: [{ open: '30000' }] },
    ])
    expect((await auditsOf(client)).at(-1)).toMatchObject({ command: 'cash.reverseApplication' })
    expect(await contradictions(client)).toEqual([])
  })

  it('brings a receipt that was decided about back into its queue', async () => {
    const { client, receipt, application } = await paid()
    await place(client, receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '100.00' })
    expect(await work(client, 'MISSING_REMITTANCE')).toEqual([])
    await done(client.analyst, ReverseApplicationDocument, undoing(application))
    expect(await work(client, 'MISSING_REMITTANCE')).toMatchObject([{ amounts: [{ open: '20000' }] }])
  })

  it('takes what went with it along, whichever row it is asked by, and voids the deduction', async () => {
    for (const kind of ['CASH', 'DISCOUNT_EARNED', 'WRITE_OFF']) {
      const { client, card } = await short()
      expect(await rowsOf(client, 'deduction')).toMatchObject([{ state: 'CODED', reason_code: 'PRICE', amount_minor: 500n }])
      const application = standingOf(card).find((one) => one.kind === kind)
      await done(client.analyst, ReverseApplicationDocument, undoing(application))
      expect(standingOf(await cardOf(client, card))).toEqual([])
      expect(await rowsOf(client, 'deduction')).toMatchObject([{ state: 'VOIDED', version: 2 }])
      expect((await rowsOf(client, 'open_item'))[0]).toMatchObject({ open_minor: 10_000n, pending_minor: 0n })
      expect((await work(client, 'COLLECTION'))[0]).toMatchObject({ amounts: [{ toBeCollected: '10000' }] })
      expect(await contradictions(client)).toEqual([])
    }
  })

  it('twice is refused the second time, and so is undoing an undoing', async () => {
    const { client, application, receipt } = await paid()
    await done(client.analyst, ReverseApplicationDocument, undoing(application))
    const told = { __typename: 'AlreadyReversed', code: 'ALREADY_REVERSED', path: ['input', 'application'] }
    expect(await refused(client, ReverseApplicationDocument, undoing(application))).toMatchObject(told)
    const { applications } = await cardOf(client, receipt)
    const reversal = applications.edges.find(({ node }) => node.isReversal)?.node
    expect(await refused(client, ReverseApplicationDocument, undoing(reversal))).toMatchObject(told)
  })

  it('as a false match says so on the row that undoes it', async () => {
    const { client, application, receipt } = await paid()
    await done(client.analyst, ReverseApplicationDocument, undoing(application, { isFalseMatch: true }))
    const rows = (await cardOf(client, receipt)).applications.edges.map(({ node }) => node)
    expect(rows).toMatchObject([
      { isReversal: false, isReversed: true, isFalseMatch: false, reason: null, amount: usd('200.00') },
      { isReversal: true, isReversed: false, isFalseMatch: true, reason: 'it was for another invoice', amount: usd('-200.00') },
    ])
  })

  it('under its key again is answered again; with another input it is refused', async () => {
    const { client, application } = await paid()
    const input = undoing(application)
    const first = await done(client.analyst, ReverseApplicationDocument, input)
    const before = await traces(client)
    expect(await done(client.analyst, ReverseApplicationDocument, input)).toEqual(first)
    expect(await traces(client)).toEqual(before)
    const other = { ...input, isFalseMatch: true }
    expect(await refused(client, ReverseApplicationDocument, other)).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' })
  })

  it('is refused where the credit that was taken off paid for something else meanwhile', async () => {
    const { client } = await aDebtor()
    const rows = [
      { number: 'I1', customerNumber: 'C1', amount: '100.00' },
      { number: 'I2', customerNumber: 'C1', amount: '30.00' },
      { number: 'K1', customerNumber: 'C1', amount: '-30.00', kind: 'CREDIT_MEMO' },
    ]
    await load(client, rows, aKey())
    const payment = { amount: '100.00', valueOn: '2026-02-10', reference: 'wire', customerNumber: 'C1' }
    const applications = ['K1 -30.00', 'I1 100.00', 'I2 30.00'].map((text) => {
      const [itemNumber = '', amount = ''] = text.split(' ')
      return { itemNumber, amount }
    })
    await post(client, [{ key: 'k', receiptKey: 'R', payment, applications }])
    const [row] = await rowsOf(client, 'receipt')
    const card = await cardOf(client, { id: gidOf(client, 'Receipt', String(row?.id)) })
    const of = (number: string) => standingOf(card).find(({ openItem }) => openItem.number === number)
    expect(await refused(client, ReverseApplicationDocument, undoing(of('K1')))).toMatchObject({ code: 'INVALID_INPUT' })
    await done(client.analyst, ReverseApplicationDocument, undoing(of('I2')))
    await done(client.analyst, ReverseApplicationDocument, undoing(of('K1')))
    expect(await contradictions(client)).toEqual([])
  })

  it.each([
    ['no reason', { reason: ' ' }, 'reason'],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, 'reason'],
    ['no key', { idempotencyKey: '' }, 'idempotencyKey'],
  ])('with %s is refused', async (_case, facts, field) => {
    const { client, application } = await paid()
    const outcome = await refused(client, ReverseApplicationDocument, undoing(application, facts))
    expect(outcome).toMatchObject({ code: 'INVALID_INPUT', path: ['input', field] })
  })

  it('dry is answered as if it were done', async () => {
    const { client, application } = await paid()
    const before = await traces(client)
    const dry = await done(client.analyst, ReverseApplicationDocument, undoing(application, { dryRun: true }))
    expect(dry.openItem.openAmount).toEqual(usd('200.00'))
    expect(await traces(client)).toEqual(before)
  })

  it('by whoever has no right here does nothing, and tells nothing', async () => {
    const { client, application } = await paid()
    const nowhere = undoing({ id: gidOf(client, 'Application') })
    await expectTurnedAway(client, ReverseApplicationDocument, { input: undoing(application), nowhere })
  })

  it('of another client’s application finds nothing, even for who serves both', async () => {
    const { client } = await paid()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    const customer = await aCustomer(other)
    const { application } = await apply(
      other,
      await record(other, { customer }),
      await anItem(other, customer, { openMinor: 9_000n }),
      '5.00',
    )
    const before = await traces(other)
    const claimed = claimedBy(client, 'Application', { id: ownIdOf(application), gid: '' })
    expect(await refused(client, ReverseApplicationDocument, undoing({ id: claimed }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await traces(other)).toEqual(before)
  })
})

describe('reverseReceipt', () => {
  it.each(['NSF', 'STOP', 'DUPLICATE', 'WRONG_ENTITY', 'BANK_RECALL'] as const)(
    '%s undoes every application, and what it paid is to be collected again',
    async (reason) => {
      const { client, customer, item, second, receipt } = await paid()
      const more = await apply(client, receipt, item, '60.00')
      const kept = await place(client, more.receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '30.00' })
      const charged = await place(client, kept, { from: 'UNAPPLIED', to: 'CHARGES', amount: '4.00' })
      const { receipt: after } = await done(
        client.analyst,
        ReverseReceiptDocument,
        bouncing(charged, { reason, note: 'their letter' }),
      )
      expect(after).toMatchObject({
        state: 'REVERSED',
        reversedAmount: usd('300.00'),
        reversalReason: reason,
        reversedOn: today(),
        version: charged.version + 1,
      })
      for (const bucket of ['applied', 'onAccount', 'unapplied', 'unidentified', 'refunded', 'charges'] as const)
        expect(after[`${bucket}Amount`]).toEqual(usd('0.00'))
      expect([await itemRow(client, item), await itemRow(client, second)]).toMatchObject([
        { open_minor: 50_000n, pending_minor: 0n, closed_on: null },
        { open_minor: 20_000n, pending_minor: 0n, closed_on: null },
      ])
      expect(await work(client, 'COLLECTION')).toMatchObject([
        { customer_id: customer.id, amounts: [{ toBeCollected: '70000' }] },
      ])
      expect(await work(client, 'MISSING_REMITTANCE')).toEqual([])
      expect((await eventsOf(client)).at(-2)).toMatchObject({ name: 'receipt.reversed', payload: { reason, state: 'REVERSED' } })
      expect(await contradictions(client)).toEqual([])
    },
  )

  it('voids the deductions of what it undoes', async () => {
    const { client, card } = await short()
    await done(client.analyst, ReverseReceiptDocument, bouncing(card))
    expect(await rowsOf(client, 'deduction')).toMatchObject([{ state: 'VOIDED' }])
    expect((await rowsOf(client, 'open_item'))[0]).toMatchObject({ open_minor: 10_000n })
    expect(await contradictions(client)).toEqual([])
  })

  it('of nobody’s money as well', async () => {
    const { client } = await aDebtor()
    const receipt = await record(client, { amount: '30.00' })
    await done(client.analyst, ReverseReceiptDocument, bouncing(receipt))
    expect(await work(client, 'UNIDENTIFIED_CASH')).toEqual([])
  })

  it('is refused while some of it is paid back, says what there is, and is done once that is back', async () => {
    const { client, receipt } = await owing()
    const refunded = await place(client, receipt, { from: 'UNAPPLIED', to: 'REFUNDED', amount: '100.00' })
    expect(await refused(client, ReverseReceiptDocument, bouncing(refunded))).toMatchObject({
      __typename: 'BucketTooSmall',
      code: 'BUCKET_TOO_SMALL',
      room: usd('200.00'),
      path: ['input', 'receipt'],
    })
    const back = await place(client, refunded, { from: 'REFUNDED', to: 'UNAPPLIED', amount: '100.00' })
    await done(client.analyst, ReverseReceiptDocument, bouncing(back))
    const gone = await place(client, await record(client, { amount: '5.00' }), {
      from: 'UNIDENTIFIED',
      to: 'REFUNDED',
      amount: '5.00',
    })
    expect(await refused(client, ReverseReceiptDocument, bouncing(gone))).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'RETURNED_TO_PAYER',
      legal: ['place'],
    })
  })

  it('twice is refused the second time, and told what a reversed receipt takes', async () => {
    const { client, receipt } = await paid()
    const { receipt: after } = await done(client.analyst, ReverseReceiptDocument, bouncing(receipt))
    expect(await refused(client, ReverseReceiptDocument, bouncing(after))).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'REVERSED',
      legal: ['reinstate'],
    })
    expect(await refused(client, ReverseReceiptDocument, bouncing(receipt))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: after.version,
    })
  })

  it('leaves nothing to apply', async () => {
    const { client, item, receipt } = await paid()
    const { receipt: after } = await done(client.analyst, ReverseReceiptDocument, bouncing(receipt))
    const input = { ...keyed(after), openItem: item.gid, amount: money('0.01') }
    expect(await refused(client, ApplyReceiptDocument, input)).toMatchObject({ code: 'OVER_APPLIED', room: usd('0.00') })
  })

  it('by whoever has no right here does nothing', async () => {
    const { client, receipt } = await paid()
    const nowhere = bouncing({ ...receipt, id: gidOf(client, 'Receipt') })
    await expectTurnedAway(client, ReverseReceiptDocument, { input: bouncing(receipt), nowhere })
  })
})

describe('reinstateReceipt', () => {
  const reinstating = (receipt: Receipt, facts: object = {}) => ({ ...keyed(receipt), reason: 'the bank erred', ...facts })

  it('has the money to be decided about anew: unapplied where its customer is known, in its queue', async () => {
    const { client, second, receipt } = await paid()
    const { receipt: bounced } = await done(client.analyst, ReverseReceiptDocument, bouncing(receipt))
    const { receipt: after } = await done(client.analyst, ReinstateReceiptDocument, reinstating(bounced))
    expect(after).toMatchObject({
      state: 'REMITTANCE_MISSING',
      unappliedAmount: usd('300.00'),
      reversedAmount: usd('0.00'),
      reversalReason: null,
      reversedOn: null,
    })
    expect(await itemRow(client, second)).toMatchObject({ open_minor: 20_000n })
    expect(await work(client, 'MISSING_REMITTANCE')).toMatchObject([{ amounts: [{ open: '30000' }] }])
    expect(await contradictions(client)).toEqual([])
    // What was undone stays undone; it can be applied again.
    expect((await apply(client, after, second, '200.00')).openItem.openAmount).toEqual(usd('0.00'))
  })

  it('of nobody’s money makes it unidentified again', async () => {
    const { client } = await aDebtor()
    const { receipt: bounced } = await done(client.analyst, ReverseReceiptDocument, bouncing(await record(client)))
    const { receipt: after } = await done(client.analyst, ReinstateReceiptDocument, reinstating(bounced))
    expect(after).toMatchObject({ state: 'UNIDENTIFIED', unidentifiedAmount: usd('100.00') })
  })

  it('of what was not reversed is refused', async () => {
    const { client, receipt } = await paid()
    expect(await refused(client, ReinstateReceiptDocument, reinstating(receipt))).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'REMITTANCE_MISSING',
      legal: expect.arrayContaining(['apply', 'place', 'reverse']),
    })
  })

  it('by whoever has no right here does nothing', async () => {
    const { client, receipt } = await paid()
    const { receipt: bounced } = await done(client.analyst, ReverseReceiptDocument, bouncing(receipt))
    const nowhere = reinstating({ ...bounced, id: gidOf(client, 'Receipt') })
    await expectTurnedAway(client, ReinstateReceiptDocument, { input: reinstating(bounced), nowhere })
  })
})

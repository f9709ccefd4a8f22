import { describe, expect, it } from 'vitest'
import {
  ApplyReceiptDocument,
  ChaseReceiptDocument,
  ConfirmReceiptDocument,
  type PlaceableBucket,
  PlaceReceiptDocument,
  ReverseReceiptDocument,
} from '../generated/operations.ts'
import { anItem, rowsOf, type TestClient } from '../harness/index.ts'
import { done, expectTurnedAway, refused, told } from './answers.ts'
import { bouncing } from './debts.ts'
import { apply, cardOf, keyed, money, on, ownIdOf, place, placing, type Receipt, record, today } from './receipts.ts'
import { aDebtor, auditsOf, contradictions, eventsOf, gidOf, traces, usd } from './world.ts'

/** A receipt of 100 of the client's one customer, or of nobody. */
const received = async (isKnown = true) => {
  const { client, customer } = await aDebtor()
  return { client, customer, receipt: await record(client, { customer: isKnown ? customer : null }) }
}

const buckets = ['ON_ACCOUNT', 'UNAPPLIED', 'UNIDENTIFIED', 'REFUNDED', 'CHARGES'] as const
const fields: Readonly<Record<PlaceableBucket, `${'onAccount' | 'unapplied' | 'unidentified' | 'refunded' | 'charges'}Amount`>> =
  {
    ON_ACCOUNT: 'onAccountAmount',
    UNAPPLIED: 'unappliedAmount',
    UNIDENTIFIED: 'unidentifiedAmount',
    REFUNDED: 'refundedAmount',
    CHARGES: 'chargesAmount',
  }

/** Where money may go: what is not here is refused. */
const ways = {
  known: [
    'UNAPPLIED ON_ACCOUNT',
    'UNAPPLIED REFUNDED',
    'UNAPPLIED CHARGES',
    'ON_ACCOUNT UNAPPLIED',
    'ON_ACCOUNT REFUNDED',
    'REFUNDED UNAPPLIED',
    'CHARGES UNAPPLIED',
  ],
  unknown: ['UNIDENTIFIED REFUNDED', 'UNIDENTIFIED CHARGES', 'REFUNDED UNIDENTIFIED', 'CHARGES UNIDENTIFIED'],
} as const
const all = buckets.flatMap((from) => buckets.map((to) => [from, to] as const))
const isLegal = (whose: keyof typeof ways, [from, to]: readonly [PlaceableBucket, PlaceableBucket]) =>
  (ways[whose] as readonly string[]).includes(`${from} ${to}`)

/** All of a receipt in one bucket, by the way that leads there. */
const inBucket = async (client: TestClient, receipt: Receipt, bucket: PlaceableBucket): Promise<Receipt> => {
  const start = receipt.customer === null ? 'UNIDENTIFIED' : 'UNAPPLIED'
  return bucket === start || bucket === 'UNAPPLIED' || bucket === 'UNIDENTIFIED'
    ? receipt
    : place(client, receipt, { from: start, to: bucket, amount: '100.00' })
}

describe('placeReceipt', () => {
  const legal = (['known', 'unknown'] as const).flatMap((whose) =>
    all.filter((way) => isLegal(whose, way)).map((way) => [whose, ...way] as const),
  )
  it.each(legal)('of somebody %s moves money from %s to %s', async (whose, from, to) => {
    const { client, receipt } = await received(whose === 'known')
    const before = await inBucket(client, receipt, from)
    const after = await place(client, before, { from, to, amount: '30.00', reason: 'they agreed by phone' })
    expect(after.version).toBe(before.version + 1)
    expect([after[fields[from]], after[fields[to]]]).toEqual([usd('70.00'), usd('30.00')])
    expect((await cardOf(client, after)).moves.at(-1)).toEqual({
      from,
      to,
      amount: usd('30.00'),
      reason: 'they agreed by phone',
      movedOn: today(),
    })
    expect((await eventsOf(client)).at(-1)).toMatchObject({
      name: 'receipt.moved',
      payload: { receiptId: ownIdOf(receipt), from, to },
    })
    expect((await auditsOf(client)).at(-1)).toMatchObject({ command: 'cash.placeReceipt' })
    expect(await contradictions(client)).toEqual([])
  })

  const illegal = (['known', 'unknown'] as const).flatMap((whose) =>
    all.filter((way) => !isLegal(whose, way)).map((way) => [whose, ...way] as const),
  )
  it.each(illegal)('of somebody %s does not move money from %s to %s', async (whose, from, to) => {
    const { client, receipt } = await received(whose === 'known')
    const outcome = await refused(client, PlaceReceiptDocument, placing(receipt, { from, to, amount: '30.00' }))
    expect(['INVALID_INPUT', 'BUCKET_TOO_SMALL']).toContain(outcome.code)
  })

  it.each([
    [
      'more than the bucket holds',
      { amount: '100.01' },
      { code: 'BUCKET_TOO_SMALL', room: usd('100.00'), path: ['input', 'amount'] },
    ],
    ['nothing', { amount: '0.00' }, { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['less than nothing', { amount: '-1.00' }, { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['half a cent', { amount: '0.005' }, { code: 'INVALID_INPUT', path: ['input', 'amount'] }],
    ['without a reason', { amount: '1.00', reason: ' ' }, { code: 'INVALID_INPUT', path: ['input', 'reason'] }],
    [
      'with a reason of 501 characters',
      { amount: '1.00', reason: 'x'.repeat(501) },
      { code: 'INVALID_INPUT', path: ['input', 'reason'] },
    ],
  ])('refuses %s', async (_case, facts, why) => {
    const { client, receipt } = await received()
    const input = placing(receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', ...facts })
    expect(await refused(client, PlaceReceiptDocument, input)).toMatchObject(why)
  })

  it('refuses another currency, a version that is past, and no key', async () => {
    const { client, receipt } = await received()
    const input = placing(receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '1.00' })
    const cases = [
      [{ amount: money('1.00', 'EUR') }, { code: 'INVALID_INPUT', path: ['input', 'amount', 'currency'] }],
      [{ expectedVersion: 0 }, { code: 'VERSION_CONFLICT', currentVersion: 1 }],
      [{ idempotencyKey: ' ' }, { code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] }],
    ] as const
    for (const [facts, why] of cases)
      expect(await refused(client, PlaceReceiptDocument, { ...input, ...facts })).toMatchObject(why)
  })

  it('all of it on account or paid back is a state of its own, and out of the queue', async () => {
    const { client, receipt } = await received()
    const kept = await place(client, receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '100.00' })
    expect(kept.state).toBe('ON_ACCOUNT')
    expect((await rowsOf(client, 'work_item')).filter(({ is_queued }) => is_queued)).toEqual([])
    const gone = await place(client, kept, { from: 'ON_ACCOUNT', to: 'REFUNDED', amount: '100.00' })
    expect(gone.state).toBe('RETURNED_TO_PAYER')
    const back = await place(client, gone, { from: 'REFUNDED', to: 'UNAPPLIED', amount: '0.01' })
    expect(back).toMatchObject({ state: 'REMITTANCE_MISSING', refundedAmount: usd('99.99') })
    expect((await rowsOf(client, 'work_item')).filter(({ is_queued }) => is_queued)).toHaveLength(1)
  })

  it('of a receipt that is reversed or booked is refused, and told what it takes', async () => {
    const { client, receipt } = await received()
    const kept = await place(client, receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '100.00' })
    const { receipt: booked } = await done(client.analyst, ConfirmReceiptDocument, {
      ...on(kept),
      stage: 'POSTED',
      reference: '1400',
    })
    const input = (of: Receipt) => placing(of, { from: 'ON_ACCOUNT', to: 'UNAPPLIED', amount: '1.00' })
    expect(await refused(client, PlaceReceiptDocument, input(booked))).toMatchObject({ code: 'ILLEGAL_MOVE', state: 'POSTED' })
    const { receipt: gone } = await done(client.analyst, ReverseReceiptDocument, bouncing(booked))
    expect(await refused(client, PlaceReceiptDocument, input(gone))).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'REVERSED',
      legal: ['reinstate'],
    })
  })

  it('dry leaves no trace, and under its key again is answered again', async () => {
    const { client, receipt } = await received()
    const input = placing(receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '40.00' })
    const before = await traces(client)
    const dry = await done(client.analyst, PlaceReceiptDocument, { ...input, dryRun: true })
    expect(await traces(client)).toEqual(before)
    const first = await done(client.analyst, PlaceReceiptDocument, input)
    expect({ ...first.receipt }).toEqual({ ...dry.receipt })
    expect(await done(client.analyst, PlaceReceiptDocument, input)).toEqual(first)
    const twenty = await Promise.all(Array.from({ length: 20 }, () => told(client.analyst, PlaceReceiptDocument, input)))
    expect(new Set(twenty.map((outcome) => JSON.stringify(outcome))).size).toBe(1)
    expect(await rowsOf(client, 'receipt_move')).toHaveLength(1)
  })

  it('by whoever has no right here does nothing', async () => {
    const { client, receipt } = await received()
    const input = placing(receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '1.00' })
    await expectTurnedAway(client, PlaceReceiptDocument, { input, nowhere: { ...input, receipt: gidOf(client, 'Receipt') } })
  })
})

describe('confirmReceipt', () => {
  const decided = async () => {
    const world = await received()
    const item = await anItem(world.client, world.customer, { openMinor: 20_000n })
    const { receipt, application } = await apply(world.client, world.receipt, item, '100.00')
    return { ...world, item, receipt, application }
  }
  const confirm = (client: TestClient, receipt: Receipt, stage: 'POSTED' | 'CLEARED', reference: string | null = null) =>
    done(client.analyst, ConfirmReceiptDocument, { ...on(receipt), stage, reference })

  it('notes what the ledger booked and cleared', async () => {
    const { client, receipt } = await decided()
    const { receipt: posted } = await confirm(client, receipt, 'POSTED', '1400000917')
    expect(posted).toMatchObject({
      state: 'POSTED',
      postedReference: '1400000917',
      clearedOn: null,
      version: receipt.version + 1,
    })
    const { receipt: cleared } = await confirm(client, posted, 'CLEARED')
    expect(cleared).toMatchObject({ state: 'CLEARED', postedReference: '1400000917', clearedOn: today() })
    expect((await eventsOf(client)).slice(-2).map(({ name }) => name)).toEqual(['receipt.confirmed', 'receipt.confirmed'])
    expect(await contradictions(client)).toEqual([])
  })

  it('is taken back by whatever changes the receipt afterwards', async () => {
    const { client, receipt } = await decided()
    const { receipt: posted } = await confirm(client, receipt, 'POSTED', '14')
    const { receipt: gone } = await done(client.analyst, ReverseReceiptDocument, bouncing(posted))
    expect(gone).toMatchObject({ state: 'REVERSED', postedReference: null, clearedOn: null })
  })

  it.each<[string, (client: TestClient, receipt: Receipt) => Promise<Receipt>, 'POSTED' | 'CLEARED', string, readonly string[]]>([
    [
      'the clearing of what was not booked',
      async (_client, receipt) => receipt,
      'CLEARED',
      'MATCHED',
      ['confirmPosting', 'reverse', 'place', 'undoApplication', 'apply'],
    ],
    [
      'the booking of what is booked',
      async (client, receipt) => (await confirm(client, receipt, 'POSTED', '14')).receipt,
      'POSTED',
      'POSTED',
      ['confirmClearing', 'reverse', 'undoApplication', 'apply'],
    ],
    [
      'anything of what is cleared',
      async (client, receipt) =>
        (await confirm(client, (await confirm(client, receipt, 'POSTED', '14')).receipt, 'CLEARED')).receipt,
      'CLEARED',
      'CLEARED',
      ['reverse', 'undoApplication', 'apply'],
    ],
    [
      'anything of what is gone',
      async (client, receipt) => (await done(client.analyst, ReverseReceiptDocument, bouncing(receipt))).receipt,
      'POSTED',
      'REVERSED',
      ['reinstate'],
    ],
  ])('refuses %s, and names what it takes', async (_case, arrange, stage, state, legal) => {
    const { client, receipt } = await decided()
    const now = await arrange(client, receipt)
    const outcome = await refused(client, ConfirmReceiptDocument, { ...on(now), stage, reference: '15' })
    expect(outcome).toMatchObject({ code: 'ILLEGAL_MOVE', state, path: ['input', 'receipt'] })
    expect('legal' in outcome ? outcome.legal.toSorted() : []).toEqual(legal.toSorted())
  })

  it('refuses what is not decided about, and a booking without its document', async () => {
    const { client, receipt } = await received()
    const input = { ...on(receipt), stage: 'POSTED' as const, reference: '14' }
    expect(await refused(client, ConfirmReceiptDocument, input)).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'REMITTANCE_MISSING',
    })
    for (const reference of [null, ' ', 'x'.repeat(61)])
      expect(await refused(client, ConfirmReceiptDocument, { ...input, reference })).toMatchObject({
        path: ['input', 'reference'],
      })
  })

  it('by whoever has no right here does nothing', async () => {
    const { client, receipt } = await decided()
    const input = { ...on(receipt), stage: 'POSTED' as const, reference: '14' }
    await expectTurnedAway(client, ConfirmReceiptDocument, { input, nowhere: { ...input, receipt: gidOf(client, 'Receipt') } })
  })
})

describe('chaseReceipt', () => {
  const chasing = (
    receipt: Receipt,
    step: 'REMITTANCE_REQUESTED' | 'PAYER_RESEARCHED' | 'ESCHEAT_REVIEW',
    note = 'asked by mail',
  ) => ({ ...on(receipt), step, note })

  it('notes a step, and the queue says what comes next', async () => {
    const { client, receipt } = await received()
    const next = async () =>
      (await rowsOf(client, 'work_item')).find(({ receipt_id: id }) => id === ownIdOf(receipt))?.next_action
    const before = await next()
    const { receipt: after } = await done(client.analyst, ChaseReceiptDocument, chasing(receipt, 'REMITTANCE_REQUESTED'))
    expect(after).toMatchObject({ state: 'REMITTANCE_MISSING', chaseCount: 1, version: 2 })
    expect(await next()).not.toEqual(before)
    expect((await eventsOf(client)).at(-1)).toMatchObject({ name: 'receipt.chased', payload: { step: 'REMITTANCE_REQUESTED' } })
    expect((await auditsOf(client)).at(-1)).toMatchObject({ input: { note: 'asked by mail' } })
  })

  it('brings money of nobody to the review of unclaimed property, from which finding somebody leads out', async () => {
    const { client, customer, receipt } = await received(false)
    const { receipt: reviewed } = await done(client.analyst, ChaseReceiptDocument, chasing(receipt, 'ESCHEAT_REVIEW'))
    expect(reviewed).toMatchObject({ state: 'ESCHEAT_REVIEW', unidentifiedAmount: usd('100.00') })
    expect(await refused(client, ChaseReceiptDocument, chasing(reviewed, 'PAYER_RESEARCHED'))).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'ESCHEAT_REVIEW',
      legal: expect.arrayContaining(['identify', 'place', 'reverse']),
    })
    const item = await anItem(client, customer, { openMinor: 100n })
    const input = { ...keyed(reviewed), openItem: item.gid, amount: money('1.00') }
    expect(await refused(client, ApplyReceiptDocument, input)).toMatchObject({ code: 'WRONG_CUSTOMER' })
    expect(await contradictions(client)).toEqual([])
  })

  it('refuses the review of somebody’s money, a step on what is decided, and a note that says nothing', async () => {
    const { client, receipt } = await received()
    expect(await refused(client, ChaseReceiptDocument, chasing(receipt, 'ESCHEAT_REVIEW'))).toMatchObject({
      code: 'ILLEGAL_MOVE',
    })
    for (const note of [' ', 'x'.repeat(401)])
      expect(await refused(client, ChaseReceiptDocument, chasing(receipt, 'REMITTANCE_REQUESTED', note))).toMatchObject({
        code: 'INVALID_INPUT',
        path: ['input', 'note'],
      })
    const kept = await place(client, receipt, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '100.00' })
    expect(await refused(client, ChaseReceiptDocument, chasing(kept, 'REMITTANCE_REQUESTED'))).toMatchObject({
      code: 'ILLEGAL_MOVE',
      state: 'ON_ACCOUNT',
    })
    expect(await refused(client, ChaseReceiptDocument, chasing(receipt, 'REMITTANCE_REQUESTED'))).toMatchObject({
      currentVersion: 2,
    })
  })

  it('by whoever has no right here does nothing', async () => {
    const { client, receipt } = await received()
    const input = chasing(receipt, 'REMITTANCE_REQUESTED')
    await expectTurnedAway(client, ChaseReceiptDocument, { input, nowhere: { ...input, receipt: gidOf(client, 'Receipt') } })
  })
})

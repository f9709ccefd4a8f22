import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { encodePlaces } from '../../src/platform/events/cursor.ts'
import {
  ChaseReceiptDocument,
  ConfirmReceiptDocument,
  IdentifyReceiptDocument,
  ReceiptChangedDocument,
  type ReceiptChangedSubscription,
  ReinstateReceiptDocument,
  ReverseApplicationDocument,
  ReverseReceiptDocument,
} from '../generated/operations.ts'
import { aClient, aCustomer, anItem, beginDay, grant, listen, type Person, rowsOf, type TestClient } from '../harness/index.ts'
import { follow } from '../worklist/stream.ts'
import { lineOf, revoke } from '../worklist/world.ts'
import { done } from './answers.ts'
import { bouncing, undoing } from './debts.ts'
import { apply, keyed, on, place, record } from './receipts.ts'
import { load, post } from './results.ts'
import { aDebtor, aKey, gidOf, usd } from './world.ts'

type Change = NonNullable<ReceiptChangedSubscription['receiptChanged']>

const hear = async (who: Person, variables: { readonly clients?: readonly string[]; readonly after?: string } = {}) => {
  const heard = await listen<ReceiptChangedSubscription>(who, String(ReceiptChangedDocument), variables)
  const changes = (): Change[] => heard.messages.flatMap(({ data }) => data?.receiptChanged ?? [])
  await heard.until((messages) => messages.length > 0)
  return { ...heard, changes, until: (count: number, ms?: number) => heard.until(() => changes().length >= count, ms) }
}
const kinds = (changes: readonly Change[]) => changes.map(({ kind }) => kind)

/** Everything that can become of a receipt, once each, in a row. */
const aLife = async () => {
  const { client, customer } = await aDebtor()
  const item = await anItem(client, customer, { openMinor: 10_000n })
  await beginDay(client)
  await lineOf(client)
  const live = async () => {
    const recorded = await record(client, { amount: '100.00' })
    const { receipt: chased } = await done(client.analyst, ChaseReceiptDocument, {
      ...on(recorded),
      step: 'PAYER_RESEARCHED',
      note: 'asked the bank',
    })
    const { receipt: identified } = await done(client.analyst, IdentifyReceiptDocument, { ...on(chased), customer: customer.gid })
    const { receipt: applied, application } = await apply(client, identified, item, '100.00')
    const { receipt: confirmed } = await done(client.analyst, ConfirmReceiptDocument, {
      ...on(applied),
      stage: 'POSTED',
      reference: '14',
    })
    const { receipt: unapplied } = await done(client.analyst, ReverseApplicationDocument, undoing(application))
    const moved = await place(client, unapplied, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amount: '100.00' })
    const { receipt: gone } = await done(client.analyst, ReverseReceiptDocument, bouncing(moved))
    await done(client.analyst, ReinstateReceiptDocument, { ...keyed(gone), reason: 'told in error' })
    return { id: recorded.id, confirmed }
  }
  return { client, customer, item, live }
}
const lived = [
  'RECORDED',
  'CHASED',
  'IDENTIFIED',
  'APPLIED',
  'CONFIRMED',
  'UNAPPLIED',
  'MOVED',
  'REVERSED',
  'REINSTATED',
] as const
const states = [
  ['RECEIVED', 'UNIDENTIFIED'],
  ['UNIDENTIFIED', 'UNIDENTIFIED'],
  ['UNIDENTIFIED', 'REMITTANCE_MISSING'],
  ['REMITTANCE_MISSING', 'MATCHED'],
  ['MATCHED', 'POSTED'],
  ['POSTED', 'REMITTANCE_MISSING'],
  ['REMITTANCE_MISSING', 'ON_ACCOUNT'],
  ['ON_ACCOUNT', 'REVERSED'],
  ['REVERSED', 'REMITTANCE_MISSING'],
]

// Waiting for a push costs time and no work: the tests of this file wait beside one another.
describe.concurrent('receiptChanged', () => {
  it('begins with START, and tells everything that becomes of a receipt once, in its order', async () => {
    const { client, live } = await aLife()
    const heard = await hear(client.analyst, { clients: [client.gid] })
    expect(heard.changes()).toMatchObject([
      { kind: 'START', client: null, receiptId: null, state: null, at: null, receipt: null },
    ])
    const { id } = await live()
    await heard.until(1 + lived.length)
    const [, ...changes] = heard.changes()
    expect(kinds(changes)).toEqual(lived)
    expect(changes.map(({ stateBefore, state }) => [stateBefore, state])).toEqual(states)
    for (const change of changes) expect(change).toMatchObject({ receiptId: id, client: { code: client.code }, receipt: { id } })
    expect(new Set(heard.changes().map(({ cursor }) => cursor)).size).toBe(1 + lived.length)
    await sleep(300)
    expect(heard.changes()).toHaveLength(1 + lived.length)
    heard.stop()
  })

  it('tells what integrations told as well, the remittance that explains included', async () => {
    const { client } = await aLife()
    const heard = await hear(client.integration)
    await load(client, [{ number: 'I1', customerNumber: 'C1', amount: '50.00' }], aKey())
    const payment = { amount: '50.00', valueOn: '2026-02-10', reference: 'wire', customerNumber: 'C1' }
    await post(client, [{ key: 'pay', receiptKey: 'R', payment }])
    await post(client, [{ key: 'remit', receiptKey: 'R', remittance: { lines: [{ reference: 'I1' }] } }])
    await post(client, [{ key: 'apply', receiptKey: 'R', applications: [{ itemNumber: 'I1', amount: '50.00' }] }])
    await heard.until(4)
    expect(kinds(heard.changes())).toEqual(['START', 'RECORDED', 'EXPLAINED', 'APPLIED'])
    expect(heard.changes().at(-2)).toMatchObject({ stateBefore: 'REMITTANCE_MISSING', state: 'IDENTIFIED' })
    heard.stop()
  })

  it('goes on behind any cursor without a gap and without a repetition', async () => {
    const { client, live } = await aLife()
    const first = await hear(client.analyst)
    await live()
    await first.until(1 + lived.length)
    first.stop()
    const all = first.changes()
    for (const at of [0, 1, 4, lived.length]) {
      const resumed = await hear(client.analyst, { after: all[at]?.cursor ?? '' })
      await resumed.until(1 + lived.length - at)
      await sleep(100)
      expect(kinds(resumed.changes()), `behind change ${at}`).toEqual(['START', ...lived.slice(at)])
      expect(
        resumed
          .changes()
          .slice(1)
          .map(({ cursor }) => cursor),
      ).toEqual(all.slice(at + 1).map(({ cursor }) => cursor))
      resumed.stop()
    }
  })

  it('misses nothing of what happens while nobody listens, and shows each receipt as it is by then', async () => {
    const { client, live } = await aLife()
    const first = await hear(client.analyst)
    first.stop()
    const { id } = await live()
    await lineOf(client)
    const later = await hear(client.analyst, { after: first.changes()[0]?.cursor ?? '' })
    await later.until(1 + lived.length)
    expect(later.changes()[1]).toMatchObject({
      kind: 'RECORDED',
      state: 'UNIDENTIFIED',
      receipt: { id, state: 'REMITTANCE_MISSING', version: 9 },
    })
    later.stop()
  })

  it('tells many who work at once nothing twice and loses nothing', async () => {
    const { client, customer } = await aDebtor()
    await lineOf(client)
    const heard = await hear(client.analyst)
    const recorded = await Promise.all(Array.from({ length: 40 }, () => record(client, { customer })))
    await heard.until(41, 10_000)
    await sleep(200)
    const [, ...changes] = heard.changes()
    expect(kinds(changes)).toEqual(Array(40).fill('RECORDED'))
    expect(changes.map(({ receiptId }) => receiptId).toSorted()).toEqual(recorded.map(({ id }) => id).toSorted())
    heard.stop()
  })

  it('tells nothing of a client that the viewer does not serve, nor of one that was not named', async () => {
    const { client, live } = await aLife()
    const sibling = await aClient({ provider: client.provider })
    const elsewhere = await aDebtor()
    await grant(sibling, client.lead, 'LEAD')
    const analyst = await hear(client.analyst)
    const other = await hear(elsewhere.client.analyst)
    const named = await hear(client.lead, { clients: [sibling.gid] })
    await live()
    await analyst.until(1 + lived.length)
    await record(sibling, { customer: await aCustomer(sibling), who: client.lead })
    await named.until(2)
    await sleep(300)
    expect(kinds(other.changes())).toEqual(['START'])
    expect(named.changes().slice(1)).toMatchObject([{ kind: 'RECORDED', client: { code: sibling.code } }])
    expect(analyst.changes().every(({ client: of }) => of === null || of.code === client.code)).toBe(true)
    expect(other.wire.join()).not.toContain(client.canary)
    for (const one of [analyst, other, named]) one.stop()
  })

  it.each<[string, (client: TestClient) => Person]>([
    ['the client’s own portal user', (client) => client.portal],
    ['a stranger, who names the client', (client) => client.stranger],
    ['the provider’s administrator', (client) => client.provider.admin],
  ])('is refused to %s', async (_case, who) => {
    const { client } = await aDebtor()
    const heard = await listen<ReceiptChangedSubscription>(who(client), String(ReceiptChangedDocument), { clients: [client.gid] })
    await heard.until((messages) => messages.length > 0 || heard.isComplete())
    const codes = heard.messages.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? [])
    expect(codes).toEqual(['NOT_FOUND'])
    expect(heard.wire.join()).not.toContain(client.canary)
    heard.stop()
  })

  it('is refused behind what is no cursor, and for a client that nobody has', async () => {
    const { client } = await aDebtor()
    for (const [variables, code] of [
      [{ after: 'nonsense' }, 'BAD_USER_INPUT'],
      [{ clients: [gidOf(client, 'Client')] }, 'NOT_FOUND'],
      [{ clients: [client.gid, client.analyst.id] }, 'NOT_FOUND'],
    ] as const) {
      const heard = await listen<ReceiptChangedSubscription>(client.analyst, String(ReceiptChangedDocument), variables)
      await heard.until((messages) => messages.length > 0)
      expect(heard.messages).toMatchObject([{ errors: [{ extensions: { code } }] }])
      heard.stop()
    }
  })

  it('replays nothing of another client to who has its cursor', async () => {
    const [own, other] = [await aDebtor(), await aLife()]
    await other.live()
    await lineOf(other.client)
    const after = encodePlaces(new Map([own.client.id, other.client.id].map((id) => [id, 0n])))
    const heard = await hear(own.client.analyst, { after })
    await record(own.client, { customer: own.customer })
    await heard.until(2)
    await sleep(200)
    expect(kinds(heard.changes())).toEqual(['START', 'RECORDED'])
    heard.stop()
  })

  it('ends when the grant is revoked: what happens afterwards is not told', async () => {
    const { client, customer } = await aDebtor()
    const heard = await hear(client.analyst, { clients: [client.gid] })
    await revoke(client, client.analyst)
    await record(client, { customer, who: client.lead })
    await heard.until(1)
    for (let waited = 0; waited < 60 && !heard.isComplete() && heard.closed() === null; waited += 1) await sleep(100)
    expect(heard.isComplete() || heard.closed() !== null).toBe(true)
    expect(kinds(heard.changes())).toEqual(['START'])
    heard.stop()
  })
})

describe.concurrent('the worklist beside it', () => {
  it('loses a customer whose last item is paid in the same breath, and has the money that is undone again', async () => {
    const { client, customer } = await aDebtor(async (one, debtor) => {
      await anItem(one, debtor, { openMinor: 10_000n, daysOverdue: 40 })
    })
    const receipt = await record(client, { customer, amount: '100.00' })
    await lineOf(client)
    const work = await follow(client.analyst, { clients: [client.gid], kinds: ['COLLECTION', 'MISSING_REMITTANCE'] })
    const heard = await hear(client.analyst)
    const item = await theItem(client)
    const { application } = await apply(client, receipt, item, '100.00')
    await work.until(() => work.changes.length >= 3)
    await heard.until(2)
    const removed = work.changes.slice(1)
    expect(removed.map(({ kind, workKind, reason }) => [kind, workKind, reason]).toSorted()).toEqual([
      ['REMOVED', 'COLLECTION', 'cash'],
      ['REMOVED', 'MISSING_REMITTANCE', 'cash'],
    ])
    // One command, one instant: what is told of the receipt and of the queue is of the same moment.
    expect(new Set([...removed.map(({ at }) => at), heard.changes()[1]?.at]).size).toBe(1)
    expect(heard.changes()[1]).toMatchObject({ kind: 'APPLIED', state: 'MATCHED', receipt: { appliedAmount: usd('100.00') } })

    await done(client.analyst, ReverseApplicationDocument, undoing(application))
    await work.until(() => work.changes.length >= 5)
    expect(
      work.changes
        .slice(3)
        .map(({ kind, workKind }) => [kind, workKind])
        .toSorted(),
    ).toEqual([
      ['ADDED', 'COLLECTION'],
      ['ADDED', 'MISSING_REMITTANCE'],
    ])
    work.cut()
    heard.stop()
  })
})

const theItem = async (client: TestClient) => {
  const [row] = await rowsOf(client, 'open_item')
  return { gid: gidOf(client, 'Invoice', String(row?.id)) }
}

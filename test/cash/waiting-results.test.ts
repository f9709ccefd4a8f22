import { beforeAll, describe, expect, it } from 'vitest'
import { beginDay } from '../../src/flows/begin-days.ts'
import { retryWaiting } from '../../src/flows/retry-results.ts'
import { inUnit, type Tx } from '../../src/platform/database/unit.ts'
import type { SystemAsker } from '../../src/platform/identity/asker.ts'
import type { Enqueue } from '../../src/platform/jobs/job.ts'
import {
  AcceptMatchDocument,
  ApplyReceiptDocument,
  IdentifyReceiptDocument,
  MatchReceiptsDocument,
  PublishPolicyDocument,
  ReverseApplicationDocument,
  ReverseReceiptDocument,
  WaitingResultsDocument,
} from '../generated/operations.ts'
import { aClient, ask, asOwner, grant, rowsOf, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from '../worklist/api-alone.ts'
import { done, readAs } from './answers.ts'
import { cardOf, keyed, money, on, place, standingOf } from './receipts.ts'
import { type ItemRow, load, post, postOne, type Result } from './results.ts'
import { aKey, contradictions, gidOf } from './world.ts'

// What a step waits for, and that it is done in the very transaction that brings it.

const c1 = (number: string, amount: string, facts: Partial<ItemRow> = {}): ItemRow => ({
  number,
  customerNumber: 'C1',
  amount,
  ...facts,
})
const owed = async (...items: readonly ItemRow[]): Promise<TestClient> => {
  const client = await aClient()
  await load(client, [c1('I1', '100.00'), ...items], aKey())
  return client
}
const payment = (amount: string, facts: object = {}) => ({ amount, valueOn: '2026-02-10', reference: 'wire 1', ...facts })
const paid = (amount: string, facts: object = {}, receiptKey = 'R1'): Result => ({
  key: `${receiptKey}-pay`,
  receiptKey,
  payment: payment(amount, facts),
})
const applied = (itemNumber: string, amount: string, facts: object = {}, receiptKey = 'R1'): Result => ({
  key: `${receiptKey}-apply-${itemNumber}`,
  receiptKey,
  applications: [{ itemNumber, amount, ...facts }],
})

/** What the steps of a client wait for, as its analyst reads it. */
const waits = async (client: TestClient): Promise<string[]> => {
  const { client: found } = await readAs(client.analyst, WaitingResultsDocument, { code: client.code, first: 20 })
  return (found?.cashResults?.edges ?? []).flatMap(({ node }) => node.steps.flatMap(({ waitsFor }) => waitsFor ?? []))
}
const openOf = async (client: TestClient, number = 'I1') =>
  (await rowsOf(client, 'open_item')).find((row) => row.number === number)?.open_minor
const gids = async (client: TestClient, key = 'R1') => {
  const [row] = (await rowsOf(client, 'receipt')).filter(({ source_key: of }) => of === key)
  return cardOf(client, { id: gidOf(client, 'Receipt', String(row?.id)) })
}
const customerOf = async (client: TestClient, number: string) => {
  const [row] = (await rowsOf(client, 'customer')).filter((one) => one.number === number)
  return { gid: gidOf(client, 'Customer', String(row?.id)), version: Number(row?.version) }
}
const itemOf = async (client: TestClient, number: string) => {
  const [row] = (await rowsOf(client, 'open_item')).filter((one) => one.number === number)
  return { gid: gidOf(client, 'Invoice', String(row?.id)) }
}

type Story = {
  readonly items?: readonly ItemRow[]
  /** Told first; its last result waits. */
  readonly told: readonly Result[]
  readonly waitsFor: readonly string[]
  /** What is done about it. */
  readonly does: (client: TestClient) => Promise<unknown>
  /** What of I1 is open then. */
  readonly open: bigint
}

const stories: readonly (readonly [string, Story])[] = [
  [
    'the receipt, and its payment is told',
    {
      told: [applied('I1', '80.00')],
      waitsFor: ['RECEIPT'],
      does: (client) => post(client, [paid('80.00')]),
      open: 2_000n,
    },
  ],
  [
    'the customer, and a load brings it',
    {
      told: [paid('80.00', { customerNumber: 'C7' }), { key: 'k', receiptKey: 'R1', onAccount: '80.00' }],
      waitsFor: ['CUSTOMER', 'CUSTOMER'],
      does: (client) => load(client, [{ number: 'I7', customerNumber: 'C7', amount: '5.00' }], aKey()),
      open: 10_000n,
    },
  ],
  [
    'the customer, and somebody says who paid',
    {
      told: [paid('80.00'), { key: 'k', receiptKey: 'R1', onAccount: '80.00' }],
      waitsFor: ['CUSTOMER'],
      does: async (client) => {
        const customer = (await customerOf(client, 'C1')).gid
        await done(client.analyst, IdentifyReceiptDocument, { ...on(await gids(client)), customer })
      },
      open: 10_000n,
    },
  ],
  [
    'the customer, and a match says who paid',
    {
      items: [c1('I50123', '50.00')],
      told: [paid('80.00', { bankText: 'for I50123' }), { key: 'k', receiptKey: 'R1', onAccount: '30.00' }],
      waitsFor: ['CUSTOMER'],
      does: async (client) => {
        const { matched } = await done(client.analyst, MatchReceiptsDocument, { client: client.gid })
        const [only] = matched
        await done(client.analyst, AcceptMatchDocument, { match: only?.match.id ?? '', idempotencyKey: aKey() })
      },
      open: 10_000n,
    },
  ],
  [
    'the item, and a load brings it',
    {
      told: [paid('80.00'), applied('I2', '80.00')],
      waitsFor: ['OPEN_ITEM'],
      does: (client) => load(client, [c1('I2', '80.00')], aKey()),
      open: 10_000n,
    },
  ],
  [
    'the one item of two that have its number, and a load closes the other',
    {
      items: [c1('I3', '50.00'), c1('I3', '50.00', { legalEntity: 'LE2' })],
      told: [paid('50.00', { customerNumber: 'C1' }), applied('I3', '50.00')],
      waitsFor: ['OPEN_ITEM'],
      does: (client) => loadClosed(client, 'LE2 I3'),
      open: 10_000n,
    },
  ],
  [
    'room on the item, and another receipt gives it back',
    {
      told: [paid('70.00', {}, 'R0'), applied('I1', '70.00', {}, 'R0'), paid('80.00'), applied('I1', '80.00')],
      waitsFor: ['ROOM'],
      does: (client) => reverseFirst(client, 'R0'),
      open: 2_000n,
    },
  ],
  [
    'room on the item, and another receipt bounces',
    {
      told: [paid('70.00', {}, 'R0'), applied('I1', '70.00', {}, 'R0'), paid('80.00'), applied('I1', '80.00')],
      waitsFor: ['ROOM'],
      does: async (client) =>
        done(client.analyst, ReverseReceiptDocument, { ...keyed(await gids(client, 'R0')), reason: 'NSF' as const }),
      open: 2_000n,
    },
  ],
  [
    'room on the item, and the result that took it is taken back',
    {
      told: [paid('70.00', {}, 'R0'), applied('I1', '70.00', {}, 'R0'), paid('80.00'), applied('I1', '80.00')],
      waitsFor: ['ROOM'],
      does: (client) =>
        post(client, [{ key: 'back', receiptKey: 'R0', reversal: { result: 'R0-apply-I1', reason: 'WRONG_ENTITY' } }]),
      open: 2_000n,
    },
  ],
  [
    'room on the item, and the ledger opens more of it',
    {
      told: [paid('120.00'), applied('I1', '120.00')],
      waitsFor: ['ROOM'],
      does: (client) => load(client, [c1('I1', '150.00')], aKey()),
      open: 3_000n,
    },
  ],
  [
    'room on the receipt, and an application of it is undone',
    {
      items: [c1('I2', '80.00')],
      told: [paid('80.00'), applied('I2', '80.00'), applied('I1', '80.00')],
      waitsFor: ['ROOM'],
      does: (client) => reverseFirst(client, 'R1'),
      open: 2_000n,
    },
  ],
  [
    'room on the receipt, and what was kept for charges is given back',
    {
      told: [paid('80.00', { customerNumber: 'C1' }), { key: 'k', receiptKey: 'R1', charges: '10.00' }, applied('I1', '80.00')],
      waitsFor: ['ROOM'],
      does: async (client) => place(client, await gids(client), { from: 'CHARGES', to: 'UNAPPLIED', amount: '10.00' }),
      open: 2_000n,
    },
  ],
  [
    'room on an item that a refund holds, two receipts on: each step frees the next',
    {
      told: [
        paid('90.00', {}, 'R0'),
        applied('I1', '70.00', {}, 'R0'),
        { key: 'refund', receiptKey: 'R0', refunded: '20.00' },
        { key: 'nsf', receiptKey: 'R0', reversal: { reason: 'NSF' } },
        paid('80.00'),
        applied('I1', '80.00'),
      ],
      waitsFor: ['ROOM', 'ROOM'],
      does: async (client) => place(client, await gids(client, 'R0'), { from: 'REFUNDED', to: 'UNAPPLIED', amount: '20.00' }),
      open: 2_000n,
    },
  ],
  [
    'the result to take back, and it comes',
    {
      told: [paid('80.00'), { key: 'back', receiptKey: 'R1', reversal: { result: 'R1-apply-I1', reason: 'WRONG_ENTITY' } }],
      waitsFor: ['RESULT'],
      does: (client) => post(client, [applied('I1', '80.00')]),
      open: 10_000n,
    },
  ],
  [
    'tolerance, and a policy gives it',
    {
      told: [paid('95.00'), applied('I1', '95.00', { writeOff: '5.00' })],
      waitsFor: ['TOLERANCE'],
      does: async (client) => publish(client, { itemMax: { byCurrency: { USD: 500 } }, shareMaxBp: 500 }),
      open: 0n,
    },
  ],
  [
    'tolerance that the month has spent, and what was written off in it is taken back',
    {
      items: [c1('I2', '1000.00')],
      told: [
        paid('999.00', {}, 'R0'),
        applied('I2', '999.00', { writeOff: '1.00' }, 'R0'),
        paid('99.50'),
        applied('I1', '99.50', { writeOff: '0.50' }),
      ],
      waitsFor: ['TOLERANCE'],
      does: (client) => reverseFirst(client, 'R0'),
      open: 0n,
    },
  ],
  [
    'the currency of the item, and a load corrects it',
    {
      items: [c1('I4', '80.00', { currency: 'EUR' })],
      told: [paid('80.00'), applied('I4', '80.00')],
      waitsFor: ['CURRENCY'],
      does: (client) => load(client, [c1('I4', '80.00')], aKey()),
      open: 10_000n,
    },
  ],
  [
    'a customer who may pay, and the hierarchy says so',
    {
      items: [{ number: 'I9', customerNumber: 'C9', amount: '5.00' }],
      told: [paid('80.00', { customerNumber: 'C9' }), applied('I1', '80.00')],
      waitsFor: ['CUSTOMER'],
      does: async (client) => {
        const [child, parent] = [await customerOf(client, 'C1'), await customerOf(client, 'C9')]
        const text = 'mutation ($input: SetCustomerHierarchyInput!) { setCustomerHierarchy(input: $input) { __typename } }'
        const input = { customer: child.gid, parent: parent.gid, expectedVersion: child.version }
        const { data } = await ask(client.lead, text, { input })
        expect(data).toEqual({ setCustomerHierarchy: { __typename: 'SetCustomerHierarchyPayload' } })
      },
      open: 2_000n,
    },
  ],
]

const reverseFirst = async (client: TestClient, key: string) => {
  const [application] = standingOf(await gids(client, key))
  const input = { application: application?.id ?? '', reason: 'it was not for this', idempotencyKey: aKey() }
  return done(client.analyst, ReverseApplicationDocument, input)
}

const publish = async (
  client: TestClient,
  rules: object,
  facts: object = {},
  who: { subject?: string; bearer?: string } = client.lead,
) => {
  await grant(client, client.lead, 'MANAGER')
  const input = {
    client: client.gid,
    kind: 'WRITE_OFF' as const,
    rules: JSON.stringify(rules),
    reason: 'agreed',
    expectedVersion: 0,
  }
  return done(who, PublishPolicyDocument, { ...input, ...facts })
}

/** The ledger says that an item is paid. */
const loadClosed = async (client: TestClient, sourceKey: string) => {
  const row = {
    number: 'I3',
    sourceKey,
    legalEntity: 'LE2',
    customerNumber: 'C1',
    kind: 'INVOICE',
    currency: 'USD',
    amount: '50.00',
  }
  const days = { documentOn: '2026-01-05', dueOn: '2026-02-04', closedOn: '2026-02-09' }
  const input = { client: client.gid, source: 'TEST', idempotencyKey: aKey(), rows: [{ ...row, ...days }] }
  const text = 'mutation ($input: ImportOpenItemsInput!) { importOpenItems(input: $input) { __typename } }'
  const { data } = await ask(client.integration, text, { input })
  expect(data).toEqual({ importOpenItems: { __typename: 'ImportOpenItemsPayload' } })
}

describe('a step waits for', () => {
  it.each(stories)('%s', async (name, { items = [], told, waitsFor, does, open }) => {
    const client = await owed(...items)
    if (name.includes('the month has spent')) await publish(client, { monthMax: { byCurrency: { USD: 100 } } })
    for (const result of told) expect((await post(client, [result])).counts).toMatchObject({ refused: 0, repeated: 0 })
    expect(await waits(client)).toEqual(waitsFor)
    const [{ last } = { last: 0 }] = await asOwner<{ last: number }>(
      'select coalesce(max(id), 0)::int as last from event where client_id = $1',
      [client.id],
    )
    await does(client)
    expect(await waits(client)).toEqual([])
    expect(await openOf(client)).toBe(open)
    expect(await contradictions(client)).toEqual([])
    // Whoever follows receipts is told of what was done by itself as of anything else.
    const events = await asOwner<{ name: string }>(`select name from event where client_id = $1 and id > $2 and area = 'cash'`, [
      client.id,
      last,
    ])
    expect(events.length).toBeGreaterThan(0)
  })

  it('nothing of another receipt: a result takes back what was told of its own receipt alone', async () => {
    const client = await owed()
    await post(client, [paid('80.00', { customerNumber: 'C1' }, 'R0'), { key: 'kept', receiptKey: 'R0', onAccount: '80.00' }])
    const back = { key: 'back', receiptKey: 'R1', reversal: { result: 'kept', reason: 'WRONG_ENTITY' } }
    await post(client, [paid('80.00', { customerNumber: 'C1' }), { key: 'own', receiptKey: 'R1', onAccount: '80.00' }])
    // Beside another result of the other receipt, so that both are worked off together.
    const posted = await post(client, [back, { key: 'more', receiptKey: 'R0', remittance: { lines: [{ reference: 'I1' }] } }])
    expect(posted.results).toMatchObject([{ outcome: 'WAITING', waitsFor: ['RESULT'] }, { outcome: 'DONE' }])
    expect(await rowsOf(client, 'receipt')).toMatchObject([{ on_account_minor: 8_000n }, { on_account_minor: 8_000n }])
  })

  it('nothing any more, once the receipt it is about is taken back', async () => {
    const client = await owed()
    await post(client, [
      paid('80.00'),
      applied('I-unknown', '80.00'),
      { key: 'nsf', receiptKey: 'R1', reversal: { reason: 'NSF' } },
    ])
    expect(await waits(client)).toEqual([])
    await load(client, [c1('I-unknown', '80.00')], aKey())
    expect(await openOf(client, 'I-unknown')).toBe(8_000n)
    // Nor for room on what was taken back before it was told.
    expect(await postOne(client, applied('I1', '80.00'))).toMatchObject({ outcome: 'DONE', receipt: { state: 'REVERSED' } })
    expect(await openOf(client)).toBe(10_000n)
  })

  it('a receipt that people used: what they leave of it is enough, or the step waits on', async () => {
    const client = await owed(c1('I2', '80.00'))
    await post(client, [paid('80.00', { customerNumber: 'C1' })])
    const receipt = await gids(client)
    const input = { ...keyed(receipt), openItem: (await itemOf(client, 'I2')).gid, amount: money('50.00') }
    await done(client.analyst, ApplyReceiptDocument, input)
    expect(await postOne(client, applied('I1', '40.00'))).toMatchObject({ outcome: 'WAITING', waitsFor: ['ROOM'] })
    expect(await postOne(client, { ...applied('I1', '30.00'), key: 'less' })).toMatchObject({ outcome: 'DONE' })
  })
})

describe('time alone brings', () => {
  let api: ApiAlone
  let now = new Date()
  beforeAll(async () => {
    api = await startApiAlone({ clock: () => now })
    return api.stop
  })

  it('a policy that holds from a day to come: a write-off waits until then, and is done with the next thing told', async () => {
    const client = await owed()
    const effectiveFrom = new Date(Date.now() + 86_400_000).toISOString()
    await publish(client, { itemMax: { byCurrency: { USD: 500 } }, shareMaxBp: 500 }, { effectiveFrom })
    await post(client, [paid('95.00'), applied('I1', '95.00', { writeOff: '5.00' })])
    expect(await waits(client)).toEqual(['TOLERANCE'])
    now = new Date(Date.now() + 2 * 86_400_000)
    const result = { key: 'more', receiptKey: 'R1', remittance: { lines: [{ reference: 'I1' }] } }
    await post(client, [result], { who: api.as(client.integration), app: api })
    expect(await waits(client)).toEqual([])
    expect(await openOf(client)).toBe(0n)
  })

  it('the same without anything told: the day that begins tries once more, by a job of its own', async () => {
    const client = await owed()
    const effectiveFrom = new Date(Date.now() + 86_400_000).toISOString()
    await publish(client, { itemMax: { byCurrency: { USD: 500 } }, shareMaxBp: 500 }, { effectiveFrom })
    await post(client, [paid('95.00'), applied('I1', '95.00', { writeOff: '5.00' })])
    now = new Date(Date.now() + 2 * 86_400_000)
    const unit = { asker: askerOf(client), readOnly: false, now }
    const attempt = (tx: Tx, enqueue: Enqueue) => ({
      tx,
      clientId: client.id,
      timeZone: 'UTC',
      now,
      enqueue,
      outside: { mailer: null },
    })
    const enqueued: string[] = []
    const enqueue: Enqueue = ({ name }) => void enqueued.push(name)
    await inUnit(api.engine.database, unit, (tx) => beginDay.run(attempt(tx, enqueue), { day: '' }))
    expect(enqueued).toContain(retryWaiting.name)
    expect(await openOf(client)).toBe(10_000n)
    await inUnit(api.engine.database, unit, (tx) => retryWaiting.run(attempt(tx, enqueue), {}))
    expect(await waits(client)).toEqual([])
    expect(await openOf(client)).toBe(0n)
    // Nothing waits any more: the next day has nothing to try.
    enqueued.length = 0
    await inUnit(api.engine.database, unit, (tx) => beginDay.run(attempt(tx, enqueue), { day: '' }))
    expect(enqueued).not.toContain(retryWaiting.name)
  })
})

const askerOf = ({ id, provider }: TestClient): SystemAsker => ({
  kind: 'SYSTEM',
  client: { id, providerId: provider.id, timeZone: 'UTC' },
})

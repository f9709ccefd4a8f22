import { encodeGlobalId } from '../../src/kernel/ids.ts'
import type { PlaceableBucket, ReceiptRowFragment } from '../generated/operations.ts'
import {
  AcceptMatchDocument,
  ApplyReceiptDocument,
  IdentifyReceiptDocument,
  MatchReceiptsDocument,
  type MatchRowFragment,
  PlaceReceiptDocument,
  PostCashResultsDocument,
  ProposalsDocument,
  RecordReceiptDocument,
  ReinstateReceiptDocument,
  ReverseApplicationDocument,
  ReverseReceiptDocument,
} from '../generated/operations.ts'
import { aClient, asOwner, type Row, rowsOf, type TestClient } from '../harness/index.ts'
import { readAs, told } from './answers.ts'
import {
  amountOf,
  applied,
  type Bucket,
  bucketsOf,
  type Change,
  identified,
  matched,
  minorOf,
  placed,
  recorded,
  reinstated,
  reversed,
} from './model.ts'
import { cardOf, keyed, money, on, type Receipt, standingOf, today } from './receipts.ts'
import { type ItemRow, load, type Result, source } from './results.ts'
import { type App, aKey, usd } from './world.ts'

// Several people and an integration work on the same few receipts and invoices at once.

export type Item = { readonly gid: string; readonly number: string; readonly minor: bigint; readonly owner: string }

export type Crowd = {
  readonly client: TestClient
  readonly app: App
  readonly customers: readonly (Row & { readonly number: string })[]
  readonly items: readonly Item[]
  /** Receipts that people recorded: whatever becomes of them is answered to somebody. */
  readonly receipts: Receipt['id'][]
  readonly changes: Change[]
  /** Results that were taken, by key; what becomes of them shows in their steps. */
  readonly results: Result[]
  readonly outcomes: Map<string, number>
}

const rowsToLoad: readonly ItemRow[] = [
  { number: 'INV-71001', customerNumber: 'C1', amount: '100.00' },
  { number: 'INV-71002', customerNumber: 'C1', amount: '300.00' },
  { number: 'INV-72001', customerNumber: 'C2', amount: '200.00' },
  { number: 'CRM-72002', customerNumber: 'C2', amount: '-80.00', kind: 'CREDIT_MEMO' },
  { number: 'INV-73001', customerNumber: 'C3', amount: '150.00' },
]
const typenames: Readonly<Record<string, string>> = { INVOICE: 'Invoice', CREDIT_MEMO: 'CreditMemo' }

/** Three customers with a few open items; the first is above the second and pays for it as well. */
export const aCrowd = async (app: App): Promise<Crowd> => {
  const client = await aClient()
  await load(client, rowsToLoad, aKey())
  await asOwner(
    `update customer c set parent_id = p.id from customer p
     where c.client_id = $1 and c.number = 'C2' and p.client_id = c.client_id and p.number = 'C1'`,
    [client.id],
  )
  const gid = (typename: string, id: string) => encodeGlobalId({ typename, ownerId: client.id, id })
  const customers = (await rowsOf(client, 'customer')).map(({ id, number }) => ({
    id: String(id),
    gid: gid('Customer', String(id)),
    number: String(number),
  }))
  const items = (await rowsOf(client, 'open_item')).map(({ id, number, kind, original_minor: minor, customer_id: owner }) => ({
    gid: gid(typenames[String(kind)] ?? '', String(id)),
    number: String(number),
    minor: minor as bigint,
    owner: customers.find((customer) => customer.id === owner)?.number ?? '',
  }))
  const inOrder = <T extends { readonly number: string }>(all: readonly T[]) =>
    all.toSorted((a, b) => (a.number < b.number ? -1 : 1))
  const crowd = { customers: inOrder(customers), items: inOrder(items), receipts: [], changes: [], results: [] }
  return { client, app, ...crowd, outcomes: new Map() }
}

export type Attempt = {
  readonly what: keyof typeof attempts
  /** Which receipt, item, customer and the like, as far as there are so many. */
  readonly nth: number
  readonly other: number
  /** In tens, so that no difference is small enough to be written off. */
  readonly tens: number
  /** Sent twice at once under one key. */
  readonly isTwice: boolean
}

const nthOf = <T>(all: readonly T[], nth: number): T | undefined => all[nth % Math.max(1, all.length)]
const tensOf = ({ tens }: Attempt) => `${tens * 10}.00`

const note = ({ outcomes }: Crowd, { __typename }: { readonly __typename: string }) =>
  outcomes.set(__typename, (outcomes.get(__typename) ?? 0) + 1)

type Told = { readonly __typename: string; readonly receipt?: ReceiptRowFragment }

/** Does it once, or twice at once: of two answers the one with the earlier version tells what was done. */
const doing = async (crowd: Crowd, attempt: Attempt, name: string, step: Change['step'], send: () => Promise<Told>) => {
  const answers = await Promise.all(attempt.isTwice ? [send(), send()] : [send()])
  for (const answer of answers) note(crowd, answer)
  const receipts = answers.flatMap(({ receipt }) => receipt ?? [])
  const [first] = receipts.toSorted((a, b) => a.version - b.version)
  if (first === undefined) return
  crowd.changes.push({ name, receiptId: first.id, version: first.version, step, after: bucketsOf(first) })
  return first
}

const person = ({ client }: Crowd) => client.analyst

const record = async (crowd: Crowd, attempt: Attempt) => {
  const { client, app, customers, items } = crowd
  const item = nthOf(items, attempt.other)
  const customer = attempt.nth % 4 === 3 ? undefined : nthOf(customers, attempt.nth)
  const isWhole = attempt.tens % 2 === 0 && item !== undefined && item.minor > 0n
  const amount = isWhole ? amountOf(item.minor) : tensOf(attempt)
  const input = {
    client: client.gid,
    customer: customer?.gid ?? null,
    amount: usd(amount),
    valueOn: today(),
    reference: attempt.tens % 3 === 0 ? 'with thanks' : `your invoice ${item?.number}`,
    idempotencyKey: aKey(),
  }
  const step = recorded(minorOf(amount), customer !== undefined)
  const receipt = await doing(crowd, attempt, 'record', step, () => told(person(crowd), RecordReceiptDocument, input, app))
  if (receipt !== undefined) crowd.receipts.push(receipt.id)
}

/** Reads the receipt first, as people do: what they know of it may be past when they act. */
const withCard = (act: (crowd: Crowd, attempt: Attempt, card: Awaited<ReturnType<typeof cardOf>>) => Promise<unknown>) => {
  return async (crowd: Crowd, attempt: Attempt) => {
    const id = nthOf(crowd.receipts, attempt.nth)
    if (id !== undefined) await act(crowd, attempt, await cardOf(crowd.client, { id }, person(crowd), crowd.app))
  }
}

const identify = withCard((crowd, attempt, card) => {
  const input = { ...on(card), customer: nthOf(crowd.customers, attempt.other)?.gid ?? '' }
  return doing(crowd, { ...attempt, isTwice: false }, 'identify', identified, () =>
    told(person(crowd), IdentifyReceiptDocument, input, crowd.app),
  )
})

/** Mostly what this customer may pay, sometimes anything. */
const itemFor = ({ items }: Crowd, { other }: Attempt, payer: string | null): Item | undefined => {
  const own = items.filter(({ owner, minor }) => minor > 0n && (owner === payer || (payer === 'C1' && owner === 'C2')))
  return nthOf(other === 7 || own.length === 0 ? items : own, other)
}

const apply = withCard((crowd, attempt, card) => {
  const item = itemFor(crowd, attempt, card.customer?.number ?? null)
  const amount = tensOf(attempt)
  const input = { ...keyed(card), openItem: item?.gid ?? '', amount: money(amount) }
  return doing(crowd, attempt, 'apply', applied(item?.number ?? '', minorOf(amount)), () =>
    told(person(crowd), ApplyReceiptDocument, input, crowd.app),
  )
})

const undo = withCard(async (crowd, attempt, card) => {
  const application = nthOf(standingOf(card), attempt.other)
  if (application === undefined) return
  const { id, openItem, amount } = application
  const input = { application: id, reason: 'put against the wrong item', idempotencyKey: aKey() }
  await doing(crowd, attempt, 'undo', applied(openItem.number, -minorOf(amount.amount)), () =>
    told(person(crowd), ReverseApplicationDocument, input, crowd.app),
  )
})

const reverse = withCard((crowd, attempt, card) => {
  const input = { ...keyed(card), reason: 'NSF' as const }
  return doing(crowd, attempt, 'reverse', reversed, () => told(person(crowd), ReverseReceiptDocument, input, crowd.app))
})
const reinstate = withCard((crowd, attempt, card) => {
  const input = { ...keyed(card), reason: 'told in error' }
  return doing(crowd, attempt, 'reinstate', reinstated, () => told(person(crowd), ReinstateReceiptDocument, input, crowd.app))
})

const ways: readonly (readonly [PlaceableBucket, PlaceableBucket])[] = [
  ['UNAPPLIED', 'ON_ACCOUNT'],
  ['ON_ACCOUNT', 'UNAPPLIED'],
  ['UNAPPLIED', 'REFUNDED'],
  ['REFUNDED', 'UNAPPLIED'],
  ['UNAPPLIED', 'CHARGES'],
  ['CHARGES', 'UNAPPLIED'],
  ['UNIDENTIFIED', 'REFUNDED'],
  ['REFUNDED', 'UNIDENTIFIED'],
]
const names: Readonly<Record<PlaceableBucket, Bucket>> = {
  UNAPPLIED: 'unapplied',
  ON_ACCOUNT: 'onAccount',
  UNIDENTIFIED: 'unidentified',
  REFUNDED: 'refunded',
  CHARGES: 'charges',
}

const unfit = ({ customer }: Pick<Receipt, 'customer'>) => (customer === null ? 'UNAPPLIED' : 'UNIDENTIFIED')

/** Mostly out of a bucket that holds something, sometimes out of any. */
const place = withCard(async (crowd, attempt, card) => {
  const holds = bucketsOf(card)
  const isOdd = attempt.tens === 12
  const way = nthOf(isOdd ? ways : ways.filter(([from, to]) => holds[names[from]] > 0n && to !== unfit(card)), attempt.other)
  if (way === undefined) return
  const [from, to] = way
  const amount = tensOf(attempt)
  const input = { ...keyed(card), from, to, amount: money(amount), reason: 'as agreed' }
  await doing(crowd, attempt, 'place', placed(names[from], names[to], minorOf(amount)), () =>
    told(person(crowd), PlaceReceiptDocument, input, crowd.app),
  )
})

const isPosted = ({ state }: MatchRowFragment) => state === 'POSTED' || state === 'ACCEPTED'

const noteMatch = (crowd: Crowd, match: MatchRowFragment) => {
  if (!isPosted(match)) return
  const parts = match.lines.flatMap(({ openItem, effects }) => {
    const minor = minorOf(effects.cash.amount)
    return openItem === null || minor === 0n ? [] : [[openItem.number, minor] as const]
  })
  const { id: receiptId, version } = match.receipt
  crowd.changes.push({ name: 'match', receiptId, version, step: matched(parts), after: bucketsOf(match.receipt) })
}

const match = async (crowd: Crowd) => {
  const { client, app, receipts } = crowd
  if (receipts.length === 0) return
  const outcome = await told(person(crowd), MatchReceiptsDocument, { client: client.gid, receipts: [...receipts] }, app)
  note(crowd, outcome)
  if (outcome.__typename === 'MatchReceiptsPayload') for (const { match: found } of outcome.matched) noteMatch(crowd, found)
}

const accept = async (crowd: Crowd, attempt: Attempt) => {
  const { client, app } = crowd
  const { client: found } = await readAs(
    person(crowd),
    ProposalsDocument,
    { code: client.code, states: ['PROPOSED'], first: 20 },
    app,
  )
  const proposal = nthOf(found?.matches?.edges ?? [], attempt.nth)?.node
  if (proposal === undefined) return
  const outcome = await told(person(crowd), AcceptMatchDocument, { match: proposal.id, idempotencyKey: aKey() }, app)
  note(crowd, outcome)
  if (outcome.__typename === 'AcceptMatchPayload') noteMatch(crowd, outcome.match)
}

/** What an integration tells of a receipt of its own: one of several things, some of which cannot be done yet. */
const resultOf = (crowd: Crowd, { nth, other, tens }: Attempt): Result => {
  const receiptKey = `R${nth % 3}`
  const base = { key: aKey(), receiptKey }
  const item = nthOf(crowd.items, other)
  const amount = `${tens * 10}.00`
  const earlier = crowd.results.filter((result) => result.receiptKey === receiptKey && 'applications' in result)
  const application =
    item !== undefined && item.minor < 0n
      ? [
          { itemNumber: item.number, amount: amountOf(item.minor) },
          { itemNumber: 'INV-72001', amount: '120.00' },
        ]
      : [
          {
            itemNumber: item?.number ?? '',
            amount,
            deductions: tens % 3 === 0 ? [{ amount: '10.00', code: '01', codeList: 'X12_426' }] : [],
          },
        ]
  const kinds: readonly object[] = [
    { payment: { amount: '250.00', valueOn: '2026-02-10', reference: receiptKey, customerNumber: nth % 3 === 0 ? 'C1' : null } },
    { applications: application },
    { applications: application },
    { applications: application, onAccount: amount },
    { charges: amount },
    { reversal: { result: nthOf(earlier, other)?.key ?? 'never posted', reason: 'WRONG_ENTITY' } },
    { remittance: { lines: [{ reference: item?.number ?? null, paid: amount }] } },
    { reversal: { reason: 'BANK_RECALL' } },
  ]
  return { ...base, ...nthOf(kinds, tens + other) }
}

const tell = async (crowd: Crowd, attempt: Attempt) => {
  const { client, app } = crowd
  const results = [0, 1].map((more) => resultOf(crowd, { ...attempt, nth: attempt.nth + more, tens: attempt.tens + more }))
  const input = { client: client.gid, source, results: results.map((result) => ({ currency: 'USD', ...result })) }
  const send = () => told(client.integration, PostCashResultsDocument, input as never, app)
  const answers = await Promise.all(attempt.isTwice ? [send(), send()] : [send()])
  for (const answer of answers) note(crowd, answer)
  const isTaken = (at: number) =>
    answers.some((answer) => answer.__typename === 'PostCashResultsPayload' && answer.results[at]?.outcome !== 'REFUSED')
  crowd.results.push(...results.filter((_result, at) => isTaken(at)))
}

export const attempts = { record, identify, apply, undo, reverse, reinstate, place, match, accept, tell }

export const attemptIn = (crowd: Crowd, attempt: Attempt): Promise<unknown> => attempts[attempt.what](crowd, attempt)

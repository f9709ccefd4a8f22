import { decodeGlobalId } from '../../src/kernel/ids.ts'
import type { ReceiptCardQuery, ReceiptRowFragment } from '../generated/operations.ts'
import {
  ApplyReceiptDocument,
  type PlaceableBucket,
  PlaceReceiptDocument,
  ReceiptCardDocument,
  RecordReceiptDocument,
} from '../generated/operations.ts'
import type { TestClient } from '../harness/index.ts'
import { done, readAs } from './answers.ts'
import { type App, aKey, type Who } from './world.ts'

// What people do with receipts, each step as it must succeed.

export type Receipt = ReceiptRowFragment
export type Card = Exclude<NonNullable<ReceiptCardQuery['node']>, Record<PropertyKey, never>>
export type Named = { readonly gid: string }

export const money = (amount: string, currency = 'USD') => ({ amount, currency })

export type Recorded = {
  readonly customer?: Named | null
  readonly amount?: string
  readonly currency?: string
  readonly valueOn?: string
  readonly reference?: string
  readonly payerName?: string | null
  readonly who?: Who
  readonly app?: App
}

export const today = () => new Date().toISOString().slice(0, 10)

export const record = async (client: TestClient, facts: Recorded = {}): Promise<Receipt> => {
  const { customer = null, amount = '100.00', currency = 'USD', valueOn = today(), reference = `wire ${aKey()}` } = facts
  const { payerName = null, who = client.analyst, app } = facts
  const input = { client: client.gid, customer: customer?.gid ?? null, amount: money(amount, currency), valueOn, reference }
  const { receipt } = await done(who, RecordReceiptDocument, { ...input, payerName, idempotencyKey: aKey() }, app)
  return receipt
}

/** What every command on a receipt says of it. */
export const on = ({ id, version }: Pick<Receipt, 'id' | 'version'>) => ({ receipt: id, expectedVersion: version })
export const keyed = (receipt: Pick<Receipt, 'id' | 'version'>) => ({ ...on(receipt), idempotencyKey: aKey() })

export const apply = (client: TestClient, receipt: Receipt, item: Named, amount: string) =>
  done(client.analyst, ApplyReceiptDocument, {
    ...keyed(receipt),
    openItem: item.gid,
    amount: money(amount, receipt.amount.currency),
  })

export type Placed = {
  readonly from: PlaceableBucket
  readonly to: PlaceableBucket
  readonly amount: string
  readonly reason?: string
}

export const placing = (receipt: Receipt, { from, to, amount, reason = 'as agreed' }: Placed) => ({
  ...keyed(receipt),
  from,
  to,
  amount: money(amount, receipt.amount.currency),
  reason,
})

export const place = async (client: TestClient, receipt: Receipt, placed: Placed): Promise<Receipt> =>
  (await done(client.analyst, PlaceReceiptDocument, placing(receipt, placed))).receipt

const isReceipt = (node: NonNullable<ReceiptCardQuery['node']>): node is Card => 'version' in node

/** A receipt with everything that became of its money. */
export const cardOf = async (
  client: TestClient,
  { id }: Pick<Receipt, 'id'>,
  who: Who = client.analyst,
  app?: App,
): Promise<Card> => {
  const { node } = await readAs(who, ReceiptCardDocument, { id, applications: 100, deductions: 50 }, app)
  if (node === null || !isReceipt(node)) throw new Error(`there is no receipt ${id}`)
  return node
}

/** What stands against which item: neither a reversal nor reversed. */
export const standingOf = ({ applications }: Card) =>
  applications.edges.map(({ node }) => node).filter(({ isReversal, isReversed }) => !isReversal && !isReversed)

/** The id that the tables have. */
export const ownIdOf = ({ id }: { readonly id: string }): string => decodeGlobalId(id)?.id ?? ''

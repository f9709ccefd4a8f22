import { formatAmount, parseAmount } from '../../src/kernel/money.ts'
import type { ReceiptRowFragment } from '../generated/operations.ts'

// What money of a receipt does, as simply as it can be said: tests hold the answers of the API against it.

export const bucketNames = ['applied', 'onAccount', 'unapplied', 'unidentified', 'refunded', 'charges', 'reversed'] as const
export type Bucket = (typeof bucketNames)[number]
export type Buckets = Readonly<Record<Bucket, bigint>>

/** What is known of a receipt behind one of its versions. */
export type State = {
  readonly isKnown: boolean
  readonly buckets: Buckets
  /** By number of the item: what this receipt has put against it, as it stands. */
  readonly onItems: ReadonlyMap<string, bigint>
}

/** A change that was answered with success: what it does to whatever was before, and the receipt as it was told then. */
export type Change = {
  readonly name: string
  readonly receiptId: string
  readonly version: number
  readonly step: (before: State) => State
  readonly after: Buckets
}

export const minorOf = (amount: string): bigint => {
  const parsed = parseAmount(amount, 'USD')
  if (typeof parsed === 'string') throw new Error(`${amount} is ${parsed}`)
  return parsed.minor
}
export const amountOf = (minor: bigint): string => formatAmount({ minor, currency: 'USD' })

export const bucketsOf = (receipt: ReceiptRowFragment): Buckets => ({
  applied: minorOf(receipt.appliedAmount.amount),
  onAccount: minorOf(receipt.onAccountAmount.amount),
  unapplied: minorOf(receipt.unappliedAmount.amount),
  unidentified: minorOf(receipt.unidentifiedAmount.amount),
  refunded: minorOf(receipt.refundedAmount.amount),
  charges: minorOf(receipt.chargesAmount.amount),
  reversed: minorOf(receipt.reversedAmount.amount),
})

const empty: Buckets = { applied: 0n, onAccount: 0n, unapplied: 0n, unidentified: 0n, refunded: 0n, charges: 0n, reversed: 0n }

const moved = (buckets: Buckets, from: Bucket, to: Bucket, minor: bigint): Buckets => ({
  ...buckets,
  [from]: buckets[from] - minor,
  [to]: buckets[to] + minor,
})

type Step = Change['step']

export const recorded =
  (minor: bigint, isKnown: boolean): Step =>
  () => ({ isKnown, buckets: { ...empty, [isKnown ? 'unapplied' : 'unidentified']: minor }, onItems: new Map() })

export const identified: Step = ({ buckets, onItems }) => ({
  isKnown: true,
  buckets: moved(buckets, 'unidentified', 'unapplied', buckets.unidentified),
  onItems,
})

/** Below zero takes it off again. */
export const applied =
  (item: string, minor: bigint): Step =>
  ({ isKnown, buckets, onItems }) => ({
    isKnown,
    buckets: moved(buckets, 'unapplied', 'applied', minor),
    onItems: new Map([...onItems, [item, (onItems.get(item) ?? 0n) + minor]]),
  })

/** All of these, after whoever paid is known. */
export const matched =
  (parts: readonly (readonly [item: string, minor: bigint])[]): Step =>
  (before) =>
    parts.reduce((state, [item, minor]) => applied(item, minor)(state), identified(before))

export const placed =
  (from: Bucket, to: Bucket, minor: bigint): Step =>
  (state) => ({ ...state, buckets: moved(state.buckets, from, to, minor) })

export const reversed: Step = ({ isKnown, buckets }) => ({
  isKnown,
  buckets: { ...empty, reversed: Object.values(buckets).reduce((sum, minor) => sum + minor, 0n) },
  onItems: new Map(),
})

export const reinstated: Step = (state) =>
  placed('reversed', state.isKnown ? 'unapplied' : 'unidentified', state.buckets.reversed)(state)

export const unchanged: Step = (state) => state

const nowhere: State = { isKnown: false, buckets: empty, onItems: new Map() }

/**
 * Where changes of one receipt lead, in the order of the versions that they were answered with. Each version must have been
 * told once, and each answer must be what the model makes of the one before it: no update is lost, none is made up.
 */
export const replay = (
  changes: readonly Change[],
): { readonly end: State; readonly versions: number; readonly faults: string[] } => {
  const inOrder = changes.toSorted((a, b) => a.version - b.version)
  const faults: string[] = []
  let state = nowhere
  for (const [at, { name, version, step, after, receiptId }] of inOrder.entries()) {
    state = step(state)
    if (version !== at + 1) faults.push(`${receiptId}: ${name} was answered with version ${version}, where ${at + 1} comes next`)
    for (const bucket of bucketNames) {
      if (state.buckets[bucket] !== after[bucket])
        faults.push(
          `${receiptId}: behind ${name}, version ${version}, ${bucket} is ${after[bucket]} and not ${state.buckets[bucket]}`,
        )
    }
  }
  return { end: state, versions: inOrder.length, faults }
}

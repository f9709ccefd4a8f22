import { type MoveOf, machine, type StateOf } from '../../kernel/state-machine.ts'
import { type Buckets, undecidedOf } from './buckets.ts'

const undecided = ['UNIDENTIFIED', 'ESCHEAT_REVIEW', 'IDENTIFIED', 'REMITTANCE_MISSING'] as const
const decided = ['ON_ACCOUNT', 'MATCHED'] as const
const booked = ['POSTED', 'CLEARED'] as const
const known = ['IDENTIFIED', 'REMITTANCE_MISSING'] as const

/**
 * What may become of a receipt (model.md 3.6). The state itself is derived from facts, see `receiptState`: facts that come
 * in another order end in the same state. The machine says which moves a state takes, and what a refusal offers instead.
 */
export const receiptMachine = machine({
  name: 'receipt',
  initial: 'RECEIVED',
  moves: {
    record: { from: ['RECEIVED'], to: [...undecided, ...decided] },
    identify: { from: ['UNIDENTIFIED', 'ESCHEAT_REVIEW'], to: known },
    // A remittance that comes to money already decided about changes nothing.
    learn: { from: ['REMITTANCE_MISSING'], to: ['IDENTIFIED'] },
    apply: { from: [...known, 'ON_ACCOUNT', 'MATCHED', ...booked], to: [...known, ...decided] },
    undoApplication: { from: [...known, ...decided, ...booked], to: [...known, ...decided] },
    place: { from: [...undecided, ...decided, 'RETURNED_TO_PAYER'], to: [...undecided, ...decided, 'RETURNED_TO_PAYER'] },
    reviewForEscheat: { from: ['UNIDENTIFIED'], to: ['ESCHEAT_REVIEW'] },
    chase: {
      from: ['UNIDENTIFIED', 'REMITTANCE_MISSING', 'IDENTIFIED'],
      to: ['UNIDENTIFIED', 'REMITTANCE_MISSING', 'IDENTIFIED'],
    },
    confirmPosting: { from: decided, to: ['POSTED'] },
    confirmClearing: { from: ['POSTED'], to: ['CLEARED'] },
    reverse: { from: [...undecided, ...decided, ...booked], to: ['REVERSED'] },
    reinstate: { from: ['REVERSED'], to: [...known, 'UNIDENTIFIED'] },
  },
})

export type ReceiptState = StateOf<typeof receiptMachine>
export type ReceiptMove = MoveOf<typeof receiptMachine>

/** Somebody or something has to decide about the money: it waits in a queue, and may have a proposal. */
export const isUndecided = (state: ReceiptState): boolean => (undecided as readonly ReceiptState[]).includes(state)

export type StateFacts = {
  readonly customerId: string | null
  readonly amountMinor: bigint
  readonly buckets: Buckets
  readonly hasRemittance: boolean
  readonly isEscheatReview: boolean
  readonly postedReference: string | null
  readonly isCleared: boolean
}

/** The state that the facts amount to. Nothing is flipped: whatever came first, the same facts are the same state. */
export const receiptState = (facts: StateFacts): ReceiptState => {
  const { buckets, amountMinor } = facts
  if (buckets.REVERSED > 0n) return 'REVERSED'
  if (buckets.REFUNDED === amountMinor) return 'RETURNED_TO_PAYER'
  if (buckets.UNIDENTIFIED > 0n) return facts.isEscheatReview ? 'ESCHEAT_REVIEW' : 'UNIDENTIFIED'
  if (undecidedOf(buckets) > 0n) return facts.hasRemittance ? 'IDENTIFIED' : 'REMITTANCE_MISSING'
  if (facts.isCleared) return 'CLEARED'
  if (facts.postedReference !== null) return 'POSTED'
  return buckets.ON_ACCOUNT > 0n && buckets.APPLIED === 0n ? 'ON_ACCOUNT' : 'MATCHED'
}

import { type MoveOf, machine, type StateOf } from '../../kernel/state-machine.ts'

/** Somebody works on it, and whatever it is about may still change. */
const worked = ['OPEN', 'TRIAGED', 'IN_REVIEW', 'PENDING_CUSTOMER', 'PENDING_INTERNAL', 'PENDING_CLIENT', 'REOPENED'] as const
const pending = ['PENDING_CUSTOMER', 'PENDING_INTERNAL', 'PENDING_CLIENT'] as const
const decided = ['PROPOSED_RESOLUTION', 'APPROVED', 'AWAITING_POSTING'] as const
const live = [...worked, ...decided] as const

/** What may become of a case. Moves of the ledger and of approvals are among it: nobody takes them by hand. */
export const disputeMachine = machine({
  name: 'dispute',
  initial: 'OPEN',
  moves: {
    triage: { from: ['OPEN', 'TRIAGED', 'IN_REVIEW', 'REOPENED'], to: ['TRIAGED'] },
    /** A resolution that was proposed, or approved and not carried out, is taken back by it. */
    startReview: { from: ['TRIAGED', ...pending, 'REOPENED', 'PROPOSED_RESOLUTION', 'APPROVED'], to: ['IN_REVIEW'] },
    awaitParty: { from: ['IN_REVIEW', ...pending], to: [...pending] },
    proposeResolution: { from: ['IN_REVIEW'], to: ['PROPOSED_RESOLUTION'] },
    approveResolution: { from: ['PROPOSED_RESOLUTION'], to: ['APPROVED'] },
    rejectResolution: { from: ['PROPOSED_RESOLUTION', 'APPROVED'], to: ['IN_REVIEW'] },
    awaitPosting: { from: ['APPROVED'], to: ['AWAITING_POSTING'] },
    /** Nothing of it is open any more, as the ledger has it. */
    settle: { from: ['AWAITING_POSTING'], to: ['RESOLVED'] },
    /** The ledger took that back. */
    unsettle: { from: ['RESOLVED'], to: ['AWAITING_POSTING'] },
    close: { from: ['RESOLVED'], to: ['CLOSED'] },
    void: { from: [...live], to: ['VOIDED'] },
    reopen: { from: ['CLOSED'], to: ['REOPENED'] },
    changeItems: { from: [...worked], to: [...worked] },
    split: { from: [...worked], to: [...worked] },
    assign: { from: [...live], to: [...live] },
    escalate: { from: [...live], to: [...live] },
  },
})
export type DisputeState = StateOf<typeof disputeMachine>
export type DisputeMove = MoveOf<typeof disputeMachine>

export const disputeStates = [...live, 'RESOLVED', 'CLOSED', 'VOIDED'] as const satisfies readonly DisputeState[]
/** Cases that somebody still has to do something about. */
export const liveStates: readonly DisputeState[] = live
/** Cases that keep their items to themselves, and follow the ledger. */
export const holdingStates: readonly DisputeState[] = [...live, 'RESOLVED']

export const pendingOn = {
  CUSTOMER: 'PENDING_CUSTOMER',
  INTERNAL: 'PENDING_INTERNAL',
  CLIENT: 'PENDING_CLIENT',
} as const satisfies Record<string, DisputeState>
export type Party = keyof typeof pendingOn

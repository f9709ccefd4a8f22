import { legalMoves, type MoveOf, machine, mayMove, type StateOf } from '../../kernel/state-machine.ts'
import { IllegalMove } from '../../platform/refusals.ts'

/** States in which nobody has said yet whether the customer may keep it. */
export const undecided = ['IDENTIFIED', 'CODED', 'RESEARCH', 'AWAITING_BACKUP'] as const
/** States in which an approval is asked for. */
export const pending = ['CREDIT_REQUESTED', 'ACCRUAL_SETTLEMENT', 'WRITE_OFF_REQUESTED'] as const
/** States in which the customer owes it after all. */
export const owed = ['DENIED', 'REPAYMENT_CHASE', 'PLACED_LEGAL'] as const

/**
 * What may become of a deduction (model.md 3.2). A valid one is credited, settled from an accrual or written off; an invalid
 * one is denied and asked for until it is repaid; one that is partly valid is split, and its parts go their own ways. It is
 * gone with the payment that was short, wherever it stands.
 */
export const deductionMachine = machine({
  name: 'deduction',
  initial: 'IDENTIFIED',
  moves: {
    code: { from: ['IDENTIFIED', 'CODED'], to: ['CODED'] },
    startResearch: { from: ['CODED', 'AWAITING_BACKUP'], to: ['RESEARCH'] },
    requestBackup: { from: ['RESEARCH', 'AWAITING_BACKUP'], to: ['AWAITING_BACKUP'] },
    validate: { from: ['RESEARCH', 'AWAITING_BACKUP'], to: ['VALIDATED', 'SPLIT'] },
    requestCredit: { from: ['VALIDATED'], to: ['CREDIT_REQUESTED'] },
    settleFromAccrual: { from: ['VALIDATED'], to: ['ACCRUAL_SETTLEMENT'] },
    requestWriteOff: { from: ['VALIDATED', 'REPAYMENT_CHASE'], to: ['WRITE_OFF_REQUESTED'] },
    /** Small enough to be written off without anybody's approval. */
    tolerate: { from: ['CODED', 'VALIDATED', 'REPAYMENT_CHASE'], to: ['APPROVED'] },
    approve: { from: pending, to: ['APPROVED'] },
    /** The approval was rejected, or not given in time. */
    turnDown: { from: pending, to: ['VALIDATED', 'REPAYMENT_CHASE'] },
    confirmPosted: { from: ['APPROVED'], to: ['POSTED'] },
    deny: { from: ['VALIDATED'], to: ['DENIED'] },
    chaseRepayment: { from: ['DENIED', 'REPAYMENT_CHASE'], to: ['REPAYMENT_CHASE'] },
    /** The customer disputes the denial. */
    dispute: { from: owed, to: ['RESEARCH'] },
    placeLegal: { from: ['REPAYMENT_CHASE'], to: ['PLACED_LEGAL'] },
    repay: { from: owed, to: ['REPAID'] },
    /** What repaid it was taken back. */
    reopen: { from: ['REPAID'], to: ['REPAYMENT_CHASE'] },
    close: { from: ['POSTED', 'REPAID', 'PLACED_LEGAL'], to: ['CLOSED'] },
    void: {
      from: [...undecided, 'VALIDATED', 'SPLIT', ...pending, 'APPROVED', 'POSTED', ...owed, 'REPAID'],
      to: ['VOIDED'],
    },
  },
})

export type DeductionState = StateOf<typeof deductionMachine>
export type DeductionMove = MoveOf<typeof deductionMachine>
export type Verdict = 'VALID' | 'INVALID' | 'PARTIAL'

/** States in which nothing more becomes of it, and of its settlement nothing either. */
export const liveStates: readonly DeductionState[] = deductionMachine.moves.void.from

/** Moves that follow from the ledger, from approvals, or from the payment: nobody makes them by hand. */
const byThemselves: readonly DeductionMove[] = ['approve', 'turnDown', 'repay', 'reopen', 'void']

/** States in which somebody still has to do something. */
export const open: readonly DeductionState[] = [...undecided, 'VALIDATED', ...pending, 'APPROVED', ...owed]

type Stand = { readonly state: DeductionState; readonly verdict: Verdict | null }

/** What a decision stands in the way of: nobody credits what is invalid, or denies what is valid. */
const needs: Partial<Record<DeductionMove, Verdict>> = {
  requestCredit: 'VALID',
  settleFromAccrual: 'VALID',
  requestWriteOff: 'VALID',
  tolerate: 'VALID',
  deny: 'INVALID',
}

export const mayMoveFrom = (move: DeductionMove, { state, verdict }: Stand): boolean =>
  mayMove(deductionMachine, move, state) && (state !== 'VALIDATED' || needs[move] === undefined || needs[move] === verdict)

/** What people can do with it now, in the order of the machine. */
export const movesFrom = (stand: Stand): DeductionMove[] =>
  legalMoves(deductionMachine, stand.state).filter((move) => mayMoveFrom(move, stand) && !byThemselves.includes(move))

export const illegalUnless = (move: DeductionMove, stand: Stand, path: readonly string[]): IllegalMove | null =>
  mayMoveFrom(move, stand)
    ? null
    : new IllegalMove(deductionMachine.name, { move, state: stand.state, legal: movesFrom(stand) }, path)

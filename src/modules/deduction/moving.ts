import type { Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { type IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { holdApprovals } from '../approval/index.ts'
import { type DeductionMove, illegalUnless } from './deduction-states.ts'
import { type HeldDeduction, lockDeductions, type Moved, saveMoves } from './store.ts'

export type OnDeduction = { readonly deduction: RowKey; readonly expectedVersion: number }

/** What is told of a move, by its name. */
const told = {
  code: 'deduction.coded',
  startResearch: 'deduction.researched',
  requestBackup: 'deduction.backupRequested',
  validate: 'deduction.validated',
  requestCredit: 'deduction.creditRequested',
  settleFromAccrual: 'deduction.accrualRequested',
  requestWriteOff: 'deduction.writeOffRequested',
  tolerate: 'deduction.tolerated',
  approve: 'deduction.approved',
  turnDown: 'deduction.turnedDown',
  confirmPosted: 'deduction.posted',
  deny: 'deduction.denied',
  chaseRepayment: 'deduction.chased',
  dispute: 'deduction.disputed',
  placeLegal: 'deduction.placedLegal',
  repay: 'deduction.repaid',
  reopen: 'deduction.reopened',
  close: 'deduction.closed',
  void: 'deduction.voided',
} as const satisfies Record<DeductionMove, string>

/** Every event about a deduction that moved: the queue follows what of its item is asked for. */
export const deductionEvents: readonly string[] = Object.values(told)

/** Keeps moves of deductions that are held, and tells each of them. */
export const moveAll = async (
  write: Write,
  moves: readonly (Moved & { readonly move: DeductionMove })[],
): Promise<HeldDeduction[]> => {
  const after = await saveMoves(write, moves)
  moves.forEach(({ move, before }, index) => {
    const payload = { deductionId: before.id, state: after[index]?.state ?? before.state, customerIds: [before.customerId] }
    write.emit({ area: 'receivable', name: told[move], payload })
  })
  return after
}

const actions = ['DEDUCTION_CREDIT', 'DEDUCTION_WRITE_OFF'] as const
/** Approvals before deductions: docs/decisions/0007-lock-order.md */
export const holdDeductionApprovals = async (write: Write) => {
  for (const action of actions) await holdApprovals(write, action)
}

export const badNote = (note: string, most: number, path: readonly string[]): InvalidInput | null =>
  note.trim() === '' || note.length > most ? new InvalidInput(`this has 1 to ${most} characters`, path) : null

const path = ['input', 'deduction']

/** Why a deduction that is held does not take a move, or null. */
export const refusalOf = (
  found: HeldDeduction | undefined,
  { expectedVersion, move }: { readonly expectedVersion: number; readonly move: DeductionMove },
): NotFound | VersionConflict | IllegalMove | null => {
  if (found === undefined) return new NotFound('deduction', path)
  if (found.version !== expectedVersion) return new VersionConflict(found.version)
  return illegalUnless(move, found, path)
}

/** Held, as the caller knows it, and in a state that takes the move. */
export const deductionFor = async (
  write: Write,
  { deduction, expectedVersion }: OnDeduction,
  move: DeductionMove,
): Promise<HeldDeduction | NotFound | VersionConflict | IllegalMove> => {
  const [found] = await lockDeductions(write, [deduction.id])
  return refusalOf(found, { expectedVersion, move }) ?? (found as HeldDeduction)
}

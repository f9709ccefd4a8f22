import type { Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { IllegalMove, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { holdApprovals } from '../approval/index.ts'
import { type LockedItem, lockOpenItems } from '../receivable/index.ts'
import { type DisputeMove, disputeMachine } from './dispute-states.ts'
import type { Held } from './move.ts'
import { itemsOf, lockDispute } from './store.ts'

/** What the approval of a resolution is called where approvals are decided. */
export const resolutionApproval = 'DISPUTE_RESOLUTION'

export type OnDispute = { readonly dispute: RowKey; readonly expectedVersion: number }

export const disputeScope = ({ dispute }: { readonly dispute: RowKey }) => ({ clientId: dispute.clientId })

export const onPath = ['input', 'dispute']

export type HeldCase = Held & { readonly openItems: ReadonlyMap<string, LockedItem> }

type Asking = { readonly besides?: readonly string[]; readonly withApprovals?: boolean; readonly isOver?: boolean }

/**
 * A case held with its items, as the caller knows it, and in a state that takes the move. Items before approvals before
 * cases, as everywhere: docs/decisions/0007-lock-order.md
 */
export const disputeFor = async (
  write: Write,
  { dispute, expectedVersion }: OnDispute,
  move: DisputeMove,
  { besides = [], withApprovals = false, isOver = false }: Asking = {},
): Promise<HeldCase | NotFound | VersionConflict | IllegalMove> => {
  const known = await itemsOf(write, [dispute.id], isOver)
  const locked = await lockOpenItems(write, [...known.map(({ openItemId }) => openItemId), ...besides])
  if (withApprovals) await holdApprovals(write, resolutionApproval)
  const found = await lockDispute(write, dispute.id)
  if (found === null) return new NotFound('dispute', onPath)
  if (found.version !== expectedVersion) return new VersionConflict(found.version)
  const illegal = IllegalMove.unless(disputeMachine, move, found.state, onPath)
  if (illegal !== null) return illegal
  // Whoever changes which items there are changes the version as well: these are the ones that are held.
  const items = await itemsOf(write, [found.id], isOver)
  return { dispute: found, items, openItems: new Map(locked.map((item) => [item.id, item])) }
}

import { isRefusal } from '../../kernel/refusal.ts'
import { mayMove } from '../../kernel/state-machine.ts'
import { command, type Write } from '../../platform/command.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { ApprovalExpired, EvidenceChanged, requestApproval, useApproval } from '../approval/index.ts'
import { type Amount, readAmount } from '../cash/index.ts'
import { givenMinor, kindOfOutcome, type Outcome, summed } from './amounts.ts'
import { noteMax } from './commands.ts'
import { disputeMachine } from './dispute-states.ts'
import { disputeFor, disputeScope, type OnDispute, onPath, resolutionApproval } from './holding.ts'
import { type Held, moveCase, type Turned, turn, turnedBy } from './move.ts'
import { itemsOf, type KeptDispute, type KeptItem, lockDispute } from './store.ts'

/** Everything that is decided: what is paid of the items meanwhile changes nothing of that. */
const evidenceOf = ({ id, currency, outcome, resolutionMinor, resolutionNote }: KeptDispute, items: readonly KeptItem[]) => ({
  ...{ id, currency, outcome, resolutionMinor, resolutionNote },
  items: items.map(({ openItemId }) => openItemId).sort(),
})

export type ProposeResolution = OnDispute & {
  readonly outcome: Outcome
  /** Of a partial credit alone. */
  readonly amount: Amount | null
  readonly note: string
}

const wordsOf = (outcome: Outcome) => outcome.toLowerCase().replaceAll('_', ' ')

/** Proposes how the case is to end, and asks for whoever has to approve it; nobody has to, where the matrix says so. */
export const proposeResolution = command({
  name: 'dispute.proposeResolution',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: ProposeResolution) => disputeScope(input),
  async run(write, { outcome, amount, note, ...on }) {
    if (note.trim() === '' || note.length > noteMax)
      return new InvalidInput(`it is told in 1 to ${noteMax} characters why`, ['input', 'note'])
    if ((amount !== null) !== (outcome === 'PARTIAL_CREDIT'))
      return new InvalidInput('an amount is told of a partial credit, and of nothing else', ['input', 'amount'])
    const held = await disputeFor(write, on, 'proposeResolution', { withApprovals: true })
    if (isRefusal(held)) return held
    const { currency } = held.dispute
    const { disputedMinor } = summed(held.items)
    const asked = amount === null ? null : readAmount(amount)
    if (isRefusal(asked)) return asked
    if (asked !== null && (amount?.currency !== currency || asked >= disputedMinor))
      return new InvalidInput(`a partial credit is in ${currency} and less than what is disputed`, ['input', 'amount'])
    const resolutionMinor = givenMinor(outcome, disputedMinor, asked)
    const { dispute, items } = await moveCase(write, held, 'proposeResolution', {
      changes: { state: 'PROPOSED_RESOLUTION', outcome, resolutionMinor, resolutionNote: note },
      note,
    })
    await requestApproval(write, {
      ...{ action: resolutionApproval, subjectId: dispute.id, customerId: dispute.customerId, currency },
      ...{ reasonCode: outcome, amountMinor: resolutionMinor, evidence: evidenceOf(dispute, items), makers: [] },
      summary: `Dispute “${dispute.title}” ends by ${wordsOf(outcome)}: ${note}`.slice(0, 500),
    })
    return { clientId: write.clientId, id: dispute.id }
  },
})

/** What the customer is to pay after all is not disputed any more: everything beyond what is given. */
const releasedBy = (items: readonly KeptItem[], given: bigint): Turned => {
  let left = given
  const turns = items.flatMap((item) => {
    const kept = item.disputedMinor < left ? item.disputedMinor : left
    left -= kept
    const amountMinor = kept - item.disputedMinor
    return amountMinor === 0n ? [] : [turn(item, [{ kind: 'INCLUDED', amountMinor }], 'RELEASED')]
  })
  return turnedBy(turns)
}

/** Nothing of it is disputed any more as the ledger has it, or something is again: the case says so. */
export const judgeCase = async (write: Write, held: Held): Promise<Held> => {
  const isOpen = summed(held.items).disputedMinor > 0n
  const { state } = held.dispute
  if (state === 'AWAITING_POSTING' && !isOpen) return moveCase(write, held, 'settle', { changes: { state: 'RESOLVED' } })
  if (state === 'RESOLVED' && isOpen) return moveCase(write, held, 'unsettle', { changes: { state: 'AWAITING_POSTING' } })
  return held
}

/** The resolution that was approved is given to the ledger, and the case waits until it shows there. */
export const awaitPosting = command({
  name: 'dispute.awaitPosting',
  permission: 'dispute:work',
  refusals: [NotFound, VersionConflict, IllegalMove, ApprovalExpired, EvidenceChanged],
  scope: (input: OnDispute) => disputeScope(input),
  async run(write, on) {
    const held = await disputeFor(write, on, 'awaitPosting', { withApprovals: true })
    if (isRefusal(held)) return held
    const { dispute, items } = held
    const { outcome, resolutionMinor } = dispute
    if (outcome === null || resolutionMinor === null) throw new Error('a resolution was approved that nobody proposed')
    const evidence = evidenceOf(dispute, items)
    const unused = await useApproval(write, { action: resolutionApproval, subjectId: dispute.id, evidence, path: onPath })
    if (unused !== null) return unused
    const turned = releasedBy(items, kindOfOutcome[outcome] === null ? 0n : resolutionMinor)
    const given = await moveCase(write, held, 'awaitPosting', { changes: { state: 'AWAITING_POSTING' }, turned })
    await judgeCase(write, given)
    return { clientId: write.clientId, id: dispute.id }
  },
})

type Ruled = { readonly disputeId: string; readonly isApproved: boolean; readonly reason: string | null }

/** What was decided about a resolution brings its case on; a case that is elsewhere by then stays as it is. */
export const settleResolution = async (write: Write, { disputeId, isApproved, reason }: Ruled) => {
  const move = isApproved ? 'approveResolution' : 'rejectResolution'
  const dispute = await lockDispute(write, disputeId)
  if (dispute === null || !mayMove(disputeMachine, move, dispute.state)) return
  const items = await itemsOf(write, [dispute.id])
  await moveCase(write, { dispute, items }, move, {
    changes: isApproved
      ? { state: 'APPROVED' }
      : { state: 'IN_REVIEW', outcome: null, resolutionMinor: null, resolutionNote: null },
    note: reason ?? '',
  })
}

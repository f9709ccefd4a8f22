import { mayMove } from '../../kernel/state-machine.ts'
import { command, type Write } from '../../platform/command.ts'
import type { ClientId } from '../../platform/policy.ts'
import { type Cause, type Expected, followOpen, kindOfOutcome } from './amounts.ts'
import { disputeMachine } from './dispute-states.ts'
import { rulesOf } from './disputing.ts'
import { moveCase, turn, turnedBy } from './move.ts'
import { judgeCase } from './resolving.ts'
import { itemsOf, type KeptDispute, lockDispute, lockFollowing, openOf } from './store.ts'

type Concerned = { readonly openItemIds: readonly string[]; readonly customerIds: readonly string[]; readonly by: Cause }

/** What is decided and not posted yet: what the ledger takes off then is that. */
const expectedOf = ({ state, outcome }: KeptDispute): Expected =>
  outcome !== null && (state === 'AWAITING_POSTING' || state === 'RESOLVED') ? kindOfOutcome[outcome] : null

/** Brings cases to what their items have open now, whoever changed that: the amounts move, and a case that waits is resolved. */
export const followLedger = async (write: Write, { by, ...concerned }: Concerned) => {
  for (const dispute of await lockFollowing(write, concerned)) {
    const items = await itemsOf(write, [dispute.id])
    const open = await openOf(
      write,
      items.map(({ openItemId }) => openItemId),
    )
    const turns = items.flatMap((item) => {
      const now = open.get(item.openItemId) ?? 0n
      const seenOpenMinor = now > 0n ? now : 0n
      if (seenOpenMinor === item.seenOpenMinor) return []
      return [turn(item, followOpen(item, now, by, expectedOf(dispute)), by, { seenOpenMinor })]
    })
    if (turns.length === 0) continue
    const held = await moveCase(write, { dispute, items }, 'follow', { turned: turnedBy(turns) })
    await judgeCase(write, held)
  }
}

/** The deadline of a case passed, and it is not over: that is told, once. Idempotent: a deadline that was put off is not passed. */
export const escalateDispute = command({
  name: 'dispute.escalateDispute',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: ClientId; readonly disputeId: string }) => ({ clientId }),
  isAudited: ({ isMoved }: { readonly isMoved: boolean }) => isMoved,
  async run(write, { disputeId }) {
    const dispute = await lockDispute(write, disputeId)
    const { today } = await rulesOf(write)
    if (dispute === null || !mayMove(disputeMachine, 'escalate', dispute.state)) return { isMoved: false }
    if (dispute.escalatedAt !== null || dispute.deadlineOn >= today) return { isMoved: false }
    const items = await itemsOf(write, [dispute.id])
    const escalationReason = `its deadline, ${dispute.deadlineOn}, passed`
    await moveCase(write, { dispute, items }, 'escalate', {
      changes: { escalatedAt: write.now, escalationReason },
      note: escalationReason,
    })
    return { isMoved: true }
  },
})

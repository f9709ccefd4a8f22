import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { approvalMachine } from './approval-states.ts'
import { deciderOf } from './reads.ts'
import { CannotDecide, EvidenceChanged, StepDecided } from './refusals.ts'
import { blockOf, isMoved, keptRow, type Lent } from './rules.ts'
import { beginRound, ruleNow } from './ruling.ts'
import {
  actionOf,
  decisionsOf,
  endRequest,
  type HeldRequest,
  holdApprovals,
  lockRequest,
  saveDecision,
  type Verdict,
} from './store.ts'
import { tellApproval } from './tell.ts'

export type DecideApproval = {
  readonly request: RowKey
  readonly decision: Verdict
  /** What they saw. */
  readonly evidenceHash: string
  readonly comment: string | null
  /** The delegation by which they decide; null by their own right. */
  readonly onBehalfOf: RowKey | null
  readonly expectedVersion: number
}

const place = ['input', 'request']

/** All approvals of its action, then the request: whoever decides and whoever asks for another come one after the other. */
const holdRequest = async (write: Write, id: string): Promise<HeldRequest | NotFound> => {
  const action = await actionOf(write, id)
  if (action !== null) await holdApprovals(write, action)
  return (action === null ? null : await lockRequest(write, id)) ?? new NotFound('request for an approval', place)
}

type Able = { readonly request: HeldRequest; readonly lent: Lent | null; readonly step: number }

/** The request, held, and by what right the viewer takes its next step. */
const ableTo = async (
  write: Write,
  { request: { id }, decision, evidenceHash, onBehalfOf, expectedVersion }: DecideApproval,
): Promise<Able | NotFound | StepDecided | VersionConflict | IllegalMove | CannotDecide | EvidenceChanged> => {
  const request = await holdRequest(write, id)
  if (isRefusal(request)) return request
  const decisions = await decisionsOf(write, request.id)
  if (request.version !== expectedVersion) {
    // What they saw, somebody else decided: say who, not only that it is another version now.
    const before = decisions.find(({ requestVersion }) => requestVersion === expectedVersion)
    return before === undefined ? new VersionConflict(request.version) : new StepDecided(before)
  }
  const move = decision === 'APPROVE' ? 'approve' : 'reject'
  const illegal = IllegalMove.unless(approvalMachine, move, request.state, place)
  if (illegal !== null) return illegal
  const decider = await deciderOf(write)
  const lent = decider.lent.find(({ delegationId }) => delegationId === onBehalfOf?.id) ?? null
  if (onBehalfOf !== null && lent === null) return new NotFound('delegation', ['input', 'onBehalfOf'])
  const taken = decisions.filter(({ round }) => round === request.round)
  const block = blockOf(request, taken, { decider, lent, now: write.now })
  if (block !== null) return new CannotDecide(block, request.nextRole, place)
  if (request.evidenceHash !== evidenceHash) return new EvidenceChanged(request.evidenceHash, ['input', 'evidenceHash'])
  return { request, lent, step: taken.length + 1 }
}

export const decideApproval = command({
  name: 'approval.decideApproval',
  permission: 'approval:decide',
  refusals: [NotFound, InvalidInput, StepDecided, VersionConflict, IllegalMove, CannotDecide, EvidenceChanged],
  scope: ({ request }: DecideApproval) => ({ clientId: request.clientId }),
  reason: ({ comment }) => comment,
  async run(write, input) {
    const { decision, comment } = input
    if (comment !== null && (comment.trim() === '' || comment.length > 500))
      return new InvalidInput('a comment has 1 to 500 characters', ['input', 'comment'])
    if (decision === 'REJECT' && comment === null)
      return new InvalidInput('a rejection says why, in its comment', ['input', 'comment'])
    const able = await ableTo(write, input)
    if (isRefusal(able)) return able
    const { request, lent, step } = able
    const { ruled, worth, expiresAt } = await ruleNow(write, request)
    const key = { clientId: write.clientId, id: request.id }
    // A rejection is good whoever else would have to approve.
    if (decision === 'APPROVE' && isMoved(request, ruled)) {
      await beginRound(write, request, { ruled, worth, cause: 'REVALUED', expiresAt })
      return { ...key, decisionId: null }
    }
    const nextRole = decision === 'REJECT' ? null : (request.steps[step] ?? null)
    const state = decision === 'REJECT' ? 'REJECTED' : nextRole === null ? 'APPROVED' : 'PENDING'
    const role = request.nextRole
    if (role === null) throw new Error('a pending request has a next step')
    const { policyVersion, place: row } = keptRow(request, ruled)
    const decisionId = await saveDecision(write, {
      ...{ id: request.id, step, verdict: decision, role, lent, comment, policyVersion, place: row, state, nextRole, ...worth },
      // An approval lasts from when it is given.
      expiresAt: state === 'APPROVED' ? expiresAt : request.expiresAt,
    })
    const facts = { round: request.round, step }
    if (state === 'REJECTED') tellApproval(write, 'approval.rejected', request, { ...facts, reason: comment })
    else if (state === 'APPROVED')
      tellApproval(write, 'approval.approved', request, { ...facts, expiresAt: expiresAt.toISOString() })
    else tellApproval(write, 'approval.stepped', request, facts)
    return { ...key, decisionId }
  },
})

/** What nobody decided, or nobody used, in its time. Idempotent: one that was put off or is over by then stays as it is. */
export const expireApproval = command({
  name: 'approval.expireApproval',
  permission: 'approval:expire',
  refusals: [],
  scope: ({ clientId }: { clientId: string; requestId: string }) => ({ clientId }),
  isAudited: ({ isExpired }: { readonly isExpired: boolean }) => isExpired,
  async run(write, { requestId }) {
    const request = await holdRequest(write, requestId)
    if (isRefusal(request)) return { isExpired: false }
    const isLate = request.expiresAt <= write.now
    if (!isLate || IllegalMove.unless(approvalMachine, 'expire', request.state, []) !== null) return { isExpired: false }
    await endRequest(write, { id: request.id, state: 'EXPIRED' })
    tellApproval(write, 'approval.expired', request)
    return { isExpired: true }
  },
})

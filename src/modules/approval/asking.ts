import type { Write } from '../../platform/command.ts'
import { IllegalMove } from '../../platform/refusals.ts'
import { customerName } from '../customer/index.ts'
import { approvalMachine, liveStates } from './approval-states.ts'
import { ApprovalExpired, EvidenceChanged } from './refusals.ts'
import { type ApprovalAction, evidenceHash } from './rules.ts'
import { beginRound, liftOthers, ruleNow } from './ruling.ts'
import { endRequest, type HeldRequest, holdApprovals, insertRequest, lockLatest } from './store.ts'
import { tellApproval, tellRound } from './tell.ts'

// What modules that own a subject call, inside their own commands. Each holds the approvals of its action, so a command
// that also locks its subject calls `holdApprovals` before it does: docs/decisions/0007-lock-order.md.

type Subject = { readonly action: ApprovalAction; readonly subjectId: string }

/** What deciders see, and what they decide about. */
type Shown = {
  readonly amountMinor: bigint
  /** What it is, for people without a right to the ledger; 1 to 500 characters. */
  readonly summary: string
  /** Everything that is decided about: if any of it changes, the decision is void. */
  readonly evidence: object
}

export type ApprovalAsked = Subject &
  Shown & {
    readonly reasonCode: string | null
    readonly customerId: string
    readonly currency: string
    /** Who made the subject, besides who asks: none of them decides. */
    readonly makers: readonly string[]
  }

/** Asks for an approval of a subject that has none pending. It is there at once where the matrix asks for nobody's. */
export const requestApproval = async (write: Write, asked: ApprovalAsked): Promise<'PENDING' | 'APPROVED'> => {
  const { action, subjectId, reasonCode, customerId, currency, amountMinor, summary } = asked
  await holdApprovals(write, action)
  const one = { id: write.newId(), action, reasonCode, customerId, currency, amountMinor, requestedAt: write.now }
  const [ruling, customer] = await Promise.all([ruleNow(write, one), customerName(write, customerId)])
  if (customer === null) throw new Error('an approval is asked for a customer that does not exist')
  const { ruled, worth, baseCurrency, expiresAt } = ruling
  const makers = [...new Set([write.viewer.id, ...asked.makers])]
  await insertRequest(write, {
    ...{ ...one, ...ruled, ...worth, baseCurrency, expiresAt, subjectId, summary, makers },
    customerName: customer.name,
    evidenceHash: evidenceHash(asked.evidence),
  })
  const isApproved = ruled.steps.length === 0
  tellRound(write, { ...one, subjectId }, { round: 1, cause: 'REQUESTED', expiresAt, isApproved })
  await liftOthers(write, one, ruling)
  return isApproved ? 'APPROVED' : 'PENDING'
}

const liveRequest = async (write: Write, subject: Subject): Promise<HeldRequest | null> => {
  await holdApprovals(write, subject.action)
  const found = await lockLatest(write, subject)
  return found !== null && (liveStates as readonly string[]).includes(found.state) ? found : null
}

/** The subject changed: what was approved of it is void, and whoever changed it is one of its makers. */
export const approvalChanged = async (write: Write, { amountMinor, summary, evidence, ...subject }: Subject & Shown) => {
  const found = await liveRequest(write, subject)
  const hash = evidenceHash(evidence)
  if (found === null || (found.evidenceHash === hash && found.amountMinor === amountMinor)) return
  const changed = { ...found, amountMinor }
  const ruling = await ruleNow(write, changed)
  const makers = [...new Set([...found.makers, write.viewer.id])]
  await beginRound(write, found, { ...ruling, cause: 'CHANGED' }, { amountMinor, summary, evidenceHash: hash, makers })
  await liftOthers(write, changed, ruling)
}

/** The subject does not need it any more: it was cancelled, say. */
export const withdrawApproval = async (write: Write, { reason, ...subject }: Subject & { readonly reason: string }) => {
  const found = await liveRequest(write, subject)
  if (found === null) return
  await endRequest(write, { id: found.id, state: 'WITHDRAWN', reason })
  tellApproval(write, 'approval.withdrawn', found)
}

/** Uses an approval, once: the subject is as it was approved, and in time. Null where that is so. */
export const useApproval = async (
  write: Write,
  { evidence, path, ...subject }: Subject & { readonly evidence: object; readonly path: readonly string[] },
): Promise<ApprovalExpired | EvidenceChanged | IllegalMove | null> => {
  await holdApprovals(write, subject.action)
  const found = await lockLatest(write, subject)
  const illegal = IllegalMove.unless(approvalMachine, 'use', found?.state ?? 'PENDING', path)
  if (found === null || illegal !== null) return illegal
  if (found.expiresAt <= write.now) return new ApprovalExpired(found.expiresAt, path)
  const hash = evidenceHash(evidence)
  if (hash !== found.evidenceHash) return new EvidenceChanged(hash, path)
  await endRequest(write, { id: found.id, state: 'USED' })
  tellApproval(write, 'approval.used', found)
  return null
}

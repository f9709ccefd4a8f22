import { Refusal } from '../../kernel/refusal.ts'
import type { ApprovalBlock, ApprovalRole } from './rules.ts'

const words = (role: ApprovalRole | null): Readonly<Record<ApprovalBlock, string>> => ({
  NOT_PENDING: 'nothing is to be decided about it any more',
  EXPIRED: 'it expired before it was decided; have it asked for again',
  MAKER: 'whoever made what is decided about does not decide, nor on behalf of somebody or through somebody',
  DECIDED: 'whoever decided a step of this round does not decide another; ask somebody else',
  NO_ROLE: `the next step is for the role ${role ?? 'of nobody'}, which you do not hold and which is not lent to you`,
})

/** The next step is not theirs to decide. */
export class CannotDecide extends Refusal {
  readonly code = 'CANNOT_DECIDE'
  readonly block: ApprovalBlock
  constructor(block: ApprovalBlock, nextRole: ApprovalRole | null, path: readonly string[]) {
    super(words(nextRole)[block], path)
    this.block = block
  }
}

type Before = { readonly principalName: string; readonly verdict: 'APPROVE' | 'REJECT'; readonly decidedAt: Date }

/** Somebody else was first with this step. */
export class StepDecided extends Refusal {
  readonly code = 'STEP_DECIDED'
  readonly decidedBy: string
  readonly verdict: 'APPROVE' | 'REJECT'
  readonly decidedAt: Date
  constructor({ principalName, verdict, decidedAt }: Before) {
    const said = verdict === 'APPROVE' ? 'approved' : 'rejected'
    super(`${principalName} ${said} this step before you, at ${decidedAt.toISOString()}`, ['input', 'request'])
    this.decidedBy = principalName
    this.verdict = verdict
    this.decidedAt = decidedAt
  }
}

/** What is decided about is not what was seen. */
export class EvidenceChanged extends Refusal {
  readonly code = 'EVIDENCE_CHANGED'
  readonly currentHash: string
  constructor(currentHash: string, path: readonly string[]) {
    super('what is decided about is not what you saw or what was approved; look at it again', path)
    this.currentHash = currentHash
  }
}

/** The approval was there, and its time is over. */
export class ApprovalExpired extends Refusal {
  readonly code = 'APPROVAL_EXPIRED'
  readonly expiredAt: Date
  constructor(expiredAt: Date, path: readonly string[]) {
    super(`the approval expired at ${expiredAt.toISOString()}; have it asked for again`, path)
    this.expiredAt = expiredAt
  }
}

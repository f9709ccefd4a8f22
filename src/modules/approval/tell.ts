import type { Write } from '../../platform/command.ts'
import type { HeldRequest, RoundCause } from './store.ts'

type Told = Pick<HeldRequest, 'id' | 'action' | 'subjectId' | 'customerId'>

/** What came of a request, for whoever owns its subject: `reason` is why there is no approval. */
export type ApprovalOutcome = {
  readonly requestId: string
  readonly action: string
  readonly subjectId: string
  readonly reason?: string
  readonly expiresAt?: string
}

/** What is told of a request. Requested: a round began, the first or another. Stepped: a step was approved, not the last. */
export const approvalEvents = [
  'approval.requested',
  'approval.stepped',
  'approval.approved',
  'approval.rejected',
  'approval.expired',
  'approval.withdrawn',
  'approval.used',
] as const
export type ApprovalEvent = (typeof approvalEvents)[number]

export const tellApproval = (
  write: Write,
  name: ApprovalEvent,
  { id, action, subjectId, customerId }: Told,
  facts: Readonly<Record<string, unknown>> = {},
) => write.emit({ area: 'approval', name, payload: { requestId: id, action, subjectId, customerId, ...facts } })

/** A round began, and is over at once where nobody is to be asked. */
export const tellRound = (
  write: Write,
  request: Told,
  { round, cause, expiresAt, isApproved }: { round: number; cause: RoundCause; expiresAt: Date; isApproved: boolean },
) => {
  tellApproval(write, 'approval.requested', request, { round, cause, expiresAt: expiresAt.toISOString() })
  if (isApproved) tellApproval(write, 'approval.approved', request, { round, expiresAt: expiresAt.toISOString() })
}

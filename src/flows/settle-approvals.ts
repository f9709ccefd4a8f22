import { z } from 'zod'
import { type ApprovalOutcome, expireApproval } from '../modules/approval/index.ts'
import { settleDeduction } from '../modules/deduction/index.ts'
import { settleResolution } from '../modules/dispute/index.ts'
import { settleApproval } from '../modules/plan/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { job } from '../platform/jobs/job.ts'

/** The instant at which a request that nobody decided, or an approval that nobody used, is over. */
export const expireRequest = job({
  name: 'approval.expireRequest',
  payload: z.object({ requestId: z.uuid() }),
  run: ({ tx, clientId }, { requestId }) => perform(tx, expireApproval, { clientId, requestId }),
})

// A new round, and an approval that is given, put the instant off: the job takes the place of the earlier one.
react({
  name: 'expire-approvals',
  to: ['approval.requested', 'approval.approved'],
  run: async (write, events) => {
    for (const { payload } of events) {
      const { requestId, expiresAt } = payload as ApprovalOutcome
      write.enqueue(expireRequest, { requestId }, { runAt: new Date(expiresAt ?? write.now), key: requestId })
    }
  },
})

const reasonOf = (name: string, { reason }: ApprovalOutcome): string | null => {
  if (name === 'approval.rejected') return `its approval was rejected: ${reason ?? ''}`.slice(0, 500)
  return name === 'approval.expired' ? 'its approval was not given, or not used, in time' : null
}

// What was decided brings on what it was decided about, in the same transaction.
react({
  name: 'settle-approvals',
  to: ['approval.approved', 'approval.rejected', 'approval.expired'],
  run: async (write, events) => {
    for (const { name, payload } of events) {
      const { action, subjectId } = payload as ApprovalOutcome
      const decided = { isApproved: name === 'approval.approved', reason: reasonOf(name, payload as ApprovalOutcome) }
      if (action === 'PAYMENT_PLAN') await settleApproval(write, { planId: subjectId, ...decided })
      if (action === 'DISPUTE_RESOLUTION') await settleResolution(write, { disputeId: subjectId, ...decided })
      if (action.startsWith('DEDUCTION_')) await settleDeduction(write, { deductionId: subjectId, ...decided })
    }
  },
})

import { builder } from '../../platform/graphql/builder.ts'
import type { ApprovalState } from './approval-states.ts'
import { type ApprovalAction, type ApprovalBlock, type ApprovalRole, actionNames, approvalActions } from './rules.ts'
import type { RoundCause, Verdict } from './store.ts'

export const ActionType = builder.enumType('ApprovalAction', {
  description: 'What can need an approval.',
  values: Object.fromEntries(actionNames.map((name) => [name, { description: approvalActions[name].description }])) as Record<
    ApprovalAction,
    { description: string }
  >,
})

export const StateType = builder.enumType('ApprovalState', {
  description: 'What became of a request for an approval.',
  values: {
    PENDING: { description: 'A step waits for somebody.' },
    APPROVED: { description: 'Everybody approved who was asked, and it was not used yet.' },
    USED: { description: 'It was approved, and what it is for was done.' },
    REJECTED: { description: 'Somebody rejected it.' },
    EXPIRED: { description: 'Nobody decided it, or used it, in its time.' },
    WITHDRAWN: { description: 'What it was for needs it no more.' },
  } satisfies Record<ApprovalState, object>,
})

export const RoleType = builder.enumType('ApprovalRole', {
  description: 'Whose approval a step asks for.',
  values: {
    LEAD: { description: 'A lead of the provider for the client; a manager may do it too.' },
    MANAGER: { description: 'A manager of the provider for the client.' },
    APPROVER: { description: 'The client’s own approver.' },
  } satisfies Record<ApprovalRole, object>,
})

export const VerdictType = builder.enumType('ApprovalVerdict', {
  description: 'What somebody decides.',
  values: {
    APPROVE: { description: 'Yes, as far as they are asked.' },
    REJECT: { description: 'No: nobody else is asked any more.' },
  } satisfies Record<Verdict, object>,
})

export const CauseType = builder.enumType('ApprovalRoundCause', {
  description: 'Why a round of decisions began.',
  values: {
    REQUESTED: { description: 'The approval was asked for.' },
    CHANGED: { description: 'What is decided about changed: what was approved of it before is void.' },
    SPLIT: { description: 'Other requests for the customer lift the sum into a row of the matrix that asks for others.' },
    REVALUED: { description: 'At a decision, the planning rates or the matrix of then put it into another row.' },
  } satisfies Record<RoundCause, object>,
})

export const BlockType = builder.enumType('ApprovalBlock', {
  description: 'Why somebody does not decide the next step of a request.',
  values: {
    NOT_PENDING: { description: 'Nothing is to be decided about it any more.' },
    EXPIRED: { description: 'Its time is over.' },
    MAKER: { description: 'They made what is decided about, or decide on behalf of who did.' },
    DECIDED: { description: 'They decided another step of the round, in whosever name.' },
    NO_ROLE: { description: 'They do not hold the role of the step, and nobody who does delegates to them.' },
  } satisfies Record<ApprovalBlock, object>,
})

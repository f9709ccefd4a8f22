import { builder } from '../../platform/graphql/builder.ts'
import { type MovementKind, type Outcome, outcomes } from './amounts.ts'
import type { DisputeState, Party } from './dispute-states.ts'
import type { ToldMove } from './move.ts'
import type { Priority } from './policy.ts'
import type { MovementCause } from './store.ts'

export const DisputeStateType = builder.enumType('DisputeState', {
  description: 'How far a dispute has come.',
  values: {
    OPEN: { description: 'Somebody opened it; nobody looked at why.' },
    TRIAGED: { description: 'Its reason is known, and by that who works on it.' },
    IN_REVIEW: { description: 'Somebody works on it.' },
    PENDING_CUSTOMER: { description: 'It waits for the customer.' },
    PENDING_INTERNAL: { description: 'It waits for somebody at the provider.' },
    PENDING_CLIENT: { description: 'It waits for the client.' },
    PROPOSED_RESOLUTION: { description: 'How it is to end is proposed, and waits for an approval.' },
    APPROVED: { description: 'How it is to end is approved, and not carried out yet.' },
    AWAITING_POSTING: { description: 'It was given to the ledger, which does not show it yet.' },
    RESOLVED: { description: 'Nothing of it is disputed any more, as the ledger has it.' },
    CLOSED: { description: 'It is over, and does not follow the ledger any more.' },
    VOIDED: { description: 'It was opened in error: nothing was disputed.' },
    REOPENED: { description: 'It was closed, and began anew.' },
  } satisfies Record<DisputeState, object>,
})

export const DisputePriorityType = builder.enumType('DisputePriority', {
  description: 'How soon a dispute is to be worked.',
  values: {
    LOW: { description: 'When there is time.' },
    NORMAL: { description: 'In its turn.' },
    HIGH: { description: 'Before others.' },
    URGENT: { description: 'Before everything else.' },
  } satisfies Record<Priority, object>,
})

export const DisputePartyType = builder.enumType('DisputeParty', {
  description: 'For whom a dispute waits.',
  values: {
    CUSTOMER: { description: 'For the customer.' },
    INTERNAL: { description: 'For somebody at the provider.' },
    CLIENT: { description: 'For the client.' },
  } satisfies Record<Party, object>,
})

const outcomeTexts = {
  CREDIT_MEMO: 'The client credits what is disputed: CREDITED.',
  REBILL: 'The client credits what is disputed and bills it anew: CREDITED.',
  CUSTOMER_PAYS: 'The customer pays after all: it is to be collected again at once, and PAID when it is.',
  PARTIAL_CREDIT: 'The client credits a part: CREDITED. The rest is not disputed any more.',
  WRITE_OFF: 'The client writes it off: CLEARED_MANUALLY.',
  OFFSET: 'It is set off against what the customer is owed: CLEARED_AUTOMATICALLY.',
  WITHDRAWN: 'The customer withdrew it: nothing is disputed any more, and nothing is posted.',
  DUPLICATE: 'Another case is about the same: nothing of this one is disputed any more, and nothing is posted.',
} as const satisfies Record<Outcome, string>

export const DisputeOutcomeType = builder.enumType('DisputeOutcome', {
  description: 'How a dispute ends, and what the amounts that the ledger takes off then count as.',
  values: Object.fromEntries(outcomes.map((outcome) => [outcome, { description: outcomeTexts[outcome] }])) as Record<
    Outcome,
    { description: string }
  >,
})

export const MovementKindType = builder.enumType('DisputeMovementKind', {
  description: 'What a movement changes: what is disputed, or what became of it.',
  values: {
    INCLUDED: { description: 'What the case is about; below zero where something was taken out of it.' },
    PAID: { description: 'Disputed no more, because it was paid.' },
    CREDITED: { description: 'Disputed no more, because it was credited as decided.' },
    CLEARED_MANUALLY: { description: 'Disputed no more, because it was written off as decided.' },
    CLEARED_AUTOMATICALLY: {
      description: 'Disputed no more, because the ledger took it off: by an offset, or without a decision.',
    },
  } satisfies Record<MovementKind, object>,
})

export const MovementCauseType = builder.enumType('DisputeMovementCause', {
  description: 'What moved an amount of a dispute.',
  values: {
    OPENED: { description: 'The case was opened.' },
    ADDED: { description: 'Somebody took an item in.' },
    REMOVED: { description: 'Somebody took an item out.' },
    SPLIT: { description: 'Items went into a case of their own.' },
    RELEASED: { description: 'The resolution gives it in: the customer owes it as if it were never disputed.' },
    VOIDED: { description: 'The case was opened in error.' },
    REOPENED: { description: 'The case began anew.' },
    CASH: { description: 'Money was applied here, or an application was taken back.' },
    LEDGER: { description: 'A load of the ledger.' },
  } satisfies Record<MovementCause, object>,
})

/** What happens to a case, as the API names it: in its history, and to whoever follows it. */
const moveKinds = {
  OPENED: { value: 'open', description: 'Somebody opened it.' },
  TRIAGED: { value: 'triage', description: 'Its reason is known.' },
  REVIEW_STARTED: { value: 'startReview', description: 'Somebody began to work on it, or went on.' },
  PARTY_AWAITED: { value: 'awaitParty', description: 'It waits for somebody.' },
  RESOLUTION_PROPOSED: { value: 'proposeResolution', description: 'How it is to end was proposed.' },
  RESOLUTION_APPROVED: { value: 'approveResolution', description: 'How it is to end was approved.' },
  RESOLUTION_REJECTED: { value: 'rejectResolution', description: 'It was not, or not carried out in time.' },
  POSTING_AWAITED: { value: 'awaitPosting', description: 'It was given to the ledger.' },
  SETTLED: { value: 'settle', description: 'The ledger shows that nothing of it is disputed any more.' },
  UNSETTLED: { value: 'unsettle', description: 'The ledger took that back.' },
  CLOSED: { value: 'close', description: 'Somebody closed it.' },
  VOIDED: { value: 'void', description: 'It was opened in error.' },
  REOPENED: { value: 'reopen', description: 'It began anew.' },
  SPLIT: { value: 'split', description: 'Items of it went into a case of their own.' },
  ITEMS_CHANGED: { value: 'changeItems', description: 'Items were taken in or out.' },
  ASSIGNED: { value: 'assign', description: 'Somebody else steers it or works on it.' },
  ESCALATED: { value: 'escalate', description: 'Its deadline passed.' },
} as const

export const DisputeChangeKindType = builder.enumType('DisputeChangeKind', {
  description: 'What happened to a dispute.',
  values: moveKinds,
})

/** Of every kind of case; what only some kinds know stands with the others. */
export const caseChangeKinds = {
  ...moveKinds,
  FOLLOWED: { value: 'follow', description: 'Its amounts followed the ledger.' },
  COMMENTED: { value: 'comment', description: 'Somebody said something about it.' },
} as const satisfies Record<string, { readonly value: ToldMove; readonly description: string }>

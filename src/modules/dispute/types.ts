import { legalMoves } from '../../kernel/state-machine.ts'
import { builder, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf } from '../../platform/graphql/connection.ts'
import { ApprovalRequest } from '../approval/index.ts'
import { Client, clientsById } from '../client/index.ts'
import { commentList } from '../comment/index.ts'
import { evidenceList } from '../evidence/index.ts'
import { OpenItem, openItemsById } from '../receivable/index.ts'
import { RequestOwner } from '../request/index.ts'
import type { Amounts, Outcome } from './amounts.ts'
import { type DisputeState, disputeMachine, liveStates } from './dispute-states.ts'
import { disputeItemsMax } from './disputing.ts'
import {
  DisputeChangeKindType,
  DisputeOutcomeType,
  DisputePriorityType,
  DisputeStateType,
  MovementCauseType,
  MovementKindType,
} from './enums.ts'
import type { Priority } from './policy.ts'
import {
  approvalsByDispute,
  type ChangeRow,
  type DisputeItemRow,
  disputesById,
  historyMax,
  historyOf,
  itemsByDispute,
  type MovementRow,
  missingEvidenceOf,
  movementsOf,
} from './reads.ts'

type AmountsIn = Amounts & { readonly currency: string }

const money = (name: keyof Amounts, description: string) => ({
  type: MoneyType,
  description,
  resolve: (one: AmountsIn) => ({ minor: one[name], currency: one.currency }),
})

const DisputeAmounts = builder.objectRef<AmountsIn>('DisputeAmounts').implement({
  description: 'What is disputed, and what became of it. `originalDisputed` is always the sum of the other five.',
  fields: (t) => ({
    originalDisputed: t.field(money('originalMinor', 'What the case is about: changed by taking items in and out alone.')),
    disputed: t.field(money('disputedMinor', 'What of it is still disputed.')),
    paid: t.field(money('paidMinor', 'What of it was paid.')),
    credited: t.field(money('creditedMinor', 'What of it was credited, as decided.')),
    clearedManually: t.field(money('clearedManuallyMinor', 'What of it was written off, as decided.')),
    clearedAutomatically: t.field(
      money('clearedAutomaticallyMinor', 'What of it the ledger took off: by an offset that was decided, or without a decision.'),
    ),
  }),
})

const DisputeItem = builder.objectRef<DisputeItemRow>('DisputeItem').implement({
  description: 'An open item in a dispute.',
  fields: (t) => ({
    openItem: t.field({
      type: OpenItem,
      nullable: true,
      description: 'The item.',
      resolve: ({ clientId, openItemId: id }, _args, context) => openItemsById(context).load({ clientId, id }) as never,
    }),
    isLive: t.exposeBoolean('isLive', {
      description: 'The case holds it: false once it was taken out, or the case is over. One case at a time holds an item.',
    }),
    amounts: t.field({ type: DisputeAmounts, description: 'What of it is disputed.', resolve: (row) => row }),
  }),
})

const DisputeMovement = builder.objectRef<MovementRow>('DisputeMovement').implement({
  description: 'What moved the amounts of a dispute. Never changed afterwards: what is taken back is another movement.',
  fields: (t) => ({
    kind: t.field({ type: MovementKindType, description: 'What it changes.', resolve: ({ kind }) => kind }),
    amount: t.field({
      type: MoneyType,
      description: 'By how much; below zero where it is taken back.',
      resolve: ({ amountMinor: minor, currency }) => ({ minor, currency }),
    }),
    cause: t.field({ type: MovementCauseType, description: 'What moved it.', resolve: ({ cause }) => cause }),
    openItem: t.field({
      type: OpenItem,
      nullable: true,
      description: 'Of which item.',
      resolve: ({ clientId, openItemId: id }, _args, context) => openItemsById(context).load({ clientId, id }) as never,
    }),
    by: t.exposeString('principalName', { description: 'Who did what moved it, by name.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

const DisputeChange = builder.objectRef<ChangeRow>('DisputeChange').implement({
  description: 'One thing that happened to a dispute. Never changed afterwards.',
  fields: (t) => ({
    kind: t.field({ type: DisputeChangeKindType, description: 'What happened.', resolve: ({ move }) => move }),
    stateBefore: t.field({
      type: DisputeStateType,
      nullable: true,
      description: 'Its state before; null where it was opened.',
      resolve: ({ stateBefore }) => stateBefore,
    }),
    state: t.field({ type: DisputeStateType, description: 'Its state behind it.', resolve: ({ state }) => state }),
    note: t.exposeString('note', { description: 'The reason, or what was said; empty for other changes.' }),
    by: t.exposeString('principalName', {
      description: 'Who did it, by name; the service itself for what time or the ledger brought.',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

export const Dispute = builder.prismaNode('Dispute', {
  description:
    'A case about what a customer does not accept of open items: it says why, who works on it, and what becomes of it.',
  id: { field: 'clientId_id', description: 'Opaque id of the dispute.' },
  nullable: true,
  fields: (t) => ({
    state: t.field({
      type: DisputeStateType,
      description: 'How far it has come.',
      resolve: ({ state }) => state as DisputeState,
    }),
    client: t.field({
      type: Client,
      description: 'Whose data it is about.',
      resolve: ({ clientId }, _args, context) => clientsById(context).load({ clientId, id: clientId }) as never,
    }),
    customer: t.relation('customer', { description: 'Who disputes.' }),
    title: t.exposeString('title', { description: 'What is disputed, in a line.' }),
    reason: t.exposeString('reasonCode', {
      nullable: true,
      description: 'Why, by a code of the client; null until it is known.',
    }),
    category: t.exposeString('category', { nullable: true, description: 'The category of the reason.' }),
    rootCause: t.exposeString('rootCause', { nullable: true, description: 'What went wrong, by a code of the client.' }),
    department: t.exposeString('department', {
      nullable: true,
      description: 'The department that answers for the root cause, or for the reason until the cause is known.',
    }),
    priority: t.field({
      type: DisputePriorityType,
      description: 'How soon it is to be worked.',
      resolve: ({ priority }) => priority as Priority,
    }),
    isCollected: t.exposeBoolean('isCollected', {
      description:
        'Its items are asked for while it lasts, as the rules of its reason say; otherwise what is disputed of them is not.',
    }),
    coordinator: t.field({
      type: RequestOwner,
      description: 'Who steers it.',
      resolve: ({ clientId, coordinatorKind, coordinatorId: id, coordinatorName: name }) => ({
        ...{ clientId, kind: coordinatorKind as 'PERSON' | 'TEAM', id, name },
      }),
    }),
    processor: t.field({
      type: RequestOwner,
      nullable: true,
      description: 'Who works on it; null while nobody does.',
      resolve: ({ clientId, processorKind, processorId: id, processorName: name }) =>
        id === null ? null : { clientId, kind: processorKind as 'PERSON' | 'TEAM', id, name: name ?? '' },
    }),
    deadlineOn: t.expose('deadlineOn', { type: 'Date', description: 'The last day at the client on which it is in time.' }),
    isOverdue: t.boolean({
      description: 'That day has passed, and the case is not resolved.',
      resolve: ({ clientId, state, deadlineOn }, _args, { today }) =>
        liveStates.includes(state as DisputeState) && deadlineOn.toISOString().slice(0, 10) < today(clientId),
    }),
    escalatedAt: t.expose('escalatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was escalated because its deadline passed; null unless it was.',
    }),
    escalationReason: t.exposeString('escalationReason', { nullable: true, description: 'Why it was escalated.' }),
    contact: t.relation('contact', { nullable: true, description: 'Who at the customer it is talked about with.' }),
    externalReference: t.exposeString('externalReference', { nullable: true, description: 'What others know it by.' }),
    amounts: t.field({
      type: DisputeAmounts,
      description: 'What is disputed, of all its items together.',
      resolve: (row) => row,
    }),
    items: t.field({
      type: [DisputeItem],
      description: `Its items in the order they came, those that were taken out among them; at most ${disputeItemsMax} are live.`,
      resolve: async ({ clientId, id }, _args, context) => [...(await itemsByDispute(context).load({ clientId, id }))],
    }),
    movements: t.field({
      type: [DisputeMovement],
      description: `What moved its amounts, oldest first; the latest ${historyMax}.`,
      resolve: async ({ clientId, id }, _args, context) => [...(await movementsOf(context).load({ clientId, id }))],
    }),
    outcome: t.field({
      type: DisputeOutcomeType,
      nullable: true,
      description: 'How it is to end, as proposed; null until then.',
      resolve: ({ outcome }) => outcome as Outcome | null,
    }),
    resolutionAmount: t.field({
      type: MoneyType,
      nullable: true,
      description: 'How much the client gives by that outcome, or the customer is to pay; null until it is proposed.',
      resolve: ({ resolutionMinor: minor, currency }) => (minor === null ? null : { minor, currency }),
    }),
    resolutionNote: t.exposeString('resolutionNote', { nullable: true, description: 'Why it is to end so.' }),
    approval: t.field({
      type: ApprovalRequest,
      nullable: true,
      authScopes: ({ clientId }) => ({ holdsFor: { permission: 'approval:read', clientId } }),
      description: 'The latest request for an approval of its resolution; null before one was proposed.',
      resolve: ({ clientId, id }, _args, context) => approvalsByDispute(context).load({ clientId, id }) as never,
    }),
    splitFrom: t.relation('splitFrom', { nullable: true, description: 'The case that it was split from.' }),
    missingEvidence: t.stringList({
      description: 'Types of documents that its reason asks for and that do not hang on it.',
      resolve: async ({ clientId, id }, _args, context) => [...(await missingEvidenceOf(context).load({ clientId, id }))],
    }),
    wasOpenedInError: t.boolean({
      description: 'It was voided: nothing was disputed.',
      resolve: ({ state }) => state === 'VOIDED',
    }),
    endReason: t.exposeString('endReason', { nullable: true, description: 'Why it was voided.' }),
    reopened: t.exposeInt('reopened', { description: 'How often it began anew.' }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'Version of the client’s rules by which it was opened or last triaged; 0 for the defaults.',
    }),
    openedBy: t.exposeString('openedByName', { description: 'Who opened it, by name.' }),
    openedAt: t.expose('openedAt', { type: 'DateTime', description: 'When it was opened.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was closed or voided; null until then.',
    }),
    legalMoves: t.stringList({
      description: 'What it takes in its state, by the names of the moves.',
      resolve: ({ state }) => legalMoves(disputeMachine, state as DisputeState),
    }),
    history: t.field({
      type: [DisputeChange],
      description: `What happened to it, oldest first; the latest ${historyMax}.`,
      resolve: async ({ clientId, id }, _args, context) => [...(await historyOf(context).load({ clientId, id }))],
    }),
    comments: t.field(commentList('DISPUTE', 'What was said about it')),
    evidence: t.field(evidenceList('DISPUTE', 'What hangs on the dispute')),
    version: t.exposeInt('version', { description: 'Grows by one with each change; a comment is none.' }),
  }),
})

builder.prismaObjectField(ApprovalRequest, 'dispute', (t) =>
  t.field({
    type: Dispute,
    nullable: true,
    description:
      'The dispute whose resolution is decided about, for an action DISPUTE_RESOLUTION; null where you have no right to read disputes.',
    resolve: ({ action, clientId, subjectId: id }, _args, context) =>
      action === 'DISPUTE_RESOLUTION' ? (disputesById(context).load({ clientId, id }) as never) : null,
  }),
)

export const DisputeConnection = connectionOf(Dispute, 'Dispute', 'disputes')

import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { Customer, customersById } from '../customer/index.ts'
import type { ApprovalState } from './approval-states.ts'
import { approvalPage, decidersByClient, decisionsByRequest, type Holder, holdersOf, wayFor } from './reads.ts'
import { type ApprovalAction, type ApprovalBlock, type ApprovalRole, actionNames, approvalActions } from './rules.ts'
import type { RoundCause, Verdict } from './store.ts'

export const ActionType = builder.enumType('ApprovalAction', {
  description: 'What can need an approval.',
  values: Object.fromEntries(actionNames.map((name) => [name, { description: approvalActions[name].description }])) as Record<
    ApprovalAction,
    { description: string }
  >,
})

const StateType = builder.enumType('ApprovalState', {
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

const RoleType = builder.enumType('ApprovalRole', {
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

const CauseType = builder.enumType('ApprovalRoundCause', {
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

const money = (minor: bigint, currency: string) => ({ minor, currency })
const moneyOrNull = (minor: bigint | null, currency: string) => (minor === null ? null : money(minor, currency))

export const Decision = builder.prismaObject('ApprovalDecision', {
  description: 'One step of a round as somebody decided it, with what they decided by. Never changed afterwards.',
  fields: (t) => ({
    round: t.exposeInt('round', { description: 'The round it was made in, from 1. Decisions of earlier rounds do not count.' }),
    step: t.exposeInt('step', { description: 'The place of the step in the round, from 1.' }),
    verdict: t.field({ type: VerdictType, description: 'What was decided.', resolve: ({ verdict }) => verdict as Verdict }),
    role: t.field({ type: RoleType, description: 'Whose step it was.', resolve: ({ role }) => role as ApprovalRole }),
    by: t.exposeString('principalName', { description: 'Who decided: their name at that time.' }),
    onBehalfOf: t.exposeString('onBehalfOfName', {
      nullable: true,
      description: 'Who had delegated it to them; null where they decided by their own right.',
    }),
    comment: t.exposeString('comment', { nullable: true, description: 'What they said of it; a rejection always says why.' }),
    evidenceHash: t.exposeString('evidenceHash', { description: 'The hash of what they saw.' }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'Version of the policy by which the row was found; 0 for the defaults.',
    }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', description: 'When.' }),
  }),
})

type StepRow = { readonly place: number; readonly role: ApprovalRole; readonly decision: typeof Decision.$inferType | null }

const StepType = builder.objectRef<StepRow>('ApprovalStep').implement({
  description: 'A step of the round that a request is in.',
  fields: (t) => ({
    place: t.exposeInt('place', { description: 'Its place in the order of the round, from 1.' }),
    role: t.field({ type: RoleType, description: 'Whose approval it asks for.', resolve: ({ role }) => role }),
    decision: t.field({
      type: Decision,
      nullable: true,
      description: 'How it was decided; null until then.',
      resolve: ({ decision }) => decision,
    }),
  }),
})

export const Delegation = builder.prismaNode('ApprovalDelegation', {
  description: 'Somebody lends their authority to approve to somebody else, for a while.',
  id: { field: 'clientId_id', description: 'Opaque id of the delegation.' },
  nullable: true,
  fields: (t) => ({
    from: t.exposeString('fromName', { description: 'Whose authority it is: their name when they lent it.' }),
    to: t.exposeString('toName', { description: 'Who decides on their behalf: their name at that time.' }),
    reason: t.exposeString('reason', { description: 'Why.' }),
    validFrom: t.expose('validFrom', { type: 'DateTime', description: 'From when on it holds.' }),
    validUntil: t.expose('validUntil', { type: 'DateTime', description: 'When it ends by itself.' }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When one of the two ended it before that.',
    }),
    holds: t.boolean({
      description: 'It holds now. Who lends must still have the role at each decision.',
      resolve: ({ validFrom, validUntil, revokedAt }, _args, { tx: { now } }) =>
        revokedAt === null && validFrom <= now && validUntil > now,
    }),
  }),
})

export const ApprovalRequest = builder.prismaNode('ApprovalRequest', {
  description:
    'A decision that needs somebody else. Its steps are decided in order, each by another person; nobody decides what they made.',
  id: { field: 'clientId_id', description: 'Opaque id of the request.' },
  nullable: true,
  fields: (t) => ({
    action: t.field({
      type: ActionType,
      description: 'What is to be approved.',
      resolve: ({ action }) => action as ApprovalAction,
    }),
    reasonCode: t.exposeString('reasonCode', {
      nullable: true,
      description: 'The code of its reason, where the action has such.',
    }),
    state: t.field({ type: StateType, description: 'What became of it.', resolve: ({ state }) => state as ApprovalState }),
    summary: t.exposeString('summary', { description: 'What is decided about, for people; at most 500 characters.' }),
    customerName: t.exposeString('customerName', { description: 'Whom it is about: the name when it was asked for.' }),
    customer: t.field({
      type: Customer,
      nullable: true,
      description: 'The customer; null where you have no right to read customers.',
      resolve: ({ clientId, customerId: id }, _args, context) => customersById(context).load({ clientId, id }) as never,
    }),
    amount: t.field({
      type: MoneyType,
      description: 'How much is to be approved.',
      resolve: ({ amountMinor, currency }) => money(amountMinor, currency),
    }),
    baseAmount: t.field({
      type: MoneyType,
      nullable: true,
      description:
        'The same in the client’s base currency, rounded up, at the planning rates when the round began or the last step was decided. Null where the currency has no rate: the last row of the matrix rules then.',
      resolve: ({ baseAmountMinor, baseCurrency }) => moneyOrNull(baseAmountMinor, baseCurrency),
    }),
    cumulativeAmount: t.field({
      type: MoneyType,
      nullable: true,
      description:
        'With the other requests of this customer and action around that time, in the base currency. Null where a currency among them has no rate: the last row of the matrix rules then.',
      resolve: ({ cumulativeMinor, baseCurrency }) => moneyOrNull(cumulativeMinor, baseCurrency),
    }),
    evidenceHash: t.exposeString('evidenceHash', {
      description: 'SHA-256 of everything that is decided about. Give it back with the decision: it says what you saw.',
    }),
    steps: t.field({
      type: [StepType],
      description: 'The steps of the round, in order; none where nobody is asked.',
      resolve: async ({ clientId, id, steps, round }, _args, context) => {
        const decisions = await decisionsByRequest(context).load({ clientId, id })
        return (steps as ApprovalRole[]).map((role, index) => ({
          place: index + 1,
          role,
          decision: decisions.find((one) => one.round === round && one.step === index + 1) ?? null,
        }))
      },
    }),
    decisions: t.field({
      type: [Decision],
      description: 'All decisions, of earlier rounds as well, in the order they were made.',
      resolve: async ({ clientId, id }, _args, context) => [...(await decisionsByRequest(context).load({ clientId, id }))],
    }),
    round: t.exposeInt('round', { description: 'How often it was begun, from 1.' }),
    roundCause: t.field({
      type: CauseType,
      description: 'Why this round began.',
      resolve: ({ roundCause }) => roundCause as RoundCause,
    }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'Version of the policy that its steps are of; 0 for the defaults.',
    }),
    requestedBy: t.exposeString('requestedByName', { description: 'Who asked: their name at that time.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When they asked.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When it expires: the request if it is not decided, the approval if it is not used.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was used, rejected, withdrawn or expired.',
    }),
    endReason: t.exposeString('endReason', { nullable: true, description: 'Why it was withdrawn, if it was.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
    canDecide: t.boolean({
      description: 'You may decide the next step now, by your own right or by a delegation.',
      resolve: async (row, _args, context) => typeof (await wayFor(context, row)) !== 'string',
    }),
    whyNot: t.field({
      type: BlockType,
      nullable: true,
      description: 'Why you may not; null where you may.',
      resolve: async (row, _args, context) => {
        const way = await wayFor(context, row)
        return typeof way === 'string' ? way : null
      },
    }),
    delegation: t.id({
      nullable: true,
      description:
        'The delegation by which you may decide, as `onBehalfOf`; null where you may by your own right, or not at all.',
      resolve: async (row, _args, context) => {
        const way = await wayFor(context, row)
        if (typeof way === 'string' || way.lent === null) return null
        return globalIdOf('ApprovalDelegation', { clientId: row.clientId, id: way.lent.delegationId })
      },
    }),
  }),
})

const RequestConnection = connectionOf(ApprovalRequest, 'ApprovalRequest', 'requests for approvals')

builder.prismaObjectField(Client, 'approvals', (t) =>
  t.field({
    type: RequestConnection,
    nullable: true,
    authScopes: heldFor('approval:read'),
    description: 'Requests for approvals at the client, in the order they were made.',
    args: {
      state: t.arg({ type: StateType, description: 'Only those in this state; all without it.' }),
      mine: t.arg.boolean({ description: 'True for those alone whose next step you may decide now.' }),
      action: t.arg({ type: ActionType, description: 'Only those of this action.' }),
      ...pageArgs,
    },
    resolve: async ({ id: clientId }, { state, mine, action, ...args }, context) => {
      const page = pageOf('approvals', 1, args)
      const rows = await approvalPage(context.tx, {
        ...{ clientId, state: state ?? null, action: action ?? null, take: page.first + 1 },
        decider: mine === true ? await decidersByClient(context).load({ clientId, id: clientId }) : null,
        after: page.after === null ? null : readUuid(page.after[0]),
      })
      return toConnection(rows, page, (row) => encodeCursor('approvals', [row.id]))
    },
  }),
)

const DelegationConnection = connectionOf(Delegation, 'ApprovalDelegation', 'delegations')

builder.prismaObjectField(Client, 'approvalDelegations', (t) =>
  t.field({
    type: DelegationConnection,
    nullable: true,
    authScopes: heldFor('approval:read'),
    description: 'Who lent their authority to approve to whom, latest first, ended ones among them.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset('approvalDelegations', args, [{ field: 'id', as: 'uuid', descending: true }], ({ where, orderBy, take }) =>
        tx.prisma.approvalDelegation.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

const ApproverType = builder.objectRef<Holder & { readonly providerId: string }>('Approver').implement({
  description: 'Somebody who decides approvals at a client.',
  fields: (t) => ({
    user: t.id({
      description: 'Their id as a `User`: whom to delegate to.',
      resolve: ({ id, providerId }) => globalIdOf('User', { clientId: providerId, id }),
    }),
    name: t.exposeString('name', { description: 'Their name.' }),
    roles: t.field({
      type: [RoleType],
      description: 'What they hold of what steps ask for.',
      resolve: ({ roles }) => roles as ApprovalRole[],
    }),
  }),
})

builder.prismaObjectField(Client, 'approvers', (t) =>
  t.field({
    type: [ApproverType],
    nullable: true,
    authScopes: heldFor('approval:read'),
    description: 'Who decides approvals at the client now, by name.',
    resolve: async ({ id, providerId }, _args, { tx }) => (await holdersOf(tx, id)).map((holder) => ({ ...holder, providerId })),
  }),
)

import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { Customer, customersById } from '../customer/index.ts'
import type { ApprovalState } from './approval-states.ts'
import { ActionType, BlockType, CauseType, RoleType, StateType, VerdictType } from './enums.ts'
import { approvalPage, decidersByClient, decisionsByRequest, wayFor } from './reads.ts'
import type { ApprovalAction, ApprovalRole } from './rules.ts'
import type { RoundCause, Verdict } from './store.ts'

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

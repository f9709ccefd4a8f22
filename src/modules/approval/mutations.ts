import { builder } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { clientIdOf, keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { decideApproval } from './commands.ts'
import { delegateApprovals, endDelegation } from './delegation-commands.ts'
import { Delegation } from './delegation-types.ts'
import { BlockType, VerdictType } from './enums.ts'
import { ApprovalExpired, CannotDecide, EvidenceChanged, StepDecided } from './refusals.ts'
import { delegationDaysMax } from './rules.ts'
import { ApprovalRequest, Decision } from './types.ts'

builder.objectType(CannotDecide, {
  name: 'CannotDecide',
  description: 'The next step of the request is not yours to decide.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({ block: t.expose('block', { type: BlockType, description: 'Why not.' }) }),
})
builder.objectType(StepDecided, {
  name: 'StepDecided',
  description: 'Somebody else decided the step that you saw.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    decidedBy: t.exposeString('decidedBy', { description: 'Who.' }),
    verdict: t.expose('verdict', { type: VerdictType, description: 'What they decided.' }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', description: 'When.' }),
  }),
})
builder.objectType(EvidenceChanged, {
  name: 'EvidenceChanged',
  description: 'What is decided about is not what you saw, or not what was approved.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({ currentHash: t.exposeString('currentHash', { description: 'The hash of what it is now.' }) }),
})
builder.objectType(ApprovalExpired, {
  name: 'ApprovalExpired',
  description: 'The approval was there and was not used in its time.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({ expiredAt: t.expose('expiredAt', { type: 'DateTime', description: 'When it expired.' }) }),
})

type Decided = RowKey & { readonly decisionId: string | null }

const DecidePayload = builder.objectRef<Decided>('DecideApprovalPayload').implement({
  description: 'The decision was taken, or the request went to whoever decides it now.',
  fields: (t) => ({
    request: t.prismaField({
      type: ApprovalRequest,
      description: 'The request as it is now.',
      resolve: (query, { clientId, id }, _args, { tx }) =>
        tx.prisma.approvalRequest.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
    decision: t.prismaField({
      type: Decision,
      nullable: true,
      description:
        'The decision as it was taken. Null where it was not: by the rates and rules of now others are to be asked, and the request began a new round with them.',
      resolve: (query, { clientId, decisionId: id }, _args, { tx }) =>
        id === null ? null : tx.prisma.approvalDecision.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
  }),
})

const DecideInput = builder.inputType('DecideApprovalInput', {
  description: 'A decision about the next step of a request.',
  fields: (t) => ({
    request: t.id({ required: true, description: 'The request.' }),
    decision: t.field({ type: VerdictType, required: true, description: 'What you decide.' }),
    evidenceHash: t.string({ required: true, description: 'The request’s `evidenceHash` as you read it.' }),
    comment: t.string({ description: 'What you have to say of it, 1 to 500 characters; needed for a rejection.' }),
    onBehalfOf: t.id({ description: 'The `ApprovalDelegation` by which you decide; by your own right without it.' }),
    expectedVersion: t.int({ required: true, description: 'The request’s version as you read it.' }),
  }),
})

commandField(decideApproval, {
  description:
    'Decides the next step of a request. The amount and the matrix are looked at anew: where others are to be asked by now, an approval is not taken and the request goes to them.',
  input: DecideInput,
  payload: DecidePayload,
  read: ({ request, comment, onBehalfOf, ...rest }) => ({
    ...rest,
    request: keyOf('ApprovalRequest', request),
    comment: comment ?? null,
    onBehalfOf: onBehalfOf === null || onBehalfOf === undefined ? null : keyOf('ApprovalDelegation', onBehalfOf),
  }),
})

const delegationPayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      delegation: t.prismaField({
        type: Delegation,
        description: 'The delegation as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.approvalDelegation.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const DelegateInput = builder.inputType('DelegateApprovalsInput', {
  description: 'Authority to lend.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'At which client.' }),
    to: t.id({ required: true, description: 'The `User` who decides on your behalf: one of `Client.approvers` of your side.' }),
    from: t.field({ type: 'DateTime', description: 'From when on; from now on without it. Never earlier.' }),
    until: t.field({
      type: 'DateTime',
      required: true,
      description: `When it ends by itself, at most ${delegationDaysMax} days behind its beginning.`,
    }),
    reason: t.string({ required: true, description: 'Why, 1 to 500 characters; everybody who reads approvals reads it.' }),
  }),
})

commandField(delegateApprovals, {
  description:
    'Lends your authority to approve to somebody else of your side for a while. You keep it; of one round only one of you decides a step.',
  input: DelegateInput,
  payload: delegationPayload('DelegateApprovalsPayload', 'The authority is lent.'),
  read: ({ client, to, from, ...rest }) => ({
    ...rest,
    clientId: clientIdOf(client),
    to: keyOf('User', to),
    from: from ?? null,
  }),
})

const EndInput = builder.inputType('EndDelegationInput', {
  description: 'A delegation to end.',
  fields: (t) => ({ delegation: t.id({ required: true, description: 'One that you gave or were given.' }) }),
})

commandField(endDelegation, {
  description: 'Ends a delegation at once. Decisions that were made by it stand.',
  input: EndInput,
  payload: delegationPayload('EndDelegationPayload', 'The delegation has ended.'),
  read: ({ delegation }) => ({ delegation: keyOf('ApprovalDelegation', delegation) }),
})

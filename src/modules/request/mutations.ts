import { decodeGlobalId } from '../../kernel/ids.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { commandField, idempotencyKeyText } from '../../platform/graphql/command-field.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import * as commands from './commands.ts'
import { NoOwner, NotOwner } from './refusals.ts'
import * as steps from './steps.ts'
import { itemsMax, type SubjectAsked } from './subject.ts'
import { SideType, WorkRequest } from './types.ts'

builder.objectType(NotOwner, {
  name: 'NotOwner',
  description: 'Somebody else answers for the request.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({ owner: t.exposeString('owner', { description: 'Who, by name.' }) }),
})
builder.objectType(NoOwner, {
  name: 'NoOwner',
  description: 'Nobody who could answer for the request works on the client.',
  interfaces: ['Refusal' as never],
})

const payload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      request: t.prismaField({
        type: WorkRequest,
        description: 'The request as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.workRequest.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const subjectOf = (text: string): SubjectAsked => {
  const typename = decodeGlobalId(text)?.typename
  if (typename === 'Customer') return { kind: 'CUSTOMER', ...keyOf('Customer', text) }
  if (typename === 'Receipt') return { kind: 'RECEIPT', ...keyOf('Receipt', text) }
  return { kind: 'OPEN_ITEM', ...openItemKeyOf(text) }
}

type AskedOf = {
  readonly subject: string
  readonly openItems?: readonly string[] | null | undefined
}

const raisedOf = <Asked extends AskedOf>({ subject, openItems, ...rest }: Asked) => ({
  ...rest,
  subject: subjectOf(subject),
  openItems: (openItems ?? []).map(openItemKeyOf),
})

const subjectText = 'A customer, an open item or a receipt.'
const itemsText = `Open items that it names besides, of the customer; at most ${itemsMax}. About a receipt, of any customer.`
const titleText = `What is asked, in a line of 1 to ${commands.titleMax} characters.`
const bodyText = `What is asked, in full; at most ${commands.textMax} characters.`
const answerByText = `Until when an answer is needed, at most ${commands.answerDaysMax} days ahead; by the client’s policy without it.`

commandField(commands.escalate, {
  description:
    'Passes something up a path of the client. Who answers for its first level is told by the policy; who does not acknowledge it in time passes it on by that.',
  input: builder.inputType('EscalateInput', {
    description: 'Something to escalate.',
    fields: (t) => ({
      subject: t.id({ required: true, description: subjectText }),
      openItems: t.idList({ description: itemsText }),
      title: t.string({ required: true, description: titleText }),
      text: t.string({ required: true, defaultValue: '', description: bodyText }),
      path: t.string({ description: 'Code of the path; the first of the policy without it.' }),
      idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    }),
  }),
  payload: payload('EscalatePayload', 'It is escalated.'),
  read: ({ path, ...rest }) => ({ ...raisedOf(rest), path: path ?? null }),
})

const DepartmentInput = builder.inputType('RequestDepartmentInput', {
  description: 'A department that is asked, where nobody of it works on the client here.',
  fields: (t) => ({
    name: t.string({ required: true, description: `Which, in 1 to ${commands.titleMax} characters.` }),
    side: t.field({ type: SideType, required: true, description: 'Whose.' }),
  }),
})

commandField(commands.raiseInternalRequest, {
  description:
    'Asks a person or a team that works on the client for something, or a department of the provider or the client. For a department whoever asks answers: they follow it up and note what comes.',
  input: builder.inputType('RaiseInternalRequestInput', {
    description: 'Something to ask for.',
    fields: (t) => ({
      subject: t.id({ required: true, description: subjectText }),
      openItems: t.idList({ description: itemsText }),
      title: t.string({ required: true, description: titleText }),
      text: t.string({ required: true, defaultValue: '', description: bodyText }),
      owner: t.id({ description: 'The person or team that is asked, of `Client.requestOwners`. Either this or a department.' }),
      department: t.field({ type: DepartmentInput, description: 'The department that is asked. Either this or an owner.' }),
      answerBy: t.field({ type: 'DateTime', description: answerByText }),
      idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    }),
  }),
  payload: payload('RaiseInternalRequestPayload', 'It is asked.'),
  read: ({ owner, department, answerBy, ...rest }) => ({
    ...raisedOf(rest),
    owner:
      owner === null || owner === undefined ? null : keyOf(decodeGlobalId(owner)?.typename === 'Team' ? 'Team' : 'User', owner),
    department: department ?? null,
    answerBy: answerBy ?? null,
  }),
})

commandField(commands.handOff, {
  description: 'Hands work to another team that serves the client. The team accepts it, or returns it with a reason.',
  input: builder.inputType('HandOffInput', {
    description: 'Work to hand to another team.',
    fields: (t) => ({
      subject: t.id({ required: true, description: subjectText }),
      openItems: t.idList({ description: itemsText }),
      title: t.string({ required: true, description: titleText }),
      text: t.string({ required: true, defaultValue: '', description: bodyText }),
      team: t.id({ required: true, description: 'The team, of `Client.requestOwners`.' }),
      answerBy: t.field({ type: 'DateTime', description: answerByText }),
      idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    }),
  }),
  payload: payload('HandOffPayload', 'It is handed off.'),
  read: ({ team, answerBy, ...rest }) => ({ ...raisedOf(rest), team: keyOf('Team', team), answerBy: answerBy ?? null }),
})

const requestText = 'The request.'
const versionText = 'Its version as you read it.'
const requestOf = <Rest extends object>({ request, ...rest }: { request: string } & Rest) => ({
  ...rest,
  request: keyOf('WorkRequest', request),
})

const stepInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      request: t.id({ required: true, description: requestText }),
      expectedVersion: t.int({ required: true, description: versionText }),
    }),
  })

const reasonInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      request: t.id({ required: true, description: requestText }),
      expectedVersion: t.int({ required: true, description: versionText }),
      reason: t.string({ required: true, description: 'Why, for the history and the audit; 1 to 500 characters.' }),
    }),
  })

commandField(steps.acknowledgeRequest, {
  description:
    'Says that you are at it: an escalation climbs no further, a hand-off is accepted. Its owner can, and everybody of a team that owns it.',
  input: stepInput('AcknowledgeRequestInput', 'A request to acknowledge.'),
  payload: payload('AcknowledgeRequestPayload', 'It is acknowledged.'),
  read: requestOf,
})

commandField(steps.takeOwnership, {
  description: 'Takes a request over, whoever answers for it now, and acknowledges it: from then on you answer for it alone.',
  input: stepInput('TakeOwnershipInput', 'A request to take over.'),
  payload: payload('TakeOwnershipPayload', 'You answer for it.'),
  read: requestOf,
})

commandField(steps.answerRequest, {
  description: 'Answers an escalation or an internal request. Its owner can, and a lead or manager for them.',
  input: builder.inputType('AnswerRequestInput', {
    description: 'An answer.',
    fields: (t) => ({
      request: t.id({ required: true, description: requestText }),
      expectedVersion: t.int({ required: true, description: versionText }),
      answer: t.string({ required: true, description: `The answer, 1 to ${commands.textMax} characters.` }),
    }),
  }),
  payload: payload('AnswerRequestPayload', 'It is answered.'),
  read: requestOf,
})

commandField(steps.resolveRequest, {
  description: 'Ends a request that is done; completes a hand-off. Its owner can, whoever raised it, and a lead or manager.',
  input: builder.inputType('ResolveRequestInput', {
    description: 'A request that is done.',
    fields: (t) => ({
      request: t.id({ required: true, description: requestText }),
      expectedVersion: t.int({ required: true, description: versionText }),
      resolution: t.string({ required: true, description: `What came of it, 1 to ${commands.textMax} characters.` }),
    }),
  }),
  payload: payload('ResolveRequestPayload', 'It is resolved.'),
  read: requestOf,
})

commandField(steps.returnHandoff, {
  description: 'Gives a hand-off back to whoever handed it off, with the reason. The team can, and a lead or manager.',
  input: reasonInput('ReturnHandoffInput', 'A hand-off to return.'),
  payload: payload('ReturnHandoffPayload', 'It is returned.'),
  read: requestOf,
})

commandField(steps.withdrawRequest, {
  description: 'Takes a request back. Whoever raised it can, and a lead or manager.',
  input: reasonInput('WithdrawRequestInput', 'A request to take back.'),
  payload: payload('WithdrawRequestPayload', 'It is withdrawn.'),
  read: requestOf,
})

commandField(steps.reopenRequest, {
  description:
    'Begins a request anew, with a new clock: it was not enough, or a hand-off that was returned goes to the team again.',
  input: reasonInput('ReopenRequestInput', 'A request to begin anew.'),
  payload: payload('ReopenRequestPayload', 'It begins anew.'),
  read: requestOf,
})

commandField(steps.deEscalateRequest, {
  description: 'Gives an escalation back to the level below. Its owner can, and a lead or manager.',
  input: reasonInput('DeEscalateRequestInput', 'An escalation to give back to the level below.'),
  payload: payload('DeEscalateRequestPayload', 'It is one level down.'),
  read: requestOf,
})

commandField(steps.commentRequest, {
  description: 'Says something about a request. A comment is never changed, and moves nothing.',
  input: builder.inputType('CommentRequestInput', {
    description: 'A comment.',
    fields: (t) => ({
      request: t.id({ required: true, description: requestText }),
      text: t.string({ required: true, description: `The comment, 1 to ${commands.textMax} characters.` }),
      idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    }),
  }),
  payload: payload('CommentRequestPayload', 'It is kept with the request.'),
  read: requestOf,
})

import { builder } from '../../platform/graphql/builder.ts'
import { commandField, dryRunText, idempotencyKeyText } from '../../platform/graphql/command-field.ts'
import { clientIdOf, globalIdOf, keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import * as commands from './commands.ts'
import type { Decided, NoticeOutcome } from './outcomes.ts'
import { noticesById } from './reads.ts'
import { AlreadyNotified, NothingOwed, Undeliverable } from './refusals.ts'
import { markNoticesPrinted } from './settle.ts'
import { Notice, NoticeChannelType } from './types.ts'

builder.objectType(Undeliverable, {
  name: 'Undeliverable',
  description: 'Nobody of the customer can be written to; the message says what somebody has to do first.',
  interfaces: ['Refusal' as never],
})
builder.objectType(NothingOwed, {
  name: 'NothingOwed',
  description: 'Nothing of what was asked for is owed: it is paid, disputed, a credit, or not due.',
  interfaces: ['Refusal' as never],
})
builder.objectType(AlreadyNotified, {
  name: 'AlreadyNotified',
  description: 'The contact has a notice on its way, one of another kind that waits, or got one today.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    noticeId: t.id({
      description: 'That notice.',
      resolve: ({ clientId, noticeId: id }) => globalIdOf('Notice', { clientId, id }),
    }),
  }),
})

const payload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      notice: t.prismaField({
        type: Notice,
        description: 'The notice as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.notice.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const ProposeInput = builder.inputType('ProposeNoticeInput', {
  description: 'A notice to propose.',
  fields: (t) => ({
    customer: t.id({ required: true, description: 'Who owes.' }),
    template: t.string({ required: true, description: 'Code of a template of the client’s policy NOTICE.' }),
    openItems: t.idList({
      description: `What is asked for, at most ${limits.notice.lines} items. Without it, what the template is about: everything that is overdue, or open.`,
    }),
    channel: t.field({
      type: NoticeChannelType,
      description: 'How it goes out; without it by mail where the customer has a usable address, and else by letter.',
    }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    dryRun: t.boolean({ description: dryRunText }),
  }),
})

commandField(commands.proposeNotice, {
  description:
    'Proposes that a customer is written to. Items are added to the notice that waits for the same contact. What needs no approval by the client’s rules is sent at once.',
  input: ProposeInput,
  payload: payload('ProposeNoticePayload', 'The notice was proposed.'),
  read: ({ customer, template, openItems, channel, idempotencyKey }) => ({
    customer: keyOf('Customer', customer),
    template,
    openItems: openItems?.map((id) => openItemKeyOf(id)) ?? null,
    channel: channel ?? null,
    idempotencyKey,
  }),
})

const ApprovedNoticeInput = builder.inputType('NoticeToApproveInput', {
  description: 'A notice to approve.',
  fields: (t) => ({
    notice: t.id({ required: true, description: 'The notice.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
  }),
})

const ApproveInput = builder.inputType('ApproveNoticesInput', {
  description: 'Notices to approve.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose notices they are.' }),
    notices: t.field({
      type: [ApprovedNoticeInput],
      required: true,
      description: `The notices, 1 to ${limits.notice.atOnce}, each once.`,
    }),
  }),
})

const RefusedNotice = builder.objectRef<NonNullable<NoticeOutcome['refusal']>>('RefusedNotice').implement({
  description: 'Why nothing was done with a notice.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        'For programs: NOT_FOUND, VERSION_CONFLICT, ILLEGAL_MOVE, INVALID_INPUT, or OWN_NOTICE where you proposed a line of it by hand.',
    }),
    message: t.exposeString('message', { description: 'For people.' }),
  }),
})

const NoticeOutcomeType = builder.objectRef<NoticeOutcome & { readonly clientId: string }>('NoticeOutcome').implement({
  description: 'What became of one of several notices.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place among those asked for, from 0.' }),
    notice: t.field({
      type: Notice,
      nullable: true,
      description: 'The notice as it is now; null where there is none.',
      resolve: ({ clientId, noticeId: id }, _args, context) =>
        id === null ? null : (noticesById(context).load({ clientId, id }) as never),
    }),
    refusal: t.field({
      type: RefusedNotice,
      nullable: true,
      description: 'Why nothing was done with it; null where it was.',
      resolve: ({ refusal }) => refusal,
    }),
  }),
})

const decidedPayload = (name: string, description: string) =>
  builder.objectRef<Decided>(name).implement({
    description,
    fields: (t) => ({
      outcomes: t.field({
        type: [NoticeOutcomeType],
        description: 'What became of each, in the order they were asked for.',
        resolve: ({ clientId, outcomes }) => outcomes.map((outcome) => ({ ...outcome, clientId })),
      }),
    }),
  })

commandField(commands.approveNotices, {
  description:
    'Approves notices, each by itself. Whoever proposed a line of one by hand cannot. They are sent at once, if no contact limit and no quiet hours of the client are against it.',
  input: ApproveInput,
  payload: decidedPayload('ApproveNoticesPayload', 'The notices were looked at, each by itself.'),
  read: ({ client, notices }) => ({
    clientId: clientIdOf(client),
    notices: notices.map(({ notice, expectedVersion }) => ({ notice: keyOf('Notice', notice), expectedVersion })),
  }),
})

const decisionInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      notice: t.id({ required: true, description: 'The notice.' }),
      expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
      reason: t.string({ required: true, description: 'Why, for the audit; at most 500 characters.' }),
    }),
  })

commandField(commands.rejectNotice, {
  description: 'Decides that a notice is not sent, as long as nothing of it was.',
  input: decisionInput('RejectNoticeInput', 'A notice that is not to be sent.'),
  payload: payload('RejectNoticePayload', 'The notice is rejected.'),
  read: ({ notice, ...rest }) => ({ ...rest, notice: keyOf('Notice', notice) }),
})

commandField(commands.retryNotice, {
  description:
    'Sends a notice that failed again, as what is owed by then, to the same contact or, if that is not usable any more, to whoever comes first.',
  input: decisionInput('RetryNoticeInput', 'A notice to send again.'),
  payload: payload('RetryNoticePayload', 'The notice is sent again.'),
  read: ({ notice, ...rest }) => ({ ...rest, notice: keyOf('Notice', notice) }),
})

const WithdrawLineInput = builder.inputType('WithdrawNoticeLineInput', {
  description: 'An item to take off a notice.',
  fields: (t) => ({
    notice: t.id({ required: true, description: 'The notice.' }),
    openItem: t.id({ required: true, description: 'The item.' }),
    expectedVersion: t.int({ required: true, description: 'Version of the notice as you read it.' }),
    reason: t.string({ required: true, description: 'Why, for the audit; at most 500 characters.' }),
  }),
})

commandField(commands.withdrawNoticeLine, {
  description: 'Takes an item off a notice that is not sent yet. With the last one the notice is withdrawn.',
  input: WithdrawLineInput,
  payload: payload('WithdrawNoticeLinePayload', 'The item is off the notice.'),
  read: ({ notice, openItem, ...rest }) => ({ ...rest, notice: keyOf('Notice', notice), openItem: openItemKeyOf(openItem) }),
})

const PrintedInput = builder.inputType('MarkNoticesPrintedInput', {
  description: 'Letters that left the print room.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose letters they are.' }),
    notices: t.idList({ required: true, description: `The letters, 1 to ${limits.notice.atOnce}, each once.` }),
  }),
})

commandField(markNoticesPrinted, {
  description:
    'Says that letters were printed and posted, each by itself: they are sent from then on. One that was said so before stays as it is.',
  input: PrintedInput,
  payload: decidedPayload('MarkNoticesPrintedPayload', 'The letters were looked at, each by itself.'),
  read: ({ client, notices }) => ({ clientId: clientIdOf(client), notices: notices.map((id) => keyOf('Notice', id)) }),
})

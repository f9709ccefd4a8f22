import { decodeGlobalId } from '../../kernel/ids.ts'
import { builder, MoneyInput, MoneyType } from '../../platform/graphql/builder.ts'
import { commandField, idempotencyKeyText } from '../../platform/graphql/command-field.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { commentMax } from '../comment/index.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import * as commands from './commands.ts'
import { disputeItemsMax } from './disputing.ts'
import { DisputeOutcomeType, DisputePartyType, DisputePriorityType } from './enums.ts'
import { disputesById } from './reads.ts'
import { AlreadyDisputed, OverDisputed } from './refusals.ts'
import * as resolving from './resolving.ts'
import * as steps from './steps.ts'
import { Dispute } from './types.ts'

builder.objectType(AlreadyDisputed, {
  name: 'AlreadyDisputed',
  description: 'Another case that is not over holds the item. It is worked there, or taken out there first.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    dispute: t.field({
      type: Dispute,
      nullable: true,
      description: 'That case.',
      resolve: ({ clientId, disputeId: id }, _args, context) => disputesById(context).load({ clientId, id }) as never,
    }),
  }),
})
builder.objectType(OverDisputed, {
  name: 'OverDisputed',
  description: 'More would be disputed than is open of the item.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    room: t.field({ type: MoneyType, description: 'The most that can be disputed.', resolve: ({ room }) => room }),
  }),
})

const payload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      dispute: t.prismaField({
        type: Dispute,
        description: 'The dispute as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.dispute.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const disputeText = 'The dispute.'
const versionText = 'Its version as you read it.'
const reasonText = 'Why, for the history and the audit; 1 to 500 characters.'
const titleText = `What is disputed, in a line of 1 to ${commands.titleMax} characters.`
const itemsText = `Open items of the customer, in one currency; 1 to ${disputeItemsMax}.`

type Named = string | null | undefined

const ownerKey = (id: string): RowKey => keyOf(decodeGlobalId(id)?.typename === 'Team' ? 'Team' : 'User', id)
const ownerOf = (id: Named): RowKey | null => (id === null || id === undefined ? null : ownerKey(id))

const onDispute = <Rest extends object>({ dispute, ...rest }: { dispute: string } & Rest) => ({
  ...rest,
  dispute: keyOf('Dispute', dispute),
})

const DisputeItemInput = builder.inputType('DisputeItemInput', {
  description: 'An open item that is disputed, or a part of it.',
  fields: (t) => ({
    openItem: t.id({ required: true, description: 'The item; no credit memo.' }),
    amount: t.field({ type: MoneyInput, description: 'How much of it; everything that is open without it.' }),
  }),
})

type ItemTold = { readonly openItem: string; readonly amount?: commands.OpenDispute['items'][number]['amount'] | undefined }
const itemsOf = (items: readonly ItemTold[]) =>
  items.map(({ openItem, amount }) => ({ openItem: openItemKeyOf(openItem), amount: amount ?? null }))

commandField(commands.openDispute, {
  description:
    'Opens a case about what a customer does not accept. Unless its reason says otherwise, what is disputed is not to be collected from then on.',
  input: builder.inputType('OpenDisputeInput', {
    description: 'A dispute to open.',
    fields: (t) => ({
      customer: t.id({ required: true, description: 'Who disputes.' }),
      items: t.field({ type: [DisputeItemInput], required: true, description: itemsText }),
      title: t.string({ required: true, description: titleText }),
      note: t.string({
        required: true,
        defaultValue: '',
        description: `What the customer says, for the history; at most ${commands.noteMax} characters.`,
      }),
      reason: t.string({ description: 'Why, by a code of the client’s rules; known at the latest when it is triaged.' }),
      priority: t.field({
        type: DisputePriorityType,
        description: 'How soon it is to be worked; as its reason says without it.',
      }),
      contact: t.id({ description: 'Who at the customer it is talked about with.' }),
      externalReference: t.string({ description: 'What others know it by; 1 to 100 characters.' }),
      coordinator: t.id({ description: 'The person or team that steers it, of `Client.requestOwners`; you without it.' }),
      idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    }),
  }),
  payload: payload('OpenDisputePayload', 'It is open.'),
  read: ({ customer, items, contact, coordinator, ...rest }) => ({
    ...{ customer: keyOf('Customer', customer), items: itemsOf(items), coordinator: ownerOf(coordinator) },
    contact: contact === null || contact === undefined ? null : keyOf('Contact', contact),
    ...{ title: rest.title, note: rest.note, idempotencyKey: rest.idempotencyKey },
    ...{ reason: rest.reason ?? null, priority: rest.priority ?? null, externalReference: rest.externalReference ?? null },
  }),
})

commandField(commands.includeItems, {
  description: 'Takes more items into a case, while it is worked and nothing is proposed.',
  input: builder.inputType('IncludeItemsInput', {
    description: 'Items to take into a dispute.',
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      items: t.field({ type: [DisputeItemInput], required: true, description: itemsText }),
      expectedVersion: t.int({ required: true, description: versionText }),
    }),
  }),
  payload: payload('IncludeItemsPayload', 'They are in it.'),
  read: ({ items, ...rest }) => ({ ...onDispute(rest), items: itemsOf(items) }),
})

commandField(commands.removeItems, {
  description: 'Takes items out of a case: what of them is still disputed is not any more. Something has to stay in it.',
  input: builder.inputType('RemoveItemsInput', {
    description: 'Items to take out of a dispute.',
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      openItems: t.idList({ required: true, description: 'The items.' }),
      expectedVersion: t.int({ required: true, description: versionText }),
      reason: t.string({ required: true, description: reasonText }),
    }),
  }),
  payload: payload('RemoveItemsPayload', 'They are out of it.'),
  read: ({ openItems, ...rest }) => ({ ...onDispute(rest), openItems: openItems.map(openItemKeyOf) }),
})

commandField(commands.splitDispute, {
  description:
    'Gives items of a case a case of their own, with everything that became of them: the amounts of both together are what they were. The new one is in the state of the old.',
  input: builder.inputType('SplitDisputeInput', {
    description: 'Items of a dispute that become one of their own.',
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      openItems: t.idList({ required: true, description: 'The items; something has to stay.' }),
      title: t.string({ required: true, description: titleText }),
      expectedVersion: t.int({ required: true, description: versionText }),
      reason: t.string({ required: true, description: reasonText }),
      idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    }),
  }),
  payload: payload('SplitDisputePayload', 'It is split; the dispute is the new one.'),
  read: ({ openItems, ...rest }) => ({ ...onDispute(rest), openItems: openItems.map(openItemKeyOf) }),
})

commandField(commands.assignDispute, {
  description: 'Says who steers a case or works on it: people and teams that work on the client can.',
  input: builder.inputType('AssignDisputeInput', {
    description: 'Who a dispute is given to.',
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      processor: t.id({ description: 'Who works on it, of `Client.requestOwners`; as it is without it.' }),
      coordinator: t.id({ description: 'Who steers it; as it is without it.' }),
      expectedVersion: t.int({ required: true, description: versionText }),
    }),
  }),
  payload: payload('AssignDisputePayload', 'It is theirs.'),
  read: ({ processor, coordinator, ...rest }) => ({
    ...onDispute(rest),
    ...{ processor: ownerOf(processor), coordinator: ownerOf(coordinator) },
  }),
})

commandField(steps.triageDispute, {
  description:
    'Says why it is disputed. The client’s rules of the reason say who works on it, how soon and by when, and whether its items are asked for meanwhile.',
  input: builder.inputType('TriageDisputeInput', {
    description: 'What a dispute is about.',
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      reason: t.string({ required: true, description: 'Why, by a code of the client’s rules.' }),
      rootCause: t.string({ description: 'What went wrong, by a code of the client’s rules; as it was without it.' }),
      priority: t.field({
        type: DisputePriorityType,
        description: 'How soon it is to be worked; as the reason says without it.',
      }),
      deadlineOn: t.field({
        type: 'Date',
        description: 'The last day at the client, within 365 days; as the reason says without it.',
      }),
      processor: t.id({ description: 'Who works on it, of `Client.requestOwners`; as the reason says without it.' }),
      expectedVersion: t.int({ required: true, description: versionText }),
    }),
  }),
  payload: payload('TriageDisputePayload', 'It is triaged.'),
  read: ({ processor, rootCause, priority, deadlineOn, ...rest }) => ({
    ...onDispute(rest),
    ...{
      processor: ownerOf(processor),
      rootCause: rootCause ?? null,
      priority: priority ?? null,
      deadlineOn: deadlineOn ?? null,
    },
  }),
})

const stepInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      expectedVersion: t.int({ required: true, description: versionText }),
    }),
  })

const reasonInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      expectedVersion: t.int({ required: true, description: versionText }),
      reason: t.string({ required: true, description: reasonText }),
    }),
  })

commandField(steps.startReview, {
  description:
    'Begins to work on a case, or goes on with one that waited. A resolution that was proposed or approved is taken back by it.',
  input: stepInput('StartReviewInput', 'A dispute to work on.'),
  payload: payload('StartReviewPayload', 'It is in review.'),
  read: onDispute,
})

commandField(steps.awaitParty, {
  description: 'Says that a case waits for the customer, for somebody at the provider, or for the client.',
  input: builder.inputType('AwaitPartyInput', {
    description: 'For whom a dispute waits.',
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      party: t.field({ type: DisputePartyType, required: true, description: 'For whom.' }),
      expectedVersion: t.int({ required: true, description: versionText }),
      reason: t.string({ required: true, description: reasonText }),
    }),
  }),
  payload: payload('AwaitPartyPayload', 'It waits.'),
  read: onDispute,
})

commandField(resolving.proposeResolution, {
  description:
    'Proposes how a case is to end, and asks for the approval that the client’s matrix wants for the action DISPUTE_RESOLUTION, by the amount that is given, with the outcome as its reason.',
  input: builder.inputType('ProposeResolutionInput', {
    description: 'How a dispute is to end.',
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      outcome: t.field({ type: DisputeOutcomeType, required: true, description: 'How.' }),
      amount: t.field({ type: MoneyInput, description: 'Of a PARTIAL_CREDIT: less than what is disputed. Of nothing else.' }),
      note: t.string({ required: true, description: `Why, for whoever approves it; 1 to ${commands.noteMax} characters.` }),
      expectedVersion: t.int({ required: true, description: versionText }),
    }),
  }),
  payload: payload('ProposeResolutionPayload', 'It is proposed, and approved already where the matrix asks for nobody.'),
  read: ({ amount, ...rest }) => ({ ...onDispute(rest), amount: amount ?? null }),
})

commandField(resolving.awaitPosting, {
  description:
    'Carries out the resolution that was approved: it was given to the ledger, and the case waits until it shows there. What the customer is to pay is to be collected again at once.',
  input: stepInput('AwaitPostingInput', 'A dispute whose resolution was given to the ledger.'),
  payload: payload('AwaitPostingPayload', 'It waits for the ledger, or is resolved already.'),
  read: onDispute,
})

commandField(steps.closeDispute, {
  description: 'Closes a case that is resolved. From then on it does not follow the ledger, and its items can be disputed anew.',
  input: stepInput('CloseDisputeInput', 'A dispute to close.'),
  payload: payload('CloseDisputePayload', 'It is closed.'),
  read: onDispute,
})

commandField(steps.voidDispute, {
  description: 'Ends a case that was opened in error: nothing of it is disputed any more.',
  input: reasonInput('VoidDisputeInput', 'A dispute that was opened in error.'),
  payload: payload('VoidDisputePayload', 'It is void.'),
  read: onDispute,
})

commandField(steps.reopenDispute, {
  description:
    'Begins a closed case anew, under a new deadline. What the ledger took back meanwhile, and what the resolution gave in, is disputed again as far as it is open.',
  input: reasonInput('ReopenDisputeInput', 'A closed dispute to begin anew.'),
  payload: payload('ReopenDisputePayload', 'It begins anew.'),
  read: onDispute,
})

commandField(steps.commentDispute, {
  description: 'Says something about a case. A comment is never changed, and moves nothing.',
  input: builder.inputType('CommentDisputeInput', {
    description: 'A comment.',
    fields: (t) => ({
      dispute: t.id({ required: true, description: disputeText }),
      text: t.string({ required: true, description: `The comment, 1 to ${commentMax} characters.` }),
      idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    }),
  }),
  payload: payload('CommentDisputePayload', 'It is kept with the dispute.'),
  read: onDispute,
})

import { legalMoves } from '../../kernel/state-machine.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { connectionOf } from '../../platform/graphql/connection.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { Receipt, receiptsById } from '../cash/index.ts'
import { Client, clientsById } from '../client/index.ts'
import { OpenItem, openItemsById } from '../receivable/index.ts'
import { changeKinds } from './change-kinds.ts'
import { entitledOf } from './owner-reads.ts'
import { type ChangeRow, historyMax, historyOf, itemsOf } from './reads.ts'
import { type RequestKind, type RequestState, requestMachines } from './request-states.ts'
import { type Owner, owns } from './rules.ts'
import { itemsMax } from './subject.ts'

export const RequestKindType = builder.enumType('RequestKind', {
  description: 'What is asked of whom.',
  values: {
    ESCALATION: { description: 'Up a path of the client: who does not acknowledge it in time passes it to the next level.' },
    INTERNAL_REQUEST: { description: 'Somebody, or a department of the provider or the client, is asked for something.' },
    HANDOFF: { description: 'Work goes to another team that serves the client; it accepts it, or returns it.' },
  } satisfies Record<RequestKind, object>,
})

export const RequestStateType = builder.enumType('RequestState', {
  description: 'How far a request has come.',
  values: {
    RAISED: { description: 'Nobody has said yet that they are at it.' },
    ACKNOWLEDGED: { description: 'Its owner is at it; a hand-off is accepted.' },
    ANSWERED: { description: 'It was answered; whoever asked says whether that is enough.' },
    RETURNED: { description: 'The team did not take it: it is with whoever handed it off again.' },
    RESOLVED: { description: 'It is done; a hand-off is completed.' },
    WITHDRAWN: { description: 'Whoever asked took it back.' },
  } satisfies Record<RequestState, object>,
})

const RequestMoveType = builder.enumType('RequestChangeKind', {
  description: 'What happened to a request.',
  values: changeKinds,
})

const OwnerKindType = builder.enumType('RequestOwnerKind', {
  description: 'What can answer for a request.',
  values: {
    PERSON: { description: 'A person of the provider.' },
    TEAM: { description: 'A team of the provider.' },
  } satisfies Record<Owner['kind'], object>,
})

export const SideType = builder.enumType('RequestSide', {
  description: 'Whose department is asked.',
  values: { PROVIDER: { description: 'The provider’s.' }, CLIENT: { description: 'The client’s.' } },
})

type OwnerRow = Owner & { readonly clientId: string }

const userOrTeam = (kind: Owner['kind']) => (kind === 'TEAM' ? 'Team' : 'User')

export const RequestOwner = builder.objectRef<OwnerRow>('RequestOwner').implement({
  description: 'Who answers for a request: one person or one team, and never two at once.',
  fields: (t) => ({
    kind: t.field({ type: OwnerKindType, description: 'A person or a team.', resolve: ({ kind }) => kind }),
    id: t.id({
      nullable: true,
      description: 'The id of a `User` or a `Team`, for commands; null where they do not work on the client any more.',
      resolve: async ({ clientId, kind, id }, _args, context) => {
        // The directory is the provider's: an id of it belongs to the provider, which is the viewer's own.
        const entitled = await entitledOf(context).load({ clientId, id: clientId })
        const isEntitled = entitled.some((row) => row.id === id)
        return isEntitled ? globalIdOf(userOrTeam(kind), { clientId: context.viewer.providerId, id }) : null
      },
    }),
    name: t.exposeString('name', { description: 'Their name; of a request the name they had when they got it.' }),
    isEntitled: t.boolean({
      description:
        'They work on the client now: a person with a role there, or a team that serves it and has one. Where nobody is, take the request over.',
      resolve: async ({ clientId, id }, _args, context) =>
        (await entitledOf(context).load({ clientId, id: clientId })).some((row) => row.id === id),
    }),
    isMe: t.boolean({
      description: 'It is you, or a team of yours.',
      resolve: async ({ clientId, id }, _args, context) =>
        owns(await entitledOf(context).load({ clientId, id: clientId }), id, context.viewer.id),
    }),
  }),
})

const RequestChangeType = builder.objectRef<ChangeRow>('WorkRequestChange').implement({
  description: 'One thing that happened to a request. Never changed afterwards.',
  fields: (t) => ({
    kind: t.field({ type: RequestMoveType, description: 'What happened.', resolve: ({ move }) => move }),
    stateBefore: t.field({
      type: RequestStateType,
      nullable: true,
      description: 'Its state before; null where it was raised.',
      resolve: ({ stateBefore }) => stateBefore,
    }),
    state: t.field({ type: RequestStateType, description: 'Its state behind it.', resolve: ({ state }) => state }),
    ownerBefore: t.exposeString('ownerBefore', {
      nullable: true,
      description: 'Who answered for it before, by name; null where it was raised.',
    }),
    owner: t.exposeString('owner', { description: 'Who answered for it from then on, by name.' }),
    level: t.exposeInt('level', { nullable: true, description: 'Level of an escalation from then on, from 1.' }),
    note: t.exposeString('note', {
      description: 'The answer, the resolution, the reason or the comment; empty for other changes.',
    }),
    by: t.string({
      description: 'Who did it, by name; the service itself for what time brought.',
      resolve: ({ principalName }) => principalName,
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

export const WorkRequest = builder.prismaNode('WorkRequest', {
  description:
    'What somebody asks of somebody else about a customer, an open item or a receipt: an escalation, an internal request or a hand-off. At any moment one person or one team answers for it.',
  id: { field: 'clientId_id', description: 'Opaque id of the request.' },
  nullable: true,
  fields: (t) => ({
    kind: t.field({ type: RequestKindType, description: 'What is asked of whom.', resolve: ({ kind }) => kind as RequestKind }),
    state: t.field({
      type: RequestStateType,
      description: 'How far it has come.',
      resolve: ({ state }) => state as RequestState,
    }),
    client: t.field({
      type: Client,
      description: 'Whose data it is about.',
      resolve: ({ clientId }, _args, context) => clientsById(context).load({ clientId, id: clientId }) as never,
    }),
    customer: t.relation('customer', { nullable: true, description: 'The customer that it is about; null for a receipt.' }),
    receipt: t.field({
      type: Receipt,
      nullable: true,
      description: 'The receipt that it is about, if it is.',
      resolve: ({ clientId, receiptId: id }, _args, context) =>
        id === null ? null : (receiptsById(context).load({ clientId, id }) as never),
    }),
    openItem: t.field({
      type: OpenItem,
      nullable: true,
      description: 'The open item that it is about, if it is about one.',
      resolve: ({ clientId, openItemId: id }, _args, context) =>
        id === null ? null : (openItemsById(context).load({ clientId, id }) as never),
    }),
    openItems: t.field({
      type: [OpenItem],
      description: `All open items that it names, at most ${itemsMax + 1}.`,
      resolve: async ({ clientId, id }, _args, context) => {
        const ids = await itemsOf(context).load({ clientId, id })
        const rows = await Promise.all(ids.map((itemId) => openItemsById(context).load({ clientId, id: itemId })))
        return rows.filter((row) => row !== null) as never
      },
    }),
    title: t.exposeString('title', { description: 'What is asked, in a line.' }),
    text: t.exposeString('body', { description: 'What is asked, in full.' }),
    owner: t.field({
      type: RequestOwner,
      description: 'Who answers for it now.',
      resolve: ({ clientId, ownerKind, ownerId: id, ownerName: name }) => ({
        clientId,
        kind: ownerKind as Owner['kind'],
        id,
        name,
      }),
    }),
    teamName: t.exposeString('teamName', {
      nullable: true,
      description: 'The team that a hand-off went to, or that had the request last; null where no team did.',
    }),
    department: t.exposeString('department', {
      nullable: true,
      description: 'The department that is asked, where it is nobody with a right here: its owner follows it up.',
    }),
    side: t.field({
      type: SideType,
      nullable: true,
      description: 'Whose department it is.',
      resolve: ({ side }) => side as 'PROVIDER' | 'CLIENT' | null,
    }),
    path: t.exposeString('pathCode', { nullable: true, description: 'The path of an escalation, by its code.' }),
    level: t.exposeInt('level', { nullable: true, description: 'How far up its path an escalation is, from 1.' }),
    acknowledgeBy: t.expose('acknowledgeBy', {
      type: 'DateTime',
      description: 'Until when its owner has to say that they are at it. An escalation climbs at this instant.',
    }),
    answerBy: t.expose('answerBy', { type: 'DateTime', description: 'Until when it has to be answered.' }),
    acknowledgedAt: t.expose('acknowledgedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When somebody first said that they are at it, since it was raised or last reopened or de-escalated.',
    }),
    answeredAt: t.expose('answeredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was first answered or resolved, since it was raised or last reopened.',
    }),
    dueAt: t.expose('dueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The deadline that is to be kept next; null where none is left.',
    }),
    isOverdue: t.boolean({
      description: 'A deadline passed that was not kept yet.',
      resolve: ({ dueAt }, _args, { tx }) => dueAt !== null && dueAt <= tx.now,
    }),
    exhaustedAt: t.expose('exhaustedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the top of its path had not acknowledged it either; null unless that happened.',
    }),
    climbs: t.exposeInt('climbs', { description: 'How often it climbed by itself.' }),
    reopened: t.exposeInt('reopened', { description: 'How often it began anew.' }),
    answer: t.exposeString('answer', { nullable: true, description: 'The last answer; null until there is one.' }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'Version of the client’s policy that its deadlines come from; 0 for the defaults.',
    }),
    raisedBy: t.exposeString('raisedByName', { description: 'Who raised it, by name.' }),
    raisedAt: t.expose('raisedAt', { type: 'DateTime', description: 'When it was raised.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was resolved or withdrawn; null until then.',
    }),
    legalMoves: t.stringList({
      description: 'What it takes in its state, by the names of the moves.',
      resolve: ({ kind, state }) => legalMoves(requestMachines[kind as RequestKind], state as RequestState),
    }),
    history: t.field({
      type: [RequestChangeType],
      description: `What happened to it and what was said about it, oldest first; the latest ${historyMax}.`,
      resolve: async ({ clientId, id }, _args, context) => [...(await historyOf(context).load({ clientId, id }))],
    }),
    version: t.exposeInt('version', { description: 'Grows by one with each change; a comment is none.' }),
  }),
})

export const WorkRequestConnection = connectionOf(WorkRequest, 'WorkRequest', 'requests')

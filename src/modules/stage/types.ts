import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { pageOf } from '../../platform/graphql/page.ts'
import { limits } from '../../platform/limits.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { OpenItem, openItemsById } from '../receivable/index.ts'
import type { EntryState } from './fact-reads.ts'
import type { Channel } from './ladder.ts'
import { currentByItem, type EntryRow, entriesByItem, levelByCustomer, type StageRow, stageByItem } from './reads.ts'
import { type Hold, type HoldReason, type StageState, stateOn } from './rules.ts'
import type { KeptStep } from './store.ts'

export const StageChannelType = builder.enumType('StageChannel', {
  description: 'How a step of a ladder reaches the customer.',
  values: {
    CALL: { description: 'By telephone. A logged call with the right party takes the step of the items that it names.' },
    EMAIL: { description: 'By mail.' },
    LETTER: { description: 'By letter.' },
    TASK: { description: 'Not at all: something is decided or arranged among ourselves.' },
  } satisfies Record<Channel, object>,
})

export const StageStateType = builder.enumType('StageState', {
  description: 'Where the next step of an item stands.',
  values: {
    PENDING: { description: 'Its day is still to come.' },
    DUE: { description: 'It is to be taken, and in time.' },
    MISSED: { description: 'It is to be taken, and late: its days of grace have passed.' },
    HELD: { description: 'Something stops it, see `holds`. It goes on by itself when that is over.' },
    DONE: { description: 'No step is left.' },
  } satisfies Record<StageState, object>,
})

export const StageHoldReasonType = builder.enumType('StageHoldReason', {
  description: 'What stops the stages of an item. Each of them can be said by hand; some follow from facts, as the policy says.',
  values: {
    DISPUTE: { description: 'The customer disputes it. Follows from the ledger.' },
    PROMISE: { description: 'The customer promised to pay. Follows from a promise in force, until its deadline.' },
    PLAN: { description: 'A payment plan covers it. Follows from one that is kept.' },
    UNAPPLIED_CASH: {
      description:
        'Money that is not applied, or credits, cover all that the customer owes in the currency. Follows from receipts.',
    },
    CLIENT_HOLD: { description: 'The client does not want it to be asked for.' },
    LEGAL: { description: 'It is with a court or a lawyer.' },
    RESTRICTED_COUNTRY: { description: 'Customers of the country are not to be asked. Follows from the policy.' },
    INSOLVENCY: { description: 'The customer is insolvent: asking is forbidden.' },
    RESTATEMENT: { description: 'The ledger is being put right.' },
  } satisfies Record<HoldReason, object>,
})

const EntryStateType = builder.enumType('StageEntryState', {
  description: 'What became of a step, or of all stages of an item.',
  values: {
    DONE: { description: 'The step was taken.' },
    SKIPPED: { description: 'Somebody left the step out, or a higher one was taken before it.' },
    MISSED: { description: 'The days of grace of the step passed. It may be taken afterwards.' },
    HELD: { description: 'Something stops all stages of the item.' },
    RESUMED: { description: 'They go on: nothing stops them any more.' },
    ENDED: { description: 'The item is not staged any more: too little of it is open, or the client stages nothing.' },
  } satisfies Record<EntryState, object>,
})

const StageStep = builder.objectRef<KeptStep>('StageStep').implement({
  description: 'A step of a client’s ladder.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The client’s code of it.' }),
    label: t.exposeString('label', { description: 'What it is, for people.' }),
    level: t.exposeInt('level', { description: 'Its place in the ladder, from 1.' }),
    channel: t.field({ type: StageChannelType, description: 'How it reaches the customer.', resolve: ({ channel }) => channel }),
    needsApproval: t.exposeBoolean('needsApproval', {
      description: 'Somebody has to agree before it reaches the customer.',
    }),
    template: t.exposeString('template', { nullable: true, description: 'Code of the text that is sent; null where none is.' }),
  }),
})

const mayRead = ({ clientId }: { readonly clientId: string }) => ({ holdsFor: { permission: 'work:read' as const, clientId } })

export const StageHold = builder.prismaNode('StageHold', {
  description: 'Stages that somebody stopped by hand: of one item, of a customer, or of the whole client.',
  id: { field: 'clientId_id', description: 'Opaque id of the hold.' },
  nullable: true,
  fields: (t) => ({
    openItem: t.field({
      type: OpenItem,
      nullable: true,
      description: 'The one item; null where it is about more.',
      resolve: ({ clientId, openItemId: id }, _args, context) =>
        id === null ? null : (openItemsById(context).load({ clientId, id }) as never),
    }),
    customer: t.relation('customer', {
      nullable: true,
      description: 'Whose items; null where it is about one item, or about the whole client.',
    }),
    reason: t.field({
      type: StageHoldReasonType,
      description: 'What stops them.',
      resolve: ({ reason }) => reason as HoldReason,
    }),
    note: t.exposeString('note', { description: 'Why, for people.' }),
    until: t.expose('untilOn', {
      type: 'Date',
      nullable: true,
      description: 'The last day at the client on which it holds; null until somebody lifts it.',
    }),
    setBy: t.exposeString('principalName', { description: 'Who set it.' }),
    setAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was set.' }),
    liftedAt: t.expose('liftedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was lifted; null while it was not.',
    }),
    liftedBy: t.exposeString('liftedByName', { nullable: true, description: 'Who lifted it.' }),
    liftedReason: t.exposeString('liftedReason', { nullable: true, description: 'Why it was lifted.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})
const StageHoldConnection = connectionOf(StageHold, 'StageHold', 'holds')

type ShownHold = Hold & { readonly clientId: string }

const HoldInForce = builder.objectRef<ShownHold>('StageHoldInForce').implement({
  description: 'Something that stops the stages of an item now.',
  fields: (t) => ({
    reason: t.field({ type: StageHoldReasonType, description: 'What it is.', resolve: ({ reason }) => reason }),
    until: t.expose('until', {
      type: 'Date',
      nullable: true,
      description: 'The last day on which it does, as far as that is known.',
    }),
    hold: t.prismaField({
      type: StageHold,
      nullable: true,
      description: 'The hold that somebody set; null where facts say so.',
      resolve: (query, { clientId, holdId }, _args, { tx }) =>
        holdId === null ? null : tx.prisma.stageHold.findUnique({ ...query, where: { clientId_id: { clientId, id: holdId } } }),
    }),
  }),
})

const StageEntry = builder.objectRef<EntryRow>('StageEntry').implement({
  description: 'One line of the history of an item’s stages; never changed.',
  fields: (t) => ({
    state: t.field({ type: EntryStateType, description: 'What happened.', resolve: ({ state }) => state }),
    code: t.exposeString('code', { nullable: true, description: 'The step; null where it is about all stages.' }),
    label: t.exposeString('label', { nullable: true, description: 'The step in words, as the ladder called it then.' }),
    level: t.exposeInt('level', { nullable: true, description: 'Its place in the ladder of then.' }),
    channel: t.field({
      type: StageChannelType,
      nullable: true,
      description: 'How it reached the customer.',
      resolve: ({ channel }) => channel,
    }),
    ladderVersion: t.exposeInt('ladderVersion', { description: 'Version of the policy STAGING of then.' }),
    happenedOn: t.expose('happenedOn', { type: 'Date', description: 'The day at the client.' }),
    dueOn: t.expose('dueOn', {
      type: 'Date',
      nullable: true,
      description: 'The day on which the step was due; null where it never was.',
    }),
    isOnTime: t.exposeBoolean('isOnTime', {
      nullable: true,
      description: 'A step that is done was done by the end of its grace; null otherwise.',
    }),
    holdReasons: t.field({
      type: [StageHoldReasonType],
      description: 'What held them; empty unless they are held by it.',
      resolve: ({ holdReasons }) => [...(holdReasons ?? [])],
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why, where somebody said it.' }),
    by: t.exposeString('by', { description: 'Who did it, or in whose command it came about.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was written.' }),
  }),
})

export type Shown = { readonly clientId: string; readonly openItemId: string; readonly row: StageRow | null }

export const ItemStageType = builder.objectRef<Shown>('ItemStage').implement({
  description:
    'How far an open item has come in its client’s ladder: each item by itself, whatever becomes of others of its customer.',
  fields: (t) => ({
    openItem: t.field({
      type: OpenItem,
      description: 'The item.',
      resolve: ({ clientId, openItemId: id }, _args, context) => openItemsById(context).load({ clientId, id }) as never,
    }),
    level: t.int({
      description:
        'The place of the highest step that is done or skipped, by the ladder of now; 0 before the first, and where it is not staged.',
      resolve: ({ row }) => row?.level ?? 0,
    }),
    current: t.field({
      type: StageEntry,
      nullable: true,
      description: 'The highest step that was done; null before the first.',
      resolve: ({ clientId, openItemId: id }, _args, context) => currentByItem(context).load({ clientId, id }),
    }),
    next: t.field({
      type: StageStep,
      nullable: true,
      description: 'The step that is to be taken next; null where none is left, and where the item is not staged.',
      resolve: ({ row }) => row?.next ?? null,
    }),
    nextDueOn: t.field({
      type: 'Date',
      nullable: true,
      description: 'The day at the client from which it is due, if nothing holds it.',
      resolve: ({ row }) => row?.dueOn ?? null,
    }),
    missedOn: t.field({
      type: 'Date',
      nullable: true,
      description: 'The day from which it is late: its days of grace have passed.',
      resolve: ({ row }) => row?.missedOn ?? null,
    }),
    state: t.field({
      type: StageStateType,
      nullable: true,
      description: 'Where it stands today at the client; null for an item that is not staged.',
      resolve: ({ clientId, row }, _args, { today }) => (row === null ? null : stateOn(row, today(clientId))),
    }),
    holds: t.field({
      type: [HoldInForce],
      description: 'Everything that stops it.',
      resolve: ({ clientId, row }) => (row?.holds ?? []).map((hold) => ({ ...hold, clientId })),
    }),
    history: t.field({
      type: [StageEntry],
      description: 'What became of its stages, latest first.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 20, description: `How many, from 1 to ${limits.page.first}.` }),
      },
      resolve: async ({ clientId, openItemId: id }, { first }, context) => [
        ...(await entriesByItem(context, { first: pageOf('history', 0, { first }).first }).load({ clientId, id })),
      ],
    }),
    ladderVersion: t.int({
      nullable: true,
      description: 'Version of the policy STAGING by which it stands there; null for an item that is not staged.',
      resolve: ({ row }) => row?.ladderVersion ?? null,
    }),
    version: t.int({
      nullable: true,
      description: 'Grows by one with each change; null for an item that is not staged.',
      resolve: ({ row }) => row?.version ?? null,
    }),
  }),
})

builder.prismaInterfaceField(OpenItem, 'stage', (t) =>
  t.field({
    type: ItemStageType,
    nullable: true,
    authScopes: mayRead,
    description: 'How far it has come in its client’s ladder. Credits are never staged.',
    resolve: async ({ clientId, id, kind }, _args, context) =>
      kind === 'CREDIT_MEMO' ? null : { clientId, openItemId: id, row: await stageByItem(context).load({ clientId, id }) },
  }),
)

builder.prismaObjectField(Customer, 'stageLevel', (t) =>
  t.field({
    type: 'Int',
    nullable: true,
    authScopes: mayRead,
    description: 'The highest stage of its open items; 0 where none has one. Each item keeps its own, see `OpenItem.stage`.',
    resolve: ({ clientId, id }, _args, context) => levelByCustomer(context).load({ clientId, id }),
  }),
)

builder.prismaObjectField(Client, 'stageHolds', (t) =>
  t.field({
    type: StageHoldConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'What people stopped by hand, in the order in which they did.',
    args: {
      isLifted: t.arg.boolean({ description: 'Only those that were lifted, or that were not; both without it.' }),
      ...pageArgs,
    },
    resolve: ({ id }, { isLifted, ...args }, { tx }) =>
      keyset('stageHolds', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.stageHold.findMany({
          where: {
            clientId: id,
            ...(isLifted === true ? { liftedAt: { not: null } } : isLifted === false ? { liftedAt: null } : {}),
            ...where,
          },
          orderBy,
          take,
        }),
      ),
  }),
)

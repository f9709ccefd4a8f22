import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { Client } from '../client/index.ts'
import * as commands from './mark-commands.ts'
import { marksByWork, type WorkMarkRow, workOfMarks } from './mark-reads.ts'
import { claimIn, longestMs, type MarkKind, NotMarked, WorkClaimed } from './marks.ts'
import { type WorkRow, workItems } from './reads.ts'
import { WorkItem } from './types.ts'

const MarkKindType = builder.enumType('WorkMarkKind', {
  description: 'What a person decides about work by hand.',
  values: {
    CLAIM: { description: 'They work on it, and others are kept off for a while.' },
    SNOOZE: { description: 'It rests: it is out of the queue until an instant.' },
    PIN: { description: 'It comes first until an instant: 1,000 points more.' },
    CALLBACK: {
      description: 'A call was agreed for an instant: it is out of the queue until then, and comes first from then on.',
    },
  } satisfies Record<MarkKind, object>,
})

const LiftableType = builder.enumType('LiftableMark', {
  description: 'A mark that anybody who works on the client can lift. A claim is released instead.',
  values: {
    SNOOZE: { description: 'The work comes back into the queue.' },
    PIN: { description: 'The work goes back to its place.' },
    CALLBACK: { description: 'The call was made, or is not to be made.' },
  } satisfies Record<commands.Liftable, object>,
})

const WorkMark = builder.objectRef<WorkMarkRow>('WorkMark').implement({
  description: 'A claim, a snooze, a pin or an agreed callback: who, since when, until when, and why.',
  fields: (t) => ({
    kind: t.field({ type: MarkKindType, description: 'Which of them.', resolve: ({ kind }) => kind }),
    by: t.string({ description: 'Whose it is: their name when they set it.', resolve: ({ principalName }) => principalName }),
    isMine: t.boolean({
      description: 'You set it.',
      resolve: ({ principalId }, _args, { viewer }) => principalId === viewer.id,
    }),
    setAt: t.expose('setAt', { type: 'DateTime', description: 'Since when.' }),
    endsAt: t.expose('endsAt', {
      type: 'DateTime',
      description: 'When a claim, a snooze or a pin ends; the time of a callback.',
    }),
    timeZone: t.string({
      nullable: true,
      description: 'The zone in which a callback was agreed, as a name of the IANA database; null for other marks.',
      resolve: ({ timeZone }) => timeZone,
    }),
    note: t.exposeString('note', { description: 'Why, or what to call about; empty for a claim.' }),
    workItem: t.field({
      type: WorkItem,
      nullable: true,
      description: 'The work. Null where the queue has no row for it.',
      resolve: async (row, _args, context) => {
        const id = await workOfMarks(context).load(row)
        return id === null ? null : workItems(context).load({ clientId: row.clientId, id })
      },
    }),
  }),
})

/** The mark of a kind that is in force on a row. A callback stays in force until it is lifted. */
const inForce = async ({ clientId, id }: WorkRow, kind: MarkKind, context: Context): Promise<WorkMarkRow | null> => {
  const marks = await marksByWork(context).load({ clientId, id })
  const found = marks.find((mark) => mark.kind === kind) ?? null
  return found === null || kind === 'CALLBACK' || found.endsAt > context.tx.now ? found : null
}

builder.objectFields(WorkItem, (t) => ({
  claim: t.field({
    type: WorkMark,
    nullable: true,
    description: 'Who works on it now; null where it is free.',
    resolve: async ({ clientId, id }, _args, context) =>
      claimIn(await marksByWork(context).load({ clientId, id }), context.tx.now) as WorkMarkRow | null,
  }),
  snooze: t.field({
    type: WorkMark,
    nullable: true,
    description: 'Who let it rest, until when and why; null where nobody did.',
    resolve: (row, _args, context) => inForce(row, 'SNOOZE', context),
  }),
  pin: t.field({
    type: WorkMark,
    nullable: true,
    description: 'Who put it first, until when and why; null where nobody did.',
    resolve: (row, _args, context) => inForce(row, 'PIN', context),
  }),
  callback: t.field({
    type: WorkMark,
    nullable: true,
    description: 'The call that was agreed, to come or due; null where there is none.',
    resolve: (row, _args, context) => inForce(row, 'CALLBACK', context),
  }),
}))

const WorkMarkConnection = connectionOf(WorkMark, 'WorkMark', 'marks on work')

builder.prismaObjectField(Client, 'workMarks', (t) =>
  t.field({
    type: WorkMarkConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description:
      'What people marked: who works on what, what rests, what was put first, and the callbacks that were agreed, soonest first. Marks that have ended are not among them, callbacks that are due are.',
    args: {
      kind: t.arg({ type: MarkKindType, description: 'Only marks of this kind.' }),
      isMine: t.arg.boolean({ description: 'Only marks that you set.' }),
      ...pageArgs,
    },
    resolve: ({ id }, { kind, isMine, ...args }, { tx, viewer }) =>
      keyset(
        'workMarks',
        args,
        [
          { field: 'endsAt', as: 'instant' },
          { field: 'id', as: 'uuid' },
        ],
        async ({ where, orderBy, take }) => {
          const own = isMine === true ? { principalId: viewer.id } : {}
          const ofKind = kind === null || kind === undefined ? {} : { kind }
          const inForce = { OR: [{ kind: 'CALLBACK' }, { endsAt: { gt: tx.now } }] }
          const rows = await tx.prisma.workMark.findMany({
            where: { AND: [{ clientId: id, ...own, ...ofKind }, inForce, where] },
            orderBy,
            take,
          })
          return rows as WorkMarkRow[]
        },
      ),
  }),
)

builder.objectType(WorkClaimed, {
  name: 'WorkClaimed',
  description: 'Somebody else works on it.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    holder: t.exposeString('holder', { description: 'Who.' }),
    until: t.expose('until', { type: 'DateTime', description: 'When their claim ends, unless they renew it.' }),
  }),
})
builder.objectType(NotMarked, {
  name: 'NotMarked',
  description: 'The work has no such mark.',
  interfaces: ['Refusal' as never],
})

const workPayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      workItem: t.field({
        type: WorkItem,
        description: 'The work as it is now.',
        resolve: async (key, _args, context) => (await workItems(context).load(key)) as WorkRow,
      }),
    }),
  })

const workText = 'The work.'
const reasonText = 'Why, for whoever meets it and for the audit; 1 to 500 characters.'
const days = (kind: MarkKind) => longestMs[kind] / 86_400_000
const workOf = <Rest extends object>({ workItem, ...rest }: { workItem: string } & Rest) => ({
  ...rest,
  workItem: keyOf('WorkItem', workItem),
})

commandField(commands.claimWork, {
  description:
    'Takes work: others see that you are at it, and cannot mark it meanwhile. To claim your own work again renews the claim. Of two who claim at once, one has it and the other is told who.',
  input: builder.inputType('ClaimWorkInput', {
    description: 'Work to take.',
    fields: (t) => ({
      workItem: t.id({ required: true, description: workText }),
      minutes: t.int({
        required: true,
        defaultValue: 30,
        description: `How long the claim lasts, from 1 to ${longestMs.CLAIM / 60_000} minutes.`,
      }),
    }),
  }),
  payload: workPayload('ClaimWorkPayload', 'You hold the work.'),
  read: workOf,
})

commandField(commands.releaseWork, {
  description: 'Gives work back before its claim ends. A lead or manager can release another’s claim, and says why.',
  input: builder.inputType('ReleaseWorkInput', {
    description: 'Work to give back.',
    fields: (t) => ({
      workItem: t.id({ required: true, description: workText }),
      reason: t.string({ description: `${reasonText} Needed for another’s claim only.` }),
    }),
  }),
  payload: workPayload('ReleaseWorkPayload', 'The work is free.'),
  read: ({ reason, ...input }) => ({ ...workOf(input), reason: reason ?? null }),
})

commandField(commands.snoozeWork, {
  description:
    'Lets work rest: it leaves the queue and its totals, and comes back at the instant by itself. Ends a pin. A new snooze takes the place of an earlier one.',
  input: builder.inputType('SnoozeWorkInput', {
    description: 'Work to let rest.',
    fields: (t) => ({
      workItem: t.id({ required: true, description: workText }),
      until: t.field({ type: 'DateTime', required: true, description: `Until when, at most ${days('SNOOZE')} days ahead.` }),
      reason: t.string({ required: true, description: reasonText }),
    }),
  }),
  payload: workPayload('SnoozeWorkPayload', 'The work rests.'),
  read: workOf,
})

commandField(commands.pinWork, {
  description:
    'Puts work first, before all that is not pinned: the pin is one of the factors of its score, with your name and its end. Ends a snooze.',
  input: builder.inputType('PinWorkInput', {
    description: 'Work to put first.',
    fields: (t) => ({
      workItem: t.id({ required: true, description: workText }),
      until: t.field({ type: 'DateTime', required: true, description: `Until when, at most ${days('PIN')} days ahead.` }),
      reason: t.string({ required: true, description: reasonText }),
    }),
  }),
  payload: workPayload('PinWorkPayload', 'The work comes first.'),
  read: workOf,
})

commandField(commands.scheduleCallback, {
  description:
    'Notes an agreed call: the work leaves the queue until then, and comes first from then on until the callback is lifted. A new callback takes the place of an earlier one.',
  input: builder.inputType('ScheduleCallbackInput', {
    description: 'A call that was agreed.',
    fields: (t) => ({
      workItem: t.id({ required: true, description: workText }),
      on: t.field({ type: 'Date', required: true, description: `The day there, at most ${days('CALLBACK')} days ahead.` }),
      at: t.string({
        required: true,
        description: 'The time there as HH:MM. Where the clocks show it twice, the first; where they skip it, it is refused.',
      }),
      timeZone: t.string({
        description: 'Where they are, as a name of the IANA database such as America/Chicago; the client’s zone without it.',
      }),
      note: t.string({ required: true, defaultValue: '', description: 'What to call about, at most 500 characters.' }),
    }),
  }),
  payload: workPayload('ScheduleCallbackPayload', 'The call is noted.'),
  read: ({ timeZone, ...input }) => ({ ...workOf(input), timeZone: timeZone ?? null }),
})

commandField(commands.liftWorkMark, {
  description: 'Ends a snooze, a pin or a callback before its time, whoever set it.',
  input: builder.inputType('LiftWorkMarkInput', {
    description: 'A mark to lift.',
    fields: (t) => ({
      workItem: t.id({ required: true, description: workText }),
      mark: t.field({ type: LiftableType, required: true, description: 'Which.' }),
    }),
  }),
  payload: workPayload('LiftWorkMarkPayload', 'The mark is gone.'),
  read: workOf,
})

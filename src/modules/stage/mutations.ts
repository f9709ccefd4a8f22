import { builder } from '../../platform/graphql/builder.ts'
import { commandField, idempotencyKeyText } from '../../platform/graphql/command-field.ts'
import { clientIdOf, keyOf, nobody } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import { completeStage, type HoldStaging, holdStaging, liftStagingHold, skipStage } from './commands.ts'
import { stageByItem } from './reads.ts'
import { HoldLifted, StageNotDue } from './refusals.ts'
import { ItemStageType, StageHold, StageHoldReasonType, StageStateType } from './types.ts'

builder.objectType(StageNotDue, {
  name: 'StageNotDue',
  description: 'The step is not to be taken now: it is not due, something holds it, or another one is next.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    state: t.field({ type: StageStateType, description: 'Where the next step stands.', resolve: ({ state }) => state }),
    next: t.string({
      nullable: true,
      description: 'Code of the next step; null where none is left.',
      resolve: ({ next }) => next,
    }),
    dueOn: t.field({ type: 'Date', nullable: true, description: 'The day from which it is due.', resolve: ({ dueOn }) => dueOn }),
    heldBy: t.field({
      type: [StageHoldReasonType],
      description: 'What stops it.',
      resolve: ({ holds }) => holds.map(({ reason }) => reason),
    }),
  }),
})
builder.objectType(HoldLifted, {
  name: 'HoldLifted',
  description: 'The hold was lifted before.',
  interfaces: ['Refusal' as never],
})

const holdPayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      hold: t.prismaField({
        type: StageHold,
        description: 'The hold as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.stageHold.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const stagePayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      stage: t.field({
        type: ItemStageType,
        description: 'Where the item stands now.',
        resolve: async (key, _args, context) => ({
          clientId: key.clientId,
          openItemId: key.id,
          row: await stageByItem(context).load(key),
        }),
      }),
    }),
  })

const HoldStagingInput = builder.inputType('HoldStagingInput', {
  description: 'Stages to stop: of one item, of a customer, or of a whole client. Exactly one of them is named.',
  fields: (t) => ({
    openItem: t.id({ description: 'The one item.' }),
    customer: t.id({ description: 'All items of this customer.' }),
    client: t.id({ description: 'All items of the client: for leads and managers.' }),
    reason: t.field({ type: StageHoldReasonType, required: true, description: 'What stops them.' }),
    note: t.string({ required: true, description: 'Why, for people and the audit; 1 to 500 characters.' }),
    until: t.field({
      type: 'Date',
      description: 'The last day at the client on which it holds, today or later; until it is lifted without it.',
    }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
  }),
})

type Subject = Pick<HoldStaging, 'subject' | 'of' | 'isAlone'>
type Named = Readonly<Partial<Record<'openItem' | 'customer' | 'client', string | null>>>

const subjectOf = ({ openItem, customer, client }: Named): Subject => {
  const named: Omit<Subject, 'isAlone'>[] = []
  if (openItem) named.push({ subject: openItemKeyOf(openItem), of: 'ITEM' })
  if (customer) named.push({ subject: keyOf('Customer', customer), of: 'CUSTOMER' })
  if (client) named.push({ subject: { clientId: clientIdOf(client), id: clientIdOf(client) }, of: 'CLIENT' })
  const [first = { subject: { clientId: nobody, id: nobody }, of: 'ITEM' as const }] = named
  return { ...first, isAlone: named.length === 1 }
}

commandField(holdStaging, {
  description: 'Stops stages by hand until a day or until it is lifted. Nothing of what it is about is due meanwhile.',
  input: HoldStagingInput,
  payload: holdPayload('HoldStagingPayload', 'The stages are held.'),
  read: ({ openItem, customer, client, reason, note, until, idempotencyKey }) => ({
    ...subjectOf({ openItem: openItem ?? null, customer: customer ?? null, client: client ?? null }),
    ...{ reason, note, until: until ?? null, idempotencyKey },
  }),
})

const LiftInput = builder.inputType('LiftStagingHoldInput', {
  description: 'A hold to lift.',
  fields: (t) => ({
    hold: t.id({ required: true, description: 'The hold.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
    reason: t.string({ required: true, description: 'Why, for people and the audit; 1 to 500 characters.' }),
  }),
})

commandField(liftStagingHold, {
  description:
    'Ends a hold that somebody set: the stages go on where the facts of now put them, and nothing of them is late by it.',
  input: LiftInput,
  payload: holdPayload('LiftStagingHoldPayload', 'The hold is lifted.'),
  read: ({ hold, ...rest }) => ({ ...rest, hold: keyOf('StageHold', hold) }),
})

const on = {
  openItem: 'The item.',
  stage: 'Code of its next step, as you read it.',
  version: 'Version of its stage, as you read it.',
} as const

const CompleteInput = builder.inputType('CompleteStageInput', {
  description: 'A step that was taken.',
  fields: (t) => ({
    openItem: t.id({ required: true, description: on.openItem }),
    stage: t.string({ required: true, description: on.stage }),
    expectedVersion: t.int({ required: true, description: on.version }),
    note: t.string({ description: 'What came of it, for people and the audit; 1 to 500 characters.' }),
  }),
})

commandField(completeStage, {
  description:
    'Notes that the due step of an item was taken by hand. Lower steps that were not taken are skipped. A logged call with the right party does it by itself.',
  input: CompleteInput,
  payload: stagePayload('CompleteStagePayload', 'The step is done.'),
  read: ({ openItem, note, ...rest }) => ({ ...rest, openItem: openItemKeyOf(openItem), note: note ?? null }),
})

const SkipInput = builder.inputType('SkipStageInput', {
  description: 'A step to leave out.',
  fields: (t) => ({
    openItem: t.id({ required: true, description: on.openItem }),
    stage: t.string({ required: true, description: on.stage }),
    expectedVersion: t.int({ required: true, description: on.version }),
    reason: t.string({ required: true, description: 'Why, for people and the audit; 1 to 500 characters.' }),
  }),
})

commandField(skipStage, {
  description: 'Leaves out the next step of an item, due or not: the one behind it is next.',
  input: SkipInput,
  payload: stagePayload('SkipStagePayload', 'The step is skipped.'),
  read: ({ openItem, ...rest }) => ({ ...rest, openItem: openItemKeyOf(openItem) }),
})

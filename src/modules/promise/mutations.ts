import { builder, MoneyInput, MoneyType } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import { type PromiseOutcome, recordPromise, recordPromises, withdrawPromise } from './commands.ts'
import { AlreadyPromised, OverPromised, PromisesRefused, type RefusedPromise } from './refusals.ts'
import { PromiseToPay } from './types.ts'

builder.objectType(OverPromised, {
  name: 'OverPromised',
  description:
    'More was promised than is open and may be promised: disputed items may be only where the client’s policy says so.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    room: t.field({ type: MoneyType, description: 'The most that can be promised.', resolve: ({ room }) => room }),
  }),
})
builder.objectType(AlreadyPromised, {
  name: 'AlreadyPromised',
  description: 'The item has a promise in force. Ask for it to be superseded, or withdraw it.',
  interfaces: ['Refusal' as never],
})

const RefusedPromiseType = builder.objectRef<RefusedPromise>('RefusedPromise').implement({
  description: 'One promise that was refused among several.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place among the promises, from 0.' }),
    code: t.exposeString('code', { description: 'For programs; never changes.' }),
    message: t.exposeString('message', { description: 'For people.' }),
    path: t.exposeStringList('path', { description: 'Where in the input the cause lies.' }),
  }),
})
builder.objectType(PromisesRefused, {
  name: 'PromisesRefused',
  description: 'Some promises cannot be taken, and all or nothing was asked for. Nothing was kept.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    refused: t.field({ type: [RefusedPromiseType], description: 'Which and why.', resolve: ({ refused }) => [...refused] }),
  }),
})

const promisePayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      promise: t.prismaField({
        type: PromiseToPay,
        description: 'The promise as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.promiseToPay.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const supersedeText = 'Take the place of a promise in force, which counts as superseded; without it, the item must have none.'

const RecordPromiseInput = builder.inputType('RecordPromiseInput', {
  description: 'A promise to record.',
  fields: (t) => ({
    openItem: t.id({ required: true, description: 'The invoice or debit memo it is about.' }),
    amount: t.field({
      type: MoneyInput,
      required: true,
      description: 'What is promised, in the item’s currency; at most what is open and undisputed.',
    }),
    promisedOn: t.field({
      type: 'Date',
      required: true,
      description: 'The day by which it is to be paid: today at the client or later, and within the longest time of its policy.',
    }),
    supersede: t.boolean({ required: true, defaultValue: false, description: supersedeText }),
  }),
})

commandField(recordPromise, {
  description:
    'Records a customer’s promise to pay. What is left of it is not asked for until its deadline has passed; it is judged as payments come, and when the deadline passes.',
  input: RecordPromiseInput,
  payload: promisePayload('RecordPromisePayload', 'The promise was recorded.'),
  read: ({ openItem, ...rest }) => ({ ...rest, openItem: openItemKeyOf(openItem) }),
})

const CustomerPromiseInput = builder.inputType('CustomerPromiseInput', {
  description: 'What a customer promises for one of its items.',
  fields: (t) => ({
    openItem: t.id({ required: true, description: 'The invoice or debit memo it is about; each once.' }),
    amount: t.field({ type: MoneyInput, required: true, description: 'What is promised, as in `recordPromise`.' }),
    promisedOn: t.field({
      type: 'Date',
      required: true,
      description: 'The day by which it is to be paid, as in `recordPromise`.',
    }),
  }),
})

const RecordPromisesInput = builder.inputType('RecordPromisesInput', {
  description: 'What one customer promises for several of its items.',
  fields: (t) => ({
    customer: t.id({ required: true, description: 'Who promises; every item is the customer’s own.' }),
    promises: t.field({ type: [CustomerPromiseInput], required: true, description: `1 to ${limits.command.rows} promises.` }),
    supersede: t.boolean({ required: true, defaultValue: false, description: supersedeText }),
    allOrNothing: t.boolean({
      required: true,
      defaultValue: false,
      description: 'One promise that is refused refuses them all; without it each stands for itself.',
    }),
  }),
})

type Outcome = PromiseOutcome & { readonly clientId: string }

const PromiseOutcomeType = builder.objectRef<Outcome>('PromiseOutcome').implement({
  description: 'What became of one promise among several: it was recorded, or refused.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place among the promises, from 0.' }),
    promise: t.prismaField({
      type: PromiseToPay,
      nullable: true,
      description: 'The promise as it is now; null where it was refused.',
      resolve: (query, { clientId, promiseId: id }, _args, { tx }) =>
        id === null ? null : tx.prisma.promiseToPay.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
    refusal: t.field({
      type: RefusedPromiseType,
      nullable: true,
      description: 'Why it was refused; null where it was not.',
      resolve: ({ refusal }) => refusal,
    }),
  }),
})

type Recorded = { readonly clientId: string; readonly outcomes: readonly PromiseOutcome[] }

const RecordPromisesPayload = builder.objectRef<Recorded>('RecordPromisesPayload').implement({
  description: 'The promises were taken, each by itself.',
  fields: (t) => ({
    outcomes: t.field({
      type: [PromiseOutcomeType],
      description: 'What became of each, in the order they were given.',
      resolve: ({ clientId, outcomes }) => outcomes.map((outcome) => ({ ...outcome, clientId })),
    }),
  }),
})

commandField(recordPromises, {
  description: 'Records what one customer promises for several of its items in one call, each as `recordPromise` would.',
  input: RecordPromisesInput,
  payload: RecordPromisesPayload,
  read: ({ customer, promises, ...rest }) => ({
    ...rest,
    customer: keyOf('Customer', customer),
    promises: promises.map(({ openItem, ...promise }) => ({ ...promise, openItem: openItemKeyOf(openItem) })),
  }),
})

const WithdrawPromiseInput = builder.inputType('WithdrawPromiseInput', {
  description: 'A promise to take back.',
  fields: (t) => ({
    promise: t.id({ required: true, description: 'The promise.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
    reason: t.string({ required: true, description: 'Why, for the audit; at most 500 characters.' }),
  }),
})

commandField(withdrawPromise, {
  description:
    'Takes an open promise back: it no longer keeps its item from being asked for. Behind its deadline it is judged and cannot be taken back.',
  input: WithdrawPromiseInput,
  payload: promisePayload('WithdrawPromisePayload', 'The promise was withdrawn.'),
  read: ({ promise, ...rest }) => ({ ...rest, promise: keyOf('PromiseToPay', promise) }),
})

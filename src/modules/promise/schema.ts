import { granted, perform } from '../../platform/command.ts'
import { builder, heldFor, MoneyInput, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { Client } from '../client/index.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import { recordPromise, withdrawPromise } from './commands.ts'
import { AlreadyPromised, OverPromised } from './rules.ts'

const PromiseState = builder.enumType('PromiseState', {
  description: 'What became of a promise.',
  values: {
    OPEN: { description: 'It stands. Until its day is over, what it covers is not asked for.' },
    WITHDRAWN: { description: 'It was taken back, or recorded in error.' },
  },
})

export const PromiseToPay = builder.prismaNode('PromiseToPay', {
  description: 'A customer’s word to pay an amount of one open item by a day.',
  id: { field: 'clientId_id', description: 'Opaque id of the promise.' },
  nullable: true,
  fields: (t) => ({
    openItem: t.relation('openItem', { description: 'The item it is about.' }),
    customer: t.relation('customer', { description: 'Who promised.' }),
    amount: t.field({
      type: MoneyType,
      description: 'What was promised.',
      resolve: ({ amountMinor: minor, currency }) => ({ minor, currency }),
    }),
    promisedOn: t.expose('promisedOn', { type: 'Date', description: 'The day by which it is to be paid.' }),
    state: t.field({
      type: PromiseState,
      description: 'What became of it.',
      resolve: ({ state }) => state as 'OPEN' | 'WITHDRAWN',
    }),
    recordedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

const PromiseToPayConnection = connectionOf(PromiseToPay, 'PromiseToPay', 'promises')

builder.prismaObjectField(Client, 'promises', (t) =>
  t.field({
    type: PromiseToPayConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'Promises of the client’s customers, in the order they were recorded.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset('promises', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.promiseToPay.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

builder.objectType(OverPromised, {
  name: 'OverPromised',
  description: 'More was promised than is open and undisputed.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    room: t.field({ type: MoneyType, description: 'The most that can be promised.', resolve: ({ room }) => room }),
  }),
})
builder.objectType(AlreadyPromised, {
  name: 'AlreadyPromised',
  description: 'The item has a promise in force.',
  interfaces: ['Refusal' as never],
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
      description: 'The day by which it is to be paid: today at the client or later.',
    }),
  }),
})

builder.mutationField('recordPromise', (t) =>
  t.field({
    type: promisePayload('RecordPromisePayload', 'The promise was recorded.'),
    nullable: true,
    description: 'Records a customer’s promise to pay. What it covers leaves the amount to be collected until its day is over.',
    authScopes: { isKnown: true },
    errors: {
      types: [...recordPromise.refusals],
      union: { name: 'RecordPromiseResult', description: 'What was done, or why not.' },
    },
    args: { input: t.arg({ type: RecordPromiseInput, required: true, description: 'The promise.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(await perform(tx, recordPromise, { ...input, openItem: openItemKeyOf(input.openItem) })),
  }),
)

const WithdrawPromiseInput = builder.inputType('WithdrawPromiseInput', {
  description: 'A promise to take back.',
  fields: (t) => ({
    promise: t.id({ required: true, description: 'The promise.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
    reason: t.string({ required: true, description: 'Why, for the audit; at most 500 characters.' }),
  }),
})

builder.mutationField('withdrawPromise', (t) =>
  t.field({
    type: promisePayload('WithdrawPromisePayload', 'The promise was withdrawn.'),
    nullable: true,
    description: 'Takes a promise back: it no longer keeps its item from being asked for.',
    authScopes: { isKnown: true },
    errors: {
      types: [...withdrawPromise.refusals],
      union: { name: 'WithdrawPromiseResult', description: 'What was done, or why not.' },
    },
    args: { input: t.arg({ type: WithdrawPromiseInput, required: true, description: 'Which and why.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(await perform(tx, withdrawPromise, { ...input, promise: keyOf('PromiseToPay', input.promise) })),
  }),
)

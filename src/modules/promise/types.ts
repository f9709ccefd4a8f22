import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { OpenItem } from '../receivable/index.ts'
import type { PromiseState } from './promise-states.ts'
import { brokenByCustomer, type ChangeRow, historyMax, historyOf, type PromisePage, promisesBy } from './reads.ts'
import type { DateCounted } from './rules.ts'
import type { ChangeCause } from './store.ts'

export const PromiseStateType = builder.enumType('PromiseState', {
  description: 'What became of a promise.',
  values: {
    OPEN: { description: 'It stands. Until its deadline has passed, what is left of it is not asked for.' },
    PARTIALLY_KEPT: { description: 'Its deadline passed, and a part of it had been paid by then.' },
    KEPT: { description: 'It was paid by its deadline, as far as its terms ask.' },
    BROKEN: { description: 'Its deadline passed, and nothing of it had been paid by then.' },
    WITHDRAWN: { description: 'It was taken back, or recorded in error.' },
    SUPERSEDED: { description: 'Another promise took its place before its deadline.' },
  } satisfies Record<PromiseState, object>,
})

const DateCountedType = builder.enumType('PromiseDateCounted', {
  description: 'Which day of a payment has to lie within a promise’s deadline.',
  values: {
    VALUE_DATE: { description: 'The value date of the bank.' },
    POSTING_DATE: { description: 'The day on which it was applied here.' },
  } satisfies Record<DateCounted, object>,
})

const ChangeCauseType = builder.enumType('PromiseChangeCause', {
  description: 'Why the state of a promise changed.',
  values: {
    RECORDED: { description: 'It was taken.' },
    CASH: { description: 'Money was put against its item, or taken back from it.' },
    LEDGER: { description: 'A load of the client’s ledger changed what is open of its item.' },
    DEADLINE: { description: 'Its deadline passed.' },
    WITHDRAWN: { description: 'Somebody took it back.' },
    SUPERSEDED: { description: 'Another promise took its place.' },
  } satisfies Record<ChangeCause, object>,
})

const PromiseChange = builder.objectRef<ChangeRow>('PromiseChange').implement({
  description: 'One change of a promise’s state. Never changed afterwards.',
  fields: (t) => ({
    stateBefore: t.field({
      type: PromiseStateType,
      nullable: true,
      description: 'Its state before; null where it was recorded.',
      resolve: ({ stateBefore }) => stateBefore,
    }),
    state: t.field({ type: PromiseStateType, description: 'Its state behind the change.', resolve: ({ state }) => state }),
    cause: t.field({ type: ChangeCauseType, description: 'Why.', resolve: ({ cause }) => cause }),
    paidAmount: t.field({
      type: MoneyType,
      description: 'What had been paid within the deadline, as far as it was known then.',
      resolve: ({ paidMinor: minor, currency }) => ({ minor, currency }),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

export const PromiseToPay = builder.prismaNode('PromiseToPay', {
  description:
    'A customer’s word to pay an amount of one open item by a day. It is judged by what is settled of the item from then on: each time that changes, and when its deadline passes.',
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
    deadlineOn: t.expose('deadlineOn', {
      type: 'Date',
      description:
        'The last day on which a payment keeps it: the promised day and the business days of grace of the client’s policy.',
    }),
    dueAmount: t.field({
      type: MoneyType,
      description: 'The least that keeps it: the amount, less what the client’s policy forgives.',
      resolve: ({ dueMinor: minor, currency }) => ({ minor, currency }),
    }),
    dateCounted: t.field({
      type: DateCountedType,
      description: 'Which day of a payment has to lie within the deadline.',
      resolve: ({ countsBy }) => countsBy as DateCounted,
    }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'Version of the client’s policy on whose terms it was taken; 0 for the defaults.',
    }),
    state: t.field({
      type: PromiseStateType,
      description: 'What became of it.',
      resolve: ({ state }) => state as PromiseState,
    }),
    paidAmount: t.field({
      type: MoneyType,
      description:
        'What was settled of the item behind the promise and within its deadline, and still is; more than the amount where more was paid.',
      resolve: ({ paidMinor: minor, currency }) => ({ minor, currency }),
    }),
    level: t.exposeInt('level', {
      description:
        'One more than the earlier promises for the same item that were not kept: 1 for the first, or behind kept ones.',
    }),
    evaluatedAt: t.expose('evaluatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When payments or its deadline last changed something of it; null while they have not.',
    }),
    confirmedAt: t.expose('confirmedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its state became final: a payment taken back later changes nothing. Null until then.',
    }),
    supersededBy: t.relation('supersededBy', { nullable: true, description: 'The promise that took its place.' }),
    history: t.field({
      type: [PromiseChange],
      description: `Every change of its state, oldest first; the latest ${historyMax} of them.`,
      resolve: async ({ clientId, id }, _args, context) => [...(await historyOf(context).load({ clientId, id }))],
    }),
    recordedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

export const PromiseToPayConnection = connectionOf(PromiseToPay, 'PromiseToPay', 'promises')

builder.prismaObjectField(Client, 'promises', (t) =>
  t.field({
    type: PromiseToPayConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'Promises of the client’s customers, in the order they were recorded.',
    args: {
      state: t.arg({ type: PromiseStateType, description: 'Only those in this state; all without it.' }),
      customer: t.arg.id({ description: 'Only those of this customer; all without it.' }),
      ...pageArgs,
    },
    resolve: ({ id }, { state, customer, ...args }, { tx }) => {
      const named = customer === null || customer === undefined ? null : keyOf('Customer', customer)
      const filter = {
        clientId: id,
        ...(state === null || state === undefined ? {} : { state }),
        // A customer of another client has no promise here.
        ...(named === null ? {} : { AND: { clientId: named.clientId, customerId: named.id } }),
      }
      return keyset('promises', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.promiseToPay.findMany({ where: { ...filter, ...where }, orderBy, take }),
      )
    },
  }),
)

type PageArgs = { readonly first: number; readonly after?: string | null | undefined }

const pageBy = async (of: PromisePage['of'], key: RowKey, args: PageArgs, context: Context) => {
  const page = pageOf('promisesBy', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const rows = await promisesBy(context, { of, take: page.first + 1, after }).load(key)
  return toConnection(rows, page, ({ id }) => encodeCursor('promisesBy', [id])) as never
}

const mayRead = ({ clientId }: { readonly clientId: string }) => ({ holdsFor: { permission: 'work:read' as const, clientId } })

builder.prismaInterfaceField(OpenItem, 'promises', (t) =>
  t.field({
    type: PromiseToPayConnection,
    nullable: true,
    authScopes: mayRead,
    description: 'Every promise there was to pay it, in the order they were recorded.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => pageBy('OPEN_ITEM', { clientId, id }, args, context),
  }),
)
builder.prismaObjectField(Customer, 'promises', (t) =>
  t.field({
    type: PromiseToPayConnection,
    nullable: true,
    authScopes: mayRead,
    description: 'What the customer promised, in the order it was recorded.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => pageBy('CUSTOMER', { clientId, id }, args, context),
  }),
)
builder.prismaObjectField(Customer, 'latestBrokenPromise', (t) =>
  t.field({
    type: PromiseToPay,
    nullable: true,
    authScopes: mayRead,
    description: 'Of the customer’s broken promises the one whose deadline was last; null where none is broken.',
    resolve: ({ clientId, id }, _args, context) => brokenByCustomer(context).load({ clientId, id }) as never,
  }),
)

import type { Day } from '../../kernel/day.ts'
import { dayOfDate } from '../../kernel/day.ts'
import { decodeGlobalId } from '../../kernel/ids.ts'
import type { Money } from '../../kernel/money.ts'
import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readDay, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import {
  type AgingRow,
  agingByClient,
  agingByCustomer,
  behaviourByCustomer,
  behaviourDays,
  itemsByCustomer,
  openByCustomer,
  type PaymentBehaviour,
} from './reads.ts'
import {
  type AgingBasis,
  type AgingBucket,
  type agingBases,
  agingBucket,
  agingBuckets,
  daysOverdue,
  type ItemKind,
} from './rules.ts'

const AgingBucketType = builder.enumType('AgingBucket', {
  description: 'How late something is, in days after its due date. The due date itself is current.',
  values: Object.fromEntries(
    agingBuckets.map((bucket) => [
      bucket,
      {
        description:
          bucket === 'CURRENT'
            ? 'Not past due.'
            : `Past due: ${bucket.toLowerCase().replaceAll('_', ' ')}${bucket === 'OVER_360' ? ' days' : ''}.`,
      },
    ]),
  ) as Record<AgingBucket, { description: string }>,
})

const AgingBasisType = builder.enumType('AgingBasis', {
  description: 'From which date ages are counted.',
  values: {
    DUE_DATE: { description: 'From the day payment was due.' },
    INVOICE_DATE: { description: 'From the day of the document.' },
  } satisfies Record<(typeof agingBases)[number], object>,
})

/** A `date` column: text from our own SQL, midnight UTC through Prisma. */
const day = (value: Date | string): Day => (value instanceof Date ? dayOfDate(value) : (value as Day))

const typeOfKind = { INVOICE: 'Invoice', DEBIT_MEMO: 'DebitMemo', CREDIT_MEMO: 'CreditMemo' } as const satisfies Record<
  ItemKind,
  string
>

export const OpenItem = builder.prismaInterface('OpenItem', {
  name: 'OpenItem',
  interfaces: [builder.nodeInterfaceRef() as never],
  description: 'Anything with an open amount: what a customer owes, or is owed.',
  resolveType: ({ kind }) => typeOfKind[kind as ItemKind],
  fields: (t) => ({
    number: t.exposeString('number', { description: 'Number of the document, leading zeros included.' }),
    customer: t.relation('customer', { description: 'Who owes it.' }),
    legalEntity: t.relation('legalEntity', { description: 'Which company of the client it belongs to.' }),
    originalAmount: t.field({
      type: MoneyType,
      description: 'What the document was for; negative for a credit memo.',
      resolve: ({ originalMinor: minor, currency }) => ({ minor, currency }),
    }),
    openAmount: t.field({
      type: MoneyType,
      description: 'What is left of it: open in the ledger, less what was applied here and the ledger has not shown yet.',
      resolve: ({ openMinor: minor, currency }) => ({ minor, currency }),
    }),
    pendingAmount: t.field({
      type: MoneyType,
      description: 'Applied here and not yet seen in the ledger.',
      resolve: ({ pendingMinor: minor, currency }) => ({ minor, currency }),
    }),
    documentOn: t.expose('documentOn', { type: 'Date', description: 'Date of the document.' }),
    dueOn: t.expose('dueOn', { type: 'Date', description: 'Day by which it is to be paid.' }),
    closedOn: t.expose('closedOn', {
      type: 'Date',
      nullable: true,
      description: 'Day on which nothing was left open; null while open.',
    }),
    isDisputed: t.exposeBoolean('isDisputed', {
      description: 'The customer disputes it: its ledger says so, or an open case whose items are not to be collected.',
    }),
    disputedAmount: t.field({
      type: MoneyType,
      description: 'How much of what is open is disputed and not to be collected: all of it, where its ledger says so.',
      resolve: ({ disputedMinor: minor, currency }) => ({ minor, currency }),
    }),
    daysOverdue: t.int({
      description: 'Days past the due date: until today at the client, or until it was closed. Never negative.',
      resolve: ({ dueOn, closedOn, clientId }, _args, { today }) =>
        daysOverdue(day(dueOn), closedOn === null ? today(clientId) : day(closedOn)),
    }),
    agingBucket: t.field({
      type: AgingBucketType,
      nullable: true,
      description: 'Its age today at the client, from the due date; null once closed.',
      resolve: ({ dueOn, closedOn, clientId }, _args, { today }) =>
        closedOn === null ? agingBucket(day(dueOn), today(clientId)) : null,
    }),
    paymentTerms: t.relation('paymentTerms', {
      nullable: true,
      description: 'The terms it was issued on, where the ledger told them.',
    }),
    source: t.exposeString('source', { description: 'The system it comes from.' }),
    sourceKey: t.exposeString('sourceKey', { description: 'Its key in that system.' }),
    importRow: t.exposeInt('batchRow', { description: 'The row of the load that last changed it.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

const itemType = (variant: 'Invoice' | 'DebitMemo' | 'CreditMemo', kind: ItemKind, description: string) =>
  builder.prismaNode('OpenItem', {
    variant,
    description,
    interfaces: [OpenItem],
    nullable: true,
    id: { field: 'clientId_id', description: 'Opaque id of the open item.' },
    // The kind is part of the question: an id that calls a credit memo an invoice finds nothing.
    findUnique: (id) => {
      const [clientId, own] = JSON.parse(id) as [string, string]
      return { clientId_id: { clientId, id: own }, kind } as never
    },
  })

export const Invoice = itemType('Invoice', 'INVOICE', 'What a customer owes for goods or services.')
export const DebitMemo = itemType('DebitMemo', 'DEBIT_MEMO', 'A charge to a customer other than an invoice.')
export const CreditMemo = itemType('CreditMemo', 'CREDIT_MEMO', 'What a customer is owed; its amounts are negative.')

export const OpenItemConnection = connectionOf(OpenItem as never as typeof Invoice, 'OpenItem', 'open items')
const InvoiceConnection = connectionOf(Invoice, 'Invoice', 'invoices')

const ItemState = builder.enumType('OpenItemState', {
  description: 'Whether something is left to be paid.',
  values: { OPEN: { description: 'An amount is open.' }, CLOSED: { description: 'Nothing is open any more.' } },
})

type ItemState = 'OPEN' | 'CLOSED'
const inState = (state: ItemState | null | undefined) =>
  state === 'OPEN' ? { closedOn: null } : state === 'CLOSED' ? { closedOn: { not: null } } : {}

const itemsOf = (
  name: string,
  args: { first: number; after?: string | null | undefined; state?: ItemState | null | undefined },
  where: { clientId: string; customerId?: string; kind?: ItemKind },
  { tx }: Context,
) =>
  keyset(
    name,
    args,
    [
      { field: 'dueOn', as: 'day' },
      { field: 'id', as: 'uuid' },
    ],
    (bounds) =>
      tx.prisma.openItem.findMany({
        where: { ...where, ...inState(args.state), ...bounds.where },
        orderBy: bounds.orderBy,
        take: bounds.take,
      }),
  )

// What open items add to a client and to a customer is written here: neither knows that open items exist.
builder.prismaObjectField(Client, 'openItems', (t) =>
  t.field({
    type: OpenItemConnection,
    nullable: true,
    authScopes: heldFor('receivable:read'),
    description: 'Invoices, debit memos and credit memos of the client, earliest due first.',
    args: { ...pageArgs, state: t.arg({ type: ItemState, description: 'Only those; both without it.' }) },
    resolve: ({ id }, args, context) => itemsOf('openItems', args, { clientId: id }, context) as never,
  }),
)
builder.prismaObjectField(Client, 'invoices', (t) =>
  t.field({
    type: InvoiceConnection,
    nullable: true,
    authScopes: heldFor('receivable:read'),
    description: 'Invoices of the client, earliest due first.',
    args: { ...pageArgs, state: t.arg({ type: ItemState, description: 'Only those; both without it.' }) },
    resolve: ({ id }, args, context) => itemsOf('invoices', args, { clientId: id, kind: 'INVOICE' }, context) as never,
  }),
)
builder.prismaObjectField(Customer, 'invoices', (t) =>
  t.field({
    type: InvoiceConnection,
    description: 'Invoices of the customer, earliest due first.',
    args: { ...pageArgs, state: t.arg({ type: ItemState, description: 'Only those; both without it.' }) },
    resolve: async ({ clientId, id }, args, context) => {
      const page = pageOf('invoices', 2, args)
      const after = page.after === null ? null : { dueOn: readDay(page.after[0]), id: readUuid(page.after[1]) }
      const rows = await itemsByCustomer(context, {
        take: page.first + 1,
        after,
        state: args.state ?? null,
        kind: 'INVOICE',
      }).load({ clientId, id })
      return toConnection(rows, page, (row) => encodeCursor('invoices', [row.dueOn, row.id])) as never
    },
  }),
)
builder.prismaObjectField(Customer, 'openAmount', (t) =>
  t.field({
    type: [MoneyType],
    description: 'What the customer owes by currency, credits taken off.',
    resolve: async ({ clientId, id }, _args, context) => [...(await openByCustomer(context).load({ clientId, id }))],
  }),
)

type Aging = { readonly asOf: Day; readonly basis: AgingBasis; readonly rows: readonly AgingRow[] }

const moneyOf = (rows: readonly AgingRow[]): Money[] => rows.map(({ minor, currency }) => ({ minor, currency }))

const AgingBucketAmounts = builder.objectRef<{ bucket: AgingBucket; amounts: Money[] }>('AgingBucketAmounts').implement({
  description: 'What lies in one bucket.',
  fields: (t) => ({
    bucket: t.field({ type: AgingBucketType, description: 'The bucket.', resolve: ({ bucket }) => bucket }),
    amounts: t.field({
      type: [MoneyType],
      description: 'Open amounts by currency; empty where there are none.',
      resolve: ({ amounts }) => amounts,
    }),
  }),
})

const AgingType = builder.objectRef<Aging>('Aging').implement({
  description: 'What is open now, by age. Amounts are those of this instant, whatever day ages are counted to.',
  fields: (t) => ({
    asOf: t.expose('asOf', { type: 'Date', description: 'The day ages are counted to.' }),
    basis: t.field({ type: AgingBasisType, description: 'The date ages are counted from.', resolve: ({ basis }) => basis }),
    buckets: t.field({
      type: [AgingBucketAmounts],
      description: 'All buckets, youngest first. Debits only: a credit has no delinquency.',
      resolve: ({ rows }) =>
        agingBuckets.map((bucket) => ({ bucket, amounts: moneyOf(rows.filter((row) => row.bucket === bucket)) })),
    }),
    credits: t.field({
      type: [MoneyType],
      description: 'Open credits by currency, negative.',
      resolve: ({ rows }) => moneyOf(rows.filter(({ bucket }) => bucket === null)),
    }),
  }),
})

const agingArgs = builder.args((t) => ({
  asOf: t.field({ type: 'Date', description: 'The day ages are counted to; today at the client without it.' }),
  basis: t.field({
    type: AgingBasisType,
    required: true,
    defaultValue: 'DUE_DATE',
    description: 'The date ages are counted from.',
  }),
}))

builder.prismaObjectField(Client, 'aging', (t) =>
  t.field({
    type: AgingType,
    nullable: true,
    authScopes: heldFor('receivable:read'),
    description: 'What is open at the client, by age and currency.',
    args: agingArgs,
    resolve: async ({ id }, { asOf, basis }, context) => {
      const args = { asOf: asOf ?? context.today(id), basis }
      return { ...args, rows: await agingByClient(context, args).load({ clientId: id, id }) }
    },
  }),
)
builder.prismaObjectField(Customer, 'aging', (t) =>
  t.field({
    type: AgingType,
    description: 'What the customer has open, by age and currency.',
    args: agingArgs,
    resolve: async ({ clientId, id }, { asOf, basis }, context) => {
      const args = { asOf: asOf ?? context.today(clientId), basis }
      return { ...args, rows: await agingByCustomer(context, args).load({ clientId, id }) }
    },
  }),
)

const PaymentBehaviourType = builder.objectRef<PaymentBehaviour>('PaymentBehaviour').implement({
  description: `How a customer paid: items settled within the last ${behaviourDays} days at the client. Nulls where none was.`,
  fields: (t) => ({
    paidCount: t.exposeInt('paidCount', { description: 'Items settled.' }),
    onTimeCount: t.exposeInt('onTimeCount', { description: 'Those settled on or before their due date.' }),
    averageDaysLate: t.exposeFloat('averageDaysLate', {
      nullable: true,
      description: 'Sum of days late by number of items; early payment is negative.',
    }),
    weightedAverageDaysLate: t.exposeFloat('weightedAverageDaysLate', {
      nullable: true,
      description: 'Days late weighted by the amount of each item; early payment is negative.',
    }),
    lastPaidOn: t.expose('lastPaidOn', { type: 'Date', nullable: true, description: 'Day of the latest settlement.' }),
  }),
})

builder.prismaObjectField(Customer, 'paymentBehaviour', (t) =>
  t.field({
    type: PaymentBehaviourType,
    description: 'How the customer paid over the last year.',
    resolve: ({ clientId, id }, _args, context) => behaviourByCustomer(context).load({ clientId, id }),
  }),
)

/** The row that the id of an item names, whichever kind it is of. */
export const openItemKeyOf = (text: string): RowKey => {
  const typename = decodeGlobalId(text)?.typename
  const isItem = typename !== undefined && (Object.values(typeOfKind) as string[]).includes(typename)
  return keyOf(isItem ? typename : 'Invoice', text)
}

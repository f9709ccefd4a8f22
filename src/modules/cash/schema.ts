import { granted, perform } from '../../platform/command.ts'
import { builder, heldFor, MoneyInput, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { dryRunIf } from '../../platform/graphql/dry-run.ts'
import { clientIdOf, keyOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { Client } from '../client/index.ts'
import { OpenItem, openItemKeyOf } from '../receivable/index.ts'
import { applyReceipt, identifyReceipt, recordReceipt } from './commands.ts'
import { CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'

export const Receipt = builder.prismaNode('Receipt', {
  description: 'Money that came in. Its buckets always add up to its amount: the database holds them to it.',
  id: { field: 'clientId_id', description: 'Opaque id of the receipt.' },
  nullable: true,
  fields: (t) => ({
    amount: t.field({
      type: MoneyType,
      description: 'What came in.',
      resolve: ({ amountMinor: minor, currency }) => ({ minor, currency }),
    }),
    appliedAmount: t.field({
      type: MoneyType,
      description: 'Put against open items.',
      resolve: ({ appliedMinor: minor, currency }) => ({ minor, currency }),
    }),
    unappliedAmount: t.field({
      type: MoneyType,
      description: 'The customer is known, its use is not decided.',
      resolve: ({ unappliedMinor: minor, currency }) => ({ minor, currency }),
    }),
    unidentifiedAmount: t.field({
      type: MoneyType,
      description: 'Nobody is known to have paid it.',
      resolve: ({ unidentifiedMinor: minor, currency }) => ({ minor, currency }),
    }),
    customer: t.relation('customer', { nullable: true, description: 'Who paid; null while that is unknown.' }),
    valueOn: t.expose('valueOn', { type: 'Date', description: 'Day from which the bank counts the money.' }),
    reference: t.exposeString('reference', { description: 'The bank’s or the payer’s reference.' }),
    payerName: t.exposeString('payerName', { nullable: true, description: 'Who the bank says has paid.' }),
    recordedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded here.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

export const Application = builder.prismaNode('Application', {
  description: 'A part of a receipt put against an open item. Never changed afterwards.',
  id: { field: 'clientId_id', description: 'Opaque id of the application.' },
  nullable: true,
  fields: (t) => ({
    amount: t.field({
      type: MoneyType,
      description: 'What was put.',
      resolve: ({ amountMinor: minor, currency }) => ({ minor, currency }),
    }),
    appliedOn: t.expose('appliedOn', { type: 'Date', description: 'Day at the client on which it was applied.' }),
    receipt: t.relation('receipt', { description: 'Where the money came from.' }),
    openItem: t.relation('openItem', { type: OpenItem, description: 'What it was put against.' } as never),
  }),
})

const ReceiptConnection = connectionOf(Receipt, 'Receipt', 'receipts')
const ApplicationConnection = connectionOf(Application, 'Application', 'applications')

builder.prismaObjectField(Client, 'receipts', (t) =>
  t.field({
    type: ReceiptConnection,
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'Receipts of the client, earliest value date first.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset(
        'receipts',
        args,
        [
          { field: 'valueOn', as: 'day' },
          { field: 'id', as: 'uuid' },
        ],
        ({ where, orderBy, take }) => tx.prisma.receipt.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

builder.prismaObjectField(Client, 'applications', (t) =>
  t.field({
    type: ApplicationConnection,
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'What was put against open items of the client, in the order it was recorded.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset('applications', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.application.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

builder.objectType(CurrencyMismatch, {
  name: 'CurrencyMismatch',
  description: 'A receipt, an amount and an open item meet in one currency only.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    receiptCurrency: t.expose('receiptCurrency', { type: 'CurrencyCode', description: 'Currency of the receipt.' }),
    itemCurrency: t.expose('itemCurrency', { type: 'CurrencyCode', description: 'Currency it met.' }),
  }),
})
builder.objectType(OverApplied, {
  name: 'OverApplied',
  description: 'More was to be applied than the receipt has left or the item has open.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    room: t.field({ type: MoneyType, description: 'The most that can be applied.', resolve: ({ room }) => room }),
  }),
})
builder.objectType(WrongCustomer, {
  name: 'WrongCustomer',
  description: 'The item belongs to another customer than the receipt, or nobody is known to have paid.',
  interfaces: ['Refusal' as never],
})

const receiptField = {
  description: 'The receipt as it is now.',
}

type Recorded = { readonly clientId: string; readonly receiptId: string }

const receiptPayload = (name: string, description: string) =>
  builder.objectRef<Recorded>(name).implement({
    description,
    fields: (t) => ({
      receipt: t.prismaField({
        type: Receipt,
        ...receiptField,
        resolve: (query, { clientId, receiptId: id }, _args, { tx }) =>
          tx.prisma.receipt.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const idempotencyKey = 'Yours, at most 255 characters: the same key with the same input is answered again, not done again.'
const dryRun = 'Answer as if it were done, and do nothing. Only as the one field of an operation.'

const RecordReceiptInput = builder.inputType('RecordReceiptInput', {
  description: 'Money that came in.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose money it is.' }),
    customer: t.id({ description: 'Who paid; without it the receipt is unidentified.' }),
    amount: t.field({ type: MoneyInput, required: true, description: 'What came in; above zero.' }),
    valueOn: t.field({ type: 'Date', required: true, description: 'Day from which the bank counts it.' }),
    reference: t.string({ required: true, description: 'The bank’s or the payer’s reference, at most 140 characters.' }),
    payerName: t.string({ description: 'Who the bank says has paid, at most 300 characters.' }),
    idempotencyKey: t.string({ required: true, description: idempotencyKey }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRun }),
  }),
})

builder.mutationField('recordReceipt', (t) =>
  t.field({
    type: receiptPayload('RecordReceiptPayload', 'The receipt was recorded.'),
    nullable: true,
    description: 'Records money that came in for a client.',
    authScopes: { isKnown: true },
    errors: {
      types: [...recordReceipt.refusals],
      union: { name: 'RecordReceiptResult', description: 'What was done, or why not.' },
    },
    args: { input: t.arg({ type: RecordReceiptInput, required: true, description: 'The receipt.' }) },
    resolve: async (_root, { input }, { tx }, info) => {
      dryRunIf(input.dryRun, tx, info)
      const { client, customer, payerName, dryRun: _dryRun, ...rest } = input
      const who = typeof customer === 'string' ? keyOf('Customer', customer) : null
      return granted(
        await perform(tx, recordReceipt, { ...rest, clientId: clientIdOf(client), customer: who, payerName: payerName ?? null }),
      )
    },
  }),
)

const IdentifyReceiptInput = builder.inputType('IdentifyReceiptInput', {
  description: 'Who paid an unidentified receipt.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'The receipt.' }),
    customer: t.id({ required: true, description: 'Who paid it: a customer of the same client.' }),
    expectedVersion: t.int({ required: true, description: 'The receipt’s version as you read it.' }),
  }),
})

builder.mutationField('identifyReceipt', (t) =>
  t.field({
    type: receiptPayload('IdentifyReceiptPayload', 'The receipt has a customer.'),
    nullable: true,
    description: 'Says who paid an unidentified receipt; its money becomes unapplied cash of that customer.',
    authScopes: { isKnown: true },
    errors: {
      types: [...identifyReceipt.refusals],
      union: { name: 'IdentifyReceiptResult', description: 'What was done, or why not.' },
    },
    args: { input: t.arg({ type: IdentifyReceiptInput, required: true, description: 'Which receipt, and who paid.' }) },
    resolve: async (_root, { input }, { tx }) => {
      const { receipt, customer, expectedVersion } = input
      const keys = { receipt: keyOf('Receipt', receipt), customer: keyOf('Customer', customer) }
      return granted(await perform(tx, identifyReceipt, { ...keys, expectedVersion }))
    },
  }),
)

const ApplyReceiptInput = builder.inputType('ApplyReceiptInput', {
  description: 'A part of a receipt to put against an open item.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'Where the money comes from.' }),
    openItem: t.id({ required: true, description: 'The invoice or debit memo it settles: of the same customer and currency.' }),
    amount: t.field({
      type: MoneyInput,
      required: true,
      description: 'How much; at most what the receipt has unapplied and the item has open.',
    }),
    expectedVersion: t.int({ required: true, description: 'The receipt’s version as you read it.' }),
    idempotencyKey: t.string({ required: true, description: idempotencyKey }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRun }),
  }),
})

type Applied = Recorded & { readonly openItemId: string; readonly applicationId: string }

const ApplyReceiptPayload = builder.objectRef<Applied>('ApplyReceiptPayload').implement({
  description: 'The money was applied.',
  fields: (t) => ({
    receipt: t.prismaField({
      type: Receipt,
      ...receiptField,
      resolve: (query, { clientId, receiptId: id }, _args, { tx }) =>
        tx.prisma.receipt.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
    openItem: t.field({
      type: OpenItem,
      description: 'The item as it is now.',
      resolve: ({ clientId, openItemId: id }, _args, { tx }) =>
        tx.prisma.openItem.findUniqueOrThrow({ where: { clientId_id: { clientId, id } } }),
    }),
    application: t.prismaField({
      type: Application,
      description: 'What was put where.',
      resolve: (query, { clientId, applicationId: id }, _args, { tx }) =>
        tx.prisma.application.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
  }),
})

builder.mutationField('applyReceipt', (t) =>
  t.field({
    type: ApplyReceiptPayload,
    nullable: true,
    description: 'Puts a part of a receipt against an open item. The queue of the client shows it the moment it is done.',
    authScopes: { isKnown: true },
    errors: {
      types: [...applyReceipt.refusals],
      union: { name: 'ApplyReceiptResult', description: 'What was done, or why not.' },
    },
    args: { input: t.arg({ type: ApplyReceiptInput, required: true, description: 'What to put where.' }) },
    resolve: async (_root, { input }, { tx }, info) => {
      dryRunIf(input.dryRun, tx, info)
      const { receipt, openItem, dryRun: _dryRun, ...rest } = input
      return granted(
        await perform(tx, applyReceipt, { ...rest, receipt: keyOf('Receipt', receipt), openItem: openItemKeyOf(openItem) }),
      )
    },
  }),
)

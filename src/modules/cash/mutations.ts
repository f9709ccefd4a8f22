import { builder, MoneyInput, MoneyType } from '../../platform/graphql/builder.ts'
import { commandField, dryRunText, idempotencyKeyText } from '../../platform/graphql/command-field.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { clientIdOf, keyOf } from '../../platform/graphql/ids.ts'
import { OpenItem, openItemKeyOf } from '../receivable/index.ts'
import * as commands from './commands.ts'
import { AlreadyReversed, BeyondTolerance, BucketTooSmall, CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'
import { Application, Receipt, ReversalReasonType } from './types.ts'

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
builder.objectType(BucketTooSmall, {
  name: 'BucketTooSmall',
  description: 'More was to be taken out of a bucket than it holds.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({ room: t.field({ type: MoneyType, description: 'What it holds.', resolve: ({ room }) => room }) }),
})
builder.objectType(AlreadyReversed, {
  name: 'AlreadyReversed',
  description: 'It was reversed before.',
  interfaces: ['Refusal' as never],
})

type OnReceipt = { readonly clientId: string; readonly receiptId: string }

type OnItem = OnReceipt & { readonly openItemId: string }

const receiptNow = {
  type: Receipt,
  description: 'The receipt as it is now.',
  resolve: (query: object, { clientId, receiptId: id }: OnReceipt, _args: object, { tx }: Context) =>
    tx.prisma.receipt.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
}

const openItemNow = {
  type: OpenItem,
  description: 'The item as it is now.',
  resolve: ({ clientId, openItemId: id }: OnItem, _args: object, { tx }: Context) =>
    tx.prisma.openItem.findUniqueOrThrow({ where: { clientId_id: { clientId, id } } }),
}

const receiptPayload = (name: string, description: string) =>
  builder.objectRef<OnReceipt>(name).implement({
    description,
    fields: (t) => ({
      receipt: t.prismaField(receiptNow),
    }),
  })

const versionText = 'The receipt’s version as you read it.'

const RecordReceiptInput = builder.inputType('RecordReceiptInput', {
  description: 'Money that came in.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose money it is.' }),
    customer: t.id({ description: 'Who paid; without it the receipt is unidentified.' }),
    amount: t.field({ type: MoneyInput, required: true, description: 'What came in; above zero.' }),
    valueOn: t.field({ type: 'Date', required: true, description: 'Day from which the bank counts it.' }),
    reference: t.string({ required: true, description: 'The bank’s or the payer’s reference, at most 140 characters.' }),
    payerName: t.string({ description: 'Who the bank says has paid, at most 300 characters.' }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

commandField(commands.recordReceipt, {
  description: 'Records money that came in for a client.',
  input: RecordReceiptInput,
  payload: receiptPayload('RecordReceiptPayload', 'The receipt was recorded.'),
  read: ({ client, customer, payerName, dryRun: _dryRun, ...rest }) => ({
    ...rest,
    clientId: clientIdOf(client),
    customer: typeof customer === 'string' ? keyOf('Customer', customer) : null,
    payerName: payerName ?? null,
  }),
})

const IdentifyReceiptInput = builder.inputType('IdentifyReceiptInput', {
  description: 'Who paid an unidentified receipt.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'The receipt.' }),
    customer: t.id({ required: true, description: 'Who paid it: a customer of the same client.' }),
    expectedVersion: t.int({ required: true, description: versionText }),
  }),
})

commandField(commands.identifyReceipt, {
  description: 'Says who paid an unidentified receipt; its money becomes unapplied cash of that customer.',
  input: IdentifyReceiptInput,
  payload: receiptPayload('IdentifyReceiptPayload', 'The receipt has a customer.'),
  read: ({ receipt, customer, expectedVersion }) => ({
    receipt: keyOf('Receipt', receipt),
    customer: keyOf('Customer', customer),
    expectedVersion,
  }),
})

const ApplyReceiptInput = builder.inputType('ApplyReceiptInput', {
  description: 'A part of a receipt to put against an open item.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'Where the money comes from.' }),
    openItem: t.id({
      required: true,
      description:
        'The invoice or debit memo it settles: of the same currency, and of the same customer or one that it pays for.',
    }),
    amount: t.field({
      type: MoneyInput,
      required: true,
      description: 'How much; at most what the receipt has unapplied and the item has open.',
    }),
    expectedVersion: t.int({ required: true, description: versionText }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

const ApplyReceiptPayload = builder
  .objectRef<OnItem & { readonly openItemKind: string; readonly applicationId: string }>('ApplyReceiptPayload')
  .implement({
    description: 'The money was applied.',
    fields: (t) => ({
      receipt: t.prismaField(receiptNow),
      openItem: t.field(openItemNow),
      application: t.prismaField({
        type: Application,
        description: 'What was put where.',
        resolve: (query, { clientId, applicationId: id }, _args, { tx }) =>
          tx.prisma.application.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

commandField(commands.applyReceipt, {
  description: 'Puts a part of a receipt against an open item. The queue of the client shows it the moment it is done.',
  input: ApplyReceiptInput,
  payload: ApplyReceiptPayload,
  read: ({ receipt, openItem, dryRun: _dryRun, ...rest }) => ({
    ...rest,
    receipt: keyOf('Receipt', receipt),
    openItem: openItemKeyOf(openItem),
  }),
})

const ReverseApplicationInput = builder.inputType('ReverseApplicationInput', {
  description: 'An application to undo.',
  fields: (t) => ({
    application: t.id({
      required: true,
      description: 'The application; discounts and the like that went with it are undone as well.',
    }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters.' }),
    isFalseMatch: t.boolean({
      required: true,
      defaultValue: false,
      description: 'The match was wrong: it counts as a false match of whatever made it.',
    }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

const ReverseApplicationPayload = builder
  .objectRef<OnItem & { readonly applicationIds: readonly string[] }>('ReverseApplicationPayload')
  .implement({
    description: 'The application was undone: the item is open again, and the money unapplied.',
    fields: (t) => ({
      receipt: t.prismaField(receiptNow),
      openItem: t.field(openItemNow),
    }),
  })

commandField(commands.reverseApplication, {
  description: 'Undoes an application by a row of its own. What it settled is open again, and its money unapplied.',
  input: ReverseApplicationInput,
  payload: ReverseApplicationPayload,
  read: ({ application, dryRun: _dryRun, ...rest }) => ({ ...rest, application: keyOf('Application', application) }),
})

const ReverseReceiptInput = builder.inputType('ReverseReceiptInput', {
  description: 'A receipt whose money is gone.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'The receipt.' }),
    reason: t.field({ type: ReversalReasonType, required: true, description: 'Why.' }),
    note: t.string({ description: 'More about it, for the audit; at most 500 characters.' }),
    expectedVersion: t.int({ required: true, description: versionText }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

commandField(commands.reverseReceipt, {
  description:
    'The bank took the money back, or it was never there: every application of it is undone, and the items are open again.',
  input: ReverseReceiptInput,
  payload: receiptPayload('ReverseReceiptPayload', 'The receipt was reversed.'),
  read: ({ receipt, note, dryRun: _dryRun, ...rest }) => ({ ...rest, receipt: keyOf('Receipt', receipt), note: note ?? null }),
})

const ReinstateReceiptInput = builder.inputType('ReinstateReceiptInput', {
  description: 'A reversal that was told in error.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'The receipt.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters.' }),
    expectedVersion: t.int({ required: true, description: versionText }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
  }),
})

commandField(commands.reinstateReceipt, {
  description:
    'Takes the reversal of a receipt back: its money is unapplied or unidentified, and applied anew by whoever decides so.',
  input: ReinstateReceiptInput,
  payload: receiptPayload('ReinstateReceiptPayload', 'The receipt is there again.'),
  read: ({ receipt, ...rest }) => ({ ...rest, receipt: keyOf('Receipt', receipt) }),
})

const PlaceableType = builder.enumType('PlaceableBucket', {
  description: 'A bucket that money of a receipt can be moved out of or into by hand.',
  values: {
    ON_ACCOUNT: { description: 'On the account of the customer.' },
    UNAPPLIED: { description: 'Not decided yet; only where the customer is known.' },
    UNIDENTIFIED: { description: 'Of nobody known; only where the customer is not.' },
    REFUNDED: { description: 'Paid back.' },
    CHARGES: { description: 'Bank charges and the like.' },
  } satisfies Record<commands.Placeable, object>,
})

const PlaceReceiptInput = builder.inputType('PlaceReceiptInput', {
  description: 'Money of a receipt to move between buckets.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'The receipt.' }),
    from: t.field({ type: PlaceableType, required: true, description: 'Where the money is.' }),
    to: t.field({ type: PlaceableType, required: true, description: 'Where it goes.' }),
    amount: t.field({ type: MoneyInput, required: true, description: 'How much; at most what the bucket holds.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters.' }),
    expectedVersion: t.int({ required: true, description: versionText }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

commandField(commands.placeReceipt, {
  description: 'Moves money of a receipt between buckets: on account and back, refunded, or kept for charges.',
  input: PlaceReceiptInput,
  payload: receiptPayload('PlaceReceiptPayload', 'The money was moved.'),
  read: ({ receipt, dryRun: _dryRun, ...rest }) => ({ ...rest, receipt: keyOf('Receipt', receipt) }),
})

const ConfirmationType = builder.enumType('ReceiptConfirmation', {
  description: 'What the client’s ledger did with a receipt.',
  values: {
    POSTED: { description: 'It booked it.' },
    CLEARED: { description: 'It cleared it against the bank.' },
  },
})

const ConfirmReceiptInput = builder.inputType('ConfirmReceiptInput', {
  description: 'Word from the client’s ledger.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'The receipt; all of its money must be decided about.' }),
    stage: t.field({ type: ConfirmationType, required: true, description: 'What the ledger did.' }),
    reference: t.string({ description: 'The ledger’s document, 1 to 60 characters; needed for POSTED.' }),
    expectedVersion: t.int({ required: true, description: versionText }),
  }),
})

commandField(commands.confirmReceipt, {
  description: 'The client’s ledger booked or cleared the receipt. Applying or undoing anything afterwards takes that back.',
  input: ConfirmReceiptInput,
  payload: receiptPayload('ConfirmReceiptPayload', 'The confirmation was noted.'),
  read: ({ receipt, reference, ...rest }) => ({ ...rest, receipt: keyOf('Receipt', receipt), reference: reference ?? null }),
})

const ChaseStepType = builder.enumType('ReceiptChaseStep', {
  description: 'A step to learn what money is for, or whose it is.',
  values: {
    REMITTANCE_REQUESTED: { description: 'The payer was asked what the money is for.' },
    PAYER_RESEARCHED: { description: 'The bank or others were asked who paid.' },
    ESCHEAT_REVIEW: { description: 'Nobody could be found: it goes to the review of unclaimed property.' },
  } satisfies Record<commands.ChaseStep, object>,
})

const ChaseReceiptInput = builder.inputType('ChaseReceiptInput', {
  description: 'A step that was taken.',
  fields: (t) => ({
    receipt: t.id({ required: true, description: 'The receipt.' }),
    step: t.field({ type: ChaseStepType, required: true, description: 'What was done.' }),
    note: t.string({ required: true, description: 'Whom was asked what, at most 400 characters.' }),
    expectedVersion: t.int({ required: true, description: versionText }),
  }),
})

commandField(commands.chaseReceipt, {
  description: 'Notes a step taken to learn what a receipt is for, or who paid it.',
  input: ChaseReceiptInput,
  payload: receiptPayload('ChaseReceiptPayload', 'The step was noted.'),
  read: ({ receipt, ...rest }) => ({ ...rest, receipt: keyOf('Receipt', receipt) }),
})

builder.objectType(BeyondTolerance, {
  name: 'BeyondTolerance',
  description: 'More was to be written off than the client’s policy lets pass.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    limit: t.exposeString('limit', { description: 'Which limit: ABSOLUTE, PERCENT or MONTH.' }),
    room: t.field({ type: MoneyType, description: 'The most that can be written off.', resolve: ({ room }) => room }),
  }),
})

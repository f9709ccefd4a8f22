import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { BankEntry } from '../bank/index.ts'
import { Client } from '../client/index.ts'
import { OpenItem } from '../receivable/index.ts'
import type { ApplicationKind, ReversalReason } from './book.ts'
import type { Bucket } from './buckets.ts'
import { applicationsBy, type MoveRow, movesByReceipt, receiptIdsByEntry, receiptsById, undoneBy } from './reads.ts'
import type { ReceiptState } from './receipt-states.ts'

export const ReceiptStateType = builder.enumType('ReceiptState', {
  description: 'How far a receipt has come. It follows from the receipt’s buckets and from what is known of it.',
  values: {
    RECEIVED: { description: 'It has just come in; no stored receipt stays here.' },
    UNIDENTIFIED: { description: 'Nobody is known to have paid it.' },
    ESCHEAT_REVIEW: { description: 'Nobody could be found; whether it is unclaimed property is looked into.' },
    IDENTIFIED: { description: 'The customer and what the money is for were told; a part of it is not decided yet.' },
    REMITTANCE_MISSING: { description: 'The customer is known and nothing says what the money is for.' },
    ON_ACCOUNT: { description: 'All of it was deliberately kept on the customer’s account.' },
    MATCHED: { description: 'Everything of it is decided.' },
    POSTED: { description: 'The client’s ledger has booked it.' },
    CLEARED: { description: 'The client’s ledger has cleared it against the bank.' },
    REVERSED: { description: 'The bank took it back; what was applied was undone.' },
    RETURNED_TO_PAYER: { description: 'All of it was paid back.' },
  } satisfies Record<ReceiptState, object>,
})

export const ReversalReasonType = builder.enumType('ReceiptReversalReason', {
  description: 'Why the money of a receipt is gone.',
  values: {
    NSF: { description: 'The payer’s account had not enough funds.' },
    STOP: { description: 'The payer stopped the payment.' },
    DUPLICATE: { description: 'The same payment was recorded twice.' },
    WRONG_ENTITY: { description: 'It was meant for another company.' },
    BANK_RECALL: { description: 'The bank called it back.' },
  } satisfies Record<ReversalReason, object>,
})

export const BucketType = builder.enumType('ReceiptBucket', {
  description: 'Where money of a receipt is. The buckets of a receipt always add up to its amount.',
  values: {
    APPLIED: { description: 'Put against open items.' },
    ON_ACCOUNT: { description: 'Deliberately kept on the account of the customer.' },
    UNAPPLIED: { description: 'The customer is known, its use is not decided.' },
    UNIDENTIFIED: { description: 'Nobody is known to have paid it.' },
    REFUNDED: { description: 'Paid back.' },
    CHARGES: { description: 'Kept for bank charges and the like, and put against no item.' },
    REVERSED: { description: 'Taken back by the bank.' },
  } satisfies Record<Bucket, object>,
})

const ApplicationKindType = builder.enumType('ApplicationKind', {
  description: 'What settled a part of an open item.',
  values: {
    CASH: { description: 'Money of the receipt; below zero where a credit memo was taken off.' },
    DISCOUNT_EARNED: { description: 'A cash discount within its terms.' },
    DISCOUNT_UNEARNED: { description: 'A cash discount taken too late or too large, and allowed.' },
    WRITE_OFF: { description: 'A small difference within the client’s tolerance.' },
    WITHHOLDING_TAX: { description: 'Tax that the payer kept for its tax office.' },
    BANK_FEE: { description: 'What banks kept on the way and the client bears.' },
    FX_DIFFERENCE: { description: 'What exchange made more or less of it.' },
  } satisfies Record<ApplicationKind, object>,
})

type Amounts = { readonly currency: string }
const amount = <Field extends string>(field: Field, description: string) => ({
  type: MoneyType,
  description,
  resolve: (row: Amounts & Record<Field, bigint>) => ({ minor: row[field], currency: row.currency }),
})

const MoveType = builder.objectRef<MoveRow>('ReceiptMove').implement({
  description: 'Money of a receipt that went from one bucket to another. Never changed afterwards.',
  fields: (t) => ({
    amount: t.field(amount('amountMinor', 'How much.')),
    from: t.field({ type: BucketType, description: 'Where it was.', resolve: ({ from }) => from }),
    to: t.field({ type: BucketType, description: 'Where it went.', resolve: ({ to }) => to }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why, where somebody said so.' }),
    movedOn: t.expose('movedOn', { type: 'Date', description: 'Day at the client.' }),
    movedAt: t.expose('createdAt', { type: 'DateTime', description: 'The instant.' }),
  }),
})

export const Receipt = builder.prismaNode('Receipt', {
  description: 'Money that came in. Its buckets always add up to its amount: the database holds them to it.',
  id: { field: 'clientId_id', description: 'Opaque id of the receipt.' },
  nullable: true,
  fields: (t) => ({
    amount: t.field(amount('amountMinor', 'What came in.')),
    appliedAmount: t.field(amount('appliedMinor', 'Put against open items.')),
    onAccountAmount: t.field(amount('onAccountMinor', 'Deliberately kept on the account of the customer.')),
    unappliedAmount: t.field(amount('unappliedMinor', 'The customer is known, its use is not decided.')),
    unidentifiedAmount: t.field(amount('unidentifiedMinor', 'Nobody is known to have paid it.')),
    refundedAmount: t.field(amount('refundedMinor', 'Paid back.')),
    chargesAmount: t.field(amount('chargesMinor', 'Kept for bank charges and the like.')),
    reversedAmount: t.field(amount('reversedMinor', 'Taken back by the bank: all of it, or nothing.')),
    state: t.field({
      type: ReceiptStateType,
      description: 'How far it has come.',
      resolve: ({ state }) => state as ReceiptState,
    }),
    stateSince: t.expose('stateSince', { type: 'DateTime', description: 'Since when it has been in this state.' }),
    customer: t.relation('customer', { nullable: true, description: 'Who paid; null while that is unknown.' }),
    legalEntity: t.relation('legalEntity', {
      nullable: true,
      description: 'The company of the client whose account it came to, where that was told.',
    }),
    valueOn: t.expose('valueOn', { type: 'Date', description: 'Day from which the bank counts the money.' }),
    reference: t.exposeString('reference', { description: 'The bank’s or the payer’s reference.' }),
    payerName: t.exposeString('payerName', { nullable: true, description: 'Who the bank says has paid.' }),
    payerAccount: t.exposeString('payerAccount', {
      nullable: true,
      description: 'The account it came from, where that was told.',
    }),
    bankText: t.exposeString('bankText', { description: 'What payer and bank wrote with the payment; empty where nothing.' }),
    source: t.exposeString('source', {
      nullable: true,
      description: 'The system that told of it; null where a person recorded it.',
    }),
    sourceKey: t.exposeString('sourceKey', { nullable: true, description: 'Its key in that system.' }),
    bankEntry: t.relation('bankEntry', { nullable: true, description: 'The entry of a bank that it came with, where it did.' }),
    hasRemittance: t.exposeBoolean('hasRemittance', { description: 'Somebody told what the money is for.' }),
    postedReference: t.exposeString('postedReference', {
      nullable: true,
      description: 'The document under which the client’s ledger booked it.',
    }),
    clearedOn: t.expose('clearedOn', { type: 'Date', nullable: true, description: 'Day on which the ledger cleared it.' }),
    reversalReason: t.field({
      type: ReversalReasonType,
      nullable: true,
      description: 'Why the bank took it back.',
      resolve: ({ reversalReason }) => reversalReason as ReversalReason | null,
    }),
    reversedOn: t.expose('reversedOn', {
      type: 'Date',
      nullable: true,
      description: 'Day at the client on which that was told.',
    }),
    chaseCount: t.exposeInt('chaseCount', {
      description: 'Steps taken in its present state to learn what it is for, or whose it is.',
    }),
    chasedAt: t.expose('chasedAt', { type: 'DateTime', nullable: true, description: 'When the last of these steps was taken.' }),
    moves: t.field({
      type: [MoveType],
      description: 'What else became of its money, earliest first: the latest 100 steps between buckets.',
      resolve: async ({ clientId, id }, _args, context) => [...(await movesByReceipt(context).load({ clientId, id }))],
    }),
    recordedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded here.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

export const Application = builder.prismaNode('Application', {
  description: 'A part of an open item that a receipt settled. Never changed afterwards: what undoes it is a row of its own.',
  id: { field: 'clientId_id', description: 'Opaque id of the application.' },
  nullable: true,
  fields: (t) => ({
    amount: t.field(
      amount(
        'amountMinor',
        'What was settled, in the item’s currency. Below zero for a credit memo, and where an application is undone.',
      ),
    ),
    kind: t.field({ type: ApplicationKindType, description: 'What settled it.', resolve: ({ kind }) => kind as ApplicationKind }),
    appliedOn: t.expose('appliedOn', { type: 'Date', description: 'Day at the client on which it was applied.' }),
    receipt: t.relation('receipt', { description: 'Where the money came from.' }),
    openItem: t.relation('openItem', { type: OpenItem, description: 'What it was put against.' } as never),
    isReversal: t.boolean({ description: 'It undoes an earlier application.', resolve: ({ reversesId }) => reversesId !== null }),
    isReversed: t.boolean({
      description: 'A later application undid it.',
      resolve: async ({ clientId, id }, _args, context) => (await undoneBy(context).load({ clientId, id })) !== null,
    }),
    isFalseMatch: t.exposeBoolean('isFalseMatch', { description: 'It undoes an application that was a wrong match.' }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was undone; null where it undoes nothing.' }),
  }),
})

const ReceiptConnection = connectionOf(Receipt, 'Receipt', 'receipts')
export const ApplicationConnection = connectionOf(Application, 'Application', 'applications')

builder.prismaObjectField(Client, 'receipts', (t) =>
  t.field({
    type: ReceiptConnection,
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'Receipts of the client, earliest value date first.',
    args: {
      ...pageArgs,
      states: t.arg({ type: [ReceiptStateType], description: 'Only receipts in one of these states; all without it.' }),
    },
    resolve: ({ id }, { states, ...args }, { tx }) =>
      keyset(
        'receipts',
        args,
        [
          { field: 'valueOn', as: 'day' },
          { field: 'id', as: 'uuid' },
        ],
        ({ where, orderBy, take }) =>
          tx.prisma.receipt.findMany({
            where: { clientId: id, ...(states === null || states === undefined ? {} : { state: { in: [...states] } }), ...where },
            orderBy,
            take,
          }),
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

builder.prismaObjectField(BankEntry, 'receipts', (t) =>
  t.field({
    type: ReceiptConnection,
    description: 'The receipts that it became, in the order of its payments.',
    args: pageArgs,
    resolve: async ({ clientId, id }, args, context) => {
      const page = pageOf('receiptsOfEntry', 1, args)
      const after = page.after === null ? null : readUuid(page.after[0])
      const ids = await receiptIdsByEntry(context, { take: page.first + 1, after }).load({ clientId, id })
      const rows = await Promise.all(ids.map((receiptId) => receiptsById(context).load({ clientId, id: receiptId })))
      return toConnection(
        rows.filter((row) => row !== null),
        page,
        (row) => encodeCursor('receiptsOfEntry', [row.id]),
      )
    },
  }),
)

type PageArgs = { readonly first: number; readonly after?: string | null | undefined }

const ledgerPage = async (of: 'RECEIPT' | 'OPEN_ITEM', key: RowKey, args: PageArgs, context: Context) => {
  const page = pageOf('ledger', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const rows = await applicationsBy(context, { of, take: page.first + 1, after }).load(key)
  return toConnection(rows, page, ({ id }) => encodeCursor('ledger', [id])) as never
}

builder.prismaObjectField(Receipt, 'applications', (t) =>
  t.field({
    type: ApplicationConnection,
    description: 'What it was put against, and what of that was undone, in the order it was recorded.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => ledgerPage('RECEIPT', { clientId, id }, args, context),
  }),
)

builder.prismaInterfaceField(OpenItem, 'applications', (t) =>
  t.field({
    type: ApplicationConnection,
    nullable: true,
    authScopes: ({ clientId }) => ({ holdsFor: { permission: 'cash:read', clientId } }),
    description: 'What settled it, and what of that was undone, in the order it was recorded.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => ledgerPage('OPEN_ITEM', { clientId, id }, args, context),
  }),
)

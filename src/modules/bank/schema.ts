import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { Client } from '../client/index.ts'
import { ImportBatch } from '../intake/index.ts'
import type { BankFormat } from './formats/model.ts'
import type { NewEntry } from './store.ts'

export const BankFileFormatType = builder.enumType('BankFileFormat', {
  description: 'A format of bank and remittance files.',
  values: {
    BAI2: { description: 'Balance reporting of American banks.' },
    MT940: { description: 'A statement of SWIFT.' },
    MT942: { description: 'A report of SWIFT within the day.' },
    CAMT_052: { description: 'A report of ISO 20022 within the day.' },
    CAMT_053: { description: 'A statement of ISO 20022.' },
    CAMT_054: { description: 'A notification of ISO 20022.' },
    X12_820: { description: 'A remittance advice of X12.' },
    X12_823: { description: 'A lockbox report of X12.' },
    NACHA: { description: 'An ACH file of the Nacha rules.' },
    CSV: { description: 'A statement as CSV, laid out as a profile says.' },
  } satisfies Record<BankFormat, object>,
})

const DirectionType = builder.enumType('BankDirection', {
  description: 'Which way the money of an entry went.',
  values: {
    CREDIT: { description: 'It came.' },
    DEBIT: { description: 'It left.' },
  } satisfies Record<NewEntry['direction'], object>,
})

const StatusType = builder.enumType('BankEntryStatus', {
  description: 'What an entry stands for.',
  values: {
    BOOKED: { description: 'The money moved.' },
    PENDING: { description: 'The bank expects it to; it comes again once it has.' },
    INFORMATION: { description: 'It is told and moves no money.' },
    ADVISED: { description: 'A payer says that it paid; no bank does.' },
  } satisfies Record<NewEntry['status'], object>,
})

export const BankEntry = builder.prismaNode('BankEntry', {
  description: 'What a bank told of an account, or a payer of a payment, as it came. Never changed afterwards.',
  id: { field: 'clientId_id', description: 'Opaque id of the entry.' },
  nullable: true,
  fields: (t) => ({
    import: t.relation('batch', { type: ImportBatch, description: 'The load that brought it first.' }),
    line: t.exposeInt('line', { description: 'The line of the file in which it begins, from 1.' }),
    format: t.field({
      type: BankFileFormatType,
      description: 'The format of the file.',
      resolve: ({ format }) => format as BankFormat,
    }),
    account: t.exposeString('account', { nullable: true, description: 'The account, as the file has it; null for an advice.' }),
    amount: t.field({
      type: MoneyType,
      description: 'How much; never below zero.',
      resolve: ({ amountMinor: minor, currency }) => ({ minor, currency }),
    }),
    direction: t.field({
      type: DirectionType,
      description: 'Which way.',
      resolve: ({ direction }) => direction as NewEntry['direction'],
    }),
    status: t.field({
      type: StatusType,
      description: 'What it stands for.',
      resolve: ({ status }) => status as NewEntry['status'],
    }),
    isReversal: t.exposeBoolean('isReversal', { description: 'It takes an earlier entry back.' }),
    bookedOn: t.expose('bookedOn', { type: 'Date', nullable: true, description: 'Day on which the bank booked it.' }),
    valueOn: t.expose('valueOn', { type: 'Date', nullable: true, description: 'Day from which the bank counts the money.' }),
    typeCode: t.exposeString('typeCode', { nullable: true, description: 'What kind of entry it is, in the code of its format.' }),
    bankReference: t.exposeString('bankReference', {
      nullable: true,
      description: 'The bank’s own reference; of an advice, what names the payment.',
    }),
    payerName: t.exposeString('payerName', { nullable: true, description: 'Who paid; null where that is not one, or not told.' }),
    text: t.exposeString('text', { description: 'What bank and payer wrote; empty where nothing.' }),
    raw: t.exposeString('raw', { description: 'The entry as it stood in the file, at most 16384 characters of it.' }),
    paymentCount: t.exposeInt('detailCount', { description: 'Payments in it whose amounts are told.' }),
    receiptCount: t.exposeInt('receiptCount', {
      description: 'Receipts that it became: none where it is no money that came and is there.',
    }),
    repeats: t.relation('repeats', {
      nullable: true,
      description: 'The entry that it tells more of, such as the sum of a statement; null where it is the first word.',
    }),
    recordedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded here.' }),
  }),
})

const BankEntryConnection = connectionOf(BankEntry, 'BankEntry', 'entries of banks')

builder.prismaObjectField(Client, 'bankEntries', (t) =>
  t.field({
    type: BankEntryConnection,
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'What banks told of the client’s accounts and payers of their payments, newest first.',
    args: {
      ...pageArgs,
      statuses: t.arg({ type: [StatusType], description: 'Only entries that stand for one of these; all without it.' }),
      withoutReceipt: t.arg.boolean({ description: 'Only entries that became no receipt; all without it.' }),
    },
    resolve: ({ id }, { statuses, withoutReceipt, ...args }, { tx }) => {
      const asked = {
        ...(statuses === null || statuses === undefined ? {} : { status: { in: [...statuses] } }),
        ...(withoutReceipt === true ? { receiptCount: 0 } : {}),
      }
      return keyset('bankEntries', args, [{ field: 'id', as: 'uuid', descending: true }], ({ where, orderBy, take }) =>
        tx.prisma.bankEntry.findMany({ where: { clientId: id, ...asked, ...where }, orderBy, take }),
      )
    },
  }),
)

import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { pageOf, readInt, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { rejectsByBatch } from './reads.ts'
import type { BankEffects, Effects, ImportReport, Reason } from './report.ts'
import type { Fault } from './rules.ts'
import type { BatchKind } from './store.ts'
import type { ControlDifference, GroupTotals, Sum } from './totals.ts'

const ImportState = builder.enumType('ImportState', {
  description: 'How far a load has come.',
  values: {
    RUNNING: { description: 'It is being read.' },
    APPLIED: { description: 'It was taken.' },
    REFUSED: { description: 'It was not taken, for the reasons given: nothing was changed.' },
    DRY_RUN: { description: 'It was done for show: nothing was changed.' },
    FAILED: { description: 'It broke off on our side: nothing was changed. Load it again.' },
  },
})

const ImportKind = builder.enumType('ImportKind', {
  description: 'What the file of a load tells of.',
  values: {
    LEDGER: { description: 'Open items of the client’s ledger.' },
    BANK: { description: 'Entries of a bank account, or what payers say that they paid.' },
  } satisfies Record<BatchKind, object>,
})

const SumType = builder.objectRef<Sum>('RowSum').implement({
  description: 'Rows of a file and what they add up to.',
  fields: (t) => ({
    rows: t.exposeInt('rows', { description: 'How many.' }),
    amount: t.expose('amount', { type: 'Decimal', description: 'Their sum, exact to the last digit of the file.' }),
  }),
})

const ImportTotals = builder.objectRef<GroupTotals>('ImportTotals').implement({
  description:
    'What a file held of one company, or of one account, in one currency: read = accepted + rejected + skipped + rounding difference, to the last digit.',
  fields: (t) => ({
    legalEntity: t.exposeString('legalEntity', { description: 'Company code, or account, as the file has it.' }),
    currency: t.exposeString('currency', { description: 'Currency as the file has it.' }),
    read: t.field({ type: SumType, description: 'All of it.', resolve: ({ read }) => read }),
    accepted: t.field({ type: SumType, description: 'Taken.', resolve: ({ accepted }) => accepted }),
    acceptedOpen: t.field({
      type: 'Decimal',
      description: 'What is open of the rows taken.',
      resolve: ({ accepted }) => accepted.open,
    }),
    rejected: t.field({ type: SumType, description: 'Not taken.', resolve: ({ rejected }) => rejected }),
    skipped: t.field({ type: SumType, description: 'Harmless repetitions.', resolve: ({ skipped }) => skipped }),
    roundedRows: t.exposeInt('roundedRows', { description: 'Rows with more digits than the currency has.' }),
    roundingDifference: t.expose('roundingDifference', {
      type: 'Decimal',
      description: 'What rounding took off, or added where negative.',
    }),
    unreadableRows: t.exposeInt('unreadableRows', {
      description: 'Rejected rows whose amount cannot be read; they add no amount.',
    }),
  }),
})

export const ImportTotalsType = ImportTotals

const ReasonType = builder.objectRef<Reason>('ImportReason').implement({
  description: 'Why nothing was imported.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable name of the reason.' }),
    message: t.exposeString('message', { description: 'The reason in words.' }),
    line: t.int({
      nullable: true,
      description: 'The line of the file, from 1, where the reason is in one place.',
      resolve: ({ line }) => line ?? null,
    }),
    field: t.string({
      nullable: true,
      description: 'The field in the words of the format, such as `:61:` or `BPR02`.',
      resolve: ({ field }) => field ?? null,
    }),
  }),
})

const BankFileEffects = builder.objectRef<BankEffects>('BankFileEffects').implement({
  description: 'What the entries and advices of a bank file became, or would become.',
  fields: (t) => ({
    receiptsRecorded: t.exposeInt('receiptsRecorded', { description: 'Receipts that were new.' }),
    entriesWithoutReceipt: t.exposeInt('entriesWithoutReceipt', {
      description: 'New entries that are no money to apply: debits, reversals, what is only announced or told.',
    }),
    remittances: t.exposeInt('remittances', { description: 'New words of payers about what their money is for.' }),
    remittancesTied: t.exposeInt('remittancesTied', {
      description: 'Advices, of this file or of earlier ones, that found the one payment they name.',
    }),
    receiptsReversed: t.exposeInt('receiptsReversed', {
      description: 'Receipts that the bank took back by an entry which names them and no others.',
    }),
  }),
})

export const ImportEffects = builder.objectRef<Effects>('ImportEffects').implement({
  description: 'What a load did, or would do.',
  fields: (t) => ({
    inserted: t.exposeInt('inserted', { description: 'Items, or entries of a bank, that were new.' }),
    changed: t.exposeInt('changed', {
      description: 'Items that were known and came with other values, or entries of which more was told.',
    }),
    unchanged: t.exposeInt('unchanged', { description: 'Items, or entries, that came as they were known.' }),
    customersAdded: t.exposeInt('customersAdded', { description: 'Customers that were new.' }),
    itemsIdentified: t.exposeInt('itemsIdentified', { description: 'Items known by a name alone that got their customer.' }),
    customersForgotten: t.exposeInt('customersForgotten', {
      description: 'Customers known by a name alone that nothing refers to any more.',
    }),
    bank: t.field({
      type: BankFileEffects,
      nullable: true,
      description: 'What became of a bank file; null for a ledger.',
      resolve: ({ bank }) => bank ?? null,
    }),
  }),
})

export const ImportFault = builder.objectRef<Fault>('ImportFault').implement({
  description: 'Why a row was not taken.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable name of the reason.' }),
    column: t.exposeString('column', { nullable: true, description: 'The column meant; null for the whole row.' }),
    message: t.exposeString('message', { description: 'The reason in words.' }),
  }),
})

export const ControlDifferenceType = builder.objectRef<ControlDifference>('ControlDifference').implement({
  description: 'A control total that did not tie.',
  fields: (t) => ({
    legalEntity: t.exposeString('legalEntity', { nullable: true, description: 'The company meant; null for all together.' }),
    currency: t.exposeString('currency', { description: 'The currency meant.' }),
    expectedCount: t.int({ description: 'Rows announced.', resolve: ({ count }) => count }),
    expectedAmount: t.field({ type: 'Decimal', description: 'Amount announced.', resolve: ({ amount }) => amount }),
    foundCount: t.exposeInt('foundCount', { description: 'Rows found.' }),
    foundAmount: t.expose('foundAmount', { type: 'Decimal', description: 'Amount found.' }),
  }),
})

type WarningNote = ImportReport['warnings'][number]

const ImportWarningRow = builder.objectRef<WarningNote['listed'][number]>('ImportWarningRow').implement({
  description: 'A row that was taken with a remark.',
  fields: (t) => ({
    rowNumber: t.exposeInt('rowNumber', { description: 'Its line in the file, the header being 1.' }),
    message: t.exposeString('message', { description: 'The remark.' }),
  }),
})

const ImportWarning = builder.objectRef<WarningNote>('ImportWarning').implement({
  description: 'What is odd about some of the rows that were taken: an amount that was rounded, say.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable name of the oddity.' }),
    column: t.exposeString('column', { nullable: true, description: 'The column meant; null for the whole row.' }),
    rowCount: t.int({ description: 'How many rows have it.', resolve: ({ rows }) => rows }),
    rows: t.field({ type: [ImportWarningRow], description: 'The first 1000 of them.', resolve: ({ listed }) => [...listed] }),
  }),
})

const ImportReject = builder.prismaNode('ImportReject', {
  description: 'A row of a file that was not taken.',
  id: { field: 'clientId_id', description: 'Opaque id of the row.' },
  nullable: true,
  fields: (t) => ({
    rowNumber: t.exposeInt('rowNumber', { description: 'Its line in the file, the header being 1; its place from 1 in a call.' }),
    isHarmless: t.boolean({
      description: 'A repetition that changes nothing, not a fault.',
      resolve: ({ outcome }) => outcome === 'SKIPPED',
    }),
    column: t.exposeString('columnName', { nullable: true, description: 'The column meant; null for the whole row.' }),
    code: t.exposeString('code', { description: 'Stable name of the reason.' }),
    message: t.exposeString('message', { description: 'The reason in words.' }),
    raw: t.exposeString('raw', { description: 'The row as it came.' }),
  }),
})

const ImportRejectConnection = connectionOf(ImportReject, 'ImportReject', 'rows not taken')

const reportIn = (report: unknown): ImportReport | null => report as ImportReport | null

export const ImportBatch = builder.prismaNode('ImportBatch', {
  description: 'One load of a file: whole or not at all.',
  id: { field: 'clientId_id', description: 'Opaque id of the load.' },
  nullable: true,
  fields: (t) => ({
    state: t.field({ type: ImportState, description: 'How far it has come.', resolve: ({ state }) => state as 'RUNNING' }),
    kind: t.field({ type: ImportKind, description: 'What its file tells of.', resolve: ({ kind }) => kind as BatchKind }),
    profile: t.exposeString('profile', { description: 'How the file was read: a profile, or the format of a bank.' }),
    profileVersion: t.exposeInt('profileVersion', { description: 'Version of the profile.' }),
    sourceName: t.exposeString('sourceName', { description: 'Name of the file, or of the system that sent the rows.' }),
    contentHash: t.string({
      description: 'SHA-256 of the content, hexadecimal.',
      resolve: ({ contentHash }) => Buffer.from(contentHash).toString('hex'),
    }),
    isPartialAllowed: t.exposeBoolean('allowPartial', { description: 'Rows that cannot be taken did not stop the others.' }),
    rowsRead: t.exposeInt('rowsRead', { description: 'Rows read so far.' }),
    rowsTotal: t.exposeInt('rowsTotal', { nullable: true, description: 'Rows there are, as far as known.' }),
    dataAsOf: t.expose('dataAsOf', { type: 'DateTime', description: 'The instant whose ledger it shows.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended; null while it runs.' }),
    reasons: t.field({
      type: [ReasonType],
      description: 'Why it was not taken.',
      resolve: ({ report }) => [...(reportIn(report)?.reasons ?? [])],
    }),
    totals: t.field({
      type: [ImportTotals],
      description: 'What it held, by company or account, and by currency.',
      resolve: ({ report }) => [...(reportIn(report)?.totals ?? [])],
    }),
    warnings: t.field({
      type: [ImportWarning],
      description: 'What is odd about rows that were taken.',
      resolve: ({ report }) => [...(reportIn(report)?.warnings ?? [])],
    }),
    effects: t.field({
      type: ImportEffects,
      nullable: true,
      description: 'What it did; null when nothing.',
      resolve: ({ report }) => reportIn(report)?.effects ?? null,
    }),
    rejects: t.field({
      type: ImportRejectConnection,
      description: 'Rows that were not taken, in the order of the file.',
      args: pageArgs,
      resolve: async ({ clientId, id }, args, context) => {
        const page = pageOf('rejects', 2, args)
        const after = page.after === null ? null : { rowNumber: readInt(page.after[0]), id: readUuid(page.after[1]) }
        const rows = await rejectsByBatch(context, { take: page.first + 1, after }).load({ clientId, id })
        return toConnection(rows, page, (row) => encodeCursor('rejects', [row.rowNumber, row.id])) as never
      },
    }),
  }),
})

const ImportBatchConnection = connectionOf(ImportBatch, 'ImportBatch', 'loads')

builder.prismaObjectField(Client, 'imports', (t) =>
  t.field({
    type: ImportBatchConnection,
    nullable: true,
    authScopes: heldFor('intake:read'),
    description: 'Loads of the client’s ledgers and bank files, newest first.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset('imports', args, [{ field: 'id', as: 'uuid', descending: true }], ({ where, orderBy, take }) =>
        tx.prisma.importBatch.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

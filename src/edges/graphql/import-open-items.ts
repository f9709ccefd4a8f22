import { type ImportedOpenItems, importOpenItems, type RowOutcome } from '../../flows/import-open-items.ts'
import {
  ControlDifferenceType,
  ControlTotalsMismatch,
  ImportBatch,
  ImportEffects,
  ImportFault,
  ImportRefused,
  ImportTotalsType,
} from '../../modules/intake/index.ts'
import { granted, perform } from '../../platform/command.ts'
import { builder, RefusalType } from '../../platform/graphql/builder.ts'
import { dryRunIf } from '../../platform/graphql/dry-run.ts'
import { clientIdOf } from '../../platform/graphql/ids.ts'
import { limits } from '../../platform/limits.ts'

// The GraphQL face of a flow: it spans modules, so none of them can offer it.

const ItemKindType = builder.enumType('OpenItemKind', {
  description: 'What kind of open item a row is.',
  values: {
    INVOICE: { description: 'What a customer owes for goods or services.' },
    DEBIT_MEMO: { description: 'A charge other than an invoice.' },
    CREDIT_MEMO: { description: 'What a customer is owed; its amount is negative.' },
  },
})

const OpenItemRowInput = builder.inputType('OpenItemRowInput', {
  description: 'An open item as its ledger has it.',
  fields: (t) => ({
    legalEntity: t.string({ required: true, description: 'Company code; an unknown one is added.' }),
    customerNumber: t.string({ description: 'The client’s number for the customer; this or `customerName` or both.' }),
    customerName: t.string({ description: 'Name of the customer; alone, it stands for the customer who is known by it.' }),
    countryCode: t.string({ description: 'ISO 3166 country of the customer.' }),
    kind: t.field({ type: ItemKindType, required: true, description: 'What it is.' }),
    number: t.string({ required: true, description: 'Number of the document, leading zeros included.' }),
    sourceKey: t.string({ required: true, description: 'Names the item in its system for good: the same key is the same item.' }),
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'Currency of its amounts.' }),
    amount: t.field({ type: 'Decimal', required: true, description: 'What the document was for; negative for a credit memo.' }),
    openAmount: t.field({ type: 'Decimal', description: 'What is open of it; without it all, or nothing once closed.' }),
    documentOn: t.field({ type: 'Date', required: true, description: 'Date of the document.' }),
    baselineOn: t.field({ type: 'Date', description: 'The date from which payment terms count; `documentOn` without it.' }),
    dueOn: t.field({
      type: 'Date',
      description: 'Day by which it is to be paid; without it the terms decide, where their rule is known.',
    }),
    closedOn: t.field({ type: 'Date', description: 'Day on which the ledger closed it.' }),
    paymentTerms: t.string({ description: 'The ledger’s code for the terms.' }),
    isDisputed: t.boolean({ description: 'The ledger says that the customer disputes it.' }),
  }),
})

const ControlTotalInput = builder.inputType('ControlTotalInput', {
  description: 'What the sender counted: rows that do not tie are refused.',
  fields: (t) => ({
    legalEntity: t.string({ description: 'One company; all together without it.' }),
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'One currency.' }),
    count: t.int({ required: true, description: 'How many rows.' }),
    amount: t.field({ type: 'Decimal', required: true, description: 'Their sum.' }),
  }),
})

const ImportOpenItemsInput = builder.inputType('ImportOpenItemsInput', {
  description: 'A batch of open items.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose ledger it is.' }),
    source: t.string({
      required: true,
      description: 'The system the items live in, at most 40 characters; keys are unique within it.',
    }),
    rows: t.field({
      type: [OpenItemRowInput],
      required: true,
      description: `1 to ${limits.command.rows} rows; longer ledgers come as a file.`,
    }),
    controlTotals: t.field({ type: [ControlTotalInput], description: 'What the sender counted.' }),
    allowPartial: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Rows that cannot be taken do not stop the others.',
    }),
    dataAsOf: t.field({ type: 'DateTime', description: 'The instant whose ledger the rows show; now without it.' }),
    idempotencyKey: t.string({
      required: true,
      description: 'Yours, at most 255 characters: the same key with the same input is answered again.',
    }),
    dryRun: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Answer as if it were done, and do nothing. Only as the one field of an operation.',
    }),
  }),
})

const RowOutcomeType = builder.enumType('RowOutcome', {
  description: 'What became of a row.',
  values: {
    INSERTED: { description: 'The item was new.' },
    CHANGED: { description: 'The item was known and came with other values.' },
    UNCHANGED: { description: 'The item came as it was known.' },
    SKIPPED: { description: 'The same row came earlier in the batch.' },
    REJECTED: { description: 'It cannot be taken, for the faults given.' },
  },
})

const RowResult = builder.objectRef<RowOutcome>('RowResult').implement({
  description: 'What became of one row.',
  fields: (t) => ({
    row: t.exposeInt('row', { description: 'Its place in the batch, from 1.' }),
    sourceKey: t.exposeString('sourceKey', { description: 'Its key.' }),
    outcome: t.field({ type: RowOutcomeType, description: 'What became of it.', resolve: ({ outcome }) => outcome }),
    faults: t.field({ type: [ImportFault], description: 'Why it was not taken.', resolve: ({ faults }) => [...faults] }),
  }),
})

const Payload = builder.objectRef<ImportedOpenItems>('ImportOpenItemsPayload').implement({
  description: 'The batch was taken.',
  fields: (t) => ({
    batch: t.prismaField({
      type: ImportBatch,
      description: 'The load.',
      resolve: (query, { clientId, batchId: id }, _args, { tx }) =>
        tx.prisma.importBatch.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
    rows: t.field({
      type: [RowResult],
      description: 'What became of each row, in order.',
      resolve: ({ outcomes }) => [...outcomes],
    }),
    totals: t.field({
      type: [ImportTotalsType],
      description: 'What it held, by company and currency.',
      resolve: ({ totals }) => [...totals],
    }),
    effects: t.field({ type: ImportEffects, description: 'What it did.', resolve: ({ effects }) => effects }),
  }),
})

const RejectedRow = builder.objectRef<ImportRefused['rejects'][number]>('RejectedRow').implement({
  description: 'A row that cannot be taken.',
  fields: (t) => ({
    row: t.exposeInt('row', { description: 'Its place in the batch, from 1.' }),
    faults: t.field({ type: [ImportFault], description: 'Why.', resolve: ({ faults }) => [...faults] }),
  }),
})

builder.objectType(ImportRefused, {
  name: 'ImportRefused',
  description: 'Some rows cannot be taken, and a part of the batch was not allowed.',
  interfaces: [RefusalType],
  fields: (t) => ({
    rejects: t.field({ type: [RejectedRow], description: 'The rows.', resolve: ({ rejects }) => [...rejects] }),
  }),
})
builder.objectType(ControlTotalsMismatch, {
  name: 'ControlTotalsMismatch',
  description: 'The rows do not add up to the control totals: something is missing, doubled or changed.',
  interfaces: [RefusalType],
  fields: (t) => ({
    differences: t.field({
      type: [ControlDifferenceType],
      description: 'The totals that did not tie.',
      resolve: ({ differences }) => [...differences],
    }),
  }),
})

builder.mutationField('importOpenItems', (t) =>
  t.field({
    type: Payload,
    nullable: true,
    description:
      'Loads open items: new ones are added, known ones brought up to date, unchanged ones left alone. Whole or not at all.',
    authScopes: { isKnown: true },
    errors: {
      types: [...importOpenItems.refusals],
      union: { name: 'ImportOpenItemsResult', description: 'What was taken, or why nothing was.' },
    },
    args: { input: t.arg({ type: ImportOpenItemsInput, required: true, description: 'The batch.' }) },
    resolve: async (_root, { input }, { tx }, info) => {
      dryRunIf(input.dryRun, tx, info)
      const { client, dryRun: _dryRun, controlTotals, dataAsOf, ...rest } = input
      const totals = (controlTotals ?? []).map(({ legalEntity, ...total }) => ({ ...total, legalEntity: legalEntity ?? null }))
      const facts = { clientId: clientIdOf(client), controlTotals: totals, dataAsOf: dataAsOf?.toISOString() ?? null }
      return granted(await perform(tx, importOpenItems, { ...rest, ...facts }))
    },
  }),
)

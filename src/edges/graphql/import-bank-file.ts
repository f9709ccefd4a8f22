import { contentCharsMax, type ImportedBankFile, importBankFile } from '../../flows/import-bank-text.ts'
import { BankFileFormatType, BankFileRefused, bankCsvProfileNames } from '../../modules/bank/index.ts'
import { ImportBatch, ImportEffects, ImportTotalsType } from '../../modules/intake/index.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { commandField, dryRunText } from '../../platform/graphql/command-field.ts'
import { clientIdOf } from '../../platform/graphql/ids.ts'

// The GraphQL face of a flow: it spans modules, so none of them can offer it.

const EncodingType = builder.enumType('FileEncoding', {
  description: 'How the content of a file stands in a text.',
  values: {
    TEXT: { description: 'As it is.' },
    BASE64: { description: 'In Base64, for files that are not UTF-8.' },
  },
})

const ImportBankFileInput = builder.inputType('ImportBankFileInput', {
  description: 'A bank or remittance file.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose account or payments it tells of.' }),
    name: t.string({ required: true, description: 'What the file is called, at most 200 characters.' }),
    content: t.string({
      required: true,
      description: `All of it, at most ${contentCharsMax} characters; a longer file is uploaded.`,
    }),
    encoding: t.field({ type: EncodingType, required: true, defaultValue: 'TEXT', description: 'How the content stands here.' }),
    format: t.field({ type: BankFileFormatType, description: 'Its format; without it, its beginning says it.' }),
    csvProfile: t.string({ description: `How a CSV is laid out: ${bankCsvProfileNames.join(', ')}.` }),
    account: t.string({ description: 'Of a CSV: whose account it is, where it does not say so itself.' }),
    currency: t.field({ type: 'CurrencyCode', description: 'Of a CSV: its currency, where it does not say so itself.' }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

const Payload = builder.objectRef<ImportedBankFile>('ImportBankFilePayload').implement({
  description: 'The file was taken. What of it was known before added nothing.',
  fields: (t) => ({
    batch: t.prismaField({
      type: ImportBatch,
      description: 'The load.',
      resolve: (query, { clientId, batchId: id }, _args, { tx }) =>
        tx.prisma.importBatch.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
    totals: t.field({
      type: [ImportTotalsType],
      description: 'What it held, by account and currency.',
      resolve: ({ totals }) => [...totals],
    }),
    effects: t.field({ type: ImportEffects, description: 'What it did.', resolve: ({ effects }) => effects }),
  }),
})

builder.objectType(BankFileRefused, {
  name: 'BankFileRefused',
  description: 'The file breaks a rule of its format in one place, so nothing of it was taken.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    rule: t.exposeString('rule', { description: 'Stable name of the rule.' }),
    line: t.exposeInt('line', { description: 'The line of the file, from 1.' }),
    field: t.exposeString('field', {
      nullable: true,
      description: 'The field in the words of the format; null for the line as a whole.',
    }),
    raw: t.exposeString('raw', { description: 'The line as it stands in the file.' }),
  }),
})

commandField(importBankFile, {
  description: 'Takes a bank or remittance file: what it tells is kept, and money that came becomes receipts.',
  input: ImportBankFileInput,
  payload: Payload,
  read: ({ client, dryRun: _dryRun, format, csvProfile, account, currency, ...rest }) => ({
    ...rest,
    clientId: clientIdOf(client),
    format: format ?? null,
    profile: csvProfile ?? null,
    account: account ?? null,
    currency: currency ?? null,
  }),
})

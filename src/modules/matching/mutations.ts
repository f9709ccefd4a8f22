import { builder, MoneyInput } from '../../platform/graphql/builder.ts'
import { commandField, dryRunText, idempotencyKeyText } from '../../platform/graphql/command-field.ts'
import { clientIdOf, keyOf } from '../../platform/graphql/ids.ts'
import { limits } from '../../platform/limits.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import * as commands from './commands.ts'
import { ProposalOutdated } from './refusals.ts'
import type { Matched } from './run-matching.ts'
import { Match } from './types.ts'

builder.objectType(ProposalOutdated, {
  name: 'ProposalOutdated',
  description: 'What was proposed no longer fits: an item or the receipt changed since.',
  interfaces: ['Refusal' as never],
})

const MatchReceiptsInput = builder.inputType('MatchReceiptsInput', {
  description: 'Receipts to match.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose receipts.' }),
    receipts: t.idList({
      description: `Which, at most ${limits.command.rows}; without it the oldest that are not decided about.`,
    }),
    first: t.int({
      required: true,
      defaultValue: limits.command.rows,
      description: `How many of the oldest, from 1 to ${limits.command.rows}.`,
    }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

type Matches = { readonly clientId: string; readonly matches: readonly Matched[] }

const MatchedReceipt = builder.objectRef<Matched & { readonly clientId: string }>('MatchedReceipt').implement({
  description: 'What the engine found of one receipt.',
  fields: (t) => ({
    match: t.prismaField({
      type: Match,
      description: 'What it found.',
      resolve: (query, { clientId, matchId: id }, _args, { tx }) =>
        tx.prisma.cashMatch.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
  }),
})

const countOf = (outcome: Matched['outcome'], description: string) => ({
  description,
  resolve: ({ matches }: Matches) => matches.filter((one) => one.outcome === outcome).length,
})

const MatchReceiptsPayload = builder.objectRef<Matches>('MatchReceiptsPayload').implement({
  description: 'The engine looked at the receipts; those changed by somebody else meanwhile were left alone.',
  fields: (t) => ({
    automatic: t.int(countOf('AUTOMATIC', 'Receipts that were posted.')),
    suggested: t.int(countOf('SUGGESTED', 'Receipts for which something is proposed.')),
    fruitless: t.int(countOf('NONE', 'Receipts of which nothing was found.')),
    matched: t.field({
      type: [MatchedReceipt],
      description: 'What was found of each.',
      resolve: ({ clientId, matches }) => matches.map((one) => ({ ...one, clientId })),
    }),
  }),
})

commandField(commands.matchReceipts, {
  description:
    'Looks for what receipts are for. What is certain by the client’s policy is posted, for the rest something is proposed. Nothing is posted by its amount alone.',
  input: MatchReceiptsInput,
  payload: MatchReceiptsPayload,
  read: ({ client, receipts, first }) => ({
    clientId: clientIdOf(client),
    receipts: receipts === null || receipts === undefined ? null : receipts.map((id) => keyOf('Receipt', String(id))),
    first,
  }),
})

type OnMatch = { readonly clientId: string; readonly matchId: string; readonly receiptId: string }

const matchPayload = (name: string, description: string) =>
  builder.objectRef<OnMatch>(name).implement({
    description,
    fields: (t) => ({
      match: t.prismaField({
        type: Match,
        description: 'The match as it is now.',
        resolve: (query, { clientId, matchId: id }, _args, { tx }) =>
          tx.prisma.cashMatch.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const AcceptMatchInput = builder.inputType('AcceptMatchInput', {
  description: 'A proposal to post.',
  fields: (t) => ({
    match: t.id({ required: true, description: 'The match.' }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

commandField(commands.acceptMatch, {
  description: 'Posts a match as it was proposed. That is a person’s doing: it does not count as straight through.',
  input: AcceptMatchInput,
  payload: matchPayload('AcceptMatchPayload', 'The match was posted.'),
  read: ({ match, idempotencyKey }) => ({ match: keyOf('Match', match), idempotencyKey }),
})

const CorrectedDeductionInput = builder.inputType('CorrectedDeductionInput', {
  description: 'What the payer deducted.',
  fields: (t) => ({
    amount: t.field({ type: MoneyInput, required: true, description: 'How much; above zero, in the item’s currency.' }),
    code: t.string({ description: 'The payer’s code for the reason, at most 60 characters.' }),
    codeList: t.string({ description: 'The list of the code: X12_426, ISO_20022 or PAYER.' }),
    text: t.string({ description: 'The reason in words, at most 500 characters.' }),
  }),
})

const CorrectedApplicationInput = builder.inputType('CorrectedApplicationInput', {
  description: 'What is put against one item instead.',
  fields: (t) => ({
    openItem: t.id({ required: true, description: 'The item.' }),
    cash: t.field({ type: MoneyInput, required: true, description: 'Money of the receipt; below zero takes a credit memo off.' }),
    discountEarned: t.field({ type: MoneyInput, description: 'A cash discount within its terms.' }),
    discountUnearned: t.field({ type: MoneyInput, description: 'A cash discount taken too late, and allowed.' }),
    writeOff: t.field({ type: MoneyInput, description: 'A small difference, within the client’s policy.' }),
    bankFee: t.field({ type: MoneyInput, description: 'What banks kept and the client bears.' }),
    withholdingTax: t.field({ type: MoneyInput, description: 'Tax that was withheld.' }),
    deductions: t.field({ type: [CorrectedDeductionInput], description: 'What the payer deducted.' }),
  }),
})

const CorrectMatchInput = builder.inputType('CorrectMatchInput', {
  description: 'What a receipt is really for.',
  fields: (t) => ({
    match: t.id({ required: true, description: 'The match that is corrected; also one that found nothing.' }),
    customer: t.id({ description: 'Who paid, where the receipt does not say so.' }),
    applications: t.field({
      type: [CorrectedApplicationInput],
      required: true,
      description: 'What is put against which items, at most 1000.',
    }),
    isRemembered: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Remember the payer’s name and account as those of the customer, where nobody else is known by them.',
    }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters.' }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

const adjustments = {
  discountEarned: 'DISCOUNT_EARNED',
  discountUnearned: 'DISCOUNT_UNEARNED',
  writeOff: 'WRITE_OFF',
  bankFee: 'BANK_FEE',
  withholdingTax: 'WITHHOLDING_TAX',
} as const

commandField(commands.correctMatch, {
  description:
    'Posts something else than was proposed. What that teaches about the payer is remembered; words before numbers are told, for the client’s policy.',
  input: CorrectMatchInput,
  payload: matchPayload('CorrectMatchPayload', 'The correction was posted.'),
  read: ({ match, customer, applications, dryRun: _dryRun, ...rest }) => ({
    ...rest,
    match: keyOf('Match', match),
    customer: typeof customer === 'string' ? keyOf('Customer', customer) : null,
    steps: applications.map(({ openItem, cash, deductions, ...parts }) => ({
      openItem: openItemKeyOf(openItem),
      cash,
      adjustments: Object.entries(adjustments).flatMap(([field, kind]) => {
        const amount = parts[field as keyof typeof adjustments]
        return amount === null || amount === undefined ? [] : [{ kind, amount }]
      }),
      deductions: (deductions ?? []).map(({ amount, code, codeList, text }) => ({
        amount,
        code: code ?? null,
        codeList: codeList ?? null,
        text: text ?? null,
      })),
    })),
  }),
})

const RejectMatchInput = builder.inputType('RejectMatchInput', {
  description: 'A proposal that is wrong.',
  fields: (t) => ({
    match: t.id({ required: true, description: 'The match.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters.' }),
  }),
})

commandField(commands.rejectMatch, {
  description: 'Says that a proposal is wrong. Nothing is posted; the engine may look again.',
  input: RejectMatchInput,
  payload: matchPayload('RejectMatchPayload', 'The proposal was rejected.'),
  read: ({ match, reason }) => ({ match: keyOf('Match', match), reason }),
})

const ForgetPayerAliasInput = builder.inputType('ForgetPayerAliasInput', {
  description: 'An alias that is wrong.',
  fields: (t) => ({
    alias: t.id({ required: true, description: 'The alias.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters.' }),
  }),
})

const ForgetPayerAliasPayload = builder
  .objectRef<{ readonly clientId: string; readonly customerId: string }>('ForgetPayerAliasPayload')
  .implement({
    description: 'The alias is forgotten; matches made by it stay.',
    fields: (t) => ({
      customer: t.prismaField({
        type: 'Customer',
        description: 'Whose it was.',
        resolve: (query, { clientId, customerId: id }, _args, { tx }) =>
          tx.prisma.customer.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

commandField(commands.forgetPayerAlias, {
  description: 'Forgets what was remembered of a payer.',
  input: ForgetPayerAliasInput,
  payload: ForgetPayerAliasPayload,
  read: ({ alias, reason }) => ({ alias: keyOf('PayerAlias', alias), reason }),
})

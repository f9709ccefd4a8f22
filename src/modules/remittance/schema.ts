import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { commandField, dryRunText } from '../../platform/graphql/command-field.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { clientIdOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { limits } from '../../platform/limits.ts'
import { Receipt, ReversalReasonType, receiptsById } from '../cash/index.ts'
import { Client } from '../client/index.ts'
import { postCashResults, type ResultOutcome } from './commands.ts'
import { linesMax, type PostedDeduction } from './input.ts'
import type { DeductionBody, InstructionState, Step, WaitsFor } from './instruction.ts'
import { type LineRow, linesByReceipt, type StepRow, stepsByResult } from './reads.ts'
import { PaymentConflict, type RefusedResult, ResultsRefused } from './refusals.ts'

const WaitsForType = builder.enumType('CashResultWait', {
  description: 'What a step of a cash result waits for. It is done by itself the moment that is there.',
  values: {
    RECEIPT: { description: 'The payment itself was not told yet.' },
    CUSTOMER: { description: 'Who paid is not known, or may not pay for the customer of the item.' },
    OPEN_ITEM: { description: 'No open item of the ledger has the number, or several have it.' },
    ROOM: { description: 'The receipt has not as much left, or the item not as much open.' },
    RESULT: { description: 'The result that is to be taken back was not posted yet.' },
    TOLERANCE: { description: 'More was written off than the client’s policy lets pass.' },
    CURRENCY: { description: 'The item is in another currency than the result says.' },
  } satisfies Record<WaitsFor, object>,
})

const StepKindType = builder.enumType('CashStepKind', {
  description: 'What a step of a cash result does.',
  values: {
    IDENTIFY: { description: 'Says who paid.' },
    SETTLE: { description: 'Puts money against an open item, with what goes with it.' },
    MOVE: { description: 'Keeps money on account, pays it back, or keeps it for charges.' },
    UNDO: { description: 'Takes an earlier result back.' },
    REVERSE: { description: 'Takes the whole receipt back.' },
  } satisfies Record<Step['kind'], object>,
})

const StepStateType = builder.enumType('CashStepState', {
  description: 'How far a step of a cash result has come.',
  values: {
    WAITING: { description: 'It cannot be done yet.' },
    DONE: { description: 'It was done.' },
    CANCELLED: { description: 'Another result took it back, or the receipt is gone.' },
  } satisfies Record<InstructionState, object>,
})

const CashStep = builder.objectRef<StepRow>('CashStep').implement({
  description: 'One step of a cash result.',
  fields: (t) => ({
    kind: t.field({ type: StepKindType, description: 'What it does.', resolve: ({ kind }) => kind }),
    state: t.field({ type: StepStateType, description: 'How far it has come.', resolve: ({ state }) => state }),
    waitsFor: t.field({
      type: WaitsForType,
      nullable: true,
      description: 'What it waits for; null once it does not.',
      resolve: ({ waitsFor }) => waitsFor,
    }),
    itemNumber: t.exposeString('itemNumber', { nullable: true, description: 'The item it settles; null for other steps.' }),
  }),
})

const CashResult = builder.prismaNode('CashResult', {
  description: 'What an integration told of a receipt. It is kept until all of it is done.',
  id: { field: 'clientId_id', description: 'Opaque id of the result.' },
  nullable: true,
  fields: (t) => ({
    source: t.exposeString('source', { description: 'The system that told it.' }),
    key: t.exposeString('key', { description: 'Its key in that system.' }),
    receiptKey: t.exposeString('receiptKey', { description: 'The system’s key of the receipt it is about.' }),
    postedAt: t.expose('postedAt', { type: 'DateTime', description: 'When it was posted.' }),
    steps: t.field({
      type: [CashStep],
      description: 'What it does, step by step.',
      resolve: async ({ clientId, id }, _args, context) => [...(await stepsByResult(context).load({ clientId, id }))],
    }),
  }),
})

const CashResultConnection = connectionOf(CashResult, 'CashResult', 'cash results')

builder.prismaObjectField(Client, 'cashResults', (t) =>
  t.field({
    type: CashResultConnection,
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'Results of cash application that integrations posted, in the order they came.',
    args: {
      ...pageArgs,
      isWaiting: t.arg.boolean({ description: 'Only those with steps that wait, or only those without; all without it.' }),
    },
    resolve: ({ id }, { isWaiting, ...args }, { tx }) => {
      const state = { state: 'WAITING' }
      const steps = typeof isWaiting === 'boolean' ? { instructions: isWaiting ? { some: state } : { none: state } } : {}
      return keyset('cashResults', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.cashResult.findMany({ where: { clientId: id, ...steps, ...where }, orderBy, take }),
      )
    },
  }),
)

type Deducted = DeductionBody & { readonly currency: string }

const RemittanceDeduction = builder.objectRef<Deducted>('RemittanceDeduction').implement({
  description: 'What a payer says it deducted.',
  fields: (t) => ({
    amount: t.field({
      type: MoneyType,
      description: 'How much; above zero.',
      resolve: ({ amountMinor, currency }) => ({ minor: BigInt(amountMinor), currency }),
    }),
    code: t.exposeString('code', { nullable: true, description: 'The payer’s code for the reason.' }),
    codeList: t.exposeString('codeList', { nullable: true, description: 'The list of the code: X12_426, ISO_20022 or PAYER.' }),
    text: t.exposeString('text', { nullable: true, description: 'The reason in words.' }),
  }),
})

const inCurrency = (minor: bigint | null, { currency }: LineRow) =>
  minor === null || currency === null ? null : { minor, currency }

const RemittanceLine = builder.objectRef<LineRow>('RemittanceLine').implement({
  description: 'One document that a payer says it paid.',
  fields: (t) => ({
    reference: t.exposeString('reference', { nullable: true, description: 'Its number, as it was written.' }),
    paid: t.field({
      type: MoneyType,
      nullable: true,
      description: 'Paid for it; below zero for a credit memo that was taken off. Null where that was not told.',
      resolve: (line) => inCurrency(line.paidMinor, line),
    }),
    discount: t.field({
      type: MoneyType,
      nullable: true,
      description: 'A cash discount that was taken.',
      resolve: (line) => inCurrency(line.discountMinor, line),
    }),
    deductions: t.field({
      type: [RemittanceDeduction],
      description: 'What was deducted.',
      resolve: ({ deductions, currency }) => deductions.map((deduction) => ({ ...deduction, currency })),
    }),
  }),
})

builder.prismaObjectField(Receipt, 'remittanceLines', (t) =>
  t.field({
    type: [RemittanceLine],
    description: 'What the payer says the money is for: at most the first 1000 lines.',
    resolve: async ({ clientId, id }, _args, context) => [...(await linesByReceipt(context).load({ clientId, id }))],
  }),
)

builder.objectType(PaymentConflict, {
  name: 'PaymentConflict',
  description: 'A result tells another payment than an earlier one did under the same key of the receipt.',
  interfaces: ['Refusal' as never],
})

const RefusedResultType = builder.objectRef<RefusedResult>('RefusedCashResult').implement({
  description: 'Why a result was not taken.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place among the results, from 0.' }),
    code: t.exposeString('code', { description: 'Stable name of the reason.' }),
    message: t.exposeString('message', { description: 'What is wrong and what to do.' }),
    path: t.exposeStringList('path', { description: 'Where in the input the cause lies.' }),
  }),
})

builder.objectType(ResultsRefused, {
  name: 'CashResultsRefused',
  description: 'Some results cannot be taken, and all or nothing was asked for. Nothing was kept.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    refused: t.field({ type: [RefusedResultType], description: 'Which and why.', resolve: ({ refused }) => [...refused] }),
  }),
})

const DeductionInput = builder.inputType('CashDeductionInput', {
  description: 'What the payer deducted. The item stays open by it, and a deduction of it is kept.',
  fields: (t) => ({
    amount: t.field({ type: 'Decimal', required: true, description: 'How much; above zero.' }),
    code: t.string({ description: 'The payer’s code for the reason, at most 60 characters.' }),
    codeList: t.string({ description: 'The list of the code: X12_426, ISO_20022 or PAYER.' }),
    text: t.string({ description: 'The reason in words, at most 500 characters.' }),
  }),
})

const PaymentInput = builder.inputType('CashPaymentInput', {
  description: 'Money that came in.',
  fields: (t) => ({
    amount: t.field({ type: 'Decimal', required: true, description: 'How much; above zero.' }),
    valueOn: t.field({ type: 'Date', required: true, description: 'Day from which the bank counts it.' }),
    reference: t.string({ required: true, description: 'The bank’s or the payer’s reference, at most 140 characters.' }),
    payerName: t.string({ description: 'Who the bank says has paid, at most 300 characters.' }),
    payerAccount: t.string({ description: 'The account it came from, at most 60 characters.' }),
    customerNumber: t.string({
      description: 'Who paid, as the client numbers its customers. One that is not known yet is waited for.',
    }),
    legalEntity: t.string({ description: 'Company code of the client whose account it came to; an unknown one is added.' }),
    bankText: t.string({ description: 'What payer and bank wrote with it, at most 8000 characters.' }),
  }),
})

const RemittanceLineInput = builder.inputType('RemittanceLineInput', {
  description: 'One document that the payer says it paid.',
  fields: (t) => ({
    reference: t.string({ description: 'Its number as it was written, at most 140 characters; this or `paid` or both.' }),
    paid: t.field({ type: 'Decimal', description: 'Paid for it; below zero for a credit memo that was taken off.' }),
    discount: t.field({ type: 'Decimal', description: 'A cash discount that was taken; above zero.' }),
    deductions: t.field({ type: [DeductionInput], description: 'What was deducted.' }),
  }),
})

const RemittanceInput = builder.inputType('RemittanceInput', {
  description: 'What the payer says the money is for. It explains the receipt and applies nothing by itself.',
  fields: (t) => ({
    payerName: t.string({ description: 'Who says so, at most 300 characters.' }),
    lines: t.field({ type: [RemittanceLineInput], required: true, description: `The documents, at most ${linesMax}.` }),
  }),
})

const ApplicationInput = builder.inputType('CashApplicationInput', {
  description: 'What was put against one open item. Amounts are in the item’s currency and have the direction of `amount`.',
  fields: (t) => ({
    itemNumber: t.string({
      required: true,
      description: 'Number of the document, leading zeros included. One that is not known yet is waited for.',
    }),
    legalEntity: t.string({ description: 'Company code of the item, where its number alone does not tell it.' }),
    amount: t.field({ type: 'Decimal', required: true, description: 'Cash put against it; below zero takes a credit memo off.' }),
    itemCurrency: t.field({ type: 'CurrencyCode', description: 'The item’s currency, where it is not that of the receipt.' }),
    receiptAmount: t.field({
      type: 'Decimal',
      description: 'What `amount` is in the receipt’s currency; needed with `itemCurrency`.',
    }),
    discountEarned: t.field({ type: 'Decimal', description: 'A cash discount within its terms.' }),
    discountUnearned: t.field({ type: 'Decimal', description: 'A cash discount taken too late or too large, and allowed.' }),
    writeOff: t.field({ type: 'Decimal', description: 'A small difference, within the client’s policy.' }),
    withholdingTax: t.field({ type: 'Decimal', description: 'Tax that the payer kept for its tax office.' }),
    bankFee: t.field({ type: 'Decimal', description: 'What banks kept on the way and the client bears.' }),
    fxDifference: t.field({ type: 'Decimal', description: 'What exchange took of it.' }),
    deductions: t.field({ type: [DeductionInput], description: 'What the payer deducted: a short pay.' }),
  }),
})

const ReversalInput = builder.inputType('CashReversalInput', {
  description: 'Something that is taken back.',
  fields: (t) => ({
    result: t.string({
      description: 'Key of the result whose applications and rests are undone; without it the receipt as a whole is reversed.',
    }),
    reason: t.field({ type: ReversalReasonType, required: true, description: 'Why.' }),
    note: t.string({ description: 'More about it, at most 400 characters.' }),
  }),
})

const CashResultInput = builder.inputType('CashResultInput', {
  description:
    'What is told of one receipt: its payment, remittance, applications, rests and reversals, together or in any order over several results.',
  fields: (t) => ({
    key: t.string({
      required: true,
      description:
        'Yours, at most 200 characters, unique within the source: the same key with the same result is told again, not done again.',
    }),
    receiptKey: t.string({
      required: true,
      description: 'Your key of the receipt, at most 200 characters: it ties its results together.',
    }),
    currency: t.field({
      type: 'CurrencyCode',
      required: true,
      description: 'Currency of the receipt, and of all amounts that say no other.',
    }),
    payment: t.field({ type: PaymentInput, description: 'The money that came in.' }),
    remittance: t.field({ type: RemittanceInput, description: 'What the payer says it is for.' }),
    applications: t.field({ type: [ApplicationInput], description: `What was put against open items, at most ${linesMax}.` }),
    onAccount: t.field({ type: 'Decimal', description: 'What is kept on the customer’s account; above zero.' }),
    refunded: t.field({ type: 'Decimal', description: 'What was paid back; above zero.' }),
    charges: t.field({ type: 'Decimal', description: 'What is kept for bank charges and the like; above zero.' }),
    reversal: t.field({ type: ReversalInput, description: 'What is taken back.' }),
  }),
})

const PostCashResultsInput = builder.inputType('PostCashResultsInput', {
  description: 'Results of cash application.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose receipts they are about.' }),
    source: t.string({
      required: true,
      description: 'The system that tells them, at most 40 characters; keys are unique within it.',
    }),
    results: t.field({ type: [CashResultInput], required: true, description: `1 to ${limits.command.rows} results.` }),
    allOrNothing: t.boolean({
      required: true,
      defaultValue: false,
      description: 'One result that is refused refuses them all; without it each stands for itself.',
    }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: dryRunText }),
  }),
})

const OutcomeType = builder.enumType('CashResultOutcomeKind', {
  description: 'What became of a posted result.',
  values: {
    DONE: { description: 'All of it was done.' },
    WAITING: { description: 'It was kept; some of it waits for what is not there yet, and is done by itself then.' },
    REPEATED: { description: 'It was posted before: nothing was done again.' },
    REFUSED: { description: 'It cannot be taken, and nothing of it was kept.' },
  },
})

type Outcome = ResultOutcome & { readonly clientId: string }

const CashResultOutcome = builder.objectRef<Outcome>('CashResultOutcome').implement({
  description: 'What became of one posted result.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place among the results, from 0.' }),
    key: t.exposeString('key', { description: 'Its key.' }),
    outcome: t.field({ type: OutcomeType, description: 'What became of it.', resolve: ({ outcome }) => outcome }),
    waitsFor: t.field({
      type: [WaitsForType],
      description: 'What its steps wait for.',
      resolve: ({ waitsFor }) => [...waitsFor],
    }),
    refusal: t.field({
      type: RefusedResultType,
      nullable: true,
      description: 'Why it was refused.',
      resolve: ({ index, refusal }) => (refusal === null ? null : { index, ...refusal }),
    }),
    receipt: t.field({
      type: Receipt,
      nullable: true,
      description: 'The receipt as it is now; null while its payment was not told.',
      resolve: ({ clientId, receiptId }, _args, context) =>
        receiptId === null ? null : (receiptsById(context).load({ clientId, id: receiptId }) as never),
    }),
  }),
})

const OutcomeCounts = builder
  .objectRef<Record<'DONE' | 'WAITING' | 'REPEATED' | 'REFUSED', number>>('CashResultCounts')
  .implement({
    description: 'How many results came to what.',
    fields: (t) => ({
      done: t.int({ description: 'Done.', resolve: ({ DONE }) => DONE }),
      waiting: t.int({ description: 'Kept, and waiting for something.', resolve: ({ WAITING }) => WAITING }),
      repeated: t.int({ description: 'Posted before.', resolve: ({ REPEATED }) => REPEATED }),
      refused: t.int({ description: 'Not taken.', resolve: ({ REFUSED }) => REFUSED }),
    }),
  })

type Posted = {
  readonly clientId: string
  readonly outcomes: readonly ResultOutcome[]
  readonly counts: Record<'DONE' | 'WAITING' | 'REPEATED' | 'REFUSED', number>
}

const PostCashResultsPayload = builder.objectRef<Posted>('PostCashResultsPayload').implement({
  description: 'The results were taken, each by itself.',
  fields: (t) => ({
    counts: t.field({ type: OutcomeCounts, description: 'How many came to what.', resolve: ({ counts }) => counts }),
    results: t.field({
      type: [CashResultOutcome],
      description: 'What became of each, in the order they were posted.',
      resolve: ({ clientId, outcomes }) => outcomes.map((outcome) => ({ ...outcome, clientId })),
    }),
  }),
})

type Maybe<T> = T | null | undefined
type DeductionArgs = { amount: string; code?: Maybe<string>; codeList?: Maybe<string>; text?: Maybe<string> }

const deductionsFrom = (deductions: Maybe<readonly DeductionArgs[]>): PostedDeduction[] =>
  (deductions ?? []).map(({ amount, code, codeList, text }) => ({
    amount,
    code: code ?? null,
    codeList: codeList ?? null,
    text: text ?? null,
  }))

commandField(postCashResults, {
  description:
    'Posts results of cash application. Payment, remittance, applications and reversals may come in any order: what cannot be done yet is kept, and done the moment it can.',
  input: PostCashResultsInput,
  payload: PostCashResultsPayload,
  read: ({ client, source, results, allOrNothing }) => ({
    clientId: clientIdOf(client),
    source,
    allOrNothing,
    results: results.map(({ key, receiptKey, currency, payment, remittance, applications, reversal, ...rest }) => ({
      key,
      receiptKey,
      currency,
      payment:
        payment === null || payment === undefined
          ? null
          : {
              amount: payment.amount,
              valueOn: payment.valueOn,
              reference: payment.reference,
              payerName: payment.payerName ?? null,
              payerAccount: payment.payerAccount ?? null,
              customerNumber: payment.customerNumber ?? null,
              legalEntity: payment.legalEntity ?? null,
              bankText: payment.bankText ?? null,
            },
      remittance:
        remittance === null || remittance === undefined
          ? null
          : {
              payerName: remittance.payerName ?? null,
              lines: remittance.lines.map(({ reference, paid, discount, deductions }) => ({
                reference: reference ?? null,
                paid: paid ?? null,
                discount: discount ?? null,
                deductions: deductionsFrom(deductions),
              })),
            },
      applications: (applications ?? []).map((one) => ({
        itemNumber: one.itemNumber,
        legalEntity: one.legalEntity ?? null,
        amount: one.amount,
        itemCurrency: one.itemCurrency ?? null,
        receiptAmount: one.receiptAmount ?? null,
        discountEarned: one.discountEarned ?? null,
        discountUnearned: one.discountUnearned ?? null,
        writeOff: one.writeOff ?? null,
        withholdingTax: one.withholdingTax ?? null,
        bankFee: one.bankFee ?? null,
        fxDifference: one.fxDifference ?? null,
        deductions: deductionsFrom(one.deductions),
      })),
      onAccount: rest.onAccount ?? null,
      refunded: rest.refunded ?? null,
      charges: rest.charges ?? null,
      reversal:
        reversal === null || reversal === undefined
          ? null
          : { result: reversal.result ?? null, reason: reversal.reason, note: reversal.note ?? null },
    })),
  }),
})

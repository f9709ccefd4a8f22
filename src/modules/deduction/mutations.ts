import { builder, MoneyInput, RefusalType } from '../../platform/graphql/builder.ts'
import { commandField, idempotencyKeyText } from '../../platform/graphql/command-field.ts'
import { clientIdOf, keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { commentMax } from '../comment/index.ts'
import { type CodingOutcome, type Codings, codeDeductions, codingsMax } from './coding.ts'
import * as commands from './commands.ts'
import { commentDeduction } from './commenting.ts'
import { VerdictType } from './enums.ts'
import { deductionsById } from './reads.ts'
import { MissingEvidence } from './refusals.ts'
import { confirmDeductionPosted, requestCredit, requestWriteOff } from './settling.ts'
import { Deduction } from './types.ts'

builder.objectType(MissingEvidence, {
  name: 'MissingEvidence',
  description: 'Documents that the reason asks for do not hang on the deduction.',
  interfaces: [RefusalType],
  fields: (t) => ({ missing: t.stringList({ description: 'Their types.', resolve: ({ missing }) => [...missing] }) }),
})

const payload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      deduction: t.prismaField({
        type: Deduction,
        description: 'The deduction as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.deduction.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const texts = { deduction: 'The deduction.', expectedVersion: 'Its version as you read it.' }
const noteText = `A word about it, 1 to ${commands.noteMax} characters.`

const read = <Rest extends object>({ deduction, ...rest }: { readonly deduction: string } & Rest) => ({
  ...rest,
  deduction: keyOf('Deduction', deduction),
})

const CodingRefusal = builder.objectRef<{ readonly code: string; readonly message: string }>('DeductionCodingRefusal').implement({
  description: 'Why one deduction was not coded.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Its code: see docs/errors.md.' }),
    message: t.exposeString('message', { description: 'The same in words.' }),
  }),
})

const CodingOutcomeType = builder.objectRef<CodingOutcome>('DeductionCodingOutcome').implement({
  description: 'What became of one deduction of several.',
  fields: (t) => ({
    isCoded: t.exposeBoolean('isCoded', { description: 'Whether it has the reason now.' }),
    refusal: t.field({
      type: CodingRefusal,
      nullable: true,
      description: 'Why not; null where it has.',
      resolve: (outcome) => outcome.refusal,
    }),
    deduction: t.field({
      type: Deduction,
      nullable: true,
      description: 'The deduction as it is now; null where there is none.',
      resolve: ({ key }, _args, context) => deductionsById(context).load(key) as never,
    }),
  }),
})

const CodingInput = builder.inputType('DeductionCodingInput', {
  description: 'A reason for a deduction.',
  fields: (t) => ({
    deduction: t.id({ required: true, description: texts.deduction }),
    expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
    reason: t.string({ required: true, description: 'One of the client’s reasons: see the policy `DEDUCTION`.' }),
  }),
})

const CodeInput = builder.inputType('CodeDeductionsInput', {
  description: 'Reasons for deductions of one client.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose deductions.' }),
    codings: t.field({ type: [CodingInput], required: true, description: `1 to ${codingsMax} of them, each deduction once.` }),
    note: t.string({ required: true, description: 'By what evidence, 1 to 500 characters.' }),
  }),
})

commandField(codeDeductions, {
  description: 'Gives deductions their reasons, each by itself: one that cannot be coded keeps no other from it.',
  input: CodeInput,
  payload: builder.objectRef<Codings>('CodeDeductionsPayload').implement({
    description: 'What became of them.',
    fields: (t) => ({
      outcomes: t.field({
        type: [CodingOutcomeType],
        description: 'One for each, in their order.',
        resolve: ({ outcomes }) => [...outcomes],
      }),
    }),
  }),
  read: ({ client, codings, note }) => ({ clientId: clientIdOf(client), note, codings: codings.map(read) }),
})

const OnInput = builder.inputType('StartResearchInput', {
  description: 'A deduction to look into.',
  fields: (t) => ({
    deduction: t.id({ required: true, description: texts.deduction }),
    expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
  }),
})

commandField(commands.startResearch, {
  description:
    'Begins to find out whether the customer may keep a deduction, or goes on with what came of a request for documents.',
  input: OnInput,
  payload: payload('StartResearchPayload', 'It is looked into.'),
  read,
})

const BackupInput = builder.inputType('RequestBackupInput', {
  description: 'Documents to ask for.',
  fields: (t) => ({
    deduction: t.id({ required: true, description: texts.deduction }),
    expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
    from: t.string({ required: true, description: 'Who is asked, 1 to 200 characters.' }),
    types: t.stringList({ required: true, description: '1 to 20 types of the policy `EVIDENCE`.' }),
    note: t.string({ required: true, defaultValue: '', description: `A word about it, at most ${commands.noteMax} characters.` }),
  }),
})

commandField(commands.requestBackup, {
  description: 'Notes that somebody was asked for documents, or asked again. Nothing is sent.',
  input: BackupInput,
  payload: payload('RequestBackupPayload', 'It waits for documents.'),
  read,
})

const ValidateInput = builder.inputType('ValidateDeductionInput', {
  description: 'A decision about a deduction.',
  fields: (t) => ({
    deduction: t.id({ required: true, description: texts.deduction }),
    expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
    verdict: t.field({ type: VerdictType, required: true, description: 'Whether the customer may keep it.' }),
    rationale: t.string({ required: true, description: `Why, 1 to ${commands.noteMax} characters.` }),
    validAmount: t.field({
      type: MoneyInput,
      description: 'What of it is valid: above zero and below all of it. With the verdict PARTIAL, and only with it.',
    }),
    withoutEvidence: t.string({
      description: 'Why documents that its reason asks for are not needed, 1 to 500 characters. A lead’s or manager’s to say.',
    }),
  }),
})

commandField(commands.validateDeduction, {
  description:
    'Decides whether the customer may keep a deduction. Nothing is valid without the documents that its reason asks for, unless a lead says why. One that is valid in part is split into two that go on.',
  input: ValidateInput,
  payload: payload('ValidateDeductionPayload', 'It is decided.'),
  read: ({ deduction, validAmount, withoutEvidence, ...rest }) => ({
    ...rest,
    deduction: keyOf('Deduction', deduction),
    validAmount: validAmount ?? null,
    withoutEvidence: withoutEvidence ?? null,
  }),
})

const CreditInput = builder.inputType('RequestCreditInput', {
  description: 'A credit to ask for.',
  fields: (t) => ({
    deduction: t.id({ required: true, description: 'A deduction that is valid.' }),
    expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
    note: t.string({ required: true, description: 'For whoever approves it, 1 to 400 characters.' }),
    accrual: t.string({
      description: 'The accrual that it is settled from, as the client calls it; for trade spending only. A credit without it.',
    }),
  }),
})

commandField(requestCredit, {
  description: 'Asks for the approval to credit a valid deduction, or to settle it from an accrual, by the policy `APPROVAL`.',
  input: CreditInput,
  payload: payload('RequestCreditPayload', 'The approval is asked for, or was given at once.'),
  read: ({ deduction, accrual, ...rest }) => ({ ...rest, deduction: keyOf('Deduction', deduction), accrual: accrual ?? null }),
})

const noted = (name: string, description: string, note: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      deduction: t.id({ required: true, description: texts.deduction }),
      expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
      note: t.string({ required: true, description: note }),
    }),
  })

commandField(requestWriteOff, {
  description:
    'Writes a deduction off where it is small by the policy `DEDUCTION`: by itself, as a share of its item, and with what the month has seen. Asks for an approval of one that is larger, where it is decided.',
  input: noted('RequestWriteOffInput', 'A deduction to write off.', 'Why, 1 to 400 characters.'),
  payload: payload('RequestWriteOffPayload', 'It is small and approved, or its approval is asked for.'),
  read,
})

const PostedInput = builder.inputType('ConfirmDeductionPostedInput', {
  description: 'Word that the client’s ledger shows what was approved.',
  fields: (t) => ({
    deduction: t.id({ required: true, description: texts.deduction }),
    expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
    document: t.string({ required: true, description: 'Number of the credit or entry, 1 to 100 characters.' }),
  }),
})

commandField(confirmDeductionPosted, {
  description:
    'Notes that the ledger shows the credit or write-off, where no load showed it. What is open of the item is asked for from then on.',
  input: PostedInput,
  payload: payload('ConfirmDeductionPostedPayload', 'It is posted.'),
  read,
})

const DenyInput = builder.inputType('DenyDeductionInput', {
  description: 'A denial.',
  fields: (t) => ({
    deduction: t.id({ required: true, description: 'A deduction that is invalid.' }),
    expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
    text: t.string({ required: true, description: `What the customer is told, 1 to ${commands.noteMax} characters.` }),
  }),
})

commandField(commands.denyDeduction, {
  description:
    'Keeps that the customer was denied an invalid deduction, with the text and the documents that stand for it. Nothing is sent.',
  input: DenyInput,
  payload: payload('DenyDeductionPayload', 'It is denied.'),
  read,
})

commandField(commands.chaseRepayment, {
  description: 'Notes that the customer was asked to repay a denied deduction, or asked again. Nothing is sent.',
  input: noted('ChaseRepaymentInput', 'A repayment to ask for.', noteText),
  payload: payload('ChaseRepaymentPayload', 'Its repayment is asked for.'),
  read,
})

commandField(commands.disputeDenial, {
  description: 'Notes that the customer disputes a denial: the deduction is looked into again, and its verdict is void.',
  input: noted('DisputeDenialInput', 'A denial that the customer disputes.', noteText),
  payload: payload('DisputeDenialPayload', 'It is looked into again.'),
  read,
})

commandField(commands.placeDeductionLegal, {
  description: 'Gives a denied deduction to lawyers or an agency: they ask for it from then on.',
  input: noted('PlaceDeductionLegalInput', 'A deduction to place.', noteText),
  payload: payload('PlaceDeductionLegalPayload', 'It is placed.'),
  read,
})

commandField(commands.closeDeduction, {
  description: 'Ends the work on a deduction that is posted, repaid or placed.',
  input: noted('CloseDeductionInput', 'A deduction to close.', noteText),
  payload: payload('CloseDeductionPayload', 'It is closed.'),
  read,
})

const CommentInput = builder.inputType('CommentDeductionInput', {
  description: 'A word about a deduction.',
  fields: (t) => ({
    deduction: t.id({ required: true, description: texts.deduction }),
    text: t.string({ required: true, description: `What is to be said, 1 to ${commentMax} characters. It stays as it is.` }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
  }),
})

commandField(commentDeduction, {
  description: 'Says something about a deduction, whatever its state. Nothing else of it changes, not even its version.',
  input: CommentInput,
  payload: payload('CommentDeductionPayload', 'It was said.'),
  read,
})

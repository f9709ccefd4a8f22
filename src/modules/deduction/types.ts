import { builder, MoneyType } from '../../platform/graphql/builder.ts'
import { ApprovalRequest } from '../approval/index.ts'
import { commentList } from '../comment/index.ts'
import { evidenceList } from '../evidence/index.ts'
import { OpenItem } from '../receivable/index.ts'
import { type DeductionState, movesFrom, type Verdict } from './deduction-states.ts'
import { CodedByType, DeductionMoveType, DeductionStateType, KindType, VerdictType } from './enums.ts'
import {
  type ChangeRow,
  changesByDeduction,
  creditApprovals,
  deductionsById,
  missingByDeduction,
  writeOffApprovals,
} from './reads.ts'
import type { CodedBy } from './rules.ts'
import { x12Code, x12List } from './x12-426.ts'

type Layered = {
  readonly customerCode: string | null
  readonly codeList: string | null
  readonly reasonCode: string
  readonly codedBy: string
  readonly codedVersion: number
  readonly codingNote: string | null
}

const Layers = builder.objectRef<Layered>('DeductionLayers').implement({
  description: 'The three codes of a deduction, kept apart, and what made the last of the others.',
  fields: (t) => ({
    customer: t.exposeString('customerCode', { nullable: true, description: 'The payer’s code, as it came.' }),
    x12: t.string({
      nullable: true,
      description: 'Its code of X12 code list 426, with its zero; null where the payer’s code is of another list.',
      resolve: ({ customerCode, codeList }) => (customerCode !== null && codeList === x12List ? x12Code(customerCode) : null),
    }),
    internal: t.exposeString('reasonCode', { description: 'The client’s reason; UNKNOWN until one is known.' }),
    decidedBy: t.field({
      type: CodedByType,
      description: 'What gave it that reason.',
      resolve: ({ codedBy }) => codedBy as CodedBy,
    }),
    evidence: t.exposeString('codingNote', {
      nullable: true,
      description: 'The row or code that said so, or what a person wrote; null where nothing did.',
    }),
    policyVersion: t.exposeInt('codedVersion', {
      description: 'Version of the policy `DEDUCTION` it was coded under; 0 for the defaults.',
    }),
  }),
})

const Change = builder.objectRef<ChangeRow>('DeductionChange').implement({
  description: 'A move of a deduction, as it was made.',
  fields: (t) => ({
    move: t.field({ type: DeductionMoveType, description: 'What was done.', resolve: ({ move }) => move as 'identify' }),
    state: t.field({ type: DeductionStateType, description: 'Where it led.', resolve: ({ state }) => state as DeductionState }),
    verdict: t.field({
      type: VerdictType,
      nullable: true,
      description: 'The verdict behind it.',
      resolve: ({ verdict }) => verdict as Verdict | null,
    }),
    reasonCode: t.exposeString('reasonCode', { description: 'The reason behind it.' }),
    note: t.exposeString('note', { description: 'What was written about it: a rationale, the text of a denial; may be empty.' }),
    documents: t.string({
      authScopes: ({ clientId }) => ({ holdsFor: { permission: 'evidence:read', clientId } }),
      nullable: true,
      description: 'Documents that stood for it then, as JSON: id, type and SHA-256 of each.',
      resolve: ({ documents }) => JSON.stringify(documents),
    }),
    by: t.exposeString('principalName', { description: 'Name of who made it.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was made.' }),
    version: t.exposeInt('version', { description: 'The version of the deduction that it made.' }),
  }),
})

export const Deduction = builder.prismaNode('Deduction', {
  description:
    'What a customer paid less than an item was for, with its reason as far as it is known. The item stays open by it; while nobody has found it invalid the customer is not asked for it.',
  id: { field: 'clientId_id', description: 'Opaque id of the deduction.' },
  nullable: true,
  fields: (t) => ({
    amount: t.field({
      type: MoneyType,
      description: 'What was deducted.',
      resolve: ({ amountMinor: minor, currency }) => ({ minor, currency }),
    }),
    state: t.field({
      type: DeductionStateType,
      description: 'How far it has come.',
      resolve: ({ state }) => state as DeductionState,
    }),
    stateSince: t.expose('stateSince', { type: 'DateTime', description: 'Since when it is in that state.' }),
    verdict: t.field({
      type: VerdictType,
      nullable: true,
      description: 'Whether it is valid; null until that is decided.',
      resolve: ({ verdict }) => verdict as Verdict | null,
    }),
    layers: t.field({ type: Layers, description: 'Its codes, kept apart.', resolve: (row) => row }),
    reasonCode: t.exposeString('reasonCode', { description: 'The client’s reason; UNKNOWN until one is known.' }),
    kind: t.field({
      type: KindType,
      nullable: true,
      description: 'The kind of its reason; null while that is UNKNOWN.',
      resolve: ({ kind }) => kind as 'TRADE' | null,
    }),
    customerCode: t.exposeString('customerCode', { nullable: true, description: 'The payer’s code, as it came.' }),
    codeList: t.exposeString('codeList', {
      nullable: true,
      description: 'The list of the payer’s code: X12_426, ISO_20022, or PAYER for its own.',
    }),
    text: t.exposeString('text', { nullable: true, description: 'What the payer wrote about it.' }),
    disputeBy: t.expose('disputeBy', {
      type: 'Date',
      nullable: true,
      description: 'The last day at the client on which it can be disputed, by the policy `DEDUCTION`; null where there is none.',
    }),
    backupRequestedFrom: t.exposeString('backupFrom', {
      nullable: true,
      description: 'Who was asked for documents last; null where nobody was.',
    }),
    backupTypes: t.stringList({
      description: 'Types of documents that were asked for last.',
      resolve: ({ backupTypes }) => backupTypes?.split(' ') ?? [],
    }),
    backupRequests: t.exposeInt('backupAsks', { description: 'How often documents were asked for.' }),
    missingEvidence: t.stringList({
      authScopes: ({ clientId }) => ({ holdsFor: { permission: 'evidence:read', clientId } }),
      nullable: true,
      description: 'Types of documents that its reason asks for by the policy `EVIDENCE`, and that do not hang on it.',
      resolve: async ({ clientId, id }, _args, context) => [...(await missingByDeduction(context).load({ clientId, id }))],
    }),
    nextMoves: t.field({
      type: [DeductionMoveType],
      description: 'What people can do with it now.',
      resolve: ({ state, verdict }) => movesFrom({ state: state as DeductionState, verdict: verdict as Verdict | null }),
    }),
    isHeldBack: t.boolean({
      description: 'Whether the customer is not asked for it.',
      resolve: ({ holdsBack }) => holdsBack === true,
    }),
    changes: t.field({
      type: [Change],
      description: 'Its last hundred moves, in the order they were made.',
      resolve: async ({ clientId, id }, _args, context) => [...(await changesByDeduction(context).load({ clientId, id }))],
    }),
    approval: t.field({
      type: ApprovalRequest,
      nullable: true,
      authScopes: ({ clientId }) => ({ holdsFor: { permission: 'approval:read', clientId } }),
      description: 'The latest request for an approval of its credit or write-off; null where none was made.',
      resolve: async ({ clientId, id }, _args, context) => {
        const key = { clientId, id }
        const [credit, writeOff] = await Promise.all([creditApprovals(context).load(key), writeOffApprovals(context).load(key)])
        return ((credit?.id ?? '') > (writeOff?.id ?? '') ? credit : writeOff) as never
      },
    }),
    parent: t.relation('parent', { nullable: true, description: 'The deduction that it is a part of; null where it is none.' }),
    receipt: t.relation('receipt', { description: 'The payment that was short.' }),
    openItem: t.relation('openItem', { type: OpenItem, description: 'The item it was deducted from.' } as never),
    customer: t.relation('customer', { description: 'Whose item it is.' }),
    quietSince: t.expose('quietSince', {
      type: 'DateTime',
      description: 'Since when nobody said anything about it: its last comment, or its finding.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was found.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each move.' }),
  }),
})

builder.prismaObjectField(Deduction, 'comments', (t) => t.field(commentList('DEDUCTION', 'What was said about the deduction')))
builder.prismaObjectField(Deduction, 'evidence', (t) => t.field(evidenceList('DEDUCTION', 'What hangs on the deduction')))

builder.prismaObjectField(ApprovalRequest, 'deduction', (t) =>
  t.field({
    type: Deduction,
    nullable: true,
    description:
      'The deduction that is decided about, for an action DEDUCTION_CREDIT or DEDUCTION_WRITE_OFF; null where you have no right to read it.',
    resolve: ({ action, clientId, subjectId: id }, _args, context) =>
      action.startsWith('DEDUCTION_') ? (deductionsById(context).load({ clientId, id }) as never) : null,
  }),
)

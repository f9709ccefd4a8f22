import type { Money } from '../../kernel/money.ts'
import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { Receipt } from '../cash/index.ts'
import { Client } from '../client/index.ts'
import { OpenItem, openItemsById } from '../receivable/index.ts'
import type { MatchState } from './match-states.ts'
import { matchesByReceipt } from './reads.ts'
import {
  type Found,
  type ItemCandidate,
  type Lesson,
  type LineOutcome,
  type MatchOutcome,
  type Note,
  type PayerCandidate,
  type PayerLevel,
  type ReferenceField,
  type RuleUse,
  rules,
} from './rules.ts'
import type { Trace, TraceEffects, TraceLine } from './trace.ts'

const MatchOutcomeType = builder.enumType('MatchOutcome', {
  description: 'How sure the engine is.',
  values: {
    AUTOMATIC: { description: 'It is certain by the client’s policy, and was posted.' },
    SUGGESTED: { description: 'It proposes something; a person decides.' },
    NONE: { description: 'It found nothing.' },
  } satisfies Record<MatchOutcome, object>,
})

const MatchStateType = builder.enumType('MatchState', {
  description: 'What became of a match.',
  values: {
    POSTED: { description: 'It was posted without anybody’s doing.' },
    PROPOSED: { description: 'A person is to decide.' },
    FRUITLESS: { description: 'Nothing was found; a person may say what it is for.' },
    ACCEPTED: { description: 'A person posted it as it was proposed.' },
    CORRECTED: { description: 'A person posted something else, and what that teaches was remembered.' },
    REJECTED: { description: 'A person said that it is wrong.' },
    SUPERSEDED: { description: 'The engine looked again, or the receipt was decided about in another way.' },
  } satisfies Record<MatchState, object>,
})

const LineOutcomeType = builder.enumType('MatchLineOutcome', {
  description: 'What a line of a match came to.',
  values: {
    EXACT: { description: 'Just what is open was paid.' },
    WITHIN_TOLERANCE: { description: 'A small difference is written off, within the policy.' },
    SHORT_PAY: { description: 'Less was paid than is open.' },
    OVER_PAY: { description: 'More was paid than is open.' },
    DISCOUNT_EARNED: { description: 'What is missing is a cash discount taken in time.' },
    DISCOUNT_UNEARNED: { description: 'What is missing is a cash discount taken too late.' },
    DUPLICATE: { description: 'The item was paid before.' },
    PAID_WRONG_ENTITY: { description: 'The item is owed to another company of the client.' },
    NO_OPEN_ITEM: { description: 'No open item is known by what was referred to.' },
    BANK_FEE: { description: 'What is missing was kept by banks.' },
    FX_DIFFERENCE: { description: 'What is missing was taken by the exchange, or the item is in another currency.' },
    WITHHOLDING_TAX: { description: 'What is missing is withheld tax.' },
    NETTING: { description: 'A credit memo is taken off what is paid.' },
    AMBIGUOUS: { description: 'Several items fit, or the amount fits in several ways.' },
  } satisfies Record<LineOutcome, object>,
})

const PayerLevelType = builder.enumType('PayerLevel', {
  description: 'What told who paid.',
  values: {
    GIVEN: { description: 'The receipt said so.' },
    ACCOUNT: { description: 'The account it came from.' },
    NUMBER: { description: 'The customer’s number in the text.' },
    NAME: { description: 'The payer’s name.' },
    ITEMS: { description: 'The items that were referred to.' },
    NONE: { description: 'Nothing.' },
  } satisfies Record<PayerLevel, object>,
})

const ReferenceFieldType = builder.enumType('MatchReferenceField', {
  description: 'Where a reference was found.',
  values: {
    LINE: { description: 'In a line of the remittance.' },
    REFERENCE: { description: 'In the reference of the receipt.' },
    TEXT: { description: 'In the text of the bank.' },
  } satisfies Record<ReferenceField, object>,
})

const RuleType = builder.objectRef<RuleUse>('MatchRule').implement({
  description: 'A rule of the engine that had a say.',
  fields: (t) => ({
    id: t.string({ description: 'Stable name of the rule.', resolve: ({ id }) => id }),
    version: t.exposeInt('version', { description: 'Its version then: it grows when the meaning of the rule changes.' }),
    description: t.string({
      description: 'What it says, as of its present version.',
      resolve: ({ id }) => rules[id]?.description ?? id,
    }),
  }),
})

const PayerCandidateType = builder.objectRef<PayerCandidate>('PayerCandidate').implement({
  description: 'A customer who may have paid.',
  fields: (t) => ({
    customerNumber: t.exposeString('number', { nullable: true, description: 'Number of the customer.' }),
    name: t.exposeString('name', { description: 'Name of the customer.' }),
    rule: t.field({ type: RuleType, description: 'What speaks for it.', resolve: ({ rule }) => rule }),
    score: t.exposeInt('score', { description: 'From 0 to 1000.' }),
    data: t.exposeString('data', { description: 'What of the receipt was used.' }),
  }),
})

const PayerMatchType = builder.objectRef<Trace['payer']>('PayerMatch').implement({
  description: 'How the payer was identified.',
  fields: (t) => ({
    level: t.field({ type: PayerLevelType, description: 'What told it.', resolve: ({ level }) => level }),
    rule: t.field({
      type: RuleType,
      nullable: true,
      description: 'The rule; null where nobody was found.',
      resolve: ({ rule }) => rule,
    }),
    score: t.exposeInt('score', { description: 'From 0 to 1000.' }),
    data: t.exposeString('data', { nullable: true, description: 'What of the receipt was used.' }),
    candidates: t.field({
      type: [PayerCandidateType],
      description: 'Who was considered, best first.',
      resolve: ({ candidates }) => [...candidates],
    }),
  }),
})

const ItemCandidateType = builder.objectRef<ItemCandidate>('MatchCandidate').implement({
  description: 'An item that was considered.',
  fields: (t) => ({
    number: t.exposeString('number', { description: 'Number of the item.' }),
    isSettled: t.exposeBoolean('isSettled', { description: 'It is paid already: nothing can be put against it.' }),
    score: t.exposeInt('score', { description: 'From 0 to 1000.' }),
    why: t.exposeString('why', { description: 'What speaks for it.' }),
  }),
})

const FoundType = builder.objectRef<Found>('MatchReference').implement({
  description: 'What of the receipt led to an item.',
  fields: (t) => ({
    field: t.field({ type: ReferenceFieldType, description: 'Where it stood.', resolve: ({ field }) => field }),
    index: t.exposeInt('index', { nullable: true, description: 'In which line or text, from 0.' }),
    text: t.exposeString('text', { description: 'As it was written.' }),
    key: t.exposeString('key', { description: 'As it was compared: capitals and digits alone, without leading zeros.' }),
    distance: t.exposeInt('distance', { description: 'Edits between it and the number of the item.' }),
  }),
})

type Priced<T> = T & { readonly currency: string; readonly itemCurrency: string }
type DeductionShown = { readonly amount: Money; readonly code: string | null; readonly codeList: string | null }

const MatchDeduction = builder.objectRef<DeductionShown>('MatchDeduction').implement({
  description: 'What the payer deducted.',
  fields: (t) => ({
    amount: t.field({ type: MoneyType, description: 'How much.', resolve: ({ amount }) => amount }),
    code: t.exposeString('code', { nullable: true, description: 'The payer’s code for the reason.' }),
    codeList: t.exposeString('codeList', { nullable: true, description: 'The list of the code.' }),
  }),
})

const inItem = (field: Exclude<keyof TraceEffects, 'deductions'>, description: string) => ({
  type: MoneyType,
  description,
  resolve: (effects: Priced<TraceEffects>) => ({ minor: BigInt(effects[field]), currency: effects.itemCurrency }),
})

const EffectsType = builder.objectRef<Priced<TraceEffects>>('MatchEffects').implement({
  description: 'What a line does, or would do, to its item.',
  fields: (t) => ({
    cash: t.field({
      type: MoneyType,
      description: 'Money of the receipt, in its currency; below zero where a credit memo is taken off.',
      resolve: ({ cashMinor, currency }) => ({ minor: BigInt(cashMinor), currency }),
    }),
    settled: t.field(inItem('settledMinor', 'What the item has less open afterwards.')),
    discountEarned: t.field(inItem('discountEarnedMinor', 'A cash discount within its terms.')),
    discountUnearned: t.field(inItem('discountUnearnedMinor', 'A cash discount taken too late, and still owed.')),
    writeOff: t.field(inItem('writeOffMinor', 'A small difference that is written off.')),
    bankFee: t.field(inItem('bankFeeMinor', 'What banks kept.')),
    withholdingTax: t.field(inItem('withholdingMinor', 'Tax that was withheld.')),
    fxDifference: t.field(inItem('fxMinor', 'What exchange took.')),
    deductions: t.field({
      type: [MatchDeduction],
      description: 'What the payer held back, and still owes.',
      resolve: ({ deductions, itemCurrency }) =>
        deductions.map(({ amountMinor, code, codeList }) => ({
          amount: { minor: BigInt(amountMinor), currency: itemCurrency },
          code,
          codeList,
        })),
    }),
  }),
})

type Line = TraceLine & { readonly clientId: string; readonly currency: string }

const MatchedLine = builder.objectRef<Line>('MatchedLine').implement({
  description: 'One item of a match, or one line of a remittance for which none was found.',
  fields: (t) => ({
    lineIndex: t.exposeInt('lineIndex', {
      nullable: true,
      description: 'The line of the remittance, from 0; null where it was found without.',
    }),
    openItem: t.field({
      type: OpenItem,
      nullable: true,
      description: 'The item; null where none was found.',
      resolve: ({ clientId, itemId }, _args, context) =>
        itemId === null ? null : (openItemsById(context).load({ clientId, id: itemId }) as never),
    }),
    outcome: t.field({ type: LineOutcomeType, description: 'What it came to.', resolve: ({ outcome }) => outcome }),
    rule: t.field({ type: RuleType, nullable: true, description: 'What found the item.', resolve: ({ rule }) => rule }),
    further: t.field({ type: [RuleType], description: 'What else had a say.', resolve: ({ further }) => [...further] }),
    score: t.exposeInt('score', { description: 'From 0 to 1000.' }),
    candidates: t.field({
      type: [ItemCandidateType],
      description: 'The items considered, the chosen one first.',
      resolve: ({ candidates }) => [...candidates],
    }),
    found: t.field({ type: FoundType, nullable: true, description: 'What led to the item.', resolve: ({ found }) => found }),
    effects: t.field({
      type: EffectsType,
      description: 'What it does to the item.',
      resolve: ({ effects, currency, itemCurrency }) => ({ ...effects, currency, itemCurrency: itemCurrency ?? currency }),
    }),
  }),
})

const NoteType = builder.objectRef<Note>('MatchNote').implement({
  description: 'Something that is told about a match.',
  fields: (t) => ({
    code: t.string({ description: 'Stable name of it.', resolve: ({ code }) => code }),
    lineIndex: t.exposeInt('lineIndex', { nullable: true, description: 'The line it is about, from 0; null for the whole.' }),
    text: t.exposeString('text', { description: 'In words.' }),
    isBlocking: t.exposeBoolean('isBlocking', { description: 'It kept the match from being posted by itself.' }),
  }),
})

const LessonKindType = builder.enumType('MatchLessonKind', {
  description: 'What a correction taught.',
  values: {
    NAME_ALIAS: { description: 'A spelling of the payer’s name: it serves from now on.' },
    ACCOUNT_ALIAS: { description: 'An account of the payer: it serves from now on.' },
    LABEL: { description: 'A word that payers put before numbers: a proposal for the client’s matching policy.' },
  } satisfies Record<Lesson['kind'], object>,
})

const LessonType = builder.objectRef<Lesson>('MatchLesson').implement({
  description: 'Something to remember of a correction.',
  fields: (t) => ({
    kind: t.field({ type: LessonKindType, description: 'What it is.', resolve: ({ kind }) => kind }),
    value: t.exposeString('value', { description: 'The name, account or word.' }),
    seenIn: t.string({
      nullable: true,
      description: 'Where a word was seen; null for an alias.',
      resolve: (lesson) => (lesson.kind === 'LABEL' ? lesson.seenIn : null),
    }),
  }),
})

const traceIn = (trace: unknown): Trace => trace as Trace

export const Match = builder.prismaNode('CashMatch', {
  name: 'Match',
  description: 'What the engine found a receipt to be for, with its reasons.',
  id: { field: 'clientId_id', description: 'Opaque id of the match.' },
  nullable: true,
  fields: (t) => ({
    receipt: t.relation('receipt', { description: 'The receipt.' }),
    outcome: t.field({
      type: MatchOutcomeType,
      description: 'How sure it is.',
      resolve: ({ outcome }) => outcome as MatchOutcome,
    }),
    state: t.field({ type: MatchStateType, description: 'What became of it.', resolve: ({ state }) => state as MatchState }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'Version of the client’s matching policy; 0 stands for the defaults.',
    }),
    customer: t.relation('customer', { nullable: true, description: 'Who paid, as far as that was found.' }),
    payer: t.field({
      type: PayerMatchType,
      description: 'How the payer was identified.',
      resolve: ({ trace }) => traceIn(trace).payer,
    }),
    lines: t.field({
      type: [MatchedLine],
      description: 'The items, and lines without one.',
      resolve: ({ clientId, currency, trace }) => traceIn(trace).lines.map((line) => ({ ...line, clientId, currency })),
    }),
    amount: t.field({
      type: MoneyType,
      description: 'What was to be decided of the receipt.',
      resolve: ({ amountMinor: minor, currency }) => ({ minor, currency }),
    }),
    rest: t.field({
      type: MoneyType,
      description: 'What no item takes.',
      resolve: ({ trace, currency }) => ({ minor: BigInt(traceIn(trace).restMinor), currency }),
    }),
    notes: t.field({
      type: [NoteType],
      description: 'What else is told about it.',
      resolve: ({ trace }) => [...traceIn(trace).notes],
    }),
    isStraightThrough: t.exposeBoolean('isStraightThrough', {
      description: 'Nobody had a hand in it and nothing of it is left to be done, deductions coded.',
    }),
    lessons: t.field({
      type: [LessonType],
      description: 'What its correction taught.',
      resolve: ({ lessons }) => lessons as unknown as Lesson[],
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why a person corrected or rejected it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the engine looked.' }),
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was decided; null while that is open.',
    }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

const MatchConnection = connectionOf(Match, 'Match', 'matches')

builder.prismaObjectField(Client, 'matches', (t) =>
  t.field({
    type: MatchConnection,
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'What the engine found of the client’s receipts, earliest first.',
    args: {
      ...pageArgs,
      states: t.arg({ type: [MatchStateType], description: 'Only matches in one of these states; all without it.' }),
    },
    resolve: ({ id }, { states, ...args }, { tx }) =>
      keyset('matches', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.cashMatch.findMany({
          where: { clientId: id, ...(states === null || states === undefined ? {} : { state: { in: [...states] } }), ...where },
          orderBy,
          take,
        }),
      ),
  }),
)

builder.prismaObjectField(Receipt, 'matches', (t) =>
  t.field({
    type: MatchConnection,
    description: 'What the engine found of it, earliest first.',
    args: pageArgs,
    resolve: async ({ clientId, id }, args, context) => {
      const page = pageOf('receiptMatches', 1, args)
      const after = page.after === null ? null : readUuid(page.after[0])
      const rows = await matchesByReceipt(context, { take: page.first + 1, after }).load({ clientId, id })
      return toConnection(rows, page, (row) => encodeCursor('receiptMatches', [row.id])) as never
    },
  }),
)

const AliasKindType = builder.enumType('PayerAliasKind', {
  description: 'What a payer is recognised by.',
  values: { NAME: { description: 'A spelling of its name.' }, ACCOUNT: { description: 'An account it pays from.' } },
})

export const PayerAlias = builder.prismaNode('PayerAlias', {
  description: 'A spelling of a payer’s name, or an account, that a person said is a customer’s.',
  id: { field: 'clientId_id', description: 'Opaque id of the alias.' },
  nullable: true,
  fields: (t) => ({
    kind: t.field({ type: AliasKindType, description: 'What it is.', resolve: ({ kind }) => kind as 'NAME' | 'ACCOUNT' }),
    value: t.exposeString('value', { description: 'The name or account.' }),
    customer: t.relation('customer', { description: 'Whose it is.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was remembered.' }),
  }),
})

const PayerAliasConnection = connectionOf(PayerAlias, 'PayerAlias', 'aliases of payers')

builder.prismaObjectField(Client, 'payerAliases', (t) =>
  t.field({
    type: PayerAliasConnection,
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'What people taught about who pays, in the order it was remembered.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset('payerAliases', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.payerAlias.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

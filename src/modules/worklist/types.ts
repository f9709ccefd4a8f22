import type { Money } from '../../kernel/money.ts'
import { builder, MoneyType } from '../../platform/graphql/builder.ts'
import type { Context } from '../../platform/graphql/context.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf } from '../../platform/graphql/page.ts'
import { limits } from '../../platform/limits.ts'
import { ownershipOf, WorkOwner } from '../allocation/index.ts'
import { Receipt } from '../cash/index.ts'
import { Client, clientsById } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { freshnessOf } from '../intake/index.ts'
import { OpenItem } from '../receivable/index.ts'
import { type Channel, firstStepByCustomer } from '../stage/index.ts'
import type { ActionKind, NextAction } from './chase.ts'
import { rankOf } from './rank-reads.ts'
import { receiptsById, type WorkRow, workItems, worstItemsOf } from './reads.ts'
import type { Factor, FactorCode, HandCode, WorkKind } from './rules.ts'
import type { KeptAmount } from './store.ts'
import { leftOutOf } from './strategy-reads.ts'

export const WorkKindType = builder.enumType('WorkKind', {
  description: 'What a work item is about. Each kind is a queue of its own; cash work is about one receipt.',
  values: {
    COLLECTION: { description: 'All that one customer has to be asked for: one call settles many invoices.' },
    MISSING_REMITTANCE: { description: 'Money of a known customer, and nothing says what it is for.' },
    UNAPPLIED_CASH: { description: 'Money whose customer and purpose were told, and of which a part is not decided yet.' },
    UNIDENTIFIED_CASH: { description: 'Money that nobody is known to have paid, in review for escheat or not.' },
  } satisfies Record<WorkKind, object>,
})

const FactorCodeType = builder.enumType('PriorityFactorCode', {
  description: 'What a priority is counted from.',
  values: {
    OVERDUE_DAYS: {
      description: 'How late what is to be collected is: days overdue, weighted by amount; by default full points from 90 days.',
    },
    AMOUNT: {
      description:
        'How much is to be collected, or decided about, in the client’s base currency by its planning rates; by default full points from a million.',
    },
    PAYMENT_RISK: {
      description:
        'How late the customer paid over the last year, weighted by amount; by default full points from 60 days and half without history.',
    },
    BROKEN_PROMISES: { description: 'Promises past their day whose items are still open. Only by a strategy that asks for it.' },
    DISPUTED_SHARE: {
      description: 'Percent of what is open, credits aside, that is disputed. Only by a strategy that asks for it.',
    },
    DAYS_SINCE_PAYMENT: {
      description: 'Days since the customer last settled an item, within the last year. Only by a strategy that asks for it.',
    },
    ITEM_COUNT: { description: 'How many items are to be collected. Only by a strategy that asks for it.' },
    EXPOSURE: {
      description:
        'All that the customer has open, due or not, credits taken off, in the client’s base currency. Only by a strategy that asks for it.',
    },
    HIERARCHY: { description: 'Whether the customer belongs to a parent. Only by a strategy that asks for it.' },
    AGE: {
      description: 'How long money has been there undecided: days since its value date; by default full points from 30.',
    },
    CHASES: { description: 'How many steps of its chase are due and were not taken, of all that there are.' },
    PINNED: { description: 'Somebody put it first by hand, until an instant: 1,000 points.' },
    CALLBACK_DUE: { description: 'The time of an agreed callback has come, and nobody lifted it: 1,000 points.' },
  } satisfies Record<FactorCode | HandCode, object>,
})

export const PriorityFactor = builder.objectRef<Factor>('PriorityFactor').implement({
  description: 'One reason for a score.',
  fields: (t) => ({
    code: t.field({ type: FactorCodeType, description: 'Which reason.', resolve: ({ code }) => code }),
    label: t.exposeString('label', { description: 'The reason in words.' }),
    input: t.exposeString('input', { description: 'What the points were counted from.' }),
    points: t.exposeInt('points', { description: 'What it adds to the score.' }),
    weight: t.exposeInt('weight', { description: 'The most it can add.' }),
  }),
})

const Priority = builder.objectRef<WorkRow>('Priority').implement({
  description: 'Why a work item stands where it stands. The points of the factors add up to the score.',
  fields: (t) => ({
    score: t.exposeInt('score', {
      description:
        'From 0 to 1000 by what is known, and 1,000 more for a pin and for a callback that is due; the queue goes by it, best first.',
    }),
    strategyVersion: t.exposeInt('strategyVersion', {
      description:
        'The version of the client’s STRATEGY policy that it was counted by; 0 for the defaults. Same facts and version, same score.',
    }),
    rank: t.int({
      nullable: true,
      description: `Its place in the queue that was asked for, from 1; by \`node\` and in a change, in the queue of its client and kind. Null where it is not queued, and beyond ${limits.page.count}.`,
      resolve: (row, _args, context) => rankOf(context, row),
    }),
    factors: t.field({ type: [PriorityFactor], description: 'The reasons.', resolve: ({ factors }) => [...factors] }),
  }),
})

const kept = (name: 'open' | 'overdue' | 'toBeCollected', { currency, ...amounts }: KeptAmount): Money => ({
  minor: BigInt(amounts[name]),
  currency,
})

const WorkAmounts = builder.objectRef<{ open: Money; overdue: Money; toBeCollected: Money }>('WorkAmounts').implement({
  description: 'Amounts of one currency.',
  fields: (t) => ({
    open: t.field({
      type: MoneyType,
      description: 'All that is open, credits taken off; of cash work, what is not decided about.',
      resolve: ({ open }) => open,
    }),
    overdue: t.field({
      type: MoneyType,
      description: 'Invoices and debit memos past their due date.',
      resolve: ({ overdue }) => overdue,
    }),
    toBeCollected: t.field({
      type: MoneyType,
      description: 'What is due or overdue, less disputed items and less parts promised for today or later.',
      resolve: ({ toBeCollected }) => toBeCollected,
    }),
  }),
})

const WorkSubject = builder.unionType('WorkSubject', {
  description: 'What work is about: a customer who owes, or a receipt that is not decided about.',
  types: [Customer, Receipt],
  resolveType: (subject) => ('valueOn' in subject ? 'Receipt' : 'Customer'),
})

/** What a step of a client’s ladder asks whoever works the customer to do. */
const actionBy = {
  CALL: 'CALL_CUSTOMER',
  EMAIL: 'MAIL_CUSTOMER',
  LETTER: 'WRITE_LETTER',
  TASK: 'DO_TASK',
} as const satisfies Record<Channel, string>

type ShownAction = Omit<NextAction, 'kind'> & { readonly kind: ActionKind | (typeof actionBy)[Channel] }

const ActionKindType = builder.enumType('NextActionKind', {
  description:
    'A step to be taken: of a collection by the client’s ladder of stages, of cash work about money that nobody has decided about. Days are civil days of the client.',
  values: {
    ASK_PAYER: { description: 'Ask the payer what the money is for: on day 1 after the value date.' },
    ASK_PAYER_AGAIN: { description: 'Ask the payer again: on day 3.' },
    CALL_PAYER: { description: 'Call the payer: on day 7.' },
    DECIDE_ON_ACCOUNT: { description: 'Put it to the lead, who decides whether it is kept on account: on day 14.' },
    ASK_BANK: { description: 'Ask the bank who ordered the payment: on day 1.' },
    RESEARCH_PAYER: { description: 'Search for the payer: on day 5.' },
    DECIDE_USE: { description: 'Apply what is left, or say why it is kept: on day 1.' },
    ESCALATE: { description: 'Put it to the lead: unapplied cash on day 7, unidentified cash on day 30.' },
    REVIEW_FOR_ESCHEAT: { description: 'Look into whether it is unclaimed property: on day 90.' },
    FINISH_ESCHEAT_REVIEW: { description: 'End the review for escheat: on day 120.' },
    CALL_CUSTOMER: { description: 'A step that is a call. A logged call with the right party takes it.' },
    MAIL_CUSTOMER: { description: 'A step that is a mail.' },
    WRITE_LETTER: { description: 'A step that is a letter.' },
    DO_TASK: { description: 'A step that is done among ourselves.' },
  } satisfies Record<ShownAction['kind'], object>,
})

const NextActionType = builder.objectRef<ShownAction>('NextAction').implement({
  description:
    'The step that is to be taken next. `chaseReceipt` takes it of cash work, `completeStage` of one item of a collection; the next one is then due by itself.',
  fields: (t) => ({
    kind: t.field({ type: ActionKindType, description: 'What to do.', resolve: ({ kind }) => kind }),
    dueOn: t.expose('dueOn', {
      type: 'Date',
      description:
        'Day at the client on which it is due: of cash work counted from the value date in civil days, later where the step before it was late; of a collection as the ladder says of the item.',
    }),
    reason: t.exposeString('reason', { description: 'Why, for people.' }),
  }),
})

const stageAction = async (context: Context, customer: RowKey): Promise<ShownAction | null> => {
  const row = await firstStepByCustomer(context, { today: context.today(customer.clientId) }).load(customer)
  if (row?.next === undefined || row.next === null || row.dueOn === null) return null
  return { kind: actionBy[row.next.channel], dueOn: row.dueOn, reason: row.next.label }
}

export const WorkItem = builder.objectRef<WorkRow>('WorkItem')
builder.node(WorkItem, {
  description: 'Work for a delivery team: a collection is about one customer of one client, cash work about one receipt.',
  id: { resolve: ({ clientId, id }) => JSON.stringify([clientId, id]), description: 'Opaque id of the work item.' },
  loadManyWithoutCache: (ids, context) =>
    Promise.all(
      ids.map((text) => {
        const [clientId = '', id = ''] = JSON.parse(text) as [string, string]
        return workItems(context).load({ clientId, id })
      }),
    ),
  fields: (t) => ({
    kind: t.field({ type: WorkKindType, description: 'What it is about.', resolve: ({ kind }) => kind }),
    client: t.field({
      type: Client,
      description: 'Whose work it is.',
      resolve: ({ clientId }, _args, context) => clientsById(context).load({ clientId, id: clientId }) as never,
    }),
    subject: t.field({
      type: WorkSubject,
      description: 'The customer of a collection; the receipt of cash work.',
      resolve: ({ clientId, customer, receiptId }, _args, context) =>
        (receiptId === null ? customer : receiptsById(context).load({ clientId, id: receiptId })) as never,
    }),
    customer: t.field({
      type: Customer,
      nullable: true,
      description: 'Whom to call; null for money that nobody is known to have paid.',
      resolve: ({ customer }) => customer as never,
    }),
    owner: t.field({
      type: WorkOwner,
      nullable: true,
      description: 'Whose it is, by who has its customer; null for nobody’s, and for money that nobody is known to have paid.',
      resolve: async ({ clientId, ownerTeamId, customer }, _args, context) => {
        if (ownerTeamId === null || customer === null) return null
        return ownershipOf(context).load({ clientId, id: customer.id })
      },
    }),
    isQueued: t.exposeBoolean('isQueued', {
      description:
        'It is in the queue: something is to be collected, or to be decided about, and it is neither snoozed nor waiting for a callback.',
    }),
    leftOut: t.string({
      nullable: true,
      description:
        'Why the client’s strategy leaves it out of the queue although there is something to be done; null for what is queued.',
      resolve: ({ clientId, id, isQueued }, _args, context) => (isQueued ? null : leftOutOf(context).load({ clientId, id })),
    }),
    priority: t.field({ type: Priority, description: 'Why it stands where it stands.', resolve: (row) => row }),
    amounts: t.field({
      type: [WorkAmounts],
      description: 'What the customer has open, or what of the receipt is undecided: one row for each currency.',
      resolve: ({ amounts }) =>
        amounts.map((amount) => ({
          open: kept('open', amount),
          overdue: kept('overdue', amount),
          toBeCollected: kept('toBeCollected', amount),
        })),
    }),
    overdueDays: t.exposeInt('overdueDays', {
      description: 'Days overdue of the oldest item to be collected; 0 for cash work.',
    }),
    ageDays: t.exposeInt('ageDays', {
      description:
        'How old it is, in civil days of the client: of cash work since the value date, of a collection its `overdueDays`.',
    }),
    nextAction: t.field({
      type: NextActionType,
      nullable: true,
      description:
        'What to do next: of a collection the highest step that is due of any of its items, or else the one that is due next. Null where nothing is left to be done, where everything is held, and for collections of a client that stages nothing.',
      resolve: ({ clientId, kind, customer, nextAction }, _args, context) =>
        kind === 'COLLECTION' && customer !== null ? stageAction(context, { clientId, id: customer.id }) : nextAction,
    }),
    itemCount: t.exposeInt('itemCount', { description: 'Items to be collected; 0 for cash work.' }),
    items: t.field({
      type: [OpenItem],
      description:
        'The items behind a collection, earliest due first; `Customer.invoices` has them all, page by page. None for cash work.',
      args: { first: t.arg.int({ required: true, defaultValue: 3, description: `How many, from 1 to ${limits.page.first}.` }) },
      resolve: ({ clientId, kind, customer, items }, { first }, context) => {
        const { first: most } = pageOf('items', 0, { first })
        // What the page brought along is answered without a promise.
        if (items !== null) return items.slice(0, most) as never
        if (kind !== 'COLLECTION' || customer === null) return []
        return worstItemsOf(context, { first: most }).load({ clientId, id: customer.id }) as never
      },
    }),
    queuedAt: t.expose('queuedAt', { type: 'DateTime', description: 'Since when it has been in the queue.' }),
    dataAsOf: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The instant up to which the client’s ledger was loaded; null before the first load.',
      resolve: ({ clientId }, _args, context) => freshnessOf(context).load({ clientId, id: clientId }),
    }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

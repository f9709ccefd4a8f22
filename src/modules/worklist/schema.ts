import type { GraphQLResolveInfo } from 'graphql'
import type { Money } from '../../kernel/money.ts'
import { type Connection, encodeCursor, toConnection } from '../../kernel/page.ts'
import { cursorOf, placesFrom, planned, type StreamStep } from '../../platform/events/stream.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { coded, notFound } from '../../platform/graphql/errors.ts'
import { clientIdOf, globalIdOf, keyOf } from '../../platform/graphql/ids.ts'
import { pageOf, readInt, readUuid } from '../../platform/graphql/page.ts'
import { largestFirst, namesBelow } from '../../platform/graphql/selection.ts'
import { limits } from '../../platform/limits.ts'
import { can, clientsWhere, type Viewer } from '../../platform/policy.ts'
import { Client, clientsById } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { freshnessOf } from '../intake/index.ts'
import { itemJsonFor, OpenItem } from '../receivable/index.ts'
import {
  countWork,
  type ItemsAsked,
  noFilter,
  type QueueTotal,
  sumWork,
  type WorkFilter,
  type WorkRow,
  workItems,
  workPage,
  worstItemsOf,
} from './reads.ts'
import type { ChangeKind } from './refresh.ts'
import type { Factor, factorCodes } from './rules.ts'
import type { KeptAmount } from './store.ts'

const WorkKind = builder.enumType('WorkKind', {
  description: 'What a work item is about.',
  values: { COLLECTION: { description: 'All that one customer has to be asked for: one call settles many invoices.' } },
})

const FactorCodeType = builder.enumType('PriorityFactorCode', {
  description: 'What a priority is counted from.',
  values: {
    OVERDUE_DAYS: {
      description: 'How late what is to be collected is: days overdue, weighted by amount; full points from 90 days.',
    },
    AMOUNT: {
      description:
        'How much is to be collected, in the client’s base currency by its planning rates; full points from a million.',
    },
    PAYMENT_RISK: {
      description:
        'How late the customer paid over the last year, weighted by amount; full points from 60 days; half without history.',
    },
  } satisfies Record<(typeof factorCodes)[number], object>,
})

const PriorityFactor = builder.objectRef<Factor>('PriorityFactor').implement({
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
    score: t.exposeInt('score', { description: 'From 0 to 1000; the queue goes by it, best first.' }),
    strategyVersion: t.exposeInt('strategyVersion', {
      description: 'The strategy it was counted by: same inputs and version, same score.',
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
    open: t.field({ type: MoneyType, description: 'All that is open, credits taken off.', resolve: ({ open }) => open }),
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

export const WorkItem = builder.objectRef<WorkRow>('WorkItem')
builder.node(WorkItem, {
  description: 'Work for a delivery team. A collection item is about one customer of one client.',
  id: { resolve: ({ clientId, id }) => JSON.stringify([clientId, id]), description: 'Opaque id of the work item.' },
  loadManyWithoutCache: (ids, context) =>
    Promise.all(
      ids.map((text) => {
        const [clientId = '', id = ''] = JSON.parse(text) as [string, string]
        return workItems(context).load({ clientId, id })
      }),
    ),
  fields: (t) => ({
    kind: t.field({ type: WorkKind, description: 'What it is about.', resolve: ({ kind }) => kind }),
    client: t.field({
      type: Client,
      description: 'Whose work it is.',
      resolve: ({ clientId }, _args, context) => clientsById(context).load({ clientId, id: clientId }) as never,
    }),
    customer: t.field({ type: Customer, description: 'Whom to call.', resolve: ({ customer }) => customer as never }),
    isQueued: t.exposeBoolean('isQueued', { description: 'It is in the queue: something is to be collected.' }),
    priority: t.field({ type: Priority, description: 'Why it stands where it stands.', resolve: (row) => row }),
    amounts: t.field({
      type: [WorkAmounts],
      description: 'What the customer has open, one row for each currency.',
      resolve: ({ amounts }) =>
        amounts.map((amount) => ({
          open: kept('open', amount),
          overdue: kept('overdue', amount),
          toBeCollected: kept('toBeCollected', amount),
        })),
    }),
    overdueDays: t.exposeInt('overdueDays', { description: 'Days overdue of the oldest item to be collected.' }),
    itemCount: t.exposeInt('itemCount', { description: 'Items to be collected.' }),
    items: t.field({
      type: [OpenItem],
      description: 'The items behind it, earliest due first; `Customer.invoices` has them all, page by page.',
      args: { first: t.arg.int({ required: true, defaultValue: 3, description: `How many, from 1 to ${limits.page.first}.` }) },
      resolve: ({ clientId, customerId, items }, { first }, context) => {
        const { first: most } = pageOf('items', 0, { first })
        // What the page brought along is answered without a promise.
        if (items !== null) return items.slice(0, most) as never
        return worstItemsOf(context, { first: most }).load({ clientId, id: customerId }) as never
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

const QueueTotalType = builder.objectRef<QueueTotal>('WorklistTotal').implement({
  description: 'What the whole queue adds up to in one currency.',
  fields: (t) => ({
    open: t.field({ type: MoneyType, description: 'All that its customers have open.', resolve: ({ open }) => open }),
    overdue: t.field({ type: MoneyType, description: 'What of it is past due.', resolve: ({ overdue }) => overdue }),
    toBeCollected: t.field({
      type: MoneyType,
      description: 'What is to be asked for.',
      resolve: ({ toBeCollected }) => toBeCollected,
    }),
  }),
})

const Count = builder.objectRef<{ count: number }>('Count').implement({
  description: 'How many there are, counted up to a limit.',
  fields: (t) => ({
    value: t.int({ description: `At most ${limits.page.count}.`, resolve: ({ count }) => Math.min(count, limits.page.count) }),
    isCapped: t.boolean({ description: 'There are more than `value`.', resolve: ({ count }) => count > limits.page.count }),
  }),
})

type Queue = Connection<WorkRow> & { readonly clients: readonly string[]; readonly filter: WorkFilter }

const WorkItemEdge = builder.objectRef<Queue['edges'][number]>('WorkItemEdge').implement({
  description: 'A row of a page of work.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The place of this row in the queue; give it as `after` to go on behind it.',
      resolve: ({ cursor }) => cursor,
    }),
    node: t.field({ type: WorkItem, description: 'The work.', resolve: ({ node }) => node }),
  }),
})

const WorkItemConnection = builder.objectRef<Queue>('WorkItemConnection').implement({
  description: 'A page of a queue, best first.',
  fields: (t) => ({
    edges: t.field({ type: [WorkItemEdge], description: 'The rows of this page.', resolve: ({ edges }) => [...edges] }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Where the page lies in the queue.',
      resolve: ({ pageInfo }) => pageInfo,
    }),
    totalCount: t.field({
      type: Count,
      description: 'How many rows the whole queue has.',
      resolve: async ({ clients, filter }, _args, { tx }) => ({ count: await countWork(tx, clients, filter) }),
    }),
    totalAmount: t.field({
      type: [QueueTotalType],
      description: 'What the whole queue adds up to, one row for each currency: currencies are never added.',
      resolve: ({ clients, filter }, _args, { tx }) => sumWork(tx, clients, filter),
    }),
    dataAsOf: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'The instant up to which the ledgers of all its clients were loaded: the oldest of them; null if one never was.',
      resolve: async ({ clients }, _args, context) => {
        const instants = await Promise.all(clients.map((id) => freshnessOf(context).load({ clientId: id, id })))
        if (instants.length === 0 || instants.some((instant) => instant === null)) return null
        return instants.reduce((oldest, instant) => ((instant as Date) < (oldest as Date) ? instant : oldest))
      },
    }),
    cursor: t.field({
      type: 'Cursor',
      description:
        'Where the stream of changes stands at this instant: `worklistChanged(after:)` goes on behind it and misses nothing.',
      resolve: ({ clients }, _args, context) => cursorOf(context, clients),
    }),
  }),
})

const WorklistFilterInput = builder.inputType('WorklistFilter', {
  description: 'Narrows a queue; what is not given does not narrow.',
  fields: (t) => ({
    minScore: t.int({ description: 'Only work with at least this score.' }),
    minOverdueDays: t.int({
      description: 'Only customers whose oldest item to be collected is at least this many days overdue.',
    }),
    currency: t.field({ type: 'CurrencyCode', description: 'Only customers with something to be collected in this currency.' }),
    customer: t.id({ description: 'Only this customer.' }),
  }),
})

type FilterArgs = {
  minScore?: number | null | undefined
  minOverdueDays?: number | null | undefined
  currency?: string | null | undefined
  customer?: string | null | undefined
}

export const filterFrom = (filter: FilterArgs | null | undefined): WorkFilter =>
  filter === null || filter === undefined
    ? noFilter
    : {
        minScore: filter.minScore ?? null,
        minOverdueDays: filter.minOverdueDays ?? null,
        currency: filter.currency ?? null,
        customerId: typeof filter.customer === 'string' ? keyOf('Customer', filter.customer).id : null,
      }

/** The clients named, each of which the viewer must serve; or all that they serve. */
export const servedClients = (viewer: Viewer, named: readonly string[] | null | undefined): string[] => {
  if (named === null || named === undefined) return clientsWhere(viewer, 'work:read')
  if (named.length > limits.command.clients) throw notFound('client')
  const ids = [...new Set(named.map(clientIdOf))]
  if (!ids.every((id) => can(viewer, 'work:read', id))) throw notFound('client')
  return ids
}

const itemsPath = ['edges', 'node', 'items']

/** The page's own statement brings the items along that the answer will need, with what it will need of them. */
const itemsAsked = (info: GraphQLResolveInfo): ItemsAsked | null => {
  const first = largestFirst(info, itemsPath, 3)
  return first === null ? null : { first: pageOf('items', 0, { first }).first, json: itemJsonFor(namesBelow(info, itemsPath)) }
}

const queueOf = async (
  context: Context,
  clients: readonly string[],
  args: { first: number; after?: string | null | undefined; filter?: FilterArgs | null | undefined },
  items: ItemsAsked | null,
): Promise<Queue> => {
  const page = pageOf('worklist', 2, args)
  const filter = filterFrom(args.filter)
  const after = page.after === null ? null : { score: readInt(page.after[0]), id: readUuid(page.after[1]) }
  const rows = await workPage(context.tx, { clients, filter, take: page.first + 1, after, items })
  return { ...toConnection(rows, page, ({ score, id }) => encodeCursor('worklist', [score, id])), clients, filter }
}

builder.queryField('worklist', (t) =>
  t.field({
    type: WorkItemConnection,
    nullable: true,
    description: 'The open work of the named clients, or of every client that you serve, in one queue, best first.',
    authScopes: { holds: 'work:read' },
    args: {
      clients: t.arg.idList({ description: `At most ${limits.command.clients} clients; all that you serve without it.` }),
      filter: t.arg({ type: WorklistFilterInput, description: 'Narrows the queue.' }),
      ...pageArgs,
    },
    resolve: (_root, args, context, info) =>
      queueOf(context, servedClients(context.viewer, args.clients), args, itemsAsked(info)),
  }),
)

builder.prismaObjectField(Client, 'worklist', (t) =>
  t.field({
    type: WorkItemConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'The open work of this client, best first.',
    args: { filter: t.arg({ type: WorklistFilterInput, description: 'Narrows the queue.' }), ...pageArgs },
    resolve: ({ id }, args, context, info) => {
      const isServed = can(context.viewer, 'work:read', id)
      return queueOf(context, isServed ? [id] : [], args, itemsAsked(info))
    },
  }),
)

const WorklistChangeKind = builder.enumType('WorklistChangeKind', {
  description: 'What became of a row of the queue.',
  values: {
    START: { description: 'Nothing yet: the first message of every subscription, with the cursor it goes on behind.' },
    ADDED: { description: 'The work came into the queue.' },
    UPDATED: { description: 'Its amounts changed; its place did not.' },
    MOVED: { description: 'Its score changed, and perhaps its amounts: it may stand elsewhere now.' },
    REMOVED: { description: 'Nothing is to be collected any more: it left the queue.' },
    RESYNC: { description: 'Read the queue again, then go on: changes before this cursor are not told one by one.' },
  },
})

type WorkPayload = { kind: ChangeKind; workItemId: string; cause: string; scoreBefore: number | null; score: number }

const payloadOf = (step: StreamStep): WorkPayload | null => (step.kind === 'EVENT' ? (step.event.payload as WorkPayload) : null)

const WorklistChange = builder.objectRef<StreamStep>('WorklistChange').implement({
  description: 'A change of a queue. Delivered at least once; a change at or before a cursor you have seen is a repetition.',
  fields: (t) => ({
    kind: t.field({
      type: WorklistChangeKind,
      description: 'What happened.',
      resolve: (step) => (step.kind === 'EVENT' ? (payloadOf(step)?.kind ?? 'RESYNC') : step.kind),
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Give it as `after` to go on behind this change.',
      resolve: ({ cursor }) => cursor,
    }),
    client: t.field({
      type: Client,
      nullable: true,
      description: 'At whose queue; null for START and RESYNC, which are about all of them.',
      resolve: (step, _args, context) =>
        step.kind === 'EVENT'
          ? (clientsById(context).load({ clientId: step.event.clientId, id: step.event.clientId }) as never)
          : null,
    }),
    reason: t.string({
      nullable: true,
      description:
        'Why: `cash`, `import`, `promise` or `day` for a change of the queue; RIGHTS_CHANGED or CURSOR_TOO_OLD for RESYNC.',
      resolve: (step) => payloadOf(step)?.cause ?? (step.kind === 'RESYNC' ? step.reason : null),
    }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it happened; null for START and RESYNC.',
      resolve: (step) => (step.kind === 'EVENT' ? step.event.at : null),
    }),
    scoreBefore: t.int({
      nullable: true,
      description: 'The score it had; null where it was never in the queue.',
      resolve: (step) => payloadOf(step)?.scoreBefore ?? null,
    }),
    workItemId: t.field({
      type: 'ID',
      nullable: true,
      description: 'Which row: also where it is gone.',
      resolve: (step) => (step.kind === 'EVENT' ? workItemId(step) : null),
    }),
    item: t.field({
      type: WorkItem,
      nullable: true,
      description:
        'The row as it is when the change is delivered, which may be newer than the change; null for REMOVED, START and RESYNC.',
      resolve: async (step, _args, context) => {
        const payload = payloadOf(step)
        if (step.kind !== 'EVENT' || payload === null || payload.kind === 'REMOVED') return null
        const row = await workItems(context).load({ clientId: step.event.clientId, id: payload.workItemId })
        return row?.isQueued === true ? row : null
      },
    }),
  }),
})

const workItemId = (step: Extract<StreamStep, { kind: 'EVENT' }>) =>
  globalIdOf('WorkItem', { clientId: step.event.clientId, id: (step.event.payload as WorkPayload).workItemId })

builder.subscriptionField('worklistChanged', (t) =>
  t.field({
    type: WorklistChange,
    nullable: true,
    description:
      'Changes of the queue of the named clients, or of every client that you serve. Rights are checked at each delivery.',
    authScopes: { holds: 'work:read' },
    args: {
      clients: t.arg.idList({ description: `At most ${limits.command.clients} clients; all that you serve without it.` }),
      after: t.arg({
        type: 'Cursor',
        description: 'Go on behind this cursor of an earlier change or of a worklist; from now on without it.',
      }),
    },
    subscribe: (_root, { clients, after }, { viewer }) => {
      const places = placesFrom(after)
      if (places === null)
        throw coded('BAD_USER_INPUT', 'after is not a cursor of a stream; take it from a change or from a worklist.')
      servedClients(viewer, clients)
      return planned({
        names: ['work.changed'],
        after: places ?? null,
        clientsFor: (now) => {
          try {
            return servedClients(now, clients)
          } catch {
            return null
          }
        },
      }) as AsyncIterable<StreamStep>
    },
    resolve: (step) => step,
  }),
)

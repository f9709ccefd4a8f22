import type { GraphQLResolveInfo } from 'graphql'
import { type Connection, encodeCursor, toConnection } from '../../kernel/page.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { cursorOf } from '../../platform/events/stream.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { Count } from '../../platform/graphql/count.ts'
import { notFound } from '../../platform/graphql/errors.ts'
import { clientsHeld } from '../../platform/graphql/followed.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import { pageOf, readInt, readUuid } from '../../platform/graphql/page.ts'
import { largestFirst, namesBelow } from '../../platform/graphql/selection.ts'
import { limits } from '../../platform/limits.ts'
import { can, type Viewer } from '../../platform/policy.ts'
import { Client } from '../client/index.ts'
import { freshnessOf } from '../intake/index.ts'
import { itemJsonFor } from '../receivable/index.ts'
import { keepPage } from './rank-reads.ts'
import {
  type ClaimAsked,
  countWork,
  type ItemsAsked,
  noFilter,
  type QueueTotal,
  sumWork,
  type WorkFilter,
  type WorkRow,
  workPage,
} from './reads.ts'
import type { WorkKind } from './rules.ts'
import { WorkItem, WorkKindType } from './types.ts'
import { type OwnerArgs, ownerAskedFrom, WorkOwnerFilter } from './whose.ts'

const QueueTotalType = builder.objectRef<QueueTotal>('WorklistTotal').implement({
  description: 'What the whole queue adds up to in one currency.',
  fields: (t) => ({
    open: t.field({
      type: MoneyType,
      description: 'All that its customers have open, or what of its receipts is undecided.',
      resolve: ({ open }) => open,
    }),
    overdue: t.field({ type: MoneyType, description: 'What of it is past due.', resolve: ({ overdue }) => overdue }),
    toBeCollected: t.field({
      type: MoneyType,
      description: 'What is to be asked for.',
      resolve: ({ toBeCollected }) => toBeCollected,
    }),
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

export const WorkItemConnection = builder.objectRef<Queue>('WorkItemConnection').implement({
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

const ClaimFilterType = builder.enumType('ClaimFilter', {
  description: 'Whom work is held by.',
  values: {
    FREE: { description: 'Nobody else holds it: what you can take.' },
    MINE: { description: 'You hold it.' },
  } satisfies Record<ClaimAsked['by'], object>,
})

const WorklistFilterInput = builder.inputType('WorklistFilter', {
  description: 'Narrows a queue; what is not given does not narrow.',
  fields: (t) => ({
    kinds: t.field({
      type: [WorkKindType],
      description: 'Only work of these kinds, all in one queue; collections alone without it.',
    }),
    minScore: t.int({ description: 'Only work with at least this score.' }),
    minOverdueDays: t.int({
      description: 'Only customers whose oldest item to be collected is at least this many days overdue; cash work never is.',
    }),
    currency: t.field({
      type: 'CurrencyCode',
      description: 'Only work with something to be collected, or decided about, in this currency.',
    }),
    customer: t.id({ description: 'Only work of this customer.' }),
    owner: t.field({ type: WorkOwnerFilter, description: 'Only work of this owner.' }),
    claim: t.field({ type: ClaimFilterType, description: 'Only work that is held like this, as of now.' }),
  }),
})

type FilterArgs = {
  kinds?: readonly WorkKind[] | null | undefined
  minScore?: number | null | undefined
  minOverdueDays?: number | null | undefined
  currency?: string | null | undefined
  customer?: string | null | undefined
  claim?: ClaimAsked['by'] | null | undefined
  owner?: OwnerArgs | null | undefined
}

const filterFrom = (filter: FilterArgs | null | undefined, { viewer, now }: Tx): WorkFilter =>
  filter === null || filter === undefined
    ? noFilter
    : {
        kinds: [...new Set(filter.kinds ?? noFilter.kinds)],
        minScore: filter.minScore ?? null,
        minOverdueDays: filter.minOverdueDays ?? null,
        currency: filter.currency ?? null,
        customerId: typeof filter.customer === 'string' ? keyOf('Customer', filter.customer).id : null,
        claim: filter.claim === null || filter.claim === undefined ? null : { by: filter.claim, principalId: viewer.id, now },
        owner: ownerAskedFrom(filter.owner, viewer),
      }

/** The clients named, each of which the viewer must serve; or all that they serve. */
export const servedClients = (viewer: Viewer, named: readonly string[] | null | undefined): string[] => {
  const ids = clientsHeld(viewer, 'work:read', named)
  if (ids === null) throw notFound('client')
  return ids
}

const itemsPath = ['edges', 'node', 'items']

/** The page's own statement brings the items along that the answer will need, with what it will need of them. */
export const itemsAsked = (info: GraphQLResolveInfo): ItemsAsked | null => {
  const first = largestFirst(info, itemsPath, 3)
  return first === null ? null : { first: pageOf('items', 0, { first }).first, json: itemJsonFor(namesBelow(info, itemsPath)) }
}

export const queueOf = async (
  context: Context,
  clients: readonly string[],
  args: { first: number; after?: string | null | undefined; filter?: FilterArgs | null | undefined },
  items: ItemsAsked | null,
): Promise<Queue> => {
  const page = pageOf('worklist', 2, args)
  const filter = filterFrom(args.filter, context.tx)
  const after = page.after === null ? null : { score: readInt(page.after[0]), id: readUuid(page.after[1]) }
  const rows = await workPage(context.tx, { clients, filter, take: page.first + 1, after, items })
  keepPage(context, { clients, filter, rows, isFirst: after === null })
  return { ...toConnection(rows, page, ({ score, id }) => encodeCursor('worklist', [score, id])), clients, filter }
}

builder.queryField('worklist', (t) =>
  t.field({
    type: WorkItemConnection,
    nullable: true,
    description:
      'The open work of the named clients, or of every client that you serve, in one queue, best first: collections, or the kinds that the filter names.',
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
    description: 'The open work of this client, best first: collections, or the kinds that the filter names.',
    args: { filter: t.arg({ type: WorklistFilterInput, description: 'Narrows the queue.' }), ...pageArgs },
    resolve: ({ id }, args, context, info) => {
      const isServed = can(context.viewer, 'work:read', id)
      return queueOf(context, isServed ? [id] : [], args, itemsAsked(info))
    },
  }),
)

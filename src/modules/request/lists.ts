import { decodeGlobalId } from '../../kernel/ids.ts'
import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { notFound } from '../../platform/graphql/errors.ts'
import { clientsHeld } from '../../platform/graphql/followed.ts'
import { nobody } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { limits } from '../../platform/limits.ts'
import { Receipt } from '../cash/index.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { OpenItem } from '../receivable/index.ts'
import { WorkItem } from '../worklist/index.ts'
import { entitledAt, entitledOf } from './owner-reads.ts'
import { type RequestsOf, requestPage, requestsBy } from './reads.ts'
import type { RequestKind, RequestState } from './request-states.ts'
import { RequestKindType, RequestOwner, RequestStateType, WorkRequestConnection } from './types.ts'

type Named = string | null | undefined
type PageArgs = { readonly first: number; readonly after?: Named }

const RequestFilterInput = builder.inputType('RequestFilter', {
  description: 'Narrows a list of requests; what is not given does not narrow.',
  fields: (t) => ({
    kinds: t.field({ type: [RequestKindType], description: 'Only requests of these kinds.' }),
    states: t.field({ type: [RequestStateType], description: 'Only requests in these states.' }),
    mine: t.boolean({ description: 'Only those that you answer for, by yourself or in a team.' }),
    owner: t.id({ description: 'Only those that this person or team answers for.' }),
    subject: t.id({ description: 'Only those about this customer, open item or receipt.' }),
    overdue: t.boolean({ description: 'Only those with a deadline that has passed.' }),
    orphaned: t.boolean({
      description:
        'Only those that are not over and whose owner does not work on the client any more: somebody has to take them.',
    }),
  }),
})

type FilterArgs = {
  readonly kinds?: readonly RequestKind[] | null | undefined
  readonly states?: readonly RequestState[] | null | undefined
  readonly mine?: boolean | null | undefined
  readonly owner?: Named
  readonly subject?: Named
  readonly overdue?: boolean | null | undefined
  readonly orphaned?: boolean | null | undefined
}

const idIn = (text: Named): string | null => (typeof text === 'string' ? (decodeGlobalId(text)?.id ?? nobody) : null)

/** Whom the list is narrowed to: oneself and one's teams, somebody named, or null for everybody. */
const ownersIn = async ({ tx, viewer }: Context, clients: readonly string[], { mine, owner }: FilterArgs) => {
  const named = idIn(owner)
  if (mine !== true) return named === null ? null : [named]
  const entitled = await entitledAt(tx, clients)
  const own = [viewer.id, ...entitled.filter(({ members }) => members.includes(viewer.id)).map(({ id }) => id)]
  return [...new Set(named === null ? own : own.filter((id) => id === named))]
}

const listed = async (context: Context, clients: readonly string[], filter: FilterArgs, args: PageArgs) => {
  const page = pageOf('requests', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const rows = await requestPage(
    context.tx,
    clients,
    {
      kinds: filter.kinds ?? null,
      states: filter.states ?? null,
      ownerIds: await ownersIn(context, clients, filter),
      subjectId: idIn(filter.subject),
      isOverdue: filter.overdue === true,
      isOrphaned: filter.orphaned === true,
    },
    { take: page.first + 1, after },
  )
  return toConnection(rows, page, ({ id }) => encodeCursor('requests', [id])) as never
}

builder.queryField('requests', (t) =>
  t.field({
    type: WorkRequestConnection,
    nullable: true,
    description:
      'Requests of the named clients, or of every client that you serve, latest first: your own with the filter `mine`.',
    authScopes: { holds: 'work:read' },
    args: {
      clients: t.arg.idList({ description: `At most ${limits.command.clients} clients; all that you serve without it.` }),
      filter: t.arg({ type: RequestFilterInput, description: 'Narrows the list.' }),
      ...pageArgs,
    },
    resolve: (_root, { clients: named, filter, ...args }, context) => {
      const clients = clientsHeld(context.viewer, 'work:read', named)
      if (clients === null) throw notFound('client')
      return listed(context, clients, filter ?? {}, args)
    },
  }),
)

builder.prismaObjectFields(Client, (t) => ({
  requests: t.field({
    type: WorkRequestConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'Escalations, internal requests and hand-offs about the client’s customers and money, latest first.',
    args: { filter: t.arg({ type: RequestFilterInput, description: 'Narrows the list.' }), ...pageArgs },
    resolve: ({ id }, { filter, ...args }, context) => listed(context, [id], filter ?? {}, args),
  }),
  requestOwners: t.field({
    type: [RequestOwner],
    nullable: true,
    authScopes: heldFor('work:read'),
    description:
      'Who can answer for requests here: the people who work on the client, and the teams that serve it and have one of them; by name.',
    resolve: async ({ id }, _args, context) => [...(await entitledOf(context).load({ clientId: id, id }))],
  }),
}))

const pageBy = async (of: RequestsOf['of'], key: RowKey, args: PageArgs, context: Context) => {
  const page = pageOf('requestsBy', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const rows = await requestsBy(context, { of, take: page.first + 1, after }).load(key)
  return toConnection(rows, page, ({ id }) => encodeCursor('requestsBy', [id])) as never
}

const mayRead = ({ clientId }: { readonly clientId: string }) => ({ holdsFor: { permission: 'work:read' as const, clientId } })

/** The same list, whatever the requests are about. */
const requestList = (of: RequestsOf['of'], description: string) => ({
  type: WorkRequestConnection,
  nullable: true as const,
  authScopes: mayRead,
  description,
  args: pageArgs,
  resolve: ({ clientId, id }: RowKey, args: PageArgs, context: Context) => pageBy(of, { clientId, id }, args, context),
})

builder.prismaObjectField(Customer, 'requests', (t) =>
  t.field(requestList('CUSTOMER', 'What was asked about the customer and its open items, latest first.')),
)
builder.prismaInterfaceField(OpenItem, 'requests', (t) =>
  t.field(requestList('OPEN_ITEM', 'The requests that name it, latest first.')),
)
builder.prismaObjectField(Receipt, 'requests', (t) => t.field(requestList('RECEIPT', 'What was asked about it, latest first.')))

builder.objectField(WorkItem, 'requests', (t) =>
  t.field({
    type: WorkRequestConnection,
    description: 'What is still asked about its customer and their items, or about its receipt, latest first.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => pageBy('WORK_ITEM', { clientId, id }, args, context),
  }),
)

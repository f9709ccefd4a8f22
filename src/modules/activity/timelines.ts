import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readInstant, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { OpenItem } from '../receivable/index.ts'
import { type ActivityPage, activitiesBy } from './reads.ts'
import type { ActivityKind } from './templates.ts'
import { Activity, ActivityKindType } from './types.ts'

const ActivityConnection = connectionOf(Activity, 'Activity', 'activities')

const timelineArgs = builder.args((t) => ({
  ...pageArgs,
  kind: t.field({ type: ActivityKindType, description: 'Only activities of this kind.' }),
}))

type TimelineArgs = {
  readonly first: number
  readonly after?: string | null | undefined
  readonly kind?: ActivityKind | null | undefined
}

const timeline = async (of: ActivityPage['of'], key: RowKey, args: TimelineArgs, context: Context) => {
  const page = pageOf('activities', 2, args)
  const after = page.after === null ? null : { happenedAt: readInstant(page.after[0]), id: readUuid(page.after[1]) }
  const rows = await activitiesBy(context, { of, kind: args.kind ?? null, take: page.first + 1, after }).load(key)
  return toConnection(rows, page, ({ happenedAt, id }) => encodeCursor('activities', [happenedAt.toISOString(), id])) as never
}

const readsWork = ({ clientId }: { readonly clientId: string }) => ({ holdsFor: { permission: 'work:read' as const, clientId } })

builder.prismaObjectField(Client, 'activities', (t) =>
  t.field({
    type: ActivityConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'What was done about the client’s customers, the latest first.',
    args: timelineArgs,
    resolve: ({ id }, args, context) => timeline('CLIENT', { clientId: id, id }, args, context),
  }),
)

builder.prismaObjectField(Customer, 'activities', (t) =>
  t.field({
    type: ActivityConnection,
    nullable: true,
    authScopes: readsWork,
    description: 'The timeline of the customer: what was done about it, the latest first.',
    args: timelineArgs,
    resolve: ({ clientId, id }, args, context) => timeline('CUSTOMER', { clientId, id }, args, context),
  }),
)

builder.prismaInterfaceField(OpenItem, 'activities', (t) =>
  t.field({
    type: ActivityConnection,
    nullable: true,
    authScopes: readsWork,
    description: 'Activities that are about this item, the latest first.',
    args: timelineArgs,
    resolve: ({ clientId, id }, args, context) => timeline('OPEN_ITEM', { clientId, id }, args, context),
  }),
)

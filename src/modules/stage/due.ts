import { type Connection, encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { pageArgs } from '../../platform/graphql/connection.ts'
import { Count } from '../../platform/graphql/count.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { pageOf, readDay, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { countDue, type DueAsked, duePage } from './reads.ts'
import { ItemStageType, type Shown, StageChannelType } from './types.ts'

type DueList = Connection<Shown> & { readonly asked: DueAsked }

const DueStageEdge = builder.objectRef<DueList['edges'][number]>('DueStageEdge').implement({
  description: 'A row of a page of stages.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The place of this row in the list; give it as `after` to go on behind it.',
      resolve: ({ cursor }) => cursor,
    }),
    node: t.field({ type: ItemStageType, description: 'The stage.', resolve: ({ node }) => node }),
  }),
})

const DueStageConnection = builder.objectRef<DueList>('DueStageConnection').implement({
  description: 'A page of stages that are due, the oldest first.',
  fields: (t) => ({
    edges: t.field({ type: [DueStageEdge], description: 'The rows of this page.', resolve: ({ edges }) => [...edges] }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Where the page lies in its list.',
      resolve: ({ pageInfo }) => pageInfo,
    }),
    totalCount: t.field({
      type: Count,
      description: 'How many there are, by the very predicate of the list.',
      resolve: async ({ asked }, _args, { tx }) => ({ count: await countDue(tx, asked) }),
    }),
  }),
})

builder.prismaObjectField(Client, 'stagesDue', (t) =>
  t.field({
    type: DueStageConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description:
      'Stages of the client’s items that are due and that nothing holds, late ones included, the oldest first. Whoever takes one is asked the same of the item as it is by then.',
    args: {
      asOf: t.arg({
        type: 'Date',
        description: 'Those that are due by this day, today at the client or later, as the facts of now are; today without it.',
      }),
      channels: t.arg({ type: [StageChannelType], description: 'Only steps that go by these; all without it.' }),
      ...pageArgs,
    },
    resolve: async ({ id: clientId }, { asOf, channels, ...args }, { tx, today: todayOf }) => {
      const today = todayOf(clientId)
      if (asOf && asOf < today) throw coded('BAD_USER_INPUT', 'asOf is today at the client or later.')
      const asked: DueAsked = { clientId, today, asOf: asOf ?? today, channels: channels ?? null }
      const page = pageOf('stagesDue', 2, args)
      const after = page.after === null ? null : { dueOn: readDay(page.after[0]), id: readUuid(page.after[1]) }
      const rows = await duePage(tx, asked, { take: page.first + 1, after })
      const shown = rows.map((row) => ({ clientId, openItemId: row.openItemId, row }))
      const cursorOf = ({ row }: (typeof shown)[number]) => encodeCursor('stagesDue', [row.dueOn, row.openItemId])
      return { ...toConnection(shown, page, cursorOf), asked }
    },
  }),
)

import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { type Commented, type CommentRow, commentsBy } from './store.ts'

const CommentType = builder.objectRef<CommentRow>('Comment').implement({
  description: 'What somebody said about a case. Never changed afterwards.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'What was said.' }),
    by: t.exposeString('principalName', { description: 'Who said it, by name.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

const CommentConnection = connectionOf(CommentType, 'Comment', 'comments')

type ListArgs = { readonly first: number; readonly after?: string | null | undefined }

/** The field `comments` of a kind of case, whatever the kind. */
export const commentList = (of: Commented, description: string) => ({
  type: CommentConnection,
  nullable: true as const,
  authScopes: ({ clientId }: { readonly clientId: string }) => ({ holdsFor: { permission: 'work:read' as const, clientId } }),
  description: `${description}, the latest first.`,
  args: pageArgs,
  resolve: async ({ clientId, id }: RowKey, args: ListArgs, context: Context) => {
    const page = pageOf('commentsBy', 1, args)
    const after = page.after === null ? null : readUuid(page.after[0])
    const rows = await commentsBy(context, { of, take: page.first + 1, after }).load({ clientId, id })
    return toConnection(rows, page, (row) => encodeCursor('commentsBy', [row.id])) as never
  },
})

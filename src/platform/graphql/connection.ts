import type { Connection, Edge } from '../../kernel/page.ts'
import { limits } from '../limits.ts'
import { builder } from './builder.ts'

const PageInfo = builder.pageInfoRef()

/** The arguments of every list. `first` is mandatory, so no list is ever read whole. */
export const pageArgs = builder.args((t) => ({
  first: t.int({ required: true, description: `Rows on the page, from 1 to ${limits.page.first}.` }),
  after: t.string({ description: 'The cursor behind which the page begins; without it, the first page.' }),
}))

type RowType<Row> = { readonly $inferType: Row; readonly name?: unknown }

/** The connection and edge types of a kind of row, wherever it is listed. */
export const connectionOf = <Row extends object>(row: RowType<Row>, name: string, rows: string) => {
  const EdgeType = builder.objectRef<Edge<Row>>(`${name}Edge`).implement({
    description: `A row of a page of ${rows}.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'The place of this row in the list; give it as `after` to go on behind it.',
        resolve: ({ cursor }) => cursor,
      }),
      node: t.field({ type: row as never, description: 'The row itself.', resolve: (({ node }: Edge<Row>) => node) as never }),
    }),
  })
  return builder.objectRef<Connection<Row>>(`${name}Connection`).implement({
    description: `A page of ${rows}.`,
    fields: (t) => ({
      edges: t.field({
        type: [EdgeType],
        description: 'The rows of this page, in the order of the list.',
        resolve: ({ edges }) => [...edges],
      }),
      pageInfo: t.field({ type: PageInfo, description: 'Where the page lies in its list.', resolve: ({ pageInfo }) => pageInfo }),
    }),
  })
}

import type { Write } from '../../platform/command.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import { loaderWith, type RowKey } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'

// Owner of the table comment.

/** The column of each kind of case. Another kind is a line here, a column of the table, and its index. */
const columns = {
  DEDUCTION: part`deduction_id`,
  DISPUTE: part`dispute_id`,
} as const

export type Commented = keyof typeof columns
export type CommentSubject = { readonly kind: Commented; readonly id: string }

/** Kept for ever as it is said. The subject is held by its command, which has looked at its text as well. */
export const insertComment = async (write: Write, { kind, id }: CommentSubject, text: string): Promise<void> => {
  const { tx, clientId, viewer, now } = write
  await tx.sql`
    insert into comment (client_id, id, ${columns[kind]}, text, principal_id, principal_name, at)
    values (${clientId}, ${write.newId()}, ${id}, ${text}, ${viewer.id}, ${viewer.name}, ${now})`
}

export type CommentRow = {
  readonly id: string
  readonly subjectId: string
  readonly text: string
  readonly principalName: string
  readonly at: Date
}

export type CommentPage = { readonly of: Commented; readonly take: number; readonly after: string | null }

const clientsOf = (keys: readonly RowKey[]) => keys.map(({ clientId }) => clientId)
const idsOf = (keys: readonly RowKey[]) => keys.map(({ id }) => id)

/** A page of what was said about each of several cases, the latest first: all in one statement. */
export const commentsBy = loaderWith<CommentPage, readonly CommentRow[]>(
  async ({ tx }, keys, { of, take, after }) => {
    const behind = after === null ? part`` : part`and c.id < ${after}::uuid`
    const rows = await tx.sql<CommentRow>`
      select r.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select c.id, k.id as "subjectId", c.text, c.principal_name as "principalName", c.at from comment c
        where c.client_id = k.client_id and c.${columns[of]} = k.id ${behind}
        order by c.id desc limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ subjectId }) => subjectId,
      (row) => row,
    )
  },
  () => [],
)

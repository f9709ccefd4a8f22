import { loader } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { markColumns } from './mark-store.ts'
import type { Mark } from './marks.ts'

// Reads of marks, for all rows of a page in one statement.

export type WorkMarkRow = Mark & {
  readonly clientId: string
  readonly customerId: string | null
  readonly receiptId: string | null
}

export const marksByWork = loader<readonly WorkMarkRow[]>(async (tx, keys) => {
  const rows = await tx.sql<WorkMarkRow & { readonly workId: string }>`
    select w.id as "workId", m.client_id as "clientId", m.customer_id as "customerId", m.receipt_id as "receiptId", ${markColumns}
    from work_item w join work_mark m on m.client_id = w.client_id
      and (m.receipt_id = w.receipt_id or w.kind = 'COLLECTION' and m.customer_id = w.customer_id)
    where w.client_id = any (${[...new Set(keys.map(({ clientId }) => clientId))]}::uuid[]) and w.id = any (${keys.map(({ id }) => id)}::uuid[])`
  return groupInto(
    rows,
    ({ workId }) => workId,
    (row) => row,
  )
}, [])

/** The row of the queue that a mark is about, by the mark's id. */
export const workOfMarks = loader<string | null>(async (tx, keys) => {
  const rows = await tx.sql<{ readonly markId: string; readonly id: string }>`
    select m.id as "markId", w.id from work_mark m join work_item w on w.client_id = m.client_id
      and (w.receipt_id = m.receipt_id or w.kind = 'COLLECTION' and w.customer_id = m.customer_id)
    where m.client_id = any (${[...new Set(keys.map(({ clientId }) => clientId))]}::uuid[]) and m.id = any (${keys.map(({ id }) => id)}::uuid[])`
  return new Map(rows.map(({ markId, id }) => [markId, id]))
}, null)

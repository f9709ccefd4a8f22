import { pageSize } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith, type RowKey } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'

/** The instant up to which each client's ledger was loaded; null before the first load. Keyed by client. Bank files show no ledger. */
export const freshnessOf = loader<Date | null>(async ({ sql }, keys) => {
  const rows = await sql<{ clientId: string; at: Date }>`
    select client_id as "clientId", max(data_as_of) as at from import_batch
    where client_id = any (${keys.map(({ id }) => id)}::uuid[]) and state = 'APPLIED' and kind = 'LEDGER' group by client_id`
  return new Map(rows.map(({ clientId, at }) => [clientId, at]))
}, null)

export type RejectRow = {
  readonly id: string
  readonly rowNumber: number
  readonly outcome: string
  readonly column: string | null
  readonly code: string
  readonly message: string
  readonly raw: string
}

/** The next rows of a load that were not taken, in the order of the file. */
export const rejectsAfter = (
  { sql }: Tx,
  { clientId, id }: RowKey,
  after: { readonly rowNumber: number; readonly id: string },
  most: number,
): Promise<RejectRow[]> => sql<RejectRow>`
  select id, row_number as "rowNumber", outcome, column_name as column, code, message, raw from import_reject
  where client_id = ${clientId} and batch_id = ${id} and row_number >= ${after.rowNumber}
    and (row_number > ${after.rowNumber} or id > ${after.id})
  order by row_number, id limit ${most}`

export const batchExists = async ({ sql }: Tx, { clientId, id }: RowKey): Promise<boolean> =>
  (await sql`select 1 from import_batch where client_id = ${clientId} and id = ${id}`).length > 0

export type RejectPage = { readonly take: number; readonly after: { readonly rowNumber: number; readonly id: string } | null }

/** A page of rows not taken for each of several loads, all in one statement. */
export const rejectsByBatch = loaderWith<
  RejectPage,
  readonly (RejectRow & { readonly clientId: string; readonly batchId: string })[]
>(
  async ({ tx }, keys, { take, after }) => {
    const rows = await tx.sql<RejectRow & { clientId: string; batchId: string }>`
      select p.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, batch_id)
      cross join lateral (
        select r.client_id as "clientId", r.id, r.batch_id as "batchId", r.row_number as "rowNumber", r.outcome, r.column_name as "columnName",
          r.code, r.message, r.raw
        from import_reject r
        where r.client_id = k.client_id and r.batch_id = k.batch_id and r.row_number >= ${after?.rowNumber ?? 0}
          and (${after === null} or r.row_number > ${after?.rowNumber ?? 0} or r.id > ${after?.id ?? null}::uuid)
        order by r.row_number, r.id limit ${pageSize(take)}) p`
    return groupInto(
      rows,
      ({ batchId }) => batchId,
      (row) => row,
    )
  },
  () => [],
)

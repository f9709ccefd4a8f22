import type { Tx } from '../../platform/database/unit.ts'
import { loader, type RowKey } from '../../platform/graphql/loader.ts'

/** The instant up to which each client's ledger was loaded; null before the first load. Keyed by client. */
export const freshnessOf = loader<Date | null>(async ({ sql }, keys) => {
  const rows = await sql<{ clientId: string; at: Date }>`
    select client_id as "clientId", max(data_as_of) as at from import_batch
    where client_id = any (${keys.map(({ id }) => id)}::uuid[]) and state = 'APPLIED' group by client_id`
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

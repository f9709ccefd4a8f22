import { loader } from '../../platform/graphql/loader.ts'

/** The instant up to which each client's ledger was loaded; null before the first load. Keyed by client. */
export const freshnessOf = loader<Date | null>(async ({ sql }, keys) => {
  const rows = await sql<{ clientId: string; at: Date }>`
    select client_id as "clientId", max(data_as_of) as at from import_batch
    where client_id = any (${keys.map(({ id }) => id)}::uuid[]) and state = 'APPLIED' group by client_id`
  return new Map(rows.map(({ clientId, at }) => [clientId, at]))
}, null)

import type { Write } from '../../platform/command.ts'
import { loader } from '../../platform/graphql/loader.ts'

/** Spellings of names, for all customers of a field in one statement. */
export const aliasesOf = loader<readonly string[]>(async ({ sql }, keys) => {
  const rows = await sql<{ customerId: string; names: string[] }>`
    select a.customer_id as "customerId", array_agg(a.name order by a.name) as names
    from customer_alias a
    where a.client_id = any (${keys.map(({ clientId }) => clientId)}::uuid[]) and a.customer_id = any (${keys.map(({ id }) => id)}::uuid[])
    group by a.customer_id`
  return new Map(rows.map(({ customerId, names }) => [customerId, names]))
}, [])

export const customerExists = async ({ tx, clientId }: Write, id: string): Promise<boolean> => {
  const rows = await tx.sql`select 1 from customer where client_id = ${clientId} and id = ${id}`
  return rows.length > 0
}

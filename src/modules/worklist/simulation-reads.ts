import { pageSize } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader } from '../../platform/graphql/loader.ts'
import type { Payer } from './left-out.ts'
import type { CustomerRow } from './reads.ts'

type Of = { readonly tx: Tx; readonly clientId: string }

export type Standing = { readonly customerId: string; readonly id: string; readonly isQueued: boolean; readonly score: number }

/** Every collection of a client as it stands, queued or not. */
export const standingOf = ({ tx, clientId }: Of): Promise<Standing[]> => tx.sql<Standing>`
  select customer_id as "customerId", id, is_queued as "isQueued", score from work_item
  where client_id = ${clientId} and kind = 'COLLECTION'`

/** Customers who have anything open, in the order of their ids, some at a time. */
export const owingAfter = ({ tx, clientId }: Of, after: string, most: number): Promise<(Payer & { readonly id: string })[]> =>
  tx.sql<Payer & { readonly id: string }>`
    select c.id, c.number, c.country_code as "countryCode", c.parent_id is not null as "hasParent" from customer c
    where c.client_id = ${clientId} and c.id > ${after}::uuid and exists (
      select 1 from open_item o where o.client_id = c.client_id and o.customer_id = c.id and o.closed_on is null)
    order by c.id limit ${pageSize(most)}`

/** The customers that a simulation shows, as the API's type reads them. */
export const customersById = loader<CustomerRow | null>(async ({ sql }, keys) => {
  const rows = await sql<CustomerRow>`
    select c.client_id as "clientId", c.id, c.number, c.name, c.parent_id as "parentId", c.bill_to_id as "billToId",
      c.country_code as "countryCode", c.segment, c.created_at as "createdAt", c.version
    from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join customer c on c.client_id = k.client_id and c.id = k.id`
  return new Map(rows.map((row) => [row.id, row]))
}, null)

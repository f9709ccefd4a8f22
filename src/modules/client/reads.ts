import type { Client } from '../../generated/prisma/client.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader } from '../../platform/graphql/loader.ts'

/** Clients by id, for all rows of a field in one statement. */
export const clientsById = loader<Client | null>(async ({ prisma }, keys) => {
  const rows = await prisma.client.findMany({ where: { id: { in: keys.map(({ id }) => id) } } })
  return new Map(rows.map((row) => [row.id, row]))
}, null)

/** The client of an id or of a code, among those that the viewer may see at all. */
export const clientNamed = async (
  { sql }: Tx,
  { id, code }: { readonly id: string; readonly code: string },
): Promise<string | null> => {
  const rows = await sql<{ id: string }>`select id from client where id = ${id} or code = ${code} order by id`
  return rows.length === 1 ? (rows[0]?.id ?? null) : null
}

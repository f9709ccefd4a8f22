import type { Client } from '../../generated/prisma/client.ts'
import { loader } from '../../platform/graphql/loader.ts'

/** Clients by id, for all rows of a field in one statement. */
export const clientsById = loader<Client | null>(async ({ prisma }, keys) => {
  const rows = await prisma.client.findMany({ where: { id: { in: keys.map(({ id }) => id) } } })
  return new Map(rows.map((row) => [row.id, row]))
}, null)

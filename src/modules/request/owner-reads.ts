import type { Tx } from '../../platform/database/unit.ts'
import { loader } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import type { Entitled } from './rules.ts'

type Row = Omit<Entitled, 'roles'> & { readonly clientId: string; readonly roles: string }
export type EntitledRow = Entitled & { readonly clientId: string }

/**
 * Who can answer for work of some clients now: people with a role that works them, and teams that serve them and have such
 * people. The directory is not for everybody who works on a client, so the fence itself tells this much of it.
 */
export const entitledAt = async ({ sql, now }: Tx, clientIds: readonly string[]): Promise<EntitledRow[]> => {
  const rows = await sql<Row>`
    select client_id as "clientId", kind, id, name, roles, members from fence.owners(${[...clientIds]}::uuid[], ${now}) order by kind, name, id`
  return rows.map((row) => ({ ...row, roles: row.roles.split(';') }))
}

/** The same for all clients of an answer. */
export const entitledOf = loader<readonly EntitledRow[]>(async (tx, keys) => {
  const rows = await entitledAt(tx, [...new Set(keys.map(({ clientId }) => clientId))])
  return groupInto(
    rows,
    ({ clientId }) => clientId,
    (row) => row,
  )
}, [])

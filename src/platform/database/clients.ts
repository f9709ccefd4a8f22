import type { SystemAsker } from '../identity/asker.ts'
import type { Database } from './database.ts'

/** A client as jobs and the command line know it: its clock and its names, and nothing of its data. */
export type KnownClient = SystemAsker['client'] & { readonly code: string; readonly providerCode: string }

const columns = 'id, provider_id as "providerId", provider_code as "providerCode", code, time_zone as "timeZone"'

export const allClients = async ({ pool }: Database): Promise<KnownClient[]> => {
  const { rows } = await pool.query<KnownClient>(`select ${columns} from fence.clients()`)
  return rows
}

export const clientById = async ({ pool }: Database, id: string): Promise<KnownClient | null> => {
  const { rows } = await pool.query<KnownClient>(`select ${columns} from fence.clients() where id = $1`, [id])
  return rows[0] ?? null
}

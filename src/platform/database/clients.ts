import type { SystemAsker } from '../identity/asker.ts'
import type { Database } from './database.ts'

/** A client as jobs and the command line know it: its clock and its names, and nothing of its data. */
export type KnownClient = SystemAsker['client'] & { readonly code: string; readonly providerCode: string }

export const allClients = async ({ pool }: Database): Promise<KnownClient[]> => {
  const { rows } = await pool.query<KnownClient>(
    `select id, provider_id as "providerId", provider_code as "providerCode", code, time_zone as "timeZone" from fence.clients()`,
  )
  return rows
}

import type { Client } from 'pg'

/** Columns that many rows of a table have in common, whatever the table: whose they are, and of which sort. */
const sharedColumns = ['client_id', 'provider_id', 'source', 'kind', 'state']

/**
 * Says of tables that nobody has looked at yet that their rows share these. A planner without statistics takes each comparison
 * for equally telling, and that of the client for two because the fence makes it as well: any index that begins with the client
 * would then do for a probe by a key, and be read whole for each probe, until the server has seen the table. That is long enough
 * for the first ledgers of an installation. The first real statistics take the place of these. Decision 0023.
 */
const shared = `
  do $$
  begin
    perform pg_restore_attribute_stats('schemaname', 'public'::text, 'relname', c.relname::text, 'attname', a.attname::text,
      'inherited', false, 'version', current_setting('server_version_num')::int,
      'null_frac', 0::real, 'avg_width', 16, 'n_distinct', 1::real)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname in ('${sharedColumns.join("', '")}')
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relowner = 'quittance_owner'::regrole and c.reltuples < 0;
  end $$`

/** The release that can be told statistics; one before it plans its first loads worse, and no less rightly. */
const firstToldVersion = 180_000

export const primeStatistics = async (session: Client) => {
  const { rows } = await session.query<{ version: number }>(`select current_setting('server_version_num')::int as version`)
  if ((rows[0]?.version ?? 0) < firstToldVersion) return
  await session.query(`begin; set local role quittance_owner`)
  await session.query(shared)
  await session.query('commit')
}

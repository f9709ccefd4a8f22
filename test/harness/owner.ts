import pg from 'pg'
import { inject } from 'vitest'
import { rowTypes } from '../../src/platform/database/sql.ts'

let pool: pg.Pool | undefined

/** The database as its owner sees it: how tests arrange rows and look what really happened. */
export const asOwner = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> => {
  pool ??= new pg.Pool({ connectionString: inject('ownerUrl'), max: 3 })
  return (await pool.query({ text, values, types: rowTypes })).rows as Row[]
}

/** Jobs of one kind at a client. Whoever keeps house may enqueue the client's day beside them at any moment. */
export const jobsOf = async (client: { readonly id: string }, name: string) =>
  (await rowsOf(client, 'job')).filter((job) => job.name === name)

/** All rows of a client in a table, in the order of their ids. */
export const rowsOf = (client: { readonly id: string }, table: string) => {
  if (!/^[a-z_]+$/.test(table)) throw new Error(`${table} is not a table`)
  return asOwner<Record<string, unknown>>(`select * from ${table} where client_id = $1 order by id`, [client.id])
}

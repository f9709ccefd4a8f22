import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OwnDatabase, ownDatabase } from '../events/own-database.ts'

type Key = { readonly name: string; readonly table: string; readonly columns: readonly string[]; readonly when: string | null }
type Plan = { readonly 'Index Name'?: string; readonly Plans?: readonly Plan[] }

const indexesIn = (plan: Plan): string[] => [
  ...(plan['Index Name'] === undefined ? [] : [plan['Index Name']]),
  ...(plan.Plans ?? []).flatMap(indexesIn),
]

// Tables that nobody has looked at yet, as a new installation has them while its first ledgers come in.
describe('a probe by a whole key, behind the fence and without any statistics of the server’s own', () => {
  let database: OwnDatabase
  beforeAll(async () => {
    database = await ownDatabase()
  })
  afterAll(() => database.close())

  it('walks the index of that key, for every key of every client’s table', async () => {
    const keys = await database.rows<Key>(
      `select i.relname as name, c.relname as "table", pg_get_expr(x.indpred, x.indrelid) as when,
         array(select pg_get_indexdef(x.indexrelid, k, true) from generate_series(1, x.indnkeyatts) k) as columns
       from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
       where c.relnamespace = 'public'::regnamespace and c.relrowsecurity and pg_get_indexdef(x.indexrelid, 1, true) = 'client_id' and x.indisunique
       order by 1`,
    )
    expect(keys.length).toBeGreaterThan(40)
    const session = await database.owner.connect()
    const astray: string[] = []
    try {
      await session.query('begin; set local role quittance_app')
      for (const { name, table, columns, when } of keys) {
        const probe = columns.map((column, at) => `${column} = $${at + 1}`).join(' and ')
        const { rows } = await session.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `explain (generic_plan, format json) select 1 from ${table} where ${probe}${when === null ? '' : ` and ${when}`}`,
        )
        const taken = indexesIn(rows[0]?.['QUERY PLAN'][0].Plan as Plan)
        if (taken.join() !== name) astray.push(`${table}: ${name} is left for ${taken.join() || 'the whole table'}`)
      }
    } finally {
      await session.query('rollback')
      session.release()
    }
    expect(astray).toEqual([])
  })
})

import { expect, it } from 'vitest'
import { asOwner } from '../harness/index.ts'
import { ownerIn, tables } from './catalog.ts'
import { aFullClient, brandOf, keepsItsMeaning } from './seed.ts'

it('a full client has rows in every table, and its brand in every text that no check holds', async () => {
  const client = await aFullClient()
  const checked = await asOwner<{ place: string }>(
    `select distinct c.conrelid::regclass || '.' || a.attname as place
     from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey) where c.contype = 'c'`,
  )
  const held = new Set(checked.map(({ place }) => place))
  for (const table of await tables()) {
    const ownerId = ownerIn(table, client)
    const rows = await asOwner<Record<string, unknown>>(`select * from ${table.name} where ${table.owner} = $1`, [ownerId])
    expect(rows.length, `rows in ${table.name}`).toBeGreaterThan(0)
    for (const { name, type, isIdentity } of table.columns) {
      const place = `${table.name}.${name}`
      const values = rows.map((row) => row[name]).filter((value) => value !== null)
      if (!/^(text|jsonb)/.test(type) || isIdentity || held.has(place) || keepsItsMeaning[place] !== undefined) continue
      if (values.length > 0) expect(JSON.stringify(values), `brand in ${place}`).toContain(brandOf(ownerId))
    }
  }
})

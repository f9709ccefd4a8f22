import { theWorld } from './world.ts'

/** Everything by which A and B could be known again: ids, and what their people would recognise. */
export const needles = async () => {
  const { a, b, sql } = await theWorld()
  const clients = [a.id, b.id]
  const rows = await sql<{ id: string; words: (string | null)[] }>(
    `select id::text, array[number, name] as words from customer where client_id = any ($1)
     union all select id::text, array[number] from open_item where client_id = any ($1)
     union all select id::text, array[code, name] from client where id = any ($1)
     union all select id::text, array[reference] from receipt where client_id = any ($1)
     union all select id::text, array[]::text[] from work_item where client_id = any ($1)
     union all select id::text, array[]::text[] from application where client_id = any ($1)
     union all select id::text, array[content_hash::text] from import_batch where client_id = any ($1)`,
    [clients],
  )
  // Short words turn up by themselves in random ids, and plain ones in plain English: there is a customer named CUSTOM.
  const words = rows
    .flatMap((row) => row.words)
    .filter((word): word is string => word !== null && word.length >= 6 && /[^A-Za-z]/.test(word))
  return { ids: new Set(rows.map(({ id }) => id.replaceAll('-', ''))), words: [...new Set(words)] }
}

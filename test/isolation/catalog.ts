import { asOwner } from '../harness/index.ts'

export type Column = {
  readonly name: string
  readonly type: string
  readonly isNullable: boolean
  /** The database gives the value itself and takes none. */
  readonly isIdentity: boolean
  readonly hasDefault: boolean
}

export type ForeignKey = {
  readonly name: string
  readonly columns: readonly string[]
  readonly target: string
  readonly targetColumns: readonly string[]
}

export type Index = {
  readonly name: string
  readonly columns: readonly string[]
  readonly isUnique: boolean
  readonly isPrimary: boolean
}

/** A table as PostgreSQL knows it; `owner` is the column that says whose its rows are. */
export type Table = {
  readonly name: string
  readonly comment: string | null
  readonly fence: 'client' | 'provider' | null
  /** The read area of a client's table, or null where rows carry their own. */
  readonly area: string | null
  readonly owner: string
  readonly columns: readonly Column[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly indexes: readonly Index[]
}

type Row = {
  name: string
  comment: string | null
  columns: Column[]
  foreignKeys: ForeignKey[] | null
  indexes: Index[] | null
}

const catalogText = `
  select t.relname::text as name, obj_description(t.oid, 'pg_class') as comment,
    (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'isNullable', not a.attnotnull,
        'isIdentity', a.attidentity <> '' or a.attgenerated <> '', 'hasDefault', a.atthasdef) order by a.attnum)
      from pg_attribute a where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select jsonb_agg(jsonb_build_object('name', c.conname, 'target', f.relname,
        'columns', (select jsonb_agg(a.attname order by k.place) from unnest(c.conkey) with ordinality k (num, place)
                    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num),
        'targetColumns', (select jsonb_agg(a.attname order by k.place) from unnest(c.confkey) with ordinality k (num, place)
                    join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.num)) order by c.conname)
      from pg_constraint c join pg_class f on f.oid = c.confrelid where c.conrelid = t.oid and c.contype = 'f') as "foreignKeys",
    (select jsonb_agg(jsonb_build_object('name', i.relname, 'isUnique', x.indisunique, 'isPrimary', x.indisprimary,
        'columns', (select jsonb_agg(coalesce(a.attname, '(expression)') order by k.place) from unnest(x.indkey) with ordinality k (num, place)
                    left join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.num)) order by i.relname)
      from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = t.oid) as indexes
  from pg_class t
  where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p')
  order by t.relname`

const roots: Readonly<Record<string, string>> = { client: 'id', provider: 'id' }

const tableOf = ({ foreignKeys, indexes, ...row }: Row): Table => {
  const match = /^fence:(client|provider)(?::([a-z]+|by area))?$/.exec(row.comment ?? '')
  const fence = (match?.[1] ?? null) as Table['fence']
  return {
    ...row,
    fence,
    area: match?.[2] === 'by area' ? null : (match?.[2] ?? null),
    owner: roots[row.name] ?? (fence === 'provider' ? 'provider_id' : 'client_id'),
    foreignKeys: foreignKeys ?? [],
    indexes: indexes ?? [],
  }
}

let known: Promise<readonly Table[]> | undefined

/** Every table of the schema `public`: all of them hold somebody's data, so a new one is covered the moment its migration has run. */
export const tables = (): Promise<readonly Table[]> => {
  known ??= asOwner<Row>(catalogText).then((rows) => rows.map(tableOf))
  return known
}

/** Tables in the order in which rows can be written: what is referred to comes first. */
export const inOrderOfReference = (all: readonly Table[]): readonly Table[] => {
  const left = new Map(all.map((table) => [table.name, table]))
  const ordered: Table[] = []
  while (left.size > 0) {
    const ready = [...left.values()].filter(({ name, foreignKeys }) =>
      foreignKeys.every(({ target }) => target === name || !left.has(target)),
    )
    if (ready.length === 0) throw new Error(`tables refer to one another in a circle: ${[...left.keys()].join(', ')}`)
    for (const table of ready) {
      ordered.push(table)
      left.delete(table.name)
    }
  }
  return ordered
}

/** Whose rows a table holds, out of a client and its provider. */
export const ownerIn = (
  { fence }: Table,
  { id, provider }: { readonly id: string; readonly provider: { readonly id: string } },
): string => (fence === 'provider' ? provider.id : id)

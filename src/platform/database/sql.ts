import pg from 'pg'

/** A piece of SQL with its values: the only way text and values meet. */
export type Fragment = { readonly strings: readonly string[]; readonly values: readonly unknown[]; readonly isFragment: true }

const isFragment = (value: unknown): value is Fragment =>
  typeof value === 'object' && value !== null && (value as { isFragment?: unknown }).isFragment === true

/** A part of a statement, for statements whose shape depends on what was asked. */
export const part = (strings: TemplateStringsArray, ...values: unknown[]): Fragment => ({ strings, values, isFragment: true })

export const nothing: Fragment = { strings: [''], values: [], isFragment: true }

/**
 * A page size as text of the statement. As a value it would be unknown to the planner, which then plans hot lists anew
 * each time (half a millisecond) rather than keep a plan that reads a tenth of the table. There are a hundred of them.
 */
export const pageSize = (rows: number): Fragment => {
  if (!Number.isInteger(rows) || rows < 0 || rows > 1_000) throw new RangeError(`${rows} is not a page size`)
  return { strings: [String(rows)], values: [], isFragment: true }
}

export type Statement = { readonly text: string; readonly values: unknown[] }

/** Numbers the values in order; the text depends on the shape alone, so equal shapes share a prepared statement. */
export const toStatement = (strings: readonly string[], values: readonly unknown[]): Statement => {
  const bound: unknown[] = []
  const render = (pieces: readonly string[], inner: readonly unknown[]): string => {
    let text = pieces[0] ?? ''
    inner.forEach((value, index) => {
      if (isFragment(value)) text += render(value.strings, value.values)
      else {
        bound.push(typeof value === 'bigint' ? value.toString() : value)
        text += `$${bound.length}`
      }
      text += pieces[index + 1] ?? ''
    })
    return text
  }
  return { text: render(strings, values), values: bound }
}

/** What a row's columns become: bigint for int8, `Day` text for date, Date for instants, text for numeric. */
const parsers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, BigInt],
  [pg.types.builtins.DATE, (text) => text],
  [pg.types.builtins.NUMERIC, (text) => text],
])

export const rowTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(oid)) || pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

const names = new Map<string, string>()
const namesMax = 1_000

/** A prepared statement for each shape; beyond the limit shapes go unnamed rather than fill the server's memory. */
export const statementName = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= namesMax) return undefined
  const name = `s${names.size}`
  names.set(text, name)
  return name
}

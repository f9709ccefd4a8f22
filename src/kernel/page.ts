/** One step of a list: at most `first` rows, behind the key `after`. */
export type Page<Key> = { readonly first: number; readonly after: Key | null }

export type Edge<Row> = { readonly cursor: string; readonly node: Row }
export type PageInfo = {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}
export type Connection<Row> = { readonly edges: readonly Edge<Row>[]; readonly pageInfo: PageInfo }

/** Fields of a cursor, in the order of the list's sort; the last one is unique. */
export type CursorKey = readonly (string | number | null)[]

/** `name` and `version` are of the list, so that a cursor of another list or of an older order is recognised. */
export const encodeCursor = (name: string, key: CursorKey): string =>
  Buffer.from(JSON.stringify([name, ...key])).toString('base64url')

/** Null when the text is not a cursor of this list with this many fields. */
export const decodeCursor = (name: string, text: string, fields: number): CursorKey | null => {
  if (text.length > 400) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Array.isArray(value) || value.length !== fields + 1 || value[0] !== name) return null
    const key = value.slice(1)
    return key.every((field) => field === null || typeof field === 'string' || typeof field === 'number') ? key : null
  } catch {
    return null
  }
}

/** Cuts the row that was read beyond the page, which only says that there is more. */
export const toConnection = <Row>(
  rows: readonly Row[],
  { first, after }: Page<unknown>,
  cursorOf: (row: Row) => string,
): Connection<Row> => {
  const edges = rows.slice(0, first).map((node) => ({ cursor: cursorOf(node), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

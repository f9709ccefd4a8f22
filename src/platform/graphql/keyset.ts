import { type Connection, type CursorKey, encodeCursor, toConnection } from '../../kernel/page.ts'
import { pageOf, readDay, readInstant, readInt, readText, readUuid } from './page.ts'

/** A column of the sort, and what its values are: a cursor comes from outside, so each part is checked before it is used. */
type SortField = {
  readonly field: string
  readonly as: 'text' | 'int' | 'uuid' | 'day' | 'instant'
  readonly descending?: boolean
}
type Sort = readonly [SortField, ...SortField[]]
type Bounds = { readonly where: object; readonly orderBy: object[]; readonly take: number }
type Args = { readonly first?: number | null | undefined; readonly after?: string | null | undefined }

const read = {
  text: readText,
  int: readInt,
  uuid: readUuid,
  instant: (value: CursorKey[number] | undefined) => new Date(readInstant(value)),
  day: (value: CursorKey[number] | undefined) => new Date(readDay(value)),
} as const

const keyValue = (row: object, field: string): string | number => {
  const value = (row as Record<string, unknown>)[field]
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'number' ? value : String(value)
}

const isSort = (fields: readonly SortField[]): fields is Sort => fields.length > 0

/** What lies behind a key: strictly past the first field, or equal there and past the rest. */
const behind = (sort: Sort, [value, ...others]: CursorKey): object => {
  const [{ field, as, descending = false }, ...rest] = sort
  const bound = read[as](value)
  const past = { [field]: { [descending ? 'lt' : 'gt']: bound } }
  if (!isSort(rest)) return past
  // The outer bound lets the index start where the page does; the OR alone would be filtered row by row.
  return {
    AND: [{ [field]: { [descending ? 'lte' : 'gte']: bound } }, { OR: [past, behind(rest, others)] }],
  }
}

/**
 * A page of a Prisma list by keyset: the sort's fields, the last of them unique, bound where the list goes on.
 * Prisma's own cursor reads to the end and trims in memory (67,000 rows for a page of 25).
 */
export const keyset = async <Row extends object>(
  name: string,
  args: Args,
  sort: Sort,
  list: (bounds: Bounds) => Promise<Row[]>,
): Promise<Connection<Row>> => {
  const page = pageOf(name, sort.length, { first: args.first ?? 0, after: args.after })
  const rows = await list({
    where: page.after === null ? {} : behind(sort, page.after),
    orderBy: sort.map(({ field, descending }) => ({ [field]: descending === true ? 'desc' : 'asc' })),
    take: page.first + 1,
  })
  return toConnection(rows, page, (row) =>
    encodeCursor(
      name,
      sort.map(({ field }) => keyValue(row, field)),
    ),
  )
}

import { type Day, isDay } from '../../kernel/day.ts'
import { isUuid } from '../../kernel/ids.ts'
import type { CursorKey, Page } from '../../kernel/page.ts'
import { decodeCursor } from '../../kernel/page.ts'
import { limits } from '../limits.ts'
import { coded } from './errors.ts'
import { isCleanText } from './scalars.ts'

type PageArgs = { readonly first: number; readonly after?: string | null | undefined }

/** Checks a page's arguments: a size from 1 to 100, and a cursor that this very list gave out. */
export const pageOf = (name: string, fields: number, { first, after }: PageArgs): Page<CursorKey> => {
  if (first < 1 || first > limits.page.first) {
    throw coded('BAD_USER_INPUT', `first is from 1 to ${limits.page.first}; ask for the next page with after.`)
  }
  if (after === null || after === undefined) return { first, after: null }
  const key = decodeCursor(name, after, fields)
  if (key === null) throw forged()
  return { first, after: key }
}

const forged = () => coded('BAD_USER_INPUT', 'after is not a cursor of this list; take it from an edge or from pageInfo.')

type Field = CursorKey[number] | undefined

/** Fields of a cursor, checked: a cursor comes from outside, and its parts go into SQL as values of their types. */
export const readUuid = (field: Field): string => {
  if (typeof field !== 'string' || !isUuid(field)) throw forged()
  return field
}

export const readDay = (field: Field): Day => {
  const text = typeof field === 'string' ? field.slice(0, 10) : ''
  if (!isDay(text)) throw forged()
  return text
}

export const readInt = (field: Field): number => {
  if (typeof field !== 'number' || !Number.isInteger(field) || Math.abs(field) > 2_147_483_647) throw forged()
  return field
}

/** As text, to the millisecond: what an instant of the database is written as. */
export const readInstant = (field: Field): string => {
  const at = new Date(typeof field === 'string' ? field : Number.NaN)
  if (Number.isNaN(at.getTime()) || at.toISOString() !== field) throw forged()
  return field
}

export const readText = (field: Field): string => {
  if (typeof field !== 'string' || !isCleanText(field)) throw forged()
  return field
}

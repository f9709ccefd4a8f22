import { CsvError } from 'csv-parse'
import { type FileRow, Malformed, readRows } from '../../intake/index.ts'
import type { Cells } from './csv-amount.ts'
import { type BankCsvProfile, type CsvMark, columnsOf } from './csv-profile.ts'
import { BadBankFile, type BankRule, type Bytes } from './model.ts'
import { quoted } from './quoted.ts'

/** A CSV file as a table: its rows, its columns, and the lines above and below that are no movements. */

const tableFaults: ReadonlyMap<string, BankRule> = new Map([
  ['CSV_MAX_RECORD_SIZE', 'TOO_LONG'],
  ['CSV_QUOTE_NOT_CLOSED', 'TRUNCATED'],
])

/** The parser tells the line at which it gave up. */
const faultOf = (cause: unknown): { readonly rule: BankRule; readonly at: number | null } => {
  if (!(cause instanceof CsvError)) return { rule: 'BAD_STRUCTURE', at: null }
  const lines: unknown = cause.lines
  return { rule: tableFaults.get(cause.code) ?? 'BAD_STRUCTURE', at: typeof lines === 'number' && lines > 0 ? lines : null }
}

/** The rows of the file; where it stops being a table, that place refuses it. */
export async function* rowsOf(source: Bytes, { format }: BankCsvProfile): AsyncGenerator<FileRow> {
  let line = 1
  try {
    for await (const row of readRows(source, { format })) {
      line = row.rowNumber
      yield row
    }
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown
    const { rule, at } = faultOf(thrown.cause)
    throw new BadBankFile(rule, at ?? line, null, thrown.message)
  }
}

export type Columns = { readonly names: ReadonlySet<string>; readonly cellsOf: (row: FileRow) => Cells }

export const columnsNamed = (names: readonly string[]): Columns => ({
  names: new Set(names),
  cellsOf: ({ rowNumber, cells }) => {
    const isLonger = cells.slice(names.length).some((cell) => cell.trim() !== '')
    if (cells.length < names.length || isLonger) {
      throw new BadBankFile('BAD_STRUCTURE', rowNumber, null, `${cells.length} cells in a table of ${names.length} columns`)
    }
    return new Map(names.map((name, index) => [name, cells[index] ?? '']))
  },
})

/** The columns that this row names, or those that the profile misses in it. */
export const headerOf = (
  profile: BankCsvProfile,
  { cells, rowNumber }: FileRow,
): Columns | { readonly missing: readonly string[] } => {
  const names = cells.map((cell) => cell.trim())
  const read = columnsOf(profile)
  const missing = read.filter((name) => !names.includes(name) && !profile.mayBeMissing.includes(name))
  if (missing.length > 0) return { missing }
  const twice = read.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined) throw new BadBankFile('BAD_STRUCTURE', rowNumber, twice, 'two columns of this name')
  return columnsNamed(names)
}

export type Marked = { readonly row: FileRow; readonly value: string }
export type Marks = Map<CsvMark['means'], Marked>

/** Takes what a marked line says; false for a line that is none. */
export const takeMarks = (marks: Marks, known: readonly CsvMark[], row: FileRow): boolean => {
  const found = known.filter(({ column, startsWith }) => row.cells[column - 1]?.trimStart().startsWith(startsWith))
  for (const { means, from, after } of found) {
    if (means === 'IGNORED') continue
    if (marks.has(means)) throw new BadBankFile('BAD_STRUCTURE', row.rowNumber, means, `a second line for ${means}`)
    const cell = row.cells[from - 1]?.trim() ?? ''
    if (!cell.startsWith(after)) throw new BadBankFile('BAD_VALUE', row.rowNumber, means, `${quoted(cell)} is not as expected`)
    marks.set(means, { row, value: cell.slice(after.length).trim() })
  }
  return found.length > 0
}

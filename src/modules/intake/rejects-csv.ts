import type { Tx } from '../../platform/database/unit.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { rejectsAfter } from './reads.ts'

const portion = 1_000
const columns = ['row', 'outcome', 'column', 'code', 'message', 'raw'] as const

/** A cell that a spreadsheet would run as a formula is told to be text. */
const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value)
  const safe = typeof value === 'string' && /^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The rows of a load that were not taken, as a file to mend and send again; read in portions, each in a unit of its own. */
export async function* rejectsCsv(
  inUnit: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  batch: RowKey,
): AsyncGenerator<string> {
  yield `${columns.join()}\r\n`
  let after = { rowNumber: 0, id: '00000000-0000-0000-0000-000000000000' }
  for (;;) {
    const rows = await inUnit((tx) => rejectsAfter(tx, batch, after, portion))
    for (const row of rows)
      yield `${[row.rowNumber, row.outcome, row.column, row.code, row.message, row.raw].map(cell).join()}\r\n`
    const last = rows.at(-1)
    if (last === undefined || rows.length < portion) return
    after = last
  }
}

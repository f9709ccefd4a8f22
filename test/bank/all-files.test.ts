import { afterAll, describe, expect, it } from 'vitest'
import { areThere, bankFolder, bytesOf, filesThere, type KnownFile, knownFiles, readingOf } from './bank-files.ts'

// Every file that others publish, in one table: it parses, or it is refused with the rule, the line and the field. What it
// parses to is held against other libraries in the tests of the formats.

type Row = { readonly file: string; readonly outcome: string; readonly where: string; readonly why: string }

const rows: Row[] = []

const table = (): string => {
  const width = (field: 'file' | 'outcome' | 'where') => Math.max(...rows.map((row) => row[field].length))
  const [file, outcome, where] = [width('file'), width('outcome'), width('where')]
  return rows
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map((row) => `${row.file.padEnd(file)}  ${row.outcome.padEnd(outcome)}  ${row.where.padEnd(where)}  ${row.why}`)
    .join('\n')
}

const check = async (known: KnownFile) => {
  const { events, refusal } = await readingOf(known, bytesOf(known))
  const entries = events.filter(({ kind }) => kind === 'ENTRY' || kind === 'REMITTANCE').length
  rows.push(
    refusal === null
      ? { file: known.file, outcome: 'PARSED', where: '', why: `${entries} entries` }
      : { file: known.file, outcome: refusal.rule, where: `line ${refusal.line} ${refusal.field ?? ''}`, why: refusal.message },
  )
  expect(refusal?.rule ?? 'PARSED').toBe(known.outcome)
  if (refusal !== null && known.line !== null) expect(refusal.line).toBe(known.line)
  if (refusal === null && known.entries !== null) expect(entries).toBe(known.entries)
}

describe.skipIf(!areThere)('the bank files that others publish', () => {
  afterAll(() => void process.stdout.write(`${table()}\n`))

  it('are all known, and no other', () => expect(knownFiles.map(({ file }) => file).toSorted()).toEqual(filesThere()))

  it.each(knownFiles)('$file: $outcome', check)
})

it.skipIf(areThere)('are absent: nothing was read', (context) => context.skip(`there is no ${bankFolder}`))

import { Readable } from 'node:stream'
import { CsvError, type Options, parse } from 'csv-parse'
import type { FileFormat } from './profile.ts'

/** A line of the file as it stood there, for the list of rejects, and its cells. The header is row 1. */
export type FileRow = { readonly rowNumber: number; readonly cells: readonly string[]; readonly raw: string }

/** The file breaks off being a table: a quote that never ends, say. Nothing behind that place can be trusted. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** No real record comes near; a quote that is never closed would otherwise read the file into memory as one cell. */
const recordBytesMax = 131_072

type Bytes = AsyncIterable<Buffer | string>

/** Rows one at a time, the header first, however long the file is. Blank lines are no rows. */
export async function* readRows(source: Bytes, { format }: { readonly format: FileFormat }): AsyncGenerator<FileRow> {
  const { first, all } = await peek(source, format)
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(format, first.toString('latin1')),
    quote: format.quote ?? false,
    encoding: format.encoding === 'latin1' ? 'latin1' : 'utf8',
    from_line: format.skipLines + 1,
    raw: true,
    info: true,
    relax_column_count: true,
    max_record_size: recordBytesMax,
  } satisfies Options)
  const input = Readable.from(all)
  input.on('error', (error) => parser.destroy(error))
  input.pipe(parser)
  try {
    for await (const each of parser) {
      const { record, raw, info } = each as { record: string[]; raw: string; info: { lines: number } }
      if (record.every((cell) => cell.trim() === '')) continue
      const line = raw.replace(/^\ufeff/, '').replace(/(\r\n|\n|\r)$/, '')
      // The parser counts to the record's last line; quoted line ends put its first line further up.
      yield { rowNumber: info.lines - line.split('\n').length + 1, cells: record, raw: line }
    }
  } catch (thrown) {
    if (thrown instanceof CsvError) throw new Malformed(thrown.message, { cause: thrown })
    throw thrown
  } finally {
    input.destroy()
    parser.destroy()
  }
}

/** A header is shorter; what has none by then is not looked through for one. */
const peekBytesMax = 16_384

/** The start of the source, with its header if that comes soon, and the whole of it again: pieces may be as short as they like. */
const peek = async (source: Bytes, { skipLines }: FileFormat): Promise<{ first: Buffer; all: AsyncIterable<Buffer> }> => {
  const iterator = source[Symbol.asyncIterator]()
  let first = Buffer.alloc(0)
  while (first.length < peekBytesMax && linesOf(first.toString('latin1')).length <= skipLines + 1) {
    const next = await iterator.next()
    if (next.done === true) break
    first = Buffer.concat([first, Buffer.from(next.value)])
  }
  const all = async function* () {
    try {
      if (first.length > 0) yield first
      for (;;) {
        const next = await iterator.next()
        if (next.done === true) return
        yield Buffer.from(next.value)
      }
    } finally {
      await iterator.return?.()
    }
  }
  return { first, all: all() }
}

const linesOf = (text: string): readonly string[] => text.split(/\r\n|\n|\r/)

/** Of several possible delimiters, the one the header line has most of. */
const delimiterOf = ({ delimiter, skipLines }: FileFormat, start: string): string => {
  const line = linesOf(start)[skipLines] ?? ''
  const counts = delimiter.map((each) => line.split(each).length)
  return delimiter[counts.indexOf(Math.max(...counts))] ?? ','
}

import { lineBytesMax, linesOf } from './lines.ts'
import { BadBankFile, type Bytes } from './model.ts'

export const recordCodes = ['01', '02', '03', '16', '49', '88', '98', '99'] as const
export type RecordCode = (typeof recordCodes)[number]

/** A record with the continuations (88) that follow it. */
export type BaiRecord = {
  readonly code: Exclude<RecordCode, '88'>
  /** The line it begins on, from 1. */
  readonly line: number
  /** What stands behind the code, without the slash at the end: the record's own, then one for each continuation. */
  readonly parts: readonly string[]
  /** Records of the file that went into it: what the trailers count. */
  readonly count: number
  readonly raw: string
}

/** A record and its continuations are held together; a file of one endless record must not be. */
const recordCharsMax = 262_144

type Physical = {
  /** Null for a line that goes on with the text of the line above. */
  readonly code: RecordCode | null
  readonly body: string
  readonly isClosed: boolean
  readonly line: number
  readonly raw: string
}

/** Records of a BAI2 file, one at a time. */
export async function* recordsOf(source: Bytes): AsyncGenerator<BaiRecord> {
  let open: Open | null = null
  for await (const physical of physicalRecords(source)) {
    if (physical.code === null || physical.code === '88') {
      open = continued(open, physical)
      continue
    }
    if (open !== null) yield closed(open)
    else if (physical.code !== '01') throw notBai(physical.line)
    const { code, line, body, isClosed, raw } = physical
    open = { code, line, parts: [body], texts: [raw], count: 1, chars: raw.length, takesText: !isClosed }
  }
  if (open !== null) yield closed(open)
}

const notBai = (line: number) => new BadBankFile('NOT_THIS_FORMAT', line, '01', 'a BAI2 file begins with a record 01')

type Open = {
  readonly code: BaiRecord['code']
  readonly line: number
  readonly parts: string[]
  readonly texts: string[]
  count: number
  chars: number
  takesText: boolean
}

const closed = ({ code, line, parts, texts, count }: Open): BaiRecord => ({ code, line, parts, count, raw: texts.join('\n') })

const continued = (open: Open | null, { code, body, isClosed, line, raw }: Physical): Open => {
  if (open === null) throw notBai(line)
  if (code === null) {
    if (!open.takesText) throw new BadBankFile('BAD_STRUCTURE', line, null, 'the line begins with no record code of BAI2')
    open.parts.push(`${open.parts.pop() ?? ''}${body}`)
  } else {
    open.parts.push(body)
    open.count += 1
  }
  open.texts.push(raw)
  open.takesText = !isClosed
  open.chars += raw.length
  if (open.chars > recordCharsMax) {
    throw new BadBankFile(
      'TOO_LONG',
      open.line,
      open.code,
      `the record and its continuations are longer than ${recordCharsMax} characters`,
    )
  }
  return open
}

async function* physicalRecords(source: Bytes): AsyncGenerator<Physical> {
  let isPacked = false
  let carried = ''
  for await (const { number, text, isCut } of linesOf(source, { longer: 'CUT' })) {
    const line = carried + text
    isPacked ||= holdsMore(line)
    const pieces = isPacked ? line.split(nextRecord) : [line]
    carried = isCut ? (pieces.pop() ?? '') : ''
    if (carried.length > lineBytesMax) {
      throw new BadBankFile('TOO_LONG', number, null, `the record is longer than ${lineBytesMax} characters`)
    }
    for (const piece of pieces) {
      const record = recordOf(piece, number)
      if (record !== null) yield record
    }
  }
}

/**
 * Where the next record begins on the same line. A text may hold "INV 12/88,5" as well: so a file is only taken apart inside
 * its lines once it did so behind a record that cannot hold text, and then at what looks like a record, not at any slash.
 */
const nextRecord = /(?<=\/)\s*(?=(?:0[123],|16,\d{3},|88,|49,[+-]?\d{1,18},\d{1,9}\/|9[89],[+-]?\d{1,18},\d{1,9},\d{1,9}\/))/

const withoutText = /^\s*(?:0[123]|49|9[89]),/

const holdsMore = (line: string): boolean => {
  if (!withoutText.test(line)) return false
  const end = line.indexOf('/')
  return end !== -1 && line.slice(end + 1).trim() !== ''
}

const coded = /^\s*(0[123]|16|49|88|9[89])(?:,|(?=\/\s*$))/

const recordOf = (piece: string, line: number): Physical | null => {
  const raw = piece.trimEnd()
  if (raw === '') return null
  const isClosed = raw.endsWith('/')
  const match = coded.exec(raw)
  const code = recordCodes.find((known) => known === match?.[1]) ?? null
  const body = raw.slice(match?.[0].length ?? 0, isClosed ? -1 : undefined)
  if (code !== null && code !== '16' && code !== '88') {
    if (!isClosed) throw new BadBankFile('BAD_STRUCTURE', line, code, `the record ${code} does not end with a slash`)
    if (body.includes('/'))
      throw new BadBankFile('BAD_STRUCTURE', line, code, `something stands behind the end of the record ${code}`)
  }
  return { code, body, isClosed, line, raw }
}

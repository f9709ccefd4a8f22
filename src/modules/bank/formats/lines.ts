import { isUtf8 } from 'node:buffer'
import { BadBankFile, type Bytes } from './model.ts'

/** A line of a file without its end, or a part of one that was cut. */
export type Line = {
  /** From 1. The parts of a cut line all bear its number. */
  readonly number: number
  readonly text: string
  /** More of the same line follows. */
  readonly isCut: boolean
}

export type LineOptions = {
  readonly bytesMax?: number
  /** What becomes of a longer line: CUT hands it out in parts, for formats whose records do not depend on line ends. */
  readonly longer?: 'REFUSE' | 'CUT'
}

/** No line of a bank file comes near; without a bound, a file without line ends would be read into memory whole. */
export const lineBytesMax = 65_536

const lf = 0x0a
const cr = 0x0d
const endOfFile = 0x1a

/**
 * The lines of a file, one at a time, however long it is; LF, CR and CRLF end them.
 *
 * Each line is decoded for itself: as UTF-8 if its bytes are that, else as Latin-1. Banks join exports of several systems
 * into one file, and a stream cannot know what is behind it. A byte order mark is dropped, as is DOS's end-of-file mark.
 * NUL refuses the file: it is UTF-16 or no text at all. Other control characters are handed on, since formats use them.
 */
export async function* linesOf(
  source: Bytes,
  { bytesMax = lineBytesMax, longer = 'REFUSE' }: LineOptions = {},
): AsyncGenerator<Line> {
  let number = 1
  let held: Buffer[] = []
  let heldBytes = 0
  let isAfterCr = false
  let isStart = true

  const line = (bytes: Buffer, isCut: boolean): Line => {
    const text = decode(bytes, number)
    const hasMark = isStart && text.startsWith('\ufeff')
    isStart = false
    return { number, text: hasMark ? text.slice(1) : text, isCut }
  }

  for await (const piece of source) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    if (bytes.length === 0) continue
    const nextEnd = lineEnds(bytes)
    let at = isAfterCr && bytes[0] === lf ? 1 : 0
    isAfterCr = false

    for (;;) {
      const end = nextEnd(at)
      const part = bytes.subarray(at, end)
      held.push(part)
      heldBytes += part.length
      if (heldBytes > bytesMax) {
        if (longer === 'REFUSE') throw new BadBankFile('TOO_LONG', number, null, `the line is longer than ${bytesMax} bytes`)
        let rest = Buffer.concat(held)
        while (rest.length > bytesMax) {
          const cut = characterStart(rest, bytesMax)
          yield line(rest.subarray(0, cut), true)
          rest = rest.subarray(cut)
        }
        held = [rest]
        heldBytes = rest.length
      }
      if (end === bytes.length) break

      yield line(joined(held), false)
      held = []
      heldBytes = 0
      number += 1
      at = end + 1
      if (bytes[end] !== cr) continue
      if (at === bytes.length) isAfterCr = true
      else if (bytes[at] === lf) at += 1
    }
  }

  const last = withoutEndMark(joined(held))
  if (last.length > 0) yield line(last, false)
}

const joined = (parts: readonly Buffer[]): Buffer => {
  const [first, ...others] = parts
  return first !== undefined && others.length === 0 ? first : Buffer.concat(parts)
}

/** Where the next line ends, or the length. Each of the two ends is looked for once, or a file without CR costs a square. */
const lineEnds = (bytes: Buffer): ((from: number) => number) => {
  const positions = (byte: number) => {
    let known = -1
    return (from: number): number => {
      if (known < from) known = bytes.indexOf(byte, from)
      if (known === -1) known = bytes.length
      return known
    }
  }
  const nextLf = positions(lf)
  const nextCr = positions(cr)
  return (from) => Math.min(nextLf(from), nextCr(from))
}

const decode = (bytes: Buffer, number: number): string => {
  if (bytes.includes(0))
    throw new BadBankFile('BAD_ENCODING', number, null, 'the file holds NUL: it is not text of one byte each')
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}

/** At or before `at`: a place that is not inside a character of UTF-8. */
const characterStart = (bytes: Buffer, at: number): number => {
  for (let back = 0; back < 4 && back < at; back += 1) {
    const byte = bytes[at - back]
    if (byte !== undefined && (byte & 0xc0) !== 0x80) return at - back
  }
  return at
}

const withoutEndMark = (bytes: Buffer): Buffer => {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === endOfFile) end -= 1
  return bytes.subarray(0, end)
}

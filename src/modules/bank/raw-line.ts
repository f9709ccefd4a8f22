import { isUtf8 } from 'node:buffer'
import type { Bytes } from './formats/model.ts'

const bytesMax = 16_384
const lf = 0x0a
const cr = 0x0d

/** A line of a file as it stands there, from 1, or as much of it as is kept: what a refusal is about. */
export const rawLineAt = async (source: Bytes, wanted: number): Promise<string> => {
  const kept: number[] = []
  let line = 1
  let isAfterCr = false
  for await (const piece of source) {
    for (const byte of typeof piece === 'string' ? Buffer.from(piece) : piece) {
      const isSecondHalf = isAfterCr && byte === lf
      isAfterCr = byte === cr
      if (isSecondHalf) continue
      if (byte === lf || byte === cr) {
        line += 1
        if (line > wanted) return textOf(kept)
      } else if (line === wanted) {
        kept.push(byte)
        if (kept.length === bytesMax) return textOf(kept)
      }
    }
  }
  return textOf(kept)
}

const textOf = (kept: readonly number[]): string => {
  const bytes = Buffer.from(kept)
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}

import { randomBytes } from 'node:crypto'
import { dashed } from '../kernel/ids.ts'

/** UUID version 7: ordered by time so that new rows land at the end of an index, without a sequence that would tell volumes. */
export const newId = (at: Date): string => {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(at.getTime(), 0, 6)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return dashed(bytes.toString('hex'))
}

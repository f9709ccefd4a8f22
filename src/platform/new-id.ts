import { randomBytes } from 'node:crypto'
import { dashed } from '../kernel/ids.ts'

let lastMs = 0
let count = 0

/** A place within the millisecond: ids that one process makes for one instant keep the order they were made in. */
const placeIn = (ms: number): number => {
  count = ms === lastMs ? count + 1 : 0
  lastMs = ms
  return count
}

const places = 0x1000

/**
 * UUID version 7: ordered by time so that new rows land at the end of an index, without a sequence that would tell
 * volumes. A unit has one instant and may make more ids than a millisecond has places: they run on into the next.
 */
export const newId = (at: Date): string => {
  const place = placeIn(at.getTime())
  const bytes = randomBytes(16)
  bytes.writeUIntBE(at.getTime() + Math.floor(place / places), 0, 6)
  bytes.writeUInt16BE(0x7000 | (place % places), 6)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return dashed(bytes.toString('hex'))
}

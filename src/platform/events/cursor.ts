import { dashed, isUuid } from '../../kernel/ids.ts'

/** Where a stream stands: the last event of each client that was told. Clients go their own ways, so it is a list. */
export type Places = ReadonlyMap<string, bigint>

const entryBytes = 22
const versionByte = 1

/** 22 bytes for each client: its id and the number of its last event. Opaque to callers. */
export const encodePlaces = (places: Places): string => {
  const bytes = Buffer.alloc(1 + places.size * entryBytes)
  bytes[0] = versionByte
  let at = 1
  for (const [clientId, seq] of [...places].sort(([a], [b]) => (a < b ? -1 : 1))) {
    bytes.write(clientId.replaceAll('-', ''), at, 'hex')
    bytes.writeUIntBE(Number(seq), at + 16, 6)
    at += entryBytes
  }
  return bytes.toString('base64url')
}

/** Null for what is not a cursor of a stream. */
export const decodePlaces = (text: string): Places | null => {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes[0] !== versionByte || (bytes.length - 1) % entryBytes !== 0 || bytes.toString('base64url') !== text) return null
  const places = new Map<string, bigint>()
  for (let at = 1; at < bytes.length; at += entryBytes) {
    const clientId = dashed(bytes.toString('hex', at, at + 16))
    if (!isUuid(clientId)) return null
    places.set(clientId, BigInt(bytes.readUIntBE(at + 16, 6)))
  }
  return places
}

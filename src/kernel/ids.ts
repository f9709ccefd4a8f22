const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isUuid = (text: string): boolean => uuidShape.test(text)

/** A row's name in the API: what it is, whose it is, which one it is. The owner is the client, or the provider for its directory. */
export type GlobalId = { readonly typename: string; readonly ownerId: string; readonly id: string }

/** Opaque to callers. The owner inside makes a lookup one index probe; the fence, not the id, decides what may be seen. */
export const encodeGlobalId = ({ typename, ownerId, id }: GlobalId): string => {
  const at = typename.length + 1
  const bytes = Buffer.allocUnsafe(at + 32)
  bytes.write(`${typename}:`, 0, 'latin1')
  bytes.write(undashed(ownerId), at, 'hex')
  bytes.write(undashed(id), at + 16, 'hex')
  return bytes.toString('base64url')
}

const nameShape = /^[A-Z][A-Za-z]{0,40}$/

/** Null for anything that this API never issued: forged, foreign, truncated or simply not an id. */
export const decodeGlobalId = (text: string): GlobalId | null => {
  if (text.length > 120) return null
  const bytes = Buffer.from(text, 'base64url')
  const at = bytes.length - 32
  if (at < 2 || bytes[at - 1] !== 0x3a) return null
  const typename = bytes.toString('latin1', 0, at - 1)
  if (!nameShape.test(typename)) return null
  const decoded = { typename, ownerId: dashed(bytes.toString('hex', at, at + 16)), id: dashed(bytes.toString('hex', at + 16)) }
  // Base64 has several spellings of the same bytes; an id has one.
  return encodeGlobalId(decoded) === text ? decoded : null
}

const undashed = (uuid: string): string =>
  uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24)

export const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

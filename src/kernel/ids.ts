const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isUuid = (text: string): boolean => uuidShape.test(text)

/** A row's name in the API: what it is, whose it is, which one it is. The owner is the client, or the provider for its directory. */
export type GlobalId = { readonly typename: string; readonly ownerId: string; readonly id: string }

/** Opaque to callers. The owner inside makes a lookup one index probe; the fence, not the id, decides what may be seen. */
export const encodeGlobalId = ({ typename, ownerId, id }: GlobalId): string =>
  Buffer.from(`${typename}:${undashed(ownerId)}${undashed(id)}`, 'latin1').toString('base64url')

const globalShape = /^([A-Z][A-Za-z]{0,40}):([0-9a-f]{32})([0-9a-f]{32})$/

/** Null for anything that this API never issued: forged, foreign, truncated or simply not an id. */
export const decodeGlobalId = (text: string): GlobalId | null => {
  if (text.length > 160) return null
  const match = globalShape.exec(Buffer.from(text, 'base64url').toString('latin1'))
  if (match === null) return null
  const [, typename = '', owner = '', id = ''] = match
  const decoded = { typename, ownerId: dashed(owner), id: dashed(id) }
  // Base64 has several spellings of the same bytes; an id has one.
  return encodeGlobalId(decoded) === text ? decoded : null
}

const undashed = (uuid: string): string => uuid.replaceAll('-', '')

export const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

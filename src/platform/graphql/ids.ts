import { decodeGlobalId, encodeGlobalId } from '../../kernel/ids.ts'
import type { RowKey } from './loader.ts'

/** An id that nobody has: what a forged or foreign-typed id is read as, so that it meets the same answer as a random one. */
export const nobody = '00000000-0000-0000-0000-000000000000'

/** The row that an id names, if it is of the type asked for. */
export const keyOf = (typename: string, text: string): RowKey => {
  const decoded = decodeGlobalId(text)
  return decoded?.typename === typename ? { clientId: decoded.ownerId, id: decoded.id } : { clientId: nobody, id: nobody }
}

export const clientIdOf = (text: string): string => keyOf('Client', text).id

export const globalIdOf = (typename: string, { clientId, id }: RowKey): string =>
  encodeGlobalId({ typename, ownerId: clientId, id })

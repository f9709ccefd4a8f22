import type { Readable } from 'node:stream'
import { isUuid } from '../../kernel/ids.ts'
import type { ClientId } from '../policy.ts'

/** Which bytes: whose, what they are, and the row that knows of them. Bytes that come again after their end are others. */
export type DocumentKey = { readonly clientId: ClientId; readonly id: string; readonly sha256: string }

/**
 * Where the bytes of documents lie. Nothing here is asked inside of a transaction. Each call may be made again, by whoever
 * else: putting the same bytes twice and removing what is gone are both well.
 */
export type DocumentStore = {
  /** Takes a file whole, or not at all: nobody ever reads a part of it. */
  readonly put: (key: DocumentKey, file: string) => Promise<void>
  readonly has: (key: DocumentKey) => Promise<boolean>
  /** Null where there are no such bytes. */
  readonly open: (key: DocumentKey) => Promise<Readable | null>
  readonly remove: (key: DocumentKey) => Promise<void>
}

/** Where a document lies within any store: the client first, then a few hundred shelves. Nothing a caller said is in it. */
export const placeOf = ({ clientId, id, sha256 }: DocumentKey): readonly [string, string, string] => {
  if (!isUuid(clientId) || !isUuid(id) || !/^[0-9a-f]{64}$/.test(sha256)) throw new Error('this is no key of a document')
  return [clientId, sha256.slice(0, 2), `${sha256}.${id}`]
}

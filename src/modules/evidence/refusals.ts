import { Refusal } from '../../kernel/refusal.ts'
import { InvalidInput } from '../../platform/refusals.ts'
import { type MediaType, mediaTypes } from './media-type.ts'
import type { EvidenceRules } from './policy.ts'

/** The bytes of an upload were given up before it ended: it begins anew. */
export class BytesGone extends Refusal {
  readonly code = 'BYTES_GONE'
  constructor() {
    super('the bytes were given up before the document was recorded; send it again')
  }
}

const list = (names: readonly string[]) => names.join(', ')

/** Why the client's rules do not take such a document, or null. */
export const faultOf = (
  { types, mediaTypes: taken, sizeMaxBytes }: EvidenceRules,
  { type, mediaType, sizeBytes }: { readonly type: string; readonly mediaType: MediaType; readonly sizeBytes: number },
): InvalidInput | null => {
  const codes = types.map(({ code }) => code)
  if (!codes.includes(type)) return new InvalidInput(`the client's documents are of a type of these: ${list(codes)}`, ['type'])
  if (!taken.includes(mediaType)) {
    const endings = taken.map((one) => mediaTypes[one][0])
    return new InvalidInput(`this is ${mediaTypes[mediaType][0]}, and the client takes ${list(endings)}`, ['file'])
  }
  if (sizeBytes > sizeMaxBytes) return new InvalidInput(`a document of this client has at most ${sizeMaxBytes} bytes`, ['file'])
  return null
}

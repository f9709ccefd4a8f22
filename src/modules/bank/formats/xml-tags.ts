import { decodeReferences } from './xml-text.ts'

/** What stands between `<` and `>`. */

export type Tag = {
  readonly name: string
  readonly local: string
  readonly isEmpty: boolean
  readonly attributes: ReadonlyMap<string, string>
}

/** Names go into messages about the file. */
const nameCharsMax = 128

const name = /[\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*(?::[\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*)?/uy
const attribute =
  /[ \t\r\n]+([\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*(?::[\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*)?)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/uy
const tagEnd = /[ \t\r\n]*(\/?)$/y

const isBinding = (key: string): boolean => key === 'xmlns' || key.startsWith('xmlns:')
const localOf = (qualified: string): string => qualified.slice(qualified.indexOf(':') + 1)

/** Null when it is no tag. */
const tagOf = (inside: string): Tag | null => {
  name.lastIndex = 0
  const qualified = name.exec(inside)?.[0]
  if (qualified === undefined || qualified.length > nameCharsMax) return null
  const attributes = new Map<string, string>()
  const locals = new Set<string>()
  let at = qualified.length
  for (;;) {
    attribute.lastIndex = at
    const match = attribute.exec(inside)
    if (match === null) break
    const [whole, key = '', double, single] = match
    const value = decodeReferences(double ?? single ?? '')
    if (value === null || attributes.has(key)) return null
    attributes.set(key, value)
    // Parts are read by local names: `a:Ccy` beside `Ccy` would leave it open which of the two currencies is meant.
    if (!isBinding(key)) {
      if (locals.has(localOf(key))) return null
      locals.add(localOf(key))
    }
    at += whole.length
  }
  tagEnd.lastIndex = at
  const end = tagEnd.exec(inside)
  if (end === null) return null
  return { name: qualified, local: localOf(qualified), isEmpty: end[1] === '/', attributes }
}

/** Files say the same few tags over and over; a file that does not is read all the same, only slower. */
export const createTags = (): ((inside: string) => Tag | null) => {
  const known = new Map<string, Tag>()
  return (inside) => {
    const found = known.get(inside)
    if (found !== undefined) return found
    const tag = tagOf(inside)
    if (tag !== null && inside.length <= 64 && known.size < 4096) known.set(inside, tag)
    return tag
  }
}

/** Prefixes and what they stand for; the empty one is that of names without a prefix. */
export type Bindings = ReadonlyMap<string, string>

export const bindings = (outer: Bindings, { attributes }: Tag): Bindings => {
  const own = [...attributes].filter(([key]) => isBinding(key))
  return own.length === 0 ? outer : new Map([...outer, ...own.map(([key, value]) => [localPrefix(key), value] as const)])
}
const localPrefix = (key: string): string => (key === 'xmlns' ? '' : localOf(key))

export const namespaceOf = ({ name: qualified }: Tag, bound: Bindings): string | null =>
  bound.get(qualified.slice(0, Math.max(0, qualified.indexOf(':')))) ?? null

import { BadBankFile, type BankRule } from './model.ts'
import { quoted } from './quoted.ts'
import { type Bindings, bindings, createTags, namespaceOf, type Tag } from './xml-tags.ts'
import { declarationShape, decodeReferences, noCharacter } from './xml-text.ts'

/**
 * Walks an XML file without keeping it: tells the elements that hold the parts together, and cuts out the parts whole, each a
 * small document of its own. Strict where a lenient reader would guess: one root, ends that match, no name twice in a tag. There
 * is no DTD, so there are no entities but the five of XML itself, and nothing outside the file can be named.
 */

/** By the local names from the root down: TELL also asks about its children; PASS leaves the whole element out. */
export type Treatment = 'TELL' | 'SLICE' | 'PASS'

export type XmlSlice = {
  /** The line of its first tag, from 1. */
  readonly line: number
  readonly xml: string
}

export type XmlEvent =
  | { readonly kind: 'OPEN'; readonly path: readonly string[]; readonly namespace: string | null; readonly line: number }
  | { readonly kind: 'CLOSE'; readonly path: readonly string[]; readonly line: number }
  | ({ readonly kind: 'SLICE'; readonly path: readonly string[] } & XmlSlice)

/** A statement is nine deep where it is deepest; a parser that recurses must not be led further than it can go. */
export const depthMax = 64

/** One tag, text, comment: none of a bank's comes near. */
export const tokenCharsMax = 1_048_576

/** One entry with all its payments: a batch of ten thousand is well below. Its tree takes some ten times as much. */
export const sliceCharsMax = 16_777_216

const blank = /^[ \t\r\n]*$/

type Open = {
  readonly name: string
  readonly treatment: Treatment
  /** Prefixes that are bound here, where the element is told. */
  readonly bound: Bindings
}

const unbound: Bindings = new Map()

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export async function* xmlEvents(
  source: AsyncIterable<string>,
  treat: (path: readonly string[]) => Treatment,
): AsyncGenerator<XmlEvent> {
  const tags = createTags()
  const open: Open[] = []
  const path: string[] = []
  let hasRoot = false
  let isStart = true

  /** What is not read yet. Offsets below are of it. */
  let buffer = ''
  let at = 0
  let line = 1
  let counted = 0

  /** The slice being cut: what of it has left the buffer, and where the rest begins. */
  let cut: { readonly line: number; readonly depth: number; readonly parts: string[]; from: number; chars: number } | null = null

  const lineAt = (offset: number): number => {
    for (let next = buffer.indexOf('\n', counted); next !== -1 && next < offset; next = buffer.indexOf('\n', counted)) {
      line += 1
      counted = next + 1
    }
    return line
  }
  const bad = (offset: number, message: string, rule: BankRule = 'BAD_STRUCTURE'): BadBankFile =>
    new BadBankFile(rule, lineAt(offset), path.at(-1) ?? null, message)

  const flush = (to: number): void => {
    if (cut === null) return
    cut.parts.push(buffer.slice(cut.from, to))
    cut.chars += to - cut.from
    cut.from = to
    if (cut.chars > sliceCharsMax) throw new BadBankFile('TOO_LONG', cut.line, path.at(-1) ?? null, 'the element is too long')
  }

  const begin = (tag: Tag, start: number): XmlEvent | null => {
    if (open.length === 0 && hasRoot) throw bad(start, `<${tag.name}> stands beside the root`)
    if (open.length >= depthMax) throw bad(start, `elements are nested more than ${depthMax} deep`)
    hasRoot = true
    path.push(tag.local)
    const outer = open.at(-1)
    const treatment = outer === undefined || outer.treatment === 'TELL' ? treat(path) : 'PASS'
    const around = outer?.bound ?? unbound
    const bound = treatment === 'TELL' ? bindings(around, tag) : around
    open.push({ name: tag.name, treatment, bound })
    if (treatment === 'SLICE') cut = { line: lineAt(start), depth: open.length, parts: [], from: start, chars: 0 }
    if (treatment !== 'TELL') return null
    return { kind: 'OPEN', path: [...path], namespace: namespaceOf(tag, bound), line: lineAt(start) }
  }

  const end = (start: number, after: number): XmlEvent | null => {
    const told = [...path]
    const closed = open.pop()
    path.pop()
    if (closed?.treatment === 'TELL') return { kind: 'CLOSE', path: told, line: lineAt(start) }
    if (cut === null || open.length >= cut.depth) return null
    flush(after)
    const whole = { kind: 'SLICE', path: told, line: cut.line, xml: cut.parts.join('') } as const
    cut = null
    return whole
  }

  /** Text between two tags. */
  const between = (from: number, to: number): void => {
    if (from === to) return
    const text = buffer.slice(from, to)
    if (open.length === 0) {
      if (blank.test(text)) return
      throw bad(
        from,
        hasRoot ? 'text stands behind the root' : 'the file is no XML',
        hasRoot ? 'BAD_STRUCTURE' : 'NOT_THIS_FORMAT',
      )
    }
    if (text.includes('&') && decodeReferences(text) === null) throw bad(from, '& begins no character and no known entity')
    if (text.includes(']]>')) throw bad(from, ']]> ends nothing')
  }

  /** `<!…` and `<?…`: its end, or -1 where that has not come yet. */
  const special = (start: number): number => {
    if (buffer.startsWith('<?', start)) {
      const close = buffer.indexOf('?>', start)
      if (close === -1) return -1
      const text = buffer.slice(start, close + 2)
      if (!/^<\?xml[ \t\r\n?]/.test(text)) throw bad(start, 'processing instructions are not read', 'UNSUPPORTED')
      if (!isStart || !declarationShape.test(text)) throw bad(start, 'the declaration is not one of XML 1.0, or not at the start')
      return close + 2
    }
    if (buffer.startsWith('<!--', start)) {
      const dashes = buffer.indexOf('--', start + 4)
      if (dashes === -1 || dashes + 2 >= buffer.length) return -1
      if (buffer[dashes + 2] !== '>') throw bad(start, 'a comment holds two dashes')
      return dashes + 3
    }
    if (buffer.startsWith('<![CDATA[', start)) {
      if (open.length === 0) throw bad(start, 'text stands beside the root')
      const close = buffer.indexOf(']]>', start)
      if (close === -1) return -1
      // What is cut is parsed once more, and there every text is of one kind.
      flush(start)
      if (cut !== null) {
        cut.parts.push(escaped(buffer.slice(start + 9, close)))
        cut.chars += close - start
        cut.from = close + 3
      }
      return close + 3
    }
    if (buffer.startsWith('<!DOCTYPE', start))
      throw bad(start, 'a document type is not read: it could name anything', 'UNSUPPORTED')
    const isCutOff = ['<!--', '<![CDATA[', '<!DOCTYPE'].some((whole) => whole.startsWith(buffer.slice(start, start + 9)))
    if (isCutOff) return -1
    throw bad(start, '<! begins nothing that is known')
  }

  /** Where the tag ends: a `>` inside quotes does not end it. -1 where the end has not come yet. */
  const endOfTag = (start: number): number => {
    for (let next = start + 1; next < buffer.length; next += 1) {
      const code = buffer.charCodeAt(next)
      if (code === 0x3e) return next
      if (code !== 0x22 && code !== 0x27) continue
      next = buffer.indexOf(code === 0x22 ? '"' : "'", next + 1)
      if (next === -1) return -1
    }
    return -1
  }

  /** Drops what is read, and keeps what a slice needs of it. */
  const append = (piece: string): void => {
    lineAt(at)
    flush(at)
    if (cut !== null) cut.from = 0
    buffer = buffer.slice(at) + piece
    counted = Math.max(0, counted - at)
    at = 0
    const fault = noCharacter.exec(piece)
    if (fault !== null) throw bad(buffer.length - piece.length + fault.index, 'a character that XML has no place for')
  }

  for await (const piece of source) {
    if (piece === '') continue
    append(isStart && buffer === '' && piece.startsWith('\ufeff') ? piece.slice(1) : piece)

    for (;;) {
      const start = buffer.indexOf('<', at)
      if (start === -1) break
      between(at, start)
      if (start > at) isStart = false
      at = start

      const next = buffer[start + 1]
      if (next === '!' || next === '?') {
        const after = special(start)
        if (after === -1) break
        isStart = false
        at = after
        continue
      }
      const close = endOfTag(start)
      if (close === -1) break
      isStart = false
      at = close + 1

      if (next === '/') {
        const ended = buffer.slice(start + 2, close).trimEnd()
        if (ended !== open.at(-1)?.name) {
          throw bad(start, `${quoted(`</${ended}>`)} ends nothing: open is ${quoted(open.at(-1)?.name ?? '')}`)
        }
        const event = end(start, at)
        if (event !== null) yield event
        continue
      }
      const tag = tags(buffer.slice(start + 1, close))
      if (tag === null) throw bad(start, `<${buffer.slice(start + 1, Math.min(close, start + 40))}> is no tag`)
      const begun = begin(tag, start)
      if (begun !== null) yield begun
      if (!tag.isEmpty) continue
      const ended = end(start, at)
      if (ended !== null) yield ended
    }
    if (buffer.length - at > tokenCharsMax) throw bad(at, 'a text or a tag does not end', 'TOO_LONG')
  }

  if (buffer.indexOf('<', at) === -1) between(at, buffer.length)
  if (open.length > 0 || buffer.indexOf('<', at) !== -1) {
    throw bad(buffer.length, `the file ends inside <${open.at(-1)?.name ?? buffer.slice(at + 1, at + 20)}>`, 'TRUNCATED')
  }
  if (!hasRoot) throw bad(0, 'the file is empty', 'EMPTY')
}

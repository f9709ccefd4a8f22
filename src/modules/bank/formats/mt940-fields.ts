import { linesOf } from './lines.ts'
import { BadBankFile, type Bytes } from './model.ts'

/** A field of a message with its lines, the first without the tag. Blank lines are left out: some banks strew them. */
export type SwiftField = { readonly tag: string; readonly line: number; readonly lines: readonly string[] }

export type SwiftPart =
  /** The header of a SWIFT envelope, which statements on disk often lack: who sent the message that follows. */
  | { readonly kind: 'ENVELOPE'; readonly sender: string | null }
  | { readonly kind: 'FIELD'; readonly field: SwiftField }
  /** A dash ends a message, or the next one that begins; at the end of the file nothing says that it was whole. */
  | { readonly kind: 'END'; readonly line: number; readonly by: 'DASH' | 'NEXT' | 'END_OF_FILE' }

/** No bank writes more above a message: "ABNANL2A", "940", ":940:". */
const bannerLinesMax = 12
const fieldCharsMax = 65_536

const tagged = /^:(\d{2}[A-Z]?|NS):/
const banner = /^:94[02]:$/
const endMark = /^-(?:X{3}|\}.*)?$/

/** The fields of MT940 and MT942 messages, in an envelope or bare, several messages to a file. */
export async function* swiftPartsOf(source: Bytes): AsyncGenerator<SwiftPart> {
  let field: OpenField | null = null
  let isInMessage = false
  let isEnveloped = false
  let isClosing = false
  let messages = 0
  let banners = 0
  let line = 0
  let isEmpty = true

  const flushed = (): SwiftPart[] => {
    if (field === null) return []
    const { tag, line, lines } = field
    field = null
    return [{ kind: 'FIELD', field: { tag, line, lines } }]
  }
  const ended = (by: (SwiftPart & { kind: 'END' })['by']): SwiftPart[] => {
    if (isEnveloped && by !== 'DASH') {
      throw new BadBankFile('TRUNCATED', line, '{4:', 'the envelope of the message is never closed')
    }
    const parts: SwiftPart[] = isInMessage ? [...flushed(), { kind: 'END', line, by }] : []
    isInMessage = false
    isEnveloped = false
    isClosing = false
    banners = 0
    return parts
  }

  for await (const { number, text: whole } of linesOf(source)) {
    line = number
    let text = withoutTransmissionMarks(whole)
    if (text.trim() === '') continue
    isEmpty = false

    if (endMark.test(text.trimEnd()) && (isInMessage || isEnveloped)) {
      yield* ended('DASH')
      text = text.slice(text.includes('{1:') ? text.indexOf('{1:') : text.length)
    }
    if (text.startsWith('{1:') || (!isInMessage && text.startsWith('{'))) {
      yield* ended('NEXT')
      yield { kind: 'ENVELOPE', sender: senderIn(text, line) }
      const body = text.indexOf('{4:')
      isEnveloped = body !== -1
      text = isEnveloped ? text.slice(body + 3) : ''
    }
    if (text.trim() === '') continue

    const tag = banner.test(text.trimEnd()) ? undefined : tagged.exec(text)?.[1]
    if (tag === undefined || (field !== null && !isClosing && isWrappedTime(field, text))) {
      if (field !== null && !banner.test(text.trimEnd())) {
        addTo(field, text)
        continue
      }
      banners += 1
      if (banners > bannerLinesMax) throw strange(line, messages)
      continue
    }
    if (tag === '20' && isInMessage) yield* ended('NEXT')
    else yield* flushed()
    if (!isInMessage) messages += 1
    isInMessage = true
    isClosing ||= tag.startsWith('62') || tag.startsWith('90')
    const first = text.slice(tag.length + 2)
    field = { tag, line, lines: [first], chars: first.length }
  }
  yield* ended('END_OF_FILE')
  if (isEmpty) throw new BadBankFile('EMPTY', 1, null, 'the file is empty')
  if (messages === 0) throw strange(1, 0)
}

type OpenField = { readonly tag: string; readonly line: number; readonly lines: string[]; chars: number }

const addTo = (field: OpenField, text: string): void => {
  field.lines.push(text)
  field.chars += text.length
  if (field.chars > fieldCharsMax) {
    throw new BadBankFile('TOO_LONG', field.line, `:${field.tag}:`, `the field is longer than ${fieldCharsMax} characters`)
  }
}

const strange = (line: number, messages: number): BadBankFile =>
  messages === 0
    ? new BadBankFile('NOT_THIS_FORMAT', line, ':20:', 'no field of MT940 or MT942 is there')
    : new BadBankFile('BAD_STRUCTURE', line, null, 'the lines between two messages belong to neither')

/** "T16" at the end of a line and ":26:37" on the next is a time that was folded, not a field 26. */
const isWrappedTime = ({ tag, lines }: OpenField, text: string): boolean =>
  tag === '86' && /^:[0-5]\d:[0-5]\d(?!\d)/.test(text) && /(?<!\d)(?:[01]\d|2[0-3])$/.test(lines.at(-1) ?? '')

/** SOH and ETX around a message and the dollar sign between two are of the transmission, not of the message. */
const withoutTransmissionMarks = (line: string): string => {
  const text = line.replaceAll('\u0001', '').replaceAll('\u0003', '')
  return text.startsWith('${') ? text.slice(1) : text
}

/** The BIC of block 1, without the terminal's letter in it. */
const senderIn = (envelope: string, line: number): string | null => {
  const type = /\{2:[IO](\d{3})/.exec(envelope)?.[1]
  if (type !== undefined && type !== '940' && type !== '942') {
    throw new BadBankFile('UNSUPPORTED', line, '{2:}', `the message is an MT${type}`)
  }
  const [, bank, branch = ''] = /\{1:F?\d{2}([A-Z]{6}[A-Z0-9]{2})[A-Z0-9]([A-Z0-9]{3})/.exec(envelope) ?? []
  if (bank === undefined) return null
  return /^X{3}$/.test(branch) ? bank : bank + branch
}

import { TextDecoder } from 'node:util'
import { BadBankFile, type Bytes } from './model.ts'

/** From the bytes of an XML file to its characters, and from its references to what they stand for. */

/**
 * Pieces shorter than this are put together, so that a source of single bytes costs no more than any other, and the declaration
 * is seen whole.
 */
const pieceMin = 16_384

/** What may stand at the start of a file, before its root. The encoding is its third group. */
export const declarationShape =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[0-9]+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][A-Za-z0-9._-]*)\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\4)?[ \t\r\n]*\?>/

type Decoder = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | 'iso-8859-15'

/** Latin-1 is read as Windows-1252, its superset: where a bank's file says the one and means the other, it is a euro sign. */
const declared: ReadonlyMap<string, Decoder> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['iso-8859-1', 'windows-1252'],
  ['windows-1252', 'windows-1252'],
  ['iso-8859-15', 'iso-8859-15'],
])

const refuse = (line: number, message: string): BadBankFile => new BadBankFile('BAD_ENCODING', line, null, message)

/** By its first bytes; where those leave it open, by its declaration. One that is not read, or cannot be true, refuses the file. */
const decoderOf = (first: Buffer): Decoder => {
  const [a, b, c] = first
  const name = declarationShape.exec(first.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, ''))?.[3]?.toLowerCase()
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le'
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be'
  const decoder = name === undefined ? 'utf-8' : declared.get(name)
  if (decoder === undefined) throw refuse(1, `the encoding ${name} is not read, or the file is not in it`)
  if (a === 0xef && b === 0xbb && c === 0xbf && decoder !== 'utf-8') {
    throw refuse(1, `the file says ${name} and begins with the mark of UTF-8`)
  }
  return decoder
}

/** The line on which the bytes stop being text: the decoder itself does not tell. */
const lineOfFault = (bytes: Buffer, encoding: string, line: number): number => {
  const before = new TextDecoder(encoding).decode(bytes).split('\ufffd', 1)[0] ?? ''
  return line + before.split('\n').length - 1
}

/** The characters of an XML file, in pieces of some length. Strings are taken for characters already. */
export async function* xmlText(source: Bytes): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null
  let line = 1
  let held: Buffer[] = []
  let heldBytes = 0
  let text = ''

  const decode = (): string => {
    const bytes = Buffer.concat(held)
    held = []
    heldBytes = 0
    decoder ??= new TextDecoder(decoderOf(bytes), { fatal: true })
    try {
      return decoder.decode(bytes, { stream: true })
    } catch {
      throw refuse(lineOfFault(bytes, decoder.encoding, line), `a byte that is not ${decoder.encoding}`)
    }
  }

  for await (const piece of source) {
    if (typeof piece === 'string') text += piece
    else {
      held.push(piece)
      heldBytes += piece.length
      if (heldBytes < pieceMin) continue
      text += decode()
    }
    if (text.length < pieceMin) continue
    yield text
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line += 1
    text = ''
  }
  if (heldBytes > 0) text += decode()
  try {
    text += (decoder as TextDecoder | null)?.decode() ?? ''
  } catch {
    throw refuse(line, 'the file ends inside a character')
  }
  yield text
}

/** What XML 1.0 has no place for, written out or as a reference. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
export const noCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The longest code point has seven digits; anything that pads one further means harm. */
const reference = /&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));/g

const characterOf = (point: number): string | null => {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null
  const character = String.fromCodePoint(point)
  return noCharacter.test(character) ? null : character
}

/**
 * The text with its references replaced, each once: what one stands for is never read again. Null where an ampersand begins
 * none of the five names that XML knows by itself and no character: without a DTD there are no others.
 */
export const decodeReferences = (text: string): string | null => {
  let decoded = ''
  let at = 0
  reference.lastIndex = 0
  for (let match = reference.exec(text); match !== null; match = reference.exec(text)) {
    const [whole, name, decimal, hex] = match
    const between = text.slice(at, match.index)
    const stands =
      name !== undefined ? named[name] : characterOf(Number.parseInt(decimal ?? hex ?? '', hex === undefined ? 10 : 16))
    if (stands === undefined || stands === null || between.includes('&')) return null
    decoded += between + stands
    at = match.index + whole.length
  }
  const rest = text.slice(at)
  return rest.includes('&') ? null : decoded + rest
}

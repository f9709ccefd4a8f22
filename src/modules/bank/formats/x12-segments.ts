import { linesOf } from './lines.ts'
import { BadBankFile, type BankRule, type Bytes } from './model.ts'

export type Segment = {
  /** ISA, ST, RMR: two or three characters. */
  readonly id: string
  /** As the standard counts them: the id stands at 0, so RMR04 is `elements[4]`. */
  readonly elements: readonly string[]
  readonly line: number
  /** Its number in the file, from 1: many files are one line, and then only this finds it. */
  readonly position: number
  /** As it stood in the file, with its terminator. */
  readonly raw: string
}

export type Delimiters = {
  readonly element: string
  readonly component: string
  /** Null where the end of the line ends a segment. */
  readonly terminator: string | null
}

/** Far above any segment of a payment; without a bound, a file whose terminator is lost would be read into memory whole. */
const segmentCharactersMax = 8_192

/** Without surrounding blanks, which the standard gives no meaning; '' where it is absent. */
export const elementAt = ({ elements }: Segment, at: number): string => (elements[at] ?? '').trim()

export const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

const fieldName = (id: string, at: number): string => `${id}${String(at).padStart(2, '0')}`

/** The place in the words of the standard: `SE01`; null means the segment as a whole. */
export const faultAt = (rule: BankRule, { id, line, position }: Segment, at: number | null, message: string): BadBankFile =>
  new BadBankFile(rule, line, at === null ? id : fieldName(id, at), `segment ${position}: ${message}`)

/** The segments of a file in their order. What they mean together is the envelope's business. */
export async function* segmentsOf(source: Bytes): AsyncGenerator<Segment> {
  let delimiters: Delimiters | null = null
  let held = ''
  let line = 1
  let position = 0
  let isLineEnded = false

  const next = (text: string, by: Delimiters): Segment => {
    position += 1
    return parseSegment(text, { delimiters: by, line, position })
  }

  for await (const { number, text, isCut } of linesOf(source, { longer: 'CUT' })) {
    // A line break inside a segment is a lost terminator: joining its halves would make one reference of two.
    if (isLineEnded && held !== '') throw lineBreakIn(held, line, position + 1)
    line = number
    let from = 0
    if (delimiters === null) {
      if (text.trim() === '') continue
      delimiters = delimitersOf(text, number)
      yield next(text.slice(0, headerCharacters - 1), delimiters)
      from = headerCharacters
    }

    const by: Delimiters = delimiters
    const { terminator } = by
    while (terminator !== null) {
      const end = text.indexOf(terminator, from)
      if (end === -1) break
      yield next(held + text.slice(from, end), by)
      held = ''
      from = end + 1
    }
    held += text.slice(from)
    if (held.length > segmentCharactersMax) throw tooLong(line, position + 1)
    isLineEnded = !isCut
    if (isLineEnded && held.trim() === '') held = ''
    if (terminator === null && isLineEnded && held !== '') {
      yield next(held, by)
      held = ''
    }
  }

  if (delimiters === null) throw new BadBankFile('EMPTY', line, null, 'the file is empty')
  if (held !== '')
    throw new BadBankFile('TRUNCATED', line, null, `segment ${position + 1}: the file ends inside it: ${shown(held)}`)
}

const tooLong = (line: number, position: number) =>
  new BadBankFile('TOO_LONG', line, null, `segment ${position}: it is longer than ${segmentCharactersMax} characters`)

const lineBreakIn = (held: string, line: number, position: number) =>
  new BadBankFile('BAD_STRUCTURE', line, null, `segment ${position}: it is not ended where its line ends: ${shown(held)}`)

type Place = { readonly delimiters: Delimiters; readonly line: number; readonly position: number }

const segmentId = /^[A-Z][A-Z0-9]{1,2}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const controlCharacter = /[\u0000-\u001f\u007f]/

/** One segment from its text, the terminator taken off. */
export const parseSegment = (text: string, { delimiters, line, position }: Place): Segment => {
  if (text.length > segmentCharactersMax) throw tooLong(line, position)
  const { element, component, terminator } = delimiters
  const elements = text.split(element)
  const [id = ''] = elements
  const here = `segment ${position}:`
  if (!segmentId.test(id)) throw new BadBankFile('BAD_STRUCTURE', line, null, `${here} ${shown(text)} does not begin with an id`)
  if (controlCharacter.test(text) && controlCharacter.test(elements.join('').replaceAll(component, '')))
    throw new BadBankFile('BAD_ENCODING', line, id, `${here} it holds a control character: ${shown(text)}`)
  return { id, elements, line, position, raw: `${text}${terminator ?? ''}` }
}

/** The header, ISA, has this many characters, its terminator included: the one segment of fixed width. */
const headerCharacters = 106
const headerWidths = [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]

const cannotPart = /[A-Za-z0-9 ]/

/**
 * How the file is parted stands in its header at fixed places, so each width is checked: a header whose blanks were
 * squeezed, as mail programs do, would give a wrong terminator and then a file of one segment.
 */
export const delimitersOf = (text: string, line: number): Delimiters => {
  const fault = (rule: BankRule, field: string | null, message: string) =>
    new BadBankFile(rule, line, field, `segment 1: ${message}`)
  if (!text.startsWith('ISA')) {
    if (/^(GS|ST)[^A-Za-z0-9\s]/.test(text))
      throw fault('MISSING', 'ISA', `the file begins with ${text.slice(0, 2)}: without ISA nothing says how it is parted`)
    throw fault('NOT_THIS_FORMAT', 'ISA', 'the file does not begin with ISA')
  }

  const element = text.charAt(3)
  const elements = text.slice(0, headerCharacters - 1).split(element)
  const wrong = headerWidths.findIndex((width, at) => elements[at]?.length !== width)
  if (wrong !== -1) {
    const has = elements[wrong]?.length ?? 0
    const isCutOff = text.length < headerCharacters - 1 && wrong >= elements.length - 1 && has < (headerWidths[wrong] ?? 0)
    if (isCutOff) throw fault('BAD_STRUCTURE', 'ISA', `ISA is broken off after ${text.length} characters of ${headerCharacters}`)
    const field = fieldName('ISA', wrong)
    throw fault('BAD_STRUCTURE', field, `${field} has ${has} characters, and the standard gives it ${headerWidths[wrong]}`)
  }

  const component = text.charAt(headerCharacters - 2)
  const terminator = text.charAt(headerCharacters - 1) || null
  const parts = [element, component, ...(terminator === null ? [] : [terminator])]
  if (parts.some((part) => cannotPart.test(part)) || new Set(parts).size < parts.length)
    throw fault('BAD_STRUCTURE', 'ISA', `${parts.map(shown).join(', ')} cannot part elements, components and segments`)
  return { element, component, terminator }
}

/** What stood in the file, up to a bound: for people who look into an entry. */
export const rawText = () => {
  let text = ''
  let line: number | null = null
  return {
    add: (segment: Segment): void => {
      if (text.length >= rawCharactersMax) return
      text += line === null || line === segment.line ? segment.raw : `\n${segment.raw}`
      line = segment.line
    },
    text: (): string => text.slice(0, rawCharactersMax),
  }
}

export const rawCharactersMax = 16_384

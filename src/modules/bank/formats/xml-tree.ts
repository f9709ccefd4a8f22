import { XMLParser } from 'fast-xml-parser'
import { BadBankFile, type BankRule } from './model.ts'
import type { XmlSlice } from './xml-slices.ts'
import { decodeReferences } from './xml-text.ts'

/** Reads one cut part of a file as a tree, by local names; what a part says twice where it may say it once refuses the file. */

/** As the parser gives it: a name with what is inside, attributes, and the place in the slice; or a text. */
type Node = {
  readonly [name: string]: string | readonly Node[] | Readonly<Record<string, string>> | undefined
  readonly [place: symbol]: { readonly startIndex?: number } | undefined
}

const textKey = '#text'
const attributesKey = ':@'
const placeKey = XMLParser.getMetaDataSymbol() as symbol

/** The slices are checked to be XML without a DTD; references are decoded here and nowhere else. */
const parser = new XMLParser({
  preserveOrder: true,
  processEntities: false,
  htmlEntities: false,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: textKey,
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  captureMetaData: true,
  jPath: false,
})

export type XmlElement = {
  readonly name: string
  /** From the top of the slice, as refusals tell it: `Ntry/Amt`. */
  readonly path: string
  readonly node: Node
  readonly lines: Lines
}

/** Where the lines of a slice begin: looked for once it is asked, since most slices are never asked. */
type Lines = (offset: number) => number

const linesOf = ({ line, xml }: XmlSlice): Lines => {
  let ends: number[] | null = null
  return (offset) => {
    if (ends === null) {
      ends = []
      for (let end = xml.indexOf('\n'); end !== -1; end = xml.indexOf('\n', end + 1)) ends.push(end)
    }
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return line + low
  }
}

export const parseSlice = (slice: XmlSlice): XmlElement => {
  let nodes: readonly Node[]
  try {
    nodes = parser.parse(slice.xml) as readonly Node[]
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : ''
    throw new BadBankFile('BAD_STRUCTURE', slice.line, null, `the element cannot be read: ${why.slice(0, 200)}`)
  }
  const node = nodes.find((one) => !Object.hasOwn(one, textKey))
  const name = node === undefined ? undefined : Object.keys(node).find((key) => key !== attributesKey)
  if (node === undefined || name === undefined) throw new BadBankFile('BAD_STRUCTURE', slice.line, null, 'there is no element')
  return { name, path: name, node, lines: linesOf(slice) }
}

export const lineOf = ({ node, lines }: XmlElement): number => lines(node[placeKey]?.startIndex ?? 0)

export const refusal = (element: XmlElement, rule: BankRule, message: string): BadBankFile =>
  new BadBankFile(rule, lineOf(element), element.path, message)

const inside = ({ name, node }: XmlElement): readonly Node[] => {
  const found = node[name]
  return Array.isArray(found) ? (found as readonly Node[]) : []
}

export const children = (element: XmlElement, name: string): readonly XmlElement[] => {
  const found: XmlElement[] = []
  for (const node of inside(element)) {
    if (Object.hasOwn(node, name)) found.push({ name, path: `${element.path}/${name}`, node, lines: element.lines })
  }
  return found
}

/** The one element by that path, or null. Two where one may be would leave it to chance which of them counts. */
export const child = (element: XmlElement, ...path: readonly string[]): XmlElement | null => {
  let at = element
  for (const name of path) {
    const [one, other] = children(at, name)
    if (one === undefined) return null
    if (other !== undefined) throw refusal(other, 'BAD_STRUCTURE', `a second ${name} in ${at.path}`)
    at = one
  }
  return at
}

export const needed = (element: XmlElement, ...path: readonly string[]): XmlElement => {
  const found = child(element, ...path)
  if (found === null) throw refusal(element, 'MISSING', `${element.path} has no ${path.join('/')}`)
  return found
}

const decoded = (element: XmlElement, text: string): string => {
  const value = text.includes('&') ? decodeReferences(text) : text
  if (value === null) throw refusal(element, 'BAD_STRUCTURE', '& begins no character and no known entity')
  if (!value.isWellFormed()) throw refusal(element, 'BAD_ENCODING', `${element.path} holds half a character`)
  return value.trim()
}

/** What the element says, or null where it says nothing. A value with elements inside it is no value. */
export const text = (element: XmlElement): string | null => {
  const [only, other] = inside(element)
  const own = only?.[textKey]
  if (typeof own !== 'string') return null
  if (other !== undefined) throw refusal(element, 'BAD_STRUCTURE', `${element.path} holds text beside elements`)
  const value = decoded(element, own)
  return value === '' ? null : value
}

export const textOf = (element: XmlElement, ...path: readonly string[]): string | null => {
  const found = child(element, ...path)
  return found === null ? null : text(found)
}

export const neededText = (element: XmlElement, ...path: readonly string[]): string => {
  const value = textOf(element, ...path)
  if (value === null)
    throw refusal(element, 'MISSING', path.length === 0 ? `${element.path} is empty` : `${element.path} has no ${path.join('/')}`)
  return value
}

export const attributeOf = (element: XmlElement, name: string): string | null => {
  const attributes = element.node[attributesKey] as Readonly<Record<string, string>> | undefined
  const value = attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined
  return value === undefined ? null : decoded(element, value)
}

import { BadBankFile, type Reference, type RemittanceLine } from './model.ts'
import { controlledMinor, standardFormula } from './x12-control.ts'
import { openEnvelope } from './x12-envelope.ts'
import { paymentReader } from './x12-payment.ts'
import { asLines, remittanceReader } from './x12-remittance.ts'
import { type Delimiters, delimitersOf, faultAt, parseSegment, type Segment } from './x12-segments.ts'
import { totalAt } from './x12-values.ts'

/** What a payer wrote into the addenda of an entry: pieces of 80 characters, each with the line it stood on. */
export type Piece = { readonly line: number; readonly text: string }

export type Advice = {
  readonly lines: readonly RemittanceLine[]
  readonly references: readonly Reference[]
  readonly payerName: string | null
}

/**
 * An X12 advice in addenda: a whole 820, with or without its interchange, or segments alone as one addendum holds them.
 *
 * The payer writes it and no bank checks it, so a fault in it is no fault of the file: the money of the entry is as the
 * bank tells it. But nothing of a faulty advice is used, or of one for another amount; its text is left for people.
 */
export const adviceIn = (pieces: readonly Piece[], amountMinor: bigint): Advice | null => {
  try {
    const segments = segmentsIn(pieces)
    if (segments === null) return null
    return segments.some(({ id }) => id === 'ST') ? adviceOfSet(segments, amountMinor) : adviceOfSegments(segments)
  } catch (thrown) {
    if (thrown instanceof BadBankFile) return null
    throw thrown
  }
}

const opening = /^(ISA|ST|BPR|RMR|ADX|ENT|TRN|NTE|REF|DTM|N1)[^A-Za-z0-9\s]/

/** Null where it is no X12. A blank inside a piece counts: a segment runs on from one piece into the next. */
const segmentsIn = (pieces: readonly Piece[]): Segment[] | null => {
  const text = pieces.map((piece) => piece.text).join('')
  const id = opening.exec(text)?.[1]
  const [first] = pieces
  if (id === undefined || first === undefined) return null
  const delimiters = id === 'ISA' ? delimitersOf(text, first.line) : looseDelimiters(text, id.length)
  const { terminator } = delimiters
  if (terminator === null) return null

  const lines = startsOf(pieces)
  const segments: Segment[] = []
  let from = 0
  for (;;) {
    const end = text.indexOf(terminator, from)
    if (end === -1) return text.slice(from).trim() === '' ? segments : null
    // Some payers begin each segment in a piece of its own, and the blanks that fill up the one before it stand in front.
    const raw = text.slice(from, end)
    const blanks = raw.length - raw.trimStart().length
    const place = { delimiters, line: lines(from + blanks), position: segments.length + 1 }
    if (raw.trim() !== '') segments.push(parseSegment(raw.slice(blanks), place))
    from = end + 1
  }
}

/** Addenda without an interchange do not say how they are parted: the first segment shows the one, and custom gives the other. */
const looseDelimiters = (text: string, idLength: number): Delimiters => {
  const places = ['\\', '~'].map((each) => text.indexOf(each)).filter((at) => at !== -1)
  const terminator = places.length === 0 ? null : text.charAt(Math.min(...places))
  return { element: text.charAt(idLength), component: '\u0000', terminator }
}

/** Which line a character of the joined text stood on; asked for in ascending order. */
const startsOf = (pieces: readonly Piece[]) => {
  let index = 0
  let end = pieces[0]?.text.length ?? 0
  return (at: number): number => {
    while (at >= end && index < pieces.length - 1) {
      index += 1
      end += pieces[index]?.text.length ?? 0
    }
    return pieces[index]?.line ?? 0
  }
}

const adviceOfSet = (segments: readonly Segment[], amountMinor: bigint): Advice | null => {
  const envelope = openEnvelope('820', { isBare: segments[0]?.id !== 'ISA' })
  let reader: { readonly bpr: Segment; readonly payment: ReturnType<typeof paymentReader> } | null = null
  let release: string | null = null
  for (const segment of segments) {
    const event = envelope.take(segment)
    if (event?.kind === 'SET' && reader !== null) return null
    if (event?.kind === 'SET') release = event.head.group?.release ?? null
    if (event?.kind !== 'SEGMENT') continue
    if (reader !== null) reader.payment.take(segment)
    else if (segment.id !== 'BPR') throw faultAt('MISSING', segment, null, 'BPR must follow ST')
    else reader = { bpr: segment, payment: paymentReader(segment, { release }) }
  }
  const last = segments.at(-1)
  if (last !== undefined) envelope.end(last)
  if (reader === null) return null

  const payment = reader.payment.done()
  const isForThis = payment.currency === 'USD' && totalAt(reader.bpr, 2, 'USD') === amountMinor
  if (!isForThis || controlledMinor(standardFormula, payment) !== amountMinor) return null
  return { lines: asLines(payment, payment.line), references: payment.references, payerName: payment.payerName }
}

/** Lines without a payment around them: nothing says what they should add up to. */
const adviceOfSegments = (segments: readonly Segment[]): Advice | null => {
  const reader = remittanceReader({ currency: 'USD', release: null })
  for (const segment of segments) reader.take(segment)
  const lines = asLines(reader.done(), segments[0]?.line ?? 0)
  return lines.length === 0 ? null : { lines, references: [], payerName: null }
}

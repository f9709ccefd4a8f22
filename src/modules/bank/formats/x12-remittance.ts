import type { RemittanceAdjustment, RemittanceLine } from './model.ts'
import { elementAt, faultAt, type Segment } from './x12-segments.ts'
import { amountAt, dayAt, textAt } from './x12-values.ts'

type Draft<T> = { -readonly [Key in keyof T]: T[Key] }
type DraftAdjustment = Draft<RemittanceAdjustment>
type DraftLine = Draft<Omit<RemittanceLine, 'adjustments'>> & { readonly adjustments: DraftAdjustment[] }

export type Remittance = {
  readonly lines: readonly RemittanceLine[]
  /** Not tied to one line. */
  readonly adjustments: readonly RemittanceAdjustment[]
}

export type RemittanceOf = {
  readonly currency: string
  /** GS08, where there is one. */
  readonly release: string | null
}

/** One advice is held in memory; a payment of more documents than this does not exist. */
const linesMax = 100_000

/** Enough for a reason; a payer who writes letters is read in the file. */
const noteCharactersMax = 1_000

/** DTM01 of the day that an invoice bears. */
const invoiceDay = '003'

/** Loops with items or parties of their own: references and days in there are not those of the document. */
const innerLoops = ['IT1', 'SLN', 'SAC', 'TXI']
const otherLoops = ['ENT', 'TXP', 'DED', 'LX']

/**
 * Lines and adjustments from the segments of 820 and 823 that tell them: RMR for a document, ADX for what was taken off
 * or added. An ADX belongs to the RMR before it in the same loop, and without one it belongs to the payment.
 */
export const remittanceReader = ({ currency, release }: RemittanceOf) => {
  const lines: DraftLine[] = []
  const adjustments: DraftAdjustment[] = []
  let line: DraftLine | null = null
  let adjustment: DraftAdjustment | null = null
  let isInner = false
  let adjusted = 0

  const take = (segment: Segment): void => {
    const { id } = segment
    if (id === 'RMR') {
      if (lines.length === linesMax) throw faultAt('TOO_LONG', segment, null, `the payment has more than ${linesMax} lines`)
      line = lineOf(segment, currency)
      lines.push(line)
    } else if (id === 'ADX') {
      adjustment = adjustmentOf(segment, { currency, release })
      if (adjusted === linesMax) throw faultAt('TOO_LONG', segment, null, `the payment has more than ${linesMax} adjustments`)
      adjusted += 1
      const into = line?.adjustments ?? adjustments
      into.push(adjustment)
    } else if (otherLoops.includes(id)) line = null
    else if (innerLoops.includes(id)) isInner = true
    else if (!isInner && adjustment !== null) explain(adjustment, segment)
    else if (!isInner && line !== null && id === 'DTM' && elementAt(segment, 1) === invoiceDay)
      line.documentOn = dayAt(segment, 2)

    if (id === 'RMR' || otherLoops.includes(id)) adjustment = null
    if (id === 'RMR' || id === 'ADX' || otherLoops.includes(id)) isInner = false
  }

  return { take, done: (): Remittance => ({ lines, adjustments }) }
}

const lineOf = (segment: Segment, currency: string): DraftLine => {
  const [reference, action] = [elementAt(segment, 2), elementAt(segment, 3)]
  if (reference === '' && action === '') throw faultAt('MISSING', segment, 2, 'neither a document nor an action is told')
  const discountMinor = amountAt(segment, 6, currency)
  const adjustedMinor = amountAt(segment, 8, currency)
  const adjustments: DraftAdjustment[] = []
  // A discount below zero is one that a credit memo gives back: it raises the payment, and no cash discount was taken.
  if (discountMinor !== null && discountMinor < 0n) adjustments.push({ ...plain(-discountMinor), text: 'RMR06' })
  if (adjustedMinor !== null) adjustments.push({ ...plain(adjustedMinor), ...reasonOf(segment, 7) })
  return {
    line: segment.line,
    qualifier: textAt(segment, 1),
    // Blank where RMR03 says that no single document is paid.
    reference,
    paidMinor: amountAt(segment, 4, currency),
    invoicedMinor: amountAt(segment, 5, currency),
    discountMinor: discountMinor !== null && discountMinor > 0n ? discountMinor : null,
    documentOn: null,
    adjustments,
  }
}

const plain = (amountMinor: bigint): DraftAdjustment => ({ amountMinor, code: null, codeList: null, reference: null, text: null })

const reasonOf = (segment: Segment, at: number): Pick<RemittanceAdjustment, 'code' | 'codeList'> => {
  const code = textAt(segment, at)
  return { code, codeList: code === null ? null : 'X12_426' }
}

/** A negative ADX lowers the payment, as all releases from here on say; in 003030 a positive one did. */
const signedSince = '003050'

const adjustmentOf = (segment: Segment, { currency, release }: RemittanceOf): DraftAdjustment => {
  const amountMinor = amountAt(segment, 1, currency)
  if (amountMinor === null) throw faultAt('MISSING', segment, 1, 'the amount is missing')
  if (release !== null && /^\d{6}/.test(release) && release.slice(0, 6) < signedSince)
    throw faultAt('UNSUPPORTED', segment, 1, `in release ${release} the sign of an adjustment may mean the contrary`)
  return { ...plain(amountMinor), ...reasonOf(segment, 2), reference: textAt(segment, 4) }
}

/**
 * Everything as lines, for entries of an account, which have no other place for it. An adjustment of the payment becomes
 * a line of its own that nothing was invoiced for, so that what is paid still adds up to the payment.
 */
export const asLines = ({ lines, adjustments }: Remittance, line: number): RemittanceLine[] => [
  ...lines,
  ...adjustments.map((adjustment) => ({
    line,
    qualifier: null,
    reference: adjustment.reference ?? '',
    paidMinor: adjustment.amountMinor,
    invoicedMinor: 0n,
    discountMinor: null,
    documentOn: null,
    adjustments: [adjustment],
  })),
]

/** Segments below an ADX name it more closely: the first reference counts, notes are gathered. */
const explain = (adjustment: DraftAdjustment, segment: Segment): void => {
  const isReference = segment.id === 'REF'
  if (isReference) adjustment.reference ??= textAt(segment, 2)
  const note = isReference ? textAt(segment, 3) : segment.id === 'NTE' ? textAt(segment, 2) : null
  if (note === null) return
  const text = adjustment.text === null ? note : `${adjustment.text}\n${note}`
  adjustment.text = text.slice(0, noteCharactersMax)
}

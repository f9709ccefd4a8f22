import { BadBankFile, type BankFileHead, type BankFormat, type Bytes } from './model.ts'
import { elementAt, faultAt, type Segment, segmentsOf, shown } from './x12-segments.ts'
import { countAt, instantAt, requiredAt, textAt } from './x12-values.ts'

/** What stands around a transaction set: who sent it, and the control numbers that name it. */
export type SetHead = {
  readonly interchange: Interchange | null
  readonly group: Group | null
  readonly control: string
}
type Interchange = Pick<BankFileHead, 'sender' | 'receiver' | 'createdAt' | 'isTest'> & { readonly control: string }
type Group = {
  readonly control: string
  /** GS08: 005010X306, say. */
  readonly release: string
}

export type SetEvent =
  | { readonly kind: 'SET'; readonly head: SetHead; readonly segment: Segment }
  | { readonly kind: 'SEGMENT'; readonly segment: Segment }
  | { readonly kind: 'SET_END'; readonly segment: Segment }

/** Sets that a reader of this module takes: where another one is found, the file is only at the wrong reader. */
const knownSets = ['820', '823']

type Open<Head> = { readonly head: Head; readonly segment: Segment; readonly seen: Set<string>; count: number }

/**
 * Holds an interchange to its controls: who may stand where, equal control numbers, counts, and an end.
 * `isBare` takes a set that stands alone, as addenda of ACH carry it.
 */
export const openEnvelope = (wanted: string, { isBare }: { readonly isBare: boolean }) => {
  let interchange: Open<Interchange> | null = null
  let group: Open<Group> | null = null
  let set: Open<SetHead> | null = null
  let isClosed = false
  let sets = 0

  const outside = (segment: Segment) => faultAt('BAD_STRUCTURE', segment, null, `${segment.id} does not belong here`)

  const takeSet = (segment: Segment): SetEvent => {
    if (set !== null || (isBare ? sets > 0 : group === null)) throw outside(segment)
    const found = elementAt(segment, 1)
    if (found !== wanted) {
      const rule = knownSets.includes(found) ? 'NOT_THIS_FORMAT' : 'UNSUPPORTED'
      throw faultAt(rule, segment, 1, `the transaction set is ${shown(found)}, and ${wanted} is read here`)
    }
    const head = { interchange: interchange?.head ?? null, group: group?.head ?? null, control: requiredAt(segment, 2) }
    if (group !== null) countInto(group, segment, 2)
    set = opened(head, segment)
    set.count = 1
    sets += 1
    return { kind: 'SET', head, segment }
  }

  const endSet = (segment: Segment): SetEvent => {
    if (set === null) throw outside(segment)
    set.count += 1
    closes(segment, set, { control: 2, word: 'segments' })
    set = null
    return { kind: 'SET_END', segment }
  }

  /** The event that the segment makes; null for one of the envelope itself. */
  const take = (segment: Segment): SetEvent | null => {
    switch (segment.id) {
      case 'ISA':
        if (isClosed) throw faultAt('UNSUPPORTED', segment, null, 'a second interchange begins: one file holds one')
        if (interchange !== null || isBare) throw outside(segment)
        interchange = opened(interchangeOf(segment), segment)
        return null
      case 'GS':
        if (interchange === null || isClosed || group !== null) throw outside(segment)
        countInto(interchange, segment, 6)
        group = opened({ control: requiredAt(segment, 6), release: elementAt(segment, 8) }, segment)
        return null
      case 'ST':
        return takeSet(segment)
      case 'SE':
        return endSet(segment)
      case 'GE':
        if (group === null || set !== null) throw outside(segment)
        closes(segment, group, { control: 6, word: 'transaction sets' })
        group = null
        return null
      case 'IEA':
        if (interchange === null || isClosed || group !== null) throw outside(segment)
        closes(segment, interchange, { control: 13, word: 'groups' })
        isClosed = true
        return null
      default:
        if (set === null) throw outside(segment)
        set.count += 1
        return { kind: 'SEGMENT', segment }
    }
  }

  /** Nothing follows the last segment that was taken. */
  const end = (last: Segment): void => {
    const isOpen = isBare ? set !== null : !isClosed
    if (isOpen) {
      const missing = set !== null ? 'SE' : group !== null ? 'GE' : 'IEA'
      throw new BadBankFile('TRUNCATED', last.line, missing, `the file ends after segment ${last.position}, without ${missing}`)
    }
    if (sets === 0) throw new BadBankFile('EMPTY', last.line, 'ST', 'there is no transaction set')
  }

  return { take, end }
}

const opened = <Head>(head: Head, segment: Segment): Open<Head> => ({ head, segment, seen: new Set(), count: 0 })

/** One more inside, under a control number that nothing else in there has: the same one twice is one sent twice. */
const countInto = <Head>(outer: Open<Head>, segment: Segment, at: number): void => {
  const control = requiredAt(segment, at)
  if (outer.seen.has(control)) throw faultAt('CONTROL_NUMBER', segment, at, `control number ${shown(control)} comes twice`)
  outer.seen.add(control)
  outer.count += 1
}

/** A trailer has the count first and the control number second, whatever it ends. */
const closes = <Head>(
  trailer: Segment,
  { segment, count }: Open<Head>,
  { control, word }: { readonly control: number; readonly word: string },
): void => {
  const [begun, ended] = [elementAt(segment, control), elementAt(trailer, 2)]
  if (begun !== ended) {
    const message = `control number ${shown(ended)} ends what ${segment.id} began as ${shown(begun)}`
    throw faultAt('CONTROL_NUMBER', trailer, 2, message)
  }
  const told = countAt(trailer, 1)
  if (told !== count) throw faultAt('CONTROL_COUNT', trailer, 1, `${told} ${word} are told, and there are ${count}`)
}

const interchangeOf = (segment: Segment): Interchange => {
  const usage = elementAt(segment, 15)
  if (!['P', 'T', 'I'].includes(usage)) throw faultAt('BAD_VALUE', segment, 15, `${shown(usage)} is no usage: P, T or I`)
  return {
    control: requiredAt(segment, 13),
    sender: textAt(segment, 6),
    receiver: textAt(segment, 8),
    createdAt: instantAt(segment, { day: 9, time: 10 }),
    isTest: usage === 'T',
  }
}

/** The transaction sets of a file, each with all that is between its ST and its SE. */
export async function* setsOf(source: Bytes, wanted: string): AsyncGenerator<SetEvent> {
  const envelope = openEnvelope(wanted, { isBare: false })
  let last: Segment | null = null
  for await (const segment of segmentsOf(source)) {
    last = segment
    const event = envelope.take(segment)
    if (event !== null) yield event
  }
  if (last !== null) envelope.end(last)
}

/** The file is named by its first set: control numbers alone are not unique among senders, who stand beside them. */
export const fileHead = (format: BankFormat, { interchange, group, control }: SetHead): BankFileHead => ({
  format,
  messageId: [interchange?.control, group?.control, control].join('/'),
  sender: interchange?.sender ?? null,
  receiver: interchange?.receiver ?? null,
  createdAt: interchange?.createdAt ?? null,
  isTest: interchange?.isTest ?? false,
})

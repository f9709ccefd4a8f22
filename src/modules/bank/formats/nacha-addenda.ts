import type { EntryContext, OpenEntry } from './nacha-entry.ts'
import { addendum } from './nacha-layout.ts'
import { type AchRecord, cut, digitsIn, numberIn, recordFault } from './nacha-records.ts'

/** Which addenda may follow an entry, and in which order. What they say is read where the entry is closed. */

export const addendumType = (record: AchRecord): string => cut(record, addendum.type)

/** Addenda of 05 that an entry of a class may have; a class that is absent has none. */
const payloadMax: Readonly<Record<string, number>> = { CTX: 9_999, CCD: 1, PPD: 1, WEB: 1 }

export const takeAddendum = (entry: OpenEntry, record: AchRecord, context: EntryContext): void => {
  if (cut(entry.record, entry.layout.hasAddenda) === '0')
    throw recordFault('BAD_STRUCTURE', record, null, 'an addendum follows an entry that tells it has none')
  const type = addendumType(record)
  const last = entry.addenda.at(-1)
  if (last !== undefined && ['98', '99'].includes(addendumType(last)))
    throw recordFault('BAD_STRUCTURE', record, addendum.type, `nothing follows the addendum ${addendumType(last)} of an entry`)

  if (type === '98' || type === '99') holdReason(record, { isChange: context.entryClass === 'COR' })
  else if (type === '05') holdPayload(entry, record, payloadMax[context.entryClass] ?? 0)
  else if (context.isInternational) holdInternational(entry, record)
  else throw recordFault('BAD_VALUE', record, addendum.type, `${type} is no addendum of class ${context.entryClass}`)
  entry.addenda.push(record)
}

const returnReason = /^R(?:0[1-9]|[1-3]\d|4[0-7]|5[0-3]|6[1-9]|7[0-7]|8[0-5])$/
const changeReason = /^C(?:0[1-9]|1[0-4]|6[1-9])$/

/** The layout of the addendum hangs on its reason, so a reason that the rules do not have cannot be read. */
const holdReason = (record: AchRecord, { isChange }: { readonly isChange: boolean }): void => {
  const { type, reason: reasonField } = addendum
  if (isChange !== (addendumType(record) === '98'))
    throw recordFault('BAD_STRUCTURE', record, type, `${addendumType(record)} does not belong into a batch of this class`)
  const reason = cut(record, reasonField)
  const known = isChange ? changeReason : returnReason
  if (!known.test(reason))
    throw recordFault('BAD_VALUE', record, reasonField, `${JSON.stringify(reason)} is no reason that the rules have`)
  digitsIn(record, addendum.originalTrace)
}

const holdPayload = (entry: OpenEntry, record: AchRecord, max: number): void => {
  if (entry.addenda.length >= max)
    throw recordFault('BAD_STRUCTURE', record, addendum.type, `an entry of this class has at most ${max} addenda 05`)
  holdSequence(entry, record, entry.addenda.length + 1)
}

const holdSequence = ({ trace }: OpenEntry, record: AchRecord, expected: number | null): void => {
  if (expected !== null && numberIn(record, addendum.sequence) !== expected)
    throw recordFault('SEQUENCE', record, addendum.sequence, `addendum ${expected} of the entry must follow`)
  if (digitsIn(record, addendum.entrySequence) !== trace.slice(-7))
    throw recordFault('SEQUENCE', record, addendum.entrySequence, `it belongs to another entry than ${trace}`)
}

/** 10 to 16 are told once each in their order; then come at most two of 17 and five of 18. */
const holdInternational = (entry: OpenEntry, record: AchRecord): void => {
  const type = Number(addendumType(record))
  const before = entry.addenda.at(-1)
  const last = before === undefined ? 9 : Number(addendumType(before))
  const repeats = entry.addenda.filter((each) => Number(addendumType(each)) === type).length
  const max = { 17: 2, 18: 5 }[type] ?? 1
  const isNext = type === last + 1 || (last >= 16 && type >= last && type <= 18)
  if (!isNext || repeats >= max) {
    const place = before === undefined ? 'the entry' : addendumType(before)
    throw recordFault('SEQUENCE', record, addendum.type, `${addendumType(record)} cannot follow ${place}`)
  }
  holdSequence(entry, record, type >= 17 ? repeats + 1 : null)
}

/** Reasons of banks that argue about a return: these tell the traces of the return, and of its refusal. */
export const isDishonored = (reason: string): boolean => reason >= 'R61' && reason <= 'R70'
export const isContested = (reason: string): boolean => reason >= 'R71' && reason <= 'R77'

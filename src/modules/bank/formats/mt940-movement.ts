import { type Day, dayOf } from '../../../kernel/day.ts'
import type { BankEntry } from './model.ts'
import { detailOf, isNoReference } from './mt940-details.ts'
import type { SwiftField } from './mt940-fields.ts'
import { amountIn, bad, dayIn } from './mt940-values.ts'
import { quoted } from './quoted.ts'
import { rawOf } from './raw.ts'

/** What a movement takes from the message that it stands in. */
export type MovementPlace = { readonly account: string; readonly currency: string; readonly isStatement: boolean }

/** A field 61 with what the fields 86 and NS behind it tell of it. */
export type Movement = {
  readonly entry: Omit<BankEntry, 'details' | 'raw'>
  readonly customerReference: string
  /** Lines of field 61 below the first. */
  readonly supplementary: readonly string[]
  readonly information: string[]
  readonly nonSwift: string[]
  readonly raw: string[]
  chars: number
}

export const movementOf = (field: SwiftField, { account, currency, isStatement }: MovementPlace): Movement => {
  const { tag, line, lines } = field
  const [first = '', ...below] = lines
  const match = /^(\d{6})(\d{4}| {4})?([RE]?)([CD])([A-Z]?)([\d.,]*)(.*)$/.exec(first)
  if (match === null) throw bad('BAD_STRUCTURE', line, tag, `${quoted(first)} is no movement`)
  const [, value = '', entryOn = '', prefix, mark, , amount = '', rest = ''] = match
  if (prefix === 'E' && isStatement) throw bad('BAD_VALUE', line, tag, 'what is only expected does not stand in a statement')
  const valueOn = dayIn(value, field)
  const amountMinor = amountIn(amount, currency, field)
  const type = /^[NSF][A-Z0-9 ]{3}/.exec(rest)?.[0]
  if (type === undefined) throw bad('BAD_VALUE', line, tag, `${quoted(rest.slice(0, 4))} is no type of transaction`)

  const { customer, bank, name } = referencesIn(rest.slice(type.length))
  const isReversal = prefix === 'R'
  return {
    entry: {
      line,
      account,
      currency,
      amountMinor,
      // RC takes a credit back: the money goes.
      direction: (mark === 'C') === isReversal ? 'DEBIT' : 'CREDIT',
      isReversal,
      status: isStatement ? 'BOOKED' : 'PENDING',
      bookedOn: entryOn.trim() === '' ? null : entryDay(entryOn, valueOn, field),
      valueOn,
      typeCode: type.trimEnd(),
      bankReference: isNoReference(bank) ? null : bank,
    },
    customerReference: customer,
    supplementary: [...name, ...below],
    information: [],
    nonSwift: [],
    raw: [`:${tag}:${lines.join('\n')}`],
    chars: 0,
  }
}

const customerReferenceChars = 16

const referencesIn = (text: string): { readonly customer: string; readonly bank: string; readonly name: readonly string[] } => {
  const split = text.indexOf('//')
  if (split !== -1) return { customer: text.slice(0, split), bank: text.slice(split + 2).trim(), name: [] }
  // Rabobank fills the reference up with blanks and puts the name of the other side behind it.
  const isFilled = text.length > customerReferenceChars && text[customerReferenceChars - 1] === ' '
  if (!isFilled) return { customer: text, bank: '', name: [] }
  return { customer: text.slice(0, customerReferenceChars), bank: '', name: [text.slice(customerReferenceChars)] }
}

/** The entry date has no year: more than half a year apart, it is of the year before or after, as in December and January. */
const entryDay = (text: string, valueOn: Day, { tag, line }: SwiftField): Day => {
  const year = Number(valueOn.slice(0, 4))
  const month = Number(text.slice(0, 2))
  const monthsLater = month - Number(valueOn.slice(5, 7))
  const turn = monthsLater > 6 ? -1 : monthsLater < -6 ? 1 : 0
  const day = dayOf(year + turn, month, Number(text.slice(2)))
  if (day === null) throw bad('BAD_DAY', line, tag, `${quoted(text)} is no day of the form MMDD`)
  return day
}

/** One entry may have several fields 86: Dutch banks wrote one for each line. Without a bound they would all be held. */
const narrativeCharsMax = 65_536

export const addNarrative = (movement: Movement, { tag, line, lines }: SwiftField): void => {
  const text = lines.join('\n')
  movement.chars += text.length
  if (movement.chars > narrativeCharsMax) {
    throw bad('TOO_LONG', line, tag, `what the bank says about the entry is longer than ${narrativeCharsMax} characters`)
  }
  if (tag === 'NS') movement.nonSwift.push(...lines)
  else movement.information.push(...lines)
  movement.raw.push(`:${tag}:${text}`)
}

/** The entry, once the message has said all there is to it. */
export const entryOf = ({ entry, customerReference, supplementary, information, nonSwift, raw }: Movement): BankEntry => {
  const { amountMinor, currency, direction, bankReference } = entry
  const told = { customerReference, bankReference: bankReference ?? '', supplementary, information, nonSwift }
  return {
    ...entry,
    details: [detailOf({ amountMinor, currency, direction, ...told })],
    raw: rawOf(raw.join('\n')),
  }
}

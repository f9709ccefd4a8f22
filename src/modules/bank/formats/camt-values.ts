import { type Day, isDay } from '../../../kernel/day.ts'
import { isCurrency, type Money, parseAmount } from '../../../kernel/money.ts'
import { quoted } from './quoted.ts'
import { attributeOf, child, children, needed, neededText, refusal, text, textOf, type XmlElement } from './xml-tree.ts'

/** What the small parts of camt messages say, in each of their versions: amounts, days, codes, parties, accounts. */

export type Direction = 'CREDIT' | 'DEBIT'

const amountFaults = {
  NOT_A_NUMBER: 'is no amount',
  TOO_PRECISE: 'has more digits than its currency',
  TOO_LARGE: 'is more than an amount can be',
} as const

/** An amount without a sign: which way it goes is told beside it. Digits beyond the currency's own must be zeros. */
export const amountOf = (element: XmlElement): Money => {
  const currency = attributeOf(element, 'Ccy')
  if (currency === null) throw refusal(element, 'MISSING', `${element.path} has no currency`)
  if (!isCurrency(currency)) throw refusal(element, 'BAD_CURRENCY', `${quoted(currency)} is no currency of ISO 4217`)
  const said = neededText(element)
  const parsed = /^\d/.test(said) ? parseAmount(said, currency) : 'NOT_A_NUMBER'
  if (typeof parsed === 'string') throw refusal(element, 'BAD_AMOUNT', `${quoted(said)} ${amountFaults[parsed]}`)
  return { minor: parsed.minor, currency }
}

/** The amount in minor units if it is in that currency: amounts of two currencies are never compared. */
export const minorIn = (element: XmlElement | null, currency: string): bigint | null => {
  if (element === null) return null
  const amount = amountOf(element)
  return amount.currency === currency ? amount.minor : null
}

export const directionOf = (element: XmlElement): Direction => {
  const said = neededText(element)
  if (said === 'CRDT') return 'CREDIT'
  if (said === 'DBIT') return 'DEBIT'
  throw refusal(element, 'BAD_VALUE', `${quoted(said)} is neither CRDT nor DBIT`)
}

export const signed = (minor: bigint, direction: Direction): bigint => (direction === 'CREDIT' ? minor : -minor)

/** Untold is no. */
export const flagOf = (element: XmlElement | null): boolean => {
  if (element === null) return false
  const said = neededText(element)
  if (said === 'true' || said === '1') return true
  if (said === 'false' || said === '0') return false
  throw refusal(element, 'BAD_VALUE', `${quoted(said)} is neither true nor false`)
}

/** A whole number that is only counted with. */
export const countOf = (element: XmlElement): bigint => {
  const said = neededText(element)
  if (!/^\d{1,15}$/.test(said)) throw refusal(element, 'BAD_VALUE', `${quoted(said)} is no count`)
  return BigInt(said)
}

const moment = /^(\d{4}-\d{2}-\d{2})(?:T([01]\d|2[0-4]):[0-5]\d:[0-6]\d(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?$/

const civilDay = (element: XmlElement, said: string): Day => {
  const day = moment.exec(said)?.[1]
  if (day === undefined || !isDay(day)) throw refusal(element, 'BAD_DAY', `${quoted(said)} is no day`)
  return day
}

/** The day as the bank's own calendar has it, which is why an offset beside the time does not move it. */
export const dayOf = (element: XmlElement | null): Day | null => {
  if (element === null) return null
  const at = child(element, 'Dt') ?? child(element, 'DtTm') ?? element
  const said = text(at)
  return said === null ? null : civilDay(at, said)
}

/** A day with or without a time, as it was written. */
export const momentOf = (element: XmlElement): string => {
  const said = neededText(element)
  civilDay(element, said)
  return said
}

/** A code of a list or one of the bank's own; newer versions wrap the two once more. */
export const codeOf = (element: XmlElement | null): string | null => {
  if (element === null) return null
  const choice = child(element, 'CdOrPrtry') ?? element
  const own = child(choice, 'Prtry')
  return textOf(choice, 'Cd') ?? (own === null ? null : (textOf(own, 'Id') ?? textOf(own, 'Cd') ?? text(own)))
}

/** A person, a company, or since version 8 also a bank that is itself a party. */
export const nameOf = (party: XmlElement | null): string | null => {
  if (party === null) return null
  const name = textOf(party, 'Nm') ?? textOf(party, 'Pty', 'Nm') ?? bankOf(child(party, 'Agt'))
  return name === null ? null : name.replace(/\s+/g, ' ')
}

/** The number of an account, whatever kind of number: an IBAN without the blanks it may be written with. */
export const accountOf = (account: XmlElement | null): string | null => {
  const id = account === null ? null : child(account, 'Id')
  if (id === null) return null
  const iban = textOf(id, 'IBAN')
  if (iban !== null) return iban.replace(/\s+/g, '')
  return textOf(id, 'Othr', 'Id') ?? textOf(id, 'PrtryAcct', 'Id') ?? textOf(id, 'BBAN') ?? textOf(id, 'UPIC')
}

/** A bank by its code where told, else by its name. */
export const bankCodeOf = (servicer: XmlElement | null): string | null => {
  const bank = servicer === null ? null : child(servicer, 'FinInstnId')
  if (bank === null || servicer === null) return null
  return textOf(bank, 'BICFI') ?? textOf(bank, 'BIC') ?? bankOf(servicer)
}

const bankOf = (agent: XmlElement | null): string | null =>
  agent === null ? null : (textOf(agent, 'FinInstnId', 'Nm') ?? textOf(agent, 'FinInstnId', 'NmAndAdr', 'Nm'))

/** The charges in that currency, above zero; null where none are told, and `isComparable` false where one is in another currency. */
export const chargesOf = (
  element: XmlElement,
  currency: string,
): { readonly minor: bigint | null; readonly isComparable: boolean } => {
  let minor: bigint | null = null
  for (const charges of children(element, 'Chrgs')) {
    for (const { amount, direction } of chargesIn(charges)) {
      const one = minorIn(amount, currency)
      if (one === null) return { minor: null, isComparable: false }
      minor = (minor ?? 0n) + (direction === 'CREDIT' ? -one : one)
    }
  }
  return { minor, isComparable: true }
}

type Charge = { readonly amount: XmlElement; readonly direction: Direction | null }

/** Up to version 2 each charge stands alone; later ones give a total, records, or both. A credit is a charge paid back. */
const chargesIn = (charges: XmlElement): readonly Charge[] => {
  const one = (record: XmlElement, amount: XmlElement): Charge => {
    const indicator = child(record, 'CdtDbtInd')
    return { amount, direction: indicator === null ? null : directionOf(indicator) }
  }
  const single = child(charges, 'Amt')
  if (single !== null) return [one(charges, single)]
  const total = child(charges, 'TtlChrgsAndTaxAmt')
  if (total !== null) return [{ amount: total, direction: null }]
  return children(charges, 'Rcrd').map((record) => one(record, needed(record, 'Amt')))
}

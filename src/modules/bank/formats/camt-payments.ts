import { formatAmount } from '../../../kernel/money.ts'
import { amountOf, chargesOf, countOf, type Direction, directionOf, minorIn, signed } from './camt-values.ts'
import { child, children, refusal, type XmlElement } from './xml-tree.ts'

/** The payments inside one entry: which there are, what each of them moves, and whether together they are the entry. */

/** Payments that stand together: their batch, where one is told, and each of them, where they are. */
export type Group = { readonly batch: XmlElement | null; readonly payments: readonly XmlElement[] }

/** The first version has no `NtryDtls` around them. */
export const groupsOf = (entry: XmlElement): Group[] => {
  const groups = [entry, ...children(entry, 'NtryDtls')].map((holder) => ({
    batch: child(holder, 'Btch'),
    payments: children(holder, 'TxDtls'),
  }))
  return groups.filter(({ batch, payments }) => batch !== null || payments.length > 0)
}

export type Movement = { readonly minor: bigint; readonly currency: string; readonly direction: Direction }

const directionWithin = (element: XmlElement, outer: Direction): Direction => {
  const own = child(element, 'CdtDbtInd')
  return own === null ? outer : directionOf(own)
}

/** Below zero for a payment that goes the other way than its entry. */
const towards = (minor: bigint, payment: XmlElement, { direction }: Movement): bigint =>
  directionWithin(payment, direction) === direction ? minor : -minor

/** What a payment says that it moves on the account, in the currency of the entry. */
const ownMinor = (payment: XmlElement, entry: Movement): bigint | null => {
  const said = [child(payment, 'Amt'), child(payment, 'AmtDtls', 'TxAmt', 'Amt'), child(payment, 'AmtDtls', 'CntrValAmt', 'Amt')]
  for (const amount of said) {
    const minor = minorIn(amount, entry.currency)
    if (minor !== null) return towards(minor, payment, entry)
  }
  return null
}

const sumOf = (minors: readonly (bigint | null)[]): bigint | null =>
  minors.reduce<bigint | null>((sum, minor) => (sum === null || minor === null ? null : sum + minor), 0n)

const size = (minor: bigint): bigint => (minor < 0n ? -minor : minor)

/**
 * What the payments move, each in the currency of the entry, or null where it cannot be told.
 *
 * Where each tells its own, together they are the entry; charges told beside them are the most by which they may differ, since a
 * bank takes its charges off before or after. With an exchange, or a charge in another currency, or a payment that tells none in
 * the currency of the account, there is nothing to compare. Only what payers ordered is told: it counts if it makes up the entry.
 */
export const minorsOf = (element: XmlElement, payments: readonly XmlElement[], entry: Movement): (bigint | null)[] => {
  const own = payments.map((payment) => ownMinor(payment, entry))
  const sum = sumOf(own)
  if (payments.length > 0 && sum === null) {
    const ordered = payments.map((payment, index) => {
      const minor = minorIn(child(payment, 'AmtDtls', 'InstdAmt', 'Amt'), entry.currency)
      return own[index] ?? (minor === null ? null : towards(minor, payment, entry))
    })
    return sumOf(ordered) === entry.minor ? ordered : own
  }
  const charges = [element, ...payments].map((holder) => chargesOf(holder, entry.currency))
  const isExchanged = [element, ...payments].some((holder) => hasExchange(holder))
  if (sum === null || payments.length === 0 || isExchanged || charges.some(({ isComparable }) => !isComparable)) return own
  const room = charges.reduce((total, { minor }) => total + size(minor ?? 0n), 0n)
  if (size(sum - entry.minor) <= room) return own
  const told = formatAmount({ minor: sum, currency: entry.currency })
  const booked = formatAmount({ minor: entry.minor, currency: entry.currency })
  throw refusal(element, 'CONTROL_TOTAL', `the payments of the entry are ${told}, the entry is ${booked}`)
}

const hasExchange = (holder: XmlElement): boolean => {
  const amounts = child(holder, 'AmtDtls')
  if (amounts === null) return false
  return ['InstdAmt', 'TxAmt', 'CntrValAmt', 'AnncdPstngAmt', 'PrtryAmt'].some((name) =>
    children(amounts, name).some((amount) => child(amount, 'CcyXchg') !== null),
  )
}

/** How many payments a batch is made of; null where that is not told. */
export const batchCount = (batch: XmlElement | null): bigint | null => {
  const told = batch === null ? null : child(batch, 'NbOfTxs')
  return told === null ? null : countOf(told)
}

/** One description for a batch as a whole is usual; several that are not all of them are a list that was cut. */
export const checkBatch = ({ batch, payments }: Group, entry: Movement): void => {
  const count = batchCount(batch)
  if (batch === null || payments.length === 0) return
  const told = BigInt(payments.length)
  if (count !== null && count !== told && (told > 1n || count < told)) {
    throw refusal(batch, 'CONTROL_COUNT', `the batch has ${count} payments, the entry tells ${told}`)
  }
  const total = child(batch, 'TtlAmt')
  if (total === null || (count ?? told) !== told) return
  const { minor, currency } = amountOf(total)
  const sum = sumOf(
    payments.map((payment) => {
      const own = minorIn(child(payment, 'Amt'), currency)
      return own === null ? null : signed(own, directionWithin(payment, entry.direction))
    }),
  )
  if (sum === null || sum === signed(minor, directionWithin(batch, entry.direction))) return
  const [said, found] = [minor, size(sum)].map((one) => formatAmount({ minor: one, currency }))
  throw refusal(total, 'CONTROL_TOTAL', `the batch is ${said}, its payments are ${found}`)
}

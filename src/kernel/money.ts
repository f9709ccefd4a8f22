import { exponents } from './currencies.ts'

/** An exact amount: an integer of the currency's smallest unit. Floats never hold money. */
export type Money = { readonly minor: bigint; readonly currency: string }

/** What happens to digits beyond the currency's smallest unit. REFUSE is the default everywhere. */
export const roundings = ['REFUSE', 'HALF_EVEN', 'HALF_UP'] as const
export type Rounding = (typeof roundings)[number]

export const isCurrency = (code: string): boolean => exponents.has(code)

/** Digits after the decimal point, by ISO 4217: JPY 0, USD 2, KWD 3, CLF 4. */
export const exponentOf = (currency: string): number => {
  const exponent = exponents.get(currency)
  if (exponent === undefined) throw new RangeError(`${currency} is not an ISO 4217 currency`)
  return exponent
}

const decimal = /^([+-]?)(\d{1,18})(?:\.(\d{1,18}))?$/

export type ParsedAmount = { readonly minor: bigint; readonly isRounded: boolean }
export type AmountFault = 'NOT_A_NUMBER' | 'TOO_PRECISE' | 'TOO_LARGE'

/** What one amount can be, in minor units: PostgreSQL's bigint holds the sum of nine hundred such. */
const minorMax = 10_000_000_000_000_000n

/** Reads a plain decimal ("-1234.50") exactly; digits beyond the smallest unit fall to the stated rule. */
export const parseAmount = (text: string, currency: string, rounding: Rounding = 'REFUSE'): ParsedAmount | AmountFault => {
  const match = decimal.exec(text)
  if (match === null) return 'NOT_A_NUMBER'
  const [, sign, whole = '', fraction = ''] = match
  const exponent = exponentOf(currency)
  const kept = fraction.slice(0, exponent).padEnd(exponent, '0')
  const rest = fraction.slice(exponent).replace(/0+$/, '')
  if (rest !== '' && rounding === 'REFUSE') return 'TOO_PRECISE'

  const floor = BigInt(whole + kept)
  const minor = rest !== '' && roundsUp(floor, rest, rounding) ? floor + 1n : floor
  if (minor > minorMax) return 'TOO_LARGE'
  return { minor: sign === '-' ? -minor : minor, isRounded: rest !== '' }
}

/** Half away from zero, or half to the even neighbour; `rest` is the non-zero tail without trailing zeros. */
const roundsUp = (floor: bigint, rest: string, rounding: Rounding): boolean => {
  const first = Number(rest[0])
  if (first !== 5) return first > 5
  if (rest.length > 1 || rounding === 'HALF_UP') return true
  return floor % 2n === 1n
}

/** "1234.50": the exact decimal of an amount, with as many digits as the currency has. */
export const formatAmount = ({ minor, currency }: Money): string => {
  const exponent = exponentOf(currency)
  const sign = minor < 0n ? '-' : ''
  const digits = String(minor < 0n ? -minor : minor).padStart(exponent + 1, '0')
  if (exponent === 0) return sign + digits
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** Sums by currency: amounts of two currencies are never added. */
export const sumByCurrency = (amounts: Iterable<Money>): Map<string, bigint> => {
  const sums = new Map<string, bigint>()
  for (const { minor, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0n) + minor)
  return sums
}

import { type Day, dayOf } from '../../kernel/day.ts'
import { exponentOf, isCurrency } from '../../kernel/money.ts'
import type { DayFormat, Profile } from './profile.ts'

/** What single cells of a ledger file say. Nothing here knows of rows. */

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

type Pattern = { readonly shape: RegExp; readonly parts: readonly ('year' | 'month' | 'date')[] }

const tokens: readonly (readonly [token: string, part: Pattern['parts'][number], shape: string])[] = [
  ['YYYY', 'year', '(\\d{4})'],
  ['MMM', 'month', '([A-Za-z]{3})'],
  ['MM', 'month', '(\\d{2})'],
  ['M', 'month', '(\\d{1,2})'],
  ['DD', 'date', '(\\d{2})'],
  ['D', 'date', '(\\d{1,2})'],
]

const patternOf = (format: DayFormat): Pattern => {
  const parts: Pattern['parts'][number][] = []
  let shape = ''
  for (let rest: string = format; rest !== ''; ) {
    const token = tokens.find(([text]) => rest.startsWith(text))
    if (token !== undefined) parts.push(token[1])
    shape += token === undefined ? rest.slice(0, 1).replace(/[./]/, '\\$&') : token[2]
    rest = rest.slice(token === undefined ? 1 : token[0].length)
  }
  return { shape: new RegExp(`^${shape}$`), parts }
}

/** Reads a civil date by the profile's formats; null for anything else, such as the 30th of February. */
export const dayReader = (formats: readonly DayFormat[]): ((text: string) => Day | null) => {
  const patterns = formats.map(patternOf)
  return (text) => {
    for (const { shape, parts } of patterns) {
      const match = shape.exec(text)
      if (match === null) continue
      const at = { year: 0, month: 0, date: 0 }
      parts.forEach((part, index) => {
        const found = match[index + 1] ?? ''
        const month = monthNames.indexOf(found.toUpperCase()) + 1
        at[part] = month > 0 ? month : Number(found)
      })
      const day = at.year < 1900 ? null : dayOf(at.year, at.month, at.date)
      if (day !== null) return day
    }
    return null
  }
}

const escapeShape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * Turns an amount as the source writes it into a plain decimal ("-1234.50"); null when it is none. Thousands are
 * separated everywhere or nowhere and by threes, so that a decimal of another style is refused and not read a thousandfold.
 */
export const decimalReader = ({ point, thousands, trailingMinus }: Profile['decimals']): ((text: string) => string | null) => {
  const separator = thousands === null ? null : escapeShape(thousands)
  const grouped = separator === null ? '' : `\\d{1,3}(?:${separator}\\d{3})+|`
  const shape = new RegExp(`^([+-]?)(${grouped}\\d+)(?:${escapeShape(point)}(\\d+))?${trailingMinus ? '(-?)' : '()'}$`)
  return (text) => {
    const match = shape.exec(text)
    if (match === null) return null
    const [, sign = '', whole = '', fraction, behind] = match
    if (sign !== '' && behind === '-') return null
    const digits = thousands === null ? whole : whole.replaceAll(thousands, '')
    return `${sign === '-' || behind === '-' ? '-' : ''}${digits}${fraction === undefined ? '' : `.${fraction}`}`
  }
}

/** Digits that exact sums are kept with: as many as an amount can have. */
const exactDigits = 18
export const exactUnit = 10n ** BigInt(exactDigits)

/** A plain decimal in units of 10^-18, so that nothing of a file's amounts is lost in a sum. */
export const exactOf = (decimal: string): bigint | null => {
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,18}))?$/.exec(decimal)
  if (match === null) return null
  const [, sign, whole = '', fraction = ''] = match
  const exact = BigInt(whole + fraction.padEnd(exactDigits, '0'))
  return sign === '-' ? -exact : exact
}

export const exactOfMinor = (minor: bigint, currency: string): bigint => minor * 10n ** BigInt(exactDigits - exponentOf(currency))

/** The decimal of an exact sum: at least the digits of its currency, and more only where there are more. */
export const formatExact = (exact: bigint, currency: string): string => {
  const digitsMin = isCurrency(currency) ? exponentOf(currency) : 0
  const digits = String(exact < 0n ? -exact : exact).padStart(exactDigits + 1, '0')
  const fraction = digits.slice(-exactDigits).replace(/0+$/, '').padEnd(digitsMin, '0')
  return `${exact < 0n ? '-' : ''}${digits.slice(0, -exactDigits)}${fraction === '' ? '' : `.${fraction}`}`
}

/** One spelling of a name: spaces at the ends or doubled inside do not make another customer. */
export const tidyName = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim()

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const badText = /[\u0000-\u001f\u007f\ufffd]/

/** Control characters, or the mark that decoding leaves where bytes were not text. */
export const isBadText = (text: string): boolean => !text.isWellFormed() || badText.test(text)

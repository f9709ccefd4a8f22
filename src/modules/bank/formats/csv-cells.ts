import type { Day } from '../../../kernel/day.ts'
import { isCurrency, parseAmount } from '../../../kernel/money.ts'
import { dayReader, decimalReader, type FileRow, isBadText } from '../../intake/index.ts'
import type { BankCsvProfile } from './csv-profile.ts'
import { BadBankFile, type BankRule } from './model.ts'
import { quoted } from './quoted.ts'

/** What single cells of a statement say. A cell that cannot be read refuses the file: no line of it may be left out. */

const amountFaults = {
  NOT_A_NUMBER: 'is no amount',
  TOO_PRECISE: 'has more digits than its currency',
  TOO_LARGE: 'is more than an amount can be',
} as const

const refuse = (rule: BankRule, { rowNumber }: FileRow, field: string, message: string): BadBankFile =>
  new BadBankFile(rule, rowNumber, field, message)

/** Line ends and tabs inside quotes are text; other control characters are a file that was read in the wrong way. */
const checkText = (row: FileRow, field: string, text: string): void => {
  if (text.includes('\ufffd')) throw refuse('BAD_ENCODING', row, field, 'a byte that is not of the encoding of the profile')
  if (isBadText(text.replace(/[\t\r\n]/g, ' '))) throw refuse('BAD_VALUE', row, field, 'a character that is no text')
}

export type CellReader = {
  readonly text: (row: FileRow, field: string, cell: string | undefined) => string | null
  readonly day: (row: FileRow, field: string, cell: string | undefined) => Day | null
  readonly currency: (row: FileRow, field: string, cell: string | undefined) => string | null
  /** Null for a blank cell. */
  readonly amount: (row: FileRow, field: string, cell: string | undefined, currency: string) => bigint | null
}

/** `05/01/26` is of 2026: statements are of our days. */
const withLongYear = (text: string): string => text.replace(/^(\d{1,2}\D\d{1,2}\D)(\d{2})$/, '$120$2')

export const cellReader = ({ dates, hasShortYears, decimals }: BankCsvProfile): CellReader => {
  const readDay = dayReader(dates)
  const readDecimal = decimalReader(decimals)

  const text: CellReader['text'] = (row, field, cell) => {
    const trimmed = cell?.trim() ?? ''
    if (trimmed === '') return null
    checkText(row, field, trimmed)
    return trimmed
  }

  return {
    text,

    day: (row, field, cell) => {
      const said = text(row, field, cell)
      if (said === null) return null
      const day = readDay(hasShortYears ? withLongYear(said) : said)
      if (day === null) throw refuse('BAD_DAY', row, field, `${quoted(said)} is no day as the profile has them`)
      return day
    },

    currency: (row, field, cell) => {
      const said = text(row, field, cell)
      if (said !== null && !isCurrency(said)) {
        throw refuse('BAD_CURRENCY', row, field, `${quoted(said)} is no currency of ISO 4217`)
      }
      return said
    },

    amount: (row, field, cell, currency) => {
      const said = text(row, field, cell)
      if (said === null) return null
      const decimal = readDecimal(said)
      const parsed = decimal === null ? 'NOT_A_NUMBER' : parseAmount(decimal, currency)
      if (typeof parsed === 'string') throw refuse('BAD_AMOUNT', row, field, `${quoted(said)} ${amountFaults[parsed]}`)
      return parsed.minor
    },
  }
}

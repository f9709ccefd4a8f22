import type { FileRow } from '../../intake/index.ts'
import type { CellReader } from './csv-cells.ts'
import type { BankCsvProfile } from './csv-profile.ts'
import { BadBankFile, type BankRule } from './model.ts'
import { quoted } from './quoted.ts'

/** The columns of one line, by their names. */
export type Cells = ReadonlyMap<string, string>

/** Minor units, above zero for money that came. */
export type AmountReader = (row: FileRow, cells: Cells, currency: string) => bigint

const refuse = (rule: BankRule, { rowNumber }: FileRow, field: string, message: string): BadBankFile =>
  new BadBankFile(rule, rowNumber, field, message)

const size = (minor: bigint): bigint => (minor < 0n ? -minor : minor)

export const amountReader = ({ amount, isInverse }: BankCsvProfile, read: CellReader): AmountReader => {
  const turned = (minor: bigint): bigint => (isInverse ? -minor : minor)

  const needed = (row: FileRow, field: string, cells: Cells, currency: string): bigint => {
    const minor = read.amount(row, field, cells.get(field), currency)
    if (minor === null) throw refuse('MISSING', row, field, 'a line without an amount')
    return minor
  }

  /** A column has said which way the money went: a sign that says otherwise leaves open which of the two is right. */
  const byColumn = (row: FileRow, field: string, minor: bigint, isDebit: boolean): bigint => {
    const signs = amount.rule === 'SIGNED' ? 'IGNORED' : amount.signs
    const isMinus = minor < 0n
    const isRight = signs === 'IGNORED' || minor === 0n || isMinus === (signs === 'DEBIT_NEGATIVE' && isDebit)
    if (!isRight) throw refuse('BAD_AMOUNT', row, field, 'the sign and the column say different things')
    return turned(isDebit ? -size(minor) : size(minor))
  }

  if (amount.rule === 'SIGNED') return (row, cells, currency) => turned(needed(row, amount.from, cells, currency))

  if (amount.rule === 'FLAGGED') {
    return (row, cells, currency) => {
      const flag = read.text(row, amount.flag, cells.get(amount.flag)) ?? ''
      const isDebit = amount.debit.includes(flag)
      if (!isDebit && !amount.credit.includes(flag)) {
        throw refuse('BAD_VALUE', row, amount.flag, `${quoted(flag)} is neither debit nor credit`)
      }
      return byColumn(row, amount.from, needed(row, amount.from, cells, currency), isDebit)
    }
  }

  return (row, cells, currency) => {
    const debit = read.amount(row, amount.debit, cells.get(amount.debit), currency)
    const credit = read.amount(row, amount.credit, cells.get(amount.credit), currency)
    if (debit === null && credit === null) throw refuse('MISSING', row, amount.credit, 'a line without an amount')
    const isDebit = debit !== null && debit !== 0n
    if (isDebit && credit !== null && credit !== 0n)
      throw refuse('BAD_AMOUNT', row, amount.debit, 'a debit and a credit in one line')
    return isDebit ? byColumn(row, amount.debit, debit, true) : byColumn(row, amount.credit, credit ?? 0n, false)
  }
}

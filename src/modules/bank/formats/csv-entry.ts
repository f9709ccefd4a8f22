import { type FileRow, tidyName } from '../../intake/index.ts'
import { amountReader, type Cells } from './csv-amount.ts'
import type { Told } from './csv-balance.ts'
import type { CellReader } from './csv-cells.ts'
import type { BankCsvProfile } from './csv-profile.ts'
import { BadBankFile, type BankEntry, type EntryDetail } from './model.ts'
import { rawOf } from './raw.ts'

/** One line of a statement as CSV. */

export type CsvEntry = {
  readonly entry: BankEntry
  /** Above zero for money that came. */
  readonly signedMinor: bigint
  readonly balance: Told | null
}

export type EntryReader = (row: FileRow, cells: Cells, of: { readonly account: string; readonly currency: string }) => CsvEntry

const size = (minor: bigint): bigint => (minor < 0n ? -minor : minor)

export const entryReader = (profile: BankCsvProfile, read: CellReader): EntryReader => {
  const { columns } = profile
  const amountIn = amountReader(profile, read)

  const instructedIn = (row: FileRow, cells: Cells): EntryDetail['instructed'] => {
    if (columns.instructed === undefined) return null
    const { amount, currency: field } = columns.instructed
    const currency = read.currency(row, field, cells.get(field))
    if (currency === null) {
      if (read.text(row, amount, cells.get(amount)) === null) return null
      throw new BadBankFile('MISSING', row.rowNumber, field, 'an ordered amount without its currency')
    }
    const minor = read.amount(row, amount, cells.get(amount), currency)
    return minor === null || minor === 0n ? null : { minor: size(minor), currency }
  }

  return (row, cells, { account, currency }) => {
    const said = (field: string | undefined): string | null =>
      field === undefined ? null : read.text(row, field, cells.get(field))
    const day = (field: string | undefined) => (field === undefined ? null : read.day(row, field, cells.get(field)))
    const signedMinor = amountIn(row, cells, currency)
    const isCredit = signedMinor >= 0n
    const bookedOn = day(columns.bookedOn)
    if (bookedOn === null) throw new BadBankFile('MISSING', row.rowNumber, columns.bookedOn, 'a line without its day')

    const party = said(columns.payerName)
    const partyAccount = said(columns.payerAccount)
    const lines = columns.text.map(said).filter((line) => line !== null)
    const balanceField = columns.balance
    const balance = balanceField === undefined ? null : read.amount(row, balanceField, cells.get(balanceField), currency)

    const detail: EntryDetail = {
      amountMinor: size(signedMinor),
      references: columns.references.flatMap(({ from, kind }) => {
        const value = said(from)
        return value === null ? [] : [{ kind, value }]
      }),
      // The other side of money that left was paid and did not pay: it is told as text.
      payerName: isCredit && party !== null ? tidyName(party) : null,
      payerAccount: isCredit ? partyAccount : null,
      text: (isCredit || party === null ? lines : [...lines, tidyName(party)]).join('\n'),
      remittance: [],
      instructed: instructedIn(row, cells),
      chargesMinor: null,
    }
    return {
      signedMinor,
      balance:
        balance === null || balanceField === undefined ? null : { minor: balance, line: row.rowNumber, field: balanceField },
      entry: {
        line: row.rowNumber,
        account,
        currency,
        amountMinor: size(signedMinor),
        direction: isCredit ? 'CREDIT' : 'DEBIT',
        isReversal: false,
        status: 'BOOKED',
        bookedOn,
        valueOn: day(columns.valueOn),
        typeCode: said(columns.typeCode),
        bankReference: said(columns.bankReference),
        details: [detail],
        raw: rawOf(row.raw),
      },
    }
  }
}

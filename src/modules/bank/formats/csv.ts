import { isCurrency } from '../../../kernel/money.ts'
import type { FileRow } from '../../intake/index.ts'
import type { Cells } from './csv-amount.ts'
import { type RunningBalance, runningBalance, type Told } from './csv-balance.ts'
import { type CellReader, cellReader } from './csv-cells.ts'
import { entryReader } from './csv-entry.ts'
import type { BankCsvProfile } from './csv-profile.ts'
import { type Columns, columnsNamed, headerOf, type Marks, rowsOf, takeMarks } from './csv-table.ts'
import { BadBankFile, type Balance, type BankEvent, type BankReader } from './model.ts'
import { quoted } from './quoted.ts'

/** Statements as CSV, each layout by its profile. One line that cannot be read, or does not add up, refuses the file. */

/** Of the account that the file is for, where the file itself does not tell. */
export type Fixed = { readonly account?: string; readonly currency?: string }

/** A header that comes later than this does not come. */
const preambleRowsMax = 100

/** A CSV has no name of its own: what was sent is known by its content alone, and `messageId` is empty. */
const fileEvent: BankEvent = {
  kind: 'FILE',
  file: { format: 'CSV', messageId: '', sender: null, receiver: null, createdAt: null, isTest: false },
}

/** Whose lines these are: what a line says, else a line above, else who sent the file, else the profile. */
const createOwner = (profile: BankCsvProfile, read: CellReader, fixed: Fixed, marks: Marks) => {
  const { columns } = profile
  const currencyOfFile = (): string | null => {
    const marked = marks.get('CURRENCY')
    if (marked !== undefined && !isCurrency(marked.value)) {
      throw new BadBankFile('BAD_CURRENCY', marked.row.rowNumber, 'CURRENCY', `${quoted(marked.value)} is no currency`)
    }
    return marked?.value ?? fixed.currency ?? profile.currency
  }
  const missing = (line: number, field: string | undefined, what: string): BadBankFile =>
    new BadBankFile('MISSING', line, field ?? null, `neither the file nor the profile names the ${what}`)

  return {
    currencyOfFile,
    accountOf: (row: FileRow | null, cells: Cells): string => {
      const own =
        row === null || columns.account === undefined ? null : read.text(row, columns.account, cells.get(columns.account))
      const account = own ?? (marks.get('ACCOUNT')?.value || fixed.account || profile.account)
      if (account === null) throw missing(row?.rowNumber ?? 1, columns.account, 'account')
      return account
    },
    currencyOf: (row: FileRow, cells: Cells): string => {
      const own = columns.currency === undefined ? null : read.currency(row, columns.currency, cells.get(columns.currency))
      const currency = own ?? currencyOfFile()
      if (currency === null) throw missing(row.rowNumber, columns.currency, 'currency')
      return currency
    },
  }
}

type Statement = {
  readonly account: string
  readonly running: Map<string, RunningBalance>
  entries: number
}

export const bankCsvReader = (profile: BankCsvProfile, fixed: Fixed = {}): BankReader => {
  const read = cellReader(profile)
  const readEntry = entryReader(profile, read)

  return async function* (source) {
    const marks: Marks = new Map()
    const owner = createOwner(profile, read, fixed, marks)
    const accounts = new Set<string>()
    let columns: Columns | null = null
    let statement: Statement | null = null
    let rows = 0

    const begin = (account: string, line: number): readonly [Statement, BankEvent] => {
      if (accounts.has(account))
        throw new BadBankFile('SEQUENCE', line, profile.columns.account ?? null, 'lines of one account stand apart')
      accounts.add(account)
      const isToldByLine = profile.columns.currency !== undefined && columns?.names.has(profile.columns.currency) === true
      const currency = isToldByLine ? null : owner.currencyOfFile()
      return [
        { account, running: new Map(), entries: 0 },
        {
          kind: 'STATEMENT',
          statement: { line, account, currency, statementId: '', sequence: null, bank: null, createdAt: null },
        },
      ]
    }

    const balancesOf = ({ running }: Statement): Balance[] => {
      const [opening, closing] = [marks.get('OPENING'), marks.get('CLOSING')]
      if (opening === undefined && closing === undefined) {
        return [...running].flatMap(([, one]) => one.close({ opening: null, closing: null }))
      }
      const [currency, other] = running.size > 0 ? running.keys() : [owner.currencyOfFile()]
      const line = (opening ?? closing)?.row.rowNumber ?? 1
      if (currency == null) throw new BadBankFile('MISSING', line, null, 'a balance without a currency')
      if (other !== undefined || accounts.size > 1) {
        throw new BadBankFile('BAD_STRUCTURE', line, null, 'one balance for several accounts or currencies')
      }
      const told = (means: 'OPENING' | 'CLOSING'): Told | null => {
        const marked = marks.get(means)
        if (marked === undefined) return null
        const minor = read.amount(marked.row, means, marked.value, currency)
        if (minor === null) throw new BadBankFile('MISSING', marked.row.rowNumber, means, 'a line for a balance without one')
        return { minor, line: marked.row.rowNumber, field: means }
      }
      const run = running.get(currency) ?? runningBalance(profile.order, currency)
      return run.close({ opening: told('OPENING'), closing: told('CLOSING') })
    }

    const end = (closed: Statement): BankEvent => ({
      kind: 'STATEMENT_END',
      balances: balancesOf(closed),
      entries: closed.entries,
    })

    for await (const row of rowsOf(source, profile)) {
      rows += 1
      if (columns === null && typeof profile.header !== 'string') {
        columns = columnsNamed(profile.header.names)
        yield fileEvent
      }
      if (takeMarks(marks, profile.marks, row)) continue
      if (columns === null) {
        const header = headerOf(profile, row)
        if (!('missing' in header)) {
          columns = header
          yield fileEvent
        } else if (profile.header !== 'FOUND' || rows > preambleRowsMax) {
          throw new BadBankFile('NOT_THIS_FORMAT', row.rowNumber, null, `no column ${header.missing.join(', ').slice(0, 200)}`)
        }
        continue
      }

      const cells = columns.cellsOf(row)
      const account = owner.accountOf(row, cells)
      if (statement === null || statement.account !== account) {
        if (statement !== null) yield end(statement)
        const [begun, event] = begin(account, row.rowNumber)
        statement = begun
        yield event
      }
      const currency = owner.currencyOf(row, cells)
      const { entry, signedMinor, balance } = readEntry(row, cells, { account, currency })
      const run = statement.running.get(currency) ?? runningBalance(profile.order, currency)
      statement.running.set(currency, run)
      run.add(signedMinor, balance)
      statement.entries += 1
      yield { kind: 'ENTRY', entry }
    }

    if (rows === 0) throw new BadBankFile('EMPTY', 1, null, 'the file is empty')
    if (columns === null) throw new BadBankFile('NOT_THIS_FORMAT', 1, null, 'no line names the columns of the profile')
    if (statement === null) {
      const [begun, event] = begin(owner.accountOf(null, new Map()), 1)
      statement = begun
      yield event
    }
    yield end(statement)
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// The ledgers as their files have them, read without a line of the product: what it says is held against this.

export const dataFolder = join(import.meta.dirname, '../../../shared/data')

/** One row of a CSV: its line in the file (the header is line 1), its text and its cells. */
export type RawRow = { readonly line: number; readonly raw: string; readonly cells: Readonly<Record<string, string>> }

const cellsOf = (line: string): string[] =>
  [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  )

/** Rows of text without line ends inside its cells. */
export const rowsOfCsv = (text: string): RawRow[] => {
  const [header = '', ...lines] = text.replace(/\r?\n$/, '').split(/\r?\n/)
  const names = cellsOf(header)
  return lines.map((raw, index) => {
    const cells = cellsOf(raw)
    return { line: index + 2, raw, cells: Object.fromEntries(names.map((name, at) => [name, (cells[at] ?? '').trim()])) }
  })
}

export const rawFile = (path: string): RawRow[] => rowsOfCsv(readFileSync(join(dataFolder, path), 'utf8'))

/** Exact: integers of a thousandth, since no file here has more than three decimals. */
export const thousandths = (text: string): bigint => {
  const match = /^(-?)(\d+)(?:\.(\d{1,3}))?$/.exec(text)
  if (match === null) throw new Error(`${text} is no amount of at most three decimals`)
  const [, sign, whole = '', fraction = ''] = match
  const value = BigInt(whole + fraction.padEnd(3, '0'))
  return sign === '-' ? -value : value
}

/** Half to the even cent, as the profile of open items states. */
export const toCents = (exact: bigint): bigint => {
  const [cents, rest] = [exact / 10n, exact % 10n]
  return rest > 5n || (rest === 5n && cents % 2n === 1n) ? cents + 1n : cents
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** "25-Jan-2020", "30-03-2020" and "1/26/2013" (US) as "2020-01-25". */
export const dayOf = (text: string): string => {
  const [first = '', second = '', year = ''] = text.split(/[-/]/)
  const [day, month] = text.includes('/') ? [second, first] : [first, second]
  const number = months.includes(month) ? months.indexOf(month) + 1 : Number(month)
  return `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`
}

export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000

/** Rows and their sum by company and currency. */
export type Piles = ReadonlyMap<string, { readonly rows: number; readonly exact: bigint }>

export const pilesOf = <Row>(rows: readonly Row[], of: (row: Row) => { readonly key: string; readonly exact: bigint }): Piles => {
  const piles = new Map<string, { rows: number; exact: bigint }>()
  for (const row of rows) {
    const { key, exact } = of(row)
    const pile = piles.get(key) ?? { rows: 0, exact: 0n }
    piles.set(key, { rows: pile.rows + 1, exact: pile.exact + exact })
  }
  return new Map([...piles].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** An item as the file tells it. */
export type RawItem = {
  readonly row: RawRow
  readonly company: string
  readonly number: string
  readonly currency: string
  readonly exact: bigint
  readonly documentOn: string
  readonly dueOn: string
  readonly closedOn: string | null
}

export const clearedItems = (): RawItem[] =>
  rawFile('ledger-highradius/cleared.csv').map((row) => ({
    row,
    company: row.cells['Business Code'] ?? '',
    number: row.cells['Invoice ID'] ?? '',
    currency: row.cells.Currency ?? '',
    exact: thousandths(row.cells['Invoice Amount ($)'] ?? ''),
    documentOn: dayOf(row.cells['Invoice Date'] ?? ''),
    dueOn: dayOf(row.cells['Due Date'] ?? ''),
    closedOn: dayOf(row.cells['Payment Date'] ?? ''),
  }))

export const openItems = (): RawItem[] =>
  rawFile('ledger-highradius/open.csv').map((row) => ({
    row,
    company: row.cells.business_code ?? '',
    number: row.cells.doc_id ?? '',
    currency: 'USD',
    exact: thousandths(row.cells.converted_usd ?? ''),
    documentOn: dayOf(row.cells.posting_date ?? ''),
    dueOn: dayOf(row.cells.due_in_date ?? ''),
    closedOn: null,
  }))

export const ibmItems = (): RawItem[] =>
  rawFile('ledger-ibm/receivables.csv').map((row) => ({
    row,
    company: row.cells.countryCode ?? '',
    number: row.cells.invoiceNumber ?? '',
    currency: 'USD',
    exact: thousandths(row.cells.InvoiceAmount ?? ''),
    documentOn: dayOf(row.cells.InvoiceDate ?? ''),
    dueOn: dayOf(row.cells.DueDate ?? ''),
    closedOn: dayOf(row.cells.SettledDate ?? ''),
  }))

export type Sorted = {
  readonly taken: readonly RawItem[]
  /** Exact copies of an earlier row. */
  readonly repeated: readonly RawItem[]
  /** Without the number that would name them. */
  readonly nameless: readonly RawItem[]
}

/** What the stated rules make of the rows of a file. */
export const sorted = (items: readonly RawItem[]): Sorted => {
  const seen = new Map<string, string>()
  const result: { taken: RawItem[]; repeated: RawItem[]; nameless: RawItem[] } = { taken: [], repeated: [], nameless: [] }
  for (const item of items) {
    const key = `${item.company}/${item.number}`
    const earlier = seen.get(key)
    if (item.number === '') result.nameless.push(item)
    else if (earlier === undefined) result.taken.push(item)
    else if (earlier === item.row.raw) result.repeated.push(item)
    else throw new Error(`line ${item.row.line} contradicts an earlier one about ${key}`)
    seen.set(key, item.row.raw)
  }
  return result
}

export const byCompany = (items: readonly RawItem[]): Piles =>
  pilesOf(items, ({ company, currency, exact }) => ({ key: `${company} ${currency}`, exact }))

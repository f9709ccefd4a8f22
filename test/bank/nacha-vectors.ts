/** ACH files as a bank would deliver them, every control right: tests bend one thing at a time. */

export type AchEntry = {
  readonly code?: string
  readonly bank?: string
  readonly account?: string
  readonly amountMinor?: bigint
  readonly identification?: string
  readonly name?: string
  readonly trace?: string
  /** The 91 characters behind "7" and the addenda type, or the payload of addenda 05. */
  readonly addenda?: readonly AchAddendum[]
}
export type AchAddendum = { readonly type?: string; readonly content: string }
export type AchBatch = {
  readonly entryClass?: string
  readonly serviceClass?: string
  readonly company?: string
  readonly companyId?: string
  readonly effectiveOn?: string
  readonly settledOn?: string
  readonly entries: readonly AchEntry[]
}

const left = (text: string, width: number): string => text.padEnd(width).slice(0, width)
const right = (value: bigint | number, width: number): string => String(value).padStart(width, '0').slice(-width)

const checkDigit = (bank: string): string => {
  const weighted = [...bank].map((digit, at) => Number(digit) * (at % 3 === 0 ? 3 : at % 3 === 1 ? 7 : 1))
  const rest = weighted.reduce((sum, each) => sum + each, 0) % 10
  return rest === 0 ? '0' : String(10 - rest)
}

const originBank = '09100001'

const internationalHeader = `${left('', 16)}FF3${left('', 15)}US`

/** The records of one entry. */
const entryRecords = (
  entry: AchEntry,
  { entryClass, index }: { readonly entryClass: string; readonly index: number },
): string[] => {
  const { code = '22', bank = '12104288', account = '9876543210', amountMinor = 10_000n } = entry
  const { identification = 'VENDOR 77', name = 'SUPPLIER INC', addenda = [] } = entry
  const trace = entry.trace ?? `${originBank}${right(index + 1, 7)}`
  const head = `6${code}${bank}${checkDigit(bank)}`
  const tail = `${addenda.length > 0 ? 1 : 0}${trace}`
  const count = right(addenda.filter(({ type = '05' }) => type !== '99' && type !== '98').length, 4)
  const plain = `${left(account, 17)}${right(amountMinor, 10)}${left(identification, 15)}`
  const body =
    entryClass === 'IAT'
      ? `${count}${left('', 13)}${right(amountMinor, 10)}${left(account, 35)}${left('', 4)}`
      : entryClass === 'CTX'
        ? `${plain}${count}${left(name, 16)}    `
        : `${plain}${left(name, 22)}  `
  const seen = new Map<string, number>()
  const records = addenda.map(({ type = '05', content }) => {
    const number = (seen.get(type) ?? 0) + 1
    seen.set(type, number)
    if (type === '05' || type === '17' || type === '18')
      return `7${type}${left(content, 80)}${right(number, 4)}${trace.slice(-7)}`
    return type >= '98' ? `7${type}${left(content, 76)}${trace}` : `7${type}${left(content, 84)}${trace.slice(-7)}`
  })
  return [`${head}${body}${tail}`, ...records]
}

const isDebit = (code: string): boolean => code.charAt(1) >= '5'

type Sums = { readonly count: number; readonly hash: number; readonly debit: bigint; readonly credit: bigint }

const sumsOf = (batches: readonly AchBatch[]): Sums => {
  const entries = batches.flatMap((batch) => batch.entries)
  const total = (isWanted: (code: string) => boolean) =>
    entries.reduce((sum, { code = '22', amountMinor = 10_000n }) => (isWanted(code) ? sum + amountMinor : sum), 0n)
  return {
    count: entries.reduce((sum, { addenda = [] }) => sum + 1 + addenda.length, 0),
    hash: entries.reduce((sum, { bank = '12104288' }) => (sum + Number(bank)) % 10_000_000_000, 0),
    debit: total(isDebit),
    credit: total((code) => !isDebit(code)),
  }
}

const batchRecords = (batch: AchBatch, number: number): string[] => {
  const { entryClass = 'CTX', serviceClass = '200', company = 'BUYER CO', companyId = '1234567890' } = batch
  const { effectiveOn = '260302', settledOn = '061', entries } = batch
  const { count, hash, debit, credit } = sumsOf([batch])
  const bank = `${originBank}${right(number, 7)}`
  const id = left(companyId, 10)
  const header =
    entryClass === 'IAT'
      ? `${internationalHeader}${id}IAT${left('TRADEPAYMT', 10)}CADUSD`
      : `${left(company, 16)}${left('', 20)}${id}${entryClass}${left('PAYMENT', 10)}${left('', 6)}`
  return [
    `5${serviceClass}${header}${left(effectiveOn, 6)}${left(settledOn, 3)}1${bank}`,
    ...entries.flatMap((entry, index) => entryRecords(entry, { entryClass, index })),
    `8${serviceClass}${right(count, 6)}${right(hash, 10)}${right(debit, 12)}${right(credit, 12)}${id}${left('', 25)}${bank}`,
  ]
}

export const achFile = (
  batches: readonly AchBatch[],
  { lineEnd = '\n', isPadded = true }: { readonly lineEnd?: string; readonly isPadded?: boolean } = {},
): string => {
  const { count, hash, debit, credit } = sumsOf(batches)
  const records = [
    `101 091000019 1210428822603010930A094101${left('SUPPLIER BANK', 23)}${left('FEDERAL RESERVE', 23)}${left('', 8)}`,
    ...batches.flatMap((batch, index) => batchRecords(batch, index + 1)),
  ]
  const blocks = Math.ceil((records.length + 1) / 10)
  records.push(
    `9${right(batches.length, 6)}${right(blocks, 6)}${right(count, 8)}${right(hash, 10)}${right(debit, 12)}${right(credit, 12)}${left('', 39)}`,
  )
  if (isPadded) while (records.length < blocks * 10) records.push('9'.repeat(94))
  return records.map((record) => `${record}${lineEnd}`).join('')
}

/** Columns of one line written over, as the rules number them: from 1. */
export const overwrite = (file: string, { line, from, text }: { line: number; from: number; text: string }): string => {
  const lines = file.split('\n')
  const old = lines[line - 1] ?? ''
  if (old.slice(from - 1, from - 1 + text.length) === text) throw new Error(`line ${line} has ${text} already`)
  lines[line - 1] = old.slice(0, from - 1) + text + old.slice(from - 1 + text.length)
  return lines.join('\n')
}

export const withoutLine = (file: string, line: number): string =>
  file
    .split('\n')
    .toSpliced(line - 1, 1)
    .join('\n')

/** Segments as CTX carries them: pieces of 80 characters, cut wherever that falls. */
export const inAddenda = (text: string): AchAddendum[] => (text.match(/.{1,80}/gs) ?? []).map((content) => ({ content }))

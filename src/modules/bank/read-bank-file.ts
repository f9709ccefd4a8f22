import { readBai2 } from './formats/bai2.ts'
import { readCamt } from './formats/camt.ts'
import { bankCsvReader, type Fixed } from './formats/csv.ts'
import type { BankCsvProfile } from './formats/csv-profile.ts'
import { detectFormat } from './formats/detect.ts'
import { BadBankFile, type BankEvent, type BankFormat, type BankReader } from './formats/model.ts'
import { readMt940 } from './formats/mt940.ts'
import { readNacha } from './formats/nacha.ts'
import { readX12_820 } from './formats/x12-820.ts'
import { readX12_823 } from './formats/x12-823.ts'

/** What whoever sends a file says about it; without a word, its start says it. */
export type AskedReading = {
  readonly format: BankFormat | null
  /** How a CSV is laid out: it cannot be known from the file. */
  readonly csv: (Fixed & { readonly profile: BankCsvProfile }) | null
}

export type BankReading = {
  /** The format, or the profile of a CSV. */
  readonly name: string
  readonly version: number
  readonly format: BankFormat
  readonly read: BankReader
}

/** Enough for any header: what has told nothing by then tells nothing. */
export const startBytesMax = 65_536

const readers: Readonly<Record<Exclude<BankFormat, 'CSV'>, BankReader>> = {
  BAI2: readBai2,
  MT940: readMt940,
  MT942: readMt940,
  CAMT_052: readCamt,
  CAMT_053: readCamt,
  CAMT_054: readCamt,
  X12_820: readX12_820,
  X12_823: readX12_823,
  NACHA: readNacha,
}

/** The reader for a file that begins like this. A file in no known format is refused by reading it, like any other fault. */
export const bankReadingOf = (start: Buffer, { format, csv }: AskedReading): BankReading => {
  if (csv !== null) {
    const { profile, ...fixed } = csv
    return { name: profile.name, version: profile.version, format: 'CSV', read: bankCsvReader(profile, fixed) }
  }
  const known = format ?? detectFormat(start)
  if (known === null || known === 'CSV') return { name: 'UNKNOWN', version: 1, format: 'CSV', read: unread(start) }
  return { name: known, version: 1, format: known, read: format === null ? readers[known] : held(format, readers[known]) }
}

/** Nothing is read: the file has no beginning that is known, or none at all. */
const unread = (start: Buffer): BankReader =>
  async function* () {
    const isEmpty = start.every((byte) => byte <= 0x20)
    yield* []
    throw isEmpty
      ? new BadBankFile('EMPTY', 1, null, 'the file is empty')
      : new BadBankFile('UNSUPPORTED', 1, null, 'the file begins like no format that is read here; a CSV needs a profile')
  }

/** One reader takes several formats: a file that was said to be one of them is no other. */
const held = (format: BankFormat, read: BankReader): BankReader =>
  async function* (source) {
    for await (const event of read(source)) {
      if (event.kind === 'FILE' && event.file.format !== format) throw otherFormat(event, format)
      yield event
    }
  }

const otherFormat = ({ file }: Extract<BankEvent, { kind: 'FILE' }>, format: BankFormat): BadBankFile =>
  new BadBankFile('NOT_THIS_FORMAT', 1, null, `the file is ${file.format}, and not ${format}`)

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readBai2 } from '../../src/modules/bank/formats/bai2.ts'
import { readCamt } from '../../src/modules/bank/formats/camt.ts'
import { bankCsvReader } from '../../src/modules/bank/formats/csv.ts'
import { bankCsvProfileNamed } from '../../src/modules/bank/formats/csv-profile.ts'
import { BadBankFile, type BankEvent, type BankReader, type BankRule } from '../../src/modules/bank/formats/model.ts'
import { readMt940 } from '../../src/modules/bank/formats/mt940.ts'
import { readNacha } from '../../src/modules/bank/formats/nacha.ts'
import { readX12_820 } from '../../src/modules/bank/formats/x12-820.ts'
import { readX12_823 } from '../../src/modules/bank/formats/x12-823.ts'
import { bai2Outcomes, mt940Outcomes } from './outcomes-bai2-mt940.ts'
import { camtCsvOutcomes } from './outcomes-camt-csv.ts'
import { outcomes as x12NachaOutcomes } from './outcomes-x12-nacha.ts'

// Every bank file that others publish, with what becomes of it. The files stay where they are; without them nothing is tried.

export const bankFolder = join(import.meta.dirname, '../../../shared/data/bank')
export const areThere = existsSync(bankFolder)

export type KnownFile = {
  /** Below the folder of bank files. */
  readonly file: string
  readonly outcome: 'PARSED' | BankRule
  readonly line: number | null
  readonly entries: number | null
  /** Of a CSV: the profile of its layout. */
  readonly profile: string | null
}

type Listed = {
  readonly file: string
  readonly outcome: string
  readonly line?: number
  readonly entries?: number
  readonly profile?: string
}

export const knownFiles: readonly KnownFile[] = (
  [...bai2Outcomes, ...mt940Outcomes, ...camtCsvOutcomes, ...x12NachaOutcomes] as readonly Listed[]
).map(({ file, outcome, line = null, entries = null, profile = null }) => ({
  file,
  outcome: outcome as KnownFile['outcome'],
  line,
  entries,
  profile,
}))

const notForReading = ['expected']

export const filesThere = (): string[] =>
  readdirSync(bankFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !notForReading.includes(entry.name))
    .flatMap(({ name }) => readdirSync(join(bankFolder, name)).map((file) => `${name}/${file}`))
    .toSorted()

export const bytesOf = ({ file }: KnownFile): Buffer => readFileSync(join(bankFolder, file))

/** By what a folder says of its files: a broken one may not say it itself. */
const readerOf = ({ file, profile: name }: Pick<KnownFile, 'file' | 'profile'>): BankReader => {
  const profile = name === null ? null : bankCsvProfileNamed(name)
  if (profile !== null) return bankCsvReader(profile, { account: 'US-1', currency: 'USD' })
  if (file.startsWith('bai2/')) return readBai2
  if (file.startsWith('mt940')) return readMt940
  if (file.startsWith('camt')) return readCamt
  if (file.startsWith('nacha/')) return readNacha
  return file.startsWith('x12-823/') ? readX12_823 : readX12_820
}

export type Reading = { readonly events: readonly BankEvent[]; readonly refusal: BadBankFile | null }

/** Anything but a refusal is thrown on: it is a crash. */
export const readingOf = async (known: Pick<KnownFile, 'file' | 'profile'>, bytes: Buffer): Promise<Reading> => {
  const events: BankEvent[] = []
  try {
    for await (const event of readerOf(known)(pieces(bytes))) events.push(event)
    return { events, refusal: null }
  } catch (thrown) {
    if (thrown instanceof BadBankFile) return { events, refusal: thrown }
    throw thrown
  }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += 4_096) yield bytes.subarray(from, from + 4_096)
}

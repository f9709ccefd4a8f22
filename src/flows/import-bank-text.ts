import { createHash } from 'node:crypto'
import {
  type AskedWords,
  askedReadingOf,
  BadBankFile,
  BankFileRefused,
  type BankReading,
  bankReadingOf,
  createBankTally,
  rawLineAt,
  startBytesMax,
} from '../modules/bank/index.ts'
import {
  type Effects,
  type Findings,
  finishBatch,
  type GroupTotals,
  type ImportReport,
  insertBatch,
} from '../modules/intake/index.ts'
import { command } from '../platform/command.ts'
import type { ClientId } from '../platform/policy.ts'
import { InvalidInput, NotFound } from '../platform/refusals.ts'
import { applyBankFile } from './apply-bank-file.ts'
import { chunkItems, itemsOf, nothingTold, testFile, withKnownMessages } from './import-bank-file.ts'
import type { BankItem } from './sort-bank-items.ts'

export type ImportBankFile = AskedWords & {
  readonly clientId: ClientId
  readonly name: string
  readonly content: string
  readonly encoding: 'TEXT' | 'BASE64'
}

/** Plain JSON, as every answer of a command. */
export type ImportedBankFile = {
  readonly clientId: ClientId
  readonly batchId: string
  readonly totals: readonly GroupTotals[]
  readonly effects: Effects
}

/** A request is not longer; longer files are uploaded. */
export const contentCharsMax = 200_000
const nameCharsMax = 200

/** The same engine as for a file that is uploaded, in the caller's own transaction: checked whole, then applied. */
export const importBankFile = command({
  name: 'bank.importBankFile',
  permission: 'intake:import',
  refusals: [NotFound, InvalidInput, BankFileRefused],
  scope: ({ clientId }: ImportBankFile) => ({ clientId }),
  audited: ({ content, ...rest }) => ({ ...rest, contentHash: hashOf(Buffer.from(content)) }),
  async run(write, input): Promise<ImportedBankFile | InvalidInput | BankFileRefused> {
    const read = readInput(input)
    if (read instanceof InvalidInput) return read
    const { bytes, reading } = read
    const findings = await check(bytes, reading)
    if (findings instanceof BankFileRefused) return findings

    const { now, clientId } = write
    const { name: profile, version: profileVersion } = reading
    const [contentHash, rowsTotal] = [hashOf(bytes), findings.rowsRead]
    const named = { profile, profileVersion, sourceName: input.name, contentHash }
    const batchId = await insertBatch(write, { kind: 'BANK', ...named, allowPartial: false, rowsTotal, dataAsOf: now })
    const { effects, knownMessages } = await applyBankFile(write, { batchId, chunks: chunksOf(bytes, reading) })
    const report: ImportReport = {
      batchId,
      state: 'APPLIED',
      ...named,
      dataAsOf: now.toISOString(),
      reasons: [],
      ...withKnownMessages(findings, knownMessages),
      effects,
    }
    await finishBatch(write, batchId, { state: 'APPLIED', report, rowsRead: rowsTotal, rowsTotal })
    write.emit({ area: 'intake', name: 'import.finished', payload: { batchId, state: 'APPLIED' } })
    return { clientId, batchId, totals: findings.totals, effects }
  },
})

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

type Read = { readonly bytes: Buffer; readonly reading: BankReading }

const readInput = ({ name, content, encoding, ...words }: ImportBankFile): Read | InvalidInput => {
  const wrong = (field: string, message: string) => new InvalidInput(message, ['input', field])
  if (name.trim() === '' || name.length > nameCharsMax) return wrong('name', `a name has 1 to ${nameCharsMax} characters`)
  if (content.length > contentCharsMax)
    return wrong('content', `a call takes at most ${contentCharsMax} characters; longer files are uploaded`)
  const packed = content.replace(/\s/g, '')
  if (encoding === 'BASE64' && !base64.test(packed)) return wrong('content', 'it is not Base64')
  const asked = askedReadingOf(words)
  if ('field' in asked) return wrong(asked.field === 'profile' ? 'csvProfile' : asked.field, asked.message)
  const bytes = encoding === 'BASE64' ? Buffer.from(packed, 'base64') : Buffer.from(content)
  return { bytes, reading: bankReadingOf(bytes.subarray(0, startBytesMax), asked) }
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes
}

/** What it holds, once all of it was read and nothing stands against it. */
const check = async (bytes: Buffer, { read }: BankReading): Promise<Findings | BankFileRefused> => {
  const tally = createBankTally()
  try {
    for await (const event of read(piecesOf(bytes))) {
      if (event.kind === 'FILE' && event.file.isTest) throw testFile
      tally.add(event)
    }
    if (tally.rows() === 0) throw new BadBankFile('EMPTY', 1, null, nothingTold.message)
    return tally.findings()
  } catch (thrown) {
    if (!(thrown instanceof BadBankFile)) throw thrown
    const { rule, line, field, message } = thrown
    return new BankFileRefused({ rule, line, field, message, raw: await rawLineAt(piecesOf(bytes), line) })
  }
}

async function* chunksOf(bytes: Buffer, { read }: BankReading): AsyncGenerator<readonly BankItem[]> {
  let chunk: BankItem[] = []
  for await (const item of itemsOf(read(piecesOf(bytes)))) {
    chunk.push(item)
    if (chunk.length < chunkItems) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

import {
  type AskedReading,
  adviceKey,
  BadBankFile,
  type BankEvent,
  type BankReading,
  bankReadingOf,
  createBankTally,
  createNamer,
  messageName,
  rawLineAt,
  startBytesMax,
} from '../modules/bank/index.ts'
import { type Findings, type ImportReport, type Reason, waitForLoads } from '../modules/intake/index.ts'
import { command, perform } from '../platform/command.ts'
import type { NotFound } from '../platform/refusals.ts'
import { applyBankFile } from './apply-bank-file.ts'
import {
  again,
  endApplied,
  fingerprint,
  type ImportDeps,
  inPasses,
  type PassRequest,
  progressOf,
  type Run,
  saveRejects,
  type Verdict,
} from './import-passes.ts'
import type { BankItem } from './sort-bank-items.ts'

export type BankFileRequest = PassRequest & { readonly asked: AskedReading }

type BankRun = Run<BankFileRequest>

/** Items applied by one round of statements. */
export const chunkItems = 1_000

/**
 * Loads a bank or remittance file, whole or not at all. Unlike rows of a ledger, one place that breaks the rules of the
 * format refuses all of it: its totals and counts stand for the whole, and nobody knows what is missing.
 */
export const importBankFile = async (deps: ImportDeps, request: BankFileRequest): Promise<ImportReport | NotFound> => {
  const start: Buffer[] = []
  let startBytes = 0
  const contentHash = await fingerprint(request.source, (bytes) => {
    if (startBytes >= startBytesMax) return
    start.push(bytes.subarray(0, startBytesMax - startBytes))
    startBytes += bytes.length
  })
  const reading = bankReadingOf(Buffer.concat(start), request.asked)
  return inPasses(deps, request, {
    batch: { kind: 'BANK', profile: reading.name, profileVersion: reading.version, allowPartial: false, rowsTotal: null },
    contentHash,
    check: (run) => check(run, reading),
    apply: (tx, run, { findings }) =>
      perform(tx, applyFile, { run, findings, chunks: chunksOf(run, reading, findings.rowsRead) }),
  })
}

/** The events of the file, once more from its start. */
async function* eventsOf(run: BankRun, { read }: BankReading): AsyncGenerator<BankEvent> {
  const { pieces, hold } = again(run)
  yield* read(pieces)
  hold()
}

/** Reads all of it and applies nothing; the first fault is kept with its line, whatever becomes of the load. */
const check = async (run: BankRun, reading: BankReading): Promise<Verdict> => {
  const tally = createBankTally()
  const progress = progressOf(run, 'VALIDATING', null)
  const reasons: Reason[] = []
  try {
    for await (const event of eventsOf(run, reading)) {
      if (event.kind === 'FILE' && event.file.isTest) throw testFile
      const before = tally.rows()
      tally.add(event)
      if (tally.rows() > before) await progress.note(tally.rows())
    }
  } catch (thrown) {
    if (!(thrown instanceof BadBankFile)) throw thrown
    reasons.push(reasonFor(thrown))
    await saveRejects(run, [await rejectFor(run, thrown)])
  }
  if (reasons.length === 0 && tally.rows() === 0) reasons.push(nothingTold)
  return { findings: withFault(tally.findings(), reasons[0]), reasons }
}

/** Sent to try the line, and not to be booked. */
export const testFile = new BadBankFile(
  'UNSUPPORTED',
  1,
  null,
  'the sender says that the file is a test: nothing of it is posted',
)

export const nothingTold: Reason = { code: 'EMPTY', message: 'the file tells of no movement and no payment' }

export const reasonFor = ({ rule, line, field, message }: BadBankFile): Reason => {
  const place = field === null ? `line ${line}` : `line ${line}, field ${field}`
  return { code: rule, message: `${place}: ${message}`, line, field }
}

const rejectFor = async ({ request: { source } }: BankRun, { rule, line, field, message }: BadBankFile) => ({
  rowNumber: Math.max(1, line),
  outcome: 'REJECTED' as const,
  faults: [{ column: field, code: rule, message }],
  raw: await rawLineAt(source.open(), line),
})

/** The fault stands in the report as one of a ledger does. */
const withFault = (findings: Findings, reason: Reason | undefined): Findings =>
  reason?.line === undefined
    ? findings
    : { ...findings, rowsRejected: 1, faults: [{ code: reason.code, column: reason.field ?? null, rows: 1 }] }

/** What of a file is applied, named by what it is. */
export async function* itemsOf(events: AsyncIterable<BankEvent>): AsyncGenerator<BankItem> {
  const namer = createNamer()
  let format: BankReading['format'] = 'CSV'
  for await (const event of events) {
    if (event.kind === 'FILE') {
      format = event.file.format
      namer.message(event.file)
      const message = messageName(event.file)
      if (message !== null) yield { kind: 'MESSAGE', message }
    } else if (event.kind === 'STATEMENT') namer.statement()
    else if (event.kind === 'ENTRY') {
      const { entry } = event
      yield { kind: 'ENTRY', key: namer.entryKey(entry), format, entry }
    } else if (event.kind === 'REMITTANCE') {
      const { advice } = event
      yield { kind: 'REMITTANCE', key: adviceKey(advice), format, advice }
    }
  }
}

async function* chunksOf(run: BankRun, reading: BankReading, rowsTotal: number): AsyncGenerator<readonly BankItem[]> {
  const progress = progressOf(run, 'APPLYING', rowsTotal)
  let chunk: BankItem[] = []
  let rowsRead = 0
  for await (const item of itemsOf(eventsOf(run, reading))) {
    chunk.push(item)
    if (item.kind !== 'MESSAGE') rowsRead += 1
    if (chunk.length < chunkItems) continue
    yield chunk
    chunk = []
    progress.tell(rowsRead)
  }
  if (chunk.length > 0) yield chunk
  progress.tell(rowsRead)
}

/** Lines of a report that name a message each. */
const listedMax = 1_000

/** A message that was sent again is told, though nothing of it is done twice. */
export const withKnownMessages = (findings: Findings, known: readonly string[]): Findings => {
  if (known.length === 0) return findings
  const listed = known.slice(0, listedMax).map((message) => ({ rowNumber: 1, message: `came before: ${message}` }))
  return { ...findings, warnings: [...findings.warnings, { code: 'SAME_MESSAGE', column: null, rows: known.length, listed }] }
}

type ApplyFile = {
  readonly run: BankRun
  readonly findings: Findings
  readonly chunks: AsyncIterable<readonly BankItem[]>
}

/** The whole file as one command: its entries, its receipts, the queue and the end of its batch become visible together. */
const applyFile = command({
  name: 'bank.applyBankFile',
  permission: 'intake:import',
  refusals: [],
  scope: ({ run }: ApplyFile) => ({ clientId: run.request.clientId }),
  audited: ({ run }) => ({
    batchId: run.batchId,
    profile: run.profile.name,
    sourceName: run.request.source.name,
    contentHash: run.contentHash,
  }),
  async run(write, { run, findings, chunks }) {
    await waitForLoads(write)
    const { effects, knownMessages } = await applyBankFile(write, { batchId: run.batchId, chunks })
    return endApplied(write, run, withKnownMessages(findings, knownMessages), effects)
  },
})

import type { Day } from '../kernel/day.ts'
import { termsRules } from '../modules/customer/index.ts'
import {
  type ControlTotal,
  createFindings,
  createSieve,
  type Findings,
  type ImportReport,
  Malformed,
  type Profile,
  type Reading,
  type Reason,
  type RejectedRow,
  type RowReader,
  readRows,
  reasonsAgainst,
  rowReader,
  waitForLoads,
} from '../modules/intake/index.ts'
import { command, perform } from '../platform/command.ts'
import { inUnit } from '../platform/database/unit.ts'
import type { NotFound } from '../platform/refusals.ts'
import { applyLedger, createRefs, type LedgerRefs, type RowItem } from './apply-ledger.ts'
import {
  again,
  endApplied,
  fingerprint,
  type ImportDeps,
  type ImportSource,
  inPasses,
  type PassRequest,
  progressOf,
  Refused,
  type Run,
  saveRejects,
  type Verdict,
} from './import-passes.ts'

export type ImportRequest = PassRequest & {
  readonly profile: Profile
  /** Rows that cannot be taken do not stop the others. */
  readonly allowPartial: boolean
  readonly controlTotals?: readonly ControlTotal[]
  /** Reads the ledger as it stood at the end of this day. */
  readonly asOf?: Day
}

type LedgerRun = Run<ImportRequest>

/** Items written by one round of statements. */
const chunkRows = 1_000
/** Rows read at most between two statements of the applying transaction, which the server ends when it idles. */
const silentRows = 20_000
/** A file with more rejects than this is not a file of its profile; reading on would only fill the table of rejects. */
const rejectsMax = 100_000

/**
 * Loads a ledger file, whole or not at all. The file is read three times and never held: once for its hash, once to find
 * every row that cannot be taken, and once to apply the rest in a single transaction, so nobody ever sees half a load.
 */
export const importLedger = async (deps: ImportDeps, request: ImportRequest): Promise<ImportReport | NotFound> => {
  const { profile, source, allowPartial } = request
  const { contentHash, rowsTotal } = await countedFingerprint(source, profile)
  return inPasses(deps, request, {
    batch: { kind: 'LEDGER', profile: profile.name, profileVersion: profile.version, allowPartial, rowsTotal },
    contentHash,
    check: (run) => check(run, rowsTotal),
    apply: (tx, run, { reading, findings, refs }) =>
      perform(tx, applyImport, { run, refs, findings, chunks: chunksOf(run, reading, findings.rowsRead) }),
  })
}

/** The hash of the content, and how many lines follow its header. */
const countedFingerprint = async (source: ImportSource, { format }: Profile) => {
  let lines = 0
  let last = 10
  const contentHash = await fingerprint(source, (bytes) => {
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
    last = bytes.at(-1) ?? last
  })
  if (last !== 10) lines += 1
  return { contentHash, rowsTotal: Math.max(0, lines - format.skipLines - 1) }
}

type RowRead = { readonly rowNumber: number; readonly raw: string; readonly row: ReturnType<RowReader> }

/** Every row of the file, read and sieved: the same rows with the same outcome each time. */
async function* readSource(run: LedgerRun, reading: Reading): AsyncGenerator<RowRead> {
  const { profile } = run.request
  const { pieces, hold } = again(run)
  const sieve = createSieve()
  let read: RowReader | null = null
  try {
    for await (const { rowNumber, cells, raw } of readRows(pieces, profile)) {
      if (read === null) {
        const reader = rowReader(profile, cells, reading)
        if (typeof reader !== 'function') throw new Refused(reader)
        read = reader
        continue
      }
      yield { rowNumber, raw, row: sieve(read(cells, raw.includes('\ufffd') ? [undecodable] : [])) }
    }
  } catch (thrown) {
    if (thrown instanceof Malformed) throw new Refused([{ code: 'MALFORMED', message: thrown.message }])
    throw thrown
  }
  if (read === null) throw new Refused([{ code: 'EMPTY', message: 'the file has no header' }])
  hold()
}

const undecodable = {
  column: null,
  code: 'BAD_TEXT',
  message: 'the row has bytes that are not text in the encoding of the profile',
} as const

type Checked = Verdict & { readonly reading: Reading; readonly refs: LedgerRefs }

/** Finds every row that cannot be taken, applies nothing, and keeps rejects as they are found. */
const check = async (run: LedgerRun, rowsTotal: number): Promise<Checked> => {
  const { deps, request } = run
  const { clientId, asker, controlTotals = [] } = request
  const reads = { asker, readOnly: true, now: deps.clock() }
  const terms = await inUnit(deps.database, reads, (tx) => termsRules({ tx, clientId }))
  const reading: Reading = { asOf: request.asOf ?? null, terms }

  const found = createFindings()
  const progress = progressOf(run, 'VALIDATING', rowsTotal)
  const { add, refs } = createRefs()
  const reasons: Reason[] = []
  const rejects: RejectedRow[] = []
  let rowsRead = 0
  try {
    for await (const { rowNumber, raw, row } of readSource(run, reading)) {
      rowsRead += 1
      found.add(rowNumber, row)
      if (row.outcome === 'ACCEPTED') add({ row: rowNumber, item: row.item })
      else rejects.push({ rowNumber, outcome: row.outcome, faults: row.faults, raw })
      if (rejects.length >= chunkRows) await saveRejects(run, rejects.splice(0))
      if (found.counts.REJECTED > rejectsMax) {
        throw new Refused([{ code: 'TOO_MANY_REJECTS', message: `more than ${rejectsMax} rows cannot be taken` }])
      }
      await progress.note(rowsRead)
    }
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown
    reasons.push(...thrown.reasons)
  }
  await saveRejects(run, rejects)
  const findings = found.findings(controlTotals)
  // A file that broke off has said enough; what its first part adds up to means nothing.
  return { reading, findings, refs, reasons: reasons.length > 0 ? reasons : reasonsAgainst(findings, request) }
}

/** What is applied, a chunk at a time. */
async function* chunksOf(run: LedgerRun, reading: Reading, rowsTotal: number): AsyncGenerator<readonly RowItem[]> {
  const progress = progressOf(run, 'APPLYING', rowsTotal)
  let chunk: RowItem[] = []
  let rowsRead = 0
  let silent = 0
  for await (const { rowNumber, row } of readSource(run, reading)) {
    rowsRead += 1
    silent += 1
    if (row.outcome === 'ACCEPTED') chunk.push({ row: rowNumber, item: row.item })
    if (chunk.length < chunkRows && silent < silentRows) continue
    yield chunk
    chunk = []
    silent = 0
    progress.tell(rowsRead)
  }
  if (chunk.length > 0) yield chunk
  progress.tell(rowsRead)
}

type ApplyImport = {
  readonly run: LedgerRun
  readonly refs: LedgerRefs
  readonly findings: Findings
  readonly chunks: AsyncIterable<readonly RowItem[]>
}

/** The whole load as one command: its items, its queue and the end of its batch become visible together. */
const applyImport = command({
  name: 'intake.applyImport',
  permission: 'intake:import',
  refusals: [],
  scope: ({ run }: ApplyImport) => ({ clientId: run.request.clientId }),
  audited: ({ run }) => ({
    batchId: run.batchId,
    profile: run.request.profile.name,
    sourceName: run.request.source.name,
    contentHash: run.contentHash,
    allowPartial: run.request.allowPartial,
  }),
  async run(write, { run, refs, findings, chunks }) {
    const { batchId, request, dataAsOf } = run
    await waitForLoads(write)
    const effects = await applyLedger(write, { batchId, source: request.profile.system, dataAsOf, refs, chunks })
    return endApplied(write, run, findings, effects)
  },
})

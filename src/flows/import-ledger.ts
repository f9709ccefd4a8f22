import { createHash } from 'node:crypto'
import type { Day } from '../kernel/day.ts'
import { isRefusal } from '../kernel/refusal.ts'
import { termsRules } from '../modules/customer/index.ts'
import {
  type ControlTotal,
  createFindings,
  createSieve,
  type Effects,
  type Findings,
  failAbandoned,
  finishBatch,
  finishImport,
  type ImportReport,
  keepRejects,
  Malformed,
  noteProgress,
  type Profile,
  type Reading,
  type Reason,
  type RejectedRow,
  type RowReader,
  readRows,
  reasonsAgainst,
  rowReader,
  startImport,
  waitForLoads,
} from '../modules/intake/index.ts'
import type { Clock } from '../platform/clock.ts'
import { command, perform } from '../platform/command.ts'
import type { Database } from '../platform/database/database.ts'
import { isRetryable } from '../platform/database/faults.ts'
import { inUnit, TimedOut, type Tx } from '../platform/database/unit.ts'
import type { Asker } from '../platform/identity/asker.ts'
import { limits } from '../platform/limits.ts'
import type { Log } from '../platform/log.ts'
import type { ClientId } from '../platform/policy.ts'
import { type IdempotencyMismatch, NotFound } from '../platform/refusals.ts'
import { applyLedger, createRefs, type LedgerRefs, type RowItem } from './apply-ledger.ts'

export type ImportDeps = { readonly database: Database; readonly clock: Clock; readonly log: Log }

/** A file that can be read from its start as often as it takes. */
export type ImportSource = { readonly name: string; readonly open: () => AsyncIterable<Buffer | string> }

export type ImportProgress = {
  readonly batchId: string
  readonly phase: 'VALIDATING' | 'APPLYING'
  readonly rowsRead: number
  readonly rowsTotal: number | null
}

export type ImportRequest = {
  readonly asker: Asker
  readonly clientId: ClientId
  readonly profile: Profile
  readonly source: ImportSource
  /** Everything is done and taken back: the report says exactly what would have happened. */
  readonly dryRun: boolean
  /** Rows that cannot be taken do not stop the others. */
  readonly allowPartial: boolean
  readonly controlTotals?: readonly ControlTotal[]
  /** The instant whose ledger the file shows; now, when nobody says. */
  readonly dataAsOf?: Date
  /** Reads the ledger as it stood at the end of this day. */
  readonly asOf?: Day
  readonly onProgress?: (progress: ImportProgress) => void
}

/** Items written by one round of statements. */
const chunkRows = 1_000
/** Rows read at most between two statements of the applying transaction, which the server ends when it idles. */
const silentRows = 20_000
/** A file with more rejects than this is not a file of its profile; reading on would only fill the table of rejects. */
const rejectsMax = 100_000
const progressMs = 1_000

/** An import that must end at once, with the reason to put down. */
class Stopped extends Error {
  readonly reason: Reason
  constructor(reason: Reason) {
    super(reason.message)
    this.reason = reason
  }
}

/** Where one import stands: what its steps share. */
type Run = {
  readonly deps: ImportDeps
  readonly request: ImportRequest
  readonly batchId: string
  readonly contentHash: string
  readonly dataAsOf: Date
  readonly startedMs: number
}

/**
 * Loads a ledger file, whole or not at all. The file is read three times and never held: once for its hash, once to find
 * every row that cannot be taken, and once to apply the rest in a single transaction, so nobody ever sees half a load.
 */
export const importLedger = async (deps: ImportDeps, request: ImportRequest): Promise<ImportReport | NotFound> => {
  const { profile, source, allowPartial, clientId } = request
  const startedMs = performance.now()
  const dataAsOf = request.dataAsOf ?? deps.clock()
  const { contentHash, rowsTotal } = await fingerprint(source, profile)
  const batch = {
    profile: profile.name,
    profileVersion: profile.version,
    sourceName: source.name.slice(0, 255) || 'unnamed',
    contentHash,
    allowPartial,
    rowsTotal,
    dataAsOf,
  }
  const started = await inWriteUnit(deps, request, (tx) => perform(tx, startImport, { clientId, batch }))
  if (isRefusal(started)) return asNotFound(started)

  const run: Run = { deps, request, batchId: started.batchId, contentHash, dataAsOf, startedMs }
  let checked: Checked | null = null
  try {
    checked = await check(run, rowsTotal)
    const report = await applyOrNot(run, checked)
    deps.log.info({ batchId: run.batchId, state: report.state, rows: report.rowsRead }, 'import finished')
    return report
  } catch (thrown) {
    deps.log.error({ batchId: run.batchId, error: thrown instanceof Error ? thrown.stack : String(thrown) }, 'import failed')
    const report = reportOf(run, 'FAILED', checked?.findings ?? nothingFound, [reasonOf(thrown)], null)
    await finish(run, report).catch((error) =>
      deps.log.error({ batchId: run.batchId, error: String(error) }, 'import left running'),
    )
    return report
  }
}

/** Batches that a dead process left running; a live one never runs as long. For one client, at start and now and then. */
export const failAbandonedImports = async (
  deps: ImportDeps,
  { asker, clientId }: { readonly asker: Asker; readonly clientId: ClientId },
): Promise<readonly string[]> => {
  const startedBefore = new Date(deps.clock().getTime() - limits.database.loadMs)
  const done = await inWriteUnit(deps, { asker }, (tx) => perform(tx, failAbandoned, { clientId, startedBefore }))
  return isRefusal(done) ? [] : done.batchIds
}

const inWriteUnit = <T>({ database, clock }: ImportDeps, { asker }: { asker: Asker }, work: (tx: Tx) => Promise<T>): Promise<T> =>
  inUnit(database, { asker, readOnly: false, now: clock() }, work)

const asNotFound = (refused: NotFound | IdempotencyMismatch): NotFound =>
  refused instanceof NotFound ? refused : new NotFound('import')

const reasonOf = (thrown: unknown): Reason => {
  if (thrown instanceof Stopped) return thrown.reason
  if (thrown instanceof TimedOut) return { code: 'TIMEOUT', message: 'it took longer than a load may; nothing was imported' }
  return { code: 'FAULT', message: 'something went wrong on our side; nothing was imported' }
}

/** The hash of the content, and how many lines follow its header. */
const fingerprint = async ({ open }: ImportSource, { format }: Profile) => {
  const hash = createHash('sha256')
  let lines = 0
  let last = 10
  for await (const piece of open()) {
    const bytes = Buffer.from(piece)
    hash.update(bytes)
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
    last = bytes.at(-1) ?? last
  }
  if (last !== 10) lines += 1
  return { contentHash: hash.digest('hex'), rowsTotal: Math.max(0, lines - format.skipLines - 1) }
}

type RowRead = { readonly rowNumber: number; readonly raw: string; readonly row: ReturnType<RowReader> }

/** Every row of the file, read and sieved: the same rows with the same outcome each time. */
async function* readSource({ request, contentHash }: Run, reading: Reading): AsyncGenerator<RowRead> {
  const { profile, source } = request
  const hash = createHash('sha256')
  const watched = async function* () {
    for await (const piece of source.open()) {
      hash.update(piece)
      yield piece
    }
  }
  const sieve = createSieve()
  let read: RowReader | null = null
  try {
    for await (const { rowNumber, cells, raw } of readRows(watched(), profile)) {
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
  if (hash.digest('hex') !== contentHash) {
    throw new Stopped({ code: 'CHANGED_WHILE_READ', message: 'the file changed while it was read; nothing was imported' })
  }
}

const undecodable = {
  column: null,
  code: 'BAD_TEXT',
  message: 'the row has bytes that are not text in the encoding of the profile',
} as const

/** The file as a whole cannot be taken. */
class Refused extends Error {
  readonly reasons: readonly Reason[]
  constructor(reasons: readonly Reason[]) {
    super(reasons.map(({ message }) => message).join('; '))
    this.reasons = reasons
  }
}

type Checked = {
  readonly reading: Reading
  readonly findings: Findings
  readonly refs: LedgerRefs
  readonly reasons: readonly Reason[]
}

/** The first pass: nothing is applied, rejects are kept as they are found. */
const check = async (run: Run, rowsTotal: number): Promise<Checked> => {
  const { deps, request, batchId } = run
  const { clientId, asker, controlTotals = [] } = request
  const reads = { asker, readOnly: true, now: deps.clock() }
  const terms = await inUnit(deps.database, reads, (tx) => termsRules({ tx, clientId }))
  const reading: Reading = { asOf: request.asOf ?? null, terms }

  const found = createFindings()
  const { add, refs } = createRefs()
  const reasons: Reason[] = []
  let rejects: RejectedRow[] = []
  const saveRejects = async () => {
    const rows = rejects
    rejects = []
    if (rows.length > 0) await inWriteUnit(deps, request, (tx) => perform(tx, keepRejects, { clientId, batchId, rows }))
  }
  let rowsRead = 0
  let savedMs = performance.now()
  try {
    for await (const { rowNumber, raw, row } of readSource(run, reading)) {
      rowsRead += 1
      found.add(rowNumber, row)
      if (row.outcome === 'ACCEPTED') add({ row: rowNumber, item: row.item })
      else rejects.push({ rowNumber, outcome: row.outcome, faults: row.faults, raw })
      if (rejects.length >= chunkRows) await saveRejects()
      if (found.counts.REJECTED > rejectsMax) {
        throw new Refused([{ code: 'TOO_MANY_REJECTS', message: `more than ${rejectsMax} rows cannot be taken` }])
      }
      if (rowsRead % chunkRows !== 0) continue
      request.onProgress?.({ batchId, phase: 'VALIDATING', rowsRead, rowsTotal })
      if (performance.now() - savedMs < progressMs) continue
      savedMs = performance.now()
      await inWriteUnit(deps, request, (tx) => perform(tx, noteProgress, { clientId, batchId, rowsRead, rowsTotal }))
    }
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown
    reasons.push(...thrown.reasons)
  }
  await saveRejects()
  const findings = found.findings(controlTotals)
  // A file that broke off has said enough; what its first part adds up to means nothing.
  return { reading, findings, refs, reasons: reasons.length > 0 ? reasons : reasonsAgainst(findings, request) }
}

/** The second pass, or the reasons why there is none. */
const applyOrNot = async (run: Run, checked: Checked): Promise<ImportReport> => {
  const { request } = run
  if (checked.reasons.length > 0) {
    const report = reportOf(run, request.dryRun ? 'DRY_RUN' : 'REFUSED', checked.findings, checked.reasons, null)
    await finish(run, report)
    return report
  }
  for (let tries = 1; ; tries += 1) {
    try {
      const report = await applyOnce(run, checked)
      if (request.dryRun) await finish(run, report)
      return report
    } catch (thrown) {
      if (!isRetryable(thrown) || tries >= limits.database.retries) throw thrown
      run.deps.log.warn({ batchId: run.batchId, tries }, 'import met another writer and goes again')
    }
  }
}

const applyOnce = async (run: Run, { reading, findings, refs }: Checked): Promise<ImportReport> => {
  const { deps, request } = run
  // Whatever it spent so far is taken off: no import outlives the limit after which it counts as abandoned.
  const timeoutMs = Math.floor(limits.database.loadMs - (performance.now() - run.startedMs))
  if (timeoutMs <= 0) throw new TimedOut('the first pass took all the time there is')
  const unit = { asker: request.asker, readOnly: false, now: deps.clock(), timeoutMs }
  const report = await inUnit(deps.database, unit, async (tx) => {
    tx.rollBackAtEnd = request.dryRun
    return perform(tx, applyImport, { run, refs, findings, chunks: chunksOf(run, reading, findings.rowsRead) })
  })
  if (isRefusal(report)) throw new Stopped({ code: 'FAULT', message: 'the right to import was lost while the file was read' })
  return report
}

/** What the second pass writes, a chunk at a time. */
async function* chunksOf(run: Run, reading: Reading, rowsTotal: number): AsyncGenerator<readonly RowItem[]> {
  const { batchId, request } = run
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
    request.onProgress?.({ batchId, phase: 'APPLYING', rowsRead, rowsTotal })
  }
  if (chunk.length > 0) yield chunk
  request.onProgress?.({ batchId, phase: 'APPLYING', rowsRead, rowsTotal })
}

type ApplyImport = {
  readonly run: Run
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
    const state = request.dryRun ? 'DRY_RUN' : 'APPLIED'
    const report = reportOf(run, state, findings, [], effects)
    if (!(await finishBatch(write, batchId, { state, report, rowsRead: findings.rowsRead, rowsTotal: findings.rowsRead }))) {
      throw new Error('the batch was given up for dead while it ran')
    }
    write.emit({ area: 'intake', name: 'import.finished', payload: { batchId, state } })
    return report
  },
})

const finish = (run: Run, report: ImportReport) => {
  const { deps, request, batchId } = run
  const outcome = { state: report.state, report, rowsRead: report.rowsRead, rowsTotal: report.rowsRead }
  return inWriteUnit(deps, request, (tx) => perform(tx, finishImport, { clientId: request.clientId, batchId, outcome }))
}

const nothingFound: Findings = {
  rowsRead: 0,
  rowsAccepted: 0,
  rowsRejected: 0,
  rowsSkipped: 0,
  totals: [],
  differences: [],
  faults: [],
  warnings: [],
}

const reportOf = (
  { batchId, request, contentHash, dataAsOf }: Run,
  state: ImportReport['state'],
  findings: Findings,
  reasons: readonly Reason[],
  effects: Effects | null,
): ImportReport => ({
  batchId,
  state,
  profile: request.profile.name,
  profileVersion: request.profile.version,
  sourceName: request.source.name,
  contentHash,
  dataAsOf: dataAsOf.toISOString(),
  reasons,
  ...findings,
  effects,
})

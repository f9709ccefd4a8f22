import { createHash } from 'node:crypto'
import { isRefusal, type Refusal } from '../kernel/refusal.ts'
import {
  type Effects,
  type Findings,
  finishBatch,
  finishImport,
  type ImportReport,
  keepRejects,
  type NewBatch,
  noteProgress,
  type Reason,
  type RejectedRow,
  startImport,
} from '../modules/intake/index.ts'
import type { Clock } from '../platform/clock.ts'
import { perform, type Write } from '../platform/command.ts'
import type { Database } from '../platform/database/database.ts'
import { isRetryable } from '../platform/database/faults.ts'
import { inUnit, TimedOut, type Tx } from '../platform/database/unit.ts'
import type { Asker } from '../platform/identity/asker.ts'
import { limits } from '../platform/limits.ts'
import type { Log } from '../platform/log.ts'
import type { ClientId } from '../platform/policy.ts'
import { NotFound } from '../platform/refusals.ts'

// The passes that every file goes through, whatever is in it: docs/decisions/0015-import-in-passes.md.

export type ImportDeps = { readonly database: Database; readonly clock: Clock; readonly log: Log }

/** A file that can be read from its start as often as it takes. */
export type ImportSource = { readonly name: string; readonly open: () => AsyncIterable<Buffer | string> }

export type ImportProgress = {
  readonly batchId: string
  readonly phase: 'VALIDATING' | 'APPLYING'
  readonly rowsRead: number
  readonly rowsTotal: number | null
}

export type PassRequest = {
  readonly asker: Asker
  readonly clientId: ClientId
  readonly source: ImportSource
  /** Everything is done and taken back: the report says exactly what would have happened. */
  readonly dryRun: boolean
  /** The instant whose state the file shows; now, when nobody says. */
  readonly dataAsOf?: Date
  readonly onProgress?: (progress: ImportProgress) => void
}

/** Where one import stands: what its steps share. */
export type Run<Request extends PassRequest> = {
  readonly deps: ImportDeps
  readonly request: Request
  readonly batchId: string
  readonly profile: { readonly name: string; readonly version: number }
  readonly contentHash: string
  readonly dataAsOf: Date
  readonly startedMs: number
}

/** What the pass that applies nothing has found, and why nothing may be applied; no reasons, and it is. */
export type Verdict = { readonly findings: Findings; readonly reasons: readonly Reason[] }

/** What one kind of file does in the passes. */
export type Passes<Request extends PassRequest, Checked extends Verdict> = {
  readonly batch: Pick<NewBatch, 'kind' | 'profile' | 'profileVersion' | 'allowPartial' | 'rowsTotal'>
  /** What the first reading was. */
  readonly contentHash: string
  readonly check: (run: Run<Request>) => Promise<Checked>
  /** In a transaction of its own, which is begun anew when it met another writer. */
  readonly apply: (tx: Tx, run: Run<Request>, checked: Checked) => Promise<ImportReport | Refusal>
}

/** An import that must end at once, with the reason to put down. */
export class Stopped extends Error {
  readonly reason: Reason
  constructor(reason: Reason) {
    super(reason.message)
    this.reason = reason
  }
}

/** The file as a whole cannot be taken. */
export class Refused extends Error {
  readonly reasons: readonly Reason[]
  constructor(reasons: readonly Reason[]) {
    super(reasons.map(({ message }) => message).join('; '))
    this.reasons = reasons
  }
}

/** Checks a file and applies it, whole or not at all. Batch, rejects and progress commit by themselves meanwhile. */
export const inPasses = async <Request extends PassRequest, Checked extends Verdict>(
  deps: ImportDeps,
  request: Request,
  passes: Passes<Request, Checked>,
): Promise<ImportReport | NotFound> => {
  const { clientId, source, dataAsOf = deps.clock() } = request
  const { contentHash } = passes
  const startedMs = performance.now()
  const batch = { ...passes.batch, sourceName: source.name.slice(0, 255) || 'unnamed', contentHash, dataAsOf }
  const started = await inWriteUnit(deps, request, (tx) => perform(tx, startImport, { clientId, batch }))
  if (isRefusal(started)) return started instanceof NotFound ? started : new NotFound('import')

  const { batchId } = started
  const profile = { name: batch.profile, version: batch.profileVersion }
  const run: Run<Request> = { deps, request, batchId, profile, contentHash, dataAsOf, startedMs }
  let findings = nothingFound
  try {
    const checked = await passes.check(run)
    findings = checked.findings
    const report = await applyOrNot(run, passes, checked)
    deps.log.info({ batchId, state: report.state, rows: report.rowsRead }, 'import finished')
    return report
  } catch (thrown) {
    deps.log.error({ batchId, error: thrown instanceof Error ? thrown.stack : String(thrown) }, 'import failed')
    const report = reportOf(run, 'FAILED', { findings, reasons: [reasonOf(thrown)] })
    await finish(run, report).catch((error) => deps.log.error({ batchId, error: String(error) }, 'import left running'))
    return report
  }
}

/** The last pass, or the reasons why there is none. */
const applyOrNot = async <Request extends PassRequest, Checked extends Verdict>(
  run: Run<Request>,
  { apply }: Passes<Request, Checked>,
  checked: Checked,
): Promise<ImportReport> => {
  const { request } = run
  if (checked.reasons.length > 0) {
    const report = reportOf(run, request.dryRun ? 'DRY_RUN' : 'REFUSED', checked)
    await finish(run, report)
    return report
  }
  for (let tries = 1; ; tries += 1) {
    try {
      const report = await applyOnce(run, (tx) => apply(tx, run, checked))
      if (request.dryRun) await finish(run, report)
      return report
    } catch (thrown) {
      if (!isRetryable(thrown) || tries >= limits.database.retries) throw thrown
      run.deps.log.warn({ batchId: run.batchId, tries }, 'import met another writer and goes again')
    }
  }
}

const applyOnce = async <Request extends PassRequest>(
  { deps, request, startedMs }: Run<Request>,
  apply: (tx: Tx) => Promise<ImportReport | Refusal>,
): Promise<ImportReport> => {
  // Whatever it spent so far is taken off: no import outlives the limit after which it counts as abandoned.
  const timeoutMs = Math.floor(limits.database.loadMs - (performance.now() - startedMs))
  if (timeoutMs <= 0) throw new TimedOut('the first pass took all the time there is')
  const unit = { asker: request.asker, readOnly: false, now: deps.clock(), timeoutMs }
  const report = await inUnit(deps.database, unit, (tx) => {
    tx.rollBackAtEnd = request.dryRun
    return apply(tx)
  })
  if (isRefusal(report)) throw new Stopped({ code: 'FAULT', message: 'the right to import was lost while the file was read' })
  return report
}

/** The end of an applied load, in the transaction that applied it: its rows and its batch become visible together. */
export const endApplied = async <Request extends PassRequest>(
  write: Write,
  run: Run<Request>,
  findings: Findings,
  effects: Effects,
): Promise<ImportReport> => {
  const { batchId, request } = run
  const state = request.dryRun ? 'DRY_RUN' : 'APPLIED'
  const report = reportOf(run, state, { findings, reasons: [] }, effects)
  if (!(await finishBatch(write, batchId, { state, report, rowsRead: findings.rowsRead, rowsTotal: findings.rowsRead }))) {
    throw new Error('the batch was given up for dead while it ran')
  }
  write.emit({ area: 'intake', name: 'import.finished', payload: { batchId, state } })
  return report
}

const finish = <Request extends PassRequest>({ deps, request, batchId }: Run<Request>, report: ImportReport) => {
  const outcome = { state: report.state, report, rowsRead: report.rowsRead, rowsTotal: report.rowsRead }
  return inWriteUnit(deps, request, (tx) => perform(tx, finishImport, { clientId: request.clientId, batchId, outcome }))
}

const inWriteUnit = <T>({ database, clock }: ImportDeps, { asker }: { asker: Asker }, work: (tx: Tx) => Promise<T>): Promise<T> =>
  inUnit(database, { asker, readOnly: false, now: clock() }, work)

const reasonOf = (thrown: unknown): Reason => {
  if (thrown instanceof Stopped) return thrown.reason
  if (thrown instanceof TimedOut) return { code: 'TIMEOUT', message: 'it took longer than a load may; nothing was imported' }
  return { code: 'FAULT', message: 'something went wrong on our side; nothing was imported' }
}

/** The hash of the content. Who asks sees it go by, piece by piece. */
export const fingerprint = async ({ open }: ImportSource, see: (bytes: Buffer) => void): Promise<string> => {
  const hash = createHash('sha256')
  for await (const piece of open()) {
    const bytes = Buffer.from(piece)
    hash.update(bytes)
    see(bytes)
  }
  return hash.digest('hex')
}

/** The file once more, and a way to find out at its end whether it still is what it was. */
export const again = <Request extends PassRequest>({ request: { source }, contentHash }: Run<Request>) => {
  const hash = createHash('sha256')
  const pieces = async function* () {
    for await (const piece of source.open()) {
      hash.update(piece)
      yield piece
    }
  }
  const hold = () => {
    if (hash.digest('hex') === contentHash) return
    throw new Stopped({ code: 'CHANGED_WHILE_READ', message: 'the file changed while it was read; nothing was imported' })
  }
  return { pieces: pieces(), hold }
}

/** Rows between two words to whoever watches. */
const toldRows = 1_000
const progressMs = 1_000

/** Tells how far a pass is: at once to who waits for it, and by the check now and then to everybody. */
export const progressOf = <Request extends PassRequest>(
  { deps, request, batchId }: Run<Request>,
  phase: ImportProgress['phase'],
  rowsTotal: number | null,
) => {
  let savedMs = performance.now()
  const tell = (rowsRead: number) => request.onProgress?.({ batchId, phase, rowsRead, rowsTotal })
  const note = async (rowsRead: number) => {
    if (rowsRead % toldRows !== 0) return
    tell(rowsRead)
    if (performance.now() - savedMs < progressMs) return
    savedMs = performance.now()
    const { clientId } = request
    await inWriteUnit(deps, request, (tx) => perform(tx, noteProgress, { clientId, batchId, rowsRead, rowsTotal }))
  }
  return { tell, note }
}

/** Rejects are kept as they are found, whatever becomes of the load. */
export const saveRejects = async <Request extends PassRequest>(
  { deps, request, batchId }: Run<Request>,
  rows: readonly RejectedRow[],
) => {
  const { clientId } = request
  if (rows.length > 0) await inWriteUnit(deps, request, (tx) => perform(tx, keepRejects, { clientId, batchId, rows }))
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

const reportOf = <Request extends PassRequest>(
  { batchId, request, profile, contentHash, dataAsOf }: Run<Request>,
  state: ImportReport['state'],
  { findings, reasons }: Verdict,
  effects: Effects | null = null,
): ImportReport => ({
  batchId,
  state,
  profile: profile.name,
  profileVersion: profile.version,
  sourceName: request.source.name,
  contentHash,
  dataAsOf: dataAsOf.toISOString(),
  reasons,
  ...findings,
  effects,
})

import { createHash } from 'node:crypto'
import type { Day } from '../kernel/day.ts'
import type { ItemKind } from '../kernel/item-kind.ts'
import { isCurrency } from '../kernel/money.ts'
import { termsRules } from '../modules/customer/index.ts'
import {
  type ControlTotal,
  ControlTotalsMismatch,
  createFindings,
  createSieve,
  type Effects,
  type Fault,
  finishBatch,
  type GroupTotals,
  ImportRefused,
  type ImportReport,
  insertBatch,
  insertRejects,
  type ReadRow,
  rowReader,
  rowsProfile,
  targets,
} from '../modules/intake/index.ts'
import { command, isKey } from '../platform/command.ts'
import { limits } from '../platform/limits.ts'
import type { ClientId } from '../platform/policy.ts'
import { IdempotencyMismatch, InvalidInput, NotFound } from '../platform/refusals.ts'
import { applyLedger, createRefs, type RowItem } from './apply-ledger.ts'

/** An open item as an integration sends it. Amounts are decimal text; those of credits are negative. */
export type OpenItemInput = {
  readonly legalEntity: string
  readonly customerNumber?: string | null | undefined
  readonly customerName?: string | null | undefined
  readonly countryCode?: string | null | undefined
  readonly kind: ItemKind
  readonly number: string
  /** Names the item in its system for good. */
  readonly sourceKey: string
  readonly currency: string
  readonly amount: string
  /** Without it the item is open in full, or not at all once it is closed. */
  readonly openAmount?: string | null | undefined
  readonly documentOn: Day
  readonly baselineOn?: Day | null | undefined
  /** Without it the payment terms decide, where their rule is known. */
  readonly dueOn?: Day | null | undefined
  readonly closedOn?: Day | null | undefined
  readonly paymentTerms?: string | null | undefined
  readonly isDisputed?: boolean | null | undefined
}

export type ImportOpenItems = {
  readonly clientId: ClientId
  /** The system the items live in. */
  readonly source: string
  readonly rows: readonly OpenItemInput[]
  readonly allowPartial: boolean
  readonly controlTotals: readonly ControlTotal[]
  /** ISO 8601; now, when null. */
  readonly dataAsOf: string | null
  readonly idempotencyKey: string
}

export type RowOutcome = {
  /** From 1. */
  readonly row: number
  readonly sourceKey: string
  readonly outcome: 'INSERTED' | 'CHANGED' | 'UNCHANGED' | 'SKIPPED' | 'REJECTED'
  readonly faults: readonly Fault[]
}

/** Plain JSON, so that a repeated call is answered with the same. */
export type ImportedOpenItems = {
  readonly clientId: ClientId
  readonly batchId: string
  readonly outcomes: readonly RowOutcome[]
  readonly totals: readonly GroupTotals[]
  readonly effects: Effects
}

const header = [...targets, 'sourceKey']

const cellsOf = (row: OpenItemInput): string[] =>
  header.map((name) => {
    const value = row[name as keyof OpenItemInput]
    return value === null || value === undefined ? '' : String(value)
  })

/** The same rules, store and refusals as for a file, for as many rows as fit into one call, in the caller's transaction. */
export const importOpenItems = command({
  name: 'intake.importOpenItems',
  permission: 'intake:import',
  refusals: [NotFound, InvalidInput, ImportRefused, ControlTotalsMismatch, IdempotencyMismatch],
  scope: ({ clientId }: ImportOpenItems) => ({ clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  audited: ({ clientId, source, rows, allowPartial, dataAsOf }) => ({
    clientId,
    source,
    rows: rows.length,
    contentHash: contentHashOf(rows),
    allowPartial,
    dataAsOf,
  }),
  async run(write, input): Promise<ImportedOpenItems | InvalidInput | ImportRefused | ControlTotalsMismatch> {
    const wrong = checkInput(input, write.now)
    if (wrong !== null) return wrong
    const { source, rows, allowPartial, controlTotals } = input
    const dataAsOf = input.dataAsOf === null ? write.now : new Date(input.dataAsOf)

    const reader = rowReader(rowsProfile, header, { asOf: null, terms: await termsRules(write) })
    if (typeof reader !== 'function') throw new Error('the profile of rows does not fit its own header')
    const sieve = createSieve()
    const found = createFindings()
    const { add, refs } = createRefs()
    const items: RowItem[] = []
    const read = rows.map((each, index): ReadRow => {
      const row = sieve(reader(cellsOf(each)))
      found.add(index + 1, row)
      if (row.outcome === 'ACCEPTED') {
        items.push({ row: index + 1, item: row.item })
        add({ row: index + 1, item: row.item })
      }
      return row
    })
    const untaken = read.flatMap((row, index) => (row.outcome === 'ACCEPTED' ? [] : [{ row: index + 1, ...row }]))
    const findings = found.findings(controlTotals)
    if (findings.differences.length > 0) return new ControlTotalsMismatch(findings.differences)
    const rejects = untaken.filter(({ outcome }) => outcome === 'REJECTED')
    if (rejects.length > 0 && !allowPartial) return new ImportRefused(rejects.map(({ row, faults }) => ({ row, faults })))

    const { name: profile, version: profileVersion } = rowsProfile
    const contentHash = contentHashOf(rows)
    const rowsTotal = rows.length
    const batch = { profile, profileVersion, sourceName: source, contentHash, allowPartial, rowsTotal, dataAsOf }
    const batchId = await insertBatch(write, { kind: 'LEDGER', ...batch })
    if (untaken.length > 0) {
      const kept = untaken.map(({ row, outcome, faults }) => ({
        rowNumber: row,
        outcome,
        faults,
        raw: JSON.stringify(rows[row - 1]),
      }))
      await insertRejects(write, batchId, kept)
    }
    const became = new Map<string, 'INSERTED' | 'CHANGED'>()
    const onOutcomes = (outcomes: typeof became | ReadonlyMap<string, 'INSERTED' | 'CHANGED'>) => {
      for (const [sourceKey, outcome] of outcomes) became.set(sourceKey, outcome)
    }
    const effects = await applyLedger(write, { batchId, source, dataAsOf, refs, chunks: [items], onOutcomes })
    const report: ImportReport = {
      batchId,
      state: 'APPLIED',
      profile,
      profileVersion,
      sourceName: source,
      contentHash,
      dataAsOf: dataAsOf.toISOString(),
      reasons: [],
      ...findings,
      effects,
    }
    await finishBatch(write, batchId, { state: 'APPLIED', report, rowsRead: rowsTotal, rowsTotal })
    write.emit({ area: 'intake', name: 'import.finished', payload: { batchId, state: 'APPLIED' } })

    const outcomes = read.map((row, index): RowOutcome => {
      const sourceKey = rows[index]?.sourceKey.trim() ?? ''
      if (row.outcome !== 'ACCEPTED') return { row: index + 1, sourceKey, outcome: row.outcome, faults: row.faults }
      return { row: index + 1, sourceKey, outcome: became.get(row.item.sourceKey) ?? 'UNCHANGED', faults: [] }
    })
    return { clientId: write.clientId, batchId, outcomes, totals: findings.totals, effects }
  },
})

const contentHashOf = (rows: readonly OpenItemInput[]): string => createHash('sha256').update(JSON.stringify(rows)).digest('hex')

const checkInput = (
  { source, rows, controlTotals, dataAsOf, idempotencyKey }: ImportOpenItems,
  now: Date,
): InvalidInput | null => {
  const wrong = (field: string, message: string) => new InvalidInput(message, ['input', field])
  if (rows.length === 0 || rows.length > limits.command.rows) {
    return wrong('rows', `a call takes 1 to ${limits.command.rows} rows; longer ledgers come as a file`)
  }
  if (source.trim() === '' || source.length > 40 || source.includes('\0'))
    return wrong('source', 'a system has 1 to 40 characters')
  const keyMax = limits.command.idempotencyKeyChars
  if (!isKey(idempotencyKey)) {
    return wrong('idempotencyKey', `an idempotency key has 1 to ${keyMax} characters`)
  }
  if (dataAsOf !== null && !(new Date(dataAsOf) <= now))
    return wrong('dataAsOf', 'no ledger can be shown as of an instant to come')
  const unknown = controlTotals.find(({ currency }) => !isCurrency(currency))
  if (unknown !== undefined) return wrong('controlTotals', `${unknown.currency} is not an ISO 4217 currency`)
  return null
}

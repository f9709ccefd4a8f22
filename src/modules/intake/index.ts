export { builtInProfiles, type Problems, parseProfileAs } from './built-in-profiles.ts'
export { dayReader, decimalReader, isBadText, tidyName } from './cells.ts'
export { failAbandoned, finishImport, keepRejects, noteProgress, startImport } from './commands.ts'
export {
  datesShape,
  decimalsShape,
  fileFormatShape,
  type Profile,
  parseProfile,
  profileNamed,
  profileNames,
  rowsProfile,
  targets,
} from './profile.ts'
export { type FileRow, Malformed, readRows } from './read-rows.ts'
export { batchExists, freshnessOf } from './reads.ts'
export { ControlTotalsMismatch, ImportRefused } from './refusals.ts'
export { rejectsCsv } from './rejects-csv.ts'
export {
  type BankEffects,
  createFindings,
  type Effects,
  type Findings,
  type ImportReport,
  type Reason,
  reasonsAgainst,
} from './report.ts'
export { createSieve, type Fault, type LedgerItem, type Reading, type ReadRow, type RowReader, rowReader } from './rules.ts'
export { ControlDifferenceType, ImportBatch, ImportEffects, ImportFault, ImportTotalsType } from './schema.ts'
export { finishBatch, insertBatch, insertRejects, type NewBatch, type RejectedRow, waitForLoads } from './store.ts'
export type { ControlTotal, GroupTotals } from './totals.ts'

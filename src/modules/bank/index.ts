export { type AskedWords, askedReadingOf } from './asked-reading.ts'
export type { Fixed } from './formats/csv.ts'
export { type BankCsvProfile, bankCsvProfileNamed, bankCsvProfileNames, parseBankCsvProfile } from './formats/csv-profile.ts'
export type { RemittanceAdjustment, RemittanceAdvice, RemittanceLine } from './formats/model.ts'
export { BadBankFile, type BankEntry as BankFileEntry, type BankEvent, type BankFormat, bankFormats } from './formats/model.ts'
export { accountKey, adviceKey, createNamer, messageName } from './identity.ts'
export { type BankPayment, cutText, isTakenBack, linesOf, linesOfAdvice, paymentsIn } from './payments.ts'
export { rawLineAt } from './raw-line.ts'
export { type AskedReading, type BankReading, bankReadingOf, startBytesMax } from './read-bank-file.ts'
export { adviceName, strictKeys } from './references.ts'
export { BankFileRefused } from './refusals.ts'
export { BankEntry, BankFileFormatType } from './schema.ts'
export {
  adviceRow,
  entriesByKey,
  entryRow,
  insertEntries,
  insertMessages,
  insertReferences,
  type KnownEntry,
  type NewEntry,
  type NewReference,
  toldIn,
} from './store.ts'
export { createBankTally } from './tally.ts'

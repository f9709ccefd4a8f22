import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Config } from '../../config.ts'
import { importBankFile } from '../../flows/import-bank-file.ts'
import { askedReadingOf, type BankCsvProfile, bankCsvProfileNamed, parseBankCsvProfile } from '../../modules/bank/index.ts'
import type { Effects } from '../../modules/intake/index.ts'
import { loadFile, type Voices } from './load.ts'
import { Usage } from './usage.ts'

const usage =
  'npm run import:bank -- --client CODE FILE [--format FORMAT] [--profile NAME|FILE.json [--account NUMBER] [--currency CODE]] [--provider CODE] [--dry-run]'

/** A profile by name, or one of the caller's own as a file. */
const profileFrom = (name: string): BankCsvProfile | null => {
  if (!name.endsWith('.json') || !existsSync(name)) return bankCsvProfileNamed(name)
  const own = parseBankCsvProfile(JSON.parse(readFileSync(name, 'utf8')))
  if ('problems' in own) throw new Usage(`${name} is not a profile:\n${own.problems.join('\n')}`)
  return own
}

/** `npm run import:bank`: a bank or remittance file straight into the database, by whoever has the database. */
export const importBank = async (config: Config, args: readonly string[], voices: Voices): Promise<number> => {
  const text = { type: 'string' } as const
  const options = { client: text, provider: text, format: text, profile: text, account: text, currency: text }
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...options, 'dry-run': { type: 'boolean', default: false } },
  })
  const [file] = positionals
  const { client, provider, format = null, profile = null, account = null, currency = null, 'dry-run': dryRun } = values
  if (file === undefined || client === undefined || positionals.length > 1) throw new Usage(usage)
  const asked = askedReadingOf({ format, profile, account, currency }, profileFrom)
  if ('field' in asked) throw new Usage(`--${asked.field}: ${asked.message}`)
  const load: Parameters<typeof loadFile>[1]['load'] = (deps, request) => importBankFile(deps, { ...request, asked })
  return loadFile(config, { file, client, provider, dryRun, load, rows: 'entries', outcome }, voices)
}

const outcome = ({ inserted, changed, unchanged, bank }: Effects): string => {
  const entries = `${inserted} entries new, ${changed} told in more detail, ${unchanged} known`
  if (bank === undefined) return entries
  const { receiptsRecorded, entriesWithoutReceipt, remittances, remittancesTied, receiptsReversed } = bank
  return (
    `${entries}; ${receiptsRecorded} receipts, ${entriesWithoutReceipt} entries without one, ${receiptsReversed} receipts reversed; ` +
    `${remittances} remittances, ${remittancesTied} tied to their payment`
  )
}

import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import type { Config } from '../../config.ts'
import { importLedger } from '../../flows/import-ledger.ts'
import { isDay } from '../../kernel/day.ts'
import { isCurrency } from '../../kernel/money.ts'
import { type Profile, parseProfile, profileNamed, profileNames } from '../../modules/intake/index.ts'
import { loadFile, type Voices } from './load.ts'
import { Usage } from './usage.ts'

const usage =
  'npm run import -- --client CODE --profile NAME|FILE.json FILE [--provider CODE] [--dry-run] [--allow-partial] [--control FILE.json] [--as-of DAY] [--data-as-of INSTANT]'

/** A profile by name, or one of the caller's own as a file. */
const profileFrom = (name: string): Profile => {
  if (name.endsWith('.json') && existsSync(name)) {
    const own = parseProfile(JSON.parse(readFileSync(name, 'utf8')))
    if ('problems' in own) throw new Usage(`${name} is not a profile:\n${own.problems.join('\n')}`)
    return own
  }
  const profile = profileNamed(name)
  if (profile === null) throw new Usage(`there is no profile ${name}; there are ${profileNames.join(', ')}, or give a JSON file`)
  return profile
}

const controlShape = z.array(
  z.strictObject({
    legalEntity: z.string().nullable().default(null),
    currency: z.string().refine(isCurrency, { error: 'not an ISO 4217 currency' }),
    count: z.int().min(0),
    amount: z.string().regex(/^-?\d{1,18}(\.\d{1,9})?$/),
  }),
)

const controlsFrom = (file: string) => {
  const parsed = controlShape.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success)
    throw new Usage(`${file}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`)
  return parsed.data
}

/** `npm run import`: a ledger file straight into the database, by whoever has the database. */
export const importFile = async (config: Config, args: readonly string[], voices: Voices): Promise<number> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      client: { type: 'string' },
      provider: { type: 'string' },
      profile: { type: 'string' },
      control: { type: 'string' },
      'as-of': { type: 'string' },
      'data-as-of': { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'allow-partial': { type: 'boolean', default: false },
    },
  })
  const [file] = positionals
  if (file === undefined || values.client === undefined || values.profile === undefined || positionals.length > 1)
    throw new Usage(usage)
  const dataAsOf = values['data-as-of'] === undefined ? undefined : new Date(values['data-as-of'])
  if (dataAsOf !== undefined && Number.isNaN(dataAsOf.getTime())) {
    throw new Usage('--data-as-of is an instant, such as 2026-03-01T00:00:00Z')
  }
  const asOf = values['as-of']
  if (asOf !== undefined && !isDay(asOf)) throw new Usage('--as-of is a day, such as 2026-03-01')
  const asked = {
    profile: profileFrom(values.profile),
    allowPartial: values['allow-partial'],
    ...(values.control === undefined ? {} : { controlTotals: controlsFrom(values.control) }),
    ...(dataAsOf === undefined ? {} : { dataAsOf }),
    ...(asOf === undefined ? {} : { asOf }),
  }
  const { client, provider, 'dry-run': dryRun } = values
  return loadFile(
    config,
    {
      file,
      client,
      provider,
      dryRun,
      load: (deps, request) => importLedger(deps, { ...request, ...asked }),
      rows: 'rows',
      outcome: ({ inserted, changed, unchanged, customersAdded }) =>
        `${inserted} items new, ${changed} changed, ${unchanged} unchanged; ${customersAdded} customers new`,
    },
    voices,
  )
}

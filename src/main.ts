import { join } from 'node:path'
import { BadConfig, readConfig } from './config.ts'
import { Usage } from './edges/cli/usage.ts'

const usage = `Quittance

  npm start                                            serve, with an embedded database and the demo unless configured otherwise
  npm run -s token -- <persona>                        print a token of the demo
  npm run import -- --client CODE --profile NAME FILE  load a ledger; --dry-run, --allow-partial, --control FILE, --as-of DAY
  npm run import:bank -- --client CODE FILE            load a bank or remittance file; --format, --profile of a CSV, --dry-run
  npm run provider -- --code CODE --name NAME ...      create a provider and its first administrator
  npm run jobs -- list                                 show jobs that wait or were given up; retry ID, discard ID
  npm run db:migrate                                   bring the database to the newest migration
  npm run db:reset                                     delete the embedded database and its demo

Configuration comes from the environment; see .env.example.`

const say = (line: string) => process.stdout.write(`${line}\n`)
const complain = (line: string) => process.stderr.write(`${line}\n`)

/** Each command loads what it needs and no more: printing a schema starts no database. */
const run = async ([name, ...rest]: readonly string[]): Promise<number> => {
  switch (name) {
    case 'api': {
      const { serve } = await import('./edges/cli/serve.ts')
      await serve(readConfig(process.env), say)
      return 0
    }
    case 'token': {
      const { tokenFor } = await import('./edges/cli/token.ts')
      say(tokenFor(readConfig(process.env), rest[0]))
      return 0
    }
    case 'import': {
      const { importFile } = await import('./edges/cli/import.ts')
      return importFile(readConfig(process.env), rest, { say, complain })
    }
    case 'import-bank': {
      const { importBank } = await import('./edges/cli/import-bank.ts')
      return importBank(readConfig(process.env), rest, { say, complain })
    }
    case 'provider': {
      const { createProvider } = await import('./edges/cli/provider.ts')
      await createProvider(readConfig(process.env), rest, say)
      return 0
    }
    case 'jobs': {
      const { operateJobs } = await import('./edges/cli/jobs.ts')
      await operateJobs(readConfig(process.env), rest, say)
      return 0
    }
    case 'migrate': {
      const { openBacking } = await import('./edges/cli/backing.ts')
      await (await openBacking(readConfig(process.env), say)).stop()
      return 0
    }
    case 'reset': {
      const { removeEmbedded } = await import('./platform/database/embedded.ts')
      const config = readConfig(process.env)
      if (config.DATABASE_URL !== undefined) throw new BadConfig('DATABASE_URL: reset deletes the embedded database only')
      await removeEmbedded(join(config.DATA_FOLDER, 'postgres'))
      say('The embedded database is gone; npm start makes a new one.')
      return 0
    }
    case 'schema': {
      const { writeSchema } = await import('./edges/cli/print-schema.ts')
      await writeSchema()
      return 0
    }
    case 'check-config': {
      readConfig(process.env)
      say('The configuration is good.')
      return 0
    }
    default:
      say(usage)
      return name === undefined || name === 'help' ? 0 : 2
  }
}

try {
  const status = await run(process.argv.slice(2))
  if (process.argv[2] !== 'api') process.exit(status)
} catch (thrown) {
  const isExpected =
    thrown instanceof BadConfig ||
    thrown instanceof Usage ||
    String((thrown as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')
  complain(isExpected ? (thrown as Error).message : String((thrown as Error).stack))
  process.exit(isExpected ? 2 : 1)
}

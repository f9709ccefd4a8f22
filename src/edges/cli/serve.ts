import { type App, type AppOptions, startApp } from '../../app.ts'
import type { Config } from '../../config.ts'
import { loadDemo } from '../../demo/load-demo.ts'
import { personas } from '../../demo/personas.ts'
import { systemClock } from '../../platform/clock.ts'
import { openDatabase } from '../../platform/database/database.ts'
import { openKeyRing } from '../../platform/identity/key-ring.ts'
import { limits } from '../../platform/limits.ts'
import { createLog } from '../../platform/log.ts'
import { type Backing, openBacking } from './backing.ts'
import { documentsOf, linkSecretOf, scanOf } from './documents.ts'
import { developmentSecrets } from './secrets.ts'
import { Usage } from './usage.ts'

/** Whether the demo belongs into this database: never into somebody's own server unless they say so. */
const wantsDemo = (config: Config) => (config.DEMO ?? (config.DATABASE_URL === undefined ? 'on' : 'off')) === 'on'

const hasKeys = ({ AUTH_JWKS_FILE, AUTH_JWKS_URL, AUTH_PEM_FILE, AUTH_SECRET }: Config) =>
  [AUTH_JWKS_FILE, AUTH_JWKS_URL, AUTH_PEM_FILE, AUTH_SECRET].some((source) => source !== undefined)

export const tokenSecretOf = (config: Config): string | undefined =>
  config.AUTH_SECRET ??
  (config.NODE_ENV === 'production' || hasKeys(config) ? undefined : developmentSecrets(config.DATA_FOLDER).tokenSecret)

/** A port that is taken must not leave a database server behind that nobody asked for. */
const startOrStop = async (backing: Backing, options: AppOptions): Promise<App> => {
  try {
    return await startApp(options)
  } catch (thrown) {
    await backing.stop()
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new Usage(`port ${options.port} is taken; say PORT=... for another`)
    throw thrown
  }
}

/** `npm start`: the database, its migrations, the demo, the service; and down again in the other order. */
export const serve = async (config: Config, say: (line: string) => void) => {
  const log = createLog(config.LOG_LEVEL)
  const clock = systemClock
  const backing = await openBacking(config, say)
  if (wantsDemo(config)) {
    const database = openDatabase(backing.appUrl, { log })
    try {
      await loadDemo({ database, ownerUrl: backing.ownerUrl, clock, log })
    } finally {
      await database.close()
    }
  }
  const keys = openKeyRing(
    {
      jwksFile: config.AUTH_JWKS_FILE,
      jwksUrl: config.AUTH_JWKS_URL,
      pemFile: config.AUTH_PEM_FILE,
      secret: tokenSecretOf(config),
    },
    { clock, log },
  )
  const isProduction = config.NODE_ENV === 'production'
  const app = await startOrStop(backing, {
    appUrl: backing.appUrl,
    relayUrl: backing.relayUrl,
    host: config.HOST,
    port: config.PORT,
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    keys,
    log,
    clock,
    connections: config.DATABASE_POOL,
    introspection: (config.INTROSPECTION ?? (isProduction ? 'off' : 'on')) === 'on',
    hideSchema: isProduction,
    allowedOrigins: config.ALLOWED_ORIGINS,
    documents: documentsOf(config),
    scan: scanOf(config),
    linkSecret: linkSecretOf(config),
    // In development nothing balances load, and nobody wants to wait.
    smtpUrl: config.SMTP_URL,
    drainMs: isProduction ? limits.stop.drainMs : 0,
  })

  say('')
  say(`Quittance answers at ${app.url} (queries and mutations) and ${app.socketUrl} (subscriptions).`)
  say(`Health ${new URL('/readyz', app.url).href}, metrics ${new URL('/metrics', app.url).href}.`)
  if (wantsDemo(config) && tokenSecretOf(config) !== undefined) {
    say('A token for the demo: npm run -s token -- analyst')
    for (const { name, description } of personas) say(`  ${name.padEnd(12)} ${description}`)
  }

  let isStopping = false
  const stop = async (signal: string) => {
    if (isStopping) return
    isStopping = true
    say(`${signal}: finishing what is under way`)
    // Whatever hangs must not keep the process: what matters is committed or was never acknowledged.
    setTimeout(() => process.exit(1), limits.stop.totalMs).unref()
    await app.stop()
    await backing.stop()
    process.exit(0)
  }
  process.on('SIGTERM', () => void stop('SIGTERM'))
  process.on('SIGINT', () => void stop('SIGINT'))
}

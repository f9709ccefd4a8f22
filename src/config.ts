import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'

/** A secret may come by value or, better, by the name of a file that holds it. */
const text = z.string().trim().min(1)

const shape = z.strictObject({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  HOST: text.default('127.0.0.1'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Where the embedded server keeps its data, and development its secrets. */
  DATA_FOLDER: text.default('.data'),
  /** A role that may create roles and tables. Without it the embedded server is used. */
  DATABASE_URL: text.optional(),
  /** From which the passwords of the service's own database roles are made. */
  DATABASE_ROLE_SECRET: text.optional(),
  DATABASE_POOL: z.coerce.number().int().min(2).max(100).default(10),
  AUTH_ISSUER: text.default('quittance'),
  AUTH_AUDIENCE: text.default('quittance'),
  /** Public keys of the issuer: a JWKS file or address, or a PEM file. */
  AUTH_JWKS_FILE: text.optional(),
  AUTH_JWKS_URL: z.url().optional(),
  AUTH_PEM_FILE: text.optional(),
  /** HS256, for development only. */
  AUTH_SECRET: text.optional(),
  /** smtp://user:password@host:port, or smtps:// with TLS from the beginning. Without it no mail is sent. */
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
    ),
  INTROSPECTION: z.enum(['on', 'off']).optional(),
  /** Where documents are kept, unless a bucket is named: below DATA_FOLDER without it. Several nodes share one. */
  EVIDENCE_DIR: text.optional(),
  /** A bucket of a store that speaks S3, in which documents are kept instead. */
  EVIDENCE_S3_BUCKET: text.optional(),
  EVIDENCE_S3_ENDPOINT: z.url().optional(),
  EVIDENCE_S3_REGION: text.optional(),
  EVIDENCE_S3_ACCESS_KEY_ID: text.optional(),
  EVIDENCE_S3_SECRET_ACCESS_KEY: text.optional(),
  /** A program, with its arguments, that looks at each document: 0 is clean, 1 is infected. The file comes last. */
  EVIDENCE_SCAN_COMMAND: text.optional(),
  /** What links to documents are signed with; made from DATABASE_ROLE_SECRET without it. */
  LINK_SECRET: text.optional(),
  /** Whether an empty database gets the demo: only with the embedded server unless said otherwise. */
  DEMO: z.enum(['on', 'off']).optional(),
})

export type Config = z.infer<typeof shape>

export class BadConfig extends Error {}

const names = Object.keys(shape.shape)

/** NAME_FILE stands for NAME: containers hand secrets over as files. */
const withFiles = (env: NodeJS.ProcessEnv): Record<string, string> => {
  const found: Record<string, string> = {}
  for (const name of names) {
    const [value, file] = [env[name], env[`${name}_FILE`]]
    if (value !== undefined && value !== '') found[name] = value
    else if (file !== undefined && file !== '' && !names.includes(`${name}_FILE`)) found[name] = readFileSync(file, 'utf8').trim()
  }
  return found
}

/** Reads and checks the environment; what is wrong is said all at once, by name. */
export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const parsed = shape.safeParse(withFiles(env))
  if (!parsed.success) {
    throw new BadConfig(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
  }
  const config = { ...parsed.data, DATA_FOLDER: resolve(parsed.data.DATA_FOLDER) }
  const isProduction = config.NODE_ENV === 'production'
  const hasKeys = [config.AUTH_JWKS_FILE, config.AUTH_JWKS_URL, config.AUTH_PEM_FILE].some((source) => source !== undefined)
  if (isProduction && config.AUTH_SECRET !== undefined) {
    throw new BadConfig(
      'AUTH_SECRET: HS256 is for development; in production give AUTH_JWKS_URL, AUTH_JWKS_FILE or AUTH_PEM_FILE',
    )
  }
  if (isProduction && !hasKeys)
    throw new BadConfig('AUTH_JWKS_URL, AUTH_JWKS_FILE or AUTH_PEM_FILE: production needs the issuer’s public keys')
  if (isProduction && config.DATABASE_URL === undefined)
    throw new BadConfig('DATABASE_URL: production needs a PostgreSQL server of its own')
  if (config.DATABASE_URL !== undefined && config.DATABASE_ROLE_SECRET === undefined) {
    throw new BadConfig(
      'DATABASE_ROLE_SECRET: with DATABASE_URL, give 32 or more random characters for the passwords of the service’s roles',
    )
  }
  if (config.DATABASE_ROLE_SECRET !== undefined && config.DATABASE_ROLE_SECRET.length < 32) {
    throw new BadConfig('DATABASE_ROLE_SECRET: at least 32 characters')
  }
  const s3 = names.filter((name) => name.startsWith('EVIDENCE_S3_')) as (keyof Config)[]
  const missing = s3.filter((name) => config[name] === undefined)
  if (missing.length > 0 && missing.length < s3.length) throw new BadConfig(`${missing.join(', ')}: a bucket is named whole`)
  if (config.LINK_SECRET !== undefined && config.LINK_SECRET.length < 32)
    throw new BadConfig('LINK_SECRET: at least 32 characters')
  return config
}

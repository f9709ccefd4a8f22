import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type DevelopmentSecrets = {
  /** Signs the demo's tokens. */
  readonly tokenSecret: string
  /** Passwords of the database roles are made from it. */
  readonly roleSecret: string
}

/** Made once and kept beside the embedded server's data, so that a token outlives a restart. */
export const developmentSecrets = (folder: string): DevelopmentSecrets => {
  const file = join(folder, 'secrets.json')
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    const secrets: DevelopmentSecrets = {
      tokenSecret: randomBytes(48).toString('base64url'),
      roleSecret: randomBytes(48).toString('base64url'),
    }
    try {
      // `wx`: of two that start at once, one writes and the other reads.
      writeFileSync(file, JSON.stringify(secrets), { mode: 0o600, flag: 'wx' })
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    }
  }
  return JSON.parse(readFileSync(file, 'utf8')) as DevelopmentSecrets
}

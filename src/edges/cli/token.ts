import jwt from 'jsonwebtoken'
import type { Config } from '../../config.ts'
import { personas } from '../../demo/personas.ts'
import { tokenSecretOf } from './serve.ts'
import { Usage } from './usage.ts'

/** A day's token of a demo persona, signed with the development secret. */
export const tokenFor = (config: Config, name: string | undefined): string => {
  const persona = personas.find((one) => one.name === name)
  if (persona === undefined) throw new Usage(`npm run -s token -- ${personas.map((one) => one.name).join('|')}`)
  const secret = tokenSecretOf(config)
  if (secret === undefined) throw new Usage('demo tokens are for development: this configuration names another issuer')
  return jwt.sign({}, secret, {
    algorithm: 'HS256',
    subject: persona.subject,
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    expiresIn: '24h',
  })
}

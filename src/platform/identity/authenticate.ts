import { createHash } from 'node:crypto'
import type { Asker } from './asker.ts'
import { TokenRefused, type TokenRules, verifyToken } from './token.ts'

/** How an API key looks: a prefix that scanners of leaked secrets can know, and 32 random bytes. */
export const apiKeyShape = /^qtk_[A-Za-z0-9_-]{43}$/

/** A key has 256 random bits, so a plain hash cannot be searched; a slow one would only slow the owner. */
export const hashApiKey = (key: string): Buffer => createHash('sha256').update(key).digest()

/** Who a bearer credential belongs to, before the database has said what they may do. */
export const authenticate = async (authorization: string | undefined, rules: TokenRules): Promise<Asker> => {
  if (authorization === undefined) throw new TokenRefused('no authorization was sent')
  const match = /^Bearer ([^\s]+)$/i.exec(authorization)
  const credential = match?.[1]
  if (credential === undefined) throw new TokenRefused('the authorization is not a bearer credential')
  if (apiKeyShape.test(credential)) return { kind: 'KEY', hash: hashApiKey(credential) }
  return verifyToken(credential, rules)
}

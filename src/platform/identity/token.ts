import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { TokenAsker } from './asker.ts'

/** A key that tokens may be signed with; `kid` is null where the issuer names none. */
export type VerifyingKey = {
  readonly kid: string | null
  readonly algorithm: 'RS256' | 'ES256' | 'HS256'
  readonly key: KeyObject
}

export type KeyRing = () => readonly VerifyingKey[] | Promise<readonly VerifyingKey[]>

export type TokenRules = { readonly issuer: string; readonly audience: string; readonly keys: KeyRing; readonly clock: Clock }

/** The token is not one of ours, or not any more. The reason is for the log: the caller only learns that it was refused. */
export class TokenRefused extends Error {}

/** Keys from PEM text (one or several public keys in a row). */
export const keysFromPem = (pem: string): VerifyingKey[] =>
  (pem.match(/-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g) ?? []).map((block) => {
    const key = createPublicKey(block)
    return { kid: null, algorithm: algorithmOf(key), key }
  })

/** Keys from a JWKS document. Keys for encryption, and kinds that we do not accept, are passed over. */
export const keysFromJwks = (document: unknown): VerifyingKey[] => {
  const keys = (document as { keys?: unknown }).keys
  if (!Array.isArray(keys)) throw new Error('a JWKS document has a list `keys`')
  return keys
    .filter((jwk) => (jwk.kty === 'RSA' || (jwk.kty === 'EC' && jwk.crv === 'P-256')) && (jwk.use ?? 'sig') === 'sig')
    .map((jwk) => {
      const key = createPublicKey({ key: jwk, format: 'jwk' })
      return { kid: typeof jwk.kid === 'string' ? jwk.kid : null, algorithm: algorithmOf(key), key }
    })
}

/** A shared secret, for development only: whoever can verify could also sign. */
export const keyFromSecret = (secret: string): VerifyingKey => {
  if (Buffer.byteLength(secret) < 32) throw new Error('a development secret has at least 32 bytes')
  return { kid: null, algorithm: 'HS256', key: createSecretKey(Buffer.from(secret)) }
}

const algorithmOf = (key: KeyObject): 'RS256' | 'ES256' => (key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256')

const verified = new Map<string, { readonly asker: TokenAsker; readonly rules: TokenRules; readonly checkedAtMs: number }>()
const verifiedMax = 10_000

/** A signature once found good stays good: it is checked again after this time, in case its key was withdrawn. */
const verifiedMs = 60_000

/** The same token again, within its time: what was found out about it still holds. */
export const verifyToken = async (token: string, rules: TokenRules): Promise<TokenAsker> => {
  const nowMs = rules.clock().getTime()
  const known = verified.get(token)
  if (known?.rules === rules && nowMs - known.checkedAtMs < verifiedMs && nowMs < known.asker.expiresAt.getTime())
    return known.asker
  const asker = await verifyAnew(token, rules)
  if (verified.size >= verifiedMax) verified.clear()
  verified.set(token, { asker, rules, checkedAtMs: nowMs })
  return asker
}

/**
 * Each key is tried with its own algorithm only, so a public key is never taken for a shared secret. jsonwebtoken
 * accepts tokens without `exp` and with extensions marked critical: both are checked here.
 */
const verifyAnew = async (token: string, { issuer, audience, keys, clock }: TokenRules): Promise<TokenAsker> => {
  if (token.length > limits.token.bytes) throw new TokenRefused('longer than a token may be')
  const header = jwt.decode(token, { complete: true })?.header
  if (header === undefined || header === null) throw new TokenRefused('not a token')
  if ('crit' in header) throw new TokenRefused('it marks an extension as critical that is not understood')
  const fitting = (await keys()).filter(
    ({ kid, algorithm }) => algorithm === header.alg && (kid === null || header.kid === undefined || kid === header.kid),
  )
  for (const { algorithm, key } of fitting) {
    const claims = claimsOf(token, key, {
      algorithms: [algorithm],
      issuer,
      audience,
      clockTimestamp: Math.floor(clock().getTime() / 1000),
      clockTolerance: limits.token.skewSeconds,
    })
    if (claims === null) continue
    if (typeof claims.exp !== 'number') throw new TokenRefused('it never expires')
    if (typeof claims.sub !== 'string' || claims.sub === '' || claims.sub.includes('\0'))
      throw new TokenRefused('it names nobody')
    return { kind: 'TOKEN', subject: claims.sub, expiresAt: new Date(claims.exp * 1000) }
  }
  throw new TokenRefused('no key, time, issuer or audience fits')
}

const claimsOf = (token: string, key: KeyObject, options: jwt.VerifyOptions): jwt.JwtPayload | null => {
  try {
    const claims = jwt.verify(token, key, options)
    return typeof claims === 'string' ? null : (claims as jwt.JwtPayload)
  } catch {
    return null
  }
}

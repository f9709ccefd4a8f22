import { readFileSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { type KeyRing, keyFromSecret, keysFromJwks, keysFromPem, type VerifyingKey } from './token.ts'

export type KeySources = {
  readonly jwksFile?: string | undefined
  readonly jwksUrl?: string | undefined
  readonly pemFile?: string | undefined
  readonly secret?: string | undefined
}

const refreshMs = 10 * 60_000
const fetchMs = 5_000

/** The issuer's keys. Those behind an address are read again every ten minutes; the last good ones serve while it is away. */
export const openKeyRing = (
  { jwksFile, jwksUrl, pemFile, secret }: KeySources,
  { clock, log }: { clock: Clock; log: Log },
): KeyRing => {
  const fixed: VerifyingKey[] = [
    ...(jwksFile === undefined ? [] : keysFromJwks(JSON.parse(readFileSync(jwksFile, 'utf8')))),
    ...(pemFile === undefined ? [] : keysFromPem(readFileSync(pemFile, 'utf8'))),
    ...(secret === undefined ? [] : [keyFromSecret(secret)]),
  ]
  if (jwksUrl === undefined) return () => fixed

  let fetched: readonly VerifyingKey[] = []
  let fetchedAt = 0
  let fetching: Promise<void> | null = null
  const fetchKeys = async () => {
    try {
      const response = await fetch(jwksUrl, { signal: AbortSignal.timeout(fetchMs), redirect: 'error' })
      if (!response.ok) throw new Error(`it answered ${response.status}`)
      fetched = keysFromJwks(await response.json())
    } catch (error) {
      log.warn({ error: String(error) }, 'the issuer’s keys could not be read')
    }
    // Also after a failure: an issuer that is away is not asked again for every request.
    fetchedAt = clock().getTime()
    fetching = null
  }
  return async () => {
    if (clock().getTime() - fetchedAt > refreshMs) {
      fetching ??= fetchKeys()
      if (fetched.length === 0) await fetching
    }
    return [...fixed, ...fetched]
  }
}

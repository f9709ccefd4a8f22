import { type ChildProcess, fork } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import type { BenchBacking } from './backing.ts'

export type Started = { readonly child: ChildProcess; readonly port: number }

/** A process of its own, which says on which port it listens. With PROFILE it leaves a CPU profile in that folder. */
export const startProcess = async (file: string, env: Record<string, string>): Promise<Started> => {
  const child = fork(join(import.meta.dirname, file), {
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    execArgv:
      process.env.PROFILE === undefined ? ['--max-semi-space-size=64'] : ['--cpu-prof', '--cpu-prof-dir', process.env.PROFILE],
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { child, port }
}

export type Service = Started & { readonly tokenOf: (subject: string) => string }

/** The service as it runs in production, and tokens that it takes. */
export const startService = async ({ appUrl, relayUrl }: BenchBacking): Promise<Service> => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const started = await startProcess('service-process.ts', {
    APP_URL: appUrl,
    RELAY_URL: relayUrl,
    PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  })
  const tokenOf = (subject: string) =>
    jwt.sign({}, privateKey, { algorithm: 'ES256', subject, issuer: 'bench', audience: 'bench', expiresIn: '2h' })
  return { ...started, tokenOf }
}

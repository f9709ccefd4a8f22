import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import { afterAll, inject } from 'vitest'
import { type App, type AppOptions, startApp } from '../../src/app.ts'
import { folderStore } from '../../src/platform/documents/folder-store.ts'
import { noScan } from '../../src/platform/documents/scan.ts'
import { keysFromPem } from '../../src/platform/identity/token.ts'
import { createLog } from '../../src/platform/log.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const keys = keysFromPem(publicKey.export({ type: 'spki', format: 'pem' }).toString())

/** Documents of the tests of a file. */
export const documentsFolder = mkdtempSync(join(tmpdir(), 'quittance-test-documents-'))
export const documents = folderStore(documentsFolder)
afterAll(() => rmSync(documentsFolder, { recursive: true, force: true }))

export const issuer = 'quittance-tests'

/** A token as the issuer would sign it; tests of refusals bend the options. */
export const tokenFor = (subject: string, options: jwt.SignOptions = {}): string =>
  jwt.sign({}, signingKey, { algorithm: 'ES256', subject, issuer, audience: issuer, expiresIn: '1h', ...options })

/** The whole service on a free port against the run's database. */
export const startTestApp = (options: Partial<AppOptions> = {}): Promise<App> =>
  startApp({
    appUrl: inject('appUrl'),
    relayUrl: inject('relayUrl'),
    host: '127.0.0.1',
    port: 0,
    issuer,
    audience: issuer,
    keys: () => keys,
    // Faults are printed: a masked error in a test tells nothing by itself.
    log: createLog(process.env.TEST_LOG ?? 'error'),
    introspection: true,
    hideSchema: false,
    allowedOrigins: [],
    documents,
    scan: noScan,
    linkSecret: 'the secret of links that all services of a file share',
    connections: 5,
    ...options,
  })

let shared: Promise<App> | undefined

/** One service for the tests of a file; they are told apart by their clients. */
export const theApp = (): Promise<App> => {
  shared ??= startTestApp()
  return shared
}

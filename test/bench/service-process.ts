import { createPublicKey } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApp } from '../../src/app.ts'
import { folderStore } from '../../src/platform/documents/folder-store.ts'
import { noScan } from '../../src/platform/documents/scan.ts'
import { silentLog } from '../../src/platform/log.ts'

// The service as it runs in production: tokens, rights, fence, guards and GraphQL.

const key = createPublicKey(process.env.PUBLIC_KEY ?? '')
const app = await startApp({
  appUrl: process.env.APP_URL ?? '',
  relayUrl: process.env.RELAY_URL ?? '',
  host: '127.0.0.1',
  port: 0,
  issuer: 'bench',
  audience: 'bench',
  keys: () => [{ kid: null, algorithm: 'ES256', key }],
  log: silentLog,
  introspection: false,
  hideSchema: true,
  allowedOrigins: [],
  documents: folderStore(mkdtempSync(join(tmpdir(), 'quittance-bench-documents-'))),
  scan: noScan,
  linkSecret: 'the secret of links of a bench',
  ...(process.env.CONNS === undefined ? {} : { connections: Number(process.env.CONNS) }),
})
process.on('message', (message: { count?: boolean; cpu?: boolean }) => {
  if (message.cpu === true) return void process.send?.({ cpu: process.cpuUsage() })
  if (message.count !== true) return
  const statements: string[] = []
  app.engine.database.observe = (text) => statements.push(text)
  setTimeout(() => {
    app.engine.database.observe = undefined
    process.send?.({ statements })
  }, 300)
})
process.on('SIGTERM', () => process.exit(0))
process.send?.({ port: Number(new URL(app.url).port) })

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { receiveEvidence } from '../../src/flows/receive-evidence.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { folderStore } from '../../src/platform/documents/folder-store.ts'
import { noScan } from '../../src/platform/documents/scan.ts'
import { silentLog } from '../../src/platform/log.ts'

// A process that is killed when the bytes of a document are in the store and nothing says that they are.

const { APP_URL = '', FOLDER = '', FILE = '', CLIENT = '', SUBJECT = '' } = process.env
const store = folderStore(FOLDER)
const bytes = readFileSync(FILE)
const sha256 = createHash('sha256').update(bytes).digest('hex')
await receiveEvidence(
  {
    database: openDatabase(APP_URL, { log: silentLog, connections: 2 }),
    clock: systemClock,
    log: silentLog,
    documents: {
      ...store,
      put: async (key, file) => {
        await store.put(key, file)
        process.stdout.write('put\n')
        await new Promise(() => setTimeout(() => {}, 60_000))
      },
    },
    scan: noScan,
  },
  {
    asker: { kind: 'TOKEN', subject: SUBJECT, expiresAt: new Date(systemClock().getTime() + 60_000) },
    clientId: CLIENT,
    type: 'POD',
    source: 'UPLOAD',
    subject: null,
    file: { path: FILE, sample: { head: bytes, tail: bytes }, sizeBytes: bytes.length, sha256, name: 'pod.pdf' },
  },
)

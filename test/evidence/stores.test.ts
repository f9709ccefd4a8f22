import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DocumentKey, DocumentStore } from '../../src/platform/documents/document-store.ts'
import { folderStore } from '../../src/platform/documents/folder-store.ts'
import { s3Store } from '../../src/platform/documents/s3-store.ts'
import { aClient, startTestApp } from '../harness/index.ts'
import { type S3Server, startS3 } from './s3-server.ts'
import { aDocument, aPdf, download, sha256Of, shownOf } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'quittance-test-stores-'))
const root = join(folder, 'documents')
const keys = { accessKeyId: 'AKTEST', secretAccessKey: 'a secret of a test', region: 'eu-central-1' }
let server: S3Server
beforeAll(async () => {
  server = await startS3(keys, 'papers')
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const fileOf = (bytes: Buffer): string => {
  const file = join(folder, randomUUID())
  writeFileSync(file, bytes)
  return file
}

const aKey = (bytes: Buffer, clientId: string = randomUUID()): DocumentKey => ({
  clientId,
  id: randomUUID(),
  sha256: sha256Of(bytes),
})
const read = async (store: DocumentStore, key: DocumentKey) => {
  const stream = await store.open(key)
  return stream === null ? null : buffer(stream)
}

const stores: readonly { name: string; make: () => DocumentStore }[] = [
  { name: 'a folder', make: () => folderStore(root) },
  { name: 'a bucket', make: () => s3Store({ ...keys, endpoint: server.endpoint, bucket: 'papers' }) },
]

describe.each(stores)('documents in $name', ({ make }) => {
  it('are given back as they came, until they are removed', async () => {
    const store = make()
    const bytes = randomBytes(3_000_000)
    const key = aKey(bytes)
    expect(await store.has(key)).toBe(false)
    expect(await read(store, key)).toBeNull()
    await store.put(key, fileOf(bytes))
    expect(await store.has(key)).toBe(true)
    expect((await read(store, key))?.equals(bytes)).toBe(true)
    await store.remove(key)
    await store.remove(key)
    expect(await store.has(key)).toBe(false)
    expect(await read(store, key)).toBeNull()
    expect(server.faults).toEqual([])
  })

  it('are put by several at once, and are whole', async () => {
    const store = make()
    const bytes = randomBytes(500_000)
    const key = aKey(bytes)
    await Promise.all(Array.from({ length: 6 }, () => store.put(key, fileOf(bytes))))
    expect((await read(store, key))?.equals(bytes)).toBe(true)
  })

  it('are each client’s own, and each row’s own', async () => {
    const store = make()
    const bytes = randomBytes(100)
    const key = aKey(bytes)
    await store.put(key, fileOf(bytes))
    expect(await store.has({ ...key, clientId: randomUUID() })).toBe(false)
    expect(await store.has({ ...key, id: randomUUID() })).toBe(false)
  })

  it.each([{ clientId: '../../etc' }, { id: '../x' }, { sha256: '../../../../etc/passwd' }, { sha256: `${'a'.repeat(63)}/` }])(
    'have no place by a key that is none: %j',
    async (part) => {
      const store = make()
      const key = { ...aKey(Buffer.from('x')), ...part }
      await expect(store.put(key, fileOf(Buffer.from('x')))).rejects.toThrow('no key')
      await expect((async () => store.open(key))()).rejects.toThrow('no key')
      await expect((async () => store.remove(key))()).rejects.toThrow('no key')
    },
  )
})

describe('a folder of documents', () => {
  it('is nobody else’s to look into, and has nothing half in it', async () => {
    const store = folderStore(root)
    const bytes = randomBytes(100)
    const key = aKey(bytes)
    await store.put(key, fileOf(bytes))
    await expect(store.put(aKey(bytes, key.clientId), join(folder, 'not there'))).rejects.toThrow('ENOENT')
    expect(statSync(join(root, key.clientId)).mode & 0o077).toBe(0)
    expect(readdirSync(join(root, key.clientId, key.sha256.slice(0, 2)))).toEqual([`${key.sha256}.${key.id}`])
  })
})

describe('a bucket of documents', () => {
  it('refuses who has another secret, and that is a fault and not an absence', async () => {
    const store = s3Store({ ...keys, secretAccessKey: 'another', endpoint: server.endpoint, bucket: 'papers' })
    const key = aKey(Buffer.from('x'))
    await expect(store.put(key, fileOf(Buffer.from('x')))).rejects.toThrow('403')
    await expect(store.open(key)).rejects.toThrow('403')
    expect(server.faults.splice(0)).toContain('its signature is not that of the request')
  })

  it('refuses bytes that are not those of their hash', async () => {
    const store = stores[1]?.make() as DocumentStore
    await expect(store.put(aKey(Buffer.from('these')), fileOf(Buffer.from('others')))).rejects.toThrow('403')
    expect(server.faults.splice(0)).toEqual(['its body is not the one that was signed'])
  })

  it('that is not there takes nothing', async () => {
    const store = s3Store({ ...keys, endpoint: server.endpoint, bucket: 'nowhere' })
    await expect(store.put(aKey(Buffer.from('x')), fileOf(Buffer.from('x')))).rejects.toThrow('no such bucket')
  })

  it('is asked again when it is out of breath, and takes the bytes then', async () => {
    const store = stores[1]?.make() as DocumentStore
    const bytes = randomBytes(100)
    const key = aKey(bytes)
    server.failing = [503]
    await store.put(key, fileOf(bytes))
    expect((await read(store, key))?.equals(bytes)).toBe(true)
    expect(server.faults).toEqual([])
  })

  it('serves uploads and downloads of the API', async () => {
    const app = await startTestApp({ documents: s3Store({ ...keys, endpoint: server.endpoint, bucket: 'papers' }) })
    try {
      const client = await aClient()
      const bytes = aPdf(100_000)
      const id = await aDocument(client, { bytes, app })
      expect([...server.objects.keys()].filter((name) => name.startsWith(`/papers/${client.id}/`))).toHaveLength(1)
      const url = (await shownOf(client.analyst, id, app))?.download?.url ?? ''
      const response = await download(client.analyst, url, app)
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    } finally {
      await app.stop()
    }
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { removeEvidence } from '../../src/flows/remove-evidence.ts'
import type { DocumentStore } from '../../src/platform/documents/document-store.ts'
import { aClient, documents, documentsFolder, rowsOf, type TestClient, theApp } from '../harness/index.ts'
import { publish } from '../harness/policy.ts'
import { aDocument, aPdf, decide, download, filesOf, send, shownOf } from './world.ts'

const dayMs = 86_400_000
const later = (ms: number) => new Date(Date.now() + ms)

/** What housekeeping does for one client at an instant. */
const remove = async (client: TestClient, now: Date, store: DocumentStore = documents) => {
  const { engine } = await theApp()
  const { id, code, provider } = client
  const zone = { id, code, providerId: provider.id, providerCode: provider.code, timeZone: 'UTC' }
  return removeEvidence({ database: engine.database, clock: () => now, documents: store }, zone)
}

const lastDay = async (client: TestClient, id: string): Promise<Date> =>
  new Date(`${(await shownOf(client.analyst, id))?.retainUntil ?? ''}T12:00:00Z`)

const dayAfter = (day: Date) => new Date(day.getTime() + dayMs)

describe('a document whose time is over', () => {
  it('is kept through its last day; behind that its bytes are gone, its row says so, and no link serves it', async () => {
    const client = await aClient()
    const id = await aDocument(client)
    const url = (await shownOf(client.analyst, id))?.download?.url ?? ''
    const last = await lastDay(client, id)
    expect(await remove(client, last)).toBe(0)
    expect((await download(client.analyst, url)).status).toBe(200)
    expect(await remove(client, dayAfter(last))).toBe(1)
    expect(filesOf(client)).toEqual([])
    expect(await shownOf(client.analyst, id)).toMatchObject({
      state: 'REMOVED',
      removedAt: dayAfter(last).toISOString(),
      download: null,
      version: 2,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect((await download(client.analyst, url)).status).toBe(404)
    expect(await remove(client, dayAfter(last))).toBe(0)
    for (const name of ['withdrawEvidence', 'holdEvidence'])
      expect(await decide(client.lead, name, { evidence: id, expectedVersion: 2, reason: 'too late' })).toMatchObject({
        __typename: 'IllegalMove',
      })
  })

  it('is kept while it is held, and removed when it is released', async () => {
    const client = await aClient()
    const id = await aDocument(client)
    const after = dayAfter(await lastDay(client, id))
    const input = { evidence: id, expectedVersion: 1, reason: 'case 4711' }
    expect(await decide(client.analyst, 'holdEvidence', input)).toMatchObject({ __typename: 'NotFound' })
    expect(await decide(client.lead, 'holdEvidence', input)).toMatchObject({
      evidence: { hold: { by: client.lead.name, reason: 'case 4711' }, version: 2 },
    })
    expect(await decide(client.lead, 'holdEvidence', { ...input, expectedVersion: 2 })).toMatchObject({
      __typename: 'IllegalMove',
    })
    // Even withdrawn: what is held is held.
    await decide(client.analyst, 'withdrawEvidence', { ...input, expectedVersion: 2 })
    expect(await remove(client, after)).toBe(0)
    expect(filesOf(client)).toHaveLength(1)
    expect(await decide(client.lead, 'releaseEvidence', { ...input, expectedVersion: 3 })).toMatchObject({
      evidence: { hold: null, version: 4 },
    })
    expect(await remove(client, after)).toBe(1)
    expect(filesOf(client)).toEqual([])
  })

  it('leaves the bytes to another document that has the same and is kept longer', async () => {
    const client = await aClient()
    const bytes = aPdf()
    await publish(client, 'EVIDENCE', { retentionYears: 1 })
    const short = await aDocument(client, { bytes, name: 'short.pdf' })
    const first = dayAfter(await lastDay(client, short))
    const other = await aDocument(client, { bytes, name: 'long.pdf' })
    await decide(client.lead, 'holdEvidence', { evidence: other, expectedVersion: 1, reason: 'case' })
    expect(await remove(client, first)).toBe(0)
    expect(await shownOf(client.analyst, short)).toMatchObject({ state: 'STANDING' })
    await decide(client.lead, 'releaseEvidence', { evidence: other, expectedVersion: 2, reason: 'closed' })
    expect(await remove(client, first)).toBe(1)
    for (const id of [short, other]) expect(await shownOf(client.analyst, id)).toMatchObject({ state: 'REMOVED' })
  })

  it('comes back as another document when it is sent again, and whoever removes the old one late removes nothing of it', async () => {
    const client = await aClient()
    const bytes = aPdf()
    const old = await aDocument(client, { bytes })
    const removed: Parameters<DocumentStore['remove']>[0][] = []
    const watched: DocumentStore = { ...documents, remove: async (key) => void removed.push(key) }
    await remove(client, dayAfter(await lastDay(client, old)), watched)
    const again = await send(client, { bytes })
    expect(again.status).toBe(201)
    expect(again.body.id).not.toBe(old)
    expect(filesOf(client)).toHaveLength(2)
    for (const key of removed) await documents.remove(key)
    const url = (await shownOf(client.analyst, again.body.id ?? ''))?.download?.url ?? ''
    expect(Buffer.from(await (await download(client.analyst, url)).arrayBuffer()).equals(bytes)).toBe(true)
    expect(filesOf(client)).toHaveLength(1)
  })

  it('is removed by the next round when the store does not let it go, and does not keep others until then', async () => {
    const client = await aClient()
    const ids = [await aDocument(client), await aDocument(client)]
    const after = dayAfter(await lastDay(client, ids[0] ?? ''))
    const [stuck] = await rowsOf(client, 'evidence_content')
    const jammed: DocumentStore = {
      ...documents,
      remove: (key) => (key.id === stuck?.id ? Promise.reject(new Error('jammed')) : documents.remove(key)),
    }
    await expect(remove(client, after, jammed)).rejects.toThrow('jammed')
    expect(filesOf(client)).toHaveLength(1)
    expect(await remove(client, after)).toBe(1)
    expect(filesOf(client)).toEqual([])
    expect((await rowsOf(client, 'evidence_content')).map(({ state }) => state)).toEqual(['REMOVED', 'REMOVED'])
  })
})

describe('an upload whose process is killed between its bytes and its row', () => {
  it('leaves bytes that are removed an hour later, unless the same are sent again', async () => {
    const client = await aClient()
    const folder = mkdtempSync(join(tmpdir(), 'quittance-test-killed-'))
    const file = join(folder, 'upload')
    const bytes = aPdf()
    writeFileSync(file, bytes)
    const child = spawn(process.execPath, [join(import.meta.dirname, 'an-uploader.ts')], {
      env: {
        PATH: process.env.PATH,
        APP_URL: inject('appUrl'),
        FOLDER: documentsFolder,
        FILE: file,
        CLIENT: client.id,
        SUBJECT: client.analyst.subject,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await once(child.stdout, 'data')
    expect(String(said)).toBe('put\n')
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true })

    expect(filesOf(client)).toHaveLength(1)
    expect(await rowsOf(client, 'evidence')).toEqual([])
    expect(await remove(client, later(3_500_000))).toBe(0)
    expect(await remove(client, later(3_700_000))).toBe(1)
    expect(filesOf(client)).toEqual([])
    expect((await send(client, { bytes })).status).toBe(201)
    expect(await remove(client, later(3_700_000))).toBe(0)
    expect(filesOf(client)).toHaveLength(1)
  })
})

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { scanBy } from '../../src/platform/documents/scan.ts'
import { silentLog } from '../../src/platform/log.ts'
import { aClient, aCustomer, anItem, rowsOf, startTestApp, type TestClient, theApp, tokenFor } from '../harness/index.ts'
import { publish } from '../harness/policy.ts'
import { aDocument, aPdf, filesOf, send, sha256Of, shownOf } from './world.ts'

// What is spooled goes to a folder of this file alone, which is looked into.
const spool = mkdtempSync(join(tmpdir(), 'quittance-test-spool-'))
const before = process.env.TMPDIR
beforeAll(() => {
  process.env.TMPDIR = spool
})
afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  rmSync(spool, { recursive: true, force: true })
})

const expectNothingKept = async (client: TestClient) => {
  await expect.poll(() => readdirSync(spool)).toEqual([])
  expect(filesOf(client)).toEqual([])
  expect(await rowsOf(client, 'evidence')).toEqual([])
}

describe('an upload', () => {
  it('is a document that hangs on the subject it names, in one step', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const item = await anItem(client, customer, { openMinor: 5_000n })
    const bytes = aPdf()
    const { status, body } = await send(client, { bytes, subject: item.gid, name: 'POD 4711.pdf' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: body.id,
      isNew: true,
      fileName: 'POD 4711.pdf',
      mediaType: 'application/pdf',
      sizeBytes: bytes.length,
      contentHash: sha256Of(bytes),
    })
    const shown = await shownOf(client.analyst, body.id ?? '')
    expect(shown).toMatchObject({ type: 'POD', state: 'STANDING', scan: 'NOT_SCANNED', source: 'UPLOAD', version: 1, hold: null })
    expect(shown).toMatchObject({ uploadedBy: client.analyst.name, links: [{ openItem: { id: item.gid }, customer: null }] })
    const year = Number(new Date().toISOString().slice(0, 4))
    expect(shown?.retainUntil.slice(0, 4)).toBe(String(year + 7))
  })

  it('of the same bytes, type and name is the same document, and its bytes lie there once', async () => {
    const client = await aClient()
    const bytes = aPdf()
    const id = await aDocument(client, { bytes })
    expect(await send(client, { bytes })).toMatchObject({ status: 200, body: { id, isNew: false } })
    const other = await send(client, { bytes, type: 'BOL' })
    expect(other.status).toBe(201)
    expect(other.body.id).not.toBe(id)
    expect(filesOf(client)).toHaveLength(1)
    expect(await rowsOf(client, 'evidence_content')).toHaveLength(1)
  })

  it('of eight at once is one document', async () => {
    const client = await aClient()
    const bytes = aPdf()
    const sent = await Promise.all(Array.from({ length: 8 }, () => send(client, { bytes })))
    expect(new Set(sent.map(({ body }) => body.id)).size).toBe(1)
    expect(sent.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(filesOf(client)).toHaveLength(1)
  })

  it('shares nothing with another client that sends the same', async () => {
    const [one, other] = [await aClient(), await aClient()]
    const bytes = aPdf()
    const first = await send(one, { bytes })
    const second = await send(other, { bytes })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(filesOf(one)).toHaveLength(1)
    expect(filesOf(other)).toHaveLength(1)
    expect(filesOf(one)).not.toEqual(filesOf(other))
  })

  it('is named by what its bytes are, whatever it was called', async () => {
    const client = await aClient()
    const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(50)])
    const { body } = await send(client, { bytes: png, name: 'page.html', headers: { 'content-type': 'text/html' } })
    expect(body).toMatchObject({ mediaType: 'image/png', fileName: 'page.html.png' })
  })

  it('brings back bytes that the store has lost', async () => {
    const client = await aClient()
    const bytes = aPdf()
    await aDocument(client, { bytes })
    const { documentsFolder } = await import('../harness/index.ts')
    rmSync(join(documentsFolder, client.id), { recursive: true })
    expect((await send(client, { bytes })).status).toBe(200)
    expect(filesOf(client)).toHaveLength(1)
  })
})

describe('an upload that is refused', () => {
  const page = Buffer.from('<!DOCTYPE html><html><script>alert(1)</script></html>')
  const zip = Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(100)])

  it.each([
    { why: 'is of no type of the client', with: { type: 'SELFIE' }, status: 422, code: 'BAD_USER_INPUT' },
    { why: 'is a page', with: { bytes: page, name: 'pod.pdf' }, status: 415, code: 'BAD_USER_INPUT' },
    { why: 'is some zip', with: { bytes: zip, name: 'pod.xlsx' }, status: 415, code: 'BAD_USER_INPUT' },
    { why: 'is empty', with: { bytes: Buffer.alloc(0) }, status: 400, code: 'BAD_USER_INPUT' },
    { why: 'hangs on nothing that is', with: { subject: 'nonsense' }, status: 404, code: 'NOT_FOUND' },
    { why: 'has a name that is no text', with: { name: 'a\0b' }, status: 400, code: 'BAD_USER_INPUT' },
  ])('because it $why leaves nothing behind', async ({ with: facts, status, code }) => {
    const client = await aClient()
    const sent = await send(client, { bytes: aPdf(), ...facts })
    expect(sent.status).toBe(status)
    expect(sent.body.errors).toMatchObject([{ extensions: { code } }])
    await expectNothingKept(client)
  })

  it('because it hangs on somebody else’s item leaves nothing behind, and is told as if there were none', async () => {
    const [client, other] = [await aClient(), await aClient()]
    const theirs = await anItem(other, await aCustomer(other), { openMinor: 1n })
    const foreign = await send(client, { bytes: aPdf(), subject: theirs.gid })
    const none = await send(client, { bytes: aPdf(), subject: 'nonsense' })
    expect(foreign).toEqual(none)
    await expectNothingKept(client)
  })

  it('for want of a right is told as if there were no such client', async () => {
    const client = await aClient()
    const none = await send({ ...client, code: 'NOBODY' }, { bytes: aPdf() })
    expect(none.status).toBe(404)
    for (const who of [client.portal, client.stranger, client.provider.admin])
      expect(await send(client, { who, bytes: aPdf() })).toEqual(none)
    await expectNothingKept(client)
  })

  it('because it is longer than the rules let is stopped while it comes, and leaves nothing behind', async () => {
    const client = await aClient()
    const url = new URL(`/evidence?client=${client.code}&type=POD&name=long.pdf`, (await theApp()).url)
    const megabyte = Buffer.alloc(1_048_576, 65)
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${tokenFor(client.analyst.subject)}`, 'transfer-encoding': 'chunked' }
      const sending = request(url, { method: 'POST', headers }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      sending.on('error', reject)
      sending.write(Buffer.from('%PDF-1.7\n'))
      for (let sent = 0; sent < 25; sent += 1) sending.write(megabyte)
      sending.end()
    })
    expect(status).toBe(413)
    await expectNothingKept(client)
  })

  it('because it says that it is longer is not read at all', async () => {
    const client = await aClient()
    const url = new URL(`/evidence?client=${client.code}&type=POD&name=long.pdf`, (await theApp()).url)
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${tokenFor(client.analyst.subject)}`, 'content-length': 26_214_400 }
      const sending = request(url, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode ?? 0)
        sending.destroy()
      })
      sending.on('error', reject)
      sending.flushHeaders()
    })
    expect(status).toBe(413)
    await expectNothingKept(client)
  })

  it('by its sender, who hangs up, leaves nothing behind', async () => {
    const client = await aClient()
    const url = new URL(`/evidence?client=${client.code}&type=POD&name=half.pdf`, (await theApp()).url)
    const headers = { authorization: `Bearer ${tokenFor(client.analyst.subject)}`, 'content-length': 1_000_000 }
    const sending = request(url, { method: 'POST', headers })
    const ended = new Promise((resolve) => sending.once('error', resolve).once('close', resolve))
    sending.write(aPdf(100_000))
    await expect.poll(() => readdirSync(spool).length).toBe(1)
    sending.destroy()
    await ended
    await expectNothingKept(client)
  })
})

describe('the client’s rules', () => {
  it('say which documents are taken: their types, what their bytes are, and how long they may be', async () => {
    const client = await aClient()
    const rules = {
      types: [{ code: 'CMR', label: 'Consignment note' }],
      mediaTypes: ['application/pdf'],
      sizeMaxBytes: 1_000,
      required: {},
    }
    await publish(client, 'EVIDENCE', rules)
    expect((await send(client, { bytes: aPdf(), type: 'POD' })).body.errors?.[0]?.message).toContain('CMR')
    expect((await send(client, { bytes: Buffer.from('words'), name: 'a.txt', type: 'CMR' })).body.errors?.[0]?.message).toContain(
      'pdf',
    )
    expect((await send(client, { bytes: aPdf(1_000), type: 'CMR' })).status).toBe(413)
    await expectNothingKept(client)
    expect((await send(client, { bytes: aPdf(), type: 'CMR' })).status).toBe(201)
  })

  it('name types for reasons of deductions that are among their types', async () => {
    const client = await aClient()
    const wrong = await publish(client, 'EVIDENCE', { required: { SHORT: ['SELFIE'] } })
    expect(wrong).toMatchObject({ __typename: 'InvalidInput', message: expect.stringContaining('required') })
    expect(await publish(client, 'EVIDENCE', { required: { SHORT: ['POD', 'BOL'] } })).toMatchObject({
      __typename: 'PublishPolicyPayload',
    })
  })
})

describe('a program that scans', () => {
  let app: App
  beforeAll(async () => {
    const script = join(spool, '..', `quittance-test-scan-${process.pid}.mjs`)
    writeFileSync(
      script,
      `import { readFileSync } from 'node:fs'
       const text = readFileSync(process.argv[2], 'latin1')
       process.exit(text.includes('MALICE') ? 1 : text.includes('RIDDLE') ? 2 : 0)`,
    )
    app = await startTestApp({ scan: scanBy(`${process.execPath} ${script}`, 20_000), log: silentLog })
    return async () => {
      await app.stop()
      rmSync(script)
    }
  })

  it('is run on each file: what it finds clean is kept and says so', async () => {
    const client = await aClient()
    const id = await aDocument(client, { app })
    expect(await shownOf(client.analyst, id, app)).toMatchObject({ scan: 'CLEAN' })
  })

  it('keeps out what it finds infected, and what it cannot tell', async () => {
    const client = await aClient()
    const infected = await send(client, { app, bytes: Buffer.concat([aPdf(), Buffer.from('MALICE')]) })
    expect([infected.status, infected.body.errors?.[0]?.message]).toEqual([422, expect.stringContaining('malicious')])
    expect((await send(client, { app, bytes: Buffer.concat([aPdf(), Buffer.from('RIDDLE')]) })).status).toBe(503)
    await expectNothingKept(client)
  })
})

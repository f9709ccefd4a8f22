import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { readLink, signLink } from '../../src/modules/evidence/signed-link.ts'
import { aClient, aPerson, asOwner, grant, listen, startTestApp, type TestClient } from '../harness/index.ts'
import { debtors, lineOf } from '../worklist/world.ts'
import { aDocument, aPdf, decide, download, shownOf } from './world.ts'

const linkOf = async (client: TestClient, id: string, who = client.analyst, app?: App): Promise<string> => {
  const shown = await shownOf(who, id, app)
  if (shown?.download === null || shown === null) throw new Error('there is no link')
  return shown.download.url
}

describe('a link to a document', () => {
  it('serves its bytes as a file to save, with nothing of it to run', async () => {
    const client = await aClient()
    const bytes = aPdf()
    const id = await aDocument(client, { bytes, name: 'Lieferschein Nr. 7 – Süd.pdf' })
    const response = await download(client.analyst, await linkOf(client, id))
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(bytes.length),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': `attachment; filename="Lieferschein Nr. 7 _ S_d.pdf"; filename*=UTF-8''Lieferschein%20Nr.%207%20%E2%80%93%20S%C3%BCd.pdf`,
    })
  })

  it.each([
    { name: '../../../etc/passwd', saved: 'passwd.pdf' },
    { name: '..\\..\\windows\\system.ini', saved: 'system.ini.pdf' },
    { name: 'a"; filename="b.exe', saved: 'a__ filename=_b.exe.pdf' },
    { name: 'x.pdf\r\nset-cookie: stolen=1', saved: 'x.pdf__set-cookie_ stolen=1.pdf' },
    { name: 'fdp.\u202egpj', saved: 'fdp._gpj.pdf' },
    { name: '....', saved: 'document.pdf' },
    { name: '', saved: 'document.pdf' },
  ])('gives a document called $name no power over a path or a header', async ({ name, saved }) => {
    const client = await aClient()
    const id = await aDocument(client, { name })
    const response = await download(client.analyst, await linkOf(client, id))
    expect((await shownOf(client.analyst, id))?.fileName).toBe(saved)
    expect(response.headers.get('content-disposition')).toContain(`attachment; filename="${saved}"`)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it('serves nobody but its viewer: neither a colleague of the same rights, nor a stranger, nor whoever says no name', async () => {
    const client = await aClient()
    const id = await aDocument(client)
    const url = await linkOf(client, id)
    const answers = await Promise.all([client.lead, client.stranger, client.portal].map((who) => download(who, url)))
    const bodies = await Promise.all(answers.map((answer) => answer.text()))
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    expect(new Set(bodies).size).toBe(1)
    expect((await download(null, url)).status).toBe(401)
    expect((await download(client.analyst, url)).status).toBe(200)
  })

  it('serves no document of another client, though the viewer works for both and the bytes are the same', async () => {
    const client = await aClient()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    const bytes = aPdf()
    const [here, there] = [await aDocument(client, { bytes }), await aDocument(other, { bytes })]
    const [own, theirs] = [await linkOf(client, here), await linkOf(other, there, client.analyst)]
    await asOwner(
      `update client_grant set valid_until = now() - interval '1 second' where client_id = $1 and principal_id = $2`,
      [other.id, client.analyst.id],
    )
    expect((await download(client.analyst, own)).status).toBe(200)
    expect((await download(client.analyst, theirs)).status).toBe(404)
  })

  it('that was changed in any of its letters serves nothing', async () => {
    const client = await aClient()
    const url = await linkOf(client, await aDocument(client))
    const text = url.slice('/evidence/'.length)
    const letters = [0, 20, 40, 60, 75, text.length - 10, text.length - 1]
    for (const at of letters) {
      const letter = text[at] === 'A' ? 'B' : 'A'
      const changed = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`
      expect((await download(client.analyst, `/evidence/${changed}`)).status, `letter ${at}`).toBe(404)
    }
    for (const changed of [`${text}A`, text.slice(0, -4), 'A'.repeat(text.length), 'A'])
      expect((await download(client.analyst, `/evidence/${changed}`)).status).toBe(404)
  })

  it('of a document that was withdrawn serves nothing from then on, and there is no new one', async () => {
    const client = await aClient()
    const id = await aDocument(client)
    const url = await linkOf(client, id)
    expect(
      await decide(client.analyst, 'withdrawEvidence', { evidence: id, expectedVersion: 1, reason: 'wrong customer' }),
    ).toMatchObject({
      evidence: { state: 'WITHDRAWN', download: null },
    })
    expect((await download(client.analyst, url)).status).toBe(404)
  })

  it('serves by the rights of now, not by those it was made with', async () => {
    const client = await aClient()
    const analyst = await aPerson(client.provider.id, 'PERSON', 'analyst')
    await grant(client, analyst, 'ANALYST')
    const url = await linkOf(client, await aDocument(client), analyst)
    expect((await download(analyst, url)).status).toBe(200)
    await asOwner(
      `update client_grant set valid_until = now() - interval '1 second' where client_id = $1 and principal_id = $2`,
      [client.id, analyst.id],
    )
    expect((await download(analyst, url)).status).toBe(404)
  })
})

describe('who follow the same queue and may read the same', () => {
  type Told = {
    readonly worklistChanged: {
      readonly item: {
        readonly customer: {
          readonly evidence: { readonly edges: readonly { readonly node: { readonly download: { readonly url: string } } }[] }
        }
      } | null
    } | null
  }
  const followed = `subscription { worklistChanged { item { customer { evidence(first: 1) { edges { node { download { url } } } } } } } }`

  it('are each given a link of their own, though one reading could serve them all', async () => {
    const client = await aClient()
    const owing = await debtors(client, 1)
    await aDocument(client, { subject: owing.customers[0]?.gid ?? '' })
    const colleague = await aPerson(client.provider.id, 'PERSON', 'colleague')
    await grant(client, colleague, 'ANALYST')
    await lineOf(client)
    const people = [client.analyst, colleague]
    const heards = await Promise.all(people.map((who) => listen<Told>(who, followed, {}, undefined)))
    for (const heard of heards) await heard.until((messages) => messages.length > 0)
    const urls = (at: number): string[] =>
      (heards[at]?.messages ?? []).flatMap(({ data }) =>
        (data?.worklistChanged?.item?.customer.evidence.edges ?? []).map(({ node }) => node.download.url),
      )
    // More than it takes to find out that these answers are each reader’s own.
    for (let paid = 1; paid <= 3; paid += 1) {
      await owing.pay(0)
      await Promise.all(heards.map((heard, at) => heard.until(() => urls(at).length >= paid)))
    }
    for (const heard of heards) heard.stop()
    for (const [at, who] of people.entries())
      for (const url of urls(at)) {
        expect((await download(who, url)).status).toBe(200)
        expect((await download(people[1 - at] ?? null, url)).status).toBe(404)
      }
  })
})

describe('the time of a link', () => {
  let app: App
  let now = new Date()
  beforeAll(async () => {
    app = await startTestApp({ clock: () => now })
  })
  afterAll(() => app.stop())

  it('is five minutes', async () => {
    const client = await aClient()
    const id = await aDocument(client, { app })
    const shown = await shownOf(client.analyst, id, app)
    expect(shown?.download?.expiresAt).toBe(new Date(now.getTime() + 300_000).toISOString())
    const url = shown?.download?.url ?? ''
    now = new Date(now.getTime() + 299_999)
    expect((await download(client.analyst, url, app)).status).toBe(200)
    now = new Date(now.getTime() + 1)
    expect((await download(client.analyst, url, app)).status).toBe(404)
  })
})

describe('a signature', () => {
  const link = {
    clientId: '00000000-0000-4000-8000-000000000001',
    evidenceId: '00000000-0000-4000-8000-000000000002',
    viewerId: '00000000-0000-4000-8000-000000000003',
    expiresAt: new Date('2026-01-01T00:05:00Z'),
  }

  it('is read back whole by who knows the secret, and by nobody else', () => {
    const text = signLink('a', link)
    expect(readLink('a', text, new Date('2026-01-01T00:00:00Z'))).toEqual(link)
    expect(readLink('b', text, new Date('2026-01-01T00:00:00Z'))).toBeNull()
  })
})

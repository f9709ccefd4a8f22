import { createHash } from 'node:crypto'
import { extractText, getDocumentProxy } from 'unpdf'
import { describe, expect, it } from 'vitest'
import { gidOf } from '../cash/world.ts'
import { type Person, rowsOf, type TestClient, theApp, tokenFor } from '../harness/index.ts'
import { aNoticeWorld, linesOf, theNotice, told } from './world.ts'

const world = aNoticeWorld()
const { aSendingClient, aDebtor, propose, runDue, runAs, pay, day } = world

const street = { email: null, postalAddress: 'Hafenstraße 1\n20457 Hamburg' }

const get = async (who: Person | null, path: string) => {
  const { url } = await theApp()
  const headers = who === null ? {} : { authorization: `Bearer ${tokenFor(who.subject)}` }
  const response = await fetch(new URL(path, url), { headers })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    bytes: new Uint8Array(await response.arrayBuffer()),
  }
}

const pathOf = async (client: TestClient) => `/notices/${gidOf(client, 'Notice', (await theNotice(client)).id)}.pdf`

const pagesOf = async (bytes: Uint8Array): Promise<string[]> => {
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: false })
  return text
}

/** A letter that is made and waits for the print room. */
const aLetter = async (facts: Parameters<typeof aDebtor>[1] = {}, rules: object = {}) => {
  const made = await aSendingClient({ postalAddress: ['Provider Ltd.', 'Main Road 1', 'London'], ...rules })
  const debtor = await aDebtor(made.client, { contact: street, ...facts })
  await propose(made.client.analyst, debtor.customer)
  await runDue(made.client, { mailer: null })
  return { ...made, ...debtor }
}

describe('a letter', () => {
  it('is made without any mail server, waits for the print room, and is sent when it was printed', async () => {
    const { client, customer } = await aLetter()
    const made = await theNotice(client)
    expect(made).toMatchObject({ state: 'SENDING', channel: 'LETTER', message_id: null, attempts: 0 })
    const { status, type, bytes } = await get(client.analyst, await pathOf(client))
    expect([status, type]).toEqual([200, 'application/pdf'])
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(made.document_hash)
    const printed = () =>
      runAs(
        client.analyst,
        'markNoticesPrinted',
        { client: client.gid, notices: [gidOf(client, 'Notice', made.id)] },
        'outcomes { notice { state } refusal { code } }',
      )
    expect(await printed()).toMatchObject({ outcomes: [{ notice: { state: 'SENT' }, refusal: null }] })
    expect(await printed()).toMatchObject({ outcomes: [{ notice: { state: 'SENT' }, refusal: null }] })
    expect(await rowsOf(client, 'activity')).toMatchObject([{ kind: 'LETTER', direction: 'OUTBOUND', customer_id: customer.id }])
    expect((await told(client)).filter((name) => name === 'notice.sent')).toHaveLength(1)
  })

  it('says who is asked for what, on whose behalf, as it was when it was made', async () => {
    const { client, customer, items } = await aLetter({
      name: 'Ελληνική Εταιρεία и Ко',
      items: [
        { openMinor: 1_234_567n, currency: 'USD', daysOverdue: 30 },
        { openMinor: 98_765n, currency: 'JPY', daysOverdue: 20 },
        { openMinor: 1_234_567n, currency: 'BHD', daysOverdue: 10 },
      ],
    })
    const read = async () => (await pagesOf((await get(client.analyst, await pathOf(client))).bytes)).join('\n')
    const text = await read()
    const numbers = await rowsOf(client, 'open_item')
    const expected = ['Provider Ltd.', 'Ελληνική Εταιρεία и Ко', 'Hafenstraße 1', '20457 Hamburg', 'Dear Ann Payer', 'Page 1 / 1']
    const amounts = ['12,345.67 USD', '98,765 JPY', '1,234.567 BHD', 'Total: 98,765 JPY']
    for (const part of [...expected, ...amounts]) expect(text).toContain(part)
    // Long numbers are broken over lines, and all of each is there.
    for (const { number } of numbers) expect(text.replace(/\s/g, '')).toContain(String(number))
    await pay(client, customer, items[0] as (typeof items)[number], '1.00', day(0))
    expect(await read()).toBe(text)
    expect((await linesOf(client)).map(({ sent_minor }) => sent_minor)).not.toContain(null)
  })

  it('has as many pages as its items need, each with the heading of the table and its number', async () => {
    const { client } = await aLetter({
      items: Array.from({ length: 300 }, (_, index) => ({ openMinor: 100n + BigInt(index), daysOverdue: index })),
    })
    const pages = await pagesOf((await get(client.analyst, await pathOf(client))).bytes)
    expect(pages.length).toBeGreaterThan(5)
    pages.forEach((page, index) => void expect(page).toContain(`Page ${index + 1} / ${pages.length}`))
    for (const page of pages.slice(0, -1)) expect(page).toMatch(/Number.*Issued.*Due.*Days late.*Amount/s)
    const all = pages.join('\n')
    for (let index = 0; index < 300; index += 1) expect(all).toContain(`${((100 + index) / 100).toFixed(2)} USD`)
  })

  it('has each line of a long address below the other, and the text below all of them', async () => {
    const name =
      'A very long name of a company that goes over several lines of the window, with limited liability and all that belongs to it'
    const { client } = await aLetter({
      name,
      contact: { email: null, postalAddress: 'Line one\nLine two\nLine three\nLine four\nLine five' },
    })
    const { bytes } = await get(client.analyst, await pathOf(client))
    const page = await (await getDocumentProxy(bytes)).getPage(1)
    const { items } = await page.getTextContent()
    const lines = items.flatMap((item) =>
      'str' in item && item.str.trim() !== '' ? [{ text: item.str, y: Number(item.transform[5]) }] : [],
    )
    const places = [
      'A very long name',
      'Ann Payer',
      'Line one',
      'Line five',
      `Client ${client.canary}: a reminder`,
      'Dear Ann Payer',
    ].map((text) => lines.find((line) => line.text.startsWith(text))?.y ?? 0)
    const steps = places.slice(1).map((y, index) => (places[index] ?? 0) - y)
    // At least a line's height between the beginnings of each two.
    expect(Math.min(...steps)).toBeGreaterThan(9.5)
  })

  it('with characters that its font lacks has failed, and says which', async () => {
    const { client } = await aLetter({ name: '株式会社' })
    expect(await theNotice(client)).toMatchObject({
      state: 'FAILED',
      failure: 'UNPRINTABLE',
      failure_reason: expect.stringContaining('株'),
    })
  })

  it('is not printed again by the word of its mail, nor before it is made', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client, { contact: street })
    const mailed = await aDebtor(client)
    await propose(client.analyst, customer)
    const mark = async (id: string) =>
      runAs(client.analyst, 'markNoticesPrinted', { client: client.gid, notices: [id] }, 'outcomes { refusal { code } }')
    expect(await mark(gidOf(client, 'Notice', (await theNotice(client)).id))).toMatchObject({
      outcomes: [{ refusal: { code: 'ILLEGAL_MOVE' } }],
    })
    const proposed = await propose(client.analyst, mailed.customer)
    const { id } = proposed.notice as { id: string }
    expect(await mark(id)).toMatchObject({ outcomes: [{ refusal: { code: 'INVALID_INPUT' } }] })
    expect(await mark(gidOf(client, 'Notice'))).toMatchObject({ outcomes: [{ refusal: { code: 'NOT_FOUND' } }] })
  })
})

describe('the PDF of a notice', () => {
  it('is there for whoever may read it, and for nobody else', async () => {
    const { client } = await aLetter()
    const elsewhere = await aSendingClient()
    const path = await pathOf(client)
    expect((await get(client.lead, path)).status).toBe(200)
    const { id } = await theNotice(client)
    const claimed = `/notices/${gidOf(elsewhere.client, 'Notice', id)}.pdf`
    const tries = [
      await get(elsewhere.client.analyst, path),
      await get(elsewhere.client.analyst, claimed),
      await get(client.stranger, path),
      await get(client.portal, path),
      await get(client.analyst, `/notices/${gidOf(client, 'Notice')}.pdf`),
      await get(client.analyst, '/notices/x.pdf'),
    ]
    expect(tries.map(({ status }) => status)).toEqual(tries.map(() => 404))
    // What is not there and what one may not see are the same answer.
    expect(new Set(tries.map(({ bytes }) => Buffer.from(bytes).toString())).size).toBe(1)
    expect((await get(null, path)).status).toBe(401)
  })

  it('is also made of a mail, before and after it was sent', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client)
    await propose(client.analyst, customer, { template: 'FORMAL_NOTICE' })
    const [page] = await pagesOf((await get(client.analyst, await pathOf(client))).bytes)
    expect(page).toContain('formal notice of 100.00 USD')
  })
})

import { describe, expect, it } from 'vitest'
import { aClient, ask, type Person, rowsOf, type TestClient } from '../harness/index.ts'
import { counts, load, receipts } from './loads.ts'
import { bai2, swift } from './statements.ts'
import { bend } from './x12-vectors.ts'

const text = `mutation ($input: ImportBankFileInput!) { done: importBankFile(input: $input) { __typename
  ... on Refusal { code message path } ... on BankFileRefused { rule line field raw }
  ... on ImportBankFilePayload { batch { kind state profile rowsRead } totals { legalEntity currency read { rows amount } }
    effects { inserted unchanged bank { receiptsRecorded entriesWithoutReceipt } } } } }`

type Done = { readonly __typename: string; readonly [field: string]: unknown }

const take = async (client: TestClient, input: object, by: Person = client.lead): Promise<Done | null> => {
  const { data, errors } = await ask<{ done: Done | null }>(by, text, { input: { client: client.gid, name: 'file', ...input } })
  if (data === undefined) throw new Error(JSON.stringify(errors))
  return data?.done ?? null
}

const two = swift([
  { minor: 100, reference: 'X-1' },
  { minor: 250, mark: 'D', reference: 'X-2' },
])
const taken = {
  __typename: 'ImportBankFilePayload',
  batch: { kind: 'BANK', state: 'APPLIED', profile: 'MT940', rowsRead: 2 },
  totals: [{ legalEntity: 'DE02120300000000202051', currency: 'EUR', read: { rows: 2, amount: '-1.50' } }],
  effects: { inserted: 2, unchanged: 0, bank: { receiptsRecorded: 1, entriesWithoutReceipt: 1 } },
}

describe('importBankFile', () => {
  it('takes a file as text, and knows it when it is uploaded', async () => {
    const client = await aClient()
    expect(await take(client, { content: two })).toEqual(taken)
    expect(await load(client, two)).toMatchObject({ inserted: 0, unchanged: 2 })
    expect(await receipts(client)).toMatchObject([{ amount_minor: 100n }])
  })

  it('takes a file in Base64, whose bytes are no UTF-8', async () => {
    const client = await aClient()
    const latin = Buffer.from(swift([{ minor: 100, reference: 'X-1', information: 'Müller' }]), 'latin1')
    const content = latin.toString('base64')
    expect(await take(client, { content, encoding: 'BASE64' })).toMatchObject({ __typename: 'ImportBankFilePayload' })
    expect(await receipts(client)).toMatchObject([{ bank_text: expect.stringContaining('Müller') }])
  })

  it('takes a CSV by its profile', async () => {
    const client = await aClient()
    const content = 'bookedOn,amount\n2026-03-02,5.00\n'
    const words = { csvProfile: 'quittance-statement-csv', account: '1', currency: 'USD' }
    expect(await take(client, { content, ...words })).toMatchObject({ batch: { profile: 'quittance-statement-csv' } })
  })

  it('refuses a file with a fault, with its place, and keeps nothing', async () => {
    const client = await aClient()
    const content = bend(bai2([{ minor: 350 }]), '49,350,', '49,351,')
    expect(await take(client, { content })).toEqual({
      __typename: 'BankFileRefused',
      code: 'BANK_FILE_REFUSED',
      message: 'the amounts add up to 350, not to 351',
      path: ['input', 'content'],
      rule: 'CONTROL_TOTAL',
      line: 5,
      field: '49 control total',
      raw: '49,351,3/',
    })
    expect(Object.values(await counts(client)).every((count) => count === 0)).toBe(true)
    expect(await rowsOf(client, 'import_batch')).toHaveLength(1)
  })

  it.each([
    ['more than fits into a call', { content: 'x'.repeat(200_001) }, ['input', 'content']],
    ['what is no Base64', { content: 'not base64!', encoding: 'BASE64' }, ['input', 'content']],
    ['a nameless file', { content: two, name: ' ' }, ['input', 'name']],
    ['a CSV without a profile', { content: two, format: 'CSV' }, ['input', 'csvProfile']],
    ['a profile that nobody has', { content: two, csvProfile: 'none' }, ['input', 'csvProfile']],
    ['an account of what tells its own', { content: two, account: '1' }, ['input', 'account']],
  ])('refuses %s', async (_case, input, path) => {
    const client = await aClient()
    expect(await take(client, input)).toMatchObject({ __typename: 'InvalidInput', path })
  })

  it('answers a dry run as if it were done, and does nothing', async () => {
    const client = await aClient()
    expect(await take(client, { content: two, dryRun: true })).toEqual(taken)
    expect(Object.values(await counts(client)).every((count) => count === 0)).toBe(true)
    expect(await take(client, { content: two })).toEqual(taken)
  })

  it.each<[string, (client: TestClient) => Person]>([
    ['an analyst', ({ analyst }) => analyst],
    ['a portal user', ({ portal }) => portal],
    ['a stranger', ({ stranger }) => stranger],
  ])('%s may not', async (_who, of) => {
    const client = await aClient()
    expect(await take(client, { content: two }, of(client))).toMatchObject({ __typename: 'NotFound' })
    expect(Object.values(await counts(client)).every((count) => count === 0)).toBe(true)
  })

  it('leaves an audit entry without the file in it', async () => {
    const client = await aClient()
    await take(client, { content: two })
    const [entry] = (await rowsOf(client, 'audit_entry')).filter(({ command }) => command === 'bank.importBankFile')
    expect(entry?.input).toMatchObject({ name: 'file', contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(JSON.stringify(entry)).not.toContain('X-1')
  })
})

import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, it } from 'vitest'
import '../../src/flows/index.ts'
import { importBankFile } from '../../src/flows/import-bank-file.ts'
import { isRefusal } from '../../src/kernel/refusal.ts'
import { askedReadingOf } from '../../src/modules/bank/index.ts'
import type { ImportReport } from '../../src/modules/intake/index.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { silentLog } from '../../src/platform/log.ts'
import { contradictions } from '../cash/world.ts'
import { aClient, ask, asOwner, rowsOf, type TestClient, theApp, tokenFor } from '../harness/index.ts'
import { areThere, bankFolder, knownFiles } from './bank-files.ts'

const database = openDatabase(inject('appUrl'), { log: silentLog, connections: 4 })
afterAll(() => database.close())

const importDocument = `mutation Import($input: ImportBankFileInput!) { outcome: importBankFile(input: $input) { __typename
  ... on Refusal { code message path } ... on BankFileRefused { rule line field raw }
  ... on ImportBankFilePayload { batch { id state } totals { currency read { rows } }
    effects { inserted changed unchanged bank { receiptsRecorded entriesWithoutReceipt remittances remittancesTied receiptsReversed } } } } }`

type Outcome = {
  readonly __typename: string
  readonly effects?: { readonly inserted: number; readonly unchanged: number; readonly bank: Readonly<Record<string, number>> }
  readonly [field: string]: unknown
}

/** Posts a file as a caller does who has it at hand. */
const send = async (
  client: TestClient,
  content: string,
  { who = client.integration, ...facts }: { readonly who?: TestClient['integration']; readonly [fact: string]: unknown } = {},
): Promise<Outcome> => {
  const input = { client: client.gid, name: 'statement', content, ...facts }
  const { data, errors } = await ask<{ outcome: Outcome | null }>(who, importDocument, { input })
  if (data?.outcome === undefined || data.outcome === null) throw new Error(`nothing was answered: ${JSON.stringify(errors)}`)
  return data.outcome
}

/** Loads a file as an upload does, after it lies on disk. */
const load = async (
  client: TestClient,
  open: () => AsyncIterable<Buffer>,
  { dryRun = false, profile = null }: { readonly dryRun?: boolean; readonly profile?: string | null } = {},
): Promise<ImportReport> => {
  const asked = askedReadingOf({ format: null, profile, account: profile && 'ACCOUNT', currency: profile && 'EUR' })
  if ('field' in asked) throw new Error(`${asked.field}: ${asked.message}`)
  const report = await importBankFile(
    { database, clock: () => new Date(), log: silentLog },
    {
      asker: { kind: 'TOKEN', subject: client.integration.subject, expiresAt: new Date(Date.now() + 60_000) },
      clientId: client.id,
      source: { name: 'statement', open },
      dryRun,
      asked,
    },
  )
  if (isRefusal(report)) throw report
  return report
}
const asPieces = (content: string) =>
  async function* () {
    yield Buffer.from(content)
  }

type Movement = {
  readonly amount: string
  readonly mark?: 'C' | 'D' | 'RC' | 'RD'
  readonly reference: string
  readonly text?: string
}

const cents = (minor: number) => `${Math.floor(minor / 100)},${String(minor % 100).padStart(2, '0')}`

/** A statement whose sums are right. */
const statement = (movements: readonly Movement[], opening = 1_000_000) => {
  const sign = { C: 1, RD: 1, D: -1, RC: -1 } as const
  const closing = movements.reduce((sum, { amount, mark = 'C' }) => sum + sign[mark] * Number(amount.replace(',', '')), opening)
  return [
    ':20:STMT1',
    ':25:DE02120300000000202051',
    ':28C:1/1',
    `:60F:C261001EUR${cents(opening)}`,
    ...movements.flatMap(({ amount, mark = 'C', reference, text = 'payment' }) => [
      `:61:2610021002${mark}${amount}NTRFNONREF//${reference}`,
      `:86:${text}`,
    ]),
    `:62F:C261002EUR${cents(closing)}`,
    '-',
    '',
  ].join('\r\n')
}

const receiptsOf = (client: TestClient) =>
  asOwner<{ amount_minor: bigint; state: string; bank_text: string; reversed_minor: bigint }>(
    'select amount_minor, reversed_minor, bank_text, value_on::text from receipt where client_id = $1 order by amount_minor',
    [client.id],
  )

describe('a statement', () => {
  const two = statement([
    { amount: '100,00', reference: 'REF-B1', text: 'INVOICE 4711 THANK YOU' },
    { amount: '25,50', reference: 'REF-B2' },
    { amount: '10,00', mark: 'D', reference: 'REF-B3' },
  ])

  it('becomes receipts of the money that came, with what the payer wrote, and is kept whole', async () => {
    const client = await aClient()
    const outcome = await send(client, two)
    expect(outcome).toMatchObject({
      __typename: 'ImportBankFilePayload',
      batch: { state: 'APPLIED' },
      totals: [{ currency: 'EUR', read: { rows: 3 } }],
      effects: { inserted: 3, unchanged: 0, bank: { receiptsRecorded: 2, entriesWithoutReceipt: 1 } },
    })
    expect(await receiptsOf(client)).toMatchObject([
      { amount_minor: 2_550n, value_on: '2026-10-02' },
      { amount_minor: 10_000n, bank_text: expect.stringContaining('INVOICE 4711 THANK YOU') },
    ])
    const { data } = await ask<{ client: { bankEntries: { edges: readonly { readonly node: object }[] } } }>(
      client.integration,
      `query Entries($id: ID!) { client(id: $id) { bankEntries(first: 10, withoutReceipt: true) { edges { node {
         amount { amount currency } direction status receiptCount raw } } } } }`,
      { id: client.gid },
    )
    expect(data?.client.bankEntries.edges.map(({ node }) => node)).toMatchObject([
      {
        amount: { amount: '10.00', currency: 'EUR' },
        direction: 'DEBIT',
        status: 'BOOKED',
        receiptCount: 0,
        raw: expect.stringContaining('B3'),
      },
    ])
    expect(await contradictions(client)).toEqual([])
  })

  it('adds nothing when it comes again, whichever way and whatever it is called', async () => {
    const client = await aClient()
    await send(client, two)
    expect(await send(client, two, { name: 'another' })).toMatchObject({
      effects: { inserted: 0, unchanged: 3, bank: { receiptsRecorded: 0 } },
    })
    expect(await load(client, asPieces(two))).toMatchObject({ effects: { inserted: 0, unchanged: 3 } })
    expect(await receiptsOf(client)).toHaveLength(2)
  })

  it('sent by four callers at once becomes its receipts once', async () => {
    const client = await aClient()
    const outcomes = await Promise.all([
      send(client, two),
      load(client, asPieces(two)),
      send(client, two),
      load(client, asPieces(two)),
    ])
    expect(outcomes.map(({ effects }) => effects?.inserted).toSorted()).toEqual([0, 0, 0, 3])
    expect(await receiptsOf(client)).toHaveLength(2)
    expect(await rowsOf(client, 'bank_entry')).toHaveLength(3)
  })

  it('with two equal movements without a reference has two receipts, and still two when it comes again', async () => {
    const client = await aClient()
    const equal = statement([
      { amount: '5,00', reference: '' },
      { amount: '5,00', reference: '' },
    ])
    await send(client, equal)
    await send(client, equal)
    expect(await receiptsOf(client)).toMatchObject([{ amount_minor: 500n }, { amount_minor: 500n }])
  })

  it('that tells first that a payment went back, and then that it came, leaves nothing of it', async () => {
    const client = await aClient()
    const backAndForth = [
      { amount: '100,00', mark: 'RC', reference: 'REF-B1' },
      { amount: '100,00', reference: 'REF-B1' },
    ] as const
    expect(await send(client, statement(backAndForth))).toMatchObject({ effects: { bank: { receiptsReversed: 1 } } })
    expect(await receiptsOf(client)).toMatchObject([{ amount_minor: 10_000n, reversed_minor: 10_000n }])
    expect(await contradictions(client)).toEqual([])
  })

  it('takes back a receipt that the bank takes back in a later one', async () => {
    const client = await aClient()
    await send(client, two)
    expect(await send(client, statement([{ amount: '100,00', mark: 'RC', reference: 'REF-B1' }]))).toMatchObject({
      effects: { inserted: 1, bank: { receiptsRecorded: 0, receiptsReversed: 1 } },
    })
    expect(await receiptsOf(client)).toMatchObject([{ reversed_minor: 0n }, { amount_minor: 10_000n, reversed_minor: 10_000n }])
    expect(await contradictions(client)).toEqual([])
  })

  it('leaves nothing after a dry run, and says what it would have done', async () => {
    const client = await aClient()
    expect(await send(client, two, { dryRun: true })).toMatchObject({ effects: { inserted: 3, bank: { receiptsRecorded: 2 } } })
    expect(await load(client, asPieces(two), { dryRun: true })).toMatchObject({ state: 'DRY_RUN', effects: { inserted: 3 } })
    expect(await receiptsOf(client)).toEqual([])
    expect(await rowsOf(client, 'bank_entry')).toEqual([])
  })
})

describe('a file that breaks its format', () => {
  const wrong = statement([{ amount: '100,00', reference: 'REF-B1' }]).replace('EUR10100,00', 'EUR10101,00')

  it('is refused with the rule and the line, and nothing of it is kept', async () => {
    const client = await aClient()
    expect(await send(client, wrong)).toMatchObject({
      __typename: 'BankFileRefused',
      rule: expect.stringMatching(/^[A-Z_]+$/),
      line: 7,
      raw: expect.stringContaining(':62F:'),
    })
    for (const table of ['receipt', 'bank_entry', 'remittance_advice']) expect(await rowsOf(client, table)).toEqual([])
  })

  it('that was uploaded leaves its load, failed, with the line in its rejects', async () => {
    const client = await aClient()
    const report = await load(client, asPieces(wrong))
    expect(report).toMatchObject({ reasons: [{ line: 7 }], rowsRejected: 1 })
    expect(report.state).not.toBe('APPLIED')
    expect(await rowsOf(client, 'receipt')).toEqual([])
    expect(await rowsOf(client, 'import_reject')).toMatchObject([{ row_number: 7, raw: expect.stringContaining(':62F:') }])
  })

  it('is told apart from one that is too long, empty, or no Base64', async () => {
    const client = await aClient()
    expect(await send(client, 'x'.repeat(200_001))).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'content'] })
    expect(await send(client, '*', { encoding: 'BASE64' })).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'content'] })
    expect(await send(client, '')).toMatchObject({ __typename: 'BankFileRefused' })
    expect(await send(client, 'a,b', { csvProfile: 'none' })).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'csvProfile'],
    })
  })
})

describe('an upload', () => {
  const postFile = async ({ integration }: TestClient, params: Record<string, string>, body: string) => {
    const { origin } = new URL((await theApp()).url)
    const response = await fetch(`${origin}/bank-files?${new URLSearchParams(params)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenFor(integration.subject)}` },
      body,
    })
    return { status: response.status, body: (await response.json()) as object }
  }
  const one = statement([{ amount: '100,00', reference: 'REF-B1' }])

  it('is answered with the report of its load', async () => {
    const client = await aClient()
    expect(await postFile(client, { client: client.gid, name: 'october.sta' }, one)).toMatchObject({
      status: 200,
      body: { state: 'APPLIED', sourceName: 'october.sta', effects: { inserted: 1, bank: { receiptsRecorded: 1 } } },
    })
    expect(await receiptsOf(client)).toHaveLength(1)
  })

  it('that cannot be taken is 422, one that nobody can read as asked 400, and of a client of others 404', async () => {
    const [client, other] = [await aClient(), await aClient()]
    const statuses = await Promise.all([
      postFile(client, { client: client.gid }, `${one}:61:`),
      postFile(client, { client: client.gid, format: 'PDF' }, one),
      postFile(client, { client: other.gid }, one),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([422, 400, 404])
    for (const each of [client, other]) expect(await rowsOf(each, 'bank_entry')).toEqual([])
  })
})

describe('who may not import', () => {
  it('is told the same as about a client that is not there', async () => {
    const [client, other] = [await aClient(), await aClient()]
    const outcome = await send(client, statement([{ amount: '1,00', reference: 'REF-B1' }]), { who: other.integration })
    expect(outcome).toMatchObject({ code: 'NOT_FOUND' })
    expect(await rowsOf(client, 'receipt')).toEqual([])
  })
})

describe.runIf(areThere)('every published file that is read', () => {
  const readable = knownFiles.filter(({ outcome, entries }) => outcome === 'PARSED' && (entries ?? 0) > 0)

  it.for(readable.map((known) => [known.file, known] as const))(
    '%s is loaded once, its money is there once, and again changes nothing',
    async ([, { file, profile }]) => {
      const client = await aClient()
      const open = () => createReadStream(join(bankFolder, file)) as AsyncIterable<Buffer>
      const first = await load(client, open, { profile })
      if (first.state !== 'APPLIED') {
        // The sender's own test is kept out of the books.
        expect(first.reasons).toMatchObject([{ message: expect.stringContaining('is a test') }])
        expect(await rowsOf(client, 'receipt')).toEqual([])
        return
      }
      const [money] = await asOwner<{ entries: bigint; receipts: bigint }>(
        `select
           (select coalesce(sum(amount_minor), 0) from bank_entry where client_id = $1 and receipt_count > 0)::bigint as entries,
           (select coalesce(sum(amount_minor), 0) from receipt where client_id = $1)::bigint as receipts`,
        [client.id],
      )
      expect(money?.receipts).toBe(money?.entries)
      const counts = async () =>
        Promise.all(['bank_entry', 'receipt', 'remittance_advice'].map(async (table) => (await rowsOf(client, table)).length))
      const before = await counts()
      expect((await load(client, open, { profile })).effects).toMatchObject({ inserted: 0, changed: 0 })
      expect(await counts()).toEqual(before)
      expect(await contradictions(client)).toEqual([])
    },
  )
})

import { describe, expect, it } from 'vitest'
import { aClient, ask, asOwner, type Person, rowsOf, type TestClient, theApp, tokenFor } from '../harness/index.ts'
import { camt, entry } from './camt-vectors.ts'
import { counts, load, send } from './loads.ts'
import { bai2, swift } from './statements.ts'
import { bend, x12File } from './x12-vectors.ts'

const two = [
  { minor: 100, reference: 'X-1' },
  { minor: 250, reference: 'X-2' },
]
const nothing = {
  bank_entry: 0,
  bank_reference: 0,
  bank_message: 0,
  receipt: 0,
  receipt_move: 0,
  remittance_advice: 0,
  cash_result: 0,
  work_item: 0,
}

describe('a file with one fault', () => {
  it.each([
    ['BAI2', bend(bai2(two), '49,350,', '49,351,'), { code: 'CONTROL_TOTAL', line: 6, field: '49 control total' }, '49,351,4/'],
    [
      'MT940',
      swift(two).replace('EUR10003,50', 'EUR10003,51'),
      { code: 'CONTROL_TOTAL', line: 7, field: ':62F:' },
      /^:62F:C260302EUR10003,51$/,
    ],
    [
      'camt.053',
      camt({ entries: `${entry()}\n${entry({ amount: 'ten' })}` }),
      { code: 'BAD_AMOUNT', line: 4 },
      /<Ntry><Amt Ccy="EUR">ten/,
    ],
    [
      'X12 820',
      bend(x12File([['BPR*C*10*C*ACH', 'TRN*1*P-1', 'ENT*1', 'RMR*IV*I-1**10']]), 'SE*6*', 'SE*7*'),
      { code: 'CONTROL_COUNT', line: 8, field: 'SE01' },
      'SE*7*0001~',
    ],
  ])('is refused whole, with line, field and rule, and the line is kept: %s', async (_format, file, reason, raw) => {
    const client = await aClient()
    const { status, body } = await send(client, file, { by: client.lead })
    expect(status).toBe(422)
    expect(body).toMatchObject({ state: 'REFUSED', effects: null, reasons: [reason] })
    expect(body.reasons[0]?.message).toContain(`line ${reason.line}`)
    expect(await counts(client)).toEqual(nothing)
    const [reject, ...others] = await rowsOf(client, 'import_reject')
    expect(others).toEqual([])
    expect(reject).toMatchObject({ row_number: reason.line, code: reason.code, outcome: 'REJECTED' })
    if (typeof raw === 'string') expect(reject?.raw).toBe(raw)
    else expect(reject?.raw).toMatch(raw)
  })

  it('tells its reject as CSV and its reason over the API', async () => {
    const client = await aClient()
    const { body } = await send(client, bend(bai2(two), '49,350,', '49,351,'), { by: client.lead })
    const { url } = await theApp()
    const headers = { authorization: `Bearer ${tokenFor(client.lead.subject)}` }
    const csv = await (await fetch(new URL(`/imports/${body.batchId}/rejects.csv`, url), { headers })).text()
    expect(csv.split('\r\n')[1]).toMatch(/^6,REJECTED,49 control total,CONTROL_TOTAL,/)
    const text = `{ node(id: "${body.batchId}") { ... on ImportBatch { kind state profile reasons { code line field } effects { inserted }
      rejects(first: 5) { edges { node { rowNumber column code raw } } } } } }`
    expect(await ask(client.lead, text)).toEqual({
      data: {
        node: {
          kind: 'BANK',
          state: 'REFUSED',
          profile: 'BAI2',
          reasons: [{ code: 'CONTROL_TOTAL', line: 6, field: '49 control total' }],
          effects: null,
          rejects: { edges: [{ node: { rowNumber: 6, column: '49 control total', code: 'CONTROL_TOTAL', raw: '49,351,4/' } }] },
        },
      },
    })
  })

  it.each([
    ['that is cut off', swift(two).slice(0, -30), 'TRUNCATED'],
    ['of no format that is known', 'Dear Sir or Madam\n', 'UNSUPPORTED'],
    ['of nothing', '', 'EMPTY'],
    ['that its sender calls a test', bai2(two, { status: '4' }), 'UNSUPPORTED'],
    ['without a movement', swift([]), 'EMPTY'],
  ])('%s is refused', async (_case, file, code) => {
    const client = await aClient()
    const { status, body } = await send(client, file, { by: client.lead })
    expect(status).toBe(422)
    expect(body.reasons).toMatchObject([{ code }])
    expect(await counts(client)).toEqual(nothing)
  })
})

describe('a dry run', () => {
  it('says what would be, and leaves nothing but its report', async () => {
    const client = await aClient()
    const { status, body } = await send(client, swift(two), { by: client.lead, dryRun: 'true' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ state: 'DRY_RUN', rowsRead: 2, effects: { inserted: 2, bank: { receiptsRecorded: 2 } } })
    expect(await counts(client)).toEqual(nothing)
    expect((await rowsOf(client, 'event')).map(({ name }) => name)).toEqual(['import.started', 'import.finished'])
    expect(await load(client, swift(two))).toMatchObject(body.effects ?? {})
  })

  it('of a file with a fault says why it would be refused', async () => {
    const client = await aClient()
    const { status, body } = await send(client, bend(bai2(two), '49,350,', '49,351,'), { by: client.lead, dryRun: 'true' })
    expect(status).toBe(422)
    expect(body).toMatchObject({ state: 'DRY_RUN', reasons: [{ code: 'CONTROL_TOTAL' }], effects: null })
  })
})

describe('whoever may not import', () => {
  it.each<[string, (client: TestClient) => Person]>([
    ['an analyst', ({ analyst }) => analyst],
    ['a portal user', ({ portal }) => portal],
    ['a stranger', ({ stranger }) => stranger],
  ])('%s is told nothing, and nothing is kept', async (_who, of) => {
    const client = await aClient()
    const { status, body } = await send(client, swift(two), { by: of(client) })
    expect(status).toBe(404)
    expect(body.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    expect(await counts(client)).toEqual(nothing)
    expect(await rowsOf(client, 'import_batch')).toHaveLength(1)
  })

  it('a viewer of another client sees nothing of what was kept', async () => {
    const [client, other] = [await aClient(), await aClient()]
    await load(client, swift(two))
    const text = 'query ($id: ID!) { client(id: $id) { bankEntries(first: 5) { edges { node { id } } } } }'
    type Found = { client: { bankEntries: { edges: readonly { node: { id: string } }[] } } | null }
    const found = await ask<Found>(client.lead, text, { id: client.gid })
    const [kept] = found.data?.client?.bankEntries.edges ?? []
    expect((await ask(other.lead, text, { id: client.gid })).data).toEqual({ client: null })
    const node = 'query ($id: ID!) { node(id: $id) { id } }'
    expect((await ask(client.lead, node, { id: kept?.node.id })).data).toEqual({ node: { id: kept?.node.id } })
    expect((await ask(other.lead, node, { id: kept?.node.id })).data).toEqual({ node: null })
  })

  it('an integration may, as leads and managers', async () => {
    const client = await aClient()
    expect((await send(client, swift(two), { by: client.integration })).status).toBe(200)
  })

  it('no credential is asked for one', async () => {
    const client = await aClient()
    const { url } = await theApp()
    const response = await fetch(new URL(`/bank-files?client=${client.code}`, url), { method: 'POST', body: swift(two) })
    expect(response.status).toBe(401)
  })
})

it.each([
  ['a format that is none', { format: 'PDF' }],
  ['a CSV without a profile', { format: 'CSV' }],
  ['a profile that nobody has', { profile: 'none' }],
])('%s is a bad request', async (_case, words) => {
  const client = await aClient()
  const { status, body } = await send(client, swift(two), { by: client.lead, ...words })
  expect(status).toBe(400)
  expect(body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
})

it('a bank file says nothing of how fresh the ledger is', async () => {
  const client = await aClient()
  await asOwner('delete from import_batch where client_id = $1', [client.id])
  await load(client, swift(two))
  const text = `query ($id: ID!) { client(id: $id) { imports(first: 3) { edges { node { kind state } } }
    worklist(first: 1, filter: { kinds: [UNIDENTIFIED_CASH] }) { dataAsOf edges { node { id } } } } }`
  const { data } = await ask<{ client: object }>(client.lead, text, { id: client.gid })
  expect(data?.client).toMatchObject({
    imports: { edges: [{ node: { kind: 'BANK', state: 'APPLIED' } }] },
    worklist: { dataAsOf: null, edges: [{}] },
  })
})

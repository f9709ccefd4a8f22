import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, it } from 'vitest'
import '../../src/flows/index.ts'
import { failAbandonedImports } from '../../src/flows/abandoned-imports.ts'
import { type ImportRequest, importLedger } from '../../src/flows/import-ledger.ts'
import { importOpenItems, type OpenItemInput } from '../../src/flows/import-open-items.ts'
import { isRefusal } from '../../src/kernel/refusal.ts'
import { type ImportReport, type Profile, parseProfile, profileNamed } from '../../src/modules/intake/index.ts'
import { perform } from '../../src/platform/command.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { limits } from '../../src/platform/limits.ts'
import { silentLog } from '../../src/platform/log.ts'
import { aClient, aReceipt, asOwner, type Person, rowsOf, type TestClient } from '../harness/index.ts'

const database = openDatabase(inject('appUrl'), { log: silentLog, connections: 4 })
afterAll(() => database.close())
const deps = { database, clock: () => new Date(), log: silentLog }

const made = (json: unknown): Profile => {
  const profile = parseProfile(json)
  if ('problems' in profile) throw new Error(profile.problems.join('; '))
  return profile
}
const ledger = {
  name: 'test-ledger',
  version: 1,
  description: 'Items of the tests.',
  system: 'TEST-ERP',
  format: { delimiter: ',' },
  columns: {
    legalEntity: { from: 'company' },
    customerNumber: { from: 'customer', isOptional: true },
    customerName: { from: 'name', isOptional: true },
    number: { from: 'number' },
    currency: { from: 'currency' },
    amount: { from: 'amount' },
    openAmount: { from: 'open' },
    documentOn: { from: 'on' },
    dueOn: { from: 'due' },
    paymentTerms: { from: 'terms', isOptional: true },
  },
  key: ['company', 'number'],
  dates: ['YYYY-MM-DD'],
  kind: { rule: 'BY_SIGN' },
  open: { rule: 'FROM_AMOUNT' },
  mayBeBlank: ['customerNumber', 'customerName', 'dueOn', 'paymentTerms'],
}
const profile = made(ledger)

const header = 'company,customer,name,number,currency,amount,open,on,due,terms'
const file = (...rows: string[]) => [header, ...rows, ''].join('\n')
const twoItems = file(
  'C1,100,Acme Inc,1,USD,500.00,500.00,2026-01-01,2026-01-31,',
  'C1,200,Bolt,2,USD,70.50,70.50,2026-01-05,2026-02-04,',
)

type Options = Partial<Omit<ImportRequest, 'source' | 'clientId'>> & { readonly by?: Person }

const attempt = (client: TestClient, content: string, { by = client.lead, ...options }: Options = {}) =>
  importLedger(deps, {
    asker: { kind: 'TOKEN', subject: by.subject, expiresAt: new Date(Date.now() + 60_000) },
    clientId: client.id,
    profile,
    source: {
      name: 'ledger.csv',
      open: async function* () {
        yield Buffer.from(content)
      },
    },
    dryRun: false,
    allowPartial: false,
    ...options,
  })

const load = async (client: TestClient, content: string, options: Options = {}): Promise<ImportReport> => {
  const report = await attempt(client, content, options)
  if (isRefusal(report)) throw report
  return report
}

/** What a load leaves behind, under names instead of ids, so that two clients can be compared. */
const holdings = async (client: TestClient) => ({
  items: await asOwner(
    `select i.source_key, i.kind, i.number, i.currency, i.original_minor, i.ledger_open_minor, i.pending_minor, i.open_minor, i.document_on,
       i.due_on, i.closed_on, coalesce(c.number, '') as customer_number, c.name as customer
     from open_item i join customer c using (client_id) where c.id = i.customer_id and client_id = $1 order by source_key`,
    [client.id],
  ),
  customers: await asOwner<{ number: string | null; name: string }>(
    'select number, name from customer where client_id = $1 order by number, name',
    [client.id],
  ),
})
const rowCounts = async (client: TestClient) => {
  const tables = ['open_item', 'open_item_change', 'customer', 'customer_alias', 'legal_entity', 'payment_terms', 'work_item']
  return Promise.all(tables.map(async (table) => (await rowsOf(client, table)).length))
}
/** Rows made in one millisecond have ids in no order. */
const by = async (client: TestClient, table: string, ...columns: string[]) =>
  (await rowsOf(client, table)).toSorted((a, b) => {
    const text = (value: unknown) => (typeof value === 'number' ? String(value).padStart(12) : String(value))
    const [left, right] = [a, b].map((row) => columns.map((column) => text(row[column])).join(' '))
    return (left ?? '') < (right ?? '') ? -1 : 1
  })
const items = (client: TestClient) => by(client, 'open_item', 'batch_row')
const batchOf = async (client: TestClient, { batchId }: ImportReport) =>
  (await rowsOf(client, 'import_batch')).find(({ id }) => id === batchId)
const eventNames = async (client: TestClient) => (await rowsOf(client, 'event')).map(({ name }) => name)

describe('importLedger', () => {
  it('brings items, customers and the queue, with batch and row', async () => {
    const client = await aClient()
    const report = await load(client, twoItems)
    expect(report).toMatchObject({
      state: 'APPLIED',
      rowsRead: 2,
      effects: { inserted: 2, changed: 0, unchanged: 0, customersAdded: 2 },
      totals: [
        {
          legalEntity: 'C1',
          currency: 'USD',
          read: { rows: 2, amount: '570.50' },
          accepted: { rows: 2, amount: '570.50', open: '570.50' },
        },
      ],
    })
    expect(await items(client)).toMatchObject([
      {
        number: '1',
        source: 'TEST-ERP',
        source_key: 'C1/1',
        open_minor: 50_000n,
        batch_id: report.batchId,
        batch_row: 2,
        version: 1,
      },
      { number: '2', open_minor: 7_050n, batch_row: 3 },
    ])
    expect(await rowsOf(client, 'work_item')).toHaveLength(2)
    expect(await batchOf(client, report)).toMatchObject({
      id: report.batchId,
      state: 'APPLIED',
      rows_read: 2,
      rows_total: 2,
      report: { state: 'APPLIED' },
    })
    expect(await eventNames(client)).toEqual([
      'import.started',
      'customers.added',
      'openItems.changed',
      'import.finished',
      'work.changed',
      'work.changed',
    ])
  })

  it('changes nothing the second time, not even a stamp', async () => {
    const client = await aClient()
    await load(client, twoItems)
    const before = await rowsOf(client, 'open_item')
    const again = await load(client, twoItems)
    expect(again).toMatchObject({ state: 'APPLIED', effects: { inserted: 0, changed: 0, unchanged: 2, customersAdded: 0 } })
    expect(await rowsOf(client, 'open_item')).toEqual(before)
    expect(await rowsOf(client, 'open_item_change')).toEqual([])
    expect((await rowsOf(client, 'event')).filter(({ name }) => name === 'openItems.changed')).toHaveLength(1)
  })

  it('updates a changed row and keeps what it was', async () => {
    const client = await aClient()
    await load(client, twoItems)
    const report = await load(client, twoItems.replace('500.00,500.00', '500.00,120.00').replace('2026-02-04', '2026-02-28'))
    expect(report.effects).toMatchObject({ inserted: 0, changed: 2, unchanged: 0 })
    expect(await items(client)).toMatchObject([
      { open_minor: 12_000n, ledger_open_minor: 12_000n, version: 2, batch_id: report.batchId, batch_row: 2 },
      { due_on: '2026-02-28', version: 2, batch_row: 3 },
    ])
    const changes = await by(client, 'open_item_change', 'batch_row')
    expect(changes).toMatchObject([
      {
        version: 2,
        batch_id: report.batchId,
        batch_row: 2,
        changes: { ledgerOpenMinor: ['50000', '12000'], openMinor: ['50000', '12000'] },
      },
      { version: 2, batch_row: 3, changes: { dueOn: ['2026-02-04', '2026-02-28'] } },
    ])
  })

  it('closes what the ledger has paid and opens what it takes back', async () => {
    const client = await aClient({ timeZone: 'Asia/Tokyo' })
    await load(client, twoItems)
    await load(client, twoItems.replace('500.00,500.00', '500.00,0.00'), { dataAsOf: new Date('2026-03-01T20:00:00Z') })
    expect(await items(client)).toMatchObject([{ open_minor: 0n, closed_on: '2026-03-02' }, { closed_on: null }])
    await load(client, twoItems)
    expect(await items(client)).toMatchObject([{ open_minor: 50_000n, closed_on: null, version: 3 }, { version: 1 }])
  })

  it('refuses a file with one bad row, and leaves the reason behind but no item', async () => {
    const client = await aClient()
    const bad = twoItems.replace('2026-01-05', '2026-02-30').replace('70.50,', 'seventy,')
    const before = await rowCounts(client)
    const report = await load(client, bad)
    expect(report).toMatchObject({ state: 'REFUSED', effects: null, rowsRejected: 1, reasons: [{ code: 'REJECTED_ROWS' }] })
    expect(await rowCounts(client)).toEqual(before)
    const raw = 'C1,200,Bolt,2,USD,seventy,70.50,2026-02-30,2026-02-04,'
    expect(await by(client, 'import_reject', 'row_number', 'column_name')).toMatchObject([
      { batch_id: report.batchId, row_number: 3, outcome: 'REJECTED', column_name: 'amount', code: 'NOT_A_NUMBER', raw },
      { row_number: 3, column_name: 'on', code: 'NOT_A_DATE', raw },
    ])
    expect(await batchOf(client, report)).toMatchObject({
      state: 'REFUSED',
      report: { reasons: [{ code: 'REJECTED_ROWS' }] },
    })
  })

  it('takes the good rows where a part is allowed', async () => {
    const client = await aClient()
    const report = await load(client, twoItems.replace('2026-01-05', '2026-02-30'), { allowPartial: true })
    expect(report).toMatchObject({ state: 'APPLIED', rowsRejected: 1, effects: { inserted: 1 } })
    expect(report.totals[0]).toMatchObject({
      read: { rows: 2, amount: '570.50' },
      accepted: { amount: '500.00' },
      rejected: { amount: '70.50' },
    })
    expect(await items(client)).toMatchObject([{ number: '1' }])
    expect(await rowsOf(client, 'import_reject')).toHaveLength(1)
  })

  it('shows in a dry run exactly what the real one does, and does nothing', async () => {
    const client = await aClient()
    await load(client, twoItems)
    const next = `${twoItems.replace('500.00,500.00', '500.00,400.00')}C1,300,Cord,3,USD,-9.99,-9.99,2026-01-06,,\n`
    const before = [await rowCounts(client), await rowsOf(client, 'open_item')]
    const shown = await load(client, next, { dryRun: true })
    expect(shown).toMatchObject({
      state: 'DRY_RUN',
      reasons: [],
      effects: { inserted: 1, changed: 1, unchanged: 1, customersAdded: 1 },
    })
    expect([await rowCounts(client), await rowsOf(client, 'open_item')]).toEqual(before)
    expect(await batchOf(client, shown)).toMatchObject({
      state: 'DRY_RUN',
      report: { effects: { inserted: 1 } },
    })
    const real = await load(client, next)
    expect(real).toEqual({ ...shown, batchId: real.batchId, dataAsOf: real.dataAsOf, state: 'APPLIED' })
  })

  it.each([
    ['a count', { legalEntity: 'C1', currency: 'USD', count: 3, amount: '570.50' }],
    ['an amount', { legalEntity: null, currency: 'USD', count: 2, amount: '570.51' }],
    ['a company that is not there', { legalEntity: 'C2', currency: 'USD', count: 2, amount: '570.50' }],
  ])('refuses %s that does not tie, even where a part is allowed', async (_case, total) => {
    const client = await aClient()
    const report = await load(client, twoItems, { allowPartial: true, controlTotals: [total] })
    expect(report).toMatchObject({ state: 'REFUSED', reasons: [{ code: 'CONTROL_TOTALS' }], differences: [total] })
    expect(await rowsOf(client, 'open_item')).toEqual([])
  })

  it('takes a file whose control totals tie', async () => {
    const client = await aClient()
    const controlTotals = [{ legalEntity: 'C1', currency: 'USD', count: 2, amount: '570.5' }]
    expect(await load(client, twoItems, { controlTotals })).toMatchObject({ state: 'APPLIED', differences: [] })
  })

  it.each([
    ['a column is missing', 'company,customer,number\nC1,1,2\n', 'MISSING_COLUMN'],
    ['a column is there twice', `${header},on\nC1\n`, 'AMBIGUOUS_COLUMN'],
    ['a quote never ends', file('C1,"100,Acme,1,USD,1,1,2026-01-01,2026-01-31,'), 'MALFORMED'],
    ['there is nothing', '', 'EMPTY'],
    ['there is only a header', file(), 'EMPTY'],
  ])('refuses the whole file when %s', async (_case, content, code) => {
    const client = await aClient()
    expect(await load(client, content, { allowPartial: true })).toMatchObject({ state: 'REFUSED', reasons: [{ code }] })
  })

  it('takes what was applied here as confirmed when the ledger’s open amount falls', async () => {
    const client = await aClient()
    await load(client, twoItems)
    const pay = (minor: bigint) =>
      asOwner(
        'update open_item set pending_minor = $2, open_minor = ledger_open_minor - $2 where client_id = $1 and number = $3',
        [client.id, minor, '1'],
      )
    await pay(30_000n)
    await load(client, twoItems.replace('2026-01-31', '2026-02-01'))
    expect((await items(client))[0]).toMatchObject({
      ledger_open_minor: 50_000n,
      pending_minor: 30_000n,
      open_minor: 20_000n,
    })
    await load(client, twoItems.replace('500.00,500.00', '500.00,300.00'))
    expect((await items(client))[0]).toMatchObject({
      ledger_open_minor: 30_000n,
      pending_minor: 10_000n,
      open_minor: 20_000n,
    })
    await load(client, twoItems.replace('500.00,500.00', '500.00,0.00'))
    expect((await items(client))[0]).toMatchObject({ ledger_open_minor: 0n, pending_minor: 0n, open_minor: 0n })
  })

  it('derives a due date from terms whose rule is known, and refuses where it is not', async () => {
    const client = await aClient()
    const content = file('C1,100,Acme,1,USD,5,5,2026-01-31,,EOM10')
    expect(await load(client, content)).toMatchObject({ state: 'REFUSED', faults: [{ code: 'BLANK', column: 'due', rows: 1 }] })
    await asOwner(
      `insert into payment_terms (client_id, id, code, rule, created_at) values ($1, gen_random_uuid(), 'EOM10', $2, now())`,
      [client.id, JSON.stringify({ endOfMonth: true, monthsAdded: 1 })],
    )
    expect(await load(client, content)).toMatchObject({ state: 'APPLIED' })
    expect(await items(client)).toMatchObject([{ due_on: '2026-02-28' }])
  })

  it('lets one of two loads at once wait, and loses nothing', async () => {
    const client = await aClient()
    const files = [0, 1, 2].map((n) =>
      file(...Array.from({ length: 40 }, (_, i) => `C1,${i},Name ${i},${i},USD,${100 + n},${100 + n},2026-01-01,2026-01-31,`)),
    )
    const reports = await Promise.all(files.map((content) => load(client, content)))
    expect(reports.map(({ state }) => state)).toEqual(['APPLIED', 'APPLIED', 'APPLIED'])
    expect((await rowsOf(client, 'open_item')).map(({ version }) => version)).toEqual(Array(40).fill(3))
    expect(await rowsOf(client, 'open_item_change')).toHaveLength(80)
  })

  it.each([
    ['the client itself', (client: TestClient) => client.portal],
    ['an analyst', (client: TestClient) => client.analyst],
    ['an analyst of another provider', (client: TestClient) => client.stranger],
  ])('%s imports nothing', async (_case, who) => {
    const client = await aClient()
    expect(await attempt(client, twoItems, { by: who(client) })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await rowsOf(client, 'import_batch')).toHaveLength(1)
  })

  it('fails what a dead process left running', async () => {
    const client = await aClient()
    const report = await load(client, twoItems)
    const { batchId } = report
    const asker = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
    const leave = (msAgo: number) =>
      asOwner(`update import_batch set state = 'RUNNING', finished_at = null, started_at = $2 where id = $1`, [
        batchId,
        new Date(Date.now() - msAgo),
      ])
    const sweep = () =>
      inUnit(deps.database, { asker, readOnly: false, now: new Date() }, (tx) =>
        failAbandonedImports({ tx, clientId: client.id, now: tx.now }),
      )
    await leave(limits.database.loadMs - 60_000)
    expect(await sweep()).toEqual({ batchIds: [] })
    await leave(limits.database.loadMs + 60_000)
    expect(await sweep()).toEqual({ batchIds: [batchId] })
    expect(await batchOf(client, report)).toMatchObject({
      state: 'FAILED',
      report: { reasons: [{ code: 'ABANDONED' }] },
    })
  })
})

describe('who a name means', () => {
  const numbered = file(
    'C1,100,Acme Inc,1,USD,10,10,2026-01-01,2026-01-31,',
    'C1,100,ACME,2,USD,10,10,2026-01-01,2026-01-31,',
    'C1,200,Bolt,3,USD,10,10,2026-01-01,2026-01-31,',
  )
  const alsoBolt = file('C1,201,Bolt,4,USD,10,10,2026-01-01,2026-01-31,')
  const named = file(
    'C1,,Acme  Inc ,11,USD,20,20,2026-01-01,2026-01-31,',
    'C1,,Bolt,12,USD,30,30,2026-01-01,2026-01-31,',
    'C1,,Nobody,13,USD,40,40,2026-01-01,2026-01-31,',
  )

  it('is the one number with this spelling, a name of its own otherwise, in whichever order the files come', async () => {
    const orders = [
      [numbered, alsoBolt, named],
      [numbered, named, alsoBolt],
      [named, numbered, alsoBolt],
      [named, alsoBolt, numbered],
      [alsoBolt, named, numbered],
    ]
    const all = []
    for (const order of orders) {
      const client = await aClient()
      for (const content of order) expect(await load(client, content)).toMatchObject({ state: 'APPLIED' })
      const { items, customers } = await holdings(client)
      // A name that was known alone first may have a place in the queue already, and then stays without items.
      const used = new Set(items.map((item) => `${(item as { customer: string }).customer}`))
      all.push({
        items,
        customers: customers.filter(({ number, name }) => number !== null || used.has(name)),
      })
    }
    expect(all[0]?.items).toMatchObject([
      { source_key: 'C1/1', customer_number: '100' },
      { source_key: 'C1/11', customer_number: '100' },
      { source_key: 'C1/12', customer_number: '', customer: 'Bolt' },
      { source_key: 'C1/13', customer_number: '', customer: 'Nobody' },
      { source_key: 'C1/2', customer_number: '100' },
      { source_key: 'C1/3', customer_number: '200' },
      { source_key: 'C1/4', customer_number: '201' },
    ])
    for (const other of all) expect(other).toEqual(all[0])
  })

  it('says so in the item’s history, and forgets who was known by name alone', async () => {
    const client = await aClient()
    const paid = named.replaceAll(/,(\d+),\1,/g, ',$1,0,')
    await load(client, paid)
    expect((await holdings(client)).customers).toHaveLength(3)
    const report = await load(client, numbered)
    expect(report.effects).toMatchObject({ inserted: 3, itemsIdentified: 2, customersForgotten: 2 })
    expect((await holdings(client)).customers).toMatchObject([
      { number: '100', name: 'ACME' },
      { number: '200' },
      { number: null, name: 'Nobody' },
    ])
    expect(await by(client, 'open_item_change', 'batch_row')).toMatchObject([
      { batch_id: report.batchId, batch_row: 2, changes: { customerId: [expect.any(String), expect.any(String)] } },
      { batch_row: 4 },
    ])
    expect(await load(client, paid)).toMatchObject({ effects: { inserted: 0, changed: 0, unchanged: 3, customersAdded: 0 } })
  })

  it('keeps one known by name alone to whom something else belongs', async () => {
    const client = await aClient()
    await load(client, named.replaceAll(/,(\d+),\1,/g, ',$1,0,'))
    const [acme] = await asOwner<{ id: string }>(`select id from customer where client_id = $1 and name = 'Acme Inc'`, [
      client.id,
    ])
    await aReceipt(client, { id: acme?.id ?? '', gid: '' }, 5n)
    expect((await load(client, numbered)).effects).toMatchObject({ itemsIdentified: 2, customersForgotten: 1 })
  })

  it('stays with the number that an earlier file gave the item', async () => {
    const client = await aClient()
    await load(client, numbered)
    const report = await load(client, file('C1,,Somebody,1,USD,10,4,2026-01-01,2026-01-31,'))
    expect(report.effects).toMatchObject({ changed: 1 })
    expect((await holdings(client)).items[0]).toMatchObject({ source_key: 'C1/1', customer_number: '100', open_minor: 400n })
  })
})

describe('importOpenItems', () => {
  const row: OpenItemInput = {
    legalEntity: 'C1',
    customerNumber: '100',
    customerName: 'Acme',
    kind: 'INVOICE',
    number: '0001',
    sourceKey: 'C1/0001',
    currency: 'KWD',
    amount: '12.345',
    documentOn: '2026-01-01',
    dueOn: '2026-01-31',
  }
  const call = (client: TestClient, rows: OpenItemInput[], options: object = {}) =>
    inUnit(
      database,
      { asker: { kind: 'TOKEN', subject: client.integration.subject, expiresAt: new Date() }, readOnly: false, now: new Date() },
      (tx) =>
        perform(tx, importOpenItems, {
          clientId: client.id,
          source: 'CRM',
          rows,
          allowPartial: false,
          controlTotals: [],
          dataAsOf: null,
          idempotencyKey: String(Math.random()),
          ...options,
        }),
    )

  it('answers for each row', async () => {
    const client = await aClient()
    await call(client, [row])
    const next = [
      { ...row, amount: '12.346' },
      { ...row, number: '2', sourceKey: '2' },
      { ...row, number: '2', sourceKey: '2' },
    ]
    expect(await call(client, next)).toMatchObject({
      outcomes: [
        { row: 1, outcome: 'CHANGED' },
        { row: 2, outcome: 'INSERTED' },
        { row: 3, outcome: 'SKIPPED', faults: [{ code: 'DUPLICATE_ROW' }] },
      ],
      effects: { inserted: 1, changed: 1, unchanged: 0 },
    })
    expect(await call(client, next.slice(0, 1))).toMatchObject({ outcomes: [{ outcome: 'UNCHANGED' }] })
    expect(await items(client)).toMatchObject([{ original_minor: 12_346n, version: 2 }, { original_minor: 12_345n }])
  })

  it('answers a repeated key the same, and does it once', async () => {
    const client = await aClient()
    const first = await call(client, [row], { idempotencyKey: 'k' })
    expect(await call(client, [row], { idempotencyKey: 'k' })).toEqual(first)
    expect(await rowsOf(client, 'import_batch')).toHaveLength(2)
  })

  it.each([
    [
      'a row that cannot be taken',
      { rows: [row, { ...row, sourceKey: 'x', amount: '1.2345' }] },
      { code: 'IMPORT_REFUSED', rejects: [{ row: 2, faults: [{ column: 'amount', code: 'TOO_PRECISE' }] }] },
    ],
    [
      'control totals that do not tie',
      { controlTotals: [{ legalEntity: null, currency: 'KWD', count: 2, amount: '12.345' }] },
      { code: 'CONTROL_TOTALS_MISMATCH', differences: [{ foundCount: 1, foundAmount: '12.345' }] },
    ],
    ['no rows', { rows: [] }, { code: 'INVALID_INPUT', path: ['input', 'rows'] }],
  ])('refuses %s and writes nothing', async (_case, options, refusal) => {
    const client = await aClient()
    expect(await call(client, [row], options)).toMatchObject(refusal)
    expect(await rowsOf(client, 'open_item')).toEqual([])
    expect(await rowsOf(client, 'import_batch')).toHaveLength(1)
  })
})

const data = join(import.meta.dirname, '../../../shared/data')

describe.skipIf(!existsSync(data))('the ledgers in ../shared/data (skipped where they are absent)', () => {
  const open = (path: string) => ({ name: path, open: () => createReadStream(join(data, path)) })
  const from = (client: TestClient, path: string, name: string, options: Options = {}) => {
    const given = profileNamed(name)
    if (given === null) throw new Error(name)
    return importLedger(deps, {
      asker: { kind: 'TOKEN', subject: client.lead.subject, expiresAt: new Date() },
      clientId: client.id,
      profile: given,
      source: open(path),
      dryRun: false,
      allowPartial: true,
      ...options,
    })
  }
  const sums = (client: TestClient) =>
    asOwner(
      `select e.code, i.currency, count(*)::int as rows, sum(i.original_minor)::bigint as minor, sum(i.open_minor)::bigint as open
       from open_item i join legal_entity e on e.client_id = i.client_id and e.id = i.legal_entity_id
       where i.client_id = $1 group by 1, 2 order by 1, 2`,
      [client.id],
    )

  it('HighRadius: totals to the cent, the rounding told, the same in either order', async () => {
    const [first, second] = [await aClient(), await aClient()]
    const openReport = await from(first, 'ledger-highradius/open.csv', 'highradius-open', {
      allowPartial: false,
      controlTotals: [
        { legalEntity: 'CA02', currency: 'USD', count: 704, amount: '29552733.504' },
        { legalEntity: 'U001', currency: 'USD', count: 8887, amount: '278746187.80' },
      ],
    })
    expect(openReport).toMatchObject({ state: 'APPLIED', rowsRead: 9681, effects: { inserted: 9681, customersAdded: 553 } })
    expect((openReport as ImportReport).totals[0]).toMatchObject({
      legalEntity: 'CA02',
      roundedRows: 576,
      roundingDifference: '0.064',
    })

    const cleared = await from(first, 'ledger-highradius/cleared.csv', 'highradius-cleared', {
      controlTotals: [
        { legalEntity: null, currency: 'USD', count: 36_818, amount: '1106412673.92' },
        { legalEntity: null, currency: 'CAD', count: 3_182, amount: '176188721.82' },
      ],
    })
    expect(cleared).toMatchObject({ state: 'APPLIED', rowsRead: 40_000, rowsAccepted: 39_152, rowsSkipped: 842, rowsRejected: 6 })

    await from(second, 'ledger-highradius/cleared.csv', 'highradius-cleared')
    await from(second, 'ledger-highradius/open.csv', 'highradius-open')
    expect(await sums(second)).toEqual(await sums(first))
    const [one, other] = [await holdings(first), await holdings(second)]
    expect(other.customers).toEqual(one.customers)
    expect(other.items).toEqual(one.items)
  }, 300_000)

  it('HighRadius: the spreadsheet’s victim is refused row by row', async () => {
    const client = await aClient()
    const report = await from(client, 'ledger-highradius/open-excel-mangled.csv', 'highradius-open', { allowPartial: false })
    expect(report).toMatchObject({ state: 'REFUSED', rowsRejected: 9681, reasons: [{ code: 'REJECTED_ROWS' }] })
    expect(await rowsOf(client, 'open_item')).toEqual([])
    expect(await rowsOf(client, 'import_reject')).toHaveLength(2 * 9681)
  }, 60_000)

  it('IBM: numbers keep their zeros, and days late come out as the source has them', async () => {
    const client = await aClient()
    expect(await from(client, 'ledger-ibm/receivables.csv', 'ibm-receivables', { allowPartial: false })).toMatchObject({
      state: 'APPLIED',
      effects: { inserted: 2466, customersAdded: 100 },
    })
    const [facts] = await asOwner(
      `select sum(original_minor)::bigint as minor, count(*) filter (where is_disputed)::int as disputed,
         count(*) filter (where closed_on > due_on)::int as late, count(*) filter (where length(number) = 10)::int as whole
       from open_item where client_id = $1`,
      [client.id],
    )
    expect(facts).toEqual({ minor: 14_770_318n, disputed: 561, late: 877, whole: 2466 })
  })
})

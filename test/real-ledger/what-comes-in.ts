import { describe, expect, it } from 'vitest'
import type { ImportReport } from '../../src/modules/intake/index.ts'
import { aboutLoads, load, reading, rejectsFile, say, tableSums, upload } from './asking.ts'
import { cleared, ibm, inCleared, inIbm, inOpen, loaded, open, pilesIn, together } from './loads.ts'
import {
  byCompany,
  clearedItems,
  daysBetween,
  ibmItems,
  openItems,
  type Piles,
  pilesOf,
  type RawItem,
  rawFile,
  rowsOfCsv,
  sorted,
  thousandths,
  toCents,
} from './raw.ts'
import { type RealClient, type Someone, theWorld } from './world.ts'

type Totals = ImportReport['totals'][number]

const reported = ({ totals }: ImportReport, which: (totals: Totals) => { rows: number; amount: string }): Piles => {
  const piles = pilesOf(totals, (each) => ({
    key: `${each.legalEntity} ${each.currency}`,
    exact: thousandths(which(each).amount),
  }))
  const rows = new Map(totals.map((each) => [`${each.legalEntity} ${each.currency}`, which(each).rows]))
  return new Map([...piles].map(([key, { exact }]) => [key, { rows: rows.get(key) ?? 0, exact }]))
}

/** The piles of a part, with nothing where the part has no row of a company. */
const among = (whole: Piles, part: Piles): Piles =>
  new Map([...whole.keys()].map((key) => [key, part.get(key) ?? { rows: 0, exact: 0n }]))

type Booked = {
  company: string
  number: string
  currency: string
  original: bigint
  open: bigint
  document_on: string
  due_on: string
  closed_on: string | null
  batch_row: number
}

const booksOf = async ({ id }: RealClient): Promise<readonly Booked[]> => {
  const { sql } = await theWorld()
  return sql<Booked>(
    `select e.code as company, i.number, i.currency, i.original_minor as original, i.open_minor as open, i.document_on, i.due_on, i.closed_on,
       i.batch_row
     from open_item i join legal_entity e on e.client_id = i.client_id and e.id = i.legal_entity_id
     where i.client_id = $1 and i.source in ('HIGHRADIUS', 'IBM')`,
    [id],
  )
}

const keyed = (rows: readonly Booked[]) => new Map(rows.map((row) => [`${row.company}/${row.number}`, row]))

const expectedIn = (items: readonly RawItem[]) =>
  keyed(
    items.map(({ company, number, currency, exact, documentOn, dueOn, closedOn, row }) => ({
      company,
      number,
      currency,
      original: toCents(exact),
      open: closedOn === null ? toCents(exact) : 0n,
      document_on: documentOn,
      due_on: dueOn,
      closed_on: closedOn,
      batch_row: row.line,
    })),
  )

type Reject = { rowNumber: number; isHarmless: boolean; column: string | null; code: string; message: string; raw: string }
type Batch = {
  id: string
  state: string
  sourceName: string
  totals: readonly { legalEntity: string; currency: string; roundedRows: number; roundingDifference: string }[]
}

const batchesOf = async (who: Someone, client: RealClient): Promise<readonly Batch[]> => {
  const { client: at } = await reading<{ client: { imports: { edges: { node: Batch }[] } } }>(
    who,
    `query Loads($client: ID!) { client(id: $client) { imports(first: 50) { edges { node { id state sourceName
      totals { legalEntity currency roundedRows roundingDifference } } } } } }`,
    { client: client.gid },
  )
  return at.imports.edges.map(({ node }) => node)
}

/** Every row that was not taken, page by page through the API. */
const rejectsOf = async (who: Someone, batch: string): Promise<readonly Reject[]> => {
  type Page = {
    node: { rejects: { pageInfo: { hasNextPage: boolean; endCursor: string | null }; edges: { node: Reject }[] } }
  }
  const found: Reject[] = []
  for (let after: string | null = null, isMore = true; isMore; ) {
    const page: Page = await reading<Page>(
      who,
      `query Rejects($id: ID!, $after: String) { node(id: $id) { ... on ImportBatch { rejects(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor } edges { node { rowNumber isHarmless column code message raw } } } } } }`,
      { id: batch, after },
    )
    found.push(...page.node.rejects.edges.map(({ node }) => node))
    after = page.node.rejects.pageInfo.endCursor
    isMore = page.node.rejects.pageInfo.hasNextPage
  }
  return found
}

const asTold = ({ rowNumber, isHarmless, code, column, raw }: Reject) => ({ rowNumber, isHarmless, code, column, raw })

export const theLoads = () => {
  describe('a file that is not as it should be', () => {
    it('is refused whole for six rows without a number, unless a part is allowed, and leaves nothing', async () => {
      const { a } = await theWorld()
      const before = await tableSums(aboutLoads)
      const report = await load(a, cleared, 'highradius-cleared')
      expect(report).toMatchObject({
        state: 'REFUSED',
        effects: null,
        rowsRejected: 6,
        reasons: [{ code: 'REJECTED_ROWS' }],
        faults: expect.arrayContaining([expect.objectContaining({ code: 'BLANK', column: 'Invoice ID', rows: 6 })]),
      })
      expect(await tableSums(aboutLoads)).toEqual(before)
    })

    it.each([
      ['a cent', 'U001:USD:8887:278746187.81', { legalEntity: 'U001', foundCount: 8_887, foundAmount: '278746187.80' }],
      ['a row', ':USD:9680:310427858.974', { legalEntity: null, foundCount: 9_681, foundAmount: '310427858.974' }],
    ])('is refused when the control totals are off by %s', async (_case, control, difference) => {
      const { a, integrationA } = await theWorld()
      const before = await tableSums(aboutLoads)
      const { status, body } = await upload(
        integrationA,
        open,
        { client: a.code, profile: 'highradius-open', allowPartial: 'true' },
        [control],
      )
      expect({ status, ...body }).toMatchObject({
        status: 422,
        state: 'REFUSED',
        effects: null,
        reasons: [{ code: 'CONTROL_TOTALS' }],
        differences: [difference],
      })
      expect(await tableSums(aboutLoads)).toEqual(before)
    })
  })

  describe('the ledgers', () => {
    it('come in whole: every row read is taken, rejected or skipped', async () => {
      const { open, cleared, ibm } = await loaded()
      expect(open).toMatchObject({ state: 'APPLIED', rowsRead: 9_681, rowsAccepted: 9_681, rowsRejected: 0, rowsSkipped: 0 })
      expect(open.effects).toMatchObject({ inserted: 9_681, changed: 0, unchanged: 0, customersAdded: 553 })
      expect(cleared).toMatchObject({
        state: 'APPLIED',
        rowsRead: 40_000,
        rowsAccepted: 39_152,
        rowsRejected: 6,
        rowsSkipped: 842,
      })
      expect(cleared.effects).toMatchObject({ inserted: 39_152, changed: 0, unchanged: 0 })
      expect(ibm).toMatchObject({ state: 'APPLIED', rowsRead: 2_466, rowsAccepted: 2_466, rowsRejected: 0, rowsSkipped: 0 })
      expect(ibm.effects).toMatchObject({ inserted: 2_466, changed: 0, unchanged: 0, customersAdded: 100 })
    })

    it('tie with what is known of the files, by company and currency', async () => {
      const { open, cleared, ibm } = await loaded()
      expect(reported(cleared, ({ read }) => read)).toEqual(pilesIn(inCleared))
      expect(
        together(
          reported(cleared, ({ read }) => read),
          'USD',
        ),
      ).toEqual([36_818, '1106412673.920'])
      expect(
        together(
          reported(cleared, ({ read }) => read),
          'CAD',
        ),
      ).toEqual([3_182, '176188721.820'])
      expect(reported(open, ({ read }) => read)).toEqual(pilesIn(inOpen))
      expect(
        together(
          reported(ibm, ({ read }) => read),
          'USD',
        ),
      ).toEqual([inIbm[0], `${inIbm[1]}0`])
    })

    it('tie with an independent sum of the raw files: accepted + rejected + skipped + rounding = file', async () => {
      const { open, cleared, ibm } = await loaded()
      for (const [report, items] of [
        [open, openItems()],
        [cleared, clearedItems()],
        [ibm, ibmItems()],
      ] as const) {
        const { taken, repeated, nameless } = sorted(items)
        const whole = byCompany(items)
        const booked = pilesOf(taken, ({ company, currency, exact }) => ({
          key: `${company} ${currency}`,
          exact: toCents(exact) * 10n,
        }))
        expect(reported(report, ({ read }) => read)).toEqual(whole)
        expect(reported(report, ({ accepted }) => accepted)).toEqual(among(whole, booked))
        expect(reported(report, ({ skipped }) => skipped)).toEqual(among(whole, byCompany(repeated)))
        expect(reported(report, ({ rejected }) => rejected)).toEqual(among(whole, byCompany(nameless)))
        for (const { legalEntity, currency, read, accepted, rejected, skipped, roundingDifference } of report.totals) {
          const parts = [accepted.amount, rejected.amount, skipped.amount, roundingDifference].map(thousandths)
          expect(parts.reduce((sum, part) => sum + part)).toBe(whole.get(`${legalEntity} ${currency}`)?.exact)
          expect(accepted.rows + rejected.rows + skipped.rows).toBe(read.rows)
        }
      }
    })

    it('stand in the books row by row as in the files, each with its line', async () => {
      await loaded()
      const { a, b } = await theWorld()
      const booksOfA = keyed(await booksOf(a))
      expect(booksOfA.size).toBe(9_681 + 39_152)
      expect(booksOfA).toEqual(expectedIn([...sorted(openItems()).taken, ...sorted(clearedItems()).taken]))
      expect(keyed(await booksOf(b))).toEqual(expectedIn(ibmItems()))
    })

    it('keep every row that was not taken, with its line and its reason', async () => {
      await loaded()
      const { a, collector, integrationA } = await theWorld()
      const batch = (await batchesOf(collector, a)).find(
        ({ sourceName, state }) => sourceName === 'cleared.csv' && state === 'APPLIED',
      )
      const { repeated, nameless } = sorted(clearedItems())
      expect([repeated.length, nameless.length]).toEqual([842, 6])
      expect(nameless.map(({ row }) => row.line)).toEqual([4_122, 15_661, 24_323, 24_874, 30_820, 35_629])
      const expected = [
        ...repeated.map(({ row }) => ({ row, isHarmless: true, code: 'DUPLICATE_ROW', column: null })),
        ...nameless.map(({ row }) => ({ row, isHarmless: false, code: 'BLANK', column: 'Invoice ID' })),
      ]
        .map(({ row, ...reason }) => ({ rowNumber: row.line, ...reason, raw: row.raw }))
        .toSorted((one, other) => one.rowNumber - other.rowNumber)

      const rejects = await rejectsOf(collector, batch?.id ?? '')
      expect(rejects.map(asTold)).toEqual(expected)
      expect(rejects.every(({ message }) => message.length > 0)).toBe(true)

      const file = await rejectsFile(integrationA, batch?.id ?? '')
      expect(file.status).toBe(200)
      const inFile = rowsOfCsv(file.text).map(({ cells }) => ({
        rowNumber: Number(cells.row),
        isHarmless: cells.outcome === 'SKIPPED',
        code: cells.code,
        column: cells.column === '' ? null : cells.column,
        raw: cells.raw,
      }))
      expect(inFile).toEqual(expected)
    })

    it('round amounts of three decimals half to even, and say of how many and by how much', async () => {
      const { open } = await loaded()
      const { a, collector } = await theWorld()
      const rounded = openItems().filter(({ exact }) => exact % 10n !== 0n)
      expect(rounded).toHaveLength(576)
      const difference = rounded.reduce((sum, { exact }) => sum + exact - toCents(exact) * 10n, 0n)
      const batch = (await batchesOf(collector, a)).find(
        ({ sourceName, state }) => sourceName === 'open.csv' && state === 'APPLIED',
      )
      for (const totals of [open.totals, batch?.totals ?? []]) {
        expect(totals.reduce((sum, { roundedRows }) => sum + roundedRows, 0)).toBe(576)
        expect(totals.reduce((sum, each) => sum + thousandths(each.roundingDifference), 0n)).toBe(difference)
      }
      expect(difference).toBe(thousandths('0.064'))

      const warning = open.warnings.find(({ code }) => code === 'ROUNDED')
      expect(warning).toMatchObject({ column: 'converted_usd', rows: 576 })
      const listed = warning?.listed.map(({ rowNumber }) => rowNumber) ?? []
      expect(listed.length).toBeGreaterThanOrEqual(200)
      expect(listed).toEqual(rounded.slice(0, listed.length).map(({ row }) => row.line))
      say(`of the 576 rounded rows the report lists ${listed.length}`)
    })

    it('are told with what is odd about them and was taken nevertheless', async () => {
      const { cleared } = await loaded()
      const odd = (items: readonly RawItem[]) => [
        items.filter(({ dueOn, documentOn }) => dueOn < documentOn).length,
        items.filter(({ closedOn, documentOn }) => closedOn !== null && closedOn < documentOn).length,
      ]
      expect(odd(clearedItems())).toEqual([150, 1])
      const [dueBefore, paidBefore] = odd(sorted(clearedItems()).taken)
      expect(cleared.warnings).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ code: 'DUE_BEFORE_DOCUMENT', column: 'Due Date', rows: dueBefore }),
          expect.objectContaining({ code: 'CLOSED_BEFORE_DOCUMENT', column: 'Payment Date', rows: paidBefore }),
        ]),
      )
      say(`of the rows taken ${dueBefore} are due before their date and ${paidBefore} paid before it`)
    })

    it('of IBM give the source’s own days late and days to settle for all 2,466 rows', async () => {
      await loaded()
      const { b, collector } = await theWorld()
      type Settled = {
        number: string
        documentOn: string
        dueOn: string
        closedOn: string
        daysOverdue: number
        isDisputed: boolean
      }
      type Page = {
        client: { invoices: { pageInfo: { hasNextPage: boolean; endCursor: string | null }; edges: { node: Settled }[] } }
      }
      const found = new Map<string, Settled>()
      for (let after: string | null = null, isMore = true; isMore; ) {
        const page: Page = await reading<Page>(
          collector,
          `query Settled($client: ID!, $after: String) { client(id: $client) { invoices(first: 100, after: $after, state: CLOSED) {
            pageInfo { hasNextPage endCursor } edges { node { number documentOn dueOn closedOn daysOverdue isDisputed } } } } }`,
          { client: b.gid, after },
        )
        for (const { node } of page.client.invoices.edges) found.set(node.number, node)
        after = page.client.invoices.pageInfo.endCursor
        isMore = page.client.invoices.pageInfo.hasNextPage
      }
      expect(found.size).toBe(2_466)
      const oracle = rawFile(ibm).map(({ cells }) => ({
        number: cells.invoiceNumber ?? '',
        daysLate: Number(cells.DaysLate),
        daysOverdue: Number(cells.DaysLate),
        daysToSettle: Number(cells.DaysToSettle),
        isDisputed: cells.Disputed === 'Yes',
      }))
      const recomputed = oracle.map(({ number }) => {
        const { documentOn = '', dueOn = '', closedOn = '', daysOverdue, isDisputed } = found.get(number) ?? {}
        const daysLate = Math.max(0, daysBetween(dueOn, closedOn))
        return { number, daysLate, daysOverdue, daysToSettle: daysBetween(documentOn, closedOn), isDisputed }
      })
      expect(recomputed).toEqual(oracle)
      expect(oracle.filter(({ daysLate }) => daysLate > 0)).toHaveLength(877)
      expect(oracle.filter(({ isDisputed }) => isDisputed)).toHaveLength(561)
    })
  })

  describe('the victim of a spreadsheet', () => {
    it('is refused row by row, and nothing of it is written', async () => {
      await loaded()
      const { a, lead } = await theWorld()
      const before = await tableSums(aboutLoads)
      const report = await load(a, 'ledger-highradius/open-excel-mangled.csv', 'highradius-open')
      expect(report).toMatchObject({ state: 'REFUSED', effects: null, rowsRead: 9_681, rowsRejected: 9_681, rowsAccepted: 0 })
      expect(report.faults.map(({ code, column, rows }) => [code, column, rows]).toSorted()).toEqual([
        ['NOT_A_DATE', 'due_in_date', 9_681],
        ['NOT_A_DATE', 'posting_date', 9_681],
      ])
      expect(await tableSums(aboutLoads)).toEqual(before)

      const batch = (await batchesOf(lead, a)).find(({ sourceName }) => sourceName === 'open-excel-mangled.csv')
      const { text } = await rejectsFile(lead, batch?.id ?? '')
      const lines = rowsOfCsv(text)
      const file = rawFile('ledger-highradius/open-excel-mangled.csv')
      expect(lines).toHaveLength(2 * file.length)
      expect([...new Set(lines.map(({ cells }) => `${cells.row} ${cells.raw}`))]).toEqual(
        file.map(({ line, raw }) => `${line} ${raw}`),
      )
    })
  })

  describe('IBM’s file with blanks', () => {
    it('is taken by rule: the 120 blanks are of electronic billing, which is not imported, and are told', async () => {
      await loaded()
      const { b } = await theWorld()
      const file = rawFile('ledger-ibm/receivables-with-blanks.csv')
      const blanks = file.filter(({ cells }) => Object.values(cells).includes(''))
      expect([file.length, blanks.length]).toEqual([2_586, 120])
      const columns = Object.keys(file[0]?.cells ?? {}).filter((name) => blanks.some(({ cells }) => cells[name] === ''))
      expect(columns).toEqual(['PaperlessDate', 'PaperlessBill'])

      const before = await tableSums(aboutLoads)
      const report = await load(b, 'ledger-ibm/receivables-with-blanks.csv', 'ibm-receivables', { dryRun: true })
      expect(report).toMatchObject({
        state: 'DRY_RUN',
        reasons: [],
        rowsRead: 2_586,
        rowsAccepted: 2_586,
        rowsRejected: 0,
        faults: [],
      })
      expect(
        report.warnings.map(({ code, column, rows, listed }) => [code, column, rows, listed.map(({ rowNumber }) => rowNumber)]),
      ).toEqual(columns.map((column) => ['BLANK_IGNORED', column, 120, blanks.map(({ line }) => line)]))
      expect(await tableSums(aboutLoads)).toEqual(before)
    })
  })
}

import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Day } from '../../src/kernel/day.ts'
import { defaultMatchingPolicy } from '../../src/modules/matching/rules.ts'
import { clearedItems, dataFolder, ibmItems, type RawItem, sorted, toCents } from '../real-ledger/raw.ts'
import { policyWith } from './facts.ts'
import { type PaidInvoice, type ReplayReport, type ReplayStyle, replay, shareOf } from './replay.ts'

// The engine alone on two real ledgers, without a database: how much it matches by itself, and that it is never wrong.

const paidInvoices = (items: readonly RawItem[], customerColumn: string): PaidInvoice[] =>
  items.map(({ row, number, company, currency, exact, documentOn, dueOn, closedOn }) => ({
    number,
    customer: row.cells[customerColumn] ?? '',
    company,
    currency,
    amountMinor: toCents(exact),
    documentOn: documentOn as Day,
    dueOn: dueOn as Day,
    paidOn: (closedOn ?? '') as Day,
  }))

const ledgers = {
  highradius: () => paidInvoices(sorted(clearedItems()).taken, 'Customer Name'),
  ibm: () => paidInvoices(ibmItems(), 'customerID'),
}
const seed = 20_260_209
const isThere = existsSync(dataFolder)

const linesHit = ({ linesHit, lines }: ReplayReport) => shareOf(linesHit, lines)
const valuesHit = ({ value }: ReplayReport) => [...value.values()].map(({ hit, of }) => shareOf(hit, of))

describe.skipIf(!isThere).each(['highradius', 'ibm'] as const)('the ledger of %s, paid once more', (name) => {
  const invoices = isThere ? ledgers[name]() : []
  const run = (style: ReplayStyle, policy = defaultMatchingPolicy) => replay({ invoices, style, policy, seed })

  it.each<[ReplayStyle, number]>([
    ['EXACT', 0.995],
    ['NOISY', 0.97],
    ['HOSTILE', 0.75],
  ])('%s: at least %d of the lines by itself, and none on a wrong item', (style, least) => {
    const report = run(style)
    expect(report.lines).toBe(invoices.length)
    expect(linesHit(report)).toBeGreaterThanOrEqual(least)
    for (const hit of valuesHit(report)) expect(hit).toBeGreaterThanOrEqual(least)
    expect(report.falseLines).toBe(0)
  })

  it('AMOUNT_ONLY: nothing by itself, not even by a bold policy', () => {
    const bold = policyWith({
      fuzzy: { isAutomatic: true },
      deduction: { unstatedIsAutomatic: true },
      overPaid: { isAutomatic: true },
    })
    const report = run('AMOUNT_ONLY', bold)
    expect(report).toMatchObject({ automatic: 0, linesHit: 0, falseLines: 0 })
    expect(report.suggested).toBeGreaterThan(report.receipts / 2)
    expect(shareOf(report.suggestedRight, report.suggested)).toBeGreaterThan(0.9)
  })
})

it.skipIf(isThere)('of ../shared/data is absent: nothing was replayed', (context) => {
  context.skip(`there is no ${dataFolder}`)
})

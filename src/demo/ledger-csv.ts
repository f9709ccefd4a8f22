import { formatAmount } from '../kernel/money.ts'
import type { DemoItem } from './plan-items.ts'

const header = [
  'legalEntity',
  'customerNumber',
  'customerName',
  'countryCode',
  'kind',
  'number',
  'currency',
  'amount',
  'openAmount',
  'documentOn',
  'dueOn',
  'closedOn',
  'paymentTerms',
  'isDisputed',
]

const rowOf = (item: DemoItem): string[] => {
  const { currency, amountMinor, openMinor } = item
  return [
    item.legalEntity,
    item.customerNumber,
    item.customerName,
    item.countryCode,
    item.kind,
    item.number,
    currency,
    formatAmount({ minor: amountMinor, currency }),
    formatAmount({ minor: openMinor, currency }),
    item.documentOn,
    item.dueOn,
    item.closedOn ?? '',
    item.terms,
    String(item.isDisputed),
  ]
}

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** The ledger as a file of the profile `quittance-csv`. */
export function* ledgerCsv(items: readonly DemoItem[]): Generator<string> {
  for (const cells of [header, ...items.map(rowOf)]) yield `${cells.map(cell).join()}\n`
}

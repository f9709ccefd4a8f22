import { type Fragment, part } from '../../platform/database/sql.ts'
import type { OpenItemRow } from './reads.ts'

/** What a column is in JSON: amounts are text there, because JSON's numbers end at 2^53. */
type Column = { readonly name: keyof OpenItemRow; readonly sql: Fragment; readonly isAmount?: true }

/** What every item is known by, whatever is asked of it. */
const always: readonly Column[] = [
  { name: 'clientId', sql: part`o.client_id` },
  { name: 'id', sql: part`o.id` },
  { name: 'kind', sql: part`o.kind` },
  { name: 'currency', sql: part`o.currency` },
]

const number: Column = { name: 'number', sql: part`o.number` }
const dueOn: Column = { name: 'dueOn', sql: part`o.due_on` }
const closedOn: Column = { name: 'closedOn', sql: part`o.closed_on` }
const documentOn: Column = { name: 'documentOn', sql: part`o.document_on` }
const isDisputed: Column = { name: 'isDisputed', sql: part`o.is_disputed` }
const disputedMinor: Column = { name: 'disputedMinor', sql: part`o.disputed_minor::text`, isAmount: true }
const openMinor: Column = { name: 'openMinor', sql: part`o.open_minor::text`, isAmount: true }
const originalMinor: Column = { name: 'originalMinor', sql: part`o.original_minor::text`, isAmount: true }

/** Fields of OpenItem that a hot page is asked for, with the columns they read. Any other field brings all of them. */
const columnsOf: Readonly<Record<string, readonly Column[]>> = {
  __typename: [],
  id: [],
  number: [number],
  openAmount: [openMinor],
  originalAmount: [originalMinor],
  dueOn: [dueOn],
  documentOn: [documentOn],
  closedOn: [closedOn],
  isDisputed: [isDisputed],
  disputedAmount: [disputedMinor],
  daysOverdue: [dueOn, closedOn],
  agingBucket: [dueOn, closedOn],
}

const all: readonly Column[] = [
  ...always,
  number,
  dueOn,
  closedOn,
  documentOn,
  isDisputed,
  disputedMinor,
  openMinor,
  originalMinor,
  { name: 'ledgerOpenMinor', sql: part`o.ledger_open_minor::text`, isAmount: true },
  { name: 'pendingMinor', sql: part`o.pending_minor::text`, isAmount: true },
  { name: 'legalEntityId', sql: part`o.legal_entity_id` },
  { name: 'customerId', sql: part`o.customer_id` },
  { name: 'source', sql: part`o.source` },
  { name: 'sourceKey', sql: part`o.source_key` },
  { name: 'paymentTermsId', sql: part`o.payment_terms_id` },
  { name: 'version', sql: part`o.version` },
  { name: 'batchId', sql: part`o.batch_id` },
  { name: 'batchRow', sql: part`o.batch_row` },
]

/** How items travel inside a row of a hot page: as JSON arrays of what was asked for, and back into rows. */
export type ItemJson = { readonly sql: Fragment; readonly read: (values: readonly unknown[]) => OpenItemRow }

const made = new Map<string, ItemJson>()

export const itemJsonFor = (fields: ReadonlySet<string>): ItemJson => {
  const isKnown = [...fields].every((field) => Object.hasOwn(columnsOf, field))
  const columns = isKnown ? [...new Set([...always, ...[...fields].flatMap((field) => columnsOf[field] ?? [])])] : all
  const name = columns.map((column) => column.name).join()
  const known = made.get(name)
  if (known !== undefined) return known
  const json: ItemJson = {
    sql: columns.slice(1).reduce((list, { sql }) => part`${list}, ${sql}`, columns[0]?.sql ?? part`null`),
    read: (values) => {
      const row: Record<string, unknown> = {}
      for (const [place, column] of columns.entries()) {
        row[column.name] = column.isAmount === true ? BigInt(values[place] as string) : values[place]
      }
      return row as OpenItemRow
    },
  }
  made.set(name, json)
  return json
}

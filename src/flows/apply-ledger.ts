import { dayIn } from '../kernel/day.ts'
import { clientFacts, ensureLegalEntities } from '../modules/client/index.ts'
import {
  type CustomerRef,
  ensurePaymentTerms,
  forgetUnnumbered,
  type ResolvedCustomers,
  resolveCustomers,
  resolveNames,
  unnumberedOf,
} from '../modules/customer/index.ts'
import type { Effects, LedgerItem } from '../modules/intake/index.ts'
import {
  hasItemsFrom,
  holdLedger,
  moveItemsByName,
  namesInUse,
  type SourceItem,
  upsertOpenItems,
  withoutItems,
} from '../modules/receivable/index.ts'
import type { Write } from '../platform/command.ts'
import { hasDoubled, planAnew } from '../platform/database/plans.ts'

/** An item and the row of its file that told it. */
export type RowItem = { readonly row: number; readonly item: LedgerItem }

/** Everybody and everything that the items of a load refer to, each once: known before the first item is written. */
export type LedgerRefs = {
  readonly legalEntities: ReadonlySet<string>
  readonly paymentTerms: ReadonlySet<string>
  readonly customers: readonly CustomerRef[]
  /** The first row in which a number came with this name. */
  readonly rowOfName: ReadonlyMap<string, number>
}

export const createRefs = () => {
  const legalEntities = new Set<string>()
  const paymentTerms = new Set<string>()
  const customers = new Map<string, CustomerRef>()
  const rowOfName = new Map<string, number>()
  const add = ({ row, item }: RowItem) => {
    const { legalEntity, customerNumber: number, customerName: name, countryCode, paymentTerms: terms } = item
    legalEntities.add(legalEntity)
    if (terms !== null) paymentTerms.add(terms)
    const key = `${number ?? ''}\0${name ?? ''}`
    const known = customers.get(key)
    // Taken out and put back at the end: the last row that names a number decides its name.
    if (number !== null) customers.delete(key)
    customers.set(key, { number, name, countryCode: countryCode ?? known?.countryCode ?? null })
    if (number !== null && name !== null && !rowOfName.has(name)) rowOfName.set(name, row)
  }
  const refs: LedgerRefs = {
    legalEntities,
    paymentTerms,
    get customers() {
      return [...customers.values()]
    },
    rowOfName,
  }
  return { add, refs }
}

export type LedgerLoad = {
  readonly batchId: string
  readonly source: string
  readonly dataAsOf: Date
  readonly refs: LedgerRefs
  /** At most a thousand items each; an empty one only keeps the connection awake. */
  readonly chunks: AsyncIterable<readonly RowItem[]> | Iterable<readonly RowItem[]>
  /** Told what became of each item that did not stay as it was. */
  readonly onOutcomes?: (outcomes: ReadonlyMap<string, 'INSERTED' | 'CHANGED'>) => void
}

/**
 * Brings a client's ledger up to what a source says, inside one transaction: companies, terms and customers first, then
 * the items, then what follows from both. Tells once which customers' items changed, so that the queue follows at once.
 */
export const applyLedger = async (write: Write, load: LedgerLoad): Promise<Effects> => {
  await holdLedger(write)
  const { timeZone } = await clientFacts(write)
  const legalEntities = await ensureLegalEntities(write, [...load.refs.legalEntities].toSorted())
  const terms = await ensurePaymentTerms(write, [...load.refs.paymentTerms].toSorted())
  const customers = await resolveCustomers(write, load.refs.customers)
  const identified = await identifyItems(write, load, customers)

  const idOf = (ids: ReadonlyMap<string, string>, key: string): string => {
    const id = ids.get(key)
    if (id === undefined) throw new Error('a row refers to something that its load did not announce')
    return id
  }
  const toSource = ({ row, item }: RowItem): SourceItem => {
    const { customerNumber: number, customerName, legalEntity, paymentTerms } = item
    return {
      ...item,
      row,
      legalEntityId: idOf(legalEntities, legalEntity),
      customerId: number === null ? idOf(customers.byName, customerName ?? '') : idOf(customers.byNumber, number),
      customerName: number === null ? customerName : null,
      paymentTermsId: paymentTerms === null ? null : idOf(terms, paymentTerms),
    }
  }

  const { batchId, source } = load
  const into = { batchId, source, closedOn: dayIn(timeZone, load.dataAsOf), isFirst: !(await hasItemsFrom(write, source)) }
  const counts = { inserted: 0, changed: 0, unchanged: 0 }
  const affected = new Set(identified.customerIds)
  let chunksDone = 0
  for await (const chunk of load.chunks) {
    if (hasDoubled(chunksDone)) await planAnew(write.tx)
    const done = await upsertOpenItems(write, into, chunk.map(toSource))
    counts.inserted += done.inserted
    counts.changed += done.changed
    counts.unchanged += done.unchanged
    for (const customerId of done.customerIds) affected.add(customerId)
    load.onOutcomes?.(done.outcomes)
    chunksDone += 1
  }

  const forgotten = await forgetUnnumbered(write, await withoutItems(write, await unnumberedOf(write, [...affected])))
  for (const customerId of forgotten) affected.delete(customerId)
  if (affected.size > 0) {
    const payload = { customerIds: [...affected], cause: 'import' }
    write.emit({ area: 'receivable', name: 'openItems.changed', payload })
  }
  return {
    ...counts,
    customersAdded: customers.added + identified.added,
    itemsIdentified: identified.moved,
    customersForgotten: forgotten.length,
  }
}

/**
 * A spelling that a number brings for the first time may tell whose items are that came by this spelling alone, or make it
 * doubtful where it seemed clear. Asked anew, they end where they would be had the files come in the other order.
 */
const identifyItems = async (write: Write, { batchId, refs }: LedgerLoad, { newSpellings }: ResolvedCustomers) => {
  const names = newSpellings.length === 0 ? [] : await namesInUse(write, newSpellings)
  if (names.length === 0) return { moved: 0, added: 0, customerIds: [] }
  const meant = await resolveNames(write, names)
  const means = [...meant.ids].map(([name, customerId]) => ({ name, customerId, row: refs.rowOfName.get(name) ?? 1 }))
  const { moved, moves } = await moveItemsByName(write, batchId, means)
  if (moves.length > 0) write.emit({ area: 'customer', name: 'customers.identified', payload: { moves } })
  return { moved, added: meant.added, customerIds: moves.flatMap(({ fromId, toId }) => [fromId, toId]) }
}

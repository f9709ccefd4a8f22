import { type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { familyOf } from '../customer/index.ts'
import { lockOpenItems } from '../receivable/index.ts'
import { type Book, type BookReceipt, openBook } from './book.ts'
import type { ReceiptState } from './receipt-states.ts'
import { applicationsOf, lockReceipts, type ReceiptFacts, saveBook } from './store.ts'

/** Which rows a command works on. What it may undo has to be said, because that is read as well. */
export type Needs = {
  readonly receipts: readonly string[]
  readonly items: readonly string[]
  readonly mayUndo?: boolean
}

export type OpenedBook = { readonly book: Book; readonly today: Day; readonly receipts: readonly BookReceipt[] }

/**
 * Locks receipts, then open items, each in the order of their ids, and opens a book on them. Ids that nobody has are left
 * out; the book says so when asked.
 */
export const openBookOf = async (
  write: Write,
  { receipts: receiptIds, items: itemIds, mayUndo = false }: Needs,
): Promise<OpenedBook> => {
  const { timeZone } = await clientFacts(write)
  const receipts = await lockReceipts(write, receiptIds)
  const applications = mayUndo
    ? await applicationsOf(
        write,
        receipts.map(({ id }) => id),
      )
    : []
  const items = await lockOpenItems(write, [...itemIds, ...applications.map(({ openItemId }) => openItemId)])
  // A customer pays for itself; only where somebody else may have paid does it matter who stands above whom.
  const payers = new Set(receipts.map(({ customerId }) => customerId))
  const others = items.filter(({ customerId }) => payers.size !== 1 || !payers.has(customerId))
  const payersOf = await familyOf(
    write,
    others.map(({ customerId }) => customerId),
  )
  const book = openBook({ receipts, items, applications, payersOf, newId: write.newId })
  return { book, today: dayIn(timeZone, write.now), receipts }
}

/** What is told of a receipt that a command changed. */
export const receiptEvents = [
  'receipt.recorded',
  'receipt.identified',
  'receipt.explained',
  'receipt.applied',
  'receipt.unapplied',
  'receipt.moved',
  'receipt.reversed',
  'receipt.reinstated',
  'receipt.confirmed',
  'receipt.chased',
] as const
export type ReceiptEvent = (typeof receiptEvents)[number]

/** What each of these events carries. */
export type ReceiptTold = {
  readonly receiptId: string
  readonly customerId: string | null
  readonly state: ReceiptState
  /** RECEIVED where the receipt is new. */
  readonly stateBefore: ReceiptState
}

/**
 * Writes a book and tells what became of it: one event for each receipt, and one for all customers whose items are not what
 * they were, so that their work is scored anew in the same transaction.
 */
export const closeBook = async (
  write: Write,
  { book, today }: Pick<OpenedBook, 'book' | 'today'>,
  nameOf: (receipt: BookReceipt) => ReceiptEvent,
  { facts, tell = {} }: { readonly facts?: ReceiptFacts; readonly tell?: Readonly<Record<string, unknown>> } = {},
) => {
  const { receipts, items, applications, stateBefore } = book.changes()
  await saveBook(write, book, today, facts)
  for (const receipt of receipts) {
    const { id: receiptId, customerId, state } = receipt
    const payload = { receiptId, customerId, state, stateBefore: stateBefore(receiptId), ...tell }
    write.emit({ area: 'cash', name: nameOf(receipt), payload })
  }
  const undone = new Set(applications.flatMap(({ reversesId, settlementId }) => (reversesId === null ? [] : [settlementId])))
  if (undone.size > 0) {
    const openItemIds = [
      ...new Set(applications.filter(({ reversesId }) => reversesId !== null).map(({ openItemId }) => openItemId)),
    ]
    write.emit({ area: 'cash', name: 'settlements.undone', payload: { settlementIds: [...undone], openItemIds } })
  }
  if (items.length === 0) return
  const customerIds = [...new Set(items.map(({ item }) => item.customerId))]
  write.emit({ area: 'receivable', name: 'openItems.changed', payload: { customerIds, cause: 'cash' } })
}

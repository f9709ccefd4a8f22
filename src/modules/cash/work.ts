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
  /** The command may make room, or tell who paid: what others wait for. */
  readonly mayFree?: boolean
  /** Rows that are worked on behind the command, where it knows them already. */
  readonly followers?: Followers
}

/** Rows that are worked on behind a command, in its own transaction. */
export type Followers = { readonly receipts: readonly string[]; readonly items: readonly string[] }
type FindFollowers = (write: Write, receiptIds: readonly string[], mayUndo: boolean) => Promise<Followers>

const finders: FindFollowers[] = []

/**
 * Called once by whoever goes on with what a command frees: the rows that takes are locked with the command's own, in the
 * one order of all. Locked behind them, they would be where two of them wait for each other.
 */
export const followFreed = (find: FindFollowers) => void finders.push(find)

export type OpenedBook = { readonly book: Book; readonly today: Day; readonly receipts: readonly BookReceipt[] }

/**
 * Locks receipts, then open items, each in the order of their ids, and opens a book on them. Ids that nobody has are left
 * out; the book says so when asked.
 */
export const openBookOf = async (
  write: Write,
  { receipts: receiptIds, items: itemIds, mayUndo = false, mayFree = mayUndo, followers: known }: Needs,
): Promise<OpenedBook> => {
  const { timeZone } = await clientFacts(write)
  const followers: Followers[] = known === undefined ? [] : [known]
  if (mayFree && known === undefined) for (const find of finders) followers.push(await find(write, receiptIds, mayUndo))
  const locked = await lockReceipts(write, [...receiptIds, ...followers.flatMap((one) => one.receipts)])
  const own = new Set(receiptIds)
  const receipts = locked.filter(({ id }) => own.has(id))
  const applications = mayUndo
    ? await applicationsOf(
        write,
        receipts.map(({ id }) => id),
      )
    : []
  const ownItems = new Set([...itemIds, ...applications.map(({ openItemId }) => openItemId)])
  const lockedItems = await lockOpenItems(write, [...ownItems, ...followers.flatMap((one) => one.items)])
  const items = lockedItems.filter(({ id }) => ownItems.has(id))
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

/** Receipts that a load brought, many at a time: nobody follows a hundred thousand of them one by one. */
export const receiptsArrived = 'receipts.arrived'

type Telling = {
  /** What new receipts are besides their money. */
  readonly facts?: ReceiptFacts
  readonly tell?: Readonly<Record<string, unknown>>
  /** New receipts are told together, as those of a load are. */
  readonly isLoad?: boolean
}

/**
 * Writes a book and tells what became of it: one event for each receipt, and one for all customers whose items are not what
 * they were, so that their work is scored anew in the same transaction.
 */
export const closeBook = async (
  write: Write,
  { book, today }: Pick<OpenedBook, 'book' | 'today'>,
  nameOf: (receipt: BookReceipt) => ReceiptEvent,
  { facts, tell = {}, isLoad = false }: Telling = {},
) => {
  const { receipts, items, applications, stateBefore } = book.changes()
  await saveBook(write, book, today, facts)
  const arrived = isLoad ? receipts.filter(({ id }) => facts?.has(id) === true) : []
  if (arrived.length > 0)
    write.emit({ area: 'cash', name: receiptsArrived, payload: { receiptIds: arrived.map(({ id }) => id) } })
  const told = new Set(arrived)
  for (const receipt of receipts) {
    if (told.has(receipt)) continue
    const { id: receiptId, customerId, state } = receipt
    const payload = { receiptId, customerId, state, stateBefore: stateBefore(receiptId), ...tell }
    write.emit({ area: 'cash', name: nameOf(receipt), payload })
  }
  const undone = new Set(applications.flatMap(({ reversesId, settlementId }) => (reversesId === null ? [] : [settlementId])))
  if (undone.size > 0) {
    const rows = applications.filter(({ reversesId }) => reversesId !== null)
    const openItemIds = [...new Set(rows.map(({ openItemId }) => openItemId))]
    const isWrittenOff = rows.some(({ kind }) => kind === 'WRITE_OFF')
    write.emit({ area: 'cash', name: 'settlements.undone', payload: { settlementIds: [...undone], openItemIds, isWrittenOff } })
  }
  if (items.length === 0) return
  const customerIds = [...new Set(items.map(({ item }) => item.customerId))]
  write.emit({
    area: 'receivable',
    name: 'openItems.changed',
    payload: { customerIds, openItemIds: items.map(({ item }) => item.id), cause: 'cash' },
  })
}

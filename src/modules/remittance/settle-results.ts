import type { Write } from '../../platform/command.ts'
import {
  closeBook,
  type Followers,
  type NewReceipt,
  openBookOf,
  type ReceiptEvent,
  receiptsByKey,
  writeOffsOf,
} from '../cash/index.ts'
import { customersByNumber } from '../customer/index.ts'
import type { Instruction, InstructionOf } from './instruction.ts'
import { adviceKeys, attachAdvices, instructionsOf, itemsNamed, saveOutcomes } from './store.ts'
import { type NamedItem, type ShortPay, type WorkedOff, workOff } from './work-off.ts'

/** A receipt that a source tells of for the first time. */
export type Arrival = {
  readonly receiptKey: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly customerId: string | null
  readonly legalEntityId: string | null
  readonly facts: Omit<NewReceipt, 'id' | 'source' | 'sourceKey'>
}

export type Settling = {
  readonly source: string
  /** Receipts whose steps are worked off, and those that a remittance was told for. */
  readonly receiptKeys: readonly string[]
  readonly arrivals?: readonly Arrival[]
  /** New receipts are told together and not one by one. */
  readonly isLoad?: boolean
  /** Rows of the receipts that may go on with what is taken back, where the caller holds their keys. */
  readonly followers?: Followers
}

const isOf =
  <Kind extends Instruction['kind']>(kind: Kind) =>
  (one: Instruction): one is InstructionOf<Kind> =>
    one.kind === kind

/**
 * Does what can be done for some receipts of a source, in a few statements for all of them: records those that are new,
 * gives them the remittances that came before them, and works off every step that waits. Whoever calls it holds the keys of
 * the receipts. Returns the ids of the receipts that are there.
 */
export const settleResults = async (
  write: Write,
  { source, receiptKeys, arrivals = [], isLoad = false, followers }: Settling,
): Promise<ReadonlyMap<string, string>> => {
  const [all, known, explained] = await Promise.all([
    instructionsOf(write, source, receiptKeys),
    receiptsByKey(write, source, receiptKeys),
    adviceKeys(write, source, receiptKeys),
  ])
  const waiting = all.filter(({ state }) => state === 'WAITING')
  const [items, customers] = await Promise.all([
    itemsNamed(
      write,
      waiting.filter(isOf('SETTLE')).map(({ itemNumber }) => itemNumber),
    ),
    customersByNumber(
      write,
      waiting.filter(isOf('IDENTIFY')).map(({ customerNumber }) => customerNumber),
    ),
  ])

  const concerned = new Set([...waiting.map(({ receiptKey }) => receiptKey), ...explained])
  const opened = await openBookOf(write, {
    receipts: [...known.values()].filter(({ sourceKey }) => concerned.has(sourceKey)).map(({ id }) => id),
    items: items.map(({ id }) => id),
    mayUndo: waiting.some((step) => isUndoable(step, all)),
    ...(followers === undefined ? {} : { followers }),
  })
  const { book, today } = opened
  const facts = new Map<string, NewReceipt>()
  const ids = new Map([...known].map(([key, { id }]) => [key, id]))
  for (const { receiptKey, facts: told, ...money } of arrivals) {
    if (ids.has(receiptKey)) continue
    const id = write.newId()
    ids.set(receiptKey, id)
    facts.set(id, { id, ...told, source, sourceKey: receiptKey })
    book.add({ id, ...money, hasRemittance: explained.has(receiptKey) })
  }
  for (const key of explained) {
    const receipt = book.receipt(ids.get(key) ?? '')
    if (receipt !== null && !receipt.hasRemittance) book.learn(receipt.id, { hasRemittance: true })
  }

  const worked = workOff(book, all, {
    receiptIdOf: (key) => ids.get(key) ?? null,
    itemsNamed: byNumber(items),
    customerIdOf: (number) => customers.get(number) ?? null,
    mayPay: book.mayPay,
    writeOff: await writeOffsOf(write, today, waiting.filter(isOf('SETTLE')).some(isWrittenOff)),
  })
  await closeBook(write, opened, ({ id }) => (facts.has(id) ? 'receipt.recorded' : whatBecame(worked, id)), { facts, isLoad })
  const there = [...ids].map(([receiptKey, id]) => ({ receiptKey, id })).filter(({ receiptKey }) => explained.has(receiptKey))
  await Promise.all([saveOutcomes(write, worked.outcomes), attachAdvices(write, source, there)])
  tell(write, worked.shortPays)
  return ids
}

/** Nothing is taken back of a result that was not posted yet. */
const isUndoable = (step: Instruction, all: readonly Instruction[]): boolean =>
  step.kind === 'REVERSE' || (step.kind === 'UNDO' && all.some(({ resultKey }) => resultKey === step.targetKey))

const byNumber = (items: readonly NamedItem[]) => {
  const groups = Map.groupBy(items, ({ number }) => number)
  return (number: string): readonly NamedItem[] => groups.get(number) ?? []
}

const isWrittenOff = ({ body }: InstructionOf<'SETTLE'>) => body.adjustments.some(({ kind }) => kind === 'WRITE_OFF')

const told = [
  ['REVERSE', 'receipt.reversed'],
  ['UNDO', 'receipt.unapplied'],
  ['SETTLE', 'receipt.applied'],
  ['MOVE', 'receipt.moved'],
  ['IDENTIFY', 'receipt.identified'],
] as const satisfies readonly (readonly [Instruction['kind'], ReceiptEvent])[]

const whatBecame = ({ done }: WorkedOff, receiptId: string): ReceiptEvent =>
  told.find(([kind]) => done.get(receiptId)?.has(kind) === true)?.[1] ?? 'receipt.explained'

const tell = (write: Write, shortPays: readonly ShortPay[]) => {
  for (const payload of shortPays) write.emit({ area: 'cash', name: 'item.shortPaid', payload })
}

import { dayIn } from '../kernel/day.ts'
import { insertEntries, insertMessages, insertReferences } from '../modules/bank/index.ts'
import { holdReceiptsOf } from '../modules/cash/index.ts'
import { clientFacts } from '../modules/client/index.ts'
import type { Effects } from '../modules/intake/index.ts'
import {
  insertAdvices,
  type Reversal,
  reverseNamedReceipts,
  settleResults,
  tieAdvicesToReceipts,
} from '../modules/remittance/index.ts'
import type { Write } from '../platform/command.ts'
import { hasDoubled, planAnew } from '../platform/database/plans.ts'
import { type BankItem, noCounts, sortBankItems, type Taken } from './sort-bank-items.ts'

/** The source of every receipt that came with a bank's file. */
export const bankSource = 'BANK'

export type BankLoad = {
  readonly batchId: string
  /** About a thousand items each. */
  readonly chunks: AsyncIterable<readonly BankItem[]> | Iterable<readonly BankItem[]>
}

export type BankApplied = {
  readonly effects: Effects
  /** Messages that came before, in the order of the file. */
  readonly knownMessages: readonly string[]
}

/** Receipts written by one round of statements. */
const portion = 1_000

function* portionsOf<Each>(all: readonly Each[]): Generator<readonly Each[]> {
  for (let start = 0; start < all.length; start += portion) yield all.slice(start, start + portion)
}

/**
 * Keeps what a file tells, and makes receipts of the money in it, inside one transaction. Files of one client go one after
 * the other, so what came before is known whichever file brought it.
 */
export const applyBankFile = async (write: Write, { batchId, chunks }: BankLoad): Promise<BankApplied> => {
  await holdReceiptsOf(write, bankSource)
  const { timeZone } = await clientFacts(write)
  const today = dayIn(timeZone, write.now)
  const counts = noCounts()
  const knownMessages: string[] = []
  const reversals: Reversal[] = []
  let chunksDone = 0
  for await (const chunk of ahead(chunks)) {
    if (hasDoubled(chunksDone)) await planAnew(write.tx)
    knownMessages.push(...(await keepMessages(write, batchId, chunk)))
    const taken = await sortBankItems(write, chunk, { today, counts })
    await Promise.all([insertEntries(write, batchId, taken.rows), insertAdvices(write, bankSource, taken.advices)])
    await record(write, taken)
    reversals.push(...taken.reversals)
    chunksDone += 1
  }
  // At the end, when everything is there that the file itself brings, wherever in it that stands.
  let receiptsReversed = 0
  for (const some of portionsOf(reversals)) receiptsReversed += await reverseNamedReceipts(write, bankSource, some)
  const remittancesTied = await tieAdvicesToReceipts(write, bankSource)
  const { inserted, changed, unchanged, receipts: receiptsRecorded, withoutReceipt: entriesWithoutReceipt, remittances } = counts
  const bank = { receiptsRecorded, entriesWithoutReceipt, remittances, remittancesTied, receiptsReversed }
  const none = { customersAdded: 0, itemsIdentified: 0, customersForgotten: 0 }
  return { effects: { inserted, changed, unchanged, ...none, bank }, knownMessages }
}

/** Reads the next chunk while the database works on the one before. */
async function* ahead<Chunk>(chunks: AsyncIterable<Chunk> | Iterable<Chunk>): AsyncGenerator<Chunk> {
  const source = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  const read = () => {
    const next = Promise.resolve(source.next())
    // A fault is told where the chunk is waited for, and by nobody before.
    next.catch(() => {})
    return next
  }
  let next = read()
  try {
    for (;;) {
      const { value, done } = await next
      if (done === true) return
      next = read()
      yield value
    }
  } finally {
    await source.return?.()
  }
}

const keepMessages = async (write: Write, batchId: string, chunk: readonly BankItem[]) => {
  const messages = chunk.flatMap((item) => (item.kind === 'MESSAGE' ? [item.message] : []))
  const fresh = new Set(await insertMessages(write, batchId, [...new Set(messages)]))
  // Its first time in the file is new; where it stands there again, it is known by then.
  return messages.filter((message) => !fresh.delete(message))
}

/** Makes the receipts, with their references, and gives those that are known what was told of them. */
const record = async (write: Write, { arrivals, explained }: Taken) => {
  for (const some of portionsOf(arrivals)) {
    const receiptKeys = some.map(({ arrival }) => arrival.receiptKey)
    const news = some.map(({ arrival }) => arrival)
    const ids = await settleResults(write, { source: bankSource, receiptKeys, arrivals: news, isLoad: true })
    const references = some.flatMap(({ arrival: { receiptKey }, keys }) => {
      const receiptId = ids.get(receiptKey)
      return receiptId === undefined ? [] : keys.map((key) => ({ key, receiptId }))
    })
    await insertReferences(write, references)
  }
  for (const receiptKeys of portionsOf(explained)) await settleResults(write, { source: bankSource, receiptKeys })
}

import { holdReceiptKeys } from '../modules/cash/index.ts'
import {
  type Addressed,
  settleResults,
  waitingForItems,
  waitingForLoad,
  waitingForReceipts,
  waitingForTolerance,
} from '../modules/remittance/index.ts'
import type { DomainEvent } from '../platform/events/event.ts'
import { react } from '../platform/events/reactions.ts'
import type { Write } from '../platform/write.ts'

const ofReceipts = ['receipt.identified', 'receipt.reinstated', 'receipt.moved']

type Told = {
  readonly cause?: string
  readonly openItemIds?: readonly string[]
  readonly receiptId?: string
  readonly kind?: string
}

/** Which receipts of which sources may have got what their steps waited for. */
const concerned = async (write: Write, events: readonly DomainEvent[]): Promise<Addressed[]> => {
  const told = events.map(({ name, payload }) => ({ name, ...(payload as Told) }))
  const openItemIds = told.filter(({ name }) => name === 'settlements.undone').flatMap((event) => event.openItemIds ?? [])
  const receiptIds = told.filter(({ name }) => ofReceipts.includes(name)).flatMap(({ receiptId }) => receiptId ?? [])
  return [
    ...(told.some(({ name, cause }) => name === 'openItems.changed' && cause === 'import') ? await waitingForLoad(write) : []),
    ...(openItemIds.length > 0 ? await waitingForItems(write, openItemIds) : []),
    ...(receiptIds.length > 0 ? await waitingForReceipts(write, receiptIds) : []),
    ...(told.some(({ name, kind }) => name === 'policy.published' && kind === 'WRITE_OFF')
      ? await waitingForTolerance(write)
      : []),
  ]
}

/**
 * Results that came before what they need are done the moment it is there, in the transaction that brought it: a payment
 * that named an invoice is applied by the load that brings the invoice.
 */
react({
  name: 'work-off-results',
  to: ['openItems.changed', 'settlements.undone', 'policy.published', ...ofReceipts],
  run: async (write, events) => {
    const found = await concerned(write, events)
    for (const [source, some] of Map.groupBy(found, ({ source }) => source)) {
      const receiptKeys = [...new Set(some.map(({ receiptKey }) => receiptKey))].sort()
      await holdReceiptKeys(write, source, receiptKeys)
      await settleResults(write, { source, receiptKeys })
    }
  },
})

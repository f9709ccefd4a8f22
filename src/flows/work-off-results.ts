import { holdReceiptKeys } from '../modules/cash/index.ts'
import {
  type Addressed,
  settleResults,
  waitingForCustomers,
  waitingForItems,
  waitingForLoad,
  waitingForReceipts,
  waitingForTolerance,
} from '../modules/remittance/index.ts'
import type { DomainEvent } from '../platform/events/event.ts'
import { react } from '../platform/events/reactions.ts'
import type { Write } from '../platform/write.ts'

const ofReceipts = ['receipt.identified', 'receipt.reinstated', 'receipt.moved', 'receipt.unapplied', 'receipt.applied']
const to = ['openItems.changed', 'settlements.undone', 'policy.published', 'customer.changed', ...ofReceipts]

type Told = {
  readonly cause?: string
  readonly openItemIds?: readonly string[]
  readonly receiptId?: string
  readonly stateBefore?: string
  readonly kind?: string
  readonly isWrittenOff?: boolean
}

/** Money that was applied is not there for anything else; but whoever paid may have become known by it. */
const isGain = ({ name, stateBefore }: Told & { readonly name: string }) =>
  name !== 'receipt.applied' || stateBefore === 'UNIDENTIFIED' || stateBefore === 'ESCHEAT_REVIEW'

/** Which receipts of which sources may have got what their steps waited for. */
const concerned = async (write: Write, events: readonly DomainEvent[]): Promise<Addressed[]> => {
  const told = events.map(({ name, payload }) => ({ name, ...(payload as Told) }))
  const openItemIds = told.filter(({ name }) => name === 'settlements.undone').flatMap((event) => event.openItemIds ?? [])
  const receiptIds = told
    .filter((event) => ofReceipts.includes(event.name) && isGain(event))
    .flatMap(({ receiptId }) => receiptId ?? [])
  const isMoreTolerated = told.some(({ kind, isWrittenOff }) => kind === 'WRITE_OFF' || isWrittenOff === true)
  return [
    ...(told.some(({ name, cause }) => name === 'openItems.changed' && cause === 'import') ? await waitingForLoad(write) : []),
    ...(told.some(({ name }) => name === 'customer.changed') ? await waitingForCustomers(write) : []),
    ...(openItemIds.length > 0 ? await waitingForItems(write, openItemIds) : []),
    ...(receiptIds.length > 0 ? await waitingForReceipts(write, receiptIds) : []),
    ...(isMoreTolerated ? await waitingForTolerance(write) : []),
  ]
}

/**
 * Results that came before what they need are done the moment it is there, in the transaction that brought it: a payment
 * that named an invoice is applied by the load that brings the invoice. What that frees, others may have waited for.
 */
react({
  name: 'work-off-results',
  to,
  run: async (write, events) => {
    for (let heard = events; heard.length > 0; ) {
      const found = await concerned(write, heard)
      const emitted: DomainEvent[] = []
      const emit = (event: DomainEvent) => {
        emitted.push(event)
        write.emit(event)
      }
      await holdReceiptKeys(write, found)
      for (const [source, some] of Map.groupBy(found, ({ source }) => source))
        await settleResults({ ...write, emit }, { source, receiptKeys: [...new Set(some.map(({ receiptKey }) => receiptKey))] })
      heard = emitted.filter(({ name }) => to.includes(name))
    }
  },
})

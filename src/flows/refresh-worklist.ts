import { deductionEvents } from '../modules/deduction/index.ts'
import { disputeChanged } from '../modules/dispute/index.ts'
import { planEvents } from '../modules/plan/index.ts'
import { promiseEvents } from '../modules/promise/index.ts'
import { refreshWork } from '../modules/worklist/index.ts'
import { react } from '../platform/events/reactions.ts'

type Told = { readonly customerIds?: readonly string[]; readonly customerId?: string; readonly cause?: string }

// The queue follows the ledger in the ledger's own transaction: a paid item is gone from it the moment the payment is there.
// It follows what strategies ask of the customers themselves as well: who stands above them, and where they are.
react({
  name: 'refresh-worklist',
  to: [
    'openItems.changed',
    ...promiseEvents,
    ...planEvents,
    ...deductionEvents,
    'customer.changed',
    'customer.moved',
    disputeChanged,
  ],
  run: async (write, events) => {
    const told = events.map(({ name, payload }) => ({ name, ...(payload as Told) }))
    const customerIds = told.flatMap((event) => event.customerIds ?? event.customerId ?? [])
    const cause = told.find((event) => event.cause !== undefined)?.cause ?? told[0]?.name.split('.')[0] ?? 'change'
    await refreshWork(write, customerIds, cause)
  },
})

import type { Day } from '../../kernel/day.ts'
import { dayIn } from '../../kernel/day.ts'
import { parseAmount } from '../../kernel/money.ts'
import { command } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { clientFacts } from '../client/index.ts'
import { lockOpenItem } from '../receivable/index.ts'
import { AlreadyPromised, OverPromised } from './rules.ts'
import { insertPromise, lockPromise, withdraw } from './store.ts'

export type RecordPromise = {
  readonly openItem: RowKey
  readonly amount: { readonly amount: string; readonly currency: string }
  readonly promisedOn: Day
}

export const recordPromise = command({
  name: 'promise.recordPromise',
  permission: 'promise:record',
  refusals: [NotFound, InvalidInput, OverPromised, AlreadyPromised],
  scope: ({ openItem }: RecordPromise) => ({ clientId: openItem.clientId }),
  async run(write, { openItem, amount, promisedOn }) {
    const item = await lockOpenItem(write, openItem.id)
    if (item === null || item.kind === 'CREDIT_MEMO') return new NotFound('open item', ['input', 'openItem'])
    if (amount.currency !== item.currency) {
      return new InvalidInput(`the item is in ${item.currency}; a promise is made in its currency`, [
        'input',
        'amount',
        'currency',
      ])
    }
    const parsed = parseAmount(amount.amount, item.currency)
    if (typeof parsed === 'string' || parsed.minor <= 0n)
      return new InvalidInput('a promise has a positive amount of its currency’s digits', ['input', 'amount'])
    const { timeZone } = await clientFacts(write)
    if (promisedOn < dayIn(timeZone, write.now))
      return new InvalidInput('a promise is for today or later', ['input', 'promisedOn'])

    const room = item.isDisputed ? 0n : item.openMinor
    if (parsed.minor > room) return new OverPromised({ minor: room, currency: item.currency })
    const promise = {
      openItemId: item.id,
      customerId: item.customerId,
      currency: item.currency,
      amountMinor: parsed.minor,
      promisedOn,
    }
    const id = await insertPromise(write, promise)
    if (id === null) return new AlreadyPromised()

    write.emit({
      area: 'work',
      name: 'promise.recorded',
      payload: { promiseId: id, openItemId: item.id, customerIds: [item.customerId] },
    })
    return { clientId: write.clientId, id }
  },
})

export type WithdrawPromise = { readonly promise: RowKey; readonly expectedVersion: number; readonly reason: string }

export const withdrawPromise = command({
  name: 'promise.withdrawPromise',
  permission: 'promise:record',
  refusals: [NotFound, InvalidInput, VersionConflict],
  scope: ({ promise }: WithdrawPromise) => ({ clientId: promise.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { promise, expectedVersion, reason }) {
    if (reason.trim() === '' || reason.length > 500)
      return new InvalidInput('a reason has 1 to 500 characters', ['input', 'reason'])
    const found = await lockPromise(write, promise.id)
    if (found === null) return new NotFound('promise', ['input', 'promise'])
    if (found.version !== expectedVersion) return new VersionConflict(found.version)
    if (found.state !== 'OPEN') return new InvalidInput('the promise was withdrawn before', ['input', 'promise'])
    await withdraw(write, found.id)
    write.emit({ area: 'work', name: 'promise.withdrawn', payload: { promiseId: found.id, customerIds: [found.customerId] } })
    return { clientId: write.clientId, id: found.id }
  },
})

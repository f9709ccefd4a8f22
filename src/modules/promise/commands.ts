import { type Day, dayIn } from '../../kernel/day.ts'
import { isRefusal, type Refusal } from '../../kernel/refusal.ts'
import { command } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { clientFacts } from '../client/index.ts'
import { promiseMachine } from './promise-states.ts'
import { AlreadyPromised, OverPromised, PromisesRefused, type RefusedPromise } from './refusals.ts'
import { stateBy } from './rules.ts'
import { insertChanges, lockPromise, withdraw } from './store.ts'
import { takePromises } from './take.ts'

type Told = {
  readonly openItem: RowKey
  readonly amount: { readonly amount: string; readonly currency: string }
  readonly promisedOn: Day
}

export type RecordPromise = Told & {
  /** Whether it takes the place of the promise in force, if there is one. */
  readonly supersede: boolean
}

export const recordPromise = command({
  name: 'promise.recordPromise',
  permission: 'promise:record',
  refusals: [NotFound, InvalidInput, OverPromised, AlreadyPromised],
  scope: ({ openItem }: RecordPromise) => ({ clientId: openItem.clientId }),
  async run(write, { openItem, amount, promisedOn, supersede }) {
    const told = [{ openItemId: openItem.id, amount, promisedOn, path: ['input'] }]
    const [outcome] = await takePromises(write, told, { mayReplace: supersede })
    if (outcome === undefined) throw new Error('a promise was neither taken nor refused')
    return typeof outcome === 'string' ? { clientId: write.clientId, id: outcome } : outcome
  },
})

export type RecordPromises = {
  readonly customer: RowKey
  readonly promises: readonly Told[]
  readonly supersede: boolean
  /** One promise that is refused refuses them all. */
  readonly allOrNothing: boolean
}

export type PromiseOutcome = {
  readonly index: number
  readonly promiseId: string | null
  readonly refusal: RefusedPromise | null
}

const toldOf = (index: number, { code, message, path }: Refusal): RefusedPromise => ({ index, code, message, path })

export const recordPromises = command({
  name: 'promise.recordPromises',
  permission: 'promise:record',
  refusals: [NotFound, InvalidInput, PromisesRefused],
  scope: ({ customer }: RecordPromises) => ({ clientId: customer.clientId }),
  async run(write, { customer, promises, supersede, allOrNothing }) {
    if (promises.length < 1 || promises.length > limits.command.rows)
      return new InvalidInput(`1 to ${limits.command.rows} promises are recorded at once`, ['input', 'promises'])
    const told = promises.map(({ openItem, amount, promisedOn }, index) => ({
      // An item of another client is nobody's here.
      openItemId: openItem.clientId === write.clientId ? openItem.id : customer.id,
      ...{ amount, promisedOn, path: ['input', 'promises', String(index)] },
    }))
    const found = await takePromises(write, told, {
      mayReplace: supersede,
      customerId: customer.id,
      isAllOrNothing: allOrNothing,
    })
    const refused = found.flatMap((outcome, index) => (typeof outcome === 'string' ? [] : [toldOf(index, outcome)]))
    if (allOrNothing && refused.length > 0) return new PromisesRefused(refused)
    const outcomes = found.map(
      (outcome, index): PromiseOutcome =>
        typeof outcome === 'string'
          ? { index, promiseId: outcome, refusal: null }
          : { index, promiseId: null, refusal: toldOf(index, outcome) },
    )
    return { clientId: write.clientId, outcomes }
  },
  isAudited: (out) => isRefusal(out) || out.outcomes.some(({ promiseId }) => promiseId !== null),
})

export type WithdrawPromise = { readonly promise: RowKey; readonly expectedVersion: number; readonly reason: string }

export const withdrawPromise = command({
  name: 'promise.withdrawPromise',
  permission: 'promise:record',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ promise }: WithdrawPromise) => ({ clientId: promise.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { promise, expectedVersion, reason }) {
    if (reason.trim() === '' || reason.length > 500)
      return new InvalidInput('a reason has 1 to 500 characters', ['input', 'reason'])
    const found = await lockPromise(write, promise.id)
    if (found === null) return new NotFound('promise', ['input', 'promise'])
    if (found.version !== expectedVersion) return new VersionConflict(found.version)
    const { timeZone } = await clientFacts(write)
    const { id, state: stateBefore, paidMinor, currency, customerId, version } = found
    // Behind its deadline a promise is judged: to withdraw it then would hide that it was not kept.
    const state = stateBefore === 'OPEN' ? stateBy(found, paidMinor, dayIn(timeZone, write.now)) : stateBefore
    const illegal = IllegalMove.unless(promiseMachine, 'withdraw', state, ['input', 'promise'])
    if (illegal !== null) return illegal
    await Promise.all([
      withdraw(write, id),
      insertChanges(write, [
        { promiseId: id, version: version + 1, stateBefore, state: 'WITHDRAWN', cause: 'WITHDRAWN', paidMinor, currency },
      ]),
    ])
    write.emit({ area: 'work', name: 'promise.withdrawn', payload: { promiseId: id, customerIds: [customerId] } })
    return { clientId: write.clientId, id }
  },
})

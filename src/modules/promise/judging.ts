import { type Day, dayIn } from '../../kernel/day.ts'
import { isDeclared } from '../../kernel/state-machine.ts'
import { command, type Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { type PromiseState, promiseMachine } from './promise-states.ts'
import { confirmsOn, judge, type Payment, stateBy, type Verdict } from './rules.ts'
import {
  type ChangeCause,
  type Concerned,
  type HeldPromise,
  insertChanges,
  type Judged,
  lockJudgeable,
  lockRipe,
  saveJudged,
  saveLevels,
} from './store.ts'

const eventFor = (from: PromiseState, to: PromiseState): string => {
  if (to === 'KEPT') return 'promise.kept'
  if (from === 'KEPT') return 'promise.reverted'
  return to === 'BROKEN' ? 'promise.broken' : 'promise.partiallyKept'
}

/** What is told of a promise whose state changed. */
export const promiseEvents = [
  'promise.recorded',
  'promise.withdrawn',
  'promise.superseded',
  'promise.kept',
  'promise.partiallyKept',
  'promise.broken',
  'promise.reverted',
] as const

/** Null where nothing of it changes. A promise that is confirmed, or whose day for that has come, keeps its state. */
const changeOf = (promise: HeldPromise, verdict: Verdict, today: Day): Judged | null => {
  if (promise.confirmedAt !== null) return null
  const isConfirmed = promise.confirmsOn !== null && promise.confirmsOn <= today
  if (isConfirmed) {
    const { state, paidMinor, confirmsOn: on } = promise
    return { promise, state: state as Verdict['state'], paidMinor, confirmsOn: on, isConfirmed }
  }
  if (verdict.state === promise.state && verdict.paidMinor === promise.paidMinor) return null
  const on = verdict.state === promise.state ? promise.confirmsOn : confirmsOn(promise, verdict.state, today)
  return { promise, ...verdict, confirmsOn: on, isConfirmed: false }
}

const settle = async (write: Write, judged: readonly Judged[], cause: ChangeCause) => {
  const moved = judged.filter(({ promise, state }) => state !== promise.state)
  for (const { promise, state } of moved)
    if (!isDeclared(promiseMachine, promise.state, state))
      throw new Error(`no move leads a promise from ${promise.state} to ${state}`)
  await saveJudged(write, judged)
  if (moved.length === 0) return
  await Promise.all([
    insertChanges(
      write,
      moved.map(({ promise, state, paidMinor }) => ({
        promiseId: promise.id,
        version: promise.version + 1,
        stateBefore: promise.state,
        state,
        cause,
        paidMinor,
        currency: promise.currency,
      })),
    ),
    saveLevels(write, [...new Set(moved.map(({ promise }) => promise.openItemId))]),
  ])
  for (const { promise, state } of moved) {
    const { id: promiseId, openItemId, customerId, state: stateBefore } = promise
    const payload = { promiseId, openItemId, customerIds: [customerId], stateBefore, state }
    write.emit({ area: 'work', name: eventFor(stateBefore, state), payload })
  }
}

/** Payments of some items, by item; asked once the promises are held, so that none is missed that was there before. */
export type PaymentsOf = (itemIds: readonly string[]) => Promise<ReadonlyMap<string, readonly Payment[]>>

/**
 * Judges promises anew by the ledger as it is now. What is read behind their locks is complete: a payment that is not
 * committed yet waits for the same locks, and judges behind it.
 */
export const judgePromises = async (write: Write, concerned: Concerned, cause: 'CASH' | 'LEDGER', paymentsOf: PaymentsOf) => {
  const held = await lockJudgeable(write, concerned)
  if (held.length === 0) return
  const { timeZone } = await clientFacts(write)
  const today = dayIn(timeZone, write.now)
  const payments = await paymentsOf([...new Set(held.map(({ openItemId }) => openItemId))])
  const judged = held.flatMap(
    (promise) => changeOf(promise, judge(promise, payments.get(promise.openItemId) ?? [], today), today) ?? [],
  )
  await settle(write, judged, cause)
}

/** The day alone decides: what was paid is kept with each promise the moment it is paid. */
export const passDeadlines = (write: Write, promises: readonly HeldPromise[], today: Day) =>
  settle(
    write,
    promises.flatMap((promise) => {
      const { paidMinor } = promise
      return changeOf(promise, { state: stateBy(promise, paidMinor, today), paidMinor }, today) ?? []
    }),
    'DEADLINE',
  )

const portion = 500

/**
 * A new day at the client: promises whose deadline passed are kept in part or broken, and those judged long enough ago are
 * confirmed. Idempotent, and safe for several nodes at once.
 */
export const judgeDuePromises = command({
  name: 'promise.judgeDuePromises',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { clientId: string }) => ({ clientId }),
  isAudited: ({ judged }: { readonly judged: number }) => judged > 0,
  async run(write) {
    const { timeZone } = await clientFacts(write)
    const today = dayIn(timeZone, write.now)
    let judged = 0
    for (;;) {
      const ripe = await lockRipe(write, today, portion)
      if (ripe.length === 0) return { day: today, judged }
      await passDeadlines(write, ripe, today)
      judged += ripe.length
    }
  },
})

import { addDays, type Day, dayIn } from '../../kernel/day.ts'
import { parseAmount } from '../../kernel/money.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import type { Write } from '../../platform/command.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { clientFacts } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import { type LockedItem, lockOpenItems } from '../receivable/index.ts'
import { passDeadlines } from './judging.ts'
import { type PromiseRules, promisePolicy } from './policy.ts'
import { AlreadyPromised, OverPromised } from './refusals.ts'
import { businessDaysAfter, dueOf, levelBehind, stateBy } from './rules.ts'
import { type HeldPromise, insertChanges, insertPromises, lockPromisesOf, type NewPromise, supersede } from './store.ts'

/** A promise as somebody tells it. */
export type ToldPromise = {
  readonly openItemId: string
  readonly amount: { readonly amount: string; readonly currency: string }
  readonly promisedOn: Day
  /** What its refusals point at. */
  readonly path: readonly string[]
}

type Book = {
  readonly write: Write
  readonly items: ReadonlyMap<string, LockedItem>
  readonly before: ReadonlyMap<string, readonly HeldPromise[]>
  readonly rules: PromiseRules
  readonly policyVersion: number
  readonly today: Day
}

type Taken = { readonly promise: NewPromise; readonly instead: readonly HeldPromise[] }
export type TakeRefusal = NotFound | InvalidInput | OverPromised | AlreadyPromised

/**
 * Takes promises, each of which stands or is refused by itself: answers in their order with an id or a refusal. Items are
 * held before promises, so that of two who promise the same item one sees the other's.
 */
export const takePromises = async (
  write: Write,
  told: readonly ToldPromise[],
  {
    mayReplace,
    customerId = null,
    isAllOrNothing = false,
  }: { mayReplace: boolean; customerId?: string | null; isAllOrNothing?: boolean },
): Promise<readonly (string | TakeRefusal)[]> => {
  const itemIds = told.map(({ openItemId }) => openItemId)
  const items = new Map((await lockOpenItems(write, itemIds)).map((item) => [item.id, item]))
  const [{ timeZone }, { rules, version }, held] = await Promise.all([
    clientFacts(write),
    policyInForce(write, promisePolicy),
    lockPromisesOf(write, [...items.keys()]),
  ])
  const today = dayIn(timeZone, write.now)
  const before = Map.groupBy(held, ({ openItemId }) => openItemId)
  const book = { write, items, before, rules, policyVersion: version, today }
  const seen = new Set<string>()
  const outcomes = told.map((one) => {
    const outcome =
      customerId !== null && items.get(one.openItemId)?.customerId !== customerId ? unknown(one) : decide(book, one, mayReplace)
    if (isRefusal(outcome)) return outcome
    // The second of two in one call would have to supersede the first, which nobody can mean.
    if (seen.has(one.openItemId)) return new InvalidInput('an open item is promised once in one call', [...one.path, 'openItem'])
    seen.add(one.openItemId)
    return outcome
  })
  const taken = outcomes.flatMap((outcome) => (isRefusal(outcome) ? [] : [outcome]))
  if (taken.length > 0 && !(isAllOrNothing && taken.length < told.length)) await save(book, taken)
  return outcomes.map((outcome) => (isRefusal(outcome) ? outcome : outcome.promise.id))
}

const unknown = ({ path }: ToldPromise) => new NotFound('open item', [...path, 'openItem'])

/** What comes of one promise, before anything is written. */
const decide = (book: Book, told: ToldPromise, mayReplace: boolean): Taken | TakeRefusal => {
  const { write, items, before, rules, policyVersion, today } = book
  const { openItemId, amount, promisedOn, path } = told
  const item = items.get(openItemId)
  if (item === undefined || item.kind === 'CREDIT_MEMO') return unknown(told)
  const { currency, customerId, version: itemVersion } = item
  if (amount.currency !== currency)
    return new InvalidInput(`the item is in ${currency}; a promise is made in its currency`, [...path, 'amount', 'currency'])
  const parsed = parseAmount(amount.amount, currency)
  if (typeof parsed === 'string' || parsed.minor <= 0n)
    return new InvalidInput('a promise has a positive amount of its currency’s digits', [...path, 'amount'])
  if (promisedOn < today) return new InvalidInput('a promise is for today or later', [...path, 'promisedOn'])
  if (promisedOn > addDays(today, rules.longestDays))
    return new InvalidInput(`a promise is for at most ${rules.longestDays} days from today`, [...path, 'promisedOn'])
  const room = rules.allowDisputed ? item.openMinor : item.openMinor - item.disputedMinor
  const amountMinor = parsed.minor
  if (amountMinor > room) return new OverPromised({ minor: room, currency }, [...path, 'amount'])

  const earlier = before.get(item.id) ?? []
  // A promise whose deadline passed is in force no longer, whether housekeeping has been there or not.
  const states = earlier.map((one) => (one.state === 'OPEN' ? stateBy(one, one.paidMinor, today) : one.state))
  const instead = earlier.filter((_one, place) => states[place] === 'OPEN')
  if (instead.length > 0 && !mayReplace) return new AlreadyPromised([...path, 'openItem'])
  const promise = {
    id: write.newId(),
    openItemId: item.id,
    customerId,
    currency,
    amountMinor,
    promisedOn,
    place: earlier.length + 1,
    level: levelBehind(states),
    dueMinor: dueOf(amountMinor, rules.toleranceBp),
    deadlineOn: businessDaysAfter(promisedOn, rules.toleranceBusinessDays),
    countsBy: rules.dateCounted,
    confirmDays: rules.confirmDays,
    itemVersion,
    policyVersion,
  }
  return { promise, instead }
}

const save = async ({ write, before, today }: Book, taken: readonly Taken[]) => {
  const replaced = taken.flatMap(({ promise, instead }) => instead.map((old) => ({ old, byId: promise.id })))
  const overdue = taken.flatMap(({ promise }) =>
    (before.get(promise.openItemId) ?? []).filter(({ state, deadlineOn }) => state === 'OPEN' && deadlineOn < today),
  )
  await passDeadlines(write, overdue, today)
  await insertPromises(
    write,
    taken.map(({ promise }) => promise),
  )
  await supersede(
    write,
    replaced.map(({ old: { id }, byId }) => ({ id, byId })),
  )
  const replacedChanges = replaced.map(({ old }) => ({
    ...{ promiseId: old.id, version: old.version + 1, stateBefore: old.state, paidMinor: old.paidMinor, currency: old.currency },
    ...{ state: 'SUPERSEDED' as const, cause: 'SUPERSEDED' as const },
  }))
  const recorded = taken.map(({ promise: { id, currency } }) => ({
    ...{ promiseId: id, version: 1, stateBefore: null, paidMinor: 0n, currency },
    ...{ state: 'OPEN' as const, cause: 'RECORDED' as const },
  }))
  await insertChanges(write, [...replacedChanges, ...recorded])
  for (const { old } of replaced) {
    const { id: promiseId, openItemId, customerId } = old
    write.emit({ area: 'work', name: 'promise.superseded', payload: { promiseId, openItemId, customerIds: [customerId] } })
  }
  for (const { promise } of taken) {
    const { id: promiseId, openItemId, customerId } = promise
    write.emit({ area: 'work', name: 'promise.recorded', payload: { promiseId, openItemId, customerIds: [customerId] } })
  }
}

import { addDays, type Day, dayIn } from '../../kernel/day.ts'
import { decodeGlobalId } from '../../kernel/ids.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import type { Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { type Amount, readAmount } from '../cash/index.ts'
import { clientFacts } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import type { LockedItem } from '../receivable/index.ts'
import { type Entitled, entitledAt } from '../request/index.ts'
import { nothing } from './amounts.ts'
import { type Turned, turn, turnedBy } from './move.ts'
import { type DisputeReason, type DisputeRules, disputePolicy, type Priority } from './policy.ts'
import { AlreadyDisputed, OverDisputed } from './refusals.ts'
import { caseOf, type KeptItem, type MovementCause } from './store.ts'

/** The most items of one case. */
export const disputeItemsMax = 100

export type ItemAsked = { readonly openItem: RowKey; readonly amount: Amount | null }

export const itemIdsOf = (clientId: string, items: readonly { readonly clientId: string; readonly id: string }[]): string[] =>
  // An id of another client is one that nobody has.
  items.map((item) => (item.clientId === clientId ? item.id : clientId))

type Into = {
  readonly customerId: string
  readonly currency: string
  readonly known: readonly KeptItem[]
  readonly cause: MovementCause
}

const amountOf = (
  { currency, openMinor }: LockedItem,
  { amount }: ItemAsked,
  path: readonly string[],
): bigint | InvalidInput | OverDisputed => {
  const room = openMinor > 0n ? openMinor : 0n
  if (amount !== null && amount.currency !== currency)
    return new InvalidInput(`the item is in ${currency}`, [...path, 'currency'])
  const minor = amount === null ? room : readAmount(amount, path)
  if (isRefusal(minor)) return minor
  return minor > room || minor === 0n ? new OverDisputed({ minor: room, currency }, path) : minor
}

/** Takes items into a case: open, of its customer and currency, and in no other case. They are held. */
export const takeIn = async (
  write: Write,
  asked: readonly ItemAsked[],
  openItems: ReadonlyMap<string, LockedItem>,
  { customerId, currency, known, cause }: Into,
): Promise<Turned | NotFound | InvalidInput | AlreadyDisputed | OverDisputed> => {
  const ids = itemIdsOf(
    write.clientId,
    asked.map(({ openItem }) => openItem),
  )
  if (new Set(ids).size !== ids.length) return new InvalidInput('each item once', ['input', 'items'])
  const held = await caseOf(write, ids)
  const turns: ReturnType<typeof turn>[] = []
  for (const [index, one] of asked.entries()) {
    const path = ['input', 'items', String(index)]
    const item = openItems.get(ids[index] ?? '')
    if (item === undefined || item.kind === 'CREDIT_MEMO' || item.customerId !== customerId)
      return new NotFound('open item of the customer', [...path, 'openItem'])
    if (item.currency !== currency)
      return new InvalidInput(`the case is in ${currency}; what is in other currencies is a case of its own`, [
        ...path,
        'openItem',
      ])
    const other = held.get(item.id)
    if (other !== undefined) return new AlreadyDisputed({ clientId: write.clientId, id: other }, [...path, 'openItem'])
    const amountMinor = amountOf(item, one, [...path, 'amount'])
    if (isRefusal(amountMinor)) return amountMinor
    const before = known.find(({ openItemId }) => openItemId === item.id)
    const fresh: KeptItem = {
      ...{ id: write.newId(), disputeId: '', openItemId: item.id, isLive: true, seenOpenMinor: item.openMinor },
      ...nothing,
    }
    turns.push(turn(before ?? fresh, [{ kind: 'INCLUDED', amountMinor }], cause, { isLive: true, seenOpenMinor: item.openMinor }))
  }
  return turnedBy(turns)
}

/** The rules in force, and the client's day. */
export const rulesOf = async (write: Write) => {
  const [{ timeZone }, { rules, version }] = await Promise.all([clientFacts(write), policyInForce(write, disputePolicy)])
  return { rules, version, timeZone, today: dayIn(timeZone, write.now) }
}

export const reasonNamed = (rules: DisputeRules, code: string): DisputeReason | InvalidInput =>
  rules.reasons.find((one) => one.code === code) ??
  new InvalidInput(`the client’s reasons are ${rules.reasons.map((one) => one.code).join(', ')}`, ['input', 'reason'])

/** What follows from a reason, unless somebody says otherwise. */
export const byReason = (
  { code, category, department, isCollected, ...reason }: DisputeReason,
  { priority, deadlineOn, today }: { readonly priority: Priority | null; readonly deadlineOn: Day | null; readonly today: Day },
) => ({
  ...{ reasonCode: code, category, department, isCollected },
  priority: priority ?? reason.priority,
  deadlineOn: deadlineOn ?? addDays(today, reason.deadlineDays),
})

export const badDeadline = (deadlineOn: Day | null, today: Day): InvalidInput | null =>
  deadlineOn !== null && (deadlineOn < today || deadlineOn > addDays(today, 365))
    ? new InvalidInput('a deadline is today or within 365 days', ['input', 'deadlineOn'])
    : null

const notEntitled = (field: string) => new NotFound('person or team that works on the client', ['input', field])

/** Somebody who works on the client. The directory is the provider's, whose id stands in theirs. */
export const somebody = (entitled: readonly Entitled[], asked: RowKey, field: string): Entitled | NotFound =>
  entitled.find(({ id }) => id === asked.id) ?? notEntitled(field)

export const entitledHere = (write: Write): Promise<Entitled[]> => entitledAt(write.tx, [write.clientId])

/** Who works on cases with a reason by the rules; null where they name nobody, or somebody who is entitled no more. */
export const routed = (entitled: readonly Entitled[], { processor }: DisputeReason): Entitled | null => {
  const id = processor === null ? null : (decodeGlobalId(processor)?.id ?? null)
  return entitled.find((one) => one.id === id) ?? null
}

export const coordinatedBy = ({ kind, id, name }: Entitled) => ({
  ...{ coordinatorKind: kind, coordinatorId: id, coordinatorName: name },
})
export const processedBy = (one: Entitled | null) => ({
  ...{ processorKind: one?.kind ?? null, processorId: one?.id ?? null, processorName: one?.name ?? null },
})

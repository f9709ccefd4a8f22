import { type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { lockCustomers } from '../customer/index.ts'
import { policyInForce } from '../policy/index.ts'
import { entriesOf, handHolds, type ItemFacts, openItemsOf, unappliedOf } from './fact-reads.ts'
import { coveredIn, holdsByFacts, isSameStage, judge, type Ladder, moneyKey } from './judging.ts'
import { minimumIn } from './ladder.ts'
import { stagingPolicy } from './policy.ts'
import { isDueState, stateOn } from './rules.ts'
import {
  dropStages,
  hasStages,
  type ItemStage,
  insertEntries,
  type KeptStage,
  type NewEntry,
  saveStages,
  stagesOf,
} from './store.ts'

/** Customers refreshed by one round of statements. */
const portion = 500

/** What is told of stages: steps that became due, were done, or are late; by customer, with the items and their steps. */
type StageEvent = 'stage.due' | 'stage.done' | 'stage.missed'
type Told = { readonly openItemId: string; readonly code: string }

/** One event for each customer, however many of its items it is about. */
export const tellStages = (write: Write, name: StageEvent, told: readonly (Told & { readonly customerId: string })[]) => {
  for (const [customerId, stages] of Map.groupBy(told, (one) => one.customerId)) {
    const payload = { customerIds: [customerId], stages: stages.map(({ openItemId, code }) => ({ openItemId, code })) }
    write.emit({ area: 'work', name, payload })
  }
}

/**
 * Brings the stages of all items of some customers to what the facts of the day say, in the transaction that changed them.
 * Run twice, the second time nothing is written; run without a row, it makes those that were there. Gives how many changed.
 */
export const refreshStages = async (write: Write, customerIds: readonly string[]): Promise<number> => {
  const sorted = [...new Set(customerIds)].sort()
  let count = 0
  for (let start = 0; start < sorted.length; start += portion)
    count += await refreshSome(write, sorted.slice(start, start + portion))
  return count
}

const refreshSome = async (write: Write, customerIds: readonly string[]): Promise<number> => {
  const [inForce, isStaging] = await Promise.all([policyInForce(write, stagingPolicy), hasStages(write, customerIds)])
  // A client that stages nothing pays no more for it than this.
  if (!inForce.rules.isActive && !isStaging) return 0
  const { timeZone } = await clientFacts(write)
  const today = dayIn(timeZone, write.now)
  const { rules, version, effectiveFrom } = inForce
  const ladder: Ladder = { rules, version, since: effectiveFrom === null ? null : dayIn(timeZone, effectiveFrom) }
  // Sent together and answered in order: what is read behind the lock is read once it is held.
  const [, before, items, cash, histories, hands] = await Promise.all([
    lockCustomers(write, customerIds),
    stagesOf(write, customerIds),
    openItemsOf(write, customerIds, { today, timeZone }),
    unappliedOf(write, customerIds),
    entriesOf(write, customerIds),
    handHolds(write, customerIds, today),
  ])
  const covered = coveredIn(items, cash, rules)
  const rows: ItemStage[] = []
  const entries: NewEntry[] = []
  const minimums = new Map(
    [...new Set(items.map(({ currency }) => currency))].map((currency) => [currency, minimumIn(rules, currency)]),
  )
  const staged = rules.isActive ? items.filter(({ kind }) => kind !== 'CREDIT_MEMO') : []
  for (const item of staged) {
    const byHand = hands.filter(
      ({ openItemId, customerId }) => (openItemId ?? item.id) === item.id && (customerId ?? item.customerId) === item.customerId,
    )
    const holds = [
      ...holdsByFacts(item, rules, covered.has(moneyKey(item))),
      ...byHand.map(({ reason, until, holdId }) => ({ reason, until, holdId })),
    ]
    const minimumMinor = minimums.get(item.currency) ?? 0n
    const judged = judge(item, histories.get(item.id) ?? [], { ladder, today, minimumMinor, holds })
    if (judged.row !== null) rows.push(judged.row)
    entries.push(...judged.entries)
  }
  const stays = new Set(rows.map(({ openItemId }) => openItemId))
  const ended = [...before.values()].filter(({ openItemId }) => !stays.has(openItemId))
  const changed = rows.filter((row) => {
    const kept = before.get(row.openItemId)
    return kept === undefined || !isSameStage(kept, row)
  })
  entries.push(...ended.map((row) => endOf(row, items, ladder, today)))
  await Promise.all([
    saveStages(write, changed),
    dropStages(
      write,
      ended.map(({ openItemId }) => openItemId),
    ),
    insertEntries(write, entries),
  ])
  tell(write, { changed, before, entries, today })
  return changed.length + ended.length
}

const endOf = ({ openItemId }: KeptStage, items: readonly ItemFacts[], { rules, version }: Ladder, today: Day): NewEntry => {
  const reason = !rules.isActive
    ? 'nothing is staged any more'
    : items.some(({ id }) => id === openItemId)
      ? 'too little is open'
      : 'nothing is open'
  return { openItemId, state: 'ENDED', ladderVersion: version, happenedOn: today, reason }
}

/** A row that was due when it was written turns behind its due day, and any other on it or before. */
const wasDue = (kept: KeptStage | undefined, { next }: ItemStage): boolean => {
  if (kept === undefined || kept.isHeld || kept.dueOn === null || kept.next?.code !== next?.code) return false
  return kept.changesOn === null || kept.changesOn > kept.dueOn
}

type Telling = {
  readonly changed: readonly ItemStage[]
  readonly before: ReadonlyMap<string, KeptStage>
  readonly entries: readonly NewEntry[]
  readonly today: Day
}

const tell = (write: Write, { changed, before, entries, today }: Telling) => {
  const due = changed.filter((row) => isDueState(stateOn(row, today)) && !wasDue(before.get(row.openItemId), row))
  tellStages(
    write,
    'stage.due',
    due.map(({ openItemId, customerId, next }) => ({ openItemId, customerId, code: next?.code ?? '' })),
  )
  const missed = new Map(
    entries.flatMap(({ state, openItemId, step }) => (state === 'MISSED' ? [[openItemId, step?.code ?? '']] : [])),
  )
  const rows = changed.filter(({ openItemId }) => missed.has(openItemId))
  tellStages(
    write,
    'stage.missed',
    rows.map(({ openItemId, customerId }) => ({ openItemId, customerId, code: missed.get(openItemId) ?? '' })),
  )
}

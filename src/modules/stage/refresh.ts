import { type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { lockCustomers } from '../customer/index.ts'
import { type PolicyInForce, policyInForce } from '../policy/index.ts'
import { type CashFacts, type Entry, entriesOf, handHolds, type ItemFacts, openItemsOf, unappliedOf } from './fact-reads.ts'
import { minimumIn, type StagingRules } from './ladder.ts'
import { stagingPolicy } from './policy.ts'
import { type Hold, isCovered, isDueState, type Settled, stageOf, stateOn } from './rules.ts'
import {
  dropStages,
  type ItemStage,
  insertEntries,
  type KeptStage,
  type KeptStep,
  type NewEntry,
  saveStages,
  stagesOf,
} from './store.ts'

/** Customers refreshed by one round of statements. */
const portion = 500

/** What is told of stages: steps that became due, were done, or are late; by customer, with the items and their steps. */
export const stageEvents = ['stage.due', 'stage.done', 'stage.missed'] as const
export type StageEvent = (typeof stageEvents)[number]
export type Told = { readonly openItemId: string; readonly code: string }

/** One event for each customer, however many of its items it is about. */
export const tellStages = (write: Write, name: StageEvent, told: readonly (Told & { readonly customerId: string })[]) => {
  for (const [customerId, stages] of Map.groupBy(told, (one) => one.customerId)) {
    const payload = { customerIds: [customerId], stages: stages.map(({ openItemId, code }) => ({ openItemId, code })) }
    write.emit({ area: 'work', name, payload })
  }
}

type Ladder = PolicyInForce<StagingRules>

/** What facts alone hold an item by. */
const holdsByFacts = (item: ItemFacts, { holds, restrictedCountries }: StagingRules, isPaid: boolean): Hold[] => {
  const found: Hold[] = []
  const hold = (reason: Hold['reason'], until: Day | null) => found.push({ reason, until, holdId: null })
  if (holds.dispute && item.isDisputed) hold('DISPUTE', null)
  if (holds.promise && item.promisedUntil !== null) hold('PROMISE', item.promisedUntil)
  if (holds.plan && item.plannedUntil !== null) hold('PLAN', item.plannedUntil)
  if (holds.unappliedCash && isPaid) hold('UNAPPLIED_CASH', null)
  if (item.countryCode !== null && restrictedCountries.includes(item.countryCode)) hold('RESTRICTED_COUNTRY', null)
  return found
}

const moneyKey = ({ customerId, currency }: { readonly customerId: string; readonly currency: string }) =>
  `${customerId} ${currency}`

/** Customers and currencies in which everything that is owed is there already. */
const coveredIn = (items: readonly ItemFacts[], cash: readonly CashFacts[], { creditsCount }: StagingRules): Set<string> => {
  const unapplied = new Map(cash.map((row) => [moneyKey(row), row.minor]))
  const covered = new Set<string>()
  for (const [key, some] of Map.groupBy(items, moneyKey)) {
    const sum = (isCredit: boolean) =>
      some.reduce((total, { kind, openMinor }) => total + ((kind === 'CREDIT_MEMO') === isCredit ? openMinor : 0n), 0n)
    const cover = { owedMinor: sum(false), creditMinor: -sum(true), unappliedMinor: unapplied.get(key) ?? 0n }
    if (isCovered(cover, creditsCount)) covered.add(key)
  }
  return covered
}

const isSettled = ({ state }: Entry): boolean => state === 'DONE' || state === 'SKIPPED'

export const settledIn = (entries: readonly Entry[]): Settled[] =>
  entries.filter(isSettled).map(({ state, code, level, happenedOn }) => ({
    state: state as Settled['state'],
    code: code ?? '',
    level: level ?? 0,
    on: happenedOn,
  }))

const later = (a: Day, b: Day): Day => (a > b ? a : b)

/** When its stages were stopped or went on the last time. */
const lastTurn = (entries: readonly Entry[]): Entry | undefined =>
  entries.findLast(({ state }) => state === 'HELD' || state === 'RESUMED' || state === 'ENDED')

type Judged = {
  readonly row: ItemStage | null
  readonly entries: readonly NewEntry[]
}

type Judging = { readonly ladder: Ladder; readonly today: Day; readonly timeZone: string; readonly holds: readonly Hold[] }

/** An item that is staged: where it stands, and what is new about that for its history. */
const judge = (item: ItemFacts, history: readonly Entry[], { ladder, today, timeZone, holds }: Judging): Judged => {
  const { rules, version, effectiveFrom } = ladder
  const turn = lastTurn(history)
  // Whoever was held is not late for the time before: a hold ends when it is seen to have ended.
  const resumes = holds.length === 0 && (turn?.state === 'HELD' || turn?.state === 'ENDED')
  const resumedOn = resumes ? today : history.findLast(({ state }) => state === 'RESUMED')?.happenedOn
  const known = [dayIn(timeZone, item.createdAt), ...(effectiveFrom === null ? [] : [dayIn(timeZone, effectiveFrom)])]
  const stage = stageOf(
    rules.steps,
    {
      dueOn: item.dueOn,
      openMinor: item.openMinor,
      minimumMinor: minimumIn(rules, item.currency),
      sinceOn: [...known, ...(resumedOn === undefined ? [] : [resumedOn])].reduce(later),
      settled: settledIn(history),
      holds,
    },
    today,
  )
  if (stage === null) return { row: null, entries: [] }
  const { next, level } = stage
  const row: ItemStage = {
    ...{ openItemId: item.id, customerId: item.customerId, ladderVersion: version, level },
    next: next === null ? null : stepFor(next.step, next.level),
    dueOn: next?.dueOn ?? null,
    missedOn: next?.missedOn ?? null,
    ...{ holds: stage.holds, isHeld: stage.holds.length > 0, changesOn: stage.changesOn },
  }
  const about = { openItemId: item.id, ladderVersion: version, happenedOn: today }
  const entries: NewEntry[] = []
  const reasons = stage.holds.map(({ reason }) => reason).filter((reason, place, all) => all.indexOf(reason) === place)
  if (row.isHeld && next !== null && !(turn?.state === 'HELD' && sameReasons(turn.holdReasons ?? [], reasons)))
    entries.push({ ...about, state: 'HELD', holdReasons: reasons })
  if (resumes) entries.push({ ...about, state: 'RESUMED' })
  const isMissed =
    stateOn(row, today) === 'MISSED' && !history.some((one) => one.state === 'MISSED' && one.code === next?.step.code)
  if (isMissed && row.next !== null) entries.push({ ...about, state: 'MISSED', step: row.next, dueOn: row.dueOn })
  return { row, entries }
}

const sameReasons = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((one) => b.includes(one))

const stepFor = ({ code, label, channel, needsApproval, template }: StagingRules['steps'][number], level: number): KeptStep => ({
  ...{ code, label, level, channel, needsApproval, template },
})

/** Rows as they are compared: a row that is as it should be is not written. */
const text = (row: ItemStage) =>
  JSON.stringify([
    ...[row.customerId, row.ladderVersion, row.level, row.dueOn, row.missedOn, row.changesOn],
    row.next === null
      ? null
      : [row.next.code, row.next.label, row.next.level, row.next.channel, row.next.needsApproval, row.next.template],
    row.holds.map(({ reason, until, holdId }) => [reason, until, holdId]),
  ])

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
  const [ladder, known] = await Promise.all([policyInForce(write, stagingPolicy), stagesOf(write, customerIds)])
  // A client that stages nothing pays no more for it than this.
  if (!ladder.rules.isActive && known.size === 0) return 0
  const { timeZone } = await clientFacts(write)
  const today = dayIn(timeZone, write.now)
  // Sent together and answered in order: what is read behind the lock is read once it is held.
  const [, before, items, cash, histories, hands] = await Promise.all([
    lockCustomers(write, customerIds),
    stagesOf(write, customerIds),
    openItemsOf(write, customerIds, today),
    unappliedOf(write, customerIds),
    entriesOf(write, customerIds),
    handHolds(write, customerIds, today),
  ])
  const covered = coveredIn(items, cash, ladder.rules)
  const rows: ItemStage[] = []
  const entries: NewEntry[] = []
  const staged = ladder.rules.isActive ? items.filter(({ kind }) => kind !== 'CREDIT_MEMO') : []
  for (const item of staged) {
    const byHand = hands.filter(
      ({ openItemId, customerId }) => (openItemId ?? item.id) === item.id && (customerId ?? item.customerId) === item.customerId,
    )
    const holds = [
      ...holdsByFacts(item, ladder.rules, covered.has(moneyKey(item))),
      ...byHand.map(({ reason, until, holdId }) => ({ reason, until, holdId })),
    ]
    const judged = judge(item, histories.get(item.id) ?? [], { ladder, today, timeZone, holds })
    if (judged.row !== null) rows.push(judged.row)
    entries.push(...judged.entries)
  }
  const stays = new Set(rows.map(({ openItemId }) => openItemId))
  const ended = [...before.values()].filter(({ openItemId }) => !stays.has(openItemId))
  const changed = rows.filter((row) => {
    const kept = before.get(row.openItemId)
    return kept === undefined || text(kept) !== text(row)
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

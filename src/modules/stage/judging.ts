import type { Day } from '../../kernel/day.ts'
import type { CashFacts, Entry, ItemFacts } from './fact-reads.ts'
import type { StagingRules } from './ladder.ts'
import { type Hold, isCovered, type Settled, stageOf, stateOn } from './rules.ts'
import type { ItemStage, KeptStep, NewEntry } from './store.ts'

// From what was read to what is written: where an item stands, and what of that is new to its history. Without IO.

/** What facts alone hold an item by. */
export const holdsByFacts = (item: ItemFacts, { holds, restrictedCountries }: StagingRules, isPaid: boolean): Hold[] => {
  const found: Hold[] = []
  const hold = (reason: Hold['reason'], until: Day | null) => found.push({ reason, until, holdId: null })
  if (holds.dispute && item.isDisputed) hold('DISPUTE', null)
  if (holds.promise && item.promisedUntil !== null) hold('PROMISE', item.promisedUntil)
  if (holds.plan && item.plannedUntil !== null) hold('PLAN', item.plannedUntil)
  if (holds.unappliedCash && isPaid) hold('UNAPPLIED_CASH', null)
  if (item.countryCode !== null && restrictedCountries.includes(item.countryCode)) hold('RESTRICTED_COUNTRY', null)
  return found
}

export const moneyKey = ({ customerId, currency }: { readonly customerId: string; readonly currency: string }) =>
  `${customerId} ${currency}`

/** Customers and currencies in which everything that is owed is there already. */
export const coveredIn = (
  items: readonly ItemFacts[],
  cash: readonly CashFacts[],
  { creditsCount }: StagingRules,
): Set<string> => {
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

/** Whether it was staged, and is not any more because too little of it was open. */
export const hasEnded = (entries: readonly Entry[]): boolean => lastTurn(entries)?.state === 'ENDED'

type Judged = {
  readonly row: ItemStage | null
  readonly entries: readonly NewEntry[]
}

/** The client’s ladder, and the day from which it is in force. */
export type Ladder = { readonly rules: StagingRules; readonly version: number; readonly since: Day | null }

type Judging = {
  readonly ladder: Ladder
  readonly today: Day
  readonly minimumMinor: bigint
  readonly holds: readonly Hold[]
}

/** An item that is staged: where it stands, and what is new about that for its history. */
export const judge = (item: ItemFacts, history: readonly Entry[], { ladder, today, minimumMinor, holds }: Judging): Judged => {
  const { rules, version, since } = ladder
  const turn = lastTurn(history)
  // Whoever was held is not late for the time before: a hold ends when it is seen to have ended.
  const resumes = holds.length === 0 && (turn?.state === 'HELD' || turn?.state === 'ENDED')
  const resumedOn = resumes ? today : history.findLast(({ state }) => state === 'RESUMED')?.happenedOn
  const stage = stageOf(
    rules.steps,
    {
      dueOn: item.dueOn,
      openMinor: item.openMinor,
      minimumMinor,
      sinceOn: later(later(item.cameOn, since ?? item.cameOn), resumedOn ?? item.cameOn),
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

const isSameStep = (a: KeptStep | null, b: KeptStep | null): boolean =>
  a === null || b === null
    ? a === b
    : a.code === b.code &&
      a.label === b.label &&
      a.level === b.level &&
      a.channel === b.channel &&
      a.needsApproval === b.needsApproval &&
      a.template === b.template

/** A row that is as it should be is not written. */
export const isSameStage = (a: ItemStage, b: ItemStage): boolean =>
  a.customerId === b.customerId &&
  a.ladderVersion === b.ladderVersion &&
  a.level === b.level &&
  a.dueOn === b.dueOn &&
  a.missedOn === b.missedOn &&
  a.changesOn === b.changesOn &&
  isSameStep(a.next, b.next) &&
  a.holds.length === b.holds.length &&
  a.holds.every(({ reason, until, holdId }, place) => {
    const other = b.holds[place]
    return other?.reason === reason && other.until === until && other.holdId === holdId
  })

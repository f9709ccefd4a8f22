import { addDays, type Day } from '../../kernel/day.ts'
import type { Step } from './ladder.ts'

export const holdReasons = [
  'DISPUTE',
  'PROMISE',
  'PLAN',
  'UNAPPLIED_CASH',
  'CLIENT_HOLD',
  'LEGAL',
  'RESTRICTED_COUNTRY',
  'INSOLVENCY',
  'RESTATEMENT',
] as const
export type HoldReason = (typeof holdReasons)[number]

/** What stops the stages of an item on a day. */
export type Hold = {
  readonly reason: HoldReason
  /** The last day on which it does, as far as that is known. */
  readonly until: Day | null
  /** The hold that somebody set by hand; null where facts say so. */
  readonly holdId: string | null
}

/** A step of an item that lies behind: done, or skipped by somebody or by a higher one. */
export type Settled = {
  readonly state: 'DONE' | 'SKIPPED'
  readonly code: string
  /** Its place in the ladder of its time, from 1: where it stands in a ladder that does not have it any more. */
  readonly level: number
  readonly on: Day
}

/** Everything that the stage of an item follows from, besides the ladder and the day. */
export type StageFacts = {
  readonly dueOn: Day
  readonly openMinor: bigint
  readonly minimumMinor: bigint
  /** From when somebody could have asked: the item was there, the ladder was in force, and no hold had just ended. */
  readonly sinceOn: Day
  readonly settled: readonly Settled[]
  readonly holds: readonly Hold[]
}

/** HELD: something stops it. DONE: no step is left. */
export type StageState = 'PENDING' | 'DUE' | 'MISSED' | 'HELD' | 'DONE'

export type NextStage = {
  readonly step: Step
  readonly level: number
  readonly dueOn: Day
  /** The day from which it is late. */
  readonly missedOn: Day
}

export type Stage = {
  /** How high in the ladder the item stands: the place of the highest step that is done or skipped, 0 before the first. */
  readonly level: number
  readonly next: NextStage | null
  readonly holds: readonly Hold[]
  /** The first later day on which something of this is different, if no fact changes until then. */
  readonly changesOn: Day | null
}

const latest = (days: readonly (Day | null)[]): Day | null =>
  days.reduce<Day | null>((found, day) => (day !== null && (found === null || day > found) ? day : found), null)

const levelIn = (ladder: readonly Step[], { code, level }: Settled): number => {
  const place = ladder.findIndex((step) => step.code === code)
  return place === -1 ? Math.min(level, ladder.length) : place + 1
}

/** How high in a ladder an item stands by the steps that lie behind it. */
export const levelOf = (ladder: readonly Step[], settled: readonly Settled[]): number =>
  settled.reduce((highest, one) => Math.max(highest, levelIn(ladder, one)), 0)

type Coming = { readonly level: number; readonly step: Step; readonly dueOn: Day }

/** Steps above the level with their due days; one that counts from the stage before it has none until that one is behind. */
const comingSteps = (ladder: readonly Step[], { dueOn, sinceOn, settled }: StageFacts, level: number): Coming[] => {
  const doneOn = latest(settled.map(({ state, on }) => (state === 'DONE' ? on : null)))
  const behindOn = latest(settled.map((one) => (levelIn(ladder, one) === level ? one.on : null)))
  return ladder.slice(level).flatMap((step, index) => {
    const anchor = step.offsetDays === null ? (index === 0 ? behindOn : null) : addDays(dueOn, step.offsetDays)
    if (anchor === null) return []
    const ownOn = step.offsetDays === null ? addDays(anchor, step.minGapDays) : anchor
    const gapOn = doneOn === null ? null : addDays(doneOn, step.minGapDays)
    return [{ level: level + index + 1, step, dueOn: latest([ownOn, gapOn, sinceOn]) ?? ownOn }]
  })
}

/**
 * The step that is to be taken: of those whose day has come the highest, so that a backlog is not worked off step by step;
 * else the one whose day comes first, and of several on one day the highest.
 */
const nextOf = (coming: readonly Coming[], today: Day): Coming | null => {
  const due = coming.filter(({ dueOn }) => dueOn <= today)
  const [first] = due.length > 0 ? due.toSorted((a, b) => b.level - a.level) : coming.toSorted(byDay)
  return first ?? null
}

const byDay = (a: Coming, b: Coming): number => (a.dueOn < b.dueOn ? -1 : a.dueOn > b.dueOn ? 1 : b.level - a.level)

/** Where an item stands in its client's ladder on a day; null where it is not staged, because too little of it is open. */
export const stageOf = (ladder: readonly Step[], facts: StageFacts, today: Day): Stage | null => {
  if (facts.openMinor <= 0n || facts.openMinor < facts.minimumMinor) return null
  const level = levelOf(ladder, facts.settled)
  const coming = comingSteps(ladder, facts, level)
  const found = nextOf(coming, today)
  const next = found === null ? null : { ...found, missedOn: addDays(found.dueOn, found.step.graceDays + 1) }
  const turns = [
    ...(next === null ? [] : [next.missedOn, ...coming.filter((one) => one.level >= next.level).map(({ dueOn }) => dueOn)]),
    ...facts.holds.flatMap(({ until }) => (until === null ? [] : [addDays(until, 1)])),
  ]
  const [changesOn = null] = turns.filter((day) => day > today).sort()
  const holds = facts.holds.toSorted((a, b) => holdReasons.indexOf(a.reason) - holdReasons.indexOf(b.reason))
  return { level, next, holds, changesOn }
}

/** The one word for it, wherever it is asked: by a list, by a counter, by whoever takes the step. */
export const stateOn = (
  stage: { readonly isHeld: boolean; readonly dueOn: Day | null; readonly missedOn: Day | null },
  today: Day,
): StageState => {
  if (stage.dueOn === null || stage.missedOn === null) return 'DONE'
  if (stage.isHeld) return 'HELD'
  if (stage.dueOn > today) return 'PENDING'
  return stage.missedOn <= today ? 'MISSED' : 'DUE'
}

export const isDueState = (state: StageState): boolean => state === 'DUE' || state === 'MISSED'

/** What stands of a customer’s money and debts in one currency. */
export type Cover = { readonly owedMinor: bigint; readonly unappliedMinor: bigint; readonly creditMinor: bigint }

/** Whether money that is there and not applied pays everything: whoever has paid is not asked again. */
export const isCovered = ({ owedMinor, unappliedMinor, creditMinor }: Cover, creditsCount: boolean): boolean =>
  unappliedMinor + (creditsCount ? creditMinor : 0n) >= owedMinor && owedMinor > 0n

/** The steps that a higher one passed over: they are skipped once it is done. */
export const overtakenBy = (ladder: readonly Step[], level: number, settled: readonly Settled[]): Step[] => {
  const behind = new Set(settled.map(({ code }) => code))
  return ladder.slice(0, Math.max(0, level - 1)).filter(({ code }) => !behind.has(code))
}

import { addDays, type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { lockCustomers } from '../customer/index.ts'
import { policyInForce } from '../policy/index.ts'
import { customersOfItems } from '../receivable/index.ts'
import { type Entry, entriesOfItems } from './fact-reads.ts'
import { hasEnded, settledIn } from './judging.ts'
import type { Channel, Step } from './ladder.ts'
import { stagingPolicy } from './policy.ts'
import { refreshStages, tellStages } from './refresh.ts'
import { isDueState, levelOf, overtakenBy, stateOn } from './rules.ts'
import { insertEntries, type KeptStage, type KeptStep, type NewEntry, stagesOf } from './store.ts'

/** By what a step was taken, and what is said of it. */
export type TakenBy = { readonly activityId?: string; readonly noticeId?: string; readonly reason?: string }

export type Standing = KeptStage & { readonly isDue: boolean }

export const todayAt = async (write: Write): Promise<Day> => dayIn((await clientFacts(write)).timeZone, write.now)

/**
 * Where some items stand by the facts of this instant, their customers held: what a list showed may be over, and whoever
 * takes a step asks the same predicate as the list, of the row as it is now. Items that are not staged are left out.
 */
export const standingOf = async (write: Write, openItemIds: readonly string[]): Promise<ReadonlyMap<string, Standing>> => {
  const owners = await customersOfItems(write, openItemIds)
  const customerIds = [...new Set(owners.values())].sort()
  if (customerIds.length === 0) return new Map()
  await lockCustomers(write, customerIds)
  await refreshStages(write, customerIds)
  const [rows, today] = await Promise.all([stagesOf(write, customerIds), todayAt(write)])
  return new Map(
    openItemIds.flatMap((id) => {
      const row = rows.get(id)
      return row === undefined ? [] : [[id, { ...row, isDue: isDueState(stateOn(row, today)) }] as const]
    }),
  )
}

type TakenStep = Pick<KeptStage, 'openItemId' | 'customerId' | 'next' | 'dueOn' | 'missedOn'>
type Taken = { readonly row: TakenStep; readonly state: 'DONE' | 'SKIPPED' }

/** Writes what became of the next step of some items, and what of the steps that it passed over; then looks at them anew. */
export const settleSteps = async (write: Write, taken: readonly Taken[], { activityId, noticeId, reason }: TakenBy) => {
  if (taken.length === 0) return
  const customerIds = [...new Set(taken.map(({ row }) => row.customerId))]
  const [today, { rules, version }, histories] = await Promise.all([
    todayAt(write),
    policyInForce(write, stagingPolicy),
    entriesOfItems(
      write,
      taken.map(({ row }) => row.openItemId),
    ),
  ])
  const entries = taken.flatMap(({ row, state }): NewEntry[] => {
    const { next, openItemId, dueOn, missedOn } = row
    if (next === null) return []
    const about = { openItemId, ladderVersion: version, happenedOn: today }
    const overtaken = overtakenBy(rules.steps, next.level, settledIn(histories.get(openItemId) ?? []))
    const isOnTime = state === 'DONE' ? missedOn !== null && today < missedOn : null
    return [
      ...overtaken.map((step): NewEntry => {
        const level = rules.steps.indexOf(step) + 1
        return { ...about, state: 'SKIPPED', step: { ...step, level }, reason: `overtaken by ${next.code}` }
      }),
      {
        ...{ ...about, state, step: next, dueOn, isOnTime, reason: reason ?? null },
        ...{ activityId: activityId ?? null, noticeId: noticeId ?? null },
      },
    ]
  })
  await insertEntries(write, entries)
  const done = taken.filter(({ state }) => state === 'DONE')
  tellStages(
    write,
    'stage.done',
    done.map(({ row: { openItemId, customerId, next } }) => ({ openItemId, customerId, code: next?.code ?? '' })),
  )
  await refreshStages(write, customerIds)
}

/**
 * Takes the due step of each of some items, where it goes by that channel; items whose step is not due, or is held, stay as
 * they are. Asked again it does nothing. Gives the items whose step was taken.
 */
export const takeDueSteps = async (
  write: Write,
  openItemIds: readonly string[],
  channel: Channel,
  by: TakenBy,
): Promise<readonly string[]> => {
  const standing = await standingOf(write, openItemIds)
  const rows = [...standing.values()].filter(({ isDue, next }) => isDue && next?.channel === channel)
  await settleSteps(
    write,
    rows.map((row) => ({ row, state: 'DONE' })),
    by,
  )
  return rows.map(({ openItemId }) => openItemId)
}

export type SentText = { readonly openItemId: string; readonly template: string }

const writes: ReadonlySet<Channel> = new Set(['EMAIL', 'LETTER'])

const isText = ({ template, channel }: Step, sent: string): boolean => template === sent && writes.has(channel)

/** Of an item that is staged the place of the highest step with a text, up to the one that is next. */
const highestBy = (steps: readonly Step[], { level, next }: KeptStage, text: string): number =>
  steps.findLastIndex((step, place) => place >= level && place < (next?.level ?? 0) && isText(step, text))

/** Of an item whose stages have ended the place of the first step with a text that does not lie behind. */
const nextBy = (steps: readonly Step[], history: readonly Entry[], text: string): number => {
  const level = levelOf(steps, settledIn(history))
  return steps.findIndex((step, place) => place >= level && isText(step, text))
}

/**
 * Takes the steps whose text was sent, of each item the highest up to the one that is next, though it be held by now: what
 * went out is done. A lower one may be sent when a higher one fell due meanwhile, which then waits for its gap. Of an item
 * that was paid while the text was on its way the next step by that text is done as well: if the money goes back, the customer
 * is not asked the same again. Told again, or of an item that was never staged, it does nothing.
 */
export const takeSentSteps = async (write: Write, sent: readonly SentText[], by: TakenBy) => {
  const ids = sent.map(({ openItemId }) => openItemId)
  const standing = await standingOf(write, ids)
  const [{ rules }, histories, owners, today] = await Promise.all([
    policyInForce(write, stagingPolicy),
    entriesOfItems(write, ids),
    customersOfItems(write, ids),
    todayAt(write),
  ])
  if (!rules.isActive) return
  const taken = sent.flatMap(({ openItemId, template }): Taken[] => {
    const row = standing.get(openItemId)
    const customerId = owners.get(openItemId)
    const history = histories.get(openItemId) ?? []
    if (customerId === undefined || (row === undefined && !hasEnded(history))) return []
    const place = row === undefined ? nextBy(rules.steps, history, template) : highestBy(rules.steps, row, template)
    const step = rules.steps[place]
    if (step === undefined) return []
    if (row !== undefined && place + 1 === row.next?.level) return [{ row, state: 'DONE' }]
    const missed = history.find(({ state, code }) => state === 'MISSED' && code === step.code)
    return [
      { row: earlier({ openItemId, customerId }, { ...step, level: place + 1 }, missed?.dueOn ?? null, today), state: 'DONE' },
    ]
  })
  await settleSteps(write, taken, by)
}

/** A step that is not the next one of its item: late if that was seen to be. */
const earlier = (
  item: Pick<TakenStep, 'openItemId' | 'customerId'>,
  next: KeptStep,
  missedDueOn: Day | null,
  today: Day,
): TakenStep => ({
  ...item,
  next,
  dueOn: missedDueOn ?? today,
  missedOn: missedDueOn === null ? addDays(today, 1) : today,
})

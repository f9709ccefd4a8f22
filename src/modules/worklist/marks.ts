import { Refusal } from '../../kernel/refusal.ts'
import { type Factor, scoreOf } from './rules.ts'

// What people decide about work by hand, and what follows from it. Decision 0028.

export const markKinds = ['CLAIM', 'SNOOZE', 'PIN', 'CALLBACK'] as const
export type MarkKind = (typeof markKinds)[number]

/** What work is about: marks stay with it, whatever becomes of the row in the queue. */
export type Subject = { readonly customerId: string } | { readonly receiptId: string }

export type Mark = {
  readonly id: string
  readonly kind: MarkKind
  readonly setAt: Date
  /** The end of a claim, a snooze or a pin; the time of a callback. */
  readonly endsAt: Date
  readonly timeZone: string | null
  readonly note: string
  readonly principalId: string
  readonly principalName: string
  readonly isDue: boolean
}

/** More than all that facts can give, so that whatever a person put first comes first. */
export const handPoints = 1_000

/** The most that a mark of a kind may last. */
export const longestMs = {
  CLAIM: 8 * 3_600_000,
  SNOOZE: 90 * 86_400_000,
  PIN: 30 * 86_400_000,
  CALLBACK: 90 * 86_400_000,
} as const satisfies Record<MarkKind, number>

const isAhead = (mark: Mark, now: Date): boolean => mark.endsAt > now

/** Work rests while it is snoozed, and until the time that a callback was agreed for. */
export const isResting = (marks: readonly Mark[], now: Date): boolean =>
  marks.some((mark) => (mark.kind === 'SNOOZE' || mark.kind === 'CALLBACK') && isAhead(mark, now))

/** The claim that keeps others off, if there is one. */
export const claimIn = (marks: readonly Mark[], now: Date): Mark | null =>
  marks.find((mark) => mark.kind === 'CLAIM' && isAhead(mark, now)) ?? null

const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
const noted = ({ note }: Mark): string => (note === '' ? '' : `: ${note}`)

/** What people add to the reasons of a score: a pin while it lasts, and a callback once its time has come. */
export const handFactors = (marks: readonly Mark[], now: Date): Factor[] =>
  marks.flatMap((mark): Factor[] => {
    const points = { points: handPoints, weight: handPoints }
    if (mark.kind === 'PIN' && isAhead(mark, now))
      return [
        {
          code: 'PINNED',
          label: 'Put first by hand',
          input: `${mark.principalName} until ${minute(mark.endsAt)}${noted(mark)}`,
          ...points,
        },
      ]
    if (mark.kind === 'CALLBACK' && !isAhead(mark, now))
      return [
        {
          code: 'CALLBACK_DUE',
          label: 'A callback is due',
          input: `agreed by ${mark.principalName} for ${minute(mark.endsAt)}${noted(mark)}`,
          ...points,
        },
      ]
    return []
  })

type Standing = {
  readonly isQueued: boolean
  readonly leftOut: string | null
  readonly score: number
  readonly factors: readonly Factor[]
}

/**
 * Where work stands by the facts and by what people marked: what facts do not bring into the queue, no mark does. What
 * rests says so alone; whether a strategy takes it is asked again when it comes back.
 */
export const withMarks = <Scored extends Standing>(scored: Scored, marks: readonly Mark[], now: Date): Scored => {
  if (isResting(marks, now)) return { ...scored, isQueued: false, leftOut: null, score: 0, factors: [] }
  if (!scored.isQueued || marks.length === 0) return scored
  const factors = [...scored.factors, ...handFactors(marks, now)]
  return { ...scored, factors, score: scoreOf(factors) }
}

/** Somebody else holds the work. */
export class WorkClaimed extends Refusal {
  readonly code = 'WORK_CLAIMED'
  readonly holder: string
  readonly until: Date
  constructor({ principalName, endsAt }: Mark) {
    super(`${principalName} holds this work until ${minute(endsAt)}; take other work, or ask them to release it`, [
      'input',
      'workItem',
    ])
    this.holder = principalName
    this.until = endsAt
  }
}

/** There is no such mark on the work. */
export class NotMarked extends Refusal {
  readonly code = 'NOT_MARKED'
  constructor(what: string) {
    super(`the work has no ${what}: it ended, or somebody lifted it`, ['input', 'workItem'])
  }
}

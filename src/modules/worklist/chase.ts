import { addDays, type Day } from '../../kernel/day.ts'
import type { UndecidedState } from './rules.ts'

// What is done about money that nobody has decided about, step by step until it is. Days are civil days of the client;
// business days will come with its calendars.

export const actionKinds = [
  'ASK_PAYER',
  'ASK_PAYER_AGAIN',
  'CALL_PAYER',
  'DECIDE_ON_ACCOUNT',
  'ASK_BANK',
  'RESEARCH_PAYER',
  'DECIDE_USE',
  'ESCALATE',
  'REVIEW_FOR_ESCHEAT',
  'FINISH_ESCHEAT_REVIEW',
] as const
export type ActionKind = (typeof actionKinds)[number]

export type NextAction = { readonly kind: ActionKind; readonly dueOn: Day; readonly reason: string }

type Step = {
  readonly kind: ActionKind
  /** Days after the value date on which it is due. */
  readonly day: number
  /** Days that the step before it is given: whoever began late does not ask and call on one day. */
  readonly rest: number
  readonly reason: string
}

const ladders = {
  REMITTANCE_MISSING: [
    { kind: 'ASK_PAYER', day: 1, rest: 0, reason: 'Nothing says what the money is for: ask the payer for a remittance advice.' },
    { kind: 'ASK_PAYER_AGAIN', day: 3, rest: 2, reason: 'The payer was asked and has not answered: ask again.' },
    { kind: 'CALL_PAYER', day: 7, rest: 2, reason: 'The payer was asked twice: call, and write down what the money is for.' },
    {
      kind: 'DECIDE_ON_ACCOUNT',
      day: 14,
      rest: 3,
      reason: 'Two weeks without a remittance advice: the lead decides whether it is kept on account.',
    },
  ],
  IDENTIFIED: [
    { kind: 'DECIDE_USE', day: 1, rest: 0, reason: 'The remittance advice is there: apply the rest, or say why it is kept.' },
    { kind: 'ESCALATE', day: 7, rest: 3, reason: 'It was explained a week ago and is not used up: the lead decides.' },
  ],
  UNIDENTIFIED: [
    { kind: 'ASK_BANK', day: 1, rest: 0, reason: 'Nobody is known to have paid it: ask the bank who ordered the payment.' },
    {
      kind: 'RESEARCH_PAYER',
      day: 5,
      rest: 2,
      reason: 'The bank did not help: search ledgers, accounts and names for the payer.',
    },
    { kind: 'ESCALATE', day: 30, rest: 5, reason: 'A month without a payer: the lead asks the client.' },
    // A deadline of the law does not move because somebody was asked once more.
    { kind: 'REVIEW_FOR_ESCHEAT', day: 90, rest: 0, reason: 'Ninety days without a payer: it may be unclaimed property.' },
  ],
  ESCHEAT_REVIEW: [
    { kind: 'FINISH_ESCHEAT_REVIEW', day: 120, rest: 0, reason: 'Its review has to end: identified, paid back, or reported.' },
  ],
} as const satisfies Record<UndecidedState, readonly Step[]>

/** What is known of a receipt's chase. */
export type Chase = {
  readonly state: UndecidedState
  readonly valueOn: Day
  /** Steps taken since it has been in this state. */
  readonly steps: number
  /** Day of the last of them; null before the first. */
  readonly lastOn: Day | null
}

const later = (a: Day, b: Day): Day => (a > b ? a : b)

/** How many steps of the ladder lie behind; the last one comes again until the money is decided about. */
const placeOf = ({ state, steps }: Chase): number => Math.min(steps, ladders[state].length - 1)

/** The step that is to be taken next: on its own day since the value date, or later where the one before it was late. */
export const nextAction = (chase: Chase): NextAction => {
  const ladder: readonly Step[] = ladders[chase.state]
  const step = ladder[placeOf(chase)]
  if (step === undefined) throw new Error(`the ladder of ${chase.state} has no step`)
  const own = addDays(chase.valueOn, step.day)
  const dueOn = chase.lastOn === null ? own : later(own, addDays(chase.lastOn, step.rest))
  return { kind: step.kind, dueOn, reason: step.reason }
}

/** How far a chase is behind: steps whose day has come and that nobody took, of how many there are. */
export const behindBy = (chase: Chase, today: Day): { readonly missed: number; readonly of: number } => {
  const ladder: readonly Step[] = ladders[chase.state]
  // While the next step rests, nothing is late, however old the money is.
  if (nextAction(chase).dueOn > today) return { missed: 0, of: ladder.length }
  const due = ladder.slice(placeOf(chase)).filter(({ day }) => addDays(chase.valueOn, day) <= today)
  return { missed: due.length, of: ladder.length }
}

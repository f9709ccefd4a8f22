import type { Day } from '../../kernel/day.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Hold, StageState } from './rules.ts'

/** The step is not to be taken now: it is not due, something holds it, or another one is next. */
export class StageNotDue extends Refusal {
  readonly code = 'STAGE_NOT_DUE'
  readonly state: StageState
  readonly next: string | null
  readonly dueOn: Day | null
  readonly holds: readonly Hold[]
  constructor(
    { state, next, dueOn, holds }: { state: StageState; next: string | null; dueOn: Day | null; holds: readonly Hold[] },
    path: readonly string[] = ['input', 'stage'],
  ) {
    const held = holds.length === 0 ? '' : `, held by ${holds.map(({ reason }) => reason).join(', ')}`
    super(next === null ? 'no stage is left' : `the next stage is ${next}, ${state.toLowerCase()}, due ${dueOn}${held}`, path)
    this.state = state
    this.next = next
    this.dueOn = dueOn
    this.holds = holds
  }
}

/** What was lifted before cannot be lifted again. */
export class HoldLifted extends Refusal {
  readonly code = 'HOLD_LIFTED'
  constructor() {
    super('this hold was lifted before', ['input', 'hold'])
  }
}

import { Refusal } from '../../kernel/refusal.ts'

/** The rules are none: each problem with its place. */
export class WrongRules extends Refusal {
  readonly code = 'WRONG_RULES'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`these rules cannot be taken: ${problems.join('; ')}`, ['rules'])
    this.problems = problems
  }
}

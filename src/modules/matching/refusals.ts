import { Refusal } from '../../kernel/refusal.ts'

/** What the engine was wrong about once it does not post by itself again. Kept as a note of the proposal. */
export class WrongBefore extends Refusal {
  readonly code = 'WRONG_BEFORE'
  constructor() {
    super('A match of this receipt was undone as wrong, so a person decides.')
  }
}

/** What a match proposes no longer fits: an item or the receipt changed since. */
export class ProposalOutdated extends Refusal {
  readonly code = 'PROPOSAL_OUTDATED'
  constructor(why: string) {
    super(`this proposal no longer fits: ${why}; match the receipt again`, ['input', 'match'])
  }
}

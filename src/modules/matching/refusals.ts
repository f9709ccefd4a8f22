import { Refusal } from '../../kernel/refusal.ts'

/** What a match proposes no longer fits: an item or the receipt changed since. */
export class ProposalOutdated extends Refusal {
  readonly code = 'PROPOSAL_OUTDATED'
  constructor(why: string) {
    super(`this proposal no longer fits: ${why}; match the receipt again`, ['input', 'match'])
  }
}

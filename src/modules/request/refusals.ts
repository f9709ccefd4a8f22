import { Refusal } from '../../kernel/refusal.ts'

/** Somebody else answers for the request. */
export class NotOwner extends Refusal {
  readonly code = 'NOT_OWNER'
  readonly owner: string
  constructor(owner: string) {
    super(`${owner} answers for this request; take it over first, or ask them`, ['input', 'request'])
    this.owner = owner
  }
}

/** Nobody who is asked for works on this client. */
export class NoOwner extends Refusal {
  readonly code = 'NO_OWNER'
  constructor(message: string, path: readonly string[]) {
    super(message, path)
  }
}

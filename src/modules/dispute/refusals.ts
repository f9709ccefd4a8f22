import { Refusal } from '../../kernel/refusal.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'

/** Another case is about the item already: it is worked there. */
export class AlreadyDisputed extends Refusal {
  readonly code = 'ALREADY_DISPUTED'
  readonly clientId: string
  readonly disputeId: string
  constructor({ clientId, id }: RowKey, path: readonly string[]) {
    super('another case that is not over is about this item already', path)
    this.clientId = clientId
    this.disputeId = id
  }
}

/** More is disputed than is open. */
export class OverDisputed extends Refusal {
  readonly code = 'OVER_DISPUTED'
  readonly room: { readonly minor: bigint; readonly currency: string }
  constructor(room: { readonly minor: bigint; readonly currency: string }, path: readonly string[]) {
    super('more would be disputed than is open', path)
    this.room = room
  }
}

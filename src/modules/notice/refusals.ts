import { Refusal } from '../../kernel/refusal.ts'

/** Nobody of the customer can be written to, neither by mail nor by letter. */
export class Undeliverable extends Refusal {
  readonly code = 'UNDELIVERABLE'
}

/** Nothing of what was asked for is owed: it is paid, disputed, a credit, or not due. */
export class NothingOwed extends Refusal {
  readonly code = 'NOTHING_OWED'
}

/** The contact has a notice under way, or got one today: a second one would be one too many. */
export class AlreadyNotified extends Refusal {
  readonly code = 'ALREADY_NOTIFIED'
  readonly clientId: string
  readonly noticeId: string
  constructor(clientId: string, noticeId: string, path: readonly string[]) {
    super('this contact has another notice that waits or is on its way, or got one today', path)
    this.clientId = clientId
    this.noticeId = noticeId
  }
}

/** Whoever proposed items by hand does not approve that they are asked for. */
export class OwnNotice extends Refusal {
  readonly code = 'OWN_NOTICE'
  constructor(path: readonly string[]) {
    super('whoever proposed an item of a notice cannot approve it; ask somebody else', path)
  }
}

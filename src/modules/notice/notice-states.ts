import { machine, type StateOf } from '../../kernel/state-machine.ts'

/**
 * What may become of a notice (model.md 3.4). People bring it as far as APPROVED, or nobody has to; from there on the job
 * that sends it, the mail server and the print room say what it is.
 */
export const noticeMachine = machine({
  name: 'notice',
  initial: 'PROPOSED',
  moves: {
    approve: { from: ['PROPOSED'], to: ['APPROVED'] },
    reject: { from: ['PROPOSED', 'APPROVED'], to: ['REJECTED'] },
    /** Nothing of it is owed any more, or nothing was left of it by hand. */
    withdraw: { from: ['PROPOSED', 'APPROVED'], to: ['WITHDRAWN'] },
    /** More is open than when nobody had to approve it. */
    reconsider: { from: ['APPROVED'], to: ['PROPOSED'] },
    begin: { from: ['APPROVED'], to: ['SENDING'] },
    /** The mail server did not take it: it is read anew and tried again. */
    defer: { from: ['SENDING'], to: ['APPROVED'] },
    deliver: { from: ['SENDING'], to: ['SENT'] },
    /** A mail that came back fails after it was sent. */
    fail: { from: ['APPROVED', 'SENDING', 'SENT'], to: ['FAILED'] },
    retry: { from: ['FAILED'], to: ['APPROVED'] },
  },
})

export type NoticeState = StateOf<typeof noticeMachine>

/** Of the people of one contact and channel one notice at most is in these. */
export const liveStates = ['PROPOSED', 'APPROVED', 'SENDING'] as const satisfies readonly NoticeState[]

export const channels = ['EMAIL', 'LETTER'] as const
export type Channel = (typeof channels)[number]

/** Why a notice did not arrive. */
export const failures = ['UNREACHABLE', 'UNPRINTABLE', 'REFUSED', 'UNCERTAIN', 'EXHAUSTED', 'BOUNCED'] as const
export type Failure = (typeof failures)[number]

import { machine, type StateOf } from '../../kernel/state-machine.ts'

/** What may become of a request for an approval. A step that is approved leaves it pending until the last one. */
export const approvalMachine = machine({
  name: 'request for an approval',
  initial: 'PENDING',
  moves: {
    approve: { from: ['PENDING'], to: ['PENDING', 'APPROVED'] },
    reject: { from: ['PENDING'], to: ['REJECTED'] },
    /** What was decided about changed: what was approved of it before is void. */
    reopen: { from: ['PENDING', 'APPROVED'], to: ['PENDING', 'APPROVED'] },
    use: { from: ['APPROVED'], to: ['USED'] },
    expire: { from: ['PENDING', 'APPROVED'], to: ['EXPIRED'] },
    withdraw: { from: ['PENDING', 'APPROVED'], to: ['WITHDRAWN'] },
  },
})

export type ApprovalState = StateOf<typeof approvalMachine>

/** States in which a request is of use to its subject. One request of a subject at most is in one of them. */
export const liveStates = ['PENDING', 'APPROVED'] as const satisfies readonly ApprovalState[]

/** States of requests that are added up to find out whether something large was asked for in parts. */
export const countedStates = ['PENDING', 'APPROVED', 'USED'] as const satisfies readonly ApprovalState[]

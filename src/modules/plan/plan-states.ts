import { machine, type StateOf } from '../../kernel/state-machine.ts'

/**
 * What may become of a payment plan (model.md 3.5). People bring it as far as ACTIVE, whoever has to approve it among them; from there on the ledger and the day
 * say what it is, see `judgePlan`, until somebody cancels it.
 */
export const planMachine = machine({
  name: 'payment plan',
  initial: 'PROPOSED',
  moves: {
    accept: { from: ['PROPOSED'], to: ['CUSTOMER_ACCEPTED'] },
    approve: { from: ['CUSTOMER_ACCEPTED'], to: ['APPROVED'] },
    activate: { from: ['APPROVED'], to: ['ACTIVE'] },
    complete: { from: ['ACTIVE'], to: ['COMPLETED'] },
    default: { from: ['ACTIVE', 'COMPLETED'], to: ['DEFAULTED'] },
    /** Money that completed it was taken back. */
    reopen: { from: ['COMPLETED'], to: ['ACTIVE'] },
    cancel: { from: ['PROPOSED', 'CUSTOMER_ACCEPTED', 'APPROVED', 'ACTIVE'], to: ['CANCELLED'] },
  },
})

export type PlanState = StateOf<typeof planMachine>

/** States in which the items of a plan belong to it, and to no other. */
export const liveStates = ['PROPOSED', 'CUSTOMER_ACCEPTED', 'APPROVED', 'ACTIVE'] as const satisfies readonly PlanState[]

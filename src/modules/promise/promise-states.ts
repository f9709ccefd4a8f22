import { machine, type StateOf } from '../../kernel/state-machine.ts'

const judged = ['KEPT', 'PARTIALLY_KEPT', 'BROKEN'] as const

/**
 * What may become of a promise (model.md 3.3). Apart from what people take back, its state is derived from what was paid and
 * from the day, see `judge`: a payment that is told late, or taken back, leads to the state that the ledger amounts to.
 */
export const promiseMachine = machine({
  name: 'promise',
  initial: 'OPEN',
  moves: {
    keep: { from: ['OPEN', 'PARTIALLY_KEPT', 'BROKEN'], to: ['KEPT'] },
    /** Its deadline passed with less than it asks for, or what kept it was taken back behind the deadline. */
    fallShort: { from: ['OPEN', ...judged], to: ['PARTIALLY_KEPT', 'BROKEN'] },
    /** What kept it was taken back, and there is time left. */
    reopen: { from: ['KEPT'], to: ['OPEN'] },
    withdraw: { from: ['OPEN'], to: ['WITHDRAWN'] },
    supersede: { from: ['OPEN'], to: ['SUPERSEDED'] },
  },
})

export type PromiseState = StateOf<typeof promiseMachine>
/** States that follow from the ledger; the others are what people did. */
export type JudgedState = Exclude<PromiseState, 'WITHDRAWN' | 'SUPERSEDED'>

export const promiseStates = [
  'OPEN',
  'PARTIALLY_KEPT',
  'KEPT',
  'BROKEN',
  'WITHDRAWN',
  'SUPERSEDED',
] as const satisfies readonly PromiseState[]

import { machine, type StateOf } from '../../kernel/state-machine.ts'

/** Whether a document stands for what it hangs on. Withdrawn, it is still there to be looked into; removed, only its row is. */
export const evidenceMachine = machine({
  name: 'document',
  initial: 'STANDING',
  moves: {
    attach: { from: ['STANDING'], to: ['STANDING'] },
    withdraw: { from: ['STANDING'], to: ['WITHDRAWN'] },
    remove: { from: ['STANDING', 'WITHDRAWN'], to: ['REMOVED'] },
  },
})
export type EvidenceState = StateOf<typeof evidenceMachine>

/** A legal hold, beside that: while it lasts nothing is removed, however old. */
export const holdMachine = machine({
  name: 'document',
  initial: 'FREE',
  moves: {
    hold: { from: ['FREE'], to: ['HELD'] },
    release: { from: ['HELD'], to: ['FREE'] },
    remove: { from: ['FREE'], to: ['REMOVED'] },
  },
})
export type HoldState = StateOf<typeof holdMachine>

export type Standing = { readonly withdrawnAt: Date | null; readonly removedAt: Date | null; readonly heldAt: Date | null }

export const stateOf = ({ withdrawnAt, removedAt }: Omit<Standing, 'heldAt'>): EvidenceState =>
  removedAt !== null ? 'REMOVED' : withdrawnAt !== null ? 'WITHDRAWN' : 'STANDING'

export const holdStateOf = ({ removedAt, heldAt }: Omit<Standing, 'withdrawnAt'>): HoldState =>
  removedAt !== null ? 'REMOVED' : heldAt !== null ? 'HELD' : 'FREE'

/** A document that was withdrawn, or is gone, is nobody's to read any more. */
export const isReadable = (standing: Omit<Standing, 'heldAt'>): boolean => stateOf(standing) === 'STANDING'

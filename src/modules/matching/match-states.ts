import { machine, type StateOf } from '../../kernel/state-machine.ts'

const open = ['PROPOSED', 'FRUITLESS'] as const

/** What may become of what the engine found. An automatic match is posted at once; a person decides about the others. */
export const matchMachine = machine({
  name: 'match',
  initial: 'PROPOSED',
  moves: {
    accept: { from: ['PROPOSED'], to: ['ACCEPTED'] },
    correct: { from: open, to: ['CORRECTED'] },
    reject: { from: ['PROPOSED'], to: ['REJECTED'] },
    /** The engine looked again, or the receipt was decided about by other ways. */
    supersede: { from: open, to: ['SUPERSEDED'] },
  },
})

export type MatchState = StateOf<typeof matchMachine> | 'POSTED'

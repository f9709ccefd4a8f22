import { machine } from '../../kernel/state-machine.ts'

/** An escalation goes up a path, an internal request asks somebody something, a hand-off gives work to another team. */
export const requestKinds = ['ESCALATION', 'INTERNAL_REQUEST', 'HANDOFF'] as const
export type RequestKind = (typeof requestKinds)[number]

export const requestStates = ['RAISED', 'ACKNOWLEDGED', 'ANSWERED', 'RETURNED', 'RESOLVED', 'WITHDRAWN'] as const
export type RequestState = (typeof requestStates)[number]

export const requestMoves = [
  'acknowledge',
  'takeOwnership',
  'answer',
  'resolve',
  'return',
  'withdraw',
  'reopen',
  'climb',
  'deEscalate',
] as const
export type RequestMove = (typeof requestMoves)[number]

type Move = { readonly from: readonly RequestState[]; readonly to: readonly RequestState[] }

/** A move that a kind does not know. */
const never: Move = { from: [], to: [] }

const begun: Readonly<Record<'acknowledge' | 'takeOwnership', Move>> = {
  acknowledge: { from: ['RAISED'], to: ['ACKNOWLEDGED'] },
  takeOwnership: { from: ['RAISED', 'ACKNOWLEDGED'], to: ['ACKNOWLEDGED'] },
}

const asked = {
  ...begun,
  answer: { from: ['ACKNOWLEDGED'], to: ['ANSWERED'] },
  resolve: { from: ['ACKNOWLEDGED', 'ANSWERED'], to: ['RESOLVED'] },
  return: never,
  withdraw: { from: ['RAISED', 'ACKNOWLEDGED', 'ANSWERED'], to: ['WITHDRAWN'] },
  reopen: { from: ['ANSWERED', 'RESOLVED'], to: ['RAISED'] },
} as const satisfies Partial<Record<RequestMove, Move>>

/** What may become of a request of each kind. Whoever comments on one does not move it. */
export const requestMachines = {
  ESCALATION: machine<RequestState, RequestMove>({
    name: 'escalation',
    initial: 'RAISED',
    moves: {
      ...asked,
      climb: { from: ['RAISED'], to: ['RAISED'] },
      deEscalate: { from: ['RAISED', 'ACKNOWLEDGED'], to: ['RAISED'] },
    },
  }),
  INTERNAL_REQUEST: machine<RequestState, RequestMove>({
    name: 'internal request',
    initial: 'RAISED',
    moves: { ...asked, climb: never, deEscalate: never },
  }),
  /** To acknowledge a hand-off is to accept it, to resolve it is to complete it. */
  HANDOFF: machine<RequestState, RequestMove>({
    name: 'hand-off',
    initial: 'RAISED',
    moves: {
      ...begun,
      answer: never,
      resolve: { from: ['ACKNOWLEDGED'], to: ['RESOLVED'] },
      return: { from: ['RAISED', 'ACKNOWLEDGED'], to: ['RETURNED'] },
      withdraw: { from: ['RAISED', 'ACKNOWLEDGED', 'RETURNED'], to: ['WITHDRAWN'] },
      reopen: { from: ['RETURNED', 'RESOLVED'], to: ['RAISED'] },
      climb: never,
      deEscalate: never,
    },
  }),
} as const satisfies Record<RequestKind, object>

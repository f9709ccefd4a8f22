/** What may become of a thing, as data: each move names the states it may leave and those it may lead to. */
export type Machine<State extends string, Move extends string> = {
  readonly name: string
  readonly initial: State
  readonly moves: Readonly<Record<Move, { readonly from: readonly State[]; readonly to: readonly State[] }>>
}

export type StateOf<M> = M extends Machine<infer State, string> ? State : never
export type MoveOf<M> = M extends Machine<string, infer Move> ? Move : never

/** Keeps the names of states and moves as types. */
export const machine = <State extends string, Move extends string>(declared: Machine<State, Move>): Machine<State, Move> =>
  declared

export const mayMove = <State extends string, Move extends string>(
  { moves }: Machine<State, Move>,
  move: Move,
  from: State,
): boolean => moves[move].from.includes(from)

/** Every move that is legal in a state, in the order of their declaration: what a refusal offers instead. */
export const legalMoves = <State extends string, Move extends string>(declared: Machine<State, Move>, state: State): Move[] =>
  (Object.keys(declared.moves) as Move[]).filter((move) => mayMove(declared, move, state))

/** States that a move leads to from a state; empty where it is illegal. */
export const reached = <State extends string, Move extends string>(
  { moves }: Machine<State, Move>,
  move: Move,
  from: State,
): readonly State[] => (moves[move].from.includes(from) ? moves[move].to : [])

/** Some move leads from one state to the other: what a derived state is held against. */
export const isDeclared = <State extends string, Move extends string>(
  { moves }: Machine<State, Move>,
  from: State,
  to: State,
): boolean =>
  from === to ||
  Object.values<{ from: readonly State[]; to: readonly State[] }>(moves).some(
    (move) => move.from.includes(from) && move.to.includes(to),
  )

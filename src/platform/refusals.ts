import { Refusal } from '../kernel/refusal.ts'
import { legalMoves, type Machine, mayMove } from '../kernel/state-machine.ts'

/** No right and no row look the same from outside: an id tells nothing to whoever guessed it. */
export class NotFound extends Refusal {
  readonly code = 'NOT_FOUND'
  constructor(what: string, path: readonly string[] = []) {
    super(`there is no such ${what}, or you have no right to it`, path)
  }
}

/** The input is well-formed GraphQL and still says something that cannot be. */
export class InvalidInput extends Refusal {
  readonly code = 'INVALID_INPUT'
}

/** The idempotency key was used before, for another input: the first call stands. */
export class IdempotencyMismatch extends Refusal {
  readonly code = 'IDEMPOTENCY_MISMATCH'
  readonly key: string
  constructor(key: string) {
    super('this idempotency key was used before with another input; send the same input, or a new key', [
      'input',
      'idempotencyKey',
    ])
    this.key = key
  }
}

/** Somebody changed the thing since the caller read it. */
export class VersionConflict extends Refusal {
  readonly code = 'VERSION_CONFLICT'
  readonly currentVersion: number
  constructor(currentVersion: number) {
    super(`it was changed meanwhile and is now version ${currentVersion}; read it again and decide anew`, [
      'input',
      'expectedVersion',
    ])
    this.currentVersion = currentVersion
  }
}

/** The thing is in a state that does not take this move. */
export class IllegalMove extends Refusal {
  readonly code = 'ILLEGAL_MOVE'
  readonly state: string
  readonly legal: readonly string[]
  constructor(
    what: string,
    { move, state, legal }: { move: string; state: string; legal: readonly string[] },
    path: readonly string[],
  ) {
    const instead = legal.length === 0 ? 'nothing more' : legal.join(', ')
    super(`a ${what} in state ${state} does not take ${move}; it takes ${instead}`, path)
    this.state = state
    this.legal = legal
  }

  /** Null where the machine lets the move through. */
  static unless<State extends string, Move extends string>(
    machine: Machine<State, Move>,
    move: Move,
    state: State,
    path: readonly string[],
  ): IllegalMove | null {
    return mayMove(machine, move, state)
      ? null
      : new IllegalMove(machine.name, { move, state, legal: legalMoves(machine, state) }, path)
  }
}

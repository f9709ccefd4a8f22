/** A "no" that the caller can act on. Rules and commands return it as a value; only the GraphQL edge throws it. */
export abstract class Refusal extends Error {
  abstract readonly code: string
  /** Where in the input the cause lies, outermost first; empty when the whole input is meant. */
  readonly path: readonly string[]

  constructor(message: string, path: readonly string[] = []) {
    super(message)
    this.path = path
  }
}

export type RefusalClass = abstract new (...args: never[]) => Refusal

export const isRefusal = (value: unknown): value is Refusal => value instanceof Refusal

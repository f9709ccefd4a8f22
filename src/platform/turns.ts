/** Lets some at a time through, and the others in the order they came. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

export const inTurns = (atOnce: number): Turns => {
  let free = atOnce
  const waiting: (() => void)[] = []
  return async (work) => {
    // Who leaves hands its place on: nobody who comes between can take it.
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/** Chance that can be told again: the same seed gives the same numbers on every machine. */
export type Random = {
  /** From 0 up to, but not including, 1. */
  readonly next: () => number
  /** A whole number; both ends can come. */
  readonly between: (least: number, most: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(list: readonly T[]) => T
  /** Each with its weight, which need not add up to anything. */
  readonly weighted: <T>(choices: readonly (readonly [choice: T, weight: number])[]) => T
  /** Around 0 with a deviation of 1. */
  readonly normal: () => number
  readonly shuffled: <T>(list: readonly T[]) => T[]
}

/** FNV-1a: seeds that differ in one letter have nothing else in common. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** Mulberry32. */
export const createRandom = (seed: string): Random => {
  let state = hashOf(seed)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  const pick = <T>(list: readonly T[]): T => {
    if (list.length === 0) throw new RangeError('there is nothing to pick from')
    return list[between(0, list.length - 1)] as T
  }
  return {
    next,
    between,
    pick,
    chance: (probability) => next() < probability,
    weighted: (choices) => {
      let left = next() * choices.reduce((sum, [, weight]) => sum + weight, 0)
      const found = choices.find(([, weight]) => {
        left -= weight
        return left < 0
      })
      return (found ?? pick(choices))[0]
    },
    // Box and Muller; 1 - next() is never 0, whose logarithm is infinite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffled: (list) => {
      const copy = [...list]
      for (let last = copy.length - 1; last > 0; last -= 1) {
        const other = between(0, last)
        const held = copy[last]
        copy[last] = copy[other] as (typeof copy)[number]
        copy[other] = held as (typeof copy)[number]
      }
      return copy
    },
  }
}

/** Why a search ended before everything was tried. */
export type GaveUp = 'ITEMS' | 'NODES' | 'TOO_LARGE'

export type SubsetSearch = {
  /** Places in the list of amounts, rising; the fewest first. Two are enough to know that there is not just one. */
  readonly solutions: readonly (readonly number[])[]
  /** Steps taken. */
  readonly nodes: number
  /** Null when every subset within the bounds was tried, or a second solution made the rest needless. */
  readonly gaveUp: GaveUp | null
}

export type SubsetBounds = {
  readonly itemsMax: number
  readonly sizeMin: number
  readonly sizeMax: number
  readonly nodesMax: number
}

const solutionsMax = 2

/**
 * Which of the amounts add up to the target, small subsets before large ones: few items are the likelier reason of a
 * payment. Amounts may be negative. The work is bounded by `nodesMax` whatever the amounts are.
 */
export const findSubsets = (amounts: readonly bigint[], target: bigint, bounds: SubsetBounds): SubsetSearch => {
  const { itemsMax, sizeMin, sizeMax, nodesMax } = bounds
  if (amounts.length > itemsMax) return { solutions: [], nodes: 0, gaveUp: 'ITEMS' }
  const size = (amount: bigint) => (amount < 0n ? -amount : amount)
  // Doubles add integers exactly up to here, and many times faster than bigints do.
  if (amounts.reduce((sum, amount) => sum + size(amount), size(target)) > BigInt(Number.MAX_SAFE_INTEGER)) {
    return { solutions: [], nodes: 0, gaveUp: 'TOO_LARGE' }
  }

  const places = amounts.map((_, place) => place).toSorted((a, b) => compare(amounts[b] ?? 0n, amounts[a] ?? 0n) || a - b)
  const values = places.map((place) => Number(amounts[place]))
  const sums = [0]
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value)
  const sumOf = (from: number, to: number) => (sums[to] ?? 0) - (sums[from] ?? 0)
  const placesOf = new Map<number, number[]>()
  values.forEach((value, at) => {
    const list = placesOf.get(value)
    if (list === undefined) placesOf.set(value, [at])
    else list.push(at)
  })

  const solutions: number[][] = []
  const chosen: number[] = []
  let nodes = 0
  const isOver = () => nodes >= nodesMax || solutions.length >= solutionsMax

  /** Values fall, so the next ones are the largest that are left and the last ones the smallest. */
  const pick = (from: number, left: number, rest: number): void => {
    if (left === 1) {
      nodes += 1
      for (const at of placesOf.get(rest) ?? []) {
        if (at < from || solutions.length >= solutionsMax) continue
        solutions.push([...chosen, at].map((each) => places[each] ?? 0).toSorted((a, b) => a - b))
      }
      return
    }
    for (let at = from; at <= values.length - left && !isOver(); at += 1) {
      nodes += 1
      const after = rest - (values[at] ?? 0)
      if (after > sumOf(at + 1, at + left)) return
      if (after < sumOf(values.length - left + 1, values.length)) continue
      chosen.push(at)
      pick(at + 1, left - 1, after)
      chosen.pop()
    }
  }

  for (let count = sizeMin; count <= Math.min(sizeMax, values.length) && !isOver(); count += 1) pick(0, count, Number(target))
  const isComplete = nodes < nodesMax || solutions.length >= solutionsMax
  return { solutions, nodes, gaveUp: isComplete ? null : 'NODES' }
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

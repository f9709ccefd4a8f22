/** An exact number: what is divided by what. Floats could order two nodes differently. */
export type Fraction = { readonly over: bigint; readonly under: bigint }

export const whole = (over: bigint | number): Fraction => ({ over: BigInt(over), under: 1n })

/** From which number on a factor gives which share of its weight, in percent; a straight line from one step to the next. */
export type Step = { readonly at: number; readonly share: number }

/** Points that a ladder gives, rounded down: what the first step says below it, and what the last one says above it. */
export const pointsOf = (steps: readonly Step[], weight: number, { over, under }: Fraction): number => {
  const most = BigInt(weight)
  let from: Step | undefined
  for (const to of steps) {
    if (over < BigInt(to.at) * under) {
      if (from === undefined) return shareOf(weight, to.share)
      const [start, end, low] = [BigInt(from.at), BigInt(to.at), BigInt(from.share)]
      // One division at the end, so that nothing is rounded twice.
      const width = (end - start) * under
      const share = low * width + (over - start * under) * (BigInt(to.share) - low)
      return Number((most * share) / (width * 100n))
    }
    from = to
  }
  return shareOf(weight, from?.share ?? 0)
}

export const shareOf = (weight: number, percent: number): number => Number((BigInt(weight) * BigInt(percent)) / 100n)

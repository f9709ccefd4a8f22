import type { Factor } from './rules.ts'

// What a strategy would do to a queue: the queue as it stands against the one that it would be.

export type Before = { readonly customerId: string; readonly id: string; readonly isQueued: boolean; readonly score: number }

export type After = {
  readonly customerId: string
  readonly isQueued: boolean
  readonly leftOut: string | null
  readonly score: number
  readonly factors: readonly Factor[]
}

export type SimulatedPlace = {
  readonly customerId: string
  readonly rankBefore: number | null
  readonly rankAfter: number | null
  readonly scoreBefore: number | null
  readonly scoreAfter: number | null
  readonly leftOut: string | null
  readonly factors: readonly Factor[]
}

export type Simulated = {
  readonly queuedBefore: number
  readonly queuedAfter: number
  readonly enters: number
  readonly leaves: number
  readonly moves: number
  readonly stays: number
  readonly top: readonly SimulatedPlace[]
  readonly left: readonly SimulatedPlace[]
}

type Placed = { readonly customerId: string; readonly id: string | null; readonly score: number }

/** The order of the queue: best first, equal scores by id; whoever has no row yet comes behind those that have one. */
const byPlace = (a: Placed, b: Placed): number =>
  b.score - a.score || compare(a.id ?? '~', b.id ?? '~') || compare(a.customerId, b.customerId)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const ranksOf = (placed: readonly Placed[]): Map<string, number> =>
  new Map([...placed].sort(byPlace).map(({ customerId }, place) => [customerId, place + 1]))

/**
 * Takes what a draft gives, some customers at a time, and compares at the end. Of all of them it keeps the score alone; factors
 * only of those that can still be among the best.
 */
export const createComparison = (before: readonly Before[], first: number) => {
  const known = new Map(before.map((row) => [row.customerId, row]))
  const queued = before.filter(({ isQueued }) => isQueued)
  const after: Placed[] = []
  const reasons = new Map<string, string>()
  let best: (Placed & { readonly factors: readonly Factor[] })[] = []

  return {
    take: (some: readonly After[]) => {
      const placed = some
        .filter(({ isQueued }) => isQueued)
        .map(({ customerId, score, factors }) => ({ customerId, id: known.get(customerId)?.id ?? null, score, factors }))
      for (const { customerId, id, score } of placed) after.push({ customerId, id, score })
      best = [...best, ...placed].sort(byPlace).slice(0, first)
      for (const { customerId, leftOut } of some) {
        if (leftOut !== null && known.get(customerId)?.isQueued === true) reasons.set(customerId, leftOut)
      }
    },
    end: (): Simulated => {
      const ranksBefore = ranksOf(queued)
      const ranksAfter = ranksOf(after)
      const both = after.filter(({ customerId }) => ranksBefore.has(customerId))
      const moves = both.filter(({ customerId }) => ranksBefore.get(customerId) !== ranksAfter.get(customerId)).length
      const leaving = queued.filter(({ customerId }) => !ranksAfter.has(customerId)).sort(byPlace)
      const standing = (customerId: string) => {
        const rankBefore = ranksBefore.get(customerId) ?? null
        return { customerId, rankBefore, scoreBefore: rankBefore === null ? null : (known.get(customerId)?.score ?? null) }
      }
      return {
        queuedBefore: queued.length,
        queuedAfter: after.length,
        enters: after.length - both.length,
        leaves: leaving.length,
        moves,
        stays: both.length - moves,
        top: best.map(({ customerId, score, factors }, place) => ({
          ...standing(customerId),
          rankAfter: place + 1,
          scoreAfter: score,
          leftOut: null,
          factors,
        })),
        left: leaving.slice(0, first).map(({ customerId }) => ({
          ...standing(customerId),
          rankAfter: null,
          scoreAfter: null,
          leftOut: reasons.get(customerId) ?? null,
          factors: [],
        })),
      }
    },
  }
}

import { pointsOf, whole } from './ladder.ts'
import { customerOut, type Payer, tooLittle, tooYoung } from './left-out.ts'
import { atPar, type CashKind, type Factor, inBase, type Money, scoreOf } from './rules.ts'
import type { Strategy } from './strategy.ts'

type Rules = Strategy['cash']

/** What of a receipt is not decided about, how long it has been there, and how far its chase is behind. */
export type Undecided = {
  readonly kind: CashKind
  readonly customer: Payer
  readonly currency: string
  readonly undecidedMinor: bigint
  readonly ageDays: number
  readonly behind: { readonly missed: number; readonly of: number }
}

export type ScoredCash = {
  readonly isQueued: boolean
  readonly leftOut: string | null
  readonly score: number
  readonly factors: readonly Factor[]
}

/** Where a receipt stands in its queue by a strategy, and why. */
export const scoreCash = (facts: Undecided, { factors: rules, inclusion }: Rules, money: Money): ScoredCash => {
  const worth = inBase(facts.undecidedMinor, facts.currency, money)
  const leftOut = leftOutBy(facts, worth, inclusion, money)
  const factors = leftOut === null ? cashFactors(facts, worth, rules, money) : []
  return { isQueued: leftOut === null, leftOut, score: scoreOf(factors), factors }
}

const leftOutBy = (
  { kind, customer, ageDays }: Undecided,
  worth: bigint,
  inclusion: Rules['inclusion'],
  { baseCurrency }: Money,
): string | null => {
  if (!inclusion.kinds.includes(kind)) return `the strategy takes no work of the kind ${kind}`
  return (
    customerOut(customer, inclusion) ??
    tooLittle(worth, inclusion.amountMin, `${baseCurrency} undecided`) ??
    tooYoung(ageDays, inclusion.ageDaysMin, 'days since the value date')
  )
}

/** How old it is, how much of it is undecided, and what was not done. */
const cashFactors = (
  { currency, ageDays, behind }: Undecided,
  worth: bigint,
  { age, amount, chases }: Rules['factors'],
  money: Money,
): Factor[] => {
  const all: Factor[] = [
    {
      code: 'AGE',
      label: 'How long it has been there',
      input: `${ageDays} days since the value date`,
      points: pointsOf(age.steps, age.weight, whole(ageDays)),
      weight: age.weight,
    },
    {
      code: 'AMOUNT',
      label: 'How much it is',
      input: `${worth} ${money.baseCurrency} undecided${atPar([currency], money)}`,
      points: pointsOf(amount.steps, amount.weight, whole(worth)),
      weight: amount.weight,
    },
    {
      code: 'CHASES',
      label: 'What was not done about it',
      input: `${behind.missed} of ${behind.of} steps due and not taken`,
      points: pointsOf(chases.steps, chases.weight, { over: BigInt(behind.missed) * 100n, under: BigInt(behind.of) }),
      weight: chases.weight,
    },
  ]
  return all.filter(({ weight }) => weight > 0)
}

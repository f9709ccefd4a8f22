import { exponentOf } from '../../kernel/money.ts'

/** What a work item is about: what one customer owes, or one receipt that is not decided about. */
export const workKinds = ['COLLECTION', 'MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH'] as const
export type WorkKind = (typeof workKinds)[number]
export type CashKind = Exclude<WorkKind, 'COLLECTION'>

/** States of a receipt in which a part of it waits for somebody, and the queue that it waits in. */
const kindOfState = {
  REMITTANCE_MISSING: 'MISSING_REMITTANCE',
  IDENTIFIED: 'UNAPPLIED_CASH',
  UNIDENTIFIED: 'UNIDENTIFIED_CASH',
  ESCHEAT_REVIEW: 'UNIDENTIFIED_CASH',
} as const satisfies Record<string, CashKind>

export type UndecidedState = keyof typeof kindOfState

export const isUndecided = (state: string): state is UndecidedState => Object.hasOwn(kindOfState, state)

export const cashKindOf = (state: UndecidedState): CashKind => kindOfState[state]

/** What the first strategy is called in answers: a later one gets another number, never another meaning. */
export const strategyVersion = 1

/** What facts give points for; what people add by hand is beside it. */
export const factorCodes = ['OVERDUE_DAYS', 'AMOUNT', 'PAYMENT_RISK', 'AGE', 'CHASES'] as const
export type FactorCode = (typeof factorCodes)[number]
export type HandCode = 'PINNED' | 'CALLBACK_DUE'

/** One reason for a score: the points of all factors add up to it. */
export type Factor = {
  readonly code: FactorCode | HandCode
  readonly label: string
  /** What the points were counted from, for people. */
  readonly input: string
  readonly points: number
  /** The most points that this factor can give. */
  readonly weight: number
}

const weights = { OVERDUE_DAYS: 400, AMOUNT: 400, PAYMENT_RISK: 200, AGE: 400, CHASES: 200 } as const satisfies Record<
  FactorCode,
  number
>

/** What a customer has to be collected, in one currency. */
export type Collectable = {
  readonly currency: string
  readonly openMinor: bigint
  readonly overdueMinor: bigint
  readonly toBeCollectedMinor: bigint
  /** Sum of amount x days overdue over what is to be collected. */
  readonly weightedDays: bigint
}

/** How late the customer pays: null while there is no history. */
export type Behaviour = { readonly paidCount: number; readonly weightedAverageDaysLate: number | null }

export type Money = { readonly baseCurrency: string; readonly planningRates: Readonly<Record<string, string>> }

/** Full points for being this many days late on average. */
const overdueDaysFull = 90

/** Full points for a customer who pays this late. */
const lateDaysFull = 60

/** Full points for money that has been there, undecided, for this many days. */
const ageDaysFull = 30

/** Amounts in units of the base currency and the share of the weight they give, in percent; linear between. */
const amountSteps = [
  [0n, 0n],
  [1_000n, 20n],
  [10_000n, 45n],
  [100_000n, 75n],
  [1_000_000n, 100n],
] as const

/** A decimal rate as an exact fraction: floats could order two nodes differently. */
const fraction = (rate: string): { readonly over: bigint; readonly under: bigint } => {
  const [whole = '0', digits = ''] = rate.split('.')
  return { over: BigInt(whole + digits), under: 10n ** BigInt(digits.length) }
}

/** In whole units of the base currency. A currency without a planning rate counts at par, and the factor says so. */
export const inBase = (minor: bigint, currency: string, { baseCurrency, planningRates }: Money): bigint => {
  const { over, under } = currency === baseCurrency ? { over: 1n, under: 1n } : fraction(planningRates[currency] ?? '1')
  return (minor * over) / (under * 10n ** BigInt(exponentOf(currency)))
}

const between = (amount: bigint): bigint => {
  for (let step = 1; step < amountSteps.length; step += 1) {
    const [from, low] = amountSteps[step - 1] ?? [0n, 0n]
    const [to, high] = amountSteps[step] ?? [0n, 0n]
    if (amount < to) return low * 100n + ((amount - from) * (high - low) * 100n) / (to - from)
  }
  return 10_000n
}

const amountPoints = (worth: bigint): number => Number((between(worth) * BigInt(weights.AMOUNT)) / 10_000n)

/** Says which currencies were taken at par because they have no planning rate. */
const atPar = (currencies: readonly string[], { baseCurrency, planningRates }: Money): string => {
  const unrated = currencies.filter((code) => code !== baseCurrency && planningRates[code] === undefined)
  return unrated.length === 0 ? '' : `, ${unrated.join(' and ')} at par`
}

const capped = (points: number, weight: number) => Math.max(0, Math.min(weight, Math.floor(points)))

/**
 * Why a customer comes before another, strategy 1: how late what is to be collected is, how much it is, and how the
 * customer has paid so far. Disputed and promised parts are not in the amounts. Same inputs, same points, on any node.
 */
export const factorsOf = (amounts: readonly Collectable[], behaviour: Behaviour, money: Money): Factor[] => {
  const due = amounts.filter(({ toBeCollectedMinor }) => toBeCollectedMinor > 0n)
  // Days are averaged in the base currency, so that ten thousand yen do not outweigh a thousand euros.
  let base = 0n
  let weighted = 0n
  for (const { currency, toBeCollectedMinor, weightedDays } of due) {
    const worth = inBase(toBeCollectedMinor, currency, money)
    const share = worth > 0n ? worth : 1n
    base += share
    weighted += (share * weightedDays) / toBeCollectedMinor
  }
  const days = base === 0n ? 0 : Number(weighted / base)
  const worth = due.reduce((sum, { currency, toBeCollectedMinor }) => sum + inBase(toBeCollectedMinor, currency, money), 0n)
  const par = atPar(
    due.map(({ currency }) => currency),
    money,
  )

  const late = behaviour.weightedAverageDaysLate
  return [
    {
      code: 'OVERDUE_DAYS',
      label: 'How late it is',
      input: `${days} days overdue on average`,
      points: capped((days * weights.OVERDUE_DAYS) / overdueDaysFull, weights.OVERDUE_DAYS),
      weight: weights.OVERDUE_DAYS,
    },
    {
      code: 'AMOUNT',
      label: 'How much it is',
      input: `${worth} ${money.baseCurrency} to be collected${par}`,
      points: amountPoints(worth),
      weight: weights.AMOUNT,
    },
    {
      code: 'PAYMENT_RISK',
      label: 'How the customer pays',
      input:
        late === null
          ? 'no payment in the last year'
          : `${Math.round(late)} days late on average over ${behaviour.paidCount} payments`,
      points:
        late === null ? weights.PAYMENT_RISK / 2 : capped((late * weights.PAYMENT_RISK) / lateDaysFull, weights.PAYMENT_RISK),
      weight: weights.PAYMENT_RISK,
    },
  ]
}

/** What of a receipt is not decided about, how long it has been there, and how far its chase is behind. */
export type Undecided = {
  readonly currency: string
  readonly undecidedMinor: bigint
  readonly ageDays: number
  readonly behind: { readonly missed: number; readonly of: number }
}

/** Why a receipt comes before another, strategy 1: how old it is, how much of it is undecided, and what was not done. */
export const cashFactorsOf = ({ currency, undecidedMinor, ageDays, behind }: Undecided, money: Money): Factor[] => {
  const worth = inBase(undecidedMinor, currency, money)
  return [
    {
      code: 'AGE',
      label: 'How long it has been there',
      input: `${ageDays} days since the value date`,
      points: capped((ageDays * weights.AGE) / ageDaysFull, weights.AGE),
      weight: weights.AGE,
    },
    {
      code: 'AMOUNT',
      label: 'How much it is',
      input: `${worth} ${money.baseCurrency} undecided${atPar([currency], money)}`,
      points: amountPoints(worth),
      weight: weights.AMOUNT,
    },
    {
      code: 'CHASES',
      label: 'What was not done about it',
      input: `${behind.missed} of ${behind.of} steps due and not taken`,
      points: capped((behind.missed * weights.CHASES) / behind.of, weights.CHASES),
      weight: weights.CHASES,
    },
  ]
}

export const scoreOf = (factors: readonly Factor[]): number => factors.reduce((sum, { points }) => sum + points, 0)

import { exponentOf } from '../../kernel/money.ts'
import { type RatedMoney, rateFraction } from '../client/rules.ts'

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

/** What facts give points for; what people add by hand is beside it. */
export const factorCodes = [
  'OVERDUE_DAYS',
  'AMOUNT',
  'PAYMENT_RISK',
  'BROKEN_PROMISES',
  'DISPUTED_SHARE',
  'DAYS_SINCE_PAYMENT',
  'ITEM_COUNT',
  'EXPOSURE',
  'HIERARCHY',
  'AGE',
  'CHASES',
] as const
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

export const scoreOf = (factors: readonly Factor[]): number => factors.reduce((sum, { points }) => sum + points, 0)

export type Money = RatedMoney

const inParts = (minor: bigint, currency: string, { baseCurrency, planningRates }: Money, parts: bigint): bigint => {
  const { over, under } = currency === baseCurrency ? { over: 1n, under: 1n } : rateFraction(planningRates[currency] ?? '1')
  return (minor * over * parts) / (under * 10n ** BigInt(exponentOf(currency)))
}

/** In whole units of the base currency. A currency without a planning rate counts at par, and the factor says so. */
export const inBase = (minor: bigint, currency: string, money: Money): bigint => inParts(minor, currency, money, 1n)

/** The same in thousandths of a unit, for shares of amounts. */
export const milliInBase = (minor: bigint, currency: string, money: Money): bigint => inParts(minor, currency, money, 1_000n)

/** Says which currencies were taken at par because they have no planning rate. */
export const atPar = (currencies: readonly string[], { baseCurrency, planningRates }: Money): string => {
  const unrated = currencies.filter((code) => code !== baseCurrency && planningRates[code] === undefined)
  return unrated.length === 0 ? '' : `, ${unrated.join(' and ')} at par`
}

import { type Day, daysBetween } from '../../kernel/day.ts'
import type { ItemKind } from '../../kernel/item-kind.ts'
import { type Fraction, pointsOf, type Step, shareOf, whole } from './ladder.ts'
import { customerOut, type Payer, tooLittle, tooYoung } from './left-out.ts'
import { atPar, type Factor, inBase, type Money, milliInBase, scoreOf } from './rules.ts'
import type { Strategy } from './strategy.ts'

type Rules = Strategy['collections']

/** What a customer has open of one kind in one currency, and what of it is to be collected whichever kinds a strategy takes. */
export type ItemSums = {
  readonly kind: ItemKind
  readonly currency: string
  readonly openMinor: bigint
  readonly overdueMinor: bigint
  readonly disputedMinor: bigint
  readonly collectableMinor: bigint
  /** Sum of amount x days overdue over what is to be collected. */
  readonly weightedDays: bigint
  readonly itemCount: number
  readonly overdueDays: number
  readonly brokenPromises: number
}

/** How late the customer pays, and when it last did: null while there is no history. */
export type Behaviour = {
  readonly paidCount: number
  readonly weightedMilliDaysLate: bigint | null
  readonly lastPaidOn: Day | null
}

export type CollectionFacts = { readonly sums: readonly ItemSums[]; readonly customer: Payer; readonly behaviour: Behaviour }

export type Collectable = {
  readonly currency: string
  readonly openMinor: bigint
  readonly overdueMinor: bigint
  readonly toBeCollectedMinor: bigint
  readonly weightedDays: bigint
}

export type ScoredCollection = {
  readonly isQueued: boolean
  /** Why the strategy leaves it out although there is something to be collected. */
  readonly leftOut: string | null
  readonly score: number
  readonly factors: readonly Factor[]
  readonly amounts: readonly Collectable[]
  readonly overdueDays: number
  readonly itemCount: number
}

/** Where a customer stands by a strategy, and why. Same facts and strategy, same score, on any node and in any order. */
export const scoreCollection = (facts: CollectionFacts, rules: Rules, money: Money, today: Day): ScoredCollection => {
  const { sums } = facts
  const taken = sums.filter(({ kind }) => kind !== 'CREDIT_MEMO' && rules.inclusion.itemKinds.includes(kind))
  const amounts = byCurrency(sums, taken)
  const overdueDays = taken.reduce((most, { overdueDays: days }) => Math.max(most, days), 0)
  const itemCount = taken.reduce((sum, { itemCount: count }) => sum + count, 0)
  const leftOut = leftOutBy(facts, { amounts, overdueDays }, rules.inclusion, money)
  const isQueued = leftOut === null && amounts.some(({ toBeCollectedMinor }) => toBeCollectedMinor > 0n)
  const factors = isQueued ? collectionFactors(facts, { amounts, itemCount }, rules.factors, money, today) : []
  return { isQueued, leftOut, score: scoreOf(factors), factors, amounts, overdueDays, itemCount }
}

const byCurrency = (sums: readonly ItemSums[], taken: readonly ItemSums[]): Collectable[] => {
  const currencies = [...new Set(sums.map(({ currency }) => currency))].sort()
  return currencies.map((currency) => {
    const of = (some: readonly ItemSums[], value: (one: ItemSums) => bigint) =>
      some.reduce((sum, one) => (one.currency === currency ? sum + value(one) : sum), 0n)
    return {
      currency,
      openMinor: of(sums, ({ openMinor }) => openMinor),
      overdueMinor: of(sums, ({ overdueMinor }) => overdueMinor),
      toBeCollectedMinor: of(taken, ({ collectableMinor }) => collectableMinor),
      weightedDays: of(taken, ({ weightedDays }) => weightedDays),
    }
  })
}

const worthOf = (amounts: readonly Collectable[], money: Money): bigint =>
  amounts.reduce((sum, { currency, toBeCollectedMinor }) => sum + inBase(toBeCollectedMinor, currency, money), 0n)

/** Null where nothing is to be collected at all: that needs no reason. */
const leftOutBy = (
  { sums, customer }: CollectionFacts,
  { amounts, overdueDays }: { readonly amounts: readonly Collectable[]; readonly overdueDays: number },
  inclusion: Rules['inclusion'],
  money: Money,
): string | null => {
  if (sums.every(({ collectableMinor }) => collectableMinor === 0n)) return null
  if (amounts.every(({ toBeCollectedMinor }) => toBeCollectedMinor === 0n))
    return `only items of kinds that are not asked for; the strategy takes ${inclusion.itemKinds.join(' and ')}`
  return (
    customerOut(customer, inclusion) ??
    tooLittle(worthOf(amounts, money), inclusion.amountMin, `${money.baseCurrency} to be collected`) ??
    tooYoung(overdueDays, inclusion.overdueDaysMin, 'days overdue')
  )
}

/** Days overdue, averaged in the base currency, so that ten thousand yen do not outweigh a thousand euros. */
const averageDays = (due: readonly Collectable[], money: Money): bigint => {
  let base = 0n
  let weighted = 0n
  for (const { currency, toBeCollectedMinor, weightedDays } of due) {
    const worth = inBase(toBeCollectedMinor, currency, money)
    const share = worth > 0n ? worth : 1n
    base += share
    weighted += (share * weightedDays) / toBeCollectedMinor
  }
  return base === 0n ? 0n : weighted / base
}

type Rule = { readonly weight: number; readonly steps: readonly Step[] }

/** A factor that its strategy leaves out is none at all. */
const counted = (rule: Rule, said: Pick<Factor, 'code' | 'label' | 'input'>, number: Fraction): Factor[] =>
  rule.weight === 0 ? [] : [{ ...said, points: pointsOf(rule.steps, rule.weight, number), weight: rule.weight }]

/** The same where nothing may be known. */
const ofHistory = (
  rule: Rule & { readonly withoutHistory: number },
  said: Pick<Factor, 'code' | 'label' | 'input'>,
  number: Fraction | null,
): Factor[] => {
  if (number !== null) return counted(rule, said, number)
  if (rule.weight === 0) return []
  const points = shareOf(rule.weight, rule.withoutHistory)
  return [{ ...said, input: 'no payment in the last year', points, weight: rule.weight }]
}

const collectionFactors = (
  { sums, customer, behaviour }: CollectionFacts,
  { amounts, itemCount }: { readonly amounts: readonly Collectable[]; readonly itemCount: number },
  rules: Rules['factors'],
  money: Money,
  today: Day,
): Factor[] => {
  const due = amounts.filter(({ toBeCollectedMinor }) => toBeCollectedMinor > 0n)
  const days = averageDays(due, money)
  const worth = worthOf(due, money)
  const { weightedMilliDaysLate: late, lastPaidOn, paidCount } = behaviour
  const since = lastPaidOn === null ? null : Math.max(0, daysBetween(lastPaidOn, today))
  const broken = sums.reduce((sum, { brokenPromises }) => sum + brokenPromises, 0)
  const disputed = disputedPercent(sums, money)
  const open = amounts.reduce((sum, { currency, openMinor }) => sum + inBase(openMinor, currency, money), 0n)
  const openWorth = open > 0n ? open : 0n
  const par = (some: readonly Collectable[]) =>
    atPar(
      some.map(({ currency }) => currency),
      money,
    )
  return [
    ...counted(
      rules.overdueDays,
      { code: 'OVERDUE_DAYS', label: 'How late it is', input: `${days} days overdue on average` },
      whole(days),
    ),
    ...counted(
      rules.amount,
      { code: 'AMOUNT', label: 'How much it is', input: `${worth} ${money.baseCurrency} to be collected${par(due)}` },
      whole(worth),
    ),
    ...ofHistory(
      rules.paymentRisk,
      {
        code: 'PAYMENT_RISK',
        label: 'How the customer pays',
        input: `${Math.round(Number(late) / 1_000)} days late on average over ${paidCount} payments`,
      },
      late === null ? null : { over: late, under: 1_000n },
    ),
    ...counted(
      rules.brokenPromises,
      { code: 'BROKEN_PROMISES', label: 'What was promised and not paid', input: `${broken} promises past their day` },
      whole(broken),
    ),
    ...counted(
      rules.disputedShare,
      {
        code: 'DISPUTED_SHARE',
        label: 'How much of it is disputed',
        input: `${disputed.over / disputed.under} percent of what is open is disputed`,
      },
      disputed,
    ),
    ...ofHistory(
      rules.daysSincePayment,
      { code: 'DAYS_SINCE_PAYMENT', label: 'How long nothing was paid', input: `${since} days since the last payment` },
      since === null ? null : whole(since),
    ),
    ...counted(
      rules.itemCount,
      { code: 'ITEM_COUNT', label: 'How many items it is', input: `${itemCount} items to be collected` },
      whole(itemCount),
    ),
    ...counted(
      rules.exposure,
      { code: 'EXPOSURE', label: 'How much is open', input: `${openWorth} ${money.baseCurrency} open${par(amounts)}` },
      whole(openWorth),
    ),
    ...counted(
      rules.hierarchy,
      { code: 'HIERARCHY', label: 'Who stands above it', input: customer.hasParent ? 'belongs to a parent' : 'has no parent' },
      whole(customer.hasParent ? 1 : 0),
    ),
  ]
}

/** In thousandths of the base currency, since a share of small amounts is a share as well. */
const disputedPercent = (sums: readonly ItemSums[], money: Money): Fraction => {
  let disputed = 0n
  let open = 0n
  for (const { kind, currency, openMinor, disputedMinor } of sums) {
    if (kind === 'CREDIT_MEMO') continue
    disputed += milliInBase(disputedMinor, currency, money)
    open += milliInBase(openMinor, currency, money)
  }
  return open === 0n ? whole(0) : { over: disputed * 100n, under: open }
}

// What becomes of a disputed amount, as pure sums: a case is the sum of its items, and an item the sum of its movements.

export const settledKinds = ['PAID', 'CREDITED', 'CLEARED_MANUALLY', 'CLEARED_AUTOMATICALLY'] as const
export type SettledKind = (typeof settledKinds)[number]
/** INCLUDED changes what a case is about; the others what became of it. Below zero: taken back. */
export type MovementKind = 'INCLUDED' | SettledKind

/** The amounts of a case, or of an item of it. Invariant: the original amount is the sum of the other five. */
export type Amounts = {
  readonly originalMinor: bigint
  readonly disputedMinor: bigint
  readonly paidMinor: bigint
  readonly creditedMinor: bigint
  readonly clearedManuallyMinor: bigint
  readonly clearedAutomaticallyMinor: bigint
}

export const nothing: Amounts = {
  ...{ originalMinor: 0n, disputedMinor: 0n, paidMinor: 0n },
  ...{ creditedMinor: 0n, clearedManuallyMinor: 0n, clearedAutomaticallyMinor: 0n },
}

export const amountNames = Object.keys(nothing) as (keyof Amounts)[]

const nameOf = {
  PAID: 'paidMinor',
  CREDITED: 'creditedMinor',
  CLEARED_MANUALLY: 'clearedManuallyMinor',
  CLEARED_AUTOMATICALLY: 'clearedAutomaticallyMinor',
} as const satisfies Record<SettledKind, keyof Amounts>

export type Movement = { readonly kind: MovementKind; readonly amountMinor: bigint }

/** Amounts behind a movement. */
export const moved = (amounts: Amounts, { kind, amountMinor }: Movement): Amounts => {
  if (kind === 'INCLUDED') {
    const { originalMinor, disputedMinor } = amounts
    return { ...amounts, originalMinor: originalMinor + amountMinor, disputedMinor: disputedMinor + amountMinor }
  }
  const name = nameOf[kind]
  return { ...amounts, [name]: amounts[name] + amountMinor, disputedMinor: amounts.disputedMinor - amountMinor }
}

export const summed = (all: readonly Amounts[]): Amounts =>
  all.reduce((sum, one) => Object.fromEntries(amountNames.map((name) => [name, sum[name] + one[name]])) as Amounts, nothing)

/** How a case is to end. */
export const outcomes = [
  'CREDIT_MEMO',
  'REBILL',
  'CUSTOMER_PAYS',
  'PARTIAL_CREDIT',
  'WRITE_OFF',
  'OFFSET',
  'WITHDRAWN',
  'DUPLICATE',
] as const
export type Outcome = (typeof outcomes)[number]

/** What a fall in the ledger is, once it was decided that it comes. What is given in is none: the customer owes it. */
export const kindOfOutcome = {
  CREDIT_MEMO: 'CREDITED',
  REBILL: 'CREDITED',
  CUSTOMER_PAYS: 'PAID',
  PARTIAL_CREDIT: 'CREDITED',
  WRITE_OFF: 'CLEARED_MANUALLY',
  OFFSET: 'CLEARED_AUTOMATICALLY',
  WITHDRAWN: null,
  DUPLICATE: null,
} as const satisfies Record<Outcome, SettledKind | null>

/** How much of what is disputed the client gives, which is posted; the rest is the customer's to pay as if undisputed. */
export const givenMinor = (outcome: Outcome, disputedMinor: bigint, askedMinor: bigint | null): bigint => {
  if (kindOfOutcome[outcome] === null) return 0n
  return outcome === 'PARTIAL_CREDIT' ? (askedMinor ?? 0n) : disputedMinor
}

/** An item of a case: its amounts, and what was open of it when the case last looked. */
export type Followed = Amounts & { readonly seenOpenMinor: bigint }

export type Cause = 'CASH' | 'LEDGER'

/** What is about to be posted for the case, or null: what the ledger takes off then is that. */
export type Expected = SettledKind | null

const least = (a: bigint, b: bigint) => (a < b ? a : b)

/**
 * What a new open amount does to a disputed part. A fall settles what is undisputed first, unless it is what was decided and
 * is awaited; a rise gives back what was settled, latest kind first. A fall that nobody decided clears automatically.
 */
export const followOpen = (item: Followed, openMinor: bigint, cause: Cause, expected: Expected): readonly Movement[] => {
  const nowMinor = openMinor > 0n ? openMinor : 0n
  const fall = item.seenOpenMinor - nowMinor
  if (fall > 0n) {
    const kind: SettledKind = cause === 'CASH' ? 'PAID' : (expected ?? 'CLEARED_AUTOMATICALLY')
    const isAwaited = cause === 'LEDGER' && expected !== null && expected !== 'PAID'
    const undisputed = item.seenOpenMinor - item.disputedMinor
    const fromDisputed = isAwaited ? least(fall, item.disputedMinor) : fall - least(fall, undisputed)
    return fromDisputed > 0n ? [{ kind, amountMinor: fromDisputed }] : []
  }
  const preferred: readonly SettledKind[] =
    cause === 'CASH'
      ? ['PAID', 'CLEARED_AUTOMATICALLY', 'CREDITED', 'CLEARED_MANUALLY']
      : ['CLEARED_AUTOMATICALLY', 'CREDITED', 'CLEARED_MANUALLY', 'PAID']
  const back: Movement[] = []
  let rise = -fall
  for (const kind of preferred) {
    const amountMinor = least(rise, item[nameOf[kind]])
    if (amountMinor <= 0n) continue
    back.push({ kind, amountMinor: -amountMinor })
    rise -= amountMinor
  }
  return back
}

/** Everything of an item, as what takes it out of one case and puts it into another. */
export const asMovements = (amounts: Amounts): readonly Movement[] =>
  [
    { kind: 'INCLUDED' as const, amountMinor: amounts.originalMinor },
    ...settledKinds.map((kind) => ({ kind, amountMinor: amounts[nameOf[kind]] })),
  ].filter(({ amountMinor }) => amountMinor !== 0n)

import type { Book, Entry } from './book.ts'
import { discountOf, isInTime } from './differences.ts'
import type { MatchLine, MatchReceipt } from './facts.ts'
import { blocking, type ItemCandidate, type Note } from './match.ts'
import type { MatchingPolicy } from './policy.ts'
import type { Resolution } from './resolve.ts'
import { pointsOf, type RuleId } from './rule-table.ts'
import { findSubsets } from './subset.ts'

// Items found by the amount alone. However well it fits, all of this is a suggestion: equal amounts are common.

type AmountRule = 'AMOUNT_SINGLE' | 'AMOUNT_BALANCE' | 'AMOUNT_SUBSET'

export type Seeking = {
  readonly book: Book
  readonly receipt: MatchReceipt
  readonly policy: MatchingPolicy
  readonly payerId: string
}

type Guess = { readonly resolutions: readonly Resolution[]; readonly notes: readonly Note[] }

const candidatesMax = 10

/** What the payer has open in the receipt's currency and legal entity; with its children's, where it pays for some. */
const openOf = ({ book, receipt, payerId }: Seeking, withFamily: boolean): readonly Entry[] => {
  const payers = withFamily ? book.membersOf(payerId).filter((id) => id === payerId || book.isAbove(payerId, id)) : [payerId]
  return payers
    .flatMap(book.ofCustomer)
    .filter(
      ({ item, leftMinor }) =>
        leftMinor !== 0n &&
        item.currency === receipt.currency &&
        (receipt.legalEntityId === null || item.legalEntityId === receipt.legalEntityId),
    )
}

/** What a customer disputes it hardly pays; the same list where nothing is disputed. */
const undisputed = (entries: readonly Entry[]) =>
  entries.some(({ item }) => item.isDisputed) ? entries.filter(({ item }) => !item.isDisputed) : entries
const sumOf = (entries: readonly Entry[]) => entries.reduce((sum, { leftMinor }) => sum + leftMinor, 0n)

/** What would settle an item in full: all of it, or less its discount while that is earned. */
const settles = (amountMinor: bigint, { receipt, policy }: Seeking) => {
  const isSettledBy = (entry: Entry): boolean =>
    entry.leftMinor > 0n &&
    (entry.leftMinor === amountMinor ||
      (isInTime(entry, { receipt, policy }) && entry.leftMinor - discountOf(entry) === amountMinor))
  return isSettledBy
}

/** Nothing was referred to: one item, everything that is open, or else some that add up to the amount. */
export const guessByAmount = (seeking: Seeking): Guess => {
  const { receipt, policy } = seeking
  const own = openOf(seeking, false)
  const withFamily = seeking.book.membersOf(seeking.payerId).length > 1 ? openOf(seeking, true) : own
  const pools = withFamily.length > own.length ? [own, withFamily] : [own]
  for (const pool of pools) {
    const singles = pool.filter(settles(receipt.amountMinor, seeking))
    const wholes = new Set([pool, undisputed(pool)])
    const balances = [...wholes].filter((each) => each.length > 1 && sumOf(each) === receipt.amountMinor)
    const [single] = singles
    const [balance] = balances
    if (singles.length + Math.min(balances.length, 1) > 1) return inDoubt([...singles, ...(balance ?? [])], 'AMOUNT_SINGLE')
    if (single !== undefined) return taken([single], 'AMOUNT_SINGLE')
    if (balance !== undefined) return taken(balance, 'AMOUNT_BALANCE')
  }

  const pool = undisputed(pools.find((each) => each.length > 1) ?? [])
  if (pool.length < 2) return { resolutions: [], notes: [blocking('AMOUNT_UNKNOWN')] }
  const { solutions, nodes, gaveUp } = findSubsets(
    pool.map(({ leftMinor }) => leftMinor),
    receipt.amountMinor,
    { ...policy.subset, sizeMin: 2 },
  )
  const notes =
    gaveUp === null
      ? []
      : [blocking('SUBSET_GAVE_UP', { detail: `${nodes} steps among ${pool.length} items; ${gaveUpWords[gaveUp]}.` })]
  const found = solutions.map((places) => places.flatMap((place) => pool[place] ?? []))
  const [first] = found
  if (first === undefined) return { resolutions: [], notes: [...notes, blocking('AMOUNT_UNKNOWN')] }
  const guess = found.length > 1 ? inDoubt(found.flat(), 'AMOUNT_SUBSET') : taken(first, 'AMOUNT_SUBSET')
  return { ...guess, notes: [...guess.notes, ...notes] }
}

const gaveUpWords = {
  ITEMS: 'there are too many to begin',
  NODES: 'no more steps are allowed',
  TOO_LARGE: 'the amounts are too large to be added fast',
} as const

/** A line that says how much and not for what: an item of that amount, unless another line has it. */
export const guessLine = (
  seeking: Seeking | null,
  told: MatchLine,
  lineIndex: number,
  spoken: ReadonlySet<Entry>,
): Resolution => {
  const amountMinor = told.paidMinor
  const fitting =
    seeking === null || amountMinor === null || amountMinor <= 0n
      ? []
      : openOf(seeking, true).filter((entry) => !spoken.has(entry) && settles(amountMinor, seeking)(entry))
  const [only] = fitting
  const base = { lineIndex, told, found: null, candidates: candidatesOf(fitting, 'AMOUNT_SINGLE') }
  if (only !== undefined && fitting.length === 1) {
    const notes = [blocking('AMOUNT_ONLY', { lineIndex })]
    return { ...base, entry: only, rule: 'AMOUNT_SINGLE', lack: null, notes }
  }
  const isUnknown = fitting.length === 0
  const notes = [blocking(isUnknown ? 'REFERENCE_UNKNOWN' : 'AMOUNT_AMBIGUOUS', { lineIndex })]
  return { ...base, entry: null, rule: null, lack: isUnknown ? 'UNKNOWN' : 'AMBIGUOUS', notes }
}

const taken = (entries: readonly Entry[], rule: AmountRule): Guess => ({
  resolutions: entries.map((entry) => ({
    lineIndex: null,
    told: null,
    entry,
    rule,
    lack: null,
    found: null,
    candidates: candidatesOf([entry], rule),
    notes: [],
  })),
  notes: [blocking('AMOUNT_ONLY')],
})

const inDoubt = (entries: readonly Entry[], rule: AmountRule): Guess => ({
  resolutions: [
    {
      lineIndex: null,
      told: null,
      entry: null,
      rule: null,
      lack: 'AMBIGUOUS',
      found: null,
      candidates: candidatesOf([...new Set(entries)], rule),
      notes: [],
    },
  ],
  notes: [blocking('AMOUNT_ONLY'), blocking('AMOUNT_AMBIGUOUS')],
})

const amountWords: Readonly<Record<AmountRule, string>> = {
  AMOUNT_SINGLE: 'the amount of the item',
  AMOUNT_BALANCE: 'a part of all that is open',
  AMOUNT_SUBSET: 'a part of a sum of the amount',
}

const candidatesOf = (entries: readonly Entry[], rule: AmountRule & RuleId): ItemCandidate[] =>
  entries.slice(0, candidatesMax).map(({ item }) => ({
    itemId: item.id,
    number: item.number,
    isSettled: false,
    score: pointsOf(rule),
    why: amountWords[rule],
  }))

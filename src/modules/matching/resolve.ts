import { daysBetween } from '../../kernel/day.ts'
import type { Book, Entry } from './book.ts'
import type { MatchLine, MatchReceipt } from './facts.ts'
import { blocking, type Found, type ItemCandidate, type Note, telling } from './match.ts'
import type { Payer } from './payers.ts'
import type { MatchingPolicy } from './policy.ts'
import type { Source } from './reading.ts'
import { type Mention, numberDigits } from './references.ts'
import { pointsOf, type RuleId } from './rule-table.ts'
import { type Hit, isMeant, isWhole, type SettledHit, type Spot } from './spots.ts'

/** What a reference turned out to mean. */
export type Resolution = {
  readonly lineIndex: number | null
  /** What the payer says of the amount; null where nothing is said. */
  readonly told: MatchLine | null
  readonly entry: Entry | null
  /** What the item is taken by; null where there is none. */
  readonly rule: RuleId | null
  /** Why there is no item. */
  readonly lack: 'UNKNOWN' | 'AMBIGUOUS' | 'DUPLICATE' | null
  readonly found: Found | null
  readonly candidates: readonly ItemCandidate[]
  readonly notes: readonly Note[]
}

export type Resolving = {
  readonly book: Book
  readonly receipt: MatchReceipt
  readonly policy: MatchingPolicy
  readonly payer: Payer
}

const candidatesMax = 10

/** What a line of the remittance means. Several numbers in one line share its amount, and must add up to it. */
export const resolveLine = (to: Resolving, source: Source, spots: readonly Spot[], told: MatchLine): readonly Resolution[] => {
  const lineIndex = source.index
  const resolved = onceEach(spots.map((spot) => resolveSpot(to, spot, { lineIndex, told, isOnly: spots.length === 1 })))
  if (resolved.length === 0) return [similar(to, source, { lineIndex, told })]
  if (resolved.length === 1) return resolved

  if (told.paidMinor === null && told.discountMinor === null && told.deductions.length === 0) return resolved
  const openMinor = resolved.reduce((sum, { entry }) => sum + (entry?.leftMinor ?? 0n), 0n)
  if (openMinor === told.paidMinor && resolved.every(({ entry }) => entry !== null)) {
    return resolved.map((one) => ({ ...one, told: { ...told, paidMinor: one.entry?.leftMinor ?? 0n } }))
  }
  return [
    {
      lineIndex,
      told,
      entry: null,
      rule: null,
      lack: 'AMBIGUOUS',
      found: resolved[0]?.found ?? null,
      candidates: resolved.flatMap(({ candidates }) => candidates).slice(0, candidatesMax),
      notes: [blocking('SPLIT_UNKNOWN', { lineIndex })],
    },
  ]
}

/**
 * What the texts of a payment mean. They say much that is no reference: where the payer is known by something else,
 * numbers of other people's items are left aside as long as there is one of the payer's own.
 */
export const resolveTexts = (
  to: Resolving,
  spotted: readonly { readonly source: Source; readonly spots: readonly Spot[] }[],
): readonly Resolution[] => {
  const spots = spotted.flatMap((each) => each.spots)
  const about = { lineIndex: null, told: null, isOnly: spots.length === 1 }
  const isOwn = ({ hits }: Spot) => hits.some(({ entry }) => isInFamily(to, entry.item.customerId))
  const open = spots.filter(({ hits }) => hits.length > 0)
  const own = to.payer.isIndependent ? open.filter(isOwn) : open
  const meant = own.length > 0 ? own : open.length > 0 ? open : spots
  const resolved = meant.map((spot) => resolveSpot(to, spot, about))
  const ignored = open.filter((spot) => !meant.includes(spot))
  const notes = ignored.map(({ mention }) => telling('REFERENCE_IGNORED', { detail: mention.text }))
  if (resolved.length === 0) return onceEach(spotted.flatMap(({ source }) => similarInText(to, source)))
  return onceEach(resolved).map((one, at) => (at === 0 ? { ...one, notes: [...one.notes, ...notes] } : one))
}

/** The same item named twice in one text is one item; named by two lines, it is a question. */
const onceEach = (resolved: readonly Resolution[]): Resolution[] => {
  const seen = new Set<Entry>()
  return resolved.filter(({ entry }) => {
    if (entry === null) return true
    const isNew = !seen.has(entry)
    seen.add(entry)
    return isNew
  })
}

const isInFamily = ({ book, payer }: Resolving, customerId: string): boolean =>
  payer.family !== null && book.headOf(customerId) === payer.family

type About = { readonly lineIndex: number | null; readonly told: MatchLine | null; readonly isOnly: boolean }

const resolveSpot = (to: Resolving, spot: Spot, about: About): Resolution => {
  const { mention, source, hits, settled } = spot
  const { lineIndex, told } = about
  const found: Found = { field: source.field, index: source.index, text: mention.text, key: mention.key, distance: 0 }
  const base = { lineIndex, told, found }
  if (hits.length === 0) return { ...base, ...paidBefore(to, settled, about) }

  const { choice, isSure } = choose(to, hits)
  const candidates = candidatesOf(hits, choice, told)
  if (choice === null || spot.isDoubtful) {
    const notes = [blocking('REFERENCE_AMBIGUOUS', { lineIndex, detail: mention.text })]
    return { ...base, entry: null, rule: null, lack: 'AMBIGUOUS', candidates, notes }
  }
  const notes: Note[] = []
  if (!isSure) notes.push(blocking('REFERENCE_AMBIGUOUS', { lineIndex, detail: mention.text }))
  if (choice.isShort) notes.push(blocking('REFERENCE_SHORT', { lineIndex, detail: mention.text }))
  return { ...base, entry: choice.entry, rule: choice.rule, lack: null, candidates, notes }
}

/**
 * The one item that is meant: numbers in full before parts of them, items of the payer's family before others, then of the
 * legal entity and the currency that was paid. A part of a number must be the payer's own or the only one there is.
 * Spreadsheets lose leading zeros, so where two numbers differ in nothing else, the one written exactly is not sure.
 */
const choose = (to: Resolving, hits: readonly Hit[]): { readonly choice: Hit | null; readonly isSure: boolean } => {
  const { receipt } = to
  const narrowed = (pool: readonly Hit[], isBetter: (hit: Hit) => boolean) => {
    const better = pool.filter(isBetter)
    return better.length > 0 ? better : pool
  }
  let pool = narrowed(hits, ({ entry }) => isInFamily(to, entry.item.customerId))
  pool = narrowed(pool, ({ rule }) => isWhole(rule))
  pool = narrowed(pool, ({ entry }) => entry.item.legalEntityId === receipt.legalEntityId)
  pool = narrowed(pool, ({ entry }) => entry.item.currency === receipt.currency)
  const [first] = pool
  if (first !== undefined && pool.length === 1) {
    const isEnough = isWhole(first.rule) || hits.length === 1 || isInFamily(to, first.entry.item.customerId)
    return { choice: isEnough ? first : null, isSure: true }
  }
  const exact = pool.filter(({ rule }) => rule === 'REFERENCE_EXACT')
  return { choice: exact.length === 1 ? (exact[0] ?? null) : null, isSure: false }
}

const ruleWords: Readonly<Record<Hit['rule'], string>> = {
  REFERENCE_EXACT: 'the number as it was written',
  REFERENCE_NORMALISED: 'the number but for case, separators and leading zeros',
  REFERENCE_EMBEDDED: 'the number inside a longer one',
  REFERENCE_DIGITS: 'the digits of the number',
}

const candidatesOf = (hits: readonly Hit[], choice: Hit | null, told: MatchLine | null): ItemCandidate[] =>
  hits
    .toSorted((a, b) => Number(b === choice) - Number(a === choice) || pointsOf(b.rule) - pointsOf(a.rule))
    .slice(0, candidatesMax)
    .map(({ entry, rule }) => ({
      itemId: entry.item.id,
      number: entry.item.number,
      isSettled: false,
      score: pointsOf(rule),
      why: entry.leftMinor === told?.paidMinor ? `${ruleWords[rule]}, and the amount` : ruleWords[rule],
    }))

type Lacking = Pick<Resolution, 'entry' | 'rule' | 'lack' | 'candidates' | 'notes'>

/** A number whose item is paid: paid again where the amount is the item's, and else only told. */
const paidBefore = (to: Resolving, settled: readonly SettledHit[], { lineIndex, told, isOnly }: About): Lacking => {
  const { receipt, policy, payer } = to
  const own = settled.filter(({ customerId }) => payer.family === null || isInFamily(to, customerId))
  const amountMinor = told?.paidMinor ?? (isOnly ? receipt.amountMinor : null)
  const isRecent = ({ closedOn }: SettledHit) =>
    closedOn === null || daysBetween(closedOn, receipt.valueOn) <= policy.duplicate.daysMax
  const again = own.filter((item) => item.originalMinor === amountMinor && item.currency === receipt.currency && isRecent(item))
  const candidates = own.slice(0, candidatesMax).map((item) => ({
    itemId: item.id,
    number: item.number,
    isSettled: true,
    score: pointsOf('REFERENCE_SETTLED'),
    why: item.closedOn === null ? 'paid by an earlier receipt of this run' : `paid by ${item.closedOn}`,
  }))
  const isDuplicate = again.length > 0
  return {
    entry: null,
    rule: isDuplicate ? 'REFERENCE_SETTLED' : null,
    lack: isDuplicate ? 'DUPLICATE' : 'UNKNOWN',
    candidates,
    notes: [blocking('ITEM_SETTLED', { lineIndex })],
  }
}

type Near = { readonly entry: Entry; readonly distance: number; readonly mention: Mention }

/** Similar numbers are looked for in the payer's family alone, and only one that nothing else is as similar to is taken. */
const similar = (
  to: Resolving,
  source: Source,
  { lineIndex, told }: { readonly lineIndex: number | null; readonly told: MatchLine | null },
): Resolution => {
  const { book, payer, policy, receipt } = to
  const { distanceMax, lengthMin } = policy.fuzzy
  const [whole] = source.mentions
  const unknown: Resolution = {
    lineIndex,
    told,
    entry: null,
    rule: null,
    lack: 'UNKNOWN',
    found: whole === undefined ? null : foundBy(source, whole, 0),
    candidates: [],
    notes: [blocking('REFERENCE_UNKNOWN', { lineIndex, ...(whole === undefined ? {} : { detail: whole.text }) })],
  }
  if (payer.family === null || distanceMax === 0) return unknown

  const mentions = source.mentions.filter(
    ({ key, stand, label }) =>
      stand !== 'INSIDE' && label !== 'OTHER' && label !== 'CUSTOMER' && key.length >= lengthMin && numberDigits(key).length >= 4,
  )
  const nearest = new Map<Entry, Near>()
  for (const mention of mentions) {
    for (const { value: entry, distance } of book.similar(payer.family, mention.key, distanceMax)) {
      // A number that is the very same and was not taken was not meant.
      if (distance === 0 || !isMeant(entry, mention) || entry.key.length < lengthMin) continue
      if (entry.item.currency !== receipt.currency) continue
      if (distance < (nearest.get(entry)?.distance ?? Infinity)) nearest.set(entry, { entry, distance, mention })
    }
  }
  const near = [...nearest.values()].toSorted((a, b) => a.distance - b.distance || (a.entry.item.id < b.entry.item.id ? -1 : 1))
  const [best, second] = near
  if (best === undefined) return unknown
  const candidates = near.slice(0, candidatesMax).map(({ entry, distance, mention }) => ({
    itemId: entry.item.id,
    number: entry.item.number,
    isSettled: false,
    score: pointsOf('REFERENCE_FUZZY'),
    why: `${distance} ${distance === 1 ? 'edit' : 'edits'} away from ${mention.text}`,
  }))
  const found = foundBy(source, best.mention, best.distance)
  if (second?.distance === best.distance) {
    const notes = [blocking('REFERENCE_AMBIGUOUS', { lineIndex, detail: best.mention.text })]
    return { ...unknown, lack: 'AMBIGUOUS', found, candidates, notes }
  }
  return { ...unknown, entry: best.entry, rule: 'REFERENCE_FUZZY', lack: null, found, candidates, notes: [] }
}

const foundBy = (source: Source, { text, key }: { readonly text: string; readonly key: string }, distance: number): Found => ({
  field: source.field,
  index: source.index,
  text,
  key,
  distance,
})

/** In texts a number that nobody knows is mostly no reference at all: only a similar one is worth telling. */
const similarInText = (to: Resolving, source: Source): Resolution[] => {
  const resolution = similar(to, source, { lineIndex: null, told: null })
  return resolution.candidates.length > 0 ? [resolution] : []
}

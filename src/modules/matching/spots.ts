import type { Book, Entry } from './book.ts'
import type { SettledItem } from './facts.ts'
import type { MatchingPolicy } from './policy.ts'
import type { Source } from './reading.ts'
import { isDigits, type Mention, numberDigits } from './references.ts'
import type { RuleId } from './rule-table.ts'

/** An item that a piece of text may mean, and why. */
export type Hit = {
  readonly entry: Entry
  readonly rule: 'REFERENCE_EXACT' | 'REFERENCE_NORMALISED' | 'REFERENCE_EMBEDDED' | 'REFERENCE_DIGITS'
  /** Too few digits to be sure. */
  readonly isShort: boolean
}

/** A place where the payer wrote what is a number of the ledger, and all it may mean. */
export type Spot = {
  readonly source: Source
  readonly mention: Mention
  readonly hits: readonly Hit[]
  /** Items that are paid, looked at only where nothing open is meant. */
  readonly settled: readonly SettledHit[]
  /** Another number begins inside this one and ends behind it: it is not clear which of the two was written. */
  readonly isDoubtful: boolean
}

/** Paid before, or spent by an earlier receipt of the same batch: then nobody has closed it yet. */
export type SettledHit = Omit<SettledItem, 'closedOn'> & { readonly closedOn: SettledItem['closedOn'] | null }

/** Numbers written in full, as opposed to parts of them. */
export const isWhole = (rule: RuleId): boolean => rule === 'REFERENCE_EXACT' || rule === 'REFERENCE_NORMALISED'

/** The places of a source where items are meant: where there are several readings of one place, the longest. */
export const spotsIn = (book: Book, source: Source, policy: MatchingPolicy): readonly Spot[] => {
  const open = spotsWhere(source, (mention) => hitsOf(book, mention, source, policy), 'hits')
  if (open.length > 0) return open
  return spotsWhere(source, (mention) => settledOf(book, mention, source, policy), 'settled')
}

const spotsWhere = <Kind extends 'hits' | 'settled'>(
  source: Source,
  find: (mention: Mention) => Spot[Kind],
  kind: Kind,
): readonly Spot[] => {
  const spots: Spot[] = []
  for (const mention of source.mentions) {
    const found = find(mention)
    if (found.length > 0) spots.push({ source, mention, hits: [], settled: [], isDoubtful: false, [kind]: found })
  }
  return longest(spots)
}

/** A number inside a longer one that is known too was not meant. Two that overlap are both in doubt. */
const longest = (spots: readonly Spot[]): readonly Spot[] => {
  if (spots.length < 2) return spots
  const length = ({ mention }: Spot) => mention.key.length
  const kept: Spot[] = []
  for (const spot of spots.toSorted((a, b) => length(b) - length(a) || a.mention.start - b.mention.start)) {
    const { start, end } = spot.mention
    const isInside = kept.some(({ mention }) => mention.start <= start && end <= mention.end)
    if (isInside) continue
    const overlapping = kept.filter(({ mention }) => mention.start < end && start < mention.end)
    for (const other of overlapping) kept[kept.indexOf(other)] = { ...other, isDoubtful: true }
    kept.push({ ...spot, isDoubtful: overlapping.length > 0 })
  }
  return kept.toSorted((a, b) => a.mention.start - b.mention.start)
}

/** A word before it says that the number is a document's; then even few characters are meant as one. */
const isNamed = ({ label }: Mention): boolean => label === 'DOCUMENT' || label === 'CREDIT'

/** How far a piece of text may be taken for a number at all. */
const weigh = (mention: Mention, source: Source, { reference }: MatchingPolicy): 'NO' | 'WHOLE' | 'PART' | 'SHORT_PART' => {
  if (mention.label === 'OTHER' || mention.label === 'CUSTOMER') return 'NO'
  const isExpected = source.field === 'LINE' || isNamed(mention)
  if (mention.stand !== 'INSIDE') return isExpected || mention.key.length >= reference.textLengthMin ? 'WHOLE' : 'NO'
  if (numberDigits(mention.key).length >= reference.digitsMin) return 'PART'
  return isExpected ? 'SHORT_PART' : 'NO'
}

const none: readonly never[] = []

const hitsOf = (book: Book, mention: Mention, source: Source, policy: MatchingPolicy): readonly Hit[] => {
  const alike = book.byKey(mention.key)
  const byDigits = mention.stand !== 'INSIDE' && isDigits(mention.key) ? book.byDigits(mention.key) : none
  if (alike.length === 0 && byDigits.length === 0) return none
  const weight = weigh(mention, source, policy)
  if (weight === 'NO') return none

  const hits: Hit[] = []
  for (const entry of alike) {
    if (!isMeant(entry, mention)) continue
    if (weight === 'WHOLE') {
      const isExact = mention.stand === 'WORD' && mention.text === entry.item.number
      hits.push({ entry, rule: isExact ? 'REFERENCE_EXACT' : 'REFERENCE_NORMALISED', isShort: false })
    } else hits.push({ entry, rule: 'REFERENCE_EMBEDDED', isShort: weight === 'SHORT_PART' })
  }
  const isShort = mention.key.length < policy.reference.digitsMin
  for (const entry of byDigits) {
    if (isMeant(entry, mention)) hits.push({ entry, rule: 'REFERENCE_DIGITS', isShort })
  }
  return hits
}

/** What is spent is not meant, and "credit note 4711" does not mean invoice 4711. */
export const isMeant = ({ item, leftMinor }: Entry, { label }: Mention): boolean =>
  leftMinor !== 0n && (label !== 'CREDIT' || item.kind === 'CREDIT_MEMO')

const settledOf = (book: Book, mention: Mention, source: Source, policy: MatchingPolicy): readonly SettledHit[] => {
  if (weigh(mention, source, policy) !== 'WHOLE') return none
  const spent = book.byKey(mention.key).filter(({ leftMinor }) => leftMinor === 0n)
  return [
    ...spent.map(({ item }) => ({
      id: item.id,
      customerId: item.customerId,
      number: item.number,
      currency: item.currency,
      originalMinor: item.originalMinor,
      closedOn: null,
    })),
    ...book.settledByKey(mention.key),
  ]
}

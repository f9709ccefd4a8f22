import type { Book } from './book.ts'
import type { MatchReceipt } from './facts.ts'
import { blocking, type Note, type PayerCandidate, type PayerLevel, type PayerMatch } from './match.ts'
import type { MatchingPolicy } from './policy.ts'
import type { ReceiptReading } from './reading.ts'
import type { Mention } from './references.ts'
import { pointsOf, type RuleId, used } from './rule-table.ts'
import type { Spot } from './spots.ts'

export type Payer = {
  readonly match: PayerMatch
  /** The head of the payer's family; null while nobody is known. */
  readonly family: string | null
  /** Known by something else than the items referred to. */
  readonly isIndependent: boolean
  readonly notes: readonly Note[]
}

/** Something of the receipt that speaks for one or more customers. */
type Evidence = {
  readonly rule: RuleId
  readonly level: PayerLevel
  readonly customerIds: readonly string[]
  readonly data: string
}

const candidatesMax = 10

/**
 * Who paid. What the receipt says of its payer must agree: where it fits several families the items referred to may
 * decide, and where it contradicts itself nobody is taken.
 */
export const identifyPayer = (
  book: Book,
  {
    receipt,
    reading,
    spots,
    policy,
  }: { receipt: MatchReceipt; reading: ReceiptReading; spots: readonly Spot[]; policy: MatchingPolicy },
): Payer => {
  const own = [byAccount(book, receipt), byNumber(book, reading, policy), byName(book, receipt)].filter((each) => each !== null)
  const items = byItems(spots, policy)
  const candidates = candidatesOf(book, items === null ? own : [...own, items])

  if (receipt.customerId !== null) {
    const { customerId } = receipt
    const given: Evidence = { rule: 'PAYER_GIVEN', level: 'GIVEN', customerIds: [customerId], data: 'the receipt' }
    return { ...identified(given, customerId, candidates), family: book.headOf(customerId), isIndependent: true }
  }

  const families = sharedFamilies(book, own)
  if (own.length > 0 && families.size === 0) return nobody(candidates, blocking('PAYER_CONFLICT'))
  if (families.size === 1) {
    const [family = ''] = families
    const [strongest] = own.toSorted((a, b) => pointsOf(b.rule) - pointsOf(a.rule))
    if (strongest !== undefined) {
      return { ...identified(strongest, memberOf(book, own, family), candidates), family, isIndependent: true }
    }
  }
  if (items === null) return nobody(candidates, blocking('PAYER_UNKNOWN'))

  const meant = [...items.families(book)].filter((family) => families.size === 0 || families.has(family))
  const [family] = meant
  if (family === undefined || meant.length > 1) {
    return nobody(candidates, blocking(families.size > 0 && family === undefined ? 'PAYER_CONFLICT' : 'PAYER_UNKNOWN'))
  }
  const found = identified(items, memberOf(book, items.each, family), candidates)
  const notes = policy.payer.byItemsIsAutomatic ? [] : [blocking('PAYER_BY_ITEMS')]
  return { ...found, family, isIndependent: false, notes }
}

const identified = (
  { rule, level, data }: Evidence,
  customerId: string,
  candidates: readonly PayerCandidate[],
): { match: PayerMatch; notes: readonly Note[] } => ({
  match: { customerId, level, rule: used(rule), score: pointsOf(rule), data, candidates },
  notes: [],
})

const nobody = (candidates: readonly PayerCandidate[], note: Note): Payer => ({
  match: { customerId: null, level: 'NONE', rule: null, score: 0, data: null, candidates },
  family: null,
  isIndependent: false,
  notes: [note],
})

const byAccount = (book: Book, { payerAccount }: MatchReceipt): Evidence | null => {
  const customerIds = payerAccount === null ? [] : book.customersByAccount(payerAccount)
  if (customerIds.length === 0) return null
  return { rule: 'PAYER_ACCOUNT_ALIAS', level: 'ACCOUNT', customerIds, data: `account ${payerAccount}` }
}

const byName = (book: Book, { payerName }: MatchReceipt): Evidence | null => {
  if (payerName === null) return null
  const { customerIds, isAlias } = book.customersByName(payerName)
  if (customerIds.length === 0) return null
  return { rule: isAlias ? 'PAYER_NAME_ALIAS' : 'PAYER_NAME', level: 'NAME', customerIds, data: `name ${payerName}` }
}

/** A number that is also an item's speaks for a customer only where a word before it says so. */
const byNumber = (book: Book, { texts }: ReceiptReading, { reference }: MatchingPolicy): Evidence | null => {
  const speaks = ({ label, stand, key }: Mention) =>
    label === 'CUSTOMER' ||
    (label === null && stand === 'WORD' && key.length >= reference.textLengthMin && book.byKey(key).length === 0)
  const found = new Map<string, string>()
  for (const { mentions } of texts) {
    for (const mention of mentions) {
      const customerIds = book.customersByNumber(mention.key)
      if (customerIds.length > 0 && speaks(mention)) for (const id of customerIds) found.set(id, mention.text)
    }
  }
  if (found.size === 0) return null
  const customerIds = [...found.keys()].toSorted()
  return { rule: 'PAYER_NUMBER', level: 'NUMBER', customerIds, data: `customer number ${found.get(customerIds[0] ?? '')}` }
}

type ItemEvidence = Evidence & {
  /** One for each place in the text: its customers. */
  readonly each: readonly Evidence[]
  /** Families that have an item for every place. */
  readonly families: (book: Book) => ReadonlySet<string>
}

/** Only numbers that are long enough, and surely an item's, say who paid. */
const byItems = (spots: readonly Spot[], { reference }: MatchingPolicy): ItemEvidence | null => {
  const each = spots
    .filter(({ mention, isDoubtful }) => !isDoubtful && mention.key.length >= reference.textLengthMin)
    .map(({ mention, hits, settled }): Evidence => {
      const sure = hits.filter(({ isShort }) => !isShort).map(({ entry }) => entry.item.customerId)
      const customerIds = hits.length > 0 ? sure : settled.map(({ customerId }) => customerId)
      return { rule: 'PAYER_BY_ITEMS', level: 'ITEMS', customerIds: [...new Set(customerIds)], data: mention.text }
    })
    .filter(({ customerIds }) => customerIds.length > 0)
  if (each.length === 0) return null
  const data = `items ${each
    .slice(0, candidatesMax)
    .map(({ data: text }) => text)
    .join(', ')}`
  const customerIds = [...new Set(each.flatMap(({ customerIds: ids }) => ids))].toSorted()
  return { rule: 'PAYER_BY_ITEMS', level: 'ITEMS', customerIds, data, each, families: (book) => sharedFamilies(book, each) }
}

/** Families that every evidence fits. */
const sharedFamilies = (book: Book, evidence: readonly Evidence[]): ReadonlySet<string> => {
  const all = evidence.map(({ customerIds }) => new Set(customerIds.map(book.headOf)))
  const [first = new Set<string>(), ...others] = all
  return new Set([...first].filter((family) => others.every((other) => other.has(family))))
}

/** The one customer of a family that every evidence fits; the family's head where that is not one. */
const memberOf = (book: Book, evidence: readonly Evidence[], family: string): string => {
  const [first = [], ...others] = evidence.map(({ customerIds }) => customerIds.filter((id) => book.headOf(id) === family))
  const shared = first.filter((id) => others.every((other) => other.includes(id)))
  const [only] = shared
  return only !== undefined && shared.length === 1 ? only : family
}

const candidatesOf = (book: Book, evidence: readonly Evidence[]): PayerCandidate[] =>
  evidence
    .flatMap(({ rule, customerIds, data }) =>
      customerIds.map((customerId) => {
        const known = book.customer(customerId)
        const [number, name] = [known?.number ?? null, known?.name ?? '']
        return { customerId, number, name, rule: used(rule), score: pointsOf(rule), data }
      }),
    )
    .toSorted((a, b) => b.score - a.score || (a.customerId < b.customerId ? -1 : 1))
    .slice(0, candidatesMax)

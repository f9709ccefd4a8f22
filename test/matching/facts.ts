import {
  type Book,
  type BookFacts,
  createBook,
  defaultMatchingPolicy,
  type Match,
  type MatchCustomer,
  type MatchItem,
  type MatchingPolicy,
  type MatchLine,
  type MatchReceipt,
  matchReceipt,
  parseMatchingPolicy,
} from '../../src/modules/matching/rules.ts'

// A small client: Acme pays its own invoices, its parent pays for it, and Bolt has nothing to do with either.

export const acme: MatchCustomer = { id: 'acme', number: '70001', name: 'Acme Foods GmbH', parentId: 'holding', billToId: null }
export const north: MatchCustomer = { id: 'north', number: '70002', name: 'Acme North', parentId: 'holding', billToId: null }
export const holding: MatchCustomer = { id: 'holding', number: '70000', name: 'Acme Holding SE', parentId: null, billToId: null }
export const bolt: MatchCustomer = { id: 'bolt', number: '80001', name: 'Bolt & Sons Ltd', parentId: null, billToId: null }
export const customers: readonly MatchCustomer[] = [acme, north, holding, bolt]

/** An invoice of Acme over 1,000.00, its id its number. */
export const anItem = (number: string, changes: Partial<MatchItem> = {}): MatchItem => {
  const openMinor = changes.openMinor ?? 100_000n
  return {
    id: number,
    customerId: 'acme',
    legalEntityId: 'DE01',
    kind: openMinor < 0n ? 'CREDIT_MEMO' : 'INVOICE',
    number,
    currency: 'EUR',
    openMinor,
    originalMinor: openMinor,
    documentOn: '2026-01-10',
    dueOn: '2026-02-09',
    discount: null,
    isDisputed: false,
    ...changes,
  }
}

/** 1,000.00 of Acme, known by its name alone. */
export const aReceipt = (changes: Partial<MatchReceipt> = {}): MatchReceipt => {
  const amountMinor = changes.amountMinor ?? 100_000n
  return {
    id: 'receipt',
    customerId: null,
    legalEntityId: 'DE01',
    currency: 'EUR',
    amountMinor,
    receivedMinor: amountMinor,
    valueOn: '2026-02-09',
    payerName: 'ACME FOODS',
    payerAccount: null,
    reference: null,
    texts: [],
    chargesMinor: null,
    instructed: null,
    lines: [],
    ...changes,
  }
}

export const aLine = (
  reference: string | null,
  paidMinor: bigint | null = null,
  changes: Partial<MatchLine> = {},
): MatchLine => ({
  reference,
  paidMinor,
  discountMinor: null,
  deductions: [],
  ...changes,
})

export const policyWith = (json: object): MatchingPolicy => {
  const policy = parseMatchingPolicy(json)
  if ('problems' in policy) throw new Error(policy.problems.join('; '))
  return policy
}

export const bookOf = (items: readonly MatchItem[], more: Partial<BookFacts> = {}): Book =>
  createBook({ items, customers, ...more })

export type Case = { readonly receipt?: Partial<MatchReceipt>; readonly policy?: object; readonly facts?: Partial<BookFacts> }

export const matchOf = (items: readonly MatchItem[], { receipt = {}, policy, facts }: Case = {}): Match =>
  matchReceipt(bookOf(items, facts), aReceipt(receipt), policy === undefined ? defaultMatchingPolicy : policyWith(policy))

/** Why a match was held back. */
export const heldBackBy = ({ notes }: Match) => notes.filter(({ isBlocking }) => isBlocking).map(({ code }) => code)

import type { MatchCustomer, MatchItem, PayerAlias, SettledItem } from './facts.ts'
import { type Families, familiesOf } from './families.ts'
import { accountKey, type NameKeys, nameKeys } from './names.ts'
import { numberDigits, numberKey } from './references.ts'
import { type Similar, type SimilarKeys, similarKeys } from './similar.ts'

/** An open item in the book, with what is left of it for this batch of receipts. */
export type Entry = {
  readonly item: MatchItem
  readonly key: string
  readonly digits: string
  /** Of the sign of what is open; zero once it is taken. */
  readonly leftMinor: bigint
}

export type BookFacts = {
  readonly items: readonly MatchItem[]
  readonly customers: readonly MatchCustomer[]
  readonly aliases?: readonly PayerAlias[]
  readonly settled?: readonly SettledItem[]
}

/** The open items of one client, looked up in every way that a payer may speak of them. Lists come in a stable order. */
export type Book = Families & {
  readonly byKey: (key: string) => readonly Entry[]
  /** Items whose number has letters beside these digits. */
  readonly byDigits: (digits: string) => readonly Entry[]
  readonly settledByKey: (key: string) => readonly SettledItem[]
  readonly ofCustomer: (customerId: string) => readonly Entry[]
  /** Items of a family whose numbers are at most so many edits away from a key. */
  readonly similar: (family: string, key: string, distanceMax: number) => readonly Similar<Entry>[]
  readonly customer: (id: string) => MatchCustomer | null
  readonly customersByNumber: (key: string) => readonly string[]
  readonly customersByAccount: (account: string) => readonly string[]
  /** By aliases and the customers' own names; where no such is known, by either without its legal form. */
  readonly customersByName: (name: string) => { readonly customerIds: readonly string[]; readonly isAlias: boolean }
  /** Spends a part of an item: later receipts find what is left. */
  readonly take: (itemId: string, amountMinor: bigint) => void
}

type Index = Map<string, string[]>

const nobody: readonly never[] = []
const put = <T>(index: Map<string, T[]>, key: string, value: T) => {
  const list = index.get(key)
  if (list === undefined) index.set(key, [value])
  else if (list.at(-1) !== value) list.push(value)
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const oldestFirst = (a: MatchItem, b: MatchItem): number =>
  order(a.dueOn, b.dueOn) || order(a.documentOn, b.documentOn) || order(a.number, b.number) || order(a.id, b.id)

export const createBook = ({ items, customers, aliases = [], settled = [] }: BookFacts): Book => {
  const entries = new Map<string, Entry & { leftMinor: bigint }>()
  const byKey = new Map<string, Entry[]>()
  const byDigits = new Map<string, Entry[]>()
  const byCustomer = new Map<string, Entry[]>()
  for (const item of items.toSorted(oldestFirst)) {
    const entry = { item, key: numberKey(item.number), digits: numberDigits(item.number), leftMinor: item.openMinor }
    entries.set(item.id, entry)
    put(byCustomer, item.customerId, entry)
    if (entry.key !== '') put(byKey, entry.key, entry)
    if (entry.digits !== '' && entry.digits !== entry.key) put(byDigits, entry.digits, entry)
  }

  const settledByKey = new Map<string, SettledItem[]>()
  for (const item of settled.toSorted((a, b) => order(b.closedOn, a.closedOn) || order(a.id, b.id))) {
    put(settledByKey, numberKey(item.number), item)
  }

  const known = new Map(customers.map((customer) => [customer.id, customer]))
  const [byNumber, byAccount]: [Index, Index] = [new Map(), new Map()]
  const [aliasNames, ownNames]: [NameIndex, NameIndex] = [createNameIndex(), createNameIndex()]
  for (const { id, number, name } of customers.toSorted((a, b) => order(a.id, b.id))) {
    if (number !== null) put(byNumber, numberKey(number), id)
    ownNames.add(name, id)
  }
  for (const { customerId, kind, value } of aliases.toSorted((a, b) => order(a.customerId, b.customerId))) {
    if (kind === 'ACCOUNT') put(byAccount, accountKey(value), customerId)
    else aliasNames.add(value, customerId)
  }

  const customersByName = (name: string) => {
    const keys = nameKeys(name)
    for (const spelling of ['full', 'core'] as const) {
      const aliased = aliasNames.find(keys[spelling], spelling)
      const customerIds = distinct([...aliased, ...ownNames.find(keys[spelling], spelling)])
      if (customerIds.length > 0) return { customerIds, isAlias: aliased.length > 0 }
    }
    return { customerIds: nobody, isAlias: false }
  }

  const families = familiesOf(customers)
  // Made when a family is first asked for: most payers never write a number that nobody knows.
  const similarIn = new Map<string, SimilarKeys<Entry>>()
  const similar: Book['similar'] = (family, key, distanceMax) => {
    const name = `${distanceMax} ${family}`
    let find = similarIn.get(name)
    if (find === undefined) {
      const members = families.membersOf(family).flatMap((id): readonly Entry[] => byCustomer.get(id) ?? nobody)
      find = similarKeys(members, (entry) => entry.key, distanceMax)
      similarIn.set(name, find)
    }
    return find(key)
  }

  return {
    ...families,
    similar,
    byKey: (key) => byKey.get(key) ?? nobody,
    byDigits: (digits) => byDigits.get(digits) ?? nobody,
    settledByKey: (key) => settledByKey.get(key) ?? nobody,
    ofCustomer: (customerId) => byCustomer.get(customerId) ?? nobody,
    customer: (id) => known.get(id) ?? null,
    customersByNumber: (key) => byNumber.get(key) ?? nobody,
    customersByAccount: (account) => byAccount.get(accountKey(account)) ?? nobody,
    customersByName,
    take: (itemId, amountMinor) => {
      const entry = entries.get(itemId)
      if (entry === undefined) throw new RangeError(`item ${itemId} is not in the book`)
      const left = entry.leftMinor - amountMinor
      const isWithin = entry.item.openMinor < 0n ? left <= 0n && left >= entry.leftMinor : left >= 0n && left <= entry.leftMinor
      if (!isWithin) throw new RangeError(`item ${itemId} has ${entry.leftMinor} left, not ${amountMinor}`)
      entry.leftMinor = left
    },
  }
}

type NameIndex = {
  readonly add: (name: string, customerId: string) => void
  readonly find: (keys: readonly string[], spelling: keyof NameKeys) => readonly string[]
}

const createNameIndex = (): NameIndex => {
  const indexes: Record<keyof NameKeys, Index> = { full: new Map(), core: new Map() }
  return {
    add: (name, customerId) => {
      const keys = nameKeys(name)
      for (const spelling of ['full', 'core'] as const) for (const key of keys[spelling]) put(indexes[spelling], key, customerId)
    },
    find: (keys, spelling) => keys.flatMap((key) => indexes[spelling].get(key) ?? []),
  }
}

const distinct = (ids: readonly string[]): string[] => [...new Set(ids)].toSorted()

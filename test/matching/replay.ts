import type { Day } from '../../src/kernel/day.ts'
import {
  createBook,
  type MatchCustomer,
  type MatchItem,
  type MatchingPolicy,
  type MatchLine,
  type MatchReceipt,
  matchReceipt,
  takeMatch,
} from '../../src/modules/matching/rules.ts'

// A year of a real ledger paid once more: what was settled then is open again, and each customer's payments of a day come
// in as one receipt. Which items a receipt paid is known here and is never told to the engine.

export type PaidInvoice = {
  readonly number: string
  readonly customer: string
  readonly company: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly documentOn: Day
  readonly dueOn: Day
  readonly paidOn: Day
}

/**
 * EXACT: numbers and amounts as the ledger has them. NOISY: as payers write them. HOSTILE: with typing errors as well, and
 * numbers of other customers' items, orders, telephones and dates among them. AMOUNT_ONLY: nothing but the amount.
 */
export type ReplayStyle = 'EXACT' | 'NOISY' | 'HOSTILE' | 'AMOUNT_ONLY'

type Rate = { readonly hit: bigint; readonly of: bigint }

export type ReplayReport = {
  readonly style: ReplayStyle
  readonly receipts: number
  readonly automatic: number
  readonly suggested: number
  /** Suggestions that name just the items that were paid. */
  readonly suggestedRight: number
  /** Invoice lines put on their item by themselves, at the full amount. */
  readonly lines: number
  readonly linesHit: number
  /** Cash put by itself on items that the receipt did not pay. */
  readonly falseLines: number
  /** By currency: amounts of two are never added. */
  readonly value: ReadonlyMap<string, Rate>
  /** What held receipts back, and how many. */
  readonly heldBack: ReadonlyMap<string, number>
}

export const shareOf = (hit: number | bigint, of: number | bigint): number => (Number(of) === 0 ? 0 : Number(hit) / Number(of))

/** Mulberry32: the same noise for the same seed. */
const chance = (seed: number) => {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const oneOf = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(next() * list.length)] ?? list[0]
  return { isTrue: (share: number) => next() < share, oneOf }
}
type Chance = ReturnType<typeof chance>

const prefixes = [
  'INV',
  'inv ',
  'RE-',
  'Re',
  'Invoice No. ',
  'INVOICE ',
  'Rechnung ',
  'Rg.-Nr. ',
  '#',
  'Inv#',
  'invoice no ',
  'RENR',
] as const
const separators = ['-', '.', '/', ' '] as const
const tails = ['.', ',', ';', ' ', '  '] as const

/** A number as somebody types it: zeros come and go, words stand before it, separators inside, a full stop behind. */
export const noisyNumber = (number: string, { isTrue, oneOf }: Chance): string => {
  let written = number
  if (isTrue(0.3)) written = written.startsWith('0') ? written.replace(/^0+/, '') : `${oneOf(['0', '00', '000'])}${written}`
  if (isTrue(0.3)) {
    const separator = oneOf(separators)
    written = [written.slice(0, -6), written.slice(-6, -3), written.slice(-3)].filter((part) => part !== '').join(separator)
  }
  if (isTrue(0.6)) written = `${oneOf(prefixes)}${written}`
  if (isTrue(0.3)) written = ` ${written}`
  if (isTrue(0.3)) written = `${written}${oneOf(tails)}`
  return written
}

const joints = [', ', '; ', ' + ', '\n', ' | ', ' & ', ' '] as const
const openings = ['PAYMENT FOR ', 'Ihre Rechnungen ', 'ACH CREDIT 02/11/2020 ', 'INVOICES: ', ''] as const

/** One digit of ten numbers is another one: often that of an item which is open too. */
const mistyped = (number: string, { isTrue, oneOf }: Chance): string => {
  if (!isTrue(0.1)) return number
  const at = number.length - oneOf([1, 2, 3, 4])
  return `${number.slice(0, at)}${(Number(number[at]) + oneOf([1, 3, 7])) % 10}${number.slice(at + 1)}`
}

const decoys = (others: readonly [PaidInvoice, ...PaidInvoice[]], { isTrue, oneOf }: Chance): string => {
  const other = oneOf(others)
  const amount = `${other.amountMinor / 100n}.${String(other.amountMinor % 100n).padStart(2, '0')}`
  return [
    isTrue(0.3) ? ` PO ${4_500_000_000 + oneOf([11, 222, 3_333])}` : '',
    isTrue(0.3) ? ` TEL +1 800 555 ${oneOf(['0199', '0100'])}` : '',
    isTrue(0.3) ? ` ${other.dueOn} ${amount}` : '',
    isTrue(0.3) ? ` ${other.number}` : '',
  ].join('')
}

const plainLine = (number: string | null, paidMinor: bigint | null): MatchLine => ({
  reference: number,
  paidMinor,
  discountMinor: null,
  deductions: [],
})

type Remittance = Pick<MatchReceipt, 'lines' | 'texts'>
type Writing = {
  readonly style: ReplayStyle
  readonly luck: Chance
  /** Whose numbers stand in texts by mistake. */
  readonly others: readonly [PaidInvoice, ...PaidInvoice[]]
}

const remittance = (paid: readonly PaidInvoice[], { style, luck, others }: Writing): Remittance => {
  if (style === 'AMOUNT_ONLY') return { lines: [], texts: [] }
  if (style === 'EXACT') return { lines: paid.map(({ number, amountMinor }) => plainLine(number, amountMinor)), texts: [] }
  const isHostile = style === 'HOSTILE'
  const numbers = paid.map(({ number }) => noisyNumber(isHostile ? mistyped(number, luck) : number, luck))
  if (luck.isTrue(0.5)) return { lines: paid.map(({ amountMinor }, at) => plainLine(numbers[at] ?? '', amountMinor)), texts: [] }
  if (luck.isTrue(0.5)) return { lines: numbers.map((number) => plainLine(number, null)), texts: [] }
  const decoy = isHostile ? decoys(others, luck) : ''
  return { lines: [], texts: [`${luck.oneOf(openings)}${numbers.join(luck.oneOf(joints))}${decoy}`] }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export type Replay = {
  readonly invoices: readonly PaidInvoice[]
  readonly style: ReplayStyle
  readonly policy: MatchingPolicy
  readonly seed: number
}

export type ReplayFacts = {
  readonly customers: readonly MatchCustomer[]
  readonly items: readonly MatchItem[]
  /** In the order of their days, each with the ids of the items that it paid. */
  readonly receipts: readonly { readonly receipt: MatchReceipt; readonly paidIds: ReadonlySet<string> }[]
}

export const replayFacts = ({ invoices, style, seed }: Omit<Replay, 'policy'>): ReplayFacts => {
  const luck = chance(seed)
  const [anInvoice, ...moreInvoices] = invoices
  if (anInvoice === undefined) return { customers: [], items: [], receipts: [] }
  const others = [anInvoice, ...moreInvoices] as const
  const names = [...new Set(invoices.map(({ customer }) => customer))]
  const idOf = new Map(names.map((name, at) => [name, `customer-${at}`]))
  const customers = names.map((name, at) => ({ id: `customer-${at}`, number: null, name, parentId: null, billToId: null }))
  const items = invoices.map(
    ({ number, customer, company, currency, amountMinor, documentOn, dueOn }, at): MatchItem => ({
      id: `item-${at}`,
      customerId: idOf.get(customer) ?? '',
      legalEntityId: company,
      kind: 'INVOICE',
      number,
      currency,
      openMinor: amountMinor,
      originalMinor: amountMinor,
      documentOn,
      dueOn,
      discount: null,
      isDisputed: false,
    }),
  )

  const payments = Map.groupBy(
    invoices.map((invoice, at) => ({ invoice, id: `item-${at}` })),
    ({ invoice: { paidOn, customer, company, currency } }) => JSON.stringify([paidOn, customer, company, currency]),
  )
  const receipts = [...payments]
    .toSorted(([a], [b]) => compare(a, b))
    .flatMap(([key, paid]) => {
      const [first] = paid
      if (first === undefined) return []
      const { customer, company, currency, paidOn } = first.invoice
      const amountMinor = paid.reduce((sum, { invoice }) => sum + invoice.amountMinor, 0n)
      const receipt: MatchReceipt = {
        id: key,
        // Where the amount is all there is, somebody has said who paid; else the bank's name of the payer must do.
        customerId: style === 'AMOUNT_ONLY' ? (idOf.get(customer) ?? null) : null,
        legalEntityId: company,
        currency,
        amountMinor,
        receivedMinor: amountMinor,
        valueOn: paidOn,
        payerName: customer,
        payerAccount: null,
        reference: null,
        chargesMinor: null,
        instructed: null,
        ...remittance(
          paid.map(({ invoice }) => invoice),
          { style, luck, others },
        ),
      }
      return [{ receipt, paidIds: new Set(paid.map(({ id }) => id)) }]
    })
  return { customers, items, receipts }
}

/** Receipts come in by their days, and what is automatic is taken out of the book before the next. */
export const replay = ({ invoices, style, policy, seed }: Replay): ReplayReport => {
  const { customers, items, receipts } = replayFacts({ invoices, style, seed })
  const book = createBook({ items, customers })
  const amountOf = new Map(items.map(({ id, openMinor }) => [id, openMinor]))
  const counts = { automatic: 0, suggested: 0, suggestedRight: 0, lines: 0, linesHit: 0, falseLines: 0 }
  const value = new Map<string, { hit: bigint; of: bigint }>()
  const heldBack = new Map<string, number>()
  for (const { receipt, paidIds } of receipts) {
    const rate = value.get(receipt.currency) ?? { hit: 0n, of: 0n }
    value.set(receipt.currency, rate)
    rate.of += receipt.amountMinor
    counts.lines += paidIds.size
    const match = matchReceipt(book, receipt, policy)
    if (match.outcome !== 'AUTOMATIC') {
      if (match.outcome === 'SUGGESTED') counts.suggested += 1
      const named = new Set(match.lines.flatMap(({ itemId }) => itemId ?? []))
      if (named.size === paidIds.size && named.isSubsetOf(paidIds)) counts.suggestedRight += 1
      const codes = new Set(match.notes.filter(({ isBlocking }) => isBlocking).map(({ code }) => code))
      for (const code of codes) heldBack.set(code, (heldBack.get(code) ?? 0) + 1)
      continue
    }
    counts.automatic += 1
    takeMatch(book, match)
    for (const { itemId, effects } of match.lines) {
      if (itemId === null || effects.cashMinor === 0n) continue
      if (!paidIds.has(itemId)) counts.falseLines += 1
      else if (effects.cashMinor === amountOf.get(itemId)) {
        counts.linesHit += 1
        rate.hit += effects.cashMinor
      }
    }
  }
  return { style, receipts: receipts.length, ...counts, value, heldBack }
}

import { addDays, type Day, daysBetween } from '../kernel/day.ts'
import { itemKinds } from '../kernel/item-kind.ts'
import { exponentOf } from '../kernel/money.ts'
import type { DemoCompany, DemoCustomer, Habit } from './companies.ts'
import type { Random } from './random.ts'

/** An item of a client's ledger. Amounts of credits are negative. */
export type DemoItem = {
  readonly kind: (typeof itemKinds)[number]
  readonly number: string
  readonly legalEntity: string
  readonly customerNumber: string
  readonly customerName: string
  readonly countryCode: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly openMinor: bigint
  readonly documentOn: Day
  readonly dueOn: Day
  readonly closedOn: Day | null
  readonly terms: string
  readonly isDisputed: boolean
}

/** What an item is before its number and spelling, which depend on its place among the others. */
type Draft = Omit<DemoItem, 'number' | 'customerName'> & { readonly customer: DemoCustomer }

/** A client's ledger, in the order of dates and numbers: what is open, and what was settled in the past year. */
export const planItems = ({ company, today }: { company: DemoCompany; today: Day }, random: Random): DemoItem[] => {
  const { open, credits, debits, disputed, settled } = company.counts
  const kinds = random.shuffled(
    itemKinds.flatMap((kind) => Array(countOf(kind, { open, credits, debits })).fill(kind) as (typeof kind)[]),
  )
  // Everybody has something; the rest goes to who has most business.
  const customerAt = (index: number) =>
    company.customers[index] ?? random.weighted(company.customers.map((each) => [each, each.weight]))

  const openDrafts = kinds.map((kind, index) => openDraft({ company, customer: customerAt(index), kind, today }, random))
  const drafts = [
    ...dispute(openDrafts, disputed, random),
    ...Array.from({ length: settled }, (_none, index) => settledDraft({ company, customer: customerAt(index), today }, random)),
  ]
  return numbered(company, drafts, random)
}

const countOf = (kind: DemoItem['kind'], { open, credits, debits }: { open: number; credits: number; debits: number }): number =>
  ({ INVOICE: open - credits - debits, DEBIT_MEMO: debits, CREDIT_MEMO: credits })[kind]

type Asked = { readonly company: DemoCompany; readonly customer: DemoCustomer; readonly today: Day }

const openDraft = ({ company, customer, kind, today }: Asked & { kind: DemoItem['kind'] }, random: Random): Draft => {
  const netDays = kind === 'CREDIT_MEMO' ? 0 : netDaysOf(company, customer)
  const daysLate = kind === 'CREDIT_MEMO' ? random.between(0, 150) : openDaysLate(customer.habit, netDays, random)
  const amountMinor = amountOf(company, customer, kind, random)
  const isPartPaid = kind === 'INVOICE' && daysLate > 0 && random.chance(0.1)
  return {
    ...sharedOf(customer, kind),
    amountMinor,
    openMinor: isPartPaid ? (amountMinor * BigInt(random.between(15, 85))) / 100n || 1n : amountMinor,
    ...datesOf(addDays(today, -daysLate - netDays), netDays),
    closedOn: null,
  }
}

/** An invoice of the past year that was paid as its customer pays. */
const settledDraft = ({ company, customer, today }: Asked, random: Random): Draft => {
  const netDays = netDaysOf(company, customer)
  const daysLate = Math.max(-netDays, paidDaysLate(customer.habit, random))
  const closedOn = addDays(today, -random.between(1, 350))
  return {
    ...sharedOf(customer, 'INVOICE'),
    amountMinor: amountOf(company, customer, 'INVOICE', random),
    openMinor: 0n,
    ...datesOf(addDays(closedOn, -daysLate - netDays), netDays),
    closedOn,
  }
}

const sharedOf = (customer: DemoCustomer, kind: DemoItem['kind']) => ({
  customer,
  kind,
  legalEntity: customer.legalEntity,
  customerNumber: customer.number,
  countryCode: customer.countryCode,
  currency: customer.currency,
  terms: customer.terms,
  isDisputed: false,
})

const netDaysOf = ({ terms }: DemoCompany, customer: DemoCustomer): number => {
  const days = terms[customer.terms]
  if (days === undefined) throw new Error(`${customer.number} has terms ${customer.terms}, which its company does not know`)
  return days
}

/** Offices write documents from Monday to Friday: what would fall on a weekend is of the Friday before. */
const datesOf = (on: Day, netDays: number): { documentOn: Day; dueOn: Day } => {
  const documentOn = onWorkingDay(on)
  return { documentOn, dueOn: addDays(documentOn, netDays) }
}

const aMonday: Day = '2024-01-01'
export const onWorkingDay = (day: Day): Day => {
  const weekday = ((daysBetween(aMonday, day) % 7) + 7) % 7
  return addDays(day, Math.min(0, 4 - weekday))
}

/** How late what is open is, by how the customer pays: most is not due yet or by a few weeks, and a little nearly a year. */
const openDaysLate = (habit: Habit, netDays: number, random: Random): number => {
  const shares: Readonly<Record<Habit, readonly [number, number, number, number, number, number]>> = {
    GOOD: [72, 20, 5, 2, 1, 0],
    SLOW: [38, 28, 16, 10, 6, 2],
    ERRATIC: [40, 17, 12, 10, 12, 9],
  }
  const [notDue, month, twoMonths, threeMonths, halfYear, year] = shares[habit]
  const [least, most] = random.weighted<readonly [number, number]>([
    [[-netDays, 0], notDue],
    [[1, 30], month],
    [[31, 60], twoMonths],
    [[61, 90], threeMonths],
    [[91, 180], halfYear],
    [[181, 360], year],
  ])
  return random.between(least, most)
}

const paidDaysLate = (habit: Habit, random: Random): number => {
  if (habit === 'GOOD') return Math.round(-3 + 4 * random.normal())
  if (habit === 'SLOW') return Math.round(24 + 9 * random.normal())
  return random.chance(0.5) ? Math.round(-1 + 3 * random.normal()) : random.between(15, 110)
}

/** Units of a currency for one unit of the base currency, as the company plans with. */
const perBase = ({ baseCurrency, planningRates }: DemoCompany, currency: string): number => {
  const rate = currency === baseCurrency ? '1' : planningRates.find((each) => each.currency === currency)?.rate
  if (rate === undefined) throw new Error(`there is no planning rate for ${currency}`)
  return 1 / Number(rate)
}

/** Log-normal: many small ones, few large ones. Large customers also buy more at a time; memos are smaller than invoices. */
const amountOf = (company: DemoCompany, customer: DemoCustomer, kind: DemoItem['kind'], random: Random): bigint => {
  const median = company.amountMedian * Math.sqrt(customer.weight / 4) * (kind === 'INVOICE' ? 1 : 0.2)
  const amount = median * Math.exp(0.95 * random.normal()) * perBase(company, customer.currency)
  const minor = BigInt(Math.max(1, Math.round(amount * 10 ** exponentOf(customer.currency))))
  return kind === 'CREDIT_MEMO' ? -minor : minor
}

/** Disputes are about what is due or nearly so; a credit is not disputed. */
const dispute = (drafts: readonly Draft[], count: number, random: Random): Draft[] => {
  const chosen = new Set(random.shuffled(drafts.filter(({ kind }) => kind !== 'CREDIT_MEMO')).slice(0, count))
  return drafts.map((draft) => (chosen.has(draft) ? { ...draft, isDisputed: true } : draft))
}

/** Numbers grow with the dates, with gaps, each kind in a range of its own. */
const numbered = (company: DemoCompany, drafts: readonly Draft[], random: Random): DemoItem[] => {
  const last = new Map<DemoItem['kind'], number>()
  const left = new Map<string, number>()
  for (const { customerNumber } of drafts) left.set(customerNumber, (left.get(customerNumber) ?? 0) + 1)
  const byDate = drafts.toSorted((a, b) => (a.documentOn < b.documentOn ? -1 : a.documentOn > b.documentOn ? 1 : 0))
  return byDate.map(({ customer, ...rest }) => {
    const place = (last.get(rest.kind) ?? 10_000) + random.between(1, 9)
    last.set(rest.kind, place)
    const rows = (left.get(customer.number) ?? 0) - 1
    left.set(customer.number, rows)
    // The import keeps the spelling that came last as the customer's name, so each of the others comes before it.
    const customerName =
      customer.spellings[rows - 1] ??
      (rows > 0 && random.chance(0.15) ? random.pick([customer.name, ...customer.spellings]) : customer.name)
    return { ...rest, number: `${company.prefixes[rest.kind]}${String(place).padStart(6, '0')}`, customerName }
  })
}

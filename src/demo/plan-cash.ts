import { addDays, type Day } from '../kernel/day.ts'
import { exponentOf } from '../kernel/money.ts'
import type { DemoCompany } from './companies.ts'
import { type DemoItem, onWorkingDay } from './plan-items.ts'
import type { Random } from './random.ts'

export type DemoReceipt = {
  /** Null while nobody knows who paid. */
  readonly customerNumber: string | null
  readonly currency: string
  readonly amountMinor: bigint
  readonly valueOn: Day
  readonly reference: string
  readonly payerName: string
  readonly applications: readonly { readonly itemNumber: string; readonly amountMinor: bigint }[]
}

/** A payment that a bank tells, with what its payer says it is for: nobody applied it, so the engine has something to do. */
export type DemoTold = {
  readonly customerNumber: string | null
  readonly currency: string
  readonly amountMinor: bigint
  readonly valueOn: Day
  readonly reference: string
  readonly payerName: string
  readonly bankText: string | null
  readonly lines: readonly DemoLine[]
}

export type DemoLine = {
  readonly reference: string
  readonly paidMinor: bigint
  readonly deduction: { readonly amountMinor: bigint; readonly code: string; readonly text: string } | null
}

export type DemoPromise = {
  readonly itemNumber: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly promisedOn: Day
}

type Ledger = { readonly company: DemoCompany; readonly items: readonly DemoItem[]; readonly today: Day }
type Planned = {
  readonly receipts: readonly DemoReceipt[]
  readonly promises: readonly DemoPromise[]
  readonly told: readonly DemoTold[]
}

/** Money that came in during the last days and what customers promised. Together they never take more than an item has open. */
export const planCash = (ledger: Ledger, random: Random): Planned => {
  const { company, items } = ledger
  const { full, part, unapplied, unidentified } = company.counts.receipts
  // Each item is paid by one receipt or promised once; credits and disputes are for people.
  const free = random.shuffled(items.filter((item) => item.closedOn === null && item.kind !== 'CREDIT_MEMO' && !item.isDisputed))
  const take = (isWanted: (item: DemoItem) => boolean): DemoItem | null => {
    const at = free.findIndex(isWanted)
    return at < 0 ? null : (free.splice(at, 1)[0] ?? null)
  }
  const some = () => {
    const item = take(({ dueOn }) => dueOn <= addDays(ledger.today, 10)) ?? take(() => true)
    if (item === null) throw new Error(`${company.code} has no open item left to pay or promise`)
    return item
  }

  const receipts = [
    ...times(full, () => {
      const first = some()
      const more = times(
        random.weighted([
          [0, 5],
          [1, 3],
          [2, 2],
        ]),
        () => take((item) => isOfSame(item, first)),
      )
      return paying(ledger, [first, ...more.filter((item) => item !== null)], random)
    }),
    ...times(part, () => overpaying(ledger, some(), random)),
    ...times(unapplied, () => {
      const { amountMinor, customerNumber, currency, customerName } = random.pick(free)
      return receiptOf(
        ledger,
        { customerNumber, currency, payerName: customerName, amountMinor: rounded(amountMinor, currency) },
        random,
      )
    }),
    ...times(unidentified, () => {
      const { amountMinor } = random.pick(free.filter(({ currency }) => currency === company.baseCurrency))
      return receiptOf(
        ledger,
        { customerNumber: null, currency: company.baseCurrency, payerName: random.pick(unknownPayers), amountMinor },
        random,
      )
    }),
  ]
  const promises = times(company.counts.promises, () =>
    promiseOf(ledger, take(({ dueOn }) => dueOn < ledger.today) ?? some(), random),
  )
  const told = ways.map((way) => way(ledger, some(), random))
  return { receipts: receipts.toSorted((a, b) => (a.valueOn < b.valueOn ? -1 : a.valueOn > b.valueOn ? 1 : 0)), promises, told }
}

/** How payers tell what they pay for: in the bank's text, by a remittance, short with a reason, with a typing error, not at all. */
const ways: readonly ((ledger: Ledger, item: DemoItem, random: Random) => DemoTold)[] = [
  (ledger, item, random) => told(ledger, item, random, { bankText: `PAYMENT FOR INVOICE NO. ${item.number}` }),
  (ledger, item, random) => told(ledger, item, random, { lines: [lineOf(item)] }),
  (ledger, item, random) => {
    const amountMinor = item.openMinor / 20n || 1n
    const deduction = { amountMinor, code: '06', text: 'two cartons short' }
    const paidMinor = item.openMinor - amountMinor
    return told(ledger, item, random, { amountMinor: paidMinor, lines: [{ ...lineOf(item), paidMinor, deduction }] })
  },
  (ledger, item, random) => told(ledger, item, random, { lines: [{ ...lineOf(item), reference: mistyped(item.number) }] }),
  (ledger, item, random) => told(ledger, item, random, { customerNumber: item.customerNumber }),
]

const lineOf = ({ number, openMinor }: DemoItem): DemoLine => ({ reference: number, paidMinor: openMinor, deduction: null })

/** The last two digits change places; where they are the same, one too many is typed. */
const mistyped = (number: string): string => {
  const swapped = `${number.slice(0, -2)}${number.slice(-1)}${number.slice(-2, -1)}`
  return swapped === number ? `${number}1` : swapped
}

const told = (ledger: Ledger, item: DemoItem, random: Random, says: Partial<DemoTold>): DemoTold => {
  const { applications: _none, ...receipt } = receiptOf(ledger, { ...payerOf([item]), amountMinor: item.openMinor }, random)
  return { ...receipt, customerNumber: null, bankText: null, lines: [], ...says }
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

const isOfSame = (a: DemoItem, b: DemoItem): boolean => a.customerNumber === b.customerNumber && a.currency === b.currency

/** All of it is used up; now and then it is short of the last item, which stays open with the rest. */
const paying = (ledger: Ledger, items: readonly DemoItem[], random: Random): DemoReceipt => {
  const isShort = random.chance(0.2)
  const applications = items.map(({ number, openMinor }, index) => ({
    itemNumber: number,
    amountMinor: isShort && index === items.length - 1 ? (openMinor * BigInt(random.between(80, 97))) / 100n || 1n : openMinor,
  }))
  const amountMinor = applications.reduce((sum, application) => sum + application.amountMinor, 0n)
  return { ...receiptOf(ledger, { ...payerOf(items), amountMinor }, random), applications }
}

/** Settles the item and leaves something over. */
const overpaying = (ledger: Ledger, item: DemoItem, random: Random): DemoReceipt => {
  const over = (item.openMinor * BigInt(random.between(2, 60))) / 100n || 1n
  const applications = [{ itemNumber: item.number, amountMinor: item.openMinor }]
  return { ...receiptOf(ledger, { ...payerOf([item]), amountMinor: item.openMinor + over }, random), applications }
}

const payerOf = ([item]: readonly DemoItem[]) => {
  if (item === undefined) throw new Error('a payment pays something')
  return { customerNumber: item.customerNumber, currency: item.currency, payerName: item.customerName }
}

const unknownPayers = ['CASH MGMT SVCS ACCT 22', 'PAYMENTS OPS CENTRE', 'TREASURY POOL A', 'COLLECTIVE PAYMENT 4711'] as const

type Payment = Pick<DemoReceipt, 'customerNumber' | 'currency' | 'payerName' | 'amountMinor'>

const receiptOf = ({ company, today }: Ledger, payment: Payment, random: Random): DemoReceipt => ({
  ...payment,
  payerName: payment.payerName.toUpperCase(),
  valueOn: onWorkingDay(addDays(today, -random.between(0, 12))),
  reference: `${random.pick(company.channels)} ${String(random.between(1, 9_999_999)).padStart(7, '0')}`,
  applications: [],
})

/** On account, people pay round amounts. */
const rounded = (minor: bigint, currency: string): bigint => {
  const hundred = 100n * 10n ** BigInt(exponentOf(currency))
  return (minor / hundred + 1n) * hundred
}

const promiseOf = ({ today }: Ledger, { number, currency, openMinor }: DemoItem, random: Random): DemoPromise => ({
  itemNumber: number,
  currency,
  amountMinor: random.chance(0.7) ? openMinor : openMinor / 2n || 1n,
  promisedOn: addDays(today, random.between(2, 24)),
})

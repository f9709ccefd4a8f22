import { formatAmount } from '../../../kernel/money.ts'
import { amountOf, codeOf, countOf, type Direction, dayOf, directionOf, signed } from './camt-values.ts'
import type { Balance, BankEntry } from './model.ts'
import { quoted } from './quoted.ts'
import { child, needed, neededText, refusal, type XmlElement } from './xml-tree.ts'

/** What a statement says of its entries as a whole, held against the entries that came: its balances, its counts and sums. */

const balanceKinds: ReadonlyMap<string, Balance['kind']> = new Map([
  ['OPBD', 'OPENING'],
  ['PRCD', 'OPENING'],
  ['CLBD', 'CLOSING'],
  ['OPAV', 'AVAILABLE'],
  ['CLAV', 'AVAILABLE'],
  ['ITAV', 'AVAILABLE'],
  ['FWAV', 'FORWARD'],
  ['ITBD', 'INTERIM'],
])

/** Below zero where the account is overdrawn. */
export const readBalance = (element: XmlElement): Balance => {
  const type = needed(element, 'Tp')
  const code = codeOf(type)
  if (code === null) throw refusal(type, 'MISSING', `${type.path} is empty`)
  const { minor, currency } = amountOf(needed(element, 'Amt'))
  return {
    kind: balanceKinds.get(code) ?? 'OTHER',
    code,
    amountMinor: signed(minor, directionOf(needed(element, 'CdtDbtInd'))),
    currency,
    on: dayOf(child(element, 'Dt')),
  }
}

/** Sums are kept in units of 10^-5, which the amounts of every currency are whole numbers of: a summary names no currency. */
const fineDigits = 5

const fine = (minor: bigint, currency: string): bigint => {
  const [whole = '', fraction = ''] = formatAmount({ minor, currency }).split('.')
  return BigInt(whole + fraction.padEnd(fineDigits, '0'))
}

const plain = (sum: bigint): string => {
  const digits = String(sum < 0n ? -sum : sum).padStart(fineDigits + 1, '0')
  const fraction = digits.slice(-fineDigits).replace(/0+$/, '')
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -fineDigits)}${fraction === '' ? '' : `.${fraction}`}`
}

type Total = { count: bigint; sum: bigint }

export type Tally = {
  readonly add: (entry: BankEntry) => void
  readonly entries: () => number
  /** Throws where the booked entries do not lead from the opening to the closing balance. */
  readonly checkBalances: (balances: readonly (readonly [Balance, XmlElement])[]) => void
  /** Throws where the summary tells other counts or sums than those of the entries, of whatever status. */
  readonly checkSummary: (summary: XmlElement) => void
}

export const createTally = (): Tally => {
  const totals: Record<Direction, Total> = { CREDIT: { count: 0n, sum: 0n }, DEBIT: { count: 0n, sum: 0n } }
  const booked = new Map<string, bigint>()

  const compare = (element: XmlElement | null, found: bigint, read: (element: XmlElement) => bigint, isCount: boolean) => {
    if (element === null) return
    const said = read(element)
    if (said === found) return
    const shown = isCount ? String(found) : plain(found)
    throw refusal(
      element,
      isCount ? 'CONTROL_COUNT' : 'CONTROL_TOTAL',
      `the summary says ${neededText(element)}, the entries are ${shown}`,
    )
  }

  return {
    add: ({ amountMinor, currency, direction, status }) => {
      totals[direction].count += 1n
      totals[direction].sum += fine(amountMinor, currency)
      if (status === 'BOOKED') booked.set(currency, (booked.get(currency) ?? 0n) + signed(amountMinor, direction))
    },

    entries: () => Number(totals.CREDIT.count + totals.DEBIT.count),

    checkBalances: (balances) => {
      const tied = new Set<string>()
      for (const currency of new Set(balances.map(([balance]) => balance.currency))) {
        const of = (code: string) => balances.filter(([balance]) => balance.currency === currency && balance.code === code)
        // A statement of several days has several of each: from the first opening to the last closing all entries count.
        const [opening] = of('OPBD')[0] ?? of('PRCD')[0] ?? []
        const [closing, element] = of('CLBD').at(-1) ?? []
        if (opening === undefined || closing === undefined || element === undefined) continue
        tied.add(currency)
        const found = opening.amountMinor + (booked.get(currency) ?? 0n)
        if (found === closing.amountMinor) continue
        const [from, to, said] = [opening.amountMinor, found, closing.amountMinor].map((minor) =>
          formatAmount({ minor, currency }),
        )
        throw refusal(
          needed(element, 'Amt'),
          'CONTROL_TOTAL',
          `from ${from} ${currency} the entries lead to ${to}, the closing balance is ${said}`,
        )
      }
      const loose = [...booked.keys()].find((currency) => !tied.has(currency))
      const [, element] = balances[0] ?? []
      if (tied.size === 0 || loose === undefined || element === undefined) return
      throw refusal(element, 'CONTROL_TOTAL', `entries in ${loose} are in none of the balances`)
    },

    checkSummary: (summary) => {
      const { CREDIT, DEBIT } = totals
      const both: Total = { count: CREDIT.count + DEBIT.count, sum: CREDIT.sum + DEBIT.sum }
      for (const [name, total] of [
        ['TtlNtries', both],
        ['TtlCdtNtries', CREDIT],
        ['TtlDbtNtries', DEBIT],
      ] as const) {
        const group = child(summary, name)
        if (group === null) continue
        compare(child(group, 'NbOfNtries'), total.count, countOf, true)
        compare(child(group, 'Sum'), total.sum, fineOf, false)
        if (name !== 'TtlNtries') continue
        // The net sum stood beside its direction until version 2; later the two have an element of their own.
        const net = child(group, 'TtlNetNtry') ?? group
        const amount = child(net, 'TtlNetNtryAmt') ?? (net === group ? null : child(net, 'Amt'))
        compare(amount, CREDIT.sum - DEBIT.sum, (told) => signed(fineOf(told), directionOf(needed(net, 'CdtDbtInd'))), false)
      }
    },
  }
}

/** A decimal without a currency. What it has beyond the finest currency must be zeros. */
const fineOf = (element: XmlElement): bigint => {
  const match = /^\+?(\d{1,18})(?:\.(\d{0,17}))?$/.exec(neededText(element))
  const [, whole = '', fraction = ''] = match ?? []
  if (match === null || /[^0]/.test(fraction.slice(fineDigits))) {
    throw refusal(element, 'BAD_AMOUNT', `${quoted(neededText(element))} is no sum`)
  }
  return BigInt(whole + fraction.slice(0, fineDigits).padEnd(fineDigits, '0'))
}

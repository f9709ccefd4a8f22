import type { Day } from '../../../kernel/day.ts'
import { ctxEntry, type EntryLayout, internationalEntry, plainEntry } from './nacha-layout.ts'
import { type AchRecord, cut, digitsIn, expectIn, minorIn, recordFault, textIn } from './nacha-records.ts'

/** What entries need to know of their batch. */
export type EntryContext = {
  /** CTX, CCD, PPD, COR, IAT and so on. */
  readonly entryClass: string
  readonly isInternational: boolean
  readonly serviceClass: string
  readonly companyName: string | null
  readonly companyId: string | null
  readonly effectiveOn: Day | null
  readonly settledOn: Day | null
}

export type OpenEntry = {
  readonly record: AchRecord
  readonly layout: EntryLayout
  readonly direction: 'CREDIT' | 'DEBIT'
  readonly isReturnCode: boolean
  readonly amountMinor: bigint
  readonly rdfi: number
  readonly trace: string
  readonly account: string
  readonly addenda: AchRecord[]
}

/** Debits to cards and checks: what a company gets of these is what comes back, and only that is read. */
export const returnedClasses = ['ARC', 'BOC', 'POP', 'POS', 'RCK']

/** Kinds of account in the first digit: checking, savings, ledger, loan. The second one tells the way of the money. */
const moneyCode = /^(?:[2-5][1-4]|[2-4][6-9]|55|56)$/

export const readEntry = (record: AchRecord, context: EntryContext): OpenEntry => {
  const layout = context.isInternational ? internationalEntry : context.entryClass === 'CTX' ? ctxEntry : plainEntry
  const code = cut(record, layout.code)
  if (!moneyCode.test(code)) throw recordFault('BAD_VALUE', record, layout.code, `${JSON.stringify(code)} is no transaction code`)
  const kind = code.charAt(1)
  const direction = kind <= '4' ? 'CREDIT' : 'DEBIT'

  const rdfi = digitsIn(record, layout.rdfi)
  if (checkDigitOf(rdfi) !== cut(record, layout.checkDigit))
    throw recordFault('BAD_VALUE', record, layout.checkDigit, `it does not fit the bank number ${rdfi}`)

  const amountMinor = minorIn(record, layout.amount)
  const isWithoutMoney = ['3', '4', '8', '9'].includes(kind)
  if (amountMinor !== 0n && (isWithoutMoney || context.entryClass === 'COR'))
    throw recordFault('BAD_AMOUNT', record, layout.amount, `an entry ${code} of class ${context.entryClass} carries no money`)
  const forbidden = { '220': 'DEBIT', '225': 'CREDIT' }[context.serviceClass]
  if (amountMinor !== 0n && direction === forbidden)
    throw recordFault('BAD_VALUE', record, layout.code, `${code} is a ${direction} in a batch of class ${context.serviceClass}`)

  expectIn(record, layout.hasAddenda, ['0', '1'])
  const account = textIn(record, layout.account)
  if (account === null) throw recordFault('MISSING', record, layout.account, 'the account is blank')
  return {
    record,
    layout,
    direction,
    isReturnCode: kind === '1' || kind === '6',
    amountMinor,
    rdfi: Number(rdfi),
    trace: digitsIn(record, layout.trace),
    account,
    addenda: [],
  }
}

/** Weights 3, 7, 1 over the eight digits, filled up to a multiple of ten. */
const checkDigitOf = (rdfi: string): string => {
  const sum = [...rdfi].reduce((total, digit, at) => total + Number(digit) * ([3, 7, 1][at % 3] ?? 0), 0)
  return String((10 - (sum % 10)) % 10)
}

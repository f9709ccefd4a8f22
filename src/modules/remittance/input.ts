import type { Day } from '../../kernel/day.ts'
import { parseAmount } from '../../kernel/money.ts'
import { InvalidInput } from '../../platform/refusals.ts'
import type { AdjustmentKind, ReversalReason } from '../cash/index.ts'
import type { DeductionBody, Step } from './instruction.ts'

// What integrations post, and how it is read: every fault is told with its place, and nothing of a bad result is kept.

export type PostedDeduction = {
  readonly amount: string
  readonly code: string | null
  readonly codeList: string | null
  readonly text: string | null
}

export type PostedPayment = {
  readonly amount: string
  readonly valueOn: Day
  readonly reference: string
  readonly payerName: string | null
  readonly payerAccount: string | null
  readonly customerNumber: string | null
  readonly legalEntity: string | null
  readonly bankText: string | null
}

export type PostedLine = {
  readonly reference: string | null
  readonly paid: string | null
  readonly discount: string | null
  readonly deductions: readonly PostedDeduction[]
}

export type PostedApplication = {
  readonly itemNumber: string
  readonly legalEntity: string | null
  /** In the item's currency. */
  readonly amount: string
  readonly itemCurrency: string | null
  readonly receiptAmount: string | null
  readonly discountEarned: string | null
  readonly discountUnearned: string | null
  readonly writeOff: string | null
  readonly withholdingTax: string | null
  readonly bankFee: string | null
  readonly fxDifference: string | null
  readonly deductions: readonly PostedDeduction[]
}

export type PostedResult = {
  readonly key: string
  readonly receiptKey: string
  readonly currency: string
  readonly payment: PostedPayment | null
  readonly remittance: { readonly payerName: string | null; readonly lines: readonly PostedLine[] } | null
  readonly applications: readonly PostedApplication[]
  readonly onAccount: string | null
  readonly refunded: string | null
  readonly charges: string | null
  readonly reversal: { readonly result: string | null; readonly reason: ReversalReason; readonly note: string | null } | null
}

export type ReadPayment = Omit<PostedPayment, 'amount'> & { readonly amountMinor: bigint }
export type ReadLine = {
  readonly reference: string | null
  readonly paidMinor: bigint | null
  readonly discountMinor: bigint | null
  readonly deductions: readonly DeductionBody[]
}
export type ReadResult = {
  readonly key: string
  readonly receiptKey: string
  readonly currency: string
  readonly payment: ReadPayment | null
  readonly remittance: { readonly payerName: string | null; readonly lines: readonly ReadLine[] } | null
  readonly steps: readonly { readonly groupNo: number; readonly step: Step }[]
}

/** Lines of one result: more belong into several. */
export const linesMax = 1_000

type Sign = 'ABOVE_ZERO' | 'NOT_ZERO' | 'ANY'

/** Stops reading at the first fault; `readResult` gives it back as the answer. */
class Fault extends Error {
  readonly refusal: InvalidInput
  constructor(message: string, path: readonly string[]) {
    super(message)
    this.refusal = new InvalidInput(message, path)
  }
}

const minorOf = (text: string, currency: string, sign: Sign, path: readonly string[]): bigint => {
  const parsed = parseAmount(text, currency)
  if (parsed === 'TOO_PRECISE') throw new Fault(`${text} has more digits than ${currency} has`, path)
  if (typeof parsed === 'string') throw new Fault(`${text} is not an amount`, path)
  if (sign === 'ABOVE_ZERO' && parsed.minor <= 0n) throw new Fault('the amount must be above zero', path)
  if (sign === 'NOT_ZERO' && parsed.minor === 0n) throw new Fault('the amount must not be zero', path)
  return parsed.minor
}

const maybe = (text: string | null, currency: string, sign: Sign, path: readonly string[]): bigint | null =>
  text === null ? null : minorOf(text, currency, sign, path)

const within = (text: string | null, most: number, what: string, path: readonly string[]) => {
  if (text !== null && (text.trim() === '' || text.length > most)) throw new Fault(`${what} has 1 to ${most} characters`, path)
}

const deductionsOf = (posted: readonly PostedDeduction[], currency: string, path: readonly string[]): DeductionBody[] =>
  posted.map(({ amount, code, codeList, text }, place) => {
    const at = [...path, 'deductions', String(place)]
    within(code, 60, 'a code', [...at, 'code'])
    within(codeList, 20, 'a code list', [...at, 'codeList'])
    within(text, 500, 'a text', [...at, 'text'])
    const amountMinor = minorOf(amount, currency, 'ABOVE_ZERO', [...at, 'amount']).toString()
    return { amountMinor, code, codeList, text }
  })

const adjustmentKinds = {
  discountEarned: 'DISCOUNT_EARNED',
  discountUnearned: 'DISCOUNT_UNEARNED',
  writeOff: 'WRITE_OFF',
  withholdingTax: 'WITHHOLDING_TAX',
  bankFee: 'BANK_FEE',
  fxDifference: 'FX_DIFFERENCE',
} as const satisfies Partial<Record<keyof PostedApplication, AdjustmentKind>>

const settleStep = (posted: PostedApplication, currency: string, path: readonly string[]): Extract<Step, { kind: 'SETTLE' }> => {
  const itemCurrency = posted.itemCurrency ?? currency
  within(posted.itemNumber, 60, 'the number of an item', [...path, 'itemNumber'])
  within(posted.legalEntity, 40, 'a company code', [...path, 'legalEntity'])
  if (itemCurrency !== currency && posted.receiptAmount === null)
    throw new Fault(`say what it is in ${currency}, the currency of the receipt`, [...path, 'receiptAmount'])
  const cash = minorOf(posted.amount, itemCurrency, 'NOT_ZERO', [...path, 'amount'])
  const receipt = maybe(posted.receiptAmount, currency, 'NOT_ZERO', [...path, 'receiptAmount'])
  if (itemCurrency === currency && receipt !== null && receipt !== cash)
    throw new Fault('in one currency it is the same amount', [...path, 'receiptAmount'])
  if (receipt !== null && receipt < 0n !== cash < 0n)
    throw new Fault('an amount has the same sign in both currencies', [...path, 'receiptAmount'])
  const adjustments = Object.entries(adjustmentKinds).flatMap(([field, kind]) => {
    const minor = maybe(posted[field as keyof typeof adjustmentKinds], itemCurrency, 'NOT_ZERO', [...path, field])
    if (minor === null) return []
    if (minor < 0n !== cash < 0n) throw new Fault('it settles the item in the direction of its amount', [...path, field])
    return [{ kind, amountMinor: minor.toString() }]
  })
  const deductions = deductionsOf(posted.deductions, itemCurrency, path)
  if (cash < 0n && deductions.length > 0) throw new Fault('nothing is deducted from a credit memo', [...path, 'deductions'])
  const body = {
    currency,
    cashMinor: cash.toString(),
    itemCurrency: itemCurrency === currency ? null : itemCurrency,
    receiptMinor: itemCurrency === currency ? null : (receipt?.toString() ?? null),
    adjustments,
    deductions,
  }
  return { kind: 'SETTLE', itemNumber: posted.itemNumber, legalEntityCode: posted.legalEntity, body }
}

const paymentOf = (posted: PostedPayment, currency: string, path: readonly string[]): ReadPayment => {
  within(posted.reference, 140, 'a reference', [...path, 'reference'])
  within(posted.payerName, 300, 'a payer’s name', [...path, 'payerName'])
  within(posted.payerAccount, 60, 'an account', [...path, 'payerAccount'])
  within(posted.customerNumber, 60, 'a customer’s number', [...path, 'customerNumber'])
  within(posted.legalEntity, 40, 'a company code', [...path, 'legalEntity'])
  within(posted.bankText, 8_000, 'the bank’s text', [...path, 'bankText'])
  const { amount, ...rest } = posted
  return { ...rest, amountMinor: minorOf(amount, currency, 'ABOVE_ZERO', [...path, 'amount']) }
}

const lineOf = (posted: PostedLine, currency: string, path: readonly string[]): ReadLine => {
  within(posted.reference, 140, 'a reference', [...path, 'reference'])
  if (posted.reference === null && posted.paid === null) throw new Fault('a line names a document, an amount or both', path)
  return {
    reference: posted.reference,
    paidMinor: maybe(posted.paid, currency, 'ANY', [...path, 'paid']),
    discountMinor: maybe(posted.discount, currency, 'ABOVE_ZERO', [...path, 'discount']),
    deductions: deductionsOf(posted.deductions, currency, path),
  }
}

const moves = [
  ['onAccount', 'ON_ACCOUNT', 'kept on account'],
  ['refunded', 'REFUNDED', 'paid back'],
  ['charges', 'CHARGES', 'kept for charges'],
] as const

/** A posted result in minor units, or the first thing that is wrong with it. */
export const readResult = (posted: PostedResult, path: readonly string[]): ReadResult | InvalidInput => {
  const { key, receiptKey, currency } = posted
  try {
    within(key, 200, 'a key', [...path, 'key'])
    within(receiptKey, 200, 'the key of a receipt', [...path, 'receiptKey'])
    const lines = posted.remittance?.lines ?? []
    within(posted.remittance?.payerName ?? null, 300, 'a payer’s name', [...path, 'remittance', 'payerName'])
    if (lines.length > linesMax || posted.applications.length > linesMax)
      throw new Fault(`a result has at most ${linesMax} lines`, path)
    const payment = posted.payment === null ? null : paymentOf(posted.payment, currency, [...path, 'payment'])
    const settles = posted.applications.map((one, place) => settleStep(one, currency, [...path, 'applications', String(place)]))
    // A credit memo is taken off what is paid with it: all of them together, or none yet.
    const isOneGroup = settles.some(({ body }) => body.cashMinor.startsWith('-'))
    const steps: { groupNo: number; step: Step }[] = settles.map((step, place) => ({ groupNo: isOneGroup ? 0 : place, step }))
    const add = (step: Step) => void steps.push({ groupNo: steps.length, step })
    if (payment !== null && payment.customerNumber !== null)
      add({ kind: 'IDENTIFY', customerNumber: payment.customerNumber, body: {} })
    for (const [field, to, reason] of moves) {
      const minor = maybe(posted[field], currency, 'ABOVE_ZERO', [...path, field])
      if (minor !== null) add({ kind: 'MOVE', body: { currency, to, amountMinor: minor.toString(), reason } })
    }
    if (posted.reversal !== null) add(reversalStep(posted.reversal, [...path, 'reversal']))
    if (steps.length === 0 && payment === null && posted.remittance === null)
      throw new Fault('a result has a payment, a remittance, applications, a rest or a reversal', path)
    const remittance =
      posted.remittance === null
        ? null
        : {
            payerName: posted.remittance.payerName,
            lines: lines.map((line, place) => lineOf(line, currency, [...path, 'remittance', 'lines', String(place)])),
          }
    return { key, receiptKey, currency, payment, remittance, steps }
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.refusal
    throw thrown
  }
}

const reversalStep = ({ result, reason, note }: NonNullable<PostedResult['reversal']>, path: readonly string[]): Step => {
  within(result, 200, 'the key of a result', [...path, 'result'])
  within(note, 400, 'a note', [...path, 'note'])
  if (result === null) return { kind: 'REVERSE', body: { reason } }
  return { kind: 'UNDO', targetKey: result, body: { reason: note === null ? reason : `${reason}: ${note}` } }
}

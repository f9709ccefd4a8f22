import type { Day } from '../../../kernel/day.ts'
import { isCurrency } from '../../../kernel/money.ts'
import type { Reference, ReferenceKind } from './model.ts'
import { type Remittance, remittanceReader } from './x12-remittance.ts'
import { elementAt, faultAt, type Segment, shown } from './x12-segments.ts'
import { dayAt, textAt, totalAt } from './x12-values.ts'

/** A payment with its advice, as 820 tells one in each set, 823 one for each check, and an ACH entry in its addenda. */
export type Payment = Remittance & {
  readonly line: number
  readonly amountMinor: bigint
  readonly currency: string
  /** BPR04: ACH, CHK, FWT, NON. */
  readonly method: string | null
  readonly effectiveOn: Day | null
  /** TRN02: the number of a check, where it is one. */
  readonly trace: string | null
  readonly references: readonly Reference[]
  readonly payerName: string | null
  readonly payerId: string | null
  readonly payerAccount: string | null
  readonly payeeName: string | null
}

/** Where the lines begin: what comes before tells of the payment as a whole, its currency above all. */
const detailBegins = ['ENT', 'RMR', 'ADX', 'TXP', 'DED', 'LX']

/** Of the payment as a whole: no partner comes near. */
const referencesMax = 1_000

const checkMethod = 'CHK'
const referenceKinds: ReadonlyMap<string, ReferenceKind> = new Map([
  ['CK', 'CHECK'],
  ['TN', 'TRANSACTION'],
])

export const paymentReader = (bpr: Segment, { release }: { readonly release: string | null }) => {
  holdDirection(bpr)
  let currency: string | null = null
  let trace: string | null = null
  let payer: Segment | null = null
  let remitter: Segment | null = null
  let payee: Segment | null = null
  let remittance: ReturnType<typeof remittanceReader> | null = null
  const references: Reference[] = []

  const takeCurrency = (segment: Segment): void => {
    const code = elementAt(segment, 2)
    if (!isCurrency(code)) throw faultAt('BAD_CURRENCY', segment, 2, `${shown(code)} is no currency`)
    const known = remittance === null ? currency : currencyOr(currency)
    if (known !== null && known !== code)
      throw faultAt('BAD_CURRENCY', segment, 2, `the payment is in ${known}, and this part of it in ${code}`)
    currency = code
  }

  const take = (segment: Segment): void => {
    const { id } = segment
    if (remittance === null && detailBegins.includes(id))
      remittance = remittanceReader({ currency: currencyOr(currency), release })

    if (id === 'CUR') takeCurrency(segment)
    else if (id === 'N1') {
      const entity = elementAt(segment, 1)
      if (entity === 'PR') payer ??= segment
      if (entity === 'RM') remitter ??= segment
      if (entity === 'PE') payee ??= segment
    } else if (remittance !== null) remittance.take(segment)
    else if (id === 'TRN') trace ??= textAt(segment, 2)
    else if (id === 'REF' && elementAt(segment, 2) !== '') refer(segment)
  }

  const refer = (segment: Segment): void => {
    if (references.length === referencesMax)
      throw faultAt('TOO_LONG', segment, null, `the payment has more than ${referencesMax} references`)
    references.push({ kind: referenceKinds.get(elementAt(segment, 1)) ?? 'OTHER', value: elementAt(segment, 2) })
  }

  const done = (): Payment => {
    const [amountCurrency, from] = [currencyOr(currency), payer ?? remitter]
    const method = textAt(bpr, 4)
    const named: Reference[] = trace === null ? [] : [{ kind: method === checkMethod ? 'CHECK' : 'TRANSACTION', value: trace }]
    return {
      line: bpr.line,
      amountMinor: totalAt(bpr, 2, amountCurrency),
      currency: amountCurrency,
      method,
      effectiveOn: dayAt(bpr, 16),
      trace,
      references: [...named, ...references],
      payerName: from === null ? null : textAt(from, 2),
      payerId: from === null ? null : textAt(from, 4),
      payerAccount: accountOf(bpr),
      payeeName: payee === null ? null : textAt(payee, 2),
      ...(remittance?.done() ?? { lines: [], adjustments: [] }),
    }
  }

  return { take, done }
}

/** X12 tells a currency only where it is not the one of the country, and its banks are American. */
const currencyOr = (told: string | null): string => told ?? 'USD'

const holdDirection = (bpr: Segment): void => {
  const direction = elementAt(bpr, 3)
  if (direction === 'D') throw faultAt('UNSUPPORTED', bpr, 3, 'the advice draws money: it is no payment that comes')
  if (direction !== 'C') throw faultAt('BAD_VALUE', bpr, 3, `${shown(direction)} is neither C nor D`)
}

/** Bank and account together: account numbers of two banks may be the same. */
const accountOf = (bpr: Segment): string | null => {
  const [bank, account] = [textAt(bpr, 7), textAt(bpr, 9)]
  if (account === null) return null
  return bank === null ? account : `${bank}/${account}`
}

/** Older releases tell the money in BPS, in another order: nothing of it may be taken for a BPR. */
export const refuseOldPayment = (segment: Segment): void => {
  if (segment.id === 'BPS') throw faultAt('UNSUPPORTED', segment, null, 'a payment told by BPS is not read, only by BPR')
}

import { formatAmount } from '../../../kernel/money.ts'
import type { BankEvent, Bytes, RemittanceAdvice } from './model.ts'
import { type ControlFormula, controlledMinor, standardFormula } from './x12-control.ts'
import { fileHead, type SetHead, setsOf } from './x12-envelope.ts'
import { type Payment, paymentReader, refuseOldPayment } from './x12-payment.ts'
import { faultAt, rawText, type Segment } from './x12-segments.ts'

export type Options820 = { readonly controlFormula?: ControlFormula }

/** Payment orders and remittance advices, X12 820: one advice for each transaction set. */
export async function* readX12_820(
  source: Bytes,
  { controlFormula = standardFormula }: Options820 = {},
): AsyncGenerator<BankEvent> {
  let isFirst = true
  let advice: ReturnType<typeof adviceReader> | null = null
  for await (const event of setsOf(source, '820')) {
    if (event.kind === 'SET') {
      if (isFirst) yield { kind: 'FILE', file: fileHead('X12_820', event.head) }
      isFirst = false
      advice = adviceReader(event.segment, { head: event.head, controlFormula })
    } else if (event.kind === 'SEGMENT') advice?.take(event.segment)
    else if (advice !== null) yield { kind: 'REMITTANCE', advice: advice.done(event.segment) }
  }
}

type Within = { readonly head: SetHead; readonly controlFormula: ControlFormula }

const adviceReader = (st: Segment, { head, controlFormula }: Within) => {
  const raw = rawText()
  raw.add(st)
  let bpr: Segment | null = null
  let payment: ReturnType<typeof paymentReader> | null = null

  const take = (segment: Segment): void => {
    raw.add(segment)
    refuseOldPayment(segment)
    if (segment.id === 'BPR') {
      if (bpr !== null) throw faultAt('BAD_STRUCTURE', segment, null, 'a second payment in one set')
      bpr = segment
      payment = paymentReader(segment, { release: head.group?.release ?? null })
    } else if (payment === null) throw faultAt('MISSING', segment, null, `BPR must follow ST, and ${segment.id} does`)
    else payment.take(segment)
  }

  const done = (se: Segment): RemittanceAdvice => {
    raw.add(se)
    if (bpr === null || payment === null) throw faultAt('MISSING', se, null, 'the set has no BPR: no payment is told')
    return adviceOf(payment.done(), { bpr, controlFormula, raw: raw.text() })
  }

  return { take, done }
}

type Told = { readonly bpr: Segment; readonly controlFormula: ControlFormula; readonly raw: string }

const adviceOf = (payment: Payment, { bpr, controlFormula, raw }: Told): RemittanceAdvice => {
  const { amountMinor, trace, references } = payment
  const sumMinor = controlledMinor(controlFormula, payment)
  if (sumMinor !== null && sumMinor !== amountMinor) {
    const told = (minor: bigint) => formatAmount({ minor, currency: payment.currency })
    const message = `the payment is ${told(amountMinor)}, and ${controlFormula} makes ${told(sumMinor)}`
    throw faultAt('CONTROL_TOTAL', bpr, 2, message)
  }
  const reference = trace ?? references.find(({ kind }) => kind === 'CHECK')?.value
  if (reference === undefined) throw faultAt('MISSING', bpr, null, 'neither TRN02 nor REF*CK names the payment')
  return {
    line: payment.line,
    reference,
    payerName: payment.payerName,
    payerId: payment.payerId,
    payeeName: payment.payeeName,
    amountMinor,
    currency: payment.currency,
    method: payment.method,
    effectiveOn: payment.effectiveOn,
    lines: payment.lines,
    adjustments: payment.adjustments,
    raw,
  }
}

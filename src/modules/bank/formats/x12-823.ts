import { formatAmount } from '../../../kernel/money.ts'
import type { BankEntry, BankEvent, Bytes, EntryDetail, StatementHead } from './model.ts'
import { fileHead, type SetHead, setsOf } from './x12-envelope.ts'
import { type Payment, paymentReader, refuseOldPayment } from './x12-payment.ts'
import { asLines } from './x12-remittance.ts'
import { elementAt, faultAt, rawText, type Segment } from './x12-segments.ts'
import { countAt, dayAt, instantAt, requiredAt, textAt, totalAt } from './x12-values.ts'

/**
 * Lockbox reports, X12 823: one statement for each deposit, one entry for each check in it.
 *
 * The bank's own totals are held: AMT of deposit and batch against the checks, QTY against their number. What the lines
 * of a check add up to is not: a lockbox keys what it can read of an advice, and the money is that of the check.
 */
export async function* readX12_823(source: Bytes): AsyncGenerator<BankEvent> {
  let isFirst = true
  let lockbox: ReturnType<typeof lockboxReader> | null = null
  for await (const event of setsOf(source, '823')) {
    if (event.kind === 'SET') {
      if (isFirst) yield { kind: 'FILE', file: fileHead('X12_823', event.head) }
      isFirst = false
      lockbox = lockboxReader(event.head)
    } else if (lockbox !== null) yield* event.kind === 'SEGMENT' ? lockbox.take(event.segment) : lockbox.end(event.segment)
  }
}

/** A level with totals of its own: the deposit, or a batch in it. */
type Level = {
  readonly begin: Segment
  amount: Segment | null
  batchesTold: Segment | null
  checksTold: Segment | null
  batches: number
  checks: number
  sumMinor: bigint
}
type Deposit = Level & {
  readonly raw: ReturnType<typeof rawText>
  currency: string | null
  entries: number
}
type Check = { readonly payment: ReturnType<typeof paymentReader>; readonly raw: ReturnType<typeof rawText> }

const levelOf = (begin: Segment): Level => ({
  begin,
  amount: null,
  batchesTold: null,
  checksTold: null,
  batches: 0,
  checks: 0,
  sumMinor: 0n,
})

const lockboxReader = (head: SetHead) => {
  let bank: string | null = null
  let deposit: Deposit | null = null
  let batch: Level | null = null
  let check: Check | null = null

  function* take(segment: Segment): Generator<BankEvent> {
    refuseOldPayment(segment)
    if (segment.id === 'DEP') {
      yield* endDeposit()
      deposit = { ...levelOf(segment), raw: rawText(), currency: null, entries: 0 }
    } else if (segment.id === 'BAT') {
      const within = depositOr(segment)
      yield* endBatch(within)
      batch = levelOf(segment)
      within.batches += 1
    } else if (segment.id === 'BPR') {
      const within = depositOr(segment)
      yield* endCheck(within)
      if (batch === null) throw faultAt('BAD_STRUCTURE', segment, null, 'a payment stands outside a batch')
      check = { payment: paymentReader(segment, { release: head.group?.release ?? null }), raw: rawText() }
    } else if (check !== null) check.payment.take(segment)
    else if (deposit === null) {
      if (segment.id === 'N1') bank ??= textAt(segment, 2)
    } else tell(batch ?? deposit, segment)

    const into = check ?? deposit
    into?.raw.add(segment)
  }

  const depositOr = (segment: Segment): Deposit => {
    if (deposit === null) throw faultAt('BAD_STRUCTURE', segment, null, `${segment.id} stands outside a deposit`)
    return deposit
  }

  function* endCheck(within: Deposit): Generator<BankEvent> {
    if (check === null || batch === null) return
    const payment = check.payment.done()
    within.checks += 1
    batch.checks += 1
    within.sumMinor += payment.amountMinor
    batch.sumMinor += payment.amountMinor
    if (within.currency !== null && within.currency !== payment.currency) {
      const message = `a check in ${payment.currency} in a deposit in ${within.currency}`
      throw faultAt('BAD_CURRENCY', within.begin, null, message)
    }
    yield* enter(within, checkEntry(payment, { deposit: within, batch, raw: check.raw.text() }))
    check = null
  }

  function* endBatch(within: Deposit): Generator<BankEvent> {
    yield* endCheck(within)
    if (batch !== null) holdTotals(batch, currencyOf(within))
    batch = null
  }

  function* endDeposit(): Generator<BankEvent> {
    if (deposit === null) return
    yield* endBatch(deposit)
    if (deposit.amount === null) throw faultAt('MISSING', deposit.begin, null, 'the deposit has no AMT: its total is not told')
    // Batches are optional: of such a deposit the bank tells the sum alone, which is one movement of the account.
    if (deposit.batches === 0) yield* enter(deposit, sumEntry(deposit, deposit.amount))
    else holdTotals(deposit, currencyOf(deposit))
    yield { kind: 'STATEMENT_END', balances: [], entries: deposit.entries }
    deposit = null
  }

  function* enter(within: Deposit, entry: BankEntry): Generator<BankEvent> {
    if (within.entries === 0) yield { kind: 'STATEMENT', statement: statementOf(within, { bank, currency: entry.currency }) }
    within.currency = entry.currency
    within.entries += 1
    yield { kind: 'ENTRY', entry }
  }

  function* end(se: Segment): Generator<BankEvent> {
    if (deposit === null) throw faultAt('MISSING', se, null, 'the set has no DEP: no deposit is told')
    yield* endDeposit()
  }

  return { take, end }
}

const currencyOf = ({ currency }: Deposit): string => currency ?? 'USD'

/** By QTY01: batches, and checks. Others count what is not read here. */
const countedBy: ReadonlyMap<string, 'batchesTold' | 'checksTold'> = new Map([
  ['41', 'batchesTold'],
  ['42', 'checksTold'],
])

const toldBy = (segment: Segment): 'amount' | 'batchesTold' | 'checksTold' | null => {
  if (segment.id === 'AMT') return 'amount'
  return segment.id === 'QTY' ? (countedBy.get(elementAt(segment, 1)) ?? null) : null
}

const tell = (level: Level, segment: Segment): void => {
  const total = toldBy(segment)
  if (total === null) return
  if (level[total] !== null) throw faultAt('BAD_STRUCTURE', segment, null, `the total of ${level.begin.id} is told twice`)
  level[total] = segment
}

const holdTotals = ({ begin, amount, batchesTold, checksTold, batches, checks, sumMinor }: Level, currency: string): void => {
  const what = begin.id === 'DEP' ? 'deposit' : 'batch'
  for (const [told, count, word] of [
    [batchesTold, batches, 'batches'],
    [checksTold, checks, 'checks'],
  ] as const) {
    if (told !== null && countAt(told, 2) !== count) {
      const message = `the ${what} tells ${countAt(told, 2)} ${word}, and there are ${count}`
      throw faultAt('CONTROL_COUNT', told, 2, message)
    }
  }
  if (amount === null) return
  const toldMinor = totalAt(amount, 2, currency)
  if (toldMinor === sumMinor) return
  const [total, sum] = [toldMinor, sumMinor].map((minor) => formatAmount({ minor, currency }))
  throw faultAt('CONTROL_TOTAL', amount, 2, `the ${what} is ${total}, and its checks make ${sum}`)
}

/** The account that the deposit went to; banks that do not tell it name it by the lockbox. */
const accountOf = ({ begin }: Deposit): string => textAt(begin, 8) ?? requiredAt(begin, 1)

const statementOf = (deposit: Deposit, { bank, currency }: { readonly bank: string | null; readonly currency: string }) => {
  const { begin } = deposit
  return {
    line: begin.line,
    account: accountOf(deposit),
    currency,
    statementId: [requiredAt(begin, 1), requiredAt(begin, 2)].join('/'),
    sequence: textAt(begin, 4),
    bank: bank ?? textAt(begin, 6),
    createdAt: instantAt(begin, { day: 2, time: 3 }),
  } satisfies StatementHead
}

const bookedOn = ({ begin }: Deposit) => {
  requiredAt(begin, 2)
  return dayAt(begin, 2)
}

const noDetail: EntryDetail = {
  amountMinor: null,
  references: [],
  payerName: null,
  payerAccount: null,
  text: '',
  remittance: [],
  instructed: null,
  chargesMinor: null,
}

type Booked = { readonly deposit: Deposit; readonly batch: Level; readonly raw: string }

const checkEntry = (payment: Payment, { deposit, batch, raw }: Booked): BankEntry => ({
  line: payment.line,
  account: accountOf(deposit),
  currency: payment.currency,
  amountMinor: payment.amountMinor,
  direction: 'CREDIT',
  isReversal: false,
  status: 'BOOKED',
  bookedOn: bookedOn(deposit),
  valueOn: payment.effectiveOn,
  typeCode: payment.method,
  bankReference: referenceOf(deposit, [textAt(batch.begin, 3) ?? String(deposit.batches), String(batch.checks)]),
  details: [
    {
      ...noDetail,
      amountMinor: payment.amountMinor,
      references: payment.references,
      payerName: payment.payerName,
      payerAccount: payment.payerAccount,
      remittance: asLines(payment, payment.line),
    },
  ],
  raw,
})

/** The place of an entry: a check's own number is the payer's, and two payers may use the same. */
const referenceOf = ({ begin }: Deposit, inside: readonly string[]): string =>
  [requiredAt(begin, 1), textAt(begin, 4), ...inside].filter((part) => part !== null).join('/')

const sumEntry = (deposit: Deposit, amount: Segment): BankEntry => ({
  line: amount.line,
  account: accountOf(deposit),
  currency: 'USD',
  amountMinor: totalAt(amount, 2, 'USD'),
  direction: 'CREDIT',
  isReversal: false,
  status: 'BOOKED',
  bookedOn: bookedOn(deposit),
  valueOn: null,
  typeCode: null,
  bankReference: referenceOf(deposit, []),
  details: [noDetail],
  raw: deposit.raw.text(),
})

import { createHash } from 'node:crypto'
import { isRefusal, type Refusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import { limits } from '../../platform/limits.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { holdReceiptKeys, type KnownReceipt, type ReceiptKey, receiptsByKey } from '../cash/index.ts'
import { ensureLegalEntities } from '../client/index.ts'
import { customersByNumber } from '../customer/index.ts'
import { type PostedResult, type ReadResult, readResult } from './input.ts'
import type { WaitsFor } from './instruction.ts'
import { PaymentConflict, ResultMismatch, ResultsRefused } from './refusals.ts'
import { type Arrival, settleResults } from './settle-results.ts'
import {
  currenciesTold,
  insertAdvices,
  insertInstructions,
  insertResults,
  instructionsOf,
  type KeptResult,
  resultsByKey,
  rowsBehind,
  waitingBehindResults,
} from './store.ts'

export type PostCashResults = {
  readonly clientId: string
  readonly source: string
  readonly results: readonly PostedResult[]
  /** One result that is refused refuses them all. */
  readonly allOrNothing: boolean
}

export type ResultOutcome = {
  readonly index: number
  readonly key: string
  readonly outcome: 'DONE' | 'WAITING' | 'REPEATED' | 'REFUSED'
  readonly waitsFor: readonly WaitsFor[]
  readonly refusal: { readonly code: string; readonly message: string; readonly path: readonly string[] } | null
  readonly receiptId: string | null
}

const toldOf = ({ code, message, path }: Refusal) => ({ code, message, path })

/** What was posted, as one short text: the same key with another one is another result. */
const fingerprintOf = (result: PostedResult): string => createHash('sha256').update(JSON.stringify(result)).digest('hex')

type Row = { readonly index: number; readonly posted: PostedResult; readonly fingerprint: string }
type Fresh = Row & { readonly id: string; readonly read: ReadResult }
type Judged = {
  readonly fresh: readonly Fresh[]
  readonly refused: Map<number, Refusal>
  readonly repeated: Map<number, string>
  /** Who may go on with what the results take back; their keys are held. */
  readonly followers: readonly ReceiptKey[]
}

export const postCashResults = command({
  name: 'remittance.postCashResults',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, ResultsRefused],
  scope: ({ clientId }: PostCashResults) => ({ clientId }),
  audited: ({ source, results }) => ({ source, count: results.length, keys: results.map(({ key }) => key) }),
  async run(write, { source, results, allOrNothing }) {
    if (source.trim() === '' || source.length > 40)
      return new InvalidInput('a source has 1 to 40 characters', ['input', 'source'])
    if (results.length < 1 || results.length > limits.command.rows)
      return new InvalidInput(`1 to ${limits.command.rows} results are posted at once`, ['input', 'results'])

    const judged = await judge(write, source, results)
    const { fresh, refused, repeated, followers } = judged
    if (allOrNothing && refused.size > 0)
      return new ResultsRefused([...refused].map(([index, refusal]) => ({ index, ...toldOf(refusal) })))
    const receiptKeys = [...new Set(fresh.map(({ read }) => read.receiptKey))]
    const [arrivals] = await Promise.all([arrivalsOf(write, fresh), keep(write, source, fresh)])
    const ids = await settleResults(write, { source, receiptKeys, arrivals, followers: await rowsBehind(write, followers) })
    const outcomes = await outcomesOf(write, { source, results, judged, ids })
    if (fresh.length > 0) write.emit({ area: 'cash', name: 'results.posted', payload: { source, count: fresh.length } })
    return { clientId: write.clientId, outcomes, counts: countsOf(outcomes), refused: refused.size, repeated: repeated.size }
  },
  isAudited: (out) => isRefusal(out) || out.counts.DONE + out.counts.WAITING > 0,
})

/** Which results are new, which came before, and which cannot be taken. */
const judge = async (write: Write, source: string, results: readonly PostedResult[]): Promise<Judged> => {
  const refused = new Map<number, Refusal>()
  const repeated = new Map<number, string>()
  const rows = results.map((posted, index) => ({ index, posted, fingerprint: fingerprintOf(posted) }))
  const readable: (Row & { read: ReadResult })[] = []
  for (const row of rows) {
    const read = readResult(row.posted, ['input', 'results', String(row.index)])
    if (isRefusal(read)) refused.set(row.index, read)
    else readable.push({ ...row, read })
  }
  // From here on nobody else works on these receipts: what is read of them stays true.
  const receiptKeys = readable.map(({ read }) => read.receiptKey)
  // What is taken back others may have waited for: their keys are taken with the others, in one order.
  const followers = await waitingBehindResults(
    write,
    source,
    readable.map(({ read }) => ({ ...read, takesBack: takesBack(read) })),
  )
  const [, known, told, kept] = await Promise.all([
    holdReceiptKeys(write, [...receiptKeys.map((receiptKey) => ({ source, receiptKey })), ...followers]),
    receiptsByKey(write, source, receiptKeys),
    currenciesTold(write, source, receiptKeys),
    resultsByKey(
      write,
      source,
      readable.map(({ read }) => read.key),
    ),
  ])

  const fresh: Fresh[] = []
  const firstOf = new Map<string, Row>()
  const payments = new Map<string, Pick<KnownReceipt, 'amountMinor' | 'currency' | 'valueOn'>>(known)
  const currencies = new Map([...told, ...[...known].map(([key, { currency }]) => [key, currency] as const)])
  for (const row of readable) {
    const before = kept.get(row.read.key) ?? firstOf.get(row.read.key)
    if (before !== undefined) {
      if (before.fingerprint === row.fingerprint) repeated.set(row.index, row.read.receiptKey)
      else refused.set(row.index, mismatch(row))
      continue
    }
    const { payment, currency, receiptKey } = row.read
    const toldBefore = currencies.get(receiptKey)
    if (toldBefore !== undefined && toldBefore !== currency) {
      refused.set(row.index, new PaymentConflict(`this receipt is in ${toldBefore}`, pathOf(row, 'currency')))
      continue
    }
    const paid = payments.get(receiptKey)
    if (
      payment !== null &&
      paid !== undefined &&
      (paid.amountMinor !== payment.amountMinor || paid.valueOn !== payment.valueOn)
    ) {
      refused.set(
        row.index,
        new PaymentConflict('this receipt was told before with another amount or value date', pathOf(row, 'payment')),
      )
      continue
    }
    if (payment !== null) payments.set(receiptKey, { ...payment, currency })
    if (hasAmounts(row.read)) currencies.set(receiptKey, currency)
    firstOf.set(row.read.key, row)
    fresh.push({ ...row, id: write.newId() })
  }
  return { fresh: await taken(write, source, { fresh, refused, repeated, followers }), refused, repeated, followers }
}

const takesBack = ({ steps }: ReadResult) => steps.some(({ step: { kind } }) => kind === 'UNDO' || kind === 'REVERSE')

/** What only takes something back is in no currency of its own. */
const hasAmounts = ({ payment, remittance, steps }: ReadResult) =>
  payment !== null || remittance !== null || steps.some(({ step: { kind } }) => kind === 'SETTLE' || kind === 'MOVE')

const pathOf = ({ index }: Row, field: string) => ['input', 'results', String(index), field]
const mismatch = (row: Row) => new ResultMismatch(pathOf(row, 'key'))

/** Takes the keys of new results. One that another unit took meanwhile, for another receipt, is judged by what that says. */
const taken = async (write: Write, source: string, { fresh, refused, repeated }: Judged): Promise<readonly Fresh[]> => {
  if (fresh.length === 0) return fresh
  const rows = fresh.map(({ id, read, fingerprint }) => ({ id, key: read.key, receiptKey: read.receiptKey, fingerprint }))
  const inserted = await insertResults(write, source, rows)
  const lost = fresh.filter(({ id }) => !inserted.has(id))
  if (lost.length === 0) return fresh
  const theirs: ReadonlyMap<string, KeptResult> = await resultsByKey(
    write,
    source,
    lost.map(({ read }) => read.key),
  )
  for (const row of lost) {
    if (theirs.get(row.read.key)?.fingerprint === row.fingerprint) repeated.set(row.index, row.read.receiptKey)
    else refused.set(row.index, mismatch(row))
  }
  return fresh.filter(({ id }) => inserted.has(id))
}

const keep = async (write: Write, source: string, fresh: readonly Fresh[]) => {
  await insertInstructions(
    write,
    source,
    fresh.flatMap(({ id, read }) =>
      read.steps.map(({ groupNo, step }, place) => ({ resultId: id, receiptKey: read.receiptKey, place, groupNo, step })),
    ),
  )
  await insertAdvices(
    write,
    source,
    fresh.flatMap(({ id, read: { remittance, receiptKey, currency } }) =>
      remittance === null ? [] : [{ id: write.newId(), receiptKey, receiptId: null, resultId: id, currency, ...remittance }],
    ),
  )
}

/** Receipts that the payments tell of, with whom and what they name. */
const arrivalsOf = async (write: Write, fresh: readonly Fresh[]): Promise<Arrival[]> => {
  const paid = fresh.flatMap(({ read }) => (read.payment === null ? [] : [{ ...read, payment: read.payment }]))
  const codes = [...new Set(paid.flatMap(({ payment }) => payment.legalEntity ?? []))].sort()
  const entities = codes.length === 0 ? new Map<string, string>() : await ensureLegalEntities(write, codes)
  const customers = await customersByNumber(
    write,
    paid.flatMap(({ payment }) => payment.customerNumber ?? []),
  )
  return paid.map(({ receiptKey, currency, payment }) => ({
    receiptKey,
    currency,
    amountMinor: payment.amountMinor,
    customerId: customers.get(payment.customerNumber ?? '') ?? null,
    legalEntityId: entities.get(payment.legalEntity ?? '') ?? null,
    facts: {
      valueOn: payment.valueOn,
      reference: payment.reference,
      payerName: payment.payerName,
      payerAccount: payment.payerAccount,
      bankText: payment.bankText ?? '',
    },
  }))
}

type Told = {
  readonly source: string
  readonly results: readonly PostedResult[]
  readonly judged: Judged
  readonly ids: ReadonlyMap<string, string>
}

/** One outcome for each result, in the order they were posted. A repeated one is told as it stands now. */
const outcomesOf = async (write: Write, { source, results, judged, ids }: Told): Promise<ResultOutcome[]> => {
  const { refused, repeated } = judged
  const repeatedKeys = [...repeated.values()].filter((key) => !ids.has(key))
  const others = await receiptsByKey(write, source, repeatedKeys)
  const keys = results.flatMap(({ receiptKey }, index) => (refused.has(index) ? [] : [receiptKey]))
  const waiting = new Map<string, Set<WaitsFor>>()
  for (const { resultKey, waitsFor } of await instructionsOf(write, source, keys)) {
    if (waitsFor !== null) waiting.set(resultKey, (waiting.get(resultKey) ?? new Set()).add(waitsFor))
  }
  return results.map(({ key, receiptKey }, index) => {
    const refusal = refused.get(index)
    if (refusal !== undefined) return { index, key, outcome: 'REFUSED', waitsFor: [], refusal: toldOf(refusal), receiptId: null }
    const waitsFor = [...(waiting.get(key) ?? [])]
    const outcome = repeated.has(index) ? 'REPEATED' : waitsFor.length > 0 ? 'WAITING' : 'DONE'
    return { index, key, outcome, waitsFor, refusal: null, receiptId: ids.get(receiptKey) ?? others.get(receiptKey)?.id ?? null }
  })
}

const countsOf = (outcomes: readonly ResultOutcome[]) => {
  const counts = { DONE: 0, WAITING: 0, REPEATED: 0, REFUSED: 0 }
  for (const { outcome } of outcomes) counts[outcome] += 1
  return counts
}

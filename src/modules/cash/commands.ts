import type { Day } from '../../kernel/day.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { IdempotencyMismatch, IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { customerExists } from '../customer/index.ts'
import type { ReversalReason } from './book.ts'
import type { Bucket } from './buckets.ts'
import { type Amount, badKey, badReason, readAmount } from './input.ts'
import { type ReceiptMove, receiptMachine } from './receipt-states.ts'
import { AlreadyReversed, BucketTooSmall, CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'
import { noteChase, receiptOfApplication } from './store.ts'
import { closeBook, type Needs, type OpenedBook, openBookOf } from './work.ts'

export type RecordReceipt = {
  readonly clientId: string
  readonly customer: RowKey | null
  readonly amount: Amount
  readonly valueOn: Day
  readonly reference: string
  readonly payerName: string | null
  readonly idempotencyKey: string
}

export const recordReceipt = command({
  name: 'cash.recordReceipt',
  permission: 'cash:record',
  refusals: [NotFound, InvalidInput, IdempotencyMismatch],
  scope: ({ clientId }: RecordReceipt) => ({ clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { customer, amount, valueOn, reference, payerName, idempotencyKey }) {
    const wrongKey = badKey(idempotencyKey)
    if (wrongKey !== null) return wrongKey
    const amountMinor = readAmount(amount)
    if (isRefusal(amountMinor)) return amountMinor
    if (reference.trim() === '' || reference.length > 140)
      return new InvalidInput('a reference has 1 to 140 characters', ['input', 'reference'])
    if (payerName !== null && payerName.length > 300)
      return new InvalidInput('a payer’s name has at most 300 characters', ['input', 'payerName'])
    const isOurs = customer === null || (customer.clientId === write.clientId && (await customerExists(write, customer.id)))
    if (!isOurs) return new NotFound('customer', ['input', 'customer'])

    const opened = await openBookOf(write, { receipts: [], items: [] })
    const id = write.newId()
    opened.book.add({
      id,
      customerId: customer?.id ?? null,
      legalEntityId: null,
      currency: amount.currency,
      amountMinor,
      hasRemittance: false,
    })
    const fact = { id, valueOn, reference, payerName, payerAccount: null, bankText: '', source: null, sourceKey: null }
    await closeBook(write, opened, () => 'receipt.recorded', { facts: new Map([[id, fact]]) })
    return { clientId: write.clientId, receiptId: id }
  },
})

type OnReceipt = { readonly receipt: RowKey; readonly expectedVersion: number }

/** One receipt, held, as the caller read it and in a state that takes the move; or why not. */
const openReceipt = async (
  write: Write,
  { receipt: { id }, expectedVersion }: OnReceipt,
  move: ReceiptMove,
  needs: Partial<Needs> = {},
): Promise<OpenedBook | NotFound | VersionConflict | IllegalMove> => {
  const opened = await openBookOf(write, { items: [], ...needs, receipts: [id] })
  const [receipt] = opened.receipts
  if (receipt === undefined) return new NotFound('receipt', ['input', 'receipt'])
  if (receipt.version !== expectedVersion) return new VersionConflict(receipt.version)
  return IllegalMove.unless(receiptMachine, move, receipt.state, ['input', 'receipt']) ?? opened
}

const done = ({ clientId }: Write, receiptId: string) => ({ clientId, receiptId })

export type IdentifyReceipt = OnReceipt & { readonly customer: RowKey }

export const identifyReceipt = command({
  name: 'cash.identifyReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ receipt }: IdentifyReceipt) => ({ clientId: receipt.clientId }),
  async run(write, { receipt, customer, expectedVersion }) {
    const opened = await openBookOf(write, { receipts: [receipt.id], items: [], mayFree: true })
    const [found] = opened.receipts
    if (found === undefined) return new NotFound('receipt', ['input', 'receipt'])
    if (found.version !== expectedVersion) return new VersionConflict(found.version)
    if (found.customerId !== null) return new InvalidInput('the customer of this receipt is known already', ['input', 'receipt'])
    const illegal = IllegalMove.unless(receiptMachine, 'identify', found.state, ['input', 'receipt'])
    if (illegal !== null) return illegal
    if (customer.clientId !== write.clientId || !(await customerExists(write, customer.id)))
      return new NotFound('customer', ['input', 'customer'])
    opened.book.identify(found.id, customer.id)
    await closeBook(write, opened, () => 'receipt.identified')
    return done(write, found.id)
  },
})

export type ApplyReceipt = OnReceipt & { readonly openItem: RowKey; readonly amount: Amount; readonly idempotencyKey: string }

export const applyReceipt = command({
  name: 'cash.applyReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, CurrencyMismatch, OverApplied, WrongCustomer, VersionConflict, IdempotencyMismatch],
  scope: ({ receipt }: ApplyReceipt) => ({ clientId: receipt.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { receipt: { id }, openItem, amount, expectedVersion, idempotencyKey }) {
    const wrongKey = badKey(idempotencyKey)
    if (wrongKey !== null) return wrongKey
    const amountMinor = readAmount(amount)
    if (isRefusal(amountMinor)) return amountMinor

    const items = openItem.clientId === write.clientId ? [openItem.id] : []
    const opened = await openBookOf(write, { receipts: [id], items })
    const { book } = opened
    const receipt = book.receipt(id)
    if (receipt === null) return new NotFound('receipt', ['input', 'receipt'])
    const item = book.item(openItem.id)
    if (item === null) return new NotFound('open item', ['input', 'openItem'])
    if (receipt.version !== expectedVersion) return new VersionConflict(receipt.version)
    if (amount.currency !== receipt.currency) return new CurrencyMismatch(receipt.currency, amount.currency)
    const rows = book.settle({ receiptId: id, openItemId: item.id, cashMinor: amountMinor })
    if (isRefusal(rows)) return rows

    const applicationId = rows[0]?.id ?? ''
    await closeBook(write, opened, () => 'receipt.applied', { tell: { openItemId: item.id, applicationId } })
    return { ...done(write, id), openItemId: item.id, openItemKind: item.kind, applicationId }
  },
})

export type ReverseApplication = {
  readonly application: RowKey
  readonly reason: string
  /** The match was wrong: it counts against whoever made it. */
  readonly isFalseMatch: boolean
  readonly idempotencyKey: string
}

export const reverseApplication = command({
  name: 'cash.reverseApplication',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, AlreadyReversed, IdempotencyMismatch],
  scope: ({ application }: ReverseApplication) => ({ clientId: application.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  reason: ({ reason }) => reason,
  async run(write, { application, reason, isFalseMatch, idempotencyKey }) {
    const wrong = badKey(idempotencyKey) ?? badReason(reason)
    if (wrong !== null) return wrong
    const place = await receiptOfApplication(write, application.id)
    if (place === null) return new NotFound('application', ['input', 'application'])
    const opened = await openBookOf(write, { receipts: [place.receiptId], items: [], mayUndo: true })
    const rows = opened.book.undo(place.settlementId, { reason, isFalseMatch })
    if (isRefusal(rows)) return rows
    if (opened.book.isShort(place.receiptId))
      return new InvalidInput('a credit memo was taken off together with it; undo what that paid for first', [
        'input',
        'application',
      ])
    await closeBook(write, opened, () => 'receipt.unapplied')
    return { ...done(write, place.receiptId), openItemId: rows[0]?.openItemId ?? '', applicationIds: rows.map(({ id }) => id) }
  },
})

export type ReverseReceipt = OnReceipt & {
  readonly reason: ReversalReason
  readonly note: string | null
  readonly idempotencyKey: string
}

export const reverseReceipt = command({
  name: 'cash.reverseReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, AlreadyReversed, BucketTooSmall, VersionConflict, IllegalMove, IdempotencyMismatch],
  scope: ({ receipt }: ReverseReceipt) => ({ clientId: receipt.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  reason: ({ reason, note }) => (note === null ? reason : `${reason}: ${note}`),
  async run(write, input) {
    const wrong = badKey(input.idempotencyKey) ?? (input.note === null ? null : badReason(input.note))
    if (wrong !== null) return wrong
    const opened = await openReceipt(write, input, 'reverse', { mayUndo: true })
    if (isRefusal(opened)) return opened
    const refused = opened.book.reverse(input.receipt.id, input.reason)
    if (refused !== null) return refused
    await closeBook(write, opened, () => 'receipt.reversed', { tell: { reason: input.reason } })
    return done(write, input.receipt.id)
  },
})

export type ReinstateReceipt = OnReceipt & { readonly reason: string; readonly idempotencyKey: string }

export const reinstateReceipt = command({
  name: 'cash.reinstateReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, IdempotencyMismatch],
  scope: ({ receipt }: ReinstateReceipt) => ({ clientId: receipt.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  reason: ({ reason }) => reason,
  async run(write, input) {
    const wrong = badKey(input.idempotencyKey) ?? badReason(input.reason)
    if (wrong !== null) return wrong
    const opened = await openReceipt(write, input, 'reinstate', { mayFree: true })
    if (isRefusal(opened)) return opened
    opened.book.reinstate(input.receipt.id, input.reason)
    await closeBook(write, opened, () => 'receipt.reinstated')
    return done(write, input.receipt.id)
  },
})

/** Buckets that a person may move money between; applying and reversing have commands of their own. */
export type Placeable = Exclude<Bucket, 'APPLIED' | 'REVERSED'>

const places: Readonly<Record<Placeable, readonly Placeable[]>> = {
  UNAPPLIED: ['ON_ACCOUNT', 'REFUNDED', 'CHARGES'],
  ON_ACCOUNT: ['UNAPPLIED', 'REFUNDED'],
  UNIDENTIFIED: ['REFUNDED', 'CHARGES'],
  // A refund that came back, or was never sent; a charge that was none.
  REFUNDED: ['UNAPPLIED', 'UNIDENTIFIED'],
  CHARGES: ['UNAPPLIED', 'UNIDENTIFIED'],
}

export type PlaceReceipt = OnReceipt & {
  readonly from: Placeable
  readonly to: Placeable
  readonly amount: Amount
  readonly reason: string
  readonly idempotencyKey: string
}

export const placeReceipt = command({
  name: 'cash.placeReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, BucketTooSmall, VersionConflict, IllegalMove, IdempotencyMismatch],
  scope: ({ receipt }: PlaceReceipt) => ({ clientId: receipt.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  reason: ({ reason }) => reason,
  async run(write, input) {
    const { from, to, amount, reason } = input
    const wrong = badKey(input.idempotencyKey) ?? badReason(reason)
    if (wrong !== null) return wrong
    const amountMinor = readAmount(amount)
    if (isRefusal(amountMinor)) return amountMinor
    if (!places[from].includes(to))
      return new InvalidInput(`from ${from} money goes to ${places[from].join(' or ')}`, ['input', 'to'])
    const opened = await openReceipt(write, input, 'place', { mayFree: true })
    if (isRefusal(opened)) return opened
    const [receipt] = opened.receipts
    if (receipt?.currency !== amount.currency)
      return new InvalidInput(`the receipt is in ${receipt?.currency}`, ['input', 'amount', 'currency'])
    const isKnown = receipt.customerId !== null
    if ((to === 'UNAPPLIED' && !isKnown) || (to === 'UNIDENTIFIED' && isKnown)) {
      const right = isKnown ? 'UNAPPLIED: its customer is known' : 'UNIDENTIFIED: nobody is known to have paid it'
      return new InvalidInput(`money of this receipt goes back to ${right}`, ['input', 'to'])
    }
    const moved = opened.book.move(receipt.id, { from, to, amountMinor, reason })
    if (isRefusal(moved)) return moved
    await closeBook(write, opened, () => 'receipt.moved', { tell: { from, to } })
    return done(write, receipt.id)
  },
})

export type ConfirmReceipt = OnReceipt & { readonly stage: 'POSTED' | 'CLEARED'; readonly reference: string | null }

export const confirmReceipt = command({
  name: 'cash.confirmReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ receipt }: ConfirmReceipt) => ({ clientId: receipt.clientId }),
  async run(write, input) {
    const { stage, reference } = input
    if (stage === 'POSTED' && (reference === null || reference.trim() === '' || reference.length > 60))
      return new InvalidInput('a posting has the ledger’s document number, 1 to 60 characters', ['input', 'reference'])
    const opened = await openReceipt(write, input, stage === 'POSTED' ? 'confirmPosting' : 'confirmClearing')
    if (isRefusal(opened)) return opened
    opened.book.learn(input.receipt.id, stage === 'POSTED' ? { postedReference: reference } : { isCleared: true })
    await closeBook(write, opened, () => 'receipt.confirmed')
    return done(write, input.receipt.id)
  },
})

export const chaseSteps = ['REMITTANCE_REQUESTED', 'PAYER_RESEARCHED', 'ESCHEAT_REVIEW'] as const
export type ChaseStep = (typeof chaseSteps)[number]

export type ChaseReceipt = OnReceipt & { readonly step: ChaseStep; readonly note: string }

export const chaseReceipt = command({
  name: 'cash.chaseReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ receipt }: ChaseReceipt) => ({ clientId: receipt.clientId }),
  reason: ({ step, note }) => `${step}: ${note}`,
  async run(write, input) {
    const { step, note } = input
    if (note.trim() === '' || note.length > 400) return new InvalidInput('a note has 1 to 400 characters', ['input', 'note'])
    const opened = await openReceipt(write, input, step === 'ESCHEAT_REVIEW' ? 'reviewForEscheat' : 'chase')
    if (isRefusal(opened)) return opened
    const { id } = input.receipt
    if (step === 'ESCHEAT_REVIEW') {
      opened.book.learn(id, { isEscheatReview: true })
      await closeBook(write, opened, () => 'receipt.chased', { tell: { step } })
    } else {
      const receipt = opened.book.receipt(id)
      await noteChase(write, id)
      const payload = {
        receiptId: id,
        customerId: receipt?.customerId ?? null,
        state: receipt?.state,
        stateBefore: receipt?.state,
        step,
      }
      write.emit({ area: 'cash', name: 'receipt.chased', payload })
    }
    return done(write, id)
  },
})

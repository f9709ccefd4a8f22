import { isRefusal } from '../../kernel/refusal.ts'
import { type Bucket, type Buckets, moved, startingBuckets } from './buckets.ts'
import { type ReceiptState, receiptState } from './receipt-states.ts'
import { AlreadyReversed, BucketTooSmall, CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'

/**
 * The money of some receipts and open items while it is worked on: held by a command, changed here, written at its end. It
 * knows no database, so what must hold of it can be tried a thousand times a second.
 */

export const applicationKinds = [
  'CASH',
  'DISCOUNT_EARNED',
  'DISCOUNT_UNEARNED',
  'WRITE_OFF',
  'WITHHOLDING_TAX',
  'BANK_FEE',
  'FX_DIFFERENCE',
] as const
export type ApplicationKind = (typeof applicationKinds)[number]
export type AdjustmentKind = Exclude<ApplicationKind, 'CASH'>

export type ReversalReason = 'NSF' | 'STOP' | 'DUPLICATE' | 'WRONG_ENTITY' | 'BANK_RECALL'

export type BookReceipt = {
  readonly id: string
  readonly customerId: string | null
  readonly legalEntityId: string | null
  readonly currency: string
  readonly amountMinor: bigint
  readonly buckets: Buckets
  readonly hasRemittance: boolean
  readonly isEscheatReview: boolean
  readonly postedReference: string | null
  readonly isCleared: boolean
  readonly reversalReason: ReversalReason | null
  readonly state: ReceiptState
  readonly version: number
}

export type BookItem = {
  readonly id: string
  readonly customerId: string
  readonly legalEntityId: string
  readonly kind: 'INVOICE' | 'DEBIT_MEMO' | 'CREDIT_MEMO'
  readonly number: string
  readonly currency: string
  readonly originalMinor: bigint
  readonly openMinor: bigint
}

/** A row of the ledger. Amounts have the sign of the item: a credit memo is settled by amounts below zero. */
export type BookApplication = {
  readonly id: string
  readonly settlementId: string
  readonly receiptId: string
  readonly openItemId: string
  readonly kind: ApplicationKind
  readonly currency: string
  readonly amountMinor: bigint
  readonly receiptMinor: bigint
  readonly reversesId: string | null
  readonly reason: string | null
  readonly isFalseMatch: boolean
  readonly matchId: string | null
}

export type BookMove = {
  readonly id: string
  readonly receiptId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly from: Exclude<Bucket, 'APPLIED'>
  readonly to: Exclude<Bucket, 'APPLIED'>
  readonly reason: string | null
}

/** What one receipt does to one item: cash, and what settles the rest of it without cash. */
export type Settlement = {
  readonly receiptId: string
  readonly openItemId: string
  /** In the item's currency; below zero for a credit memo. */
  readonly cashMinor: bigint
  /** What the cash is in the receipt's currency, where that is another one and somebody said so. */
  readonly receiptMinor?: bigint
  readonly adjustments?: readonly { readonly kind: AdjustmentKind; readonly amountMinor: bigint }[]
  readonly matchId?: string | null
}

export type BookFacts = {
  readonly receipts: readonly BookReceipt[]
  readonly items: readonly BookItem[]
  /** Rows of the receipts at hand that somebody may want to undo, with those that undid some. */
  readonly applications?: readonly BookApplication[]
  /** By customer: whoever may pay for them, themselves left out. */
  readonly payersOf?: ReadonlyMap<string, ReadonlySet<string>>
  readonly newId: () => string
}

export type Book = ReturnType<typeof openBook>

export const openBook = ({ receipts, items, applications = [], payersOf = new Map(), newId }: BookFacts) => {
  const receiptsById = new Map(receipts.map((receipt) => [receipt.id, receipt]))
  const itemsById = new Map(items.map((item) => [item.id, item]))
  const before = { receipts: new Map(receiptsById), items: new Map(itemsById) }
  const known = new Map(applications.map((application) => [application.id, application]))
  const undone = new Set(applications.flatMap(({ reversesId }) => (reversesId === null ? [] : [reversesId])))
  const added = { applications: [] as BookApplication[], moves: [] as BookMove[] }

  /** How to take back what was done since a mark: see `attempt`. */
  const undoing: (() => void)[] = []
  const put = <Row extends { readonly id: string }>(rows: Map<string, Row>, row: Row) => {
    const was = rows.get(row.id)
    undoing.push(() => (was === undefined ? rows.delete(row.id) : rows.set(row.id, was)))
    rows.set(row.id, row)
  }
  const push = <Row>(rows: Row[], row: Row) => {
    undoing.push(() => rows.pop())
    rows.push(row)
  }

  /** Several steps of which none stands where one is refused. */
  const attempt = <T>(work: () => T): T => {
    const mark = undoing.length
    const outcome = work()
    if (isRefusal(outcome)) for (const back of undoing.splice(mark).reverse()) back()
    return outcome
  }

  const receiptOf = (id: string): BookReceipt => {
    const receipt = receiptsById.get(id)
    if (receipt === undefined) throw new Error('a receipt is used that the book does not hold')
    return receipt
  }
  const itemOf = (id: string): BookItem => {
    const item = itemsById.get(id)
    if (item === undefined) throw new Error('an open item is used that the book does not hold')
    return item
  }

  const keep = (receipt: BookReceipt): BookReceipt => {
    const kept = { ...receipt, state: receiptState(receipt) }
    put(receiptsById, kept)
    return kept
  }

  const write = (application: Omit<BookApplication, 'id'>): BookApplication => {
    const row = { ...application, id: newId() }
    put(known, row)
    push(added.applications, row)
    const item = itemOf(row.openItemId)
    put(itemsById, { ...item, openMinor: item.openMinor - row.amountMinor })
    const receipt = receiptOf(row.receiptId)
    // What was booked in the client's ledger is not what it was: it has to be booked anew.
    keep({
      ...receipt,
      buckets: moved(receipt.buckets, 'UNAPPLIED', 'APPLIED', row.receiptMinor),
      postedReference: null,
      isCleared: false,
    })
    return row
  }

  /** Puts a part of a receipt against an item, and what goes with it. All of it or, with a refusal, nothing. */
  const settle = (settlement: Settlement): readonly BookApplication[] | CurrencyMismatch | OverApplied | WrongCustomer => {
    const receipt = receiptOf(settlement.receiptId)
    const item = itemOf(settlement.openItemId)
    const refused = refusalOf(receipt, item, settlement, payersOf)
    if (refused !== null) return refused
    const { cashMinor, receiptMinor = cashMinor, adjustments = [], matchId = null } = settlement
    const settlementId = newId()
    const row = (kind: ApplicationKind, amountMinor: bigint, fromReceipt: bigint) =>
      write({
        settlementId,
        receiptId: receipt.id,
        openItemId: item.id,
        kind,
        currency: item.currency,
        amountMinor,
        receiptMinor: fromReceipt,
        reversesId: null,
        reason: null,
        isFalseMatch: false,
        matchId,
      })
    const rows = cashMinor === 0n ? [] : [row('CASH', cashMinor, receiptMinor)]
    for (const { kind, amountMinor } of adjustments) if (amountMinor !== 0n) rows.push(row(kind, amountMinor, 0n))
    return rows
  }

  /** Undoes a settlement, row by row, each by a row of its own. */
  const undo = (
    settlementId: string,
    { reason, isFalseMatch = false }: { readonly reason: string; readonly isFalseMatch?: boolean },
  ): readonly BookApplication[] | AlreadyReversed => {
    const rows = [...known.values()].filter((row) => row.settlementId === settlementId && row.reversesId === null)
    const standing = rows.filter(({ id }) => !undone.has(id))
    if (standing.length === 0) return new AlreadyReversed('application', ['input', 'application'])
    return standing.map((row) => {
      undone.add(row.id)
      undoing.push(() => undone.delete(row.id))
      return write({
        ...row,
        amountMinor: -row.amountMinor,
        receiptMinor: -row.receiptMinor,
        reversesId: row.id,
        reason,
        isFalseMatch,
      })
    })
  }

  /** Settlements of a receipt that stand: nobody undid them. */
  const standingOf = (receiptId: string): string[] => [
    ...new Set(
      [...known.values()]
        .filter((row) => row.receiptId === receiptId && row.reversesId === null && !undone.has(row.id))
        .map(({ settlementId }) => settlementId),
    ),
  ]

  const move = (
    receiptId: string,
    { from, to, amountMinor, reason }: Omit<BookMove, 'id' | 'receiptId' | 'currency'>,
  ): BookMove | BucketTooSmall => {
    const receipt = receiptOf(receiptId)
    if (amountMinor > receipt.buckets[from])
      return new BucketTooSmall({ minor: receipt.buckets[from], currency: receipt.currency })
    const row = { id: newId(), receiptId, currency: receipt.currency, amountMinor, from, to, reason }
    push(added.moves, row)
    keep({ ...receipt, buckets: moved(receipt.buckets, from, to, amountMinor) })
    return row
  }

  /** The bank takes the money back: every application falls, and so does every other use of it. */
  const reverse = (receiptId: string, reason: ReversalReason): null | AlreadyReversed | BucketTooSmall => {
    const receipt = receiptOf(receiptId)
    if (receipt.buckets.REVERSED > 0n) return new AlreadyReversed('receipt', ['input', 'receipt'])
    // What was paid back went out; until it is back, the bank cannot have taken it as well.
    if (receipt.buckets.REFUNDED > 0n) {
      return new BucketTooSmall({ minor: receipt.amountMinor - receipt.buckets.REFUNDED, currency: receipt.currency }, [
        'input',
        'receipt',
      ])
    }
    for (const settlementId of standingOf(receiptId)) {
      const undoing = undo(settlementId, { reason, isFalseMatch: false })
      if (isRefusal(undoing)) throw undoing
    }
    for (const from of ['UNAPPLIED', 'UNIDENTIFIED', 'ON_ACCOUNT', 'CHARGES'] as const) {
      const amountMinor = receiptOf(receiptId).buckets[from]
      if (amountMinor > 0n) move(receiptId, { from, to: 'REVERSED', amountMinor, reason })
    }
    keep({ ...receiptOf(receiptId), reversalReason: reason, postedReference: null, isCleared: false })
    return null
  }

  /** A reversal that was told in error: the money is there, and to be decided about anew. */
  const reinstate = (receiptId: string, reason: string) => {
    const receipt = receiptOf(receiptId)
    const to = receipt.customerId === null ? 'UNIDENTIFIED' : 'UNAPPLIED'
    keep({ ...receipt, reversalReason: null })
    return move(receiptId, { from: 'REVERSED', to, amountMinor: receipt.buckets.REVERSED, reason })
  }

  const identify = (receiptId: string, customerId: string) => {
    const receipt = keep({ ...receiptOf(receiptId), customerId, isEscheatReview: false })
    const { UNIDENTIFIED: amountMinor } = receipt.buckets
    if (amountMinor > 0n) move(receiptId, { from: 'UNIDENTIFIED', to: 'UNAPPLIED', amountMinor, reason: null })
  }

  const learn = (
    receiptId: string,
    facts: Partial<Pick<BookReceipt, 'hasRemittance' | 'isEscheatReview' | 'postedReference' | 'isCleared'>>,
  ) => keep({ ...receiptOf(receiptId), ...facts })

  const add = (
    receipt: Omit<
      BookReceipt,
      'buckets' | 'state' | 'version' | 'postedReference' | 'isCleared' | 'reversalReason' | 'isEscheatReview'
    >,
  ) =>
    keep({
      ...receipt,
      buckets: startingBuckets(receipt.amountMinor, receipt.customerId !== null),
      isEscheatReview: false,
      postedReference: null,
      isCleared: false,
      reversalReason: null,
      state: 'RECEIVED',
      version: 0,
    })

  /** A bucket below zero: a credit was taken off what is no longer paid. Nothing of that kind may be written. */
  const isShort = (receiptId: string): boolean => Object.values(receiptOf(receiptId).buckets).some((amount) => amount < 0n)

  const changes = () => ({
    applications: added.applications as readonly BookApplication[],
    moves: added.moves as readonly BookMove[],
    receipts: [...receiptsById.values()].filter((receipt) => receipt !== before.receipts.get(receipt.id)),
    items: [...itemsById.values()].flatMap((item) => {
      const was = before.items.get(item.id)
      // One that was settled anew by as much as was undone is not what it was either: other money keeps it.
      return was === undefined || was === item ? [] : [{ item, settledMinor: was.openMinor - item.openMinor }]
    }),
    stateBefore: (id: string): ReceiptState => before.receipts.get(id)?.state ?? 'RECEIVED',
  })

  return {
    receipt: (id: string) => receiptsById.get(id) ?? null,
    item: (id: string) => itemsById.get(id) ?? null,
    application: (id: string) => known.get(id) ?? null,
    isUndone: (id: string) => undone.has(id),
    mayPay: (payerId: string, customerId: string) => payerId === customerId || payersOf.get(customerId)?.has(payerId) === true,
    attempt,
    isShort,
    standingOf,
    add,
    settle,
    undo,
    move,
    reverse,
    reinstate,
    identify,
    learn,
    changes,
  }
}

const size = (amount: bigint) => (amount < 0n ? -amount : amount)

/** Why a settlement cannot be; neither side is ever left on the other side of zero. */
const refusalOf = (
  receipt: BookReceipt,
  item: BookItem,
  { cashMinor, receiptMinor, adjustments = [] }: Settlement,
  payersOf: ReadonlyMap<string, ReadonlySet<string>>,
): CurrencyMismatch | OverApplied | WrongCustomer | null => {
  if (receipt.currency !== item.currency && receiptMinor === undefined)
    return new CurrencyMismatch(receipt.currency, item.currency)
  if (receipt.customerId === null)
    return new WrongCustomer('nobody is known to have paid this receipt; identify its customer first', ['input', 'receipt'])
  if (receipt.customerId !== item.customerId && payersOf.get(item.customerId)?.has(receipt.customerId) !== true)
    return new WrongCustomer('the item belongs to another customer than the receipt', ['input', 'openItem'])

  const isCredit = item.kind === 'CREDIT_MEMO'
  const parts = [cashMinor, ...adjustments.map(({ amountMinor }) => amountMinor)]
  // An item is settled in its own direction: a credit by amounts below zero, everything else by amounts above.
  const hasWrongSign = parts.some((part) => (isCredit ? part > 0n : part < 0n)) || size(item.openMinor) === 0n
  const total = parts.reduce((sum, part) => sum + part, 0n)
  const fromReceipt = receiptMinor ?? cashMinor
  const left = receipt.buckets.UNAPPLIED
  if (hasWrongSign || size(total) > size(item.openMinor) || fromReceipt > left) {
    const room = isCredit || hasWrongSign ? 0n : least(left, item.openMinor)
    return new OverApplied({ minor: room > 0n ? room : 0n, currency: item.currency })
  }
  return null
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)

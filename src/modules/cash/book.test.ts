import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRefusal } from '../../kernel/refusal.ts'
import { isDeclared } from '../../kernel/state-machine.ts'
import { type Book, type BookItem, type BookReceipt, openBook, type ReversalReason } from './book.ts'
import { bucketNames, startingBuckets, sumOf } from './buckets.ts'
import { receiptMachine, receiptState } from './receipt-states.ts'
import { CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'

const ids = () => {
  let count = 0
  return () => `row-${++count}`
}

const aReceipt = (facts: Partial<BookReceipt> = {}): BookReceipt => {
  const { amountMinor = 30_000n, customerId = 'acme' } = facts
  const receipt = {
    id: 'r1',
    customerId,
    legalEntityId: null,
    currency: 'USD',
    amountMinor,
    buckets: startingBuckets(amountMinor, customerId !== null),
    hasRemittance: false,
    isEscheatReview: false,
    postedReference: null,
    isCleared: false,
    reversalReason: null,
    version: 1,
    state: 'RECEIVED' as const,
    ...facts,
  }
  return { ...receipt, state: receiptState(receipt) }
}

const anItem = (facts: Partial<BookItem> = {}): BookItem => ({
  id: 'i1',
  customerId: 'acme',
  legalEntityId: 'le1',
  kind: 'INVOICE',
  number: '9040010088',
  currency: 'USD',
  originalMinor: 50_000n,
  openMinor: 50_000n,
  ...facts,
})

const bookOf = (receipts: BookReceipt[], items: BookItem[], payersOf = new Map<string, ReadonlySet<string>>()) =>
  openBook({ receipts, items, payersOf, newId: ids() })

const settle = (book: Book, cashMinor: bigint, facts: object = {}) =>
  book.settle({ receiptId: 'r1', openItemId: 'i1', cashMinor, ...facts })

describe('settling an item', () => {
  it('moves the amount from the receipt onto the item', () => {
    const book = bookOf([aReceipt()], [anItem()])
    expect(settle(book, 20_000n)).toMatchObject([{ kind: 'CASH', amountMinor: 20_000n, receiptMinor: 20_000n }])
    expect(book.receipt('r1')).toMatchObject({ buckets: { APPLIED: 20_000n, UNAPPLIED: 10_000n }, state: 'REMITTANCE_MISSING' })
    expect(book.item('i1')?.openMinor).toBe(30_000n)
  })

  it('takes all that is left on either side, and no cent more', () => {
    expect(isRefusal(settle(bookOf([aReceipt()], [anItem()]), 30_000n))).toBe(false)
    expect(settle(bookOf([aReceipt()], [anItem()]), 30_001n)).toMatchObject({ code: 'OVER_APPLIED', room: { minor: 30_000n } })
    const rich = aReceipt({ amountMinor: 90_000n })
    expect(settle(bookOf([rich], [anItem()]), 50_001n)).toMatchObject({ room: { minor: 50_000n } })
  })

  it.each([
    ['another currency', aReceipt(), anItem({ currency: 'EUR' }), CurrencyMismatch],
    ['a stranger’s item', aReceipt(), anItem({ customerId: 'other' }), WrongCustomer],
    ['a receipt of nobody known', aReceipt({ customerId: null }), anItem(), WrongCustomer],
    ['a settled item', aReceipt(), anItem({ openMinor: 0n }), OverApplied],
    ['a credit memo, by an amount above zero', aReceipt(), anItem({ kind: 'CREDIT_MEMO', openMinor: -500n }), OverApplied],
  ])('refuses %s', (_case, receipt, item, refusal) => {
    const book = bookOf([receipt], [item])
    expect(settle(book, 100n)).toBeInstanceOf(refusal)
    expect(book.changes()).toMatchObject({ applications: [], receipts: [], items: [] })
  })

  it('of a child is paid by whoever stands above it', () => {
    const book = bookOf([aReceipt()], [anItem({ customerId: 'child' })], new Map([['child', new Set(['acme'])]]))
    expect(settle(book, 100n)).toMatchObject([{ amountMinor: 100n }])
  })

  it('takes a credit memo off: the receipt pays for more than it is', () => {
    const credit = anItem({ id: 'c1', kind: 'CREDIT_MEMO', openMinor: -5_000n })
    const book = bookOf([aReceipt({ amountMinor: 45_000n })], [anItem(), credit])
    book.settle({ receiptId: 'r1', openItemId: 'c1', cashMinor: -5_000n })
    expect(settle(book, 50_000n)).toMatchObject([{ amountMinor: 50_000n }])
    expect(book.receipt('r1')).toMatchObject({ buckets: { APPLIED: 45_000n, UNAPPLIED: 0n }, state: 'MATCHED' })
    expect([book.item('i1')?.openMinor, book.item('c1')?.openMinor]).toEqual([0n, 0n])
  })

  it('closes it with a discount and a write-off that take no money of the receipt', () => {
    const adjustments = [
      { kind: 'DISCOUNT_EARNED', amountMinor: 19_990n },
      { kind: 'WRITE_OFF', amountMinor: 10n },
    ] as const
    const book = bookOf([aReceipt()], [anItem()])
    expect(settle(book, 30_000n, { adjustments })).toMatchObject([
      { receiptMinor: 30_000n },
      { receiptMinor: 0n },
      { receiptMinor: 0n },
    ])
    expect(book.item('i1')?.openMinor).toBe(0n)
    expect(
      settle(bookOf([aReceipt()], [anItem()]), 30_000n, { adjustments: [{ kind: 'WRITE_OFF', amountMinor: 20_001n }] }),
    ).toMatchObject({
      code: 'OVER_APPLIED',
    })
  })

  it('in another currency needs to be told what it is in the receipt’s', () => {
    const book = bookOf([aReceipt({ currency: 'EUR' })], [anItem()])
    expect(settle(book, 32_000n, { receiptMinor: 30_000n })).toMatchObject([
      { currency: 'USD', amountMinor: 32_000n, receiptMinor: 30_000n },
    ])
    expect(book.receipt('r1')?.buckets.UNAPPLIED).toBe(0n)
  })

  it('takes back word from the ledger that it was booked', () => {
    const item = anItem()
    const book = bookOf([aReceipt()], [item])
    settle(book, 30_000n)
    book.learn('r1', { postedReference: 'DZ-1', isCleared: true })
    const [row] = book.changes().applications
    expect(book.receipt('r1')?.state).toBe('CLEARED')
    book.undo(row?.settlementId ?? '', { reason: 'wrong item' })
    expect(book.receipt('r1')).toMatchObject({ state: 'REMITTANCE_MISSING', postedReference: null })
  })
})

describe('undoing', () => {
  it('a settlement turns each of its rows round, once', () => {
    const book = bookOf([aReceipt()], [anItem()])
    const rows = settle(book, 29_000n, { adjustments: [{ kind: 'BANK_FEE', amountMinor: 1_000n }] })
    if (isRefusal(rows)) throw rows
    const [{ settlementId, id } = { settlementId: '', id: '' }] = rows
    expect(book.undo(settlementId, { reason: 'wrong', isFalseMatch: true })).toMatchObject([
      { amountMinor: -29_000n, receiptMinor: -29_000n, reversesId: id, isFalseMatch: true },
      { kind: 'BANK_FEE', amountMinor: -1_000n, receiptMinor: 0n },
    ])
    expect(book.receipt('r1')?.buckets).toEqual(startingBuckets(30_000n, true))
    expect(book.item('i1')?.openMinor).toBe(50_000n)
    expect(book.undo(settlementId, { reason: 'again' })).toMatchObject({ code: 'ALREADY_REVERSED' })
  })

  it('a receipt takes everything it did back, and the money is gone', () => {
    const book = bookOf([aReceipt()], [anItem()])
    settle(book, 10_000n)
    settle(book, 5_000n)
    book.move('r1', { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amountMinor: 7_000n, reason: 'kept' })
    expect(book.reverse('r1', 'NSF')).toBeNull()
    expect(book.receipt('r1')).toMatchObject({
      state: 'REVERSED',
      reversalReason: 'NSF',
      buckets: { REVERSED: 30_000n, ON_ACCOUNT: 0n },
    })
    expect(book.item('i1')?.openMinor).toBe(50_000n)
    expect(book.reverse('r1', 'NSF')).toMatchObject({ code: 'ALREADY_REVERSED' })
    book.reinstate('r1', 'the bank erred')
    expect(book.receipt('r1')).toMatchObject({ reversalReason: null, buckets: { UNAPPLIED: 30_000n, REVERSED: 0n } })
  })

  it('waits for what was paid back', () => {
    const book = bookOf([aReceipt()], [])
    book.move('r1', { from: 'UNAPPLIED', to: 'REFUNDED', amountMinor: 1n, reason: 'paid twice' })
    expect(book.reverse('r1', 'BANK_RECALL')).toMatchObject({ code: 'BUCKET_TOO_SMALL' })
  })
})

describe('an attempt', () => {
  it('that is refused leaves nothing of its steps', () => {
    const book = bookOf([aReceipt()], [anItem()])
    settle(book, 1_000n)
    const [first] = book.changes().applications
    const before = [book.receipt('r1'), book.item('i1')]
    const outcome = book.attempt(() => {
      book.undo(first?.settlementId ?? '', { reason: 'replaced' })
      book.move('r1', { from: 'UNAPPLIED', to: 'CHARGES', amountMinor: 5n, reason: 'fee' })
      return settle(book, 60_000n)
    })
    expect(outcome).toMatchObject({ code: 'OVER_APPLIED' })
    expect([book.receipt('r1'), book.item('i1')]).toEqual(before)
    expect(book.changes()).toMatchObject({ applications: [first], moves: [] })
    expect(isRefusal(book.undo(first?.settlementId ?? '', { reason: 'now' }))).toBe(false)
  })
})

type Step =
  | { do: 'settle'; item: number; amount: bigint; discount: bigint }
  | { do: 'undo'; at: number }
  | { do: 'move'; from: 0 | 1 | 2 | 3; to: 0 | 1 | 2; amount: bigint }
  | { do: 'reverse'; reason: ReversalReason }
  | { do: 'reinstate' }
  | { do: 'identify' }
  | { do: 'learn' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('settle' as const),
    item: fc.nat(2),
    amount: fc.bigInt(-3_000n, 9_000n),
    discount: fc.bigInt(0n, 50n),
  }),
  fc.record({ do: fc.constant('undo' as const), at: fc.nat(20) }),
  fc.record({
    do: fc.constant('move' as const),
    from: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
    to: fc.constantFrom(0 as const, 1 as const, 2 as const),
    amount: fc.bigInt(1n, 4_000n),
  }),
  fc.record({ do: fc.constant('reverse' as const), reason: fc.constantFrom('NSF' as const, 'STOP' as const) }),
  fc.record({ do: fc.constant('reinstate' as const) }),
  fc.record({ do: fc.constant('identify' as const) }),
  fc.record({ do: fc.constant('learn' as const) }),
)
const from = ['UNAPPLIED', 'ON_ACCOUNT', 'REFUNDED', 'CHARGES'] as const
const to = ['ON_ACCOUNT', 'REFUNDED', 'CHARGES'] as const

const take = (book: Book, one: Step) => {
  const receipt = book.receipt('r1')
  if (receipt === null) return
  if (one.do === 'settle') {
    const adjustments = one.amount > 0n ? [{ kind: 'DISCOUNT_EARNED' as const, amountMinor: one.discount }] : []
    book.attempt(() => book.settle({ receiptId: 'r1', openItemId: `i${one.item}`, cashMinor: one.amount, adjustments }))
  }
  if (one.do === 'undo')
    book.attempt(() => book.undo(book.changes().applications[one.at]?.settlementId ?? '', { reason: 'undone' }))
  if (one.do === 'move') {
    const target = from[one.from] === 'UNAPPLIED' ? to[one.to] : 'UNAPPLIED'
    book.move('r1', { from: from[one.from], to: target, amountMinor: one.amount, reason: 'moved' })
  }
  if (one.do === 'reverse') book.attempt(() => book.reverse('r1', one.reason) ?? 'done')
  if (one.do === 'reinstate' && receipt.state === 'REVERSED') book.reinstate('r1', 'found')
  if (one.do === 'identify' && receipt.customerId === null && receipt.state !== 'REVERSED') book.identify('r1', 'acme')
  if (one.do === 'learn') book.learn('r1', { hasRemittance: true })
}

describe('whatever is done in whatever order', () => {
  const items = () => [
    anItem({ id: 'i0', openMinor: 6_000n }),
    anItem({ id: 'i1', openMinor: 9_000n }),
    anItem({ id: 'i2', kind: 'CREDIT_MEMO', openMinor: -2_500n }),
  ]

  it('the buckets are the receipt, and the ledger is the buckets and the items', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, isKnown) => {
        const book = bookOf([aReceipt({ amountMinor: 10_000n, customerId: isKnown ? 'acme' : null })], items())
        for (const one of steps) {
          take(book, one)
          const receipt = book.receipt('r1')
          const { applications, moves } = book.changes()
          if (receipt === null) throw new Error('the receipt is gone')
          expect(sumOf(receipt.buckets)).toBe(10_000n)
          expect(receipt.buckets.APPLIED).toBe(applications.reduce((sum, row) => sum + row.receiptMinor, 0n))
          for (const bucket of bucketNames.filter(
            (name) => name !== 'APPLIED' && name !== 'UNAPPLIED' && name !== 'UNIDENTIFIED',
          )) {
            const held = moves.reduce(
              (sum, row) => sum + (row.to === bucket ? row.amountMinor : 0n) - (row.from === bucket ? row.amountMinor : 0n),
              0n,
            )
            expect(receipt.buckets[bucket]).toBe(held)
            expect(held >= 0n).toBe(true)
          }
          for (const { id, openMinor, kind } of items()) {
            const settled = applications.filter((row) => row.openItemId === id).reduce((sum, row) => sum + row.amountMinor, 0n)
            expect(book.item(id)?.openMinor).toBe(openMinor - settled)
            expect(kind === 'CREDIT_MEMO' ? openMinor - settled <= 0n : openMinor - settled >= 0n).toBe(true)
          }
          const undone = applications.flatMap(({ reversesId }) => (reversesId === null ? [] : [reversesId]))
          expect(new Set(undone).size).toBe(undone.length)
        }
      }),
    )
  })

  it('a receipt moves only as its machine declares', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, isKnown) => {
        const book = bookOf([aReceipt({ amountMinor: 10_000n, customerId: isKnown ? 'acme' : null })], items())
        for (const one of steps) {
          const before = book.receipt('r1')?.state ?? 'RECEIVED'
          take(book, one)
          const after = book.receipt('r1')?.state ?? 'RECEIVED'
          expect(isDeclared(receiptMachine, before, after), `${before} to ${after} by ${one.do}`).toBe(true)
        }
      }),
    )
  })
})

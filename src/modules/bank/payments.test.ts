import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BankEntry, EntryDetail } from './formats/model.ts'
import { cutText, isMoneyIn, isTakenBack, linesOf, paymentsIn } from './payments.ts'

const detail = (facts: Partial<EntryDetail> = {}): EntryDetail => ({
  amountMinor: 10_000n,
  references: [],
  payerName: null,
  payerAccount: null,
  text: '',
  remittance: [],
  instructed: null,
  chargesMinor: null,
  ...facts,
})
const entry = (details: readonly EntryDetail[], facts: Partial<BankEntry> = {}): BankEntry => ({
  line: 1,
  account: 'A',
  currency: 'EUR',
  amountMinor: 10_000n,
  direction: 'CREDIT',
  isReversal: false,
  status: 'BOOKED',
  bookedOn: '2026-03-02',
  valueOn: null,
  typeCode: null,
  bankReference: 'B-1',
  details,
  raw: '',
  ...facts,
})
const amounts = (of: BankEntry) => paymentsIn(of).map(({ amountMinor }) => amountMinor)

describe('money comes with an entry', () => {
  it.each<[string, Partial<BankEntry>, boolean]>([
    ['that is a booked credit', {}, true],
    ['unless it left', { direction: 'DEBIT' }, false],
    ['unless it is only announced', { status: 'PENDING' }, false],
    ['unless it is only told', { status: 'INFORMATION' }, false],
    ['unless it takes back what left', { isReversal: true }, false],
    ['unless there is none', { amountMinor: 0n }, false],
  ])('%s', (_case, facts, is) => {
    expect(isMoneyIn(entry([detail()], facts))).toBe(is)
    expect(paymentsIn(entry([detail()], facts))).toHaveLength(is ? 1 : 0)
  })

  it('and is taken back by a booked reversal that leaves', () => {
    expect(isTakenBack(entry([detail()], { isReversal: true, direction: 'DEBIT' }))).toBe(true)
    expect(isTakenBack(entry([detail()], { direction: 'DEBIT' }))).toBe(false)
    expect(isTakenBack(entry([detail()], { isReversal: true, direction: 'DEBIT', status: 'PENDING' }))).toBe(false)
  })
})

describe('the payments of an entry', () => {
  const [a, b] = [detail({ amountMinor: 4_000n }), detail({ amountMinor: 6_000n })]

  it('are those that are told, where they make up the entry', () => expect(amounts(entry([a, b]))).toEqual([4_000n, 6_000n]))

  it('are what is left of them, where the bank kept its charges', () => {
    const charged = detail({ amountMinor: 6_200n, chargesMinor: 200n })
    expect(paymentsIn(entry([a, charged]))).toMatchObject([{ amountMinor: 4_000n }, { amountMinor: 6_000n, chargesMinor: 200n }])
  })

  it.each<[string, readonly EntryDetail[]]>([
    ['do not add up', [a, a]],
    ['are not told', [a, detail({ amountMinor: null })]],
    ['go the other way in part', [detail({ amountMinor: 11_000n }), detail({ amountMinor: -1_000n })]],
    ['are told of one alone', [detail({ amountMinor: 9_000n })]],
  ])('are one where they %s', (_case, details) => expect(amounts(entry(details))).toEqual([10_000n]))

  it('are above zero and add up to the entry, whatever is told of them', () => {
    const some = fc.array(
      fc.record({
        amountMinor: fc.option(fc.bigInt(-50n, 5_000n), { nil: null }),
        chargesMinor: fc.option(fc.bigInt(1n, 50n), { nil: null }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(some, fc.bigInt(1n, 9_000n), fc.boolean(), (told, other, isSum) => {
        const sum = told.reduce((total, { amountMinor }) => total + (amountMinor ?? 0n), 0n)
        const amountMinor = isSum && sum > 0n ? sum : other
        const found = amounts(entry(told.map(detail), { amountMinor }))
        expect(found.every((minor) => minor > 0n)).toBe(true)
        expect(found.reduce((total, minor) => total + minor, 0n)).toBe(amountMinor)
      }),
    )
  })
})

describe('what is told of a payment', () => {
  it('is called by the bank’s reference, then by the payer’s, and never by nothing', () => {
    const endToEnd = { kind: 'END_TO_END', value: 'E-1' } as const
    const name = (of: BankEntry) => paymentsIn(of)[0]?.reference
    expect(name(entry([detail({ references: [endToEnd] })]))).toBe('B-1')
    expect(name(entry([detail({ references: [endToEnd] })], { bankReference: null }))).toBe('E-1')
    expect(name(entry([detail({ text: 'INV 7\nmore' })], { bankReference: null }))).toBe('INV 7')
    expect(name(entry([detail()], { bankReference: null }))).toBe('NONREF')
  })

  it('has its references in the text once, those of the text left out', () => {
    const references = [
      { kind: 'END_TO_END', value: 'E-1' },
      { kind: 'OTHER', value: 'INV-7' },
    ] as const
    expect(paymentsIn(entry([detail({ references, text: 'pays INV-7' })]))[0]?.text).toBe('pays INV-7\nB-1\nE-1')
  })

  it('names a payer where all payments in it name the same', () => {
    const of = (...names: (string | null)[]) =>
      paymentsIn(entry(names.map((payerName) => detail({ payerName, amountMinor: null }))))[0]?.payerName
    expect(of('Acme', 'Acme')).toBe('Acme')
    expect(of('Acme', 'Bolt')).toBeNull()
  })

  it('fits into a receipt, however long it is', () => {
    const long = 'x😀'.repeat(6_000)
    const [payment] = paymentsIn(entry([detail({ payerName: long, payerAccount: long, text: long })], { bankReference: long }))
    expect(payment?.reference.length).toBeLessThanOrEqual(140)
    expect(payment?.payerName?.length).toBeLessThanOrEqual(300)
    expect(payment?.payerAccount?.length).toBeLessThanOrEqual(60)
    expect(payment?.text.length).toBeLessThanOrEqual(8_000)
    for (const text of [payment?.reference, payment?.payerName, payment?.text]) expect(text?.isWellFormed()).toBe(true)
  })

  it('is cut without half a character, and without what no text column holds', () => {
    expect(cutText('ab😀', 3)).toBe('ab')
    expect(cutText('a\0b', 9)).toBe('a\ufffdb')
  })
})

describe('the documents of several payments', () => {
  const document = {
    line: 4,
    qualifier: 'CINV',
    reference: 'INV-1',
    paidMinor: 4_000n,
    invoicedMinor: null,
    discountMinor: null,
    documentOn: null,
    adjustments: [],
  }

  it('are those that they name, and a line for each that names none', () => {
    const named = detail({ amountMinor: 4_000n, remittance: [document] })
    const creditor = detail({ amountMinor: 3_000n, references: [{ kind: 'CREDITOR', value: 'RF18' }], text: 'thanks' })
    const free = detail({ amountMinor: 3_000n, text: 'INV-3\nplease' })
    expect(linesOf([named, creditor, free])).toMatchObject([
      document,
      { reference: 'RF18', paidMinor: 3_000n },
      { reference: 'INV-3 please', paidMinor: 3_000n },
    ])
  })

  it('of one payment are what it names, and nothing is made up', () => {
    expect(linesOf([detail({ text: 'INV-3' })])).toEqual([])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { customers, policyWith } from '../../../test/matching/facts.ts'
import { numberDigits, numberKey } from './references.ts'
import {
  type BookFacts,
  createBook,
  defaultMatchingPolicy,
  lookupKeys,
  type Match,
  type MatchItem,
  type MatchingPolicy,
  type MatchLine,
  type MatchReceipt,
  matchReceipt,
  type PayerAlias,
  type SettledItem,
  takeMatch,
} from './rules.ts'

// Whatever ledgers and payments look like. Numbers come from so few that they collide in every way: with letters, zeros and
// separators, across customers, entities and currencies, and with items that are paid.

const numbers = [
  '4711815',
  '04711815',
  'INV-4711815',
  '4711-815',
  '4711816',
  'RE 4711815',
  'A4711815',
  '47118',
  '1042',
  'INV-1042',
  '0',
  '2026-01-10',
]
const number = fc.constantFrom(...numbers)
const customerId = fc.constantFrom('acme', 'north', 'holding', 'bolt', 'unlisted')
const currency = fc.constantFrom('EUR', 'EUR', 'EUR', 'USD')
const legalEntityId = fc.constantFrom('DE01', 'DE01', 'FR01')
const amount = fc.oneof(fc.constantFrom(100n, 100_000n, 98_000n, 50_000n), fc.bigInt(1n, 200_000n))
const day = fc.constantFrom('2026-01-10', '2026-01-24', '2026-02-09')

const items: fc.Arbitrary<MatchItem[]> = fc
  .array(
    fc.record({
      customerId,
      legalEntityId,
      number,
      currency,
      openMinor: fc.oneof(
        amount,
        amount,
        amount.map((each) => -each),
      ),
      discount: fc.option(fc.record({ percentMilli: fc.constantFrom(2_000, 3_125), until: day }), { nil: null }),
      dueOn: day,
      isDisputed: fc.boolean(),
    }),
    { maxLength: 8 },
  )
  .map((list) =>
    list.map((each, at) => ({
      ...each,
      id: `item-${at}`,
      kind: each.openMinor < 0n ? 'CREDIT_MEMO' : 'INVOICE',
      originalMinor: each.openMinor,
      documentOn: '2026-01-10',
    })),
  )

const settled: fc.Arbitrary<SettledItem[]> = fc.array(
  fc.record({ id: fc.uuid(), customerId, number, currency, originalMinor: amount, closedOn: day }),
  { maxLength: 3 },
)
const aliases: fc.Arbitrary<PayerAlias[]> = fc.array(
  fc.record({ customerId, kind: fc.constantFrom('NAME', 'ACCOUNT'), value: fc.constantFrom('ACME PAYS', 'DE1234') }),
  { maxLength: 2 },
)
const facts: fc.Arbitrary<BookFacts> = fc.record({ items, settled, aliases, customers: fc.constant(customers) })

const written = fc
  .array(fc.oneof(number, fc.constantFrom('INV', 'PO', 'KDNR 70001', ',', '/', '1.000,00', 'CREDIT NOTE', '#')), { maxLength: 5 })
  .chain((parts) => fc.constantFrom(' ', '').map((joint) => parts.join(joint)))
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

const line: fc.Arbitrary<MatchLine> = fc.record({
  reference: orNull(fc.oneof(number, written)),
  paidMinor: orNull(
    fc.oneof(
      amount,
      amount,
      amount.map((each) => -each),
      fc.constant(0n),
    ),
  ),
  discountMinor: orNull(fc.constantFrom(2_000n, 0n, -5n)),
  deductions: fc.array(
    fc.record({ amountMinor: fc.oneof(amount, fc.constant(-7n)), code: orNull(fc.constant('04')), codeList: fc.constant(null) }),
    {
      maxLength: 2,
    },
  ),
})

const receipt: fc.Arbitrary<MatchReceipt> = fc
  .record({
    id: fc.constant('receipt'),
    customerId: orNull(customerId),
    legalEntityId: orNull(legalEntityId),
    currency,
    amountMinor: fc.oneof(amount, amount, fc.constant(0n)),
    usedMinor: fc.constantFrom(0n, 0n, 5_000n),
    valueOn: day,
    payerName: orNull(fc.constantFrom('ACME FOODS', 'Acme Holding', 'Bolt and Sons', 'ACME PAYS', 'Nobody')),
    payerAccount: orNull(fc.constantFrom('DE1234', 'FR77')),
    reference: orNull(written),
    texts: fc.array(written, { maxLength: 2 }),
    chargesMinor: orNull(fc.constantFrom(0n, 1_500n)),
    instructed: orNull(fc.record({ minor: amount, currency })),
    lines: fc.array(line, { maxLength: 4 }),
  })
  .map(({ usedMinor, ...each }) => ({ ...each, receivedMinor: each.amountMinor + usedMinor }))

type World = { readonly facts: BookFacts; readonly receipt: MatchReceipt; readonly policy: MatchingPolicy }

/** A world, and in half of the cases a payment of some of its items, told in one way or another, that nearly adds up. */
const world = fc
  .record({
    facts,
    receipt,
    isOfItems: fc.boolean(),
    paidCount: fc.integer({ min: 1, max: 3 }),
    way: fc.constantFrom('AMOUNTS', 'NUMBERS', 'TEXT'),
    offMinor: fc.constantFrom(0n, 0n, 0n, 1n, -1n, 1_500n),
    policy: fc.boolean(),
  })
  .map(({ facts, receipt, isOfItems, paidCount, way, offMinor, policy: isBold }): World => {
    const policy = isBold ? bold : defaultMatchingPolicy
    const paid = facts.items.slice(0, paidCount)
    const amountMinor = paid.reduce<bigint>((sum, { openMinor }) => sum + openMinor, offMinor)
    const [first] = paid
    if (!isOfItems || first === undefined || amountMinor < 0n) return { facts, receipt, policy }
    const told = { discountMinor: null, deductions: [] }
    const lines = paid.map(({ number, openMinor }) => ({
      reference: number,
      paidMinor: way === 'AMOUNTS' ? openMinor : null,
      ...told,
    }))
    const texts = way === 'TEXT' ? [paid.map((item) => item.number).join(', ')] : []
    const { currency, legalEntityId } = first
    const payment = { ...receipt, currency, legalEntityId, amountMinor, receivedMinor: amountMinor, texts, reference: null }
    return { facts, receipt: { ...payment, lines: way === 'TEXT' ? [] : lines }, policy }
  })

const runs = 400

const bold = policyWith({
  fuzzy: { distanceMax: 2, lengthMin: 5, isAutomatic: true },
  payer: { familyIsAutomatic: true },
  tolerance: { shareMaxBp: 10_000, byCurrency: { EUR: 5_000 } },
  deduction: { unstatedIsAutomatic: true, statedMaxBp: 10_000 },
  discount: { unearnedIsAutomatic: true, graceDays: 30 },
  withholding: { ratesBp: [1_000, 2_000], isAutomatic: true },
  bankFee: { unstatedMaxMinor: { EUR: 3_000 } },
  overPaid: { isAutomatic: true, use: 'ON_ACCOUNT' },
})
const size = (minor: bigint) => (minor < 0n ? -minor : minor)
const always = (check: (world: { facts: BookFacts; receipt: MatchReceipt; match: Match }) => void, numRuns = runs) =>
  fc.assert(
    fc.property(world, ({ facts, receipt, policy }) =>
      check({ facts, receipt, match: matchReceipt(createBook(facts), receipt, policy) }),
    ),
    { numRuns },
  )

describe('a match, whatever comes', () => {
  it('shares out just the receipt, and never more than it', () => {
    always(({ receipt, match }) => {
      const cash = match.lines.reduce((sum, { effects }) => sum + effects.cashMinor, 0n)
      expect(cash + match.restMinor).toBe(receipt.amountMinor)
      expect(match.restMinor).toBeGreaterThanOrEqual(0n)
      expect(match.restMinor).toBeLessThanOrEqual(receipt.amountMinor)
      expect(match.restUse === 'NONE').toBe(match.restMinor === 0n)
    })
  })

  it('gives no item more than it has open, on either side of zero', () => {
    always(({ facts, match }) => {
      const open = new Map(facts.items.map(({ id, openMinor }) => [id, openMinor]))
      const seen = new Set<string>()
      for (const { itemId, effects } of match.lines) {
        if (itemId === null) {
          expect(effects).toMatchObject({ cashMinor: 0n, settledMinor: 0n, deductions: [] })
          continue
        }
        expect(seen.has(itemId)).toBe(false)
        seen.add(itemId)
        const openMinor = open.get(itemId) ?? 0n
        const deducted = effects.deductions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
        expect(effects.settledMinor === 0n || effects.settledMinor < 0n === openMinor < 0n).toBe(true)
        expect(size(effects.settledMinor) + effects.discountUnearnedMinor + deducted).toBeLessThanOrEqual(size(openMinor))
        const { discountEarnedMinor, discountUnearnedMinor, writeOffMinor, bankFeeMinor, withholdingMinor, fxMinor } = effects
        const parts = [discountEarnedMinor, discountUnearnedMinor, writeOffMinor, bankFeeMinor, withholdingMinor, fxMinor]
        for (const each of parts) expect(each).toBeGreaterThanOrEqual(0n)
      }
    })
  })

  it('is automatic by reference alone, in one currency, for one family and one legal entity', () => {
    let automatic = 0
    always(({ facts, receipt, match }) => {
      if (match.outcome !== 'AUTOMATIC') return
      automatic += 1
      const book = createBook(facts)
      expect(match.lines.length).toBeGreaterThan(0)
      expect(match.payer.customerId).not.toBeNull()
      expect(match.notes.filter(({ isBlocking }) => isBlocking)).toEqual([])
      for (const { itemId, rule, outcome, itemCurrency, found, candidates } of match.lines) {
        const item = facts.items.find(({ id }) => id === itemId)
        expect(rule?.id.startsWith('REFERENCE_')).toBe(true)
        expect(found).not.toBeNull()
        expect(candidates[0]?.itemId).toBe(itemId)
        expect(itemCurrency).toBe(receipt.currency)
        expect(['AMBIGUOUS', 'NO_OPEN_ITEM', 'DUPLICATE', 'PAID_WRONG_ENTITY', 'FX_DIFFERENCE']).not.toContain(outcome)
        expect(receipt.legalEntityId ?? item?.legalEntityId).toBe(item?.legalEntityId)
        expect(book.headOf(item?.customerId ?? '')).toBe(book.headOf(match.payer.customerId ?? ''))
      }
    }, 4 * runs)
    expect(automatic).toBeGreaterThan(runs / 10)
  })

  it('never moves money between currencies silently', () => {
    always(({ receipt, match }) => {
      for (const { itemCurrency, outcome, effects } of match.lines) {
        if (itemCurrency === null || itemCurrency === receipt.currency) continue
        expect(match.outcome).toBe('SUGGESTED')
        expect(['FX_DIFFERENCE', 'PAID_WRONG_ENTITY']).toContain(outcome)
        if (effects.cashMinor !== 0n) expect(receipt.instructed?.currency).toBe(itemCurrency)
      }
    })
  })

  it('is the same in whatever order the facts come', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 1, max: 7 }), ({ facts, receipt, policy }, turn) => {
        const turned = <T>(list: readonly T[] = []) => [...list.slice(turn), ...list.slice(0, turn)].toReversed()
        const other: BookFacts = {
          items: turned(facts.items),
          customers: turned(facts.customers),
          aliases: turned(facts.aliases),
          settled: turned(facts.settled),
        }
        expect(matchReceipt(createBook(other), receipt, policy)).toEqual(matchReceipt(createBook(facts), receipt, policy))
      }),
      { numRuns: runs },
    )
  })

  it('answers each line of the remittance, in order, with points between 0 and 1000', () => {
    always(({ receipt, match }) => {
      const answered = match.lines.map(({ lineIndex }) => lineIndex).filter((index) => index !== null)
      expect(answered).toEqual(answered.toSorted((a, b) => a - b))
      if (receipt.lines.some(({ reference }) => reference !== null && reference.trim() !== '') && receipt.amountMinor > 0n) {
        expect(new Set(answered)).toEqual(new Set(receipt.lines.keys()))
      }
      for (const { score, candidates } of match.lines) {
        for (const each of [score, ...candidates.map((candidate) => candidate.score)]) {
          expect(Number.isInteger(each) && each >= 0 && each <= 1_000).toBe(true)
        }
        expect(candidates.length).toBeLessThanOrEqual(10)
      }
    })
  })

  it('can be taken from the book, and a second time finds less', () => {
    fc.assert(
      fc.property(world, ({ facts, receipt, policy }) => {
        const book = createBook(facts)
        const settledOf = (match: Match, id: string) =>
          match.lines.find(({ itemId }) => itemId === id)?.effects.settledMinor ?? 0n
        const first = matchReceipt(book, receipt, policy)
        takeMatch(book, first)
        const second = matchReceipt(book, receipt, policy)
        takeMatch(book, second)
        for (const { id, openMinor } of facts.items) {
          expect(size(settledOf(first, id) + settledOf(second, id))).toBeLessThanOrEqual(size(openMinor))
        }
      }),
      { numRuns: runs },
    )
  })
})

describe('what is looked up before', () => {
  it('finds all that the match needs: with it and the items of the payer’s family the answer is the same', () => {
    fc.assert(
      fc.property(world, ({ facts, receipt, policy }) => {
        const match = matchReceipt(createBook(facts), receipt, policy)
        const book = createBook(facts)
        const keys = new Set(lookupKeys(receipt).keys)
        const digits = new Set(lookupKeys(receipt).digits)
        const family = match.payer.customerId === null ? null : book.headOf(match.payer.customerId)
        const isLoaded = ({ number, customerId }: { number: string; customerId: string }) =>
          keys.has(numberKey(number)) || digits.has(numberDigits(number)) || book.headOf(customerId) === family
        const loaded = { ...facts, items: facts.items.filter(isLoaded), settled: (facts.settled ?? []).filter(isLoaded) }
        expect(matchReceipt(createBook(loaded), receipt, policy)).toEqual(match)
      }),
      { numRuns: runs },
    )
  })

  it('is bounded, however long the remittance', () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => ({
      reference: `INV-2026/${1_000_000 + at}-${at}`,
      paidMinor: null,
      discountMinor: null,
      deductions: [],
    }))
    const [base] = fc.sample(receipt, { numRuns: 1, seed: 1 })
    if (base === undefined) throw new Error('no sample')
    expect(lookupKeys({ ...base, lines }).keys.length).toBeLessThanOrEqual(12_000)
    expect(lookupKeys({ ...base, lines: [], texts: ['A1B2 '.repeat(9_000)] }).keys.length).toBeLessThanOrEqual(400)
  })

  it('names the payer in every way it may be known', () => {
    const [base] = fc.sample(receipt, { numRuns: 1, seed: 1 })
    if (base === undefined) throw new Error('no sample')
    const known = { ...base, payerName: 'Müller GmbH', payerAccount: 'de12 34', reference: null, texts: ['KDNR 070001'] }
    expect(lookupKeys(known)).toMatchObject({
      customerNumbers: expect.arrayContaining(['70001']),
      accounts: ['DE1234'],
      names: ['MULLER GMBH', 'MUELLER GMBH', 'MULLER', 'MUELLER'],
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Day } from '../../kernel/day.ts'
import { type CollectionFacts, type ItemSums, scoreCollection } from './collection-score.ts'
import { nobodyKnown } from './left-out.ts'
import { defaultStrategy, parseStrategy, type Strategy } from './strategy.ts'

const money = { baseCurrency: 'USD', planningRates: { EUR: '1.10', JPY: '0.0066' } }
const today: Day = '2027-03-10'
const punctual = { paidCount: 12, weightedMilliDaysLate: -2_000n, lastPaidOn: '2027-03-01' as Day }

const sums = (minor: bigint, days: bigint, facts: Partial<ItemSums> = {}): ItemSums => ({
  kind: 'INVOICE',
  currency: 'USD',
  openMinor: minor,
  overdueMinor: minor,
  disputedMinor: 0n,
  collectableMinor: minor,
  weightedDays: minor * days,
  itemCount: 1,
  overdueDays: Number(days),
  brokenPromises: 0,
  ...facts,
})
const owing = (...some: readonly ItemSums[]): CollectionFacts => ({ sums: some, customer: nobodyKnown, behaviour: punctual })

type Rules = Strategy['collections']
const rulesOf = (collections: object): Rules => {
  const parsed = parseStrategy({ collections })
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '))
  return parsed.collections
}
const only = (name: string, weight = 100): Rules => {
  const off = Object.fromEntries(Object.keys(defaultStrategy.collections.factors).map((one) => [one, { weight: 0 }]))
  return rulesOf({ factors: { ...off, [name]: { weight } } })
}
const score = (facts: CollectionFacts, rules: Rules = defaultStrategy.collections) => scoreCollection(facts, rules, money, today)
const pointsOf = (code: string, facts: CollectionFacts) => score(facts).factors.find((factor) => factor.code === code)?.points

// What collections were scored by before strategies were data: facts drawn once, and the points that the code of then gave.
// A change of one of these is a change of a queue whose client published nothing.
type Golden = readonly [
  amounts: readonly (readonly [currency: string, minor: string, days: number])[],
  daysLate: number | null,
  points: readonly number[],
]
const golden: readonly Golden[] = [
  [
    [
      ['JPY', '307000', 130],
      ['USD', '348', 122],
    ],
    31.39,
    [400, 91, 104],
  ],
  [
    [
      ['USD', '891000000', 100],
      ['USD', '47400', 123],
    ],
    60.21,
    [400, 400, 200],
  ],
  [
    [
      ['EUR', '653000', 11],
      ['JPY', '20600000', 16],
    ],
    null,
    [66, 304, 100],
  ],
  [
    [
      ['USD', '92800', 33],
      ['KWD', '68200000', 7],
    ],
    74.32,
    [31, 258, 200],
  ],
  [[['KWD', '565000000', 93]], 13.48, [400, 351, 44]],
  [[['USD', '51800000', 48]], 29.15, [213, 346, 97]],
  [
    [
      ['KWD', '146', 29],
      ['EUR', '42700000', 68],
    ],
    77.95,
    [297, 341, 200],
  ],
  [
    [
      ['JPY', '76800', 0],
      ['USD', '156000', 26],
    ],
    10.93,
    [84, 91, 36],
  ],
  [
    [
      ['USD', '29700000', 153],
      ['EUR', '869000000', 86],
    ],
    53.49,
    [391, 400, 178],
  ],
  [
    [
      ['KWD', '604000000', 129],
      ['EUR', '881000', 63],
    ],
    79.37,
    [400, 357, 200],
  ],
  [[['EUR', '163', 56]], 13.24, [248, 0, 44]],
  [
    [
      ['JPY', '336000000', 130],
      ['USD', '6240', 5],
    ],
    null,
    [400, 400, 100],
  ],
  [
    [
      ['USD', '96300000', 56],
      ['KWD', '60900', 0],
    ],
    -3.62,
    [244, 395, 0],
  ],
  [[['KWD', '5990', 97]], 64.2, [400, 0, 200]],
  [
    [
      ['EUR', '386000000', 138],
      ['EUR', '647000000', 136],
    ],
    29.08,
    [400, 400, 96],
  ],
  [
    [
      ['USD', '261000', 0],
      ['EUR', '135000', 108],
    ],
    73.88,
    [173, 114, 200],
  ],
  [
    [
      ['USD', '5170000', 107],
      ['JPY', '584000000', 29],
    ],
    23.48,
    [133, 400, 78],
  ],
  [[['KWD', '709000000', 120]], 43.87, [400, 367, 146]],
  [[['JPY', '7540', 26]], null, [115, 3, 100]],
  [
    [
      ['KWD', '278000000', 156],
      ['JPY', '41300000', 100],
    ],
    null,
    [400, 350, 100],
  ],
  [[['EUR', '7300', 11]], -8.73, [48, 6, 0]],
  [
    [
      ['JPY', '3630000', 114],
      ['EUR', '738', 43],
    ],
    null,
    [400, 198, 100],
  ],
  [[['KWD', '625', 114]], null, [400, 0, 100]],
  [
    [
      ['USD', '975000', 89],
      ['EUR', '9450', 58],
    ],
    -6.14,
    [391, 178, 0],
  ],
]

describe('the default strategy', () => {
  it.each(golden)('gives %j, paid %s days late, the points that it always gave', (amounts, daysLate, points) => {
    const some = amounts.map(([currency, minor, days]) => sums(BigInt(minor), BigInt(days), { currency }))
    const late = daysLate === null ? null : BigInt(Math.round(daysLate * 1_000))
    const { factors, score: total } = score({ ...owing(...some), behaviour: { ...punctual, weightedMilliDaysLate: late } })
    expect(factors.map(({ code }) => code)).toEqual(['OVERDUE_DAYS', 'AMOUNT', 'PAYMENT_RISK'])
    expect(factors.map((factor) => factor.points)).toEqual(points)
    expect(total).toBe(points.reduce((sum, point) => sum + point, 0))
  })

  it.each([
    ['a thousand', 100_000n, 80],
    ['ten thousand', 1_000_000n, 180],
    ['a hundred thousand', 10_000_000n, 300],
    ['a million', 100_000_000n, 400],
    ['ten million', 1_000_000_000n, 400],
  ])('amount: %s', (_case, minor, points) => {
    expect(pointsOf('AMOUNT', owing(sums(minor, 0n)))).toBe(points)
  })

  it.each([
    ['due today', 0n, 0],
    ['nine days', 9n, 40],
    ['ninety days', 90n, 400],
    ['a year', 365n, 400],
  ])('overdue: %s', (_case, days, points) => {
    expect(pointsOf('OVERDUE_DAYS', owing(sums(50_000n, days)))).toBe(points)
  })

  it.each([
    ['pays early', -5_000n, 0],
    ['pays a month late', 30_000n, 100],
    ['pays two months late', 60_000n, 200],
    ['pays half a year late', 180_000n, 200],
    ['never paid', null, 100],
  ])('risk: %s', (_case, weightedMilliDaysLate, points) => {
    const behaviour = { paidCount: 3, weightedMilliDaysLate, lastPaidOn: null }
    expect(pointsOf('PAYMENT_RISK', { ...owing(sums(50_000n, 1n)), behaviour })).toBe(points)
  })

  it('says which currencies it took at par', () => {
    expect(score(owing(sums(1_000n, 1n, { currency: 'KWD' }))).factors[1]?.input).toBe('1 USD to be collected, KWD at par')
  })
})

describe('a factor that a strategy asks for', () => {
  const credit = sums(-5_000_000n, 0n, { kind: 'CREDIT_MEMO', overdueMinor: 0n, collectableMinor: 0n, itemCount: 0 })
  it.each<[string, string, CollectionFacts, number, string]>([
    [
      'two of three broken promises',
      'brokenPromises',
      owing(sums(1_000n, 1n, { brokenPromises: 2 })),
      66,
      '2 promises past their day',
    ],
    ['no broken promise', 'brokenPromises', owing(sums(1_000n, 1n)), 0, '0 promises past their day'],
    [
      'a quarter disputed, credits aside',
      'disputedShare',
      owing(sums(300n, 1n), sums(100n, 0n, { kind: 'DEBIT_MEMO', disputedMinor: 100n, collectableMinor: 0n }), credit),
      75,
      '25 percent of what is open is disputed',
    ],
    ['nine days since a payment', 'daysSincePayment', owing(sums(1_000n, 1n)), 10, '9 days since the last payment'],
    [
      'no payment at all',
      'daysSincePayment',
      { ...owing(sums(1_000n, 1n)), behaviour: { paidCount: 0, weightedMilliDaysLate: null, lastPaidOn: null } },
      100,
      'no payment in the last year',
    ],
    ['ten items of twenty', 'itemCount', owing(sums(1_000n, 1n, { itemCount: 10 })), 50, '10 items to be collected'],
    ['a hundred thousand open, half of it paid for', 'exposure', owing(sums(10_000_000n, 0n), credit), 58, '50000 USD open'],
    ['more credit than debt', 'exposure', owing(sums(1_000n, 0n), credit), 0, '0 USD open'],
    [
      'a customer with a parent',
      'hierarchy',
      { ...owing(sums(1_000n, 1n)), customer: { ...nobodyKnown, hasParent: true } },
      100,
      'belongs to a parent',
    ],
    ['a customer without one', 'hierarchy', owing(sums(1_000n, 1n)), 0, 'has no parent'],
  ])('%s', (_case, name, facts, points, input) => {
    const { factors } = score(facts, only(name))
    expect(factors).toEqual([expect.objectContaining({ points, weight: 100, input })])
  })
})

describe('what a strategy leaves out', () => {
  const facts = owing(sums(99_900n, 5n), sums(100_000n, 40n, { kind: 'DEBIT_MEMO' }))
  it.each<[string, object, CollectionFacts, string | null]>([
    ['nothing', {}, facts, null],
    ['less than an amount', { amountMin: 2_000 }, facts, '1999 USD to be collected; the strategy takes 2000 or more'],
    ['not what is as much', { amountMin: 1_999 }, facts, null],
    ['what is not late enough', { overdueDaysMin: 41 }, facts, '40 days overdue; the strategy takes 41 or more'],
    ['not what is as late', { overdueDaysMin: 40 }, facts, null],
    [
      'days of items that it does not take',
      { overdueDaysMin: 6, itemKinds: ['INVOICE'] },
      facts,
      '5 days overdue; the strategy takes 6 or more',
    ],
    [
      'customers with other items alone',
      { itemKinds: ['DEBIT_MEMO'] },
      owing(sums(99_900n, 5n)),
      'only items of kinds that are not asked for; the strategy takes DEBIT_MEMO',
    ],
    [
      'a country',
      { countriesOut: [{ country: 'DE', reason: 'worked by the client' }] },
      { ...facts, customer: { ...nobodyKnown, countryCode: 'DE' } },
      'country DE: worked by the client',
    ],
    [
      'a customer',
      { customersOut: [{ number: '7', reason: 'group company' }] },
      { ...facts, customer: { ...nobodyKnown, number: '7' } },
      'customer 7: group company',
    ],
    ['nobody else', { customersOut: [{ number: '7', reason: 'group company' }] }, facts, null],
  ])('%s', (_case, inclusion, given, leftOut) => {
    const scored = score(given, rulesOf({ inclusion }))
    expect(scored).toMatchObject({ leftOut, isQueued: leftOut === null })
    if (leftOut !== null) expect(scored).toMatchObject({ score: 0, factors: [] })
  })

  it('is not asked for, and is open all the same', () => {
    const { amounts, itemCount } = score(facts, rulesOf({ inclusion: { itemKinds: ['INVOICE'] } }))
    expect(amounts).toMatchObject([{ openMinor: 199_900n, toBeCollectedMinor: 99_900n }])
    expect(itemCount).toBe(1)
  })
})

describe('every strategy', () => {
  const currency = fc.constantFrom('USD', 'EUR', 'JPY', 'KWD')
  const sum = fc
    .record({
      kind: fc.constantFrom('INVOICE' as const, 'DEBIT_MEMO' as const, 'CREDIT_MEMO' as const),
      currency,
      open: fc.bigInt(1n, 10n ** 11n),
      collectable: fc.nat(4),
      days: fc.nat(400),
      itemCount: fc.nat(30),
      brokenPromises: fc.nat(5),
    })
    .map(({ kind, open, collectable, days, itemCount, ...rest }): ItemSums => {
      const isCredit = kind === 'CREDIT_MEMO'
      const part = isCredit ? 0n : (open * BigInt(collectable)) / 4n
      const late = part > 0n ? days : 0
      return {
        ...rest,
        kind,
        openMinor: isCredit ? -open : open,
        overdueMinor: isCredit ? 0n : open,
        disputedMinor: isCredit ? 0n : open - part,
        collectableMinor: part,
        weightedDays: part * BigInt(late),
        itemCount: part > 0n ? itemCount + 1 : 0,
        overdueDays: late,
      }
    })
  const facts: fc.Arbitrary<CollectionFacts> = fc.record({
    sums: fc.uniqueArray(sum, { maxLength: 6, selector: ({ kind, currency: code }) => `${kind} ${code}` }),
    customer: fc.record({
      number: fc.option(fc.constantFrom('1', '2')),
      countryCode: fc.option(fc.constantFrom('DE', 'US')),
      hasParent: fc.boolean(),
    }),
    behaviour: fc.record({
      paidCount: fc.nat(9),
      weightedMilliDaysLate: fc.option(fc.bigInt(-90_000n, 200_000n)),
      lastPaidOn: fc.option(fc.constantFrom<Day>('2027-03-10', '2027-01-01', '2026-06-01')),
    }),
  })
  const ladder = fc
    .uniqueArray(fc.nat(2_000), { minLength: 1, maxLength: 5 })
    .chain((places) =>
      fc
        .array(fc.nat(100), { minLength: places.length, maxLength: places.length })
        .map((shares) => places.sort((a, b) => a - b).map((at, place) => ({ at, share: shares[place] ?? 0 }))),
    )
  const names = Object.keys(defaultStrategy.collections.factors)
  const rules = fc
    .record({
      weights: fc.array(fc.nat(111), { minLength: names.length, maxLength: names.length }),
      ladders: fc.array(ladder, { minLength: names.length, maxLength: names.length }),
      amountMin: fc.constantFrom(0, 0, 500),
      overdueDaysMin: fc.constantFrom(0, 0, 30),
      itemKinds: fc.constantFrom(['INVOICE'], ['INVOICE', 'DEBIT_MEMO']),
      isCountryOut: fc.boolean(),
    })
    .map(({ weights, ladders, isCountryOut, ...inclusion }) => {
      const factors = Object.fromEntries(names.map((name, place) => [name, { weight: weights[place], steps: ladders[place] }]))
      const countriesOut = isCountryOut ? [{ country: 'DE', reason: 'elsewhere' }] : []
      return rulesOf({ factors, inclusion: { ...inclusion, countriesOut } })
    })

  it('gives points that are whole, within their weights, and add up to the score', () => {
    let queued = 0
    fc.assert(
      fc.property(facts, rules, (given, by) => {
        const scored = score(given, by)
        if (scored.isQueued) queued += 1
        for (const { points, weight } of scored.factors)
          expect(Number.isInteger(points) && points >= 0 && points <= weight).toBe(true)
        expect(scored.factors.reduce((sum, { points }) => sum + points, 0)).toBe(scored.score)
        expect(scored.score).toBeLessThanOrEqual(1_000)
      }),
      { numRuns: 500 },
    )
    expect(queued).toBeGreaterThan(50)
  })

  it('queues nobody of whom nothing is to be collected, and says why where something is', () => {
    fc.assert(
      fc.property(facts, rules, (given, by) => {
        const { isQueued, leftOut, amounts } = score(given, by)
        const isAsked = amounts.some(({ toBeCollectedMinor }) => toBeCollectedMinor > 0n)
        if (isQueued) expect(isAsked).toBe(true)
        const isCollectable = given.sums.some(({ collectableMinor }) => collectableMinor > 0n)
        expect(isQueued || leftOut !== null).toBe(isCollectable)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same in whatever order the facts come', () => {
    fc.assert(
      fc.property(facts, rules, fc.infiniteStream(fc.nat()), (given, by, keys) => {
        const shuffled = given.sums
          .map((one) => ({ one, key: keys.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one)
        expect(score({ ...given, sums: shuffled }, by)).toEqual(score(given, by))
      }),
      { numRuns: 300 },
    )
  })

  it('by default never falls when more or later is due', () => {
    const amount = fc.bigInt(1n, 10n ** 12n)
    fc.assert(
      fc.property(amount, fc.bigInt(0n, 400n), amount, (minor, days, more) => {
        const richer = score(owing(sums(minor + more, days + 1n)))
        expect(richer.score).toBeGreaterThanOrEqual(score(owing(sums(minor, days))).score)
      }),
    )
  })
})

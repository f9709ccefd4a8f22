import { describe, expect, it } from 'vitest'
import { aLine, anItem, type Case, heldBackBy, matchOf } from '../../../test/matching/facts.ts'
import type { Effects, LineOutcome, MatchItem, MatchOutcome } from './rules.ts'

// What becomes of an amount: each outcome of a line, and both sides of each border.

const discount = { percentMilli: 2_000, until: '2026-01-24' } as const
const inTime = '2026-01-24'
const late = '2026-01-25'

type Expected = {
  readonly is: MatchOutcome
  readonly outcome: LineOutcome
  readonly effects: Partial<Effects>
  readonly heldBack?: readonly string[]
  readonly restMinor?: bigint
}

/** One invoice over 1,000.00, by number 4711815, and a payment of one line. */
const check = (given: Case & { readonly item?: Partial<MatchItem> }, expected: Expected) => {
  const match = matchOf([anItem('4711815', given.item ?? {})], given)
  const { is, outcome, effects, heldBack = [], restMinor = 0n } = expected
  expect(match.lines).toMatchObject([{ itemId: '4711815', outcome, effects }])
  expect(heldBackBy(match)).toEqual(heldBack)
  expect(match).toMatchObject({ outcome: is, restMinor })
}

const paying = (amountMinor: bigint, changes: Parameters<typeof aLine>[2] = {}) => ({
  amountMinor,
  lines: [aLine('4711815', amountMinor, changes)],
})
const naming = (amountMinor: bigint) => ({ amountMinor, texts: ['4711815'] })

/** Told in a line or left to the total: a single item is the same either way. */
const bothWays = [
  ['where the line says how much', paying],
  ['where only the item is named', naming],
] as const

describe.each(bothWays)('%s', (_way, of) => {
  it('all of it is exact', () => {
    check({ receipt: of(100_000n) }, { is: 'AUTOMATIC', outcome: 'EXACT', effects: { settledMinor: 100_000n } })
  })

  it.each<[string, bigint, object, Expected]>([
    [
      'as much as is small',
      99_900n,
      {},
      { is: 'AUTOMATIC', outcome: 'WITHIN_TOLERANCE', effects: { writeOffMinor: 100n, settledMinor: 100_000n } },
    ],
    [
      'one cent more',
      99_899n,
      {},
      {
        is: 'SUGGESTED',
        outcome: 'SHORT_PAY',
        effects: { deductions: [{ amountMinor: 101n, code: null, codeList: null }], settledMinor: 99_899n },
        heldBack: ['DEDUCTION_UNSTATED'],
      },
    ],
    [
      'one cent, where nothing is written off',
      99_999n,
      { tolerance: { allowWriteOff: false } },
      { is: 'SUGGESTED', outcome: 'SHORT_PAY', effects: { writeOffMinor: 0n }, heldBack: ['DEDUCTION_UNSTATED'] },
    ],
    [
      'what is small in money and not for the item',
      99_990n,
      { tolerance: { shareMaxBp: 0 } },
      { is: 'SUGGESTED', outcome: 'SHORT_PAY', effects: { writeOffMinor: 0n }, heldBack: ['DEDUCTION_UNSTATED'] },
    ],
    [
      'any part, where the policy lets short payments pass',
      50_000n,
      { deduction: { unstatedIsAutomatic: true } },
      { is: 'AUTOMATIC', outcome: 'SHORT_PAY', effects: { cashMinor: 50_000n, settledMinor: 50_000n } },
    ],
  ])('less %s', (_case, amountMinor, policy, expected) => check({ receipt: of(amountMinor), policy }, expected))

  it('more is applied up to what is open, and the rest stays', () => {
    const effects = { cashMinor: 100_000n, settledMinor: 100_000n }
    const heldBack = ['OVER_PAID', 'REST_LEFT']
    check({ receipt: of(100_001n) }, { is: 'SUGGESTED', outcome: 'OVER_PAY', effects, heldBack, restMinor: 1n })
    const policy = { overPaid: { isAutomatic: true } }
    check({ receipt: of(100_001n), policy }, { is: 'AUTOMATIC', outcome: 'OVER_PAY', effects, restMinor: 1n })
  })

  it('less the cash discount is earned up to its last day', () => {
    const effects = { cashMinor: 98_000n, discountEarnedMinor: 2_000n, settledMinor: 100_000n }
    const expected: Expected = { is: 'AUTOMATIC', outcome: 'DISCOUNT_EARNED', effects }
    check({ item: { discount }, receipt: { ...of(98_000n), valueOn: inTime } }, expected)
    check({ item: { discount }, receipt: { ...of(98_000n), valueOn: late }, policy: { discount: { graceDays: 1 } } }, expected)
  })

  it('less the cash discount is unearned from the day after, and still owed', () => {
    const effects = { cashMinor: 98_000n, discountUnearnedMinor: 2_000n, discountEarnedMinor: 0n, settledMinor: 98_000n }
    const receipt = { ...of(98_000n), valueOn: late } as const
    check(
      { item: { discount }, receipt },
      { is: 'SUGGESTED', outcome: 'DISCOUNT_UNEARNED', effects, heldBack: ['DISCOUNT_UNEARNED'] },
    )
    const policy = { discount: { unearnedIsAutomatic: true } }
    check({ item: { discount }, receipt, policy }, { is: 'AUTOMATIC', outcome: 'DISCOUNT_UNEARNED', effects })
  })

  it('less a discount that is rounded otherwise is earned within the rounding', () => {
    const item = { discount: { percentMilli: 2_125, until: inTime }, openMinor: 33_333n } as const
    const receipt = { ...of(32_624n), valueOn: inTime } as const
    check({ item, receipt }, { is: 'AUTOMATIC', outcome: 'DISCOUNT_EARNED', effects: { discountEarnedMinor: 709n } })
  })

  it('less what the banks say they kept is a bank fee', () => {
    const effects = { cashMinor: 98_500n, bankFeeMinor: 1_500n, settledMinor: 100_000n }
    const expected: Expected = { is: 'AUTOMATIC', outcome: 'BANK_FEE', effects }
    check({ receipt: { ...of(98_500n), chargesMinor: 1_500n } }, expected)
    check({ receipt: { ...of(98_500n), instructed: { minor: 100_000n, currency: 'EUR' } } }, expected)
    const policy = { bankFee: { statedIsAutomatic: false } }
    check({ receipt: { ...of(98_500n), chargesMinor: 1_500n }, policy }, { ...expected, is: 'SUGGESTED', heldBack: ['BANK_FEE'] })
  })

  it('less what banks usually keep is only ever suggested to be a fee', () => {
    const policy = { bankFee: { unstatedMaxMinor: { EUR: 1_500 } } }
    const fee: Expected = { is: 'SUGGESTED', outcome: 'BANK_FEE', effects: { bankFeeMinor: 1_500n }, heldBack: ['BANK_FEE'] }
    check({ receipt: of(98_500n), policy }, fee)
    const short: Expected = { is: 'SUGGESTED', outcome: 'SHORT_PAY', effects: {}, heldBack: ['DEDUCTION_UNSTATED'] }
    check({ receipt: of(98_499n), policy }, short)
  })

  it('less a rate of withholding tax is tax', () => {
    const policy = { withholding: { ratesBp: [1_000, 1_500] } }
    const effects = { cashMinor: 85_000n, withholdingMinor: 15_000n, settledMinor: 100_000n }
    const heldBack = ['WITHHOLDING_TAX']
    check({ receipt: of(85_000n), policy }, { is: 'SUGGESTED', outcome: 'WITHHOLDING_TAX', effects, heldBack })
    const bold = { withholding: { ratesBp: [1_500], isAutomatic: true } }
    check({ receipt: of(85_000n), policy: bold }, { is: 'AUTOMATIC', outcome: 'WITHHOLDING_TAX', effects })
    const rounded = { ...effects, cashMinor: 85_001n, withholdingMinor: 14_999n }
    check({ receipt: of(85_001n), policy: bold }, { is: 'AUTOMATIC', outcome: 'WITHHOLDING_TAX', effects: rounded })
  })

  it('bank charges tell nothing where a part of the receipt is used already', () => {
    const receipt = {
      ...of(98_500n),
      receivedMinor: 200_000n,
      chargesMinor: 1_500n,
      instructed: { minor: 201_500n, currency: 'EUR' },
    }
    check({ receipt }, { is: 'SUGGESTED', outcome: 'SHORT_PAY', effects: { bankFeeMinor: 0n }, heldBack: ['DEDUCTION_UNSTATED'] })
  })
})

describe('what the remittance states', () => {
  const damage = { amountMinor: 5_000n, code: '04', codeList: 'X12_426' }

  it('is a short payment with the payer’s own codes', () => {
    check(
      { receipt: paying(95_000n, { deductions: [damage] }) },
      { is: 'AUTOMATIC', outcome: 'SHORT_PAY', effects: { cashMinor: 95_000n, deductions: [damage], settledMinor: 95_000n } },
    )
  })

  it('may need a person: always, or above a share of the item', () => {
    const receipt = paying(95_000n, { deductions: [damage] })
    const effects = { deductions: [damage] }
    const held = (statedIsAutomatic: boolean, statedMaxBp: number) => ({ deduction: { statedIsAutomatic, statedMaxBp } })
    check(
      { receipt, policy: held(false, 10_000) },
      { is: 'SUGGESTED', outcome: 'SHORT_PAY', effects, heldBack: ['DEDUCTION_HELD'] },
    )
    check({ receipt, policy: held(true, 500) }, { is: 'AUTOMATIC', outcome: 'SHORT_PAY', effects })
    check(
      { receipt, policy: held(true, 499) },
      { is: 'SUGGESTED', outcome: 'SHORT_PAY', effects, heldBack: ['DEDUCTION_OVER_LIMIT'] },
    )
  })

  it('counts where the line does not say what was paid', () => {
    const receipt = { amountMinor: 95_000n, lines: [aLine('4711815', null, { deductions: [damage] })] }
    check({ receipt }, { is: 'AUTOMATIC', outcome: 'SHORT_PAY', effects: { cashMinor: 95_000n, deductions: [damage] } })
  })

  it('and does not explain all that is missing leaves the rest unexplained', () => {
    const deductions = [damage, { amountMinor: 5_000n, code: null, codeList: null }]
    check(
      { receipt: paying(90_000n, { deductions: [damage] }) },
      { is: 'SUGGESTED', outcome: 'SHORT_PAY', effects: { deductions }, heldBack: ['DEDUCTION_UNSTATED'] },
    )
  })

  it('is a discount, earned as far as the terms go', () => {
    const stated = { receipt: { ...paying(97_000n, { discountMinor: 3_000n }), valueOn: inTime } } as const
    const effects = { discountEarnedMinor: 2_000n, discountUnearnedMinor: 1_000n, settledMinor: 99_000n }
    check(
      { ...stated, item: { discount } },
      { is: 'SUGGESTED', outcome: 'DISCOUNT_UNEARNED', effects, heldBack: ['DISCOUNT_UNEARNED'] },
    )
    const less = { receipt: { ...paying(99_000n, { discountMinor: 1_000n }), valueOn: inTime }, item: { discount } } as const
    check(less, { is: 'AUTOMATIC', outcome: 'DISCOUNT_EARNED', effects: { discountEarnedMinor: 1_000n } })
    const none = { discountEarnedMinor: 0n, discountUnearnedMinor: 3_000n }
    check(stated, { is: 'SUGGESTED', outcome: 'DISCOUNT_UNEARNED', effects: none, heldBack: ['DISCOUNT_UNEARNED'] })
  })

  it('together with the payment is never more than the item has open', () => {
    const effects = { cashMinor: 98_000n, deductions: [{ ...damage, amountMinor: 2_000n }], settledMinor: 98_000n }
    const receipt = paying(98_000n, { deductions: [damage] })
    check({ receipt }, { is: 'SUGGESTED', outcome: 'SHORT_PAY', effects, heldBack: ['ADJUSTMENTS_EXCEED_ITEM'] })
  })

  it('for the payment as a whole goes to its largest line, for a person to see', () => {
    const items = [anItem('4711815'), anItem('4711900', { openMinor: 300_000n })]
    const lines = [aLine('4711815', 100_000n), aLine('4711900', 300_000n), aLine(null, -5_000n, { deductions: [damage] })]
    const match = matchOf(items, { receipt: { amountMinor: 395_000n, lines } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 0n })
    expect(match.lines.map(({ itemId, outcome, effects }) => [itemId, outcome, effects.cashMinor])).toEqual([
      ['4711815', 'EXACT', 100_000n],
      ['4711900', 'SHORT_PAY', 295_000n],
      [null, 'NO_OPEN_ITEM', 0n],
    ])
    expect(match.lines[1]?.effects.deductions).toEqual([damage])
  })

  it('is nothing: a line may name an item and pay nothing for it', () => {
    const match = matchOf([anItem('4711815'), anItem('4711900')], {
      receipt: { lines: [aLine('4711815', 0n), aLine('4711900', 100_000n)] },
    })
    expect(match.outcome).toBe('SUGGESTED')
    expect(match.lines[0]).toMatchObject({ outcome: 'AMBIGUOUS', effects: { cashMinor: 0n, deductions: [] } })
    expect(heldBackBy(match)).toEqual(['NOT_PAID'])
  })

  it('of an invoice below zero is a question', () => {
    const match = matchOf([anItem('4711815')], { receipt: { amountMinor: 5n, lines: [aLine('4711815', -5n)] } })
    expect(match.lines[0]).toMatchObject({ outcome: 'AMBIGUOUS', effects: { cashMinor: 0n } })
    expect(heldBackBy(match)).toContain('AMOUNT_SIGN')
  })
})

describe('several items without amounts', () => {
  const items = [
    anItem('4711815', { discount }),
    anItem('4711900', { openMinor: 50_000n, discount }),
    anItem('4711999', { openMinor: 30_000n }),
  ]
  const texts = ['4711815 4711900 4711999']
  const cash = (amountMinor: bigint, given: Case = {}) => {
    const match = matchOf(items, { ...given, receipt: { texts, amountMinor, valueOn: inTime, ...given.receipt } })
    return {
      match,
      cash: match.lines.map(({ effects }) => effects.cashMinor),
      outcomes: match.lines.map(({ outcome }) => outcome),
    }
  }

  it('are paid in full where they add up', () => {
    expect(cash(180_000n)).toMatchObject({ match: { outcome: 'AUTOMATIC' }, cash: [100_000n, 50_000n, 30_000n] })
  })

  it('are paid less all their discounts, or those that make up the difference', () => {
    expect(cash(177_000n)).toMatchObject({ match: { outcome: 'AUTOMATIC' }, cash: [98_000n, 49_000n, 30_000n] })
    expect(cash(179_000n)).toMatchObject({ cash: [100_000n, 49_000n, 30_000n], outcomes: ['EXACT', 'DISCOUNT_EARNED', 'EXACT'] })
  })

  it('bear a fee or a small difference on the largest', () => {
    expect(cash(179_500n, { receipt: { chargesMinor: 500n } })).toMatchObject({
      cash: [99_500n, 50_000n, 30_000n],
      outcomes: ['BANK_FEE', 'EXACT', 'EXACT'],
    })
    expect(cash(179_950n)).toMatchObject({ match: { outcome: 'AUTOMATIC' }, outcomes: ['WITHIN_TOLERANCE', 'EXACT', 'EXACT'] })
  })

  it('are filled in the order of the text where nothing explains what is missing, for a person to see', () => {
    const { match, cash: each, outcomes } = cash(120_000n)
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 0n })
    expect(each).toEqual([100_000n, 20_000n, 0n])
    expect(outcomes).toEqual(['EXACT', 'AMBIGUOUS', 'AMBIGUOUS'])
    expect(heldBackBy(match)).toEqual(['SPLIT_UNKNOWN'])
  })

  it('are those paid that the money is just enough for, where it is clear which were left out', () => {
    const { match, cash: each, outcomes } = cash(150_000n)
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 0n })
    expect(each).toEqual([100_000n, 50_000n, 0n])
    expect(outcomes).toEqual(['EXACT', 'EXACT', 'AMBIGUOUS'])
    expect(cash(130_000n).cash).toEqual([100_000n, 0n, 30_000n])
  })

  it('leave a rest where more was paid', () => {
    const { match } = cash(180_007n)
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 7n, restUse: 'UNAPPLIED' })
    expect(heldBackBy(match)).toEqual(['REST_LEFT'])
  })
})

describe('lines that tell of more than arrived', () => {
  const items = [anItem('4711815'), anItem('4711900', { openMinor: 50_000n })]
  const lines = [aLine('4711815', 100_000n), aLine('4711900', 50_000n)]
  const outcomesOf = (amountMinor: bigint, receipt: object = {}) => {
    const match = matchOf(items, { receipt: { amountMinor, lines, ...receipt } })
    return { match, lines: match.lines.map(({ outcome, effects }) => [outcome, effects.cashMinor]) }
  }

  it('lost a fee on the way', () => {
    expect(outcomesOf(148_500n, { chargesMinor: 1_500n })).toMatchObject({
      match: { outcome: 'AUTOMATIC', restMinor: 0n },
      lines: [
        ['BANK_FEE', 98_500n],
        ['EXACT', 50_000n],
      ],
    })
  })

  it('lost a cent', () => {
    expect(outcomesOf(149_999n).lines[0]).toEqual(['WITHIN_TOLERANCE', 99_999n])
  })

  it('are paid as far as the money goes, for a person to see', () => {
    const { match, lines: paid } = outcomesOf(120_000n)
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 20_000n })
    expect(paid).toEqual([
      ['EXACT', 100_000n],
      ['AMBIGUOUS', 0n],
    ])
    expect(heldBackBy(match)).toContain('LINES_EXCEED_RECEIPT')
  })
})

describe('credit memos', () => {
  const items = [anItem('4711815'), anItem('C900001', { openMinor: -20_000n })]
  const outcome = (amountMinor: bigint, credit: bigint | null, paid: bigint | null = 100_000n) =>
    matchOf(items, { receipt: { amountMinor, lines: [aLine('4711815', paid), aLine('C900001', credit)] } })

  it.each<[string, bigint | null, bigint | null]>([
    ['with a minus', -20_000n, 100_000n],
    ['without one', 20_000n, 100_000n],
    ['without an amount', null, 100_000n],
    ['where no amounts are told', null, null],
  ])('are netted %s', (_case, credit, paid) => {
    const match = outcome(80_000n, credit, paid)
    expect(match).toMatchObject({ outcome: 'AUTOMATIC', restMinor: 0n })
    expect(match.lines[1]).toMatchObject({ outcome: 'NETTING', effects: { cashMinor: -20_000n, settledMinor: -20_000n } })
  })

  it('are netted in part, and the rest of them stays open', () => {
    expect(outcome(90_000n, -10_000n)).toMatchObject({
      outcome: 'AUTOMATIC',
      lines: [{}, { effects: { settledMinor: -10_000n } }],
    })
  })

  it('may leave nothing to pay', () => {
    const even = [anItem('4711815', { openMinor: 20_000n }), anItem('C900001', { openMinor: -20_000n })]
    const lines = [aLine('4711815', 20_000n), aLine('C900001', -20_000n)]
    expect(matchOf(even, { receipt: { amountMinor: 0n, lines } })).toMatchObject({ outcome: 'AUTOMATIC', restMinor: 0n })
  })

  it('never make money: more of them than there is to pay is a question', () => {
    const few = [anItem('4711815', { openMinor: 5_000n }), anItem('C900001', { openMinor: -20_000n })]
    const lines = [aLine('4711815', 5_000n), aLine('C900001', -20_000n)]
    const match = matchOf(few, { receipt: { amountMinor: 100n, lines } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED' })
    expect(heldBackBy(match)).toContain('CREDITS_EXCEED_ITEMS')
    expect(match.restMinor).toBeGreaterThanOrEqual(0n)
  })

  it('for more than they have open are a question', () => {
    expect(heldBackBy(outcome(70_000n, -30_000n))).toContain('ADJUSTMENTS_EXCEED_ITEM')
  })
})

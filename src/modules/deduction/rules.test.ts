import { describe, expect, it } from 'vitest'
import { codingOf, disputeDays, judgeItem, missingOf, type OnItem, type ReasonRow, reasonOf } from './rules.ts'

const row = (facts: Partial<ReasonRow>): ReasonRow => ({
  ...{ customer: null, codeList: 'PAYER', code: '22', reason: 'FREIGHT', from: null, until: null },
  ...facts,
})
const stated = { code: '22', codeList: 'PAYER' }
const around = (rows: readonly ReasonRow[], customer: string | null = 'C1') => ({ rows, customer, day: '2026-03-09' as const })

describe('the reason of a code of X12 426', () => {
  it.each([
    ['a pricing error', '01', 'X12_426', 'PRICE'],
    ['the same without its zero', '1', 'X12_426', 'PRICE'],
    ['a shipment that was short', '06', 'X12_426', 'SHORT'],
    ['a cash discount', '76', 'X12_426', 'DISCOUNT'],
    ['an advertising allowance', '56', 'X12_426', 'PROMO'],
    ['a code of the list that means nothing here', '80', 'X12_426', 'UNKNOWN'],
    ['a code that is on no list', 'ZZ', 'X12_426', 'UNKNOWN'],
    ['a payer’s own code, until somebody says what it means', '01', 'PAYER', 'UNKNOWN'],
    ['no code at all', null, null, 'UNKNOWN'],
  ])('by default: %s', (_case, code, codeList, reason) => expect(reasonOf({ code, codeList })).toBe(reason))

  const pairs = Array.from({ length: 99 }, (_, index) => String(index + 1).padStart(2, '0'))
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].flatMap((letter) => [letter, `A${letter}`, `${letter}1`])

  it('is one of the usual ones or UNKNOWN for every code there is, and by the same code with or without its zero', () => {
    const usual = new Set([
      ...['PRICE', 'SHORT', 'DAMAGE', 'RETURN', 'FREIGHT', 'PROMO', 'REBATE', 'DISCOUNT', 'TAX', 'DOCS', 'DUPLICATE', 'NO_ITEM'],
      ...['FX', 'LATE_CHARGE', 'EARLIER', 'UNKNOWN'],
    ])
    for (const code of [...pairs, ...letters]) {
      const coding = codingOf({ code, codeList: 'X12_426' }, around([]))
      expect(usual).toContain(coding.reasonCode)
      expect(coding.by).toBe(coding.reasonCode === 'UNKNOWN' ? 'NOBODY' : 'X12')
      expect(codingOf({ code: code.replace(/^0/, ''), codeList: 'X12_426' }, around([]))).toEqual(coding)
    }
    const known = pairs.filter((code) => reasonOf({ code, codeList: 'X12_426' }) !== 'UNKNOWN')
    expect(known).toHaveLength(52)
  })
})

describe('the reason of a code', () => {
  it('is the customer’s before the client’s before the list’s before none', () => {
    const own = row({ customer: 'C1', reason: 'SHORT' })
    const all = row({ reason: 'PRICE' })
    expect(codingOf(stated, around([all, own]))).toMatchObject({ reasonCode: 'SHORT', by: 'CUSTOMER' })
    expect(codingOf(stated, around([all, own], 'C2'))).toMatchObject({ reasonCode: 'PRICE', by: 'CLIENT' })
    // A name without a number is nobody’s customer yet.
    expect(codingOf(stated, around([own], null))).toMatchObject({ reasonCode: 'UNKNOWN', by: 'NOBODY', note: null })
    const listed = { code: '1', codeList: 'X12_426' }
    expect(codingOf(listed, around([]))).toMatchObject({ reasonCode: 'PRICE', by: 'X12', note: 'X12_426 01' })
    const replaced = row({ codeList: 'X12_426', code: '01', reason: 'FREIGHT' })
    expect(codingOf(listed, around([replaced]))).toMatchObject({ reasonCode: 'FREIGHT', by: 'CLIENT' })
  })

  it.each([
    ['2026-03-09', null, 'FREIGHT'],
    ['2026-03-10', null, 'UNKNOWN'],
    [null, '2026-03-09', 'FREIGHT'],
    [null, '2026-03-08', 'UNKNOWN'],
  ] as const)('holds from %s until %s, both days among them', (from, until, reason) =>
    expect(codingOf(stated, around([row({ from, until })])).reasonCode).toBe(reason),
  )

  it('says by what it was given', () =>
    expect(codingOf(stated, around([row({ customer: 'C1', until: '2026-12-31' })])).note).toBe(
      'PAYER 22 of customer C1, from ever until 2026-12-31',
    ))
})

describe('the window of a dispute', () => {
  const rows = [
    { customer: 'C1', reason: null, days: 30 },
    { customer: 'C1', reason: 'PRICE', days: 10 },
  ]
  it.each([
    ['C1', 'PRICE', 10],
    ['C1', 'SHORT', 30],
    ['C2', 'SHORT', 90],
  ])('of %s for %s is %d days', (customer, reasonCode, days) =>
    expect(disputeDays({ reasonCode, customer }, { rows, ofReason: 90 })).toBe(days),
  )
})

it('documents that are missing are those that are asked for and not there', () => {
  expect(missingOf(['POD', 'BOL'], ['BOL', 'OTHER'])).toEqual(['POD'])
  expect(missingOf([], [])).toEqual([])
})

describe('what an item’s open amount says of its deductions', () => {
  const on = (id: string, amountMinor: bigint, is: OnItem['is']): OnItem => ({ id, amountMinor, is })
  const nothing = { repaid: [], reopened: [], posted: [] }
  const [old, late, approved, kept] = [
    on('a', 600n, 'OWED'),
    on('b', 400n, 'OWED'),
    on('c', 500n, 'APPROVED'),
    on('d', 200n, 'KEPT'),
  ]

  it('is nothing while it is open by all of them', () =>
    expect(judgeItem(1_700n, [old, late, approved, kept], 'CASH')).toEqual(nothing))
  it('is nothing while more of it is open', () => expect(judgeItem(9_000n, [old, late], 'LEDGER')).toEqual(nothing))
  it('is that the oldest is repaid that money covers whole', () => {
    expect(judgeItem(400n, [old, late], 'CASH')).toEqual({ ...nothing, repaid: ['a'] })
    expect(judgeItem(500n, [old, late], 'CASH')).toEqual({ ...nothing, repaid: ['b'] })
    expect(judgeItem(0n, [old, late], 'CASH')).toEqual({ ...nothing, repaid: ['a', 'b'] })
  })
  it('is that money posts nothing, and what the ledger takes off posts what was approved before it repays', () => {
    expect(judgeItem(600n, [old, approved], 'CASH')).toEqual(nothing)
    expect(judgeItem(600n, [old, approved], 'LEDGER')).toEqual({ ...nothing, posted: ['c'] })
    expect(judgeItem(0n, [old, approved], 'LEDGER')).toEqual({ ...nothing, posted: ['c'], repaid: ['a'] })
  })
  it('is that what was repaid is owed again once the money is taken back, and stays so as long as it is not', () => {
    const paid = on('a', 600n, 'REPAID')
    expect(judgeItem(400n, [paid, late], 'CASH')).toEqual(nothing)
    expect(judgeItem(1_000n, [paid, late], 'CASH')).toEqual({ ...nothing, reopened: ['a'] })
    // What repaid it earlier posts nothing.
    expect(judgeItem(500n, [paid, approved], 'LEDGER')).toEqual(nothing)
  })
})

import { describe, expect, it } from 'vitest'
import { needsApproval, templateFor, whyNotOwed } from './rules.ts'

const money = { baseCurrency: 'USD', planningRates: { JPY: '0.0066' } }

describe('needsApproval', () => {
  const of = (approvalFrom: string | undefined, totals: Record<string, bigint>) =>
    needsApproval({ approvalFrom }, new Map(Object.entries(totals)), money)

  it.each([
    ['without a bound nobody has to', undefined, { USD: 10_000_000n }, false],
    ['0 is always', '0', { USD: 1n }, true],
    ['a cent below', '100', { USD: 9_999n }, false],
    ['exactly', '100', { USD: 10_000n }, true],
    ['a fraction of a thousandth below', '100.0001', { USD: 10_000n }, false],
    ['two currencies together, at their planning rates', '100.00', { USD: 9_340n, JPY: 1_000n }, true],
    ['two currencies below', '100.01', { USD: 9_340n, JPY: 1_000n }, false],
    ['a currency without a rate', '1000000', { EUR: 1n }, true],
  ])('%s', (_case, approvalFrom, totals, expected) => expect(of(approvalFrom, totals)).toBe(expected))
})

describe('templateFor', () => {
  const templates = [
    { code: 'A', level: 1 },
    { code: 'B', level: 3 },
    { code: 'C', level: 3 },
  ]
  const of = (...codes: string[]) =>
    templateFor(
      { templates },
      codes.map((templateCode) => ({ templateCode })),
    )?.code

  it.each([
    ['the highest', ['A', 'B'], 'B'],
    ['in whichever order', ['B', 'A', 'A'], 'B'],
    ['of equals the first of the rules', ['C', 'B'], 'B'],
    ['of those that the rules have', ['GONE', 'A'], 'A'],
    ['none', ['GONE'], undefined],
  ])('%s', (_case, codes, expected) => expect(of(...codes)).toBe(expected))
})

describe('whyNotOwed', () => {
  const item = {
    customerId: 'c',
    kind: 'INVOICE',
    openMinor: 1n,
    isDisputed: false,
    closedOn: null,
    dueOn: '2026-01-31',
  } as const
  const asking = { customerId: 'c', covers: 'OVERDUE', today: '2026-02-01' } as const
  it.each([
    ['owed', item, null],
    ['a debit memo', { ...item, kind: 'DEBIT_MEMO' as const }, null],
    ['gone', undefined, 'MOVED'],
    ['another customer’s', { ...item, customerId: 'd' }, 'MOVED'],
    ['a credit', { ...item, kind: 'CREDIT_MEMO' as const, openMinor: -1n }, 'CREDIT'],
    ['paid', { ...item, openMinor: 0n }, 'PAID'],
    ['closed', { ...item, closedOn: '2026-01-01' as const }, 'PAID'],
    ['disputed', { ...item, isDisputed: true }, 'DISPUTED'],
  ])('%s', (_case, now, expected) => expect(whyNotOwed(now, asking)).toBe(expected))

  it('is what is due today or later only of a notice about everything that is open', () => {
    const today = { ...asking, today: '2026-01-31' } as const
    expect(whyNotOwed(item, today)).toBe('NOT_DUE')
    expect(whyNotOwed(item, { ...today, covers: 'ALL_OPEN' })).toBe(null)
  })
})

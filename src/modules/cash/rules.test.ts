import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRefusal } from '../../kernel/refusal.ts'
import { apply, CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'

const receipt = { customerId: 'acme', unappliedMinor: 300n, currency: 'USD' }
const item = { customerId: 'acme', openMinor: 500n, currency: 'USD' }

describe('apply', () => {
  it('moves the amount from the receipt onto the item', () => {
    expect(apply(200n, receipt, item)).toEqual({ unappliedMinor: 100n, openMinor: 300n })
  })

  it('takes all that is left on either side, and no cent more', () => {
    expect(apply(300n, receipt, item)).toEqual({ unappliedMinor: 0n, openMinor: 200n })
    expect(apply(301n, receipt, item)).toMatchObject({ code: 'OVER_APPLIED', room: { minor: 300n } })
    expect(apply(501n, { ...receipt, unappliedMinor: 900n }, item)).toMatchObject({ room: { minor: 500n } })
  })

  it.each([
    ['another currency', { ...item, currency: 'EUR' }, receipt, CurrencyMismatch],
    ['another customer', { ...item, customerId: 'other' }, receipt, WrongCustomer],
    ['nobody known', item, { ...receipt, customerId: null }, WrongCustomer],
    ['a settled item', { ...item, openMinor: 0n }, receipt, OverApplied],
  ])('refuses %s', (_case, onto, from, refusal) => {
    expect(apply(1n, from, onto)).toBeInstanceOf(refusal)
  })

  it('never makes or loses money', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10_000n), fc.bigInt(0n, 10_000n), fc.bigInt(0n, 10_000n), (amount, unappliedMinor, openMinor) => {
        const moved = apply(amount, { ...receipt, unappliedMinor }, { ...item, openMinor })
        if (isRefusal(moved)) return amount > unappliedMinor || amount > openMinor
        return moved.unappliedMinor === unappliedMinor - amount && moved.openMinor === openMinor - amount && moved.openMinor >= 0n
      }),
    )
  })
})

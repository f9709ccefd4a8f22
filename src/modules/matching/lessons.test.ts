import { describe, expect, it } from 'vitest'
import { aLine, anItem, aReceipt, bookOf, matchOf } from '../../../test/matching/facts.ts'
import { lessonsOf } from './rules.ts'

const decided = { customerId: 'acme', itemNumbers: ['4711815'] }

describe('a decision teaches', () => {
  it('the account and the name of the payer, which then identify it', () => {
    const receipt = aReceipt({ payerName: ' Zahlstelle   Nord ', payerAccount: 'DE89 3704', texts: ['4711815'] })
    const lessons = lessonsOf(bookOf([anItem('4711815')]), receipt, decided)
    expect(lessons).toEqual([
      { kind: 'ACCOUNT_ALIAS', customerId: 'acme', value: 'DE893704' },
      { kind: 'NAME_ALIAS', customerId: 'acme', value: 'Zahlstelle Nord' },
    ])
    const aliases = [{ customerId: 'acme', kind: 'ACCOUNT', value: 'DE893704' }] as const
    expect(matchOf([], { receipt: { ...receipt, payerName: null }, facts: { aliases } }).payer).toMatchObject({
      customerId: 'acme',
      level: 'ACCOUNT',
    })
  })

  it('nothing that is known already', () => {
    const aliases = [{ customerId: 'acme', kind: 'ACCOUNT', value: 'DE893704' }] as const
    const receipt = aReceipt({ payerName: 'Acme Foods', payerAccount: 'DE893704' })
    expect(lessonsOf(bookOf([], { aliases }), receipt, decided)).toEqual([])
  })

  it('nothing that would make a payer two', () => {
    const aliases = [{ customerId: 'bolt', kind: 'ACCOUNT', value: 'DE893704' }] as const
    const receipt = aReceipt({ payerName: 'Bolt & Sons', payerAccount: 'DE893704' })
    expect(lessonsOf(bookOf([], { aliases }), receipt, decided)).toEqual([])
  })

  it('a word that the payer writes before numbers, as a proposal for the policy', () => {
    const receipt = aReceipt({ payerName: null, lines: [aLine('QZ4711815', 100_000n)] })
    expect(lessonsOf(bookOf([anItem('4711815')]), receipt, decided)).toEqual([
      { kind: 'LABEL', value: 'QZ', seenIn: 'QZ4711815' },
    ])
    const policy = { reference: { labels: ['QZ'] } }
    expect(matchOf([anItem('4711815')], { receipt: { lines: receipt.lines }, policy }).lines[0]?.rule?.id).toBe(
      'REFERENCE_NORMALISED',
    )
  })
})

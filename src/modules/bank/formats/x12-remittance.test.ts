import { describe, expect, it } from 'vitest'
import { asLines, type Remittance, remittanceReader } from './x12-remittance.ts'
import { parseSegment, type Segment } from './x12-segments.ts'

const delimiters = { element: '*', component: '>', terminator: '~' }
const segment = (text: string): Segment => parseSegment(text, { delimiters, line: 7, position: 7 })
const remittance = (...texts: string[]): Remittance => {
  const reader = remittanceReader({ currency: 'USD', release: null })
  for (const text of texts) reader.take(segment(text))
  return reader.done()
}

describe('remittanceReader', () => {
  it.each([
    ['lines', 'RMR*IV*A**0'],
    ['adjustments', 'ADX*0*01'],
  ])('holds %s up to a bound', (_case, text) => {
    const reader = remittanceReader({ currency: 'USD', release: null })
    const one = segment(text)
    for (let count = 0; count < 100_000; count += 1) reader.take(one)
    expect(() => reader.take(one)).toThrow('more than 100000')
  })

  it('holds of the notes of an adjustment what tells its reason', () => {
    const note = `NTE*GEN*${'x'.repeat(600)}`
    expect(remittance('ADX*-1*01', note, note, note).adjustments[0]?.text).toHaveLength(1_000)
  })

  it('ends a line where another loop begins', () => {
    expect(remittance('RMR*IV*A**1', 'DED*AN', 'DTM*003*20260101', 'ADX*-1*01')).toMatchObject({
      lines: [{ documentOn: null, adjustments: [] }],
      adjustments: [{ amountMinor: -100n }],
    })
  })

  it('leaves items behind with the next line, and with an adjustment', () => {
    expect(remittance('RMR*IV*A**1', 'IT1*1', 'RMR*IV*B**1', 'DTM*003*20260101')).toMatchObject({
      lines: [{ documentOn: null }, { documentOn: '2026-01-01' }],
    })
    expect(remittance('RMR*IV*A**1', 'IT1*1', 'REF*CM*W', 'ADX*-1*01', 'REF*CM*X', 'IT1*1', 'REF*CM*Y')).toMatchObject({
      lines: [{ adjustments: [{ reference: 'X' }] }],
    })
  })

  it('gives the references below an adjustment to that one', () => {
    expect(remittance('RMR*IV*A**1', 'ADX*-1*01', 'REF*CM*X', 'DTM*003*20260101', 'RMR*IV*B**1', 'REF*CM*Y')).toMatchObject({
      lines: [
        { documentOn: null, adjustments: [{ reference: 'X' }] },
        { documentOn: null, adjustments: [] },
      ],
    })
  })
})

describe('asLines', () => {
  it('keeps the sum of what is paid', () => {
    const lines = asLines(remittance('ADX*-2.50*57*CM*REBATE', 'ADX*1*51', 'ENT*1', 'RMR*IV*A**10'), 3)
    expect(lines).toMatchObject([
      { line: 7, reference: 'A', paidMinor: 1_000n },
      { line: 3, reference: 'REBATE', paidMinor: -250n, invoicedMinor: 0n, adjustments: [{ code: '57' }] },
      { line: 3, reference: '', paidMinor: 100n, invoicedMinor: 0n, adjustments: [{ code: '51' }] },
    ])
  })
})

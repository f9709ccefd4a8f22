import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bend, inPieces, x12File } from '../../../../test/bank/x12-vectors.ts'
import { formatAmount } from '../../../kernel/money.ts'
import { BadBankFile, type BankEvent, type RemittanceAdvice, type RemittanceLine } from './model.ts'
import { type Options820, readX12_820 } from './x12-820.ts'
import { controlFormulas } from './x12-control.ts'

const read = (text: string, options?: Options820): Promise<BankEvent[]> => Array.fromAsync(readX12_820(inPieces(text), options))
const advices = async (text: string, options?: Options820): Promise<RemittanceAdvice[]> =>
  (await read(text, options)).flatMap((event) => (event.kind === 'REMITTANCE' ? [event.advice] : []))
const refusal = (text: string, options?: Options820): Promise<Partial<BadBankFile>> =>
  read(text, options).then(
    () => ({ message: 'the file was read' }),
    ({ rule, line, field, message }: BadBankFile) => ({ rule, line, field, message }),
  )

/** Two invoices, one paid short, a credit memo taken off, and a rebate that no invoice is named for: 1,425.00. */
const payment = [
  'BPR*C*1425*C*ACH*CTX*01*091000019*DA*55501*1999888777**01*121042882*DA*77001*20260302',
  'TRN*1*PAY-4711*1999888777',
  'CUR*PR*USD',
  'REF*VR*VENDOR77',
  'DTM*097*20260301',
  'N1*PE*SUPPLIER INC*91*S-1',
  'N1*PR*BUYER CO*91*B-9',
  'ENT*1',
  'ADX*-25*57*PD*REBATE-Q4',
  'REF*CM*SECOND*the fourth quarter',
  'NTE*GEN*by contract 9',
  'ENT*2',
  'RMR*IV*INV-1*PI*980*1000*20',
  'REF*PO*PO-1',
  'DTM*003*20260115',
  'RMR*IV*INV-2**520*600',
  'DTM*003*20260120',
  'ADX*-80*06',
  'REF*CL*CLAIM-3',
  'RMR*CM*CR-5**-50.00',
]
const file = x12File([payment])

describe('readX12_820', () => {
  it('reads a payment with its lines, credits and deductions', async () => {
    const [head, remittance, ...others] = await read(file)
    expect(head).toEqual({
      kind: 'FILE',
      file: {
        format: 'X12_820',
        messageId: '000000042/7/0001',
        sender: 'BUYER',
        receiver: 'SUPPLIER',
        createdAt: '2026-03-01T12:30',
        isTest: false,
      },
    })
    expect(others).toEqual([])
    expect(remittance).toEqual({
      kind: 'REMITTANCE',
      advice: {
        line: 4,
        reference: 'PAY-4711',
        payerName: 'BUYER CO',
        payerId: 'B-9',
        payeeName: 'SUPPLIER INC',
        amountMinor: 142_500n,
        currency: 'USD',
        method: 'ACH',
        effectiveOn: '2026-03-02',
        adjustments: [
          {
            amountMinor: -2_500n,
            code: '57',
            codeList: 'X12_426',
            reference: 'REBATE-Q4',
            text: 'the fourth quarter\nby contract 9',
          },
        ],
        lines: [
          {
            line: 16,
            qualifier: 'IV',
            reference: 'INV-1',
            paidMinor: 98_000n,
            invoicedMinor: 100_000n,
            discountMinor: 2_000n,
            documentOn: '2026-01-15',
            adjustments: [],
          },
          {
            line: 19,
            qualifier: 'IV',
            reference: 'INV-2',
            paidMinor: 52_000n,
            invoicedMinor: 60_000n,
            discountMinor: null,
            documentOn: '2026-01-20',
            adjustments: [{ amountMinor: -8_000n, code: '06', codeList: 'X12_426', reference: 'CLAIM-3', text: null }],
          },
          {
            line: 23,
            qualifier: 'CM',
            reference: 'CR-5',
            paidMinor: -5_000n,
            invoicedMinor: null,
            discountMinor: null,
            documentOn: null,
            adjustments: [],
          },
        ],
        raw: ['ST*820*0001', ...payment, 'SE*22*0001'].map((segment) => `${segment}~`).join('\n'),
      },
    })
  })

  it('tells one advice for each set', async () => {
    const found = await advices(x12File([payment, ['BPR*I*7*C*CHK', 'TRN*1*CHECK-8', 'RMR*IV*A**7']]))
    expect(found.map(({ reference, amountMinor, method }) => [reference, amountMinor, method])).toEqual([
      ['PAY-4711', 142_500n, 'ACH'],
      ['CHECK-8', 700n, 'CHK'],
    ])
  })

  it('marks a test, which is not to be posted', async () =>
    expect((await read(x12File([payment], { usage: 'T' })))[0]).toMatchObject({ file: { isTest: true } }))

  const simple = (...segments: string[]) => x12File([['BPR*I*10*C*CHK', 'TRN*1*1', ...segments]])
  const lineOf = async (...segments: string[]): Promise<RemittanceLine | undefined> =>
    (await advices(simple(...segments)))[0]?.lines[0]

  it.each<[string, string[], Partial<RemittanceLine>]>([
    ['a zero that is left out before the point', ['RMR*IV*A**9.5', 'RMR*IV*B**.5'], { paidMinor: 950n }],
    ['a payment on account, which names no document', ['RMR***PO*10'], { qualifier: null, reference: '', paidMinor: 1_000n }],
    [
      'an adjustment in the line itself',
      ['RMR*IV*A**10*12**54*-2'],
      { adjustments: [expect.objectContaining({ amountMinor: -200n, code: '54' })] },
    ],
    [
      'a discount that a credit gives back',
      ['RMR*CM*A**-98*-100*-2', 'RMR*IV*B**108'],
      { discountMinor: null, adjustments: [expect.objectContaining({ amountMinor: 200n, code: null })] },
    ],
    ['no discount at all', ['RMR*IV*A**10*10*0'], { discountMinor: null, adjustments: [] }],
    ['a day of an old release', ['RMR*IV*A**10', 'DTM*003*260115'], { documentOn: '2026-01-15' }],
    ['a day that is not the document’s', ['RMR*IV*A**10', 'DTM*011*20260115'], { documentOn: null }],
    ['references of items, which are not the line’s', ['RMR*IV*A**10', 'IT1*1*5*EA*2', 'DTM*003*20260115'], { documentOn: null }],
    [
      'an adjustment behind items',
      ['RMR*IV*A**10', 'IT1*1*5*EA*2', 'ADX*-1*01'],
      { adjustments: [expect.objectContaining({ code: '01' })] },
    ],
  ])('reads %s', async (_case, segments, line) => expect(await lineOf(...segments)).toMatchObject(line))

  it('takes an adjustment in a new loop for one of the payment', async () => {
    const [advice] = await advices(simple('ENT*1', 'RMR*IV*A**12', 'ENT*2', 'ADX*-2*57'))
    expect(advice).toMatchObject({ lines: [{ adjustments: [] }], adjustments: [{ amountMinor: -200n }] })
  })

  it('takes the remitter for the payer where no payer is named', async () => {
    expect(await advices(simple('N1*RM*AGENCY*58*X1', 'RMR*IV*A**10'))).toMatchObject([{ payerName: 'AGENCY', payerId: 'X1' }])
    const both = simple('N1*RM*AGENCY', 'N1*PR*BUYER', 'RMR*IV*A**10')
    expect(await advices(both)).toMatchObject([{ payerName: 'BUYER', payerId: null }])
  })

  it('names a payment by its check where it has no trace', async () => {
    const text = x12File([['BPR*I*10*C*CHK', 'REF*CK*000817', 'RMR*IV*A**10']])
    expect(await advices(text)).toMatchObject([{ reference: '000817' }])
  })

  it('takes the first of several, as the payment itself stands before its parts', async () => {
    const text = simple('TRN*1*2', 'N1*PR*A', 'N1*RM*B', 'N1*PE*C', 'ENT*1', 'N1*PR*X', 'N1*RM*Y', 'N1*PE*Z', 'RMR*IV*A**10')
    expect(await advices(text)).toMatchObject([{ reference: '1', payerName: 'A', payeeName: 'C' }])
    const remitted = simple('N1*RM*B', 'N1*RM*Y', 'RMR*IV*A**10')
    expect(await advices(remitted)).toMatchObject([{ payerName: 'B' }])
  })

  it('does not take a blank reference for one', async () => {
    expect(await refusal(x12File([['BPR*I*10*C*CHK', 'REF*CK', 'RMR*IV*A**10']]))).toMatchObject({ rule: 'MISSING', line: 4 })
  })

  it('reads other currencies by their own digits', async () => {
    expect(await advices(simple('CUR*PR*JPY', 'RMR*IV*A**10'))).toMatchObject([{ currency: 'JPY', amountMinor: 10n }])
    expect(await advices(simple('CUR*PR*KWD', 'RMR*IV*A**9.999', 'RMR*IV*B**.001'))).toMatchObject([
      { currency: 'KWD', amountMinor: 10_000n },
    ])
  })

  it('keeps of the text as much as people look at', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => `RMR*IV*INV-${index}**0.005`.replace('0.005', '0'))
    const [advice] = await advices(x12File([['BPR*I*0*C*NON', 'TRN*1*1', ...many]]))
    expect(advice?.lines).toHaveLength(2_000)
    expect(advice?.raw).toHaveLength(16_384)
  })
})

describe('readX12_820 refuses', () => {
  it.each<[string, string, Partial<BadBankFile>]>([
    ['a set without a payment', x12File([['TRN*1*1']]), { rule: 'MISSING', line: 4, field: 'TRN' }],
    ['an empty set', x12File([[]]), { rule: 'MISSING', line: 4, field: 'SE' }],
    [
      'two payments in one set',
      x12File([['BPR*I*0*C*NON', 'TRN*1*1', 'BPR*I*0*C*NON']]),
      { rule: 'BAD_STRUCTURE', line: 6, field: 'BPR' },
    ],
    ['a payment that nothing names', bend(file, 'TRN*1*PAY-4711*1999888777', 'TRN*1'), { rule: 'MISSING', line: 4 }],
    ['the money of old releases', x12File([['BPS*ACH*10*I', 'TRN*1*1']]), { rule: 'UNSUPPORTED', line: 4, field: 'BPS' }],
    ['an advice that draws money', bend(file, '*1425*C*', '*1425*D*'), { rule: 'UNSUPPORTED', line: 4, field: 'BPR03' }],
    ['a direction that is none', bend(file, '*1425*C*', '*1425**'), { rule: 'BAD_VALUE', line: 4, field: 'BPR03' }],
    ['an amount that is missing', bend(file, '*1425*C*', '**C*'), { rule: 'MISSING', line: 4, field: 'BPR02' }],
    ['a payment below zero', bend(file, '*1425*C*', '*-1425*C*'), { rule: 'BAD_AMOUNT', line: 4, field: 'BPR02' }],
    ['thousands in an amount', bend(file, '*1425*C*', '*1,425*C*'), { rule: 'BAD_AMOUNT', line: 4, field: 'BPR02' }],
    ['an exponent', bend(file, '**520*600', '**52E1*600'), { rule: 'BAD_AMOUNT', line: 19, field: 'RMR04' }],
    ['a plus sign', bend(file, '**520*600', '**+520*600'), { rule: 'BAD_AMOUNT', line: 19, field: 'RMR04' }],
    ['a fraction of a cent', bend(file, '**520*600', '**520.001*600'), { rule: 'BAD_AMOUNT', line: 19, field: 'RMR04' }],
    [
      'an amount beyond all money',
      bend(file, '**520*600', `**${'9'.repeat(18)}*600`),
      { rule: 'BAD_AMOUNT', line: 19, field: 'RMR04' },
    ],
    ['an invoiced amount that is none', bend(file, '*1000*20', '*x*20'), { rule: 'BAD_AMOUNT', line: 16, field: 'RMR05' }],
    ['a discount that is none', bend(file, '*1000*20', '*1000*x'), { rule: 'BAD_AMOUNT', line: 16, field: 'RMR06' }],
    ['a line for nothing', bend(file, 'RMR*CM*CR-5**-50.00', 'RMR****-50.00'), { rule: 'MISSING', line: 23, field: 'RMR02' }],
    ['an adjustment without an amount', bend(file, 'ADX*-80*06', 'ADX**06'), { rule: 'MISSING', line: 21, field: 'ADX01' }],
    ['a day that does not exist', bend(file, '*20260302', '*20260230'), { rule: 'BAD_DAY', line: 4, field: 'BPR16' }],
    [
      'a day of a document that is none',
      bend(file, 'DTM*003*20260115', 'DTM*003*2026'),
      { rule: 'BAD_DAY', line: 18, field: 'DTM02' },
    ],
    ['an unknown currency', bend(file, 'CUR*PR*USD', 'CUR*PR*XXQ'), { rule: 'BAD_CURRENCY', line: 6, field: 'CUR02' }],
    ['a line in another currency', bend(file, 'REF*PO*PO-1', 'CUR*PR*EUR'), { rule: 'BAD_CURRENCY', line: 17, field: 'CUR02' }],
    ['a wrong count of segments', bend(file, 'SE*22*', 'SE*23*'), { rule: 'CONTROL_COUNT', line: 24, field: 'SE01' }],
  ])('%s', async (_case, text, fault) => expect(await refusal(text)).toMatchObject(fault))

  it('adjustments of releases that gave them the contrary sign', async () => {
    expect(await refusal(x12File([payment], { release: '003040' }))).toMatchObject({ rule: 'UNSUPPORTED', field: 'ADX01' })
    expect(await advices(x12File([payment], { release: '003050' }))).toHaveLength(1)
  })

  it('a payment of more references than are held', async () => {
    const withSome = (count: number) =>
      x12File([['BPR*I*0*C*NON', 'TRN*1*1', ...Array.from({ length: count }, () => 'REF*ZZ*A')]])
    expect(await advices(withSome(1_000))).toHaveLength(1)
    expect(await refusal(withSome(1_001))).toMatchObject({ rule: 'TOO_LONG', line: 1_006, field: 'REF' })
  })
})

describe('the control formula', () => {
  // Paid 100.00 in lines, 5.00 taken off below a line, 10.00 off beside them.
  const told = (amount: string) =>
    x12File([[`BPR*I*${amount}*C*ACH`, 'TRN*1*1', 'ENT*1', 'ADX*-10*57', 'ENT*2', 'RMR*IV*A**60', 'ADX*-5*01', 'RMR*IV*B**40']])

  it.each([
    ['RMR04+ADX01', '90'],
    ['RMR04', '100'],
    ['RMR04+EVERY_ADX01', '85'],
  ] as const)('%s takes %s and nothing else', async (controlFormula, amount) => {
    expect(await advices(told(amount), { controlFormula })).toHaveLength(1)
    for (const wrong of [`${amount}.01`, String(Number(amount) - 1)])
      expect(await refusal(told(wrong), { controlFormula })).toMatchObject({ rule: 'CONTROL_TOTAL', line: 4, field: 'BPR02' })
  })

  it('is the standard one where none is named, and tells both sums', async () =>
    expect(await refusal(told('100'))).toMatchObject({
      rule: 'CONTROL_TOTAL',
      message: 'segment 4: the payment is 100.00, and RMR04+ADX01 makes 90.00',
    }))

  it('NONE takes anything', async () => expect(await advices(told('3'), { controlFormula: 'NONE' })).toHaveLength(1))

  it('takes a line without an amount for nothing', async () => {
    const text = x12File([['BPR*I*10*C*ACH', 'TRN*1*1', 'RMR*IV*A**10', 'RMR*IV*B']])
    expect(await advices(text)).toMatchObject([{ lines: [{ paidMinor: 1_000n }, { paidMinor: null }] }])
  })

  it('each of them is told apart by some payment', async () => {
    const taken = await Promise.all(
      ['90', '100', '85'].map(async (amount) => {
        const each = controlFormulas.map((controlFormula) => refusal(told(amount), { controlFormula }))
        return (await Promise.all(each)).map(({ rule }) => rule === undefined)
      }),
    )
    expect(taken).toEqual([
      [true, false, false, true],
      [false, true, false, true],
      [false, false, true, true],
    ])
  })
})

const word = fc.stringMatching(/^[A-Z0-9][A-Z0-9 /.-]{0,12}[A-Z0-9]$/)
const minor = fc.bigInt({ min: -99_999_999n, max: 99_999_999n })
const day = fc.integer({ min: 1, max: 28 }).map((date) => `2026-02-${String(date).padStart(2, '0')}` as const)
const adjustment = fc.record({
  amountMinor: minor,
  code: fc.constantFrom('01', '06', '57'),
  codeList: fc.constant('X12_426' as const),
  reference: fc.option(word),
  text: fc.option(word),
})
const line = fc.record({
  qualifier: fc.constantFrom('IV', 'CM'),
  reference: word,
  paidMinor: fc.option(minor),
  invoicedMinor: fc.option(minor),
  discountMinor: fc.option(fc.bigInt({ min: 1n, max: 9_999n })),
  documentOn: fc.option(day),
  adjustments: fc.array(adjustment, { maxLength: 3 }),
})

const written = (minorUnits: bigint | null): string =>
  minorUnits === null ? '' : formatAmount({ minor: minorUnits, currency: 'USD' })
const adxOf = ({ amountMinor, code, reference, text }: typeof adjustment extends fc.Arbitrary<infer A> ? A : never) => [
  `ADX*${written(amountMinor)}*${code}${reference === null ? '' : `*CM*${reference}`}`,
  ...(text === null ? [] : [`NTE*GEN*${text}`]),
]

describe('an advice that is written', () => {
  it('is read as it was', async () => {
    const advice = fc.record({
      reference: word,
      lines: fc.array(line, { maxLength: 8 }),
      adjustments: fc.array(adjustment, { maxLength: 3 }),
      lineEnd: fc.constantFrom('\n', '\r\n', ''),
    })
    await fc.assert(
      fc.asyncProperty(advice, async ({ reference, lines, adjustments, lineEnd }) => {
        const sum = [...lines.map(({ paidMinor }) => paidMinor ?? 0n), ...adjustments.map(({ amountMinor }) => amountMinor)]
        const amountMinor = sum.reduce((total, each) => total + each, 0n)
        fc.pre(amountMinor >= 0n)
        const segments = [
          `BPR*I*${written(amountMinor)}*C*ACH`,
          `TRN*1*${reference}`,
          ...adjustments.flatMap(adxOf),
          ...lines.flatMap((each) => [
            `RMR*${each.qualifier}*${each.reference}**${written(each.paidMinor)}*${written(each.invoicedMinor)}*${written(each.discountMinor)}`,
            ...(each.documentOn === null ? [] : [`DTM*003*${each.documentOn.replaceAll('-', '')}`]),
            ...each.adjustments.flatMap(adxOf),
          ]),
        ]
        const [found] = await advices(x12File([segments], { lineEnd }))
        expect(found).toMatchObject({ reference, amountMinor, adjustments, lines })
      }),
      { numRuns: 200 },
    )
  })

  it('is read or refused, wherever a character of it is changed', async () => {
    const change = fc.record({
      at: fc.nat(file.length - 1),
      to: fc.constantFrom('*', '~', '\n', '0', '9', 'A', '-', '\u0000', '\u00fc', ''),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const text = changes.reduce((now, { at, to }) => now.slice(0, at) + to + now.slice(at + 1), file)
        await read(text).catch((thrown) => expect(thrown).toBeInstanceOf(BadBankFile))
      }),
      { numRuns: 500 },
    )
  })
})

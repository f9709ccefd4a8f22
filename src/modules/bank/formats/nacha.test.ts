import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AchBatch, type AchEntry, achFile, inAddenda, overwrite, withoutLine } from '../../../../test/bank/nacha-vectors.ts'
import { inPieces, x12File } from '../../../../test/bank/x12-vectors.ts'
import { formatAmount } from '../../../kernel/money.ts'
import { BadBankFile, type BankEntry, type BankEvent } from './model.ts'
import { readNacha } from './nacha.ts'

const read = (text: string): Promise<BankEvent[]> => Array.fromAsync(readNacha(inPieces(text)))
const entriesOf = async (text: string): Promise<BankEntry[]> =>
  (await read(text)).flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : []))
const refusal = (text: string): Promise<Partial<BadBankFile>> =>
  read(text).then(
    () => ({ message: 'the file was read' }),
    ({ rule, line, field, message }: BadBankFile) => ({ rule, line, field, message }),
  )

/** 820.00 for two invoices, one paid short by 30.00. */
const advice = [
  'ST*820*0001',
  'BPR*C*820*C*ACH*CTX*01*091000019*DA*555*1234567890**01*121042882*DA*9876543210*20260302',
  'TRN*1*PAY-1*1234567890',
  'N1*PR*BUYER COMPANY OF AMERICA',
  'ENT*1',
  'RMR*IV*INV-1**500*500',
  'RMR*IV*INV-2**320*350',
  'ADX*-30*06',
  'SE*9*0001',
]
const set = (segments: readonly string[], terminator = '\\') => segments.map((segment) => `${segment}${terminator}`).join('')
const ctx: AchEntry = { amountMinor: 82_000n, addenda: inAddenda(set(advice)) }
const file = achFile([{ entries: [ctx] }])

describe('readNacha', () => {
  it('tells one statement for a batch, and names it by file and batch', async () => {
    const found = await read(achFile([{ entries: [ctx] }, { entryClass: 'PPD', entries: [{}, {}] }]))
    expect(found.map(({ kind }) => kind)).toEqual([
      'FILE',
      'STATEMENT',
      'ENTRY',
      'STATEMENT_END',
      'STATEMENT',
      'ENTRY',
      'ENTRY',
      'STATEMENT_END',
    ])
    expect(found[0]).toEqual({
      kind: 'FILE',
      file: {
        format: 'NACHA',
        messageId: '121042882/2026-03-01T09:30/A',
        sender: '121042882',
        receiver: '091000019',
        createdAt: '2026-03-01T09:30',
        isTest: false,
      },
    })
    expect(found[1]).toEqual({
      kind: 'STATEMENT',
      statement: {
        line: 2,
        account: '9876543210',
        currency: 'USD',
        statementId: '121042882/2026-03-01T09:30/A',
        sequence: '0000001',
        bank: 'FEDERAL RESERVE',
        createdAt: '2026-03-01T09:30',
      },
    })
    expect(found[7]).toEqual({ kind: 'STATEMENT_END', balances: [], entries: 2 })
  })

  it('reads the advice of a CTX payment out of its addenda', async () => {
    const [entry] = await entriesOf(file)
    expect(entry).toEqual({
      line: 3,
      account: '9876543210',
      currency: 'USD',
      amountMinor: 82_000n,
      direction: 'CREDIT',
      isReversal: false,
      status: 'BOOKED',
      bookedOn: '2026-03-02',
      valueOn: '2026-03-02',
      typeCode: 'CTX/22',
      bankReference: '091000010000001',
      details: [
        {
          amountMinor: 82_000n,
          references: [
            { kind: 'TRACE', value: '091000010000001' },
            { kind: 'OTHER', value: 'VENDOR 77' },
            { kind: 'TRANSACTION', value: 'PAY-1' },
          ],
          payerName: 'BUYER COMPANY OF AMERICA',
          payerAccount: '1234567890',
          text: '',
          remittance: [
            {
              line: 6,
              qualifier: 'IV',
              reference: 'INV-1',
              paidMinor: 50_000n,
              invoicedMinor: 50_000n,
              discountMinor: null,
              documentOn: null,
              adjustments: [],
            },
            {
              line: 6,
              qualifier: 'IV',
              reference: 'INV-2',
              paidMinor: 32_000n,
              invoicedMinor: 35_000n,
              discountMinor: null,
              documentOn: null,
              adjustments: [{ amountMinor: -3_000n, code: '06', codeList: 'X12_426', reference: null, text: null }],
            },
          ],
          instructed: null,
          chargesMinor: null,
        },
      ],
      raw: file.split('\n').slice(2, 6).join('\n'),
    })
  })

  const ofPayload = async (payload: string, entryClass = 'CTX'): Promise<BankEntry['details'][number] | undefined> =>
    (await entriesOf(achFile([{ entryClass, entries: [{ amountMinor: 82_000n, addenda: inAddenda(payload) }] }])))[0]?.details[0]

  it.each<[string, string]>([
    ['another terminator', set(advice, '~')],
    ['another delimiter', set(advice).replaceAll('*', '|')],
    ['a whole interchange around it', x12File([advice.slice(1, -1)], { lineEnd: '', terminator: '\\' })],
    [
      'each segment in an addendum of its own',
      advice.map((segment) => `${segment}\\`.padEnd(80 * Math.ceil((segment.length + 1) / 80))).join(''),
    ],
  ])('reads it with %s', async (_case, payload) =>
    expect(await ofPayload(payload)).toMatchObject({ text: '', remittance: [{ paidMinor: 50_000n }, { paidMinor: 32_000n }] }),
  )

  it('tells the line on which each document begins', async () => {
    const wide = (segment: string) => `${segment}\\`.padEnd(80 * Math.ceil((segment.length + 1) / 80))
    const detail = await ofPayload(advice.map(wide).join(''))
    expect(detail?.remittance.map(({ line }) => line)).toEqual([10, 11])
  })

  it('keeps the blanks of a reference that runs on from one addendum into the next', async () => {
    const lead = set(advice.slice(0, 5)).length
    const reference = `${'A'.repeat(80 - (lead % 80) - 8)} ${'B'.repeat(9)}`
    const segments = advice.map((segment) => segment.replace('INV-1', reference))
    expect(set(segments).charAt(lead - (lead % 80) + 79)).toBe(' ')
    expect(await ofPayload(set(segments))).toMatchObject({ remittance: [{ reference }, {}] })
  })

  it.each<[string, string]>([
    ['a wrong count of its segments', set(advice).replace('SE*9', 'SE*8')],
    ['two control numbers', set(advice).replace('SE*9*0001', 'SE*9*0002')],
    ['lines that make another sum', set(advice).replace('**320*', '**321*')],
    ['another amount than the entry has', set(advice).replace('*820*C', '*821*C').replace('**320*', '**321*')],
    ['another currency', set(advice.toSpliced(3, 0, 'CUR*PR*CAD')).replace('SE*9', 'SE*10')],
    ['no end', set(advice.slice(0, -1))],
    ['an end in the middle of a segment', set(advice).slice(0, -3)],
    ['no terminators', advice.join(' ')],
    ['no payment', set(['ST*820*0001', ...advice.slice(4, 8), 'SE*6*0001'])],
    ['another segment before its payment', set(advice.toSpliced(1, 0, 'REF*ZZ*1')).replace('SE*9', 'SE*10')],
    ['two sets', set(advice).repeat(2)],
    ['an amount that is none', set(advice).replace('**320*', '**3x0*')],
    ['words only', 'PAYMENT FOR INVOICES 1 AND 2'],
  ])('takes the money, but no lines, of an advice with %s, and keeps its text', async (_case, payload) => {
    const detail = await ofPayload(payload)
    expect(detail).toMatchObject({ amountMinor: 82_000n, payerName: 'BUYER CO', remittance: [] })
    expect(detail?.text.replaceAll('\n', '')).toBe((payload.match(/.{1,80}/g) ?? []).map((piece) => piece.trim()).join(''))
  })

  it('reads the one addendum of CCD+ as lines', async () => {
    expect(await ofPayload('RMR*IV*0900**820.00*850.00*30.00\\', 'CCD')).toMatchObject({
      text: '',
      payerName: 'BUYER CO',
      remittance: [{ qualifier: 'IV', reference: '0900', paidMinor: 82_000n, invoicedMinor: 85_000n, discountMinor: 3_000n }],
    })
    expect(await ofPayload('RMR*IV*0900\\RMR*IV*0901\\', 'CCD')).toMatchObject({
      remittance: [
        { reference: '0900', paidMinor: null },
        { reference: '0901', paidMinor: null },
      ],
    })
  })

  it('leaves segments that tell no document as text', async () =>
    expect(await ofPayload('NTE*ZZZ*RENT FOR MARCH\\', 'PPD')).toMatchObject({
      text: 'NTE*ZZZ*RENT FOR MARCH\\',
      remittance: [],
    }))

  it.each<[string, Partial<BankEntry>]>([
    ['22', { direction: 'CREDIT', amountMinor: 10_000n, status: 'BOOKED' }],
    ['32', { direction: 'CREDIT', amountMinor: 10_000n, status: 'BOOKED' }],
    ['52', { direction: 'CREDIT', amountMinor: 10_000n, status: 'BOOKED' }],
    ['27', { direction: 'DEBIT', amountMinor: 10_000n, status: 'BOOKED' }],
    ['47', { direction: 'DEBIT', amountMinor: 10_000n, status: 'BOOKED' }],
    ['55', { direction: 'DEBIT', amountMinor: 10_000n, status: 'BOOKED' }],
    ['23', { direction: 'CREDIT', amountMinor: 0n, status: 'INFORMATION' }],
    ['24', { direction: 'CREDIT', amountMinor: 0n, status: 'INFORMATION' }],
    ['28', { direction: 'DEBIT', amountMinor: 0n, status: 'INFORMATION' }],
    ['39', { direction: 'DEBIT', amountMinor: 0n, status: 'INFORMATION' }],
  ])('sees an entry of code %s as its receiver does', async (code, expected) => {
    const amountMinor = expected.amountMinor ?? 0n
    const found = await entriesOf(achFile([{ entryClass: 'PPD', entries: [{ code, amountMinor }] }]))
    expect(found).toMatchObject([{ typeCode: `PPD/${code}`, isReversal: false, ...expected }])
  })

  it('announces money that has no day of settlement', async () => {
    const found = await entriesOf(achFile([{ settledOn: '   ', entries: [ctx] }]))
    expect(found).toMatchObject([{ status: 'PENDING', bookedOn: null, valueOn: '2026-03-02' }])
  })

  it.each([
    ['365', '2025-12-31'],
    ['001', '2026-01-01'],
    ['200', '2026-07-19'],
  ])('settles on day %s of the year that is near: %s', async (settledOn, bookedOn) =>
    expect(await entriesOf(achFile([{ settledOn, entries: [ctx] }]))).toMatchObject([{ bookedOn }]),
  )

  it('settles in the next year what was sent at the end of this one', async () => {
    const text = overwrite(achFile([{ settledOn: '002', entries: [ctx] }]), { line: 1, from: 24, text: '261230' })
    expect(await entriesOf(text)).toMatchObject([{ bookedOn: '2027-01-02' }])
  })

  it.each([['      '], ['000000']])('takes an effective day of %j for none', async (effectiveOn) =>
    expect(await entriesOf(achFile([{ effectiveOn, entries: [ctx] }]))).toMatchObject([{ valueOn: null }]),
  )

  it.each<[string, string]>([
    ['line ends of Windows', achFile([{ entries: [ctx] }], { lineEnd: '\r\n' })],
    ['no lines of nines', achFile([{ entries: [ctx] }], { isPadded: false })],
    ['blanks cut off at the ends of lines', file.replace(/ +$/gm, '')],
    ['blank lines behind it', `${file}\n  \n`],
  ])('reads a file with %s', async (_case, text) => expect(await entriesOf(text)).toMatchObject([{ amountMinor: 82_000n }]))
})

describe('what comes back', () => {
  /** Reason, original trace, and what each layout has behind. */
  const returned = (reason: string, behind = `${' '.repeat(6)}12104288INSUFFICIENT FUNDS`) => ({
    type: '99',
    content: `${reason}091000010000077${behind}`,
  })
  const debit: AchEntry = { code: '26', account: '555-1', amountMinor: 12_500n, identification: 'C-9', name: 'BUYER BOB' }
  const bounced = (entry: AchEntry, batch: Partial<AchBatch> = {}) => achFile([{ entryClass: 'WEB', ...batch, entries: [entry] }])

  it('is a reversal, with its reason, of the company that had sent it', async () => {
    const found = await read(bounced({ ...debit, addenda: [returned('R01')] }))
    expect(found[1]).toMatchObject({ statement: { account: '1234567890' } })
    expect(found[2]).toMatchObject({
      entry: {
        account: '1234567890',
        amountMinor: 12_500n,
        direction: 'DEBIT',
        isReversal: true,
        status: 'BOOKED',
        typeCode: 'R01',
        bankReference: '091000010000001',
        details: [
          {
            references: [
              { kind: 'TRACE', value: '091000010000077' },
              { kind: 'OTHER', value: 'C-9' },
            ],
            payerName: 'BUYER BOB',
            payerAccount: '555-1',
            text: 'INSUFFICIENT FUNDS',
            remittance: [],
          },
        ],
      },
    })
  })

  it('moves as it is written: a credit that returns is money again', async () =>
    expect(await entriesOf(bounced({ ...debit, code: '21', addenda: [returned('R03')] }))).toMatchObject([
      { direction: 'CREDIT', isReversal: true, typeCode: 'R03' },
    ]))

  it('tells the traces of a return that a bank argues about', async () => {
    const disputed = `${' '.repeat(6)}12104288   091000010000088061`
    const found = await entriesOf(
      achFile([
        {
          entryClass: 'WEB',
          entries: [
            { ...debit, addenda: [returned('R68', `${disputed}01UNTIMELY RETURN`)] },
            { ...debit, addenda: [returned('R71', `${disputed}01091000010000099062` + '68')] },
          ],
        },
      ]),
    )
    expect(found).toMatchObject([
      {
        typeCode: 'R68',
        isReversal: true,
        details: [
          {
            text: 'UNTIMELY RETURN',
            references: [{ value: '091000010000077' }, { value: '091000010000088' }, { kind: 'OTHER' }],
          },
        ],
      },
      {
        typeCode: 'R71',
        isReversal: true,
        details: [
          {
            text: '',
            references: [
              { value: '091000010000077' },
              { value: '091000010000088' },
              { value: '091000010000099' },
              { kind: 'OTHER' },
            ],
          },
        ],
      },
    ])
  })

  it.each<[string, number]>([
    ['R53', 1],
    ['R61', 2],
    ['R70', 2],
    ['R71', 3],
    ['R77', 3],
    ['R80', 1],
  ])('for reason %s tells %d traces', async (reason, traces) => {
    const disputed = `${' '.repeat(6)}12104288   091000010000088061${'01091000010000099062'}68`
    const [entry] = await entriesOf(bounced({ ...debit, addenda: [returned(reason, disputed)] }))
    expect(entry?.details[0]?.references.filter(({ kind }) => kind === 'TRACE')).toHaveLength(traces)
  })

  it.each(['ARC', 'BOC', 'POP', 'POS', 'RCK'])('is read of class %s, whose payments are not', async (entryClass) => {
    expect(await entriesOf(bounced({ ...debit, addenda: [returned('R02')] }, { entryClass }))).toMatchObject([
      { typeCode: 'R02' },
    ])
    expect(await refusal(bounced({ ...debit, code: '27' }, { entryClass }))).toMatchObject({ rule: 'UNSUPPORTED', line: 3 })
  })

  it('carries no money where only an account is to be changed', async () => {
    const change = { type: '98', content: `C01091000010000077${' '.repeat(6)}12104288${'1918171614'.padEnd(29)}` }
    const notice = { ...debit, code: '21', amountMinor: 0n, addenda: [change] }
    expect(await entriesOf(bounced(notice, { entryClass: 'COR' }))).toMatchObject([
      { status: 'INFORMATION', amountMinor: 0n, isReversal: false, typeCode: 'C01', details: [{ text: '1918171614' }] },
    ])
    expect(await refusal(bounced({ ...notice, amountMinor: 1n }, { entryClass: 'COR' }))).toMatchObject({
      rule: 'BAD_AMOUNT',
      line: 3,
    })
    expect(await refusal(bounced({ ...notice, addenda: [] }, { entryClass: 'COR' }))).toMatchObject({ rule: 'MISSING', line: 3 })
    expect(await refusal(bounced(notice))).toMatchObject({ rule: 'BAD_STRUCTURE', line: 4, field: '7 addenda type code' })
  })

  it.each(['R00', 'R48', 'R78', 'R96', 'X01', 'R1 '])('is refused for a reason that the rules do not have: %s', async (reason) =>
    expect(await refusal(bounced({ ...debit, addenda: [returned(reason)] }))).toMatchObject({
      rule: 'BAD_VALUE',
      line: 4,
      field: '7 reason code',
    }),
  )

  it('is refused without a reason, with two, or with one of a change', async () => {
    expect(await refusal(bounced(debit))).toMatchObject({ rule: 'MISSING', line: 3, field: '6 transaction code' })
    const twice = { ...debit, addenda: [returned('R01'), returned('R02')] }
    expect(await refusal(bounced(twice))).toMatchObject({ rule: 'BAD_STRUCTURE', line: 5 })
    const change = { ...debit, addenda: [{ ...returned('R01'), type: '98' }] }
    expect(await refusal(bounced(change))).toMatchObject({ rule: 'BAD_STRUCTURE', line: 4 })
  })

  it('is refused where nothing tells whose it is', async () => {
    const nameless = bounced({ ...debit, addenda: [returned('R01')] }, { company: '', companyId: '' })
    expect(await refusal(nameless)).toMatchObject({ rule: 'MISSING', line: 3 })
  })
})

describe('an international payment', () => {
  const address = [
    { type: '10', content: `BUS${'100000'.padStart(18, '0')}${' '.repeat(22)}${'SUPPLIER INC'.padEnd(35)}` },
    { type: '11', content: `${'BUYER OF TORONTO'.padEnd(35)}1 KING STREET` },
    ...['12', '13', '14', '15', '16'].map((type) => ({ type, content: 'X' })),
  ]
  const international = (addenda: NonNullable<AchEntry['addenda']>, code = '22') =>
    achFile([{ entryClass: 'IAT', entries: [{ code, amountMinor: 100_000n, addenda }] }])
  const file = international([...address, { type: '17', content: 'RMR*IV*INV-1**1000\\' }, { type: '18', content: 'BANK' }])

  it('tells the payer and the documents from its addenda', async () =>
    expect(await entriesOf(file)).toMatchObject([
      {
        account: '9876543210',
        amountMinor: 100_000n,
        currency: 'USD',
        direction: 'CREDIT',
        typeCode: 'IAT/22',
        details: [{ payerName: 'BUYER OF TORONTO', payerAccount: '1234567890', remittance: [{ reference: 'INV-1', line: 11 }] }],
      },
    ]))

  it('may tell its documents in words', async () =>
    expect(await entriesOf(international([...address, { type: '17', content: 'INVOICE 1' }]))).toMatchObject([
      { details: [{ text: 'INVOICE 1', remittance: [] }] },
    ]))

  it.each([
    ['without words', ['18']],
    ['with words twice', ['17', '17', '18', '18']],
  ])('names its banks %s', async (_case, types) => {
    const more = types.map((type) => ({ type, content: 'A' }))
    expect(await entriesOf(international([...address, ...more]))).toHaveLength(1)
  })

  it('has a layout of its own for changes too', async () => {
    const notice = { type: '98', content: `C01091000010000077${' '.repeat(6)}12104288${'1918171614'.padEnd(29)}` }
    const entries = [{ code: '21', amountMinor: 0n, account: '0007', addenda: [...address, notice] }]
    const text = overwrite(achFile([{ entryClass: 'IAT', entries }]), { line: 2, from: 51, text: 'COR' })
    expect(await entriesOf(overwrite(text, { line: 2, from: 5, text: 'IATCOR' }))).toMatchObject([
      {
        account: '1234567890',
        typeCode: 'C01',
        details: [{ payerName: 'SUPPLIER INC', payerAccount: '0007', text: '1918171614' }],
      },
    ])
  })

  it('comes back like any other', async () => {
    const content = `R01091000010000077${' '.repeat(6)}121042880000100000AUTHORIZATION REVOKED`
    expect(await entriesOf(international([...address, { type: '99', content }], '21'))).toMatchObject([
      { typeCode: 'R01', isReversal: true, details: [{ payerName: 'SUPPLIER INC', text: 'AUTHORIZATION REVOKED' }] },
    ])
  })

  it.each<[string, string, Partial<BadBankFile>]>([
    ['an addendum is missing', international(address.slice(0, 6)), { rule: 'MISSING', line: 3 }],
    [
      'one is missing between',
      international(address.toSpliced(2, 1)),
      { rule: 'SEQUENCE', line: 6, field: '7 addenda type code' },
    ],
    ['one comes twice', international(address.toSpliced(2, 0, ...address.slice(1, 2))), { rule: 'SEQUENCE', line: 6 }],
    ['an addendum belongs to another entry', overwrite(file, { line: 5, from: 94, text: '9' }), { rule: 'SEQUENCE', line: 5 }],
    ['payment information is out of order', overwrite(file, { line: 11, from: 87, text: '2' }), { rule: 'SEQUENCE', line: 11 }],
    [
      'there is too much of it',
      international([...address, ...Array.from({ length: 3 }, () => ({ type: '17', content: 'A' }))]),
      { rule: 'SEQUENCE', line: 13 },
    ],
    ['it has addenda of another class', international([...address, { content: 'A' }]), { rule: 'BAD_STRUCTURE', line: 11 }],
    ['it is money of another country', overwrite(file, { line: 2, from: 67, text: 'CAD' }), { rule: 'UNSUPPORTED', line: 2 }],
  ])('is refused where %s', async (_case, text, fault) => expect(await refusal(text)).toMatchObject(fault))
})

describe('readNacha refuses', () => {
  const two = achFile([
    { serviceClass: '220', entries: [ctx, { ...ctx, trace: '091000010000009' }] },
    { entryClass: 'PPD', entries: [{ code: '27' }] },
  ])
  // Lines: 1 file, 2 batch, 3 entry, 4-6 addenda, 7 entry, 8-10 addenda, 11 end, 12 batch, 13 entry, 14 end, 15 end of file.

  it('nothing of the file that is bent below', async () => expect(await entriesOf(two)).toHaveLength(3))

  it.each<[string, string, Partial<BadBankFile>]>([
    ['an empty file', '', { rule: 'EMPTY', line: 1 }],
    ['another format', 'ISA*00*\n', { rule: 'NOT_THIS_FORMAT', line: 1 }],
    ['a file without its header', withoutLine(two, 1), { rule: 'MISSING', line: 1, field: '1' }],
    [
      'a file that is no ACH file of 94 columns',
      overwrite(two, { line: 1, from: 35, text: '080' }),
      { rule: 'BAD_VALUE', line: 1, field: '1 record size' },
    ],
    [
      'blocks of another size',
      overwrite(two, { line: 1, from: 38, text: '20' }),
      { rule: 'BAD_VALUE', line: 1, field: '1 blocking factor' },
    ],
    [
      'a day of creation that is none',
      overwrite(two, { line: 1, from: 24, text: '260230' }),
      { rule: 'BAD_DAY', line: 1, field: '1 file creation date' },
    ],
    ['no day of creation', overwrite(two, { line: 1, from: 24, text: '      ' }), { rule: 'BAD_DAY', line: 1 }],
    [
      'a time of creation that is none',
      overwrite(two, { line: 1, from: 30, text: '2460' }),
      { rule: 'BAD_VALUE', line: 1, field: '1 file creation time' },
    ],
    [
      'no origin',
      overwrite(two, { line: 1, from: 14, text: '          ' }),
      { rule: 'MISSING', line: 1, field: '1 immediate origin' },
    ],

    [
      'a class that nothing reads',
      overwrite(two, { line: 2, from: 51, text: 'ADV' }),
      { rule: 'UNSUPPORTED', line: 2, field: '5 standard entry class code' },
    ],
    [
      'an unknown service class',
      overwrite(two, { line: 2, from: 2, text: '280' }),
      { rule: 'BAD_VALUE', line: 2, field: '5 service class code' },
    ],
    [
      'a day of effect that is none',
      overwrite(two, { line: 2, from: 70, text: '261301' }),
      { rule: 'BAD_DAY', line: 2, field: '5 effective entry date' },
    ],
    [
      'day 366 of a year near no leap year',
      overwrite(two, { line: 2, from: 76, text: '367' }),
      { rule: 'BAD_DAY', line: 2, field: '5 settlement date' },
    ],
    [
      'batches that do not ascend',
      overwrite(overwrite(two, { line: 12, from: 94, text: '1' }), { line: 14, from: 94, text: '1' }),
      { rule: 'SEQUENCE', line: 12, field: '5 batch number' },
    ],
    ['a batch inside a batch', withoutLine(two, 11), { rule: 'BAD_STRUCTURE', line: 11 }],

    ...['67', '25', '20', '57', 'AB'].map((text): [string, string, Partial<BadBankFile>] => [
      `a code that is none: ${text}`,
      overwrite(two, { line: 13, from: 2, text }),
      { rule: 'BAD_VALUE', line: 13, field: '6 transaction code', message: `"${text}" is no transaction code` },
    ]),
    [
      'a debit among credits',
      overwrite(two, { line: 3, from: 2, text: '27' }),
      { rule: 'BAD_VALUE', line: 3, field: '6 transaction code' },
    ],
    [
      'a prenote with money',
      overwrite(two, { line: 3, from: 2, text: '23' }),
      { rule: 'BAD_AMOUNT', line: 3, field: '6 amount' },
    ],
    [
      'a bank number with a wrong digit',
      overwrite(two, { line: 3, from: 11, text: '9' }),
      { rule: 'BAD_VALUE', line: 3, field: '6 check digit' },
    ],
    [
      'no account',
      overwrite(two, { line: 3, from: 13, text: ' '.repeat(17) }),
      { rule: 'MISSING', line: 3, field: '6 DFI account number' },
    ],
    [
      'an amount that is none',
      overwrite(two, { line: 3, from: 30, text: '000000 200' }),
      { rule: 'BAD_VALUE', line: 3, field: '6 amount' },
    ],
    [
      'another amount',
      overwrite(two, { line: 3, from: 39, text: '1' }),
      { rule: 'CONTROL_TOTAL', line: 11, field: '8 total credit' },
    ],
    [
      'a trace that is none',
      overwrite(two, { line: 3, from: 80, text: ' ' }),
      { rule: 'BAD_VALUE', line: 3, field: '6 trace number' },
    ],
    [
      'traces that do not ascend',
      overwrite(two, { line: 7, from: 94, text: '1' }),
      { rule: 'SEQUENCE', line: 7, field: '6 trace number' },
    ],
    ['an entry outside a batch', withoutLine(two, 12), { rule: 'BAD_STRUCTURE', line: 12 }],

    [
      'an indicator that is none',
      overwrite(two, { line: 3, from: 79, text: '5' }),
      { rule: 'BAD_VALUE', line: 3, field: '6 addenda record indicator' },
    ],
    ['addenda that the entry denies', overwrite(two, { line: 3, from: 79, text: '0' }), { rule: 'BAD_STRUCTURE', line: 4 }],
    [
      'addenda that do not come',
      overwrite(two, { line: 13, from: 79, text: '1' }),
      { rule: 'MISSING', line: 13, field: '6 addenda record indicator' },
    ],
    [
      'a count of addenda that is too high',
      overwrite(two, { line: 3, from: 58, text: '4' }),
      { rule: 'CONTROL_COUNT', line: 3, field: '6 number of addenda records' },
    ],
    ['a lost addendum', withoutLine(two, 5), { rule: 'SEQUENCE', line: 5, field: '7 addenda sequence number' }],
    ['a lost last addendum', withoutLine(two, 6), { rule: 'CONTROL_COUNT', line: 3, field: '6 number of addenda records' }],
    [
      'an addendum of another entry',
      overwrite(two, { line: 4, from: 94, text: '2' }),
      { rule: 'SEQUENCE', line: 4, field: '7 entry detail sequence number' },
    ],
    [
      'an addendum of an unknown type',
      overwrite(two, { line: 4, from: 2, text: '02' }),
      { rule: 'BAD_VALUE', line: 4, field: '7 addenda type code' },
    ],
    ['an addendum without an entry', withoutLine(two, 3), { rule: 'BAD_STRUCTURE', line: 3 }],
    [
      'two addenda of CCD',
      achFile([{ entryClass: 'CCD', entries: [{ addenda: inAddenda('A'.repeat(81)) }] }]),
      { rule: 'BAD_STRUCTURE', line: 5 },
    ],
    [
      'an addendum of TEL',
      achFile([{ entryClass: 'TEL', entries: [{ addenda: inAddenda('A') }] }]),
      { rule: 'BAD_STRUCTURE', line: 4 },
    ],

    ['a batch without entries', achFile([{ entries: [] }]), { rule: 'MISSING', line: 3 }],
    [
      'another count of a batch',
      overwrite(two, { line: 11, from: 10, text: '9' }),
      { rule: 'CONTROL_COUNT', line: 11, field: '8 entry/addenda count' },
    ],
    [
      'another hash of a batch',
      overwrite(two, { line: 11, from: 20, text: '9' }),
      { rule: 'CONTROL_TOTAL', line: 11, field: '8 entry hash' },
    ],
    [
      'other debits of a batch',
      overwrite(two, { line: 14, from: 32, text: '1' }),
      { rule: 'CONTROL_TOTAL', line: 14, field: '8 total debit' },
    ],
    [
      'other credits of a batch',
      overwrite(two, { line: 14, from: 44, text: '1' }),
      { rule: 'CONTROL_TOTAL', line: 14, field: '8 total credit' },
    ],
    [
      'another class at the end of a batch',
      overwrite(two, { line: 11, from: 2, text: '200' }),
      { rule: 'CONTROL_NUMBER', line: 11, field: '8 service class code' },
    ],
    [
      'another company at the end of a batch',
      overwrite(two, { line: 11, from: 45, text: '9' }),
      { rule: 'CONTROL_NUMBER', line: 11, field: '8 company identification' },
    ],
    [
      'another bank at the end of a batch',
      overwrite(two, { line: 11, from: 87, text: '9' }),
      { rule: 'CONTROL_NUMBER', line: 11, field: '8 originating DFI identification' },
    ],
    [
      'another number at the end of a batch',
      overwrite(two, { line: 11, from: 94, text: '2' }),
      { rule: 'CONTROL_NUMBER', line: 11, field: '8 batch number' },
    ],
    ['an end of a batch that did not begin', withoutLine(withoutLine(two, 12), 12), { rule: 'BAD_STRUCTURE', line: 12 }],

    [
      'another count of batches',
      overwrite(two, { line: 15, from: 7, text: '3' }),
      { rule: 'CONTROL_COUNT', line: 15, field: '9 batch count' },
    ],
    [
      'another count of blocks',
      overwrite(two, { line: 15, from: 13, text: '3' }),
      { rule: 'CONTROL_COUNT', line: 15, field: '9 block count' },
    ],
    [
      'another count of the file',
      overwrite(two, { line: 15, from: 21, text: '8' }),
      { rule: 'CONTROL_COUNT', line: 15, field: '9 entry/addenda count' },
    ],
    [
      'another hash of the file',
      overwrite(two, { line: 15, from: 31, text: '9' }),
      { rule: 'CONTROL_TOTAL', line: 15, field: '9 entry hash' },
    ],
    [
      'other debits of the file',
      overwrite(two, { line: 15, from: 43, text: '1' }),
      { rule: 'CONTROL_TOTAL', line: 15, field: '9 total debit' },
    ],
    [
      'other credits of the file',
      overwrite(two, { line: 15, from: 55, text: '1' }),
      { rule: 'CONTROL_TOTAL', line: 15, field: '9 total credit' },
    ],
    ['a lost batch', [12, 12, 12].reduce(withoutLine, two), { rule: 'CONTROL_COUNT', line: 12, field: '9 batch count' }],
    ['a file without batches', achFile([]), { rule: 'EMPTY', line: 2 }],
    ['a file that ends inside a batch', withoutLine(two, 14), { rule: 'BAD_STRUCTURE', line: 14 }],
    ['a file without its end', two.split('\n').slice(0, 14).join('\n'), { rule: 'TRUNCATED', line: 14, field: '9' }],
    ['lines of nines in place of its end', withoutLine(two, 15), { rule: 'BAD_STRUCTURE', line: 15 }],
    ['a record behind the end', two.replace('9'.repeat(94), two.split('\n')[12] ?? ''), { rule: 'BAD_STRUCTURE', line: 16 }],
    [
      'a block of nines too many',
      `${two}${`${'9'.repeat(94)}\n`.repeat(10)}`,
      { rule: 'CONTROL_COUNT', line: 15, field: '9 block count' },
    ],

    ['a record that is too long', two.replace('091000010000002\n', '091000010000002 x\n'), { rule: 'TOO_LONG' }],
    ['a file of one line', two.replaceAll('\n', ''), { rule: 'TOO_LONG', line: 1 }],
    ['a record of an unknown kind', overwrite(two, { line: 13, from: 1, text: 'X' }), { rule: 'BAD_STRUCTURE', line: 13 }],
    ['a blank line between records', two.replace('\n5', '\n\n \n5'), { rule: 'BAD_STRUCTURE', line: 2 }],
    ['a control character', overwrite(two, { line: 3, from: 59, text: '\u001a' }), { rule: 'BAD_ENCODING', line: 3 }],
    [
      'a letter that takes more than one byte',
      overwrite(two, { line: 3, from: 59, text: 'ü' }),
      { rule: 'BAD_ENCODING', line: 3 },
    ],
  ])('%s', async (_case, text, fault) => expect(await refusal(text)).toMatchObject(fault))

  it('does not mind where the company stands at the end of a batch, or that it is left out', async () => {
    const short = achFile([{ companyId: '123456789', entries: [ctx] }])
    expect(await entriesOf(overwrite(short, { line: 7, from: 45, text: ' 123456789' }))).toHaveLength(1)
    expect(await entriesOf(overwrite(short, { line: 7, from: 45, text: ' '.repeat(10) }))).toHaveLength(1)
  })
})

describe('files of any content', () => {
  const reference = fc.stringMatching(/^[A-Z0-9][A-Z0-9 .-]{0,20}[A-Z0-9]$/)
  const paid = fc.bigInt({ min: 1n, max: 999_999n })
  const payment = fc.record({
    payer: reference,
    lines: fc.array(fc.record({ reference, paidMinor: paid }), { minLength: 1, maxLength: 12 }),
    terminator: fc.constantFrom('\\', '~'),
  })
  const dollars = (minor: bigint) => formatAmount({ minor, currency: 'USD' })

  it('carry every advice through its addenda', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(payment, { minLength: 1, maxLength: 4 }), async (payments) => {
        const entries = payments.map(({ payer, lines, terminator }): AchEntry => {
          const amountMinor = lines.reduce((sum, { paidMinor }) => sum + paidMinor, 0n)
          const body = [
            `BPR*C*${dollars(amountMinor)}*C*ACH`,
            'TRN*1*1',
            `N1*PR*${payer}`,
            'ENT*1',
            ...lines.map((line) => `RMR*IV*${line.reference}**${dollars(line.paidMinor)}`),
          ]
          const segments = ['ST*820*1', ...body, `SE*${body.length + 2}*1`]
          return { amountMinor, addenda: inAddenda(set(segments, terminator)) }
        })
        const found = await entriesOf(achFile([{ entries }]))
        expect(found.map(({ amountMinor }) => amountMinor)).toEqual(entries.map(({ amountMinor }) => amountMinor))
        expect(found.map(({ details }) => details[0])).toMatchObject(
          payments.map(({ payer, lines }) => ({ payerName: payer, remittance: lines })),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('are read or refused, wherever a character is changed', async () => {
    const change = fc.record({
      at: fc.nat(file.length - 1),
      to: fc.constantFrom('0', '1', '9', ' ', '\\', '*', '\n', 'A', '\u0000', ''),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const text = changes.reduce((now, { at, to }) => now.slice(0, at) + to + now.slice(at + 1), file)
        await read(text).catch((thrown) => expect(thrown).toBeInstanceOf(BadBankFile))
      }),
      { numRuns: 500 },
    )
  })

  it('never yield another sum of money for one changed digit of an amount', async () => {
    for (let column = 30; column <= 39; column += 1)
      for (const text of '0123456789')
        if (file.split('\n')[2]?.charAt(column - 1) !== text)
          expect(await refusal(overwrite(file, { line: 3, from: column, text }))).toMatchObject({ rule: 'CONTROL_TOTAL' })
  })
})

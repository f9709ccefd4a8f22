import { describe, expect, it } from 'vitest'
import { bend, inPieces, x12File } from '../../../../test/bank/x12-vectors.ts'
import { BadBankFile, type BankEntry, type BankEvent } from './model.ts'
import { readX12_823 } from './x12-823.ts'

const read = (text: string): Promise<BankEvent[]> => Array.fromAsync(readX12_823(inPieces(text)))
const entries = async (text: string): Promise<BankEntry[]> =>
  (await read(text)).flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : []))
const refusal = (text: string): Promise<Partial<BadBankFile>> =>
  read(text).then(
    () => ({ message: 'the file was read' }),
    ({ rule, line, field, message }: BadBankFile) => ({ rule, line, field, message }),
  )

/** A deposit of three checks in two batches: 300.00 and 50.00 in the first, 75.50 in the second. */
const deposit = [
  'N1*BK*SUPPLIER BANK*13*091000019',
  'DEP*LB-100*20260302*1415*D-7*01*091000019*DA*77001',
  'AMT*3*425.5',
  'QTY*41*2',
  'QTY*42*3',
  'BAT*20260302**B1',
  'AMT*2*350',
  'QTY*42*2',
  'BPR*C*300*C*CHK**01*042000314*DA*555-1*******20260303',
  'TRN*1*000817',
  'REF*ZZ*ENVELOPE-1',
  'N1*PR*BUYER CO*91*B-9',
  'RMR*IV*INV-1**310*320*10',
  'DTM*003*20260115',
  'ADX*-10*57*CM*REBATE',
  'BPR*C*50*C*CHK',
  'TRN*1*000818',
  'BAT*20260302**B2',
  'BPR*C*75.5*C*CHK',
  'TRN*1*2001',
  'ENT*1',
  'ADX*-4.5*06*CL*CLAIM-1',
  'ENT*2',
  'RMR*IV*INV-9**80',
]
const lockbox = { set: '823', group: 'LB' }
const file = x12File([deposit], lockbox)
const summary = ['DEP*LB-100*20260302***01*091000019', 'AMT*3*425.5', 'QTY*41*2']

describe('readX12_823', () => {
  it('tells one statement for a deposit, and the account that it went to', async () => {
    const found = await read(file)
    expect(found.map(({ kind }) => kind)).toEqual(['FILE', 'STATEMENT', 'ENTRY', 'ENTRY', 'ENTRY', 'STATEMENT_END'])
    expect(found[0]).toMatchObject({ file: { format: 'X12_823', messageId: '000000042/7/0001', sender: 'BUYER' } })
    expect(found[1]).toEqual({
      kind: 'STATEMENT',
      statement: {
        line: 5,
        account: '77001',
        currency: 'USD',
        statementId: 'LB-100/20260302',
        sequence: 'D-7',
        bank: 'SUPPLIER BANK',
        createdAt: '2026-03-02T14:15',
      },
    })
    expect(found[5]).toEqual({ kind: 'STATEMENT_END', balances: [], entries: 3 })
  })

  it('tells a check with its number, its payer and what it pays', async () => {
    const [first] = await entries(file)
    expect(first).toEqual({
      line: 12,
      account: '77001',
      currency: 'USD',
      amountMinor: 30_000n,
      direction: 'CREDIT',
      isReversal: false,
      status: 'BOOKED',
      bookedOn: '2026-03-02',
      valueOn: '2026-03-03',
      typeCode: 'CHK',
      bankReference: 'LB-100/D-7/B1/1',
      details: [
        {
          amountMinor: 30_000n,
          references: [
            { kind: 'CHECK', value: '000817' },
            { kind: 'OTHER', value: 'ENVELOPE-1' },
          ],
          payerName: 'BUYER CO',
          payerAccount: '042000314/555-1',
          text: '',
          remittance: [
            {
              line: 16,
              qualifier: 'IV',
              reference: 'INV-1',
              paidMinor: 31_000n,
              invoicedMinor: 32_000n,
              discountMinor: 1_000n,
              documentOn: '2026-01-15',
              adjustments: [{ amountMinor: -1_000n, code: '57', codeList: 'X12_426', reference: 'REBATE', text: null }],
            },
          ],
          instructed: null,
          chargesMinor: null,
        },
      ],
      raw: deposit
        .slice(8, 15)
        .map((segment) => `${segment}~`)
        .join('\n'),
    })
  })

  it('tells an adjustment of the whole check as a line that nothing was invoiced for', async () => {
    const third = (await entries(file))[2]
    expect(third).toMatchObject({ amountMinor: 7_550n, bankReference: 'LB-100/D-7/B2/1' })
    expect(third?.details[0]?.remittance).toMatchObject([
      { reference: 'INV-9', paidMinor: 8_000n },
      { reference: 'CLAIM-1', paidMinor: -450n, invoicedMinor: 0n, adjustments: [{ amountMinor: -450n, code: '06' }] },
    ])
  })

  it('takes a check for its own amount, whatever a lockbox could key of its advice', async () => {
    expect(await entries(bend(file, '**310*320*10', '**12*320*10'))).toMatchObject([{ amountMinor: 30_000n }, {}, {}])
  })

  it('numbers the batches that have no number', async () =>
    expect((await entries(bend(file, '**B2', ''))).map(({ bankReference }) => bankReference)).toEqual([
      'LB-100/D-7/B1/1',
      'LB-100/D-7/B1/2',
      'LB-100/D-7/2/1',
    ]))

  it('tells a deposit without batches as one movement', async () => {
    const found = await read(x12File([summary], lockbox))
    expect(found.slice(1)).toMatchObject([
      { kind: 'STATEMENT', statement: { account: 'LB-100', sequence: null, bank: '091000019', createdAt: '2026-03-02' } },
      {
        kind: 'ENTRY',
        entry: { amountMinor: 42_550n, bankReference: 'LB-100', details: [{ amountMinor: null, remittance: [] }] },
      },
      { kind: 'STATEMENT_END', entries: 1 },
    ])
  })

  it('takes several deposits, in one set and in several', async () => {
    const found = await read(x12File([[...deposit, ...summary], summary], lockbox))
    expect(found.map(({ kind }) => kind).filter((kind) => kind.startsWith('STATEMENT'))).toEqual([
      'STATEMENT',
      'STATEMENT_END',
      'STATEMENT',
      'STATEMENT_END',
      'STATEMENT',
      'STATEMENT_END',
    ])
    expect(found.filter(({ kind }) => kind === 'FILE')).toHaveLength(1)
  })

  it('names the bank by the first party, and does not hold what it does not read', async () => {
    const named = bend(file, 'N1*BK*SUPPLIER BANK*13*091000019~', 'N1*BK*SUPPLIER BANK*13*091000019~\nN1*PE*SUPPLIER INC~')
    expect((await read(bend(named, 'SE*26*', 'SE*27*')))[1]).toMatchObject({ statement: { bank: 'SUPPLIER BANK' } })
    expect(await entries(bend(bend(file, 'QTY*41*2~', 'QTY*41*2~\nQTY*constructor*5~'), 'SE*26*', 'SE*27*'))).toHaveLength(3)
  })

  it('reads a deposit in another currency by its own digits', async () => {
    const yen = ['DEP*LB*20260302***01*091', 'AMT*3*500', 'BAT*20260302**B', 'BPR*C*500*C*CHK', 'CUR*PR*JPY']
    expect(await entries(x12File([yen], lockbox))).toMatchObject([{ currency: 'JPY', amountMinor: 500n }])
  })
})

describe('readX12_823 refuses', () => {
  it.each<[string, string, Partial<BadBankFile>]>([
    [
      'a deposit whose checks make another sum',
      bend(file, 'AMT*3*425.5', 'AMT*3*425.51'),
      { rule: 'CONTROL_TOTAL', line: 6, field: 'AMT02' },
    ],
    [
      'a batch whose checks make another sum',
      bend(file, 'AMT*2*350', 'AMT*2*351'),
      { rule: 'CONTROL_TOTAL', line: 10, field: 'AMT02' },
    ],
    ['batches that are too few', bend(file, 'QTY*41*2', 'QTY*41*3'), { rule: 'CONTROL_COUNT', line: 7, field: 'QTY02' }],
    [
      'checks of the deposit that are too many',
      bend(file, 'QTY*42*3', 'QTY*42*2'),
      { rule: 'CONTROL_COUNT', line: 8, field: 'QTY02' },
    ],
    [
      'checks of a batch that are too few',
      bend(file, 'QTY*42*2', 'QTY*42*4'),
      { rule: 'CONTROL_COUNT', line: 11, field: 'QTY02' },
    ],
    [
      'a total that comes twice',
      bend(file, 'AMT*3*425.5~', 'AMT*3*425.5~\nAMT*3*425.5~'),
      { rule: 'BAD_STRUCTURE', line: 7, field: 'AMT' },
    ],
    [
      'a count that comes twice',
      bend(file, 'QTY*41*2~', 'QTY*41*2~\nQTY*41*2~'),
      { rule: 'BAD_STRUCTURE', line: 8, field: 'QTY' },
    ],
    ['a count that is none', bend(file, 'QTY*42*2', 'QTY*42*x'), { rule: 'BAD_VALUE', line: 11, field: 'QTY02' }],
    ['a deposit without a total', x12File([summary.slice(0, 1)], lockbox), { rule: 'MISSING', line: 4, field: 'DEP' }],
    ['a total below zero', bend(file, 'AMT*3*425.5', 'AMT*3*-425.5'), { rule: 'BAD_AMOUNT', line: 6, field: 'AMT02' }],
    [
      'a batch without its check',
      bend(file, 'BPR*C*75.5*C*CHK~\nTRN*1*2001~\n', 'NTE**A~\nNTE**B~\n'),
      { rule: 'CONTROL_COUNT', line: 8, field: 'QTY02' },
    ],
    ['a set without a deposit', x12File([['N1*BK*BANK']], lockbox), { rule: 'MISSING', line: 5, field: 'SE' }],
    [
      'a check outside a batch',
      x12File([[...summary, 'BPR*C*50*C*CHK']], lockbox),
      { rule: 'BAD_STRUCTURE', line: 7, field: 'BPR' },
    ],
    ['a batch outside a deposit', x12File([['BAT*20260302**B1']], lockbox), { rule: 'BAD_STRUCTURE', line: 4, field: 'BAT' }],
    ['a check below zero', bend(file, 'BPR*C*50*', 'BPR*C*-50*'), { rule: 'BAD_AMOUNT', line: 19, field: 'BPR02' }],
    ['a check without an amount', bend(file, 'BPR*C*50*', 'BPR*C**'), { rule: 'MISSING', line: 19, field: 'BPR02' }],
    ['money that is drawn', bend(file, 'BPR*C*50*C', 'BPR*C*50*D'), { rule: 'UNSUPPORTED', line: 19, field: 'BPR03' }],
    ['the checks of old releases', bend(file, 'BPR*C*50*C*CHK', 'BPS*CHK*50*C'), { rule: 'UNSUPPORTED', line: 19, field: 'BPS' }],
    ['checks of two currencies', bend(file, 'TRN*1*000818', 'CUR*PR*CAD'), { rule: 'BAD_CURRENCY', line: 5, field: 'DEP' }],
    [
      'a day of the deposit that is none',
      bend(file, 'DEP*LB-100*20260302*', 'DEP*LB-100*20260231*'),
      { rule: 'BAD_DAY', line: 5, field: 'DEP02' },
    ],
    [
      'a deposit without its day',
      bend(file, 'DEP*LB-100*20260302*', 'DEP*LB-100**'),
      { rule: 'MISSING', line: 5, field: 'DEP02' },
    ],
    [
      'a deposit without its lockbox',
      bend(file, 'DEP*LB-100*20260302*', 'DEP**20260302*'),
      { rule: 'MISSING', line: 5, field: 'DEP01' },
    ],
    ['a wrong count of segments', bend(file, 'SE*26*', 'SE*25*'), { rule: 'CONTROL_COUNT', line: 28, field: 'SE01' }],
  ])('%s', async (_case, text, fault) => expect(await refusal(text)).toMatchObject(fault))

  it('a set of another reader', async () => {
    expect(await refusal(x12File([deposit]))).toMatchObject({ rule: 'NOT_THIS_FORMAT', field: 'ST01' })
  })

  it('or reads it, wherever a character of it is changed', async () => {
    for (let at = 0; at < file.length; at += 1) {
      const text = `${file.slice(0, at)}${at % 3 === 0 ? '~' : at % 3 === 1 ? '*' : '9'}${file.slice(at + 1)}`
      await read(text).catch((thrown) => expect(thrown).toBeInstanceOf(BadBankFile))
    }
  })
})

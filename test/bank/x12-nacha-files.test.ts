import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BankEntry, BankEvent, BankReader, RemittanceAdvice } from '../../src/modules/bank/formats/model.ts'
import { BadBankFile } from '../../src/modules/bank/formats/model.ts'
import { readNacha } from '../../src/modules/bank/formats/nacha.ts'
import { readX12_820 } from '../../src/modules/bank/formats/x12-820.ts'
import { readX12_823 } from '../../src/modules/bank/formats/x12-823.ts'
import { outcomes } from './outcomes-x12-nacha.ts'

// Every file of these formats that others publish: read to the values that stand in it, or refused for the fault it has.

const bankFolder = join(import.meta.dirname, '../../../shared/data/bank')
const folders = ['x12-820', 'x12-823', 'x12-810', 'x12-malformed', 'nacha']

const readerOf = (file: string): BankReader =>
  file.startsWith('nacha/') ? readNacha : file.startsWith('x12-823/') ? readX12_823 : readX12_820

const read = (file: string, reader: BankReader = readerOf(file)): Promise<BankEvent[]> =>
  Array.fromAsync(reader(createReadStream(join(bankFolder, file))))

const entriesOf = (events: readonly BankEvent[]): BankEntry[] =>
  events.flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : []))
const advicesOf = (events: readonly BankEvent[]): RemittanceAdvice[] =>
  events.flatMap((event) => (event.kind === 'REMITTANCE' ? [event.advice] : []))

const isHere = existsSync(bankFolder)

describe.skipIf(!isHere)(`files of ${isHere ? bankFolder : 'shared/data/bank, WHICH IS NOT THERE'}`, () => {
  it('have an outcome each', () => {
    const files = folders.flatMap((folder) => readdirSync(join(bankFolder, folder)).map((name) => `${folder}/${name}`))
    expect(outcomes.map(({ file }) => file).toSorted()).toEqual(files.toSorted())
  })

  it.each(outcomes.filter(({ outcome }) => outcome === 'PARSED'))('$file is read', async ({ file, entries }) => {
    const events = await read(file)
    expect(entriesOf(events).length + advicesOf(events).length).toBe(entries)
    expect(events.filter(({ kind }) => kind === 'FILE')).toHaveLength(1)
  })

  it.each(outcomes.filter(({ outcome }) => outcome !== 'PARSED'))(
    '$file is refused: $why',
    async ({ file, outcome, line, field }) => {
      const thrown = await read(file).then(
        () => null,
        (error: unknown) => error,
      )
      expect(thrown).toBeInstanceOf(BadBankFile)
      expect(thrown).toMatchObject({ rule: outcome, line, field })
    },
  )

  it('of other sets are refused by either reader of X12', async () => {
    const others = outcomes.filter(({ file }) => file.startsWith('x12-810/') || file.startsWith('x12-malformed/'))
    for (const { file, outcome, line, field } of others)
      await expect(read(file, readX12_823)).rejects.toMatchObject({ rule: outcome, line, field })
    for (const { file } of outcomes.filter(({ outcome, file }) => outcome === 'PARSED' && file.startsWith('x12-82'))) {
      const other = file.startsWith('x12-820/') ? readX12_823 : readX12_820
      await expect(read(file, other)).rejects.toMatchObject({ rule: 'NOT_THIS_FORMAT', field: 'ST01' })
    }
  })
})

/** What each advice says, in dollars and in the order of its lines, as a person reads it in the file. */
const advices: readonly (readonly [
  name: string,
  paid: number,
  reference: string,
  effectiveOn: string,
  payer: string,
  payee: string,
  lines: readonly number[],
])[] = [
  [
    'different-types-of-payment-made-by-the-hix',
    220,
    '78905',
    '2014-06-04',
    'GOVERNMENT AGENCY',
    'BATA INSURANCE CO.',
    [35, 35, -350, 450, 50],
  ],
  [
    'final-hix-820-aptc-adjustments',
    910,
    '123456789123459',
    '2014-02-28',
    'CMS',
    'NATIONAL',
    [500, 100, -25, -600, 500, 400, 50, -15],
  ],
  ['final-hix-820-charges-exceed-payments', 0, '123456789123567', '2014-01-28', 'CMS', 'USINS', [-25, -15, 40]],
  [
    'final-hix-820-current-month-debt-amount-covered-by-affiliate',
    0,
    '12345678945678',
    '2014-02-28',
    'CMS',
    'NATIONAL EAST',
    [100, 50, -35, -450, 100, 100, 50, -40, 125],
  ],
  [
    'final-hix-820-outstanding-debt-owed-by-payee',
    985,
    '123456789123459',
    '2014-02-28',
    'CMS',
    'NATIONAL',
    [600, 100, -25, 400, 50, -15, -125],
  ],
  [
    'final-hix-820-payments-exceed-charges',
    1110,
    '123456789123459',
    '2014-01-28',
    'CMS',
    'NATIONAL',
    [600, 100, -25, 400, 50, -15],
  ],
  [
    'final-hix-820-replace-csr-manual-adjustment-with-retroactive',
    975,
    '123456789123459',
    '2014-03-28',
    'CMS',
    'NATIONAL',
    [500, 100, -35, 100, 400, 50, -40, 100, -200],
  ],
  ['hix-820-final-csr-manual-adjustment', 325, '123456789123459', '2014-02-28', 'CMS', 'NATIONAL', [100, -35, 100, -40, 200]],
  ['hix-820-optional-csr-manual-adjustment', 0, '123456789123456', '2014-02-10', 'CMS', 'NATIONAL', [100, -35, 100, -40, -125]],
  [
    'initial-hix-820-optional-aptc-adjustments',
    0,
    '123456789123456',
    '2014-02-10',
    'CMS',
    'NATIONAL',
    [500, 100, -25, -600, 500, 400, 50, -15, -910],
  ],
  ['initial-hix-820-optional-charges-exceed-payments', 0, '123456789123457', '2014-01-10', 'CMS', 'USINS', [-25, -15, 40]],
  [
    'initial-hix-820-optional-debt-amount-covered-by-affiliate',
    0,
    '123456789123385',
    '2014-02-10',
    'CMS',
    'NATIONAL EAST',
    [100, 50, -35, -450, 100, 100, 50, -40, 125],
  ],
  [
    'initial-hix-820-optional-payments-exceed-charges',
    0,
    '123456789123456',
    '2014-01-10',
    'CMS',
    'NATIONAL',
    [600, 100, -25, 400, 50, -15, -1110],
  ],
  [
    'initial-hix-820-optional-replace-csr-manual-adjustment-with-retroactive',
    0,
    '123456789123456',
    '2014-03-10',
    'CMS',
    'NATIONAL',
    [500, 100, -35, 100, 400, 50, -40, 100, -1175],
  ],
  ['list-bill', 20_000, '12345', '2007-06-20', 'ABC PLASTICS', 'DEF HEALTHCARE CO', [7_000, 10_000, 3_000]],
  ['list-bill-payment', 255, '78905', '2007-11-03', 'ALFA MEDAL CO', 'BATA INSURANCE CO.', [30, 35, 45, 50, 45, 50]],
  [
    'sbm-hix-820-cms-sends-hix-820-to-state-based-marketplace',
    0,
    'MD2014013101',
    '2014-01-28',
    'CMS',
    'XYZ SBM',
    [600, 100, 400, 50, -1150],
  ],
  ['summary-bill', 20_000, '12345', '2007-06-20', 'ABC PLASTICS', 'DEF HEALTHCARE CO', [20_000]],
]

describe.skipIf(!isHere)('the remittance advices', () => {
  it('are all listed here', () => {
    const parsed = outcomes.filter(({ file, outcome }) => file.startsWith('x12-820/') && outcome === 'PARSED')
    expect(advices.map(([name]) => `x12-820/stupidedi_005010_${name}.edi`).toSorted()).toEqual(
      parsed.map(({ file }) => file).toSorted(),
    )
  })

  it.each(advices)('%s: %d', async (name, paid, reference, effectiveOn, payerName, payeeName, lines) => {
    const events = await read(`x12-820/stupidedi_005010_${name}.edi`)
    expect(events[0]).toMatchObject({
      kind: 'FILE',
      file: { isTest: true, sender: '123456789012345', receiver: '123456789012346' },
    })
    const [advice] = advicesOf(events)
    expect(advice).toMatchObject({
      amountMinor: BigInt(paid * 100),
      currency: 'USD',
      reference,
      effectiveOn,
      payerName,
      payeeName,
    })
    expect(advice?.lines.map(({ paidMinor }) => paidMinor)).toEqual(lines.map((line) => BigInt(line * 100)))
    expect(advice?.adjustments).toEqual([])
  })

  it('tell what was invoiced, and why less is paid', async () => {
    const [advice] = advicesOf(await read('x12-820/stupidedi_005010_list-bill.edi'))
    const overpaid = { code: '52', codeList: 'X12_426', reference: null, text: null }
    expect(advice?.lines).toMatchObject([
      { qualifier: 'CT', reference: '190206123', invoicedMinor: null, adjustments: [] },
      {
        qualifier: 'CT',
        reference: '163910163',
        invoicedMinor: 1_100_000n,
        adjustments: [{ amountMinor: -100_000n, ...overpaid }],
      },
      { qualifier: 'CT', reference: '179203456', invoicedMinor: 310_000n, adjustments: [{ amountMinor: -10_000n, ...overpaid }] },
    ])
  })

  it('that deviate are read where the profile of the partner says so', async () => {
    const file = createReadStream(join(bankFolder, 'x12-820/stupidedi_005010_summary-bill-payment.edi'))
    const [advice] = advicesOf(await Array.fromAsync(readX12_820(file, { controlFormula: 'NONE' })))
    expect(advice).toMatchObject({ amountMinor: 1_900_000n, payerName: 'ABC PLASTICS', reference: '12345' })
    expect(advice?.lines).toMatchObject([
      { qualifier: 'IK', reference: '970501001', paidMinor: 1_650_000n },
      { qualifier: 'IK', reference: '970501002', paidMinor: 25_000n },
    ])
  })
})

describe.skipIf(!isHere)('the lockbox', () => {
  it('tells the sum of its deposit alone', async () => {
    expect(await read('x12-823/x12types_823_full_transmission.edi')).toMatchObject([
      { kind: 'FILE', file: { format: 'X12_823', messageId: '000000001/1/0001', sender: 'S', receiver: 'R', isTest: false } },
      { kind: 'STATEMENT', statement: { account: 'LOCKBOX1', bank: 'BANK', statementId: 'LOCKBOX1/20200101', sequence: null } },
      {
        kind: 'ENTRY',
        entry: { amountMinor: 1_000_000n, direction: 'CREDIT', bookedOn: '2020-01-01', details: [{ amountMinor: null }] },
      },
      { kind: 'STATEMENT_END', entries: 1 },
    ])
  })
})

/** What each entry says: cents, direction, whether it comes back, code, trace, whose account, who is on the other side. */
type AchLine = readonly [
  amountMinor: bigint,
  direction: 'CREDIT' | 'DEBIT',
  isReversal: boolean,
  typeCode: string,
  bankReference: string,
  account: string,
  payerName: string,
]
const vendorPay: readonly AchLine[] = [
  [500_000n, 'DEBIT', false, 'CCD/27', '031300010000001', '744-5678-99', 'Name on Account'],
  [125n, 'DEBIT', false, 'CCD/27', '031300010000002', '744-5678-99', 'Name on Account'],
]
const change: readonly AchLine[] = [[0n, 'CREDIT', false, 'C01', '121042880000001', '121042882', 'Best Co. #23']]
const trade: readonly AchLine[] = [[100_000_000n, 'DEBIT', false, 'CTX/27', '121042880000001', '12345678', 'Name on Account']]

const achEntries: readonly (readonly [name: string, valueOn: string | null, lines: readonly AchLine[]])[] = [
  ['examples__testdata__ccd-debit', '2019-08-16', vendorPay],
  ['examples__testdata__cor-read', '2019-08-16', change],
  ['examples__testdata__ctx-debit', '2019-08-16', trade],
  [
    'examples__testdata__dishonored-return',
    null,
    [
      [25_000n, 'DEBIT', true, 'R68', '231380100000001', '231380104', 'Wade Arnold'],
      [23_000n, 'DEBIT', true, 'R68', '231380100000002', '231380104', 'Adam Decaf'],
    ],
  ],
  ['test__ach-ccd-read__ccd-debit', '2018-11-27', vendorPay],
  ['test__ach-cor-read__cor-read', '2021-04-12', change],
  ['test__ach-ctx-read__ctx-debit', '2018-11-27', trade],
  [
    'test__issues__testdata__issue1620_return',
    null,
    [[1n, 'CREDIT', true, 'R03', '062000010000001', '9999999999', 'aaaa aaaaaa']],
  ],
  ['test__testdata__cor-example', null, change],
  ['test__testdata__iat-addenda99', null, [[100_000n, 'CREDIT', true, 'R01', '231380100000001', '123456789', 'BEK Enterprises']]],
  [
    'test__testdata__return-WEB',
    '2000-01-01',
    [
      [12_354n, 'DEBIT', true, 'R01', '091000017611242', '123456789', 'Paul Jones'],
      [4_565n, 'CREDIT', true, 'R03', '021000029461242', '123456789', 'Bob Marley'],
    ],
  ],
]

describe.skipIf(!isHere)('the ACH files', () => {
  it('are all listed here', () => {
    const parsed = outcomes.filter(({ file, outcome }) => file.startsWith('nacha/') && outcome === 'PARSED')
    expect(achEntries.map(([name]) => `nacha/${name}.ach`).toSorted()).toEqual(parsed.map(({ file }) => file).toSorted())
  })

  it.each(achEntries)('%s', async (name, valueOn, lines) => {
    const entries = entriesOf(await read(`nacha/${name}.ach`))
    const found = entries.map((entry): AchLine => {
      const { amountMinor, direction, isReversal, typeCode, bankReference, account, details } = entry
      return [amountMinor, direction, isReversal, typeCode ?? '', bankReference ?? '', account, details[0]?.payerName ?? '']
    })
    expect(found).toEqual(lines)
    // None of them tells a day of settlement, so that none of their money counts as booked.
    for (const entry of entries)
      expect(entry).toMatchObject({ valueOn, bookedOn: null, status: entry.amountMinor === 0n ? 'INFORMATION' : 'PENDING' })
  })

  it('keep the words of addenda that are no segments', async () => {
    const [entry] = entriesOf(await read('nacha/examples__testdata__ctx-debit.ach'))
    expect(entry?.details).toMatchObject([{ text: 'Debit First Account\nDebit Second Account', remittance: [] }])
  })
})

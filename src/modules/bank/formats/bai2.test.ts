import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBai2 } from './bai2.ts'
import { BadBankFile, type BankEntry, type BankEvent } from './model.ts'

async function* pieces(content: string, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const events = (content: string): Promise<BankEvent[]> => Array.fromAsync(readBai2(pieces(content)))

const refused = async (content: string): Promise<BadBankFile> => {
  const thrown = await events(content).then(
    () => null,
    (error: unknown) => error,
  )
  if (thrown instanceof BadBankFile) return thrown
  throw new Error('the file was not refused', { cause: thrown })
}

/** A file of one account, whose trailers are right for the sum that is given. */
const fileOf = (
  records: readonly string[],
  {
    sum,
    account = '03,4711,USD/',
    group = '02,OURS,BANK,1,240131,2359,USD,2/',
  }: { sum: number; account?: string; group?: string },
): string => {
  const inAccount = [...account.split('\n'), ...records].filter((line) => /^\d\d,/.test(line)).length + 1
  return [
    '01,BANK,OURS,240201,0615,7,80,1,2/',
    group,
    account,
    ...records,
    `49,${sum},${inAccount}/`,
    `98,${sum},1,${inAccount + 2}/`,
    `99,${sum},1,${inAccount + 4}/`,
    '',
  ].join('\n')
}
const entriesOf = async (content: string): Promise<BankEntry[]> =>
  (await events(content)).flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : []))
const entryOf = async (...records: string[]): Promise<BankEntry> => {
  const [amount = '0'] = records[0]?.split(',').slice(2) ?? []
  const [entry] = await entriesOf(fileOf(records, { sum: Number(amount) }))
  if (entry === undefined) throw new Error('no entry was read')
  return entry
}

describe('readBai2', () => {
  it('reads a file, its account, an entry and the balances', async () => {
    const account = '03,4711,USD,010,-5000,,,015,145000,,Z,100,150000,1,/'
    const read = await events(fileOf(['16,195,150000,V,240130,,FT24030,INV 88,ACME LTD, INVOICE 88/'], { sum: 440000, account }))
    expect(read).toEqual([
      {
        kind: 'FILE',
        file: {
          format: 'BAI2',
          messageId: 'BANK/2024-02-01/7',
          sender: 'BANK',
          receiver: 'OURS',
          createdAt: '2024-02-01T06:15',
          isTest: false,
        },
      },
      {
        kind: 'STATEMENT',
        statement: {
          line: 3,
          account: '4711',
          currency: 'USD',
          statementId: '2024-01-31T23:59',
          sequence: null,
          bank: 'BANK',
          createdAt: '2024-02-01T06:15',
        },
      },
      {
        kind: 'ENTRY',
        entry: {
          line: 4,
          account: '4711',
          currency: 'USD',
          amountMinor: 150_000n,
          direction: 'CREDIT',
          isReversal: false,
          status: 'BOOKED',
          bookedOn: '2024-01-31',
          valueOn: '2024-01-30',
          typeCode: '195',
          bankReference: 'FT24030',
          details: [
            {
              amountMinor: 150_000n,
              references: [
                { kind: 'BANK', value: 'FT24030' },
                { kind: 'CUSTOMER', value: 'INV 88' },
              ],
              payerName: null,
              payerAccount: null,
              text: 'ACME LTD, INVOICE 88',
              remittance: [],
              instructed: null,
              chargesMinor: null,
            },
          ],
          raw: '16,195,150000,V,240130,,FT24030,INV 88,ACME LTD, INVOICE 88/',
        },
      },
      {
        kind: 'STATEMENT_END',
        balances: [
          { kind: 'OPENING', code: '010', amountMinor: -5000n, currency: 'USD', on: '2024-01-31' },
          { kind: 'CLOSING', code: '015', amountMinor: 145_000n, currency: 'USD', on: '2024-01-31' },
        ],
        entries: 1,
      },
    ])
  })

  describe('type codes', () => {
    it.each([
      ['101', 'CREDIT', 'BOOKED'],
      ['115', 'CREDIT', 'BOOKED'],
      ['399', 'CREDIT', 'BOOKED'],
      ['401', 'DEBIT', 'BOOKED'],
      ['699', 'DEBIT', 'BOOKED'],
      ['721', 'CREDIT', 'BOOKED'],
      ['760', 'DEBIT', 'BOOKED'],
      ['890', 'CREDIT', 'INFORMATION'],
      ['930', 'CREDIT', 'BOOKED'],
      ['960', 'DEBIT', 'BOOKED'],
    ])('%s is a %s, %s', async (code, direction, status) => {
      expect(await entryOf(`16,${code},100,Z,,,X/`)).toMatchObject({ typeCode: code, direction, status })
    })

    it.each(['015', '099', '100', '400', '700', '900', '000', '889', '89', 'ABC', '1950'])(
      'refuses %s as a transaction',
      async (code) => {
        expect(await refused(fileOf([`16,${code},100,Z,,,X/`], { sum: 100 }))).toMatchObject({
          rule: 'BAD_VALUE',
          line: 4,
          field: '16 type code',
        })
      },
    )

    it('tells what takes an earlier entry back', async () => {
      expect(await entryOf('16,555,100,Z,,,RETURNED CHECK/')).toMatchObject({ direction: 'DEBIT', isReversal: true })
      expect(await entryOf('16,257,100,Z,,,ACH RETURN/')).toMatchObject({ direction: 'CREDIT', isReversal: true })
      expect(await entryOf('16,495,100,Z,,,WIRE/')).toMatchObject({ direction: 'DEBIT', isReversal: false })
    })

    it('takes a text without money', async () => {
      expect((await entriesOf(fileOf(['16,890,,,,,BRANCH CLOSES/'], { sum: 0 })))[0]).toMatchObject({
        amountMinor: 0n,
        status: 'INFORMATION',
        details: [{ text: 'BRANCH CLOSES' }],
      })
      expect(await refused(fileOf(['16,195,,,,,X/'], { sum: 0 }))).toMatchObject({ rule: 'MISSING', field: '16 amount' })
    })
  })

  describe('funds types', () => {
    it.each([
      ['0', '2024-01-31'],
      ['1', null],
      ['2', null],
      ['Z', null],
      ['', null],
      ['V,240202,', '2024-02-02'],
      ['V,240202,1030', '2024-02-02'],
      ['S,40,30,30', null],
      ['S,,30,70', null],
      ['D,2,0,40,1,60', null],
      ['D,0', null],
    ])('reads past %j', async (funds, valueOn) => {
      expect(await entryOf(`16,142,100,${funds},BREF,CREF,TEXT/`)).toMatchObject({
        valueOn,
        bankReference: 'BREF',
        details: [{ text: 'TEXT', references: [{ value: 'BREF' }, { value: 'CREF' }] }],
      })
    })

    it.each([
      ['X', 'BAD_VALUE', '16 funds type'],
      ['V,240230,', 'BAD_DAY', '16 value date'],
      ['V,,', 'BAD_DAY', '16 value date'],
      ['V,240202,2561', 'BAD_VALUE', '16 value time'],
      ['S,4.0,30,30', 'BAD_AMOUNT', '16 immediate availability'],
      ['D,X', 'BAD_VALUE', '16 distributions'],
      ['D,999999999', 'BAD_VALUE', '16 distributions'],
    ])('refuses %j', async (funds, rule, field) => {
      expect(await refused(fileOf([`16,142,100,${funds},,,/`], { sum: 100 }))).toMatchObject({ rule, line: 4, field })
    })
  })

  describe('continuations', () => {
    it('go on with the funds type, the references and the text', async () => {
      expect(await entryOf('16,115,100,S,40/', '88,30,30,BREF/', '88,CREF,FIRST, LINE/', '88,SECOND, LINE')).toMatchObject({
        bankReference: 'BREF',
        details: [{ references: [{ value: 'BREF' }, { value: 'CREF' }], text: 'FIRST, LINE\nSECOND, LINE' }],
        raw: '16,115,100,S,40/\n88,30,30,BREF/\n88,CREF,FIRST, LINE/\n88,SECOND, LINE',
      })
    })

    it('are text where the record ended with an empty text', async () => {
      expect(await entryOf('16,195,100,1,,,/', '88,/PAID, AS AGREED/')).toMatchObject({ details: [{ text: '/PAID, AS AGREED' }] })
    })

    it('go on inside a summary, even between its code and its amount', async () => {
      const account = '03,4711,,010,500,,,045/\n88,700,,,072,300,2,D,1,0,300,100/\n88,40,1,/'
      const read = await events(fileOf([], { sum: 1540, account }))
      expect(read.at(-1)).toEqual({
        kind: 'STATEMENT_END',
        entries: 0,
        balances: [
          { kind: 'OPENING', code: '010', amountMinor: 500n, currency: 'USD', on: '2024-01-31' },
          { kind: 'AVAILABLE', code: '045', amountMinor: 700n, currency: 'USD', on: '2024-01-31' },
          { kind: 'OTHER', code: '072', amountMinor: 300n, currency: 'USD', on: '2024-01-31' },
        ],
      })
    })

    it('may be lines without a code, where the text above was not closed', async () => {
      const content = fileOf(['16,142,100,Z,,,REF 11', '22 AND MORE/'], { sum: 100 })
      expect((await entriesOf(content))[0]).toMatchObject({ details: [{ text: 'REF 1122 AND MORE' }] })
      expect(await refused(content.replace('REF 11', 'REF 11/'))).toMatchObject({ rule: 'BAD_STRUCTURE', line: 5 })
    })

    it('have an end', async () => {
      const endless = Array.from({ length: 300 }, () => `88,${'X'.repeat(1000)}`)
      expect(await refused(fileOf(['16,142,100,Z,,,', ...endless], { sum: 100 }))).toMatchObject({
        rule: 'TOO_LONG',
        line: 4,
        field: '16',
      })
    })
  })

  it('takes what labelled lines of the text say', async () => {
    const entry = await entryOf(
      '16,195,100,,GI1,,Incoming Wire,-',
      '88,EREF: E2E 1',
      '88,DBNM: ACME INC.',
      '88,DACT: 834857',
      '88,CHKN: 77',
    )
    expect(entry.details[0]).toMatchObject({
      payerName: 'ACME INC.',
      payerAccount: '834857',
      references: [
        { kind: 'BANK', value: 'GI1' },
        { kind: 'END_TO_END', value: 'E2E 1' },
        { kind: 'CHECK', value: '77' },
      ],
    })
    const paid = await entryOf('16,495,100,,GI2,,Outgoing Wire,-', '88,CRNM: SUPPLIER', '88,DBNM: OURSELVES')
    expect(paid.details[0]?.payerName).toBe('SUPPLIER')
  })

  describe('several records on a line', () => {
    const one = [
      '01,BANK,OURS,240201,0615,7,,,2/   02,OURS,BANK,1,240131,,USD,2/03,4711,USD/',
      '16,142,100,Z,,,PAID 12/24, 3/4/ 16,142,200,Z,,,B/88,MORE/   49,300,5/  98,300,1,7/ 99,300,1,9/',
    ].join(' ')

    it('are taken apart where a record begins, not at other slashes', async () => {
      expect((await entriesOf(one)).map(({ details, amountMinor }) => [amountMinor, details[0]?.text])).toEqual([
        [100n, 'PAID 12/24, 3/4'],
        [200n, 'B\nMORE'],
      ])
    })

    it('are not looked for in a file that has one to a line', async () => {
      expect(await entryOf('16,142,100,Z,,,INV 12/88,5 AND 1/16,142,7')).toMatchObject({
        details: [{ text: 'INV 12/88,5 AND 1/16,142,7' }],
      })
    })

    it('may fill a file without a line end, longer than any line may be', async () => {
      const count = 3000
      const records = Array.from({ length: count }, (_, at) => `16,142,1,Z,REF${at},,PAYMENT ${at} OF MANY/`).join('')
      const sum = `49,${count},${count + 2}/98,${count},1,${count + 4}/99,${count},1,${count + 6}/`
      const content = `01,BANK,OURS,240201,0615,7,,,2/02,OURS,BANK,1,240131,,USD,2/03,4711,USD/${records}${sum}`
      expect(content.length).toBeGreaterThan(100_000)
      const entries = await Array.fromAsync(readBai2(pieces(content, 1000)))
      expect(entries.filter(({ kind }) => kind === 'ENTRY')).toHaveLength(count)
    })

    it('and nothing else stands behind the slash', async () => {
      expect(await refused(one.replace('2/   02', '2/ oops 02'))).toMatchObject({ rule: 'BAD_STRUCTURE', line: 1, field: '01' })
      expect(await refused(fileOf([], { sum: 0, account: '03,47/11,USD/' }))).toMatchObject({ rule: 'BAD_STRUCTURE', line: 3 })
    })
  })

  it('takes the currency of the account, else of the group, else dollars', async () => {
    const currencies = async (group: string, account: string) =>
      (await events(fileOf([], { sum: 0, group, account }))).flatMap((event) =>
        event.kind === 'STATEMENT' ? [event.statement.currency] : [],
      )
    expect(await currencies('02,,BANK,1,240131,,CAD,/', '03,1,JPY/')).toEqual(['JPY'])
    expect(await currencies('02,,BANK,1,240131,,CAD,/', '03,1,/')).toEqual(['CAD'])
    expect(await currencies('02,,BANK,1,240131,,,/', '03,1,,,,,/')).toEqual(['USD'])
    expect(await refused(fileOf([], { sum: 0, account: '03,1,DOL/' }))).toMatchObject({
      rule: 'BAD_CURRENCY',
      field: '03 currency',
    })
  })

  it('reads several files, groups and accounts, one behind the other', async () => {
    const first = fileOf(['16,142,100,Z,,,A/'], { sum: 100 })
    const second = [
      '01,BANK,OURS,240202,2400,8,,,2/',
      '02,,BANK,1,240201,9999,,/',
      '03,1,/',
      '49,0,2/',
      '03,2,,015,-70,,/',
      '49,-70,2/',
      '98,-70,2,6/',
      '02,,BANK,1,240202,,,/',
      '98,0,0,2/',
      '99,-70,2,10/',
    ].join('\r\n')
    const read = await events(`${first}\n${second}`)
    expect(read.flatMap((event) => (event.kind === 'FILE' ? [event.file.messageId, event.file.createdAt] : []))).toEqual([
      'BANK/2024-02-01/7',
      '2024-02-01T06:15',
      'BANK/2024-02-02/8',
      '2024-02-02T24:00',
    ])
    expect(read.flatMap((event) => (event.kind === 'STATEMENT' ? [event.statement.statementId] : []))).toEqual([
      '2024-01-31T23:59',
      '2024-02-01T24:00',
      '2024-02-01T24:00',
    ])
  })

  it('says of a file without groups that it is there', async () => {
    expect(await events('01,BANK,OURS,240201,0615,7,,,2/\n99,0,0,2/')).toMatchObject([{ kind: 'FILE', file: { isTest: false } }])
  })

  describe('the status of a group', () => {
    const withGroup = (group: string) => fileOf(['16,142,100,Z,,,X/'], { sum: 100, group })

    it('marks a test', async () => {
      expect((await events(withGroup('02,,BANK,4,240131,,,2/')))[0]).toMatchObject({ kind: 'FILE', file: { isTest: true } })
    })

    it.each([
      ['2', 'UNSUPPORTED'],
      ['3', 'UNSUPPORTED'],
      ['5', 'BAD_VALUE'],
      ['', 'MISSING'],
    ])('%j is refused', async (status, rule) => {
      expect(await refused(withGroup(`02,,BANK,${status},240131,,,2/`))).toMatchObject({
        rule,
        line: 2,
        field: '02 group status',
      })
    })

    it('must not differ between groups of a file', async () => {
      const content = '01,B,O,240201,,7,,,2/\n02,,B,1,240131,,,/\n98,0,0,2/\n02,,B,4,240131,,,/\n98,0,0,2/\n99,0,2,6/'
      expect(await refused(content)).toMatchObject({ rule: 'UNSUPPORTED', line: 4 })
    })

    it('leaves interim data pending', async () => {
      for (const [modifier, status] of [
        ['1', 'PENDING'],
        ['2', 'BOOKED'],
        ['3', 'PENDING'],
        ['4', 'BOOKED'],
        ['', 'BOOKED'],
      ]) {
        expect((await entriesOf(withGroup(`02,,BANK,1,240131,,,${modifier}/`)))[0]).toMatchObject({ status })
      }
    })
  })

  describe('refuses', () => {
    const good = fileOf(['16,142,100,Z,,,A/', '16,475,50,Z,,,B/'], { sum: 150 })

    it.each([
      ['a total of the account that is wrong', '49,150', '49,151', 'CONTROL_TOTAL', 6, '49 control total'],
      ['a total of the group that is wrong', '98,150', '98,-150', 'CONTROL_TOTAL', 7, '98 control total'],
      ['a total of the file that is wrong', '99,150', '99,0', 'CONTROL_TOTAL', 8, '99 control total'],
      ['a count of the account that is wrong', '49,150,4', '49,150,3', 'CONTROL_COUNT', 6, '49 record count'],
      ['a count of accounts that is wrong', '98,150,1', '98,150,2', 'CONTROL_COUNT', 7, '98 number of accounts'],
      ['a count of the group that is wrong', '98,150,1,6', '98,150,1,7', 'CONTROL_COUNT', 7, '98 record count'],
      ['a count of groups that is wrong', '99,150,1', '99,150,0', 'CONTROL_COUNT', 8, '99 number of groups'],
      ['a count of the file that is wrong', '99,150,1,8', '99,150,1,9', 'CONTROL_COUNT', 8, '99 record count'],
      ['a trailer without a total', '49,150,4', '49,,4', 'MISSING', 6, '49 control total'],
      ['a lost entry', '16,475,50,Z,,,B/\n', '', 'CONTROL_TOTAL', 5, '49 control total'],
      ['a lost trailer', '49,150,4/\n', '', 'BAD_STRUCTURE', 6, '98'],
      ['an account in an account', '16,475,50,Z,,,B/', '03,1,/', 'BAD_STRUCTURE', 5, '03'],
      ['a group in a group', '16,475,50,Z,,,B/', '02,,B,1,240131,,,/', 'BAD_STRUCTURE', 5, '02'],
      ['a file in a file', '16,475,50,Z,,,B/', '01,B,O,240201,,7,,,2/', 'BAD_STRUCTURE', 5, '01'],
      ['an entry outside of an account', '03,4711,USD/\n', '', 'BAD_STRUCTURE', 3, '16'],
      ['a header without its slash', '7,80,1,2/', '7,80,1,2', 'BAD_STRUCTURE', 1, '01'],
      ['version 3', '7,80,1,2/', '7,80,1,3/', 'UNSUPPORTED', 1, '01 version'],
      ['a file without id', ',7,80', ',,80', 'MISSING', 1, '01 file id'],
      ['a file without sender', '01,BANK', '01,', 'MISSING', 1, '01 sender'],
      ['a day that there is not', '240201', '240230', 'BAD_DAY', 1, '01 creation date'],
      ['a time that there is not', '0615', '2460', 'BAD_VALUE', 1, '01 creation time'],
      ['a modifier that there is not', 'USD,2/', 'USD,5/', 'BAD_VALUE', 2, '02 as-of-date modifier'],
      ['an account without number', '03,4711', '03,', 'MISSING', 3, '03 account'],
      ['an amount with a point', ',50,', ',0.50,', 'BAD_AMOUNT', 5, '16 amount'],
      ['an amount below zero', ',50,', ',-50,', 'BAD_AMOUNT', 5, '16 amount'],
      ['an amount beyond reason', ',50,', ',10000000000000001,', 'BAD_AMOUNT', 5, '16 amount'],
      ['a summary of no known code', 'USD/', 'USD,1X0,5,,/', 'BAD_VALUE', 3, '03 type code'],
      ['a file that breaks off', '99,150,1,8/\n', '', 'TRUNCATED', 7, '99'],
    ])('%s', async (_case, from, to, rule, line, field) => {
      expect(good).toContain(from)
      expect(await refused(good.replace(from, to))).toMatchObject({ rule, line, field })
    })

    it.each([
      ['nothing', '', 'EMPTY'],
      ['blank lines', '\n \n', 'EMPTY'],
      ['another format', ':20:STARTUMS\n:25:1', 'NOT_THIS_FORMAT'],
      ['a file that begins in the middle', '02,,BANK,1,240131,,,2/', 'NOT_THIS_FORMAT'],
      ['a continuation of nothing', '88,X/', 'NOT_THIS_FORMAT'],
    ])('%s', async (_case, content, rule) => expect(await refused(content)).toMatchObject({ rule, line: 1 }))

    it('more than its line in a message', async () => {
      const { message } = await refused(good.replace(',50,', `,${'9'.repeat(5000)}X,`))
      expect(message.length).toBeLessThan(200)
    })
  })

  it('gives back every amount, whatever the entries', async () => {
    const movement = fc.record({ code: fc.constantFrom('142', '195', '475', '698'), amount: fc.nat() })
    await fc.assert(
      fc.asyncProperty(fc.array(movement, { maxLength: 20 }), async (movements) => {
        const records = movements.map(({ code, amount }) => `16,${code},${amount},Z,,,/`)
        const sum = movements.reduce((total, { amount }) => total + amount, 0)
        const entries = await entriesOf(fileOf(records, { sum }))
        expect(entries.map(({ amountMinor, typeCode }) => [typeCode, amountMinor])).toEqual(
          movements.map(({ code, amount }) => [code, BigInt(amount)]),
        )
      }),
    )
  })

  it('either reads a damaged file or refuses it: nothing else is thrown', async () => {
    const good = fileOf(['16,142,100,S,1,2,3,A,B,TEXT, MORE/', '88,AND MORE', '16,475,50,D,1,0,50,,,B/'], { sum: 150 })
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length), fc.nat(6), fc.string({ maxLength: 4 }), async (at, length, put) => {
        const damaged = good.slice(0, at) + put + good.slice(at + length)
        await events(damaged).catch((error: unknown) => expect(error).toBeInstanceOf(BadBankFile))
      }),
      { numRuns: 300 },
    )
  })
})

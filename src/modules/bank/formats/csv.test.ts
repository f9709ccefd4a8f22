import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bankCsvReader, type Fixed } from './csv.ts'
import {
  type BankCsvProfile,
  bankCsvProfile,
  bankCsvProfileNamed,
  bankCsvProfileNames,
  parseBankCsvProfile,
} from './csv-profile.ts'
import { BadBankFile, type BankEntry, type BankEvent } from './model.ts'

const plain = {
  name: 'test',
  version: 1,
  description: 'A layout of these tests.',
  format: { delimiter: ',' },
  columns: { bookedOn: 'day', text: ['text'] },
  amount: { rule: 'SIGNED', from: 'amount' },
  dates: ['YYYY-MM-DD'],
  account: 'A-1',
  currency: 'EUR',
} as const

const profile = (changes: object = {}): BankCsvProfile => bankCsvProfile.parse({ ...plain, ...changes })
const named = (name: string): BankCsvProfile => {
  const found = bankCsvProfileNamed(name)
  if (found === null) throw new Error(`${name} is gone`)
  return found
}

const pieces = async function* (text: string | Buffer) {
  const bytes = Buffer.from(text as string)
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
}
const read = (text: string | Buffer, by: BankCsvProfile = profile(), fixed: Fixed = {}): Promise<BankEvent[]> =>
  Array.fromAsync(bankCsvReader(by, fixed)(pieces(text)))
const entriesOf = async (text: string, by?: BankCsvProfile, fixed?: Fixed): Promise<BankEntry[]> =>
  (await read(text, by, fixed)).flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : []))
const refusal = (text: string | Buffer, by?: BankCsvProfile, fixed?: Fixed): Promise<unknown> =>
  read(text, by, fixed).then(
    () => 'the file was read',
    (thrown: BadBankFile) => {
      if (!(thrown instanceof BadBankFile)) throw thrown
      return [thrown.rule, thrown.line, thrown.field]
    },
  )
const moved = async (text: string, by?: BankCsvProfile): Promise<unknown[]> =>
  (await entriesOf(text, by)).map(({ amountMinor, direction }) => (direction === 'CREDIT' ? amountMinor : -amountMinor))

describe('bankCsvReader', () => {
  it('reads our own layout whole', async () => {
    const text =
      'account,currency,bookedOn,valueOn,amount,balance,payerName,payerAccount,bankReference,typeCode,reference,text\n' +
      'DE1,EUR,2026-03-02,2026-03-03,120.50,220.50,Müller  KG,DE75,B-1,TRF,INV-1,"invoice 1\nand thanks"\n' +
      'DE1,EUR,2026-03-02,,-20.50,200.00,Landlord,DE88,,,,rent\n'
    expect(await read(text, named('quittance-statement-csv'))).toEqual([
      {
        kind: 'FILE',
        file: { format: 'CSV', messageId: '', sender: null, receiver: null, createdAt: null, isTest: false },
      },
      {
        kind: 'STATEMENT',
        statement: {
          line: 2,
          account: 'DE1',
          currency: null,
          statementId: '',
          sequence: null,
          bank: null,
          createdAt: null,
        },
      },
      {
        kind: 'ENTRY',
        entry: {
          line: 2,
          account: 'DE1',
          currency: 'EUR',
          amountMinor: 12050n,
          direction: 'CREDIT',
          isReversal: false,
          status: 'BOOKED',
          bookedOn: '2026-03-02',
          valueOn: '2026-03-03',
          typeCode: 'TRF',
          bankReference: 'B-1',
          details: [
            {
              amountMinor: 12050n,
              references: [{ kind: 'OTHER', value: 'INV-1' }],
              payerName: 'Müller KG',
              payerAccount: 'DE75',
              text: 'invoice 1\nand thanks',
              remittance: [],
              instructed: null,
              chargesMinor: null,
            },
          ],
          raw: 'DE1,EUR,2026-03-02,2026-03-03,120.50,220.50,Müller  KG,DE75,B-1,TRF,INV-1,"invoice 1\nand thanks"',
        },
      },
      {
        kind: 'ENTRY',
        entry: expect.objectContaining({
          line: 4,
          amountMinor: 2050n,
          direction: 'DEBIT',
          valueOn: null,
          bankReference: null,
          details: [expect.objectContaining({ amountMinor: 2050n, payerName: null, payerAccount: null, text: 'rent\nLandlord' })],
        }),
      },
      {
        kind: 'STATEMENT_END',
        balances: [
          { kind: 'OPENING', code: 'RUNNING', amountMinor: 10000n, currency: 'EUR', on: null },
          { kind: 'CLOSING', code: 'RUNNING', amountMinor: 20000n, currency: 'EUR', on: null },
        ],
        entries: 2,
      },
    ])
  })

  it('does with as few columns as a line needs', async () => {
    const events = await read('bookedOn;amount\n2026-03-02;1.00\n', named('quittance-statement-csv'), {
      account: 'X',
      currency: 'CHF',
    })
    expect(events).toMatchObject([
      { kind: 'FILE' },
      { kind: 'STATEMENT', statement: { account: 'X', currency: 'CHF' } },
      { kind: 'ENTRY', entry: { account: 'X', currency: 'CHF', amountMinor: 100n } },
      { kind: 'STATEMENT_END', balances: [], entries: 1 },
    ])
  })

  it('tells a statement of no lines', async () => {
    expect(await read('day,amount,text\n')).toMatchObject([
      { kind: 'FILE' },
      { kind: 'STATEMENT', statement: { account: 'A-1', currency: 'EUR', line: 1 } },
      { kind: 'STATEMENT_END', balances: [], entries: 0 },
    ])
  })

  it('begins a statement with each account', async () => {
    const by = profile({ columns: { bookedOn: 'day', account: 'account' } })
    const events = await read('day,amount,account\n2026-01-01,1,A\n2026-01-01,2,A\n2026-01-01,4,B\n', by)
    expect(events.map((event) => (event.kind === 'STATEMENT' ? event.statement.account : event.kind))).toEqual([
      'FILE',
      'A',
      'ENTRY',
      'ENTRY',
      'STATEMENT_END',
      'B',
      'ENTRY',
      'STATEMENT_END',
    ])
  })

  it.each([
    ['nothing', '', ['EMPTY', 1, null]],
    ['blank lines', '\n , \n', ['EMPTY', 1, null]],
    ['other columns', 'day,text,sum\n2026-01-01,x,1\n', ['NOT_THIS_FORMAT', 1, null]],
    ['a column twice', 'day,text,amount,amount\n', ['BAD_STRUCTURE', 1, 'amount']],
    ['a cell too few', 'day,text,amount\n2026-01-01,x\n', ['BAD_STRUCTURE', 2, null]],
    ['a cell too many', 'day,text,amount\n2026-01-01,x,1,y\n', ['BAD_STRUCTURE', 2, null]],
    ['a line below that nobody announced', 'day,text,amount\n2026-01-01,x,1\nTotal,,1\n', ['BAD_DAY', 3, 'day']],
    ['no day', 'day,text,amount\n,x,1\n', ['MISSING', 2, 'day']],
    ['a day that is none', 'day,text,amount\n2026-02-30,x,1\n', ['BAD_DAY', 2, 'day']],
    ['no amount', 'day,text,amount\n2026-01-01,x,\n', ['MISSING', 2, 'amount']],
    ['an amount of another style', 'day,text,amount\n2026-01-01,x,"1.234,50"\n', ['BAD_AMOUNT', 2, 'amount']],
    ['a third decimal', 'day,text,amount\n2026-01-01,x,1.005\n', ['BAD_AMOUNT', 2, 'amount']],
    ['a quote that never ends', 'day,text,amount\n2026-01-01,x,1\n2026-01-01,"x,1\n', ['TRUNCATED', 3, null]],
    ['text behind a quote', 'day,text,amount\n2026-01-01,"x"y,1\n', ['BAD_STRUCTURE', 2, null]],
    ['a line without end', `day,text,amount\n2026-01-01,${'x'.repeat(200_000)},1\n`, ['TOO_LONG', 2, null]],
    ['a control character', 'day,text,amount\n2026-01-01,x\u0007y,1\n', ['BAD_VALUE', 2, 'text']],
    ['NUL', 'day,text,amount\n2026-01-01,x\u0000,1\n', ['BAD_VALUE', 2, 'text']],
  ])('refuses %s', async (_case, text, expected) => expect(await refusal(text)).toEqual(expected))

  it('refuses bytes of another encoding, and reads them where the profile says so', async () => {
    const latin = Buffer.from('day,text,amount\n2026-01-01,Müller,1\n', 'latin1')
    expect(await refusal(latin)).toEqual(['BAD_ENCODING', 2, 'text'])
    const by = profile({ format: { delimiter: ',', encoding: 'latin1' } })
    expect(await read(latin, by)).toMatchObject([{}, {}, { entry: { details: [{ text: 'Müller' }] } }, {}])
  })

  it('refuses a file of nobody, and one of no currency', async () => {
    const text = 'day,text,amount\n2026-01-01,x,1\n'
    expect(await refusal(text, profile({ account: null }))).toEqual(['MISSING', 2, null])
    expect(await refusal(text, profile({ currency: null }))).toEqual(['MISSING', 2, null])
    expect(await refusal('day,text,amount\n', profile({ account: null }))).toEqual(['MISSING', 1, null])
    const by = profile({ columns: { bookedOn: 'day', currency: 'in' } })
    expect(await refusal('day,in,amount\n2026-01-01,EURO,1\n', by)).toEqual(['BAD_CURRENCY', 2, 'in'])
  })

  it('refuses an account that comes back', async () => {
    const by = profile({ columns: { bookedOn: 'day', account: 'account' } })
    const text = 'day,amount,account\n2026-01-01,1,A\n2026-01-01,2,B\n2026-01-01,4,A\n'
    expect(await refusal(text, by)).toEqual(['SEQUENCE', 4, 'account'])
  })
})

describe('an amount', () => {
  const pair = (changes: object = {}) =>
    profile({ columns: { bookedOn: 'day' }, amount: { rule: 'PAIR', debit: 'out', credit: 'in', ...changes } })
  const flagged = (changes: object = {}) =>
    profile({
      columns: { bookedOn: 'day' },
      amount: { rule: 'FLAGGED', from: 'amount', flag: 'side', debit: ['D', 'RC'], credit: ['C'], ...changes },
    })
  const inPair = (...rows: string[]) => `day,out,in\n${rows.map((row) => `2026-01-01,${row}\n`).join('')}`
  const inFlagged = (...rows: string[]) => `day,amount,side\n${rows.map((row) => `2026-01-01,${row}\n`).join('')}`

  it('of two columns goes the way of the one it stands in', async () => {
    expect(await moved(inPair('5,', ',7', '0.00,3', '2,0', '0,0'), pair())).toEqual([-500n, 700n, 300n, -200n, 0n])
    expect(await moved(inPair('-5,', ',7'), pair({ signs: 'DEBIT_NEGATIVE' }))).toEqual([-500n, 700n])
    expect(await moved(inPair('-5,', ',-7'), pair({ signs: 'IGNORED' }))).toEqual([-500n, 700n])
    expect(await moved(inPair('5,', ',7'), { ...pair(), isInverse: true })).toEqual([500n, -700n])
  })

  it('with a letter goes the way of the letter', async () => {
    expect(await moved(inFlagged('5,D', '7,C', '1,RC'), flagged())).toEqual([-500n, 700n, -100n])
    expect(await moved(inFlagged('-5,D', '-7,C'), flagged({ signs: 'IGNORED' }))).toEqual([-500n, 700n])
  })

  it('with a sign goes the way of the sign, or the other where that is how a card has it', async () => {
    expect(await moved('day,text,amount\n2026-01-01,,-5\n2026-01-01,,+7\n')).toEqual([-500n, 700n])
    expect(await moved('day,text,amount\n2026-01-01,,-5\n2026-01-01,,7\n', profile({ isInverse: true }))).toEqual([500n, -700n])
  })

  it.each([
    ['in both columns', inPair('5,7'), pair(), ['BAD_AMOUNT', 2, 'out']],
    ['in neither', inPair(','), pair(), ['MISSING', 2, 'in']],
    ['with a sign beside its column', inPair('-5,'), pair(), ['BAD_AMOUNT', 2, 'out']],
    ['without the minus of debits', inPair('5,'), pair({ signs: 'DEBIT_NEGATIVE' }), ['BAD_AMOUNT', 2, 'out']],
    ['with a minus that is not for credits', inPair(',-5'), pair({ signs: 'DEBIT_NEGATIVE' }), ['BAD_AMOUNT', 2, 'in']],
    ['without a letter', inFlagged('5,'), flagged(), ['BAD_VALUE', 2, 'side']],
    ['with another letter', inFlagged('5,X'), flagged(), ['BAD_VALUE', 2, 'side']],
    ['with a sign beside its letter', inFlagged('-5,C'), flagged(), ['BAD_AMOUNT', 2, 'amount']],
  ])('%s refuses the file', async (_case, text, by, expected) => expect(await refusal(text, by)).toEqual(expected))

  it('that was ordered in another currency is kept beside it', async () => {
    const by = profile({ columns: { bookedOn: 'day', instructed: { amount: 'theirs', currency: 'of' } } })
    const text = (row: string) => `day,amount,theirs,of\n2026-01-01,5,${row}\n`
    const instructed = async (row: string) => (await entriesOf(text(row), by))[0]?.details[0]?.instructed
    expect(await instructed('-900,JPY')).toEqual({ minor: 900n, currency: 'JPY' })
    expect(await instructed('0.0,EUR')).toBeNull()
    expect(await instructed(',')).toBeNull()
    expect(await refusal(text('900,'), by)).toEqual(['MISSING', 2, 'of'])
  })
})

describe('a balance behind each line', () => {
  const by = (order: string) => profile({ columns: { bookedOn: 'day', balance: 'balance' }, order })
  const text = (...rows: string[]) => `day,amount,balance\n${rows.map((row) => `2026-01-01,${row}\n`).join('')}`
  const balances = async (file: string, order: string) => {
    const end = (await read(file, by(order))).at(-1)
    return end?.kind === 'STATEMENT_END' ? end.balances.map(({ amountMinor }) => amountMinor) : null
  }

  it('ties, whichever line came first, and with some left out', async () => {
    expect(await balances(text('1,11', '-4,7', '2,', '3,12'), 'OLDEST_FIRST')).toEqual([1000n, 1200n])
    expect(await balances(text('3,12', '2,', '-4,7', '1,11'), 'NEWEST_FIRST')).toEqual([1000n, 1200n])
    expect(await balances(text('1,', '1,'), 'OLDEST_FIRST')).toEqual([])
  })

  it.each([
    ['OLDEST_FIRST', text('1,11', '-4,7.01'), ['CONTROL_TOTAL', 3, 'balance']],
    ['OLDEST_FIRST', text('1,11', '-4,', '2,10'), ['CONTROL_TOTAL', 4, 'balance']],
    ['NEWEST_FIRST', text('3,12', '-4,7'), ['CONTROL_TOTAL', 3, 'balance']],
    ['OLDEST_FIRST', text('3,12', '2,9', '-4,7', '1,11'), ['CONTROL_TOTAL', 3, 'balance']],
  ])('that does not tie %s refuses the file', async (order, file, expected) =>
    expect(await refusal(file, by(order))).toEqual(expected),
  )

  it('is found out wherever it is wrong', async () => {
    const lines = fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 2, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(), fc.constantFrom('OLDEST_FIRST', 'NEWEST_FIRST'), async (minors, where, order) => {
        const cents = (minor: number) => (minor / 100).toFixed(2)
        const balanceAt = (at: number) => minors.slice(0, at + 1).reduce((sum, minor) => sum + minor, 500)
        const rows = minors.map((minor, at) => ({ minor, balance: balanceAt(at) }))
        const write = (off: number) => {
          const told = rows.map((row, at) => `${cents(row.minor)},${cents(row.balance + (at === where % rows.length ? off : 0))}`)
          return text(...(order === 'OLDEST_FIRST' ? told : told.toReversed()))
        }
        expect(await refusal(write(0), by(order))).toBe('the file was read')
        expect(await refusal(write(1), by(order))).toEqual(['CONTROL_TOTAL', expect.any(Number), 'balance'])
      }),
    )
  })

  it('is kept for each currency', async () => {
    const each = profile({ columns: { bookedOn: 'day', balance: 'balance', currency: 'of' } })
    const file = 'day,amount,balance,of\n2026-01-01,1,11,EUR\n2026-01-01,5,5,USD\n2026-01-01,1,12,EUR\n'
    expect((await read(file, each)).at(-1)).toMatchObject({
      balances: [
        { currency: 'EUR', amountMinor: 1000n },
        { currency: 'EUR', amountMinor: 1200n },
        { currency: 'USD', amountMinor: 0n },
        { currency: 'USD', amountMinor: 500n },
      ],
    })
  })
})

describe('lines that are no movements', () => {
  const marks = [
    { column: 1, startsWith: 'Account', means: 'ACCOUNT', from: 2 },
    { column: 1, startsWith: 'Account', means: 'CURRENCY', from: 3, after: 'in ' },
    { column: 1, startsWith: 'Old balance', means: 'OPENING', from: 2 },
    { column: 1, startsWith: 'New balance', means: 'CLOSING', from: 2 },
    { column: 1, startsWith: 'Page', means: 'IGNORED' },
  ]
  const by = profile({ header: 'FOUND', columns: { bookedOn: 'day' }, marks, account: null, currency: null })
  const file = (old: string, now: string) =>
    `Statement of March\nAccount,DE7,in CHF\nday,amount\n2026-01-01,5\nPage 1\n2026-01-01,-2\nOld balance,${old}\nNew balance,${now}\n`

  it('tell the account, its currency and its balances', async () => {
    expect(await read(file('10', '13'), by)).toMatchObject([
      { kind: 'FILE' },
      { kind: 'STATEMENT', statement: { account: 'DE7', currency: 'CHF', line: 4 } },
      { kind: 'ENTRY', entry: { account: 'DE7', currency: 'CHF' } },
      { kind: 'ENTRY' },
      {
        kind: 'STATEMENT_END',
        entries: 2,
        balances: [
          { kind: 'OPENING', code: 'OPENING', amountMinor: 1000n, currency: 'CHF' },
          { kind: 'CLOSING', code: 'CLOSING', amountMinor: 1300n, currency: 'CHF' },
        ],
      },
    ])
  })

  it.each([
    ['balances that the lines do not lead between', file('10', '12'), ['CONTROL_TOTAL', 8, 'CLOSING']],
    ['a balance that is none', file('ten', '13'), ['BAD_AMOUNT', 7, 'OPENING']],
    ['a line for a balance without one', file('', '13'), ['MISSING', 7, 'OPENING']],
    ['two of a kind', `${file('10', '13')}Old balance,10\n`, ['BAD_STRUCTURE', 9, 'OPENING']],
    ['a currency that is none', file('10', '13').replace('CHF', 'francs'), ['BAD_CURRENCY', 2, 'CURRENCY']],
    ['a value that is not behind what stands before it', file('10', '13').replace('in CHF', 'CHF'), ['BAD_VALUE', 2, 'CURRENCY']],
    ['a header that never comes', 'x\n'.repeat(200), ['NOT_THIS_FORMAT', 101, null]],
    ['a header that is not there', 'x\ny\n', ['NOT_THIS_FORMAT', 1, null]],
  ])('refuse %s', async (_case, text, expected) => expect(await refusal(text, by)).toEqual(expected))

  it('hold against the balance behind each line too', async () => {
    const running = profile({ columns: { bookedOn: 'day', balance: 'balance' }, marks })
    const lines = 'day,amount,balance\n2026-01-01,5,15\n2026-01-01,-2,13\n'
    expect(await refusal(`${lines}Old balance,10\n`, running)).toBe('the file was read')
    expect(await refusal(`${lines}Old balance,11\n`, running)).toEqual(['CONTROL_TOTAL', 4, 'OPENING'])
    expect(await refusal(`${lines}New balance,12\n`, running)).toEqual(['CONTROL_TOTAL', 4, 'CLOSING'])
  })

  it('cannot be of several currencies', async () => {
    const each = profile({ columns: { bookedOn: 'day', currency: 'of' }, marks })
    const text = 'day,amount,of\n2026-01-01,5,EUR\n2026-01-01,5,USD\nOld balance,10,\n'
    expect(await refusal(text, each)).toEqual(['BAD_STRUCTURE', 4, null])
  })
})

describe('a profile of a statement', () => {
  it.each(bankCsvProfileNames)('%s that comes with the product is one', (name) => {
    expect(named(name)).toMatchObject({ name, version: 1 })
  })

  it('is looked for by its name alone', () => {
    expect(bankCsvProfileNames).toContain('quittance-statement-csv')
    expect(bankCsvProfileNamed('constructor')).toBeNull()
  })

  it('reads years of two digits as years of this century, where it says so', async () => {
    const by = profile({ dates: ['DD/MM/YYYY'], hasShortYears: true })
    expect(await entriesOf('day,text,amount\n02/03/26,x,1\n31/12/2025,x,1\n', by)).toMatchObject([
      { bookedOn: '2026-03-02' },
      { bookedOn: '2025-12-31' },
    ])
    expect(await refusal('day,text,amount\n02/03/26,x,1\n', profile({ dates: ['DD/MM/YYYY'] }))).toEqual(['BAD_DAY', 2, 'day'])
  })

  it('names the columns of a file that does not', async () => {
    const by = profile({ header: { names: ['day', 'amount', 'text'] } })
    expect(await entriesOf('2026-03-02,5,x\n', by)).toMatchObject([{ line: 1, amountMinor: 500n, details: [{ text: 'x' }] }])
  })

  it.each([
    ['two days for one text', { dates: ['DD/MM/YYYY', 'MM/DD/YYYY'] }, 'dates'],
    ['a point that separates thousands', { decimals: { point: '.', thousands: '.' } }, 'decimals'],
    ['a currency that is none', { currency: 'EURO' }, 'currency'],
    ['a column that the header does not have', { header: { names: ['day', 'amount'] } }, 'header.names'],
    ['a header with a name twice', { header: { names: ['day', 'amount', 'text', 'text'] } }, 'header.names'],
    ['lines without their amount', { mayBeMissing: ['amount'] }, 'mayBeMissing'],
    ['a column that may be missing and is never read', { mayBeMissing: ['fee'] }, 'mayBeMissing'],
    ['a field that does not exist', { footer: 1 }, 'profile'],
  ])('is refused with %s', (_case, changes, path) => {
    const parsed = parseBankCsvProfile({ ...plain, ...changes })
    expect('problems' in parsed && parsed.problems.join('\n')).toContain(path)
  })
})

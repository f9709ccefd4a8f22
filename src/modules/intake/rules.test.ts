import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactOf } from './cells.ts'
import { type Profile, parseProfile, profileNamed, profileNames } from './profile.ts'
import { createSieve, type FaultCode, type LedgerItem, type Reading, type ReadRow, type RowReader, rowReader } from './rules.ts'
import { createTally } from './totals.ts'

const base = {
  name: 'test',
  version: 1,
  description: 'Rows of the tests.',
  system: 'TEST',
  format: { delimiter: ',' },
  columns: {
    legalEntity: { from: 'company' },
    customerNumber: { from: 'customer' },
    customerName: { from: 'name' },
    number: { from: 'number' },
    currency: { from: 'currency' },
    amount: { from: 'amount' },
    documentOn: { from: 'on' },
    dueOn: { from: 'due' },
    closedOn: { from: 'closed' },
    paymentTerms: { from: 'terms' },
  },
  key: ['company', 'number'],
  dates: ['YYYY-MM-DD'],
  kind: { rule: 'BY_SIGN' },
  open: { rule: 'SETTLED_BY' },
  mayBeBlank: ['customerName', 'dueOn', 'closedOn', 'paymentTerms'],
}
const header = ['company', 'customer', 'name', 'number', 'currency', 'amount', 'on', 'due', 'closed', 'terms']
const good = {
  company: 'C1',
  customer: '0100',
  name: 'Acme',
  number: '0007',
  currency: 'USD',
  amount: '12.34',
  on: '2026-01-01',
  due: '2026-01-31',
  closed: '',
  terms: '',
}
type Cells = Partial<typeof good> & Record<string, string>

const made = (json: unknown): Profile => {
  const profile = parseProfile(json)
  if ('problems' in profile) throw new Error(profile.problems.join('; '))
  return profile
}
const plainly: Reading = { asOf: null, terms: new Map() }
const readerFor = (changes: object, reading: Reading = plainly, names = header): RowReader => {
  const reader = rowReader(made({ ...base, ...changes }), names, reading)
  if (typeof reader !== 'function') throw new Error(JSON.stringify(reader))
  return reader
}
const read = (cells: Cells, changes: object = {}, reading?: Reading, names = header): ReadRow =>
  readerFor(changes, reading, names)(names.map((name) => ({ ...good, ...cells })[name] ?? ''))
const item = (row: ReadRow): LedgerItem => {
  if (row.outcome !== 'ACCEPTED') throw new Error(JSON.stringify(row.faults))
  return row.item
}
const faults = (row: ReadRow): [string | null, FaultCode][] =>
  row.outcome === 'ACCEPTED' ? [] : row.faults.map(({ column, code }) => [column, code])

describe('a row', () => {
  it('becomes an open item, leading zeros and all', () => {
    expect(item(read({}))).toMatchObject({
      legalEntity: 'C1',
      customerNumber: '0100',
      customerName: 'Acme',
      kind: 'INVOICE',
      number: '0007',
      sourceKey: 'C1/0007',
      originalMinor: 1234n,
      ledgerOpenMinor: 1234n,
      documentOn: '2026-01-01',
      dueOn: '2026-01-31',
      closedOn: null,
      paymentTerms: null,
    })
  })

  it.each<[string, Cells, [string | null, FaultCode][]]>([
    ['a blank company', { company: ' ' }, [['company', 'BLANK']]],
    ['a blank number, which is its key too', { number: '' }, [['number', 'BLANK']]],
    ['a blank customer number', { customer: '' }, [['customer', 'BLANK']]],
    ['a blank amount', { amount: '' }, [['amount', 'BLANK']]],
    ['a blank currency', { currency: '' }, [['currency', 'BLANK']]],
    ['a blank date', { on: '' }, [['on', 'BLANK']]],
    ['a date that a spreadsheet mangled', { on: '05:23.4' }, [['on', 'NOT_A_DATE']]],
    ['the 30th of February', { due: '2026-02-30' }, [['due', 'NOT_A_DATE']]],
    ['words for an amount', { amount: 'ten' }, [['amount', 'NOT_A_NUMBER']]],
    ['a third decimal of a dollar', { amount: '12.345' }, [['amount', 'TOO_PRECISE']]],
    ['more than a row can hold', { amount: '99999999999999999.99' }, [['amount', 'TOO_LARGE']]],
    ['more digits than can be read', { amount: '1'.repeat(30) }, [['amount', 'TOO_LARGE']]],
    ['a currency that is none', { currency: 'XYZ' }, [['currency', 'UNKNOWN_CURRENCY']]],
    ['a currency in small letters', { currency: 'usd' }, [['currency', 'UNKNOWN_CURRENCY']]],
    ['a number that is too long', { number: '1'.repeat(61) }, [['number', 'TOO_LONG']]],
    ['a control character', { number: 'a\u0000b' }, [['number', 'BAD_TEXT']]],
    ['bytes that were no text', { name: 'M\ufffdller' }, [['name', 'BAD_TEXT']]],
    [
      'several faults, each told',
      { on: 'x', amount: 'y' },
      [
        ['amount', 'NOT_A_NUMBER'],
        ['on', 'NOT_A_DATE'],
      ],
    ],
    ['no due date and no terms', { due: '' }, [['due', 'BLANK']]],
    ['no due date and terms that nobody explained', { due: '', terms: 'NAA8' }, [['due', 'BLANK']]],
  ])('with %s is rejected', (_case, cells, expected) => {
    const row = read(cells)
    expect(row.outcome).toBe('REJECTED')
    expect(faults(row)).toEqual(expected)
  })

  it('of too few cells is rejected, and one with blank cells behind is not', () => {
    const reader = readerFor({})
    const cells = header.map((name) => good[name as keyof typeof good])
    expect(faults(reader(cells.slice(0, -1)))).toEqual([[null, 'COLUMN_COUNT']])
    expect(faults(reader([...cells, 'more']))).toEqual([[null, 'COLUMN_COUNT']])
    expect(reader([...cells, ' ', '']).outcome).toBe('ACCEPTED')
  })

  it('keeps apart keys whose parts contain the separator', () => {
    const keys = [read({ company: 'A/B', number: 'C' }), read({ company: 'A', number: 'B/C' })].map((row) => item(row).sourceKey)
    expect(keys).toEqual(['A~1B/C', 'A/B~1C'])
  })

  it('is the same item whatever its number’s name is spelled like, and not when the name is all there is', () => {
    const hashes = (customer: string) =>
      ['Acme', 'ACME'].map((name) => item(read({ customer, name }, { mayBeBlank: [...base.mayBeBlank, 'customerNumber'] })).hash)
    expect(new Set(hashes('0100')).size).toBe(1)
    expect(new Set(hashes('')).size).toBe(2)
  })
})

describe('amounts', () => {
  it.each([
    ['JPY', '1234', 1234n],
    ['JPY', '1234.0', 1234n],
    ['BHD', '1.234', 1234n],
    ['USD', '1.2', 120n],
    ['CLF', '1.2345', 12345n],
    ['USD', '-1.20', -120n],
  ])('%s %s are %s minor units', (currency, amount, minor) => expect(item(read({ currency, amount })).originalMinor).toBe(minor))

  it.each([
    ['JPY', '0.5'],
    ['BHD', '1.2345'],
    ['USD', '0.001'],
  ])('%s %s is too precise', (currency, amount) =>
    expect(faults(read({ currency, amount }))).toEqual([['amount', 'TOO_PRECISE']]),
  )

  it.each([
    ['HALF_EVEN', '0.125', 12n],
    ['HALF_EVEN', '0.135', 14n],
    ['HALF_EVEN', '-0.125', -12n],
    ['HALF_EVEN', '0.1251', 13n],
    ['HALF_UP', '0.125', 13n],
    ['HALF_UP', '0.124', 12n],
  ])('%s rounds %s to %s, and says so', (rounding, amount, minor) => {
    const row = read({ amount }, { rounding })
    expect(item(row).originalMinor).toBe(minor)
    expect(row).toMatchObject({ warnings: [{ code: 'ROUNDED', column: 'amount' }] })
  })

  it.each([
    ['owed', '5', 'INVOICE'],
    ['nothing', '0', 'INVOICE'],
    ['a credit', '-5', 'CREDIT_MEMO'],
  ])('%s is told by its sign', (_case, amount, kind) => expect(item(read({ amount })).kind).toBe(kind))

  it('below zero cannot be an invoice', () =>
    expect(faults(read({ amount: '-5' }, { kind: { rule: 'CONSTANT', kind: 'INVOICE' } }))).toEqual([['amount', 'SIGN']]))

  it.each([
    ['of another sign', '-1.00', 'SIGN'],
    ['of another precision', '1.001', 'TOO_PRECISE'],
  ])('that are open %s are rejected', (_case, openAmount, code) => {
    const changes = { open: { rule: 'FROM_AMOUNT' }, columns: { ...base.columns, openAmount: { from: 'open' } } }
    expect(faults(read({ open: openAmount }, changes, plainly, [...header, 'open']))).toEqual([['open', code]])
  })

  it('cannot be open once closed', () => {
    const changes = { open: { rule: 'FROM_AMOUNT' }, columns: { ...base.columns, openAmount: { from: 'open' } } }
    const row = read({ open: '1.00', closed: '2026-02-01' }, changes, plainly, [...header, 'open'])
    expect(faults(row)).toEqual([['open', 'CONTRADICTION']])
  })
})

describe('days', () => {
  it('settle an item, or leave it open where the ledger is read as of an earlier day', () => {
    const closed = { closed: '2026-02-10' }
    const asOf = (day: Reading['asOf']): Reading => ({ asOf: day, terms: new Map() })
    expect(item(read(closed))).toMatchObject({ ledgerOpenMinor: 0n, closedOn: '2026-02-10' })
    expect(item(read(closed, {}, asOf('2026-02-10')))).toMatchObject({ ledgerOpenMinor: 0n, closedOn: '2026-02-10' })
    expect(item(read(closed, {}, asOf('2026-02-09')))).toMatchObject({ ledgerOpenMinor: 1234n, closedOn: null })
  })

  it('after the day as of which the ledger is read are skipped', () => {
    const row = read({ on: '2026-02-10' }, {}, { asOf: '2026-02-09', terms: new Map() })
    expect([row.outcome, faults(row)]).toEqual(['SKIPPED', [['on', 'AFTER_AS_OF']]])
    expect(read({ on: '2026-02-09' }, {}, { asOf: '2026-02-09', terms: new Map() }).outcome).toBe('ACCEPTED')
  })

  it('out of order are taken with a warning, or rejected where the profile says so', () => {
    const cells = { due: '2025-12-31', closed: '2025-12-30' }
    expect(read(cells)).toMatchObject({
      warnings: [{ code: 'DUE_BEFORE_DOCUMENT' }, { code: 'CLOSED_BEFORE_DOCUMENT' }],
    })
    expect(faults(read(cells, { checks: { dueBeforeDocument: 'REJECT' } }))).toEqual([['due', 'DUE_BEFORE_DOCUMENT']])
  })

  it('come from the terms where the due date is blank and their rule is known', () => {
    const reading: Reading = { asOf: null, terms: new Map([['EOM', { endOfMonth: true }]]) }
    expect(item(read({ due: '', terms: 'EOM', on: '2028-02-03' }, {}, reading)).dueOn).toBe('2028-02-29')
    expect(item(read({ due: '', amount: '-1' })).dueOn).toBe('2026-01-01')
    expect(faults(read({ due: 'soon', terms: 'EOM' }, {}, reading))).toEqual([['due', 'NOT_A_DATE']])
  })
})

describe('SAP line items', () => {
  const names = 'BUKRS GJAHR BELNR BUZEI KUNNR BLART BLDAT ZFBDT FAEDT WAERS WRBTR SHKZG XBLNR ZTERM AUGDT'.split(' ')
  const line: Record<string, string> = {
    BUKRS: '1000',
    GJAHR: '2026',
    BELNR: '0100000001',
    BUZEI: '001',
    KUNNR: '0000100001',
    BLART: 'RV',
    BLDAT: '05.01.2026',
    ZFBDT: '10.01.2026',
    FAEDT: '09.02.2026',
    WAERS: 'EUR',
    WRBTR: '1.234,56',
    SHKZG: 'S',
    XBLNR: '90001',
    ZTERM: 'ZB30',
    AUGDT: '00.00.0000',
  }
  const profile = profileNamed('sap-fbl5n')
  if (profile === null) throw new Error('the profile is gone')
  const reader = rowReader(profile, names, { asOf: null, terms: new Map([['ZB30', { netDays: 30 }]]) })
  const readLine = (cells: Record<string, string>): ReadRow => {
    if (typeof reader !== 'function') throw new Error(JSON.stringify(reader))
    return reader(names.map((name) => ({ ...line, ...cells })[name] ?? ''))
  }

  it('are keyed by company, year, document and line', () => {
    expect(item(readLine({}))).toMatchObject({
      sourceKey: '1000/2026/0100000001/001',
      kind: 'INVOICE',
      number: '90001',
      originalMinor: 123_456n,
      ledgerOpenMinor: 123_456n,
      dueOn: '2026-02-09',
      closedOn: null,
    })
  })

  it.each<[string, Record<string, string>, object]>([
    ['a credit', { SHKZG: 'H', BLART: 'DG' }, { kind: 'CREDIT_MEMO', originalMinor: -123_456n }],
    ['a credit against an invoice type', { SHKZG: 'H' }, { kind: 'CREDIT_MEMO' }],
    ['an incoming payment', { SHKZG: 'H', BLART: 'DZ' }, { kind: 'CREDIT_MEMO' }],
    ['a document number where the reference is blank', { XBLNR: '' }, { number: '0100000001' }],
    ['a clearing date', { AUGDT: '20260301' }, { ledgerOpenMinor: 0n, closedOn: '2026-03-01' }],
    ['a due date by its terms from the base date', { FAEDT: '' }, { dueOn: '2026-02-09' }],
    ['a due date by its terms from the document date', { FAEDT: '00000000', ZFBDT: '' }, { dueOn: '2026-02-04' }],
    ['a credit due at its base date', { SHKZG: 'H', FAEDT: '' }, { dueOn: '2026-01-10' }],
  ])('with %s', (_case, cells, expected) => expect(item(readLine(cells))).toMatchObject(expected))

  it.each<[string, Record<string, string>, [string, FaultCode][]]>([
    ['two signs', { WRBTR: '5,00-' }, [['WRBTR', 'SIGN']]],
    ['a sign that is none', { SHKZG: 'X' }, [['SHKZG', 'SIGN']]],
    ['a document type without a kind', { BLART: 'ZZ' }, [['BLART', 'UNKNOWN_KIND']]],
    ['an amount in another style', { WRBTR: '1,234.56' }, [['WRBTR', 'NOT_A_NUMBER']]],
    ['no line number', { BUZEI: '' }, [['BUZEI', 'BLANK']]],
  ])('with %s are rejected', (_case, cells, expected) => expect(faults(readLine(cells))).toEqual(expected))
})

describe('a header', () => {
  it('without a mapped column stops the file, and says which', () => {
    expect(rowReader(made(base), ['company', 'number'], plainly)).toMatchObject(
      [{ code: 'MISSING_COLUMN', message: /"customer".*"amount"/ }].map(({ code }) => ({
        code,
        message: expect.stringMatching(/"customer".*"amount"/),
      })),
    )
  })
  it('with a mapped column twice stops the file', () => {
    expect(rowReader(made(base), [...header, 'due'], plainly)).toMatchObject([{ code: 'AMBIGUOUS_COLUMN' }])
  })
  it('may have columns that nobody asked for, in any order', () => {
    expect(typeof rowReader(made(base), ['more', ...header.toReversed(), 'more'], plainly)).toBe('function')
  })
})

describe('the sieve', () => {
  const all = (...rows: Cells[]) => {
    const sieve = createSieve()
    return rows.map((cells) => sieve(read(cells)))
  }
  it('skips an exact copy and rejects another content under the same key', () => {
    const rows = all({}, {}, { amount: '99' }, { number: '8' })
    expect(rows.map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'SKIPPED', 'REJECTED', 'ACCEPTED'])
    expect(rows.flatMap(faults)).toEqual([
      [null, 'DUPLICATE_ROW'],
      [null, 'DUPLICATE_KEY'],
    ])
  })
  it('lets a row through whose namesake was rejected', () =>
    expect(all({ amount: 'x' }, {}).map(({ outcome }) => outcome)).toEqual(['REJECTED', 'ACCEPTED']))
})

describe('totals', () => {
  const cents = fc.integer({ min: -10_000_000, max: 10_000_000 })
  const rows = fc.array(
    fc.record({
      company: fc.constantFrom('C1', 'C2', ''),
      currency: fc.constantFrom('USD', 'JPY', 'BHD', 'XYZ'),
      amount: fc.oneof(
        cents.map((n) => (n / 1_000).toFixed(3)),
        fc.constant('x'),
        fc.constant(''),
      ),
      number: fc.integer({ min: 1, max: 12 }).map(String),
      on: fc.constantFrom('2026-01-01', '2026-06-01', 'never'),
    }),
    { maxLength: 60 },
  )

  it('read = accepted + rejected + skipped + rounding difference, to the last digit', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom('REFUSE', 'HALF_EVEN', 'HALF_UP'), (all, rounding) => {
        const reader = readerFor({ rounding }, { asOf: '2026-03-01', terms: new Map() })
        const [sieve, tally] = [createSieve(), createTally()]
        for (const cells of all)
          tally.add(sieve(reader(header.map((name) => ({ ...good, ...cells })[name as keyof typeof good]))))
        const exact = (text: string) => exactOf(text) ?? 0n
        let count = 0
        for (const group of tally.totals()) {
          const { read: whole, accepted, rejected, skipped, roundingDifference } = group
          count += whole.rows
          expect(whole.rows).toBe(accepted.rows + rejected.rows + skipped.rows)
          expect(exact(whole.amount)).toBe(
            exact(accepted.amount) + exact(rejected.amount) + exact(skipped.amount) + exact(roundingDifference),
          )
        }
        expect(count).toBe(all.length)
      }),
    )
  })

  const tallied = (...all: Cells[]) => {
    const tally = createTally()
    for (const cells of all) tally.add(read(cells))
    return tally
  }
  it.each([
    ['count and amount', { legalEntity: 'C1', currency: 'USD', count: 2, amount: '24.68' }, 0],
    ['the amount in other digits', { legalEntity: null, currency: 'USD', count: 2, amount: '24.680' }, 0],
    ['not the count', { legalEntity: 'C1', currency: 'USD', count: 3, amount: '24.68' }, 1],
    ['not the amount', { legalEntity: 'C1', currency: 'USD', count: 2, amount: '24.69' }, 1],
    ['not the currency', { legalEntity: 'C1', currency: 'EUR', count: 2, amount: '24.68' }, 1],
    ['no amount at all', { legalEntity: 'C1', currency: 'USD', count: 2, amount: 'much' }, 1],
    ['nothing, announced', { legalEntity: null, currency: 'EUR', count: 0, amount: '0' }, 0],
  ])('tie with %s', (_case, control, differences) =>
    expect(tallied({}, { number: '2' }).differences([control])).toHaveLength(differences),
  )
})

describe('profiles', () => {
  it('that come with the product are sound', () =>
    expect(profileNames).toEqual(
      expect.arrayContaining(['highradius-cleared', 'highradius-open', 'ibm-receivables', 'sap-fbl5n']),
    ))

  it.each([
    ['without an amount', { columns: { ...base.columns, amount: undefined } }, /amount/],
    ['with days and months in either order', { dates: ['DD/MM/YYYY', 'M/D/YYYY'] }, /different days/],
    ['with one mark for two things', { decimals: { point: ',', thousands: ',' } }, /thousands/],
    ['with a currency that is none', { columns: { ...base.columns, currency: { constant: 'XYZ' } } }, /ISO 4217/],
    ['that settles by a column it lacks', { columns: { ...base.columns, closedOn: undefined } }, /closedOn/],
    ['that says more than anybody reads', { colour: 'red' }, /colour/],
    ['that lets the amount be blank', { mayBeBlank: ['amount'] }, /blank/],
  ])('%s are refused with the reason', (_case, changes, reason) => {
    const parsed = parseProfile(JSON.parse(JSON.stringify({ ...base, ...changes })))
    expect('problems' in parsed ? parsed.problems.join() : '').toMatch(reason)
  })
})

import { describe, expect, it } from 'vitest'
import type { BankEntry, BankFileHead, EntryDetail, Reference, RemittanceAdvice } from './formats/model.ts'
import { accountKey, adviceKey, createNamer, messageName } from './identity.ts'

const detail: EntryDetail = {
  amountMinor: 10_000n,
  references: [],
  payerName: 'Acme Inc',
  payerAccount: null,
  text: 'INV 1',
  remittance: [],
  instructed: null,
  chargesMinor: null,
}
const entry = (facts: Partial<BankEntry> = {}): BankEntry => ({
  line: 1,
  account: 'DE02 1203 0000 0000 2020 51',
  currency: 'EUR',
  amountMinor: 10_000n,
  direction: 'CREDIT',
  isReversal: false,
  status: 'BOOKED',
  bookedOn: '2026-03-02',
  valueOn: '2026-03-03',
  typeCode: 'NTRF',
  bankReference: 'B-1',
  details: [detail],
  raw: '',
  ...facts,
})
const bearing = (...references: Reference[]): readonly EntryDetail[] => [{ ...detail, references }]
const head: BankFileHead = { format: 'MT940', messageId: 'M-1', sender: 'BANK', receiver: null, createdAt: null, isTest: false }

/** The names that entries get in one file. */
const named = (...entries: BankEntry[]): string[] => {
  const namer = createNamer()
  return entries.map(namer.entryKey)
}
const [key] = named(entry())

describe('an entry is the same', () => {
  it.each<[string, Partial<BankEntry>]>([
    ['with its payments told or not', { details: [detail, detail] }],
    ['in another writing of its account', { account: 'de02120300000000202051' }],
    ['in another line, with another code of its kind', { line: 9, typeCode: 'PMNT/RCDT/ESCT', raw: 'x' }],
    ['with another value date, where it is booked on the same day', { valueOn: '2026-03-09' }],
    ['with blanks around its reference', { bankReference: ' B-1 ' }],
  ])('%s', (_case, facts) => expect(named(entry(facts))).toEqual([key]))

  it('by its value date, where nobody tells when it was booked', () => {
    expect(named(entry({ bookedOn: null, valueOn: '2026-03-02' }))).toEqual([key])
  })

  it('by what it bears from end to end, where the bank gives no reference', () => {
    const [uetr] = named(entry({ bankReference: null, details: bearing({ kind: 'UETR', value: 'U-1' }) }))
    const told = entry({
      bankReference: null,
      details: [{ ...detail, text: 'more', references: [{ kind: 'UETR', value: 'U-1' }] }],
    })
    expect(named(told)).toEqual([uetr])
    const other = entry({ bankReference: null, details: bearing({ kind: 'END_TO_END', value: 'U-1' }) })
    expect(named(other)).not.toEqual([uetr])
  })
})

describe('an entry is another', () => {
  it.each<[string, Partial<BankEntry>]>([
    ['of another account', { account: 'DE02120300000000202052' }],
    ['in another currency', { currency: 'USD' }],
    ['of another amount', { amountMinor: 10_001n }],
    ['the other way', { direction: 'DEBIT' }],
    ['while it is pending', { status: 'PENDING' }],
    ['booked on another day', { bookedOn: '2026-03-03' }],
    ['under another reference of the bank', { bankReference: 'B-2' }],
  ])('%s', (_case, facts) => expect(named(entry(facts))).not.toEqual([key]))
})

describe('equal entries of one file', () => {
  const plain = entry({ bankReference: null })

  it('are two, and the same two when the file comes again', () => {
    const first = named(plain, plain)
    expect(new Set(first).size).toBe(2)
    expect(named(plain, plain)).toEqual(first)
  })

  it('under one reference are two in a statement, and the same in a statement that is there twice', () => {
    const namer = createNamer()
    const one = [namer.entryKey(entry()), namer.entryKey(entry())]
    namer.statement()
    expect([namer.entryKey(entry()), namer.entryKey(entry())]).toEqual(one)
    expect(new Set(one).size).toBe(2)
  })

  it('without a reference are counted through all statements of the file', () => {
    const namer = createNamer()
    const first = namer.entryKey(plain)
    namer.statement()
    expect(namer.entryKey(plain)).not.toBe(first)
  })

  it('are the same where a message stands in the file again', () => {
    const namer = createNamer()
    namer.message(head)
    const first = namer.entryKey(plain)
    namer.message({ ...head, messageId: 'M-2' })
    const second = namer.entryKey(plain)
    namer.message(head)
    expect(namer.entryKey(plain)).toBe(first)
    namer.message({ ...head, messageId: 'M-3' })
    expect([first, second]).not.toContain(namer.entryKey(plain))
  })
})

describe('the other names', () => {
  it('an account is its letters and digits', () => expect(accountKey('12/34-ab 5')).toBe('1234AB5'))

  it('a message is named by format, sender and number, and one without a number is not', () => {
    expect(messageName(head)).toBe('MT940 BANK M-1')
    expect(messageName({ ...head, messageId: '' })).toBeNull()
  })

  const advice: RemittanceAdvice = {
    line: 3,
    reference: 'PAY-1',
    payerName: 'Acme Inc',
    payerId: null,
    payeeName: null,
    amountMinor: 10_000n,
    currency: 'USD',
    method: 'ACH',
    effectiveOn: '2026-03-02',
    lines: [
      {
        line: 5,
        qualifier: 'IV',
        reference: 'INV-1',
        paidMinor: 10_000n,
        invoicedMinor: null,
        discountMinor: null,
        documentOn: null,
        adjustments: [],
      },
    ],
    adjustments: [],
    raw: 'ST*820*0001~',
  }

  it('an advice is what it says, wherever it stands and under whichever control number', () => {
    const again = { ...advice, line: 30, raw: 'ST*820*0009~', lines: advice.lines.map((line) => ({ ...line, line: 31 })) }
    expect(adviceKey(again)).toBe(adviceKey(advice))
    expect(adviceKey({ ...advice, lines: [] })).not.toBe(adviceKey(advice))
    expect(adviceKey({ ...advice, amountMinor: 9_999n })).not.toBe(adviceKey(advice))
  })
})

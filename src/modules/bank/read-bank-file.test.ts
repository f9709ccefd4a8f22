import { describe, expect, it } from 'vitest'
import { camt } from '../../../test/bank/camt-vectors.ts'
import { askedReadingOf } from './asked-reading.ts'
import { BadBankFile } from './formats/model.ts'
import { rawLineAt } from './raw-line.ts'
import { bankReadingOf } from './read-bank-file.ts'
import { paymentKeys, referenceKey, strictKeys } from './references.ts'

const nothing = { format: null, profile: null, account: null, currency: null }
async function* pieces(content: string | Buffer, size = 3): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content as string)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const readingOf = (content: string, words: Partial<typeof nothing> | { format: string } = {}) => {
  const asked = askedReadingOf({ ...nothing, ...words })
  if ('field' in asked) throw new Error(asked.message)
  return bankReadingOf(Buffer.from(content), asked)
}
const refusalOf = async (content: string, words?: Parameters<typeof readingOf>[1]): Promise<Partial<BadBankFile>> => {
  try {
    await Array.fromAsync(readingOf(content, words).read(pieces(content)))
  } catch (thrown) {
    if (thrown instanceof BadBankFile) return { rule: thrown.rule, line: thrown.line }
    throw thrown
  }
  return { message: 'it was read' }
}

describe('bankReadingOf', () => {
  it('knows a format by its beginning, and calls the reading by it', () => {
    expect(readingOf(camt({ message: 'BkToCstmrDbtCdtNtfctn', namespace: '' }))).toMatchObject({ name: 'CAMT_054', version: 1 })
    expect(readingOf('01,BANK,OURS,240201,0615,7,80,1,2/')).toMatchObject({ name: 'BAI2' })
  })

  it('calls the reading of a CSV by its profile', () => {
    expect(readingOf('', { profile: 'quittance-statement-csv' } as never)).toMatchObject({
      name: 'quittance-statement-csv',
      format: 'CSV',
    })
  })

  it.each([
    ['nothing', '', 'EMPTY'],
    ['blanks', ' \r\n\n', 'EMPTY'],
    ['a table without a profile', 'date,amount\n2026-01-01,5\n', 'UNSUPPORTED'],
    ['a letter', 'Dear Sir or Madam', 'UNSUPPORTED'],
  ])('refuses %s by reading it', async (_case, content, rule) => {
    expect(await refusalOf(content)).toEqual({ rule, line: 1 })
  })

  it('refuses a file that is not what it was said to be', async () => {
    const statement = ':20:S\n:25:A\n:28C:1\n:60F:C260301EUR1,00\n:62F:C260301EUR1,00\n-\n'
    expect(await refusalOf(statement, { format: 'MT942' })).toEqual({ rule: 'NOT_THIS_FORMAT', line: 1 })
    expect(await refusalOf(statement, { format: 'BAI2' })).toMatchObject({ line: 1 })
    expect(await refusalOf(statement, { format: 'MT940' })).toEqual({ message: 'it was read' })
  })
})

describe('askedReadingOf', () => {
  it.each([
    ['no format of ours', { format: 'PDF' }, 'format'],
    ['a CSV without a profile', { format: 'CSV' }, 'profile'],
    ['a profile of another format', { format: 'BAI2', profile: 'quittance-statement-csv' }, 'profile'],
    ['a profile that nobody has', { profile: 'none' }, 'profile'],
    ['an account for what tells its own', { format: 'BAI2', account: '1' }, 'account'],
    ['a currency for what tells its own', { currency: 'EUR' }, 'currency'],
    ['a blank account', { profile: 'quittance-statement-csv', account: ' ' }, 'account'],
    ['no currency', { profile: 'quittance-statement-csv', currency: 'EURO' }, 'currency'],
  ])('refuses %s', (_case, words, field) => expect(askedReadingOf({ ...nothing, ...words })).toMatchObject({ field }))

  it('takes a profile from whoever has more of them', () => {
    const asked = askedReadingOf({ ...nothing, profile: 'mine' }, () => ({ name: 'mine' }) as never)
    expect(asked).toMatchObject({ format: 'CSV', csv: { profile: { name: 'mine' } } })
  })
})

describe('rawLineAt', () => {
  it.each([
    [1, 'one'],
    [2, ''],
    [3, 'three'],
    [4, 'four'],
    [5, 'five'],
    [6, ''],
  ])('line %d of a file with every kind of end', async (line, text) => {
    expect(await rawLineAt(pieces('one\r\n\r\nthree\rfour\nfive'), line)).toBe(text)
  })

  it('keeps so much of a line without an end, and what is no UTF-8 as Latin-1', async () => {
    expect(await rawLineAt(pieces('x'.repeat(20_000), 4_096), 1)).toHaveLength(16_384)
    expect(await rawLineAt(pieces(Buffer.from([0xfc, 0x62])), 1)).toBe('üb')
  })
})

describe('references', () => {
  it.each([
    ['000123-45', '12345'],
    ['re 2026/17', 'RE202617'],
    ['0012', null],
    ['x'.repeat(141), null],
  ])('%s is compared as %s', (value, key) => expect(referenceKey(value)).toBe(key))

  it('a mandate names no payment, and only what is given out once names one beyond doubt', () => {
    const all = [
      { kind: 'MANDATE', value: 'M-100' },
      { kind: 'OTHER', value: 'O-100' },
      { kind: 'TRACE', value: '0091000019000001' },
      { kind: 'TRACE', value: '91000019000001' },
    ] as const
    expect(paymentKeys(all)).toEqual(['O100', '91000019000001'])
    expect(strictKeys(all)).toEqual(['91000019000001'])
  })
})

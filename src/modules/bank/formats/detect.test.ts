import { describe, expect, it } from 'vitest'
import { camt } from '../../../../test/bank/camt-vectors.ts'
import { detectFormat } from './detect.ts'

const isa = (separator: string, segmentEnd: string, set: string): string =>
  `ISA*00*          *00*          *ZZ*BUYER          *ZZ*SUPPLIER       *260301*1230*U*00401*000000042*0*P*>~GS*RA*B*S*20260301*1230*7*X*004010~ST*${set}*0001~`
    .replaceAll('~', segmentEnd)
    .replaceAll('*', separator)

describe('detectFormat', () => {
  it.each([
    ['BAI2', '01,091000019,SUPPLIER,260301,0600,1,80,1,2/\n02,'],
    ['MT940', ':20:STARTUMS\r\n:25:12345678/1234\r\n:28C:1/1\r\n:60F:C260301EUR1,00\r\n'],
    ['MT940', '{1:F01BANKDEFFAXXX0000000000}{2:O9401200260301BANKDEFFAXXX00000000002603011200N}{4:\r\n:20:1\r\n'],
    ['MT940', '0000 01INGBNL2AXXXX00001\r\n940 00\r\n:20:1\r\n:25:NL1\r\n'],
    ['MT940', '\ufeff\r\n:20:1\r\n'],
    ['MT942', ':20:1\r\n:25:12345678/1234\r\n:28C:1/1\r\n:34F:EUR0,\r\n:13D:2603011200+0100\r\n'],
    ['MT942', '{1:F01BANKDEFFAXXX0000000000}{2:I942BANKDEFFXXXXN}{4:\r\n:20:1\r\n'],
    ['CAMT_053', camt()],
    ['CAMT_052', camt({ message: 'BkToCstmrAcctRptV01', namespace: '' })],
    ['CAMT_054', camt().replaceAll('BkToCstmrStmt', 'n:BkToCstmrDbtCdtNtfctn')],
    // Cut before the name of the message comes.
    ['CAMT_052', '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"'],
    ['X12_820', isa('*', '~', '820')],
    ['X12_820', isa('|', '\n', '820')],
    ['X12_823', isa('*', '~\n', '823')],
    ['X12_823', 'ST*823*0001~'],
    ['NACHA', `101 091000019 1210428822603010600A094101${'BANK'.padEnd(23)}${'SUPPLIER'.padEnd(23)}        \n5220`],
  ] as const)('knows %s by %j', (format, start) => {
    expect(detectFormat(Buffer.from(start))).toBe(format)
  })

  it('knows wide characters too', () => {
    const text = `\ufeff${camt()}`
    expect(detectFormat(Buffer.from(text, 'utf16le'))).toBe('CAMT_053')
    expect(detectFormat(Buffer.from(text, 'utf16le').swap16())).toBe('CAMT_053')
    expect(detectFormat(Buffer.from(camt(), 'utf16le'))).toBe('CAMT_053')
  })

  it('leaves what it looks at as it was', () => {
    const bytes = Buffer.from(`\ufeff${camt()}`, 'utf16le').swap16()
    const before = Buffer.from(bytes)
    detectFormat(bytes)
    expect(bytes.equals(before)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['a CSV', 'account,currency,bookedOn,amount\nDE1,EUR,2026-03-02,1\n'],
    ['a CSV whose first number is 101', '101,1,2\n'],
    ['a page of the web', '<!doctype html><html></html>'],
    ['a credit transfer', camt({ message: 'CstmrCdtTrfInitn', namespace: 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09' })],
    ['an invoice', isa('*', '~', '810')],
    ['a name that begins with ISA', 'ISABELLA,1\n'],
    ['a 820 that is data', isa('*', '~', '810').replace('BUYER', 'ST*820')],
    ['an archive', '\u0050\u004b\u0003\u0004'],
  ])('knows nothing of %s', (_case, start) => expect(detectFormat(Buffer.from(start))).toBeNull())
})

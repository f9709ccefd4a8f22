import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BadBankFile, type BankEntry, type BankEvent, type EntryDetail } from './model.ts'
import { readMt940 } from './mt940.ts'

async function* pieces(content: string, size = 11): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const events = (content: string): Promise<BankEvent[]> => Array.fromAsync(readMt940(pieces(content)))
const entriesOf = async (content: string): Promise<BankEntry[]> =>
  (await events(content)).flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : []))

const refused = async (content: string): Promise<BadBankFile> => {
  const thrown = await events(content).then(
    () => null,
    (error: unknown) => error,
  )
  if (thrown instanceof BadBankFile) return thrown
  throw new Error('the file was not refused', { cause: thrown })
}

type Balances = { readonly opening?: string; readonly closing: string; readonly number?: string; readonly account?: string }

const statement = (
  body: readonly string[],
  { opening = '60F:C240131EUR0,00', closing, number = '5/1', account = 'DE1' }: Balances,
): string => [':20:REF', `:25:${account}`, `:28C:${number}`, `:${opening}`, ...body, `:${closing}`, '-', ''].join('\n')

/** The only entry of a statement, whose sum is left to the closing balance. */
const entryOf = async (movement: string, ...below: string[]): Promise<BankEntry> => {
  const [, mark = '', amount = ''] = /^\d{6}(?:\d{4})?(R?[CD])[A-Z]?(\d+,\d*)/.exec(movement) ?? []
  const isCredit = mark === 'C' || mark === 'RD'
  const [entry] = await entriesOf(
    statement([`:61:${movement}`, ...below], { closing: `62F:${isCredit ? 'C' : 'D'}240131EUR${amount}` }),
  )
  if (entry === undefined) throw new Error('no entry was read')
  return entry
}
const detailOf = async (...information: string[]): Promise<EntryDetail> => {
  const [detail] = (await entryOf('2401310131C1,00NTRFNONREF', ...information)).details
  if (detail === undefined) throw new Error('no detail was read')
  return detail
}

/** As banks fold it: 65 characters to a line, whatever they part. */
const folded = (field: string): string[] => {
  const text = field.slice(':86:'.length)
  return [`:86:${text.slice(0, 65)}`, ...(text.slice(65).match(/.{1,65}/g) ?? [])]
}

describe('readMt940', () => {
  it('reads a statement with its entry and its balances', async () => {
    const body = [':61:2401310201C1250,5NTRFINV 88//BANK7', 'below', ':86:from ACME', 'for invoice 88']
    const content = statement(body, {
      opening: '60F:D240130EUR250,5',
      closing: '62F:C240131EUR1000,\n:64:C240131EUR900,00\n:65:C240202EUR950,',
    })
    expect(await events(content)).toEqual([
      {
        kind: 'FILE',
        file: {
          format: 'MT940',
          messageId: 'REF DE1 5/1 2024-01-30',
          sender: null,
          receiver: null,
          createdAt: null,
          isTest: false,
        },
      },
      {
        kind: 'STATEMENT',
        statement: { line: 1, account: 'DE1', currency: 'EUR', statementId: '5', sequence: '1', bank: null, createdAt: null },
      },
      {
        kind: 'ENTRY',
        entry: {
          line: 5,
          account: 'DE1',
          currency: 'EUR',
          amountMinor: 125_050n,
          direction: 'CREDIT',
          isReversal: false,
          status: 'BOOKED',
          bookedOn: '2024-02-01',
          valueOn: '2024-01-31',
          typeCode: 'NTRF',
          bankReference: 'BANK7',
          details: [
            {
              amountMinor: 125_050n,
              references: [
                { kind: 'CUSTOMER', value: 'INV 88' },
                { kind: 'BANK', value: 'BANK7' },
              ],
              payerName: null,
              payerAccount: null,
              text: 'below\nfrom ACME\nfor invoice 88',
              remittance: [],
              instructed: null,
              chargesMinor: null,
            },
          ],
          raw: ':61:2401310201C1250,5NTRFINV 88//BANK7\nbelow\n:86:from ACME\nfor invoice 88',
        },
      },
      {
        kind: 'STATEMENT_END',
        entries: 1,
        balances: [
          { kind: 'OPENING', code: '60F', amountMinor: -25_050n, currency: 'EUR', on: '2024-01-30' },
          { kind: 'CLOSING', code: '62F', amountMinor: 100_000n, currency: 'EUR', on: '2024-01-31' },
          { kind: 'AVAILABLE', code: '64', amountMinor: 90_000n, currency: 'EUR', on: '2024-01-31' },
          { kind: 'FORWARD', code: '65', amountMinor: 95_000n, currency: 'EUR', on: '2024-02-02' },
        ],
      },
    ])
  })

  describe('a movement', () => {
    it.each([
      ['C', 'CREDIT', false],
      ['D', 'DEBIT', false],
      ['RC', 'DEBIT', true],
      ['RD', 'CREDIT', true],
      ['CR', 'CREDIT', false],
      ['DR', 'DEBIT', false],
      ['RCR', 'DEBIT', true],
    ])('%s is a %s (takes back: %s)', async (mark, direction, isReversal) => {
      expect(await entryOf(`240131${mark}5,00NTRFNONREF`)).toMatchObject({ direction, isReversal, amountMinor: 500n })
    })

    it.each([
      ['2401310131', '2024-01-31', '2024-01-31'],
      ['2401311231', '2024-01-31', '2023-12-31'],
      ['2312310102', '2023-12-31', '2024-01-02'],
      ['240131    ', '2024-01-31', null],
      ['240131', '2024-01-31', null],
      ['2402290229', '2024-02-29', '2024-02-29'],
      ['7912310101', '2079-12-31', '2080-01-01'],
      ['8001010101', '1980-01-01', '1980-01-01'],
    ])('%j is valued %s and booked %s', async (days, valueOn, bookedOn) => {
      const [entry] = await entriesOf(statement([`:61:${days}C5,00NTRFNONREF`], { closing: '62F:C240131EUR5,00' }))
      expect(entry).toMatchObject({ valueOn, bookedOn })
    })

    it.each([
      ['a value date that there is not', '240230C5,00NTRFNONREF', 'BAD_DAY'],
      ['an entry date that there is not', '2401310230C5,00NTRFNONREF', 'BAD_DAY'],
      ['an entry on 29 February of another year', '2301310229C5,00NTRFNONREF', 'BAD_DAY'],
      ['an amount without comma', '240131C500NTRFNONREF', 'BAD_AMOUNT'],
      ['an amount with a point', '240131C5.00NTRFNONREF', 'BAD_AMOUNT'],
      ['an amount of too many decimals', '240131C5,001NTRFNONREF', 'BAD_AMOUNT'],
      ['an amount beyond reason', '240131C999999999999999999,00NTRFNONREF', 'BAD_AMOUNT'],
      ['a type that there is not', '240131C5,00XTRFNONREF', 'BAD_VALUE'],
      ['neither credit nor debit', '240131X5,00NTRFNONREF', 'BAD_STRUCTURE'],
      ['nothing', '', 'BAD_STRUCTURE'],
      ['what is only expected', '240131EC5,00NTRFNONREF', 'BAD_VALUE'],
    ])('is refused with %s', async (_case, movement, rule) => {
      const content = statement([`:61:${movement}`], { closing: '62F:C240131EUR5,00' })
      expect(await refused(content)).toMatchObject({ rule, line: 5, field: ':61:' })
    })

    it.each([
      ['NTRFNONREF', []],
      ['NTRFINV 1//B1', ['CUSTOMER INV 1', 'BANK B1']],
      ['NTRFNONREF//B1', ['BANK B1']],
      ['NTRFINV 1//NONREF', ['CUSTOMER INV 1']],
      ['NTRFA/B//', ['CUSTOMER A/B']],
      ['NTRF', []],
      ['NTRFMSGID X  B//B1', ['CUSTOMER MSGID X  B', 'BANK B1']],
      ['N0600733959555      ACME BV', ['CUSTOMER 0733959555']],
    ])('%s has the references %j', async (rest, expected) => {
      const { details } = await entryOf(`240131C5,00${rest}`)
      expect(details[0]?.references.map(({ kind, value }) => `${kind} ${value}`)).toEqual(expected)
    })

    it('has what stands behind a padded reference in its text', async () => {
      expect((await entryOf('240131C5,00N0600733959555      ACME BV')).details[0]?.text).toBe('ACME BV')
    })

    it('may have a type without letters', async () => {
      expect(await entryOf('240131CF5,00S   X')).toMatchObject({ typeCode: 'S', details: [{ references: [{ value: 'X' }] }] })
    })

    it('is counted in the units of its currency', async () => {
      const content = (amount: string, currency: string) =>
        statement([`:61:240131C${amount}NTRFNONREF`], {
          opening: `60F:C240131${currency}0,`,
          closing: `62F:C240131${currency}${amount}`,
        })
      expect((await entriesOf(content('1500,', 'JPY')))[0]?.amountMinor).toBe(1500n)
      expect((await entriesOf(content('1,234', 'KWD')))[0]?.amountMinor).toBe(1234n)
      expect(await refused(content('1,5', 'JPY'))).toMatchObject({ rule: 'BAD_AMOUNT' })
    })
  })

  describe('structured information', () => {
    it('gives references, payer and text of a SEPA credit', async () => {
      const information =
        ':86:166?00GUTSCHRIFT?100399?20EREF+E2E-2024/0001?21KREF+K1?22MREF+M-77?23CRED+DE98ZZZ09999999999' +
        '?24SVWZ+Rechnung 4711 vom 3?251.01.2024 abzgl. Skonto?26ABWA+Tochter GmbH?30COBADEFFXXX' +
        '?31DE89370400440532013000?32Muster und Soehne GmbH & Co?33. KG?34000'
      expect(await detailOf(...folded(information))).toMatchObject({
        references: [
          { kind: 'END_TO_END', value: 'E2E-2024/0001' },
          { kind: 'INSTRUCTION', value: 'K1' },
          { kind: 'MANDATE', value: 'M-77' },
          { kind: 'CREDITOR', value: 'DE98ZZZ09999999999' },
        ],
        payerName: 'Muster und Soehne GmbH & Co. KG',
        payerAccount: 'DE89370400440532013000',
        text: 'GUTSCHRIFT\nRechnung 4711 vom 31.01.2024 abzgl. Skonto\nABWA Tochter GmbH',
      })
    })

    it('finds a label across two subfields, and keeps what stands before the first', async () => {
      const detail = await detailOf(':86:835?20Einkauf bei ACME?21LASTSCHRIFT?22EREF+ 123 MREF+ 456 S?23VWZ+ Danke')
      expect(detail).toMatchObject({
        references: [
          { kind: 'END_TO_END', value: '123' },
          { kind: 'MANDATE', value: '456' },
        ],
        text: 'Einkauf bei ACME\nLASTSCHRIFT\nDanke',
      })
    })

    it.each([
      ['goes on in the next subfield when it is full', '?20RECHNUNG 1001,1002,1003,100?214', 'RECHNUNG 1001,1002,1003,1004'],
      ['ends with a subfield that is not', '?20RECHNUNG 1001?21KUNDE 77', 'RECHNUNG 1001\nKUNDE 77'],
      ['goes on behind the subfield 29', '?29RECHNUNG?60KUNDE 77?63ENDE', 'RECHNUNG\nKUNDE 77\nENDE'],
      ['keeps a separator that parts nothing', '?20WARUM? DARUM', 'WARUM? DARUM'],
      ['takes what stands in further subfields', '?20A?70B', 'A\nB'],
    ])('%s', async (_case, subfields, text) => {
      expect((await detailOf(`:86:051${subfields}`)).text).toBe(text)
    })

    it.each(['<', '>', '~', '@', '^'])('may be parted by %s', async (separator) => {
      const text = ':86:020?00TRANSFER?20INVOICE 5?31PL123?32ACME SP. Z O.O.'.replaceAll('?', separator)
      expect(await detailOf(text)).toMatchObject({
        text: 'TRANSFER\nINVOICE 5',
        payerAccount: 'PL123',
        payerName: 'ACME SP. Z O.O.',
      })
    })

    it('gives back the blank that a line has lost at its end', async () => {
      const full = '166?20SVWZ+Rechnungen 2024-000001, 2024-000002, 2024-000003, 2024'
      const short = '-000004, 2024-000005, 2024-000006, 2024-000007, 2024-000008 sowie'
      expect([full.length, short.length]).toEqual([65, 65])
      const { text } = await detailOf(`:86:${full}`, short.replace(',', ''), '2024-000009')
      expect(text).toMatch(/, 2024-000004 2024-000005.* sowie 2024-000009$/)
      expect((await detailOf(`:86:${full}`, `${'x'.repeat(63)}?`, '32ACME')).payerName).toBe('ACME')
    })

    it.each([
      ['IBAN of the subfield 38 before 31', '?31123456?38DE89370400440532013000', 'DE89370400440532013000'],
      ['account of the subfield 31', '?31123456', '123456'],
      ['IBAN of the purpose', '?20SVWZ+Miete IBAN+ DE89370400440532013000 BIC+ COBADEFF', 'DE89370400440532013000'],
      ['nothing', '?20SVWZ+Miete', null],
    ])('tells the account: %s', async (_case, subfields, account) => {
      expect((await detailOf(`:86:166${subfields}`)).payerAccount).toBe(account)
    })

    it('leaves out references that say that there is none', async () => {
      expect((await detailOf(':86:166?20EREF+NOTPROVIDED?21KREF+NONREF?22MREF+?23SVWZ+X')).references).toEqual([])
    })
  })

  describe('information in code words', () => {
    it('gives references, payer and text', async () => {
      const information =
        ':86:/EREF/E2E-1//MARF/M-1//CSID/NL00ZZZ1//ORDP//NAME/ACME INTERNATIONAL TRADING B.V./IBAN/NL91ABNA0417164300' +
        '/BIC/ABNANL2A/BENM//NAME/US/REMI/INVOICE 2024/0088 AND 2024/0089/ISDT/2024-01-31'
      expect(await detailOf(...folded(information))).toMatchObject({
        references: [
          { kind: 'END_TO_END', value: 'E2E-1' },
          { kind: 'MANDATE', value: 'M-1' },
          { kind: 'CREDITOR', value: 'NL00ZZZ1' },
        ],
        payerName: 'ACME INTERNATIONAL TRADING B.V.',
        payerAccount: 'NL91ABNA0417164300',
        text: 'INVOICE 2024/0088 AND 2024/0089\nISDT 2024-01-31',
      })
    })

    it('takes the receiver of what was paid', async () => {
      const { details } = await entryOf('240131D5,00NTRFNONREF', ':86:/ORDP//NAME/US/BENM//NAME/SUPPLIER/REMI/X')
      expect(details[0]?.payerName).toBe('SUPPLIER')
    })

    it('takes the counterparty of the ING', async () => {
      expect(await detailOf(':86:/CNTP/NL91ABNA0417164300/ABNANL2A/ACME BV/CITY//REMI/USTD//INVOICE 88/')).toMatchObject({
        payerName: 'ACME BV',
        payerAccount: 'NL91ABNA0417164300',
        text: 'INVOICE 88',
      })
    })

    it('parts lines that were not folded by a blank', async () => {
      expect((await detailOf(':86:/TRTP/SEPA', 'TRANSFER/REMI/INVOICE 88', 'AND 89')).text).toBe(
        'TRTP SEPA TRANSFER\nINVOICE 88 AND 89',
      )
    })

    it('leaves other slashes alone', async () => {
      expect((await detailOf(':86:/PT/FT/PY/SOMETHING')).text).toBe('/PT/FT/PY/SOMETHING')
    })
  })

  describe('free information', () => {
    it('keeps its lines, but joins what was folded at the full width', async () => {
      const full = 'PAYMENT OF THE INVOICES WITH THE NUMBERS 2024-001, 2024-002, 2024'
      expect(full).toHaveLength(65)
      expect((await detailOf(`:86:${full}`, '-003', '', 'THANK YOU')).text).toBe(`${full}-003\nTHANK YOU`)
    })

    it('may come in several fields, and may be empty', async () => {
      expect((await detailOf(':86:FIRST', ':86:SECOND')).text).toBe('FIRST\nSECOND')
      expect((await detailOf(':86:')).text).toBe('')
      expect((await detailOf()).text).toBe('')
    })

    it('keeps a time that was folded at its colon', async () => {
      expect((await detailOf(':86:PAID 12-09-2014T16', ':26:37 AT THE DESK')).text).toBe('PAID 12-09-2014T16\n:26:37 AT THE DESK')
      const content = statement([':61:240131C5,00NTRFNONREF', ':86:PAID', ':26:37 AT'], { closing: '62F:C240131EUR5,' })
      expect(await refused(content)).toMatchObject({ rule: 'BAD_STRUCTURE', line: 7, field: ':26:' })
    })

    it('takes an account for one by its check digits alone', async () => {
      const movement = (reference: string) => `240131C5,00NIOB${reference}`
      expect((await entryOf(movement('NL91ABNA0417164300'), 'a name')).details[0]?.payerAccount).toBe('NL91ABNA0417164300')
      expect((await entryOf(movement('NL91ABNA0417164301'), 'a name')).details[0]?.payerAccount).toBeNull()
      expect((await entryOf(movement('EREF'), 'NL91ABNA0417164300')).details[0]).toMatchObject({
        payerAccount: 'NL91ABNA0417164300',
        text: '',
      })
    })

    it('tells original amount and charges', async () => {
      expect((await entryOf('240131C5,00NTRFNONREF', '/OCMT/USD5,75//CHGS/EUR0,3/')).details[0]).toMatchObject({
        instructed: { minor: 575n, currency: 'USD' },
        chargesMinor: 30n,
      })
      expect((await entryOf('240131C5,00NTRFNONREF', '/OCMT/XXQ5,75//CHGS/USD0,3/')).details[0]).toMatchObject({
        instructed: null,
        chargesMinor: null,
      })
    })

    it('may be a field NS', async () => {
      expect(
        await detailOf(':NS:01Rechnung 4711', '02vom 31.01.2024', '15Muster GmbH', '17Ueberweisung', '3310918001', '34123456'),
      ).toMatchObject({
        payerName: 'Muster GmbH',
        payerAccount: '123456',
        text: 'Ueberweisung\nRechnung 4711\nvom 31.01.2024',
      })
    })
  })

  describe('around messages', () => {
    const bare = statement([], { closing: '62F:C240131EUR0,00' }).replace('-\n', '')

    it.each([
      ['bare, ended by a dash', `${bare}-\n`],
      ['bare, ended by the file', bare.trimEnd()],
      ['below the lines of a bank', `ABNANL2A\n940\nABNANL2A\n${bare}-\n`],
      ['below a tag of its own', `:940:\n${bare}`],
      ['with an end of the ING', `0000 01INGBNL2AXXXX00001\n940 00\n${bare}-XXX`],
      ['between control characters', `\u0001\r\n${bare}-\u0003`],
      ['with blank lines', `\n\n${bare.replaceAll('\n', '\n\n')}\n\n-\n\n`],
      ['with CRLF', bare.replaceAll('\n', '\r\n')],
      ['in an envelope', `{1:F01COBADEFFAXXX0000000000}{2:I940OURSDEFFXXXXN}{4:\n${bare}-}`],
      [
        'in an envelope over lines',
        `{1:F01COBADEFFAXXX0000000000}\n{2:O9400800240131COBADEFFAXXX00000000002401310800N}\n{4:\n${bare}-}{5:{CHK:1}}`,
      ],
    ])('%s', async (_case, content) => {
      expect((await events(content)).map(({ kind }) => kind)).toEqual(['FILE', 'STATEMENT', 'STATEMENT_END'])
    })

    it('tells the sender that the envelope names, for that message only', async () => {
      const content = `{1:F01COBADEFFA123}{4:\n${bare}-}\n${bare}`
      const heads = (await events(content)).flatMap((event) => (event.kind === 'FILE' ? [event.file.sender] : []))
      expect(heads).toEqual(['COBADEFF123', null])
    })

    it('reads several, one behind the other', async () => {
      const enveloped = `{1:F01COBADEFFAXXX0000000000}{2:I940OURSDEFFXXXXN}{4:\n${bare}-}{5:}`
      for (const content of [
        `${bare}-\n${bare}`,
        bare + bare,
        `${enveloped}\n${enveloped}`,
        `${enveloped}\${1:F01}{2:I940X}{4:\n${bare}-}`,
        enveloped + enveloped,
      ]) {
        expect((await events(content)).filter(({ kind }) => kind === 'FILE')).toHaveLength(2)
      }
    })

    it.each([
      ['an envelope that is never closed', `{1:F01COBADEFFAXXX}{4:\n${bare}`, 'TRUNCATED'],
      ['an envelope in an envelope', `{1:F01COBADEFFAXXX}{4:\n${bare}{1:F01COBADEFFAXXX}{4:\n${bare}-}`, 'TRUNCATED'],
      ['another message', '{1:F01COBADEFFAXXX}{2:I103OURSDEFFXXXXN}{4:\n:20:X\n:23B:CRED\n-}', 'UNSUPPORTED'],
      ['a field of another message', ':20:X\n:23B:CRED\n-', 'BAD_STRUCTURE'],
      ['nothing', '', 'EMPTY'],
      ['blank lines', ' \n\n', 'EMPTY'],
      ['another format', '01,BANK,OURS,240201,0615,7,,,2/\n99,0,0,2/', 'NOT_THIS_FORMAT'],
      ['many lines of another format', 'a;b;c\n'.repeat(100), 'NOT_THIS_FORMAT'],
      ['text between messages', `${bare}-\n${'what is this\n'.repeat(20)}${bare}`, 'BAD_STRUCTURE'],
      ['a field that never ends', `:20:X\n:86:${`${'x'.repeat(1000)}\n`.repeat(70)}`, 'TOO_LONG'],
      [
        'an entry that is told endlessly',
        statement([':61:240131C0,NTRFNONREF', ...Array.from({ length: 70 }, () => `:86:${'x'.repeat(1000)}`)], {
          closing: '62F:C240131EUR0,',
        }),
        'TOO_LONG',
      ],
      ['balances without end', `${bare}${':65:C240131EUR0,\n'.repeat(1001)}`, 'TOO_LONG'],
    ])('refuses %s', async (_case, content, rule) => expect(await refused(content)).toMatchObject({ rule }))
  })

  describe('refuses', () => {
    const good = statement([':61:240131C5,00NTRFNONREF', ':86:X', ':61:240131D2,00NTRFNONREF', ':86:Y'], {
      closing: '62F:C240131EUR3,00',
    })

    it.each([
      ['a message without reference', ':20:REF\n', '', 'MISSING', 1, ':20:'],
      ['an empty reference', ':20:REF', ':20:', 'MISSING', 1, ':20:'],
      ['a message without account', ':25:DE1\n', '', 'MISSING', 1, ':25:'],
      ['a message without number', ':28C:5/1\n', '', 'MISSING', 1, ':28C:'],
      ['a message without opening balance', ':60F:C240131EUR0,00\n', '', 'MISSING', 1, ':60F:'],
      ['a message without closing balance', ':62F:C240131EUR3,00\n', '', 'MISSING', 1, ':62F:'],
      ['a file that breaks off', ':62F:C240131EUR3,00\n-\n', '', 'TRUNCATED', 8, ':62F:'],
      ['a closing balance that is wrong', 'EUR3,00', 'EUR3,01', 'CONTROL_TOTAL', 9, ':62F:'],
      ['a closing balance of the other side', ':62F:C', ':62F:D', 'CONTROL_TOTAL', 9, ':62F:'],
      ['a lost entry', ':61:240131D2,00NTRFNONREF\n', '', 'CONTROL_TOTAL', 8, ':62F:'],
      ['two accounts', ':25:DE1', ':25:DE1\n:25:DE2', 'BAD_STRUCTURE', 3, ':25:'],
      ['two numbers', ':28C:5/1', ':28C:5/1\n:28C:5/2', 'BAD_STRUCTURE', 4, ':28C:'],
      ['two opening balances', ':61:240131C', ':60F:C240131EUR0,00\n:61:240131C', 'BAD_STRUCTURE', 5, ':60F:'],
      ['two closing balances', '\n-', '\n:62F:C240131EUR3,00\n-', 'BAD_STRUCTURE', 10, ':62F:'],
      ['an entry behind the closing balance', '\n-', '\n:61:240131C5,00NTRFNONREF\n-', 'BAD_STRUCTURE', 10, ':61:'],
      ['a head behind the entries', ':86:Y', ':25:DE2', 'BAD_STRUCTURE', 8, ':25:'],
      ['information before the entries', ':61:240131C', ':86:X\n:61:240131C', 'BAD_STRUCTURE', 5, ':86:'],
      ['an available balance before the closing one', ':62F:', ':64:C240131EUR3,00\n:62F:', 'BAD_STRUCTURE', 9, ':64:'],
      ['a sum in a statement', ':62F:', ':90D:1EUR2,00\n:62F:', 'BAD_STRUCTURE', 9, ':90D:'],
      ['a floor limit in a statement', ':61:240131C', ':34F:EUR0,\n:61:240131C', 'BAD_STRUCTURE', 5, ':34F:'],
      ['a number that is none', ':28C:5/1', ':28C:5-1', 'BAD_VALUE', 3, ':28C:'],
      ['a currency that there is not', 'C240131EUR0,00', 'C240131EUX0,00', 'BAD_CURRENCY', 4, ':60F:'],
      ['a currency of old', 'C240131EUR0,00', 'C240131DEM0,00', 'BAD_CURRENCY', 4, ':60F:'],
      ['another currency at the end', 'EUR3,00', 'USD3,00', 'BAD_CURRENCY', 9, ':62F:'],
      ['a balance without currency', 'C240131EUR0,00', 'C2401310,00', 'BAD_CURRENCY', 4, ':60F:'],
      ['a balance without comma', 'EUR3,00', 'EUR300', 'BAD_AMOUNT', 9, ':62F:'],
      ['a balance of no side', ':60F:C', ':60F:X', 'BAD_STRUCTURE', 4, ':60F:'],
      ['a day that there is not', ':60F:C240131', ':60F:C240132', 'BAD_DAY', 4, ':60F:'],
      ['a line that belongs to nothing', ':25:DE1', ':25:DE1\nmore', 'BAD_STRUCTURE', 2, ':25:'],
      ['an unknown field', ':86:Y', ':99Z:Y', 'BAD_STRUCTURE', 8, ':99Z:'],
    ])('%s', async (_case, from, to, rule, line, field) => {
      expect(good).toContain(from)
      expect(await refused(good.replace(from, to))).toMatchObject({ rule, line, field })
    })

    it('more than its line in a message', async () => {
      const { message } = await refused(good.replace('C5,00', `X${'9'.repeat(5000)}`))
      expect(message.length).toBeLessThan(200)
    })
  })

  describe('the pages of a statement', () => {
    const first = statement([':61:240131C5,00NTRFNONREF'], { closing: '62M:C240131EUR5,00' })
    const second = statement([':61:240131C1,00NTRFNONREF'], {
      opening: '60M:C240131EUR5,00',
      closing: '62F:C240131EUR6,00',
      number: '5/2',
    })

    it('go on where the one before ended', async () => {
      const read = await events(first + second)
      expect(read.flatMap((event) => (event.kind === 'STATEMENT' ? [event.statement.sequence] : []))).toEqual(['1', '2'])
      expect(read.flatMap((event) => (event.kind === 'STATEMENT_END' ? event.balances.map(({ kind }) => kind) : []))).toEqual([
        'OPENING',
        'INTERIM',
        'INTERIM',
        'CLOSING',
      ])
    })

    it('may come in files of their own, and between those of another account', async () => {
      const other = statement([], { closing: '62F:C240131EUR0,', account: 'DE2' })
      expect(await entriesOf(second)).toHaveLength(1)
      expect(await entriesOf(first + other + second)).toHaveLength(2)
      expect(await entriesOf(first + second.replace('5/2', '5/1'))).toHaveLength(2)
      expect(await entriesOf(first + second.replace('60M', '60F').replace('5/2', '6/1'))).toHaveLength(2)
    })

    it.each([
      ['another amount', second.replace('60M:C240131EUR5,00', '60M:C240131EUR4,00').replace('EUR6', 'EUR5')],
      ['another statement', second.replace('5/2', '6/2')],
      ['a page too many', second.replace('5/2', '5/3')],
      ['another amount of a new statement', second.replace('60M:C240131EUR5,00', '60F:C240131EUR4,00').replace('EUR6', 'EUR5')],
    ])('do not go on with %s', async (_case, page) => {
      expect(await refused(first + page)).toMatchObject({ rule: 'SEQUENCE', line: 8 })
    })
  })

  describe('an intraday report (MT942)', () => {
    const report = (limits: readonly string[], sums: readonly string[]) =>
      [
        ':20:REF',
        ':25:DE1',
        ':28C:7/1',
        ...limits,
        ':13D:2401311530+0100',
        ':61:2401310131C5,00NTRFNONREF',
        ':86:X',
        ':61:2401310131D2,00NTRFNONREF',
        ':61:2401310131RD1,00NTRFNONREF',
        ...sums,
        ':86:OF THE REPORT',
        '-',
      ].join('\n')
    const good = report([':34F:EUR0,'], [':90D:1EUR2,00', ':90C:2EUR6,00'])

    it('tells what is pending', async () => {
      const [file, head, ...rest] = await events(good)
      expect(file).toEqual({
        kind: 'FILE',
        file: {
          format: 'MT942',
          messageId: 'REF DE1 7/1 2024-01-31T15:30+01:00',
          sender: null,
          receiver: null,
          createdAt: '2024-01-31T15:30+01:00',
          isTest: false,
        },
      })
      expect(head).toMatchObject({ kind: 'STATEMENT', statement: { currency: 'EUR' } })
      expect(
        rest.map((event) => (event.kind === 'ENTRY' ? `${event.entry.status} ${event.entry.amountMinor}` : event.kind)),
      ).toEqual(['PENDING 500', 'PENDING 200', 'PENDING 100', 'STATEMENT_END'])
    })

    it('may hold what is only expected, and may be without sums', async () => {
      const content = report([':34F:EURD0,', ':34F:EURC0,'], []).replace('131C5', '131EC5').replace(':86:OF THE REPORT\n', '')
      expect((await entriesOf(content))[0]).toMatchObject({ direction: 'CREDIT', status: 'PENDING' })
    })

    it.each([
      ['a sum that is wrong', '2EUR6,00', '2EUR6,01', 'CONTROL_TOTAL', ':90C:'],
      ['a count that is wrong', '1EUR2,00', '2EUR2,00', 'CONTROL_COUNT', ':90D:'],
      ['a sum in another currency', '2EUR6,00', '2USD6,00', 'BAD_CURRENCY', ':90C:'],
      ['a sum twice', ':90C:2EUR6,00', ':90D:1EUR2,00', 'BAD_STRUCTURE', ':90D:'],
      ['a closing balance', ':90D:1EUR2,00', ':62F:C240131EUR4,00', 'BAD_STRUCTURE', ':62F:'],
      ['an opening balance', ':34F:EUR0,', ':34F:EUR0,\n:60F:C240131EUR0,', 'BAD_STRUCTURE', ':60F:'],
      ['no floor limit', ':34F:EUR0,\n', '', 'MISSING', ':34F:'],
      ['a time that there is not', '2401311530', '2401312530', 'BAD_VALUE', ':13D:'],
      ['a day that there is not', '2401311530', '2402301530', 'BAD_DAY', ':13D:'],
      ['floor limits of two currencies', ':34F:EUR0,', ':34F:EURD0,\n:34F:USDC0,', 'BAD_CURRENCY', ':34F:'],
      ['an entry behind the sums', ':90C:2EUR6,00', ':61:2401310131C5,00NTRFNONREF', 'BAD_STRUCTURE', ':61:'],
    ])('is refused with %s', async (_case, from, to, rule, field) => {
      expect(good).toContain(from)
      expect(await refused(good.replace(from, to))).toMatchObject({ rule, field })
    })

    it('is whole by its sums or by its dash', async () => {
      const bare = report([':34F:EUR0,'], []).replace(':86:OF THE REPORT\n', '')
      expect(await entriesOf(bare)).toHaveLength(3)
      expect(await entriesOf(good.replace('\n-', ''))).toHaveLength(3)
      expect(await refused(bare.replace('\n-', ''))).toMatchObject({ rule: 'TRUNCATED', line: 9, field: ':90C:' })
    })

    it('sums what lies below its floor limit, on that side alone', async () => {
      const sums = [':90D:3EUR2,50', ':90C:2EUR6,00']
      expect(await entriesOf(report([':34F:EURD1,', ':34F:EURC0,'], sums))).toHaveLength(3)
      expect(await refused(report([':34F:EURD0,', ':34F:EURC1,'], sums))).toMatchObject({ rule: 'CONTROL_COUNT' })
      expect(await refused(report([':34F:EUR1,'], [':90D:0EUR2,50']))).toMatchObject({ rule: 'CONTROL_COUNT' })
      expect(await refused(report([':34F:EUR1,'], [':90D:1EUR1,99']))).toMatchObject({ rule: 'CONTROL_TOTAL' })
    })
  })

  it('gives back every amount, and its sum is the change of the balance', async () => {
    const movement = fc.record({ mark: fc.constantFrom('C', 'D', 'RC', 'RD'), cents: fc.nat({ max: 10_000_000 }) })
    const decimal = (cents: number) => `${Math.trunc(cents / 100)},${String(cents % 100).padStart(2, '0')}`
    await fc.assert(
      fc.asyncProperty(fc.array(movement, { maxLength: 20 }), async (movements) => {
        const sum = movements.reduce((total, { mark, cents }) => total + (mark === 'C' || mark === 'RD' ? cents : -cents), 0)
        const body = movements.map(({ mark, cents }) => `:61:240131${mark}${decimal(cents)}NTRFNONREF`)
        const closing = `62F:${sum < 0 ? 'D' : 'C'}240131EUR${decimal(Math.abs(sum))}`
        const entries = await entriesOf(statement(body, { closing }))
        expect(entries.map(({ amountMinor }) => amountMinor)).toEqual(movements.map(({ cents }) => BigInt(cents)))
        expect(
          entries.reduce(
            (total, { direction, amountMinor }) => total + (direction === 'CREDIT' ? amountMinor : -amountMinor),
            0n,
          ),
        ).toBe(BigInt(sum))
      }),
    )
  })

  it('either reads a damaged file or refuses it: nothing else is thrown', async () => {
    const body = [
      ':61:2401310131CR5,00NTRFNONREF//B1',
      '/OCMT/USD5,75/',
      ':86:166?00GUTSCHRIFT?20EREF+1?21SVWZ+Rechnung?31DE1?32ACME',
      ':61:240131D2,00NTRFX',
      ':86:/EREF/1/REMI/X/NAME/ACME',
    ]
    const good = `{1:F01COBADEFFAXXX}{2:I940X}{4:\n${statement(body, { closing: '62F:C240131EUR3,00' }).replace('-\n', '-}\n')}`
    expect(await entriesOf(good)).toHaveLength(2)
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length), fc.nat(6), fc.string({ maxLength: 4 }), async (at, length, put) => {
        const damaged = good.slice(0, at) + put + good.slice(at + length)
        await events(damaged).catch((error: unknown) => expect(error).toBeInstanceOf(BadBankFile))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['labels', ':86:166?20', 'EREF+'],
    ['code words', ':86:/REMI/', '/EREF/'],
    ['separators', ':86:166?20', '?'],
    ['blanks', ':86:', ' '],
    ['slashes', ':86:/EREF/', '/'],
    ['marks of amounts', ':86:', '/OCMT/EUR'],
  ])('is not slowed down by a field full of %s', async (_case, start, filling) => {
    const content = statement(
      Array.from({ length: 20 }, () => [
        ':61:240131C0,NTRFNONREF',
        `${start}${filling.repeat(Math.floor(60_000 / filling.length))}X`,
      ]).flat(),
      { closing: '62F:C240131EUR0,' },
    )
    const started = performance.now()
    expect(await entriesOf(content)).toHaveLength(20)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { account, balance, type CamtParts, camt, entry, header, money, statement } from '../../../../test/bank/camt-vectors.ts'
import { readCamt } from './camt.ts'
import { BadBankFile, type BankEntry, type BankEvent, type EntryDetail } from './model.ts'
import { noCharacter } from './xml-text.ts'

const pieces = async function* (...parts: readonly (Buffer | string)[]) {
  yield* parts
}
const read = (text: Buffer | string): Promise<BankEvent[]> => Array.fromAsync(readCamt(pieces(text)))
const refusal = (text: string): Promise<unknown> =>
  read(text).then(
    () => 'the file was read',
    (thrown: BadBankFile) => {
      if (!(thrown instanceof BadBankFile)) throw thrown
      return { rule: thrown.rule, field: thrown.field }
    },
  )
const entriesOf = async (parts: CamtParts): Promise<BankEntry[]> =>
  (await read(camt(parts))).flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : []))
const entryOf = async (xml: string): Promise<BankEntry> => {
  const [only, other] = await entriesOf({ entries: xml })
  if (only === undefined || other !== undefined) throw new Error('the vector holds one entry')
  return only
}
const detailOf = async (payment: string, parts: Parameters<typeof entry>[0] = {}): Promise<EntryDetail> => {
  const [detail] = (await entryOf(entry({ ...parts, payments: [payment] }))).details
  if (detail === undefined) throw new Error('an entry has a detail')
  return detail
}

describe('readCamt', () => {
  it('reads a statement whole', async () => {
    const remittance =
      '<RmtInf><Ustrd>Invoice 4711</Ustrd><Ustrd>less 2 % &amp; thanks</Ustrd><Strd>' +
      '<RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>4711</Nb><RltdDt>2026-02-01</RltdDt></RfrdDocInf>' +
      '<RfrdDocAmt><DuePyblAmt Ccy="EUR">100.00</DuePyblAmt><DscntApldAmt><Amt Ccy="EUR">2.00</Amt></DscntApldAmt>' +
      '<RmtdAmt Ccy="EUR">98.00</RmtdAmt></RfrdDocAmt><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf>' +
      '<AddtlRmtInf>see our letter</AddtlRmtInf></Strd></RmtInf>'
    const xml = `<Ntry>
        <Amt Ccy="EUR">98.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>false</RvslInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><DtTm>2026-03-02T23:30:00+14:00</DtTm></BookgDt><ValDt><Dt>2026-03-03Z</Dt></ValDt><AcctSvcrRef>B-99</AcctSvcrRef>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn><Prtry><Cd>166</Cd></Prtry></BkTxCd>
        <NtryDtls><TxDtls><Refs><EndToEndId>E-1</EndToEndId><UETR>255ae394-9965-4438-ac86-f406feada396</UETR></Refs>
        <RltdPties><Dbtr><Pty><Nm>Müller &amp;  Söhne</Nm></Pty></Dbtr><UltmtDbtr><Pty><Nm>Müller Tools</Nm></Pty></UltmtDbtr>
        <DbtrAcct><Id><IBAN>DE75 5121 0800 1245 1261 99</IBAN></Id></DbtrAcct></RltdPties>${remittance}</TxDtls></NtryDtls>
        <AddtlNtryInf>CREDIT TRANSFER</AddtlNtryInf></Ntry>`
    const file = camt({
      header: header.replace('</GrpHdr>', '<MsgRcpt><Nm>Supplier Ltd</Nm></MsgRcpt></GrpHdr>'),
      head:
        '<Id>S-1</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-03-03T06:00:00</CreDtTm><Acct><Id><IBAN>DE02120300000000202051</IBAN>' +
        '</Id><Ccy>EUR</Ccy><Svcr><FinInstnId><BICFI>BYLADEM1001</BICFI></FinInstnId></Svcr></Acct>',
      balances: balance('OPBD', '1.00', { direction: 'DBIT' }) + balance('CLBD', '97.00'),
      summary: '<TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries><Sum>98</Sum></TtlNtries></TxsSummry>',
      entries: xml,
    })
    expect(await read(file)).toEqual([
      {
        kind: 'FILE',
        file: {
          format: 'CAMT_053',
          messageId: 'M-1',
          sender: null,
          receiver: 'Supplier Ltd',
          createdAt: '2026-03-03T06:00:00+01:00',
          isTest: false,
        },
      },
      {
        kind: 'STATEMENT',
        statement: {
          line: 3,
          account: 'DE02120300000000202051',
          currency: 'EUR',
          statementId: 'S-1',
          sequence: '7',
          bank: 'BYLADEM1001',
          createdAt: '2026-03-03T06:00:00',
        },
      },
      {
        kind: 'ENTRY',
        entry: {
          line: 3,
          account: 'DE02120300000000202051',
          currency: 'EUR',
          amountMinor: 9800n,
          direction: 'CREDIT',
          isReversal: false,
          status: 'BOOKED',
          bookedOn: '2026-03-02',
          valueOn: '2026-03-03',
          typeCode: 'PMNT/RCDT/ESCT',
          bankReference: 'B-99',
          details: [
            {
              amountMinor: 9800n,
              references: [
                { kind: 'END_TO_END', value: 'E-1' },
                { kind: 'UETR', value: '255ae394-9965-4438-ac86-f406feada396' },
                { kind: 'CREDITOR', value: 'RF18539007547034' },
              ],
              payerName: 'Müller & Söhne',
              payerAccount: 'DE75512108001245126199',
              text: 'Invoice 4711\nless 2 % & thanks\nsee our letter\nMüller Tools\nCREDIT TRANSFER',
              remittance: [
                {
                  line: 9,
                  qualifier: 'CINV',
                  reference: '4711',
                  paidMinor: 9800n,
                  invoicedMinor: 10000n,
                  discountMinor: 200n,
                  documentOn: '2026-02-01',
                  adjustments: [],
                },
              ],
              instructed: null,
              chargesMinor: null,
            },
          ],
          raw: xml,
        },
      },
      {
        kind: 'STATEMENT_END',
        balances: [
          { kind: 'OPENING', code: 'OPBD', amountMinor: -100n, currency: 'EUR', on: '2026-03-02' },
          { kind: 'CLOSING', code: 'CLBD', amountMinor: 9700n, currency: 'EUR', on: '2026-03-02' },
        ],
        entries: 1,
      },
    ])
  })

  it.each([
    ['camt.052', 'BkToCstmrAcctRpt', 'CAMT_052'],
    ['camt.053', 'BkToCstmrStmt', 'CAMT_053'],
    ['camt.054', 'BkToCstmrDbtCdtNtfctn', 'CAMT_054'],
  ])('reads %s in every version', async (family, message, format) => {
    for (let version = 1; version <= 13; version += 1) {
      const number = String(version).padStart(2, '0')
      const parts: CamtParts = {
        message: version === 1 ? `${message}V01` : message,
        namespace: `urn:iso:std:iso:20022:tech:xsd:${family}.001.${number}`,
        entries: entry(),
      }
      expect((await read(camt(parts))).map((event) => (event.kind === 'FILE' ? event.file.format : event.kind))).toEqual([
        format,
        'STATEMENT',
        'ENTRY',
        'STATEMENT_END',
      ])
    }
  })

  it('knows parts by their local names, in an envelope and without a namespace too', async () => {
    const whole = camt({ entries: entry({ payments: ['<Refs><EndToEndId>E-1</EndToEndId></Refs>'] }) })
    const prefixed = whole.replaceAll(/<(\/?)(?=[A-Z])/g, '<$1doc:').replace('xmlns=', 'xmlns:doc=')
    const enveloped = whole
      .replace('<Document', '<env:Envelope xmlns:env="urn:e"><AppHdr><MsgId>not this</MsgId></AppHdr><Document')
      .concat('</env:Envelope>')
    const withoutRaw = async (text: string) =>
      (await read(text)).map((event) => (event.kind === 'ENTRY' ? { ...event.entry, raw: null } : event))
    const expected = await withoutRaw(whole)
    for (const text of [
      prefixed,
      enveloped,
      camt({ namespace: '', entries: entry({ payments: ['<Refs><EndToEndId>E-1</EndToEndId></Refs>'] }) }),
    ]) {
      expect(await withoutRaw(text)).toEqual(expected)
    }
  })

  it('reads the same in another encoding', async () => {
    const text = camt({ entries: entry({ payments: ['<RltdPties><Dbtr><Nm>Göteborg</Nm></Dbtr></RltdPties>'] }) })
    const latin = Buffer.from(text.replace('UTF-8', 'ISO-8859-1'), 'latin1')
    const wide = Buffer.from(`\ufeff${text.replace('UTF-8', 'UTF-16')}`, 'utf16le')
    expect(await read(latin)).toEqual(await read(text))
    expect(await read(wide)).toEqual(await read(text))
  })

  it('reads several statements, each with its own end', async () => {
    const second = statement({
      head: `<Id>S-2</Id><ElctrncSeqNb>8</ElctrncSeqNb>${account}`,
      balances: balance('PRCD', '11') + balance('CLBD', '11'),
    })
    const events = await read(camt({}, [statement({ entries: entry() }), second]))
    expect(events.map(({ kind }) => kind)).toEqual(['FILE', 'STATEMENT', 'ENTRY', 'STATEMENT_END', 'STATEMENT', 'STATEMENT_END'])
    expect(events.flatMap((event) => (event.kind === 'STATEMENT' ? [event.statement.statementId] : []))).toEqual(['S-1', 'S-2'])
  })

  it('reads every text as it was meant, however it is written and wherever the file is cut', async () => {
    const inReferences = (text: string) => [...text].map((character) => `&#x${character.codePointAt(0)?.toString(16)};`).join('')
    const ways = [
      (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
      (text: string) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`,
      (text: string) => inReferences(text).replace(/;&/, ';<!-- \n -->&'),
    ]
    // A bare carriage return is a line end, and so is not itself.
    const value = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !noCharacter.test(text) && !text.includes('\r'))
    await fc.assert(
      fc.asyncProperty(value, fc.nat(2), fc.integer({ min: 1, max: 900 }), async (text, way, size) => {
        const id = `<Refs><EndToEndId>${ways[way]?.(text)}</EndToEndId></Refs>`
        const bytes = Buffer.from(camt({ entries: entry({ payments: [id] }) }))
        const cut = async function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
        }
        const references = (await Array.fromAsync(readCamt(cut()))).flatMap((event) =>
          event.kind === 'ENTRY' ? event.entry.details.flatMap((detail) => detail.references) : [],
        )
        const expected = text.trim()
        expect(references).toEqual(expected === '' ? [] : [{ kind: 'END_TO_END', value: expected }])
      }),
    )
  })

  it('gives each entry the line on which it begins', async () => {
    const lines = await entriesOf({ entries: `\n\n${entry()}\r\n<!-- a comment\nof two lines -->\n${entry()}` })
    expect(lines.map(({ line }) => line)).toEqual([5, 8])
  })

  it.each([
    ['no header', camt({ header: '' }), 'MISSING', 'GrpHdr'],
    ['no statement', camt({}, []), 'MISSING', 'Stmt'],
    ['a header without an id', camt({ header: header.replace('M-1', '') }), 'MISSING', 'GrpHdr'],
    ['a header that was never written', camt({ header: header.replace(/<CreDtTm>.*<\/CreDtTm>/, '') }), 'MISSING', 'GrpHdr'],
    ['two headers', camt({ header: header + header }), 'BAD_STRUCTURE', 'GrpHdr'],
    ['a statement without an id', camt({ head: account }), 'MISSING', 'Stmt/Id'],
    ['a statement without an account', camt({ head: '<Id>1</Id>' }), 'MISSING', 'Stmt/Acct'],
    ['an account without a number', camt({ head: '<Id>1</Id><Acct><Nm>Us</Nm></Acct>' }), 'MISSING', 'Acct'],
    ['two accounts', camt({ head: `<Id>1</Id>${account}${account}` }), 'BAD_STRUCTURE', 'Acct'],
    ['the account behind the entries', camt({ head: '<Id>1</Id>', entries: entry() + account }), 'MISSING', 'Stmt/Acct'],
    ['another id behind the entries', camt({ entries: `${entry()}<LglSeqNb>9</LglSeqNb>` }), 'BAD_STRUCTURE', 'LglSeqNb'],
    ['another message', camt({ message: 'CstmrCdtTrfInitn' }), 'NOT_THIS_FORMAT', 'CstmrCdtTrfInitn'],
    ['a message by the name of a property', camt({ message: 'constructor' }), 'NOT_THIS_FORMAT', 'constructor'],
    ['no message', '<Document/>', 'NOT_THIS_FORMAT', 'Document'],
    ['a page of the web', '<html><body/></html>', 'NOT_THIS_FORMAT', 'Document'],
    [
      'the namespace of another message',
      camt({ namespace: 'urn:iso:std:iso:20022:tech:xsd:camt.054.001.08' }),
      'NOT_THIS_FORMAT',
      'xmlns',
    ],
    ['a version that is to come', camt({ namespace: 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.14' }), 'UNSUPPORTED', 'xmlns'],
    ['a file that breaks off', camt({ entries: entry() }).slice(0, -20), 'TRUNCATED', 'BkToCstmrStmt'],
  ])('refuses %s', async (_case, text, rule, field) => expect(await refusal(text)).toEqual({ rule, field }))

  it('tells nothing of what a document type would bring in', async () => {
    const laughs = `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>`
    const outside = '<!DOCTYPE d SYSTEM "http://127.0.0.1/evil.dtd">'
    for (const type of [laughs, outside]) {
      const file = camt({ entries: entry() }).replace('<Document', `${type}<Document`)
      expect(await refusal(file)).toEqual({ rule: 'UNSUPPORTED', field: null })
    }
  })
})

describe('an entry', () => {
  it.each([
    ['10', 'EUR', 1000n],
    ['10.5', 'EUR', 1050n],
    ['10.50000', 'EUR', 1050n],
    ['0', 'EUR', 0n],
    ['1200', 'JPY', 1200n],
    ['1.234', 'KWD', 1234n],
  ])('of %s %s is exact', async (amount, currency, minor) => {
    const read = await entriesOf({
      head: `<Id>1</Id>${account.replace('<Ccy>EUR</Ccy>', '')}`,
      entries: entry({ amount, currency }),
    })
    expect(read).toMatchObject([{ amountMinor: minor, currency }])
  })

  it.each([
    ['a third decimal', entry({ amount: '10.005' }), 'BAD_AMOUNT', 'Ntry/Amt'],
    ['a minus', entry({ amount: '-10.00' }), 'BAD_AMOUNT', 'Ntry/Amt'],
    ['a comma', entry({ amount: '10,00' }), 'BAD_AMOUNT', 'Ntry/Amt'],
    ['a power of ten', entry({ amount: '1e3' }), 'BAD_AMOUNT', 'Ntry/Amt'],
    ['more than there is', entry({ amount: '1234567890123456.00' }), 'BAD_AMOUNT', 'Ntry/Amt'],
    ['an element inside the amount', entry({ amount: '1<b/>0' }), 'BAD_STRUCTURE', 'Ntry/Amt'],
    ['no amount', entry({ amount: '' }), 'MISSING', 'Ntry/Amt'],
    ['two amounts', entry({ more: money('10.00') }), 'BAD_STRUCTURE', 'Ntry/Amt'],
    ['an amount of nothing', entry().replace(' Ccy="EUR"', ''), 'MISSING', 'Ntry/Amt'],
    ['a currency that is none', entry({ currency: 'EURO' }), 'BAD_CURRENCY', 'Ntry/Amt'],
    ['no direction', entry().replace('<CdtDbtInd>CRDT</CdtDbtInd>', ''), 'MISSING', 'Ntry'],
    ['another direction', entry({ direction: 'CREDIT' }), 'BAD_VALUE', 'Ntry/CdtDbtInd'],
    ['no status', entry().replace('<Sts>BOOK</Sts>', ''), 'MISSING', 'Ntry'],
    ['an empty status', entry({ status: '' }), 'MISSING', 'Ntry/Sts'],
    ['a status that nobody knows', entry({ status: '<Prtry>DONE</Prtry>' }), 'BAD_VALUE', 'Ntry/Sts'],
    ['a status by the name of a property', entry({ status: 'constructor' }), 'BAD_VALUE', 'Ntry/Sts'],
    ['the 30th of February', entry({ more: '<BookgDt><Dt>2026-02-30</Dt></BookgDt>' }), 'BAD_DAY', 'Ntry/BookgDt/Dt'],
    ['a day of another style', entry({ more: '<ValDt><Dt>02.03.2026</Dt></ValDt>' }), 'BAD_DAY', 'Ntry/ValDt/Dt'],
    ['a reversal that may be', entry({ more: '<RvslInd>maybe</RvslInd>' }), 'BAD_VALUE', 'Ntry/RvslInd'],
  ])('with %s refuses the file', async (_case, xml, rule, field) =>
    expect(await refusal(camt({ entries: xml }))).toEqual({ rule, field }),
  )

  it.each([
    ['BOOK', 'BOOKED'],
    ['PDNG', 'PENDING'],
    ['FUTR', 'PENDING'],
    ['INFO', 'INFORMATION'],
  ])('of status %s is %s, written either way', async (status, expected) => {
    expect(await entryOf(entry({ status }))).toMatchObject({ status: expected })
    expect(await entryOf(entry({ status: `<Cd>${status}</Cd>` }))).toMatchObject({ status: expected })
  })

  it('that takes another back goes the way it says itself', async () => {
    const taken = await entryOf(entry({ direction: 'DBIT', more: '<RvslInd>true</RvslInd>' }))
    expect(taken).toMatchObject({ isReversal: true, direction: 'DEBIT', amountMinor: 1000n })
  })

  it.each([
    ['<BkTxCd><Prtry><Cd>NTRF+166</Cd></Prtry></BkTxCd>', 'NTRF+166'],
    ['<BkTxCd><Domn><Cd>PMNT</Cd></Domn></BkTxCd>', 'PMNT'],
    ['<BkTxCd/>', null],
  ])('has the type %s', async (more, typeCode) => expect((await entryOf(entry({ more }))).typeCode).toBe(typeCode))

  it('has the bank’s reference of its only payment where it has none itself', async () => {
    const payment = '<Refs><AcctSvcrRef>T-1</AcctSvcrRef></Refs>'
    expect((await entryOf(entry({ payments: [payment] }))).bankReference).toBe('T-1')
    expect((await entryOf(entry({ payments: [payment, payment] }))).bankReference).toBeNull()
    expect((await entryOf(entry({ more: '<AcctSvcrRef>N-1</AcctSvcrRef>', payments: [payment] }))).bankReference).toBe('N-1')
  })

  it('keeps what stood in the file, up to a bound and never half a character', async () => {
    const long = `<AddtlNtryInf>${'😀'.repeat(9000)}</AddtlNtryInf>`
    const { raw } = await entryOf(entry({ more: long }))
    expect(raw.length).toBeGreaterThan(16_380)
    expect(raw.length).toBeLessThanOrEqual(16_384)
    expect(raw.isWellFormed()).toBe(true)
  })
})

describe('a payment', () => {
  it('has its references by what they are, and none that says there is none', async () => {
    const { references } = await detailOf(
      '<Refs><MsgId>M</MsgId><AcctSvcrRef>A</AcctSvcrRef><PmtInfId>P</PmtInfId><InstrId>I</InstrId><EndToEndId>NOTPROVIDED</EndToEndId>' +
        '<TxId>T</TxId><MndtId>Not Provided</MndtId><ChqNb>00017</ChqNb><ClrSysRef>C</ClrSysRef>' +
        '<Prtry><Tp>x</Tp><Ref>O</Ref></Prtry></Refs><RltdRmtInf><RmtId>R</RmtId></RltdRmtInf>',
      { more: '<NtryRef>N</NtryRef>' },
    )
    expect(references).toEqual([
      { kind: 'TRANSACTION', value: 'T' },
      { kind: 'INSTRUCTION', value: 'I' },
      { kind: 'CHECK', value: '00017' },
      { kind: 'TRACE', value: 'C' },
      { kind: 'BANK', value: 'A' },
      { kind: 'OTHER', value: 'P' },
      { kind: 'OTHER', value: 'M' },
      { kind: 'OTHER', value: 'O' },
      { kind: 'OTHER', value: 'R' },
      { kind: 'OTHER', value: 'N' },
    ])
  })

  it.each([
    ['<Dbtr><Nm>A</Nm></Dbtr><DbtrAcct><Id><Othr><Id>17</Id></Othr></Id></DbtrAcct>', 'A', '17'],
    ['<Dbtr><Agt><FinInstnId><Nm>Bank B</Nm></FinInstnId></Agt></Dbtr>', 'Bank B', null],
    ['<UltmtDbtr><Nm>C</Nm></UltmtDbtr><DbtrAcct><Id><PrtryAcct><Id>X</Id></PrtryAcct></Id></DbtrAcct>', 'C', 'X'],
    ['<Cdtr><Nm>Us</Nm></Cdtr><CdtrAcct><Id><IBAN>DE02</IBAN></Id></CdtrAcct>', null, null],
  ])('knows its payer by %s', async (parties, payerName, payerAccount) => {
    expect(await detailOf(`<RltdPties>${parties}</RltdPties>`)).toMatchObject({ payerName, payerAccount })
  })

  it('tells why it came back', async () => {
    const returned = '<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>account closed</AddtlInf></RtrInf><AddtlTxInf>REFUND</AddtlTxInf>'
    expect((await detailOf(returned)).text).toBe('AC04\naccount closed\nREFUND')
  })

  it('says each line once', async () => {
    const { text } = await detailOf('<RmtInf><Ustrd>INV 1 </Ustrd><Ustrd>INV 2\n  INV 1</Ustrd></RmtInf>', {
      more: '<AddtlNtryInf>INV 2</AddtlNtryInf>',
    })
    expect(text).toBe('INV 1\nINV 2')
  })

  it('keeps what was ordered in another currency, and what the bank kept', async () => {
    const detail = await detailOf(
      `${money('11.00', 'USD')}<AmtDtls><InstdAmt>${money('11.00', 'USD')}</InstdAmt><TxAmt>${money('10.00')}` +
        '<CcyXchg><SrcCcy>USD</SrcCcy></CcyXchg></TxAmt></AmtDtls>' +
        '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.50</TtlChrgsAndTaxAmt></Chrgs>',
    )
    expect(detail).toMatchObject({ amountMinor: 1000n, instructed: { minor: 1100n, currency: 'USD' }, chargesMinor: 50n })
  })

  it.each([
    ['a total', '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">3</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="EUR">1</Amt></Rcrd></Chrgs>', 300n],
    ['records', `<Chrgs><Rcrd>${money('1')}</Rcrd><Rcrd>${money('2')}<CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>`, 300n],
    ['one paid back', `<Chrgs><Rcrd>${money('3')}</Rcrd><Rcrd>${money('1')}<CdtDbtInd>CRDT</CdtDbtInd></Rcrd></Chrgs>`, 200n],
    ['one of an old version', `<Chrgs>${money('1')}</Chrgs><Chrgs>${money('2')}</Chrgs>`, 300n],
    ['nothing', '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0</TtlChrgsAndTaxAmt></Chrgs>', null],
    ['another currency', '<Chrgs><TtlChrgsAndTaxAmt Ccy="CHF">3</TtlChrgsAndTaxAmt></Chrgs>', null],
  ])('reads charges told as %s', async (_case, charges, chargesMinor) => {
    expect((await detailOf(charges)).chargesMinor).toBe(chargesMinor)
    expect((await entryOf(entry({ more: charges }))).details).toMatchObject([{ chargesMinor }])
  })
})

describe('the payments of an entry', () => {
  const paid = (amount: string, more = ''): string => `${money(amount)}${more}`

  it('are one where nothing more is told, and move the whole of it', async () => {
    expect((await entryOf(entry())).details).toMatchObject([{ amountMinor: 1000n }])
    expect((await entryOf(entry({ payments: ['<Refs/>'] }))).details).toMatchObject([{ amountMinor: 1000n }])
    expect((await entryOf(entry({ batch: '<NbOfTxs>1</NbOfTxs>' }))).details).toMatchObject([{ amountMinor: 1000n }])
  })

  it('are told as one of unknown size where a batch is not taken apart', async () => {
    const { details } = await entryOf(entry({ batch: '<MsgId>M</MsgId><PmtInfId>P</PmtInfId><NbOfTxs>20</NbOfTxs>' }))
    expect(details).toMatchObject([
      {
        amountMinor: null,
        references: [
          { kind: 'OTHER', value: 'P' },
          { kind: 'OTHER', value: 'M' },
        ],
      },
    ])
    const described = await entryOf(entry({ batch: '<NbOfTxs>20</NbOfTxs>', payments: ['<AddtlTxInf>20 debits</AddtlTxInf>'] }))
    expect(described.details).toMatchObject([{ amountMinor: null, text: '20 debits' }])
  })

  it('come with the batch of the first version, which stood in the entry itself', async () => {
    const xml = entry({ more: `<Btch><NbOfTxs>2</NbOfTxs></Btch><TxDtls>${paid('4')}</TxDtls><TxDtls>${paid('6')}</TxDtls>` })
    expect((await entryOf(xml)).details.map(({ amountMinor }) => amountMinor)).toEqual([400n, 600n])
  })

  it.each([
    ['each what it says', [paid('4'), paid('6')], [400n, 600n]],
    ['one of them the other way', [paid('14'), paid('4', '<CdtDbtInd>DBIT</CdtDbtInd>')], [1400n, -400n]],
    ['amounts of an old version', ['4', '6'].map((one) => `<AmtDtls><TxAmt>${money(one)}</TxAmt></AmtDtls>`), [400n, 600n]],
    [
      'what was ordered, where it makes up the entry',
      ['4', '6'].map((one) => `<AmtDtls><InstdAmt>${money(one)}</InstdAmt></AmtDtls>`),
      [400n, 600n],
    ],
    [
      'what was ordered, where it does not',
      ['4', '7'].map((one) => `<AmtDtls><InstdAmt>${money(one)}</InstdAmt></AmtDtls>`),
      [null, null],
    ],
    ['none where one of them tells none', [paid('4'), '<Refs/>'], [400n, null]],
    ['none in another currency', [money('4', 'USD'), money('6', 'USD')], [null, null]],
    ['less the charges that are told', [paid('4'), paid('6.50', `<Chrgs>${money('0.50')}</Chrgs>`)], [400n, 650n]],
    [
      'anything, beside an exchange',
      [paid('4'), paid('9', `<AmtDtls><TxAmt>${money('9')}<CcyXchg/></TxAmt></AmtDtls>`)],
      [400n, 900n],
    ],
    [
      'anything, beside a charge in another currency',
      [paid('4'), paid('9', `<Chrgs>${money('1', 'CHF')}</Chrgs>`)],
      [400n, 900n],
    ],
  ])('are %s', async (_case, payments, minors) => {
    expect((await entryOf(entry({ payments }))).details.map(({ amountMinor }) => amountMinor)).toEqual(minors)
  })

  it.each([
    ['do not add up', entry({ payments: [paid('4'), paid('6.01')] }), 'CONTROL_TOTAL', 'Ntry'],
    ['are one of another amount', entry({ payments: [paid('9.99')] }), 'CONTROL_TOTAL', 'Ntry'],
    ['go the other way', entry({ payments: [paid('10', '<CdtDbtInd>DBIT</CdtDbtInd>')] }), 'CONTROL_TOTAL', 'Ntry'],
    [
      'miss more than their charges',
      entry({ payments: [paid('10.51', `<Chrgs>${money('0.50')}</Chrgs>`)] }),
      'CONTROL_TOTAL',
      'Ntry',
    ],
    [
      'are fewer than their batch',
      entry({ batch: '<NbOfTxs>3</NbOfTxs>', payments: [paid('4'), paid('6')] }),
      'CONTROL_COUNT',
      'Ntry/NtryDtls/Btch',
    ],
    [
      'are more than their batch',
      entry({ batch: '<NbOfTxs>0</NbOfTxs>', payments: [paid('10')] }),
      'CONTROL_COUNT',
      'Ntry/NtryDtls/Btch',
    ],
    [
      'are not what their batch is',
      entry({ batch: '<NbOfTxs>2</NbOfTxs><TtlAmt Ccy="EUR">11</TtlAmt>', payments: [paid('4'), paid('6')] }),
      'CONTROL_TOTAL',
      'Ntry/NtryDtls/Btch/TtlAmt',
    ],
    ['are counted in words', entry({ batch: '<NbOfTxs>two</NbOfTxs>' }), 'BAD_VALUE', 'Ntry/NtryDtls/Btch/NbOfTxs'],
  ])('that %s refuse the file', async (_case, xml, rule, field) =>
    expect(await refusal(camt({ entries: xml }))).toEqual({ rule, field }),
  )

  it('always make up the entry, or the file is refused', async () => {
    const cents = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(cents, fc.integer({ min: -2, max: 2 }), async (parts, off) => {
        const text = (minor: number) => (minor / 100).toFixed(2)
        const sum = parts.reduce((total, part) => total + part, 0) + off
        fc.pre(sum > 0)
        const xml = entry({ amount: text(sum), payments: parts.map((part) => paid(text(part))) })
        const outcome = await refusal(camt({ entries: xml }))
        expect(outcome).toEqual(off === 0 ? 'the file was read' : { rule: 'CONTROL_TOTAL', field: 'Ntry' })
      }),
    )
  })
})

describe('what a statement adds up to', () => {
  const both = entry({ amount: '10' }) + entry({ amount: '4', direction: 'DBIT' })
  const open = balance('OPBD', '1')

  it.each([
    ['from the opening to the closing balance', open + balance('CLBD', '7'), both],
    ['from the balance before', balance('PRCD', '1') + balance('CLBD', '7'), both],
    [
      'to an overdraft',
      balance('OPBD', '0') + balance('CLBD', '4', { direction: 'DBIT' }),
      entry({ amount: '4', direction: 'DBIT' }),
    ],
    ['without what is only announced', open + balance('CLBD', '1'), entry({ status: 'PDNG' }) + entry({ status: 'INFO' })],
    ['over several days', open + balance('CLBD', '5') + balance('OPBD', '5') + balance('CLBD', '7'), both],
    [
      'in two currencies',
      open + balance('CLBD', '7') + balance('OPBD', '0', { currency: 'USD' }) + balance('CLBD', '10', { currency: 'USD' }),
      both + entry({ currency: 'USD' }),
    ],
    ['with balances that cannot be compared', open + balance('CLBD', '99', { currency: 'USD' }), both],
    ['with one end alone', open, both],
  ])('ties %s', async (_case, balances, entries) => expect(await refusal(camt({ balances, entries }))).toBe('the file was read'))

  it.each([
    ['by a cent', open + balance('CLBD', '7.01'), both],
    ['by a sign', open + balance('CLBD', '7', { direction: 'DBIT' }), both],
    ['by an entry that is missing', open + balance('CLBD', '7'), entry({ amount: '10' })],
    ['by an entry that no balance has', open + balance('CLBD', '7'), both + entry({ currency: 'USD' })],
  ])('refuses balances that are off %s', async (_case, balances, entries) =>
    expect(await refusal(camt({ balances, entries }))).toMatchObject({ rule: 'CONTROL_TOTAL' }),
  )

  it.each([
    ['one page of several', '<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>', ''],
    ['the last page of several', '<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>', ''],
    ['a message of several', '', '<MsgPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></MsgPgntn>'],
  ])('leaves %s to the others', async (_case, pages, messagePages) => {
    const parts: CamtParts = {
      header: header.replace('</GrpHdr>', `${messagePages}</GrpHdr>`),
      head: `<Id>1</Id>${pages}${account}`,
      balances: open + balance('CLBD', '99'),
      summary: '<TxsSummry><TtlNtries><NbOfNtries>99</NbOfNtries></TtlNtries></TxsSummry>',
      entries: both,
    }
    expect(await refusal(camt(parts))).toBe('the file was read')
  })

  it('names each page of a statement', async () => {
    const page = '<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>'
    const [, told] = await read(camt({ head: `<Id>1</Id>${page}<LglSeqNb>12</LglSeqNb>${account}` }))
    expect(told).toMatchObject({ statement: { sequence: '12/2' } })
  })

  it('does not lead from balance to balance within a day', async () => {
    const parts: CamtParts = {
      message: 'BkToCstmrAcctRpt',
      namespace: '',
      balances: open + balance('CLBD', '99') + balance('ITBD', '3'),
      entries: both,
    }
    expect(await refusal(camt(parts))).toBe('the file was read')
  })

  const summaries = (inside: string) =>
    camt({ summary: `<TxsSummry>${inside}</TxsSummry>`, entries: both + entry({ currency: 'JPY', amount: '100' }) })

  it.each([
    ['<TtlNtries><NbOfNtries>3</NbOfNtries><Sum>114</Sum></TtlNtries>'],
    ['<TtlNtries><NbOfNtries>3</NbOfNtries><TtlNetNtryAmt>106.00</TtlNetNtryAmt><CdtDbtInd>CRDT</CdtDbtInd></TtlNtries>'],
    ['<TtlNtries><TtlNetNtry><Amt>106.00000</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>'],
    [
      '<TtlCdtNtries><NbOfNtries>2</NbOfNtries><Sum>110.0</Sum></TtlCdtNtries><TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>4</Sum></TtlDbtNtries>',
    ],
    [''],
  ])('ties to a summary of %s', async (inside) => expect(await refusal(summaries(inside))).toBe('the file was read'))

  it.each([
    ['<TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>', 'CONTROL_COUNT', 'TxsSummry/TtlNtries/NbOfNtries'],
    ['<TtlNtries><Sum>114.01</Sum></TtlNtries>', 'CONTROL_TOTAL', 'TxsSummry/TtlNtries/Sum'],
    [
      '<TtlNtries><TtlNetNtryAmt>106</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd></TtlNtries>',
      'CONTROL_TOTAL',
      'TxsSummry/TtlNtries/TtlNetNtryAmt',
    ],
    [
      '<TtlNtries><TtlNetNtry><Amt>105</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>',
      'CONTROL_TOTAL',
      'TxsSummry/TtlNtries/TtlNetNtry/Amt',
    ],
    ['<TtlCdtNtries><NbOfNtries>1</NbOfNtries></TtlCdtNtries>', 'CONTROL_COUNT', 'TxsSummry/TtlCdtNtries/NbOfNtries'],
    ['<TtlDbtNtries><Sum>5</Sum></TtlDbtNtries>', 'CONTROL_TOTAL', 'TxsSummry/TtlDbtNtries/Sum'],
    ['<TtlNtries><Sum>1.000001</Sum></TtlNtries>', 'BAD_AMOUNT', 'TxsSummry/TtlNtries/Sum'],
  ])('refuses a summary of %s', async (inside, rule, field) => expect(await refusal(summaries(inside))).toEqual({ rule, field }))

  it('reads every kind of balance, signed', async () => {
    const codes = ['OPBD', 'PRCD', 'CLBD', 'OPAV', 'CLAV', 'ITAV', 'FWAV', 'ITBD', 'XPCD', 'INFO', 'constructor']
    const events = await read(camt({ balances: codes.map((code) => balance(code, '1', { direction: 'DBIT' })).join('') }))
    const end = events.at(-1)
    expect(end?.kind === 'STATEMENT_END' && end.balances.map(({ kind, amountMinor }) => [kind, amountMinor])).toEqual(
      [
        'OPENING',
        'OPENING',
        'CLOSING',
        'AVAILABLE',
        'AVAILABLE',
        'AVAILABLE',
        'FORWARD',
        'INTERIM',
        'OTHER',
        'OTHER',
        'OTHER',
      ].map((kind) => [kind, -100n]),
    )
  })

  it.each([
    ['go up', ['7', '8'], 'the file was read'],
    ['leave some out', ['7', '12'], 'the file was read'],
    ['begin again with the year', ['251', '1'], 'the file was read'],
    ['come twice', ['7', '7'], { rule: 'SEQUENCE', field: 'ElctrncSeqNb' }],
    ['go back', ['8', '7'], { rule: 'SEQUENCE', field: 'ElctrncSeqNb' }],
  ])('takes or refuses statements of one account that %s', async (_case, numbers, expected) => {
    const statements = numbers.map((number) =>
      statement({ head: `<Id>${number}</Id><ElctrncSeqNb>${number}</ElctrncSeqNb>${account}` }),
    )
    expect(await refusal(camt({}, statements))).toEqual(expected)
  })
})

describe('structured remittance', () => {
  const linesOf = async (block: string) => (await detailOf(`<RmtInf><Strd>${block}</Strd></RmtInf>`)).remittance
  const document = (number: string, code = 'CINV'): string =>
    `<RfrdDocInf><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Nb>${number}</Nb></RfrdDocInf>`
  const amounts = (inside: string): string => `<RfrdDocAmt>${inside}</RfrdDocAmt>`
  const one = (name: string, amount: string, currency = 'EUR'): string => `<${name} Ccy="${currency}">${amount}</${name}>`

  it('raises by a credit, lowers by a debit, and lowers where nothing is said', async () => {
    const adjusted = (inside: string) => `<AdjstmntAmtAndRsn>${money('5')}${inside}</AdjstmntAmtAndRsn>`
    const block =
      document('1') +
      amounts(
        one('RmtdAmt', '80') +
          adjusted('<CdtDbtInd>CRDT</CdtDbtInd><Rsn>59</Rsn>') +
          adjusted('<CdtDbtInd>DBIT</CdtDbtInd><AddtlInf>freight</AddtlInf>') +
          adjusted(''),
      )
    expect((await linesOf(block))[0]?.adjustments).toEqual([
      { amountMinor: 500n, code: '59', codeList: 'PAYER', reference: null, text: null },
      { amountMinor: -500n, code: null, codeList: null, reference: null, text: 'freight' },
      { amountMinor: -500n, code: null, codeList: null, reference: null, text: null },
    ])
  })

  it.each([
    ['a credit note, by what was taken off', document('C', 'CREN') + amounts(one('RmtdAmt', '9')), -900n, 0],
    ['a credit note, by its own amount', document('C', 'CREN') + amounts(one('CdtNoteAmt', '9')), -900n, 0],
    ['a credit note, by both', document('C', 'CREN') + amounts(one('CdtNoteAmt', '9') + one('RmtdAmt', '9')), -900n, 0],
    ['an invoice less a credit note', document('I') + amounts(one('CdtNoteAmt', '9') + one('RmtdAmt', '91')), 9100n, 1],
    ['an invoice without amounts', document('I'), null, 0],
    ['an invoice in another currency', document('I') + amounts(one('RmtdAmt', '9', 'USD')), null, 0],
  ])('reads %s', async (_case, block, paidMinor, adjustments) => {
    const [line, ...others] = await linesOf(block)
    expect(others).toEqual([])
    expect(line).toMatchObject({ paidMinor })
    expect(line?.adjustments).toHaveLength(adjustments)
  })

  it('sums discounts', async () => {
    const plain = document('1') + amounts(one('DscntApldAmt', '1') + one('DscntApldAmt', '2'))
    const typed = document('1') + amounts(['1', '2'].map((each) => `<DscntApldAmt>${money(each)}</DscntApldAmt>`).join(''))
    for (const block of [plain, typed]) expect(await linesOf(block)).toMatchObject([{ discountMinor: 300n }])
  })

  it('reads amounts by their type, as the last versions have them', async () => {
    const typed = (code: string, amount: string) => `<RmtAmtAndTp><Tp><Cd>${code}</Cd></Tp>${money(amount)}</RmtAmtAndTp>`
    const block =
      '<RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>1</Nb><RltdDt><Tp><Cd>ISSU</Cd></Tp><Dt>2026-01-31</Dt></RltdDt></RfrdDocInf>' +
      amounts(typed('DUPA', '100') + typed('TMDS', '2') + typed('REMI', '98') + typed('TAXS', '19'))
    expect(await linesOf(block)).toMatchObject([
      { paidMinor: 9800n, invoicedMinor: 10000n, discountMinor: 200n, documentOn: '2026-01-31' },
    ])
  })

  it('reads the first version', async () => {
    const block =
      '<RfrdDocInf><RfrdDocTp><Cd>CINV</Cd></RfrdDocTp><RfrdDocNb>1</RfrdDocNb></RfrdDocInf><RfrdDocRltdDt>2007-10-01</RfrdDocRltdDt>' +
      `${amounts(one('DuePyblAmt', '100'))}${amounts(one('RmtdAmt', '98'))}<CdtrRefInf><CdtrRef>R-1</CdtrRef></CdtrRefInf>`
    const { remittance, references } = await detailOf(`<RmtInf><Strd>${block}</Strd></RmtInf>`)
    expect(remittance).toMatchObject([
      { qualifier: 'CINV', reference: '1', paidMinor: 9800n, invoicedMinor: 10000n, documentOn: '2007-10-01' },
    ])
    expect(references).toEqual([{ kind: 'CREDITOR', value: 'R-1' }])
  })

  it('does not share out amounts that are told for several documents', async () => {
    const block = document('1') + document('2') + amounts(one('RmtdAmt', '9'))
    expect((await linesOf(block)).map(({ reference, paidMinor }) => [reference, paidMinor])).toEqual([
      ['1', null],
      ['2', null],
    ])
  })

  it('takes the creditor’s reference for the document where amounts name none', async () => {
    const reference = '<CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18</Ref></CdtrRefInf>'
    expect(await linesOf(amounts(one('RmtdAmt', '9')) + reference)).toMatchObject([
      { qualifier: 'SCOR', reference: 'RF18', paidMinor: 900n },
    ])
    expect(await linesOf(reference)).toEqual([])
  })

  it('refuses amounts that are none', async () => {
    const xml = entry({ payments: [`<RmtInf><Strd>${document('1')}${amounts(one('RmtdAmt', '9.999'))}</Strd></RmtInf>`] })
    expect(await refusal(camt({ entries: xml }))).toMatchObject({ rule: 'BAD_AMOUNT' })
  })
})

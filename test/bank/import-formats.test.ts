import { describe, expect, it } from 'vitest'
import { aClient } from '../harness/index.ts'
import { camt, entry } from './camt-vectors.ts'
import { entries, lines, load, receipts } from './loads.ts'
import { achFile, inAddenda } from './nacha-vectors.ts'
import { bai2, swift } from './statements.ts'
import { x12File } from './x12-vectors.ts'

// Each format from its upload to the receipts, with files of our own making.

describe('a file becomes entries and receipts', () => {
  it('BAI2', async () => {
    const client = await aClient()
    const file = bai2([
      { minor: 150_000, reference: 'FT-1', text: 'ACME LTD INVOICE 88' },
      { code: '475', minor: 2_500, reference: 'CHK-9' },
      { code: '890', minor: 0, text: 'a word of the bank' },
    ])
    expect(await load(client, file)).toEqual({
      inserted: 3,
      changed: 0,
      unchanged: 0,
      customersAdded: 0,
      itemsIdentified: 0,
      customersForgotten: 0,
      bank: { receiptsRecorded: 1, entriesWithoutReceipt: 2, remittances: 0, remittancesTied: 0, receiptsReversed: 0 },
    })
    const kept = await entries(client)
    expect(kept).toMatchObject([
      {
        format: 'BAI2',
        account: '4711',
        amount_minor: 150_000n,
        direction: 'CREDIT',
        status: 'BOOKED',
        booked_on: '2026-03-02',
        bank_reference: 'FT-1',
        receipt_count: 1,
        raw: '16,142,150000,Z,FT-1,,ACME LTD INVOICE 88',
      },
      { direction: 'DEBIT', amount_minor: 2_500n, receipt_count: 0 },
      { status: 'INFORMATION', amount_minor: 0n, receipt_count: 0 },
    ])
    expect(await receipts(client)).toMatchObject([
      {
        currency: 'USD',
        amount_minor: 150_000n,
        value_on: '2026-03-02',
        reference: 'FT-1',
        bank_text: 'ACME LTD INVOICE 88\nFT-1',
        source: 'BANK',
        state: 'UNIDENTIFIED',
        has_remittance: false,
        bank_entry_id: kept[0]?.id,
      },
    ])
  })

  it('MT940', async () => {
    const client = await aClient()
    const file = swift([
      {
        minor: 52_000,
        reference: 'B-1',
        information: '166?00CREDIT?20EREF+E-1?21SVWZ+RE 4711?30DEUTDEFF?31DE89370400440532013000?32ACME GMBH',
      },
      { minor: 1_000, mark: 'D', reference: 'B-2' },
    ])
    expect(await load(client, file)).toMatchObject({ inserted: 2, bank: { receiptsRecorded: 1, entriesWithoutReceipt: 1 } })
    expect(await receipts(client)).toMatchObject([
      {
        currency: 'EUR',
        amount_minor: 52_000n,
        reference: 'B-1',
        payer_name: 'ACME GMBH',
        payer_account: 'DE89370400440532013000',
        bank_text: expect.stringContaining('RE 4711'),
      },
    ])
  })

  it('MT942 and camt.052, whose money is announced and no receipt', async () => {
    const client = await aClient()
    expect(await load(client, swift([{ minor: 500, reference: 'B-1' }], { isReport: true }))).toMatchObject({
      inserted: 1,
      bank: { receiptsRecorded: 0, entriesWithoutReceipt: 1 },
    })
    const report = camt({
      message: 'BkToCstmrAcctRpt',
      namespace: 'urn:iso:std:iso:20022:tech:xsd:camt.052.001.08',
      entries: entry({ status: 'PDNG', more: '<AcctSvcrRef>A-1</AcctSvcrRef>' }),
    })
    await load(client, report)
    expect(await entries(client)).toMatchObject([
      { format: 'MT942', status: 'PENDING' },
      { format: 'CAMT_052', status: 'PENDING' },
    ])
    expect(await receipts(client)).toEqual([])
  })

  it('camt.053, each payment of a batch a receipt with what it is for', async () => {
    const client = await aClient()
    const document = (number: string, amount: string) =>
      `<RmtInf><Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>${number}</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">${amount}</RmtdAmt></RfrdDocAmt></Strd></RmtInf>`
    const payment = (name: string, amount: string) =>
      `<Refs><EndToEndId>E-${name}</EndToEndId></Refs><Amt Ccy="EUR">${amount}</Amt><RltdPties><Dbtr><Nm>${name}</Nm></Dbtr></RltdPties>${document(`INV-${name}`, amount)}`
    const batch = entry({
      amount: '10.00',
      more: '<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-03</Dt></ValDt><AcctSvcrRef>A-1</AcctSvcrRef>',
      payments: [payment('Acme', '7.50'), payment('Bolt', '2.50')],
    })
    expect(await load(client, camt({ entries: batch }))).toMatchObject({
      inserted: 1,
      bank: { receiptsRecorded: 2, remittances: 2 },
    })
    const made = await receipts(client)
    expect(made).toMatchObject([
      { amount_minor: 750n, payer_name: 'Acme', reference: 'E-Acme', value_on: '2026-03-03', has_remittance: true },
      { amount_minor: 250n, payer_name: 'Bolt', reference: 'E-Bolt', has_remittance: true },
    ])
    expect(await lines(client)).toMatchObject([
      { receipt_id: made[0]?.id, reference: 'INV-Acme', paid_minor: 750n },
      { receipt_id: made[1]?.id, reference: 'INV-Bolt', paid_minor: 250n },
    ])
  })

  it('X12 823, each check a receipt with the lines that the lockbox keyed', async () => {
    const client = await aClient()
    const deposit = [
      'N1*BK*SUPPLIER BANK*13*091000019',
      'DEP*LB-100*20260302*1415*D-7*01*091000019*DA*77001',
      'AMT*3*350',
      'BAT*20260302**B1',
      'BPR*C*300*C*CHK**01*042000314*DA*555-1*******20260303',
      'TRN*1*000817',
      'N1*PR*BUYER CO*91*B-9',
      'RMR*IV*INV-1**310*320*10',
      'ADX*-10*57*CM*REBATE',
      'BPR*C*50*C*CHK',
      'TRN*1*000818',
    ]
    expect(await load(client, x12File([deposit], { set: '823', group: 'LB' }))).toMatchObject({
      bank: { receiptsRecorded: 2, remittances: 1 },
    })
    expect(await receipts(client)).toMatchObject([
      { amount_minor: 30_000n, payer_name: 'BUYER CO', has_remittance: true },
      { amount_minor: 5_000n, has_remittance: false },
    ])
    expect(await lines(client)).toMatchObject([
      { reference: 'INV-1', paid_minor: 31_000n, deductions: [{ amountMinor: '1000', code: '57' }] },
    ])
  })

  it('NACHA CTX, with the advice in its addenda', async () => {
    const client = await aClient()
    const advice = [
      'ST*820*0001',
      'BPR*C*820*C*ACH*CTX*01*091000019*DA*555*1234567890**01*121042882*DA*9876543210*20260302',
      'TRN*1*PAY-1*1234567890',
      'N1*PR*BUYER COMPANY OF AMERICA',
      'ENT*1',
      'RMR*IV*INV-1**500*500',
      'RMR*IV*INV-2**320*350',
      'ADX*-30*06',
      'SE*9*0001',
    ]
    const addenda = inAddenda(advice.map((segment) => `${segment}\\`).join(''))
    expect(await load(client, achFile([{ entries: [{ amountMinor: 82_000n, addenda }] }]))).toMatchObject({
      bank: { receiptsRecorded: 1, remittances: 1 },
    })
    expect(await receipts(client)).toMatchObject([
      { amount_minor: 82_000n, payer_name: 'BUYER COMPANY OF AMERICA', value_on: '2026-03-02', has_remittance: true },
    ])
    expect(await lines(client)).toMatchObject([
      { reference: 'INV-1', paid_minor: 50_000n },
      { reference: 'INV-2', paid_minor: 32_000n, deductions: [{ amountMinor: '3000', code: '06' }] },
    ])
  })

  it('X12 820, which is what a payer says and no money', async () => {
    const client = await aClient()
    const payment = ['BPR*C*900*C*ACH*CTX*********20260302', 'TRN*1*PAY-7', 'N1*PR*BUYER CO', 'ENT*1', 'RMR*IV*INV-1**900']
    expect(await load(client, x12File([payment]))).toMatchObject({
      inserted: 1,
      bank: { receiptsRecorded: 0, entriesWithoutReceipt: 1, remittances: 1, remittancesTied: 0 },
    })
    expect(await entries(client)).toMatchObject([
      { format: 'X12_820', status: 'ADVISED', account: null, amount_minor: 90_000n, bank_reference: 'PAY-7' },
    ])
    expect(await lines(client)).toMatchObject([{ receipt_id: null, reference: 'INV-1', paid_minor: 90_000n }])
    expect(await receipts(client)).toEqual([])
  })

  it('CSV, whose account is told beside it', async () => {
    const client = await aClient()
    const file = 'bookedOn,amount,payerName,text,reference\n2026-03-02,120.50,Acme Inc,INV 9,E-1\n2026-03-02,-8.00,,fee,\n'
    const words = { profile: 'quittance-statement-csv', account: '77-001', currency: 'USD' }
    expect(await load(client, file, words)).toMatchObject({ inserted: 2, bank: { receiptsRecorded: 1 } })
    expect(await entries(client)).toMatchObject([
      { format: 'CSV', account: '77-001', raw: '2026-03-02,120.50,Acme Inc,INV 9,E-1' },
      {},
    ])
    expect(await receipts(client)).toMatchObject([{ amount_minor: 12_050n, payer_name: 'Acme Inc', reference: 'E-1' }])
  })
})

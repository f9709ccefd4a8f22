import { describe, expect, it } from 'vitest'
import { aClient, asOwner, rowsOf } from '../harness/index.ts'
import { camt, entry } from './camt-vectors.ts'
import { counts, entries, lines, load, receipts } from './loads.ts'
import { bai2, swift } from './statements.ts'
import { x12File } from './x12-vectors.ts'

// What payers say, and what banks take back, finds the one receipt that it names, or none.

const advice = ({ trace = 'PAY-4711', amount = '900', invoice = 'INV-1' } = {}) =>
  x12File([
    [`BPR*C*${amount}*C*ACH*CTX*********20260302`, `TRN*1*${trace}`, 'N1*PR*BUYER CO', 'ENT*1', `RMR*IV*${invoice}**${amount}`],
  ])
/** A credit whose text tells the trace of the payer, as BAI2 of some banks does. */
const paid = ({ trace = 'PAY-4711', minor = 90_000, reference = 'FT-1', fileId = '1' } = {}) =>
  bai2([{ minor, reference, text: `BUYER CO\n88,EREF: ${trace}` }], { fileId }).replace(
    /^(49|98|99),(\d+),(.*?)(\d+)\/$/gm,
    (_all, code, sum, between, count) => `${code},${sum},${between}${Number(count) + 1}/`,
  )

describe('an advice and its payment', () => {
  it.each([
    ['advice first', [advice(), paid()]],
    ['payment first', [paid(), advice()]],
  ])('find one another: %s', async (_order, files) => {
    const client = await aClient()
    const done = []
    for (const file of files) done.push(await load(client, file))
    expect(done.map(({ bank }) => bank.remittancesTied)).toEqual([0, 1])
    const [receipt, ...others] = await receipts(client)
    expect(others).toEqual([])
    expect(receipt).toMatchObject({ amount_minor: 90_000n, has_remittance: true, state: 'UNIDENTIFIED' })
    expect(await lines(client)).toMatchObject([{ receipt_id: receipt?.id, reference: 'INV-1', paid_minor: 90_000n }])

    const before = await counts(client)
    for (const file of files) expect(await load(client, file)).toMatchObject({ inserted: 0, bank: { remittancesTied: 0 } })
    expect(await counts(client)).toEqual(before)
  })

  it.each([
    ['another amount', paid({ minor: 90_001 })],
    ['another trace', paid({ trace: 'PAY-4712' })],
  ])('of %s do not', async (_case, file) => {
    const client = await aClient()
    await load(client, advice())
    expect(await load(client, file)).toMatchObject({ bank: { receiptsRecorded: 1, remittancesTied: 0 } })
    expect(await receipts(client)).toMatchObject([{ has_remittance: false }])
    expect(await lines(client)).toMatchObject([{ receipt_id: null }])
  })

  it('of which there are two payments do not: nobody knows which is meant', async () => {
    const client = await aClient()
    await load(client, paid())
    await load(client, paid({ reference: 'FT-2', fileId: '2' }))
    expect(await load(client, advice())).toMatchObject({ bank: { remittances: 1, remittancesTied: 0 } })
    expect(await receipts(client)).toMatchObject([{ has_remittance: false }, { has_remittance: false }])
  })

  it('that is corrected counts with what it says last', async () => {
    const client = await aClient()
    await load(client, paid())
    await load(client, advice({ invoice: 'INV-1' }))
    expect(await load(client, advice({ invoice: 'INV-2' }))).toMatchObject({ inserted: 1, bank: { remittancesTied: 1 } })
    const [receipt] = await receipts(client)
    expect(await lines(client)).toMatchObject([
      { receipt_id: receipt?.id, reference: 'INV-1' },
      { receipt_id: receipt?.id, reference: 'INV-2' },
    ])
  })

  it('of another client does not', async () => {
    const [one, other] = [await aClient(), await aClient()]
    await load(one, advice())
    expect(await load(other, paid())).toMatchObject({ bank: { remittancesTied: 0 } })
  })
})

const booked = '<BookgDt><Dt>2026-03-02</Dt></BookgDt>'
const credit = (reference: string, endToEnd = 'E-100', amount = '10.00') =>
  entry({
    amount,
    more: `${booked}<AcctSvcrRef>${reference}</AcctSvcrRef>`,
    payments: [`<Refs><EndToEndId>${endToEnd}</EndToEndId></Refs>`],
  })
const reversal = (endToEnd = 'E-100', { amount = '10.00', reason = '' } = {}) =>
  entry({
    amount,
    direction: 'DBIT',
    more: `<RvslInd>true</RvslInd>${booked}<AcctSvcrRef>REV-${endToEnd}</AcctSvcrRef>`,
    payments: [
      `<Refs><EndToEndId>${endToEnd}</EndToEndId></Refs>${reason === '' ? '' : `<RtrInf><Rsn><Cd>${reason}</Cd></Rsn></RtrInf>`}`,
    ],
  })

describe('a reversal', () => {
  it.each([
    ['', 'BANK_RECALL'],
    ['AM04', 'NSF'],
    ['AM05', 'DUPLICATE'],
    ['MS03', 'BANK_RECALL'],
  ])('with the code "%s" takes back the one receipt that it names, as %s', async (reason, expected) => {
    const client = await aClient()
    await load(client, camt({ entries: credit('A-1') }))
    expect(await load(client, camt({ entries: reversal('E-100', { reason }) }))).toMatchObject({
      inserted: 1,
      bank: { receiptsRecorded: 0, entriesWithoutReceipt: 1, receiptsReversed: 1 },
    })
    expect(await receipts(client)).toMatchObject([{ state: 'REVERSED', reversed_minor: 1_000n, reversal_reason: expected }])
    const before = await counts(client)
    expect(await load(client, camt({ entries: reversal('E-100', { reason }) }))).toMatchObject({ bank: { receiptsReversed: 0 } })
    expect(await counts(client)).toEqual(before)
  })

  it('that stands before its payment in the same file takes it back', async () => {
    const client = await aClient()
    expect(await load(client, camt({ entries: reversal() + credit('A-1') }))).toMatchObject({ bank: { receiptsReversed: 1 } })
  })

  it('of SWIFT is one by its mark', async () => {
    const client = await aClient()
    await load(client, swift([{ minor: 5_000, reference: 'B-100' }]))
    const back = { minor: 5_000, reference: 'B-100', mark: 'RC' }
    expect(await load(client, swift([back], { number: '8', day: '260304' }))).toMatchObject({ bank: { receiptsReversed: 1 } })
  })

  it.each([
    ['names two receipts', credit('A-1') + credit('A-2'), reversal()],
    ['is of another amount', credit('A-1'), reversal('E-100', { amount: '9.99' })],
    ['names what nobody knows', credit('A-1'), reversal('E-200')],
  ])('that %s is kept, and takes nothing back', async (_case, before, after) => {
    const client = await aClient()
    await load(client, camt({ entries: before }))
    expect(await load(client, camt({ entries: after }))).toMatchObject({ inserted: 1, bank: { receiptsReversed: 0 } })
    expect((await receipts(client)).filter(({ reversal_reason }) => reversal_reason !== null)).toEqual([])
    expect((await entries(client)).at(-1)).toMatchObject({ direction: 'DEBIT', receipt_count: 0 })
  })

  it('of another account takes nothing back', async () => {
    const client = await aClient()
    await load(client, swift([{ minor: 5_000, reference: 'B-100' }]))
    const back = swift([{ minor: 5_000, reference: 'B-100', mark: 'RC' }], { account: 'DE89370400440532013000' })
    expect(await load(client, back)).toMatchObject({ bank: { receiptsReversed: 0 } })
  })

  it('of a receipt that was reversed already takes nothing back twice', async () => {
    const client = await aClient()
    await load(client, camt({ entries: credit('A-1') + reversal() }))
    const other = reversal().replace('REV-E-100', 'REV-2')
    expect(await load(client, camt({ entries: other }))).toMatchObject({ inserted: 1, bank: { receiptsReversed: 0 } })
    expect(await rowsOf(client, 'cash_result')).toHaveLength(1)
  })
})

it('a debit that is no reversal takes nothing back, whatever it names', async () => {
  const client = await aClient()
  await load(client, swift([{ minor: 5_000, reference: 'B-100' }]))
  await load(client, swift([{ minor: 5_000, reference: 'B-100', mark: 'D' }], { number: '8' }))
  const [row] = await asOwner<{ n: number }>(
    'select count(*)::int as n from receipt where client_id = $1 and reversed_minor > 0',
    [client.id],
  )
  expect(row?.n).toBe(0)
})

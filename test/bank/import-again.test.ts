import { describe, expect, it } from 'vitest'
import { aClient, asOwner } from '../harness/index.ts'
import { camt, entry } from './camt-vectors.ts'
import { counts, entries, lines, load, receipts, send } from './loads.ts'
import { achFile } from './nacha-vectors.ts'
import { bai2, swift } from './statements.ts'

// The same money in several files, in whatever order they come, is booked once.

const day = '<BookgDt><Dt>2026-03-02</Dt></BookgDt>'
const payment = (name: string, amount: string) =>
  `<Refs><EndToEndId>E-${name}</EndToEndId></Refs><Amt Ccy="EUR">${amount}</Amt><RltdPties><Dbtr><Nm>${name}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>INV ${name}</Ustrd></RmtInf>`

/** The same credit as a statement has it, as a sum, and as the notification, with its payments. */
const collected = (payments: readonly string[], { reference = 'A-1', amount = '10.00' } = {}) =>
  entry({ amount, more: `${day}<AcctSvcrRef>${reference}</AcctSvcrRef>`, payments })
const statement = (...inside: string[]) => camt({ entries: inside.join('') })
const notification = (...inside: string[]) =>
  camt({
    message: 'BkToCstmrDbtCdtNtfctn',
    namespace: 'urn:iso:std:iso:20022:tech:xsd:camt.054.001.08',
    entries: inside.join(''),
  })
const both = [payment('Acme', '7.50'), payment('Bolt', '2.50')]

describe('a file that comes again', () => {
  it.each([
    ['BAI2', bai2([{ minor: 100, reference: 'X-1' }, { minor: 100 }, { minor: 100 }, { code: '475', minor: 7 }])],
    ['MT940', swift([{ minor: 100, reference: 'X-1' }, { minor: 100 }, { minor: 100 }, { minor: 5, mark: 'D' }])],
    ['NACHA', achFile([{ entryClass: 'PPD', entries: [{}, {}] }])],
  ])('adds nothing: %s', async (_format, file) => {
    const client = await aClient()
    const first = await load(client, file)
    const before = await counts(client)
    const again = await load(client, file)
    expect(again).toMatchObject({ inserted: 0, changed: 0, unchanged: first.inserted, bank: { receiptsRecorded: 0 } })
    expect(await counts(client)).toEqual(before)
  })

  it('is known as a message, and said to be', async () => {
    const client = await aClient()
    const file = bai2([{ minor: 100, reference: 'X-1' }])
    const { body: first } = await send(client, file, { by: client.lead })
    expect(first.warnings).toEqual([])
    const { body: again } = await send(client, file, { by: client.lead })
    expect(again.warnings).toMatchObject([
      { code: 'SAME_MESSAGE', rows: 1, listed: [{ rowNumber: 1, message: 'came before: BAI2 BANK BANK/2026-03-02/1' }] },
    ])
  })

  it('at once with itself records its money once', async () => {
    const client = await aClient()
    const file = swift(Array.from({ length: 50 }, (_, at) => ({ minor: 100 + at, reference: `X-${at}` })))
    const done = await Promise.all([load(client, file), load(client, file), load(client, file)])
    expect(done.reduce((sum, { bank }) => sum + bank.receiptsRecorded, 0)).toBe(50)
    expect(done.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(50)
    expect(await receipts(client)).toHaveLength(50)
  })

  it('is another client’s own money, whatever is known elsewhere', async () => {
    const [one, other] = [await aClient(), await aClient()]
    const file = swift([{ minor: 100, reference: 'X-1' }])
    await load(one, file)
    expect(await load(other, file)).toMatchObject({ inserted: 1, bank: { receiptsRecorded: 1 } })
  })
})

describe('two equal movements', () => {
  it('of one file are two, with a reference or without', async () => {
    const client = await aClient()
    const equal = [{ minor: 100 }, { minor: 100 }, { minor: 100, reference: 'X-1' }, { minor: 100, reference: 'X-1' }]
    expect(await load(client, swift(equal))).toMatchObject({ inserted: 4, bank: { receiptsRecorded: 4 } })
  })

  it('of which a longer file brings a third are three', async () => {
    const client = await aClient()
    await load(client, swift([{ minor: 100 }, { minor: 100 }]))
    expect(await load(client, swift([{ minor: 100 }, { minor: 100 }, { minor: 100 }], { number: '8' }))).toMatchObject({
      inserted: 1,
      unchanged: 2,
    })
    expect(await receipts(client)).toHaveLength(3)
  })
})

describe('a notification and the statement', () => {
  it('book their money once, as the payments of the notification', async () => {
    const client = await aClient()
    expect(await load(client, notification(collected(both)))).toMatchObject({ bank: { receiptsRecorded: 2 } })
    const before = await counts(client)
    expect(await load(client, statement(collected([])))).toMatchObject({
      inserted: 0,
      changed: 0,
      unchanged: 1,
      bank: { receiptsRecorded: 0 },
    })
    expect(await counts(client)).toEqual({ ...before, bank_message: 2 })
  })

  it('the other way round are one receipt, which learns what it is for', async () => {
    const client = await aClient()
    expect(await load(client, statement(collected([])))).toMatchObject({ inserted: 1, bank: { receiptsRecorded: 1 } })
    expect(await load(client, notification(collected(both)))).toMatchObject({
      inserted: 0,
      changed: 1,
      unchanged: 0,
      bank: { receiptsRecorded: 0, remittances: 1 },
    })
    const [sum, told] = await entries(client)
    expect(told).toMatchObject({ repeats_id: sum?.id, receipt_count: 0, format: 'CAMT_054' })
    const [receipt, ...others] = await receipts(client)
    expect(others).toEqual([])
    expect(receipt).toMatchObject({ amount_minor: 1_000n, has_remittance: true, bank_entry_id: sum?.id })
    expect(await lines(client)).toMatchObject([
      { receipt_id: receipt?.id, reference: 'INV Acme', paid_minor: 750n },
      { receipt_id: receipt?.id, reference: 'INV Bolt', paid_minor: 250n },
    ])

    const before = await counts(client)
    expect(await load(client, notification(collected(both)))).toMatchObject({ changed: 0, unchanged: 1 })
    expect(await load(client, statement(collected([])))).toMatchObject({ changed: 0, unchanged: 1 })
    expect(await counts(client)).toEqual(before)
  })

  it('that bring the same payment alone are one receipt, whichever is first', async () => {
    const single = collected([payment('Acme', '10.00')])
    for (const files of [
      [notification(single), statement(single)],
      [statement(single), notification(single)],
    ]) {
      const client = await aClient()
      for (const file of files) await load(client, file)
      expect(await receipts(client)).toMatchObject([{ amount_minor: 1_000n, payer_name: 'Acme' }])
    }
  })

  it('of several entries book those that the notification had not', async () => {
    const client = await aClient()
    await load(client, notification(collected(both)))
    const rest = collected([], { reference: 'A-2', amount: '3.00' })
    expect(await load(client, statement(collected([]), rest))).toMatchObject({ inserted: 1, unchanged: 1 })
    expect((await receipts(client)).map(({ amount_minor }) => amount_minor)).toEqual([750n, 250n, 300n])
  })
})

describe('an announcement', () => {
  it('is kept, and becomes money once the bank books it', async () => {
    const client = await aClient()
    const credit = [{ minor: 100, reference: 'X-1' }]
    await load(client, swift(credit, { isReport: true }))
    expect(await receipts(client)).toEqual([])
    expect(await load(client, swift(credit))).toMatchObject({ inserted: 1, bank: { receiptsRecorded: 1 } })
    expect(await load(client, swift(credit, { isReport: true }))).toMatchObject({ inserted: 0, unchanged: 1 })
    expect((await entries(client)).map(({ status }) => status)).toEqual(['PENDING', 'BOOKED'])
  })
})

it('every receipt adds up to its entry, and is in the queue', async () => {
  const client = await aClient()
  await load(client, notification(collected(both), collected([], { reference: 'A-2' })))
  const wrong = await asOwner(
    `select e.id from bank_entry e left join receipt r on r.client_id = e.client_id and r.bank_entry_id = e.id
     where e.client_id = $1 and e.receipt_count > 0 group by e.id, e.amount_minor, e.receipt_count
     having sum(r.amount_minor) <> e.amount_minor or count(r.id) <> e.receipt_count`,
    [client.id],
  )
  expect(wrong).toEqual([])
  expect(await counts(client)).toMatchObject({ receipt: 3, work_item: 3 })
})

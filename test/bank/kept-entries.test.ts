import { describe, expect, it } from 'vitest'
import { aClient, ask, listen, type TestClient } from '../harness/index.ts'
import { load } from './loads.ts'
import { swift } from './statements.ts'

const two = swift([
  { minor: 100, reference: 'X-1' },
  { minor: 250, mark: 'D', reference: 'X-2' },
])

describe('what is kept', () => {
  const list = `query ($id: ID!, $withoutReceipt: Boolean, $statuses: [BankEntryStatus!]) { client(id: $id) {
    bankEntries(first: 10, withoutReceipt: $withoutReceipt, statuses: $statuses) { edges { node { line format account amount { amount currency } direction
      status isReversal bookedOn valueOn typeCode bankReference payerName text raw paymentCount receiptCount repeats { id } import { kind }
      receipts(first: 5) { edges { node { amount { amount } bankEntry { line } } } } } } } } }`
  type Listed = { client: { bankEntries: { edges: readonly { node: Record<string, unknown> }[] } } }
  const listed = async (client: TestClient, facts: object = {}) => {
    const { data, errors } = await ask<Listed>(client.analyst, list, { id: client.gid, ...facts })
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    return (data?.client.bankEntries.edges ?? []).map(({ node }) => node)
  }

  it('is listed with every fact, newest first, and with its receipts', async () => {
    const client = await aClient()
    await load(client, two)
    expect(await listed(client)).toEqual([
      expect.objectContaining({
        direction: 'DEBIT',
        amount: { amount: '2.50', currency: 'EUR' },
        receiptCount: 0,
        receipts: { edges: [] },
      }),
      {
        line: 5,
        format: 'MT940',
        account: 'DE02120300000000202051',
        amount: { amount: '1.00', currency: 'EUR' },
        direction: 'CREDIT',
        status: 'BOOKED',
        isReversal: false,
        bookedOn: '2026-03-02',
        valueOn: '2026-03-02',
        typeCode: 'NTRF',
        bankReference: 'X-1',
        payerName: null,
        text: '',
        raw: ':61:2603020302C1,00NTRFNONREF//X-1',
        paymentCount: 1,
        receiptCount: 1,
        repeats: null,
        import: { kind: 'BANK' },
        receipts: { edges: [{ node: { amount: { amount: '1.00' }, bankEntry: { line: 5 } } }] },
      },
    ])
    expect(await listed(client, { withoutReceipt: true })).toMatchObject([{ direction: 'DEBIT' }])
    expect(await listed(client, { statuses: ['PENDING', 'ADVISED'] })).toEqual([])
  })
})

describe('who follows', () => {
  it('receipts and the queue hears once that there are more, not of each', async () => {
    const client = await aClient()
    const heardReceipts = await listen(
      client.analyst,
      'subscription { receiptChanged { kind receiptId client { id } receipt { id } } }',
    )
    const heardWork = await listen(
      client.analyst,
      'subscription { worklistChanged(kinds: [UNIDENTIFIED_CASH]) { kind workKind workItemId reason client { id } item { id } } }',
    )
    const started = (messages: readonly unknown[]) => messages.length === 1
    await heardReceipts.until(started)
    await heardWork.until(started)
    await load(client, swift(Array.from({ length: 30 }, (_, at) => ({ minor: 100 + at, reference: `X-${at}` }))))
    await heardReceipts.until((messages) => messages.length > 1)
    await heardWork.until((messages) => messages.length > 1)
    expect(heardReceipts.messages.slice(1)).toEqual([
      { data: { receiptChanged: { kind: 'RESYNC', receiptId: null, receipt: null, client: { id: client.gid } } } },
    ])
    const told = { workItemId: null, reason: 'import', client: { id: client.gid }, item: null }
    expect(heardWork.messages.slice(1)).toEqual([
      { data: { worklistChanged: { kind: 'RESYNC', workKind: 'UNIDENTIFIED_CASH', ...told } } },
    ])
    for (const heard of [heardReceipts, heardWork]) heard.stop()
  })
})

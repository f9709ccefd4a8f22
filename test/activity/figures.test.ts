import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logActivity } from '../../src/modules/activity/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { readAs } from '../cash/answers.ts'
import { aKey } from '../cash/world.ts'
import { ClientContactFiguresDocument, type LogActivityInput } from '../generated/operations.ts'
import { aCustomer, ask, type Row } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from '../worklist/api-alone.ts'
import { aCall, aDesk, type Desk, log, rule } from './world.ts'

let api: ApiAlone
const now = new Date('2027-05-12T12:00:00Z')
beforeAll(async () => {
  api = await startApiAlone({ clock: () => now })
})
afterAll(() => api.stop())

const rules = {
  dispositions: [
    { code: 'SPOKE', label: 'Spoke', isReached: true },
    { code: 'NO_ANSWER', label: 'Nobody there', isReached: false },
  ],
  nonPaymentReasons: [
    { code: 'CASH_FLOW', label: 'No money' },
    { code: 'NO_INVOICE', label: 'Never got the invoice' },
    { code: 'DISPUTE', label: 'They disagree' },
  ],
}

const aRuledDesk = async (options: Parameters<typeof aDesk>[0] = {}) => {
  const desk = await aDesk(options)
  await rule(desk, rules, { who: api.as(desk.manager), app: api })
  const tell = (facts: Partial<LogActivityInput>, customer: Row = desk.customer) =>
    log(api.as(desk.client.analyst), aCall(customer, { happenedAt: '2027-05-10T12:00:00Z', ...facts }), api)
  return { ...desk, tell }
}

const figuresOf = async (desk: Pick<Desk, 'client'>, from: string, to: string, reasons = 20) => {
  const variables = { code: desk.client.code, from, to, reasons }
  const { client } = await readAs(api.as(desk.client.analyst), ClientContactFiguresDocument, variables, api)
  if (client?.contactFigures === null || client?.contactFigures === undefined) throw new Error('there are no figures')
  return client.contactFigures
}

/** A mail that the service sent by itself. */
const sendByItself = ({ client, customer }: Desk) =>
  inUnit(
    api.engine.database,
    {
      asker: { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } },
      readOnly: false,
      now,
    },
    (tx) =>
      perform(tx, logActivity, {
        customer: { clientId: client.id, id: customer.id },
        kind: 'MAIL',
        direction: 'OUTBOUND',
        happenedAt: new Date('2027-05-10T06:00:00Z'),
        contact: null,
        openItems: [],
        disposition: null,
        nonPaymentReason: null,
        rightParty: 'YES',
        summary: 'first reminder',
        overrideReason: null,
        idempotencyKey: aKey(),
      }),
  )

describe('Client.contactFigures', () => {
  it('counts attempts, who was reached and who was the right one, without what the service sent by itself', async () => {
    const desk = await aRuledDesk()
    await desk.tell({ disposition: 'SPOKE', rightParty: 'YES' })
    await desk.tell({ disposition: 'SPOKE', rightParty: 'NO' })
    await desk.tell({ disposition: 'NO_ANSWER' })
    await desk.tell({ kind: 'LETTER', rightParty: 'YES' })
    // Neither of these is an attempt.
    await desk.tell({ direction: 'INBOUND', disposition: 'SPOKE', rightParty: 'YES' })
    await desk.tell({ kind: 'NOTE', direction: null, rightParty: 'YES', summary: 'x' })
    await sendByItself(desk)
    const elsewhere = await aRuledDesk()
    await elsewhere.tell({ rightParty: 'YES' })
    expect(await figuresOf(desk, '2027-05-10', '2027-05-10')).toEqual({
      from: '2027-05-10',
      to: '2027-05-10',
      attempts: 4,
      reached: 2,
      rightParty: 2,
      rightPartyRate: 0.5,
      automated: 1,
      byKind: [
        { kind: 'CALL', attempts: 3, reached: 2, rightParty: 1, automated: 0 },
        { kind: 'MAIL', attempts: 0, reached: 0, rightParty: 0, automated: 1 },
        { kind: 'LETTER', attempts: 1, reached: 0, rightParty: 1, automated: 0 },
      ],
      nonPaymentReasons: [],
    })
  })

  it('counts reasons for not paying, the most frequent first, with what they add up to', async () => {
    const desk = await aRuledDesk()
    const other = await aCustomer(desk.client)
    await desk.tell({ nonPaymentReason: 'CASH_FLOW' })
    await desk.tell({ nonPaymentReason: 'CASH_FLOW', direction: 'INBOUND' })
    await desk.tell({ nonPaymentReason: 'CASH_FLOW' }, other)
    await desk.tell({ nonPaymentReason: 'CASH_FLOW', kind: 'NOTE', direction: null, summary: 'x' }, other)
    await desk.tell({ nonPaymentReason: 'NO_INVOICE' })
    await desk.tell({ nonPaymentReason: 'NO_INVOICE' })
    await desk.tell({ nonPaymentReason: 'DISPUTE' })
    await desk.tell({ nonPaymentReason: 'DISPUTE' })
    await rule(
      desk,
      { ...rules, nonPaymentReasons: rules.nonPaymentReasons.slice(0, 2) },
      {
        expectedVersion: 1,
        who: api.as(desk.manager),
        app: api,
      },
    )
    const all = [
      { code: 'CASH_FLOW', label: 'No money', activities: 4, customers: 2, share: 0.5, cumulativeShare: 0.5 },
      // As frequent as the next: by their codes.
      { code: 'DISPUTE', label: null, activities: 2, customers: 1, share: 0.25, cumulativeShare: 0.75 },
      { code: 'NO_INVOICE', label: 'Never got the invoice', activities: 2, customers: 1, share: 0.25, cumulativeShare: 1 },
    ]
    expect((await figuresOf(desk, '2027-05-01', '2027-05-31')).nonPaymentReasons).toEqual(all)
    expect((await figuresOf(desk, '2027-05-01', '2027-05-31', 2)).nonPaymentReasons).toEqual(all.slice(0, 2))
  })

  it('is of days at the client, by when it happened', async () => {
    const desk = await aRuledDesk({ timeZone: 'Pacific/Auckland' })
    // Twelve hours before UTC: the 10th begins at noon of the 9th.
    for (const happenedAt of ['2027-05-09T11:59:59Z', '2027-05-09T12:00:00Z', '2027-05-10T11:59:59Z', '2027-05-10T12:00:00Z'])
      await desk.tell({ happenedAt })
    expect((await figuresOf(desk, '2027-05-10', '2027-05-10')).attempts).toBe(2)
    expect((await figuresOf(desk, '2027-05-09', '2027-05-11')).attempts).toBe(4)
    expect(await figuresOf(desk, '2027-05-12', '2027-05-12')).toMatchObject({ attempts: 0, rightPartyRate: null, byKind: [] })
  })

  it('takes days in their order, of a year at most', async () => {
    const { client } = await aRuledDesk()
    const asking = (from: string, to: string, reasons = 20) =>
      ask(api.as(client.analyst), ClientContactFiguresDocument, { code: client.code, from, to, reasons }, api)
    for (const answer of [
      await asking('2027-05-02', '2027-05-01'),
      await asking('2026-01-01', '2027-05-01'),
      await asking('2027-05-01', '2027-05-01', 0),
      await asking('2027-05-01', '2027-05-01', 101),
    ])
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('is for who reads the work of the client', async () => {
    const { client } = await aRuledDesk()
    const variables = { code: client.code, from: '2027-05-01', to: '2027-05-01', reasons: 1 }
    for (const who of [client.portal, client.integration, client.stranger]) {
      const { data, errors } = await ask(api.as(who), ClientContactFiguresDocument, variables, api)
      expect(data?.client?.contactFigures ?? null).toBeNull()
      expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    }
  })
})

import { describe, expect, it } from 'vitest'
import { enqueueProposals, proposeStages } from '../../src/flows/propose-stages.ts'
import type { Attempt } from '../../src/platform/jobs/job.ts'
import { aKey, gidOf } from '../cash/world.ts'
import { asOwner, type Row, type TestClient } from '../harness/index.ts'
import { aNoticeWorld, linesOf, noticesOf, sender, theNotice } from '../notice/world.ts'
import { usd } from '../promise/world.ts'
import { staging, steps } from './world.ts'

const world = aNoticeWorld()
const { at, day, turnTo, beginDay, run, runDue } = world
const { anInvoice, stage, due, hold, aDesk } = staging(world)
const received = () => world.office().received

const ladder = steps([
  { code: 'FRIENDLY', channel: 'EMAIL', offsetDays: 1, minGapDays: 3 },
  { code: 'CALL', channel: 'CALL', offsetDays: 7, minGapDays: 3 },
  { code: 'SECOND', channel: 'EMAIL', offsetDays: 15, minGapDays: 7 },
]).map((step) => ({ ...step, template: { FRIENDLY: 'FRIENDLY_REMINDER', SECOND: 'SECOND_NOTICE', CALL: null }[step.code] }))

/** A client that stages by mail, and a customer of it with somebody to write to. */
const aMailingDesk = async ({ isReachable = true, rules = ladder as readonly object[] } = {}) => {
  const desk = await aDesk({ steps: rules })
  const { client, manager } = desk
  await world.runAs(manager, 'publishPolicy', {
    ...{ client: client.gid, kind: 'NOTICE', rules: JSON.stringify({ sender, postalAddress: ['Receivables', 'Harbour 1'] }) },
    ...{ reason: 'agreed', expectedVersion: 0 },
  })
  const first = await anInvoice(desk, 'YOUNG', -2)
  const old = await anInvoice(desk, 'OLD', -20)
  if (isReachable)
    await run(client, 'addContact', {
      ...{ customer: first.customer.gid, name: 'Ann Payer', role: 'AP' },
      email: `ap-${aKey()}@debtor.example`,
    })
  return { ...desk, first, old }
}

/** What the day's job does, and which jobs it asks for. */
const asAttempt = async (client: TestClient, work: (attempt: Attempt) => Promise<unknown>): Promise<string[]> => {
  const asked: string[] = []
  await world.asService(client, (tx) =>
    work({
      ...{ tx, clientId: client.id, timeZone: 'UTC', now: world.now(), outside: { mailer: null } },
      enqueue: ({ name }) => void asked.push(name),
    }),
  )
  return asked
}
const propose = (client: TestClient) =>
  asAttempt(client, (attempt) => proposeStages.run(attempt, { after: '00000000-0000-0000-0000-000000000000' }))

const doneOf = (client: TestClient) =>
  asOwner<{ code: string; notice_id: string | null; is_on_time: boolean }>(
    `select code, notice_id, is_on_time from stage_entry where client_id = $1 and state = 'DONE' order by code`,
    [client.id],
  )

describe('the notices of a day', () => {
  it('are one for a contact about all that is due, under the highest step, and take each item’s own step', async () => {
    const { client, first, old } = await aMailingDesk()
    await propose(client)
    expect(await theNotice(client)).toMatchObject({ state: 'APPROVED', template_code: 'SECOND_NOTICE', is_automatic: true })
    expect(await linesOf(client)).toHaveLength(2)
    // Proposed is not sent: both steps are due still.
    expect(await due(client)).toHaveLength(2)
    expect(await runDue(client)).toEqual(['DONE'])
    expect(received().map(({ mail }) => mail.subject)).toEqual([expect.stringContaining('second notice, 200.00 USD')])
    const { id } = await theNotice(client)
    expect(await doneOf(client)).toEqual([
      { code: 'FRIENDLY', notice_id: id, is_on_time: true },
      { code: 'SECOND', notice_id: id, is_on_time: true },
    ])
    expect(await stage(client, first)).toMatchObject({ level: 1, next: { code: 'CALL' }, state: 'PENDING' })
    expect(await stage(client, old)).toMatchObject({ level: 3, state: 'DONE' })
  })

  it('are proposed and sent once, however often and by however many the day is run', async () => {
    const { client } = await aMailingDesk()
    await Promise.all(Array.from({ length: 20 }, () => propose(client)))
    expect(await noticesOf(client)).toHaveLength(1)
    await runDue(client, { times: 20 })
    await Promise.all(Array.from({ length: 3 }, () => propose(client)))
    await runDue(client)
    expect(received()).toHaveLength(1)
    expect(await noticesOf(client)).toHaveLength(1)
    expect(await doneOf(client)).toHaveLength(2)
    const proposed = await asOwner(`select 1 from event where client_id = $1 and name = 'notice.proposed'`, [client.id])
    expect(proposed).toHaveLength(1)
  })

  it('come with the day, by a job where something is due, and not without', async () => {
    const { client } = await aMailingDesk()
    expect(await asAttempt(client, enqueueProposals)).toEqual(['stage.proposeTexts'])
    await propose(client)
    await runDue(client)
    expect(await asAttempt(client, enqueueProposals)).toEqual([])
    turnTo(at(40))
    await beginDay(client)
    // Of the young one the second notice has been due since.
    await propose(client)
    await runDue(client)
    expect(received()).toHaveLength(2)
    expect((await noticesOf(client)).map(({ template_code }) => template_code)).toEqual(['SECOND_NOTICE', 'SECOND_NOTICE'])
  })

  it('wait for an approval where the ladder asks for one, and what is added does not let them go', async () => {
    const rules = ladder.map((step) => (step.code === 'SECOND' ? { ...step, needsApproval: true } : step))
    const { client, first } = await aMailingDesk({ rules })
    await propose(client)
    expect(await theNotice(client)).toMatchObject({ state: 'PROPOSED', needs_approval: true })
    await world.propose(client.analyst, first.customer, { openItems: [first.gid] })
    const notice = await theNotice(client)
    expect(notice).toMatchObject({ state: 'PROPOSED', needs_approval: true })
    expect(await doneOf(client)).toEqual([])
  })

  it('are letters where the customer has no address for mails, and nothing where nobody can be written to', async () => {
    const { client, first } = await aMailingDesk({ isReachable: false })
    await propose(client)
    expect(await noticesOf(client)).toEqual([])
    expect(await due(client)).toHaveLength(2)
    await run(client, 'addContact', { customer: first.customer.gid, name: 'Ann', role: 'AP', postalAddress: 'Quay 1' })
    await propose(client)
    expect(await theNotice(client)).toMatchObject({ channel: 'LETTER' })
  })
})

describe('between the proposal and the mail', () => {
  type Facts = { readonly client: TestClient; readonly first: Row & { readonly customer: Row } }
  it.each<[string, string, (facts: Facts) => Promise<unknown>]>([
    ['is paid', 'PAID', ({ client, first }) => world.pay(client, first.customer, first, '100.00', day(0))],
    ['is promised', 'PROMISE', ({ client, first }) => world.promise(client, first, '100.00', day(3))],
    ['is held', 'LEGAL', ({ client, first }) => hold(client, { openItem: first.gid }, { reason: 'LEGAL' })],
    [
      'is disputed',
      'DISPUTED',
      ({ client }) =>
        world.load(client, [
          {
            ...{
              customerNumber: `C${client.canary}`,
              amount: '100.00',
              openAmount: '100.00',
              sourceKey: 'YOUNG',
              number: 'YOUNG',
            },
            ...{ dueOn: day(-2), isDisputed: true },
          },
        ]),
    ],
  ])('an item that %s is taken off, and its step is not done', async (_case, reason, arrange) => {
    const { client, first, old } = await aMailingDesk()
    await propose(client)
    await arrange({ client, first })
    await runDue(client)
    expect(received()).toHaveLength(1)
    const lines = await linesOf(client)
    expect(lines.find(({ open_item_id }) => open_item_id === first.id)).toMatchObject({ withdrawn_reason: reason })
    expect((await doneOf(client)).map(({ code }) => code)).toEqual(['SECOND'])
    expect((await stage(client, first)).level).toBe(0)
    expect((await stage(client, old)).level).toBe(3)
  })

  it('a step that a higher one overtook is taken off, and the higher one proposed instead', async () => {
    const { client, manager, first } = await aMailingDesk({ rules: ladder.map((step) => ({ ...step, needsApproval: true })) })
    await propose(client)
    turnTo(at(13))
    await beginDay(client)
    const [notice] = await noticesOf(client)
    await world.approve(manager, client, [{ id: gidOf(client, 'Notice', notice?.id), version: notice?.version ?? 0 }])
    await runDue(client)
    const lines = await linesOf(client)
    expect(lines.find(({ open_item_id }) => open_item_id === first.id)).toMatchObject({ withdrawn_reason: 'OVERTAKEN' })
    expect(await stage(client, first)).toMatchObject({ level: 0, next: { code: 'SECOND' } })
  })

  it('a payment and the mail at once are one behind the other', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { client, first } = await aMailingDesk()
      const recorded = await run(
        client,
        'recordReceipt',
        {
          ...{ client: client.gid, customer: first.customer.gid, amount: usd('100.00'), valueOn: day(0) },
          ...{ reference: 'wire', idempotencyKey: aKey() },
        },
        'receipt { id }',
      )
      const { id } = recorded.receipt as { id: string }
      await propose(client)
      received().length = 0
      await Promise.all([
        run(client, 'applyReceipt', {
          ...{ receipt: id, openItem: first.gid, amount: usd('100.00'), expectedVersion: 1, idempotencyKey: aKey() },
        }),
        runDue(client),
      ])
      expect(received()).toHaveLength(1)
      const line = (await linesOf(client)).find(({ open_item_id }) => open_item_id === first.id)
      // Either the payment was there when it was fixed what is sent, or the mail asked for what was open then.
      const wasSent = line?.sent_minor === 10_000n
      expect(wasSent || line?.withdrawn_reason === 'PAID').toBe(true)
      expect((await stage(client, first)).state).toBeNull()
    }
  })
})

describe('a letter by hand', () => {
  it('about an item that is held is taken off as well', async () => {
    const { client, first } = await aMailingDesk()
    await hold(client, { customer: first.customer.gid }, { reason: 'INSOLVENCY' })
    await world.propose(client.analyst, first.customer, { openItems: [first.gid] })
    await runDue(client)
    expect(received()).toEqual([])
    expect(await theNotice(client)).toMatchObject({ state: 'WITHDRAWN' })
  })

  it('takes the step that it is the text of', async () => {
    const { client, first } = await aMailingDesk()
    await world.propose(client.analyst, first.customer, { openItems: [first.gid] })
    await runDue(client)
    expect(await stage(client, first)).toMatchObject({ level: 1, current: { code: 'FRIENDLY' } })
  })
})

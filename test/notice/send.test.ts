import { describe, expect, it } from 'vitest'
import { beginNotice } from '../../src/modules/notice/index.ts'
import { perform } from '../../src/platform/command.ts'
import { runJob } from '../../src/platform/jobs/run-job.ts'
import { type Mailer, smtpMailer } from '../../src/platform/mail/mailer.ts'
import { gidOf } from '../cash/world.ts'
import { asOwner, rowsOf, type TestClient } from '../harness/index.ts'
import { aNoticeWorld, type Kept, linesOf, noticesOf, sender, theNotice, told } from './world.ts'

const world = aNoticeWorld()
const { aSendingClient, aDebtor, propose, runDue, at, day, pay, run, runAs, turnTo } = world
const received = () => world.office().received
const gid = (client: TestClient, { id }: Kept) => gidOf(client, 'Notice', id)
const two = [
  { openMinor: 10_050n, daysOverdue: 3 },
  { openMinor: 5_000n, daysOverdue: 40 },
] as const

/** A customer with a notice that is approved and not sent yet. */
const approved = async (facts: Parameters<typeof aDebtor>[1] = {}, rules: object = {}) => {
  const made = await aSendingClient(rules)
  const debtor = await aDebtor(made.client, facts)
  await propose(made.client.analyst, debtor.customer)
  return { ...made, ...debtor, first: debtor.items[0] as (typeof debtor.items)[number] }
}

describe('a mail', () => {
  it('that needs no approval leaves at once, with what is owed, and is on the timeline', async () => {
    const { client, customer } = await approved({ items: two })
    expect(await runDue(client)).toEqual(['DONE'])
    const [letter, ...others] = received()
    expect(others).toEqual([])
    expect(letter?.from).toBe(sender.address)
    expect(letter?.mail).toMatchObject({
      from: { name: sender.name, address: sender.address },
      replyTo: [{ address: sender.replyTo }],
      subject: `Client ${client.canary}: a reminder of 150.50 USD past due`,
    })
    const notice = await theNotice(client)
    expect(notice).toMatchObject({ state: 'SENT', attempts: 1, message_id: letter?.mail.messageId })
    expect((await linesOf(client)).map(({ sent_minor }) => sent_minor).sort()).toEqual([10_050n, 5_000n].sort())
    expect(await told(client)).toEqual(['notice.proposed', 'notice.approved', 'notice.sent'])
    expect(await rowsOf(client, 'activity')).toMatchObject([
      { kind: 'MAIL', direction: 'OUTBOUND', is_automated: true, contact_id: notice.contact_id, customer_id: customer.id },
    ])
    expect(await runDue(client)).toEqual([])
  })

  it('is one, however many runs of its job begin at once', async () => {
    const { client } = await approved()
    const outcomes = await runDue(client, { times: 50 })
    expect(outcomes.filter((outcome) => outcome === 'DONE')).toHaveLength(1)
    expect(received()).toHaveLength(1)
    expect(await theNotice(client)).toMatchObject({ state: 'SENT', attempts: 1 })
    expect(await rowsOf(client, 'activity')).toHaveLength(1)
  })

  it('asks for what is open then: what was paid is taken off, and a part that was paid is not asked for', async () => {
    const { client, customer, items } = await approved({ items: [...two, { openMinor: 700n }] })
    const [first, second, third] = items as [(typeof items)[number], (typeof items)[number], (typeof items)[number]]
    await pay(client, customer, first, '100.50', day(0))
    await pay(client, customer, second, '20.00', day(0))
    await asOwner('update open_item set ledger_is_disputed = true where client_id = $1 and id = $2', [client.id, third.id])
    await runDue(client)
    expect(received()[0]?.mail.subject).toContain('30.00 USD')
    const lines = new Map((await linesOf(client)).map((line) => [line.open_item_id, line]))
    expect(lines.get(first.id)).toMatchObject({ withdrawn_reason: 'PAID', sent_minor: null })
    expect(lines.get(second.id)).toMatchObject({ withdrawn_reason: null, proposed_minor: 5_000n, sent_minor: 3_000n })
    expect(lines.get(third.id)).toMatchObject({ withdrawn_reason: 'DISPUTED' })
  })

  it('is not sent where all of it was paid', async () => {
    const { client, customer, first } = await approved()
    await pay(client, customer, first, '100.00', day(0))
    expect(await runDue(client)).toEqual(['DONE'])
    expect(received()).toEqual([])
    expect(await theNotice(client)).toMatchObject({ state: 'WITHDRAWN', end_reason: 'nothing of it is owed any more' })
    expect(await told(client)).toEqual(['notice.proposed', 'notice.approved', 'notice.lineWithdrawn', 'notice.withdrawn'])
  })

  it('is not sent where the customer’s credits cover it, and the client nets them', async () => {
    const credit = { kind: 'CREDIT_MEMO', openMinor: -10_000n } as const
    const covered = await approved({ items: [{ openMinor: 10_000n }, credit] }, { credits: 'NETTED' })
    await runDue(covered.client)
    expect(await theNotice(covered.client)).toMatchObject({ state: 'WITHDRAWN' })
    const listed = await approved({ items: [{ openMinor: 10_000n }, credit] }, { credits: 'LISTED' })
    await runDue(listed.client)
    expect(received().map(({ mail }) => mail.text?.includes('-100.00 USD') && mail.subject?.includes('100.00 USD'))).toEqual([
      true,
    ])
  })

  it('goes under the level of what is left', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const [first, second] = items as [(typeof items)[number], (typeof items)[number]]
    await propose(client.analyst, customer, { template: 'FINAL_DEMAND', openItems: [first.gid] })
    const proposed = await propose(client.analyst, customer, { openItems: [second.gid] })
    expect(proposed).toMatchObject({ notice: { state: 'PROPOSED', level: 4, template: 'FINAL_DEMAND' } })
    await world.approve(client.lead, client, [proposed.notice as { id: string; version: number }])
    await pay(client, customer, first, '100.50', day(0))
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'SENT', level: 1, template_code: 'FRIENDLY_REMINDER' })
    expect(received()[0]?.mail.subject).toContain('a reminder of 50.00 USD')
  })

  it('that nobody had to approve waits for somebody where more is open by then', async () => {
    const reminder = {
      code: 'REMINDER',
      level: 1,
      subject: '{{total}}',
      paragraphs: ['{{lines}}'],
      closing: 'x',
      approvalFrom: '100.00',
    }
    const { client } = await aSendingClient({ templates: [reminder] })
    const { customer, items } = await aDebtor(client, { items: [{ openMinor: 12_000n }] })
    const paid = await pay(client, customer, items[0] as (typeof items)[number], '30.00', day(0))
    const proposed = await propose(client.analyst, customer, { template: 'REMINDER' })
    expect(proposed).toMatchObject({ notice: { state: 'APPROVED' } })
    await world.undo(client, paid)
    await runDue(client)
    expect(received()).toEqual([])
    const waiting = await theNotice(client)
    expect(waiting).toMatchObject({ state: 'PROPOSED', needs_approval: true })
    await world.approve(client.lead, client, [{ id: gid(client, waiting), version: waiting.version }])
    await runDue(client)
    expect(received().map(({ mail }) => mail.subject)).toEqual(['120.00 USD'])
  })

  it('leaves out what something else holds, and is withdrawn where that is all', async () => {
    const { client, items } = await approved({ items: two })
    const notice = await theNotice(client)
    const [held] = items
    const begin = (reasons: ReadonlyMap<string, string>) =>
      world.asService(client, (tx) =>
        perform(tx, beginNotice, { clientId: client.id, noticeId: notice.id, hasMailer: false, stillDue: async () => reasons }),
      )
    expect(await begin(new Map([[held?.id ?? '', 'PROMISED']]))).toMatchObject({ next: 'WAIT' })
    expect((await linesOf(client)).map(({ withdrawn_reason }) => withdrawn_reason).sort()).toEqual(['PROMISED', null].sort())
    expect(await begin(new Map(items.map(({ id }) => [id, 'PLANNED'])))).toEqual({ next: 'OVER' })
    expect(await theNotice(client)).toMatchObject({ state: 'WITHDRAWN' })
  })
})

describe('a payment at the same moment', () => {
  it('waits while it is fixed what is sent', async () => {
    const { client, customer, first } = await approved()
    const { id: noticeId } = await theNotice(client)
    let payment: Promise<unknown> = Promise.resolve()
    let isPaid = false
    await world.asService(client, async (tx) => {
      const input = { clientId: client.id, noticeId, hasMailer: true, stillDue: async () => new Map<string, string>() }
      expect(await perform(tx, beginNotice, input)).toMatchObject({ next: 'SEND' })
      const [mine] = await tx.sql<{ pid: number }>`select pg_backend_pid() as pid`
      payment = pay(client, customer, first, '100.00', day(0)).then(() => {
        isPaid = true
      })
      const waiting = () => asOwner('select 1 from pg_stat_activity where $1::int = any (pg_blocking_pids(pid))', [mine?.pid])
      await expect.poll(async () => (await waiting()).length).toBe(1)
      expect(isPaid).toBe(false)
    })
    await payment
    expect(await linesOf(client)).toMatchObject([{ sent_minor: 10_000n }])
  })

  it('is either seen, or comes behind what was sent', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { client, customer, first } = await approved()
      received().length = 0
      await Promise.all([pay(client, customer, first, '100.00', day(0)), runDue(client, { times: 3 })])
      const { state } = await theNotice(client)
      const [line] = await linesOf(client)
      if (state === 'SENT') expect([line?.sent_minor, line?.withdrawn_reason, received().length]).toEqual([10_000n, null, 1])
      else expect([state, line?.withdrawn_reason, received().length]).toEqual(['WITHDRAWN', 'PAID', 0])
    }
  })
})

describe('a mail waits', () => {
  it('where no mail server is configured, and says so', async () => {
    const { client } = await approved()
    expect(await runDue(client, { mailer: null })).toEqual(['DONE'])
    expect(await theNotice(client)).toMatchObject({
      state: 'APPROVED',
      attempts: 0,
      wait_reason: 'no mail server is configured: SMTP_URL',
    })
    turnTo(at(0, 13))
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'SENT', wait_reason: null })
  })

  it('where the client says not from whom, and is from whoever it says then', async () => {
    const { client, publish } = await approved({}, { sender: undefined })
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'APPROVED', wait_reason: expect.stringContaining('names no sender') })
    expect(await publish({ sender }, 'NOTICE', 1)).toMatchObject({ __typename: 'PublishPolicyPayload' })
    turnTo(at(0, 13))
    await runDue(client)
    expect(received().map(({ from }) => from)).toEqual([sender.address])
  })

  it('for the end of quiet hours', async () => {
    const { client, publish } = await approved()
    await publish({ quietHours: { from: '11:00', to: '15:30', kinds: ['MAIL'] } }, 'ACTIVITY')
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'APPROVED', waits_until: at(0, 15.5) })
    turnTo(at(0, 15))
    expect(await runDue(client)).toEqual([])
    turnTo(at(0, 15.5))
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'SENT' })
  })

  it('as long as the customer was contacted as often as the client lets anybody, and counts itself', async () => {
    const { client, publish, customer, first } = await approved()
    await publish({ contactLimits: [{ kinds: ['MAIL'], contactsMax: 1, days: 7 }] }, 'ACTIVITY')
    const mail = { customer: customer.gid, kind: 'MAIL', direction: 'OUTBOUND', openItems: [first.gid], idempotencyKey: 'one' }
    await run(client, 'logActivity', mail)
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'APPROVED', waits_until: at(7, 12) })
    turnTo(at(7, 12))
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'SENT' })
    expect(await runAs(client.analyst, 'logActivity', { ...mail, idempotencyKey: 'two' })).toMatchObject({
      code: 'CONTACT_LIMIT_REACHED',
    })
  })
})

describe('a mail that the server', () => {
  it('does not take now is written anew when it is tried again, under the same id', async () => {
    const { client, customer, items } = await approved({ items: two })
    world.office().beInMood({ says: 451, to: 'MAIL' })
    await runDue(client)
    const before = await theNotice(client)
    expect(before).toMatchObject({
      state: 'APPROVED',
      attempts: 1,
      sent_on: null,
      document_hash: null,
      wait_reason: expect.stringContaining('as the test wants it'),
    })
    await pay(client, customer, items[0] as (typeof items)[number], '100.50', day(0))
    turnTo(at(0, 12.1))
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'SENT', attempts: 2, message_id: before.message_id })
    expect(received().map(({ mail }) => mail.subject?.includes('50.00 USD'))).toEqual([true])
  })

  it('does not take at all has failed, and goes again to whom somebody names', async () => {
    const { client } = await approved()
    world.office().beInMood({ says: 550, to: 'ADDRESS' })
    await runDue(client)
    const failed = await theNotice(client)
    expect(failed).toMatchObject({ state: 'FAILED', failure: 'REFUSED', attempts: 1 })
    expect(await told(client)).toContain('notice.failed')
    const input = { notice: gid(client, failed), expectedVersion: failed.version, reason: 'their server is back' }
    expect(await runAs(client.analyst, 'retryNotice', input)).toMatchObject({ __typename: 'RetryNoticePayload' })
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'SENT', failure: null, round: 2 })
    expect(received()).toHaveLength(1)
    expect(received()[0]?.mail.messageId).not.toBe(failed.message_id)
  })

  it('never answers about is handed over again as the same mail, byte by byte, whatever was paid meanwhile', async () => {
    const { client, customer, first } = await approved()
    world.office().beInMood({ says: null })
    await runDue(client)
    expect(await theNotice(client)).toMatchObject({ state: 'SENDING', attempts: 1, wait_reason: expect.any(String) })
    await pay(client, customer, first, '100.00', day(0))
    turnTo(at(0, 12.1))
    await runDue(client)
    const [one, other] = received()
    expect(received()).toHaveLength(2)
    expect(other?.raw.equals(one?.raw ?? Buffer.alloc(0))).toBe(true)
    expect(await theNotice(client)).toMatchObject({ state: 'SENT', message_id: one?.mail.messageId })
    expect(await rowsOf(client, 'activity')).toHaveLength(1)
  })

  it('never answered about stays the same mail, whatever is answered later, and is not known to have failed', async () => {
    const { client, customer, first } = await approved()
    world.office().beInMood({ says: null })
    await runDue(client)
    await pay(client, customer, first, '100.00', day(0))
    for (const [says, hours] of [
      [451, 12.1],
      [554, 12.2],
    ] as const) {
      turnTo(at(0, hours))
      world.office().beInMood({ says, to: 'MAIL' })
      expect(await theNotice(client)).toMatchObject({ state: 'SENDING', is_uncertain: true })
      await runDue(client)
    }
    expect(await theNotice(client)).toMatchObject({ state: 'FAILED', failure: 'UNCERTAIN', attempts: 3 })
    expect(received()).toHaveLength(1)
  })

  it('has taken when its process dies is handed over once more under the same id, and kept as sent once', async () => {
    const { client } = await approved()
    const [due] = await world.dueOf(client)
    const smtp = world.smtp()
    let hasSent: () => void = () => {}
    const isSent = new Promise<void>((resolve) => {
      hasSent = resolve
    })
    // The mail is out, and whoever sent it never comes back to say so.
    const dies: Mailer = {
      send: async (...told) => {
        await smtp.send(...told)
        hasSent()
        return new Promise(() => {})
      },
    }
    void runJob(world.deps(dies), { clientId: client.id, id: due?.id ?? '' })
    await isSent
    expect(await theNotice(client)).toMatchObject({ state: 'SENDING' })
    // Nobody touches it while it may still come back.
    turnTo(at(0, 12.01))
    expect(await runDue(client)).toEqual([])
    turnTo(at(0, 12.1))
    // A node that has no mail server counts nothing.
    expect(await runDue(client, { mailer: null })).toEqual(['DONE'])
    expect(await theNotice(client)).toMatchObject({ state: 'SENDING', attempts: 1 })
    turnTo(at(0, 12.5))
    expect(await runDue(client)).toEqual(['DONE'])
    expect(received().map(({ mail }) => mail.messageId)).toEqual([received()[0]?.mail.messageId, received()[0]?.mail.messageId])
    expect(await theNotice(client)).toMatchObject({ state: 'SENT', attempts: 2 })
    expect(await rowsOf(client, 'activity')).toHaveLength(1)
  })

  it('cannot be reached for is given up after eight attempts', async () => {
    const { client } = await approved()
    const nobody: Mailer = { send: async () => ({ outcome: 'LATER', reason: 'connect ECONNREFUSED' }) }
    for (let hours = 0; hours < 12; hours += 1) {
      turnTo(at(0, 12 + hours * 2))
      await runDue(client, { mailer: nobody })
    }
    expect(await theNotice(client)).toMatchObject({
      state: 'FAILED',
      failure: 'EXHAUSTED',
      attempts: 8,
      failure_reason: 'connect ECONNREFUSED',
    })
    expect(await world.dueOf(client)).toEqual([])
  })

  it('is not there for is one that nobody took', async () => {
    const { client } = await approved()
    await runDue(client, { mailer: smtpMailer('smtp://127.0.0.1:1') })
    expect(await theNotice(client)).toMatchObject({ state: 'APPROVED', wait_reason: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('a mail that comes back', () => {
  it('has failed, and goes to somebody else when it is retried', async () => {
    const { client, customer, contact } = await approved()
    await runDue(client)
    turnTo(at(0, 14))
    await run(client, 'recordBounce', { contact, expectedVersion: 1 })
    const bounced = await theNotice(client)
    expect(bounced).toMatchObject({ state: 'FAILED', failure: 'BOUNCED' })
    const retry = { notice: gid(client, bounced), expectedVersion: bounced.version, reason: 'asked for another address' }
    expect(await runAs(client.analyst, 'retryNotice', retry)).toMatchObject({ code: 'UNDELIVERABLE' })
    await run(client, 'addContact', { customer: customer.gid, name: 'Bob', email: 'bob@debtor.example' })
    expect(await runAs(client.analyst, 'retryNotice', retry)).toMatchObject({ __typename: 'RetryNoticePayload' })
    await runDue(client)
    expect(received().at(-1)?.to).toEqual(['bob@debtor.example'])
    expect((await noticesOf(client)).map(({ state }) => state)).toEqual(['SENT'])
  })

  it('long after the last one was sent says nothing of it', async () => {
    const { client, contact } = await approved()
    await runDue(client)
    turnTo(at(20))
    await run(client, 'recordBounce', { contact, expectedVersion: 1 })
    expect(await theNotice(client)).toMatchObject({ state: 'SENT' })
  })
})

describe('what comes from a ledger', () => {
  it('cannot become a header or markup of the mail', async () => {
    const name = 'Eve\r\nBcc: eve@evil.example <script>alert(1)</script> & {{total}}'
    const { client } = await aSendingClient({
      templates: [
        {
          code: 'FRIENDLY_REMINDER',
          level: 1,
          subject: 'To {{customer}}',
          paragraphs: ['Dear {{contact}}', '{{lines}}'],
          closing: '{{client}}',
        },
      ],
    })
    const { customer } = await aDebtor(client, { name, contact: { name: 'Ann\r\nX-Evil: 1', email: 'ann@debtor.example' } })
    await propose(client.analyst, customer)
    await runDue(client)
    const [one] = received()
    expect(one?.to).toEqual(['ann@debtor.example'])
    expect(one?.mail.headers.map(({ key }) => key)).not.toContain('x-evil')
    expect(one?.mail).toMatchObject({ subject: 'To Eve Bcc: eve@evil.example <script>alert(1)</script> & {{total}}' })
    expect(one?.mail.bcc ?? []).toEqual([])
    expect(one?.mail.html).not.toContain('<script')
  })

  it('is mailed in any writing, and in the digits of its currency', async () => {
    const { client } = await approved({
      name: '株式会社サンプル',
      contact: { name: 'Мария Ωmega', email: 'maria@debtor.example' },
      items: [
        { openMinor: 1_234n, currency: 'JPY' },
        { openMinor: 1_234_567n, currency: 'BHD' },
      ],
    })
    await runDue(client)
    const text = received()[0]?.mail.text ?? ''
    for (const part of ['株式会社サンプル', 'Dear Мария Ωmega', '1,234 JPY', '1,234.567 BHD']) expect(text).toContain(part)
  })

  it('that is no single mail address is not written to', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client, { contact: { email: 'a@b.example,c' } })
    expect(await propose(client.analyst, customer)).toMatchObject({ code: 'UNDELIVERABLE' })
  })
})

import { describe, expect, it } from 'vitest'
import { proposeLines } from '../../src/modules/notice/index.ts'
import { command, perform } from '../../src/platform/command.ts'
import { gidOf } from '../cash/world.ts'
import { aClient, aPerson, asOwner, grant, jobsOf, type Row, type TestClient } from '../harness/index.ts'
import { aNoticeWorld, linesOf, noticesOf, theNotice, told } from './world.ts'

const world = aNoticeWorld()
const { aSendingClient, aDebtor, propose, approve, run, runAs, runDue, at, day, pay, turnTo } = world

type Shown = { readonly id: string; readonly version: number; readonly state: string }
const shown = (outcome: Record<string, unknown>): Shown => {
  if (outcome.notice === undefined) throw new Error(JSON.stringify(outcome))
  return outcome.notice as Shown
}
const outcomesOf = (outcome: Record<string, unknown>) =>
  outcome.outcomes as readonly { notice: Shown | null; refusal: { code: string } | null }[]
const formal = { template: 'FORMAL_NOTICE' }
const two = [
  { openMinor: 10_000n, daysOverdue: 3 },
  { openMinor: 5_000n, daysOverdue: 40 },
] as const

/** As the rules of a client would propose it, in a transaction of the service. */
const byRules = command({
  name: 'test.proposeByRules',
  permission: 'notice:propose',
  refusals: [],
  scope: ({
    clientId,
  }: {
    clientId: string
    customerId: string
    lines: readonly { openItemId: string; templateCode: string }[]
  }) => ({ clientId }),
  run: async (write, { customerId, lines }) => ({
    out: await proposeLines(write, { customerId, lines, isAutomatic: true, channel: null }),
  }),
})
const proposeByRules = (client: TestClient, customer: Row, lines: readonly [Row, string][]) =>
  world.asService(client, (tx) =>
    perform(tx, byRules, {
      clientId: client.id,
      customerId: customer.id,
      lines: lines.map(([{ id }, templateCode]) => ({ openItemId: id, templateCode })),
    }),
  )

describe('proposing a notice', () => {
  it('takes everything that is overdue, and of a statement everything that is open', async () => {
    const { client } = await aSendingClient()
    const facts = {
      items: [
        ...two,
        { openMinor: 700n, daysOverdue: -20 },
        { openMinor: 900n, isDisputed: true },
        { kind: 'CREDIT_MEMO', openMinor: -50n },
      ] as const,
    }
    const reminded = await aDebtor(client, facts)
    await asOwner('update open_item set due_on = $2 where client_id = $1 and open_minor = 700', [client.id, day(20)])
    shown(await propose(client.analyst, reminded.customer))
    expect((await linesOf(client)).map(({ proposed_minor }) => proposed_minor).sort()).toEqual([10_000n, 5_000n].sort())
    const stated = await aDebtor(client, facts)
    shown(await propose(client.analyst, stated.customer, { template: 'STATEMENT' }))
    expect((await linesOf(client)).map(({ proposed_minor }) => Number(proposed_minor)).sort()).toEqual([
      10_000, 10_000, 5_000, 5_000, 700,
    ])
  })

  it('adds to the one that waits for the same contact, under the highest level, and each line keeps its own', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const [first, second] = items as [Row, Row]
    const one = shown(await propose(client.analyst, customer, { ...formal, openItems: [first.gid] }))
    const same = shown(await propose(client.lead, customer, { openItems: [second.gid] }))
    expect(same).toMatchObject({ id: one.id, state: 'PROPOSED', level: 3, template: 'FORMAL_NOTICE' })
    const levels = new Map((await linesOf(client)).map(({ open_item_id, level }) => [open_item_id, level]))
    expect([levels.get(first.id), levels.get(second.id)]).toEqual([3, 1])
    // A firmer word for an item that is on it already makes all of it firmer.
    const firmer = shown(await propose(client.lead, customer, { template: 'FINAL_DEMAND', openItems: [second.gid] }))
    expect(firmer).toMatchObject({ id: one.id, level: 4 })
    await approve(await other(client), client, [firmer])
    await runDue(client)
    expect(world.office().received).toHaveLength(1)
  })

  it('is one notice, however many propose at once', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: [...two, { openMinor: 300n }, { openMinor: 400n }] })
    const all = await Promise.all(items.map(({ gid }) => propose(client.analyst, customer, { ...formal, openItems: [gid] })))
    expect(new Set(all.map((one) => shown(one).id)).size).toBe(1)
    expect(await linesOf(client)).toHaveLength(4)
  })

  it('is refused while another is on its way, and for the rest of the day on which one was sent', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client)
    shown(await propose(client.analyst, customer))
    expect(await propose(client.analyst, customer)).toMatchObject({ code: 'ALREADY_NOTIFIED' })
    await runDue(client)
    expect(await propose(client.analyst, customer)).toMatchObject({ code: 'ALREADY_NOTIFIED' })
    turnTo(at(1))
    expect(shown(await propose(client.analyst, customer))).toMatchObject({ state: 'APPROVED' })
    await runDue(client)
    expect((await noticesOf(client)).map(({ state }) => state)).toEqual(['SENT', 'SENT'])
  })

  it('of another kind is refused while one waits: a reminder does not name what is not due', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    await asOwner('update open_item set due_on = $2 where client_id = $1 and open_minor = 5000', [client.id, day(0)])
    shown(await propose(client.analyst, customer, formal))
    expect(await linesOf(client)).toHaveLength(1)
    expect(await propose(client.analyst, customer, { template: 'STATEMENT' })).toMatchObject({ code: 'ALREADY_NOTIFIED' })
    const notDue = items[1] as Row
    expect(await propose(client.analyst, customer, { openItems: [notDue.gid] })).toMatchObject({ code: 'NOTHING_OWED' })
  })

  it('goes by a template of the rules in force, where that of a line that waits is gone', async () => {
    const { client, publish } = await aSendingClient()
    const { customer, items } = await aDebtor(client)
    shown(await propose(client.analyst, customer, { template: 'FINAL_DEMAND' }))
    const only = { code: 'ONLY', level: 2, subject: 's', paragraphs: ['{{lines}}'], closing: 'c', approvalFrom: '0' }
    await publish({ templates: [only] }, 'NOTICE', 1)
    expect(shown(await propose(client.lead, customer, { template: 'ONLY', openItems: [items[0]?.gid] }))).toMatchObject({
      level: 2,
      template: 'ONLY',
    })
    expect(await linesOf(client)).toMatchObject([{ template_code: 'ONLY', level: 2 }])
  })

  it('answers a repeated key with the same notice, and a dry run with nothing', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client)
    expect(shown(await propose(client.analyst, customer, { dryRun: true }))).toMatchObject({ state: 'APPROVED' })
    expect(await noticesOf(client)).toEqual([])
    const [one, same] = [
      await propose(client.analyst, customer, { idempotencyKey: 'k' }),
      await propose(client.analyst, customer, { idempotencyKey: 'k' }),
    ]
    expect(shown(same).id).toBe(shown(one).id)
    expect(await noticesOf(client)).toHaveLength(1)
    expect(await jobsOf(client, 'notice.send')).toHaveLength(1)
  })

  it.each([
    ['a template that the client does not have', { template: 'NONE' }, 'NOT_FOUND'],
    ['an item of nobody', { openItems: ['x'] }, 'NOT_FOUND'],
    ['no items', { openItems: [] }, 'NOTHING_OWED'],
    ['a letter to somebody without a postal address', { channel: 'LETTER' }, 'UNDELIVERABLE'],
  ])('refuses %s, and keeps nothing', async (_case, facts, code) => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client)
    expect(await propose(client.analyst, customer, facts)).toMatchObject({ code })
    expect(await noticesOf(client)).toEqual([])
    expect(await told(client)).toEqual([])
  })

  it('refuses what is paid, disputed or another’s', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, {
      items: [
        { openMinor: 500n, settledDaysLate: 2 },
        { openMinor: 500n, isDisputed: true },
      ],
    })
    const stranger = await aDebtor(client)
    expect(await propose(client.analyst, customer, { openItems: items.map(({ gid }) => gid) })).toMatchObject({
      code: 'NOTHING_OWED',
    })
    expect(await propose(client.analyst, customer, { openItems: [stranger.items[0]?.gid] })).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('is for those who work the client alone', async () => {
    const { client } = await aSendingClient()
    const elsewhere = await aClient()
    const { customer } = await aDebtor(client)
    for (const who of [client.portal, client.integration, client.stranger, elsewhere.analyst])
      expect(await propose(who, customer)).toMatchObject({ code: 'NOT_FOUND' })
    const notice = shown(await propose(client.analyst, customer, formal))
    for (const who of [client.analyst, client.stranger])
      expect(await approve(who, client, [notice])).toMatchObject({ code: 'NOT_FOUND' })
    expect(await theNotice(client)).toMatchObject({ state: 'PROPOSED' })
  })
})

/** Another lead of the client. */
const other = async (client: TestClient) => {
  const person = await aPerson(client.provider.id, 'PERSON', 'lead')
  await grant(client, person, 'LEAD')
  return person
}

describe('a proposal of the service', () => {
  it('takes lines of several levels at once, and an item that stands twice by the firmer of them', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const [first, second] = items as [Row, Row]
    const lines: readonly [Row, string][] = [
      [first, 'FRIENDLY_REMINDER'],
      [second, 'SECOND_NOTICE'],
      [first, 'FORMAL_NOTICE'],
    ]
    expect(await proposeByRules(client, customer, lines)).toMatchObject({ out: { isApproved: false } })
    expect(await theNotice(client)).toMatchObject({ level: 3, template_code: 'FORMAL_NOTICE', is_automatic: true })
    const levels = new Map((await linesOf(client)).map(({ open_item_id, level }) => [open_item_id, level]))
    expect([levels.get(first.id), levels.get(second.id)]).toEqual([3, 2])
  })

  it('of what is overdue and of what is open is not one', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const [first, second] = items as [Row, Row]
    const proposed = await proposeByRules(client, customer, [
      [first, 'FRIENDLY_REMINDER'],
      [second, 'STATEMENT'],
    ])
    expect(proposed).toMatchObject({ out: { code: 'INVALID_INPUT' } })
    expect(await noticesOf(client)).toEqual([])
  })
})

describe('who is written to', () => {
  const contacts = async (client: TestClient, customer: Row, list: readonly object[]) => {
    for (const facts of list) await run(client, 'addContact', { customer: customer.gid, ...facts })
  }

  it('is accounts payable before anybody else, by mail before a letter', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client, { contact: { name: 'A first', role: 'CEO' } })
    await contacts(client, customer, [
      { name: 'Z', role: 'Accounts Payable', email: 'z@debtor.example' },
      { name: 'M', role: 'AP', postalAddress: 'Street 1\nTown' },
    ])
    await propose(client.analyst, customer)
    await runDue(client)
    expect(world.office().received[0]?.to).toEqual(['z@debtor.example'])
  })

  it('gets a letter where no mail address is usable', async () => {
    const { client } = await aSendingClient()
    const { customer, contact } = await aDebtor(client, { contact: { postalAddress: 'Street 1\nTown' } })
    await run(client, 'recordBounce', { contact, expectedVersion: 1 })
    expect(shown(await propose(client.analyst, customer))).toMatchObject({ channel: 'LETTER' })
  })

  it('is nobody where there is no way, and the refusal says what to do', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client, { contact: null })
    expect(await propose(client.analyst, customer)).toMatchObject({
      code: 'UNDELIVERABLE',
      message: 'the customer has no contact that is in use today: add one with a mail or postal address',
    })
    await contacts(client, customer, [{ name: 'Phone only', phone: '1' }])
    expect(await propose(client.analyst, customer)).toMatchObject({ message: expect.stringContaining('verify or add one') })
  })
})

describe('approval', () => {
  it('is never of whoever proposed a line of it by hand', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const [first, second] = items as [Row, Row]
    await propose(client.analyst, customer, { ...formal, openItems: [first.gid] })
    const notice = shown(await propose(client.lead, customer, { ...formal, openItems: [second.gid] }))
    const [own] = outcomesOf(await approve(client.lead, client, [notice]))
    expect(own).toMatchObject({ refusal: { code: 'OWN_NOTICE' }, notice: { state: 'PROPOSED' } })
    const [done] = outcomesOf(await approve(await other(client), client, [notice]))
    expect(done).toMatchObject({ refusal: null, notice: { state: 'APPROVED' } })
  })

  it('is not of whoever proposed it first, though their own line is off it again', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const [first, second] = items as [Row, Row]
    await propose(client.lead, customer, { ...formal, openItems: [first.gid] })
    const both = shown(await propose(client.analyst, customer, { ...formal, openItems: [second.gid] }))
    const off = { notice: both.id, openItem: first.gid, expectedVersion: both.version, reason: 'a slip' }
    const left = shown(await runAs(client.analyst, 'withdrawNoticeLine', off, 'notice { id version state }'))
    expect(outcomesOf(await approve(client.lead, client, [left]))).toMatchObject([{ refusal: { code: 'OWN_NOTICE' } }])
  })

  it('of what the rules proposed is anybody’s who may approve', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client)
    const proposed = await proposeByRules(client, customer, [[items[0] as Row, 'FORMAL_NOTICE']])
    expect(proposed).toMatchObject({ out: { isApproved: false } })
    const { id, version } = await theNotice(client)
    const [done] = outcomesOf(await approve(client.lead, client, [{ id: gidOf(client, 'Notice', id), version }]))
    expect(done).toMatchObject({ refusal: null })
    expect(await theNotice(client)).toMatchObject({ is_automatic: true, approved_by: client.lead.name })
  })

  it('takes several, and each has an outcome of its own', async () => {
    const { client } = await aSendingClient()
    const debtors = [await aDebtor(client), await aDebtor(client), await aDebtor(client)]
    const [a, b, c] = await Promise.all(
      debtors.map(async ({ customer }) => shown(await propose(client.analyst, customer, formal))),
    )
    await runAs(client.lead, 'rejectNotice', { notice: b?.id, expectedVersion: b?.version, reason: 'they called' })
    const asked = [
      a as Shown,
      { ...(b as Shown), version: 2 },
      { ...(c as Shown), version: 7 },
      { id: gidOf(client, 'Notice'), version: 1 } as Shown,
    ]
    const outcomes = outcomesOf(await approve(client.lead, client, asked))
    expect(outcomes.map(({ refusal }) => refusal?.code ?? null)).toEqual([null, 'ILLEGAL_MOVE', 'VERSION_CONFLICT', 'NOT_FOUND'])
    expect((await noticesOf(client)).map(({ state }) => state).sort()).toEqual(['APPROVED', 'PROPOSED', 'REJECTED'])
  })

  it('of two at once is given by one, and one mail leaves', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client)
    const notice = shown(await propose(client.analyst, customer, formal))
    const second = await other(client)
    const both = await Promise.all([client.lead, second].map((who) => approve(who, client, [notice])))
    expect(
      both
        .flatMap((one) => outcomesOf(one))
        .map(({ refusal }) => refusal?.code ?? 'done')
        .sort(),
    ).toEqual(['VERSION_CONFLICT', 'done'])
    await runDue(client, { times: 5 })
    expect(world.office().received).toHaveLength(1)
    expect((await told(client)).filter((name) => name === 'notice.approved')).toHaveLength(1)
  })

  it('is wanted from the amount on that the client’s rules name', async () => {
    const reminder = {
      code: 'REMINDER',
      level: 1,
      subject: '{{total}}',
      paragraphs: ['{{lines}}'],
      closing: 'x',
      approvalFrom: '100.00',
    }
    const { client } = await aSendingClient({ templates: [reminder] })
    const small = await aDebtor(client, { items: [{ openMinor: 9_999n }] })
    const large = await aDebtor(client, { items: [{ openMinor: 10_000n }] })
    const unweighed = await aDebtor(client, { items: [{ openMinor: 1n, currency: 'EUR' }] })
    const states = []
    for (const { customer } of [small, large, unweighed])
      states.push(shown(await propose(client.analyst, customer, { template: 'REMINDER' })).state)
    expect(states).toEqual(['APPROVED', 'PROPOSED', 'PROPOSED'])
  })
})

describe('a line', () => {
  it('is taken off by hand, and with the last one the notice is withdrawn', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const [first, second] = items as [Row, Row]
    const notice = shown(await propose(client.analyst, customer, formal))
    const off = (item: Row, expectedVersion: number) =>
      runAs(
        client.analyst,
        'withdrawNoticeLine',
        { notice: notice.id, openItem: item.gid, expectedVersion, reason: 'disputed by phone' },
        'notice { id version state }',
      )
    const left = shown(await off(first, notice.version))
    expect(left.state).toBe('PROPOSED')
    expect(await off(first, left.version)).toMatchObject({ code: 'NOT_FOUND' })
    expect(shown(await off(second, left.version))).toMatchObject({ state: 'WITHDRAWN' })
    expect(await off(second, left.version + 1)).toMatchObject({ code: 'ILLEGAL_MOVE' })
    expect((await linesOf(client)).map(({ withdrawn_reason }) => withdrawn_reason)).toEqual(['BY_HAND', 'BY_HAND'])
    // Nothing waits any more, so another may be proposed.
    expect(shown(await propose(client.analyst, customer, formal)).id).not.toBe(notice.id)
  })

  it('that was proposed again is back', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const [first] = items as [Row, Row]
    const notice = shown(await propose(client.analyst, customer, formal))
    await run(client, 'withdrawNoticeLine', {
      notice: notice.id,
      openItem: first.gid,
      expectedVersion: notice.version,
      reason: 'a slip',
    })
    await propose(client.analyst, customer, { ...formal, openItems: [first.gid] })
    expect((await linesOf(client)).map(({ withdrawn_reason }) => withdrawn_reason)).toEqual([null, null])
  })
})

describe('a rejected notice', () => {
  it('that was approved and waits is not sent', async () => {
    const { client } = await aSendingClient()
    const { customer } = await aDebtor(client)
    const notice = shown(await propose(client.analyst, customer))
    expect(
      await runAs(client.lead, 'rejectNotice', { notice: notice.id, expectedVersion: notice.version, reason: 'they called' }),
    ).toMatchObject({
      __typename: 'RejectNoticePayload',
    })
    expect(await runDue(client)).toEqual(['DONE'])
    expect(world.office().received).toEqual([])
    expect(await theNotice(client)).toMatchObject({ state: 'REJECTED', end_reason: 'they called' })
  })
})

describe('reading notices', () => {
  it('finds them by client, customer, item and state, with what they say', async () => {
    const { client } = await aSendingClient()
    const { customer, items } = await aDebtor(client, { items: two })
    const another = await aDebtor(client)
    await propose(client.analyst, customer, { openItems: [items[0]?.gid] })
    await propose(client.analyst, another.customer, formal)
    await runDue(client)
    await pay(client, another.customer, another.items[0] as Row, '40.00', day(0))
    const nodes =
      '{ edges { node { state preview { isFinal subject pdfPath } lines(first: 5) { edges { node { proposedAmount { amount } sentAmount { amount } } } } } } }'
    const { data, errors } = await world.read<Record<'client' | 'customer' | 'item', Record<string, object>>>(
      client.analyst,
      `query ($client: ID!, $customer: ID!, $other: ID!, $item: ID!) {
        client(id: $client) { sent: notices(state: SENT, first: 5) ${nodes} theirs: notices(customer: $other, first: 5) ${nodes} }
        customer: node(id: $customer) { ... on Customer { notices(first: 5) ${nodes} } }
        item: node(id: $item) { ... on OpenItem { notices(first: 5) ${nodes} } } }`,
      { client: client.gid, customer: customer.gid, other: another.customer.gid, item: items[0]?.gid },
    )
    expect(errors).toBeUndefined()
    const sent = {
      state: 'SENT',
      preview: {
        isFinal: true,
        subject: expect.stringContaining('100.00 USD'),
        pdfPath: expect.stringMatching(/^\/notices\/\S+\.pdf$/),
      },
      lines: { edges: [{ node: { proposedAmount: { amount: '100.00' }, sentAmount: { amount: '100.00' } } }] },
    }
    const proposed = { state: 'PROPOSED', preview: { isFinal: false, subject: expect.stringContaining('60.00 USD') } }
    expect(data?.client).toMatchObject({ sent: { edges: [{ node: sent }] }, theirs: { edges: [{ node: proposed }] } })
    expect(data?.customer).toMatchObject({ notices: { edges: [{ node: sent }] } })
    expect(data?.item).toMatchObject({ notices: { edges: [{ node: sent }] } })
  })
})

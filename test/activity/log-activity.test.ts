import { describe, expect, it } from 'vitest'
import { done, expectTurnedAway, refused, told } from '../cash/answers.ts'
import { aKey, auditsOf, claimedBy, eventsOf, gidOf } from '../cash/world.ts'
import { LogActivityDocument, type LogActivityInput } from '../generated/operations.ts'
import { aClient, aCustomer, anItem, aPerson, asOwner, grant, rowsOf } from '../harness/index.ts'
import { aCall, aContact, aDesk, log, minutesAgo, rule } from './world.ts'

describe('logActivity', () => {
  it('keeps what was told, who told it, and by which rules it was judged', async () => {
    const { client, customer, contact, item, second } = await aDesk()
    const happenedAt = minutesAgo(30)
    const activity = await log(
      client.analyst,
      aCall(customer, {
        happenedAt,
        contact: contact.gid,
        openItems: [item.gid, second.gid, item.gid],
        disposition: 'SPOKE',
        nonPaymentReason: 'CASH_FLOW',
        rightParty: 'YES',
        summary: 'Waits for a customer of its own',
      }),
    )
    expect(activity).toMatchObject({
      version: 1,
      kind: 'CALL',
      direction: 'OUTBOUND',
      happenedAt,
      disposition: 'SPOKE',
      nonPaymentReason: 'CASH_FLOW',
      rightParty: 'YES',
      isReached: null,
      isAutomated: false,
      summary: 'Waits for a customer of its own',
      policyVersion: 0,
      loggedBy: client.analyst.name,
      customer: { id: customer.gid },
      contact: { id: contact.gid },
    })
    expect(new Set(activity.openItems.edges.map(({ node }) => node.id))).toEqual(new Set([item.gid, second.gid]))
    expect(activity.openItems.edges).toHaveLength(2)
    const [row] = await rowsOf(client, 'activity')
    expect(activity.id).toBe(gidOf(client, 'Activity', String(row?.id)))
    expect(row).toMatchObject({ principal_id: client.analyst.id, version: 1 })
    expect(await rowsOf(client, 'activity_version')).toMatchObject([{ activity_id: row?.id, version: 1, reason: null }])
    expect((await eventsOf(client, 'work')).filter(({ name }) => name.startsWith('activity.'))).toEqual([
      { name: 'activity.logged', payload: { activityId: row?.id, customerIds: [customer.id] } },
    ])
    expect(await auditsOf(client)).toMatchObject([{ command: 'activity.logActivity', principal_id: client.analyst.id }])
  })

  it.each<[string, Partial<LogActivityInput>]>([
    ['a call of the customer', { direction: 'INBOUND' }],
    ['a mail', { kind: 'MAIL' }],
    ['a letter', { kind: 'LETTER' }],
    ['a note, which nobody began', { kind: 'NOTE', direction: null, summary: 'moves in june' }],
  ])('takes %s, of this very moment where no other is said', async (_case, facts) => {
    const { client, customer } = await aDesk()
    const before = Date.now()
    const activity = await log(client.lead, aCall(customer, facts))
    expect(Date.parse(activity.happenedAt)).toBeGreaterThanOrEqual(before - 1)
    expect(activity).toMatchObject({
      kind: facts.kind ?? 'CALL',
      direction: facts.direction === undefined ? 'OUTBOUND' : facts.direction,
    })
  })

  it('takes items of customers that the one called may pay for', async () => {
    const { client, customer } = await aDesk()
    const child = await aCustomer(client)
    const owed = await anItem(client, child, { openMinor: 700n })
    const input = () => aCall(customer, { openItems: [owed.gid] })
    expect(await refused(client, LogActivityDocument, input())).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'openItems'] })
    await asOwner('update customer set parent_id = $3 where client_id = $1 and id = $2', [client.id, child.id, customer.id])
    expect((await log(client.analyst, input())).openItems.edges.map(({ node }) => node.id)).toEqual([owed.gid])
  })

  it('answers the same key again, and does it once, however many ask at once', async () => {
    const { client, customer } = await aDesk()
    const input = aCall(customer, { summary: 'once' })
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => done(client.analyst, LogActivityDocument, input)))
    expect(new Set(outcomes.map(({ activity }) => activity.id)).size).toBe(1)
    expect(await rowsOf(client, 'activity')).toHaveLength(1)
    const other = await refused(client, LogActivityDocument, { ...input, summary: 'twice' })
    expect(other).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' })
  })

  it.each<[string, Partial<LogActivityInput>, readonly string[]]>([
    ['what has not happened yet', { happenedAt: minutesAgo(-5) }, ['input', 'happenedAt']],
    ['a call that nobody began', { direction: null }, ['input', 'direction']],
    ['a note that somebody began', { kind: 'NOTE', summary: 'x' }, ['input', 'direction']],
    ['a code that is no code', { disposition: 'spoke to her' }, ['input', 'disposition']],
    ['a reason that is no code', { nonPaymentReason: '' }, ['input', 'nonPaymentReason']],
    ['a summary that is a book', { summary: 'x'.repeat(4_001) }, ['input', 'summary']],
    ['a key that is blank', { idempotencyKey: ' ' }, ['input', 'idempotencyKey']],
  ])('refuses %s, and says where', async (_case, facts, path) => {
    const { client, customer } = await aDesk()
    expect(await refused(client, LogActivityDocument, aCall(customer, facts))).toMatchObject({ code: 'INVALID_INPUT', path })
  })

  it('refuses more items than fifty, the contact of another customer, and rows of another client', async () => {
    const { client, customer, item } = await aDesk()
    const elsewhere = await aDesk()
    const other = await aContact(client, await aCustomer(client))
    const cases: [Partial<LogActivityInput>, string][] = [
      [{ openItems: Array.from({ length: 51 }, () => item.gid) }, 'INVALID_INPUT'],
      [{ contact: other.gid }, 'NOT_FOUND'],
      [{ contact: elsewhere.contact.gid }, 'NOT_FOUND'],
      [{ contact: claimedBy(client, 'Contact', elsewhere.contact) }, 'NOT_FOUND'],
      [{ openItems: [item.gid, elsewhere.item.gid] }, 'NOT_FOUND'],
      [{ openItems: [item.gid, claimedBy(client, 'Invoice', elsewhere.item)] }, 'NOT_FOUND'],
      [{ customer: claimedBy(client, 'Customer', elsewhere.customer) }, 'NOT_FOUND'],
    ]
    for (const [facts, code] of cases)
      expect(await refused(client, LogActivityDocument, aCall(customer, facts)), JSON.stringify(facts)).toMatchObject({ code })
  })

  it('is for those who work the client: nobody else, and no integration', async () => {
    const { client, customer } = await aDesk()
    const nowhere = aCall({ id: '', gid: gidOf(client, 'Customer') })
    await expectTurnedAway(client, LogActivityDocument, { input: aCall(customer), nowhere })
    expect(await refused(client, LogActivityDocument, aCall(customer), client.integration)).toMatchObject({ code: 'NOT_FOUND' })
    const auditor = await aPerson(client.provider.id, 'PERSON', 'auditor')
    await grant(client, auditor, 'AUDITOR')
    expect(await refused(client, LogActivityDocument, aCall(customer), auditor)).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the rules of a client', () => {
  const templates = {
    kinds: { CALL: { required: ['DISPOSITION', 'RIGHT_PARTY'], noteLengthMin: 10 } },
    dispositions: [
      { code: 'SPOKE', label: 'Spoke to somebody', isReached: true },
      { code: 'NO_ANSWER', label: 'Nobody answered', isReached: false },
    ],
  }

  it('of one client refuse a call without a disposition that another’s let through', async () => {
    const [strict, easy] = [await aDesk(), await aDesk()]
    await rule(strict, templates)
    const outcome = await refused(strict.client, LogActivityDocument, aCall(strict.customer, { summary: 'no answer' }))
    expect(outcome).toMatchObject({
      __typename: 'IncompleteActivity',
      code: 'INCOMPLETE_ACTIVITY',
      path: ['input'],
      policyVersion: 1,
      problems: [
        { field: 'DISPOSITION', problem: 'MISSING' },
        { field: 'RIGHT_PARTY', problem: 'MISSING' },
        { field: 'SUMMARY', problem: 'TOO_SHORT', rule: 'at least 10 characters' },
      ],
    })
    expect(outcome.message).toContain('SPOKE (Spoke to somebody)')
    expect(await log(easy.client.analyst, aCall(easy.customer, { summary: 'no answer' }))).toMatchObject({ policyVersion: 0 })
  })

  it('judge by the version in force, which the activity keeps, and say whether somebody was reached', async () => {
    const desk = await aDesk()
    await rule(desk, templates)
    const facts = { rightParty: 'NO' as const, summary: 'the telephone rang' }
    const first = await log(desk.client.analyst, aCall(desk.customer, { ...facts, disposition: 'NO_ANSWER' }))
    expect(first).toMatchObject({ policyVersion: 1, isReached: false })
    await rule(desk, { ...templates, dispositions: templates.dispositions.slice(0, 1) }, { expectedVersion: 1 })
    const late = aCall(desk.customer, { ...facts, disposition: 'NO_ANSWER' })
    expect(await refused(desk.client, LogActivityDocument, late)).toMatchObject({
      path: ['input', 'disposition'],
      policyVersion: 2,
      problems: [{ field: 'DISPOSITION', problem: 'NOT_ALLOWED' }],
    })
    const second = await log(desk.client.analyst, aCall(desk.customer, { ...facts, disposition: 'SPOKE' }))
    expect(second).toMatchObject({ policyVersion: 2, isReached: true })
  })

  it('of one client’s kind ask nothing of another kind, and nothing of another client', async () => {
    const desk = await aDesk()
    await rule(desk, templates)
    expect(await log(desk.client.analyst, aCall(desk.customer, { kind: 'MAIL' }))).toMatchObject({ policyVersion: 1 })
    const stranger = await aClient()
    const theirs = aCall(await aCustomer(stranger), { idempotencyKey: aKey() })
    expect(await told(stranger.analyst, LogActivityDocument, theirs)).toMatchObject({ __typename: 'LogActivityPayload' })
  })
})

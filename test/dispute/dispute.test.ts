import { describe, expect, it } from 'vitest'
import { escalateDue } from '../../src/flows/escalate-disputes.ts'
import { decodeGlobalId } from '../../src/kernel/ids.ts'
import { legalMoves, mayMove } from '../../src/kernel/state-machine.ts'
import { disputeMachine, disputeStates } from '../../src/modules/dispute/dispute-states.ts'
import { decide, requestsOf } from '../approval/deciding.ts'
import { aPerson, asOwner, grant, jobsOf, rowsOf } from '../harness/index.ts'
import { toCollect, usd } from '../promise/world.ts'
import { aDisputeWorld, asked, drifted, sums } from './world.ts'

const world = aDisputeWorld()
const { run, done, aLedger, ledger, open, approved, caseNow, pay, undo, at, day, turnTo } = world

describe('a dispute', () => {
  it('takes what is disputed of an item out of what is to be collected, at once, and the rest stays in it', async () => {
    const { client, customer, first } = await aLedger()
    expect(await toCollect(client, customer)).toBe('20000')
    const made = await open(client, customer, [[first, '30.00']])
    expect(made).toMatchObject({ state: 'OPEN', version: 1, isCollected: false, coordinator: { name: client.analyst.name } })
    expect(sums(made)).toEqual(['30.00', '30.00', '0.00', '0.00', '0.00', '0.00'])
    expect(await toCollect(client, customer)).toBe('17000')
    const { data } = await world.read<{ node: object }>(
      client.analyst,
      `{ node(id: "${first.gid}") { ... on Invoice { isDisputed disputedAmount { amount } dispute { id } } } }`,
    )
    expect(data?.node).toEqual({ isDisputed: true, disputedAmount: { amount: '30.00' }, dispute: { id: made.id } })
    await done(client.analyst, 'voidDispute', { dispute: made.id, expectedVersion: 1, reason: 'it was another customer' })
    expect(await toCollect(client, customer)).toBe('20000')
    expect(await drifted(client)).toEqual([])
  })

  it('leaves only what is undisputed to be promised and planned', async () => {
    const { client, customer, first } = await aLedger()
    await open(client, customer, [[first, '30.00']])
    const promised = { openItem: first.gid, amount: usd('70.01'), promisedOn: day(3) }
    expect(await world.runAs(client.analyst, 'recordPromise', promised)).toMatchObject({ __typename: 'OverPromised' })
    await world.promise(client, first, '70.00', day(3))
  })

  it('of which its reason says that it is collected stays in what is to be collected', async () => {
    const { client, customer, first } = await aLedger()
    const made = await open(client, customer, [[first, null]], { reason: 'PAID' })
    expect(made).toMatchObject({ isCollected: true, reason: 'PAID', category: 'PAYMENT', deadlineOn: day(10) })
    expect(await toCollect(client, customer)).toBe('20000')
    // Triaged by another reason it is not.
    const triage = { dispute: made.id, expectedVersion: 1, reason: 'QUANTITY', rootCause: 'CARRIER' }
    expect(await done(client.analyst, 'triageDispute', triage)).toMatchObject({
      ...{ state: 'TRIAGED', isCollected: false, department: 'Logistics', rootCause: 'CARRIER', deadlineOn: day(30) },
      missingEvidence: ['POD'],
    })
    expect(await toCollect(client, customer)).toBe('10000')
  })

  it('is one at a time for an item, whoever opens two at once, and says which', async () => {
    const { client, customer, first, second } = await aLedger()
    const outs = await Promise.all(
      [first, first].map((item) =>
        run(
          client.analyst,
          'openDispute',
          asked(customer, [
            [item, '10.00'],
            [second, null],
          ]),
        ),
      ),
    )
    expect(outs.map(({ __typename }) => __typename).sort()).toEqual(['AlreadyDisputed', 'OpenDisputePayload'])
    expect(await rowsOf(client, 'dispute')).toHaveLength(1)
  })

  it('opened twice under one key is one', async () => {
    const { client, customer, first } = await aLedger()
    const input = asked(customer, [[first, null]])
    const [one, other] = await Promise.all([
      done(client.analyst, 'openDispute', input),
      done(client.analyst, 'openDispute', input),
    ])
    expect(other.id).toBe(one.id)
  })

  it('is of no more than is open, in one currency, and of whoever owes it', async () => {
    const { client, customer, first } = await aLedger()
    expect(await run(client.analyst, 'openDispute', asked(customer, [[first, '100.01']]))).toMatchObject({
      __typename: 'OverDisputed',
      path: ['input', 'items', '0', 'amount'],
    })
    const other = await aLedger()
    expect(await run(client.analyst, 'openDispute', asked(customer, [[other.first, null]]))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await run(client.portal, 'openDispute', asked(customer, [[first, null]]))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await rowsOf(client, 'dispute')).toEqual([])
  })
})

describe('a resolution', () => {
  it('is approved by somebody else, waits for the ledger, and is resolved the moment it shows there', async () => {
    const { client, customer, first } = await aLedger()
    const made = await open(client, customer, [[first, '30.00']])
    const ready = await approved(client, made, 'CREDIT_MEMO')
    const waits = await done(client.analyst, 'awaitPosting', { dispute: made.id, expectedVersion: ready.version })
    expect(waits).toMatchObject({ state: 'AWAITING_POSTING', outcome: 'CREDIT_MEMO' })
    expect(await toCollect(client, customer)).toBe('17000')
    await ledger(client, { D1: '70.00' })
    const resolved = await caseNow(client, made.id)
    expect(resolved).toMatchObject({ state: 'RESOLVED', legalMoves: ['unsettle', 'close'] })
    expect(sums(resolved)).toEqual(['30.00', '0.00', '0.00', '30.00', '0.00', '0.00'])
    expect(await toCollect(client, customer)).toBe('17000')
    const closed = await done(client.analyst, 'closeDispute', { dispute: made.id, expectedVersion: resolved.version })
    expect(closed).toMatchObject({ state: 'CLOSED', wasOpenedInError: false, legalMoves: ['reopen'] })
    expect((closed.history as { kind: string }[]).map(({ kind }) => kind)).toEqual([
      ...['OPENED', 'TRIAGED', 'REVIEW_STARTED', 'RESOLUTION_PROPOSED', 'RESOLUTION_APPROVED', 'POSTING_AWAITED', 'SETTLED'],
      'CLOSED',
    ])
    expect(await drifted(client)).toEqual([])
  })

  it('that the ledger takes back waits again', async () => {
    const { client, customer, first } = await aLedger()
    const made = await open(client, customer, [[first, '30.00']])
    const ready = await approved(client, made, 'WRITE_OFF')
    await done(client.analyst, 'awaitPosting', { dispute: made.id, expectedVersion: ready.version })
    await ledger(client, { D1: '70.00' })
    expect(sums(await caseNow(client, made.id))).toEqual(['30.00', '0.00', '0.00', '0.00', '30.00', '0.00'])
    await ledger(client, { D1: '100.00' })
    const again = await caseNow(client, made.id)
    expect(again).toMatchObject({ state: 'AWAITING_POSTING' })
    expect(sums(again)).toEqual(['30.00', '30.00', '0.00', '0.00', '0.00', '0.00'])
    expect(await toCollect(client, customer)).toBe('17000')
  })

  it('by which the customer pays has it collected again, and is resolved by the payment', async () => {
    const { client, customer, first } = await aLedger()
    const made = await open(client, customer, [[first, null]])
    const ready = await approved(client, made, 'CUSTOMER_PAYS')
    expect(await toCollect(client, customer)).toBe('10000')
    await done(client.analyst, 'awaitPosting', { dispute: made.id, expectedVersion: ready.version })
    expect(await toCollect(client, customer)).toBe('20000')
    const payment = await pay(client, customer, first, '100.00', day(0))
    expect(await caseNow(client, made.id)).toMatchObject({ state: 'RESOLVED' })
    await undo(client, payment)
    expect(await caseNow(client, made.id)).toMatchObject({ state: 'AWAITING_POSTING' })
    expect(await drifted(client)).toEqual([])
  })

  it('that gives a part gives in the rest, which is owed again', async () => {
    const { client, customer, first } = await aLedger()
    const made = await open(client, customer, [[first, '30.00']])
    const ready = await approved(client, made, 'PARTIAL_CREDIT', { amount: usd('20.00') })
    const waits = await done(client.analyst, 'awaitPosting', { dispute: made.id, expectedVersion: ready.version })
    expect(sums(waits)).toEqual(['20.00', '20.00', '0.00', '0.00', '0.00', '0.00'])
    expect(await toCollect(client, customer)).toBe('18000')
    await ledger(client, { D1: '80.00' })
    expect(await caseNow(client, made.id)).toMatchObject({ state: 'RESOLVED' })
  })

  it.each(['WITHDRAWN', 'DUPLICATE'])('of %s needs nothing of the ledger, and gives everything in', async (outcome) => {
    const { client, customer, first } = await aLedger()
    const made = await open(client, customer, [[first, '30.00']])
    const ready = await approved(client, made, outcome)
    const over = await done(client.analyst, 'awaitPosting', { dispute: made.id, expectedVersion: ready.version })
    expect(over).toMatchObject({ state: 'RESOLVED' })
    expect(await toCollect(client, customer)).toBe('20000')
    // Closed and begun anew, it is disputed as before.
    const closed = await done(client.analyst, 'closeDispute', { dispute: made.id, expectedVersion: over.version })
    turnTo(at(3))
    const anew = { dispute: made.id, expectedVersion: closed.version, reason: 'they dispute it again' }
    const reopened = await done(client.analyst, 'reopenDispute', anew)
    expect(reopened).toMatchObject({ state: 'REOPENED', reopened: 1, deadlineOn: day(33), outcome: null })
    expect(sums(reopened)).toEqual(['30.00', '30.00', '0.00', '0.00', '0.00', '0.00'])
    expect(await drifted(client)).toEqual([])
  })

  it('that is rejected goes back into review, and whoever proposed it cannot approve it', async () => {
    const { client, customer, first } = await aLedger()
    const made = await open(client, customer, [[first, null]])
    await done(client.lead, 'triageDispute', { dispute: made.id, expectedVersion: 1, reason: 'TAX' })
    await done(client.lead, 'startReview', { dispute: made.id, expectedVersion: 2 })
    const proposal = { dispute: made.id, expectedVersion: 3, outcome: 'CREDIT_MEMO', note: 'wrong rate' }
    expect(await done(client.lead, 'proposeResolution', proposal)).toMatchObject({ state: 'PROPOSED_RESOLUTION' })
    const [request] = await requestsOf(world.read, client.lead, client, 'summary dispute { id }')
    expect(request).toMatchObject({ dispute: { id: made.id }, summary: expect.stringContaining('wrong rate') })
    if (request === undefined) throw new Error('nothing was asked for')
    expect(await decide(world.runAs, client.lead, request)).toMatchObject({ __typename: expect.not.stringContaining('Payload') })
    const other = await aPerson(client.provider.id, 'PERSON', 'another lead')
    await grant(client, other, 'LEAD')
    await decide(world.runAs, other, request, { decision: 'REJECT', comment: 'too much' })
    expect(await caseNow(client, made.id)).toMatchObject({ state: 'IN_REVIEW', outcome: null })
  })

  it('that is taken back is not approved any more', async () => {
    const { client, customer, first } = await aLedger()
    const ready = await approved(client, await open(client, customer, [[first, null]]), 'OFFSET')
    const back = await done(client.analyst, 'startReview', { dispute: ready.id, expectedVersion: ready.version })
    expect(back).toMatchObject({ state: 'IN_REVIEW', outcome: null })
    expect(await rowsOf(client, 'approval_request')).toMatchObject([{ state: 'WITHDRAWN' }])
  })
})

describe('what becomes of the items meanwhile', () => {
  it('is paid first where it is not disputed, and is not disputed any more where it is paid', async () => {
    const { client, customer, first } = await aLedger()
    const made = await open(client, customer, [[first, '30.00']])
    await pay(client, customer, first, '70.00', day(0))
    expect(sums(await caseNow(client, made.id))).toEqual(['30.00', '30.00', '0.00', '0.00', '0.00', '0.00'])
    const payment = await pay(client, customer, first, '10.00', day(0))
    expect(sums(await caseNow(client, made.id))).toEqual(['30.00', '20.00', '10.00', '0.00', '0.00', '0.00'])
    await undo(client, payment)
    expect(sums(await caseNow(client, made.id))).toEqual(['30.00', '30.00', '0.00', '0.00', '0.00', '0.00'])
    await ledger(client, { D1: '0.00' })
    expect(await caseNow(client, made.id)).toMatchObject({ state: 'OPEN' })
    expect(await drifted(client)).toEqual([])
  })

  it('is kept whole by a split: both cases together are what the one was', async () => {
    const { client, customer, first, second } = await aLedger()
    const made = await open(client, customer, [
      [first, '30.00'],
      [second, null],
    ])
    await pay(client, customer, second, '15.00', day(0))
    const before = await caseNow(client, made.id)
    const input = {
      dispute: made.id,
      openItems: [second.gid],
      title: 'Another one',
      reason: 'another department',
      idempotencyKey: 'k',
    }
    const apart = await done(client.analyst, 'splitDispute', { ...input, expectedVersion: before.version })
    expect(apart).toMatchObject({ state: 'OPEN', splitFrom: { id: made.id } })
    expect(sums(apart)).toEqual(['60.00', '45.00', '15.00', '0.00', '0.00', '0.00'])
    expect(sums(await caseNow(client, made.id))).toEqual(['30.00', '30.00', '0.00', '0.00', '0.00', '0.00'])
    expect(await drifted(client)).toEqual([])
  })

  it('can be more, or fewer, while nothing is proposed', async () => {
    const { client, customer, first, second } = await aLedger()
    const made = await open(client, customer, [[first, '30.00']])
    const more = { dispute: made.id, items: [{ openItem: second.gid }], expectedVersion: 1 }
    expect(sums(await done(client.analyst, 'includeItems', more))[0]).toBe('90.00')
    expect(await run(client.analyst, 'includeItems', more)).toMatchObject({ __typename: 'VersionConflict' })
    const fewer = { dispute: made.id, openItems: [first.gid], reason: 'they agree', expectedVersion: 2 }
    expect(sums(await done(client.analyst, 'removeItems', fewer))[0]).toBe('60.00')
    expect(await toCollect(client, customer)).toBe('14000')
    const last = { dispute: made.id, openItems: [second.gid], reason: 'they agree', expectedVersion: 3 }
    expect(await run(client.analyst, 'removeItems', last)).toMatchObject({ code: 'INVALID_INPUT' })
    // What was taken out can be disputed anew, here or elsewhere.
    await open(client, customer, [[first, null]])
    expect(await drifted(client)).toEqual([])
  })
})

describe('a case that is not done in time', () => {
  it('is escalated once behind its deadline, by a job at the beginning of the client’s next day', async () => {
    const { client, customer, first } = await aLedger({ timeZone: 'America/New_York' })
    const made = await open(client, customer, [[first, null]])
    const triage = { dispute: made.id, expectedVersion: 1, reason: 'PRICE', deadlineOn: day(2) }
    expect(await done(client.analyst, 'triageDispute', triage)).toMatchObject({ deadlineOn: day(2), isOverdue: false })
    const jobs = await jobsOf(client, 'dispute.escalateDue')
    expect(jobs.map(({ run_at }) => (run_at as Date).toISOString())).toContain(at(3, 5).toISOString())
    const disputeId = decodeGlobalId(made.id)?.id ?? ''
    turnTo(at(2, 23))
    await world.runJob(client, escalateDue, { disputeId, deadlineOn: day(2) })
    expect(await caseNow(client, made.id)).toMatchObject({ escalationReason: null })
    turnTo(at(3, 6))
    for (const _again of [1, 2]) await world.runJob(client, escalateDue, { disputeId, deadlineOn: day(2) })
    const late = await caseNow(client, made.id)
    expect(late).toMatchObject({ isOverdue: true, escalationReason: `its deadline, ${day(2)}, passed`, version: 3 })
    // Put off, it is not late any more.
    const later = { ...triage, expectedVersion: 3, deadlineOn: day(9) }
    expect(await done(client.analyst, 'triageDispute', later)).toMatchObject({ isOverdue: false, escalationReason: null })
  })
})

/** Moves that people make, with what they say besides. */
const byHand = {
  triage: ['triageDispute', { reason: 'TAX' }],
  startReview: ['startReview', {}],
  awaitParty: ['awaitParty', { party: 'CLIENT', reason: 'they look for it' }],
  proposeResolution: ['proposeResolution', { outcome: 'CREDIT_MEMO', note: 'it is so' }],
  awaitPosting: ['awaitPosting', {}],
  close: ['closeDispute', {}],
  void: ['voidDispute', { reason: 'in error' }],
  reopen: ['reopenDispute', { reason: 'again' }],
} as const

describe('a move that a state does not take', () => {
  it.each(disputeStates.map((state) => ({ state })))(
    'is refused in state $state, with those that it takes',
    async ({ state }) => {
      const { client, customer, first } = await aLedger()
      const made = await open(client, customer, [[first, null]])
      const isOver = state === 'CLOSED' || state === 'VOIDED'
      await asOwner('update dispute set state = $2, ended_at = case when $3 then now() end where client_id = $1', [
        client.id,
        state,
        isOver,
      ])
      const illegal = (Object.keys(byHand) as (keyof typeof byHand)[]).filter((move) => !mayMove(disputeMachine, move, state))
      expect(illegal.length).toBeGreaterThan(0)
      for (const move of illegal) {
        const [name, facts] = byHand[move]
        const out = await world.runAs(client.lead, name, { dispute: made.id, expectedVersion: 1, ...facts }, fieldsOfRefusal)
        expect(out).toMatchObject({
          __typename: 'IllegalMove',
          message: expect.stringContaining(legalMoves(disputeMachine, state).join(', ') || 'nothing more'),
        })
      }
      expect(await rowsOf(client, 'dispute')).toMatchObject([{ state, version: 1 }])
    },
  )
})
const fieldsOfRefusal = 'dispute { id }'

describe('what is said about a case', () => {
  it('is kept as it was said, latest first, and moves nothing', async () => {
    const { client, customer, first } = await aLedger()
    const { id } = await open(client, customer, [[first, null]])
    for (const text of ['They sent a mail', 'They called'])
      await done(client.analyst, 'commentDispute', { dispute: id, text, idempotencyKey: text })
    expect(await run(client.analyst, 'commentDispute', { dispute: id, text: ' ', idempotencyKey: 'x' })).toMatchObject({
      code: 'INVALID_INPUT',
    })
    const { data } = await world.read<{ node: { comments: { edges: { node: object }[] }; version: number } }>(
      client.lead,
      `{ node(id: "${id}") { ... on Dispute { version comments(first: 5) { edges { node { text by } } } } } }`,
    )
    expect(data?.node.version).toBe(1)
    expect(data?.node.comments.edges.map(({ node }) => node)).toEqual([
      { text: 'They called', by: client.analyst.name },
      { text: 'They sent a mail', by: client.analyst.name },
    ])
  })
})

describe('the lists of disputes', () => {
  it('are narrowed by state, reason, processor and deadline', async () => {
    const { client, customer, first, second } = await aLedger()
    const one = await open(client, customer, [[first, null]], { reason: 'TAX' })
    const two = await open(client, customer, [[second, null]], { reason: 'DUPLICATE' })
    const owners = await world.read<{ client: { requestOwners: { id: string; name: string }[] } }>(
      client.lead,
      `{ client(id: "${client.gid}") { requestOwners { id name } } }`,
    )
    const lead = owners.data?.client.requestOwners.find(({ name }) => name === client.lead.name)?.id
    const given = await done(client.analyst, 'assignDispute', { dispute: one.id, processor: lead, expectedVersion: 1 })
    expect(given).toMatchObject({ processor: { name: client.lead.name } })
    turnTo(at(11))
    const listed = async (args: string) => {
      const document = `{ client(id: "${client.gid}") { disputes(first: 5 ${args}) { edges { node { id } } } } }`
      const { data } = await world.read<{ client: { disputes: { edges: { node: { id: string } }[] } } }>(client.lead, document)
      return data?.client.disputes.edges.map(({ node }) => node.id)
    }
    expect(await listed('')).toEqual([two.id, one.id])
    expect(await listed('reason: "TAX"')).toEqual([one.id])
    expect(await listed(`processor: "${lead}"`)).toEqual([one.id])
    expect(await listed('overdue: true')).toEqual([two.id])
    expect(await listed('state: CLOSED')).toEqual([])
    const { data } = await world.read<{ node: { disputes: { edges: { node: { id: string } }[] } } }>(
      client.lead,
      `{ node(id: "${customer.gid}") { ... on Customer { disputes(first: 1) { edges { node { id } } } } } }`,
    )
    expect(data?.node.disputes.edges.map(({ node }) => node.id)).toEqual([two.id])
  })
})

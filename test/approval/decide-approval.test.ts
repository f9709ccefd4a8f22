import { describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { gidOf } from '../cash/world.ts'
import { aCustomer, asOwner, type Person } from '../harness/index.ts'
import { decisionsIn, requestsOf } from './deciding.ts'
import { aDesk } from './world.ts'

const desk = aDesk()
const { aBoard, request, seen, decide, rows, told, delegate, turnTo, at } = desk
type Board = Awaited<ReturnType<typeof aBoard>>

const row = (facts: object) => ({ action: 'PAYMENT_PLAN', ...facts })
const allThree = { matrix: [row({ steps: ['LEAD', 'MANAGER', 'APPROVER'] })] }
const byAmount = {
  matrix: [row({ upTo: '100.00', cumulativeUpTo: '150.00', steps: ['LEAD'] }), row({ steps: ['LEAD', 'APPROVER'] })],
}
const userOf = ({ client }: Board, { id }: Person) => encodeGlobalId({ typename: 'User', ownerId: client.provider.id, id })
const approves = { __typename: 'DecideApprovalPayload' }

/** Somebody decides it as they see it. */
const by = async (board: Board, who: Person, subject: string, facts: object = {}) =>
  decide(who, await seen(board, who, subject), facts)

describe('steps', () => {
  it('are decided in order, each by another person who holds its role', async () => {
    const board = await aBoard(allThree)
    const subject = await request(board, 100)
    expect(await by(board, board.approver, subject)).toMatchObject({ code: 'CANNOT_DECIDE' })
    expect(await by(board, board.manager, subject)).toMatchObject(approves)
    expect(await by(board, board.lead, subject)).toMatchObject({ code: 'CANNOT_DECIDE' })
    // A manager took the lead's step, and does not take their own as well.
    expect(await by(board, board.manager, subject)).toMatchObject({ code: 'CANNOT_DECIDE' })
    expect(await by(board, board.manager2, subject)).toMatchObject({ ...approves, request: { state: 'PENDING' } })
    expect(await by(board, board.approver, subject)).toMatchObject({ ...approves, request: { state: 'APPROVED' } })
    expect((await decisionsIn(board.client)).map(({ principal_id, step }) => [principal_id, step])).toEqual([
      [board.manager.id, 1],
      [board.manager2.id, 2],
      [board.approver.id, 3],
    ])
    expect(await told(board)).toEqual(['requested', 'stepped', 'stepped', 'approved'])
  })

  it('end with a rejection, which says why', async () => {
    const board = await aBoard(allThree)
    const subject = await request(board, 100)
    expect(await by(board, board.lead, subject, { decision: 'REJECT' })).toMatchObject({ path: ['input', 'comment'] })
    expect(await by(board, board.lead, subject, { decision: 'REJECT', comment: 'too long' })).toMatchObject({
      request: { state: 'REJECTED' },
    })
    expect(await by(board, board.manager, subject)).toMatchObject({ code: 'ILLEGAL_MOVE' })
    expect(await told(board)).toEqual(['requested', 'rejected'])
  })

  it('are none where the matrix asks nobody, and it counts all the same', async () => {
    const board = await aBoard({ matrix: [row({ upTo: '10.00', cumulativeUpTo: '10.00' }), row({ steps: ['LEAD'] })] })
    const [small, other] = [await request(board, 600), await request(board, 600)]
    expect((await rows(board)).get(small)).toMatchObject({ state: 'APPROVED', steps: [] })
    expect((await rows(board)).get(other)).toMatchObject({ state: 'PENDING', cumulative_minor: 1_200n })
  })

  it.each<[string, (board: Board) => Person]>([
    ['an analyst', ({ analyst }) => analyst],
    ['a portal user', ({ client }) => client.portal],
    ['an integration', ({ client }) => client.integration],
    ['an analyst of another provider', ({ client }) => client.stranger],
  ])('are not decided by %s', async (_case, who) => {
    const board = await aBoard()
    const asked = await seen(board, board.lead, await request(board, 100))
    expect(await decide(who(board), asked)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await decisionsIn(board.client)).toEqual([])
  })
})

describe('a maker', () => {
  it.each<[string, (board: Board) => { who: Person; makers: string[] }]>([
    ['who asked', ({ lead, analyst }) => ({ who: lead, makers: [analyst.id] })],
    ['who made it and had another ask', ({ lead, analyst }) => ({ who: analyst, makers: [lead.id] })],
  ])('%s decides nothing of it, and another does', async (_case, facts) => {
    const board = await aBoard()
    const subject = await request(board, 100, facts(board))
    expect(await by(board, board.lead, subject)).toMatchObject({ code: 'CANNOT_DECIDE' })
    expect(await by(board, board.lead2, subject)).toMatchObject(approves)
  })

  it('does not decide it through a delegate, nor as somebody’s delegate', async () => {
    const board = await aBoard({ matrix: [row({ steps: ['MANAGER'] })] })
    const subject = await request(board, 100, { who: board.manager })
    await delegate(board, board.manager, userOf(board, board.lead))
    await delegate(board, board.manager2, userOf(board, board.manager))
    const listed = await seen(board, board.lead, subject, 'canDecide whyNot delegation')
    expect(listed).toMatchObject({ canDecide: false, whyNot: 'NO_ROLE', delegation: null })
    for (const who of [board.lead, board.manager]) {
      const [{ id } = { id: '' }] = await asOwner<{ id: string }>(
        'select id from approval_delegation where client_id = $1 and to_id = $2',
        [board.client.id, who.id],
      )
      const onBehalfOf = gidOf(board.client, 'ApprovalDelegation', id)
      expect(await by(board, who, subject, { onBehalfOf })).toMatchObject({ code: 'CANNOT_DECIDE' })
    }
    expect(await by(board, board.manager2, subject)).toMatchObject(approves)
  })

  it('is no checker for the database either', async () => {
    const board = await aBoard()
    const subject = await request(board, 100)
    const { id } = (await rows(board)).get(subject) ?? {}
    const insert = (principal: string, behind: string | null) =>
      asOwner(
        `with lent as (insert into approval_delegation (client_id, id, from_id, from_name, to_id, to_name, reason, valid_from, valid_until, created_at)
           select $1, gen_random_uuid(), $4, 'a', $3, 'b', 'c', now(), now() + interval '1 day', now() where $4::uuid is not null returning id)
         insert into approval_decision (client_id, id, request_id, round, step, verdict, role, principal_id, principal_name, delegation_id, on_behalf_of_id,
           on_behalf_of_name, evidence_hash, request_version, policy_version, makers, decided_at)
         select client_id, gen_random_uuid(), id, 1, 1, 'APPROVE', 'LEAD', $3, 'x', (select id from lent), $4::uuid,
           case when $4::uuid is null then null else 'y' end, evidence_hash, version, 0, makers, now()
         from approval_request where client_id = $1 and id = $2`,
        [board.client.id, id, principal, behind],
      )
    await expect(insert(board.analyst.id, null)).rejects.toThrow('approval_decision_maker')
    await expect(insert(board.lead.id, board.analyst.id)).rejects.toThrow('approval_decision_maker_behind')
  })
})

describe('a delegation', () => {
  const lent = async (facts: object = {}) => {
    const board = await aBoard({ matrix: [row({ steps: ['MANAGER'] })] })
    const subject = await request(board, 100)
    const out = await delegate(board, board.manager, userOf(board, board.lead), facts)
    return { board, subject, onBehalfOf: (out.delegation as { id: string }).id }
  }

  it('lets somebody decide on behalf of who lent', async () => {
    const { board, subject, onBehalfOf } = await lent()
    expect(await seen(board, board.lead, subject, 'canDecide whyNot delegation')).toMatchObject({
      ...{ canDecide: true, whyNot: null, delegation: onBehalfOf },
    })
    expect(await seen(board, board.lead2, subject, 'canDecide whyNot')).toMatchObject({ canDecide: false, whyNot: 'NO_ROLE' })
    // By their own right they are a lead, and this is a manager's step.
    expect(await by(board, board.lead, subject)).toMatchObject({ code: 'CANNOT_DECIDE' })
    expect(await by(board, board.lead, subject, { onBehalfOf })).toMatchObject({
      ...approves,
      decision: { by: board.lead.name, onBehalfOf: board.manager.name },
    })
  })

  it('is not used by anybody else', async () => {
    const { board, subject, onBehalfOf } = await lent()
    expect(await by(board, board.lead2, subject, { onBehalfOf })).toMatchObject({ path: ['input', 'onBehalfOf'] })
  })

  it('begins and ends by itself', async () => {
    const { board, subject, onBehalfOf } = await lent({ from: at(1), until: at(2) })
    for (const [days, refused] of [
      [0.99, 'NOT_FOUND'],
      [2, 'NOT_FOUND'],
      [1.99, undefined],
    ] as const) {
      turnTo(at(days))
      const out = await by(board, board.lead, subject, { onBehalfOf })
      expect(out.code).toBe(refused)
    }
  })

  it('is ended by one of the two, and by nobody else', async () => {
    const { board, subject, onBehalfOf } = await lent()
    const end = (who: Person) => desk.runAs(who, 'endDelegation', { delegation: onBehalfOf }, 'delegation { holds }')
    expect(await end(board.manager2)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await end(board.lead)).toMatchObject({ delegation: { holds: false } })
    expect(await end(board.manager)).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await by(board, board.lead, subject, { onBehalfOf })).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('lends nothing once the lender’s own role is gone', async () => {
    const { board, subject, onBehalfOf } = await lent()
    await asOwner('update client_grant set valid_until = now() where client_id = $1 and principal_id = $2', [
      board.client.id,
      board.manager.id,
    ])
    expect(await by(board, board.lead, subject, { onBehalfOf })).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('does not make two steps one person’s', async () => {
    const board = await aBoard({ matrix: [row({ steps: ['LEAD', 'MANAGER'] })] })
    const subject = await request(board, 100)
    const out = await delegate(board, board.manager, userOf(board, board.lead))
    const onBehalfOf = (out.delegation as { id: string }).id
    expect(await by(board, board.lead, subject, { onBehalfOf })).toMatchObject(approves)
    expect(await by(board, board.manager, subject)).toMatchObject({ code: 'CANNOT_DECIDE' })
    expect(await by(board, board.manager2, subject)).toMatchObject({ request: { state: 'APPROVED' } })
  })

  it.each<[string, (board: Board) => { from: Person; to: string; facts?: object }, object]>([
    ['to oneself', (board) => ({ from: board.lead, to: userOf(board, board.lead) }), { path: ['input', 'to'] }],
    ['to who decides nothing', (board) => ({ from: board.lead, to: userOf(board, board.analyst) }), { code: 'NOT_FOUND' }],
    ['to nobody', (board) => ({ from: board.lead, to: gidOf(board.client, 'User') }), { code: 'NOT_FOUND' }],
    [
      'of the client’s authority to the provider',
      (board) => ({ from: board.approver, to: userOf(board, board.manager) }),
      { code: 'INVALID_INPUT', path: ['input', 'to'] },
    ],
    [
      'of the provider’s authority to the client',
      (board) => ({ from: board.manager, to: userOf(board, board.approver) }),
      { code: 'INVALID_INPUT', path: ['input', 'to'] },
    ],
    [
      'for longer than a quarter',
      (board) => ({ from: board.lead, to: userOf(board, board.lead2), facts: { until: at(93) } }),
      { path: ['input', 'until'] },
    ],
    [
      'from the past on',
      (board) => ({ from: board.lead, to: userOf(board, board.lead2), facts: { from: at(-1) } }),
      { path: ['input', 'from'] },
    ],
    ['by who decides nothing', (board) => ({ from: board.analyst, to: userOf(board, board.lead) }), { code: 'NOT_FOUND' }],
  ])('%s is refused', async (_case, facts, refused) => {
    const board = await aBoard()
    const { from, to, facts: more } = facts(board)
    expect(await delegate(board, from, to, more)).toMatchObject(refused)
    expect(await asOwner('select 1 from approval_delegation where client_id = $1', [board.client.id])).toEqual([])
  })
})

describe('what is asked for in parts', () => {
  it('is decided as a whole: the new one by the sum, and those that wait are lifted and begun anew', async () => {
    const board = await aBoard({
      matrix: [row({ cumulativeUpTo: '150.00', steps: ['LEAD', 'LEAD'] }), row({ steps: ['LEAD', 'APPROVER'] })],
    })
    const first = await request(board, 10_000)
    await by(board, board.lead, first)
    const second = await request(board, 6_000)
    expect((await rows(board)).get(second)).toMatchObject({ steps: ['LEAD', 'APPROVER'], cumulative_minor: 16_000n, round: 1 })
    expect((await rows(board)).get(first)).toMatchObject({
      steps: ['LEAD', 'APPROVER'],
      round: 2,
      round_cause: 'SPLIT',
      next_role: 'LEAD',
    })
    // What was approved before does not count any more, and the same person may say it again.
    expect(await seen(board, board.lead, first, 'steps { role decision { by } } decisions { round }')).toMatchObject({
      steps: [{ role: 'LEAD', decision: null }, { role: 'APPROVER' }],
      decisions: [{ round: 1 }],
    })
    expect(await by(board, board.lead, first)).toMatchObject(approves)
    expect(await by(board, board.approver, first)).toMatchObject({ request: { state: 'APPROVED', round: 2 } })
  })

  it.each<[string, (board: Board) => Promise<unknown>]>([
    ['is of another customer', async (board) => request(board, 10_000, { customer: await aCustomer(board.client) })],
    ['was asked for long before', (board) => request(board, 10_000).then(() => turnTo(at(31)))],
    ['was rejected', async (board) => by(board, board.lead, await request(board, 10_000), { decision: 'REJECT', comment: 'no' })],
    ['was withdrawn', async (board) => desk.withdraw(board, await request(board, 10_000))],
  ])('is not one with what %s', async (_case, before) => {
    const board = await aBoard(byAmount)
    await before(board)
    const subject = await request(board, 10_000)
    expect((await rows(board)).get(subject)).toMatchObject({ steps: ['LEAD'], cumulative_minor: 10_000n })
  })
})

describe('the evidence', () => {
  it('that was seen is what is approved', async () => {
    const board = await aBoard()
    const subject = await request(board, 100)
    const asked = await seen(board, board.lead, subject)
    expect(await decide(board.lead, { ...asked, evidenceHash: '0'.repeat(64) })).toMatchObject({
      code: 'EVIDENCE_CHANGED',
      path: ['input', 'evidenceHash'],
    })
    expect(await decide(board.lead, asked)).toMatchObject(approves)
  })

  it('that changes voids what was approved, and whoever changed it is a maker', async () => {
    const board = await aBoard({ matrix: [row({ steps: ['LEAD', 'MANAGER'] })] })
    const subject = await request(board, 100)
    await by(board, board.lead, subject)
    const before = await seen(board, board.manager, subject)
    await desk.change(board, board.lead2, subject, 200)
    expect(await decide(board.manager, before)).toMatchObject({ code: 'VERSION_CONFLICT' })
    expect((await rows(board)).get(subject)).toMatchObject({
      round: 2,
      round_cause: 'CHANGED',
      next_role: 'LEAD',
      amount_minor: 200n,
    })
    expect(await by(board, board.lead2, subject)).toMatchObject({ code: 'CANNOT_DECIDE' })
    expect(await by(board, board.lead, subject)).toMatchObject(approves)
    expect(await by(board, board.manager, subject)).toMatchObject({ request: { state: 'APPROVED' } })
    // An approval that is there already is void too.
    await desk.change(board, board.analyst, subject, 200, { other: true })
    expect((await rows(board)).get(subject)).toMatchObject({ state: 'PENDING', round: 3 })
  })

  it('that did not change keeps what was approved', async () => {
    const board = await aBoard()
    const subject = await request(board, 100)
    await by(board, board.lead, subject)
    await desk.change(board, board.lead2, subject, 100)
    expect((await rows(board)).get(subject)).toMatchObject({ state: 'APPROVED', round: 1 })
  })

  it('is what an approval is used for, once', async () => {
    const board = await aBoard()
    const subject = await request(board, 100)
    expect(await desk.use(board, subject, { amountMinor: 100 })).toMatchObject({ code: 'ILLEGAL_MOVE' })
    await by(board, board.lead, subject)
    expect(await desk.use(board, subject, { amountMinor: 101 })).toMatchObject({ code: 'EVIDENCE_CHANGED' })
    expect(await desk.use(board, subject, { amountMinor: 100 })).toBeNull()
    expect(await desk.use(board, subject, { amountMinor: 100 })).toMatchObject({ code: 'ILLEGAL_MOVE' })
    expect(await told(board)).toEqual(['requested', 'approved', 'used'])
  })
})

describe('time', () => {
  it('ends what nobody decided, with the job that was enqueued with it', async () => {
    const board = await aBoard({ expiresAfterDays: 10 })
    const subject = await request(board, 100)
    const job = await asOwner<{ run_at: Date }>(
      `select run_at from job where client_id = $1 and name = 'approval.expireRequest'`,
      [board.client.id],
    )
    expect(job).toEqual([{ run_at: at(10) }])
    turnTo(at(9.999))
    await desk.expire(board)
    expect((await rows(board)).get(subject)).toMatchObject({ state: 'PENDING' })
    turnTo(at(10))
    // Before its job ran, too.
    expect(await by(board, board.lead, subject)).toMatchObject({ code: 'CANNOT_DECIDE' })
    await desk.expire(board)
    await desk.expire(board)
    expect((await rows(board)).get(subject)).toMatchObject({ state: 'EXPIRED', next_role: null })
    expect(await told(board)).toEqual(['requested', 'expired'])
  })

  it('ends an approval that nobody used, counted from when it was given', async () => {
    const board = await aBoard({ expiresAfterDays: 10 })
    const subject = await request(board, 100)
    turnTo(at(9))
    await by(board, board.lead, subject)
    turnTo(at(18.999))
    await desk.expire(board)
    expect((await rows(board)).get(subject)).toMatchObject({ state: 'APPROVED' })
    turnTo(at(19))
    expect(await desk.use(board, subject, { amountMinor: 100 })).toMatchObject({ code: 'APPROVAL_EXPIRED' })
    await desk.expire(board)
    expect((await rows(board)).get(subject)).toMatchObject({ state: 'EXPIRED' })
  })
})

describe('the amount at the decision', () => {
  const rate = (board: Board, EUR: string) =>
    asOwner('update client set planning_rates = $2 where id = $1', [board.client.id, JSON.stringify({ EUR })])

  it('that a rate lifts into another row is decided there, and not by who was asked before', async () => {
    const board = await aBoard(byAmount, { planningRates: { EUR: '1.00' } })
    const subject = await request(board, 10_000, { currency: 'EUR' })
    expect((await rows(board)).get(subject)).toMatchObject({ steps: ['LEAD'], base_amount_minor: 10_000n })
    await rate(board, '1.01')
    expect(await by(board, board.lead, subject)).toMatchObject({
      ...approves,
      request: { state: 'PENDING', round: 2, roundCause: 'REVALUED' },
      decision: null,
    })
    expect(await decisionsIn(board.client)).toEqual([])
    expect((await rows(board)).get(subject)).toMatchObject({ steps: ['LEAD', 'APPROVER'], base_amount_minor: 10_100n })
    expect(await by(board, board.lead, subject)).toMatchObject({
      request: { state: 'PENDING' },
      decision: { verdict: 'APPROVE' },
    })
    expect(await by(board, board.approver, subject)).toMatchObject({ request: { state: 'APPROVED' } })
  })

  it('that stays in its row is approved, and kept with the decision', async () => {
    const board = await aBoard(byAmount, { planningRates: { EUR: '0.50' } })
    const subject = await request(board, 10_000, { currency: 'EUR' })
    await rate(board, '0.90')
    expect(await by(board, board.lead, subject)).toMatchObject({ request: { state: 'APPROVED' } })
    expect(await decisionsIn(board.client)).toMatchObject([{ base_amount_minor: 9_000n, cumulative_minor: 9_000n }])
  })

  it('that would be rejected anyway is, whatever the rate', async () => {
    const board = await aBoard(byAmount, { planningRates: { EUR: '1.00' } })
    const subject = await request(board, 10_000, { currency: 'EUR' })
    await rate(board, '5.00')
    expect(await by(board, board.lead, subject, { decision: 'REJECT', comment: 'no' })).toMatchObject({
      request: { state: 'REJECTED' },
    })
  })

  it('has no rate: the last row rules, and it says so', async () => {
    const board = await aBoard(byAmount)
    const subject = await request(board, 1, { currency: 'GBP' })
    expect(
      await seen(board, board.lead, subject, 'baseAmount { amount } cumulativeAmount { amount } steps { role }'),
    ).toMatchObject({
      ...{ baseAmount: null, cumulativeAmount: null, steps: [{ role: 'LEAD' }, { role: 'APPROVER' }] },
    })
  })

  it('is looked at by the matrix of then', async () => {
    const board = await aBoard(byAmount)
    const subject = await request(board, 100)
    await desk.publish(board, allThree)
    expect(await by(board, board.lead, subject)).toMatchObject({ decision: null, request: { round: 2, roundCause: 'REVALUED' } })
    expect((await rows(board)).get(subject)).toMatchObject({ steps: ['LEAD', 'MANAGER', 'APPROVER'], policy_version: 2 })
  })
})

describe('whoever reads approvals', () => {
  it('at the client sees what is asked and nothing of the ledger', async () => {
    const board = await aBoard(allThree)
    const subject = await request(board, 12_300)
    const fields = `summary customerName customer { id } amount { amount currency } paymentPlan { id } requestedBy whyNot`
    expect(await seen(board, board.approver, subject, fields)).toMatchObject({
      summary: 'so much: 12300',
      customerName: expect.stringContaining(board.client.canary),
      ...{ customer: null, amount: { amount: '123.00', currency: 'USD' }, paymentPlan: null, requestedBy: board.analyst.name },
      whyNot: 'NO_ROLE',
    })
    const ledger = await desk.read<{ client: object }>(
      board.approver,
      `query ($id: ID!) { client(id: $id) { customers(first: 1) { edges { node { id } } } } }`,
      { id: board.client.gid },
    )
    expect(ledger.errors?.[0]?.extensions?.code).toBe('NOT_FOUND')
    // A portal user who is no approver is not shown them at all.
    expect(await requestsOf(desk.read, board.client.portal, board.client)).toEqual([])
  })

  it('finds those that wait for them', async () => {
    const board = await aBoard(allThree)
    const [first, second] = [await request(board, 100), await request(board, 100, { who: board.lead })]
    const mine = async (who: Person) => (await requestsOf(desk.read, who, board.client, '', 'mine: true')).map(({ id }) => id)
    const idOf = async (subject: string) => (await seen(board, board.manager, subject)).id
    const [one, two] = [await idOf(first), await idOf(second)]
    expect(await mine(board.lead)).toEqual([one])
    expect(await mine(board.manager)).toEqual([one, two])
    expect(await mine(board.approver)).toEqual([])
    expect(await mine(board.analyst)).toEqual([])
    await by(board, board.lead, first)
    expect(await mine(board.lead)).toEqual([])
    await by(board, board.manager, first)
    expect(await mine(board.manager)).toEqual([two])
    expect(await mine(board.approver)).toEqual([one])
    // Of what is lent: not what the lender made.
    await delegate(board, board.manager2, userOf(board, board.lead2))
    await by(board, board.manager, second)
    expect(await mine(board.lead2)).toEqual([two])
    turnTo(at(31))
    expect(await mine(board.approver)).toEqual([])
  })

  it('agrees with what they are told of each: those that are theirs are those that they can decide', async () => {
    const board = await aBoard(allThree)
    for (const who of [board.analyst, board.lead, board.manager]) await request(board, 100, { who })
    await by(board, board.lead2, await request(board, 100))
    await delegate(board, board.manager, userOf(board, board.lead))
    await delegate(board, board.lead, userOf(board, board.lead2))
    for (const who of [board.lead, board.lead2, board.manager, board.manager2, board.approver, board.analyst]) {
      const all = await requestsOf(desk.read, who, board.client, 'canDecide')
      const mine = await requestsOf(desk.read, who, board.client, 'canDecide', 'mine: true')
      expect(mine).toEqual(all.filter(({ canDecide }) => canDecide === true))
    }
  })

  it('sees who decides, to delegate to', async () => {
    const board = await aBoard()
    const { data } = await desk.read<{ client: { approvers: { user: string; roles: string[] }[] } }>(
      board.approver,
      'query ($id: ID!) { client(id: $id) { approvers { user name roles } } }',
      { id: board.client.gid },
    )
    expect(data?.client.approvers).toHaveLength(6)
    expect(data?.client.approvers).toContainEqual({
      user: userOf(board, board.approver2),
      name: board.approver2.name,
      roles: ['APPROVER'],
    })
  })
})

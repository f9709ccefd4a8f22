import { describe, expect, it } from 'vitest'
import { aCustomer, asOwner } from '../harness/index.ts'
import { decisionsIn } from './deciding.ts'
import { aDesk, allThree, approves, byAmount, row } from './world.ts'

const desk = aDesk()
const { aBoard, request, seen, decide, rows, told, turnTo, at, by } = desk
type Board = Awaited<ReturnType<typeof aBoard>>

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

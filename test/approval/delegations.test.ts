import { describe, expect, it } from 'vitest'
import { gidOf } from '../cash/world.ts'
import { asOwner, type Person } from '../harness/index.ts'
import { aDesk, approves, row, userOf } from './world.ts'

const desk = aDesk()
const { aBoard, request, seen, delegate, turnTo, at, by } = desk
type Board = Awaited<ReturnType<typeof aBoard>>

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

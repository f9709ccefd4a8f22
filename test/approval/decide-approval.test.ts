import { describe, expect, it } from 'vitest'
import { gidOf } from '../cash/world.ts'
import { asOwner, type Person } from '../harness/index.ts'
import { decisionsIn } from './deciding.ts'
import { aDesk, allThree, approves, row, userOf } from './world.ts'

const desk = aDesk()
const { aBoard, request, seen, decide, rows, told, delegate, by } = desk
type Board = Awaited<ReturnType<typeof aBoard>>

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

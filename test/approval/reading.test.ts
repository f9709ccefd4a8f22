import { describe, expect, it } from 'vitest'
import type { Person } from '../harness/index.ts'
import { requestsOf } from './deciding.ts'
import { aDesk, allThree, userOf } from './world.ts'

const desk = aDesk()
const { aBoard, request, seen, delegate, turnTo, at, by } = desk

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

  it('at the client holds nothing else', async () => {
    const { approver } = await aBoard()
    const { data } = await desk.read(approver, '{ viewer { kind grants { roles permissions } } }')
    expect(data).toEqual({
      viewer: {
        kind: 'PORTAL',
        grants: [{ roles: ['APPROVER'], permissions: ['approval:decide', 'approval:read', 'client:read', 'sla:read'] }],
      },
    })
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

  it('is answered in as many statements for twelve requests as for one', async () => {
    const board = await aBoard(allThree)
    const { database } = desk.api().engine
    const fields = `state customer { name } paymentPlan { id } steps { role decision { by } } decisions { verdict } canDecide whyNot delegation`
    const count = async (): Promise<number> => {
      for (;;) {
        const statements: string[] = []
        database.observe = (text) => statements.push(text)
        await requestsOf(desk.read, board.manager, board.client, fields)
        database.observe = undefined
        // Rights that others change meanwhile are read anew, which is one more.
        if (!statements.some((text) => text.includes('fence.who'))) return statements.length
      }
    }
    await by(board, board.lead, await request(board, 100))
    const one = await count()
    for (let more = 0; more < 11; more += 1) await request(board, 100)
    expect(await count()).toBe(one)
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

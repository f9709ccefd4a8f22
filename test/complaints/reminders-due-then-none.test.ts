import { describe, expect, it } from 'vitest'
import type { TestClient } from '../harness/index.ts'
import { aCollectingWorld, mails } from './world.ts'

// Complaint 14, of Odoo’s users: the screen says that reminders are due, and the action finds none, or asks for 0.00.

const world = aCollectingWorld()
const { day, pay, promise, hold, load, receive, aDesk, aDebtor, beginDay, noticesShown, due } = world

/** What the list and its counter have that goes out by a text: `due` fails where those two disagree. */
const written = async (client: TestClient) => (await due(client, ', channels: [EMAIL, LETTER]')).sort()
const taken = async (client: TestClient) =>
  (await noticesShown(client)).flatMap(({ lines }) => lines.map((line) => line.split(' ')[0] ?? '')).sort()

/** Everything that an invoice may be: five that are due, and each way not to be. */
const everything = async () => {
  const desk = await aDesk([...mails({ needsApproval: true }), { code: 'CALL', channel: 'CALL', offsetDays: 30, minGapDays: 3 }])
  const { client } = desk
  const a = await aDebtor(desk, 'A', { A1: -2, A2: -20, PROMISED: -2, HELD: -2, DISPUTED: -2, SETTLED: -2 })
  await aDebtor(desk, 'B', { B1: -14, B2: -15, TODAY: 0, NEXT: 1 })
  const c = await aDebtor(desk, 'C', { C1: -3, CALLED: -31 })
  const d = await aDebtor(desk, 'D', { COVERED: -3 })
  const rows = { customerNumber: `A${client.canary}`, dueOn: day(-2) }
  await promise(client, a.PROMISED, '100.00', day(3))
  await hold(client, { openItem: a.HELD.gid })
  await pay(client, a.SETTLED.customer, a.SETTLED, '100.00', day(0))
  await receive(client, d.COVERED, '100.00')
  await load(client, [
    { ...rows, sourceKey: 'DISPUTED', number: 'DISPUTED', isDisputed: true },
    { ...rows, sourceKey: 'ZERO', number: 'ZERO', openAmount: '0.00' },
    { ...rows, sourceKey: 'CENTS', number: 'CENTS', openAmount: '0.50' },
    { ...rows, sourceKey: 'CREDIT', number: 'CREDIT', kind: 'CREDIT_MEMO', amount: '-5.00', openAmount: '-5.00' },
  ])
  return { desk, client, a, c }
}

const listed = ['A1 FRIENDLY', 'A2 SECOND', 'B1 FRIENDLY', 'B2 SECOND', 'C1 FRIENDLY']

describe('14: reminders are due, and then none', () => {
  it('the list, its counter and the day’s proposals have the same, and what is settled is in none of them', async () => {
    const { client } = await everything()
    expect(await written(client)).toEqual(listed)
    expect((await due(client)).sort()).toEqual([...listed, 'CALLED CALL'].sort())
    await beginDay(client, 0)
    expect(await taken(client)).toEqual(['A1', 'A2', 'B1', 'B2', 'C1'])
    // Proposed is not sent: the list has them until they are, and proposing again takes nothing twice.
    expect(await written(client)).toEqual(listed)
    await beginDay(client, 0)
    expect(await taken(client)).toEqual(['A1', 'A2', 'B1', 'B2', 'C1'])
  })

  it('what changes between looking and sending changes both, and nothing asks for 0.00', async () => {
    const { desk, client, a, c } = await everything()
    await beginDay(client, 0)
    await pay(client, a.A1.customer, a.A1, '100.00', day(0))
    await pay(client, c.C1.customer, c.C1, '100.00', day(0))
    const left = ['A2 SECOND', 'B1 FRIENDLY', 'B2 SECOND']
    expect(await written(client)).toEqual(left)
    await world.approve(desk.manager, client, await noticesShown(client))
    await world.work(client)
    const sent = (await noticesShown(client)).flatMap(({ lines }) => lines)
    expect(sent.sort()).toEqual(['A1 PAID', 'A2 100.00', 'B1 100.00', 'B2 100.00', 'C1 PAID'])
    for (const { mail } of world.office().received) expect(mail.text).not.toMatch(/(?<!\d)0\.00/)
    expect(world.office().received).toHaveLength(2)
    expect(await written(client)).toEqual([])
  })

  it('while the whole client is held there is nothing in any of them', async () => {
    const { client } = await everything()
    await hold(client, { client: client.gid })
    expect(await due(client)).toEqual([])
    await beginDay(client, 0)
    expect(await taken(client)).toEqual([])
    expect(await due(client)).toEqual([])
  })
})

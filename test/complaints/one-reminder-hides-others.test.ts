import { describe, expect, it } from 'vitest'
import { aCollectingWorld } from './world.ts'

// Complaint 10, of Odoo’s users: one reminder is sent, and the other due invoices of the customer are gone from the process.

const world = aCollectingWorld()
const { aDesk, aDebtor, beginDay, noticesShown, queue, stage, due, propose, work } = world

describe('10: one reminder hides the other invoices', () => {
  it('a reminder about one leaves the others due, at their own steps, and the next ones ask for them', async () => {
    const desk = await aDesk()
    const { client } = desk
    const theirs = await aDebtor(desk, 'A', { A1: -2, A2: -3, A3: -20, LATER: 30 })
    const others = await aDebtor(desk, 'B', { B1: -2, B2: -20 })
    const all = ['A1 FRIENDLY', 'A2 FRIENDLY', 'A3 SECOND', 'B1 FRIENDLY', 'B2 SECOND']
    expect((await due(client)).sort()).toEqual(all)
    const before = await stage(client, theirs.A3)

    await propose(client.analyst, theirs.A1.customer, { openItems: [theirs.A1.gid] })
    await work(client)
    expect((await noticesShown(client)).map(({ state, lines }) => [state, lines])).toEqual([['SENT', ['A1 100.00']]])
    expect((await due(client)).sort()).toEqual(all.slice(1))
    expect(await stage(client, theirs.A1)).toMatchObject({ level: 1, next: { code: 'SECOND' }, state: 'PENDING' })
    expect(await stage(client, theirs.A2)).toMatchObject({ level: 0, next: { code: 'FRIENDLY' }, state: 'DUE', history: [] })
    expect(await stage(client, theirs.A3)).toEqual(before)
    expect(await stage(client, theirs.LATER)).toMatchObject({ level: 0, state: 'PENDING', history: [] })
    expect(await queue(client)).toEqual({ A: 'MAIL_CUSTOMER', B: 'MAIL_CUSTOMER' })

    // The contact has had its mail of this day: the day’s own proposals reach the others, and it tomorrow.
    await beginDay(client, 0)
    await beginDay(client, 1)
    expect((await noticesShown(client)).slice(1).map(({ state, to, lines }) => [state, to, lines])).toEqual([
      ['SENT', 'B', ['B1 100.00', 'B2 100.00']],
      ['SENT', 'A', ['A2 100.00', 'A3 100.00']],
    ])
    const levels = await Promise.all([...Object.values(theirs), ...Object.values(others)].map((item) => stage(client, item)))
    expect(levels.map(({ level }) => level)).toEqual([1, 1, 2, 0, 1, 2])
    expect(await due(client)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { promisesOf, toCollect } from '../promise/world.ts'
import { aCollectingWorld } from './world.ts'

// Complaint 3, of ERPNext’s users: a cancelled payment turns the reminder back although the invoice is settled otherwise.

const world = aCollectingWorld()
const { day, pay, undo, bounce, promise, load, aDesk, aDebtor, beginDay, queue, stage, due, openOf, standingAnew } = world

const agrees = async (client: Parameters<typeof standingAnew>[0]) => {
  const { followed, anew } = await standingAnew(client)
  expect(anew).toEqual(followed)
}

describe('3: a payment is cancelled', () => {
  it('what it paid is owed again, at the step where it was; what others paid stays paid', async () => {
    const desk = await aDesk()
    const { client } = desk
    const { A1, A2, A3 } = await aDebtor(desk, 'A', { A1: -2, A2: -3, A3: -4 })
    const { B1 } = await aDebtor(desk, 'B', { B1: -2 })
    await beginDay(client, 0)
    const before = await Promise.all([A1, A2, A3, B1].map((item) => stage(client, item)))
    const paid = await pay(client, A1.customer, A1, '100.00', day(0))
    await pay(client, A2.customer, A2, '100.00', day(0))
    await pay(client, B1.customer, B1, '100.00', day(0))
    await load(client, [
      { customerNumber: `A${client.canary}`, sourceKey: 'A3', number: 'A3', dueOn: day(-4), openAmount: '0.00' },
    ])
    expect(await queue(client)).toEqual({})
    await undo(client, paid)
    // The money is there still, and could pay all that is owed again: whoever paid is not asked.
    expect(await stage(client, A1)).toMatchObject({ level: 1, state: 'HELD', holds: [{ reason: 'UNAPPLIED_CASH' }] })
    await bounce(client, { receipt: paid.receipt, version: paid.version + 1 })
    const { level, next } = before[0] ?? {}
    expect(await stage(client, A1)).toMatchObject({ level, next, state: 'PENDING', holds: [] })
    for (const item of [A2, A3, B1]) {
      expect((await stage(client, item)).state).toBeNull()
      expect(await openOf(client, item)).toBe('0.00')
    }
    expect(Object.keys(await queue(client))).toEqual(['A'])
    expect(await toCollect(client, A1.customer)).toBe('10000')
    await agrees(client)
    await beginDay(client, 13)
    expect((await world.noticesShown(client)).slice(2).map(({ state, lines }) => [state, lines])).toEqual([
      ['SENT', ['A1 100.00']],
    ])
    expect(await due(client)).toEqual([])
  })

  it('of a part of what settled an invoice only that part is owed again', async () => {
    const desk = await aDesk()
    const { client } = desk
    const { A1, A2 } = await aDebtor(desk, 'A', { A1: -2, A2: -2 })
    await beginDay(client, 0)
    await load(client, [
      { customerNumber: `A${client.canary}`, sourceKey: 'A1', number: 'A1', dueOn: day(-2), openAmount: '40.00' },
    ])
    const rest = await pay(client, A1.customer, A1, '40.00', day(0))
    expect((await stage(client, A1)).state).toBeNull()
    await bounce(client, rest)
    expect(await openOf(client, A1)).toBe('40.00')
    expect(await stage(client, A1)).toMatchObject({ level: 1, state: 'PENDING' })
    expect(await openOf(client, A2)).toBe('100.00')
    expect(await toCollect(client, A1.customer)).toBe('14000')
    await agrees(client)
  })

  it('a promise is what the money that is left makes of it: kept by another payment, broken without', async () => {
    const desk = await aDesk()
    const { client } = desk
    const { A1, A2 } = await aDebtor(desk, 'A', { A1: -2, A2: -2 })
    await beginDay(client, 0)
    for (const item of [A1, A2]) await promise(client, item, '50.00', day(2))
    await pay(client, A1.customer, A1, '50.00', day(1))
    const [second, only] = [
      await pay(client, A1.customer, A1, '50.00', day(1)),
      await pay(client, A2.customer, A2, '50.00', day(1)),
    ]
    const states = async () => new Map((await promisesOf(client)).map((one) => [one.open_item_id, one.state]))
    expect([...(await states()).values()]).toEqual(['KEPT', 'KEPT'])
    await bounce(client, second)
    await bounce(client, only)
    await beginDay(client, 5)
    expect((await states()).get(A1.id)).toBe('KEPT')
    expect((await states()).get(A2.id)).toBe('BROKEN')
    expect(await openOf(client, A1)).toBe('50.00')
    expect(await toCollect(client, A1.customer)).toBe('15000')
    await agrees(client)
  })
})

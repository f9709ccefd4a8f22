import { describe, expect, it } from 'vitest'
import { aCollectingWorld, mails, ordersOf } from './world.ts'

// Complaint 1, of ERPNext’s users: a reminder counts as settled although one of its invoices is unpaid, since the last row won.

const world = aCollectingWorld()
const { at, day, turnTo, pay, aDesk, aDebtor, beginDay, noticesShown, queue, stage, stageLevel } = world
const names = ['A1', 'A2', 'A3'] as const
const dues = { A1: -2, A2: -4, A3: -20 }
const levels = { A1: 1, A2: 1, A3: 2 }
const orders = ordersOf(names).map((order) => [order] as const)

/** Two customers with three invoices each on one notice. */
const reminded = async (rules: object = {}) => {
  const desk = await aDesk(mails(rules))
  const theirs = await aDebtor(desk, 'A', dues)
  const others = await aDebtor(desk, 'B', { B1: -3, B2: -5, B3: -21 })
  await beginDay(desk.client, 0)
  return { ...desk, theirs, others }
}

describe('1: settled although one invoice is unpaid', () => {
  it.each(orders)('a reminder of three goes on until the last is paid: %s', async (order) => {
    const { client, theirs, others } = await reminded()
    expect((await noticesShown(client)).map(({ state, to, lines }) => [state, to, lines])).toEqual([
      ['SENT', 'A', ['A1 100.00', 'A2 100.00', 'A3 100.00']],
      ['SENT', 'B', ['B1 100.00', 'B2 100.00', 'B3 100.00']],
    ])
    const untouched = await Promise.all(Object.values(others).map((item) => stage(client, item)))
    for (const [place, name] of order.entries()) {
      await pay(client, theirs[name].customer, theirs[name], '100.00', day(0))
      const left = order.slice(place + 1)
      for (const one of names) {
        const { state, level } = await stage(client, theirs[one])
        expect([one, state === null, level]).toEqual([
          one,
          !left.includes(one),
          left.includes(one) ? levels[one] : expect.any(Number),
        ])
      }
      expect(await stageLevel(client, theirs.A1)).toBe(Math.max(0, ...left.map((one) => levels[one])))
      expect(Object.keys(await queue(client)).sort()).toEqual(left.length > 0 ? ['A', 'B'] : ['B'])
    }
    expect(await Promise.all(Object.values(others).map((item) => stage(client, item)))).toEqual(untouched)
  })

  it.each(orders)('what is left of it is what the next one asks for: %s', async (order) => {
    const { client, theirs } = await reminded()
    const [first, second, last] = order as [(typeof names)[number], (typeof names)[number], (typeof names)[number]]
    for (const name of [first, second]) await pay(client, theirs[name].customer, theirs[name], '100.00', day(0))
    await beginDay(client, 20)
    const again = (await noticesShown(client)).slice(2).map(({ state, to, lines }) => `${state} ${to} ${lines}`)
    // The oldest had its last word already.
    const expected = ['SENT B B1 100.00,B2 100.00']
    expect(again.sort()).toEqual((last === 'A3' ? expected : [...expected, `SENT A ${last} 100.00`]).sort())
    expect((await stage(client, theirs[last])).level).toBe(2)
    expect(Object.keys(await queue(client)).sort()).toEqual(['A', 'B'])
  })

  it.each(orders)('one that waits is withdrawn with its last invoice, and not before: %s', async (order) => {
    const { client, manager, theirs, others } = await reminded({ needsApproval: true })
    const [one, other] = Object.values(others)
    for (const item of [one, other]) if (item !== undefined) await pay(client, item.customer, item, '100.00', day(0))
    for (const name of order) {
      expect((await noticesShown(client)).map(({ state }) => state)).toEqual(['PROPOSED', 'PROPOSED'])
      expect((await noticesShown(client))[0]?.preview?.text).toContain(name)
      await pay(client, theirs[name].customer, theirs[name], '100.00', day(0))
    }
    expect((await noticesShown(client)).map(({ preview }) => preview === null)).toEqual([true, false])
    turnTo(at(0, 13))
    await world.approve(manager, client, await noticesShown(client))
    await world.work(client)
    expect((await noticesShown(client)).map(({ state, lines }) => [state, lines])).toEqual([
      ['WITHDRAWN', ['A1 PAID', 'A2 PAID', 'A3 PAID']],
      ['SENT', ['B1 PAID', 'B2 PAID', 'B3 100.00']],
    ])
    expect(world.office().received).toHaveLength(1)
  })
})

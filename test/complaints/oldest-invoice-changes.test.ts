import { describe, expect, it } from 'vitest'
import { aCollectingWorld, type Item } from './world.ts'

// Complaint 15, of Kill Bill’s users: a state is passed over, since nothing looks again when the oldest invoice is another one.

const world = aCollectingWorld()
const { day, pay, bounce, aDesk, aDebtor, anInvoice, beginDay, noticesShown, queue, stage, stageLevel, due, take, standingAnew } =
  world

const ladder = [
  { code: 'FRIENDLY', channel: 'EMAIL', offsetDays: 1, minGapDays: 3, template: 'FRIENDLY_REMINDER' },
  { code: 'CALL', channel: 'CALL', offsetDays: 7, minGapDays: 3 },
  { code: 'SECOND', channel: 'EMAIL', offsetDays: 15, minGapDays: 7, template: 'SECOND_NOTICE' },
] as const

/** Every step of an item that is behind, with its day. */
const walked = async (client: Parameters<typeof stage>[0], item: Item) => {
  const { history } = await stage(client, item)
  return history
    .filter(({ state }) => state !== 'RESUMED' && state !== 'HELD')
    .map(({ state, code }) => `${state} ${code}`)
    .toReversed()
}

describe('15: the oldest invoice is another one', () => {
  it('each goes through every step on its own days, whatever was paid or came late beside it', async () => {
    const desk = await aDesk(ladder)
    const { client } = desk
    const { OLD, YOUNG } = await aDebtor(desk, 'A', { OLD: -20, YOUNG: 0 })
    const { OTHER } = await aDebtor(desk, 'B', { OTHER: 0 })
    let late: Item | undefined
    for (let days = 0; days <= 16; days += 1) {
      await beginDay(client, days)
      // The oldest is settled while its customer waits for the next step; an older one comes by a late load.
      if (days === 3) await pay(client, OLD.customer, OLD, '100.00', day(3))
      if (days === 5) late = await anInvoice(desk, 'LATE', -40, { customerNumber: `A${client.canary}` })
      if (days === 8) {
        expect((await due(client)).sort()).toEqual(['OTHER CALL', 'YOUNG CALL'])
        for (const item of [YOUNG, OTHER]) await take(client, item, 'CALL')
      }
      const { followed, anew } = await standingAnew(client)
      expect(anew).toEqual(followed)
    }
    const whole = ['DONE FRIENDLY', 'DONE CALL', 'DONE SECOND']
    expect(await walked(client, YOUNG)).toEqual(whole)
    expect(await walked(client, OTHER)).toEqual(whole)
    const sent = (await noticesShown(client)).map(({ state, to, lines }) => `${state} ${to} ${lines}`)
    expect(sent).toEqual([
      'SENT A OLD 100.00',
      'SENT A YOUNG 100.00',
      'SENT B OTHER 100.00',
      'SENT A LATE 100.00',
      'SENT A YOUNG 100.00',
      'SENT B OTHER 100.00',
    ])
    if (late === undefined) throw new Error('it never came')
    expect(await stage(client, late)).toMatchObject({ level: 3, state: 'DONE' })
  })

  it('the customer stands where its oldest is that day, and falls back and rises with it', async () => {
    const desk = await aDesk(ladder)
    const { client } = desk
    const { OLD, YOUNG } = await aDebtor(desk, 'A', { OLD: -20, YOUNG: -7 })
    await aDebtor(desk, 'B', { OTHER: -2 })
    expect(await queue(client)).toEqual({ A: 'MAIL_CUSTOMER', B: 'MAIL_CUSTOMER' })
    await beginDay(client, 0)
    expect(await stageLevel(client, OLD)).toBe(3)
    expect(await queue(client)).toMatchObject({ A: 'CALL_CUSTOMER' })
    const paid = await pay(client, OLD.customer, OLD, '100.00', day(0))
    expect(await stageLevel(client, OLD)).toBe(0)
    expect((await due(client)).sort()).toEqual(['YOUNG CALL'])
    await take(client, YOUNG, 'CALL')
    expect(await stageLevel(client, OLD)).toBe(2)
    await bounce(client, paid)
    expect(await stageLevel(client, OLD)).toBe(3)
    expect(await stage(client, YOUNG)).toMatchObject({ level: 2, next: { code: 'SECOND' }, nextDueOn: day(8) })
  })

  it('days that nobody began are no steps that nobody sees: a jump ends where the single days do', async () => {
    const standing = async (walk: readonly number[]) => {
      world.turnTo(world.at(0))
      const desk = await aDesk([
        { code: 'FIRST', channel: 'TASK', offsetDays: 1 },
        { code: 'NEXT', channel: 'TASK', offsetDays: 9 },
      ])
      const { client } = desk
      const { OLD, YOUNG } = await aDebtor(desk, 'A', { OLD: -4, YOUNG: 3 })
      for (const days of walk) {
        await beginDay(client, days)
        if (days === 4) await pay(client, OLD.customer, OLD, '100.00', day(4))
      }
      const { state, level, next, nextDueOn } = await stage(client, YOUNG)
      return { state, level, next, nextDueOn, due: await due(client), old: (await stage(client, OLD)).state }
    }
    const single = await standing([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(single).toEqual({ state: 'DUE', level: 0, next: { code: 'NEXT' }, nextDueOn: day(12), due: ['YOUNG NEXT'], old: null })
    expect(await standing([0, 4, 12])).toEqual(single)
  })
})

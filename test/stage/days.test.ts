import { describe, expect, it } from 'vitest'
import { addDays, beginOfDay, type Day, dayOfDate } from '../../src/kernel/day.ts'
import { aCollectingWorld } from '../complaints/world.ts'
import { jobsOf } from '../harness/index.ts'

const world = aCollectingWorld()
const { turnTo, aDesk, aDebtor, schedule, work, stage, due, take, noticesShown } = world
const timeZone = 'America/New_York'
const hourMs = 3_600_000

/** The last step is done on day 0; the next one has a gap of a week to it, and no day of its own. */
const ladder = [
  { code: 'LAST', channel: 'TASK', offsetDays: 0 },
  { code: 'NEXT', channel: 'EMAIL', offsetDays: null, minGapDays: 7, template: 'FRIENDLY_REMINDER' },
] as const

/** Clocks of New York go forward on the world's first Sunday, and back 34 weeks later. */
const forward = 6
const back = forward + 34 * 7

const lengthOf = (day: Day) => (beginOfDay(timeZone, addDays(day, 1)).getTime() - beginOfDay(timeZone, day).getTime()) / hourMs

describe('a step that is due a week behind the last one', () => {
  it.each([
    ['begins with the day of 23 hours', forward, 24],
    ['begins behind the day of 23 hours', forward + 1, 23],
    ['begins with the day of 25 hours', back, 24],
    ['begins behind the day of 25 hours', back + 1, 25],
  ] as const)(
    'is not due on day 6 and is due on day 7, from midnight at the client, where day 7 %s',
    async (_case, days, hours) => {
      const day = dayOfDate(world.at(days))
      expect(lengthOf(addDays(day, -1))).toBe(hours)
      turnTo(beginOfDay(timeZone, addDays(day, -7)))
      const desk = await aDesk(ladder, { timeZone })
      const { client } = desk
      const { A1, A2 } = await aDebtor(desk, 'A', { A1: days - 8, A2: days - 8 })
      const { B1 } = await aDebtor(desk, 'B', { B1: days - 8 })
      await schedule(client)
      await work(client)
      // The last instant of day 0 and the first one: the civil day is what counts.
      await take(client, A1, 'LAST')
      turnTo(new Date(beginOfDay(timeZone, addDays(day, -6)).getTime() - 1))
      await take(client, B1, 'LAST')

      const midnight = beginOfDay(timeZone, day)
      turnTo(new Date(midnight.getTime() - 1))
      await work(client)
      expect(await due(client)).toEqual(['A2 LAST'])
      expect(await noticesShown(client)).toEqual([])
      for (const item of [A1, B1]) expect(await stage(client, item)).toMatchObject({ state: 'PENDING', nextDueOn: day })
      expect((await jobsOf(client, 'worklist.beginDay')).map(({ run_at }) => run_at)).toContainEqual(midnight)

      turnTo(midnight)
      await work(client)
      expect((await noticesShown(client)).map(({ state, to, lines }) => [state, to, lines])).toEqual([
        ['SENT', 'A', ['A1 100.00']],
        ['SENT', 'B', ['B1 100.00']],
      ])
      for (const item of [A1, B1]) expect(await stage(client, item)).toMatchObject({ level: 2, state: 'DONE' })
      expect(await stage(client, A2)).toMatchObject({ level: 0, state: 'MISSED' })
    },
  )
})

describe('the stages of a day', () => {
  it('are proposed and sent once, by twenty runs of each job at once', async () => {
    const desk = await aDesk()
    const { client } = desk
    for (const who of ['A', 'B', 'C']) await aDebtor(desk, who, { [`${who}1`]: -2, [`${who}2`]: -20 })
    await schedule(client)
    await work(client, { times: 20 })
    const texts = ['A', 'B', 'C'].map((who) => ['SENT', who, [`${who}1 100.00`, `${who}2 100.00`]])
    expect((await noticesShown(client)).map(({ state, to, lines }) => [state, to, lines]).toSorted()).toEqual(texts)
    expect(world.office().received).toHaveLength(3)
    expect(await due(client)).toEqual([])
  })
})

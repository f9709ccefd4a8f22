import { describe, expect, it } from 'vitest'
import { aCollectingWorld } from './world.ts'

// Complaint 13, of Odoo’s users: customers with an invoice each month get as many letters.

const world = aCollectingWorld()
const { aDesk, aDebtor, beginDay, noticesShown, run, stage } = world

const ladder = [
  { code: 'FRIENDLY', channel: 'LETTER', offsetDays: 1, minGapDays: 3, template: 'FRIENDLY_REMINDER' },
  { code: 'SECOND', channel: 'LETTER', offsetDays: 45, minGapDays: 7, template: 'SECOND_NOTICE' },
] as const

describe('13: as many letters as invoices', () => {
  it('a contact gets one, under the highest word of all that is due, and each invoice keeps its own step', async () => {
    const desk = await aDesk(ladder)
    const { client } = desk
    const months = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`M${String(n + 1).padStart(2, '0')}`, -2 - n * 30]))
    const theirs = await aDebtor(desk, 'A', months, { postalAddress: 'Quay 1' })
    const { B1 } = await aDebtor(desk, 'B', { B1: -2 }, { postalAddress: 'Quay 2' })
    await beginDay(client, 0)
    const letters = await noticesShown(client)
    expect(letters.map(({ to, template, channel }) => [to, template, channel])).toEqual([
      ['A', 'SECOND_NOTICE', 'LETTER'],
      ['B', 'FRIENDLY_REMINDER', 'LETTER'],
    ])
    expect(letters[0]?.lines).toEqual(Object.keys(months).map((name) => `${name} 100.00`))
    await run(client, 'markNoticesPrinted', { client: client.gid, notices: letters.map(({ id }) => id) })
    for (const [name, item] of Object.entries(theirs)) {
      const code = (months[name] ?? 0) <= -45 ? 'SECOND' : 'FRIENDLY'
      expect([name, (await stage(client, item)).current]).toEqual([name, { code }])
    }
    expect((await stage(client, B1)).current).toEqual({ code: 'FRIENDLY' })
    await beginDay(client, 1)
    expect(await noticesShown(client)).toHaveLength(2)
  })
})

import { describe, expect, it } from 'vitest'
import { aCollectingWorld } from './world.ts'

// Complaint 19, of Oracle’s users: nobody can be written to before the due date, since programs see only what is delinquent.

const world = aCollectingWorld()
const { at, day, pay, aDesk, aDebtor, beginDay, noticesShown, stage } = world

describe('19: nobody is written to before the due date', () => {
  it('the common ladder writes a week before it, to each about what falls due then, and not as if it were overdue', async () => {
    // The steps that a client has that names none of its own.
    const desk = await aDesk(null)
    const { client } = desk
    const { A1, A2, PAID } = await aDebtor(desk, 'A', { A1: 8, A2: 9, PAID: 8, FAR: 60 })
    const { B1 } = await aDebtor(desk, 'B', { B1: 8 })
    await pay(client, PAID.customer, PAID, '100.00', day(0))
    await beginDay(client, 0)
    expect(await noticesShown(client)).toEqual([])
    await beginDay(client, 1)
    await beginDay(client, 2)
    const sent = await noticesShown(client)
    expect(sent.map(({ state, template, to, lines }) => [state, template, to, lines])).toEqual([
      ['SENT', 'CONFIRM', 'A', ['A1 100.00']],
      ['SENT', 'CONFIRM', 'B', ['B1 100.00']],
      ['SENT', 'CONFIRM', 'A', ['A2 100.00']],
    ])
    for (const { mail } of world.office().received) {
      expect(mail.subject).toContain('fall due')
      expect(mail.text).not.toContain('past due')
      expect(Date.parse(mail.date ?? '')).toBeLessThan(at(8, 0).getTime())
    }
    for (const item of [A1, A2, B1])
      expect(await stage(client, item)).toMatchObject({ level: 1, current: { code: 'CONFIRM' }, next: { code: 'REMINDER' } })

    // On the due date it is asked for by nobody; a day behind it the reminder goes out.
    await beginDay(client, 8)
    expect(await noticesShown(client)).toHaveLength(3)
    await beginDay(client, 9)
    expect((await noticesShown(client)).slice(3).map(({ template, to, lines }) => [template, to, lines])).toEqual([
      ['FRIENDLY_REMINDER', 'A', ['A1 100.00']],
      ['FRIENDLY_REMINDER', 'B', ['B1 100.00']],
    ])
  })
})

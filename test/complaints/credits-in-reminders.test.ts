import { describe, expect, it } from 'vitest'
import { aCollectingWorld, mails } from './world.ts'

// Complaint 12, of Odoo’s users: reminders show no credit notes and net none; later they show those that were cancelled.

const world = aCollectingWorld()
const { day, load, aDesk, aDebtor, beginDay, noticesShown } = world

describe('12: credit notes in reminders', () => {
  it.each([
    ['NONE', false, '200.00 USD'],
    ['LISTED', true, '200.00 USD'],
    ['NETTED', true, '170.00 USD'],
  ])('where the client says %s they are so, and one that was cancelled is on none', async (credits, isShown, total) => {
    const desk = await aDesk(mails({ needsApproval: true }), {}, { credits })
    const { client, manager } = desk
    await aDebtor(desk, 'A', { A1: -2, A2: -20 })
    await aDebtor(desk, 'B', { B1: -2 })
    const credit = (sourceKey: string, amount: string, openAmount = amount) => ({
      ...{
        customerNumber: `A${client.canary}`,
        sourceKey,
        number: sourceKey,
        kind: 'CREDIT_MEMO',
        amount,
        openAmount,
        dueOn: day(-1),
      },
    })
    await load(client, [credit('OPEN-CREDIT', '-30.00'), credit('GONE-CREDIT', '-10.00')])
    await beginDay(client, 0)
    expect((await noticesShown(client))[0]?.preview?.text.includes('GONE-CREDIT')).toBe(isShown)
    // It is cancelled while the notice waits for whoever approves it.
    await load(client, [credit('GONE-CREDIT', '-10.00', '0.00')])
    await world.approve(manager, client, await noticesShown(client))
    await world.work(client)
    expect((await noticesShown(client)).map(({ state, to, lines }) => [state, to, lines])).toEqual([
      ['SENT', 'A', ['A1 100.00', 'A2 100.00']],
      ['SENT', 'B', ['B1 100.00']],
    ])
    const texts = new Map(world.office().received.map(({ mail }) => [mail.text?.includes('A1') ? 'A' : 'B', mail.text ?? '']))
    expect(texts.get('A')).toContain(`Please pay ${total}`)
    expect(texts.get('A')?.includes('OPEN-CREDIT')).toBe(isShown)
    expect(texts.get('B')).toContain('100.00 USD')
    expect(texts.get('B')).not.toContain('OPEN-CREDIT')
    for (const text of texts.values()) expect(text).not.toContain('GONE-CREDIT')
  })
})

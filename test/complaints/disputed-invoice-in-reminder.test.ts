import { describe, expect, it } from 'vitest'
import { gidOf } from '../cash/world.ts'
import { asOwner } from '../harness/index.ts'
import { aCollectingWorld, type Item, mails } from './world.ts'

// Complaint 11, of Odoo’s users: a disputed invoice cannot be dropped from a reminder on the fly.
// Complaint 20, of Oracle’s users: all collection is to rest while an invoice is in dispute, and no credit memo be written for it.

const world = aCollectingWorld()
const { day, aDesk, aDebtor, beginDay, noticesShown, stage, due, take, hold, load, openOf } = world

type Desk = Awaited<ReturnType<typeof aDesk>>
const told =
  (isDisputed: boolean) =>
  ({ client }: Desk) =>
    load(client, [{ customerNumber: `A${client.canary}`, sourceKey: 'A2', number: 'A2', dueOn: day(-3), isDisputed }])
const lift = async ({ client }: Desk) => {
  const holds = await asOwner<{ id: string; version: number }>(
    'select id, version from stage_hold where client_id = $1 and lifted_at is null',
    [client.id],
  )
  for (const { id, version } of holds)
    await world.run(client, 'liftStagingHold', { hold: gidOf(client, 'StageHold', id), expectedVersion: version, reason: 'over' })
}

const ways: readonly [string, (desk: Desk, item: Item) => Promise<unknown>, (desk: Desk) => Promise<unknown>][] = [
  ['the ledger', told(true), told(false)],
  ['a person', ({ client }, item) => hold(client, { openItem: item.gid }, { reason: 'DISPUTE' }), lift],
]

const ladder = [
  ...mails({ needsApproval: true }),
  { code: 'CALL', channel: 'CALL', offsetDays: 25, minGapDays: 3 },
  { code: 'HAND_OVER', channel: 'TASK', offsetDays: 40, minGapDays: 3 },
] as const

describe.each(ways)('11, 20: an invoice is disputed, as %s says', (_who, dispute, settle) => {
  const proposed = async () => {
    const desk = await aDesk(ladder)
    const theirs = await aDebtor(desk, 'A', { A1: -2, A2: -3, A3: -20 })
    const others = await aDebtor(desk, 'B', { B1: -3 })
    await beginDay(desk.client, 0)
    return { desk, ...desk, theirs, others }
  }
  const textsOf = async ({ client }: Desk) => (await noticesShown(client)).map(({ preview }) => preview?.text ?? '')

  it('it is off the notice that waits at once, the others stay on it, and nothing is credited', async () => {
    const { desk, client, manager, theirs } = await proposed()
    expect((await textsOf(desk))[0]).toContain('A2')
    await dispute(desk, theirs.A2)
    const [text, other] = await textsOf(desk)
    expect(text).not.toContain('A2')
    for (const name of ['A1', 'A3']) expect(text).toContain(name)
    expect(other).toContain('B1')
    await world.approve(manager, client, await noticesShown(client))
    await world.work(client)
    expect((await noticesShown(client)).map(({ state, lines }) => [state, lines.map((line) => line.split(' ')[0])])).toEqual([
      ['SENT', ['A1', 'A2', 'A3']],
      ['SENT', ['B1']],
    ])
    const [sent] = await noticesShown(client)
    expect(sent?.lines).toEqual(['A1 100.00', expect.stringMatching(/^A2 DISPUTED?$/), 'A3 100.00'])
    const letters = world.office().received.map(({ mail }) => mail.text ?? '')
    expect(letters).toHaveLength(2)
    for (const letter of letters) expect(letter).not.toContain('A2')
    expect(await openOf(client, theirs.A2)).toBe('100.00')
    expect(await asOwner(`select 1 from open_item where client_id = $1 and kind = 'CREDIT_MEMO'`, [client.id])).toEqual([])
  })

  it('all its steps rest, by whom and by whatever they go, while those of the others go on', async () => {
    const { desk, client, theirs, others } = await proposed()
    await dispute(desk, theirs.A2)
    for (const days of [1, 13, 26, 50]) {
      await beginDay(client, days)
      const held = await stage(client, theirs.A2)
      expect(held).toMatchObject({ level: 0, state: 'HELD' })
      expect(held.holds.map(({ reason }) => reason)).toEqual(['DISPUTE'])
      expect((await due(client)).filter((row) => row.startsWith('A2'))).toEqual([])
      expect(await take(client, theirs.A2, held.next?.code ?? '')).toMatchObject({ __typename: 'StageNotDue' })
    }
    expect(await due(client)).toEqual(expect.arrayContaining(['A1 HAND_OVER', 'A3 HAND_OVER', 'B1 HAND_OVER']))
    expect(await take(client, others.B1, 'HAND_OVER')).toMatchObject({ __typename: 'CompleteStagePayload' })
    expect(await stage(client, theirs.A2)).toMatchObject({ level: 0, state: 'HELD' })
  })

  it('it goes on where the facts have it when the dispute is over, and nobody was late meanwhile', async () => {
    const { desk, client, theirs } = await proposed()
    await dispute(desk, theirs.A2)
    await beginDay(client, 13)
    await settle(desk)
    const resumed = await stage(client, theirs.A2)
    expect(resumed).toMatchObject({ level: 0, state: 'DUE', next: { code: 'SECOND' }, nextDueOn: day(13), holds: [] })
    expect(resumed.history.map(({ state }) => state)).toEqual(['RESUMED', 'HELD'])
    const { followed, anew } = await world.standingAnew(client)
    expect(anew).toEqual(followed)
  })
})

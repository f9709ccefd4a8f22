import { describe, expect, it } from 'vitest'
import type { Mailer } from '../../src/platform/mail/mailer.ts'
import { contradictions } from '../cash/world.ts'
import { asOwner } from '../harness/index.ts'
import { aCollectingWorld } from './world.ts'

// Complaint 16, of Kill Bill’s users: a payment and the listener of overdue accounts meet, and the state is wrong for good.

const world = aCollectingWorld()
const {
  day,
  receive,
  apply,
  pay,
  undo,
  bounce,
  aDesk,
  aDebtor,
  beginDay,
  schedule,
  work,
  noticesShown,
  stage,
  due,
  standingAnew,
} = world
const rounds = 10

const doneOf = async (client: Parameters<typeof due>[0]) =>
  (
    await asOwner<{ what: string }>(
      `select o.source_key || ' ' || e.code as what from stage_entry e join open_item o on o.client_id = e.client_id and o.id = e.open_item_id
       where e.client_id = $1 and e.state = 'DONE' order by 1`,
      [client.id],
    )
  ).map(({ what }) => what)

const aRound = async () => {
  world.office().received.length = 0
  world.turnTo(world.at(0))
  const desk = await aDesk()
  const theirs = await aDebtor(desk, 'A', { A1: -2, A2: -3, A3: -20 })
  const others = await aDebtor(desk, 'B', { B1: -2, B2: -4 })
  return { ...desk, theirs, others }
}

/** What holds whoever came first: money adds up, and everything stands where the facts of now have it. */
const agrees = async (client: Parameters<typeof due>[0]) => {
  const { followed, anew } = await standingAnew(client)
  expect(anew).toEqual(followed)
  expect(await contradictions(client)).toEqual([])
}

describe('16: a payment and the reminder meet', () => {
  it('what was paid before it began is never asked for, and of the others no step is lost or done twice', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { client, theirs, others } = await aRound()
      const { A1, A2 } = theirs
      const [early, meeting] = [await receive(client, A1, '100.00'), await receive(client, A2, '100.00')]
      const other = await receive(client, others.B1, '100.00')
      await schedule(client)
      await apply(client, early, A1, '100.00')
      await Promise.all([
        work(client, { times: 3 }),
        apply(client, meeting, A2, '100.00'),
        apply(client, other, others.B1, '100.00'),
      ])
      await work(client)
      const notices = await noticesShown(client)
      const sent = notices.flatMap(({ lines }) => lines).filter((line) => line.endsWith('100.00'))
      const asked = sent.map((line) => line.split(' ')[0] ?? '')
      expect(asked).not.toContain('A1')
      expect(asked).toEqual(expect.arrayContaining(['A3', 'B2']))
      const steps = { A2: 'FRIENDLY', A3: 'SECOND', B1: 'FRIENDLY', B2: 'FRIENDLY' } as const
      expect(await doneOf(client)).toEqual(
        Object.entries(steps)
          .filter(([name]) => asked.includes(name))
          .map(([name, step]) => `${name} ${step}`)
          .sort(),
      )
      const texts = world.office().received.map(({ mail }) => mail.text ?? '')
      expect(texts).toHaveLength(2)
      for (const name of Object.keys({ ...theirs, ...others }))
        expect([name, texts.some((text) => text.includes(name))]).toEqual([name, asked.includes(name)])
      for (const item of [A1, A2, others.B1]) expect((await stage(client, item)).state).toBeNull()
      expect(await due(client)).toEqual([])
      await agrees(client)
    }
  })

  it('what is paid while the mail is on its way was asked for: when the money goes back, it is not asked the same again', async () => {
    const { client, theirs, others } = await aRound()
    const { A1 } = theirs
    await world.propose(client.analyst, A1.customer, { openItems: [A1.gid, theirs.A2.gid] })
    const smtp = world.smtp()
    let paid: Awaited<ReturnType<typeof pay>> | undefined
    const slow: Mailer = {
      send: async (...mail) => {
        paid = await pay(client, A1.customer, A1, '100.00', day(0))
        return smtp.send(...mail)
      },
    }
    await world.runDue(client, { mailer: slow })
    if (paid === undefined) throw new Error('nothing was sent')
    expect(await doneOf(client)).toEqual(['A1 FRIENDLY', 'A2 FRIENDLY'])
    expect((await stage(client, A1)).state).toBeNull()
    await bounce(client, paid)
    expect(await stage(client, A1)).toMatchObject({ level: 1, state: 'PENDING', next: { code: 'SECOND' }, nextDueOn: day(13) })
    await beginDay(client, 1)
    const asked = (await noticesShown(client)).slice(1).flatMap(({ lines }) => lines)
    expect(asked.sort()).toEqual(['A3 100.00', 'B1 100.00', 'B2 100.00'])
    expect((await stage(client, others.B1)).level).toBe(1)
    await agrees(client)
  })

  it('a payment that is cancelled at the same moment is asked for by this reminder or by the next', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { client, theirs } = await aRound()
      const { A1, A2 } = theirs
      const paid = [await pay(client, A1.customer, A1, '100.00', day(0)), await pay(client, A2.customer, A2, '100.00', day(0))]
      await schedule(client)
      await Promise.all([work(client, { times: 3 }), ...paid.map((one) => undo(client, one))])
      await beginDay(client, 1)
      const asked = (await noticesShown(client)).flatMap(({ lines }) => lines.filter((line) => line.endsWith('100.00')))
      // Each once: its step was taken by whichever of the two mails had it.
      expect(asked.sort()).toEqual(['A1', 'A2', 'A3', 'B1', 'B2'].map((name) => `${name} 100.00`))
      for (const item of [A1, A2]) expect(await stage(client, item)).toMatchObject({ level: 1, state: 'PENDING' })
      await agrees(client)
    }
  })
})

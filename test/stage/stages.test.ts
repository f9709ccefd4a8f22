import { describe, expect, it } from 'vitest'
import { asOwner, type TestClient } from '../harness/index.ts'
import { aWorld } from '../promise/world.ts'
import { staging, steps, toldOf } from './world.ts'

const world = aWorld()
const { at, day, turnTo, beginDay } = world
const { aDesk, anInvoice, stage, due, take } = staging(world)

const staged = (client: TestClient) => asOwner('select 1 from item_stage where client_id = $1', [client.id])

describe('a stage', () => {
  it('comes with the due date, before it and behind it, and goes on by what was done', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', 8)
    expect(await stage(client, item)).toMatchObject({ level: 0, state: 'PENDING', nextDueOn: day(1), next: { code: 'PRE' } })
    expect(await due(client)).toEqual([])
    expect(await due(client, `, asOf: "${day(1)}"`)).toEqual(['A PRE'])
    turnTo(at(1))
    await beginDay(client)
    expect(await due(client)).toEqual(['A PRE'])
    expect(await take(client, item, 'PRE')).toMatchObject({ __typename: 'CompleteStagePayload' })
    expect(await stage(client, item)).toMatchObject({
      ...{ level: 1, state: 'PENDING', nextDueOn: day(9), next: { code: 'FIRST' }, current: { code: 'PRE' } },
      history: [{ state: 'DONE', code: 'PRE' }],
    })
    expect((await toldOf(client)).map(({ name }) => name)).toEqual(['stage.due', 'stage.done'])
  })

  it('is not due six days behind the one before it, and due seven days behind it', async () => {
    const desk = await aDesk({
      steps: steps([
        { code: 'ONE', channel: 'EMAIL', offsetDays: 0 },
        { code: 'TWO', channel: 'EMAIL', offsetDays: null, minGapDays: 7 },
      ]),
    })
    const { client } = desk
    const item = await anInvoice(desk, 'A', -100)
    await take(client, item, 'ONE')
    for (const [days, expected] of [
      [6, []],
      [7, ['A TWO']],
    ] as const) {
      turnTo(at(days))
      await beginDay(client)
      expect(await due(client)).toEqual(expected)
    }
  })

  it('of an invoice that came late is the highest one that it reached; lower ones are skipped when it is done', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', -20)
    // It came today: nobody is late.
    expect(await stage(client, item)).toMatchObject({ state: 'DUE', nextDueOn: day(0), next: { code: 'SECOND' } })
    await take(client, item, 'SECOND')
    const { history, ...now } = await stage(client, item)
    expect(now).toMatchObject({ level: 4, next: { code: 'DEMAND' }, nextDueOn: day(40) })
    expect(history.map(({ state, code, reason }) => `${state} ${code} ${reason ?? ''}`.trim()).sort()).toEqual([
      'DONE SECOND',
      'SKIPPED CALL overtaken by SECOND',
      'SKIPPED FIRST overtaken by SECOND',
      'SKIPPED PRE overtaken by SECOND',
    ])
  })

  it('that nobody takes is late behind its grace, once, and may be taken all the same', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', -1)
    expect(await stage(client, item)).toMatchObject({ state: 'DUE', next: { code: 'FIRST' } })
    for (const days of [3, 4, 5]) {
      turnTo(at(days))
      await beginDay(client)
    }
    const late = await stage(client, item)
    expect(late).toMatchObject({ state: 'MISSED', next: { code: 'FIRST' }, history: [{ state: 'MISSED', code: 'FIRST' }] })
    expect(await due(client)).toEqual(['A FIRST'])
    expect((await toldOf(client)).map(({ name }) => name)).toEqual(['stage.due', 'stage.missed'])
    await take(client, item, 'FIRST')
    expect(await stage(client, item)).toMatchObject({ level: 2, state: 'PENDING', next: { code: 'CALL' } })
  })

  it('is each item’s own: one reminder leaves the others of its customer where they are', async () => {
    const desk = await aDesk()
    const { client } = desk
    const old = await anInvoice(desk, 'OLD', -20)
    const young = await anInvoice(desk, 'YOUNG', -2)
    expect(await due(client)).toEqual(expect.arrayContaining(['OLD SECOND', 'YOUNG FIRST']))
    await take(client, old, 'SECOND')
    expect(await due(client)).toEqual(['YOUNG FIRST'])
    expect((await stage(client, young)).level).toBe(0)
    const read = await world.read<{ node: { stageLevel: number } }>(
      client.analyst,
      'query ($id: ID!) { node(id: $id) { ... on Customer { stageLevel } } }',
      { id: old.customer.gid },
    )
    expect(read.data?.node.stageLevel).toBe(4)
  })

  it('is not of credits, of cents, or of a client that asked for none', async () => {
    const desk = await aDesk()
    const { client } = desk
    await anInvoice(desk, 'CENTS', -20, { openAmount: '0.99' })
    await anInvoice(desk, 'CREDIT', -20, { kind: 'CREDIT_MEMO', amount: '-5.00', openAmount: '-5.00' })
    expect(await staged(client)).toEqual([])
    const other = await aDesk({ isActive: false })
    await anInvoice(other, 'A', -20)
    expect(await staged(other.client)).toEqual([])
  })

  it('is gone with what was open, and comes back with a reversal where it was', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', -1)
    await take(client, item, 'FIRST')
    turnTo(at(6))
    await beginDay(client)
    expect(await due(client)).toEqual(['A CALL'])
    const paid = await world.pay(client, item.customer, item, '100.00', day(6))
    expect(await due(client)).toEqual([])
    expect(await stage(client, item)).toMatchObject({ state: null, next: null, current: { code: 'FIRST' } })
    turnTo(at(30))
    await world.bounce(client, paid)
    // The day on which it came back is the day from which somebody could have asked again.
    expect(await stage(client, item)).toMatchObject({ state: 'DUE', nextDueOn: day(30), level: 2, next: { code: 'SECOND' } })
    // Money that was there and not applied yet held it for a moment.
    const history = (await stage(client, item)).history.map(({ state }) => state)
    expect(history).toEqual(['RESUMED', 'ENDED', 'HELD', 'DONE', 'SKIPPED'])
  })

  it('is asked anew when it is taken: the list of a moment ago is no right', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', -1)
    const { version } = await stage(client, item)
    const input = { openItem: item.gid, stage: 'FIRST', expectedVersion: version }
    expect(await world.runAs(client.analyst, 'completeStage', { ...input, stage: 'CALL' })).toMatchObject({
      __typename: 'StageNotDue',
    })
    expect(await world.runAs(client.analyst, 'completeStage', { ...input, expectedVersion: 9 })).toMatchObject({
      __typename: 'VersionConflict',
    })
    const both = await Promise.all([1, 2, 3].map(() => world.runAs(client.analyst, 'completeStage', input)))
    expect(both.map(({ __typename }) => __typename).sort()).toEqual([
      'CompleteStagePayload',
      'VersionConflict',
      'VersionConflict',
    ])
    expect(await take(client, item, 'CALL')).toMatchObject({ __typename: 'StageNotDue' })
    expect(await take(client, item, 'CALL', { name: 'skipStage', reason: 'no telephone' })).toMatchObject({
      __typename: 'SkipStagePayload',
    })
    expect(await stage(client, item)).toMatchObject({ level: 3, next: { code: 'SECOND' }, current: { code: 'FIRST' } })
    const done = await asOwner(`select 1 from stage_entry where client_id = $1 and code = 'FIRST' and state = 'DONE'`, [
      client.id,
    ])
    expect(done).toHaveLength(1)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeDuePromises } from '../../src/modules/promise/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { aClient, aCustomer, anItem, aPerson, grant, type TestClient } from '../harness/index.ts'
import { aWorld, historyOf, itemOf, promisesOf, toCollect, toldOf } from './world.ts'

const world = aWorld()
const { at, day, turnTo, beginDay, promise, pay, undo, bounce, load } = world

/** A customer who owes 100 since long ago, in the queue of Monday. */
const owing = async (options: Parameters<typeof aClient>[0] = { timeZone: 'UTC' }) => {
  const client = await aClient(options)
  const customer = await aCustomer(client)
  const item = await anItem(client, customer, { openMinor: 10_000n, daysOverdue: 30 })
  await beginDay(client)
  return { client, customer, item }
}

const one = async (client: TestClient) => {
  const [found, ...others] = await promisesOf(client)
  if (found === undefined || others.length > 0) throw new Error('there is not one promise')
  return found
}

const withPolicy = async (client: TestClient, rules: object) => {
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  expect(await world.policy(client, rules, manager)).toMatchObject({ __typename: 'PublishPolicyPayload' })
}

describe('a promise is judged', () => {
  it('as kept the moment all of it is paid, though its day is still to come', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    await pay(client, customer, item, '60.00', day(0))
    expect(await one(client)).toMatchObject({ state: 'KEPT', paid_minor: 6_000n, version: 2 })
    expect(await historyOf(client)).toEqual(['OPEN RECORDED', 'KEPT CASH'])
    expect(await toldOf(client)).toEqual(['promise.recorded', 'promise.kept'])
    // Nothing is promised of what is left.
    expect(await toCollect(client, customer)).toBe('4000')
  })

  it('as open while a part is missing and there is time, and as kept in part when there is none', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    await pay(client, customer, item, '20.00', day(1))
    expect(await one(client)).toMatchObject({ state: 'OPEN', paid_minor: 2_000n })
    expect(await toCollect(client, customer)).toBe('4000')
    turnTo(at(4, 23.99))
    await beginDay(client)
    expect(await one(client)).toMatchObject({ state: 'OPEN' })
    turnTo(at(5, 0))
    await beginDay(client)
    expect(await one(client)).toMatchObject({ state: 'PARTIALLY_KEPT', paid_minor: 2_000n })
    expect(await toldOf(client)).toEqual(['promise.recorded', 'promise.partiallyKept'])
    expect(await toCollect(client, customer)).toBe('8000')
  })

  it('as broken when nothing came, and as kept after all when money of before is told late', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    turnTo(at(7))
    await beginDay(client)
    expect(await one(client)).toMatchObject({ state: 'BROKEN', paid_minor: 0n })
    // The bank had it on the last day.
    await pay(client, customer, item, '60.00', day(4))
    expect(await one(client)).toMatchObject({ state: 'KEPT', paid_minor: 6_000n })
    expect(await historyOf(client)).toEqual(['OPEN RECORDED', 'BROKEN DEADLINE', 'KEPT CASH'])
  })

  it('as broken though it was paid a day late', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '100.00', day(4))
    turnTo(at(5))
    await beginDay(client)
    await pay(client, customer, item, '100.00', day(5))
    expect(await one(client)).toMatchObject({ state: 'BROKEN', paid_minor: 0n })
  })

  it('as kept by more than was promised', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    await pay(client, customer, item, '90.00', day(1))
    expect(await one(client)).toMatchObject({ state: 'KEPT', paid_minor: 9_000n })
    expect(await toCollect(client, customer)).toBe('1000')
  })

  it('by what came behind it, not by what had come before', async () => {
    const { client, customer, item } = await owing()
    const before = await pay(client, customer, item, '30.00', day(0))
    await promise(client, item, '60.00', day(4))
    expect(await one(client)).toMatchObject({ state: 'OPEN', paid_minor: 0n })
    // What is undone was never counted, so nothing is missing now.
    await undo(client, before)
    await pay(client, customer, item, '60.00', day(0))
    expect(await one(client)).toMatchObject({ state: 'KEPT', paid_minor: 6_000n })
  })
})

describe('a payment that is taken back', () => {
  it.each([
    ['an application', undo],
    ['a receipt', bounce],
  ] as const)('opens a kept promise again while there is time: %s', async (_case, back) => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    const payment = await pay(client, customer, item, '60.00', day(1))
    expect(await toCollect(client, customer)).toBe('4000')
    await back(client, payment)
    expect(await one(client)).toMatchObject({ state: 'OPEN', paid_minor: 0n, confirms_on: null })
    expect(await toldOf(client)).toEqual(['promise.recorded', 'promise.kept', 'promise.reverted'])
    expect(await toCollect(client, customer)).toBe('4000')
    turnTo(at(5))
    await beginDay(client)
    expect(await one(client)).toMatchObject({ state: 'BROKEN' })
    expect(await historyOf(client)).toEqual(['OPEN RECORDED', 'KEPT CASH', 'OPEN CASH', 'BROKEN DEADLINE'])
    expect(await toCollect(client, customer)).toBe('10000')
  })

  it('breaks it behind its deadline, and the history stays linked', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    const payment = await pay(client, customer, item, '60.00', day(4))
    turnTo(at(9))
    await beginDay(client)
    await bounce(client, payment)
    expect(await one(client)).toMatchObject({ state: 'BROKEN', paid_minor: 0n })
    const document = `query ($id: ID!) { node(id: $id) { ... on Invoice { promises(first: 9) { edges { node { state
      history { stateBefore state cause paidAmount { amount } at } } } } } } }`
    const { data } = await world.read<{ node: { promises: { edges: { node: object }[] } } }>(client.analyst, document, {
      id: item.gid,
    })
    expect(data?.node.promises.edges.map(({ node }) => node)).toMatchObject([
      {
        state: 'BROKEN',
        history: [
          { stateBefore: null, state: 'OPEN', cause: 'RECORDED', paidAmount: { amount: '0.00' } },
          { stateBefore: 'OPEN', state: 'KEPT', cause: 'CASH', paidAmount: { amount: '60.00' } },
          { stateBefore: 'KEPT', state: 'BROKEN', cause: 'CASH', paidAmount: { amount: '0.00' } },
        ],
      },
    ])
  })

  it('changes nothing of a promise that is confirmed', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    const payment = await pay(client, customer, item, '60.00', day(0))
    turnTo(at(29))
    await beginDay(client)
    expect((await one(client)).confirmed_at).toBeNull()
    turnTo(at(30))
    await beginDay(client)
    expect((await one(client)).confirmed_at).toEqual(at(30))
    await bounce(client, payment)
    expect(await one(client)).toMatchObject({ state: 'KEPT', paid_minor: 6_000n })
    expect(await historyOf(client)).toEqual(['OPEN RECORDED', 'KEPT CASH'])
  })

  it('nor of one whose day for that has come, though nobody has been there yet', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    const payment = await pay(client, customer, item, '60.00', day(0))
    turnTo(at(30))
    await bounce(client, payment)
    expect(await one(client)).toMatchObject({ state: 'KEPT', paid_minor: 6_000n, confirmed_at: at(30) })
  })
})

describe('two promises for one item', () => {
  it('have one level where the first was kept, and two once that is taken back', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(2))
    const payment = await pay(client, customer, item, '60.00', day(1))
    await promise(client, item, '40.00', day(9))
    expect(await promisesOf(client)).toMatchObject([
      { state: 'KEPT', level: 1 },
      { state: 'OPEN', level: 1 },
    ])
    turnTo(at(3))
    await beginDay(client)
    await bounce(client, payment)
    expect(await promisesOf(client)).toMatchObject([
      { state: 'BROKEN', level: 1 },
      { state: 'OPEN', level: 2, paid_minor: 0n },
    ])
    expect(await toCollect(client, customer)).toBe('6000')
  })

  it('may both be open where the first was opened again, and cover both of their parts', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '60.00', day(4))
    const payment = await pay(client, customer, item, '60.00', day(1))
    await promise(client, item, '40.00', day(9))
    await undo(client, payment)
    expect(await promisesOf(client)).toMatchObject([{ state: 'OPEN' }, { state: 'OPEN', level: 2 }])
    expect(await toCollect(client, customer)).toBeNull()
    turnTo(at(5))
    await beginDay(client)
    expect(await toCollect(client, customer)).toBe('6000')
    turnTo(at(10))
    await beginDay(client)
    expect(await toCollect(client, customer)).toBe('10000')
    expect((await promisesOf(client)).map(({ state }) => state)).toEqual(['BROKEN', 'BROKEN'])
  })

  it('are one behind the other where the second supersedes the first', async () => {
    const { client, item } = await owing()
    await promise(client, item, '60.00', day(4))
    const again = { openItem: item.gid, amount: { amount: '80.00', currency: 'USD' }, promisedOn: day(6) }
    expect(await world.runAs(client.analyst, 'recordPromise', again)).toMatchObject({ code: 'ALREADY_PROMISED' })
    await promise(client, item, '80.00', day(6), { supersede: true })
    const [first, second] = await promisesOf(client)
    expect([first, second]).toMatchObject([
      { state: 'SUPERSEDED', superseded_by_id: second?.id, version: 2 },
      { state: 'OPEN', level: 2 },
    ])
    expect(await toldOf(client)).toEqual(['promise.recorded', 'promise.superseded', 'promise.recorded'])
    turnTo(at(7))
    await beginDay(client)
    expect((await promisesOf(client)).map(({ state }) => state)).toEqual(['SUPERSEDED', 'BROKEN'])
    // The broken one is not in force: nothing has to be superseded.
    await promise(client, item, '10.00', day(8))
    expect((await promisesOf(client)).at(-1)).toMatchObject({ state: 'OPEN', level: 3 })
  })

  it('of which the deadline of the first passed a moment ago: it is judged, not superseded', async () => {
    const { client, item } = await owing()
    await promise(client, item, '60.00', day(0))
    turnTo(at(1, 0))
    await promise(client, item, '80.00', day(6))
    expect(await promisesOf(client)).toMatchObject([
      { state: 'BROKEN', level: 1 },
      { state: 'OPEN', level: 2 },
    ])
  })
})

describe('the client’s ledger', () => {
  const row = (openAmount: string, facts: object = {}) => ({
    customerNumber: 'C1',
    sourceKey: 'D1',
    number: 'D1',
    amount: '100.00',
    openAmount,
    dueOn: '2020-02-01',
    ...facts,
  })

  it('keeps a promise by a load in which the item is settled, in part and then whole', async () => {
    const client = await aClient({ timeZone: 'UTC' })
    await load(client, [row('100.00')])
    const item = await itemOf(client, 'D1')
    await promise(client, item, '80.00', day(4))
    turnTo(at(2))
    await load(client, [row('50.00')])
    expect(await one(client)).toMatchObject({ state: 'OPEN', paid_minor: 5_000n })
    turnTo(at(4))
    await load(client, [row('0.00')])
    expect(await one(client)).toMatchObject({ state: 'KEPT', paid_minor: 10_000n })
    expect(await historyOf(client)).toEqual(['OPEN RECORDED', 'KEPT LEDGER'])
    // It was a mistake.
    await load(client, [row('100.00')])
    expect(await one(client)).toMatchObject({ state: 'OPEN', paid_minor: 0n })
  })

  it('counts what it settled by the day it tells, and else by the day of its data', async () => {
    const client = await aClient({ timeZone: 'UTC' })
    const second = { sourceKey: 'D2', number: 'D2' }
    await load(client, [row('100.00'), row('100.00', second)])
    await promise(client, await itemOf(client, 'D1'), '100.00', day(1))
    await promise(client, await itemOf(client, 'D2'), '100.00', day(1))
    turnTo(at(3))
    await beginDay(client)
    await load(client, [row('0.00', { closedOn: day(1) }), row('0.00', second)])
    const states = await Promise.all(
      ['D1', 'D2'].map(async (key) => {
        const { id } = await itemOf(client, key)
        return (await promisesOf(client)).find(({ open_item_id }) => open_item_id === id)?.state
      }),
    )
    expect(states).toEqual(['KEPT', 'BROKEN'])
  })

  it('does not count again what was applied here before the ledger showed it', async () => {
    const client = await aClient({ timeZone: 'UTC' })
    await load(client, [row('100.00')])
    const item = await itemOf(client, 'D1')
    await promise(client, item, '80.00', day(4))
    await pay(client, item.customer, item, '50.00', day(0))
    await load(client, [row('50.00')])
    expect(await one(client)).toMatchObject({ state: 'OPEN', paid_minor: 5_000n })
  })
})

describe('the terms of the client', () => {
  it('give days of grace: the item returns at midnight in its zone behind the last of them', async () => {
    const { client, customer, item } = await owing({ timeZone: 'America/New_York' })
    await withPolicy(client, { toleranceBusinessDays: 1 })
    // A Friday; the clocks go forward on Sunday, so Monday ends at four in the morning UTC.
    await promise(client, item, '100.00', day(4))
    expect(await one(client)).toMatchObject({ deadline_on: day(7), policy_version: 1 })
    for (const [days, hours] of [
      [5, 12],
      [6, 12],
      [7, 12],
      [8, 3.99],
    ] as const) {
      turnTo(at(days, hours))
      await beginDay(client)
      expect(await toCollect(client, customer)).toBeNull()
    }
    turnTo(at(8, 4))
    await beginDay(client)
    expect(await toCollect(client, customer)).toBe('10000')
    expect(await one(client)).toMatchObject({ state: 'BROKEN' })
  })

  it('forgive a part, and count by the day of posting', async () => {
    const { client, customer, item } = await owing()
    await withPolicy(client, { toleranceBp: 200, dateCounted: 'POSTING_DATE' })
    await promise(client, item, '100.00', day(2))
    await pay(client, customer, item, '98.00', day(1))
    expect(await one(client)).toMatchObject({ state: 'KEPT', due_minor: 9_800n })
    const other = await anItem(client, customer, { openMinor: 10_000n })
    await promise(client, other, '100.00', day(2))
    turnTo(at(3))
    await beginDay(client)
    await pay(client, customer, other, '100.00', day(2))
    expect((await promisesOf(client)).find(({ open_item_id }) => open_item_id === other.id)).toMatchObject({ state: 'BROKEN' })
  })

  it('bound how far ahead a promise may be, and what of it may be disputed', async () => {
    const { client, customer, item } = await owing()
    const disputed = await anItem(client, customer, { openMinor: 5_000n, isDisputed: true })
    const input = { openItem: item.gid, amount: { amount: '1.00', currency: 'USD' }, promisedOn: day(91) }
    expect(await world.runAs(client.analyst, 'recordPromise', input)).toMatchObject({ path: ['input', 'promisedOn'] })
    const onDisputed = { ...input, openItem: disputed.gid, promisedOn: day(2) }
    expect(await world.runAs(client.analyst, 'recordPromise', onDisputed)).toMatchObject({ code: 'OVER_PROMISED' })
    await withPolicy(client, { longestDays: 91, allowDisputed: true })
    expect(await world.runAs(client.analyst, 'recordPromise', input)).toMatchObject({ __typename: 'RecordPromisePayload' })
    expect(await world.runAs(client.analyst, 'recordPromise', onDisputed)).toMatchObject({ __typename: 'RecordPromisePayload' })
  })

  it('are those under which a promise was taken, whatever is published later', async () => {
    const { client, customer, item } = await owing()
    await promise(client, item, '100.00', day(2))
    await withPolicy(client, { toleranceBusinessDays: 10, toleranceBp: 5_000 })
    await pay(client, customer, item, '60.00', day(1))
    turnTo(at(3))
    await beginDay(client)
    expect(await one(client)).toMatchObject({ state: 'PARTIALLY_KEPT', deadline_on: day(2), policy_version: 0 })
  })

  it('do not let a promise be withdrawn behind its deadline, judged or not', async () => {
    const { client, item } = await owing()
    const made = await promise(client, item, '100.00', day(0))
    turnTo(at(1, 0))
    const input = { promise: made.id, expectedVersion: 1, reason: 'hide it' }
    expect(await world.runAs(client.lead, 'withdrawPromise', input)).toMatchObject({ code: 'ILLEGAL_MOVE' })
    await beginDay(client)
    expect(await world.runAs(client.lead, 'withdrawPromise', { ...input, expectedVersion: 2 })).toMatchObject({
      code: 'ILLEGAL_MOVE',
    })
  })
})

describe('whatever comes in whichever order', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('pay' as const), minor: fc.integer({ min: 1, max: 40 }), valueOn: fc.nat({ max: 6 }) }),
    fc.record({ what: fc.constant('undo' as const), nth: fc.nat({ max: 9 }) }),
    fc.record({ what: fc.constant('day' as const) }),
  )

  it('the state is the one that the ledger amounts to at once', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
        turnTo(at(0))
        const { client, customer, item } = await owing()
        await promise(client, item, '50.00', day(2))
        const payments: { minor: number; valueOn: number; made: Awaited<ReturnType<typeof pay>> }[] = []
        let today = 0
        let open = 10_000
        for (const one of steps) {
          if (one.what === 'day') {
            today += 1
            turnTo(at(today))
            await beginDay(client)
          }
          const minor = one.what === 'pay' ? Math.min(one.minor * 100, open) : 0
          if (one.what === 'pay' && minor > 0) {
            const made = await pay(client, customer, item, (minor / 100).toFixed(2), day(one.valueOn))
            payments.push({ minor, valueOn: one.valueOn, made })
            open -= minor
          }
          if (one.what === 'undo' && payments.length > 0) {
            const [gone] = payments.splice(one.nth % payments.length, 1)
            if (gone === undefined) continue
            await undo(client, gone.made)
            open += gone.minor
          }
          // Told apart from the service’s own rule: what stands and was there in time.
          const paid = payments.filter(({ valueOn }) => valueOn <= 2).reduce((sum, payment) => sum + payment.minor, 0)
          const state = paid >= 5_000 ? 'KEPT' : today <= 2 ? 'OPEN' : paid > 0 ? 'PARTIALLY_KEPT' : 'BROKEN'
          seen.add(state)
          const [kept] = await promisesOf(client)
          expect({ state: kept?.state, paid: kept?.paid_minor }).toEqual({ state, paid: BigInt(paid) })
        }
      }),
      {
        numRuns: 20,
        // One story for each state a promise can end in, so that none is left to chance.
        examples: [
          [[{ what: 'pay', minor: 40, valueOn: 0 }, { what: 'pay', minor: 10, valueOn: 2 }, { what: 'day' }]],
          [[{ what: 'pay', minor: 20, valueOn: 1 }, { what: 'day' }, { what: 'day' }, { what: 'day' }]],
          [[{ what: 'pay', minor: 40, valueOn: 3 }, { what: 'day' }, { what: 'day' }, { what: 'day' }]],
        ],
      },
    )
    expect(seen).toEqual(new Set(['OPEN', 'KEPT', 'PARTIALLY_KEPT', 'BROKEN']))
  })

  it('a payment at the very midnight of the deadline is judged once, and rightly', async () => {
    const rounds = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { client, customer, item } = await owing()
        await promise(client, item, '60.00', day(0))
        return { client, customer, item }
      }),
    )
    turnTo(at(1, 0))
    await Promise.all(
      rounds.flatMap(({ client, customer, item }) => [
        world.judgeDue(client),
        pay(client, customer, item, '60.00', day(0)),
        world.judgeDue(client),
      ]),
    )
    for (const { client } of rounds) {
      expect(await one(client)).toMatchObject({ state: 'KEPT', paid_minor: 6_000n })
      const history = await historyOf(client)
      expect([
        ['OPEN RECORDED', 'KEPT CASH'],
        ['OPEN RECORDED', 'BROKEN DEADLINE', 'KEPT CASH'],
      ]).toContainEqual(history)
    }
  })

  it('of two nodes that judge the same day one does, and only the service may', async () => {
    const { client, item } = await owing()
    await promise(client, item, '60.00', day(0))
    turnTo(at(1))
    await Promise.all([world.judgeDue(client), world.judgeDue(client), world.judgeDue(client)])
    expect(await historyOf(client)).toEqual(['OPEN RECORDED', 'BROKEN DEADLINE'])
    expect(await one(client)).toMatchObject({ version: 2 })
    const { engine } = world.api()
    for (const { subject } of [client.analyst, client.lead, client.integration]) {
      const unit = { asker: { kind: 'TOKEN', subject, expiresAt: at(9) } as const, readOnly: false, now: at(1) }
      const out = await inUnit(engine.database, unit, (tx) => perform(tx, judgeDuePromises, { clientId: client.id }))
      expect(out).toMatchObject({ code: 'NOT_FOUND' })
    }
  })
})

import { describe, expect, it } from 'vitest'
import { aKey } from '../cash/world.ts'
import { asOwner, type Row, type TestClient } from '../harness/index.ts'
import { aWorld } from '../promise/world.ts'
import { staging } from './world.ts'

const world = aWorld()
const { at, day, turnTo, beginDay } = world
const { aDesk, anInvoice, stage, due, take, hold } = staging(world)

const call = (client: TestClient, customer: Row, openItems: readonly Row[], facts: object = {}) =>
  world.run(client, 'logActivity', {
    ...{ customer: customer.gid, kind: 'CALL', direction: 'OUTBOUND', rightParty: 'YES', summary: 'they pay on Friday' },
    ...{ openItems: openItems.map(({ gid }) => gid), happenedAt: null, idempotencyKey: aKey(), ...facts },
  })

describe('a call with the right party', () => {
  it('takes the calls that are due of the items that it names, and nothing else', async () => {
    const desk = await aDesk()
    const { client } = desk
    const items = [await anInvoice(desk, 'A', -8), await anInvoice(desk, 'B', -9), await anInvoice(desk, 'C', -10)] as const
    const notice = await anInvoice(desk, 'D', -2)
    const [first, second, other] = items
    await call(client, first.customer, [first, second, notice], { rightParty: 'NO' })
    expect(await due(client)).toEqual(expect.arrayContaining(['A CALL', 'B CALL', 'C CALL', 'D FIRST']))
    await call(client, first.customer, [first, second, notice])
    expect((await due(client)).sort()).toEqual(['C CALL', 'D FIRST'])
    expect(await stage(client, other)).toMatchObject({ level: 0 })
    const done = await asOwner<{ activity: string | null }>(
      `select a.right_party as activity from stage_entry e join activity a on a.client_id = e.client_id and a.id = e.activity_id
       where e.client_id = $1 and e.state = 'DONE'`,
      [client.id],
    )
    expect(done).toEqual([{ activity: 'YES' }, { activity: 'YES' }])
  })

  it('leaves alone what is held, or not due yet', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', -8)
    const early = await anInvoice(desk, 'B', -3)
    await take(client, early, 'FIRST')
    await hold(client, { openItem: item.gid })
    await call(client, item.customer, [item, early])
    expect(await stage(client, item)).toMatchObject({ level: 0, state: 'HELD' })
    expect(await stage(client, early)).toMatchObject({ level: 2, state: 'PENDING' })
  })
})

describe('the queue of collections', () => {
  it('names the highest step that is due of a customer, and what comes next where none is', async () => {
    const desk = await aDesk()
    const { client } = desk
    const old = await anInvoice(desk, 'A', -8)
    const young = await anInvoice(desk, 'B', -2)
    await anInvoice({ client: (await aDesk({ isActive: false })).client }, 'N', -8)
    const next = async () => {
      const document = `query ($clients: [ID!]) { worklist(clients: $clients, first: 5) { edges { node { nextAction { kind dueOn reason } } } } }`
      type Data = { worklist: { edges: { node: { nextAction: object | null } }[] } }
      const { data } = await world.read<Data>(client.analyst, document, { clients: [client.gid] })
      return data?.worklist.edges.map(({ node }) => node.nextAction)
    }
    expect(await next()).toEqual([{ kind: 'CALL_CUSTOMER', dueOn: day(0), reason: 'Step CALL' }])
    await take(client, old, 'CALL')
    expect(await next()).toEqual([{ kind: 'WRITE_LETTER', dueOn: day(0), reason: 'Step FIRST' }])
    await take(client, young, 'FIRST')
    expect(await next()).toEqual([{ kind: 'CALL_CUSTOMER', dueOn: day(5), reason: 'Step CALL' }])
    await hold(client, { customer: old.customer.gid })
    expect(await next()).toEqual([null])
  })
})

describe('the adherence to a ladder', () => {
  it('is done in time by done and missed, each step of an item once, and without what was held', async () => {
    const desk = await aDesk()
    const { client } = desk
    const [inTime, late, never, held] = [
      await anInvoice(desk, 'A', -1),
      await anInvoice(desk, 'B', -1),
      await anInvoice(desk, 'C', -1),
      await anInvoice(desk, 'D', -1),
    ] as const
    const skipped = await anInvoice(desk, 'E', -1)
    await take(client, inTime, 'FIRST')
    await take(client, skipped, 'FIRST', { name: 'skipStage', reason: 'a friend of the house' })
    await hold(client, { openItem: held.gid })
    turnTo(at(5))
    await beginDay(client)
    await take(client, late, 'FIRST')
    const document = `query ($id: ID!) { client(id: $id) { stageFigures(from: "${day(0)}", to: "${day(0)}") { onTime late missed skipped held adherence } } }`
    const { data } = await world.read<{ client: { stageFigures: object } }>(client.analyst, document, { id: client.gid })
    expect(data?.client.stageFigures).toEqual({ onTime: 1, late: 1, missed: 1, skipped: 1, held: 1, adherence: 1 / 3 })
    expect(await stage(client, never)).toMatchObject({ state: 'MISSED' })
    expect(await stage(client, held)).toMatchObject({ state: 'HELD' })
  })
})
